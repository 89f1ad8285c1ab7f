"""What is written on a page that its source does not have: labels on boxes, and the lines of burn.stamp.

Set in Nimbus Sans Bold, other scripts in Droid Sans Fallback, cut down to the letters of the labels: nothing
of these fonts depends on what was destroyed. Places are displayed points, origin top left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from model.geometry import Box
from redaction.burn.layer import to_unicode
from redaction.burn.mu import library
from redaction.burn.pdfout import Name, Ref, Stream, Value, Writer, number

LARGEST: Final = 10.0
SMALLEST: Final = 3.5
"""Points of a label's size; what does not fit even so is not written."""
WHITE: Final = 1.0
DARK: Final = 0.0
"""Grey of what is written on black, and on paper."""
LIGHT: Final = 0.9
"""Grey of the boxes that carry pseudonyms."""
FRAME: Final = 0.5
"""Points of the dark line around a light box that stands alone, inside of its edge."""
FRAME_GREY: Final = 0.25
HIGH: Final = 1.12
"""Twice the reach of brackets from the middle of a capital, in em."""
CAP: Final = 0.72
"""Height of a capital, in em."""
_FONTS: Final = ("hebo", "cjk")


@dataclass(frozen=True, slots=True)
class Mark:
    """How a box looks: its label, and whether it is light instead of black."""

    label: str = ""
    light: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A line of text on a page: where it starts, its size, its grey, and whether it runs downwards."""

    text: str
    x: float
    y: float
    """The base line's start."""
    size: float
    grey: float
    turned: bool = False

    @property
    def bounds(self) -> Box:
        """What the letters take, and a point around them."""
        along, up, down = width_of(self.text) * self.size, 0.8 * self.size, 0.25 * self.size
        if self.turned:
            return Box(self.x - down - 1, self.y - 1, self.x + up + 1, self.y + along + 1)
        return Box(self.x - 1, self.y - up - 1, self.x + along + 1, self.y + down + 1)


@cache
def _font(name: str) -> Any:
    return library().Font(name)


def _glyph(character: str) -> tuple[str, int, float]:
    """Font, glyph number and advance (em) of a character; ("", 0, 0) where neither font has it."""
    for name in _FONTS:
        font = _font(name)
        glyph = int(font.has_glyph(ord(character)))
        if glyph:
            return name, glyph, float(font.glyph_advance(ord(character)))
    return "", 0, 0.0


def width_of(text: str) -> float:
    """Em."""
    return sum(_glyph(c)[2] for c in text)


def fitted(label: str, box: Box, grey: float, others: Sequence[Box] = ()) -> Written | None:
    """A label in the middle of its box, or at one of its ends, clear of `others`: what is read there is of
    this box alone. None where it can't be read there at any size.
    """
    text = " ".join(label.split())
    wide = width_of(text)
    if not wide or missing_in(text):
        return None
    turned = box.height > 2 * box.width and (box.width - 2) / wide < LARGEST
    along, across = (box.height, box.width) if turned else (box.width, box.height)
    size = min(LARGEST, (along - 2) / wide, (across - 1) / HIGH)
    while size >= SMALLEST:
        line = _clear_of(others, text, box, size, grey, turned)
        if line is not None:
            return line
        size *= 0.85
    return None


def _clear_of(
    others: Sequence[Box], text: str, box: Box, size: float, grey: float, turned: bool
) -> Written | None:  # fmt: skip
    """The text in the middle of its box, or at one of its ends, where it meets none of the others."""
    cx, cy = box.centre
    half = width_of(text) * size / 2
    spare = ((box.height if turned else box.width) - 2) / 2 - half
    for aside in (0.0, -spare, spare):
        if turned:
            line = Written(text, cx - CAP * size / 2, cy - half + aside, size, grey, True)
        else:
            line = Written(text, cx - half + aside, cy + CAP * size / 2, size, grey)
        if not any(line.bounds.intersection(other) for other in others):
            return line
    return None


def missing_in(text: str) -> list[str]:
    """The characters that neither font has, each once."""
    return [c for c in dict.fromkeys(text) if not _glyph(c)[0]]


