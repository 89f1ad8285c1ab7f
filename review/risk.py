"""Which candidate of a slot is right, and how probably: features and a shipped model, in plain numpy.

The model (risk_prior.json) was trained by bench/merge.py --train; the file says on what and how it did on
pages that were held back. Nothing here knows boxes' ink, alignment or the review's decisions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from review.characters import Characters
from review.columns import Columns
from review.slots import Draft

Floats = NDArray[np.float64]

_KNOWN = {"pdf_text": 0.995, "rapidocr": 0.85, "rapidocr_rescaled": 0.83, "tesseract": 0.72}
_UNKNOWN = 0.9


@dataclass(slots=True)
class Choice:
    """A draft's candidates with the probability of each to be right, the best first."""

    texts: list[str]
    supporters: list[list[int]]
    """For each text the streams that gave it."""
    confidences: list[float | None]
    probabilities: list[float]
    chosen: str
    """The chosen text; empty where most probably no word stands here at all."""
    risk: float


def prior(engine: str) -> float:
    """Accuracy to start from, before a page's readings have been compared."""
    return _KNOWN.get(engine, _UNKNOWN)


def family(engine: str) -> str:
    """Engines of one family share a recogniser, so that their agreement counts once."""
    return engine.split("_", 1)[0] if engine != "pdf_text" else engine


def accuracies(columns: Columns) -> list[float]:
    """Estimated share of right characters a reading on this page, from agreement and prior.

    Readings of one family don't vouch for each other.
    """
    streams = columns.streams
    members = columns.members
    glyphs = [np.array(list(s.folded)) if len(s) else np.zeros(0, dtype="<U1") for s in streams]
    out = []
    for r, stream in enumerate(streams):
        base = prior(stream.engine)
        total = weight = 0.0
        for q, other in enumerate(streams):
            if q == r or family(other.engine) == family(stream.engine) or not len(other) or not len(stream):
                continue
            both = (members[:, r] >= 0) & (members[:, q] >= 0)
            equal = float(np.sum(glyphs[r][members[both, r]] == glyphs[q][members[both, q]]))
            trust = prior(other.engine)
            total += trust * equal / max(len(stream), 1)
            weight += trust
        agreement = total / weight if weight else base
        out.append(float(np.clip(0.5 * base + 0.5 * agreement, 0.02, 0.999)))
    return out


def choose(slots: Sequence[Draft], streams: Sequence[Characters], trust: Sequence[float]) -> list[Choice]:
    """A choice a draft."""
    return [_choose(d, streams, trust) for d in slots]


def _choose(draft: Draft, streams: Sequence[Characters], trust: Sequence[float]) -> Choice:
    by_text: dict[str, list[int]] = {}
    confidence: dict[int, float | None] = {}
    for said in draft.said:
        by_text.setdefault(said.text, []).append(said.stream)
        confidence[said.stream] = said.confidence
    scores = {}
    for text, members in by_text.items():
        families: dict[str, float] = {}
        for r in members:
            sure = confidence[r]
            value = trust[r] * (0.5 + 0.5 * (sure if sure is not None else trust[r]))
            if streams[r].engine == "pdf_text":
                value += 10.0
            name = family(streams[r].engine)
            families[name] = max(families.get(name, 0.0), value)
        scores[text] = 1.0 - float(np.prod([1.0 - min(v, 0.98) for v in families.values()]))
        if any(streams[r].engine == "pdf_text" for r in members):
            scores[text] = 0.999
    total = sum(scores.values()) + 0.05
    if max(scores.values()) < 0.999:
        missing = sum(1 for r in range(len(streams)) if streams[r].boxed and r not in confidence)
        scale = max(scores.values()) / total * (0.8**missing)
    else:
        scale = 1.0
    texts = sorted(scores, key=lambda t: -scores[t])
    top = scores[texts[0]]
    probabilities = [min(scores[t] / top * scale, 0.999) for t in texts]
    groups = [by_text[t] for t in texts]
    known = [[c for r in g if (c := confidence[r]) is not None] for g in groups]
    return Choice(
        texts,
        groups,
        [max(k) if k else None for k in known],
        probabilities,
        texts[0],
        1.0 - probabilities[0],
    )
