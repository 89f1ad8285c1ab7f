"""Points, boxes, quads and the frames they are measured in. All conversion between frames is here.

Three frames matter, all with their origin at the top left and y pointing down:

* ``points``   - PDF points (1/72 inch) of the *displayed* page: after /Rotate, CropBox and UserUnit
* ``image``    - pixels of the page image: the points scaled by dpi / 72
* ``prepared`` - pixels of the image that the engines saw: upright, cropped, deskewed

A Transform leads from one frame to another and back; it is a plane projective map (3 x 3 matrix,
row-major, applied to column vectors), so that a photographed sheet can be flattened as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Point = tuple[float, float]
Unit = Literal["px", "pt"]
Matrix = tuple[float, float, float, float, float, float, float, float, float]

POINTS_PER_INCH = 72.0


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle, x0 <= x1 and y0 <= y1. Raises ValueError otherwise, or if not finite."""

    x0: float
    y0: float
    x1: float
    y1: float

    def __post_init__(self) -> None:
        if -math.inf < self.x0 <= self.x1 < math.inf and -math.inf < self.y0 <= self.y1 < math.inf:
            return
        if not all(map(math.isfinite, (self.x0, self.y0, self.x1, self.y1))):
            raise ValueError(f"box is not finite: {self.as_list()}")
        raise ValueError(f"box is inside out: {self.as_list()}")

    @classmethod
    def of(cls, values: Sequence[float]) -> Box:
        """A box from [x0, y0, x1, y1]."""
        x0, y0, x1, y1 = (float(v) for v in values)
        return cls(x0, y0, x1, y1)

    @classmethod
    def around(cls, points: Iterable[Point]) -> Box:
        """The smallest box that holds all points. Raises ValueError when there are none."""
        xs, ys = zip(*points, strict=True)
        return cls(min(xs), min(ys), max(xs), max(ys))

    @classmethod
    def union_of(cls, boxes: Iterable[Box]) -> Box:
        """The smallest box that holds all boxes. Raises ValueError when there are none."""
        items = list(boxes)
        return cls(
            min([b.x0 for b in items]),
            min([b.y0 for b in items]),
            max([b.x1 for b in items]),
            max([b.y1 for b in items]),
        )

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def centre(self) -> Point:
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def as_list(self) -> list[float]:
        return [self.x0, self.y0, self.x1, self.y1]

    def rounded(self, digits: int = 2) -> list[float]:
        return [round(v, digits) for v in self.as_list()]

    def contains(self, point: Point) -> bool:
        return self.x0 <= point[0] <= self.x1 and self.y0 <= point[1] <= self.y1

    def union(self, other: Box) -> Box:
        return Box.union_of((self, other))

    def intersection(self, other: Box) -> Box | None:
        """The shared rectangle, or None where the two share no area."""
        x0, y0 = max(self.x0, other.x0), max(self.y0, other.y0)
        x1, y1 = min(self.x1, other.x1), min(self.y1, other.y1)
        return Box(x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None

    def iou(self, other: Box) -> float:
        """Intersection over union, 0..1."""
        shared = self.intersection(other)
        if shared is None:
            return 0.0
        return shared.area / (self.area + other.area - shared.area)

    def expanded(self, dx: float, dy: float | None = None) -> Box:
        """Grown by dx to the left and right, dy (default dx) up and down; never inside out."""
        dy = dx if dy is None else dy
        cx, cy = self.centre
        return Box(min(self.x0 - dx, cx), min(self.y0 - dy, cy), max(self.x1 + dx, cx), max(self.y1 + dy, cy))

    def clipped(self, width: float, height: float) -> Box:
        """The part inside 0..width x 0..height (an empty box on the border if it lies outside)."""
        if self.x0 >= 0.0 and self.y0 >= 0.0 and self.x1 <= width and self.y1 <= height:
            return self
        return Box(
            min(max(self.x0, 0.0), width),
            min(max(self.y0, 0.0), height),
            min(max(self.x1, 0.0), width),
            min(max(self.y1, 0.0), height),
        )

    def scaled(self, factor: float) -> Box:
        return Box(self.x0 * factor, self.y0 * factor, self.x1 * factor, self.y1 * factor)


@dataclass(frozen=True, slots=True)
class Quad:
    """Four corners in the order of the text they hold: its top left, top right, bottom right, bottom left.

    For an upright word that is clockwise from the top left of the page; for a word on an upside-down
    page the first corner lies at the bottom right.
    """

    points: tuple[Point, Point, Point, Point]

    @classmethod
    def of(cls, points: Sequence[Sequence[float]]) -> Quad:
        """A quad from [[x, y] * 4]. Raises ValueError unless there are four finite corners."""
        corners = [(float(x), float(y)) for x, y in points]
        if len(corners) != 4 or not all(math.isfinite(v) for p in corners for v in p):
            raise ValueError("a quad has four finite corners")
        return cls((corners[0], corners[1], corners[2], corners[3]))

    @classmethod
    def from_box(cls, box: Box) -> Quad:
        return cls(((box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1)))

    @property
    def bounds(self) -> Box:
        return Box.around(self.points)

    @property
    def angle(self) -> float:
        """Direction of the text's upper edge in degrees, clockwise from the x axis, -180..180."""
        (x0, y0), (x1, y1) = self.points[0], self.points[1]
        return math.degrees(math.atan2(y1 - y0, x1 - x0))

    def as_list(self, digits: int = 2) -> list[list[float]]:
        return [[round(x, digits), round(y, digits)] for x, y in self.points]


@dataclass(frozen=True, slots=True)
class Frame:
    """A coordinate system: its name, its extent and its unit. Origin top left, y down."""

    name: str
    width: float
    height: float
    unit: Unit = "px"

    @property
    def box(self) -> Box:
        return Box(0.0, 0.0, self.width, self.height)

    def to_json(self) -> dict[str, object]:
        return {"name": self.name, "width": self.width, "height": self.height, "unit": self.unit}


IDENTITY: Matrix = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Transform:
    """Leads from `source` to `target`: a plane projective map, matrix row-major 3 x 3."""

    source: Frame
    target: Frame
    matrix: Matrix = IDENTITY

    @classmethod
    def identity(cls, frame: Frame) -> Transform:
        return cls(frame, frame)

    @classmethod
    def scaling(cls, source: Frame, target: Frame) -> Transform:
        """Source stretched onto the whole of target."""
        sx = target.width / source.width if source.width else 1.0
        sy = target.height / source.height if source.height else 1.0
        return cls(source, target, (sx, 0.0, 0.0, 0.0, sy, 0.0, 0.0, 0.0, 1.0))

    def point(self, p: Point) -> Point:
        m = self.matrix
        w = m[6] * p[0] + m[7] * p[1] + m[8]
        return (m[0] * p[0] + m[1] * p[1] + m[2]) / w, (m[3] * p[0] + m[4] * p[1] + m[5]) / w

    def quad(self, quad: Quad) -> Quad:
        a, b, c, d = quad.points
        return Quad((self.point(a), self.point(b), self.point(c), self.point(d)))

    def box(self, box: Box) -> Box:
        """Bounds, in the target frame, of the box's image."""
        return self.quad(Quad.from_box(box)).bounds

    def then(self, other: Transform) -> Transform:
        """First this, then other."""
        return Transform(self.source, other.target, _product(other.matrix, self.matrix))

    def inverse(self) -> Transform:
        """The way back. Raises ValueError for a map that flattens the plane."""
        a, b, c, d, e, f, g, h, i = self.matrix
        minors = (
            e * i - f * h, c * h - b * i, b * f - c * e,
            f * g - d * i, a * i - c * g, c * d - a * f,
            d * h - e * g, b * g - a * h, a * e - b * d,
        )  # fmt: skip
        det = a * minors[0] + b * minors[3] + c * minors[6]
        if abs(det) < 1e-12:
            raise ValueError("the transform has no inverse")
        inv = [v / det for v in minors]
        return Transform(
            self.target,
            self.source,
            (inv[0], inv[1], inv[2], inv[3], inv[4], inv[5], inv[6], inv[7], inv[8]),
        )

    def to_json(self) -> dict[str, object]:
        return {
            "source": self.source.to_json(),
            "target": self.target.to_json(),
            "matrix": list(self.matrix),
        }

    @classmethod
    def from_json(cls, data: dict[str, object]) -> Transform:
        matrix = data["matrix"]
        if not isinstance(matrix, list) or len(matrix) != 9:
            raise ValueError("a transform's matrix has nine numbers")
        m = [float(v) for v in matrix]
        return cls(
            _frame(data["source"]),
            _frame(data["target"]),
            (m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8]),
        )


