"""Shadows and faint ink: measured on a small copy, evened out only where they are strong.

The light on the page is what remains of a small copy when the ink is closed away; dividing by it removes
a shadow. Contrast is stretched where ink and paper lie close together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

SHADOW: Final = 0.72
"""Light in the darkest twentieth of the page over that in the brightest: below this, there is a shadow."""
PITCH_BLACK: Final = 0.25
"""Below this it is no shadow but a dark thing, and dividing by it would only make noise."""
FAINT: Final = 60.0
"""Grey levels between ink and paper under which the contrast is stretched."""

NOISE: Final = 8.0
"""Grey levels that paper alone varies by."""


@dataclass(frozen=True, slots=True)
class Light:
    """The light on a page: a small map of it, and how uneven it is (1 = even)."""

    background: Pixels
    evenness: float

    @property
    def shadowed(self) -> bool:
        return PITCH_BLACK <= self.evenness < SHADOW


def light(grey: Pixels) -> Light:
    """The light on a small grey copy of a page (long side about 500 px)."""
    import cv2
    import numpy as np

    size = max(3, max(grey.shape) // 25) | 1
    closed = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8))
    background = np.asarray(cv2.GaussianBlur(closed, (0, 0), size / 2), np.uint8)
    low, high = np.percentile(background, (5, 95))
    return Light(background, float(low / max(high, 1.0)))


def without_shadow(image: Pixels, found: Light) -> Pixels:
    """The image (H x W x 3) as under even light."""
    import cv2
    import numpy as np

    height, width = image.shape[:2]
    full = cv2.resize(found.background, (width, height), interpolation=cv2.INTER_LINEAR)
    bright = float(np.percentile(found.background, 95))
    return np.asarray(cv2.divide(image, cv2.merge([full, full, full]), scale=bright), np.uint8)


def ink_and_paper(grey: Pixels, background: Pixels) -> tuple[float, float]:
    """Grey levels of the ink and of the paper of a small copy; equal where there is no ink."""
    import cv2
    import numpy as np

    size = (grey.shape[1], grey.shape[0])
    depth = cv2.subtract(cv2.resize(background, size, interpolation=cv2.INTER_LINEAR), grey)
    paper = float(np.median(background))
    threshold, _ = cv2.threshold(depth, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    inked = depth[depth > threshold]
    if threshold < NOISE or inked.size < 0.0005 * depth.size:
        return paper, paper
    return paper - float(np.median(inked)), paper


def stretched(image: Pixels, ink: float, paper: float) -> Pixels:
    """The image with the ink's level drawn down to 60 and the paper's up to 240."""
    import cv2
    import numpy as np

    levels = np.arange(256, dtype=np.float32)
    table = np.clip(60 + (levels - ink) * (180 / max(paper - ink, 1.0)), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(image, table), np.uint8)
