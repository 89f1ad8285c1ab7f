"""A reading without boxes on the ink that others found: which of its words may keep a place.

review.align links what reads alike. Here words that agree with their neighbours in one row become anchors,
what lies between two anchors is dealt out to the rows between them (review.rows) and laid along them, and
every word whose place nothing supports loses it: an invented, repeated or moved word gets no box. Nothing
here cuts boxes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from review.align import Ints, by_place
from review.characters import Characters, weight
from review.rows import CHANCE, Part, Row, deal, rows, with_missing
from review.slips import said_again, said_beside

Bits = NDArray[np.bool_]

GOOD = 0.6
"""Share of equal letters from which a word is placed by itself."""
FAIR = 0.34
SURE = 0.9
UNSURE = 0.19
"""Quality of a word that only its neighbours place."""
GAP_FILLED = (0.3, 2.0)
"""Letters on the page over those of a word that may take their place."""
ANCHOR = 12
"""Equal letters, in neighbouring words that follow each other on the page, from which they are an anchor."""
MOVED = 25
"""Equal letters from which a stretch out of order is a block that was moved."""
APART = 16
"""Columns between two words that follow each other, beyond what the text has between them."""
HARD = 0.8
"""Share of a text's letters in anchors below which words are laid where only the room speaks for it."""
READABLE = 0.5
"""Likeness from which a stretch is laid by its letters; below, by where its letters should stand."""
LINKED = 0.5
"""Share of a word's letters that a readable row must have."""
ROOM = 0.2
"""Share of a word's letters that an unreadable row must have room for."""


def ground(
    stream: Characters,
    match: Ints,
    quality: list[float],
    placed: Sequence[Characters],
    columns_of: Sequence[Ints],
    count: int,
) -> None:
    """Changes `match` (character -> column) and `quality` of a boxless reading in place.

    placed: the placed readings, the leading one first; columns_of: for each of their characters the column
    that it is the first to have, or -1; count: columns there are.
    """
    if not len(stream):
        return
    found = rows(placed, columns_of)
    page = _Page(stream, match, quality, found, count)
    good = page.good()
    anchors = page.anchors(good)
    keep = page.supported(good, anchors)
    _deal_between(page, anchors, keep)
    _fill_gaps(page, keep)
    _first_of_two(page, keep)
    for n, unit in enumerate(stream.units):
        if not keep[n]:
            match[unit.start : unit.end] = -1


def _first_of_two(page: _Page, keep: list[bool]) -> None:
    """Of a word said twice in a row with ink for one, the first has the place: the second is the slip."""
    units, match, quality = page.stream.units, page.match, page.quality
    for n in range(len(keep) - 2, -1, -1):
        if keep[n + 1] and not keep[n] and page.texts[n] == page.texts[n + 1]:
            match[units[n].start : units[n].end] = match[units[n + 1].start : units[n + 1].end]
            match[units[n + 1].start : units[n + 1].end] = -1
            quality[n], quality[n + 1] = quality[n + 1], quality[n]
            keep[n], keep[n + 1] = True, False


def _fill_gaps(page: _Page, keep: list[bool]) -> None:
    """A single word between two that have their places in one row takes the letters that lie between
    them, where there are about as many and no other word of the reading has them; a repeat of its
    neighbour doesn't.
    """
    slips = said_beside(page.stream.units, page.texts)
    for n in range(1, len(keep) - 1):
        if keep[n] or not (keep[n - 1] and keep[n + 1]):
            continue
        before, after = page.place(n - 1), page.place(n + 1)
        if before is None or after is None or before[2] != after[2]:
            continue
        ranks = range(before[1] + 1, after[0])
        unit = page.stream.units[n]
        length = unit.end - unit.start
        if not GAP_FILLED[0] * length <= len(ranks) <= GAP_FILLED[1] * length + 1:
            continue
        if slips[n] or page.texts[n] in (page.texts[n - 1], page.texts[n + 1]):
            continue
        columns = [page.sequence[r] for r in ranks]
        page.match[unit.start : unit.end] = -1
        if np.isin(columns, page.match).any():
            continue
        for k in range(min(length, len(columns))):
            at = k * len(columns) // max(length, 1) if len(columns) > length else k
            page.match[unit.start + k] = columns[at]
        page.quality[n] = min(page.quality[n], UNSURE)
        keep[n] = True