def points_frame(width: float, height: float) -> Frame:
    """The displayed page in PDF points."""
    return Frame("points", width, height, "pt")


def image_frame(width: int, height: int) -> Frame:
    """The page image in pixels."""
    return Frame("image", float(width), float(height), "px")


def image_to_points(box: Box, dpi: float) -> Box:
    """Pixels of the page image -> PDF points of the displayed page."""
    return box.scaled(POINTS_PER_INCH / dpi)


def points_to_image(box: Box, dpi: float) -> Box:
    """PDF points of the displayed page -> pixels of the page image."""
    return box.scaled(dpi / POINTS_PER_INCH)


def _frame(data: object) -> Frame:
    if not isinstance(data, dict):
        raise ValueError("a frame is an object")
    return Frame(
        str(data["name"]),
        float(data["width"]),
        float(data["height"]),
        "pt" if data.get("unit") == "pt" else "px",
    )


def _product(p: Matrix, q: Matrix) -> Matrix:
    def cell(row: int, col: int) -> float:
        return sum(p[3 * row + k] * q[3 * k + col] for k in range(3))

    return (
        cell(0, 0), cell(0, 1), cell(0, 2),
        cell(1, 0), cell(1, 1), cell(1, 2),
        cell(2, 0), cell(2, 1), cell(2, 2),
    )  # fmt: skip
