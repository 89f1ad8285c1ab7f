"""Signatures: large connected strokes that loop, larger than the page's words and no part of its lines.

A stroke of a pen that stands out by its height, is as long as several letters but no rule, frame or curve
drawn around a text (those have little ink for their extent), with whatever belongs to it beside. On a page
that is written by hand all words look like that, so there it has to be much larger than they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from model.geometry import Box
from redaction.proposals.common import Bits, Piece, Proposal, Sheet, best_first, overlap, place, share

WIDEST: Final = 0.5
"""Of the page's width; what is wider is a rule or a drawing."""
HIGHEST: Final = 0.17
"""Of the page's longer side: 50 mm on A4."""


HAND: Final = 0.27
"""Share of ink within the words' boxes: below it they are written by hand; type has 0.3 to 0.5."""
MOST: Final = 2
"""On a page written by hand more than so many mean that the hand is a large and looping one."""


@dataclass(frozen=True, slots=True)
class Least:
    """What a signature has at least, in the terms of Marks."""

    tall: float
    wide: float
    winding: float
    largest: float
    after: float


TYPED: Final = Least(tall=1.9, wide=3.0, winding=1.2, largest=0.5, after=0.35)
WRITTEN: Final = Least(tall=2.3, wide=3.5, winding=1.4, largest=0.5, after=0.8)


@dataclass(frozen=True, slots=True)
class Marks:
    """What is known about a group of strokes."""

    box: Box
    tall: float
    """Height in heights of the page's words."""
    wide: float
    density: float
    winding: float
    """Length of the strokes over half of the box's outline: 1 for a plain curve, more for loops."""
    largest: float
    """Share of the ink that is in the largest connected stroke."""
    read: float
    """Share of its area that lies under words no higher than the page's usual ones."""
    after: float
    """Share of the page's words that stand above it: a signature comes after what it signs."""


def find(sheet: Sheet) -> list[Proposal]:
    """Signatures on the page, boxes in pixels of its image."""
    written = by_hand(sheet)
    scored = [(judged(marks, written), marks) for marks in groups(sheet)]
    found = _together(sheet, [(score, marks) for score, marks in scored if score > 0])
    return [] if written and len(found) > MOST else found


def _together(sheet: Sheet, scored: list[tuple[float, Marks]]) -> list[Proposal]:
    """Parts of one signature that no stroke connects, first name and last name, as one."""
    left = sorted(scored, key=lambda item: -item[1].box.area)
    found = []
    while left:
        score, marks = left.pop(0)
        box = marks.box
        for other in list(left):
            joined = box.union(other[1].box)
            near = box.expanded(0.6 * sheet.tall, 0.2 * sheet.tall).intersection(other[1].box) is not None
            if near and joined.width <= WIDEST * sheet.width and joined.height <= 1.8 * box.height:
                box, score = joined, max(score, other[0])
                left.remove(other)
        why = (
            f"strokes {box.height / sheet.tall:.1f} times as high as the page's words, "
            f"{100 * marks.largest:.0f} % of the ink connected, below {100 * marks.after:.0f} % of the words"
        )
        found.append(Proposal("SIGNATURE", sheet.outside(box.expanded(3)), score, "form:strokes", why))
    return best_first(found)


def by_hand(sheet: Sheet) -> bool:
    """Whether the page's words are written by hand: a pen leaves more paper within a word than type does."""
    shares = [s for w in sheet.words if w.width > 1.2 * w.height and (s := _inked(sheet, w)) > 0]
    return len(shares) >= 5 and float(np.median(np.array(shares))) < HAND


def _inked(sheet: Sheet, word: Box) -> float:
    """Share of ink in the part of a word's box that its ink fills: text layers' boxes hold room above."""
    part = sheet.ink[place(word, sheet.ink.shape)]
    rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    if not len(rows):
        return 0.0
    return float(part[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].mean())