class _Page:
    """The reading's words and the page's rows; `rank` is a column's position in reading order."""

    def __init__(
        self, stream: Characters, match: Ints, quality: list[float], found: list[Row], count: int
    ) -> None:
        self.stream, self.match, self.quality, self.rows = stream, match, quality, found
        self.texts = [stream.folded[u.start : u.end] for u in stream.units]
        self.sequence = [c for row in found for c in row.columns]
        self.folded = "".join(row.folded for row in found)
        rank = np.full(count + 1, -1, dtype=np.int64)
        rank[np.array(self.sequence, dtype=np.int64)] = np.arange(len(self.sequence))
        self.rank = rank
        number = np.full(count + 1, -1, dtype=np.int64)
        self.starts = [0]
        for k, row in enumerate(found):
            number[np.array(row.columns, dtype=np.int64)] = k
            self.starts.append(self.starts[-1] + len(row.columns))
        self.number = number
        self.spans = [self._span(u.start, u.end) for u in stream.units]

    def _span(self, start: int, end: int) -> tuple[int, int, int] | None:
        """First and last rank and the row of a word whose links lie together; None where they don't."""
        links = self.match[start:end]
        links = links[links >= 0]
        length = end - start
        if 2 * len(links) < length:
            return None
        ranks = self.rank[links]
        lines = self.number[links]
        if (lines != lines[0]).any() or lines[0] < 0:
            return None
        first, last = int(ranks.min()), int(ranks.max())
        return (first, last, int(lines[0])) if last - first + 1 <= 1.7 * length + 2 else None

    def place(self, n: int) -> tuple[int, int, int] | None:
        """First and last rank and the row of a word that was laid; None where it lies in several rows."""
        unit = self.stream.units[n]
        links = self.match[unit.start : unit.end]
        ranks = self.rank[links[links >= 0]]
        ranks = ranks[ranks >= 0]
        if not len(ranks):
            return None
        first, last = int(ranks.min()), int(ranks.max())
        row = int(np.searchsorted(self.starts, first, side="right")) - 1
        return (first, last, row) if last < self.starts[row + 1] else None

    def good(self) -> list[bool]:
        """Words that agree with the page, and not by chance: near a neighbour that agrees, or the only
        place for the only such word.
        """
        agree = [s is not None and q >= GOOD for s, q in zip(self.spans, self.quality, strict=True)]
        often = Counter(self.texts)
        out = list(agree)
        count = len(agree)
        for n, yes in enumerate(agree):
            if not yes:
                continue
            length = len(self.texts[n])
            near = any(
                agree[m] and self._close(min(m, n), max(m, n))
                for m in (n - 2, n - 1, n + 1, n + 2)
                if 0 <= m < count
            )
            alone = self.quality[n] >= SURE and length >= 4 and often[self.texts[n]] == 1
            out[n] = near or (alone and self.folded.count(self.texts[n]) == 1) or count < 3
        return out

    def _close(self, a: int, b: int) -> bool:
        """Whether a later word stands after an earlier one on the page, about as far as in the text."""
        one, two = self.spans[a], self.spans[b]
        if one is None or two is None:
            return False
        between = self.stream.units[b].start - self.stream.units[a].end
        step = two[0] - one[1] - 1
        return -2 <= step <= between + APART and step >= 0.4 * between - 3

    def anchors(self, good: Sequence[bool]) -> list[int]:
        """Good words in stretches with enough equal letters to be no chance.

        A stretch out of the page's order is one only with enough letters to be a moved block: else it is
        the same phrase said again elsewhere.
        """
        stretches: list[list[int]] = []
        for n, yes in enumerate(good):
            if not yes:
                continue
            if stretches and n - stretches[-1][-1] <= 3 and self._close(stretches[-1][-1], n):
                stretches[-1].append(n)
            else:
                stretches.append([n])
        weights = [sum(self.quality[n] * len(self.texts[n]) for n in own) for own in stretches]
        sure = [k for k, w in enumerate(weights) if w >= ANCHOR]
        places = [span[0] for k in sure if (span := self.spans[stretches[k][0]]) is not None]
        heavy = [weights[k] for k in sure]
        stands = _in_order(places, heavy)
        start = 0
        while start < len(sure):
            stop = start
            while stop < len(sure) and not stands[stop]:
                stop += 1
            moved = _in_order(places[start:stop], heavy[start:stop])
            if sum(w for w, yes in zip(heavy[start:stop], moved, strict=True) if yes) >= MOVED:
                stands[start:stop] = moved
            start = stop + 1
        return [n for k, yes in zip(sure, stands, strict=True) if yes for n in stretches[k]]

    def supported(self, good: Sequence[bool], anchors: Sequence[int]) -> list[bool]:
        """Good words, and fair ones beside an anchor that stand where they should."""
        out = list(good)
        sure = set(anchors)
        for n, span in enumerate(self.spans):
            if out[n] or span is None or self.quality[n] < FAIR:
                continue
            out[n] = (n - 1 in sure and self._close(n - 1, n)) or (n + 1 in sure and self._close(n, n + 1))
        return out


