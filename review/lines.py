"""Words to lines: what the engines saw as one line, mended and joined by where the boxes stand.

An engine that read a page found its lines in the image, where slant, arcs and touching strokes are plain;
boxes alone show them badly. So the lines of the most trusted reading are the skeleton, those of the others
take in what it lacks, and only what no reading has goes by geometry. Nothing here orders lines (review.order)
or reads text or pixels.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WIDEST_JOIN = 1.3
"""Space in a line, in heights, over which two pieces are one without an engine's word for it."""
ENGINES_JOIN = 0.5
"""The same between two lines of an engine: it had its reason to part them, often a gutter."""
WIDEST_SPACE = 2.2
"""Space in an engine's own line over which it is not believed: it read across a gutter."""
LONG_LINE = 0.35
"""Least length of a line that tells how the sheet lies, as a share of the page's written width."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one reading says about the order of n boxes."""

    line: Ints
    """n: number of the engine's own line of each box, -1 where it has not read the box."""
    rank: Ints
    """n: the box's place in the engine's own order, -1 where it has not read the box."""
    trust: float
    boxed: bool
    """False for a language model: its order says something, its lines are not those of the page."""


def find_lines(bounds: Floats, members: Sequence[int], evidence: Sequence[Evidence]) -> list[list[int]]:
    """The members grouped to lines (or pieces of lines), each from left to right.

    bounds: n x 4, x0 y0 x1 y1 of all boxes, in a frame where the lines run roughly level, any unit.
    """
    if not len(members):
        return []
    heights = bounds[:, 3] - bounds[:, 1]
    own = heights[list(members)]
    # Boxes without height say nothing about the size of letters; a floor bounds the search beside each word.
    tall = max(float(np.median(own)), 0.02 * float(own.max()), 1e-6)
    rows = bounds.tolist()
    pieces = _believed(rows, members, evidence, tall)
    if len(pieces) < len(members):
        pieces = _fill_holes(rows, pieces, tall)
    return _joined(rows, pieces, tall)


def flattened(bounds: Floats, lines: Sequence[Sequence[int]]) -> Floats:
    """The bounds with slanted, fanned and arched lines made level, as far as one smooth surface can.

    Height off the own line's middle is fitted, by least squares over all words, as
    (a + b y)(x - x') + (c + d y)(x^2 - x^2'), the primes for means of the line: slant and arc that change
    down the page. Only long lines count: what is written into a cell slants for itself. Boxes keep their
    sizes and are only shifted up or down.
    """
    words = [n for line in lines for n in line]
    reach = LONG_LINE * float(np.ptp(bounds[words][:, [0, 2]]))
    long = [n for n in lines if len(n) >= 3 and bounds[n[-1], 2] - bounds[n[0], 0] > reach]
    if len(long) < 3:
        return bounds
    flat = [n for line in long for n in line]
    of = np.repeat(np.arange(len(long)), [len(line) for line in long])
    low, high = bounds[flat].min(0), bounds[flat].max(0)
    scale = max(float(high[2] - low[0]), float(high[3] - low[1]), 1e-6) / 2
    x = ((bounds[:, 0] + bounds[:, 2]) / 2 - (low[0] + high[2]) / 2) / scale
    y = ((bounds[:, 1] + bounds[:, 3]) / 2 - (low[1] + high[3]) / 2) / scale

    def centred(values: Floats) -> Floats:
        count = np.bincount(of)
        return values - (np.bincount(of, values) / count)[of]

    level = (np.bincount(of, y[flat]) / np.bincount(of))[of]
    own_x, own_xx = centred(x[flat]), centred(x[flat] ** 2)
    terms = np.stack([own_x, own_x * level, own_xx, own_xx * level], axis=1)
    # Little is believed of a surface that few words ask for.
    weight = np.diag([0.02, 0.2, 0.2, 1.0])
    found = np.linalg.solve(terms.T @ terms + weight, terms.T @ centred(y[flat]))
    bend = (found[0] + found[1] * y) * x + (found[2] + found[3] * y) * x**2
    if not np.isfinite(bend).all() or float(np.abs(bend).max()) > 0.5:
        return bounds
    shift = (bend - bend.mean()) * scale
    out = bounds.copy()
    out[:, [1, 3]] -= shift[:, None]
    return out


