"""The orders in which the words of a page can be read: as they were painted, as they stand, and backwards.

A copy of a secret may be painted letter by letter in any order, a table column by column, Hebrew from its
last letter to its first: readers that go by places find it all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from redaction.burn.copies import Secrets
from redaction.burn.layer import leftward
from redaction.burn.seen import SeenWord

Copy = list[tuple[int, int, int]]
"""(word, first, end): character ranges of one place where a secret stands."""
_ROW = 0.35
"""Ems that base lines of one row may be apart."""


def find_in_any_order(words: Sequence[SeenWord], secrets: Secrets) -> Iterator[Copy]:
    """Each copy of a secret among the words; one that can be read in two ways may come twice."""
    texts = [w.text for w in words]
    yield from secrets.find(texts)
    rows = _by_place(words)
    if rows is not None:
        for copy in secrets.find([texts[i] for i in rows]):
            yield [(rows[index], first, end) for index, first, end in copy]
    if any(map(leftward, texts)):
        order = list(rows if rows is not None else range(len(words)))[::-1]
        for copy in secrets.find([texts[i][::-1] for i in order]):
            yield [
                (order[n], len(texts[order[n]]) - end, len(texts[order[n]]) - first) for n, first, end in copy
            ]


def _by_place(words: Sequence[SeenWord]) -> list[int] | None:
    """The words row by row, each direction of writing by itself; None where they came in that order."""
    ways: dict[tuple[float, float], list[int]] = {}
    for index, word in enumerate(words):
        ways.setdefault((round(word.direction[0], 2), round(word.direction[1], 2)), []).append(index)
    order = [index for (dx, dy), own in ways.items() for index in _rows(words, own, dx, dy)]
    return None if order == list(range(len(words))) else order


def _rows(words: Sequence[SeenWord], own: Sequence[int], dx: float, dy: float) -> list[int]:
    """Words that run along (dx, dy), row below row, each from its start to its end."""
    starts = []
    for index in own:
        first = words[index].chars[0]
        starts.append((first.y * dx - first.x * dy, first.x * dx + first.y * dy, index))
    starts.sort()
    rows: list[list[tuple[float, int]]] = []
    base = 0.0
    for across, along, index in starts:
        if not rows or across - base > _ROW * words[index].size:
            rows.append([])
        rows[-1].append((along, index))
        base = across
    return [index for row in rows for _, index in sorted(row)]
