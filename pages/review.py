"""The review page: the workbench over the whole window, and the dialog for drawing a missed word."""

from __future__ import annotations

import secrets

import streamlit as st

from model.errors import InkveilError
from pages import common, identity
from review import live
from review.edits import parse
from review.workbench.mount import workbench
from storage import ledger
from storage.documents import Document
from storage.pages import image_path

CANVAS = 900  # px: the drawing's width in the dialog

LAYOUT = """<style>
.stMainBlockContainer { padding: 0 !important; max-width: none !important; }
.stMain { overflow: hidden !important; }
.stAppHeader { background: none !important; pointer-events: none; }
.stAppHeader { height: 36px !important; min-height: 36px !important; }
.stAppHeader button, .stAppHeader a { pointer-events: auto; }
.stMainBlockContainer > .stVerticalBlock { gap: 0 !important; }
</style>"""


def main() -> None:
    st.html(LAYOUT)
    document = common.document()
    if document is None:
        common.chosen_or_stop()
        return
    st.query_params["doc"] = document.id
    project = common.project()
    state = st.session_state
    result = workbench(
        project.path,
        document.id,
        document.name,
        document.pages,
        actor=identity.actor(),
        local=not identity.sign_in(),
        language=identity.language(),
        page=state.get("review_page") or _page(document),
        head=ledger.head(project, document.id)[0],
        asked=state.get("review_asked", ""),
    )
    if result.opened:
        st.query_params["doc"] = state["document"] = result.opened["document"]
    if result.leave:
        common.go("redact", document.id)
    if result.draw:
        draw(document, int(result.draw["page"]))


def _page(document: Document) -> int:
    """?page= of the address, else the first."""
    wanted = st.query_params.get("page", "1")
    return min(max(int(wanted), 1), document.pages) if wanted.isdigit() else 1


@st.dialog("Draw a missed word", width="large")
def draw(document: Document, page: int) -> None:
    """Boxes drawn on the scan, a text for each; every one becomes an insertion in the ledger."""
    from streamlit_drawable_canvas import st_canvas

    project = common.project()
    size = live.document(project, document.id).sizes().get(page)
    if size is None:
        st.write(f"Page {page} has not been read yet.")
        return
    canvas = st_canvas(
        background_image=image_path(project, document.id, page, kind="page"),
        drawing_mode="labeled_rect",
        stroke_width=2,
        stroke_color="#24507a",
        fill_color="rgba(36, 80, 122, 0.08)",
        width=CANVAS,
        height=round(CANVAS * size[1] / size[0]),
        max_display_height=520,
        key=f"draw-{document.id}-{page}",
    )
    boxes = [
        [b["left"], b["top"], b["left"] + b["width"], b["top"] + b["height"]]
        for b in canvas.boxes_in_image_space or []
    ]
    texts = [
        st.text_input(f"Word {n}", key=f"drawn-{document.id}-{page}-{n}") for n in range(1, len(boxes) + 1)
    ]
    if not boxes:
        st.caption("Drag a box around each missed word.")
    if st.button("Add", type="primary", disabled=not boxes):
        if not all(text.strip() for text in texts):
            st.warning("Type a text for every box.")
            return
        try:
            add(document, page, list(zip(boxes, texts, strict=True)))
        except InkveilError as error:
            common.failed(error)
            return
        st.rerun()


def add(document: Document, page: int, words: list[tuple[list[float], str]]) -> None:
    """Stores drawn words: boxes in pixels of the page image. Raises InkveilError where one does not fit."""
    state = live.document(common.project(), document.id)
    for box, text in words:
        slot = f"d-{secrets.token_hex(12)}"
        payload = {"slot": slot, "box": box, "text": text, "after": None}
        edit = {"kind": "insert", "page": page, "key": f"k{secrets.token_hex(12)}", "payload": payload}
        state.decide(parse(edit, state.sizes()), identity.actor())


main()
