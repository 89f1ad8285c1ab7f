"""Drafts of slots: what every reading says at one place and where, before a text is chosen.

From stretches of columns (review.columns) to texts, confidences and boxes a reading; drafts that lie on
the same ink are made one. Nothing here chooses a text or estimates a risk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from model.geometry import Box
from model.words import unspaced
from review.boxes import Ink, cut
from review.characters import Characters, Unit, weight
from review.columns import Columns
from review.direction import leftwards
from review.lines import Evidence


@dataclass(slots=True)
class Said:
    """What one reading says at a slot."""

    stream: int
    text: str
    """Empty for the rest of a character that stands in the slot before."""
    confidence: float | None
    box: Box | None
    whole: bool
    """True where the reading has exactly this as its own word."""
    quality: float
    """Boxless readings: share of the word's letters that others read as well."""


@dataclass(slots=True)
class Draft:
    columns: list[int]
    said: list[Said]
    vertical: bool

    @property
    def boxes(self) -> list[Box]:
        return [s.box for s in self.said if s.box is not None]


@dataclass(slots=True)
class Drafts:
    slots: list[Draft]
    unplaced: list[tuple[str, int]]
    """Text and stream of words that no reading places, in the order they were read."""


def drafts(columns: Columns, spans: Sequence[tuple[int, int]], ink: Ink | None) -> Drafts:
    """One draft a stretch of columns that any reading places; the rest is listed as unplaced."""
    boxed = [s.boxed for s in columns.streams]
    cuts = _cuts(columns, spans, ink)
    found: list[Draft] = []
    homeless: list[tuple[int, int, int]] = []
    by_stream = columns.members.T.tolist()
    for start, end in spans:
        own = {
            r: chars for r, row in enumerate(by_stream) if (chars := [i for i in row[start:end] if i >= 0])
        }
        if not any(boxed[r] for r in own):
            for r, chars in own.items():
                homeless.append((r, chars[0], chars[-1] + 1))
            continue
        said = [_said(columns, r, chars, cuts) for r, chars in own.items()]
        if not any(s.text for s in said):
            if found:
                found[-1].said.extend(said)
            continue
        upright = [columns.streams[s.stream].units[0].vertical for s in said if s.box is not None]
        first = next(r for r in own if boxed[r])
        stream = columns.streams[first]
        vertical = stream.units[stream.unit[own[first][0]]].vertical if upright else False
        found.append(Draft(list(range(start, end)), said, vertical))
    return Drafts(_unite(found), _homeless(columns, homeless))


def evidence(columns: Columns, slots: Sequence[Draft], trust: Sequence[float]) -> list[Evidence]:
    """What each reading says about lines and order of the slots: by the first of its characters there."""
    out: list[Evidence] = []
    at = np.array([c for d in slots for c in d.columns], dtype=np.int64)
    slot = np.repeat(np.arange(len(slots)), [len(d.columns) for d in slots])
    for r, stream in enumerate(columns.streams):
        chars = columns.members[at, r]
        there = chars >= 0
        rank = np.full(len(slots), len(stream), dtype=np.int64)
        np.minimum.at(rank, slot[there], chars[there])
        rank[rank == len(stream)] = -1
        lines = np.array([stream.units[u].line for u in stream.unit], dtype=np.int64)
        line = np.where(rank >= 0, lines[rank], -1) if len(lines) else rank
        out.append(Evidence(line, rank, trust[r], stream.boxed))
    return out


def _homeless(columns: Columns, pieces: list[tuple[int, int, int]]) -> list[tuple[str, int]]:
    out: list[tuple[str, int]] = []
    for r, start, end in sorted(pieces):
        stream = columns.streams[r]
        out.extend((t, r) for t in _text(stream, list(range(start, end))).split())
    for r, stream in enumerate(columns.streams):
        out.extend((t, r) for t in stream.lost)
    return out


def _union(boxes: Sequence[Box]) -> Box:
    return boxes[0] if len(boxes) == 1 else Box.union_of(boxes)


def _text(stream: Characters, chars: Sequence[int]) -> str:
    parts: list[str] = []
    before = -1
    for i in chars:
        glyph = stream.text[i]
        if before >= 0 and stream.unit[i] != stream.unit[before] and glyph:
            last = stream.text[before] or "x"
            previous = stream.units[stream.unit[before]]
            if not (unspaced(last[-1]) or unspaced(glyph[0]) or previous.open_after):
                parts.append(" ")
        parts.append(glyph)
        before = i
    return "".join(parts).strip()


Cuts = dict[tuple[int, int], list[tuple[int, int, Box]]]
"""(stream, unit) -> pieces: first character, one past the last, box."""


