"""The searchable layer: words written invisibly (render mode 3) over the image that shows them.

All words of a file share one font without outlines whose codes are numbered in the order of their
first use and named by one ToUnicode map, so it names no character that does not stand in the layer.
Each word is stretched to its box. The form of the font follows Tesseract's GlyphLessFont (Apache-2.0).
"""

from __future__ import annotations

import math
import struct
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from model.geometry import Box, Quad
from redaction.burn.pdfout import Name, Ref, Stream, Value, Writer, number

LIGATURES = {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl",
              "\ufb05": "st", "\ufb06": "st"}  # fmt: skip

ADVANCE = 500
"""Width of every glyph in thousandths of an em."""


@dataclass(frozen=True, slots=True)
class LayerWord:
    """A word of the searchable layer, in points of the displayed page."""

    text: str
    box: Box
    quad: Quad | None = None
    """Corners in the text's own order, where the word does not stand upright."""
    vertical: bool = False
    line: int | None = None
    """Number of the word's line where it is known: a space is written between words of one line."""


@dataclass(slots=True)
class LayerFont:
    """The codes given out so far, and the resource names of the horizontal and the vertical font."""

    codes: dict[str, int] = field(default_factory=dict)
    horizontal: bool = False
    vertical: bool = False
    _refs: dict[str, Ref] = field(default_factory=dict)

    def encode(self, text: str, vertical: bool) -> bytes:
        """Two bytes a letter, its combining marks included."""
        if vertical:
            self.vertical = True
        else:
            self.horizontal = True
        out = bytearray()
        for letter in letters(text):
            code = self.codes.setdefault(letter, len(self.codes) + 1)
            out += struct.pack(">H", code)
        return bytes(out)

    def refs(self, writer: Writer) -> dict[str, Ref]:
        """Resource name -> reference of the fonts that were used so far."""
        if self.horizontal and "L0" not in self._refs:
            self._refs["L0"] = writer.reserve()
        if self.vertical and "L1" not in self._refs:
            self._refs["L1"] = writer.reserve()
        return dict(self._refs)

    def write(self, writer: Writer) -> None:
        """Writes the fonts whose references were given out. To be called once, after all pages."""
        if not self._refs:
            return
        descriptor = writer.put(
            {
                "Type": Name("FontDescriptor"),
                "FontName": Name("InkveilLayer"),
                "Flags": 5,
                "FontBBox": [0, -200, ADVANCE, 800],
                "ItalicAngle": 0,
                "Ascent": 800,
                "Descent": -200,
                "CapHeight": 800,
                "StemV": 80,
                "FontFile2": writer.put(_program()),
            }
        )
        glyphs = writer.put(Stream.deflated(bytes(2 * (max(self.codes.values(), default=0) + 1))))
        unicode_map = writer.put(Stream.deflated(to_unicode({v: k for k, v in self.codes.items()})))
        for resource, ref in self._refs.items():
            encoding = "Identity-H" if resource == "L0" else "Identity-V"
            descendant: dict[str, Value] = {
                "Type": Name("Font"),
                "Subtype": Name("CIDFontType2"),
                "BaseFont": Name("InkveilLayer"),
                "CIDSystemInfo": {"Registry": b"Adobe", "Ordering": b"Identity", "Supplement": 0},
                "FontDescriptor": descriptor,
                "DW": ADVANCE,
                "CIDToGIDMap": glyphs,
            }
            if resource == "L1":
                # Squares that hang from their origin: MuPDF places a letter from its horizontal origin,
                # others from its vertical one, and so both see it in the same place.
                descendant["DW"] = 1000
                descendant["DW2"] = [0, -1000]
            writer.put(
                {
                    "Type": Name("Font"),
                    "Subtype": Name("Type0"),
                    "BaseFont": Name("InkveilLayer"),
                    "Encoding": Name(encoding),
                    "DescendantFonts": [writer.put(descendant)],
                    "ToUnicode": unicode_map,
                },
                ref,
            )


def letters(text: str) -> list[str]:
    """The text's letters, each with its marks: alone a mark would take a place of its own."""
    found: list[str] = []
    for character in text:
        joined = unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf")
        if joined and found:
            found[-1] += character
        else:
            found.append(character)
    return found


def leftward(text: str) -> bool:
    """Whether a word is written from right to left: it holds Hebrew or Arabic letters."""
    return not text.isascii() and any(unicodedata.bidirectional(c) in ("R", "AL") for c in text)


def as_drawn(text: str) -> str:
    """The word's letters from left to right.

    Pages draw Hebrew and Arabic in that order and readers turn it round: written as it is spoken, the word
    would be extracted backwards. Numbers and other scripts within run to the right all the same.
    """
    if not leftward(text):
        return text
    runs: list[tuple[bool, list[str]]] = []
    for letter in reversed(letters(text)):
        onward = unicodedata.bidirectional(letter[0]) in ("L", "EN", "AN")
        if runs and runs[-1][0] == onward:
            runs[-1][1].append(letter)
        else:
            runs.append((onward, [letter]))
    return "".join("".join(reversed(run) if onward else run) for onward, run in runs)


def content(words: Sequence[LayerWord], height: float, font: LayerFont) -> bytes:
    """Content stream operators that place the words on a page `height` points high."""
    parts: list[bytes] = []
    for index, word in enumerate(words):
        if not word.text.strip():
            continue
        following = words[index + 1] if index + 1 < len(words) else None
        parts.append(_word(word, following, height, font))
    if not parts:
        return b""
    return b"BT\n3 Tr\n" + b"".join(parts) + b"ET\n"


