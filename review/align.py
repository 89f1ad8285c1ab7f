"""Which character of one stream is which of another: links, in near-linear time, whatever the order.

Rare k-grams seed exact segments, segments on near diagonals are chained, chains are accepted best first
in any order (so columns, tables and moved blocks need no special case), gaps are filled by edit
operations of bounded size. Where both streams are placed on the page, a link between characters that
lie apart is no link, and what is left is linked by place. Nothing here knows slots, votes or ink.

After: Altschul et al. 1990 (seed and extend), Abouelhoda and Ohlebusch 2005 (chaining).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_GAP = 48
"""Characters between two segments of a chain."""
MAX_FILL = 1500
"""Longest stretch between two links that is compared as a whole."""
LOOK_BACK = 14
SURE_CHAIN = 7.0
"""Characters from which a chain of unplaced text stands by itself."""
OCCURRENCES = 4
PLACED_OCCURRENCES = 24
_BASE = np.uint64(1_000_003)


@dataclass(slots=True)
class Side:
    """A stream as the alignment sees it: folded text, and each character's place (NaN: not placed)."""

    folded: str
    cx: Floats
    cy: Floats
    size: Floats
    vertical: NDArray[np.bool_]
    line: Ints
    word: Ints | None = None
    """Number of each character's word, where that is known."""

    @property
    def placed(self) -> bool:
        return bool(len(self.size)) and bool(np.isfinite(self.cx).any())


def align(a: Side, b: Side) -> Ints:
    """For each character of a the index of its partner in b, or -1. No index of b occurs twice."""
    match = np.full(len(a.folded), -1, dtype=np.int64)
    used = np.zeros(len(b.folded), dtype=np.bool_)
    if not a.folded or not b.folded:
        return match
    placed = a.placed and b.placed
    codes_a, codes_b = _codes(a.folded), _codes(b.folded)
    ideographs = float(np.mean(codes_b >= 0x2E80))
    for k in (5, 3) if ideographs > 0.3 else (7, 4):
        free_a = np.flatnonzero(match < 0)
        if len(free_a) < k:
            break
        segments, single = _segments(a, b, codes_a, codes_b, k, match, used, placed)
        _accept(segments, single, k, match, used, placed)
        if placed:
            _cut_far(a, b, match, used)
    _mend_words(a, b, match, used)
    _fill(a, b, match, used)
    if placed:
        _cut_far(a, b, match, used)
        _linkby_place(a, b, match, used)
    return match


def _codes(text: str) -> NDArray[np.uint64]:
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)


def _hashes(codes: NDArray[np.uint64], k: int) -> NDArray[np.uint64]:
    count = len(codes) - k + 1
    if count <= 0:
        return np.zeros(0, dtype=np.uint64)
    out = np.zeros(count, dtype=np.uint64)
    for step in range(k):
        out = out * _BASE + codes[step : step + count]
    return out


