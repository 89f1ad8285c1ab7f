"""Words of a text layer that was given (OCR): what of them stays, cut by proportion.

Their letters have no places of their own, only the words have; and what an engine read may name no ink
at all. Words of the file's own text are redaction.burn.seen's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.geometry import Box, Quad
from redaction.burn.layer import LayerWord, leftward
from redaction.burn.overlap import under

Boxes = Sequence[tuple[float, float, float, float]]
STEP, SPREAD = 26, 32
"""Grey levels between neighbouring pixels, or in all, from which on a word's place holds writing."""
LARGEST = 4_000_000
"""Pixels of the picture in which writing is looked for, at most 72 to an inch."""


def layer_outside(
    words: Sequence[LayerWord], boxes: Sequence[Box], pixels: NDArray[np.uint8], scale: float
) -> list[LayerWord]:
    """The words, less the letters under boxes and a letter more, as far as they stand over writing.

    `pixels`: the page at `scale` px a point, H x W or H x W x 3, without the boxes.
    """
    return _written(_cut(words, boxes), boxes, pixels, scale)


def _cut(words: Sequence[LayerWord], boxes: Sequence[Box]) -> list[LayerWord]:
    area = [(b.x0, b.y0, b.x1, b.y1) for b in boxes]
    out: list[LayerWord] = []
    for word in words:
        parts = covered_parts(word, area) if area else []
        if not parts:
            out.append(word)
            continue
        position = 0
        for start, end in [*parts, (len(word.text) + 1, len(word.text))]:
            last = start - 1
            if last > position:
                corners = None if word.vertical else _corners(word, position, last)
                box = part_of(word, position, last)
                out.append(LayerWord(word.text[position:last], box, corners, word.vertical, word.line))
            position = end + 1
    return out


def _written(
    words: Sequence[LayerWord], boxes: Sequence[Box], pixels: NDArray[np.uint8], scale: float
) -> list[LayerWord]:
    """Those words in whose place something is written, what boxes cover not counted."""
    import cv2

    if not words or not pixels.size:
        return list(words)
    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    coarse = min(1.0, (LARGEST / max(width * height / scale**2, 1.0)) ** 0.5)
    factor = coarse / scale
    if factor < 1:
        size = max(round(width * factor), 1), max(round(height * factor), 1)
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        scale = coarse
    height, width = grey.shape
    steps = np.zeros(grey.shape, np.uint8)
    steps[:, 1:] = cv2.absdiff(grey[:, 1:], grey[:, :-1])
    steps[1:] = cv2.max(steps[1:], cv2.absdiff(grey[1:], grey[:-1]))
    free = np.ones(grey.shape, bool)
    for box in boxes:
        free[
            max(int(box.y0 * scale) - 1, 0) : max(int(box.y1 * scale) + 3, 0),
            max(int(box.x0 * scale) - 1, 0) : max(int(box.x1 * scale) + 3, 0),
        ] = False
    steps[~free] = 0
    out = []
    for word in words:
        box = word.box
        window = (
            slice(max(int(box.y0 * scale) + 1, 0), max(int(np.ceil(box.y1 * scale)), 0)),
            slice(max(int(box.x0 * scale) + 1, 0), max(int(np.ceil(box.x1 * scale)), 0)),
        )
        if steps[window].size == 0:
            continue
        left = grey[window][free[window]]
        spread = int(left.max()) - int(left.min()) if left.size else 0
        if int(steps[window].max()) > STEP or (spread > SPREAD and left.size == steps[window].size):
            out.append(word)
    return out


def covered_parts(word: LayerWord, area: Boxes) -> list[tuple[int, int]]:
    """Character ranges of a word that lie under the boxes (n x 4), by proportion."""
    covered = [(under(tuple(part_of(word, i, i + 1).as_list()), area)) for i in range(len(word.text))]
    ranges: list[tuple[int, int]] = []
    for index, hit in enumerate(covered):
        if hit and ranges and ranges[-1][1] == index:
            ranges[-1] = (ranges[-1][0], index + 1)
        elif hit:
            ranges.append((index, index + 1))
    return ranges


def part_of(word: LayerWord, first: int, end: int) -> Box:
    """The box of some characters of a word, by proportion, along the word's own direction."""
    count = max(len(word.text), 1)
    low, high = first / count, end / count
    if word.vertical:
        box = word.box
        return Box(box.x0, box.y0 + box.height * low, box.x1, box.y0 + box.height * high)
    return _corners(word, first, end).bounds


def _corners(word: LayerWord, first: int, end: int) -> Quad:
    """The corners of some characters of a word that is written in lines."""
    count = max(len(word.text), 1)
    p = (word.quad or Quad.from_box(word.box)).points

    def along(a: tuple[float, float], b: tuple[float, float], t: float) -> tuple[float, float]:
        return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t

    low, high = first / count, end / count
    if leftward(word.text):
        low, high = 1 - high, 1 - low
    return Quad(
        (along(p[0], p[1], low), along(p[0], p[1], high), along(p[3], p[2], high), along(p[3], p[2], low))
    )
