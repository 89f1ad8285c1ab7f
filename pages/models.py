"""Opt-in models: which are switched on and ready, which ran on this document, what may leave this machine."""

from __future__ import annotations

import streamlit as st

from model.errors import InkveilError
from pages import common, identity
from pages.identity import t
from redaction import chosen, found
from redaction.recognisers.models import registry
from redaction.typeset import ranges
from storage import leaving
from storage.documents import Document


def failures(document: Document) -> None:
    """A line for each model that did not look everywhere, with a way to look again; nothing where all ran."""
    project = common.project()
    failed = [row for row in found.outcomes(project, document.id) if row.get("state") == "failed"]
    for row in failed:
        st.warning(t("models.failed_note", model=row["model"], pages=_pages(row), message=row["message"]))
    if failed and st.button(t("models.again"), key="models-again"):
        found.again(project, document.id)
        st.rerun()


def panel(document: Document) -> None:
    """For the whole project; the mark at the end is the document's."""
    with st.expander(t("models.title")):
        project, why = common.project(), identity.needs("administrator")
        try:
            described = registry.describe(chosen.models(project, document.id))
        except InkveilError as error:
            common.failed(error)
            described = []
        _chosen(document, described)
        with st.form("models", border=False):
            own = ",".join(spec.text for spec in chosen.own(project))
            text = st.text_input(
                t("models.which"), own, placeholder=t("models.which_hint"), disabled=why is not None, help=why
            )
            hosts = "\n".join(sorted(leaving.allowed(project)))
            lines = st.text_area(t("models.hosts"), hosts, height=70, disabled=why is not None, help=why)
            if st.form_submit_button(t("common.save"), disabled=why is not None, help=why):
                _save(text, lines.split())
        _mark(document, why)
        rows = [
            (t(f"models.kind_{k['kind']}"), k["reason"] or t("models.installed")) for k in registry.kinds()
        ]
        common.html(common.table([(t("models.kind"), ""), (t("models.kinds"), "")], rows))


def _chosen(document: Document, described: list[dict[str, object]]) -> None:
    if not described:
        common.html(f'<p class="iv-mute">{t("models.none")}</p>')
        return
    ran = {row["model"]: row for row in found.outcomes(common.project(), document.id)}
    everywhere = {spec.text for spec in registry.of_environment()}
    rows = []
    for row in described:
        notes = [str(row["reason"] or t("models.ready")), str(row["note"] or "") if not row["host"] else ""]
        if row["host"] and row["available"]:
            notes.append(t("models.leaves", host=row["host"]))
        if row["model"] in everywhere:
            notes.append(t("models.environment"))
        rows.append((row["name"], "; ".join(filter(None, notes)), _outcome(ran.get(row["name"]))))
    common.html(common.table([(t(f"models.{head}"), "") for head in ("model", "state", "here")], rows))


def _outcome(row: dict[str, object] | None) -> str:
    if row is None:
        return ""
    if row["state"] == "failed":
        return t("models.failed", pages=_pages(row), message=row["message"])
    dropped = t("models.dropped", n=row["dropped"]) if row["dropped"] else ""
    return "; ".join(filter(None, [t("models.found", n=row["found"]), dropped]))


def _pages(row: dict[str, object]) -> str:
    """As `ranges` writes them."""
    pages = row.get("failed_pages")
    return ranges(pages) if isinstance(pages, list) else ""


def _save(text: str, hosts: list[str]) -> None:
    project, actor = common.project(), identity.actor()
    try:
        chosen.choose(project, text, actor)
        for host in hosts:
            leaving.allow(project, host, actor)
        for host in leaving.allowed(project) - {h.lower() for h in hosts}:
            leaving.allow(project, host, actor, on=False)
    except InkveilError as error:
        common.failed(error)
        return
    st.rerun()


def _mark(document: Document, why: str | None) -> None:
    """Anybody may keep a document here; letting it go again is an administrator's."""
    project = common.project()
    marked = leaving.local_only(project, document.id)
    wanted = st.checkbox(
        t("models.local_only"), marked, disabled=marked and why is not None, help=why if marked else None
    )
    if wanted != marked:
        try:
            leaving.set_local_only(project, document.id, wanted, identity.actor())
        except InkveilError as error:
            common.failed(error)
            return
        st.rerun()
