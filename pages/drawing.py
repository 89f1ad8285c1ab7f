"""Boxes drawn by hand on a page: streamlit-drawable-canvas on the left, what else can be boxed on the right.

A stored box can be moved, resized and deleted with the canvas's edit tool; nothing is stored before the
button is pressed, and each change is an event of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import streamlit as st

from model.errors import InkveilError
from model.geometry import Box
from model.words import TranscriptPage
from pages import common, identity, whole
from pages.identity import t
from redaction import decide
from redaction.drawn import Changes, changes_of, mirrored, other_side
from redaction.plan import decisions
from review.session import DocumentReview
from storage import ledger
from storage.documents import Document
from storage.pages import image_path

WIDTH = 800  # px of the canvas; the page is scaled to it
LOOK = {"stroke_color": "#24507a", "stroke_width": 2, "fill_color": "rgba(36, 80, 122, 0.15)"}
MOVED = 1.5
"""Pixels of the canvas by which a side differs where a box was moved."""


def panel(document: Document, review: DocumentReview, reasons: Sequence[str]) -> None:
    """Draw, give a reason, store; or box whole lines and pages."""
    left, right = st.columns([7, 3], gap="medium")
    with right:
        numbers = [p.page for p in review.pages]
        number = st.selectbox(t("common.page_head"), numbers) if len(numbers) > 1 else numbers[0]
        page = review.page(number)
        reason = st.selectbox(t("common.reason"), list(reasons), key="draw-reason") or reasons[0]
    if page is None:
        return
    decided = decisions(ledger.events(common.project(), document.id))
    drawn = {n: box for n, (p, box, _) in decided.drawn.items() if p == page.page}
    found = [b for f, _ in decided.approved.values() if f.page == page.page for b in f.boxes]
    with left:
        changes = _canvas(document, page, drawn, found)
    with right:
        label = t("redact.store", n=max(len(changes), 1))
        side = other_side(page.page, document.pages)
        back = review.page(side) if side else None
        through = back is not None and st.checkbox(t("redact.mirror", page=side), key="mirror")
        if st.button(label, type="primary", disabled=not len(changes), width="stretch"):
            _store(document, page, changes, reason, back if through else None)
        whole.panel(document, page, review, reason)
        _drawn(document, decided.drawn)


def _canvas(
    document: Document, page: TranscriptPage, drawn: Mapping[str, Box], found: Sequence[Box]
) -> Changes:
    """The page with the stored boxes on it, numbered, and what was changed about them."""
    from streamlit_drawable_canvas import boxes_to_drawing, st_canvas

    scale = page.width / WIDTH
    turn = st.session_state.setdefault("draw-turn", 0)
    names = {str(k): number for k, number in enumerate(drawn, 1)}
    there = [
        {"label": name, "left": b.x0 / scale, "top": b.y0 / scale,
         "width": b.width / scale, "height": b.height / scale}
        for name, b in zip(names, drawn.values(), strict=True)
    ]  # fmt: skip
    result = st_canvas(
        background_image=_background(document.id, page.page, [b.rounded() for b in found]),
        drawing_mode="labeled_rect",
        initial_drawing=boxes_to_drawing(there, **LOOK),
        width=WIDTH,
        height=round(page.height / scale),
        font_size=11,
        key=f"canvas-{document.id}-{page.page}-{turn}",
        **LOOK,
    )
    shown = []
    for box in result.boxes:
        x, y = box["left"] * scale, box["top"] * scale
        corners = (x, y, x + box["width"] * scale, y + box["height"] * scale)
        shown.append((str(box["label"]).strip(), Box.of(corners).clipped(page.width, page.height)))
    return changes_of(shown, {name: (n, drawn[n]) for name, n in names.items()}, MOVED * scale)


@st.cache_data(max_entries=32, show_spinner=False)
def _background(document_id: str, number: int, boxes: list[list[float]]) -> bytes:
    """The page at the canvas's size with the approved findings, as JPEG."""
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


def _store(
    document: Document, page: TranscriptPage, changes: Changes, reason: str, back: TranscriptPage | None
) -> None:
    """`back`: the page where the new boxes show through, if they are to be boxed there as well."""
    project, actor = common.project(), identity.actor()
    try:
        with project.writing():
            for box in changes.added:
                decide.add_box(project, document.id, page.page, box, actor=actor, reason=reason)
                if back is not None:
                    seen = mirrored(box, (page.width, page.height), (back.width, back.height))
                    decide.add_box(project, document.id, back.page, seen, actor=actor, reason=reason)
            for number, (box, before) in changes.moved.items():
                decide.move_box(project, document.id, page.page, number, box, before, actor=actor)
            for number in changes.removed:
                decide.remove_box(project, document.id, page.page, number, actor=actor)
    except InkveilError as error:
        common.failed(error)
        return
    st.session_state["draw-turn"] += 1
    st.rerun()


def _drawn(document: Document, drawn: Mapping[str, tuple[int, Box, Mapping[str, Any]]]) -> None:
    """The stored boxes with a way to take each back."""
    for number, (page, _, who) in drawn.items():
        text, button = st.columns([3, 1], vertical_alignment="center")
        with text:
            common.html(t("redact.drawn", page=page, reason=common.esc(who.get("reason"))))
        if button.button(t("common.remove"), key=f"remove-{number}", type="tertiary"):
            decide.remove_box(common.project(), document.id, page, number, actor=identity.actor())
            st.session_state["draw-turn"] += 1
            st.rerun()
