"""Words and patterns to find everywhere, and where else what is redacted stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from model.errors import InkveilError
from model.findings import Finding
from model.words import TranscriptPage
from pages import common, identity, models, profiling, spreading
from pages.common import esc
from pages.identity import t
from redaction import decide
from redaction.plan import Plan, rule_to_json
from storage import documents, ledger
from storage.documents import Document

KINDS = ("word", "pattern")


def words(document: Document, planned: Plan, findings: Sequence[Finding], reasons: Sequence[str]) -> None:
    """What is found, by the project's profile and models and by own words: places to approve."""
    profiling.panel()
    models.panel(document)
    project, actor = common.project(), identity.actor()
    with st.form("rule", clear_on_submit=True, border=False):
        kind, value, reason, add = st.columns([2, 5, 3, 1], vertical_alignment="bottom")
        chosen = kind.selectbox(t("redact.kind"), KINDS, format_func=lambda k: t(f"redact.kind_{k}"))
        text = value.text_input(t("redact.everywhere"))
        why = reason.selectbox(t("common.reason"), list(reasons))
        if add.form_submit_button(t("common.add"), type="primary", width="stretch"):
            try:
                decide.add_rule(project, document.id, "pattern" if chosen == "pattern" else "word", text,
                                actor=actor, reason=why or reasons[0])  # fmt: skip
            except InkveilError as error:
                common.failed(error)
            else:
                st.rerun()
    for rule in planned.rules:
        places = sum(
            1 for f in findings if rule.id in f.recogniser or rule.value.casefold() == f.text.casefold()
        )
        line, button = st.columns([9, 1], vertical_alignment="center")
        with line:
            said = t(f"redact.kind_{rule.kind}") if rule.kind in KINDS else esc(rule.kind)
            common.html(
                f'<span class="iv-mono">{esc(rule.value)}</span> <span class="iv-mute">· {said} · '
                f"{esc(rule.reason)} · {t('redact.places', n=places)}</span>"
            )
        if button.button(t("common.remove"), key=f"rule-{rule.id}", type="tertiary"):
            decide.remove_rule(project, document.id, rule_to_json(rule), actor=actor)
            st.rerun()


def elsewhere(document: Document, pages: Sequence[TranscriptPage], planned: Plan) -> None:
    """Further copies of what is redacted, found by burning a trial copy that is thrown away."""
    spreading.panel(document)
    st.markdown(f"##### {t('redact.here')}")
    if not planned.redactions:
        common.html(f'<p class="iv-mute">{t("redact.none_yet")}</p>')
        return
    head = ledger.head(common.project(), document.id)[1]
    with st.spinner(t("redact.whole")):
        try:
            copies, flattened = _trial(document.id, head, pages, planned)
        except InkveilError as error:
            common.failed(error)
            return
    lines = sorted(Counter([*copies, *flattened]).items())
    rows = [f"<tr><td>{p}</td><td>{n}</td><td>{esc(what)}</td></tr>" for (p, what), n in lines]
    if not rows:
        common.html(f'<p class="iv-mute">{t("redact.no_copies")}</p>')
        return
    titles = (t("common.page_head"), t("redact.places_head"), t("redact.goes"))
    head_row = "<tr>" + "".join(f'<th scope="col">{title}</th>' for title in titles) + "</tr>"
    common.html(f'<table class="iv-table"><thead>{head_row}</thead><tbody>{"".join(rows)}</tbody></table>')


@st.cache_data(max_entries=8, show_spinner=False)
def _trial(
    document_id: str,
    head: str,  # noqa: ARG001 - a key of the cache, as the underscored ones are not
    _pages: Sequence[TranscriptPage],
    _planned: Plan,
) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """(page, what) of copies and of pages that become images. `head` is the key of the cache."""
    from redaction.apply import apply
    from redaction.layers import layers

    project = common.project()
    applied = apply(
        documents.data(project, document_id), _planned.redactions,
        name=documents.get(project, document_id).name,
        password=documents.password(project, document_id), layers=layers(_pages),
    )  # fmt: skip
    copies = [(c.page, t("redact.copy")) for c in applied.copies]
    return copies, [(f.page, t("redact.image", reason=f.reason)) for f in applied.flattened]
