"""From a read line to its words: spaces, lost spaces, boxes, confidences. Pure; pixels stay outside.

The recogniser gives characters with a place along the line, and the ink's gaps say where one word ends
and the next begins. Latin words are one Word each, characters of scripts without spaces one each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from engines.lines import Char, Line
from model.geometry import Quad
from model.words import Word, unspaced

LOST_SPACE = 0.22
"""A gap wider than this part of the line's height may part two Latin letters between which no space was
read ..."""
STANDS_OUT = 2.0
"""... if it is this much wider than most gaps between the line's letters. On 40 pages that parted 27 words
that stood apart and one that did not."""


def words_of(lines: Iterable[Line]) -> tuple[Word, ...]:
    """The words of all lines; `line` counts the detected lines, also those without a word."""
    found: list[Word] = []
    for number, line in enumerate(lines):
        groups = split(line)
        for group, (start, end) in zip(groups, spans(line, groups), strict=True):
            text = "".join(c.text for c in group)
            confidence = sum(c.confidence for c in group) / len(group)
            found.append(Word(text, part(line, start, end), min(confidence, 1.0), number, line.vertical))
    return tuple(found)


def split(line: Line) -> list[list[Char]]:
    """The line's characters grouped to words."""
    groups: list[list[Char]] = []
    widest = _lost_space(line)
    fresh = True
    for char in line.chars:
        if char.text.isspace():
            fresh = True
            continue
        if (
            fresh
            or unspaced(char.text)
            or unspaced(groups[-1][-1].text)
            or _letter_gap(line, groups[-1][-1], char) > widest
        ):
            groups.append([])
        groups[-1].append(char)
        fresh = False
    return groups


def _lost_space(line: Line) -> float:
    """The width, in heights of the line, beyond which a gap between two letters is a space."""
    gaps = sorted(_letter_gap(line, a, b) for a, b in pairwise(line.chars))
    most = gaps[int(0.8 * (len(gaps) - 1))] if gaps else 0.0
    return max(LOST_SPACE, STANDS_OUT * most)


def _letter_gap(line: Line, before: Char, char: Char) -> float:
    """Width of the gap between two letters or digits, in heights of the line; 0 beside anything else."""
    if not (before.text.isalnum() and char.text.isalnum()):
        return 0.0
    start, end = _gap(line, before.at, char.at)
    return (end - start) * line.length


def _gap(line: Line, left: float, right: float) -> tuple[float, float]:
    """The widest stretch without ink between two places; their middle, twice, where there is none."""
    middle = (left + right) / 2
    inside = [(max(a, left), min(b, right)) for a, b in line.gaps if a < right and b > left]
    return max(inside, key=lambda g: g[1] - g[0], default=(middle, middle))


def spans(line: Line, groups: Sequence[Sequence[Char]]) -> list[tuple[float, float]]:
    """[start, end) of each word along the line: cut in the gaps, the line's own ends outside."""
    if not groups:
        return []
    first, last = groups[0][0].at, groups[-1][-1].at
    starts = [_edge(line, 0.0, first)[1]]
    ends: list[float] = []
    for left, right in pairwise(groups):
        end, start = _gap(line, left[-1].at, right[0].at)
        ends.append(end)
        starts.append(start)
    ends.append(_edge(line, last, 1.0)[0])
    return [(min(s, e), max(s, e)) for s, e in zip(starts, ends, strict=True)]


def _edge(line: Line, left: float, right: float) -> tuple[float, float]:
    """The gap that touches an end of the line, if there is one."""
    for a, b in line.gaps:
        if (left == 0.0 and a == 0.0 and b <= right) or (right == 1.0 and b == 1.0 and a >= left):
            return a, b
    return (0.0, 0.0) if left == 0.0 else (1.0, 1.0)


def part(line: Line, start: float, end: float) -> Quad:
    """The corners of the stretch start..end of a line."""
    a, b, c, d = line.quad.points

    def along(p: tuple[float, float], q: tuple[float, float], t: float) -> tuple[float, float]:
        return p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t

    if line.vertical:  # the text runs down the left and right edges
        return Quad((along(a, d, start), along(b, c, start), along(b, c, end), along(a, d, end)))
    return Quad((along(a, b, start), along(a, b, end), along(d, c, end), along(d, c, start)))
