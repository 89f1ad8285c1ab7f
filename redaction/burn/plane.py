"""Boxes, lines and paths on the displayed page: the plane geometry behind the interpreter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from redaction.burn.opened import Affine, apply, invert

Bounds = tuple[float, float, float, float]
Point = tuple[float, float]


@dataclass(slots=True)
class Subpath:
    """A part of a path that is drawn without lifting the pen."""

    segments: list[tuple[str, list[float]]]
    box: Bounds
    ruling: bool
    """Made of level and upright lines only: a rule, a frame, a ground."""


def subpaths_of(path: list[tuple[str, list[float]]], ctm: Affine) -> list[Subpath]:
    """The subpaths of a path (operators with their operands), with their bounds in displayed points."""
    groups: list[list[tuple[str, list[float]]]] = []
    for op, values in path:
        if op in ("m", "re") or not groups:
            groups.append([])
        elif op != "h" and groups[-1] and groups[-1][-1][0] in ("re", "h"):
            groups.append([("m", current_point(groups[-1]))])
        groups[-1].append((op, values))
    level = abs(ctm[1]) + abs(ctm[2]) < 1e-6 * (abs(ctm[0]) + abs(ctm[3])) or abs(ctm[0]) + abs(
        ctm[3]
    ) < 1e-6 * (abs(ctm[1]) + abs(ctm[2]))
    out = []
    for segments in groups:
        points: list[tuple[float, float]] = []
        ruling = level
        for op, v in segments:
            if op == "re":
                x, y, w, h = v
                points += [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
            elif op in ("m", "l"):
                if op == "l" and points:
                    px, py = points[-1]
                    ruling = ruling and (abs(v[0] - px) < 1e-3 or abs(v[1] - py) < 1e-3)
                points.append((v[0], v[1]))
            elif op != "h":
                ruling = False
                points += [(v[i], v[i + 1]) for i in range(0, len(v), 2)]
        if not points or (len(points) == 1 and segments[0][0] == "m" and len(segments) == 1):
            continue
        # many strokes of level lines can spell as well as curves do
        ruling = ruling and len(points) <= 16
        mapped = [apply(ctm, x, y) for x, y in points]
        xs, ys = [p[0] for p in mapped], [p[1] for p in mapped]
        out.append(Subpath(segments, (min(xs), min(ys), max(xs), max(ys)), ruling))
    return out


def edges_of(segments: Sequence[tuple[str, list[float]]], ctm: Affine) -> list[Bounds]:
    """Bounds of each edge of a subpath, the one that closes it included, in displayed points.

    A curve lies within the bounds of its control points.
    """
    edges: list[Bounds] = []
    start = last = (0.0, 0.0)

    def edge(*points: tuple[float, float]) -> None:
        mapped = [apply(ctm, x, y) for x, y in points]
        xs, ys = [p[0] for p in mapped], [p[1] for p in mapped]
        edges.append((min(xs), min(ys), max(xs), max(ys)))

    for op, v in segments:
        if op == "m":
            start = last = (v[0], v[1])
        elif op == "re":
            x, y, w, h = v
            corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)]
            for a, b in pairwise(corners):
                edge(a, b)
            start = last = (x, y)
        elif op == "h":
            edge(last, start)
            last = start
        else:
            points = [(v[i], v[i + 1]) for i in range(0, len(v), 2)]
            edge(last, *points)
            last = points[-1]
    edge(last, start)
    return edges


def cut_lines(
    segments: Sequence[tuple[str, list[float]]], ctm: Affine, boxes: Sequence[Bounds]
) -> list[list[tuple[str, list[float]]]] | None:
    """The parts of a drawn subpath that lie outside of the boxes (displayed points); None for curves.

    What is left ends at the boxes' edges: nothing of the course of the line under them is written.
    """
    found = _corners(segments)
    if found is None:
        return None
    points, closed = found
    ends = [*points, points[0]] if closed else points
    runs: list[list[tuple[float, float]]] = []
    going = False  # whether the last run reaches to the point that comes next
    for a, b in pairwise(ends):
        parts = _outside(apply(ctm, *a), apply(ctm, *b), boxes)
        for low, high in parts:
            first, last = _between(a, b, low), _between(a, b, high)
            if going and low == 0.0:
                runs[-1].append(last)
            else:
                runs.append([first, last])
            going = high == 1.0
        going = going and bool(parts)
    whole = closed and len(runs) == 1 and runs[0] == ends
    if closed and len(runs) > 1 and runs[0][0] == points[0] == runs[-1][-1]:
        runs[0] = runs.pop() + runs[0][1:]
    out: list[list[tuple[str, list[float]]]] = []
    for run in runs:
        out.append([("l" if index else "m", [x, y]) for index, (x, y) in enumerate(run)])
        if whole:
            out[-1].append(("h", []))
    return out


def cut_fill(
    segments: Sequence[tuple[str, list[float]]], ctm: Affine, boxes: Sequence[Bounds]
) -> list[list[tuple[str, list[float]]]] | None:
    """The parts of a filled subpath that lie outside of the boxes (displayed points); None for curves.

    Sutherland and Hodgman, 1974: for each box what lies left of it, right of it, above and below. Whichever
    rule fills it, a point outside of the boxes is inside as often as before.
    """
    found = _corners(segments)
    if found is None:
        return None
    pieces = [[apply(ctm, *point) for point in found[0]]]
    for box in boxes:
        pieces = [part for piece in pieces for part in _beside(piece, box)]
    back = invert(ctm)
    out: list[list[tuple[str, list[float]]]] = []
    for piece in pieces:
        path = [("l" if i else "m", list(apply(back, *point))) for i, point in enumerate(piece)]
        out.append([*path, ("h", [])])
    return out


def _beside(piece: list[Point], box: Bounds) -> list[list[Point]]:
    """A polygon without what of it lies in a box, in up to four parts; long cuts across it are avoided."""
    xs, ys = [x for x, _ in piece], [y for _, y in piece]
    around = (min(xs), min(ys), max(xs), max(ys))
    shared = meet(around, box)
    if shared is None or shared[0] == shared[2] or shared[1] == shared[3]:
        return [piece]
    first = 0 if around[2] - around[0] >= around[3] - around[1] else 1
    between, parts = piece, []
    for axis in (first, 1 - first):
        low, high = box[axis], box[axis + 2]
        parts += [_half(between, axis, low, -1), _half(between, axis, high, 1)]
        between = _half(_half(between, axis, low, 1), axis, high, -1)
    return [part for part in parts if len(part) > 2]


def _half(piece: list[Point], axis: int, at: float, side: int) -> list[Point]:
    """What of a polygon lies on one side (-1 or 1) of a level or upright line."""
    out: list[Point] = []
    for a, b in zip(piece, piece[1:] + piece[:1], strict=True):
        here, there = side * (a[axis] - at), side * (b[axis] - at)
        if here >= 0:
            out.append(a)
        if here * there < 0:
            out.append(_between(a, b, here / (here - there)))
    return out


def _corners(segments: Sequence[tuple[str, list[float]]]) -> tuple[list[Point], bool] | None:
    """The corners of a subpath of plain lines, and whether it is closed; None for curves."""
    points: list[Point] = []
    closed = False
    for op, v in segments:
        if op == "re":
            x, y, w, h = v
            points += [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
            closed = True
        elif op in ("m", "l"):
            points.append((v[0], v[1]))
        elif op == "h":
            closed = True
        else:
            return None
    return points, closed


def _between(a: tuple[float, float], b: tuple[float, float], at: float) -> tuple[float, float]:
    if at in (0.0, 1.0):
        return b if at else a
    return a[0] + at * (b[0] - a[0]), a[1] + at * (b[1] - a[1])


def _outside(
    a: tuple[float, float], b: tuple[float, float], boxes: Sequence[Bounds]
) -> list[tuple[float, float]]:
    """The parts of a line from a (0) to b (1) that no box holds: Liang and Barsky, 1984, turned round."""
    free = [(0.0, 1.0)]
    dx, dy = b[0] - a[0], b[1] - a[1]
    for x0, y0, x1, y1 in boxes:
        low, high = 0.0, 1.0
        for start, step, least, most in ((a[0], dx, x0, x1), (a[1], dy, y0, y1)):
            if step:
                one, other = (least - start) / step, (most - start) / step
                low, high = max(low, min(one, other)), min(high, max(one, other))
            elif not least < start < most:
                high = -1.0
        if low >= high:
            continue
        parts = [(i, min(j, low)) for i, j in free] + [(max(i, high), j) for i, j in free]
        free = sorted(part for part in parts if part[1] > part[0])
    return free


def current_point(segments: list[tuple[str, list[float]]]) -> list[float]:
    """The current point after a closed subpath: where it began."""
    return segments[0][1][:2]


def matrix_of(args: Any) -> Affine:
    """The matrix (a b c d e f) of six operands."""
    a, b, c, d, e, f = (float(v) for v in args)
    return a, b, c, d, e, f


def number(value: Any) -> bool:
    """Whether an operand is a number, as pikepdf hands it over."""
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def along(point: tuple[float, float], direction: tuple[float, float]) -> float:
    """How far a point lies along a direction (a unit vector)."""
    return point[0] * direction[0] + point[1] * direction[1]


def across(point: tuple[float, float], direction: tuple[float, float]) -> float:
    """How far a point lies to the side of a direction (a unit vector)."""
    return point[1] * direction[0] - point[0] * direction[1]


def meet(a: Bounds, b: Bounds) -> Bounds | None:
    """What two boxes share, be it only an edge; None where they are apart."""
    x0, y0, x1, y1 = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])
    return (x0, y0, x1, y1) if x0 <= x1 and y0 <= y1 else None


def contains(outer: Bounds, inner: Bounds) -> bool:
    """Whether one box lies within another, edges included."""
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]


def grown(box: Bounds, by: float) -> Bounds:
    """A box with all of its edges moved outwards."""
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def union(boxes: Sequence[Bounds]) -> Bounds:
    """The smallest box around all of them; there must be one."""
    return (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )
