"""How much of the words' ink the slots' redact boxes cover, measured on the page image.

Ink is what is clearly darker than the paper around it. Where the truth has words with boxes these are
measured, else its lines' boxes with the width shared out among their words by the letters' widths (less
exact). Nothing here knows text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evaluation.labels import Labels
from evaluation.truth import Truth
from model.geometry import Box, Transform
from model.words import MergedPage

ENOUGH: Final = 0.95
"""A word counts as covered from this share of its ink on."""
LEAST_INK: Final = 10
"""Pixels of ink below which a word is not measured."""


@dataclass(slots=True)
class Coverage:
    """Shares of ink, one entry a word of the truth that has ink."""

    covered: list[float] = field(default_factory=list)
    """Inside the redact boxes of all slots."""
    read: list[float] = field(default_factory=list)
    """Inside the redact boxes of slots with a text: without those of ghosts."""
    own: list[float] = field(default_factory=list)
    """Inside the redact boxes of the slots that stand for this word; only words with boxes of their own."""
    shown: list[float] = field(default_factory=list)
    """The same for the boxes that are shown."""
    area: list[float] = field(default_factory=list)
    """Area of those redact boxes / area of the word's box."""
    exact: int = 0
    """Words measured by boxes of their own."""

    def add(self, other: Coverage) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def figures(self) -> dict[str, Any]:
        return {
            "coverage": _enough(self.covered),
            "coverage_without_ghosts": _enough(self.read),
            "coverage_own": _enough(self.own),
            "coverage_shown": _enough(self.shown),
            "coverage_area": float(np.median(self.area)) if self.area else None,
            "coverage_words": len(self.covered),
            "coverage_words_exact": self.exact,
        }


def _enough(shares: Sequence[float]) -> float | None:
    return float(np.mean(np.array(shares) >= ENOUGH)) if shares else None


def ink_of(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """What is clearly darker than the paper around it. pixels: H x W x 3 RGB or H x W."""
    import cv2

    grey: Any = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) if pixels.ndim == 3 else pixels
    small = cv2.resize(grey, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.resize(cv2.medianBlur(small, 21), grey.shape[::-1])
    darker = np.clip(paper.astype(np.int16) - grey, 0, 255).astype(np.uint8)
    clear = darker[darker > 12]
    limit = 60.0
    if len(clear):
        limit = float(np.clip(cv2.threshold(clear.reshape(-1, 1), 0, 255, cv2.THRESH_OTSU)[0], 30, 60))
    result: NDArray[np.bool_] = darker > limit
    return result


def coverage(
    page: MergedPage, truth: Truth, labels: Labels, pixels: NDArray[np.uint8], transform: Transform | None
) -> Coverage:
    """labels: those of the page's slots, made with the same transform (prepared -> image)."""
    out = Coverage()
    if not truth.placed or min(pixels.shape[:2]) < 8:
        return out
    ink = ink_of(pixels)
    every, read = np.zeros_like(ink), np.zeros_like(ink)
    for slot in page.slots:
        every[_window(slot.redact_box, ink.shape)] = True
        if slot.text:
            read[_window(slot.redact_box, ink.shape)] = True
    places = [transform.box(box) if transform else box for _, box in labels.words]
    boxes = [w.box for w in truth.words] or [b for b in places if b.area > 0]
    owners = _owners(labels, places, boxes) if truth.words else [[] for _ in boxes]
    for box, own in zip(boxes, owners, strict=True):
        window = _window(box, ink.shape)
        part = ink[window]
        total = int(part.sum())
        if total < LEAST_INK:
            continue
        out.covered.append(int((part & every[window]).sum()) / total)
        out.read.append(int((part & read[window]).sum()) / total)
        out.exact += bool(truth.words)
        slots = [page.slots[n] for n in own]
        if not slots:
            continue
        out.own.append(_inside(part, window, [s.redact_box for s in slots], ink.shape) / total)
        out.shown.append(_inside(part, window, [s.box for s in slots], ink.shape) / total)
        out.area.append(sum(s.redact_box.area for s in slots) / max(box.area, 1.0))
    return out


Window = tuple[slice, slice]


def _window(box: Box, shape: tuple[int, ...]) -> Window:
    """Rows and columns of a box, parts of pixels included, at least none."""
    height, width = shape[:2]
    x0, y0 = min(max(int(box.x0), 0), width), min(max(int(box.y0), 0), height)
    x1, y1 = min(max(int(np.ceil(box.x1)), x0), width), min(max(int(np.ceil(box.y1)), y0), height)
    return slice(y0, y1), slice(x0, x1)


def _inside(part: NDArray[np.bool_], window: Window, boxes: Sequence[Box], shape: tuple[int, ...]) -> int:
    rows, columns = window
    mask = np.zeros_like(part)
    for box in boxes:
        r, c = _window(box, shape)
        mask[
            max(r.start - rows.start, 0) : max(r.stop - rows.start, 0),
            max(c.start - columns.start, 0) : max(c.stop - columns.start, 0),
        ] = True
    return int((part & mask).sum())


def _owners(labels: Labels, places: Sequence[Box], boxes: Sequence[Box]) -> list[list[int]]:
    """For each box of the truth the slots that stand for what lies in it."""
    out: list[set[int]] = [set() for _ in boxes]
    if not boxes:
        return []
    edges = np.array([b.as_list() for b in boxes])
    middles = (edges[:, :2] + edges[:, 2:]) / 2
    for n, want in enumerate(labels.slots):
        for w in want.touched:
            x, y = places[w].centre
            beside = np.maximum(np.maximum(edges[:, 0] - x, x - edges[:, 2]), 0)
            above = np.maximum(np.maximum(edges[:, 1] - y, y - edges[:, 3]), 0)
            far = 1e4 * ((beside > 2) | (above > 2)) + np.hypot(middles[:, 0] - x, middles[:, 1] - y)
            out[int(far.argmin())].add(n)
    return [sorted(own) for own in out]
