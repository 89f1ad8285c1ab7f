"""Reading order of a page's words: columns, forms, tables, notes in the margin, vertical and turned lines.

Words become lines (review.lines), lines that run level or upright are ordered among themselves by a
recursive XY cut (Nagy and Seth 1984) that looks for columns first: a boundary that lines start at and that
few cross (the headings). Whether two sides are columns, a text with its margin or the rows of a form is told
by how they fill their width and whether they stand level. Nothing here reads text or pixels.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.geometry import Box
from review.lines import Evidence, Floats, Ints, find_lines, flattened

GUTTER = 0.5
"""Least width of the space between columns, in heights."""
LABEL_SPACE = 0.8
"""Least width of the space between a label and the lines of its value, in heights."""
BLOCKS = 1.0
"""Least space over a block that is not just the next line, in heights."""
ADDRESS = 10
"""Most lines of a small block, such as a sender or the dates of an invoice."""
SPECK, SMALL = 0.3, 0.85
"""The label on top of a cell measures more and less than this, in heights of the value under it."""
SAME_ROW = 0.5
"""Most that two pieces of one row are off level where they face each other, in heights."""
LETTERS = 10
"""Least width of a column of running text, in heights."""


@dataclass(slots=True)
class _Lines:
    """Lines as they are ordered: one row each."""

    x0: Floats
    x1: Floats
    level: Floats
    """Middle of the line, y down."""
    first: Floats
    last: Floats
    """Level of the line where it starts and where it ends."""
    high: Floats
    """Height of the middle word."""


def reading_order(
    boxes: Sequence[Box], vertical: Sequence[bool] = (), evidence: Sequence[Evidence] = ()
) -> list[tuple[int, int]]:
    """(index of the box, number of its line) in reading order. A permutation of all boxes.

    boxes: of words, in a frame where most lines run level or upright, y down. vertical: which of them run
    from top to bottom (none, where it is shorter). evidence: what each reading says about the same boxes.
    """
    if not boxes:
        return []
    bounds = np.array([(b.x0, b.y0, b.x1, b.y1) for b in boxes], dtype=np.float64)
    down = _lying(bounds, evidence)
    down[: len(vertical)] |= np.array(vertical[: len(boxes)], dtype=bool)
    upright, level = np.flatnonzero(down).tolist(), np.flatnonzero(~down).tolist()
    if len(upright) > len(level):
        # Vertical pages are read like level ones that were turned: columns from the right are the lines.
        return _page(_turned(bounds), upright, level, evidence, vertical=True)
    return _page(bounds, level, upright, evidence, vertical=False)


def _turned(bounds: Floats) -> Floats:
    """A quarter turn that makes lines from top to bottom run from left to right, the right one on top."""
    return np.stack([bounds[:, 1], -bounds[:, 2], bounds[:, 3], -bounds[:, 0]], axis=1)


def _turned_back(bounds: Floats) -> Floats:
    return np.stack([-bounds[:, 3], bounds[:, 0], -bounds[:, 1], bounds[:, 2]], axis=1)


def with_strays(
    order: list[tuple[int, int]], boxes: Sequence[Box], strays: Sequence[Box]
) -> list[tuple[int, int]]:
    """The order with further boxes (ink without a word) put in after the nearest box before them.

    Their indices follow those of `boxes`; they don't change how the words themselves are read. Each
    belongs to the line before it.
    """
    after: dict[int, list[int]] = {}
    for n, stray in enumerate(strays):
        x, y = stray.centre
        best, best_cost = -1, float("inf")
        for position, (at, _) in enumerate(order):
            box = boxes[at]
            dx, dy = max(box.x0 - x, x - box.x1, 0.0), max(box.y0 - y, y - box.y1, 0.0)
            cost = dx + 3 * dy
            if cost < best_cost:
                best, best_cost = position - (x < box.x0 and dy == 0), cost
        after.setdefault(best, []).append(len(boxes) + n)
    out: list[tuple[int, int]] = []
    number = -1
    last: int | None = None
    for position in range(-1, len(order)):
        if position >= 0:
            at, line = order[position]
            if line != last:
                number, last = number + 1, line
            out.append((at, number))
        out.extend((stray, max(number, 0)) for stray in after.get(position, ()))
    return out


def _page(
    bounds: Floats, main: list[int], aside: list[int], evidence: Sequence[Evidence], *, vertical: bool
) -> list[tuple[int, int]]:
    """The main lines, and what runs across them before (a title) or after (a note in the margin)."""
    lines = _in_order(bounds, main, evidence)
    before: list[list[int]] = []
    after: list[list[int]] = []
    if aside:
        edge = bounds[main].min(0)
        back = vertical or _read_upwards(bounds, aside, evidence)
        turned = _turned_back(bounds) if back else _turned(bounds)
        for line in _in_order(turned, aside, evidence):
            own = bounds[line].max(0)
            slack = 0.3 * float(own[3] - own[1])
            first = own[3] <= edge[1] + slack or (vertical and own[2] <= edge[0] + slack)
            (before if first else after).append(line)
    return [(n, number) for number, line in enumerate([*before, *lines, *after]) for n in line]


def _lying(bounds: Floats, evidence: Sequence[Evidence]) -> NDArray[np.bool_]:
    """True for words whose engine's line runs down or up the page: text that was turned a quarter."""
    lying = np.zeros(len(bounds), dtype=bool)
    wide, high = bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1]
    if not (high > 1.2 * wide).any():
        return lying
    for seen in evidence:
        there = np.flatnonzero(seen.line >= 0)
        if not seen.boxed or not len(there):
            continue
        _, of, count = np.unique(seen.line[there], return_inverse=True, return_counts=True)
        x, y = bounds[there, 0] + bounds[there, 2], bounds[there, 1] + bounds[there, 3]
        spread = []
        for values in (x, y):
            top, low = np.full(len(count), -np.inf), np.full(len(count), np.inf)
            np.maximum.at(top, of, values)
            np.minimum.at(low, of, values)
            spread.append(top - low)
        tall = np.bincount(of, high[there] > 1.2 * wide[there]) > 0.6 * count
        turned = (count > 1) & tall & (spread[1] > 3 * spread[0])
        lying[there] |= turned[of]
    return lying


