"""The documents as rows: thumbnail, name, five-step bar, what is left, and where the work goes on."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from engines.claimed import SUGGESTED
from pages import common, identity, media
from pages.common import esc
from pages.identity import t
from storage import documents
from workflow.state import DocumentState, day


def table(states: Sequence[DocumentState]) -> list[DocumentState]:
    """Draws the rows; returns those that are selected."""
    selected = []
    for item in states:
        common.html('<div class="iv-rule"></div>')
        tick, thumb, name, bar, action = st.columns(
            [0.35, 0.6, 5, 4.4, 1.3], gap="small", vertical_alignment="center"
        )
        if tick.checkbox(item.document.name, key=f"tick-{item.document.id}", label_visibility="collapsed"):
            selected.append(item)
        with thumb:
            common.html(
                f'<img class="iv-thumb" alt="" src="{esc(media.page_url(item.document.id, 1, "thumb"))}">'
            )
        with name:
            common.html(_name(item))
        with bar:
            common.html(_bar(item))
        if action.button(
            t(f"common.{item.page}"), key=f"open-{item.document.id}", disabled=item.reading, width="stretch"
        ):
            common.go(item.page, item.document.id)
    return selected


def language(code: str) -> str:
    """A document's language in the interface's."""
    return t(f"common.lang_{code}") if code in common.LANGUAGES else code


def clear() -> None:
    """Takes back every selection."""
    for key in [k for k in st.session_state if str(k).startswith("tick-")]:
        del st.session_state[key]


def page_of(count: int, size: int) -> int:
    """Which page of a long list is shown, from 0; a control appears only where there are several."""
    pages = -(-count // size)
    if pages <= 1:
        return 0
    return int(st.pagination(pages, key="documents-page")) - 1


def _name(item: DocumentState) -> str:
    document = item.document
    languages = ", ".join(language(code) for code in document.languages)
    if languages and documents.languages_by(common.project(), document.id) == SUGGESTED:
        languages += t("documents.suggested")
    added = f"{esc(document.added_by)}, {day(document.added_at, identity.language())}"
    facts = [t("common.pages", n=document.pages), languages, added]
    if item.assigned:
        facts.append(esc(t("state.assigned", person=item.assigned)))
    if item.blind:
        facts.append(t("state.blind"))
    chip = ""
    if item.problems:
        lines = "".join(f"<li>{esc(p)}</li>" for p in item.problems[:50])
        chip = (
            f'<details class="iv-chip"><summary>{t("documents.problems", n=len(item.problems))}</summary>'
            f"<ul>{lines}</ul></details>"
        )
    return (
        f'<div class="iv-name">{esc(document.name)}</div>'
        f'<div class="iv-mute">{" · ".join(f for f in facts if f)}</div>{chip}'
    )


def _bar(item: DocumentState) -> str:
    steps = "".join(
        f'<li class="{s.state}"><i style="--share:{s.share:.0%}"></i>{t(f"state.{s.name}")}</li>'
        for s in item.steps
    )
    return f'<ul class="iv-steps">{steps}</ul><div>{esc(item.words)}</div>'