# -- the engines' own lines ---------------------------------------------------------------------


def _believed(
    rows: list[list[float]], members: Sequence[int], evidence: Sequence[Evidence], tall: float
) -> list[list[int]]:
    """Pieces: runs of words that an engine has in one line; each word no reading has, alone."""
    inside = set(members)
    owner: dict[int, int] = {}
    pieces: list[list[int]] = []
    for seen in sorted((e for e in evidence if e.boxed), key=lambda e: -e.trust):
        own: dict[int, list[int]] = {}
        for n, line in enumerate(seen.line.tolist()):
            if line >= 0 and n in inside:
                own.setdefault(line, []).append(n)
        for words in own.values():
            for run in _runs(rows, words, tall):
                _take(rows, run, owner, pieces, tall)
    return pieces + [[n] for n in members if n not in owner]


def _take(
    rows: list[list[float]], run: list[int], owner: dict[int, int], pieces: list[list[int]], tall: float
) -> None:
    """A run makes a piece of its own, or its free words join the pieces of those beside them."""
    free = [n for n in run if n not in owner]
    if not free:
        return
    if len(free) == len(run):
        for n in run:
            owner[n] = len(pieces)
        pieces.append(run)
        return
    at = {n: k for k, n in enumerate(run)}
    held = [n for n in run if n in owner]
    for n in free:
        beside = min(held, key=lambda m: (abs(at[m] - at[n]), m))
        piece = pieces[owner[beside]]
        if _fits(rows, n, piece, tall):
            owner[n] = owner[beside]
            piece.append(n)
            piece.sort(key=lambda m: rows[m][0])


def _runs(rows: list[list[float]], words: list[int], tall: float) -> list[list[int]]:
    """An engine's line, cut where it jumps up or down, back, or over a gutter."""
    if len(words) == 1:
        return [words]
    words = sorted(words, key=lambda n: rows[n][0] + rows[n][2])
    runs = [[words[0]]]
    for before, n in itertools.pairwise(words):
        a, b = rows[before], rows[n]
        low, high = sorted((a[3] - a[1], b[3] - b[1]))
        gap = b[0] - a[2]
        shared = min(a[3], b[3]) - max(a[1], b[1])
        reach = WIDEST_SPACE * max(high, 0.6 * tall)
        if gap > reach or shared < -0.3 * max(low, 0.4 * tall) or -gap > 0.7 * min(a[2] - a[0], b[2] - b[0]):
            runs.append([n])
        else:
            runs[-1].append(n)
    return runs


def _fits(rows: list[list[float]], n: int, piece: list[int], tall: float) -> bool:
    """True where a word stands level with its neighbours in a piece, beside them or in a hole."""
    x0, y0, x1, y1 = rows[n]
    middle = x0 + x1
    before = after = None
    for m in piece:
        if rows[m][0] + rows[m][2] <= middle:
            before = rows[m]
        elif after is None:
            after = rows[m]
    near = [r for r in (before, after) if r is not None]
    high = max(y1 - y0, 0.4 * tall)
    level = sum((r[1] + r[3]) / 2 for r in near) / len(near)
    size = sum(r[3] - r[1] for r in near) / len(near)
    if abs((y0 + y1) / 2 - level) > 0.6 * max(min(high, size), 0.5 * tall):
        return False
    for r in near:
        over = min(x1, r[2]) - max(x0, r[0])
        if over > 0.6 * min(x1 - x0, r[2] - r[0]) or -over > WIDEST_SPACE * max(size, 0.6 * tall):
            return False
    return True


