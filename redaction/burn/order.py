"""The orders in which a page's words can be read: as painted, as they stand, cell by cell, and backwards.

A copy of a secret may be painted letter by letter in any order, a table column by column, Hebrew from its
last letter to its first: readers that go by places find it all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from redaction.burn.copies import Secrets
from redaction.burn.layer import leftward
from redaction.burn.seen import SeenWord

Copy = list[tuple[int, int, int]]
"""(word, first, end): character ranges of one place where a secret stands."""
Firsts = NDArray[np.float64]
"""Of each word the origin of its first letter, and its size: N x 3, displayed points."""
_ROW = 0.35
"""Ems that base lines of one row may be apart."""
_EDGE = 12
"""Words at a page's end that may begin what the next page goes on with."""
_GAP, _NEXT = 1.5, 2.0
"""Ems between two words of a row that part cells, and down to the next line of a cell."""


def find_in_any_order(words: Sequence[SeenWord], secrets: Secrets) -> Iterator[Copy]:
    """Each copy of a secret among the words; one that can be read in two ways may come twice."""
    texts = [w.text for w in words]
    firsts = np.array([(w.chars[0].x, w.chars[0].y, w.size) for w in words], dtype=np.float64).reshape(-1, 3)
    yield from secrets.find(texts)
    rows = _by_place(words, firsts)
    if rows is not None:
        for copy in secrets.find([texts[i] for i in rows]):
            yield [(rows[index], first, end) for index, first, end in copy]
    if secrets.parted() and (cells := _by_cell(words, firsts)):
        for copy in secrets.find([texts[i] for i in cells]):
            yield [(cells[index], first, end) for index, first, end in copy]
    if any(map(leftward, texts)):
        order = list(rows if rows is not None else range(len(words)))[::-1]
        for copy in secrets.find([texts[i][::-1] for i in order]):
            yield [
                (order[n], len(texts[order[n]]) - end, len(texts[order[n]]) - first) for n, first, end in copy
            ]


def find_over_edges(
    words: Sequence[SeenWord], before: Sequence[SeenWord], after: Sequence[SeenWord], secrets: Secrets
) -> Iterator[Copy]:
    """What stands on this page of copies that begin on the page before it or end on the next one."""
    if not secrets.parted():
        return
    for own in _edges(words, last=False):
        for other in _edges(before, last=True):
            texts = [before[i].text for i in other] + [words[i].text for i in own]
            for copy in secrets.find(texts):
                if copy[0][0] < len(other) <= copy[-1][0]:
                    yield [(own[n - len(other)], a, b) for n, a, b in copy if n >= len(other)]
    for own in _edges(words, last=True):
        for other in _edges(after, last=False):
            for copy in secrets.find([words[i].text for i in own] + [after[i].text for i in other]):
                if copy[0][0] < len(own) <= copy[-1][0]:
                    yield [(own[n], a, b) for n, a, b in copy if n < len(own)]


def _edges(words: Sequence[SeenWord], *, last: bool) -> list[list[int]]:
    """The words at a page's end or beginning: with the outermost line, and without it if it is a footer."""
    if not words:
        return []
    shown = [i for i, w in enumerate(words) if w.state != "hidden"]
    if not shown:
        return []
    rim = words[shown[-1 if last else 0]].line
    within = [i for i in shown if words[i].line != rim]
    return [part[-_EDGE:] if last else part[:_EDGE] for part in (shown, within) if part]


def _by_place(words: Sequence[SeenWord], firsts: Firsts) -> list[int] | None:
    """The words row by row, each direction of writing by itself; None where they came in that order."""
    exact: dict[tuple[float, float], list[int]] = {}
    for index, word in enumerate(words):
        exact.setdefault(word.direction, []).append(index)
    ways: dict[tuple[float, float], list[int]] = {}
    for (dx, dy), own in exact.items():
        ways.setdefault((round(dx, 2), round(dy, 2)), []).extend(own)
    order = [index for (dx, dy), own in ways.items() for index in _rows(firsts, own, dx, dy)]
    return None if order == list(range(len(words))) else order


def _by_cell(words: Sequence[SeenWord], firsts: Firsts) -> list[int]:
    """The words of level rows that have gaps, each part of a row before the part that stands under it.

    A name that is wrapped in a column of a table is read on in the column, not in the row. Empty where no
    row has a gap: then rows are columns.
    """
    level = [i for i, w in enumerate(words) if not w.vertical and w.direction[0] > 0.99]
    if len(level) < 2:
        return []
    listed = _rows(firsts, level, 1.0, 0.0)
    y, high = firsts[listed, 1], firsts[listed, 2]
    inks = [words[index].ink for index in listed]
    left, right = np.array([ink[0] for ink in inks]), np.array([ink[2] for ink in inks])
    beside = left[1:] - right[:-1] + _ROW * high[1:]
    near = (np.abs(np.diff(y)) <= _ROW * high[1:]) & (beside >= 0) & (beside <= (_GAP + _ROW) * high[1:])
    first = np.concatenate([[0], np.flatnonzero(~near) + 1])
    last = np.concatenate([first[1:], [len(listed)]])
    ends = np.stack([left[first], right[last - 1], y[first]], axis=1)
    sizes = high[first]
    if len(first) < 2 or not (np.abs(np.diff(ends[:, 2])) <= _ROW * sizes[1:]).any():
        return []
    parts = [listed[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True)]
    order: list[int] = []
    led = np.zeros(len(parts), dtype=bool)
    for start in range(len(parts)):
        at: int | None = start
        while at is not None and not led[at]:
            led[at] = True
            order += parts[at]
            at = _below(at, ends, sizes)
    return order


def _below(at: int, ends: NDArray[np.float64], sizes: NDArray[np.float64]) -> int | None:
    """The part that stands next under a part, begins about where it does, and belongs to the same text."""
    down = ends[:, 2] - ends[at, 2]
    found = (down > _ROW * sizes[at]) & (down <= _NEXT * sizes[at])
    found &= np.abs(ends[:, 0] - ends[at, 0]) <= sizes[at]
    return int(np.flatnonzero(found)[np.argmin(down[found])]) if found.any() else None


def _rows(firsts: Firsts, own: Sequence[int], dx: float, dy: float) -> list[int]:
    """Words that run along (dx, dy), row below row, each from its start to its end."""
    indices = np.array(own)
    x, y, sizes = firsts[indices].T
    across, along = y * dx - x * dy, x * dx + y * dy
    order = np.lexsort((indices, along, across))
    below = np.diff(across[order]) > _ROW * sizes[order][1:]
    row = np.concatenate([[0], np.cumsum(below)])
    found: list[int] = indices[order][np.lexsort((indices[order], along[order], row))].tolist()
    return found