def _in_order(places: Sequence[int], weights: Sequence[float]) -> list[bool]:
    """Which items make the heaviest subsequence with rising places (with a Fenwick tree of maxima)."""
    order = {p: k + 1 for k, p in enumerate(sorted(set(places)))}
    tree: list[tuple[float, int]] = [(0.0, -1)] * (len(order) + 1)
    before: list[int] = []
    for n, (place, weight_) in enumerate(zip(places, weights, strict=True)):
        at, best = order[place] - 1, (0.0, -1)
        while at > 0:
            best = max(best, tree[at])
            at -= at & -at
        before.append(best[1])
        at, own = order[place], (best[0] + weight_, n)
        while at < len(tree):
            tree[at] = max(tree[at], own)
            at += at & -at
    out = [False] * len(places)
    n = max(tree)[1] if places else -1
    while n >= 0:
        out[n] = True
        n = before[n]
    return out


# -- what lies between anchors ------------------------------------------------------------------


def _deal_between(page: _Page, anchors: Sequence[int], keep: list[bool]) -> None:
    """Deals the words between every two anchors out to what the page has between them."""
    units = page.stream.units
    total = len(units)
    letters = sum(len(page.texts[n]) * page.quality[n] for n in anchors)
    readable = letters / max(len(page.stream), 1)
    # Where the placed readings are good, a line that they don't have at all is not there.
    least = 0.6 * readable * readable
    taken = np.zeros(len(page.sequence), dtype=np.bool_)
    for n in anchors:
        span = page.spans[n]
        if span is not None:
            taken[span[0] : span[1] + 1] = True
    again = said_again(page.stream.units, page.texts)
    beside = said_beside(page.stream.units, page.texts)
    stops = [-1, *anchors, total]
    for a, b in pairwise(stops):
        if b - a < 2:
            continue
        words = [n for n in range(a + 1, b) if not beside[n]]
        free = _room(page, a, b if b < total else -1, taken)
        if not free or not words:
            continue
        parts = deal(
            [page.texts[n] for n in words],
            [True, *(units[m].line != units[n].line for m, n in pairwise(words))],
            [again[n] for n in words],
            free,
            least,
        )
        told = sum((p.alike - CHANCE) * len(p.row.folded) for p in parts)
        if a < 0 and b == total and told < ANCHOR:
            continue  # nothing on the page agrees, not even in sum
        for part in parts:
            _lay(page, words[part.start : part.stop], part, keep, taken)
    if readable < HARD:
        _fill_rows(page, keep, [one or two for one, two in zip(again, beside, strict=True)], taken)


def _fill_rows(page: _Page, keep: list[bool], again: Sequence[bool], taken: Bits) -> None:
    """Lays words that are left where their row has room for them, beside the words of their line."""
    units = page.stream.units
    at = [page.place(n) if yes else None for n, yes in enumerate(keep)]
    taken[:] = False
    linked = page.rank[page.match[page.match >= 0]]
    taken[linked[linked >= 0]] = True
    total = len(units)
    n = 0
    while n < total:
        if keep[n]:
            n += 1
            continue
        stop = n
        while stop < total and not keep[stop] and units[stop].line == units[n].line:
            stop += 1
        before = at[n - 1] if n and units[n - 1].line == units[n].line else None
        after = at[stop] if stop < total and units[stop].line == units[n].line else None
        row = before[2] if before else after[2] if after else -1
        words = [k for k in range(n, stop) if not again[k]]
        n = stop
        if row < 0 or not words or (before and after and before[2] != after[2]):
            continue
        start, end = page.starts[row], page.starts[row + 1]
        low, high = before[1] + 1 if before else start, after[0] if after else end
        length = sum(len(page.texts[k]) for k in words)
        free = _free_parts(page.rows[row], low - start, taken[low:high]) if low < high else []
        room = free[0] if before and free else free[-1] if free else None
        if room is None or not 0.3 * length <= len(room.columns) <= 3 * length:
            continue
        alike = Levenshtein.normalized_similarity("".join(page.texts[k] for k in words), room.folded)
        if alike < room.least:
            continue
        _lay(page, words, Part(0, 0, room, alike), keep, taken)