def _cuts(columns: Columns, spans: Sequence[tuple[int, int]], ink: Ink | None) -> Cuts:
    """Cuts every word that lies in more than one slot, at the slots' borders."""
    span_of = np.zeros(len(columns), dtype=np.int64)
    for n, (start, end) in enumerate(spans):
        span_of[start:end] = n
    out: Cuts = {}
    for r, stream in enumerate(columns.streams):
        if not stream.boxed or not len(stream):
            continue
        column_of = np.zeros(len(stream), dtype=np.int64)
        own = columns.members[:, r]
        there = np.flatnonzero(own >= 0)
        column_of[own[there]] = there
        place = span_of[column_of]
        changes = np.flatnonzero(np.diff(place) != 0) + 1
        units = np.array(stream.unit, dtype=np.int64)
        inside = changes[units[changes] == units[changes - 1]].tolist()
        by_unit: dict[int, list[int]] = {}
        for at in inside:
            by_unit.setdefault(int(units[at]), []).append(at)
        for number, cuts_at in by_unit.items():
            out[(r, number)] = _pieces(stream, stream.units[number], cuts_at, ink)
    return out


def _pieces(
    stream: Characters, unit: Unit, cuts_at: list[int], ink: Ink | None
) -> list[tuple[int, int, Box]]:
    ends = [unit.start, *cuts_at, unit.end]
    shares = [sum(weight(c[-1]) if c else 0.6 for c in stream.text[a:b]) for a, b in pairwise(ends)]
    total = sum(shares)
    box = unit.box or Box(0.0, 0.0, 0.0, 0.0)
    if not unit.vertical and leftwards(unit.text):
        boxes = cut(box, [s / total for s in reversed(shares)], unit.vertical, ink)[::-1]
    else:
        boxes = cut(box, [s / total for s in shares], unit.vertical, ink)
    return [(a, b, box) for a, b, box in zip(ends, ends[1:], boxes, strict=False)]


def _said(columns: Columns, r: int, chars: list[int], cuts: Cuts) -> Said:
    stream = columns.streams[r]
    only = stream.unit[chars[0]]
    unit = stream.units[only]
    if len(chars) == unit.end - unit.start and chars[0] == unit.start and chars[-1] == unit.end - 1:
        text = "".join(stream.text[unit.start : unit.end]).strip()
        return Said(r, text, unit.confidence, unit.box, whole=True, quality=columns.quality[r][only])
    numbers = list(dict.fromkeys([stream.unit[i] for i in chars]))
    parts: list[Box] = []
    whole = len(numbers) == 1 or (bool(stream.text[chars[0]]) and unspaced(stream.text[chars[0]][-1]))
    loose = whole and len(numbers) > 1
    confidences = []
    here = set(chars)
    for number in numbers:
        unit = stream.units[number]
        if unit.confidence is not None:
            confidences.append(unit.confidence)
        pieces = cuts.get((r, number))
        if pieces is None:
            if unit.box is not None:
                parts.append(unit.box)
            continue
        whole = loose
        parts.extend(box for a, b, box in pieces if any(i in here for i in range(a, b)))
    if whole and not loose and not stream.boxed:
        unit = stream.units[numbers[0]]
        whole = chars[0] == unit.start and chars[-1] == unit.end - 1
    return Said(
        r,
        _text(stream, chars),
        sum(confidences) / len(confidences) if confidences else None,
        _union(parts) if parts else None,
        whole,
        max((columns.quality[r][n] for n in numbers), default=0.0),
    )


# -- drafts on the same ink ---------------------------------------------------------------------


def _unite(found: list[Draft]) -> list[Draft]:
    """Makes drafts one that no reading shares and that lie on each other: the same word, read so
    differently that no letter was linked.
    """
    if len(found) < 2:
        return found
    boxes = np.array([_union(d.boxes).as_list() for d in found])
    streams = [frozenset(s.stream for s in d.said) for d in found]
    everyone = max((len(s) for s in streams), default=0)
    area = np.maximum((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), 1e-9)
    order = np.argsort(boxes[:, 1], kind="stable")
    tops = boxes[order, 1]
    tallest = float((boxes[:, 3] - boxes[:, 1]).max())
    gone = [False] * len(found)
    for n in range(len(found)):
        if gone[n] or len(streams[n]) >= everyone:
            continue
        lo, hi = np.searchsorted(tops, (boxes[n, 1] - tallest, boxes[n, 3]))
        near = order[lo:hi]
        wide = np.minimum(boxes[near, 2], boxes[n, 2]) - np.maximum(boxes[near, 0], boxes[n, 0])
        high = np.minimum(boxes[near, 3], boxes[n, 3]) - np.maximum(boxes[near, 1], boxes[n, 1])
        shared = np.maximum(wide, 0) * np.maximum(high, 0)
        ratio = shared / np.minimum(area[near], area[n])
        for m in near[np.argsort(-ratio, kind="stable")].tolist():
            at = int(np.flatnonzero(near == m)[0])
            if ratio[at] < 0.6:
                break
            if m == n or gone[m] or streams[n] & streams[m]:
                continue
            if min(area[n], area[m]) < 0.25 * max(area[n], area[m]):
                continue
            found[m].said.extend(found[n].said)
            found[m].columns.extend(found[n].columns)
            streams[m] |= streams[n]
            gone[n] = True
            break
    return [d for n, d in enumerate(found) if not gone[n]]
