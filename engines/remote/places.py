"""Boxes as models give them -> quads in pixels of the sent image; placed lines -> words.

A model's coordinate system is part of its profile, and getting it wrong misplaces a redaction: `fits` says
whether what came back can be in that system at all, `on_ink` whether it lies on the page's writing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from model.geometry import Box, Quad
from model.words import Word, unspaced

if TYPE_CHECKING:
    from engines.base import Pixels

System = Literal["pixels", "thousand", "999", "1024", "unit"]
"""pixels of the sent image; 0..1000, 0..999, 0..1024 or 0..1 across and down."""
Order = Literal["xyxy", "yxyx", "xywh"]
SPAN: Final = {"thousand": 1000.0, "999": 999.0, "1024": 1024.0, "unit": 1.0}
BEYOND: Final = 1.02
"""How far beyond the edge a corner may be and still be a slip."""
DISTANCE: Final = 0.3
"""What a gap's distance from the expected place counts, beside its width (both in lengths of the line)."""
STRAY: Final = 0.1
"""Share of boxes outside the page from which the coordinate system, not a box, is wrong."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, line or block as a model placed it: pixels of the sent image."""

    text: str
    box: Box
    confidence: float | None = None


def place(
    numbers: Sequence[float], width: int, height: int, system: System, order: Order = "xyxy"
) -> Box | None:
    """A model's four numbers as a box in pixels of the sent image; None where they are no box."""
    try:
        a, b, c, d = (float(v) for v in numbers)
    except (TypeError, ValueError):
        return None
    if not all(map(math.isfinite, (a, b, c, d))):
        return None
    if order == "yxyx":
        a, b, c, d = b, a, d, c
    elif order == "xywh":
        c, d = a + c, b + d
    sx = sy = 1.0
    if system != "pixels":
        sx, sy = width / SPAN[system], height / SPAN[system]
    if c < a or d < b:
        return None
    return Box(a * sx, b * sy, max(c * sx, a * sx + 1), max(d * sy, b * sy + 1))


def outside(box: Box, width: float, height: float) -> bool:
    """Whether a box reaches beyond the page further than a slip would."""
    slack_x, slack_y = (BEYOND - 1) * width, (BEYOND - 1) * height
    return box.x0 < -slack_x or box.y0 < -slack_y or box.x1 > width + slack_x or box.y1 > height + slack_y


def fits(boxes: Sequence[Box], width: float, height: float) -> bool:
    """Whether boxes can be in this image's pixels: hardly any reaches beyond its edges."""
    strays = sum(outside(b, width, height) for b in boxes)
    return strays <= STRAY * len(boxes)


def on_ink(boxes: Sequence[Box], array: Pixels) -> float | None:
    """How much darker boxes are inside than the page as a whole, in its own measure; None for a blank page.

    The share of the page's ink that lies inside the boxes over the share of the page that they cover: about
    1 for boxes laid down blindly, far above for boxes on words. Boxes are in pixels of `array`.
    """
    import cv2
    import numpy as np

    grey = cv2.cvtColor(array, cv2.COLOR_RGB2GRAY)
    ink = grey < int(np.median(grey)) - 48
    total = int(ink.sum())
    if total < 50 or not boxes:
        return None
    inside = np.zeros(ink.shape, bool)
    height, width = ink.shape
    for box in boxes:
        b = box.clipped(width, height)
        inside[int(b.y0) : math.ceil(b.y1), int(b.x0) : math.ceil(b.x1)] = True
    covered = float(inside.mean())
    return None if covered == 0 else float(ink[inside].sum()) / total / covered


def words_of(pieces: Sequence[Piece], array: Pixels) -> tuple[Word, ...]:
    """The words of placed words or lines, in pixels of `array`, which is the image they were placed on.

    A line is cut in the gaps of its ink that fit its words best; where it shows too few, by its letters. A
    column of vertical writing stays whole.
    """
    from engines import lines

    found: list[Word] = []
    for number, piece in enumerate(pieces):
        texts = piece.text.split()
        box = piece.box
        if len(texts) < 2 or box.height > 2 * box.width:
            found += [Word(" ".join(texts), Quad.from_box(box), piece.confidence, number)] if texts else []
            continue
        b = box.clipped(array.shape[1], array.shape[0])
        crop = array[int(b.y0) : math.ceil(b.y1), int(b.x0) : math.ceil(b.x1)]
        empty = lines.gaps(crop[:, :, ::-1].copy()) if crop.shape[0] > 1 and crop.shape[1] > 1 else ()
        for text, (start, end) in zip(texts, cut(texts, empty), strict=True):
            part = Box(box.x0 + start * box.width, box.y0, box.x0 + end * box.width, box.y1)
            found.append(Word(text, Quad.from_box(part), piece.confidence, number))
    return tuple(found)


def upended(words: Sequence[Word]) -> tuple[Word, ...]:
    """Words of a page of vertical writing, marked as such where most longer ones are taller than wide."""
    longer = [w.box for w in words if len(w.text) > 1 and unspaced(w.text[0])]
    if 2 * sum(b.height > 1.2 * b.width for b in longer) <= len(longer):
        return tuple(words)
    return tuple(replace(w, vertical=True) if unspaced(w.text[0]) else w for w in words)


def cut(texts: Sequence[str], empty: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """[start, end) of each word along a line, as fractions, given the line's gaps in the ink.

    Every order-keeping choice of one gap a space is weighed: a gap's width speaks for it, the distance from
    where the words' letters put the space against it. (Dynamic programming over words x gaps.)
    """
    letters = [0]
    for text in texts:
        letters.append(letters[-1] + len(text) + 1)
    whole = letters[-1] - 1
    wanted = [(n - 0.5) / whole for n in letters[1:-1]]
    inner = [(a, b) for a, b in empty if a > 0 and b < 1]
    start = next((b for a, b in empty if a == 0), 0.0)
    end = next((a for a, b in empty if b == 1), 1.0)
    if start >= end:
        start, end = 0.0, 1.0
    wanted = [start + w * (end - start) for w in wanted]
    gaps = [(w, w) for w in wanted] if len(inner) < len(wanted) else _best(wanted, inner)
    starts = [0.0, *(b for _, b in gaps)]  # its ends are the line's: a serif's foot is no ink to lines.gaps
    ends = [*(a for a, _ in gaps), 1.0]
    return [(min(a, b), max(a, b)) for a, b in zip(starts, ends, strict=True)]


def _best(wanted: Sequence[float], gaps: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """One gap for each wanted place, in order, with the greatest sum of width less distance."""
    nothing = -math.inf
    best = [0.0] * (len(gaps) + 1)  # over the first j gaps, for the words so far
    taken: list[list[bool]] = []
    for n, place_ in enumerate(wanted):
        row, chosen = [nothing] * (len(gaps) + 1), [False] * (len(gaps) + 1)
        for j in range(n + 1, len(gaps) + 1):
            a, b = gaps[j - 1]
            with_it = best[j - 1] + (b - a) - DISTANCE * abs((a + b) / 2 - place_)
            row[j], chosen[j] = max((row[j - 1], False), (with_it, True))
        best = row
        taken.append(chosen)
    found: list[tuple[float, float]] = []
    j = len(gaps)
    for chosen in reversed(taken):
        while not chosen[j]:
            j -= 1
        found.append(gaps[j - 1])
        j -= 1
    return found[::-1]