@dataclass(slots=True)
class LabelFont:
    """The fonts of labels and stamps, and the characters used so far."""

    used: dict[str, dict[int, str]] = field(default_factory=dict)
    """Font -> glyph number -> character."""
    _refs: dict[str, Ref] = field(default_factory=dict)

    def operators(
        self, lines: Sequence[Written], height: float, writer: Writer
    ) -> tuple[bytes, dict[str, Ref]]:
        """Operators that write the lines, and the fonts they name. `height`: of the page, points."""
        out, refs = b"", {}
        for line in lines:
            out += b"BT %s g " % number(line.grey)
            matrix = b"0 -1 1 0" if line.turned else b"1 0 0 1"
            out += b"%s %s %s Tm " % (matrix, number(line.x), number(height - line.y))
            for name, codes in _runs(line.text):
                resource = f"T{_FONTS.index(name)}"
                known = self.used.setdefault(name, {})
                known.update(dict(codes))
                if name not in self._refs:
                    self._refs[name] = writer.reserve()
                refs[resource] = self._refs[name]
                hexed = b"".join(b"%04X" % glyph for glyph, _ in codes)
                out += b"/%s %s Tf <%s> Tj " % (resource.encode(), number(line.size), hexed)
            out += b"ET\n"
        return out, refs

    def write(self, writer: Writer) -> None:
        """Writes the fonts that were referred to. To be called once, after all pages."""
        for name, ref in self._refs.items():
            writer.put(self._type0(name, writer), ref)

    def _type0(self, name: str, writer: Writer) -> dict[str, Value]:
        from redaction.burn.outlines import cut

        font, used = _font(name), self.used[name]
        data = cut(bytes(font.buffer), set(used))
        true_type = data[:4] == b"\0\1\0\0"
        values: dict[str, Value] = {"Length1": len(data)} if true_type else {"Subtype": Name("CIDFontType0C")}
        program = writer.put(Stream.deflated(data, values))
        box = font.bbox
        base = Name(f"InkveilLabel{_FONTS.index(name)}")
        descriptor = writer.put(
            {
                "Type": Name("FontDescriptor"),
                "FontName": base,
                "Flags": 4,
                "FontBBox": [round(v * 1000) for v in (box.x0, box.y0, box.x1, box.y1)],
                "ItalicAngle": 0,
                "Ascent": round(font.ascender * 1000),
                "Descent": round(font.descender * 1000),
                "CapHeight": round(CAP * 1000),
                "StemV": 100,
                "FontFile2" if true_type else "FontFile3": program,
            }
        )
        widths: list[Value] = []
        for glyph, character in sorted(used.items()):
            widths += [glyph, [round(font.glyph_advance(ord(character)) * 1000, 2)]]
        descendant: dict[str, Value] = {
            "Type": Name("Font"),
            "Subtype": Name("CIDFontType2" if true_type else "CIDFontType0"),
            "BaseFont": base,
            "CIDSystemInfo": {"Registry": b"Adobe", "Ordering": b"Identity", "Supplement": 0},
            "FontDescriptor": descriptor,
            "DW": 1000,
            "W": widths,
        }
        if true_type:
            descendant["CIDToGIDMap"] = Name("Identity")
        return {
            "Type": Name("Font"),
            "Subtype": Name("Type0"),
            "BaseFont": base,
            "Encoding": Name("Identity-H"),
            "DescendantFonts": [writer.put(descendant)],
            "ToUnicode": writer.put(Stream.deflated(to_unicode(used))),
        }


def _runs(text: str) -> list[tuple[str, list[tuple[int, str]]]]:
    """The text in pieces of one font: its glyphs with their characters. What no font has is left out."""
    runs: list[tuple[str, list[tuple[int, str]]]] = []
    for character in text:
        name, glyph, _ = _glyph(character)
        if not name:
            continue
        if runs and runs[-1][0] == name:
            runs[-1][1].append((glyph, character))
        else:
            runs.append((name, [(glyph, character)]))
    return runs


