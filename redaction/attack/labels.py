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
from redaction.attack.sheet import Sheet, library

FONTS: Final = ("hebo", "cjk")
"""What labels are set in: the first of MuPDF's fonts that has the character."""
GROWN: Final = 8.0
"""Points by which a painted box may be larger than what was asked for, with the label in its middle."""


@dataclass(frozen=True)
class Allowed:
    """A text that may be read on a page within a rectangle (displayed points)."""

    text: str
    """Without spaces."""
    area: tuple[float, float, float, float]


@dataclass(frozen=True)
class Glyph:
    """A letter as the page sets it: its origin, size, direction and colour; unrotated coordinates."""

    character: str
    origin: tuple[float, float]
    size: float
    direction: tuple[float, float]
    colour: int
    """0xRRGGBB."""


def allowed_on(redactions: Sequence[Redaction], stamps: Sequence[Stamped]) -> list[Allowed]:
    """The labels of a page's boxes and its stamps, each with the place it may have."""
    found = [
        Allowed(squeezed(r.label), (r.box.x0 - GROWN, r.box.y0 - GROWN, r.box.x1 + GROWN, r.box.y1 + GROWN))
        for r in redactions
        if squeezed(r.label)
    ]
    return found + [
        Allowed(squeezed(s.text), (s.box.x0 - 1, s.box.y0 - 1, s.box.x1 + 1, s.box.y1 + 1))
        for s in stamps
        if s.box is not None and squeezed(s.text)
    ]


def squeezed(text: str) -> str:
    return "".join(text.split())


def meeting(allowed: Sequence[Allowed], box: Sequence[float]) -> list[Allowed]:
    """Those whose place shares an area with a box."""
    x0, y0, x1, y1 = box
    return [a for a in allowed if a.area[0] < x1 and a.area[2] > x0 and a.area[1] < y1 and a.area[3] > y0]


def labelling(sheet: Sheet, allowed: Sequence[Allowed]) -> NDArray[np.bool_]:
    """Which of the page's characters (sheet.chars) belong to a whole label in its place."""
    letters = sheet.chars.text
    solid = [i for i, c in enumerate(letters) if not c.isspace()]
    run = "".join(letters[i] for i in solid)
    marked = np.zeros(len(letters), dtype=bool)
    for one in allowed:
        start = run.find(one.text)
        while start >= 0:
            these = solid[start : start + len(one.text)]
            middles = (sheet.chars.boxes[these, :2] + sheet.chars.boxes[these, 2:]) / 2
            x0, y0, x1, y1 = one.area
            if ((middles >= (x0, y0)) & (middles <= (x1, y1))).all():
                marked[these] = True
            start = run.find(one.text, start + 1)
    return marked


def glyphs_of(sheet: Sheet, wanted: NDArray[np.bool_]) -> list[Glyph]:
    """The wanted ones of sheet.chars as the page sets them."""
    raw = sheet.textpage.extractRAWDICT() if sheet.textpage is not None else {"blocks": ()}
    found: list[Glyph] = []
    position, last = 0, ""
    for block in raw["blocks"]:
        for line in block.get("lines", ()):
            for span in line["spans"]:
                for char in span["chars"]:
                    last = char["c"][:1]
                    if wanted[position]:
                        size, colour = float(span["size"]), int(span["color"])
                        found.append(Glyph(last, char["origin"], size, line["dir"], colour))
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
