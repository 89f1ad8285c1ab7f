"""Boxes drawn by hand on a page: streamlit-drawable-canvas on the left, the drawn ones on the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import streamlit as st

from model.errors import InkveilError
from model.geometry import Box
from model.words import TranscriptPage
from pages import common, identity
from pages.identity import t
from redaction import decide
from redaction.plan import decisions
from review.session import DocumentReview
from storage import ledger
from storage.documents import Document
from storage.pages import image_path

WIDTH = 800  # px of the canvas; the page is scaled to it
INK = "#24507a"


def panel(document: Document, review: DocumentReview, reasons: Sequence[str]) -> None:
    """Draw, give a reason, add; each stored box is an event of its own."""
    left, right = st.columns([7, 3], gap="medium")
    with right:
        numbers = [p.page for p in review.pages]
        number = st.selectbox(t("common.page_head"), numbers) if len(numbers) > 1 else numbers[0]
        page = review.page(number)
        reason = st.selectbox(t("common.reason"), list(reasons), key="draw-reason")
    if page is None:
        return
    turn = st.session_state.setdefault("draw-turn", 0)
    with left:
        boxes = _canvas(document, page, turn)
    with right:
        if st.button(t("redact.add_boxes", n=max(len(boxes), 1)), type="primary",
                     disabled=not boxes, width="stretch"):  # fmt: skip
            _add(document, page, boxes, reason or reasons[0])
        _drawn(document)


def _canvas(document: Document, page: TranscriptPage, turn: int) -> list[Box]:
    """The boxes drawn now, in pixels of the page image."""
    from streamlit_drawable_canvas import st_canvas

    scale = page.width / WIDTH
    decided = decisions(ledger.events(common.project(), document.id))
    there = [b for p, b, _ in decided.drawn.values() if p == page.page]
    there += [b for f, _ in decided.approved.values() if f.page == page.page for b in f.boxes]
    result = st_canvas(
        background_image=_background(document.id, page.page, [b.rounded() for b in there]),
        drawing_mode="labeled_rect",
        fill_color="rgba(36, 80, 122, 0.15)",
        stroke_color=INK,
        stroke_width=2,
        width=WIDTH,
        height=round(page.height / scale),
        label=" ",
        key=f"canvas-{document.id}-{page.page}-{turn}",
    )
    found = []
    for box in result.boxes:
        x, y = box["left"] * scale, box["top"] * scale
        corners = (x, y, x + box["width"] * scale, y + box["height"] * scale)
        found.append(Box.of(corners).clipped(page.width, page.height))
    return [b for b in found if b.width > 2 and b.height > 2]


@st.cache_data(max_entries=32, show_spinner=False)
def _background(document_id: str, number: int, boxes: list[list[float]]) -> bytes:
    """The page at the canvas's size with the boxes that stand already, as JPEG."""
    from PIL import Image, ImageDraw

    with Image.open(image_path(common.project(), document_id, number)) as opened:
        image = opened.convert("RGB")
    draw = ImageDraw.Draw(image, "RGBA")
    for box in boxes:
        draw.rectangle(box, fill=(28, 36, 48, 110), outline=(28, 36, 48, 255), width=3)
    image.thumbnail((WIDTH, 100_000))
    out = BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def _add(document: Document, page: TranscriptPage, boxes: Sequence[Box], reason: str) -> None:
    try:
        for box in boxes:
            decide.add_box(
                common.project(), document.id, page.page, box, actor=identity.actor(), reason=reason
            )
    except InkveilError as error:
        common.failed(error)
        return
    st.session_state["draw-turn"] += 1
    st.rerun()


def _drawn(document: Document) -> None:
    """The stored boxes with a way to take each back."""
    drawn: Mapping[str, tuple[int, Box, Mapping[str, Any]]]
    drawn = decisions(ledger.events(common.project(), document.id)).drawn
    for number, (page, _, who) in drawn.items():
        text, button = st.columns([3, 1], vertical_alignment="center")
        with text:
            common.html(t("redact.drawn", page=page, reason=common.esc(who.get("reason"))))
        if button.button(t("common.remove"), key=f"remove-{number}", type="tertiary"):
            decide.remove_box(common.project(), document.id, page, number, actor=identity.actor())
            st.rerun()
