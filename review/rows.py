"""The rows of writing on a page, and the text of a boxless reading dealt out to them in order.

Rows come from the lines of the placed readings, put into reading order. Where hardly a letter agrees (cursive
that the placed engines misread), a row still says how long it is and a little of what stands in it: a text
is cut into rows by dynamic programming over its words, its own line breaks preferred, rows and words left
out where nothing fits. Which words keep a place after that is decided in review.grounding.

After: Needleman and Wunsch 1970; for text lines without known breaks, Fischer et al. 2011 (transcription
alignment of historical handwriting).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from rapidfuzz.distance import Levenshtein

from model.geometry import Box
from review.align import Floats, Ints
from review.characters import Characters, Unit
from review.direction import leftwards
from review.order import reading_order

WIDE_GAP = 4.0
"""Line heights between two words from which they are two pieces of a line."""
UNSURE, SURE = 0.85, 0.93
"""Confidence of a row between which a text has to be more and more like it."""
ALIKE_IF_SURE = 0.4
CHANCE = 0.22
"""Likeness of a text to a row that has nothing to do with it, about."""
EVEN = 0.6
"""Share of the expected length from which a length speaks for a row."""
LENGTH_WORTH = 0.1
LEFT_OUT = 0.02
"""Cost of a letter of the text, or of a row, that is left out."""
SIDE_BY_SIDE = 0.15
"""Share of a usual row's length that taking two pieces of a line as one costs."""
MOST_MISSING = 8
"""Lines that may be missing between two rows."""
BREAK_COST = 0.1
"""Share of a usual row's length that a row's end inside a line of the text costs."""
SURE_REPEAT = 0.6
"""Likeness from which even a line that the text says over and over is taken."""
MOST_TRIALS = 40_000
"""Pairs of a stretch of text and a row that are compared at most."""


@dataclass(slots=True)
class Row:
    """A row, or the part of one between two words that are placed already."""

    columns: list[int]
    along: Floats
    """Where each column stands along the row, frame pixels in the direction of writing."""
    size: float
    """Height of the row (its width, where it is vertical)."""
    folded: str
    across: float
    """The row's middle, across the direction of writing."""
    sure: float = 0.0
    """Mean confidence of the engine that read it."""

    @property
    def extent(self) -> float:
        return float(self.along.max() - self.along.min()) + 0.5 * self.size if len(self.along) else 0.0

    @property
    def least(self) -> float:
        """Likeness below which a text is not this row's: what an engine is sure of, it has mostly right."""
        return ALIKE_IF_SURE * min(max((self.sure - UNSURE) / (SURE - UNSURE), 0.0), 1.0)

    def part(self, start: int, stop: int) -> Row:
        return Row(
            self.columns[start:stop],
            self.along[start:stop],
            self.size,
            self.folded[start:stop],
            self.across,
            self.sure,
        )

    def joined(self, other: Row) -> Row:
        return Row(
            self.columns + other.columns,
            np.concatenate([self.along, other.along]),
            max(self.size, other.size),
            self.folded + other.folded,
            (self.across + other.across) / 2,
            max(self.sure, other.sure),
        )


def rows(streams: Sequence[Characters], columns_of: Sequence[Ints]) -> list[Row]:
    """The page's rows in reading order.

    streams: the placed readings, the leading one first; columns_of: for each of their characters the column
    that it is the first to have, or -1. A later reading adds the words that no earlier one has.
    """
    pieces: list[tuple[int, list[Unit]]] = []
    for r, stream in enumerate(streams):
        own = columns_of[r] >= 0
        sums = np.concatenate(([0], np.cumsum(own))).tolist()
        before: Unit | None = None
        for unit in stream.units:
            if unit.box is None or sums[unit.end] - sums[unit.start] < (unit.end - unit.start if r else 1):
                continue
            if before is not None and _follows(before, unit):
                pieces[-1][1].append(unit)
            else:
                pieces.append((r, [unit]))
            before = unit
    words = [unit.text for _, units in pieces for unit in units]
    sign = -1 if 2 * sum(map(leftwards, words)) > len(words) else 1
    found = [_row(streams[r], columns_of[r], units, sign) for r, units in pieces]
    boxes = [_band(row, sign, units[0].vertical) for row, (_, units) in zip(found, pieces, strict=True)]
    lines: dict[int, list[Row]] = {}
    for at, line in reading_order(boxes, [units[0].vertical for _, units in pieces]):
        lines.setdefault(line, []).append(found[at])
    return [row for line in lines.values() for row in _beside(line)]


def _row(stream: Characters, columns: Ints, units: Sequence[Unit], sign: int) -> Row:
    chars = [i for u in units for i in range(u.start, u.end) if columns[i] >= 0]
    index = np.array(chars, dtype=np.int64)
    along, across = (stream.cy, stream.cx) if units[0].vertical else (sign * stream.cx, stream.cy)
    sure = [u.confidence for u in units if u.confidence is not None]
    return Row(
        columns[index].tolist(), along[index], float(np.median(stream.size[index])),
        "".join([stream.folded[i] for i in chars]), float(np.median(across[index])),
        sum(sure) / len(sure) if sure else 0.0,
    )  # fmt: skip


