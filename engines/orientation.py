"""Which way up a page is, in quarter turns; never a turn unless the evidence is clear.

The detector's lines tell whether text runs along or across the page, the recogniser's confidence on a few
of them tells up from down: upside-down text reads with far less of it. Where RapidOCR will read the page
anyway its lines are found here and handed on, so that the question costs next to nothing. Where only
Tesseract will, its own orientation detection is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from model.words import unspaced

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

SAMPLE: Final = 4
"""Lines that are read: the longest ones."""
SAMPLE_ASPECT: Final = 8.0
"""Length over height of the part of them that is read."""
UPRIGHT: Final = 0.85
"""Mean confidence that upside-down text does not reach (0.76 was the most on 80 pages)."""
READABLE: Final = 0.62
"""Mean confidence that the better direction must reach for a turn."""
MARGIN: Final = 0.12
"""And by how much it must be better; on 80 upright pages the wrong one was never more than 0.08 ahead."""
OSD_SURE: Final = 4.0
"""Orientation confidence of Tesseract for a turn."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Quarter turns, counter-clockwise, that bring the page upright, and the evidence."""

    quarters: int
    score: float
    """Confidence of the chosen direction (0..1; Tesseract's own measure where that was asked)."""
    note: str


def by_lines(image: Pixels, shared: dict[str, Any], *, japanese: bool) -> Turn:
    """By detected lines of an RGB image; keeps image and lines in `shared` for the engine.

    `japanese`: text runs from top to bottom, so lines across the page are no reason to turn it.
    """
    import cv2
    import numpy as np

    from engines import lines, rapidocr

    bgr = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), np.uint8)
    quads = lines.reader().detect(bgr)
    shared[rapidocr.FOUND] = (bgr, quads)
    if len(quads) < 2:
        return Turn(0, 0.0, "too few lines")
    sizes = np.array([(np.linalg.norm(q[0] - q[1]), np.linalg.norm(q[0] - q[3])) for q in quads])
    along = sizes[:, 0] > 1.5 * sizes[:, 1]
    across = sizes[:, 1] > 1.5 * sizes[:, 0]
    # by the length of text in each direction: many small marks must not outvote the lines
    lying = bool(sizes[across, 1].sum() > 2 * sizes[along, 0].sum())
    chosen = np.flatnonzero(across if lying else along)
    longest = chosen[np.argsort(-sizes[chosen].max(axis=1))][:SAMPLE]
    if len(longest) < 2:
        return Turn(0, 0.0, "too few lines")
    crops = [_sample(bgr, quads[i], lying) for i in longest]
    # a line that lies on its side is read with its top edge, then with its bottom edge, to the left
    first, text = _confidence(crops)
    if not lying and first >= UPRIGHT:
        return Turn(0, first, "upright")
    second, other = _confidence([np.ascontiguousarray(c[::-1, ::-1]) for c in crops])
    if lying:
        # the recogniser reads Japanese from top to bottom as well as a page on its side
        ideographs = 2 * sum(map(unspaced, text + other)) > len(text + other)
        return _lying(first, second, japanese or ideographs)
    if second >= READABLE and second - first >= MARGIN:
        return Turn(2, second, f"upside down {second:.2f}, upright {first:.2f}")
    return Turn(0, first, f"upright {first:.2f}, upside down {second:.2f}")


def _lying(first: float, second: float, japanese: bool) -> Turn:
    """Lines run across the page: vertical writing, or a page on its side."""
    best = max(first, second)
    note = f"lines across; turned left {first:.2f}, turned right {second:.2f}"
    if japanese or best < READABLE or abs(first - second) < MARGIN:
        return Turn(0, best, note)
    return Turn(1 if first > second else 3, best, note)


def _sample(bgr: Pixels, quad: NDArray[np.float32], lying: bool) -> Pixels:
    import numpy as np

    from engines.lines import cut_out

    crop = cut_out(bgr, quad)
    if lying:
        crop = np.ascontiguousarray(np.rot90(crop))
    return np.ascontiguousarray(crop[:, : max(1, int(SAMPLE_ASPECT * crop.shape[0]))])


def _confidence(crops: list[Pixels]) -> tuple[float, str]:
    """Mean confidence without the worst line, since one odd line decides nothing, and what was read."""
    from engines.lines import reader, score

    read = [reader().read(crop) for crop in crops]
    scores = sorted(map(score, read))
    better = scores[1:] if len(scores) > 3 else scores
    return sum(better) / len(better), "".join(c.text for chars in read for c in chars)


def by_tesseract(grey: Pixels, dpi: float) -> Turn:
    """By Tesseract's orientation detection on a grey page image."""
    from engines import tesseract

    found = tesseract.orientation(grey, dpi)
    if found is None:
        return Turn(0, 0.0, "not to be told")
    degrees, confidence = found
    quarters = degrees // 90 if confidence >= OSD_SURE else 0
    return Turn(quarters % 4, confidence, f"Tesseract: text turned by {degrees} degrees")
