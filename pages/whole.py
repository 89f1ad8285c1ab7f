"""Whole lines and whole pages under a box, chosen by keyboard."""

from __future__ import annotations

import streamlit as st

from model.errors import InkveilError
from model.geometry import Box
from model.words import TranscriptPage
from pages import common, identity
from pages.identity import t
from redaction import decide
from review.session import DocumentReview
from storage.documents import Document

SHOWN = 60  # characters of a line


def panel(document: Document, page: TranscriptPage, review: DocumentReview, reason: str) -> None:
    """Lines by their text, pages by their numbers."""
    lines = lines_of(page)
    chosen = st.multiselect(
        t("redact.lines"), list(lines), format_func=lambda n: lines[n][0], key=f"lines-{page.page}"
    )
    if chosen and st.button(t("redact.box_lines", n=len(chosen)), width="stretch", key="box-lines"):
        _add(document, [(page.page, lines[n][1]) for n in chosen], reason)
    numbers = [p.page for p in review.pages]
    pages = st.multiselect(t("redact.whole_pages"), numbers, key="whole-pages")
    if pages and st.button(t("redact.box_pages", n=len(pages)), width="stretch", key="box-pages"):
        sizes = {p.page: Box(0, 0, p.width, p.height) for p in review.pages}
        _add(document, [(number, sizes[number]) for number in pages], reason)


def lines_of(page: TranscriptPage) -> dict[int, tuple[str, Box]]:
    """The page's lines: number -> its text, and the box that surely covers its ink (px of the page image)."""
    found: dict[int, tuple[str, Box]] = {}
    for slot in page.slots:
        text, box = found.get(slot.line, ("", slot.redact_box))
        found[slot.line] = (f"{text} {slot.text}".strip(), box.union(slot.redact_box))
    return {
        n: (text[:SHOWN], box.clipped(page.width, page.height)) for n, (text, box) in found.items() if text
    }


def _add(document: Document, boxes: list[tuple[int, Box]], reason: str) -> None:
    project = common.project()
    try:
        with project.writing():
            for number, box in boxes:
                decide.add_box(project, document.id, number, box, actor=identity.actor(), reason=reason)
    except InkveilError as error:
        common.failed(error)
        return
    for key in [k for k in st.session_state if str(k).startswith(("lines-", "whole-pages"))]:
        del st.session_state[key]
    st.session_state["draw-turn"] = st.session_state.get("draw-turn", 0) + 1
    st.rerun()
