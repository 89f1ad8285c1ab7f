"""The page's ink and the boxes made from it: cutting, snapping, `redact_box`.

Works in the prepared frame on a copy reduced to at most WORKING_SIDE; boxes go in and come out in
pixels of the frame. Ink that nobody read is looked for in review.ghosts. Nothing here knows readings or
text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.geometry import Box, Transform

Bits = NDArray[np.uint8]
Floats = NDArray[np.float64]

LEAST_SNAPPED = 0.4
"""Share of a word's length that the ink found for it must have to be the word's."""
WORKING_SIDE = 2200
"""Longest side, in pixels, of the copy on which ink is looked for."""

SLACK = 0.08
"""Of an engine's box: what is kept of its height beyond the ink, for what is too faint to be seen."""


@dataclass(slots=True)
class Ink:
    """Ink of a page: a bit map and its connected components, in working pixels; `scale` leads there."""

    mask: Bits
    """Without specks and rules."""
    depth: Bits
    """How much darker than its neighbourhood each pixel is, 0..255."""
    scale: float
    stroke: float
    """Typical stroke width in working pixels."""
    boxes: Floats
    """Components, one row each: x0, y0, x1, y1 (exclusive), without specks and rules."""
    areas: Floats
    centres: Floats
    """Of the components, x and y; components are sorted by y."""
    rules: Bits
    """Long straight lines: table rules, writing lines, page borders."""

    def gaps(self, box: Box, vertical: bool) -> NDArray[np.int64]:
        """Ink a column of the box (a row, where the text runs down), in working pixels."""
        x0, y0, x1, y1 = self._inside(box)
        part = self.mask[y0:y1, x0:x1]
        found: NDArray[np.int64] = part.sum(axis=1 if vertical else 0, dtype=np.int64)
        return found

    def _inside(self, box: Box) -> tuple[int, int, int, int]:
        h, w = self.mask.shape
        s = self.scale
        x0, y0 = min(max(round(box.x0 * s), 0), w - 1), min(max(round(box.y0 * s), 0), h - 1)
        return x0, y0, min(max(round(box.x1 * s), x0 + 1), w), min(max(round(box.y1 * s), y0 + 1), h)

    def margin(self) -> float:
        """What `redact_box` adds on every side: grows with the stroke, never under 3 px."""
        return max(3.0, 1.0 * self.stroke / self.scale + 1.5)


