"""Redact: what was found, drawn, ruled and kept, decided here; the boxes follow from the ledger."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from model.errors import InkveilError
from model.findings import Finding
from pages import common, desk_data, drawing, identity, rules
from redaction import decide, found
from redaction.plan import Plan, decisions, plan
from review.session import DocumentReview, load
from storage import ledger
from storage.documents import Document

TABS = ("Found", "By hand", "Words and patterns", "People who stay", "Also elsewhere")


def main() -> None:
    st.html('<i class="iv-tight"></i>')
    bar = st.container(key="bar")
    pick, tabs, reasons, out = bar.columns([3, 7, 1.2, 2], vertical_alignment="center", gap="small")
    with pick:
        document = common.chosen_or_stop()
    tab = tabs.segmented_control(
        "What", TABS, default="Found", label_visibility="collapsed", key="redact-tab", width="stretch"
    )
    with reasons.popover("Reasons", width="stretch"):
        _reasons()
    try:
        review, findings, planned = _look(document)
    except InkveilError as error:
        common.failed(error)
        return
    count = decide.open_groups(planned)
    label = f"Export ({count} undecided)" if count else "Export"
    if out.button(label, type="primary", width="stretch", key="to-export"):
        common.go("export", document.id)
    if not review.pages:
        common.html('<p class="iv-mute">No page has been read yet.</p>')
        return
    _panel(tab or "Found", document, review, findings, planned)


def _look(document: Document) -> tuple[DocumentReview, list[Finding], Plan]:
    """The transcript, what is found on it, and what has been decided."""
    project = common.project()
    with st.spinner("Looking for personal data", show_time=False):
        review = load(project, document.id)
        findings = found.look(project, document, review.pages)
    return review, findings, plan(findings, ledger.events(project, document.id), review.pages)


def _panel(
    tab: str, document: Document, review: DocumentReview, findings: list[Finding], planned: Plan
) -> None:
    project = common.project()
    reasons = decide.reasons(project)
    if tab == "Found":
        events = ledger.events(project, document.id)
        data = desk_data.data(document, review.pages, findings, events, decisions(events), reasons)
        desk_data.mount(document, data)
        return
    panels: dict[str, Callable[[], None]] = {
        "By hand": lambda: drawing.panel(document, review, reasons),
        "Words and patterns": lambda: rules.words(document, planned, findings, reasons),
        "People who stay": lambda: rules.people(document, planned, findings),
        "Also elsewhere": lambda: rules.elsewhere(document, review.pages, planned),
    }
    panels[tab]()


def _reasons() -> None:
    """The reason codes of the project, one a line."""
    project = common.project()
    before = decide.reasons(project)
    text = st.text_area("One a line", "\n".join(before), height=220, key="reasons")
    if st.button("Save", key="save-reasons"):
        try:
            decide.set_reasons(project, text.splitlines(), identity.actor())
        except InkveilError as error:
            common.failed(error)
            return
        st.rerun()


main()
