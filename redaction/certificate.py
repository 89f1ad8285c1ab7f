"""The certificate of an export: what was destroyed where and why, who decided, what was checked.

No word of it quotes the document: it holds places, counts, reasons, names of those who decided as
they were given, and hashes. Any given text in which a redacted text is found is withheld. Its pages
are set in fonts that are embedded, and the same content makes the same bytes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from model.findings import Redaction

TITLE = "Redaction certificate"
WITHHELD = "(withheld: it repeats a redacted text)"
PAGE = (595.0, 842.0)
MARGIN = 56.0
SIZE = 9.0
LEADING = 13.0
INK = (0.11, 0.13, 0.16)
SOFT = (0.38, 0.41, 0.45)
WARN = (0.62, 0.16, 0.05)
MOST_ROWS = 400
"""Boxes listed one by one; beyond, they are counted a page."""

Mask = Callable[[str], str]


@dataclass(frozen=True)
class Facts:
    """Everything a certificate says."""

    source_sha256: str
    pages_sha256: str
    """redaction.digest of the redacted pages."""
    pages: int
    mode: str
    redactions: Sequence[Redaction]
    reviewed: bool
    checks: Sequence[tuple[str, str]]
    """(name, what it says): all of them passed, otherwise nothing would have been written."""
    versions: Mapping[str, str]
    engines: Sequence[str] = ()
    decided: Sequence[tuple[str, str]] = ()
    """(name, time) of those who approved the document."""
    copies: Sequence[tuple[int, tuple[float, ...]]] = ()
    flattened: Sequence[tuple[int, str]] = ()
    ledger_head: tuple[int, str] | None = None
    appended: bool = True
    """Whether the certificate follows the redacted pages in the same file."""


def vocabulary() -> frozenset[str]:
    """Every word of the certificate's own: finding one of them on its pages proves nothing."""
    from redaction.attack.report import TITLES

    texts = [*_WORDS.values(), TITLE, WITHHELD, *TITLES.values(), *TITLES]
    texts += [
        "preserve flatten passed failed Inkveil MuPDF PyMuPDF qpdf pikepdf Pillow poppler pdftotext UTC"
    ]
    return frozenset(word.strip(".,:;()") for text in texts for word in text.replace("_", " ").split())


_WORDS = {
    "intro": "What stood under the boxes listed here was destroyed in the file, not covered. The finished "
    "file was then opened again and attacked with the checks below. All of them passed: a file that fails "
    "one is not written.",
    "unreviewed": "Unreviewed: the boxes were chosen by a program. No person has confirmed them.",
    "reviewed": "Reviewed: the boxes were confirmed by the people named below.",
    "file": "File",
    "source": "Source, SHA-256",
    "digest": "Redacted pages, digest",
    "appended": "The digest covers the pages before this certificate: their boxes, contents and resources, "
    "spelled as Inkveil's documentation says. It can be computed again from this file. The hash of this "
    "whole file stands in the report beside it.",
    "beside": "The digest covers the pages of the redacted file: their boxes, contents and resources, "
    "spelled as Inkveil's documentation says, and can be computed again from it.",
    "pages": "Pages",
    "mode": "Mode",
    "preserve": "preserve: pages that were born digital keep their text",
    "flatten": "flatten: every page is an image with a searchable layer of what was not redacted",
    "what": "What was redacted",
    "reason": "Reason",
    "boxes": "Boxes",
    "on": "Pages",
    "copies": "Further copies of redacted texts that were found and destroyed as well",
    "flattened": "Pages made an image, because their marks could not be proved one by one",
    "decided": "Decided by",
    "unnamed": "not recorded",
    "approved": "approved the document",
    "confirmed": "boxes",
    "checks": "Checks of the finished file",
    "places": "Places",
    "page": "Page",
    "rect": "Box in points from the top left",
    "by": "Decided by",
    "at": "at",
    "made": "Made with",
    "engines": "Engines that read the document",
    "ledger": "Audit trail",
    "head": "Last event and its hash",
    "passed": "passed",
    "more": "The places of all boxes stand in the report beside the file.",
}