def _segments(
    a: Side,
    b: Side,
    codes_a: NDArray[np.uint64],
    codes_b: NDArray[np.uint64],
    k: int,
    match: Ints,
    used: NDArray[np.bool_],
    placed: bool,
) -> tuple[list[tuple[int, int, int]], list[bool]]:
    """Exact common segments (start in a, start in b, length) of rare k-grams, sorted by start in a.

    And of each whether a part of it stands only once in either stream.
    """
    ha, hb = _hashes(codes_a, k), _hashes(codes_b, k)
    ia = np.flatnonzero(_windows_free(match < 0, k))
    ib = np.flatnonzero(_windows_free(~used, k))
    if not len(ia) or not len(ib):
        return [], []
    ha, hb = ha[ia], hb[ib]
    limit = PLACED_OCCURRENCES if placed else OCCURRENCES
    order_a = np.argsort(ha, kind="stable")
    first_a = np.searchsorted(ha[order_a], ha[order_a], side="left")
    rank = np.arange(len(ha)) - first_a
    once_a = np.searchsorted(ha[order_a], ha[order_a], side="right") - first_a == 1
    order_a, once_a = order_a[rank < limit], once_a[rank < limit]
    order_b = np.argsort(hb, kind="stable")
    sorted_b = hb[order_b]
    left = np.searchsorted(sorted_b, ha[order_a], side="left")
    count = np.minimum(np.searchsorted(sorted_b, ha[order_a], side="right") - left, limit)
    total = int(count.sum())
    if not total:
        return [], []
    once = np.repeat(once_a & (count == 1), count)
    at_a = np.repeat(order_a, count)
    offset = np.arange(total) - np.repeat(np.cumsum(count) - count, count)
    i = ia[at_a]
    j = ib[order_b[np.repeat(left, count) + offset]]
    if placed:
        near = _near(a, b, i, j) & _near(a, b, i + k - 1, j + k - 1)
        i, j, once = i[near], j[near], once[near]
        if not len(i):
            return [], []
    diagonal = i - j
    order = np.lexsort((i, diagonal))
    i, j, diagonal, once = i[order], j[order], diagonal[order], once[order]
    starts = np.flatnonzero(np.concatenate(([True], (np.diff(diagonal) != 0) | (np.diff(i) > 1))))
    ends = np.append(starts[1:], len(i)) - 1
    single = np.logical_or.reduceat(once, starts)
    out = list(zip(i[starts].tolist(), j[starts].tolist(), (i[ends] - i[starts] + k).tolist(), strict=True))
    by_start = sorted(range(len(out)), key=out.__getitem__)
    return [out[n] for n in by_start], [bool(single[n]) for n in by_start]


def _windows_free(free: NDArray[np.bool_], k: int) -> NDArray[np.bool_]:
    count = len(free) - k + 1
    if count <= 0:
        return np.zeros(0, dtype=np.bool_)
    sums = np.concatenate(([0], np.cumsum(free)))
    result: NDArray[np.bool_] = (sums[k : k + count] - sums[:count]) == k
    return result


def _near(a: Side, b: Side, i: Ints, j: Ints, reach: float = 4.0) -> NDArray[np.bool_]:
    """Whether pairs of characters lie in the same line and at most `reach` line heights apart.

    What is not placed is near to everything.
    """
    dx, dy = np.abs(a.cx[i] - b.cx[j]), np.abs(a.cy[i] - b.cy[j])
    size_a, size_b = a.size[i], b.size[j]
    small, large = np.minimum(size_a, size_b), np.maximum(size_a, size_b)
    across = 0.35 * (small + large)
    along = reach * large
    upright = b.vertical[j]
    good = np.where(upright, (dx <= across) & (dy <= along), (dy <= across) & (dx <= along))
    result: NDArray[np.bool_] = good | np.isnan(dx)
    return result


