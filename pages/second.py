"""Four eyes: the boxes that one person only has seen, and the button of the second."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from model.errors import InkveilError
from pages import common, identity
from pages.common import esc
from pages.identity import t
from redaction import decide
from redaction.log import what
from redaction.plan import Plan
from storage.documents import Document
from workflow.versions import alone


def panel(document: Document, planned: Plan) -> None:
    """Boxes by page, kind, reason and who decided; confirming those of others."""
    waiting = alone(planned)
    if not waiting:
        common.html(f'<p class="iv-mute">{t("redact.all_seen", n=len(planned.redactions))}</p>')
        return
    actor = identity.actor()
    others = [r for r in waiting if r.decided_by != actor]
    why = identity.needs("approver") or (None if others else t("redact.own_boxes"))
    label = t("redact.confirm", n=len(others) or len(waiting))
    if st.button(label, type="primary", disabled=why is not None, help=why, key="confirm"):
        try:
            decide.confirm(common.project(), document.id, waiting, actor=actor)
        except InkveilError as error:
            common.failed(error)
            return
        st.rerun()
    rows = Counter((r.page, what(r), r.reason, r.decided_by) for r in waiting)
    heads = [
        (t("common.page_head"), "n"), (t("redact.kind"), ""), (t("common.reason"), ""),
        (t("redact.decided_by"), ""), (t("redact.boxes_head"), "n"),
    ]  # fmt: skip
    common.html(common.table(heads, [[*key, count] for key, count in sorted(rows.items())]))
    common.html(f'<p class="iv-mute">{esc(t("redact.look_first"))}</p>')