def build(facts: Facts, mask: Mask) -> bytes:
    """A PDF of the certificate's pages. `mask` withholds given texts that repeat a redacted one."""
    sheet = _Setter()
    sheet.heading(TITLE, 20)
    sheet.paragraph(_WORDS["intro"])
    sheet.paragraph(
        _WORDS["reviewed" if facts.reviewed else "unreviewed"],
        bold=True,
        colour=INK if facts.reviewed else WARN,
    )
    sheet.heading(_WORDS["file"])
    sheet.pair(_WORDS["source"], facts.source_sha256, mono=True)
    sheet.pair(_WORDS["digest"], facts.pages_sha256, mono=True)
    sheet.pair(_WORDS["pages"], str(facts.pages))
    sheet.pair(_WORDS["mode"], _WORDS[facts.mode])
    sheet.paragraph(_WORDS["appended" if facts.appended else "beside"], colour=SOFT)
    _what(sheet, facts, mask)
    _who(sheet, facts, mask)
    sheet.heading(_WORDS["checks"])
    sheet.table([(_WORDS["passed"], title) for _, title in facts.checks], (52.0,))
    sheet.heading(_WORDS["made"])
    for name, version in sorted(facts.versions.items()):
        sheet.pair(name, mask(version))
    if facts.engines:
        sheet.pair(_WORDS["engines"], mask(", ".join(facts.engines)))
    if facts.ledger_head is not None:
        sheet.heading(_WORDS["ledger"])
        sheet.pair(_WORDS["head"], f"{facts.ledger_head[0]}  {facts.ledger_head[1]}", mono=True)
    _where(sheet, facts, mask)
    return sheet.finish()


def _what(sheet: _Setter, facts: Facts, mask: Mask) -> None:
    sheet.heading(_WORDS["what"])
    by_reason: dict[str, list[int]] = {}
    for redaction in facts.redactions:
        by_reason.setdefault(redaction.reason, []).append(redaction.page)
    rows = [(mask(reason), str(len(pages)), ranges(pages)) for reason, pages in sorted(by_reason.items())]
    sheet.table([(_WORDS["reason"], _WORDS["boxes"], _WORDS["on"]), *rows], (220.0, 60.0), head=True)
    if facts.copies:
        sheet.paragraph(
            f"{_WORDS['copies']}: {len(facts.copies)} "
            f"({_WORDS['on'].lower()} {ranges(p for p, _ in facts.copies)})"
        )
    if facts.flattened and facts.mode == "preserve":
        sheet.paragraph(f"{_WORDS['flattened']}: {ranges(p for p, _ in facts.flattened)}")


def _who(sheet: _Setter, facts: Facts, mask: Mask) -> None:
    sheet.heading(_WORDS["decided"])
    counts: dict[str, int] = {}
    for redaction in facts.redactions:
        counts[redaction.decided_by] = counts.get(redaction.decided_by, 0) + 1
    for name, count in sorted(counts.items()):
        sheet.pair(mask(name) if name else _WORDS["unnamed"], f"{count} {_WORDS['confirmed']}")
    for name, time in facts.decided:
        sheet.pair(mask(name), f"{_WORDS['approved']} {_WORDS['at']} {time}" if time else _WORDS["approved"])


def _where(sheet: _Setter, facts: Facts, mask: Mask) -> None:
    sheet.heading(_WORDS["places"])
    if len(facts.redactions) > MOST_ROWS:
        counts: dict[int, int] = {}
        for redaction in facts.redactions:
            counts[redaction.page] = counts.get(redaction.page, 0) + 1
        rows = [(str(page), str(count)) for page, count in sorted(counts.items())]
        sheet.table([(_WORDS["page"], _WORDS["boxes"]), *rows], (60.0,), head=True)
        sheet.paragraph(_WORDS["more"], colour=SOFT)
        return
    rows4 = [
        (
            str(r.page),
            ", ".join(f"{v:.1f}" for v in r.box.as_list()),
            mask(r.reason),
            " ".join(filter(None, (mask(r.decided_by) if r.decided_by else "", r.decided_at))),
        )
        for r in sorted(facts.redactions, key=lambda r: (r.page, r.box.y0, r.box.x0))
    ]
    sheet.table(
        [(_WORDS["page"], _WORDS["rect"], _WORDS["reason"], _WORDS["by"]), *rows4],
        (38.0, 150.0, 130.0),
        head=True,
    )