def _band(row: Row, sign: int, vertical: bool) -> Box:
    """Where a row stands, as if it did not lean."""
    ends = row.along * (1 if vertical else sign)
    low, high = float(ends.min()) - 0.25 * row.size, float(ends.max()) + 0.25 * row.size
    top, bottom = row.across - 0.5 * row.size, row.across + 0.5 * row.size
    return Box(top, low, bottom, high) if vertical else Box(low, top, high, bottom)


def _beside(line: Sequence[Row]) -> list[Row]:
    """Pieces of a line made one where they stand side by side; what stands above each other is two rows."""
    out: list[Row] = []
    for row in sorted(line, key=lambda r: float(r.along.min())):
        for n, other in enumerate(out):
            apart = float(row.along.min()) >= float(other.along.max()) - 0.5 * row.size
            if apart and abs(other.across - row.across) < 0.5 * max(row.size, other.size):
                out[n] = other.joined(row)
                break
        else:
            out.append(row)
    return sorted(out, key=lambda r: r.across) if len(out) > 1 else out


def _follows(before: Unit, unit: Unit) -> bool:
    if before.line != unit.line or before.vertical != unit.vertical:
        return False
    if before.box is None or unit.box is None:
        return False
    if unit.vertical:
        return abs(unit.box.y0 - before.box.y1) <= WIDE_GAP * unit.box.width
    gap = max(unit.box.x0 - before.box.x1, before.box.x0 - unit.box.x1)
    return abs(gap) <= WIDE_GAP * unit.box.height


def with_missing(found: Sequence[Row]) -> list[Row]:
    """The rows, and one without columns for each line that the gap between two rows has room for."""
    wide = [r for r in found if len(r.columns) >= 4]
    if len(wide) < 4:
        return list(found)
    usual = float(np.percentile([r.extent for r in wide], 75))
    wide = [r for r in wide if r.extent >= 0.4 * usual]
    steps = [abs(b.across - a.across) for a, b in pairwise(wide)]
    pitch = float(np.median(steps)) if len(steps) >= 3 else 0.0
    if pitch <= 0:
        return list(found)
    extra: dict[int, int] = {}
    for a, b in pairwise(wide):
        left, right = max(a.along.min(), b.along.min()), min(a.along.max(), b.along.max())
        lines = round(abs(b.across - a.across) / pitch) - 1
        if right - left > 0.3 * usual and 0 < lines <= MOST_MISSING:
            extra[id(b)] = lines
    out: list[Row] = []
    for row in found:
        if id(row) in extra:
            out.extend(Row([], np.zeros(0), row.size, "", row.across) for _ in range(extra[id(row)]))
        out.append(row)
    return out


# -- a text dealt out to rows -------------------------------------------------------------------


@dataclass(slots=True)
class Part:
    """Words `start` to `stop` of the dealt ones (stop excluded) and the row that they fill."""

    start: int
    stop: int
    row: Row
    alike: float


def deal(
    texts: Sequence[str],
    breaks: Sequence[bool],
    again: Sequence[bool],
    found: Sequence[Row],
    least: float,
) -> list[Part]:
    """Deals words out to rows, both in their order, either may be left out.

    texts: folded words; breaks: whether a new line of the text begins before the word; again: words of a
    line that was said before; least: likeness below which no row is taken.
    """
    count = len(texts)
    if not count or not found:
        return []
    ends = np.concatenate(([0], np.cumsum([len(t) for t in texts]))).tolist()
    whole = "".join(texts)
    borders = _borders(ends, breaks, found)
    groups = _groups(found)
    letters = sum(len(r.folded) for r in found)
    if not letters:
        return []
    extent = sum(r.extent for r in found)
    pitch = extent / max(letters, 1)
    pitch = min(max(extent / max(len(whole), 1), pitch / 1.6), pitch * 1.6)
    if len(borders) * len(groups) > MOST_TRIALS:
        return []
    usual = float(np.percentile([len(r.folded) for r in found if r.columns], 75))
    # A text in one paragraph says nothing about the page's lines.
    told = min(1.0, (1 + sum(breaks[1:])) / sum(1 for r in found if len(r.folded) >= 0.5 * usual))
    table = _Table(whole, ends, borders, breaks, again, least, usual, BREAK_COST * usual * told, pitch)
    return table.solve(found, groups)


def _borders(ends: list[int], breaks: Sequence[bool], found: Sequence[Row]) -> list[int]:
    """Words before which a row may begin: where the text breaks, and anywhere in lines longer than rows."""
    count = len(ends) - 1
    starts = [n for n in range(count) if n == 0 or breaks[n]]
    longest = 1.25 * float(np.percentile([len(r.folded) for r in found if r.columns], 75))
    out: list[int] = []
    for a, b in pairwise([*starts, count]):
        inner = ends[b] - ends[a] > longest or len(starts) == 1
        out.extend(range(a, b) if inner else (a,))
    return [*out, count]


