"""The text layer of a born-digital page as a reading like any other.

Nothing is recognised here: storage.sources gives the words with their boxes in points of the displayed
page, and this file turns them into pixels of the image the other engines see.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from engines.base import BoxKind, PageImage, reading_of
from model.errors import EngineFailed
from model.geometry import Transform, image_frame, points_frame
from model.words import Reading, Word

if TYPE_CHECKING:
    from storage.sources import TextWord


class PdfText:
    """Words, boxes and lines of the file's own text; no confidence, since nothing was guessed."""

    name = "pdf_text"
    title = "PDF text layer"
    privacy = "local"
    boxes: BoxKind = "word"
    confidence = False
    page_seconds = 0.05

    def availability(self) -> str | None:
        try:
            import pymupdf  # noqa: F401
        except ImportError:
            return "PyMuPDF is not installed: pip install pymupdf."
        return None

    def version(self) -> str:
        try:
            import pymupdf
        except ImportError:
            return ""
        return str(pymupdf.__version__)

    def recognise(self, page: PageImage) -> Reading:
        started = time.perf_counter()
        if page.source is None:
            raise EngineFailed(
                "The text layer can only be read from the file itself, not from an image.",
                engine=self.name, kind="bad_input", page=page.page,
            )  # fmt: skip
        info = page.source.pages[page.page - 1]
        width, height = page.page_size()
        to_image = Transform.scaling(
            points_frame(info.width_pt, info.height_pt), image_frame(round(width), round(height))
        )
        words = tuple(
            Word(w.text, page.from_page(w.quad), None, w.line, w.vertical)
            for w in parse(page.source.words(page.page), to_image)
        )
        return reading_of(self, page, words, seconds=time.perf_counter() - started)


def parse(words: Iterable[TextWord], to_image: Transform) -> tuple[Word, ...]:
    """Words in points of the displayed page -> words in pixels of the page image."""
    return tuple(
        Word(w.text, to_image.quad(w.quad), None, w.line, w.vertical) for w in words if w.text.strip()
    )
