"""Sets lines, pairs and tables on pages of a PDF: what the certificate and the redaction log are made with.

Fonts are embedded (Nimbus Sans and Mono, Droid Sans Fallback for other scripts), and the same content makes
the same bytes. Lengths are points, origin top left.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

Colour = tuple[float, float, float]
PORTRAIT: Final = (595.0, 842.0)
LANDSCAPE: Final = (842.0, 595.0)
MARGIN: Final = 56.0
SIZE: Final = 9.0
LEADING: Final = 13.0
INK: Final[Colour] = (0.11, 0.13, 0.16)
SOFT: Final[Colour] = (0.38, 0.41, 0.45)
WARN: Final[Colour] = (0.62, 0.16, 0.05)


@dataclass
class Setter:
    """Sets lines on pages, top down. `title` stands at the foot of each page."""

    title: str
    page: tuple[float, float] = PORTRAIT
    document: Any = None
    writers: list[dict[Colour, Any]] = field(default_factory=list)
    y: float = 0.0
    fonts: dict[str, Any] = field(default_factory=dict)
    glyphs: dict[tuple[str, str], tuple[Any, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        import pymupdf

        self.library: Any = pymupdf
        self.document = self.library.open()
        self.fonts = {n: self.library.Font(n) for n in ("helv", "hebo", "cour", "cjk")}
        self.new_page()

    def new_page(self) -> None:
        self.document.new_page(width=self.page[0], height=self.page[1])
        self.writers.append({})
        self.y = MARGIN + 8

    def heading(self, text: str, size: float = 11.0) -> None:
        self.room(3 * LEADING + size)
        self.y += size + (10 if self.y > MARGIN + 9 else 2)
        self.line(text, MARGIN, size, "hebo", INK)
        self.y += LEADING * (0.75 if size < 15 else 1.1)

    def paragraph(self, text: str, *, bold: bool = False, colour: Colour = INK) -> None:
        name = "hebo" if bold else "helv"
        for row in self.wrapped(text, self.page[0] - 2 * MARGIN, name):
            self.room(LEADING)
            self.y += LEADING
            self.line(row, MARGIN, SIZE, name, colour)
        self.y += 5

    def pair(self, name: str, value: str, *, mono: bool = False) -> None:
        self.table([(name, value)], (150.0,), mono=mono, first=SOFT)

    def table(
        self, rows: Sequence[tuple[str, ...]], widths: tuple[float, ...], *, head: bool = False,
        mono: bool = False,
        first: Colour = INK,
    ) -> None:  # fmt: skip
        """Rows of cells; the last column takes the rest of the width. Cells wrap."""
        starts = [MARGIN]
        for width in widths:
            starts.append(starts[-1] + width)
        limits = [b - a - 8 for a, b in zip(starts, [*starts[1:], self.page[0] - MARGIN + 8], strict=True)]
        for index, row in enumerate(rows):
            bold = head and index == 0
            cells = []
            for column, text in enumerate(row):
                name = "hebo" if bold else "cour" if mono and column else "helv"
                cells.append((name, self.wrapped(text, limits[column], name)))
            height = max(len(lines) for _, lines in cells)
            self.room(height * LEADING)
            for column, (name, lines) in enumerate(cells):
                for step, line in enumerate(lines, 1):
                    baseline = self.y + step * LEADING
                    colour = first if column == 0 and not bold else INK
                    self.line(
                        line, starts[column], SIZE - 1 if name == "cour" else SIZE, name, colour, baseline
                    )
            self.y += height * LEADING

    def room(self, height: float) -> None:
        if self.y + height > self.page[1] - MARGIN:
            self.new_page()

    def line(
        self, text: str, x: float, size: float, name: str, colour: Colour,
        y: float | None = None,
    ) -> None:  # fmt: skip
        writers = self.writers[-1]
        if colour not in writers:
            writers[colour] = _unmeasured(self.library)((0, 0, *self.page), color=colour)
        for run, font in self.runs(text, name):
            _, end = writers[colour].append((x, self.y if y is None else y), run, font=font, fontsize=size)
            x = end.x if hasattr(end, "x") else end[0]

    def glyph(self, character: str, name: str) -> tuple[Any, float]:
        """The font that has a character, and its advance in em."""
        known = self.glyphs.get((character, name))
        if known is None:
            font = self.fonts[name]
            if not font.has_glyph(ord(character)):
                font = self.fonts["cjk"]
            known = self.glyphs[character, name] = (font, float(font.glyph_advance(ord(character))))
        return known

    def runs(self, text: str, name: str) -> list[tuple[str, Any]]:
        """The text in pieces, each with a font that has its letters."""
        text = _printable(text)
        if text.isascii():
            return [(text, self.fonts[name])]
        result: list[tuple[str, Any]] = []
        for character in text:
            font = self.glyph(character, name)[0]
            if result and result[-1][1] is font:
                result[-1] = (result[-1][0] + character, font)
            else:
                result.append((character, font))
        return result

    def width(self, text: str, name: str) -> float:
        size = SIZE - 1 if name == "cour" else SIZE
        known = self.glyphs
        return size * sum([(known.get((c, name)) or self.glyph(c, name))[1] for c in text])

    def wrapped(self, text: str, limit: float, name: str) -> list[str]:
        rows: list[str] = []
        current = ""
        for word in _printable(text).split(" "):
            trial = f"{current} {word}" if current else word
            if self.width(trial, name) <= limit:
                current = trial
                continue
            if current:
                rows.append(current)
            while self.width(word, name) > limit and len(word) > 1:  # a hash, or a script without spaces
                cut = next(
                    n for n in range(len(word) - 1, 0, -1) if n == 1 or self.width(word[:n], name) <= limit
                )
                rows.append(word[:cut])
                word = word[cut:]
            current = word
        return [*rows, current]

    def finish(self) -> bytes:
        for number, writers in enumerate(self.writers, 1):
            page = self.document[number - 1]  # pages are valid only until another one is added
            foot = self.library.TextWriter((0, 0, *self.page), color=SOFT)
            foot.append(
                (MARGIN, self.page[1] - 34),
                f"{self.title}, {number} / {len(self.writers)}",
                font=self.fonts["helv"],
                fontsize=8,
            )
            for writer in [*writers.values(), foot]:
                writer.write_text(page)
        self.document.subset_fonts()
        data: bytes = self.document.tobytes(garbage=4, deflate=True, no_new_id=True)
        self.document.close()
        return data


def ranges(pages: Iterable[int]) -> str:
    """Page numbers as "1-3, 7"."""
    parts: list[tuple[int, int]] = []
    for page in sorted(set(pages)):
        if parts and page == parts[-1][1] + 1:
            parts[-1] = (parts[-1][0], page)
        else:
            parts.append((page, page))
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


@cache
def _unmeasured(library: Any) -> Any:
    """PyMuPDF's TextWriter, which else bounds the whole page anew for each line that is added to it."""
    return type("Unmeasured", (library.TextWriter,), {"_bbox": library.Rect()})


def _printable(text: str) -> str:
    """One line: no control, format or direction characters."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip() or "-"
    text = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(c for c in text if unicodedata.category(c)[0] != "C") or "-"