def _groups(found: Sequence[Row]) -> list[tuple[int, int]]:
    """Rows, and rows that stand level side by side taken as one: [first, one past the last)."""
    out = []
    for k, row in enumerate(found):
        out.append((k, k + 1))
        stop = k + 1
        while stop < min(k + 3, len(found)) and abs(found[stop].across - row.across) < 0.4 * max(
            row.size, found[stop].size
        ):
            stop += 1
            out.append((k, stop))
    return out


class _Table:
    """best[k, b]: worth of the best way to deal the words before border b to the rows before k."""

    def __init__(
        self,
        whole: str,
        ends: list[int],
        borders: list[int],
        breaks: Sequence[bool],
        again: Sequence[bool],
        least: float,
        usual: float,
        break_cost: float,
        pitch: float,
    ) -> None:
        self.whole, self.borders = whole, borders
        self.at = [ends[b] for b in borders]
        last = len(ends) - 1
        self.cost = [0.0 if b in (0, last) or breaks[b] else break_cost for b in borders]
        said = np.concatenate(
            ([0], np.cumsum([len_ * yes for len_, yes in zip(np.diff(ends), again, strict=True)]))
        )
        self.again = [int(said[b]) for b in borders]
        fresh = [a - s for a, s in zip(self.at, self.again, strict=True)]
        self.skipped = LEFT_OUT * np.diff(np.array(fresh, dtype=np.float64))
        self.least, self.pitch, self.usual = least, pitch, usual

    def solve(self, found: Sequence[Row], groups: list[tuple[int, int]]) -> list[Part]:
        size = len(self.borders)
        best = np.full((len(found) + 1, size), -np.inf)
        best[0, 0] = 0.0
        came: dict[tuple[int, int], tuple[int, int, float]] = {}
        for k in range(len(found)):
            self._carry(best, k, found, came)
            for first, stop in (g for g in groups if g[0] == k):
                row = found[first]
                for other in found[first + 1 : stop]:
                    row = row.joined(other)
                self._try(row, k, stop, best, came)
        self._carry(best, len(found), found, came)
        parts: list[Part] = []
        k, b = len(found), size - 1
        while k > 0 or b > 0:
            before, start, alike = came.get((k, b), (k - 1, b, -1.0) if not b else (k, b - 1, -1.0))
            if alike < 0:
                k, b = before, start
                continue
            row = found[before]
            for other in found[before + 1 : k]:
                row = row.joined(other)
            if row.columns:
                parts.append(Part(self.borders[start], self.borders[b], row, alike))
            k, b = before, start
        parts.reverse()
        return parts

    def _carry(
        self, best: Floats, k: int, found: Sequence[Row], came: dict[tuple[int, int], tuple[int, int, float]]
    ) -> None:
        """Leaves out a row, or words, where that is better."""
        if k:
            row = found[k - 1]
            without = best[k - 1] - LEFT_OUT * min(row.extent / self.pitch, len(row.folded))
            for b in np.flatnonzero(without > best[k]).tolist():
                best[k, b] = without[b]
                came[(k, b)] = (k - 1, b, -1.0)
        line = best[k]
        skipped = self.skipped.tolist()
        for b in range(1, len(line)):
            value = line[b - 1] - skipped[b - 1]
            if value > line[b]:
                line[b] = value
                came[(k, b)] = (k, b - 1, -1.0)

    def _try(
        self,
        row: Row,
        k: int,
        stop: int,
        best: Floats,
        came: dict[tuple[int, int], tuple[int, int, float]],
    ) -> None:
        at, letters = self.at, len(row.folded)
        expected = row.extent / self.pitch if letters else self.usual
        extra = SIDE_BY_SIDE * self.usual * (stop - k - 1)
        low, high = 0.45 * min(expected, letters), 1.7 * max(expected, letters)
        size = len(at)
        t_from = 1
        low = low if letters else 0.3 * expected
        least = max(self.least, row.least)
        for s in range(size - 1):
            base = float(best[k, s]) - self.cost[s]
            t_from = max(t_from, s + 1)
            while t_from < size and at[t_from] - at[s] < low:
                t_from += 1
            for t in range(t_from, size):
                length = at[t] - at[s]
                if length > high:
                    break
                if not letters:
                    value = base - self.cost[t]
                    if value > best[stop, t] and length <= 1.3 * expected:
                        best[stop, t] = value
                        came[(stop, t)] = (k, s, 0.0)
                    continue
                alike = Levenshtein.normalized_similarity(self.whole[at[s] : at[t]], row.folded)
                if alike < least:
                    continue
                if 2 * (self.again[t] - self.again[s]) > length and alike < SURE_REPEAT:
                    continue
                near = min(length, expected) / max(length, expected)
                worth = alike - CHANCE + LENGTH_WORTH * (near - EVEN)
                value = base - extra - self.cost[t] + min(length, expected) * worth
                if value > best[stop, t]:
                    best[stop, t] = value
                    came[(stop, t)] = (k, s, alike)
