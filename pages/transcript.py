"""The transcript on the export page: in which formats, and alone without the PDF."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages import common
from pages.identity import t
from redaction.publish import FORMATS
from storage.documents import Document
from workflow.publish import transcript_zip

NAMES = {
    "txt": "text", "json": "JSON", "csv": "CSV", "hocr": "hOCR", "alto": "ALTO 4", "page": "PAGE XML",
}  # fmt: skip


def formats() -> list[str]:
    """The chosen formats."""
    chosen = st.pills(
        t("export.formats"),
        list(NAMES),
        selection_mode="multi",
        default=list(FORMATS),
        format_func=NAMES.__getitem__,
    )
    return [name for name in NAMES if name in chosen]


def download(document: Document, chosen: list[str], version: str) -> None:
    """The transcript alone, as a ZIP file that is made when it is asked for."""
    st.download_button(
        t("export.transcript"),
        lambda: transcript_zip(common.project(), document.id, chosen, version),
        f"{Path(document.name).stem}.transcript.zip",
        "application/zip",
        disabled=not chosen,
        help=t("export.transcript_hint"),
        on_click="ignore",
        width="stretch",
    )
