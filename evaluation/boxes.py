"""Words with boxes against true words with boxes: found where they stand, and found and read.

Strings without places are compared in evaluation.metrics.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from evaluation.normalise import plain
from model.geometry import Box

OVERLAP: Final = 0.5
"""Intersection over union from which on two boxes are the same place (Everingham et al. 2010)."""

Placed = tuple[str, Box]
"""A word and its box. Both sides of a comparison are in one frame, say pixels of the page image."""


@dataclass(frozen=True, slots=True)
class WordScore:
    """Counts of words; each true word is found by one predicted word at most."""

    truth: int
    predicted: int
    found: int
    """True words with a predicted box in their place."""
    read: int
    """Those whose text is right as well, by `plain`."""

    @property
    def recall(self) -> float:
        """Share of the true words that were found and read; without true words 0."""
        return self.read / self.truth if self.truth else 0.0

    @property
    def precision(self) -> float:
        """Share of the predicted words that stand there and read so; without predicted words 0."""
        return self.read / self.predicted if self.predicted else 0.0

    @property
    def found_recall(self) -> float:
        return self.found / self.truth if self.truth else 0.0

    @property
    def found_precision(self) -> float:
        return self.found / self.predicted if self.predicted else 0.0


def word_score(truth: Sequence[Placed], predicted: Sequence[Placed], overlap: float = OVERLAP) -> WordScore:
    """Assigns boxes to boxes so that as many as can be overlap by `overlap` or more, and counts these.

    Of two boxes in one place, the one with the right text is preferred.
    """
    if not truth or not predicted:
        return WordScore(len(truth), len(predicted), 0, 0)
    shares = _overlaps([box for _, box in truth], [box for _, box in predicted])
    wanted = np.array([plain(text) for text, _ in truth], dtype=object)
    given = np.array([plain(text) for text, _ in predicted], dtype=object)
    same = wanted[:, None] == given[None, :]
    near = shares >= overlap
    # A place counts before a text, a text before how well the boxes fit.
    rows, columns = linear_sum_assignment(near * (2.0 + same) + shares / 1e3, maximize=True)
    hits = near[rows, columns]
    read = hits & same[rows, columns]
    return WordScore(len(truth), len(predicted), int(hits.sum()), int(read.sum()))


def _overlaps(a: Sequence[Box], b: Sequence[Box]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Intersection over union of each with each, (len(a), len(b)); 0 where both are empty."""
    p = np.array([[x.x0, x.y0, x.x1, x.y1] for x in a], dtype=np.float64)[:, None, :]
    q = np.array([[x.x0, x.y0, x.x1, x.y1] for x in b], dtype=np.float64)[None, :, :]
    sides = np.clip(np.minimum(p[..., 2:], q[..., 2:]) - np.maximum(p[..., :2], q[..., :2]), 0.0, None)
    common = sides.prod(axis=-1)
    union = (p[..., 2:] - p[..., :2]).prod(axis=-1) + (q[..., 2:] - q[..., :2]).prod(axis=-1) - common
    shares: np.ndarray[tuple[int, int], np.dtype[np.float64]] = np.zeros_like(common)
    np.divide(common, union, out=shares, where=union > 0)
    return shares
