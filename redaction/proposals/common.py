"""What every search for proposals gets and gives: a page's ink at a working size, and places with a reason.

A proposal is a place that may hold something personal which is no text: a signature, a stamp, a
photograph, a code. Pixels in, boxes out; words, findings and decisions are others'.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.geometry import Box

Bits = NDArray[np.uint8]
"""Height x width, 1 where something is."""
Pixels = NDArray[np.uint8]

SIDE: Final = 1200
"""Longest side, in pixels, of the copy that is searched: an A4 page at about 100 dpi."""
LEAST: Final = 60
"""Pixels of a page's shorter side under which nothing is looked for: no such page shows a signature."""
FAINTEST: Final = 18.0
"""Grey levels darker than the paper around it from which on a pixel can be ink."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A place to look at. `box` is in the frame of the image that was searched."""

    type: str
    """SIGNATURE, STAMP, PHOTOGRAPH, BARCODE or QR_CODE."""
    box: Box
    score: float
    """How surely it is one, 0..1; no calibrated probability."""
    recogniser: str
    why: str
    """What speaks for it, in words."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A connected piece of ink at the working size: its box and how many pixels it has."""

    label: int
    x: int
    y: int
    w: int
    h: int
    dots: int

    @property
    def density(self) -> float:
        return self.dots / (self.w * self.h)


