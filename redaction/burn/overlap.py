"""Which boxes meet a word, and whether a box destroys a letter. Points of the displayed page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model.geometry import Box
from redaction.burn.seen import SeenWord


def under(box: Sequence[float], boxes: Sequence[Sequence[float]], *, sideways: bool = False) -> bool:
    """Does any of the boxes destroy a letter with this ink?

    Yes where they share more than a tenth of the letter's width and, up and down, more than 0.29 of
    the smaller of the two heights: the letters of tightly set lines above and below stay. (redaction.verify
    looks at a letter without 0.3 of its height on either side, so this must be the stricter of the two.)
    `sideways`: its line runs up or down the page, so width and height change places.
    """
    if sideways:
        box, boxes = _turned(box), [_turned(b) for b in boxes]
    x0, y0, x1, y1 = box
    width, height = max(x1 - x0, 0.01), max(y1 - y0, 0.01)
    for a0, b0, a1, b1 in boxes:
        across = (x1 if x1 < a1 else a1) - (x0 if x0 > a0 else a0)
        if across <= 0.1 * min(width, a1 - a0):
            continue
        down = (y1 if y1 < b1 else b1) - (y0 if y0 > b0 else b0)
        if down > 0.29 * min(height, b1 - b0):
            return True
    return False


def _turned(box: Sequence[float]) -> tuple[float, float, float, float]:
    return box[1], box[0], box[3], box[2]


def meetings(
    words: Sequence[SeenWord], boxes: Sequence[Sequence[float]], by: float = 0.0
) -> list[list[Sequence[float]]]:
    """For each word the boxes that share area with its ink, grown `by` points; most words meet none."""
    if not boxes or not words:
        return [[] for _ in words]
    ink = np.array([w.ink for w in words], dtype=np.float64)
    area = np.array(boxes, dtype=np.float64)
    met = (area[None, :, 0] < ink[:, None, 2] + by) & (area[None, :, 2] > ink[:, None, 0] - by)
    met &= (area[None, :, 1] < ink[:, None, 3] + by) & (area[None, :, 3] > ink[:, None, 1] - by)
    found: list[list[Sequence[float]]] = [[] for _ in words]
    for index, box in np.argwhere(met).tolist():
        found[index].append(boxes[box])
    return found


def meeting(box: Sequence[float], boxes: Sequence[Sequence[float]]) -> list[Sequence[float]]:
    """The boxes that share area with this one."""
    return [b for b in boxes if b[0] < box[2] and b[2] > box[0] and b[1] < box[3] and b[3] > box[1]]


def corners(boxes: Sequence[Box]) -> list[tuple[float, float, float, float]]:
    """x0 y0 x1 y1 of each box, as the functions here take them."""
    return [(b.x0, b.y0, b.x1, b.y1) for b in boxes]
