"""Certify: what is known about the words that nobody looked at, samples of them, and reviewers' attention."""

from __future__ import annotations

import streamlit as st

from model.errors import InkveilError
from pages import common, identity
from pages.common import esc
from pages.identity import t
from review import certify
from review.sampling import interval
from storage import documents
from workflow import certification

PROJECT = "project"


def main() -> None:
    left, right = st.columns([6, 5], gap="large")
    with left:
        _samples()
    with right:
        _attention()


def _samples() -> None:
    found = documents.find(common.project())
    if not found:
        common.chosen_or_stop()
    chosen = common.document(found)
    names = {PROJECT: t("certify.project"), **{d.id: d.name for d in found}}
    ids = list(names)
    picked = st.selectbox(
        t("certify.scope"),
        ids,
        ids.index(chosen.id) if chosen is not None else 0,
        format_func=names.__getitem__,
    )
    document_id = None if picked == PROJECT else picked
    status = (
        certify.of_project(common.project())
        if document_id is None
        else certify.of_document(common.project(), document_id)
    )
    sentence, basis = certification.statement(status, identity.language())
    mark = "iv-ok" if status.met else "iv-amber"
    gate = f" ({t('certify.target_gate')})" if status.gated else ""
    target = t(
        "certify.target", rate=f"{status.target.rate:.2%}", confidence=f"{status.target.confidence:.0%}"
    )
    common.html(
        f'<p class="iv-name {mark}">{esc(sentence)}</p><p>{esc(basis)}</p>'
        f'<p class="iv-mute">{esc(target)}{esc(gate)} · {esc(t("certify.unseen", n=status.unseen))}</p>'
    )
    _next(status, document_id)
    _history(status, names[picked])


def _next(status: certify.Status, document_id: str | None) -> None:
    left = status.outcome.drawn - status.outcome.checked
    if left:
        common.html(f"<p>{esc(t('certify.left', n=left))}</p>")
        if document_id is not None and st.button(t("certify.go")):
            common.go("review", document_id)
        return
    why = identity.needs("approver")
    if status.needed and st.button(
        t("certify.draw", n=status.needed), type="primary", disabled=why is not None, help=why
    ):
        try:
            certify.draw(common.project(), document_id, identity.actor())
        except InkveilError as error:
            common.failed(error)
            return
        st.rerun()


def _history(status: certify.Status, name: str) -> None:
    if not status.samples:
        return
    head, button = st.columns([5, 1], vertical_alignment="bottom")
    with head:
        st.subheader(t("certify.samples"), anchor=False)
    button.download_button(
        t("common.csv"), certification.samples_csv(status), f"{name}.samples.csv", "text/csv",
        on_click="ignore", width="stretch",
    )  # fmt: skip
    rows = [
        (d.at[:16].replace("T", " "), d.actor, *(f"{n:,}" for n in (d.population, d.outcome.drawn)),
         f"{d.outcome.checked:,}", f"{d.outcome.errors:,}")
        for d in status.samples
    ]  # fmt: skip
    heads = [("drawn_at", "w"), ("drawn_by", ""), ("from", "n"), ("words", "n")]
    heads += [("checked", "n"), ("errors", "n")]
    common.html(
        common.table([(t(f"certify.{head}"), kind) for head, kind in heads], rows)
        + f'<p class="iv-mute">{t("certify.honest")}</p>'
    )


def _attention() -> None:
    st.subheader(t("certify.attention"), anchor=False)
    common.html(f'<p class="iv-mute">{t("certify.attention_hint")}</p>')
    found = certify.attentions(common.project())
    if not found:
        common.html(f"<p>{t('certify.no_seeds')}</p>")
        return
    rows = []
    for person, seen in sorted(found.items()):
        low, high = interval(seen.caught, seen.shown)
        rows.append((person, seen.shown, seen.caught, seen.right, f"{low:.0%} – {high:.0%}"))
    heads = [("reviewer", ""), ("shown", "n"), ("caught", "n"), ("right", "n"), ("interval", "n")]
    common.html(common.table([(t(f"certify.{head}"), kind) for head, kind in heads], rows))
    st.download_button(
        t("common.csv"), certification.attention_csv(found), "attention.csv", "text/csv", on_click="ignore"
    )


main()