def looks(painted: Sequence[Box], marks: Sequence[Mark]) -> list[bool]:
    """Which boxes are light. One that meets a black one is black, and so on: each has one colour."""
    light = [mark.light for mark in marks]
    if not any(light) or all(light):
        return light
    wider = [box.expanded(1.0) for box in painted]
    dark = [index for index, is_light in enumerate(light) if not is_light]
    while dark:
        other = painted[dark.pop()]
        for index, is_light in enumerate(light):
            if is_light and wider[index].intersection(other):
                light[index] = False
                dark.append(index)
    return light


def boxes_and_labels(
    painted: Sequence[Box], marks: Sequence[Mark], height: float, stamps: Sequence[Written] = ()
) -> tuple[bytes, list[Written]]:
    """Operators that fill the boxes, light ones first, and their labels, which keep clear of the stamps.

    A light box that touches no other has a thin dark frame: it is seen as a box where it carries no label.
    """
    light = looks(painted, marks)
    area = np.array([b.as_list() for b in painted], dtype=np.float64).reshape(-1, 4)
    alone = [is_light and _alone(area, index) for index, is_light in enumerate(light)]
    out = b"".join(
        _filled([b for b, chosen in zip(painted, which, strict=True) if chosen], grey, height)
        for which, grey in (
            ([is_light and not single for is_light, single in zip(light, alone, strict=True)], LIGHT),
            (alone, FRAME_GREY),
        )
    )
    framed = [b.expanded(-FRAME) for b, single in zip(painted, alone, strict=True) if single]
    out += _filled(framed, LIGHT, height)
    out += _filled([b for b, is_light in zip(painted, light, strict=True) if not is_light], 0.0, height)
    lines = []
    margins = [stamp.bounds for stamp in stamps]
    for run in _runs_of_boxes(area, marks):
        for index in run:  # the widest first: one of them is enough
            near = [painted[k] for k in np.flatnonzero(_near(area, index)).tolist()] + margins
            room = painted[index].expanded(-3 * FRAME) if alone[index] else painted[index]
            line = fitted(marks[index].label, room, 0.1 if light[index] else WHITE, near)
            if line is not None:
                lines.append(line)
                break
    return out, lines


def _runs_of_boxes(area: NDArray[np.float64], marks: Sequence[Mark]) -> list[list[int]]:
    """The boxes that have a label; those of one label that go on side by side (a tilted word's) are one run.

    The widest of each comes first. Lines below each other are runs of their own.
    """
    left = {index: mark.label for index, mark in enumerate(marks) if mark.label}
    runs = []
    while left:
        start = next(iter(left))
        label = left.pop(start)
        run, todo = [start], [start]
        while todo:
            one = todo.pop()
            y0, y1 = area[one, 1], area[one, 3]
            level = np.minimum(area[:, 3], y1) - np.maximum(area[:, 1], y0)
            level = level >= 0.5 * np.minimum(area[:, 3] - area[:, 1], y1 - y0)
            for other in np.flatnonzero(_near(area, one) & level).tolist():
                if left.get(other) == label:
                    del left[other]
                    run.append(other)
                    todo.append(other)
        runs.append(sorted(run, key=lambda k: (area[k, 0] - area[k, 2], k)))
    return runs


def _near(area: NDArray[np.float64], index: int) -> NDArray[np.bool_]:
    """Which other boxes (N x 4) lie within two points of one."""
    x0, y0, x1, y1 = area[index]
    meets = (area[:, 0] < x1 + 2) & (area[:, 2] > x0 - 2) & (area[:, 1] < y1 + 2) & (area[:, 3] > y0 - 2)
    meets[index] = False
    return np.asarray(meets)


def _alone(area: NDArray[np.float64], index: int) -> bool:
    """Whether a box has room for a frame, which must not lie on another box."""
    x0, y0, x1, y1 = area[index]
    return min(x1 - x0, y1 - y0) >= 8 * FRAME and not _near(area, index).any()


def _filled(boxes: Sequence[Box], grey: float, height: float) -> bytes:
    if not boxes:
        return b""
    parts = [b"q %s g\n" % number(grey)]
    parts += [
        b"%s %s %s %s re\n" % (number(b.x0), number(height - b.y1), number(b.width), number(b.height))
        for b in boxes
    ]
    return b"".join(parts) + b"f Q\n"
