"""The orders in which the words of a page can be read: as they were painted, as they stand, and backwards.

A copy of a secret may be painted letter by letter in any order, a table column by column, Hebrew from its
last letter to its first: readers that go by places find it all the same.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from redaction.burn.copies import Secrets
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
    if any(_leftwards(text) for text in texts if not text.isascii()):
        order = list(rows if rows is not None else range(len(words)))[::-1]
        for copy in secrets.find([texts[i][::-1] for i in order]):
            yield [
                (order[n], len(texts[order[n]]) - end, len(texts[order[n]]) - first) for n, first, end in copy
            ]


def _by_place(words: Sequence[SeenWord]) -> list[int] | None:
    """The words row by row, from left to right; None where that is the order they came in.

    Text that is not level keeps its place in the order, behind the rest.
    """
    level = [i for i, w in enumerate(words) if w.direction[0] > 0.999 and not w.vertical]
    starts = [(words[i].chars[0].y, words[i].chars[0].x, i) for i in level]
    starts.sort()
    rows: list[list[tuple[float, int]]] = []
    base = 0.0
    for y, x, index in starts:
        if not rows or y - base > _ROW * words[index].size:
            rows.append([])
        rows[-1].append((x, index))
        base = y
    order = [index for row in rows for _, index in sorted(row)]
    if len(order) < 2 or order == level:
        return None
    own = set(level)
    return order + [i for i in range(len(words)) if i not in own]


def _leftwards(text: str) -> bool:
    return any(unicodedata.bidirectional(c) in ("R", "AL") for c in text)