def ink_of(image: NDArray[Any], width: float, height: float, transform: Transform | None = None) -> Ink:
    """The ink of a page image (H x W x 3 RGB or H x W, uint8), in a frame of width x height.

    `transform` leads from that frame to the image; without it the two are the same.
    """
    import cv2

    scale = min(1.0, WORKING_SIDE / max(width, height, 1.0))
    grey = image if image.ndim == 2 else image[..., 1]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if transform is not None:
        matrix = np.array(transform.matrix, dtype=np.float64).reshape(3, 3) @ np.diag(
            [1 / scale, 1 / scale, 1.0]
        )
        grey = cv2.warpPerspective(
            np.ascontiguousarray(grey), matrix, size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
    elif grey.shape[::-1] != size:
        # Below half the size pixels would be skipped, and thin strokes with them; above it, INTER_AREA
        # costs five times as much and shows nothing more.
        way = cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR
        grey = cv2.resize(np.ascontiguousarray(grey), size, interpolation=way)
    return _components(*_binarise(np.ascontiguousarray(grey)), scale)


def _binarise(grey: NDArray[np.uint8]) -> tuple[Bits, Bits]:
    """1 where a pixel is clearly darker than its neighbourhood, and how much darker each pixel is.

    Shading and yellowed paper drop out.
    """
    import cv2

    block = max(31, (max(grey.shape) // 40) | 1)
    mean = cv2.blur(grey, (block, block))
    below = cv2.subtract(mean, grey)
    sample = below[::7, ::7]
    grain = float(np.median(np.abs(grey[::7, ::7].astype(np.int16) - mean[::7, ::7])))
    dark = float(np.percentile(sample, 99))
    threshold = max(12.0, 3.5 * grain, 0.25 * dark)
    return (below > min(threshold, 60.0)).astype(np.uint8), np.asarray(below, np.uint8)


def _components(mask: Bits, depth: Bits, scale: float) -> Ink:
    import cv2

    h, w = mask.shape
    rules = _rules(mask)
    rest = np.asarray(cv2.subtract(mask, rules), np.uint8)
    stroke = _stroke_width(rest)
    # BBDT (Chang et al. 2015) takes half the time of OpenCV's default on pages of writing.
    _, labels, stats, centroids = cv2.connectedComponentsWithStatsWithAlgorithm(
        rest, 8, cv2.CV_32S, cv2.CCL_BBDT
    )
    stats, centroids = stats[1:], centroids[1:]
    x, y, cw, ch, area = (stats[:, k].astype(np.float64) for k in range(5))
    speck = (area < 0.5 * stroke * stroke) | ((cw <= 1) & (ch <= 1))
    huge = (cw > 0.6 * w) | (ch > 0.4 * h)
    keep = ~(speck | huge)
    boxes = np.stack([x, y, x + cw, y + ch], axis=1)[keep]
    centres = centroids[keep].astype(np.float64)
    order = np.argsort(centres[:, 1], kind="stable")
    clean: Bits = np.concatenate(([False], ~speck)).astype(np.uint8)[labels]
    return Ink(clean, depth, scale, stroke, boxes[order], area[keep][order], centres[order], rules)


def _rules(mask: Bits) -> Bits:
    """Straight runs longer than any stroke of writing."""
    import cv2

    h, w = mask.shape
    length = max(40, max(h, w) // 22)
    # A line that leans or has gaps is made whole first, and only what was ink is taken away. At half the
    # size a run of this length is as plain, at a quarter of the cost.
    half = cv2.resize(
        cv2.dilate(mask, np.ones((2, 2), np.uint8)), (w // 2, h // 2), interpolation=cv2.INTER_NEAREST
    )
    thick, run = np.ones((3, 1), np.uint8), np.ones((1, length // 2), np.uint8)
    across = cv2.morphologyEx(cv2.dilate(half, thick), cv2.MORPH_OPEN, run)
    down = cv2.morphologyEx(cv2.dilate(half, thick.T), cv2.MORPH_OPEN, run.T)
    found = cv2.resize(cv2.max(across, down), (w, h), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.min(found, mask), np.uint8)


def _stroke_width(mask: Bits) -> float:
    """Median length of horizontal ink runs on a sample of rows, 1..20 working pixels."""
    rows = mask[:: max(1, mask.shape[0] // 200)]
    padded = np.pad(rows, ((0, 0), (1, 1)))
    steps = np.diff(padded.astype(np.int8), axis=1)
    starts, ends = np.nonzero(steps == 1)[1], np.nonzero(steps == -1)[1]
    if not len(starts):
        return 2.0
    return float(np.clip(np.median(ends - starts), 1.0, 20.0))


# -- cutting ------------------------------------------------------------------------------------


def cut(box: Box, shares: Sequence[float], vertical: bool, ink: Ink | None) -> list[Box]:
    """The box cut into len(shares) pieces along the text, near the given shares (which sum to 1).

    Each cut goes into the widest gap of the ink near the place where the letters' widths put it.
    """
    start, extent = (box.y0, box.height) if vertical else (box.x0, box.width)
    edges = [start + extent * float(v) for v in np.cumsum(shares)[:-1]]
    if ink is not None and extent * ink.scale >= 4:
        edges = _to_gaps(edges, box, vertical, ink)
    ends = [start, *edges, start + extent]
    out = []
    for a, b in pairwise(ends):
        low, high = min(a, b), max(a, b)
        out.append(Box(box.x0, low, box.x1, high) if vertical else Box(low, box.y0, high, box.y1))
    return out


def _to_gaps(edges: list[float], box: Box, vertical: bool, ink: Ink) -> list[float]:
    profile = ink.gaps(box, vertical)
    thickness = (box.width if vertical else box.height) * ink.scale
    start = box.y0 if vertical else box.x0
    empty = profile <= max(0.0, 0.02 * thickness)
    steps = np.diff(np.concatenate(([0], empty.astype(np.int8), [0])))
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    inner = (starts > 0) & (ends < len(profile))
    starts, ends = starts[inner], ends[inner]
    widths = (ends - starts).astype(np.float64)
    middles = (starts + ends) / 2
    out: list[float] = []
    floor = 0.0
    for edge in edges:
        at = (edge - start) * ink.scale
        chosen = at
        if len(starts):
            reach = 1.1 * thickness
            value = widths - 0.35 * np.abs(middles - at)
            value[(np.abs(middles - at) > reach) | (middles <= floor)] = -np.inf
            best = int(np.argmax(value))
            if np.isfinite(value[best]):
                chosen = float(middles[best])
            else:
                chosen = _thinnest(profile, at, 0.4 * thickness)
        else:
            chosen = _thinnest(profile, at, 0.4 * thickness)
        chosen = max(chosen, floor)
        floor = chosen
        out.append(start + chosen / ink.scale)
    return out


def _thinnest(profile: NDArray[np.int64], at: float, reach: float) -> float:
    low, high = max(0, int(at - reach)), min(len(profile), int(at + reach) + 1)
    if high - low < 2:
        return at
    cost = profile[low:high] + 0.02 * np.abs(np.arange(low, high) - at)
    return float(low + int(np.argmin(cost)))


# -- snapping -----------------------------------------------------------------------------------


def snap(box: Box, ink: Ink, vertical: bool = False) -> Box | None:
    """The bounds of the components that belong to a word's box; None where no ink in it can be the word.

    A component belongs when its centre lies in the box and it does not reach far beyond it. Of one that
    does (letters joined to an underline or to the next line) only the part near the box counts.
    """
    s = ink.scale
    x0, y0, x1, y1 = box.x0 * s, box.y0 * s, box.x1 * s, box.y1 * s
    tall = x1 - x0 if vertical else y1 - y0
    lo, hi = np.searchsorted(ink.centres[:, 1], (y0 - 0.1 * tall, y1 + 0.1 * tall))
    if lo >= hi:
        return None
    cx = ink.centres[lo:hi, 0]
    inside = (cx >= x0 - 0.05 * tall) & (cx <= x1 + 0.05 * tall)
    if not inside.any():
        return None
    boxes = ink.boxes[lo:hi][inside]
    reach = 0.55 * tall
    across = 0.3 * tall
    dx, dy = (across, reach) if vertical else (reach, across)
    limits = np.array([x0 - dx, y0 - dy, x1 + dx, y1 + dy])
    fits = (boxes[:, 0] >= limits[0]) & (boxes[:, 1] >= limits[1])
    fits &= (boxes[:, 2] <= limits[2]) & (boxes[:, 3] <= limits[3])
    margin = 0.12 * tall
    near = np.array([x0 - margin, y0 - margin, x1 + margin, y1 + margin])
    clipped = np.where(
        fits[:, None], boxes,
        np.concatenate([np.maximum(boxes[:, :2], near[:2]), np.minimum(boxes[:, 2:], near[2:])], axis=1),
    )  # fmt: skip
    low, high = clipped[:, :2].min(axis=0), clipped[:, 2:].max(axis=0)
    if high[0] <= low[0] or high[1] <= low[1]:
        return None
    along, own = (high[1] - low[1], y1 - y0) if vertical else (high[0] - low[0], x1 - x0)
    if along < LEAST_SNAPPED * own:
        return None  # a speck or the end of a stroke: the word's letters hang on another component
    return Box(float(low[0]) / s, float(low[1]) / s, float(high[0]) / s, float(high[1]) / s)


def trimmed(raw: Box, snapped: Box, vertical: bool = False) -> Box:
    """An engine's box without the blank above and below the word's ink, which is often as much again.

    Along the text it stays as it is: there a letter may be cut off. Where the ink found is but a part of
    what such a box should hold, nothing is taken away.
    """
    a, b = (
        ((raw.x0, raw.x1, snapped.x0, snapped.x1), (raw.height, snapped.height))
        if vertical
        else ((raw.y0, raw.y1, snapped.y0, snapped.y1), (raw.width, snapped.width))
    )
    low, high, ink_low, ink_high = a
    if b[1] < 0.6 * b[0] or ink_high - ink_low < 0.15 * (high - low):
        return raw
    slack = SLACK * (high - low)
    low, high = max(low, min(ink_low - slack, high)), min(high, max(ink_high + slack, low))
    if high <= low:
        return raw
    return Box(low, raw.y0, high, raw.y1) if vertical else Box(raw.x0, low, raw.x1, high)


def redact_box(raw: Sequence[Box], snapped: Box | None, ink: Ink | None, width: float, height: float) -> Box:
    """The box that surely covers a word's ink: raw boxes and snapped one together, and a margin."""
    union = Box.union_of([*raw, *([snapped] if snapped is not None else [])])
    return union.expanded(ink.margin() if ink is not None else 3.0).clipped(width, height)
