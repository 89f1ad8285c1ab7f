"""How alike two strings are: normalised Levenshtein similarity, and the best window of a long text.

Exact and fast; what is compared with what, and what is made of the figures, stands in evaluation.metrics.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

Places = np.ndarray[Any, np.dtype[np.int64]]
"""Positions in a text, ascending."""
_BATCH: Final = 1 << 20
"""Characters of windows that are cut out at a time: what bounds the memory."""


def nls(a: str, b: str, least: float = 0.0) -> float:
    """1 - Levenshtein / length of the longer one; both empty 1. What is below `least` may be 0 instead."""
    return Levenshtein.normalized_similarity(a, b, score_cutoff=least)


def best_nls(text: str, candidates: Sequence[str]) -> float:
    """The greatest `nls` of a text with any candidate; without candidates 0."""
    found = process.extractOne(text, candidates, scorer=Levenshtein.normalized_similarity)
    return float(found[1]) if found else 0.0


class Windows:
    """The windows of one text, for searches with many needles.

    A text that repeats itself has few different windows: where each occurs for the first time is found
    once for all lengths up to the next power of two, and only those places are searched.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
        self._names = codes
        """A number for each window of length `_length`; equal numbers are equal windows."""
        self._length = 1
        self._first: dict[int, Places] = {1: np.unique(codes, return_index=True)[1]}

    def best(self, needle: str, known: float = 0.0) -> float:
        """The greatest nls of the needle with a window of its own length, or `known` where none is greater.

        Branch and bound: neighbouring windows differ by one deletion and one insertion, so around a
        window at distance d those up to s places away have at least d - 2 s. Cells of places whose middle
        is too far away to hide anything better are dropped, the others are halved.
        """
        size = len(needle)
        if not 0 < size <= len(self.text) or known >= 1.0:
            return known
        if needle in self.text:
            return 1.0
        places = self._places(size)
        limit = _limit(known, size)
        # Unlike text lies at about three quarters of the length: cells that such a middle lets drop.
        width = 1 << max(3 * size // 4 - limit, 1).bit_length() - 1
        while len(places) and limit > 0:
            cells = places // width
            opens = np.concatenate([[True], cells[1:] != cells[:-1]])
            reach = width // 2
            middles = np.minimum(cells[opens] * width + reach, len(self.text) - size)
            distances = self._distances(needle, middles, limit + 2 * reach - 1)
            limit = min(limit, int(distances.min()))
            if width == 1:
                break
            promising = distances < limit + 2 * reach
            places = places[promising[np.cumsum(opens) - 1]]
            width = reach
        return max(known, 1.0 - limit / size)

    def _distances(self, needle: str, places: Places, cutoff: int) -> Places:
        """Levenshtein to the window at each place; beyond the cutoff some number beyond the cutoff."""
        size, text = len(needle), self.text
        step = max(_BATCH // size, 1)
        found = [
            process.cdist(
                [needle],
                [text[at : at + size] for at in places[start : start + step].tolist()],
                scorer=Levenshtein.distance,
                score_cutoff=cutoff,
                dtype=np.int64,
            )[0]
            for start in range(0, len(places), step)
        ]
        return np.concatenate(found)

    def _places(self, size: int) -> Places:
        """Places of at least one window of each content, for windows of this size."""
        count = len(self.text) - size + 1
        length = 1 << (size - 1).bit_length()
        if length > len(self.text):
            return np.arange(count)
        while self._length < length:
            # Prefix doubling (Karp, Miller & Rosenberg 1972): a window's name is its halves' names.
            left, right = self._names[: -self._length], self._names[self._length :]
            pairs = left * (int(self._names.max()) + 1) + right
            _, first, self._names = np.unique(pairs, return_index=True, return_inverse=True)
            self._length *= 2
            self._first[self._length] = np.sort(first)
        # Near the end there are windows of this size that no longer one begins with.
        return np.concatenate([self._first[length], np.arange(len(self.text) - length + 1, count)])


def _limit(known: float, size: int) -> int:
    """The smallest distance that is no better than `known`."""
    limit = min(int(size * (1.0 - known)) + 1, size)
    while limit > 0 and 1.0 - (limit - 1) / size <= known:
        limit -= 1
    return limit