def _fill_holes(rows: list[list[float]], pieces: list[list[int]], tall: float) -> list[list[int]]:
    """Puts pieces of one word into the wide spaces of others where they stand level."""
    holes: dict[int, list[tuple[float, float, float, int]]] = {}
    for at, piece in enumerate(pieces):
        for a, b in itertools.pairwise(piece):
            before, after = rows[a], rows[b]
            if after[0] - before[2] > 0.5 * tall:
                y = (before[1] + before[3] + after[1] + after[3]) / 4
                holes.setdefault(int(y / tall), []).append((before[2], after[0], y, at))
    if not holes:
        return pieces
    gone = set()
    for at, piece in enumerate(pieces):
        if len(piece) > 1:
            continue
        x0, y0, x1, y1 = rows[piece[0]]
        middle = (y0 + y1) / 2
        shelf = int(middle / tall)
        slack = 0.25 * (x1 - x0)
        best, least = -1, 0.5 * tall
        for near in (shelf - 1, shelf, shelf + 1):
            for left, right, y, other in holes.get(near, ()):
                if left - slack <= x0 and x1 <= right + slack and abs(y - middle) < least:
                    best, least = other, abs(y - middle)
        if best >= 0 and best not in gone:
            pieces[best] = sorted([*pieces[best], piece[0]], key=lambda m: rows[m][0] + rows[m][2])
            gone.add(at)
    return [p for at, p in enumerate(pieces) if at not in gone]


# -- pieces side by side ------------------------------------------------------------------------


Edge = tuple[float, float, float, float]


def _ends(rows: list[list[float]], piece: list[int]) -> tuple[Edge, Edge]:
    """Box of the first and of the last word, with the height and level of up to three words there."""
    if len(piece) == 1:
        x0, y0, x1, y1 = rows[piece[0]]
        return (x0, y0, x1, y1), (x0, y0, x1, y1)
    levels = []
    for part in (piece[:3], piece[-3:]):
        boxes = [rows[n] for n in part]
        middle = sum(b[1] + b[3] for b in boxes) / (2 * len(boxes))
        half = sorted(b[3] - b[1] for b in boxes)[len(boxes) // 2] / 2
        levels.append((middle - half, middle + half))
    first, last = rows[piece[0]], rows[piece[-1]]
    return (first[0], levels[0][0], first[2], levels[0][1]), (last[0], levels[1][0], last[2], levels[1][1])


def _joined(rows: list[list[float]], pieces: list[list[int]], tall: float) -> list[list[int]]:
    """Joins pieces that stand end to end: level, and no wide gap between them."""
    ends = [_ends(rows, p) for p in pieces]
    order = sorted(range(len(pieces)), key=lambda p: (ends[p][0][0], ends[p][0][1]))
    lines: list[list[int]] = []
    last: list[Edge] = []
    pieced: list[bool] = []
    """True where the line ends with an engine's piece of several words."""
    shelves: dict[int, list[int]] = {}
    """Lines that may go on, by the height of their last word's middle."""
    for p in order:
        (x0, y0, x1, y1), end = ends[p]
        high, middle = y1 - y0, (y0 + y1) / 2
        shelf = int(middle / tall)
        reach = 1 + int(0.5 * high / tall)
        best, best_score = -1, 0.0
        for at in range(shelf - reach, shelf + reach + 1):
            over: list[int] = []
            for line in shelves.get(at, ()):
                left, top, right, bottom = last[line]
                gap = x0 - right
                if gap > WIDEST_JOIN * max(bottom - top, 0.6 * tall):
                    over.append(line)
                    continue
                height = min(max(bottom - top, 0.4 * tall), max(high, 0.4 * tall))
                shared = min(bottom, y1) - max(top, y0)
                join = ENGINES_JOIN if len(pieces[p]) > 1 and pieced[line] else WIDEST_JOIN
                if shared < 0.35 * height or gap > join * max(height, 0.6 * tall):
                    continue
                if gap < -0.6 * (right - left) and gap < -0.6 * (x1 - x0):
                    continue
                score = (shared - 0.6 * abs(middle - (top + bottom) / 2)) / height
                score -= 0.1 * max(gap, 0.0) / tall
                if best < 0 or score > best_score:
                    best, best_score = line, score
            for line in over:  # The rest stands farther to the right still.
                shelves[at].remove(line)
        if best < 0:
            best = len(lines)
            lines.append(list(pieces[p]))
            last.append(end)
            pieced.append(len(pieces[p]) > 1)
        else:
            old = last[best]
            shelves[int((old[1] + old[3]) / 2 / tall)].remove(best)
            lines[best].extend(pieces[p])
            last[best] = end
            pieced[best] = len(pieces[p]) > 1
        shelves.setdefault(int((end[1] + end[3]) / 2 / tall), []).append(best)
    return lines