def groups(sheet: Sheet) -> list[Marks]:
    """Large strokes with what stands close beside them."""
    tall, longer = sheet.tall, max(sheet.width, sheet.height)
    seeds = [
        p
        for p in sheet.pieces
        if p.h >= 1.25 * tall and 1.8 * tall <= p.w <= WIDEST * sheet.width and p.h <= HIGHEST * longer
        and p.density < 0.5 and p.w < 12 * p.h and p.h < 2.5 * p.w and not _at_the_edge(sheet, p)
    ]  # fmt: skip
    usual = _under_usual_words(sheet)
    near = [p for p in sheet.pieces if p.dots >= 0.02 * tall * tall and p.h <= HIGHEST * longer]
    boxes: list[Box] = []
    for seed in sorted(seeds, key=lambda p: -p.dots):
        box = _box(seed)
        if any(overlap(box, other) > 0.6 for other in boxes):
            continue
        for _ in range(2):  # what is joined leads to more
            box = _with_neighbours(box, near, usual, sheet)
        boxes.append(box)
    return [_marks(sheet, box, usual) for box in boxes]


def _with_neighbours(box: Box, near: list[Piece], usual: Bits, sheet: Sheet) -> Box:
    """The box with the pieces beside it that no ordinary word holds."""
    tall = sheet.tall
    reach = box.expanded(0.9 * tall, 0.3 * tall)
    for p in near:
        own = _box(p)
        if reach.intersection(own) is None or share(usual, own) >= 0.5 or p.w > WIDEST * sheet.width:
            continue
        joined = box.union(own)
        wide = max(1.6 * box.width, box.width + 4 * tall)
        if joined.height <= 1.5 * box.height and joined.width <= wide:
            box = joined
    return box


def _box(p: Piece) -> Box:
    return Box(p.x, p.y, p.x + p.w, p.y + p.h)


def _at_the_edge(sheet: Sheet, p: Piece) -> bool:
    edge = 0.006 * max(sheet.width, sheet.height)
    return bool(min(p.x, p.y, sheet.width - p.x - p.w, sheet.height - p.y - p.h) < edge)


def _under_usual_words(sheet: Sheet) -> Bits:
    """1 under words of the usual height; an engine reads a signature as one word of an unusual one."""
    mask = np.zeros((sheet.height, sheet.width), np.uint8)
    for word in sheet.words:
        if word.height <= 1.6 * sheet.tall:
            mask[place(word, mask.shape)] = 1
    return mask


def _marks(sheet: Sheet, box: Box, usual: Bits) -> Marks:
    at = place(box, sheet.ink.shape)
    own = sheet.strokes[at]
    dots = max(float(own.sum()), 1.0)
    sizes = np.bincount(sheet.labels[at][own > 0])
    runs = float(
        (np.diff(own.astype(np.int8), axis=1) == 1).sum() + (np.diff(own.astype(np.int8), axis=0) == 1).sum()
    )
    stroke = max(1.5 * dots / max(runs, 1.0), 1.0)
    return Marks(
        box=box,
        tall=box.height / sheet.tall,
        wide=box.width / sheet.tall,
        density=dots / max(box.area, 1.0),
        winding=dots / stroke / max(box.width + box.height, 1.0),
        largest=float(sizes[1:].max(initial=0)) / dots,
        read=share(usual, box),
        after=_after(sheet, box),
    )


def _after(sheet: Sheet, box: Box) -> float:
    if len(sheet.words) < 8:
        return 1.0
    above = sum(w.centre[1] < box.centre[1] for w in sheet.words)
    return above / len(sheet.words)


def judged(m: Marks, written: bool) -> float:
    """Score of a group of strokes; 0 says that it is no signature. `written`: on a page written by hand."""
    least = WRITTEN if written else TYPED
    # Ink in several pieces has to wind more: letters of a stamp touch each other too.
    winding = least.winding + max(0.0, 0.8 * (0.9 - m.largest))
    if (
        m.tall < least.tall or m.wide < least.wide or m.winding < winding or m.largest < least.largest
        or m.after < least.after or m.read > 0.2 or not 0.05 <= m.density <= 0.4
    ):  # fmt: skip
        return 0.0
    more = min((m.tall / least.tall - 1) / 2, 1.0) + min(m.winding / least.winding - 1, 1.0)
    return round((0.45 if written else 0.55) + 0.15 * more, 2)