def _accept(
    segments: list[tuple[int, int, int]],
    single: list[bool],
    k: int,
    match: Ints,
    used: NDArray[np.bool_],
    placed: bool,
) -> None:
    """Chains segments and takes the chains, the heaviest first, cutting off what is already linked.

    Where only the text tells them apart, what is said several times waits until its neighbours are linked.
    """
    count = len(segments)
    if not count:
        return
    score = [0.0] * count
    before = [-1] * count
    for t, (ti, tj, tl) in enumerate(segments):
        best, best_p = float(tl), -1
        for p in range(t - 1, max(-1, t - 1 - LOOK_BACK), -1):
            pi, pj, pl = segments[p]
            gap_i, gap_j = ti - pi - pl, tj - pj - pl
            if gap_i > MAX_GAP or gap_j > MAX_GAP:
                continue
            overlap = -min(gap_i, gap_j, 0)
            if overlap >= tl or overlap >= pl or ti <= pi or tj <= pj:
                continue
            shift = abs(gap_i - gap_j)
            value = score[p] + tl - overlap - 0.5 * shift - 0.05 * max(gap_i, gap_j, 0)
            if value > best:
                best, best_p = value, p
        score[t], before[t] = best, best_p
    taken = [False] * count
    waiting: list[tuple[float, list[tuple[int, int, int]]]] = []
    for end in sorted(range(count), key=score.__getitem__, reverse=True):
        if taken[end]:
            continue
        chain: list[int] = []
        at = end
        while at >= 0 and not taken[at]:
            chain.append(at)
            taken[at] = True
            at = before[at]
        parts = [segments[c] for c in reversed(chain)]
        if placed or any(single[c] for c in chain):
            if placed or score[end] >= SURE_CHAIN or _fits_between(parts, match):
                _link_chain(parts, k, match, used)
        else:
            waiting.append((score[end], parts))
    left: list[tuple[float, list[tuple[int, int, int]]]] = []
    for worth, parts in waiting:
        if _fits_between(parts, match):
            _link_chain(parts, k, match, used)
        else:
            left.append((worth, parts))
    for worth, parts in left:
        if worth >= SURE_CHAIN or _fits_between(parts, match):
            _link_chain(parts, k, match, used)


def _fits_between(chain: list[tuple[int, int, int]], match: Ints) -> bool:
    """Whether a short chain stands where the links around it say, so that it is no chance likeness."""
    first, last = chain[0], chain[-1]
    end_i, end_j = last[0] + last[2], last[1] + last[2]
    before = match[max(0, first[0] - MAX_GAP) : first[0]]
    after = match[end_i : end_i + MAX_GAP]
    before, after = before[before >= 0], after[after >= 0]
    good_before = len(before) and 0 <= first[1] - int(before[-1]) <= 2 * MAX_GAP
    good_after = len(after) and 0 <= int(after[0]) - end_j <= 2 * MAX_GAP
    return bool(good_before or good_after)


def _link_chain(chain: list[tuple[int, int, int]], k: int, match: Ints, used: NDArray[np.bool_]) -> None:
    last_i = last_j = -1
    for i, j, length in chain:
        skip = max(last_i - i, last_j - j, 0)
        i, j, length = i + skip, j + skip, length - skip
        if length <= 0:
            continue
        free = (match[i : i + length] < 0) & ~used[j : j + length]
        if not free.all():
            if int(free.sum()) < min(k, 4):
                continue
            first = int(np.argmax(free))
            stop = first + int(np.argmin(free[first:])) if not free[first:].all() else length
            if stop - first < min(k, 4):
                continue
            i, j, length = i + first, j + first, stop - first
        match[i : i + length] = np.arange(j, j + length)
        used[j : j + length] = True
        last_i, last_j = i + length, j + length


def _edit(
    text_a: str, text_b: str, i0: int, i1: int, j0: int, j1: int, match: Ints, used: NDArray[np.bool_]
) -> None:
    """Links a stretch of each stream by the cheapest edit operations."""
    if i1 <= i0 or j1 <= j0:
        return
    if (match[i0:i1] >= 0).any() or used[j0:j1].any():
        return
    for op in Levenshtein.opcodes(text_a[i0:i1], text_b[j0:j1]):
        if op.tag in ("equal", "replace"):
            start, end = j0 + op.dest_start, j0 + op.dest_end
            match[i0 + op.src_start : i0 + op.src_end] = np.arange(start, end)
            used[start:end] = True


