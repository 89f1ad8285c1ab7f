"""People who stay: in this document, and the project's list of them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from model.errors import InkveilError
from model.findings import Finding
from pages import common, identity
from pages.common import esc
from pages.identity import t
from redaction import decide, stay
from redaction.plan import Plan
from storage import ledger
from storage.documents import Document


def panel(document: Document, planned: Plan, findings: Sequence[Finding]) -> None:
    """Names that are not to be redacted, in all their forms."""
    project, actor = common.project(), identity.actor()
    names = sorted({f.text for f in findings if f.type == "PERSON"} - set(planned.keep))
    field, add = st.columns([9, 1], vertical_alignment="bottom")
    name = field.selectbox(
        t("redact.stays"), names, index=None, accept_new_options=True, placeholder=t("redact.a_name")
    )
    if add.button(t("common.add"), type="primary", disabled=not name, width="stretch") and name:
        decide.keep_person(project, document.id, name, actor=actor)
        st.rerun()
    standing = {
        e.payload.get("text"): e.seq for e in ledger.events(project, document.id) if e.kind == "keep_person"
    }
    for kept in planned.keep:
        line, button = st.columns([9, 1], vertical_alignment="center")
        with line:
            common.html(f"<b>{esc(kept)}</b>")
        if button.button(t("common.remove"), key=f"keep-{kept}", type="tertiary") and kept in standing:
            decide.undo(project, document.id, [standing[kept]], actor=actor, key=f"keep{standing[kept]}")
            st.rerun()
    with st.expander(t("redact.stay_list", n=len(stay.of(project)))):
        _list()


def _list() -> None:
    """For all documents: officials, the staff of an office. One name a line."""
    project = common.project()
    why = identity.needs("administrator")
    now = stay.of(project)
    text = st.text_area(
        t("redact.stay_lines"), "\n".join(now), height=220, disabled=why is not None, help=why,
        key=f"stay-{hash(tuple(now))}",
    )  # fmt: skip
    if st.button(t("common.save"), key="save-stay", disabled=why is not None, help=why):
        try:
            stay.set_list(project, text.splitlines(), identity.actor())
        except InkveilError as error:
            common.failed(error)
            return
        st.rerun()
