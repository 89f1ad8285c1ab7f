"""Named entities of a spaCy pipeline: an installed package (en_core_web_lg, ja_core_news_lg) or a folder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from redaction.recognisers.models import labels
from redaction.recognisers.models.base import Entity, TextModel, folder_digest

SCORE: Final = 0.7
"""spaCy's parser gives no probability; below what a label beside the value gives, above a lone surname."""


class SpacyNer(TextModel):
    """spaCy's `doc.ents`. Components that the entities do not need are left out."""

    _nlp: Any = None

    @property
    def _folder(self) -> Path | None:
        path = Path(self.spec.where).expanduser()
        return path if path.is_dir() else None

    def _version(self) -> str:
        try:
            return version(self.spec.where)
        except (PackageNotFoundError, ValueError):
            return ""

    def availability(self) -> str | None:
        folder, where = self._folder, self.spec.where
        if folder is None:
            if not re.fullmatch(r"[A-Za-z][\w-]*", where):
                return f"{self.name}: there is no such folder."
            if not self._version():
                return f"{where} is not installed: python -m spacy download {where}"
            return None
        told = _meta(folder)
        if told is None:
            return f"{self.name}: the folder holds no spaCy pipeline (meta.json and config.cfg)."
        given = told.get("labels")
        ner = [x for part in (given if isinstance(given, dict) else {}).values() for x in part]
        if not any(name in ("ner", "entity_ruler", "span_ruler") for name in told.get("pipeline") or ()):
            return f"{self.name}: the pipeline has no component that names entities."
        if ner and not labels.known(_entity_labels(told), self.own):
            return (
                f"{self.name}: none of its labels is known here ({', '.join(_entity_labels(told)[:8])}); "
                "say what they mean behind the name: ?LABEL=TYPE"
            )
        return None

    def note(self) -> str:
        folder = self._folder
        left = labels.unused(_entity_labels(_meta(folder) or {}) if folder else (), self.own)
        return f"labels not used: {', '.join(left)}" if left else ""

    def identity(self) -> str:
        folder = self._folder
        return folder_digest(folder) if folder else self._version()

    def load(self) -> None:
        import spacy

        try:
            self._nlp = spacy.load(
                self._folder or self.spec.where, exclude=["parser", "lemmatizer", "textcat", "senter"]
            )
        except ValueError as error:
            if "transformer" in str(error):  # E002: the pipeline's factory belongs to another package
                raise self.failure(
                    "needs another package: pip install 'inkveil[ner-trf]'", "unavailable"
                ) from error
            raise
        named = [x for name in self._nlp.pipe_names for x in self._nlp.pipe_labels.get(name, ())]
        if not labels.known(named, self.own):
            raise self.failure(
                "knows no label that is known here; say what they mean: ?LABEL=TYPE", "unavailable"
            )

    def entities(self, text: str) -> Iterable[Entity]:
        return [(e.start_char, e.end_char, e.label_, SCORE) for e in self._nlp(text).ents]


def _meta(folder: Path) -> dict[str, Any] | None:
    """The pipeline's meta.json, None where the folder is no pipeline."""
    try:
        told = json.loads((folder / "meta.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) and (folder / "config.cfg").is_file() else None


def _entity_labels(told: dict[str, Any]) -> list[str]:
    given = told.get("labels")
    parts = given if isinstance(given, dict) else {}
    return [str(x) for name in ("ner", "entity_ruler", "span_ruler") for x in parts.get(name) or ()]
