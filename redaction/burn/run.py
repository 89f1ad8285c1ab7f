"""Letters that one operator shows: where each of them stands, in text space and on the displayed page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from redaction.burn.faces import Face
from redaction.burn.gaps import Line
from redaction.burn.opened import Affine, apply, bounds, multiply
from redaction.burn.plane import Bounds

Items = Sequence[float | bytes]
"""What TJ shows (ISO 32000-1, 9.4.3): strings and, between them, thousandths of an em to move back."""
Glyph = tuple[int, float, float]
"""A code, and where its cell starts and ends along the base line in text space."""


@dataclass(slots=True)
class Run:
    """The letters of one operator, or none yet where only the frame is asked for."""

    face: Face
    size: float
    tm: Affine
    """The text matrix at its start."""
    place: Affine
    """From text space, the rise included, to the displayed page."""
    glyphs: list[Glyph] = field(default_factory=list)
    kerns: dict[int, float] = field(default_factory=dict)
    """Before glyph n: the number of the TJ array."""
    advance: float = 0.0
    """How far the line has moved on at its end."""

    def fill(self, items: Items, tc: float, tw: float, th: float) -> None:
        """Places the letters. `tc`, `tw`, `th`: character and word spacing, horizontal scaling (9.3)."""
        face, size, glyphs, kerns = self.face, self.size, self.glyphs, self.kerns
        x = 0.0
        factor = size / 1000 * (1.0 if face.vertical else th)
        widths, default, narrow, level = face.widths, face.default, not face.wide, not face.vertical
        for item in items:
            if isinstance(item, float):
                x -= item * factor
                kerns[len(glyphs)] = kerns.get(len(glyphs), 0.0) + item
                continue
            for code in face.codes(item):
                step = widths.get(code, default) / 1000 * size + tc
                if code == 32 and narrow:
                    step += tw
                if level:
                    step *= th
                glyphs.append((code, x, x + step))
                x += step
        self.advance = x

    def after(self, advance: float) -> Affine:
        """The text matrix once the line has moved on by `advance`."""
        x, y = (0.0, advance) if self.face.vertical else (advance, 0.0)
        return multiply((1.0, 0.0, 0.0, 1.0, x, y), self.tm)

    def point(self, at: float) -> tuple[float, float]:
        """A point of the base line, displayed points."""
        return apply(self.place, 0.0, at) if self.face.vertical else apply(self.place, at, 0.0)

    def origin(self, code: int, start: float) -> tuple[float, float]:
        """Where a letter that starts at `start` is drawn from, as MuPDF has it; displayed points."""
        if self.face.vertical:
            left, down = self.face.base(code)
            return apply(self.place, left * self.size / 1000, start + down * self.size / 1000)
        return apply(self.place, start, 0.0)

    def cell(self, start: float, end: float) -> Bounds:
        """The place of the letters from `start` to `end`, displayed points."""
        size = self.size
        if self.face.vertical:
            return bounds(self.place, -size / 2, min(start, end), size / 2, max(start, end))
        return bounds(self.place, min(start, end), -0.2 * size, max(start, end), 0.75 * size)

    def line(self) -> Line:
        """The base line, and the em along it."""
        unit, sign = self._unit(), -1.0 if self.face.vertical else 1.0
        length = math.hypot(*unit) or 1e-9
        return Line((sign * unit[0] / length, sign * unit[1] / length), max(length * abs(self.size), 0.01))

    @property
    def sideways(self) -> bool:
        """As of a SeenWord: the line runs up or down the displayed page."""
        return not self.face.vertical and abs(self.line().direction[1]) > 0.99

    def in_text_space(self, distance: float) -> float:
        """A distance along the line, from displayed points."""
        length = math.hypot(*self._unit()) or 1e-9
        return distance / length * (-1.0 if self.face.vertical else 1.0)

    def _unit(self) -> tuple[float, float]:
        return (self.place[2], self.place[3]) if self.face.vertical else (self.place[0], self.place[1])
