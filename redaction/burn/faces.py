"""A font of the source as it is read: its codes, and how far each letter moves the line on.

Type 3 fonts and unknown character maps are refused: their pages are flattened.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from redaction.burn.basefonts import standard_widths
from redaction.burn.tounicode import read_unicode
from redaction.burn.unproven import Unproven


@dataclass(slots=True)
class Face:
    """A font of the source as the interpreter needs it, and the codes that kept text uses."""

    source: Any
    wide: bool
    """Two bytes a code (Type 0 with an identity character map)."""
    vertical: bool
    widths: dict[int, float]
    default: float
    unicode: dict[int, str]
    halves: dict[int, float] = field(default_factory=dict)
    """Vertical fonts: half of a letter's own width, and below (`drop`) how far its base point is down from
    the point where the line has got to; thousandths of an em."""
    drop: float = 880.0
    used: set[int] = field(default_factory=set)
    glyphs: set[int] = field(default_factory=set)
    """Glyph numbers of the embedded program that kept text uses; noted when a page is proved."""
    _whole: dict[str, Any] = field(default_factory=dict)

    def spelled(self, part: str, used: set[int] | None, make: Callable[[], Any]) -> Any:
        """A part of the font as it is written; whole fonts are written for each page, so they are kept."""
        if used is not None:
            return make()
        if part not in self._whole:
            self._whole[part] = make()
        return self._whole[part]

    def codes(self, data: bytes) -> Sequence[int]:
        """The codes of a string that is shown; half a code at its end is none."""
        if not self.wide:
            return data
        count = len(data) // 2
        return struct.unpack_from(f">{count}H", data)

    def advance(self, code: int) -> float:
        """Thousandths of an em along the base line (vertical: negative is down)."""
        return self.widths.get(code, self.default)

    def advances(self, codes: Sequence[int]) -> float:
        """Of several codes together."""
        width, default = self.widths.get, self.default
        return sum([width(code, default) for code in codes])

    def base(self, code: int) -> tuple[float, float]:
        """Where a vertical letter's base point lies from the line's own point: across and along."""
        return -self.halves.get(code, self.halves.get(-1, 500.0)), -self.drop

    def bytes_of(self, codes: Sequence[int]) -> bytes:
        """The string that shows these codes."""
        return struct.pack(f">{len(codes)}H", *codes) if self.wide else bytes(codes)


def load(font: Any) -> Face:
    """Raises Unproven for a font whose letters can't be told apart for sure."""
    import pikepdf

    subtype = str(font.get("/Subtype", ""))
    unicode_map = read_unicode(font.get("/ToUnicode"))
    if subtype == "/Type0":
        encoding = font.get("/Encoding")
        if str(encoding) not in ("/Identity-H", "/Identity-V") or isinstance(encoding, pikepdf.Stream):
            raise Unproven("a font has a character map of its own")
        descendant = font["/DescendantFonts"][0]
        vertical = str(encoding) == "/Identity-V"
        if vertical:
            standard = [float(v) for v in descendant.get("/DW2", [880, -1000])]
            halves = {code: width / 2 for code, width in listed_widths(descendant.get("/W"))}
            halves[-1] = float(descendant.get("/DW", 1000)) / 2
            columns = dict(_vertical(descendant.get("/W2")))
            return Face(font, True, True, columns, standard[1], unicode_map, halves, standard[0])
        return Face(
            font,
            True,
            False,
            dict(listed_widths(descendant.get("/W"))),
            float(descendant.get("/DW", 1000)),
            unicode_map,
        )
    if subtype not in ("/Type1", "/TrueType", "/MMType1"):
        raise Unproven(
            "a font is drawn by page content (Type 3)" if subtype == "/Type3" else "an unknown font"
        )
    first = int(font.get("/FirstChar", 0))
    listed = font.get("/Widths")
    descriptor = font.get("/FontDescriptor")
    missing = float(descriptor.get("/MissingWidth", 0)) if descriptor is not None else 0.0
    if listed is not None:
        widths = {first + i: float(w) for i, w in enumerate(listed)}
    else:
        widths = standard_widths(font)
    return Face(font, False, False, widths, missing, unicode_map)


def listed_widths(array: Any) -> Iterator[tuple[int, float]]:
    """(code, width) of a /W array (9.7.4.3), thousandths of an em."""
    import pikepdf

    items = list(array) if array is not None else []
    at = 0
    while at < len(items):
        first = int(items[at])
        if isinstance(items[at + 1], pikepdf.Array):
            for offset, width in enumerate(items[at + 1]):
                yield first + offset, float(width)
            at += 2
        else:
            last = min(int(items[at + 1]), 0xFFFF)
            for code in range(first, last + 1):
                yield code, float(items[at + 2])
            at += 3


def _vertical(array: Any) -> Iterator[tuple[int, float]]:
    import pikepdf

    items = list(array) if array is not None else []
    at = 0
    while at < len(items):
        first = int(items[at])
        if isinstance(items[at + 1], pikepdf.Array):
            values = list(items[at + 1])
            for offset in range(len(values) // 3):
                yield first + offset, float(values[3 * offset])
            at += 2
        else:
            for code in range(first, min(int(items[at + 1]), 0xFFFF) + 1):
                yield code, float(items[at + 2])
            at += 5