def ranges(pages: Iterable[int]) -> str:
    """Page numbers as "1-3, 7"."""
    parts: list[tuple[int, int]] = []
    for page in sorted(set(pages)):
        if parts and page == parts[-1][1] + 1:
            parts[-1] = (parts[-1][0], page)
        else:
            parts.append((page, page))
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


@dataclass
class _Setter:
    """Sets lines on pages, top down. Fonts: Nimbus Sans and Mono, Droid Sans Fallback for other scripts."""

    document: Any = None
    writers: list[dict[tuple[float, float, float], Any]] = field(default_factory=list)
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
        self.document.new_page(width=PAGE[0], height=PAGE[1])
        self.writers.append({})
        self.y = MARGIN + 8

    def heading(self, text: str, size: float = 11.0) -> None:
        self.room(3 * LEADING + size)
        self.y += size + (10 if self.y > MARGIN + 9 else 2)
        self.line(text, MARGIN, size, "hebo", INK)
        self.y += LEADING * (0.75 if size < 15 else 1.1)

    def paragraph(self, text: str, *, bold: bool = False, colour: tuple[float, float, float] = INK) -> None:
        name = "hebo" if bold else "helv"
        for row in self.wrapped(text, PAGE[0] - 2 * MARGIN, name):
            self.room(LEADING)
            self.y += LEADING
            self.line(row, MARGIN, SIZE, name, colour)
        self.y += 5

    def pair(self, name: str, value: str, *, mono: bool = False) -> None:
        self.table([(name, value)], (150.0,), mono=mono, first=SOFT)

    def table(
        self, rows: Sequence[tuple[str, ...]], widths: tuple[float, ...], *, head: bool = False,
        mono: bool = False,
        first: tuple[float, float, float] = INK,
    ) -> None:  # fmt: skip
        """Rows of cells; the last column takes the rest of the width. Cells wrap."""
        starts = [MARGIN]
        for width in widths:
            starts.append(starts[-1] + width)
        limits = [b - a - 8 for a, b in zip(starts, [*starts[1:], PAGE[0] - MARGIN + 8], strict=True)]
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
        if self.y + height > PAGE[1] - MARGIN:
            self.new_page()

    def line(
        self, text: str, x: float, size: float, name: str, colour: tuple[float, float, float],
        y: float | None = None,
    ) -> None:  # fmt: skip
        writers = self.writers[-1]
        if colour not in writers:
            writers[colour] = self.library.TextWriter((0, 0, *PAGE), color=colour)
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
        result: list[tuple[str, Any]] = []
        for character in _printable(text):
            font = self.glyph(character, name)[0]
            if result and result[-1][1] is font:
                result[-1] = (result[-1][0] + character, font)
            else:
                result.append((character, font))
        return result

    def width(self, text: str, name: str) -> float:
        size = SIZE - 1 if name == "cour" else SIZE
        return size * sum([self.glyph(character, name)[1] for character in text])

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
            foot = self.library.TextWriter((0, 0, *PAGE), color=SOFT)
            foot.append(
                (MARGIN, PAGE[1] - 34),
                f"{TITLE}, {number} / {len(self.writers)}",
                font=self.fonts["helv"],
                fontsize=8,
            )
            for writer in [*writers.values(), foot]:
                writer.write_text(page)
        self.document.subset_fonts()
        data: bytes = self.document.tobytes(garbage=4, deflate=True, no_new_id=True)
        self.document.close()
        return data


def _printable(text: str) -> str:
    """One line: no control, format or direction characters."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(c for c in text if unicodedata.category(c)[0] != "C") or "-"
