"""A finished page of the export, before it is written; and how boxes become paint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.geometry import Box
from redaction.burn.label import LabelFont, Mark, Written, boxes_and_labels
from redaction.burn.layer import LayerFont, LayerWord, content
from redaction.burn.navigation import Link
from redaction.burn.pdfout import Name, Ref, Stream, Value, Writer
from redaction.burn.raster import Encoded

if TYPE_CHECKING:
    from redaction.burn.fonts import FontPool

GRID = 0.25
"""Boxes and gaps are known to no better than this part of an em."""


EDGE = 0.1
"""Points from a page's edge within which a box ends with the page."""

LARGEST_EM = 24.0
"""Points: a box higher than a line is no letter's height."""


@dataclass(slots=True)
class PageOut:
    """What is written of a page. Its origin is the top left of the displayed page, nothing is rotated."""

    width: float
    height: float
    content: bytes
    """Operators in a space with the origin bottom left, points."""
    images: dict[str, Encoded] = field(default_factory=dict)
    fonts: dict[str, str] = field(default_factory=dict)
    """Resource name -> key in the document's FontPool."""
    states: dict[str, Value] = field(default_factory=dict)
    spaces: dict[str, Value] = field(default_factory=dict)
    layer: list[LayerWord] = field(default_factory=list)
    painted: list[Box] = field(default_factory=list)
    """The boxes: what is under them is gone from `content` and `images` already."""
    marks: list[Mark] = field(default_factory=list)
    """How the first of them look; the others are black."""
    stamps: list[Written] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)
    """By number of marked content in `content`: the source's (redaction.burn.tags)."""

    def write(
        self,
        writer: Writer,
        parent: Ref,
        layer_font: LayerFont,
        labels: LabelFont,
        fonts: FontPool | None,
        pages: Sequence[Ref] = (),
        number: int = 0,
    ) -> Ref:
        """Writes contents, images and the page; fonts are written at the end, by their reserved refs.

        `pages`: the refs of all pages, of which this is the one of `number` (from 1); else it gets its own.
        """
        resources: dict[str, Value] = {}
        marks = [*self.marks, *[Mark()] * (len(self.painted) - len(self.marks))]
        painted = [self._over_edge(box, mark) for box, mark in zip(self.painted, marks, strict=True)]
        boxes, lines = boxes_and_labels(painted, marks, self.height, self.stamps)
        written, label_fonts = labels.operators([*lines, *self.stamps], self.height, writer)
        body = self.content + boxes + written + content(self.layer, self.height, layer_font)
        named: dict[str, Value] = dict(label_fonts)
        if self.layer:
            named |= layer_font.refs(writer)
        if fonts is not None:
            named |= {resource: fonts.ref(key, writer) for resource, key in self.fonts.items()}
        if named:
            resources["Font"] = named
        if self.images:
            resources["XObject"] = {k: write_image(writer, v) for k, v in self.images.items()}
        if self.states:
            resources["ExtGState"] = self.states
        if self.spaces:
            resources["ColorSpace"] = {k: _placed(writer, v) for k, v in self.spaces.items()}
        page: dict[str, Value] = {
            "Type": Name("Page"),
            "Parent": parent,
            "MediaBox": [0, 0, self.width, self.height],
            "Resources": resources,
            "Contents": writer.put(Stream.deflated(body, level=writer.level)),
        }
        if self.tags:
            page["StructParents"] = max(number - 1, 0)
        if self.links:
            page["Annots"] = [writer.put(link.write(self.height, pages)) for link in self.links]
        return writer.put(page, pages[number - 1] if pages else None)

    def _over_edge(self, box: Box, mark: Mark) -> Box:
        """A box that ends with the page, a point beyond: the last pixel there is only a part of the page."""
        if mark.label or mark.light:
            return box
        return Box(
            box.x0 - (box.x0 < EDGE),
            box.y0 - (box.y0 < EDGE),
            box.x1 + (box.x1 > self.width - EDGE),
            box.y1 + (box.y1 > self.height - EDGE),
        )


def write_image(writer: Writer, image: Encoded) -> Ref:
    """An image and its mask."""
    values = {key: _placed(writer, value) for key, value in image.stream.values.items()}
    if image.mask is not None:
        values["SMask"] = write_image(writer, image.mask)
    return writer.put(Stream(values, image.stream.data))


def _placed(writer: Writer, value: Value) -> Value:
    """The value with every stream in it written as an object of its own."""
    if isinstance(value, Stream):
        return writer.put(Stream({k: _placed(writer, v) for k, v in value.values.items()}, value.data))
    if isinstance(value, dict):
        return {k: _placed(writer, v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_placed(writer, v) for v in value]
    return value


def on_grid(boxes: Sequence[Box], pixels: NDArray[np.uint8], scale: float) -> list[Box]:
    """Boxes widened to a multiple of a quarter em where the page beside them is blank.

    Their width would tell how long the words were. The em is taken from the box's height; nothing that
    is printed on the page is covered. `pixels`: the page at `scale` px a point.
    """
    out = []
    for box in boxes:
        tall = box.height <= box.width or box.width > 40
        em = min((box.height if tall else box.width) * 0.85, LARGEST_EM)
        grid = max(em * GRID, 1.0)
        if tall:
            missing = -box.width % grid
            grown = _blank(box, missing, pixels, scale, across=True)
            out.append(Box(box.x0, box.y0, box.x1 + grown, box.y1))
        else:
            missing = -box.height % grid
            grown = _blank(box, missing, pixels, scale, across=False)
            out.append(Box(box.x0, box.y0, box.x1, box.y1 + grown))
    return out


def _blank(box: Box, missing: float, pixels: NDArray[np.uint8], scale: float, *, across: bool) -> float:
    """How far, up to `missing` points, the page beyond the box's end is of one colour."""
    height, width = pixels.shape[:2]
    if across:
        start, reach, limit = int(box.x1 * scale) + 1, int((box.x1 + missing) * scale) + 2, width
        low, high = max(int(box.y0 * scale), 0), min(int(box.y1 * scale) + 1, height)
        strip = pixels[low:high, start : min(reach + 1, limit)]
    else:
        start, reach, limit = int(box.y1 * scale) + 1, int((box.y1 + missing) * scale) + 2, height
        low, high = max(int(box.x0 * scale), 0), min(int(box.x1 * scale) + 1, width)
        strip = pixels[start : min(reach + 1, limit), low:high].swapaxes(0, 1)
    if strip.size == 0 or reach >= limit:
        return 0.0
    flat = strip.reshape(strip.shape[0], strip.shape[1], -1).astype(np.int16)
    spread = (flat.max(axis=(0, 2)) - flat.min(axis=(0, 2))) > 12
    if not spread.any():
        return missing
    blank = int(np.argmax(spread)) - 1
    return max(min(missing, blank / scale), 0.0)


def on_page(boxes: Sequence[tuple[Box, Mark]], width: float, height: float) -> tuple[list[Box], list[Mark]]:
    """The boxes as far as they lie on the page, and how each looks."""
    page = Box(0.0, 0.0, width, height)
    found = [(cut, mark) for box, mark in boxes if (cut := box.intersection(page))]
    return [box for box, _ in found], [mark for _, mark in found]
