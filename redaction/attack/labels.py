"""What may stand on a box: its own label or a page's stamp, as a whole, and looking like these letters.

A text that merely reads like a label proves nothing: a font may show other shapes than it names, and ink may
lie between the letters. So the label's letters are drawn again, from the fonts labels are set in, and
the box has to look like that. Other fonts than these are not known here and do not pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from model.findings import Redaction, Stamped
from redaction.attack.sheet import Boxes, Sheet, library

FONTS: Final = ("hebo", "cjk")
"""What labels are set in: the first of MuPDF's fonts that has the character."""
GROWN: Final = 8.0
"""Points by which a painted box may be larger than what was asked for, with the label in its middle."""


@dataclass(frozen=True)
class Allowed:
    """Texts that may be read on a page, each within a rectangle (displayed points)."""

    texts: tuple[str, ...]
    """Without spaces."""
    areas: Boxes

    def meeting(self, box: Sequence[float]) -> list[int]:
        """Those whose rectangle shares an area with a box."""
        met = (self.areas[:, :2] < box[2:]).all(1) & (self.areas[:, 2:] > box[:2]).all(1)
        return [int(i) for i in np.flatnonzero(met)]


@dataclass(frozen=True)
class Glyph:
    """A letter as the page sets it: its origin, size, direction and colour; unrotated coordinates."""

    character: str
    origin: tuple[float, float]
    size: float
    direction: tuple[float, float]
    colour: int
    """0xRRGGBB."""


def allowed_on(redactions: Sequence[Redaction], stamps: Sequence[Stamped]) -> Allowed:
    """The labels of a page's boxes and its stamps, each with the place it may have."""
    labels = [(squeezed(r.label), r.box.expanded(GROWN)) for r in redactions]
    labels += [(squeezed(s.text), s.box.expanded(1.0)) for s in stamps if s.box is not None]
    labels = [(text, box) for text, box in labels if text]
    areas = np.array([box.as_list() for _, box in labels], dtype=np.float64).reshape(-1, 4)
    return Allowed(tuple(text for text, _ in labels), areas)


def squeezed(text: str) -> str:
    return "".join(text.split())


class Labels:
    """The labels and stamps that stand on a page: which of sheet.chars they are, and how those are set."""

    def __init__(self, sheet: Sheet, allowed: Allowed) -> None:
        self.allowed = allowed
        self._letters = len(sheet.chars.text)
        self._found = _whole(sheet, allowed)
        marked = np.zeros(self._letters, dtype=bool)
        for positions in self._found.values():
            marked[positions] = True
        self._glyphs = _glyphs(sheet, marked) if marked.any() else {}

    def near(self, box: Sequence[float]) -> tuple[NDArray[np.bool_], list[Glyph]]:
        """Which characters belong to whole labels whose place meets a box, and how those are set."""
        marked = np.zeros(self._letters, dtype=bool)
        for index in self.allowed.meeting(box):
            marked[self._found.get(index, [])] = True
        return marked, [self._glyphs[position] for position in np.flatnonzero(marked).tolist()]


def _whole(sheet: Sheet, allowed: Allowed) -> dict[int, list[int]]:
    """Index of an allowed text -> the characters that spell it as a whole in its place."""
    solid = [i for i, c in enumerate(sheet.chars.text) if not c.isspace()]
    run = "".join(sheet.chars.text[i] for i in solid)
    middles = (sheet.chars.boxes[:, :2] + sheet.chars.boxes[:, 2:]) / 2
    by_text: dict[str, list[int]] = {}
    for index, text in enumerate(allowed.texts):
        by_text.setdefault(text, []).append(index)
    found: dict[int, list[int]] = {}
    for text, indices in by_text.items():
        areas = allowed.areas[indices]
        start = run.find(text)
        while start >= 0:
            these = solid[start : start + len(text)]
            low, high = middles[these].min(0), middles[these].max(0)
            for k in np.flatnonzero((areas[:, :2] <= low).all(1) & (areas[:, 2:] >= high).all(1)):
                found.setdefault(indices[int(k)], []).extend(these)
            start = run.find(text, start + 1)
    return found


