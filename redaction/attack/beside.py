"""A text layer that stands beside the writing it names: by how much, seen from the picture.

Some scanning programs write their layer a line too high or too low; what stands under a box in such a layer
is not what the box covers. Found by correlating the layer's word boxes with the page's ink (the phase is
left out: the peak of the plain correlation is the place where the boxes hold the most ink).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from redaction.attack.sheet import INVISIBLE, Sheet

FARTHEST = (30.0, 60.0)
"""Points that a layer is looked for, across and down."""
BETTER = 1.08
"""Times the ink of the layer's own place that another place must hold."""
LEAST = 4.0
"""Points; less is no other line's writing."""
DARK = 50
"""Grey levels below the page's ground that are ink."""


def layer_shift(sheet: Sheet) -> tuple[float, float]:
    """How far the page's invisible layer has to be moved to lie on its ink; (0, 0) where it lies well.

    Only for pages whose text is all invisible, over an image.
    """
    if len(sheet.words) < 2 or not sheet.draws_images:
        return 0.0, 0.0
    kinds = sheet.chars.kind[[not c.isspace() for c in sheet.chars.text]]
    if not len(kinds) or (kinds != INVISIBLE).any():
        return 0.0, 0.0
    ink = (sheet.grey < float(np.median(sheet.grey)) - DARK).astype(np.float32)
    if not ink.any():
        return 0.0, 0.0
    held = _correlation(ink, _mask(sheet))
    across, down = (max(int(reach * sheet.scale), 1) for reach in FARTHEST)
    near = np.roll(held, (down, across), axis=(0, 1))[: 2 * down + 1, : 2 * across + 1]
    y, x = np.unravel_index(int(near.argmax()), near.shape)
    dy, dx = float(y - down) / sheet.scale, float(x - across) / sheet.scale
    if near[y, x] < BETTER * near[down, across] + 20 or max(abs(dx), abs(dy)) < LEAST:
        return 0.0, 0.0
    return dx, dy


def move_layer(sheet: Sheet, dx: float, dy: float) -> None:
    """Moves the sheet's words and characters, in displayed points."""
    by = np.array([dx, dy, dx, dy])
    sheet.boxes = sheet.boxes + by
    chars = sheet.chars
    object.__setattr__(chars, "boxes", chars.boxes + by)
    object.__setattr__(chars, "cores", chars.cores + by)


def _mask(sheet: Sheet) -> NDArray[np.float32]:
    """How many word boxes lie on each pixel."""
    mask = np.zeros(sheet.grey.shape, dtype=np.float32)
    height, width = sheet.pixels.shape[:2]
    for x0, y0, x1, y1 in np.clip(
        np.rint(sheet.boxes * sheet.scale), 0, (width, height, width, height)
    ).astype(int):
        mask[y0:y1, x0:x1] += 1
    return mask


def _correlation(ink: NDArray[np.float32], mask: NDArray[np.float32]) -> NDArray[np.float64]:
    """Ink under the boxes for every move of them, wrapped round: result[dy, dx]."""
    shape = [2 * n for n in ink.shape]  # twice the size: nothing comes in again on the other side
    product = np.fft.rfft2(ink, shape) * np.conj(np.fft.rfft2(mask, shape))
    return np.asarray(np.fft.irfft2(product, shape), dtype=np.float64)
