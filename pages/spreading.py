"""A document's confirmed people in the project's other documents, each approved there with one press."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from model.errors import InkveilError
from pages import common, identity
from pages.common import esc
from pages.identity import t
from redaction import decide
from redaction.spread import Elsewhere
from storage import documents, ledger
from storage.documents import Document
from workflow import spreading

AT_ONCE = 30
"""With more other documents than this they are looked through when somebody asks for it."""


def panel(document: Document) -> None:
    project = common.project()
    others = len(documents.find(project)) - 1
    if others < 1:
        return
    st.markdown(f"##### {t('redact.others')}")
    asked = f"spread-{document.id}"
    if others > AT_ONCE and asked not in st.session_state:
        if not st.button(t("redact.others_look", n=others), key=f"look-{asked}"):
            return
        st.session_state[asked] = True
    found, unsearched = _look(document, others)
    if unsearched:
        common.html(f'<p class="iv-mute">{t("redact.others_unsearched", n=unsearched)}</p>')
    groups: dict[tuple[str, str], list[Elsewhere]] = {}
    for one in found:
        groups.setdefault((one.type, one.text), []).append(one)
    if not groups:
        common.html(f'<p class="iv-mute">{t("redact.others_none")}</p>')
    for (kind, text), places in groups.items():
        _row(document, kind, text, places)


def _look(document: Document, others: int) -> tuple[list[Elsewhere], int]:
    """What stands undecided elsewhere, and how many documents were not searched yet."""
    project = common.project()
    key = ("spread", document.id, tuple(sorted(ledger.heads(project).items())))
    held = st.session_state.get("spread-found")
    if held is not None and held[0] == key:
        return list(held[1]), int(held[2])
    bar = st.progress(0.0, t("redact.others_looking")) if others > 3 else None
    found: list[Elsewhere] = []
    unsearched = 0
    for n, each in enumerate(spreading.places(project, document.id), 1):
        if each is None:
            unsearched += 1
        found.extend(each or ())
        if bar is not None:
            bar.progress(n / others, t("redact.others_looking"))
    if bar is not None:
        bar.empty()
    if not unsearched:  # what is being searched right now leaves no trace in the ledger
        st.session_state["spread-found"] = (key, found, unsearched)
    return found, unsearched


def _row(document: Document, kind: str, text: str, places: Sequence[Elsewhere]) -> None:
    names = documents.titles(common.project())
    line, button = st.columns([8, 2], vertical_alignment="center")
    count = sum(len(one.findings) for one in places)
    forms = sorted({f.text for one in places for f in one.findings} - {text})
    where = ", ".join(
        t("redact.others_pages", name=names.get(one.document, one.document),
          pages=", ".join(map(str, sorted({f.page for f in one.findings}))))
        for one in places
    )  # fmt: skip
    name_of = decide.type_name(kind, identity.language())
    with line:
        said = f" · {esc(t('redact.others_as', forms=', '.join(forms[:8])))}" if forms else ""
        common.html(f'<b>{esc(text)}</b> <span class="iv-mute">· {esc(name_of)} · {esc(where)}{said}</span>')
    label = t("redact.others_approve", n=count)
    if button.button(label, key=f"spread-{kind}-{text}", width="stretch"):
        try:
            spreading.approve(common.project(), document.id, kind, text, actor=identity.actor())
        except InkveilError as error:
            common.failed(error)
            return
        st.rerun()