def _read_upwards(bounds: Floats, aside: list[int], evidence: Sequence[Evidence]) -> bool:
    """True where the readings go up the page along these words: a sheet turned to the left."""
    votes = 0.0
    for seen in evidence:
        order = sorted((n for n in aside if seen.line[n] >= 0), key=lambda n: int(seen.rank[n]))
        for a, b in itertools.pairwise(order):
            if seen.line[a] == seen.line[b]:
                votes += seen.trust * float(np.sign(bounds[b, 1] - bounds[a, 1]))
    return votes < 0


def _in_order(bounds: Floats, members: list[int], evidence: Sequence[Evidence]) -> list[list[int]]:
    """Lines in reading order; pieces of one row that follow each other are one line."""
    words = find_lines(bounds, members, evidence)
    flat = flattened(bounds, words)
    if flat is not bounds:
        words = find_lines(flat, members, evidence)
    lines = _measured(flat, words)
    sequence: list[int] = []
    _arrange(lines, np.arange(len(words)), sequence, 0)
    out: list[list[int]] = []
    before = -1
    for at in sequence:
        if before >= 0 and _same_row(lines, before, at):
            out[-1].extend(words[at])
        else:
            out.append(list(words[at]))
        before = at
    return out


def _measured(bounds: Floats, words: list[list[int]]) -> _Lines:
    flat = [n for line in words for n in line]
    starts = np.cumsum([0, *(len(line) for line in words[:-1])])
    x0 = np.minimum.reduceat(bounds[flat, 0], starts)
    x1 = np.maximum.reduceat(bounds[flat, 2], starts)
    middle = ((bounds[:, 1] + bounds[:, 3]) / 2).tolist()
    size = (bounds[:, 3] - bounds[:, 1]).tolist()
    rows: list[tuple[float, float, float, float]] = []
    for line in words:
        levels = [middle[n] for n in line]
        first, last = sum(levels[:2]) / len(levels[:2]), sum(levels[-2:]) / len(levels[-2:])
        half = len(line) // 2
        rows.append((sorted(levels)[half], first, last, max(sorted(size[n] for n in line)[half], 1e-6)))
    level, starts_at, ends_at, high = np.array(rows).T
    return _Lines(x0, x1, level, starts_at, ends_at, high)