def _mend_words(a: Side, b: Side, match: Ints, used: NDArray[np.bool_]) -> None:
    """Brings a letter or two at a word's end back to the word, where a chain of the neighbours took them
    to a place of the same look (the colon of another label).
    """
    if a.word is None or len(match) < 2:
        return
    jumps = (a.word[1:] == a.word[:-1]) & (match[1:] >= 0) & (match[:-1] >= 0)
    jumps &= np.abs(match[1:] - match[:-1] - 1) > 8
    for at in (np.flatnonzero(jumps) + 1).tolist():
        start = end = at
        while start > 0 and a.word[start - 1] == a.word[at]:
            start -= 1
        while end < len(match) and a.word[end] == a.word[at]:
            end += 1
        if at - start >= end - at:
            lost, shift = range(at, end), int(match[at - 1]) - (at - 1)
        else:
            lost, shift = range(start, at), int(match[at]) - at
        if len(lost) > 3:
            continue
        for i in lost:
            j = i + shift
            if match[i] >= 0:
                used[match[i]] = False
                match[i] = -1
            if 0 <= j < len(used) and not used[j] and a.folded[i] == b.folded[j]:
                match[i] = j
                used[j] = True


def _fill(a: Side, b: Side, match: Ints, used: NDArray[np.bool_]) -> None:
    """Fills stretches between links that follow each other in both streams, the ends included."""
    n, m = len(match), len(used)
    free = np.flatnonzero(match < 0)
    if not len(free):
        return
    cuts = np.flatnonzero(np.diff(free) > 1)
    starts = free[np.concatenate(([0], cuts + 1))].tolist()
    ends = (free[np.append(cuts, len(free) - 1)] + 1).tolist()
    for i0, i1 in zip(starts, ends, strict=True):
        j0 = int(match[i0 - 1]) + 1 if i0 else 0
        j1 = int(match[i1]) if i1 < n else m
        if i0 and i1 == n:
            j1 = _free_until(used, j0, min(m, j0 + 2 * (i1 - i0) + 8))
        elif not i0 and i1 < n:
            j0 = _free_since(used, j1, max(0, j1 - 2 * (i1 - i0) - 8))
        if j0 < j1 and i1 - i0 <= MAX_FILL and j1 - j0 <= MAX_FILL and not used[j0:j1].any():
            _edit(a.folded, b.folded, i0, i1, j0, j1, match, used)
        elif i0 and i1 < n:
            _extend(a, b, i0, i1, match, used)


def _free_until(used: NDArray[np.bool_], start: int, stop: int) -> int:
    taken = np.flatnonzero(used[start:stop])
    return start + int(taken[0]) if len(taken) else stop


def _free_since(used: NDArray[np.bool_], stop: int, start: int) -> int:
    taken = np.flatnonzero(used[start:stop])
    return start + int(taken[-1]) + 1 if len(taken) else start


def _extend(a: Side, b: Side, i0: int, i1: int, match: Ints, used: NDArray[np.bool_]) -> None:
    """At the border of a moved block: goes on to the end of the line on either side."""
    line = a.line
    stop = i0
    while stop < i1 and line[stop] == line[i0 - 1] and stop - i0 < MAX_GAP:
        stop += 1
    j0 = int(match[i0 - 1]) + 1
    if stop > i0:
        j1 = j0
        limit = min(len(used), j0 + 2 * (stop - i0))
        while j1 < limit and not used[j1] and b.line[j1] == b.line[j0 - 1]:
            j1 += 1
        _edit(a.folded, b.folded, i0, stop, j0, j1, match, used)
    start = i1
    while start > stop and line[start - 1] == line[i1] and i1 - start < MAX_GAP:
        start -= 1
    if start < i1:
        j1 = int(match[i1])
        j0 = j1
        limit = max(0, j1 - 2 * (i1 - start))
        while j0 > limit and not used[j0 - 1] and b.line[j0 - 1] == b.line[j1]:
            j0 -= 1
        _edit(a.folded, b.folded, start, i1, j0, j1, match, used)


def _cut_far(a: Side, b: Side, match: Ints, used: NDArray[np.bool_]) -> None:
    linked = np.flatnonzero(match >= 0)
    far = linked[~_near(a, b, linked, match[linked], 3.0)]
    used[match[far]] = False
    match[far] = -1


