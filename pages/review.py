"""The review page: the workbench over the whole window."""

from __future__ import annotations

import streamlit as st

from pages import common, identity
from review.workbench.mount import workbench
from storage import ledger
from storage.documents import Document

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
    result = workbench(
        project.path,
        document.id,
        document.name,
        document.pages,
        actor=identity.actor(),
        local=not identity.sign_in(),
        language=identity.language(),
        page=_page(document),
        head=ledger.head(project, document.id)[0],
        asked=_asked(document),
    )
    if result.opened:
        st.query_params.pop("page", None)
        st.query_params["doc"] = st.session_state["document"] = result.opened["document"]
    if result.leave:
        common.go("redact", document.id)


def _page(document: Document) -> int:
    """?page= of the address, else the first."""
    wanted = st.query_params.get("page", "1")
    return min(max(int(wanted), 1), document.pages) if wanted.isdigit() else 1


def _asked(document: Document) -> str:
    """What makes the workbench go to the page of the address: another is another wish, a rerun none."""
    page = st.query_params.get("page")
    return f"{document.id}/{page}" if page else ""


main()
