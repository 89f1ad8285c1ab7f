"""Metrics of a transcription: those of the 23-model comparison to the letter, and ours beside them.

`score` and `aggregate` reproduce the published figures (see evaluation.normalise for the source), quirks
included: "Hungarian" NLS assigns nothing, its window search stops early, CER is clipped at 1, images
where an engine failed are left out. What mends this has names of its own: `assignment_nls`,
`monotone_nls`, `cer`, `wer`, `errors_as_empty`. Word boxes are compared in evaluation.boxes; risk and
the review curve stand elsewhere. All lengths are Unicode code points.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from scipy.optimize import linear_sum_assignment

from evaluation.edit import Windows, best_nls, nls
from evaluation.normalise import light, plain, tight, words

MATCHED: Final = 0.3
"""A region counts as matched from this similarity on."""
EARLY: Final = 0.8
"""A candidate as similar as this is not searched for a better window."""
JOINED: Final = 3
"""So many adjacent lines may belong to one region."""


@dataclass(frozen=True, slots=True)
class Score:
    """One image's figures, six decimals, under the names of the published comparison."""

    hungarian_nls: float
    hungarian_matched: int
    hungarian_unmatched: int
    boc_precision: float
    boc_recall: float
    boc_f1: float
    ned: float
    cer: float
    edit_distance: int
    gt_length: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def score(regions: Sequence[str], prediction: str) -> Score:
    """A prediction against the true regions of its image, by `light` and `tight`."""
    text = tight(light(prediction))
    truth = tight(light("\n".join(regions)))
    similarities = _best_matches(_regions(regions), _lines(prediction), text, early=True)
    matched = sum(s >= MATCHED for s in similarities)
    precision, recall, f1 = bag_of_characters(truth, text)
    distance = Levenshtein.distance(truth, text)
    longer = max(len(truth), len(text))
    return Score(
        round(_mean(similarities, empty=1.0), 6),
        matched,
        len(similarities) - matched,
        round(precision, 6),
        round(recall, 6),
        round(f1, 6),
        round(1.0 - distance / longer if longer else 1.0, 6),
        round(min(_rate(distance, len(truth)), 1.0), 6),
        distance,
        len(truth),
    )


def aggregate(scores: Sequence[Score]) -> dict[str, Any]:
    """Over images: NLS, BoC and NED as plain means, CER by length and clipped for each image; none: zeros.

    Images where the engine failed are not among `scores`: say beside it how many there are.
    """
    length = sum(s.gt_length for s in scores)
    distance = sum(min(s.edit_distance, s.gt_length) for s in scores)
    means = {
        name: round(_mean([getattr(s, name) for s in scores]), 6)
        for name in ("hungarian_nls", "boc_precision", "boc_recall", "boc_f1", "ned")
    }
    return {
        "n_images": len(scores),
        **means,
        "cer": round(distance / length if length else 0.0, 6),
        "total_gt_chars": length,
        "total_edit_distance": distance,
    }


def errors_as_empty(scores: Sequence[Score], failed: Sequence[Sequence[str]]) -> dict[str, Any]:
    """`aggregate` with every failed image (its true regions) counted as if nothing had been read there."""
    both = aggregate([*scores, *(score(regions, "") for regions in failed)])
    return {**both, "n_failed": len(failed)}


def bag_of_characters(truth: str, text: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of the characters as a multiset; 0 where there is nothing to divide by."""
    common = sum((Counter(truth) & Counter(text)).values())
    precision = common / len(text) if text else 0.0
    recall = common / len(truth) if truth else 0.0
    total = precision + recall
    return precision, recall, 2 * precision * recall / total if total else 0.0


# -- beside the published ones -------------------------------------------------------------------------


def monotone_nls(regions: Sequence[str], prediction: str) -> float:
    """As the published NLS, but a window search never stops early: what stands around a region is free."""
    text = tight(light(prediction))
    return _mean(_best_matches(_regions(regions), _lines(prediction), text, early=False), empty=1.0)


def assignment_nls(regions: Sequence[str], prediction: str) -> float:
    """Mean NLS of the regions in the best assignment that uses each line of the prediction once.

    A true assignment (Kuhn 1955), so two equal regions need two lines; regions left over count 0, lines
    left over cost nothing (BoC precision and CER count them). `light` and `tight`.
    """
    wanted = _regions(regions)
    lines = [line for line in map(tight, _lines(prediction)) if line]
    if not wanted or not lines:
        return 0.0 if wanted else 1.0
    alike = process.cdist(wanted, lines, scorer=Levenshtein.normalized_similarity, dtype=np.float64)
    rows, columns = linear_sum_assignment(alike, maximize=True)
    return float(alike[rows, columns].sum()) / len(wanted)


def cer(truth: str, prediction: str) -> float:
    """Character error rate by `plain`, not clipped: twice as much as there is gives more than 1."""
    a, b = plain(truth), plain(prediction)
    return _rate(Levenshtein.distance(a, b), len(a))


def wer(truth: str, prediction: str) -> float:
    """Word error rate by `plain` and `words`, not clipped."""
    a, b = words(truth), words(prediction)
    return _rate(Levenshtein.distance(a, b), len(a))


# -- parts ---------------------------------------------------------------------------------------------


def _regions(regions: Sequence[str]) -> list[str]:
    return [text for text in (tight(light(region)) for region in regions) if text]


def _lines(prediction: str) -> list[str]:
    return [line for line in (part.strip() for part in light(prediction).split("\n")) if line]


def _best_matches(regions: Sequence[str], lines: Sequence[str], text: str, *, early: bool) -> list[float]:
    """For each region its similarity to the best candidate, or to the best window of one."""
    if not lines:
        return [0.0] * len(regions)
    parts = [tight(line) for line in lines]
    joined = {
        "".join(parts[start : start + count])
        for count in range(1, JOINED + 1)
        for start in range(len(parts) - count + 1)
    }
    candidates = list(joined | {text})
    windows = Windows(text)
    known: dict[str, float] = {}
    for region in regions:
        if region not in known:
            known[region] = _best_match(region, candidates, windows, early=early)
    return [known[region] for region in regions]


def _best_match(region: str, candidates: Sequence[str], windows: Windows, *, early: bool) -> float:
    """Every candidate is a part of the whole text, so its windows are searched all at once.

    Only where the whole text is so like the region that its own search stops early, the shorter
    candidates are searched one by one.
    """
    best = best_nls(region, candidates)
    if not early or nls(region, windows.text, EARLY - 0.01) < EARLY:
        return windows.best(region, best)
    for candidate in candidates:
        if len(candidate) > len(region) and nls(region, candidate, EARLY - 0.01) < EARLY:
            best = Windows(candidate).best(region, best)
    return best


def _mean(values: Sequence[float], *, empty: float = 0.0) -> float:
    return sum(values) / len(values) if values else empty


def _rate(errors: int, length: int) -> float:
    """Errors for each true character or word; where there is none, any error is a rate of 1."""
    return errors / length if length else float(errors > 0)