def _same_row(lines: _Lines, a: int, b: int) -> bool:
    """Pieces of one line that were apart only by a wide space."""
    low, tall = sorted((float(lines.high[a]), float(lines.high[b])))
    gap = float(lines.x0[b] - lines.x1[a])
    return abs(float(lines.last[a] - lines.first[b])) < 0.4 * low and -0.5 * tall < gap < 1.5 * tall


# -- the cut ------------------------------------------------------------------------------------


def _arrange(lines: _Lines, items: Ints, out: list[int], depth: int) -> None:
    """Appends the items in reading order: columns first, then rows."""
    if len(items) <= 1 or depth > 40:
        out.extend(items[np.lexsort((lines.x0[items], lines.level[items]))].tolist())
        return
    level, high = lines.level[items], lines.high[items]
    if float(level.max() - level.min()) < 0.5 * float(high.min()):
        out.extend(items[np.argsort(lines.x0[items], kind="stable")].tolist())
        return
    groups = (
        _columns(lines, items)
        or _cells(lines, items)
        or _shelves(lines, items, BLOCKS)
        or _columns(lines, items, blocks=True)
        or _shelves(lines, items)
        or _beside(lines, items)
    )
    if not groups:
        out.extend(_rows(lines, items))
        return
    for group in groups:
        _arrange(lines, group, out, depth + 1)


def _columns(lines: _Lines, items: Ints, *, blocks: bool = False, most: int = 4) -> list[Ints]:
    """Groups in reading order where the page has columns, or a text with notes beside it; else none.

    blocks: instead, two blocks side by side that stand on lines of their own (addresses). most: columns
    that a side can have.
    """
    if len(items) < 5:
        return []
    x0, x1 = lines.x0[items], lines.x1[items]
    tall = float(np.median(lines.high[items]))
    starts, ends = np.sort(x0), np.sort(x1)
    edges = starts[np.concatenate([[True], np.diff(starts) > 0.25 * tall])]
    right = len(items) - np.searchsorted(starts, edges, "left")
    left = np.searchsorted(ends, edges - GUTTER * tall, "right")
    crossing = len(items) - left - right
    few = np.minimum(left, right)
    worth = np.where((few >= 2) & (crossing <= np.maximum(1, 0.2 * few)), few - 2 * crossing, -1)
    tried: list[int] = []
    for at in np.argsort(-worth, kind="stable")[:6].tolist():
        if worth[at] < 0 or int(left[at]) in tried or len(tried) == 3:
            continue
        tried.append(int(left[at]))
        a = items[x1 <= edges[at] - GUTTER * tall]
        b = items[x0 >= edges[at]]
        order = _apart(lines, a, b) if blocks else _sides(lines, a, b, most)
        if order:
            over = items[(x1 > edges[at] - GUTTER * tall) & (x0 < edges[at])]
            return _between(lines, order, over)
    return []


def _between(lines: _Lines, sides: list[Ints], over: Ints) -> list[Ints]:
    """The sides cut where a line goes across both (a heading), in reading order."""
    over = over[np.argsort(lines.level[over], kind="stable")]
    cuts = lines.level[over]
    bands = [np.searchsorted(cuts, lines.level[side]) for side in sides]
    out: list[Ints] = []
    for n in range(len(over) + 1):
        out.extend(side[band == n] for side, band in zip(sides, bands, strict=True))
        out.extend([over[n : n + 1]] if n < len(over) else [])
    return [group for group in out if len(group)]


