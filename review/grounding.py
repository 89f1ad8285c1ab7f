"""A reading without boxes on the ink that others found: which of its words may keep a place.

review.align links what reads alike. Here the lines that no letters link (cursive that the placed engines
misread) are paired in order and their words laid along the line, and every word whose place is not
supported loses it: an invented, repeated or moved word gets no box. Nothing here cuts boxes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from rapidfuzz.distance import Levenshtein

from review.align import Floats, Ints, by_place
from review.characters import Characters, weight

GOOD = 0.6
"""Share of equal letters from which a word is placed by itself."""
FAIR = 0.34
LINE_GOOD = 0.45
MOST_PAIRS = 6000
"""Pairs of lines that are compared at most."""


@dataclass(slots=True)
class Ground:
    """The line of the leading placed reading: its columns in order, and where they stand."""

    columns: list[int]
    along: Floats
    size: float
    folded: str


def ground(
    stream: Characters,
    match: Ints,
    quality: list[float],
    pivot: Characters,
    pivot_columns: Ints,
    line_of: Ints,
) -> None:
    """Changes `match` (character -> column) and `quality` of a boxless reading in place.

    pivot_columns: for each character of the leading placed reading its column; line_of: for each column
    a number of its line, -1 where nothing is placed.
    """
    if not len(stream) or not len(line_of):
        return
    spread = _compact(stream, match, line_of)
    good = [q >= GOOD and spread[n] for n, q in enumerate(quality)]
    _drop_strays(stream, match, good)
    supported = _between(stream, match, quality, good, spread, line_of)
    laid = _lay_lines(stream, match, quality, supported, pivot, pivot_columns)
    for n, unit in enumerate(stream.units):
        if not (supported[n] or laid[n]):
            match[unit.start : unit.end] = -1


def _compact(stream: Characters, match: Ints, line_of: Ints) -> list[bool]:
    """Whether a word's links lie together in one line, not scattered over the page."""
    out = []
    for unit in stream.units:
        links = match[unit.start : unit.end]
        links = links[links >= 0]
        if not len(links):
            out.append(False)
            continue
        length = unit.end - unit.start
        span = int(links.max() - links.min()) + 1
        lines = line_of[links]
        out.append(span <= 1.7 * length + 2 and bool((lines == lines[0]).all()) and 2 * len(links) >= length)
    return out


def _drop_strays(stream: Characters, match: Ints, good: list[bool]) -> None:
    """A short word that agrees, but far from where its neighbours stand, agrees by chance."""
    count = len(good)
    at = [
        float(np.median(links)) if len(links := match[u.start : u.end][match[u.start : u.end] >= 0]) else -1e9
        for u in stream.units
    ]
    before = list(good)
    for n in range(count):
        unit = stream.units[n]
        if not before[n] or unit.end - unit.start >= 8 or count < 3:
            continue
        near = [m for m in (n - 2, n - 1, n + 1, n + 2) if 0 <= m < count]
        if not any(before[m] and abs(at[m] - at[n]) <= 40 for m in near):
            good[n] = False


def _between(
    stream: Characters, match: Ints, quality: list[float], good: list[bool], spread: list[bool], line_of: Ints
) -> list[bool]:
    """Words that agree, and words between two of those in one line that fill just what lies between."""
    out = list(good)
    anchors = [n for n, yes in enumerate(good) if yes]
    for n in range(len(out)):
        if not out[n] and spread[n] and quality[n] >= FAIR:
            left = n > 0 and good[n - 1]
            right = n + 1 < len(good) and good[n + 1]
            out[n] = quality[n] >= 0.5 or left or right
    for a, b in pairwise(anchors):
        if b == a + 1:
            continue
        start, stop = stream.units[a].end, stream.units[b].start
        ends_a = match[stream.units[a].start : start]
        ends_b = match[stop : stream.units[b].end]
        c0, c1 = int(ends_a.max()) + 1, int(ends_b[ends_b >= 0].min())
        if c1 <= c0 or line_of[c0 - 1] != line_of[c1] or stop - start > 60:
            continue
        ratio = (stop - start) / (c1 - c0)
        if 0.6 <= ratio <= 1.6:
            for n in range(a + 1, b):
                out[n] = out[n] or spread[n]
    return out


# -- whole lines --------------------------------------------------------------------------------


def _lay_lines(
    stream: Characters,
    match: Ints,
    quality: list[float],
    supported: list[bool],
    pivot: Characters,
    pivot_columns: Ints,
) -> list[bool]:
    """Lays the words of lines that no letters link along the line that stands at their turn."""
    laid = [False] * len(stream.units)
    lines: dict[int, list[int]] = {}
    for n, unit in enumerate(stream.units):
        lines.setdefault(unit.line, []).append(n)
    ours = list(lines.values())
    theirs = _grounds(pivot, pivot_columns)
    if not ours or not theirs:
        return laid
    line_of_column = {c: k for k, g in enumerate(theirs) for c in g.columns}
    held = [_held(stream, units, match, supported, line_of_column) for units in ours]
    texts = [stream.folded[stream.units[u[0]].start : stream.units[u[-1]].end] for u in ours]
    often = Counter(texts)
    usual = [
        Levenshtein.normalized_similarity(t, theirs[h].folded)
        for t, h in zip(texts, held, strict=True)
        if h >= 0
    ]
    # Where the placed readings are good, a line that they don't have at all is not there.
    least = 0.6 * float(np.median(usual)) if usual else 0.0
    start = 0
    floor = -1
    while start < len(ours):
        if held[start] >= 0:
            floor = held[start]
            start += 1
            continue
        stop = start
        while stop < len(ours) and held[stop] < 0:
            stop += 1
        ceiling = held[stop] if stop < len(ours) else len(theirs)
        taken = {h for h in held if h >= 0}
        free = [k for k in range(floor + 1, ceiling) if k not in taken]
        if free and len(free) * (stop - start) <= MOST_PAIRS:
            for i, k in _pair_lines(texts[start:stop], [theirs[k] for k in free]):
                alike = Levenshtein.normalized_similarity(texts[start + i], theirs[free[k]].folded)
                if often[texts[start + i]] > 2 or alike < least:
                    continue
                _lay(stream, ours[start + i], theirs[free[k]], match, quality, supported, laid)
        start = stop
    return laid


