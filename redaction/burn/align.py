"""An invisible layer that stands beside the ink it names: found by trying, and moved back.

Some scanning programs write their text layer a line too high or too low. Then the words under a box are not
the words that the box covers, and the secret stays behind in the layer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from redaction.burn.seen import Char, SeenWord

FARTHEST = 60.0
"""Points that a layer is looked for up and down; half of it to the sides."""
BETTER = 1.08
"""A place must hold this much more ink than the layer's own to be believed."""


def align(words: Sequence[SeenWord], pixels: NDArray[np.uint8], scale: float) -> tuple[float, float]:
    """Moves the words to where their boxes hold the most ink; returns the move in points.

    `pixels`: the page in grey at `scale` px a point. A layer that lies well, or nowhere better, stays.
    """
    shift = _shift([w.ink for w in words], pixels, scale)
    if shift != (0.0, 0.0):
        move(words, *shift)
    return shift


def move(words: Sequence[SeenWord], dx: float, dy: float) -> None:
    """Moves words, in points of the displayed page."""
    if dx == 0 and dy == 0:
        return
    for word in words:
        word.chars[:] = [
            Char(c.text, c.x + dx, c.y + dy, (c.box[0] + dx, c.box[1] + dy, c.box[2] + dx, c.box[3] + dy))
            for c in word.chars
        ]
        word.forget_ink()


def _shift(
    inks: Sequence[tuple[float, float, float, float]], pixels: NDArray[np.uint8], scale: float
) -> tuple[float, float]:
    ground = float(np.median(pixels))
    dark = pixels < ground - 50
    if len(inks) < 2 or not dark.any():
        return 0.0, 0.0
    height, width = dark.shape
    total = np.zeros((height + 1, width + 1), np.int64)
    np.cumsum(np.cumsum(dark, axis=0, dtype=np.int64), axis=1, out=total[1:, 1:])
    boxes = np.array(inks) * scale

    def held(dx: float, dy: float) -> float:
        x0 = np.clip(np.rint(boxes[:, 0] + dx * scale), 0, width).astype(np.int32)
        x1 = np.clip(np.rint(boxes[:, 2] + dx * scale), 0, width).astype(np.int32)
        y0 = np.clip(np.rint(boxes[:, 1] + dy * scale), 0, height).astype(np.int32)
        y1 = np.clip(np.rint(boxes[:, 3] + dy * scale), 0, height).astype(np.int32)
        return float((total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0]).sum())

    steps = np.arange(-FARTHEST, FARTHEST + 0.5, 1.5)
    best_y = max(steps, key=lambda dy: (held(0.0, dy), -abs(dy)))
    best_x = max(steps[np.abs(steps) <= FARTHEST / 2], key=lambda dx: (held(dx, best_y), -abs(dx)))
    best_y = max(steps, key=lambda dy: (held(best_x, dy), -abs(dy)))
    if held(best_x, best_y) < BETTER * held(0.0, 0.0) + 20 or max(abs(best_x), abs(best_y)) < 4:
        return 0.0, 0.0
    return float(best_x), float(best_y)
