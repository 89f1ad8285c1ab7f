"""A document's transcript in the formats of others: text, JSON, CSV, hOCR, ALTO 4, PAGE XML 2019.

Pure functions from transcript pages to text; what was redacted is masked before (`masked`), so that
nothing leaves in a transcript that was destroyed in the PDF. Coordinates are pixels of the page image.
The searchable PDF is redaction.apply's, from the same pages (redaction.layers).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from model.errors import UsageError
from model.words import TranscriptPage
from redaction.transcripts.alto import ALTO, as_alto
from redaction.transcripts.hocr import as_hocr
from redaction.transcripts.masking import MASK, masked
from redaction.transcripts.page_xml import PAGE, as_page
from redaction.transcripts.plain import as_csv, as_json, as_text, plain_cell

__all__ = ["ALTO", "FORMATS", "MASK", "PAGE", "files", "masked", "plain_cell"]

FORMATS: Final[dict[str, Callable[[Sequence[TranscriptPage], str], str]]] = {
    "txt": as_text,
    "json": as_json,
    "csv": as_csv,
    "hocr": as_hocr,
    "alto": as_alto,
}
SUFFIX: Final = {"hocr": ".hocr", "alto": ".alto.xml", "txt": ".txt", "json": ".json", "csv": ".csv"}


def files(fmt: str, pages: Sequence[TranscriptPage], name: str, stem: str) -> dict[str, str]:
    """File name -> content of the transcript in one format. PAGE XML has a file a page.

    Raises UsageError for an unknown format.
    """
    if fmt == "page":
        return {f"{stem}.{page.page:04d}.page.xml": as_page(page, name) for page in pages}
    if fmt not in FORMATS:
        raise UsageError(
            f"There is no transcript format '{fmt}': choose from {', '.join([*FORMATS, 'page'])}."
        )
    return {stem + SUFFIX[fmt]: FORMATS[fmt](pages, name)}
