"""The words of a page: where MuPDF says that each letter stands.

Whether they can be seen is settled afterwards, by redaction.burn.visible. Coordinates are points of the
displayed page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Literal

from model.geometry import Box, Quad
from redaction.burn.layer import LIGATURES, LayerWord, leftward
from redaction.burn.mu import library, turned, turning

Visibility = Literal["visible", "layer", "hidden"]
_FILLED, _STROKED, _CLIPS = 16, 32, 64


@dataclass(slots=True)
class Char:
    """A letter: its origin on the base line and the bounds of its ink (or of its cell without ink)."""

    text: str
    x: float
    y: float
    box: tuple[float, float, float, float]


@dataclass(slots=True)
class SeenWord:
    """Letters without a gap between them. `direction` is the unit vector of the base line."""

    chars: list[Char]
    line: int
    direction: tuple[float, float]
    size: float
    ascent: float
    descent: float
    colour: int
    vertical: bool
    state: Visibility = "visible"
    clips: bool = False
    """Its letters are a clip, as those filled with a pattern are: whether they show, only the pixels tell."""
    _ink: tuple[float, float, float, float] | None = None

    @property
    def sideways(self) -> bool:
        """Whether the line runs up or down the displayed page, its letters lying on their side."""
        return not self.vertical and abs(self.direction[1]) > 0.99

    @property
    def text(self) -> str:
        """The letters; a ligature as the letters it is made of."""
        text = "".join([c.text for c in self.chars])
        return text if text.isascii() else "".join([LIGATURES.get(c.text, c.text) for c in self.chars])

    @property
    def ink(self) -> tuple[float, float, float, float]:
        """Bounds of the letters. To be asked for once all letters are there."""
        if self._ink is not None:
            return self._ink
        x0, y0, x1, y1 = self.chars[0].box
        for char in self.chars:
            a, b, c, d = char.box
            if a < x0:
                x0 = a
            if b < y0:
                y0 = b
            if c > x1:
                x1 = c
            if d > y1:
                y1 = d
        self._ink = (x0, y0, x1, y1)
        return self._ink

    def forget_ink(self) -> None:
        """To be called after letters were moved."""
        self._ink = None

    def _turned_column(self, dx: float, dy: float) -> LayerWord:
        corners = [(b[i], b[j]) for b in (c.box for c in self.chars) for i in (0, 2) for j in (1, 3)]
        along = [x * dx + y * dy for x, y in corners]
        over = [x * dy - y * dx for x, y in corners]  # grows upwards, as the line sees it

        def point(t: float, n: float) -> tuple[float, float]:
            return t * dx + n * dy, t * dy - n * dx

        a, b, low, high = min(along), max(along), min(over), max(over)
        quad = Quad((point(a, high), point(b, high), point(b, low), point(a, low)))
        return LayerWord(self.text, quad.bounds, quad, False, self.line)

    def layer_word(self) -> LayerWord:
        """The word for the searchable layer: a quad along its base line, as high as its font."""
        x0, y0, x1, y1 = self.ink
        dx, dy = self.direction
        if self.vertical and dy < 0.99:  # a column on a page that is turned: a line to whoever reads it
            return self._turned_column(dx, dy)
        if self.vertical:
            return LayerWord(
                self.text, Box(x0, y0, max(x1, x0 + 0.1), max(y1, y0 + 0.1)), None, True, self.line
            )
        ox, oy = self.chars[0].x, self.chars[0].y
        corners = [(b[i], b[j]) for b in (c.box for c in self.chars) for i in (0, 2) for j in (1, 3)]
        along = [(px - ox) * dx + (py - oy) * dy for px, py in corners]
        if abs(dx * dy) > 0.01:  # bounds of slanted letters reach beyond them: origins say more
            along = [(c.x - ox) * dx + (c.y - oy) * dy for c in self.chars]
            along.append(max(along) + self.size * 0.5)
        start, end = min(0.0, min(along)), max(max(along), 0.1)
        up = min(max(self.ascent, 0.6), 0.8) * self.size
        down = min(max(-self.descent, 0.1), 0.2) * self.size
        nx, ny = dy, -dx  # points up from the base line
        over = [(px - ox) * nx + (py - oy) * ny for px, py in corners]
        if min(over) < -0.4 * self.size and max(over) < 0.25 * self.size:  # mirrored text stands on its head
            up, down = down, up
        sx, sy, ex, ey = ox + dx * start, oy + dy * start, ox + dx * end, oy + dy * end
        quad = Quad(
            (
                (sx + nx * up, sy + ny * up),
                (ex + nx * up, ey + ny * up),
                (ex - nx * down, ey - ny * down),
                (sx - nx * down, sy - ny * down),
            )
        )
        return LayerWord(self.text, quad.bounds, quad, False, self.line)


_SPACES = frozenset(["", *(chr(c) for c in range(0x3001) if chr(c).isspace()), "\u200b", "\u00ad", "\ufeff"])

_PARTS = itemgetter("c", "bbox", "origin")
"""Of a letter as MuPDF describes it."""


def read_words(page: Any, *, clipped: bool = True) -> list[SeenWord]:
    """The words that MuPDF finds, all "visible" or "layer" (painted with render mode 3) for now.

    `clipped`: leave out letters that lie wholly outside of the clip or of the page.
    """
    pymupdf = library()

    flags = (
        pymupdf.TEXT_ACCURATE_BBOXES
        | pymupdf.TEXT_PRESERVE_WHITESPACE
        | pymupdf.TEXT_PRESERVE_LIGATURES
        | pymupdf.TEXT_IGNORE_ACTUALTEXT
        | pymupdf.TEXT_CID_FOR_UNKNOWN_UNICODE
    )
    if clipped:
        flags |= pymupdf.TEXT_CLIP
    a, b, c, d, e, f = turning(page)
    upright = (a, b, c, d, e, f) == (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    words: list[SeenWord] = []
    line_number = -1
    for block in page.get_text("rawdict", flags=flags)["blocks"]:
        for line in block.get("lines", ()):
            line_number += 1
            dx, dy = line["dir"]
            direction = (dx, dy) if upright else _unit(dx * a + dy * c, dx * b + dy * d)
            vertical = line.get("wmode") == 1
            current: SeenWord | None = None
            for span in line["spans"]:
                state = _state(span)
                if state != (current.state if current else state):
                    current = None
                size = float(span["size"])
                for text, box, (ox, oy) in map(_PARTS, span["chars"]):
                    if text in _SPACES:
                        current = None
                        continue
                    if vertical:
                        box, (ox, oy) = _hanging(box, size, drops=span["font"] != _OWN_LAYER)
                    if not upright:
                        box = turned(box, (a, b, c, d, e, f))
                        ox, oy = ox * a + oy * c + e, ox * b + oy * d + f
                    if box[2] - box[0] < 0.05 or box[3] - box[1] < 0.05:
                        box = _cell(ox, oy, direction, span, vertical)
                    if not vertical and text in _LOW:
                        box = _standing(box, ox, oy, direction, 0.72 * size)
                    if current is not None and not vertical:
                        last = current.chars[-1]
                        step = (ox - last.x) * direction[0] + (oy - last.y) * direction[1]
                        if step < -_BACK * size and text.isalnum() and not leftward(last.text + text):
                            current = None  # painted from its last letter to its first: a word each
                    if current is None:
                        current = SeenWord(
                            [],
                            line_number,
                            direction,
                            size,
                            float(span["ascender"]),
                            float(span["descender"]),
                            int(span["color"]),
                            vertical,
                            state,
                            clips=bool(int(span.get("char_flags", 0)) & _CLIPS),
                        )
                        words.append(current)
                        add = current.chars.append
                    add(Char(text, ox, oy, box))
    return words


_BACK = 0.1
"""Ems that a letter may stand before the one that was painted before it."""
_OWN_LAYER = "InkveilLayer"
"""Its vertical letters hang from the point that MuPDF starts their boxes at."""


def _hanging(
    box: Sequence[float], size: float, *, drops: bool
) -> tuple[tuple[float, float, float, float], tuple[float, float]]:
    """The cell of a letter of a column, and the base point it is drawn from.

    MuPDF lets its box begin at the base point, but the letter stands on that: 0.88 em above, 0.12 below.
    """
    x0, y0, x1, y1 = (float(v) for v in box)
    if not drops:
        return (x0, y0, x1, y1), (x0, y0)
    return (x0, y0 - 0.88 * size, x1, y0 - 0.88 * size + max(y1 - y0, 0.1)), (x0, y0)


_LOW = frozenset(".,;:_\u2026\u201a\u201e")
"""Signs at the base line: a box over the next line must not take them for its own."""


def _standing(
    box: Sequence[float], x: float, y: float, direction: tuple[float, float], height: float
) -> tuple[float, float, float, float]:
    """The bounds of a low sign as if it stood as high as a capital, in level and upright lines."""
    x0, y0, x1, y1 = (float(v) for v in box)
    dx, dy = direction
    if abs(dx) > 0.99:
        top = y - height if dx > 0 else y + height
        return x0, min(y0, top), x1, max(y1, top)
    if abs(dy) > 0.99:
        top = x + height if dy > 0 else x - height
        return min(x0, top), y0, max(x1, top), y1
    return x0, y0, x1, y1


def _state(span: dict[str, Any]) -> Visibility:
    flags = int(span.get("char_flags", _FILLED))
    if not flags & (_FILLED | _STROKED):
        return "layer"
    return "hidden" if int(span.get("alpha", 255)) == 0 and not flags & _CLIPS else "visible"


def _unit(x: float, y: float) -> tuple[float, float]:
    length = math.hypot(x, y) or 1.0
    return round(x / length, 6), round(y / length, 6)


def _cell(
    x: float, y: float, direction: tuple[float, float], span: dict[str, Any], vertical: bool
) -> tuple[float, float, float, float]:
    """Half an em by the font's height: the place of a letter that has no outline of its own."""
    size = float(span["size"])
    if vertical:
        return x - size / 2, y, x + size / 2, y + size
    dx, dy = direction
    up, along = size * 0.8, size * 0.5
    xs = [x, x + dx * along, x + dy * up, x + dx * along + dy * up]
    ys = [y, y + dy * along, y - dx * up, y + dy * along - dx * up]
    return min(xs), min(ys), max(xs), max(ys)
