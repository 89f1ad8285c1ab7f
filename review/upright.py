"""The page's angle from its readings alone, for merging where no preparation is known.

`inkveil merge` gets an image and readings, not how the page was straightened. Lines that lean are then led
into an upright frame for the time of the merge. Nothing here looks at the image.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from model.geometry import Frame, Quad, Transform, image_frame
from model.words import Reading, Word

LEAST = 0.35
"""Degrees under which a page counts as straight."""
SPREAD = 2.5
"""Degrees around the page's angle within which most of its words must lie."""
STEEPEST = 8.0
"""Degrees up to which the lean of a page is looked for where only upright boxes are known."""
FEWEST = 12
"""Words from which on upright boxes say something about the lean."""
MOST = 400
"""Words that are enough for that."""
CLEARLY = 1.3
"""How much better than in a straight page the words must fall into rows."""
_LEVEL = 0.02
"""A quad whose upper edge leans less than this, in degrees, says nothing about the page's angle."""


def upright(readings: Sequence[Reading], width: float, height: float) -> Transform | None:
    """Leads from an upright frame to the page image of width x height px; None where it is straight.

    Quads say the angle directly; where an engine gives upright boxes only, the rows they fall into do. A
    page whose words do not agree on one angle is left as it is.
    """
    words = [[w for w in r.words or () if not w.vertical and _sound(w)] for r in readings]
    found = [e for own in words if _leans(own) for e in _of_quads(own)]
    if not found:
        found = [e for own in words for e in _of_boxes(own)]
    if not found:
        return None
    angles, weights = np.array(found).T
    quarters = np.round(angles / 90).astype(int) % 4
    quarter = int(np.argmax(np.bincount(quarters, weights=weights, minlength=4)))
    rest = (angles - 90 * quarter + 180) % 360 - 180
    level = np.abs(rest) <= 30
    if weights[level].sum() < 0.6 * weights.sum():
        return None
    rest, weights = rest[level], weights[level]
    order = np.argsort(rest, kind="stable")
    middle = np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)
    lean = float(rest[order][min(int(middle), len(order) - 1)])
    if weights[np.abs(rest - lean) <= SPREAD].sum() < 0.6 * weights.sum():
        lean = 0.0
    if abs(lean) < LEAST:
        lean = 0.0
    if not quarter and not lean:
        return None
    return turned(90.0 * quarter + lean, width, height)


def turned(angle: float, width: float, height: float) -> Transform:
    """From a frame turned by `angle` degrees (clockwise, of its x axis in the image) to the image."""
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    wide, high = abs(c) * width + abs(s) * height, abs(s) * width + abs(c) * height
    x, y = width / 2 - c * wide / 2 + s * high / 2, height / 2 - s * wide / 2 - c * high / 2
    return Transform(
        Frame("upright", wide, high), image_frame(round(width), round(height)), (c, -s, x, s, c, y, 0, 0, 1)
    )


def leaning(reading: Reading, transform: Transform) -> Reading:
    """The reading with quads that lean with the page, where its boxes are the upright bounds of such.

    A box of W x H around a word of w x h that leans by a: W = w cos a + h sin a, H = w sin a + h cos a.
    Boxes that no such word fits stay as they are.
    """
    m = transform.matrix
    c, s = abs(m[0]), abs(m[3])
    if reading.words is None or s > 0.3 or _leans(reading.words):
        return reading
    words = []
    for word in reading.words:
        if not _sound(word):
            words.append(word)
            continue
        box = word.box
        w = (box.width * c - box.height * s) / (c * c - s * s)
        h = (box.height * c - box.width * s) / (c * c - s * s)
        if w < 0.5 * box.width or h < 0.5 * box.height:
            words.append(word)
            continue
        x, y = box.centre
        corners = [
            (x + m[0] * u - m[3] * v, y + m[3] * u + m[0] * v)
            for u, v in ((-w / 2, -h / 2), (w / 2, -h / 2), (w / 2, h / 2), (-w / 2, h / 2))
        ]
        words.append(replace(word, quad=Quad((corners[0], corners[1], corners[2], corners[3]))))
    return replace(reading, words=tuple(words))


def _leans(words: Sequence[Word]) -> bool:
    """Whether an engine says how its words lie, rather than their upright bounds."""
    return any(abs(w.quad.angle) > _LEVEL for w in words)


def _of_quads(words: Sequence[Word]) -> list[tuple[float, float]]:
    angles = [w.quad.angle for w in words]
    # Corners may start anywhere, or go the wrong way round: then only the angle within a quarter counts.
    forward = 0.0
    for before, after in pairwise(words):
        if before.line == after.line:
            (x0, y0), (x1, y1) = before.box.centre, after.box.centre
            turn = math.radians(before.quad.angle)
            forward += (x1 - x0) * math.cos(turn) + (y1 - y0) * math.sin(turn)
    long = sum(len(w.text) * (1 if _edge(w, 0) > _edge(w, 1) else -1) for w in words if len(w.text) >= 4)
    trusted = forward >= 0 and long >= 0
    out = []
    for word, angle in zip(words, angles, strict=True):
        # The whole length of a word tells its angle; a short one's edge is a matter of pixels.
        weight = _edge(word, 0) if len(word.text) >= 2 else 0.0
        if weight:
            out.append((angle if trusted else (angle + 45) % 90 - 45, weight))
    return out


def _sound(word: Word) -> bool:
    return all(math.isfinite(v) and abs(v) < 1e7 for p in word.quad.points for v in p)


def _edge(word: Word, n: int) -> float:
    return math.dist(word.quad.points[n], word.quad.points[n + 1])


def _of_boxes(words: Sequence[Word]) -> list[tuple[float, float]]:
    """The lean at which upright boxes fall into rows best (the projection of Baird 1987, on the words' feet
    and middles instead of pixels), up to STEEPEST degrees either way.
    """
    if len(words) < FEWEST:
        return []
    # Words that follow each other: every n-th word of a table lies on rows that lean.
    first = max(0, (len(words) - MOST) // 2)
    boxes = np.array([w.box.as_list() for w in words[first : first + MOST]])
    tall = max(float(np.median(boxes[:, 3] - boxes[:, 1])), 1.0)
    weight = np.sqrt(np.maximum(boxes[:, 2] - boxes[:, 0], 1.0))
    x = (boxes[:, 0] + boxes[:, 2]) / 2
    x -= x.mean()
    middles = (boxes[:, 1] + boxes[:, 3]) / 2

    def rows(angle: float) -> float:
        slope = math.tan(math.radians(angle))
        total = 0.0
        for y, shift in ((middles, 0.0), (middles, 0.5), (boxes[:, 3], 0.0), (boxes[:, 3], 0.5)):
            bins = np.floor((y - x * slope) / (0.3 * tall) + shift).astype(np.int64)
            total += float((np.bincount(bins - bins.min(), weights=weight) ** 2).sum())
        return total

    coarse = np.arange(-STEEPEST, STEEPEST + 0.1, 0.4)
    scores = np.array([rows(a) for a in coarse])
    near = float(coarse[int(np.argmax(np.convolve(np.pad(scores, 1, mode="edge"), [0.5, 1, 0.5], "valid")))])
    fine = np.arange(near - 0.4, near + 0.41, 0.1)
    best = max(fine.tolist(), key=rows)
    lean = best if rows(best) > CLEARLY * rows(0.0) else 0.0
    return [(lean, float(weight.sum()) * tall)]
