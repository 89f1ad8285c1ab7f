"""Token-classification models of the transformers library, such as those that de-identify clinical notes.

obi/deid_roberta_i2b2 and StanfordAIMI/stanford-deidentifier-base are of this kind. Long texts are read in
windows that overlap; of a token that two windows hold, the one with more text around it counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from redaction.recognisers.models import hub, labels
from redaction.recognisers.models.base import Entity, TextModel, folder_digest, joined

NEEDS: Final = ("transformers", "torch")
WINDOW: Final = 512
"""Tokens that a model gets at once, where it does not say that it takes fewer."""
STRIDE: Final = 64
"""Tokens that two windows share."""
BATCH: Final = 8


class TokenClassifier(TextModel):
    """A model with one label a token. Runs on the CPU, or on CUDA where there is one."""

    _model: Any = None
    _tokenizer: Any = None
    _torch: Any = None
    _labels: dict[int, str]
    _window = WINDOW

    def availability(self) -> str | None:
        lacking = hub.missing(NEEDS)
        if lacking:
            return f"{self.name} needs {' and '.join(lacking)}: pip install 'inkveil[clinical]'"
        folder = hub.folder_of(self.spec)
        if folder is None:
            return hub.not_here(self.spec)
        told = hub.read_json(folder / "config.json")
        if told is None or not isinstance(told.get("id2label"), dict):
            return f"{self.name}: the folder holds no model for token classification (config.json, id2label)."
        given = [str(x) for x in told["id2label"].values()]
        if not labels.known(given, self.own):
            names = ", ".join(labels.unused(given, self.own)[:8])
            return (
                f"{self.name}: none of its labels is known here ({names}); "
                "say what they mean behind the name: ?LABEL=TYPE"
            )
        return None

    def note(self) -> str:
        folder = hub.folder_of(self.spec)
        told = (hub.read_json(folder / "config.json") if folder else None) or {}
        given = told.get("id2label")
        left = labels.unused(map(str, given.values()) if isinstance(given, dict) else (), self.own)
        return f"labels not used: {', '.join(left)}" if left else ""

    def identity(self) -> str:
        folder = hub.folder_of(self.spec)
        return folder_digest(folder) if folder else ""

    def load(self) -> None:
        import torch
        from transformers import AutoModelForTokenClassification, AutoTokenizer

        folder = hub.folder_of(self.spec) or Path(self.spec.where)
        told: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        self._tokenizer = AutoTokenizer.from_pretrained(folder, **told)
        if not self._tokenizer.is_fast:
            raise self.failure("has a tokeniser that does not say where its tokens stand", "unavailable")
        model = AutoModelForTokenClassification.from_pretrained(folder, **told)
        self._torch = torch
        self._model = model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
        self._labels = {int(k): str(v) for k, v in model.config.id2label.items()}
        positions = int(getattr(model.config, "max_position_embeddings", 0) or 0)
        # RoBERTa counts its positions from the padding's number on, so that two of them are never used.
        room = (
            positions - (int(getattr(model.config, "pad_token_id", 0) or 0) + 1) if positions > 4 else WINDOW
        )
        self._window = max(min(WINDOW, int(self._tokenizer.model_max_length), room), 4)

    def entities(self, text: str) -> Iterable[Entity]:
        told = self._tokenizer(
            text, truncation=True, max_length=self._window, stride=min(STRIDE, self._window // 4),
            return_overflowing_tokens=True, return_offsets_mapping=True, return_special_tokens_mask=True,
            padding=True, return_tensors="pt",
        )  # fmt: skip
        offsets, special = told["offset_mapping"].tolist(), told["special_tokens_mask"].tolist()
        told = {k: told[k] for k in ("input_ids", "attention_mask", "token_type_ids") if k in told}
        best: dict[tuple[int, int], tuple[int, str, float]] = {}
        for first in range(0, len(offsets), BATCH):
            with self._torch.inference_mode():
                batch = {k: v[first : first + BATCH].to(self._model.device) for k, v in told.items()}
                likely = self._model(**batch).logits.softmax(-1).max(-1)
            scores, ids = likely.values.tolist(), likely.indices.tolist()
            for row in range(len(ids)):
                spans = offsets[first + row]
                real = [k for k, mask in enumerate(special[first + row]) if not mask]
                for k in real:
                    start, end = spans[k]
                    around = min(k - real[0] if first + row else WINDOW, real[-1] - k)
                    known = best.get((start, end))
                    if end > start and (known is None or known[0] < around):
                        best[start, end] = around, self._labels.get(ids[row][k], "O"), scores[row][k]
        tags = [(*_bare(text, *span), label, score) for span, (_, label, score) in sorted(best.items())]
        return list(joined(tags, text))


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    """A token without the space that some tokenisers count as its first character."""
    while start < end - 1 and text[start].isspace():
        start += 1
    return start, end