def _cells(lines: _Lines, items: Ints) -> list[Ints]:
    """The cells of one row of a form from left to right: a small label on top, the larger value under it."""
    level, high = lines.level[items], lines.high[items]
    order = np.argsort(level, kind="stable")
    steps = np.diff(level[order])
    cut = int(np.argmax(steps)) + 1
    top, low = order[:cut], order[cut:]
    size = float(np.median(high[low]))
    flat = max(float(np.ptp(level[top])), float(np.ptp(level[low])))
    if len(top) < 2 or len(low) < 2 or flat > 0.6 * size:
        return []
    # Specks over a line of writing are no labels.
    if not SPECK * size < float(np.median(high[top])) < SMALL * size:
        return []
    # A value starts under its own label, before the next one.
    starts = np.sort(lines.x0[items[top]])
    of = np.searchsorted(starts - 0.5 * size, lines.x0[items], "right") - 1
    if of.min() < 0 or (lines.x1[items][low] > np.append(starts, np.inf)[of[low] + 1]).any():
        return []
    under = np.isin(np.arange(len(items)), low)
    order = np.lexsort((lines.x0[items], under, of))
    return [
        g for g in np.split(items[order], np.searchsorted(of[order], np.arange(1, len(starts)))) if len(g)
    ]


def _sides(lines: _Lines, left: Ints, right: Ints, most: int) -> list[Ints]:
    """Two columns, or a text and the notes in its margin, in reading order; none where it is neither."""
    prose = _is_prose(lines, left, most), _is_prose(lines, right, most)
    if all(prose):
        return [left, right]
    if any(prose):
        text, notes = (left, right) if prose[0] else (right, left)
        wide = [float(np.ptp(np.concatenate([lines.x0[s], lines.x1[s]]))) for s in (text, notes)]
        _, strict = _paired(lines, left, right)
        if len(text) > len(notes) and wide[0] > 2 * wide[1] and strict < 0.6 * len(notes):
            return [text, notes]
    return []


def _apart(lines: _Lines, left: Ints, right: Ints) -> list[Ints]:
    """The two sides, where they are piles of lines (or small blocks) that do not stand level in pairs."""
    few = min(len(left), len(right))
    loose, strict = _paired(lines, left, right)
    piles = _is_pile(lines, left), _is_pile(lines, right)
    small = any(piles) and max(len(left), len(right)) <= ADDRESS
    if loose >= 0.5 * few or strict >= 0.34 * few or not (all(piles) or small):
        return []
    if len(left) == len(right):
        # Rows of a sheet that lies askew are off level too, but all alike.
        off = np.sort(lines.first[right]) - np.sort(lines.last[left])
        if float(np.ptp(off)) < 0.8 * float(np.median(lines.high[left])):
            return []
    return [left, right]


def _is_pile(lines: _Lines, items: Ints) -> bool:
    """True where hardly any line stands beside another."""
    steps = np.diff(np.sort(lines.level[items]))
    return float(np.mean(steps > 0.5 * float(np.median(lines.high[items])))) > 0.8


def _pitch(lines: _Lines, items: Ints) -> float:
    """Space from line to line, in heights."""
    return float(np.median(np.diff(np.sort(lines.level[items])))) / float(np.median(lines.high[items]))


