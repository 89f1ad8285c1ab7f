"""Lines that an engine placed by their corners -> words, also where a line is tilted or stands upright.

Where the engine gives no places inside a line, it is cut where gaps of its ink fit its words
(engines.remote.places.cut); where it says where each character is, as RapidOCR's lines are
(engines.line_words).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from engines.line_words import part
from engines.line_words import words_of as words_of_lines
from engines.lines import Char, Line, cut_out, gaps
from engines.remote.places import cut
from model.geometry import Quad
from model.words import Word, unspaced

if TYPE_CHECKING:
    from engines.base import Pixels

STANDING: Final = 1.5
"""Height over width from which on a line is a column, or text that lies on its side (PP-OCR's own value)."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A line as an engine found it, in pixels of the page's array."""

    text: str
    quad: Quad
    """Corners clockwise from the top left of the *page*; `words_of` finds out which way the text runs."""
    confidence: float | None = None
    vertical: bool | None = None
    """Whether its characters run from top to bottom, where the engine says so."""
    at: tuple[float, ...] | None = None
    """The middle of each character of `text` (spaces too) along the line, 0..1, where the engine says so."""


def words_of(placed: Sequence[Placed], array: Pixels, *, vertical: bool = False) -> tuple[Word, ...]:
    """The words of lines; `line` counts the lines. `vertical`: the page may hold Japanese columns.

    A text without spaces stays one word: a run. `array` is the page, RGB, on which the quads lie.
    """
    found: list[Word] = []
    for number, one in enumerate(placed):
        texts = one.text.split()
        if not texts:
            continue
        line = _line(one, vertical)
        if one.at is not None and len(one.at) == len(one.text):
            sure = 0.0 if one.confidence is None else one.confidence
            chars = tuple(Char(c, at, sure) for c, at in zip(one.text, one.at, strict=True))
            line = replace(line, chars=chars, gaps=tuple(_gaps(line, array)), length=_ratio(line))
            words = words_of_lines([line])
            found += [replace(w, line=number, confidence=one.confidence) for w in words]
            continue
        spans = cut(texts, _gaps(line, array)) if len(texts) > 1 else [(0.0, 1.0)]
        for text, (start, end) in zip(texts, spans, strict=True):
            found.append(Word(text, part(line, start, end), one.confidence, number, line.vertical))
    return tuple(found)


def _line(one: Placed, vertical: bool) -> Line:
    """The line with its corners in the order of its text."""
    a, b, c, d = one.quad.points
    width, height = _length(a, b), _length(a, d)
    if one.vertical or (
        one.vertical is None
        and height >= STANDING * width
        and len(one.text.strip()) > 1
        and (vertical or any(map(unspaced, one.text)))
    ):
        return Line(one.quad, (), 0.0, vertical=True)
    if one.vertical is None and height >= STANDING * width and len(one.text.strip()) > 1:
        return Line(Quad((b, c, d, a)), (), 0.0)  # lies on its side; its left end is the top of the page
    return Line(one.quad, (), 0.0)


def _gaps(line: Line, array: Pixels) -> Sequence[tuple[float, float]]:
    """Stretches without ink along the line."""
    import numpy as np

    box = line.quad.bounds
    if min(box.width, box.height) < 2 or max(box.width, box.height) > 4 * max(array.shape[:2]):
        return ()
    bgr = np.ascontiguousarray(array[:, :, ::-1])
    crop = cut_out(bgr, np.array(line.quad.points, np.float32))
    if line.vertical:
        crop = np.ascontiguousarray(np.rot90(crop))  # its left end is the top
    return gaps(crop) if min(crop.shape[:2]) > 1 else ()


def _ratio(line: Line) -> float:
    """Length over height."""
    a, b, _, d = line.quad.points
    across, down = _length(a, b), _length(a, d)
    along, height = (down, across) if line.vertical else (across, down)
    return along / height if height > 0 else 1.0


def _length(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5)