def _room(page: _Page, a: int, b: int, taken: Bits) -> list[Row]:
    """The rows, or parts of rows, between two anchors (-1: none on that side) that nobody stands on."""
    units = page.stream.units
    first = page.spans[a] if a >= 0 else None
    last = page.spans[b] if b >= 0 else None
    start = first[1] + 1 if first else 0
    stop = last[0] if last else len(page.sequence)
    length = (units[b].start if b >= 0 else len(page.stream)) - (units[a].end if a >= 0 else 0)
    reach = 3 * length + 60
    if start <= stop and (first is None or last is None or stop - start <= 2 * reach):
        spans = [(start, stop)]
    else:
        spans = [(start, min(start + reach, len(page.sequence))), (max(0, stop - reach), stop)]
    out: list[Row] = []
    for low, high in spans:
        k = int(np.searchsorted(page.starts, low, side="right")) - 1
        while k < len(page.rows) and page.starts[k] < high:
            base = page.starts[k]
            i, j = max(low, base) - base, min(high, page.starts[k + 1]) - base
            if i < j and not taken[base + i : base + j].any():
                out.append(page.rows[k].part(i, j))
            elif i < j:
                out.extend(_free_parts(page.rows[k], i, taken[base + i : base + j]))
            k += 1
    return with_missing(out)


def _free_parts(row: Row, i: int, taken: Bits) -> list[Row]:
    edges = np.flatnonzero(np.diff(np.concatenate(([1], taken.astype(np.int8), [1])))).tolist()
    return [row.part(i + a, i + b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= 1]


def _lay(page: _Page, words: list[int], part: Part, keep: list[bool], taken: Bits) -> None:
    """Links words to a row: by their letters where they read alike, else by where they should stand."""
    stream, row = page.stream, part.row
    chars = [i for n in words for i in range(stream.units[n].start, stream.units[n].end)]
    text = "".join([stream.folded[i] for i in chars])
    pairs: list[tuple[int, int]] = []
    if part.alike >= READABLE:
        for op in Levenshtein.opcodes(text, row.folded):
            if op.tag in ("equal", "replace"):
                pairs.extend(
                    zip(range(op.src_start, op.src_end), range(op.dest_start, op.dest_end), strict=True)
                )
    else:
        at = _should_stand(page, words, row)
        pairs = by_place(list(text), list(row.folded), at, row.along.tolist(), max(2.0 * row.size, 1.0))
    fresh = {chars[p]: row.columns[q] for p, q in pairs}
    wanted = np.zeros(len(page.rank), dtype=np.bool_)
    wanted[list(fresh.values())] = True
    own = set(words)
    others = {stream.unit[i] for i in np.flatnonzero((page.match >= 0) & wanted[page.match]).tolist()} - own
    equal = {chars[p] for p, q in pairs if text[p] == row.folded[q]}
    if sum(page.quality[n] * len(page.texts[n]) for n in others if keep[n]) >= max(len(equal), 1):
        return
    for n in others:
        keep[n] = False
        page.match[stream.units[n].start : stream.units[n].end] = -1
    need = LINKED if part.alike >= READABLE else ROOM
    for n in words:
        unit = stream.units[n]
        span = range(unit.start, unit.end)
        for i in span:
            page.match[i] = fresh.get(i, -1)
        keep[n] = sum(i in fresh for i in span) >= need * len(span)
        if keep[n]:
            page.quality[n] = sum(i in equal for i in span) / len(span)
            if part.alike < READABLE:
                page.quality[n] = min(page.quality[n], 0.5)
    if pairs:
        taken[page.rank[[row.columns[q] for _, q in pairs]]] = True


def _should_stand(page: _Page, words: Sequence[int], row: Row) -> list[float]:
    """Where each letter stands if the words fill the row by the letters' widths."""
    stream = page.stream
    place: list[float] = []
    position = 0.0
    for n in words:
        for i in range(stream.units[n].start, stream.units[n].end):
            w = weight((stream.text[i] or "i")[-1])
            place.append(position + w / 2)
            position += w
        position += 0.7
    first, last = float(row.along.min()), float(row.along.max())
    scale = (last - first) / max(place[-1] - place[0], 1e-6)
    return [first + (p - place[0]) * scale for p in place]
