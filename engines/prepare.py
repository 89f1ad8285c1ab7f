"""Page images made fit for engines: sheet cut out, deskewed, evened, turned upright, with the way back.

Every step measures on a small copy, does nothing unless it is sure, and is recorded; everything that moves
pixels ends in one Transform. The measuring is in engines.paper, skew, evenness and orientation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from model.geometry import Frame, Matrix, Transform, image_frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engines.base import Pixels

Turning = Literal["lines", "tesseract", "none"]

COPY_SIDE: Final = 1000
"""Long side of the copy on which skew is measured; half of it for sheet and light."""
SMALLEST_SKEW: Final = 0.3
"""Degrees below which straightening costs more than it brings."""
SHARP: Final = 4.5
"""How much an angle must stand out (skew.Skew.sharpness); on 40 real pages nothing wrong was above 4."""


@dataclass(frozen=True)
class Step:
    """One step of the preparation: what was measured, and whether anything was done about it."""

    name: str
    measured: float
    """Sheet: fit 0..1. Skew: degrees. Shadow: evenness 0..1. Contrast: grey levels. Turn: quarter turns."""
    applied: bool
    note: str = ""


@dataclass(frozen=True)
class Prepared:
    """The image that the engines see, and the map from its pixels to those of the page image."""

    image: Pixels
    transform: Transform
    steps: tuple[Step, ...]


def prepare(
    image: Pixels,
    dpi: float,
    *,
    languages: Sequence[str] = (),
    turn: Turning = "lines",
    shared: dict[str, Any] | None = None,
) -> Prepared:
    """Prepares a page image (uint8, H x W x 3, RGB).

    `turn` says how quarter turns are found; `shared` takes what engines can use again. An image that
    needs nothing comes back as it is, not copied.
    """
    import cv2
    import numpy as np

    cv2.setNumThreads(1)
    steps: list[Step] = []
    size = (image.shape[1], image.shape[0])
    grey = _copy(image)
    matrix = np.eye(3)
    matrix, size, grey = _sheet(grey, matrix, size, steps)
    matrix, size = _straight(grey, matrix, size, steps)
    prepared = image if np.array_equal(matrix, np.eye(3)) else _warped(image, matrix, size)
    prepared = _even(prepared, steps)
    prepared, matrix = _upright(prepared, matrix, dpi, languages, turn, shared, steps)
    height, width = prepared.shape[:2]
    frame = Frame("prepared", float(width), float(height))
    target = image_frame(image.shape[1], image.shape[0])
    return Prepared(prepared, Transform(frame, target, _matrix(matrix)), tuple(steps))


def as_it_is(image: Pixels) -> Prepared:
    """No preparation: for born-digital pages, which are straight, even and upright by nature."""
    height, width = image.shape[:2]
    frame = Frame("prepared", float(width), float(height))
    return Prepared(image, Transform(frame, image_frame(width, height)), ())


def _copy(image: Pixels) -> Pixels:
    """A small grey copy, never larger than the image."""
    import cv2
    import numpy as np

    ratio = min(1.0, COPY_SIDE / max(image.shape[:2]))
    size = (max(1, round(image.shape[1] * ratio)), max(1, round(image.shape[0] * ratio)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)


def _half(grey: Pixels) -> Pixels:
    import cv2
    import numpy as np

    size = (max(1, grey.shape[1] // 2), max(1, grey.shape[0] // 2))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _sheet(
    grey: Pixels, matrix: NDArray[np.float64], size: tuple[int, int], steps: list[Step]
) -> tuple[NDArray[np.float64], tuple[int, int], Pixels]:
    """Cuts a photographed sheet out: the new matrix, size and small copy."""
    import cv2
    import numpy as np

    from engines import paper

    half = _half(grey)
    found = paper.find(half)
    steps.append(Step("sheet", round(found.fit, 3), found.corners is not None, found.note))
    if found.corners is None:
        return matrix, size, grey
    scale = np.array([size[0] / half.shape[1], size[1] / half.shape[0]])
    corners = np.array(found.corners.points) * scale
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    width, height = round(max(sides[0], sides[2])), round(max(sides[1], sides[3]))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    leads_back = np.asarray(cv2.getPerspectiveTransform(target, corners.astype(np.float32)), np.float64)
    ratio = min(1.0, COPY_SIDE / max(width, height))
    small_size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    # from pixels of the small copy of the sheet to pixels of the small copy of the photograph
    small = (
        np.diag([grey.shape[1] / size[0], grey.shape[0] / size[1], 1.0])
        @ leads_back
        @ np.diag([width / small_size[0], height / small_size[1], 1.0])
    )
    return matrix @ leads_back, (width, height), _warped(grey, small, small_size)


def _straight(
    grey: Pixels, matrix: NDArray[np.float64], size: tuple[int, int], steps: list[Step]
) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """Deskews: the page turned about its middle on a canvas that holds all of it."""
    import numpy as np

    from engines import skew

    found = skew.measure(grey)
    sure = found.sharpness >= SHARP and abs(found.degrees) <= skew.LARGEST
    applied = sure and abs(found.degrees) >= SMALLEST_SKEW
    note = f"sharpness {found.sharpness:.1f}" + ("" if sure else ", not sure")
    steps.append(Step("skew", round(found.degrees, 2), applied, note))
    if not applied:
        return matrix, size
    angle = math.radians(found.degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    width = math.ceil(size[0] * cos + size[1] * abs(sin))
    height = math.ceil(size[0] * abs(sin) + size[1] * cos)
    turned = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
    leads_back = _moved(size[0] / 2, size[1] / 2) @ turned @ _moved(-width / 2, -height / 2)
    return matrix @ leads_back, (width, height)


def _even(image: Pixels, steps: list[Step]) -> Pixels:
    """Shadow removed and contrast stretched, where there is need."""
    from engines import evenness

    grey = _copy(image)
    found = evenness.light(_half(grey))
    steps.append(Step("shadow", round(found.evenness, 3), found.shadowed))
    if found.shadowed:
        image = evenness.without_shadow(image, found)
        grey = _copy(image)
        found = evenness.light(_half(grey))
    ink, paper = evenness.ink_and_paper(grey, found.background)
    faint = 0 < paper - ink < evenness.FAINT
    steps.append(Step("contrast", round(paper - ink, 1), faint, "grey levels between ink and paper"))
    return evenness.stretched(image, ink, paper) if faint else image


def _upright(
    image: Pixels,
    matrix: NDArray[np.float64],
    dpi: float,
    languages: Sequence[str],
    turn: Turning,
    shared: dict[str, Any] | None,
    steps: list[Step],
) -> tuple[Pixels, NDArray[np.float64]]:
    """Turns the page upright by quarters."""
    import cv2
    import numpy as np

    from engines import orientation

    kept: dict[str, Any] = {} if shared is None else shared
    if turn == "none":
        return image, matrix
    if turn == "lines":
        found = orientation.by_lines(image, kept, japanese="ja-vert" in languages)
    else:
        found = orientation.by_tesseract(np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8), dpi)
    steps.append(Step("turn", float(found.quarters), found.quarters != 0, found.note))
    if found.quarters == 0:
        return image, matrix
    kept.clear()
    height, width = image.shape[:2]
    leads_back = {
        1: np.array([[0.0, -1.0, width], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
        2: np.array([[-1.0, 0.0, width], [0.0, -1.0, height], [0.0, 0.0, 1.0]]),
        3: np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, height], [0.0, 0.0, 1.0]]),
    }[found.quarters]
    return np.ascontiguousarray(np.rot90(image, found.quarters)), matrix @ leads_back


def _moved(x: float, y: float) -> NDArray[np.float64]:
    import numpy as np

    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def _warped(image: Pixels, leads_back: NDArray[np.float64], size: tuple[int, int]) -> Pixels:
    """The image of `size` whose points `leads_back` takes to those of `image`; paper-coloured outside.

    Frames measure from a pixel's corner, OpenCV from its centre, hence the half pixels.
    """
    import cv2
    import numpy as np

    rim = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    colour = np.atleast_1d(np.median(rim, axis=0)).tolist()
    return np.asarray(
        cv2.warpPerspective(
            image, _moved(-0.5, -0.5) @ leads_back @ _moved(0.5, 0.5), size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_CONSTANT, borderValue=colour,
        ),
        np.uint8,
    )  # fmt: skip


def _matrix(array: NDArray[np.float64]) -> Matrix:
    a, b, c, d, e, f, g, h, i = (float(v) for v in (array / array[2, 2]).ravel())
    return a, b, c, d, e, f, g, h, i