def _linkby_place(a: Side, b: Side, match: Ints, used: NDArray[np.bool_]) -> None:
    """Links what no text linked: characters at the same place in the same line, in its order."""
    free_a = np.flatnonzero((match < 0) & np.isfinite(a.cx))
    free_b = np.flatnonzero(~used & np.isfinite(b.cx))
    if not len(free_a) or not len(free_b):
        return
    order = np.argsort(b.cy[free_b], kind="stable")
    free_b = free_b[order]
    tops = b.cy[free_b]
    reach = float(b.size[free_b].max())
    cuts = np.flatnonzero((np.diff(free_a) > 1) | (np.diff(a.line[free_a]) != 0))
    for run in np.split(free_a, cuts + 1):
        size = float(np.median(a.size[run]))
        upright = bool(a.vertical[run[0]])
        low, high = float(a.cy[run].min()), float(a.cy[run].max())
        margin = 0.7 * max(size, 1.0) if not upright else size
        lo, hi = np.searchsorted(tops, (low - min(margin, reach) - 1, high + min(margin, reach) + 1))
        near = free_b[lo:hi]
        near = near[~used[near]]
        if not len(near):
            continue
        if upright:
            keep = (np.abs(b.cx[near] - np.median(a.cx[run])) <= 0.35 * (size + b.size[near])) & b.vertical[
                near
            ]
            place_a, place_b = a.cy[run], b.cy[near]
        else:
            keep = (np.abs(b.cy[near] - np.median(a.cy[run])) <= 0.3 * (size + b.size[near])) & ~b.vertical[
                near
            ]
            keep &= (b.cx[near] >= a.cx[run].min() - size) & (b.cx[near] <= a.cx[run].max() + size)
            place_a, place_b = a.cx[run], b.cx[near]
        near, place_b = near[keep], place_b[keep]
        if not len(near):
            continue
        order_a = np.argsort(place_a, kind="stable")
        order_b = np.argsort(place_b, kind="stable")
        run, near = run[order_a], near[order_b]
        pairs = by_place(
            [a.folded[c] for c in run.tolist()],
            [b.folded[c] for c in near.tolist()],
            place_a[order_a].tolist(),
            place_b[order_b].tolist(),
            max(size, 1.0),
        )
        for p, q in pairs:
            match[run[p]] = near[q]
            used[near[q]] = True


def by_place(
    text_a: list[str], text_b: list[str], at_a: list[float], at_b: list[float], size: float
) -> list[tuple[int, int]]:
    """Global alignment of two placed rows: a pair costs its distance, plus a little for other letters.

    Only pairs closer than one line height are looked at, so the cost is linear in the row's length.
    """
    n, m = len(text_a), len(text_b)
    gap = 0.5
    infinite = float("inf")
    low = 0
    previous = [j * gap for j in range(m + 1)]
    moves: list[bytearray] = []
    for i in range(1, n + 1):
        x = at_a[i - 1]
        letter = text_a[i - 1]
        while low < m and at_b[low] < x - size:
            low += 1
        current = [0.0] * (m + 1)
        current[0] = i * gap
        row = bytearray(m + 1)
        row[0] = 1
        for j in range(1, m + 1):
            up, left = previous[j] + gap, current[j - 1] + gap
            best, move = (up, 1) if up <= left else (left, 2)
            if low < j and at_b[j - 1] <= x + size:
                cost = abs(at_b[j - 1] - x) / size * 0.6 + (0.0 if text_b[j - 1] == letter else 0.35)
                diagonal = previous[j - 1] + cost if cost < infinite else infinite
                if diagonal < best:
                    best, move = diagonal, 3
            current[j] = best
            row[j] = move
        moves.append(row)
        previous = current
    pairs = []
    i, j = n, m
    while i and j:
        move = moves[i - 1][j]
        if move == 3:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif move == 1:
            i -= 1
        else:
            j -= 1
    pairs.reverse()
    return pairs