def _glyphs(sheet: Sheet, wanted: NDArray[np.bool_]) -> dict[int, Glyph]:
    """The wanted ones of sheet.chars, by their position there, as the page sets them."""
    raw = sheet.textpage.extractRAWDICT() if sheet.textpage is not None else {"blocks": ()}
    found: dict[int, Glyph] = {}
    position, last = 0, ""
    for block in raw["blocks"]:
        for line in block.get("lines", ()):
            for span in line["spans"]:
                for char in span["chars"]:
                    last = char["c"][:1]
                    if wanted[position]:
                        size, colour = float(span["size"]), int(span["color"])
                        found[position] = Glyph(last, char["origin"], size, line["dir"], colour)
                    position += 1
            if position and not last.isspace():  # sheet.chars ends a line with a line feed of its own
                position, last = position + 1, "\n"
    return found


def expected(
    glyphs: Sequence[Glyph], ground: NDArray[np.float64], sheet: Sheet, scale: float,
    corner: tuple[int, int], size: tuple[int, int],
) -> NDArray[np.float64] | None:  # fmt: skip
    """H x W x 3: these letters on a ground of one colour. Other arguments and None as `shown` has them."""
    picture = np.broadcast_to(ground, (*size, 3)).astype(np.float64)
    for colour in dict.fromkeys(g.colour for g in glyphs):
        part = shown([g for g in glyphs if g.colour == colour], sheet.rotation, scale, corner, size)
        if part is None:
            return None
        ink = np.array([colour >> 16 & 255, colour >> 8 & 255, colour & 255], dtype=np.float64)
        picture += (ink - picture) * (part[..., None] / 255)
    return picture


def shown(
    glyphs: Sequence[Glyph], rotation: NDArray[np.float64], scale: float, corner: tuple[int, int],
    size: tuple[int, int],
) -> NDArray[np.uint8] | None:  # fmt: skip
    """How far each pixel is covered by the letters, 0..255, H x W; None where no known font has one.

    `corner`, `size`: left and top pixel of the part of the page at `scale` px a point, its height and width.
    """
    pymupdf = library()
    mupdf = pymupdf.mupdf
    text = mupdf.fz_new_text()
    to_pixels = pymupdf.Matrix(*rotation.tolist()) * pymupdf.Matrix(
        scale, 0, 0, scale, -float(corner[0]), -float(corner[1])
    )
    for glyph in glyphs:
        font = _font_of(glyph.character)
        if font is None:
            return None
        dx, dy = (glyph.size * v for v in glyph.direction)
        placed = mupdf.FzMatrix(dx, dy, dy, -dx, *glyph.origin)
        number = font.has_glyph(ord(glyph.character))
        mupdf.fz_show_glyph(
            text, font.this, placed, number, ord(glyph.character), 0, 0, mupdf.FZ_BIDI_LTR,
            mupdf.FZ_LANG_UNSET,
        )  # fmt: skip
    height, width = size
    grey = mupdf.fz_device_gray()
    area = mupdf.FzIrect(0, 0, width, height)
    pixmap = mupdf.fz_new_pixmap_with_bbox(grey, area, mupdf.FzSeparations(), 0)
    mupdf.fz_clear_pixmap_with_value(pixmap, 0)
    device = mupdf.fz_new_draw_device(mupdf.FzMatrix(*to_pixels), pixmap)
    mupdf.fz_fill_text(device, text, mupdf.FzMatrix(), grey, [1.0], 1.0, mupdf.FzColorParams())
    mupdf.fz_close_device(device)
    rows = np.frombuffer(bytes(mupdf.fz_pixmap_samples_memoryview(pixmap)), dtype=np.uint8)
    return rows.reshape(height, pixmap.fz_pixmap_stride())[:, :width].copy()


@cache
def _font(name: str) -> Any:
    return library().Font(name)


@cache
def _font_of(character: str) -> Any:
    return next((_font(name) for name in FONTS if _font(name).has_glyph(ord(character))), None)
