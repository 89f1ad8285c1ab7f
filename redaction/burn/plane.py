"""Boxes, lines and paths on the displayed page: the plane geometry behind the interpreter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from redaction.burn.opened import Affine, apply

Bounds = tuple[float, float, float, float]


@dataclass(slots=True)
class Subpath:
    segments: list[tuple[str, list[float]]]
    box: Bounds
    ruling: bool
    """Made of level and upright lines only: a rule, a frame, a ground."""


def subpaths_of(path: list[tuple[str, list[float]]], ctm: Affine) -> list[Subpath]:
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
    points: list[tuple[float, float]] = []
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
    a, b, c, d, e, f = (float(v) for v in args)
    return a, b, c, d, e, f


def number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def along(point: tuple[float, float], direction: tuple[float, float]) -> float:
    return point[0] * direction[0] + point[1] * direction[1]


def across(point: tuple[float, float], direction: tuple[float, float]) -> float:
    return point[1] * direction[0] - point[0] * direction[1]


def meet(a: Bounds, b: Bounds) -> Bounds | None:
    x0, y0, x1, y1 = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])
    return (x0, y0, x1, y1) if x0 <= x1 and y0 <= y1 else None


def contains(outer: Bounds, inner: Bounds) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]


def grown(box: Bounds, by: float) -> Bounds:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def union(boxes: Sequence[Bounds]) -> Bounds:
    return (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )
