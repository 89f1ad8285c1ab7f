"""Lines and reading order from boxes alone: columns, forms, vertical text.

Words become lines by overlap, lines are ordered by a recursive XY cut (Nagy and Seth 1984): a page is cut
across where a gap goes through, down where a gutter does. Two columns whose lines stand level in pairs and
are short are a form, read row by row. Nothing here reads text or pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.geometry import Box

Floats = NDArray[np.float64]


def reading_order(boxes: Sequence[Box], vertical: Sequence[bool] = ()) -> list[tuple[int, int]]:
    """(index of the box, number of its line) in reading order. A permutation of all boxes."""
    if not boxes:
        return []
    upright = [n for n in range(len(boxes)) if n < len(vertical) and vertical[n]]
    level = [n for n in range(len(boxes)) if not (n < len(vertical) and vertical[n])]
    if len(upright) > len(level):
        # Vertical pages are read like level ones that were turned: columns from the right are the lines.
        turned = [Box(b.y0, -b.x1, b.y1, -b.x0) for b in boxes]
        return _ordered(turned, list(range(len(boxes))))
    return _ordered(list(boxes), list(range(len(boxes))))


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


def _ordered(boxes: list[Box], members: list[int]) -> list[tuple[int, int]]:
    lines = _lines(boxes, members)
    bounds = np.array(
        [
            [
                min(boxes[n].x0 for n in line), min(boxes[n].y0 for n in line),
                max(boxes[n].x1 for n in line), max(boxes[n].y1 for n in line),
            ]
            for line in lines
        ]
    )  # fmt: skip
    heights = np.array([sorted(boxes[n].height for n in line)[len(line) // 2] for line in lines])
    sequence: list[int] = []
    _xy_cut(bounds, heights, list(range(len(lines))), sequence, 0)
    out: list[tuple[int, int]] = []
    number = 0
    previous = -1
    for at in sequence:
        if previous >= 0 and not _same_row(bounds, heights, previous, at):
            number += 1
        out.extend((n, number) for n in lines[at])
        previous = at
    return out


def _same_row(bounds: Floats, heights: Floats, a: int, b: int) -> bool:
    """Pieces of one line that were apart only by a wide space."""
    shared = min(bounds[a, 3], bounds[b, 3]) - max(bounds[a, 1], bounds[b, 1])
    low = min(bounds[a, 3] - bounds[a, 1], bounds[b, 3] - bounds[b, 1])
    gap = bounds[b, 0] - bounds[a, 2]
    return bool(shared > 0.6 * low and -0.5 * heights[a] < gap < 1.5 * max(heights[a], heights[b]))


def _lines(boxes: list[Box], members: list[int]) -> list[list[int]]:
    """Groups words that stand side by side: same height on the page, and no wide gap between them."""
    tall = max(float(np.median([boxes[n].height for n in members])), 1e-6)
    order = sorted(members, key=lambda n: (boxes[n].x0, boxes[n].y0))
    lines: list[list[int]] = []
    ends: list[tuple[float, float, float, float]] = []
    """Of each line's last word: left, right, top, bottom."""
    shelves: dict[int, list[int]] = {}
    """Lines that may go on, by the height of their last word's middle."""
    for n in order:
        box = boxes[n]
        x0, y0, x1, y1 = box.x0, box.y0, box.x1, box.y1
        high, middle = y1 - y0, (y0 + y1) / 2
        shelf = int(middle / tall)
        reach = 1 + int(0.5 * high / tall)
        best, best_score = -1, 0.0
        for at in range(shelf - reach, shelf + reach + 1):
            for line in shelves.get(at, ()):
                left, right, top, bottom = ends[line]
                gap = x0 - right
                height = min(max(bottom - top, 0.4 * tall), max(high, 0.4 * tall))
                shared = min(bottom, y1) - max(top, y0)
                if shared < 0.35 * height or gap > 1.3 * max(height, 0.6 * tall):
                    continue
                if gap < -0.6 * (right - left) and gap < -0.6 * (x1 - x0):
                    continue
                score = (shared - 0.6 * abs(middle - (top + bottom) / 2)) / height - 0.1 * max(
                    gap, 0.0
                ) / tall
                if best < 0 or score > best_score:
                    best, best_score = line, score
        if best < 0:
            best = len(lines)
            lines.append([n])
            ends.append((x0, x1, y0, y1))
        else:
            old = ends[best]
            shelves[int((old[2] + old[3]) / 2 / tall)].remove(best)
            lines[best].append(n)
            ends[best] = (x0, x1, y0, y1)
        shelves.setdefault(shelf, []).append(best)
    return lines


def _xy_cut(bounds: Floats, heights: Floats, items: list[int], out: list[int], depth: int) -> None:
    if len(items) <= 1 or depth > 60:
        out.extend(sorted(items, key=lambda n: (bounds[n, 1], bounds[n, 0])))
        return
    part = bounds[items]
    tall = float(np.median(heights[items]))
    gutter = _gap(part[:, 0], part[:, 2])
    shelf = _gap(part[:, 1] + 0.15 * heights[items], part[:, 3] - 0.15 * heights[items])
    if (
        gutter is not None
        and gutter[1] > 0.8 * tall
        and _is_columns(bounds, heights, items, gutter[0], shelf)
    ):
        left = [n for n in items if (bounds[n, 0] + bounds[n, 2]) / 2 < gutter[0]]
        right = [n for n in items if (bounds[n, 0] + bounds[n, 2]) / 2 >= gutter[0]]
        _xy_cut(bounds, heights, left, out, depth + 1)
        _xy_cut(bounds, heights, right, out, depth + 1)
        return
    if shelf is not None:
        cut = _widest_shelf(part, heights[items], tall)
        for group in _bands(bounds, items, cut):
            _xy_cut(bounds, heights, group, out, depth + 1)
        return
    out.extend(_rows(bounds, heights, items))


def _gap(low: Floats, high: Floats) -> tuple[float, float] | None:
    """Middle and width of the widest stretch that no interval covers, or None."""
    order = np.argsort(low)
    reach = np.maximum.accumulate(high[order])
    gaps = low[order][1:] - reach[:-1]
    if not len(gaps) or gaps.max() <= 0:
        return None
    at = int(np.argmax(gaps))
    return float(reach[at] + gaps[at] / 2), float(gaps[at])


def _widest_shelf(part: Floats, heights: Floats, tall: float) -> list[float]:
    """Where to cut across: at every gap about as wide as the widest, so that columns stay whole."""
    low, high = part[:, 1] + 0.15 * heights, part[:, 3] - 0.15 * heights
    order = np.argsort(low)
    reach = np.maximum.accumulate(high[order])
    gaps = low[order][1:] - reach[:-1]
    widest = float(gaps.max())
    limit = max(0.0, widest - 0.25 * tall)
    return [float(reach[n] + gaps[n] / 2) for n in range(len(gaps)) if gaps[n] > 0 and gaps[n] >= limit]


def _bands(bounds: Floats, items: list[int], cuts: list[float]) -> list[list[int]]:
    groups: list[list[int]] = [[] for _ in range(len(cuts) + 1)]
    edges = np.array(cuts)
    for n in items:
        groups[int(np.searchsorted(edges, (bounds[n, 1] + bounds[n, 3]) / 2))].append(n)
    return [g for g in groups if g]


def _is_columns(
    bounds: Floats, heights: Floats, items: list[int], at: float, shelf: tuple[float, float] | None
) -> bool:
    """Columns of running text, rather than the labels and values of a form or a letter's date."""
    left = [n for n in items if (bounds[n, 0] + bounds[n, 2]) / 2 < at]
    right = [n for n in items if (bounds[n, 0] + bounds[n, 2]) / 2 >= at]
    if min(len(left), len(right)) < 2:
        # One line beside many: a row cut keeps it with its level neighbour, if there is one.
        return shelf is None
    few, many = sorted((left, right), key=len)
    paired = 0
    for n in few:
        top, bottom = bounds[n, 1], bounds[n, 3]
        paired += any(
            min(bottom, bounds[m, 3]) - max(top, bounds[m, 1])
            > 0.5 * min(bottom - top, bounds[m, 3] - bounds[m, 1])
            for m in many
        )
    if paired < 0.7 * len(few):
        return True
    return all(
        len(side) >= 3
        and _fill(bounds, side) >= 0.75
        and float(np.median(bounds[side, 2] - bounds[side, 0])) >= 8 * float(np.median(heights[side]))
        for side in (left, right)
    )


def _fill(bounds: Floats, items: list[int]) -> float:
    """Mean share of the block's width that its lines fill."""
    part = bounds[items]
    width = float(part[:, 2].max() - part[:, 0].min())
    return float(np.mean(part[:, 2] - part[:, 0])) / max(width, 1e-9)


def _rows(bounds: Floats, heights: Floats, items: list[int]) -> list[int]:
    """Lines that no straight cut parts: grouped to rows, top to bottom, left to right in a row."""
    order = sorted(items, key=lambda n: (bounds[n, 1] + bounds[n, 3]) / 2)
    rows: list[list[int]] = []
    for n in order:
        middle = (bounds[n, 1] + bounds[n, 3]) / 2
        if rows:
            last = rows[-1]
            centre = float(np.mean([(bounds[m, 1] + bounds[m, 3]) / 2 for m in last]))
            clear = all(
                bounds[n, 0] >= bounds[m, 2] - heights[m] or bounds[n, 2] <= bounds[m, 0] + heights[m]
                for m in last
            )
            if clear and abs(middle - centre) < 0.5 * min(heights[n], min(heights[m] for m in last)):
                last.append(n)
                continue
        rows.append([n])
    return [n for row in rows for n in sorted(row, key=lambda m: bounds[m, 0])]