class Sheet:
    """A page's image and what several searches need of it, made when first asked for.

    `image` is uint8, height x width x 3, RGB; `words` are the boxes of what was read, in its pixels.
    Everything else is in pixels of the working copy: those of the image times `factor`.
    """

    def __init__(self, image: Pixels, words: Sequence[Box]) -> None:
        import cv2

        self.image = image
        height, width = image.shape[:2]
        self.factor = min(1.0, SIDE / max(height, width, 1))
        size = (max(1, round(width * self.factor)), max(1, round(height * self.factor)))
        copy = image
        while min(copy.shape[:2]) > 1 and copy.shape[1] >= 2 * size[0]:
            # Halving in steps by whole pixels: INTER_AREA over fractions of pixels takes ten times as long.
            even = copy[: copy.shape[0] // 2 * 2, : copy.shape[1] // 2 * 2]
            copy = np.asarray(cv2.resize(even, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
        if copy.shape[1::-1] != size:
            copy = np.asarray(cv2.resize(copy, size, interpolation=cv2.INTER_AREA), np.uint8)
        self.copy = copy
        self.width, self.height = size
        self.words = [w.scaled(self.factor) for w in words]

    @cached_property
    def grey(self) -> Pixels:
        import cv2

        return np.asarray(cv2.cvtColor(self.copy, cv2.COLOR_RGB2GRAY), np.uint8)

    @cached_property
    def paper(self) -> Pixels:
        """The grey level of the paper at each place: what remains when the ink is closed away."""
        import cv2

        small = cv2.resize(self.grey, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((13, 13), np.uint8))
        light = cv2.GaussianBlur(closed, (0, 0), 6)
        return np.asarray(cv2.resize(light, (self.width, self.height)), np.uint8)

    @cached_property
    def depth(self) -> Pixels:
        """How much darker than the paper a pixel is, in grey levels."""
        import cv2

        return np.asarray(cv2.subtract(self.paper, self.grey), np.uint8)

    @cached_property
    def _bar(self) -> float:
        """Grey levels below the paper from which on a pixel is ink: Otsu's, with much paper left out."""
        import cv2

        counts = np.bincount(self.depth.ravel(), minlength=256)[8:]
        if counts.sum() < 20:
            return 255.0
        levels = np.repeat(np.arange(8, 256, dtype=np.uint8), np.minimum(counts // 8 + (counts > 0), 20_000))
        middle, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        return float(np.clip(0.8 * middle, FAINTEST, 70.0))

    @cached_property
    def ink(self) -> Bits:
        """1 where there is ink."""
        import cv2

        return np.asarray(cv2.threshold(self.depth, self._bar, 1, cv2.THRESH_BINARY)[1], np.uint8)

    @cached_property
    def faint(self) -> Bits:
        """1 where there is ink or what may be worn ink."""
        import cv2

        bar = max(0.5 * self._bar, FAINTEST - 4)
        return np.asarray(cv2.threshold(self.depth, bar, 1, cv2.THRESH_BINARY)[1], np.uint8)

    @cached_property
    def rules(self) -> Bits:
        """1 on straight lines that run along or down the page: ruling, frames, the line to sign on."""
        import cv2

        long = max(25, round(0.06 * max(self.width, self.height)))
        across = cv2.morphologyEx(
            cv2.dilate(self.ink, np.ones((3, 1), np.uint8)), cv2.MORPH_OPEN, np.ones((1, long), np.uint8)
        )
        down = cv2.morphologyEx(
            cv2.dilate(self.ink, np.ones((1, 3), np.uint8)), cv2.MORPH_OPEN, np.ones((long, 1), np.uint8)
        )
        return np.asarray(cv2.max(across, down), np.uint8)

    @cached_property
    def strokes(self) -> Bits:
        """Ink without ruled lines; where a stroke crosses one it is mended."""
        import cv2

        bare = cv2.subtract(self.ink, self.rules)
        mended = cv2.min(cv2.morphologyEx(bare, cv2.MORPH_CLOSE, np.ones((5, 3), np.uint8)), self.ink)
        return np.asarray(cv2.max(bare, mended), np.uint8)

    @cached_property
    def _labelled(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        import cv2

        joined = cv2.morphologyEx(self.strokes, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
        return np.asarray(labels, np.int32), np.asarray(stats, np.int32)

    @property
    def labels(self) -> NDArray[np.int32]:
        """The number of the piece of ink (see `pieces`) that each pixel belongs to, 0 for paper."""
        return self._labelled[0]

    @cached_property
    def pieces(self) -> list[Piece]:
        """Connected strokes, without specks."""
        return [
            Piece(n, x, y, w, h, dots)
            for n, (x, y, w, h, dots) in enumerate(self._labelled[1].tolist())
            if n and max(w, h) >= 3 and dots >= 4
        ]

    @cached_property
    def tall(self) -> float:
        """The usual height of a word; where nothing was read, of the larger pieces of ink."""
        heights = [w.height for w in self.words if w.width > 0.8 * w.height]
        if len(heights) < 8:
            heights = [1.3 * p.h for p in self.pieces if p.h >= 6 and p.w < 8 * p.h and p.h < 8 * p.w]
        usual = float(np.median(heights)) if heights else self.height / 60
        return float(np.clip(usual, self.height / 130, self.height / 22))

    @cached_property
    def read(self) -> Bits:
        """1 under the words that were read."""
        mask = np.zeros((self.height, self.width), np.uint8)
        for word in self.words:
            mask[place(word, mask.shape)] = 1
        return mask

    def outside(self, box: Box) -> Box:
        """A box of the working copy in pixels of the image, within it."""
        height, width = self.image.shape[:2]
        return box.scaled(1.0 / self.factor).clipped(width, height)


def place(box: Box, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The box's pixels, as an index into an array of that shape."""
    x0, y0 = max(0, int(box.x0)), max(0, int(box.y0))
    x1, y1 = min(shape[1], int(np.ceil(box.x1))), min(shape[0], int(np.ceil(box.y1)))
    return slice(y0, max(y0, y1)), slice(x0, max(x0, x1))


def share(bits: NDArray[np.uint8], box: Box) -> float:
    """Share of the box's pixels that are set."""
    part = bits[place(box, bits.shape)]
    return float(part.mean()) if part.size else 0.0


def overlap(a: Box, b: Box) -> float:
    """Common area over that of the smaller one."""
    both = a.intersection(b)
    return both.area / max(min(a.area, b.area), 1e-9) if both is not None else 0.0


def best_first(found: Iterable[Proposal]) -> list[Proposal]:
    """Of proposals for the same place the one with the highest score.

    Those of one type are the same where half of the smaller one is common; one of another type is left out
    only where it lies in a surer one, so that a signature across a stamp is not lost.
    """
    kept: list[Proposal] = []
    for proposal in sorted(found, key=lambda p: (-p.score, p.box.y0, p.box.x0)):
        if not any(_same_place(proposal, other) for other in kept):
            kept.append(proposal)
    return sorted(kept, key=lambda p: (p.box.y0, p.box.x0, p.type))


def _same_place(worse: Proposal, better: Proposal) -> bool:
    if worse.type == better.type:
        return overlap(worse.box, better.box) >= 0.5
    both = worse.box.intersection(better.box)
    return both is not None and both.area >= 0.7 * worse.box.area
