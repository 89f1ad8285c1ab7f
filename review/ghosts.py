"""Ghosts: ink that no engine read, found, put together and judged.

What the slots leave over of a page's ink is grouped to lines and marks (a dropped line is one ghost, a
signature is one ghost), and a small shipped model (ghost_prior.json, two logistic regressions made by
`bench/ghosts.py`) says how probably text stands there, and whether it is ink of anybody's hand or press
at all rather than a fold, a frame or dirt. Nothing here knows readings' texts or decisions.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.geometry import Box
from review.boxes import Bits, Floats, Ink

SIDE = 1300
"""Longest side, in pixels, at which ghosts are looked for (the ink's copy halved until it is less)."""
NAMES = (
    "height", "height_from_line", "width", "slimness", "density", "pieces", "largest", "piece_height",
    "runs", "piles", "stroke", "stroke_off", "darkness", "darkness_off", "edge", "row", "beside", "below",
    "ruled", "detected", "left_over", "outline", "unread",
)  # fmt: skip
SEEN = 0.5
"""Share of a ghost that a detector's line has to hold for it to be kept whatever it looks like."""
_FILE = Path(__file__).with_name("ghost_prior.json")


@dataclass(frozen=True, slots=True)
class Ghost:
    """A place with ink that no slot covers, in pixels of the frame."""

    box: Box
    text: float
    """Probability that text stands there."""


@dataclass(slots=True)
class Found:
    """Candidates of a page, before they are judged: one row of `values` (see NAMES) a box."""

    boxes: list[Box]
    values: Floats


def ghosts(
    ink: Ink,
    covered: Sequence[Box],
    line_height: float,
    detected: Sequence[Box] = (),
    *,
    vertical: bool = False,
) -> list[Ghost]:
    """The page's ghosts, top to bottom. Boxes go in and come out in pixels of the frame.

    covered: what the slots redact. line_height: of the page's text; 0 where nothing was read. detected:
    places where an engine's detector saw a line that its recogniser could not read.
    """
    found = candidates(ink, covered, line_height, detected, vertical=vertical)
    if not found.boxes:
        return []
    text, matters, least = prior()
    mark = matters.probability(found.values)
    detected_share = found.values[:, NAMES.index("detected")]
    return [
        Ghost(box, float(p))
        for box, p, m, seen in zip(
            found.boxes, text.probability(found.values), mark, detected_share, strict=True
        )
        if max(m, p) >= least or seen >= SEEN
    ]


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression on standardised features."""

    mean: Floats
    scale: Floats
    weights: Floats
    bias: float

    def probability(self, values: Floats) -> Floats:
        """One probability a row of `values` (rows x NAMES), within 0.005..0.995: nothing is certain here."""
        score = ((values - self.mean) / self.scale).clip(-4, 4) @ self.weights + self.bias
        found: Floats = np.clip(1.0 / (1.0 + np.exp(-score)), 0.005, 0.995)
        return found


@cache
def prior() -> tuple[Logistic, Logistic, float]:
    """The shipped models: text stands there; the ink matters; below which a ghost is surely noise."""
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    if tuple(data["features"]) != NAMES:
        raise ValueError("ghost_prior.json was made for other features: run bench/ghosts.py")
    mean, scale = np.array(data["mean"]), np.array(data["scale"])
    text, matters = (
        Logistic(mean, scale, np.array(part["weights"]), float(part["bias"]))
        for part in (data["text"], data["matters"])
    )
    return text, matters, float(data["noise_below"])


# -- candidates ---------------------------------------------------------------------------------


def candidates(
    ink: Ink,
    covered: Sequence[Box],
    line_height: float,
    detected: Sequence[Box] = (),
    *,
    vertical: bool = False,
) -> Found:
    """All places with uncovered ink that could be a word or a mark, with what is known about each."""
    import cv2

    page = _Page.of(ink, covered, line_height)
    tall = page.tall
    dx, dy = max(1, round(0.9 * tall)), max(1, round(0.25 * tall))
    kernel = np.ones((dx, dy) if vertical else (dy, dx), np.uint8)
    joined = cv2.morphologyEx(page.rest, cv2.MORPH_CLOSE, kernel)
    joined[page.taken > 0] = 0
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    least_ink = max(0.08 * tall * tall, 6.0)
    big = (stats[:, 4] >= 0.5 * least_ink) & (stats[:, 2:4].max(axis=1) >= 0.3 * tall)
    parts: list[_Part] = []
    for n in (np.flatnonzero(big[1:]) + 1).tolist():
        x, y, w, h, _ = stats[n].tolist()
        own = page.rest[y : y + h, x : x + w] * (labels[y : y + h, x : x + w] == n).astype(np.uint8)
        parts.extend(
            (x + px, y + py, own[py : py + ph, px : px + pw])
            for px, py, pw, ph in _lines_of(own, tall, vertical)
        )
    boxes: list[Box] = []
    rows: list[list[float]] = []
    hints = [b.scaled(page.factor) for b in detected]
    for x, y, own in _rows_of(parts, page.taken, tall, vertical):
        h, w = own.shape
        if own.sum() < least_ink or max(w, h) < 0.45 * tall or min(w, h) < 0.12 * tall:
            continue
        if w > 0.95 * page.width and h > 0.6 * page.height:
            continue
        boxes.append(Box(x, y, x + w, y + h).scaled(1.0 / page.factor))
        rows.append(page.features(x, y, w, h, own, hints))
    order = sorted(range(len(boxes)), key=lambda n: (boxes[n].y0, boxes[n].x0))
    return Found([boxes[n] for n in order], np.array([rows[n] for n in order]).reshape(-1, len(NAMES)))


_Part = tuple[int, int, Bits]
"""Left, top and the ink of a piece, at the size ghosts are looked for."""
_MOST = 1500
"""So many pieces are looked at, those with the most ink first: more is noise."""


def _rows_of(parts: list[_Part], taken: Bits, tall: float, vertical: bool) -> list[_Part]:
    """Pieces side by side in a row, with nothing read between them, put together: a line, or a word's
    gap in one.
    """
    if len(parts) > _MOST:
        parts = sorted(parts, key=lambda p: -int(p[2].sum()))[:_MOST]
    if len(parts) < 2:
        return parts
    bounds = np.array([(x, y, x + own.shape[1], y + own.shape[0]) for x, y, own in parts], dtype=np.float64)
    if vertical:
        bounds = bounds[:, [1, 0, 3, 2]]
    high = bounds[:, 3] - bounds[:, 1]
    order = np.argsort(bounds[:, 0], kind="stable")
    owner = list(range(len(parts)))

    def root(n: int) -> int:
        while owner[n] != n:
            owner[n] = owner[owner[n]]
            n = owner[n]
        return n

    for k, n in enumerate(order.tolist()):
        later = order[k + 1 :]
        gap = bounds[later, 0] - bounds[n, 2]
        shared = np.minimum(bounds[later, 3], bounds[n, 3]) - np.maximum(bounds[later, 1], bounds[n, 1])
        level = np.minimum(high[later], high[n]), np.maximum(high[later], high[n])
        near = (gap <= 1.5 * tall) & (shared >= 0.45 * level[0]) & (level[1] <= 2.2 * tall)
        for m in later[near].tolist():
            x0, x1 = sorted((int(bounds[n, 2]), int(bounds[m, 0])))
            y0, y1 = int(max(bounds[n, 1], bounds[m, 1])), int(min(bounds[n, 3], bounds[m, 3])) + 1
            between = taken[x0:x1, y0:y1] if vertical else taken[y0:y1, x0:x1]
            if not between.size or between.mean() < 0.1:
                owner[root(m)] = root(n)
    groups: dict[int, list[int]] = {}
    for n in range(len(parts)):
        groups.setdefault(root(n), []).append(n)
    out: list[_Part] = []
    for members in groups.values():
        if len(members) == 1:
            out.append(parts[members[0]])
            continue
        x0, y0 = min(parts[n][0] for n in members), min(parts[n][1] for n in members)
        x1 = max(parts[n][0] + parts[n][2].shape[1] for n in members)
        y1 = max(parts[n][1] + parts[n][2].shape[0] for n in members)
        whole = np.zeros((y1 - y0, x1 - x0), np.uint8)
        for n in members:
            x, y, own = parts[n]
            place = whole[y - y0 : y - y0 + own.shape[0], x - x0 : x - x0 + own.shape[1]]
            np.maximum(place, own, out=place)
        out.append((x0, y0, whole))
    return out


def _lines_of(own: Bits, tall: float, vertical: bool) -> list[tuple[int, int, int, int]]:
    """x, y, width and height of the lines in a group: lines of writing that touch are cut apart.

    Only where nearly no ink runs across the cut and a line's height is left on both sides, so that a
    signature stays whole.
    """
    extent = own.shape[1] if vertical else own.shape[0]
    cuts = [0, extent]
    if extent > 1.9 * tall and (own.shape[0] if vertical else own.shape[1]) > 1.5 * tall:
        profile = own.sum(axis=0 if vertical else 1).astype(np.float64)
        smooth = np.convolve(profile, np.ones(3) / 3, "same")
        least = 0.7 * tall
        at = np.arange(extent)
        for k in np.argsort(smooth, kind="stable").tolist():
            if smooth[k] > 0.2 * np.percentile(profile, 85):
                break
            if min(abs(k - c) for c in cuts) >= least:
                cuts.append(int(at[k]))
    cuts.sort()
    out = []
    for a, b in pairwise(cuts):
        part = own[:, a:b] if vertical else own[a:b]
        ys, xs = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
        if not len(ys):
            continue
        x0, y0 = int(xs[0]) + (a if vertical else 0), int(ys[0]) + (0 if vertical else a)
        out.append((x0, y0, int(xs[-1] - xs[0]) + 1, int(ys[-1] - ys[0]) + 1))
    return out


@dataclass(slots=True)
class _Page:
    """A page's uncovered ink at the size ghosts are looked for, and what is typical of its read ink."""

    rest: Bits
    """Ink that no slot covers."""
    whole: NDArray[np.int32]
    """Labels of all ink, to see of what a piece is a left-over."""
    whole_size: NDArray[np.int64]
    taken: Bits
    rules: Bits
    depth: Bits
    factor: float
    """Frame pixels to these."""
    tall: float
    slots: Floats
    stroke: float
    darkness: float
    unread: float
    """Share of the page's ink that no slot covers: high where an engine failed."""

    @property
    def width(self) -> int:
        return int(self.rest.shape[1])

    @property
    def height(self) -> int:
        return int(self.rest.shape[0])

    @classmethod
    def of(cls, ink: Ink, covered: Sequence[Box], line_height: float) -> _Page:
        import cv2

        shrink = max(1, -(-max(ink.mask.shape) // SIDE))
        h, w = ink.mask.shape
        size = (max(1, w // shrink), max(1, h // shrink))

        # Cut to whole multiples, or INTER_AREA takes ten times as long.
        whole_part = (slice(0, size[1] * shrink), slice(0, size[0] * shrink))
        everything = _reduced(ink.mask[whole_part], size)
        factor = ink.scale / shrink
        if not line_height:
            line_height = _usual_height(ink) / ink.scale
        tall = max(line_height * factor, 5.0)
        rest, taken = everything.copy(), np.zeros_like(everything)
        pad = 0.06 * tall
        slots = np.array([b.scaled(factor).as_list() for b in covered]).reshape(-1, 4)
        for x0, y0, x1, y1 in slots.tolist():
            area = (
                slice(max(0, int(y0 - pad)), max(0, int(np.ceil(y1 + pad)))),
                slice(max(0, int(x0 - pad)), max(0, int(np.ceil(x1 + pad)))),
            )
            rest[area] = 0
            taken[area] = 1
        border = max(2, round(0.006 * max(rest.shape)))
        rest[:border], rest[-border:], rest[:, :border], rest[:, -border:] = 0, 0, 0, 0
        count, whole, stats, _ = cv2.connectedComponentsWithStats(everything, connectivity=8)
        sizes = stats[:, 4].astype(np.int64)
        sizes[0] = 0
        left = np.bincount(whole[rest > 0], minlength=count)
        # A stub of a letter that a slot has: its descender, the end of its flourish.
        stub = (left > 0) & (left < 0.4 * sizes) & (left < 0.35 * tall * tall)
        stub[0] = False
        if stub.any():
            rest[stub[whole]] = 0
        depth = ink.depth
        if shrink > 1:
            depth = np.asarray(cv2.resize(depth[whole_part], size, interpolation=cv2.INTER_AREA), np.uint8)
        read = (everything > 0) & (taken > 0) if taken.any() else everything > 0
        return cls(
            rest=rest,
            whole=np.asarray(whole, np.int32),
            whole_size=sizes,
            taken=taken,
            rules=_reduced(ink.rules[whole_part], size),
            depth=depth,
            factor=factor,
            tall=tall,
            slots=slots,
            stroke=_stroke(read),
            darkness=float(depth[read].mean()) if read.any() else 60.0,
            unread=float(rest.sum()) / max(float(everything.sum()), 1.0),
        )

    def features(self, x: int, y: int, w: int, h: int, own: Bits, hints: Sequence[Box]) -> list[float]:
        """One row, in the order of NAMES."""
        import cv2

        tall = self.tall
        area, dots = float(w * h), float(own.sum())
        place = (slice(y, y + h), slice(x, x + w))
        _, _, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(own), connectivity=8)
        stats = stats[1:][stats[1:, 4] >= max(2.0, 0.004 * tall * tall)]
        sizes = stats[:, 4] if len(stats) else np.array([1.0])
        heights = stats[:, 3] if len(stats) else np.array([1.0])
        runs = float((np.diff(np.pad(own, ((0, 0), (1, 0))).astype(np.int8), axis=1) == 1).sum())
        piles = float((np.diff(np.pad(own, ((1, 0), (0, 0))).astype(np.int8), axis=0) == 1).sum())
        stroke = np.log(max(2 * dots / max(runs + piles, 1.0), 0.3) / self.stroke)
        darkness = np.log(max(float(self.depth[place][own > 0].mean()), 4.0) / max(self.darkness, 4.0))
        edge = min(x, y, self.width - x - w, self.height - y - h)
        row, beside, below = self._neighbours(x, y, w, h)
        touched = np.unique(self.whole[place][own > 0])
        left_over = dots / max(float(self.whole_size[touched].sum()), 1.0)
        own_box = Box(x, y, x + w, y + h)
        seen = max((_shared(own_box, hint) / area for hint in hints), default=0.0)
        high = np.log(h / tall)
        return [
            high,
            abs(high),
            np.log(w / tall),
            abs(np.log(w / h)),
            np.log(dots / area),
            np.log(len(sizes) / max(w / tall, 0.3)),
            float(sizes.max() / dots),
            float(np.median(heights) / tall),
            np.log(max(runs / h / (w / tall), 0.05)),
            np.log(max(piles / w / (h / tall), 0.05)),
            stroke,
            abs(stroke),
            darkness,
            abs(darkness),
            min(max(edge / tall, 0.0), 3.0),
            row,
            beside,
            below,
            min(float(self.rules[place].sum()) / (w + h), 2.0),
            min(seen, 1.0),
            min(left_over, 1.0),
            np.log(max(dots / (self.stroke * (w + h)), 0.05)),
            self.unread,
        ]

    def _neighbours(self, x: int, y: int, w: int, h: int) -> tuple[float, float, float]:
        """How well it stands in the row of a slot (0..1), and how near slots are beside it and above or
        below, in line heights up to 6.
        """
        if not len(self.slots):
            return 0.0, 6.0, 6.0
        s, tall = self.slots, self.tall
        gap_x = np.maximum(np.maximum(s[:, 0] - x - w, x - s[:, 2]), 0)
        gap_y = np.maximum(np.maximum(s[:, 1] - y - h, y - s[:, 3]), 0)
        shared = np.minimum(s[:, 3], y + h) - np.maximum(s[:, 1], y)
        row = np.clip(shared / np.maximum(s[:, 3] - s[:, 1], h), 0, 1) * (gap_x < 25 * tall)
        beside = np.min(gap_x + 4 * gap_y) / tall
        below = np.min(gap_y + 4 * gap_x) / tall
        return float(row.max()), float(min(beside, 6.0)), float(min(below, 6.0))


def _reduced(bits: Bits, size: tuple[int, int]) -> Bits:
    """A bit map made smaller, to width x height pixels: 1 where at least a quarter of the pixel is."""
    import cv2

    if bits.shape[::-1] == size:
        return bits.copy()
    small = cv2.resize(bits * np.uint8(255), size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.threshold(small, 60, 1, cv2.THRESH_BINARY)[1], np.uint8)


def _shared(a: Box, b: Box) -> float:
    return max(min(a.x1, b.x1) - max(a.x0, b.x0), 0.0) * max(min(a.y1, b.y1) - max(a.y0, b.y0), 0.0)


def _stroke(ink: NDArray[np.bool_]) -> float:
    """Mean stroke width: twice the ink over the number of its runs across and down."""
    dots = float(ink.sum())
    if not dots:
        return 2.0
    bits = ink.view(np.int8)
    runs = float((np.diff(bits, axis=1) == 1).sum() + (np.diff(bits, axis=0) == 1).sum())
    return float(max(2 * dots / max(runs, 1.0), 0.5))


def _usual_height(ink: Ink) -> float:
    """The height of a line, in working pixels, guessed from the ink's components alone."""
    side = float(max(ink.mask.shape))
    if not len(ink.boxes):
        return side / 60
    heights = ink.boxes[:, 3] - ink.boxes[:, 1]
    letters = heights[heights >= max(3.0 * ink.stroke, side / 400)]
    if not len(letters):
        return side / 60
    return float(np.clip(1.3 * np.percentile(letters, 60), side / 200, side / 20))
