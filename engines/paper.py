"""The sheet on a photograph: finds the four corners of bright paper on a dark ground, or nothing.

Sure or not at all: whatever is cut off here would not be read, so a doubtful outline changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from model.geometry import Point, Quad

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SMALLEST: Final = 0.15
LARGEST: Final = 0.95
"""Share of the photograph that a sheet may take; more is a scan with a rim, and is left alone."""
FIT: Final = 0.95
"""Overlap (IoU) of the bright region with its four-cornered outline."""
CONTRAST: Final = 50.0
"""Grey levels between the sheet and what lies around it."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """An outline in pixels of the copy that was measured; None where there is no sure one."""

    corners: Quad | None
    fit: float
    note: str = ""


def find(grey: NDArray[np.uint8]) -> Sheet:
    """The sheet on a small grey copy (long side about 500 px) of a page image."""
    import cv2
    import numpy as np

    smooth = cv2.GaussianBlur(grey, (0, 0), 2)
    threshold, bright = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    bright = cv2.morphologyEx(bright, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    outlines, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not outlines:
        return Sheet(None, 0.0, "nothing bright")
    outline = np.asarray(max(outlines, key=cv2.contourArea), np.int32)
    share = float(cv2.contourArea(outline)) / grey.size
    if not SMALLEST <= share <= LARGEST:
        return Sheet(None, 0.0, f"the bright region takes {share:.0%} of the image")
    corners = _corners(outline)
    if corners is None:
        return Sheet(None, 0.0, "no four corners")
    return _judged(grey, outline, corners, float(threshold))


def _corners(outline: NDArray[np.int32]) -> NDArray[np.float32] | None:
    """The four corners of a convex outline, clockwise from the top left; lines fitted to its sides."""
    import cv2
    import numpy as np

    hull = cv2.convexHull(outline)
    length = cv2.arcLength(hull, True)
    rough = None
    for tolerance in (0.02, 0.03, 0.04, 0.06):
        rough = cv2.approxPolyDP(hull, tolerance * length, True)
        if len(rough) == 4:
            break
    if rough is None or len(rough) != 4:
        return None
    points = rough.reshape(4, 2).astype(np.float32)
    angles = np.arctan2(*(points - points.mean(axis=0)).T[::-1])
    points = points[np.argsort(angles)]
    return np.asarray(np.roll(points, -int(points.sum(axis=1).argmin()), axis=0), np.float32)


def _judged(
    grey: NDArray[np.uint8], outline: NDArray[np.int32], corners: NDArray[np.float32], threshold: float
) -> Sheet:
    """The outline as a sheet, if it fits, is no sliver, and lies on something clearly darker."""
    import cv2
    import numpy as np

    region, sheet = (np.zeros(grey.shape, np.uint8) for _ in range(2))
    cv2.fillPoly(region, [outline], 1)
    cv2.fillPoly(sheet, [np.round(corners).astype(np.int32)], 1)
    fit = float((region & sheet).sum() / max(int((region | sheet).sum()), 1))
    if fit < FIT:
        return Sheet(None, fit, "the bright region has another shape")
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    if min(sides[0], sides[2]) < 0.6 * max(sides[0], sides[2]) or min(sides[1], sides[3]) < 0.6 * max(
        sides[1], sides[3]
    ):
        return Sheet(None, fit, "too oblique")
    ground = cv2.erode(1 - sheet, np.ones((7, 7), np.uint8))
    if ground.sum() < 0.02 * grey.size:
        return Sheet(None, fit, "nothing around it")
    paper = float(np.median(grey[sheet > 0]))
    if paper - float(np.percentile(grey[ground > 0], 90)) < CONTRAST:
        return Sheet(None, fit, "too little contrast with what lies around")
    points: list[Point] = [(float(x) + 0.5, float(y) + 0.5) for x, y in corners]
    return Sheet(Quad.of(points), fit, f"threshold {threshold:.0f}")