def _is_prose(lines: _Lines, items: Ints, most: int) -> bool:
    """Running text: close lines that mostly fill a width of many letters. Or columns of it."""
    if len(items) < 4:
        return False
    x0, x1 = lines.x0[items], lines.x1[items]
    tenth = len(items) // 10
    wide = float(np.partition(x1, -1 - tenth)[-1 - tenth] - np.partition(x0, tenth)[tenth])
    tall = float(np.median(lines.high[items]))
    if wide < LETTERS * tall:
        return False
    if float(np.mean(x1 - x0 > 0.75 * wide)) >= 0.55:
        return _pitch(lines, items) < 2.6
    return most > 2 and len(items) >= 8 and bool(_columns(lines, items, most=most // 2))


def _paired(lines: _Lines, left: Ints, right: Ints) -> tuple[int, int]:
    """How many of the fewer stand beside one of the others, loosely (they overlap) and strictly (level)."""
    few, few_at, many, many_at = left, lines.last[left], right, lines.first[right]
    if len(right) < len(left):
        few, few_at, many, many_at = right, many_at, left, few_at
    order = np.argsort(many_at, kind="stable")
    many, many_at = many[order], many_at[order]
    at = np.searchsorted(many_at, few_at)
    loose = np.zeros(len(few), dtype=bool)
    strict = np.zeros(len(few), dtype=bool)
    for near in (np.clip(at - 1, 0, len(many) - 1), np.clip(at, 0, len(many) - 1)):
        off = np.abs(many_at[near] - few_at)
        a, b = lines.high[few], lines.high[many[near]]
        loose |= off < 0.5 * np.maximum(a, b)
        strict |= off < 0.25 * (a + b) / 2
    return int(loose.sum()), int(strict.sum())


def _shelves(lines: _Lines, items: Ints, least: float = 0.0) -> list[Ints]:
    """Cut across at every gap about as wide as the widest, so that columns stay whole.

    None where the widest is under `least`, in heights.
    """
    half = 0.35 * lines.high[items]
    low, high = lines.level[items] - half, lines.level[items] + half
    order = np.argsort(low, kind="stable")
    reach = np.maximum.accumulate(high[order])
    gaps = low[order][1:] - reach[:-1]
    tall = float(np.median(lines.high[items]))
    if not len(gaps) or gaps.max() <= least * tall:
        return []
    limit = max(0.0, float(gaps.max()) - 0.25 * tall)
    ordered = items[order]
    cuts = np.flatnonzero((gaps > 0) & (gaps >= limit)) + 1
    whole = [c for c in cuts.tolist() if not _cuts_row(lines, ordered[:c][-12:], ordered[c : c + 12])]
    return list(np.split(ordered, whole)) if whole else []


def _cuts_row(lines: _Lines, above: Ints, below: Ints) -> bool:
    """True where a cut would part pieces of one row: beside each other, and nearly level."""
    a, b = above[:, None], below[None, :]
    after, before = lines.x0[b] >= lines.x1[a], lines.x1[b] <= lines.x0[a]
    facing = np.where(after, lines.last[a] - lines.first[b], lines.first[a] - lines.last[b])
    level = np.abs(facing) < SAME_ROW * (lines.high[a] + lines.high[b]) / 2
    return bool(((after | before) & level).any())


def _beside(lines: _Lines, items: Ints) -> list[Ints]:
    """One piece beside several that no straight cut parts: a label and the lines of its value."""
    x0, x1 = lines.x0[items], lines.x1[items]
    order = np.argsort(x0, kind="stable")
    reach = np.maximum.accumulate(x1[order])
    gaps = x0[order][1:] - reach[:-1]
    at = int(np.argmax(gaps))
    if gaps[at] <= LABEL_SPACE * float(np.median(lines.high[items])) or min(at + 1, len(items) - at - 1) > 1:
        return []
    return list(np.split(items[order], [at + 1]))


def _rows(lines: _Lines, items: Ints) -> list[int]:
    """Lines that no straight cut parts: grouped to rows, top to bottom, left to right in a row."""
    rows: list[list[int]] = []
    for n in items[np.argsort(lines.level[items], kind="stable")].tolist():
        for row in rows[-1:-3:-1]:
            if _in_row(lines, n, row):
                row.append(n)
                break
        else:
            rows.append([n])
    return [n for row in rows for n in sorted(row, key=lambda m: lines.x0[m])]


def _in_row(lines: _Lines, n: int, row: list[int]) -> bool:
    """True where a piece lies over none of a row's and stands level with the nearest."""
    best, nearest = 0.0, np.inf
    for m in row:
        gap = max(lines.x0[n] - lines.x1[m], lines.x0[m] - lines.x1[n])
        if gap < -min(lines.high[n], lines.high[m]):
            return False
        if gap < nearest:
            after = lines.x0[n] > lines.x0[m]
            facing = lines.first[n] - lines.last[m] if after else lines.last[n] - lines.first[m]
            best, nearest = abs(facing) / ((lines.high[n] + lines.high[m]) / 2), gap
    return best < SAME_ROW
