"""Ink that sticks out of a box: strokes of what was boxed go as a whole, those of its neighbours stay.

A box is upright and mostly a little tight or a little off; writing slants, and the lines' strokes reach
into each other. So each connected piece of ink that lies for a good part under a box belongs to what is
destroyed: what of it sticks out, within reach, gets the colour of the paper. A piece that lies mostly beside
the box is a neighbour's, or a rule, and keeps what is outside. Where strokes of two words run into one piece,
the box cuts it: a part left beside the box that reaches hardly beyond it is the end of what was boxed and
goes; one that goes on is the neighbour's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from redaction.burn.raster import PixelBox

REACH: Final = (10.0, 4.0)
"""Points beyond a box, across and down, within which its ink is looked for; more is another word."""
OWN: Final = 0.4
"""Part of a piece of ink from which on it belongs to the box."""
STUMP: Final = (3, 0.15, 2.0)
"""How far the end of a cut stroke reaches beyond its box at most: pixels, or, where that is more, a part of
the box's smaller side, which is no more than so many points. What is left of a letter there can't be read."""
DARKER: Final = 40
"""Grey levels below the paper that are ink."""
FRINGE: Final = 1
"""Pixels around a stroke that are half ink."""


def tidy(image: Image.Image, boxes: Sequence[PixelBox], scale: float) -> None:
    """Clears what sticks out of the boxes in a 1, L or RGB image, in place, before they are painted.

    `scale`: pixels a point. Paper darker than its ink is left alone.
    """
    if not boxes:
        return
    reach = max(round(REACH[0] * scale), 3), max(round(REACH[1] * scale), 3)
    under = _mask(image, boxes)
    for box in boxes:
        frame = _grown(box, 2 * reach[0], 4 * reach[1], image)
        if frame[2] - frame[0] >= 3 and frame[3] - frame[1] >= 3:
            side = min(box[2] - box[0], box[3] - box[1])
            stump = max(STUMP[0], round(min(STUMP[1] * side, STUMP[2] * scale)))
            _clear(image, frame, _grown(box, *reach, image), under, stump)


def _grown(box: PixelBox, across: int, down: int, image: Image.Image) -> PixelBox:
    return (
        max(box[0] - across, 0),
        max(box[1] - down, 0),
        min(box[2] + across, image.width),
        min(box[3] + down, image.height),
    )


def _mask(image: Image.Image, boxes: Sequence[PixelBox]) -> NDArray[np.bool_]:
    mask = np.zeros((image.height, image.width), dtype=bool)
    for x0, y0, x1, y1 in boxes:
        mask[y0:y1, x0:x1] = True
    return mask


def _clear(
    image: Image.Image, frame: PixelBox, reach: PixelBox, under: NDArray[np.bool_], stump: int
) -> None:  # fmt: skip
    """`frame`: where ink is followed; `reach`: where it may be cleared; `stump`: pixels."""
    import cv2

    part = image.crop(frame)
    grey = np.asarray(part.convert("L"))
    paper = int(np.percentile(grey, 80))
    if paper < 100:
        return
    covered = under[frame[1] : frame[3], frame[0] : frame[2]]
    ink = (grey < paper - DARKER).astype(np.uint8)
    count, pieces = cv2.connectedComponents(ink, connectivity=8)
    total = np.bincount(pieces.ravel(), minlength=count)
    inside = np.bincount(pieces[covered], minlength=count)
    edge = np.zeros(count, dtype=bool)  # what goes on beyond the frame is longer than a word's stroke
    for border in (pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]):
        edge[np.unique(border)] = True
    own = (inside >= OWN * total) & (inside > 0) & ~edge
    own[0] = False
    near = np.zeros(ink.shape, dtype=bool)
    near[reach[1] - frame[1] : reach[3] - frame[1], reach[0] - frame[0] : reach[2] - frame[0]] = True
    away = _ends(ink, own[pieces], covered, near, stump)
    if not away.any():
        return
    others = ((ink > 0) & ~away).astype(np.uint8)
    grown = cv2.dilate(away.astype(np.uint8), np.ones((2 * FRINGE + 1, 2 * FRINGE + 1), np.uint8)) > 0
    grown &= ~covered & (others == 0)
    grown &= near
    pixels = np.array(part)
    clean = pixels[(ink == 0) & ~covered]
    ground = np.median(clean, axis=0) if len(clean) else np.array(255)
    pixels[grown] = True if image.mode == "1" else ground.astype(pixels.dtype)
    image.paste(Image.fromarray(pixels), frame[:2])


def _ends(
    ink: NDArray[np.uint8], own: NDArray[np.bool_], covered: NDArray[np.bool_], near: NDArray[np.bool_],
    stump: int,
) -> NDArray[np.bool_]:  # fmt: skip
    """Ink beside the boxes that ends what is under them.

    `own`: pieces that belong to the boxes. What the boxes leave of one goes where it ends within reach
    (`near`); what goes on beyond is joined to a neighbour, and goes as far as a stump. What is left of other
    pieces goes where all of it is a stump.
    """
    import cv2

    left = ((ink > 0) & ~covered).astype(np.uint8)
    count, parts = cv2.connectedComponents(left, connectivity=8)
    beyond = cv2.distanceTransform((~covered).astype(np.uint8), cv2.DIST_C, 3)
    inked = cv2.dilate(((ink > 0) & covered).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0

    def some(pixels: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which parts have any of these pixels."""
        return np.asarray(np.bincount(parts[pixels & (left > 0)], minlength=count) > 0)

    cut, far, goes_on, owned = some(inked), some(beyond > stump), some(~near), some(own)
    whole = (owned & ~goes_on) | (cut & ~far)
    whole[0] = owned[0] = False
    return np.asarray(whole[parts] | (owned & goes_on)[parts] & (beyond <= stump))
