"""Redact: what was found, drawn, ruled and kept, decided here; the boxes follow from the ledger."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from model.errors import InkveilError
from model.findings import Finding
from pages import common, desk_data, drawing, identity, models, rules, second, staying
from pages.identity import t
from redaction import decide, found, profiles
from redaction import reasons as known
from redaction.detect import unknown
from redaction.plan import Plan, decisions, plan
from review.policy import policy
from review.session import DocumentReview, load
from storage import ledger
from storage.documents import Document

TABS = ("found", "by_hand", "words", "stay", "elsewhere")


def main() -> None:
    st.html('<i class="iv-tight"></i>')
    bar = st.container(key="bar")
    pick, tabs, reasons, out = bar.columns([3, 7, 1.2, 2], vertical_alignment="center", gap="small")
    with pick:
        document = common.chosen_or_stop()
    tab = tabs.segmented_control(
        t("redact.what"),
        [*TABS, "second"] if policy(common.project()).four_eyes else TABS,
        default="found",
        format_func=lambda name: t(f"redact.{name}"),
        label_visibility="collapsed",
        key="redact-tab",
        width="stretch",
    )
    with reasons.popover(t("redact.reasons"), width="stretch"):
        _reasons()
    try:
        review, findings, planned = _look(document)
    except InkveilError as error:
        common.failed(error)
        return
    count = decide.open_groups(planned)
    label = t("redact.export_open", n=count) if count else t("common.export")
    if out.button(label, type="primary", width="stretch", key="to-export"):
        common.go("export", document.id)
    if not review.pages:
        common.html(f'<p class="iv-mute">{t("redact.unread")}</p>')
        return
    if strange := unknown(document.languages):
        common.html(f'<p class="iv-mute">{t("redact.languages", codes=", ".join(strange))}</p>')
    models.failures(document)
    _panel(tab or "found", document, review, findings, planned)


def _look(document: Document) -> tuple[DocumentReview, list[Finding], Plan]:
    """The transcript, what is found on it, and what has been decided."""
    project = common.project()
    with st.spinner(t("redact.looking"), show_time=False):
        review = load(project, document.id)
        findings = found.look(project, document, review.pages)
    return review, findings, plan(findings, ledger.events(project, document.id), review.pages)


def _panel(
    tab: str, document: Document, review: DocumentReview, findings: list[Finding], planned: Plan
) -> None:
    project = common.project()
    reasons = known.codes(project)
    if tab == "found":
        events = ledger.events(project, document.id)
        data = desk_data.data(document, review.pages, findings, events, decisions(events), reasons,
                              profiles.of(project))  # fmt: skip
        desk_data.mount(document, data)
        return
    panels: dict[str, Callable[[], None]] = {
        "by_hand": lambda: drawing.panel(document, review, reasons),
        "words": lambda: rules.words(document, planned, findings, reasons),
        "stay": lambda: staying.panel(document, planned, findings),
        "elsewhere": lambda: rules.elsewhere(document, review.pages, planned),
        "second": lambda: second.panel(document, planned),
    }
    panels[tab]()


def _reasons() -> None:
    """The reasons of the project, one a line, and sets to add."""
    project = common.project()
    why = identity.needs("administrator")
    offered = st.selectbox(
        t("redact.set"), list(known.SETS), index=None, format_func=lambda name: t(f"redact.set_{name}"),
        disabled=why is not None, help=why, key="reason-set",
    )  # fmt: skip
    lines = [reason.line() for reason in known.of(project)]
    added = [r.line() for r in known.SETS.get(offered or "", ()) if r.line() not in lines]
    text = st.text_area(
        t("redact.one_a_line"), "\n".join([*lines, *added]), height=260, key=f"reasons-{offered}"
    )
    if st.button(t("common.save"), key="save-reasons", disabled=why is not None, help=why):
        try:
            known.set_reasons(project, text.splitlines(), identity.actor())
        except InkveilError as error:
            common.failed(error)
            return
        st.rerun()


main()
