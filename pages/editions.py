"""The project's versions on the export page: choosing one, changing them, handing out the pseudonyms' key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from model.errors import InkveilError
from pages import common, identity, seal
from pages.identity import t
from redaction import reasons, versions
from redaction.decide import type_name
from redaction.plan import LABELS
from redaction.versions import Version
from storage import numbers
from workflow.versions import key_csv

NEW = ""
Choice = TypeVar("Choice", bound=str)


def chosen() -> Version:
    """The version that is to be exported, with the popover that changes them beside it."""
    known = {v.id: v for v in versions.of(common.project())}
    pick, change, sign = st.columns([3, 1.4, 1.4], vertical_alignment="bottom")
    name = pick.selectbox(t("export.version_of"), list(known), key="version")
    with change.popover(t("export.versions"), width="stretch"):
        _editor(known)
    with sign:
        seal.popover()
    return known[name]


def _editor(known: dict[str, Version]) -> None:
    """One version's fields; a new name makes a new version."""
    project = common.project()
    why = identity.needs("administrator")
    which = st.selectbox(
        t("export.change"), [*known, NEW], format_func=lambda name: name or t("export.new_version"),
        key="change-version",
    )  # fmt: skip
    old = known.get(which) or Version(id="")
    with st.form(f"version-{which}", border=False):
        name = old.id or st.text_input(t("export.version_name"), placeholder="internal")
        codes = list(dict.fromkeys([*reasons.codes(project), *old.keeps]))
        keeps = st.multiselect(t("export.keeps"), codes, list(old.keeps))
        kinds = list(dict.fromkeys([*LABELS, *old.keeps_types]))
        keeps_types = st.multiselect(
            t("export.keeps_types"), kinds, list(old.keeps_types),
            format_func=lambda kind: type_name(kind, identity.language()),
        )  # fmt: skip
        look = _one(t("export.look"), versions.LOOKS, old.look, lambda name: t(f"export.look_{name}"))
        labels = _one(
            t("export.labels"), versions.LABELLED, old.labels, lambda name: t(f"export.labels_{name}")
        )
        names = _one(t("export.names"), versions.NAMED, old.names, lambda name: t(f"export.names_{name}"))
        bates = st.text_input(t("export.bates"), old.bates, placeholder="ABC-000001")
        unseen = st.checkbox(t("export.unseen"), old.unseen, help=t("export.unseen_hint"))
        save, drop = st.columns(2)
        stored = save.form_submit_button(
            t("common.save"), type="primary", disabled=why is not None, help=why, width="stretch"
        )
        gone = drop.form_submit_button(
            t("common.remove"),
            disabled=why is not None or which in (NEW, versions.PUBLIC.id),
            width="stretch",
        )
    try:
        if stored:
            version = Version(
                name.strip(), tuple(keeps), tuple(keeps_types), look, labels, bates.strip(), names, unseen
            )
            versions.put(project, version, identity.actor())
            st.rerun()
        if gone:
            versions.remove(project, which, identity.actor())
            st.rerun()
    except InkveilError as error:
        common.failed(error)
    _key()


def _one(title: str, choices: tuple[Choice, ...], now: Choice, say: Callable[[Choice], str]) -> Choice:
    return st.segmented_control(title, choices, default=now, format_func=say) or now


def _key() -> None:
    """The key of the pseudonyms, for whoever may approve; no export holds it."""
    if not numbers.key(common.project()):
        return
    why = identity.needs("approver")
    st.download_button(
        t("export.key"), lambda: key_csv(common.project()), "pseudonyms.csv", "text/csv",
        disabled=why is not None, help=why or t("export.key_hint"), on_click="ignore", width="stretch",
    )  # fmt: skip
