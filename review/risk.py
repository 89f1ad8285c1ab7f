"""Which candidate of a slot is right, and how probably: a shipped model, evaluated in plain numpy.

The model (risk_prior.json, gradient-boosted trees) was trained by bench/merge_training.py; the file says
on what, and how it did on pages that were held back. Features are in review.features. Nothing here knows
ink, alignment or the decisions of people.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from review.characters import Characters
from review.columns import Columns
from review.features import NAMES, family, rows
from review.slots import Draft
from review.trees import Trees

if TYPE_CHECKING:
    from review.calibrate import Refit

CERTAIN = 0.998
"""Probability of what a born-digital page's own text says."""
HARDLY = 0.3
"""A text is left out only when it is this unlikely to be right ..."""
UNSTATED = 0.8
"""Confidence of an engine that gives none."""
GARBLED = 0.15
"""Below it a candidate's probability no longer says which of them has more letters right."""
LEFT_OUT = 0.8
"""... and when that costs clearly fewer wrong words than showing it: noise that was taken for letters."""
_FILE = Path(__file__).with_name("risk_prior.json")
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


class Chosen(NamedTuple):
    """The choices of a page, and how far each reading is to be believed (see _standing)."""

    choices: list[Choice]
    standing: list[float]


@cache
def model() -> tuple[Trees, Trees]:
    """The shipped model: a candidate is right; a word stands here at all."""
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    if tuple(data["features"]) != NAMES:
        raise ValueError("risk_prior.json was trained on other features: run bench/merge_training.py")
    return Trees.of(data["right"]), Trees.of(data["exists"])


@cache
def model_name() -> str:
    """Names the shipped model by its bytes, so that a refit knows what it was made for."""
    return hashlib.sha256(_FILE.read_bytes()).hexdigest()[:16]


def prior(engine: str) -> float:
    """Accuracy to start from, before a page's readings have been compared."""
    return _KNOWN.get(engine, _UNKNOWN)


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
        known = [u.confidence for u in stream.units if u.confidence is not None]
        sure = sum(known) / len(known) if known else base
        out.append(float(np.clip(0.4 * base + 0.4 * agreement + 0.2 * sure, 0.02, 0.999)))
    return out


def choose(
    slots: Sequence[Draft],
    streams: Sequence[Characters],
    trust: Sequence[float],
    languages: Sequence[str] = (),
    refit: Refit | None = None,
) -> Chosen:
    """A choice a draft, and how far each reading is to be believed on this page.

    What a born-digital page's own text says wins over what was recognised.

    refit: what a project's corrections have taught (review.calibrate).
    """
    found = rows(slots, streams, trust, languages)
    if not found.draft:
        return Chosen([], _standing(streams, found.accuracy))
    right, exists = model()
    estimated = right.probability(found.values)
    if refit is not None:
        estimated = refit.apply(found.values, estimated)
    probability = estimated.tolist()
    there = exists.probability(found.values).tolist()
    standing = _standing(streams, found.accuracy)
    out: list[Choice] = []
    start = 0
    while start < len(found.draft):
        end = start
        while end < len(found.draft) and found.draft[end] == found.draft[start]:
            end += 1
        part = slice(start, end)
        out.append(
            _choice(
                found.texts[part],
                found.supporters[part],
                found.confidences[part],
                probability[part],
                max(there[part]),
                streams,
                standing,
            )
        )
        start = end
    return Chosen(out, standing)


def _standing(streams: Sequence[Characters], accuracy: Sequence[float]) -> list[float]:
    """How far to believe each reading where all may be wrong: what agreement says of the page and how sure
    the engine was of it; of one family the best, in it the engine that usually is (readings of one family
    agree more than they are right).
    """
    best: dict[str, float] = {}
    for stream, share in zip(streams, accuracy, strict=True):
        sure = [u.confidence for u in stream.units if u.confidence is not None]
        belief = share + 0.5 * (sum(sure) / len(sure) if sure else UNSTATED)
        best[family(stream.engine)] = max(best.get(family(stream.engine), 0.0), belief)
    return [best[family(s.engine)] + 0.01 * prior(s.engine) for s in streams]


def _choice(
    texts: list[str],
    supporters: list[list[int]],
    confidences: list[float | None],
    probability: list[float],
    there: float,
    streams: Sequence[Characters],
    standing: Sequence[float],
) -> Choice:
    total = sum(probability)
    if total > 1.0:
        probability = [p / total for p in probability]
    for n, members in enumerate(supporters):
        if any(streams[r].engine == "pdf_text" for r in members):
            probability = [min(p, 1.0 - CERTAIN) for p in probability]
            probability[n] = CERTAIN
            there = 1.0
            break
    order = sorted(range(len(texts)), key=lambda n: -probability[n])
    if probability[order[0]] < GARBLED:
        # None is right as it stands: then most letters are right in what the best reading says.
        order.sort(key=lambda n: -max(standing[r] for r in supporters[n]))
    best = order[0]
    likely = probability[best]
    # Showing the text costs 1 - likely wrong words, leaving it out `there`.
    empty = likely < HARDLY and there + likely < LEFT_OUT
    return Choice(
        [texts[n] for n in order],
        [supporters[n] for n in order],
        [confidences[n] for n in order],
        [probability[n] for n in order],
        "" if empty else texts[best],
        there if empty else 1.0 - probability[best],
    )