def _word(word: LayerWord, following: LayerWord | None, height: float, font: LayerFont) -> bytes:
    (x0, y0), (x1, y1), _, (x3, y3) = (word.quad or Quad.from_box(word.box)).points
    width, tall = math.hypot(x1 - x0, y1 - y0), math.hypot(x3 - x0, y3 - y0)
    if word.vertical:
        return _vertical(word, height, font)
    if width <= 0 or tall <= 0:
        return b""
    cos, sin = (x1 - x0) / width, (y1 - y0) / width
    text = word.text
    size = max(tall, 0.1)
    stretch = width / (len(letters(text)) * size * ADVANCE / 1000) * 100
    base_x, base_y = x3 + (x0 - x3) * 0.2, y3 + (y0 - y3) * 0.2
    out = b"/L0 %s Tf %s Tz " % (number(size), number(stretch))
    turned = b"%s %s %s %s" % (number(cos), number(-sin), number(sin), number(cos))
    place = b"%s %s %s Tm <%s> Tj\n"
    out += place % (
        turned,
        number(base_x),
        number(height - base_y),
        font.encode(as_drawn(text), False).hex().encode(),
    )
    gap = _gap(word, following)
    if gap is not None:
        out += b"%s Tz " % number(abs(gap) / (size * ADVANCE / 1000) * 100)
        space = font.encode(" ", False).hex().encode()
        if gap > 0:
            out += b"<%s> Tj\n" % space
        else:
            out += place % (turned, number(base_x + gap * cos), number(height - base_y - gap * sin), space)
    return out


def _gap(word: LayerWord, following: LayerWord | None) -> float | None:
    """Points to the next word of the same line, None where there is none or no space belongs there.

    Negative where the next one stands before this one, as it does in lines that run from right to left.
    """
    if following is None or following.vertical or word.line is None or word.line != following.line:
        return None
    start, end = (word.quad or Quad.from_box(word.box)).points[:2]
    left, right = (following.quad or Quad.from_box(following.box)).points[:2]
    behind = (left[0] - start[0]) * (end[0] - start[0]) + (left[1] - start[1]) * (end[1] - start[1]) < 0
    gap = math.dist(right, start) if behind else math.dist(end, left)
    if gap <= 0.5:
        return None
    return -gap if behind else gap


def _vertical(word: LayerWord, height: float, font: LayerFont) -> bytes:
    box = word.box
    size = max(min(box.width, box.height / max(len(letters(word.text)), 1)), 0.1)  # no letter leaves its cell
    step = box.height / max(len(letters(word.text)), 1)
    spacing = size - step  # ISO 32000-1, 9.3.2: in vertical writing a negative value spreads
    return b"/L1 %s Tf 100 Tz %s Tc 1 0 0 1 %s %s Tm <%s> Tj 0 Tc\n" % (
        number(size),
        number(spacing),
        number((box.x0 + box.x1) / 2),
        number(height - box.y0),
        font.encode(word.text, True).hex().encode(),
    )


def to_unicode(codes: dict[int, str], width: int = 2) -> bytes:
    """A ToUnicode CMap (ISO 32000-1, 9.10.3) for codes of `width` bytes, naming these codes only."""
    low, high = b"00" * width, b"FF" * width
    lines = [
        b"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        b"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        b"1 begincodespacerange\n<%s> <%s>\nendcodespacerange\n" % (low, high)
    ]
    items = sorted(codes.items())
    for start in range(0, len(items), 100):
        block = items[start : start + 100]
        lines.append(b"%d beginbfchar\n" % len(block))
        for code, text in block:
            hexed = text.encode("utf-16-be", "surrogatepass").hex().upper().encode()
            lines.append(b"<%s> <%s>\n" % (f"{code:0{2 * width}X}".encode(), hexed))
        lines.append(b"endbfchar\n")
    lines.append(b"endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
    return b"".join(lines)


def _program() -> Stream:
    """The smallest TrueType font FreeType takes: one glyph, a plain box as large as its cell.

    The layer is never painted; but PDFium, which Chrome reads with, measures letters by their outlines and
    leaves out text without any width: single letters, and whatever is written upwards or downwards.
    """
    outline = struct.pack(">hhhhh", 1, 0, -200, ADVANCE, 800)
    outline += struct.pack(">HH4B", 3, 0, 1, 1, 1, 1)
    outline += struct.pack(">4h4h", 0, ADVANCE, 0, -ADVANCE, -200, 0, 1000, 0)
    head = struct.pack(
        ">IIIIHHQQhhhhHHhhh",
        0x10000,
        0x10000,
        0,
        0x5F0F3CF5,
        0,
        1000,
        0,
        0,
        0,
        -200,
        ADVANCE,
        800,
        0,
        8,
        2,
        0,
        0,
    )
    hhea = struct.pack(
        ">IhhhHhhhhhhhhhhhH", 0x10000, 800, -200, 0, ADVANCE, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1
    )
    maxp = struct.pack(">IHHHHHHHHHHHHHH", 0x10000, 1, 4, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
    cmap = struct.pack(">HHHHI", 0, 1, 1, 0, 12) + struct.pack(">HHH", 0, 262, 0) + bytes(256)
    tables = {
        b"cmap": cmap,
        b"glyf": outline,
        b"head": head,
        b"hhea": hhea,
        b"hmtx": struct.pack(">Hh", ADVANCE, 0),
        b"loca": struct.pack(">HH", 0, len(outline) // 2),
        b"maxp": maxp,
    }
    offset = 12 + 16 * len(tables)
    directory, body = b"", b""
    for tag in sorted(tables):
        data = tables[tag]
        padded = data + bytes(-len(data) % 4)
        total = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        directory += struct.pack(">4sIII", tag, total, offset + len(body), len(data))
        body += padded
    program = struct.pack(">IHHHH", 0x10000, len(tables), 64, 2, len(tables) * 16 - 64) + directory + body
    return Stream.deflated(program, {"Length1": len(program)})