def _grounds(pivot: Characters, pivot_columns: Ints) -> list[Ground]:
    lines: dict[int, list[int]] = {}
    for i, unit in enumerate(pivot.unit):
        if pivot_columns[i] >= 0:
            lines.setdefault(pivot.units[unit].line, []).append(i)
    out = []
    for chars in lines.values():
        at = np.array(chars)
        along = pivot.cy[at] if pivot.vertical[at[0]] else pivot.cx[at]
        out.append(
            Ground(
                pivot_columns[at].tolist(), along, float(np.median(pivot.size[at])),
                "".join(pivot.folded[i] for i in chars),
            )
        )  # fmt: skip
    return out


def _held(
    stream: Characters, units: list[int], match: Ints, supported: list[bool], line_of_column: dict[int, int]
) -> int:
    """The line that most of a line's letters are linked to already, or -1."""
    total = stream.units[units[-1]].end - stream.units[units[0]].start
    votes: dict[int, int] = {}
    for n in units:
        if supported[n]:
            for c in match[stream.units[n].start : stream.units[n].end].tolist():
                k = line_of_column.get(c, -1)
                if k >= 0:
                    votes[k] = votes.get(k, 0) + 1
    if not votes:
        return -1
    best = max(votes, key=votes.__getitem__)
    return best if votes[best] >= LINE_GOOD * total else -1


def _pair_lines(texts: Sequence[str], theirs: Sequence[Ground]) -> list[tuple[int, int]]:
    """Pairs of lines in order, by likeness and length (Needleman and Wunsch 1970)."""
    n, m = len(texts), len(theirs)
    score = np.zeros((n + 1, m + 1))
    move = np.zeros((n + 1, m + 1), dtype=np.int8)
    for i in range(1, n + 1):
        for k in range(1, m + 1):
            a, b = texts[i - 1], theirs[k - 1].folded
            ratio = min(len(a), len(b)) / max(len(a), len(b), 1)
            alike = Levenshtein.normalized_similarity(a, b)
            value = alike + 0.35 * ratio - 0.33 if ratio > 0.45 else -1.0
            options = (score[i - 1, k - 1] + value, score[i - 1, k], score[i, k - 1])
            best = int(np.argmax(options))
            score[i, k], move[i, k] = options[best], best
    pairs = []
    i, k = n, m
    while i and k:
        if move[i, k] == 0:
            i, k = i - 1, k - 1
            pairs.append((i, k))
        elif move[i, k] == 1:
            i -= 1
        else:
            k -= 1
    pairs.reverse()
    return pairs


def _lay(
    stream: Characters,
    units: list[int],
    line: Ground,
    match: Ints,
    quality: list[float],
    supported: list[bool],
    laid: list[bool],
) -> None:
    """Links a line's letters to a line on the page by where they should stand in it."""
    text = stream.folded[stream.units[units[0]].start : stream.units[units[-1]].end]
    ratio = len(text) / max(len(line.columns), 1)
    alike = Levenshtein.normalized_similarity(text, line.folded)
    if not (0.55 <= ratio <= 1.8) or (alike < 0.2 and not 0.7 <= ratio <= 1.4):
        return
    chars: list[int] = []
    place: list[float] = []
    position = 0.0
    for n in units:
        for i in range(stream.units[n].start, stream.units[n].end):
            w = weight((stream.text[i] or "i")[-1])
            chars.append(i)
            place.append(position + w / 2)
            position += w
        position += 0.7
    first, last = float(line.along.min()), float(line.along.max())
    scale = (last - first) / max(place[-1] - place[0], 1e-6)
    at = [first + (p - place[0]) * scale for p in place]
    order = np.argsort(line.along, kind="stable")
    pairs = by_place(
        [stream.folded[i] for i in chars],
        [line.folded[k] for k in order.tolist()],
        at,
        line.along[order].tolist(),
        max(2.0 * line.size, 1.0),
    )
    fresh = {chars[p]: line.columns[int(order[q])] for p, q in pairs}
    wanted = set(fresh.values())
    own = set(chars)
    for i in np.flatnonzero(np.isin(match, list(wanted))).tolist():
        if i not in own:
            return
    for i in chars:
        match[i] = fresh.get(i, -1)
    for n in units:
        unit = stream.units[n]
        links = sum(1 for i in range(unit.start, unit.end) if match[i] >= 0)
        laid[n] = 2 * links >= unit.end - unit.start
        if not supported[n]:
            quality[n] = min(quality[n], 0.5)
        supported[n] = False
