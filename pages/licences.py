"""Licences that forbid something, on the page Engines: what they forbid, and an administrator's consent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from model.errors import InkveilError
from pages import common, identity
from pages.common import esc
from pages.identity import t
from workflow import licences


def show(engines: list[dict[str, Any]]) -> None:
    """Of registry.describe's engines those with terms: licence, address, what it forbids, and a button."""
    asked = licences.waiting(engines, common.project())
    if not asked:
        return
    st.subheader(t("engines.licences"), anchor=False)
    for engine in asked:
        _one(engine["name"], engine["title"], engine["terms"])


def _one(name: str, title: str, terms: dict[str, Any]) -> None:
    why = identity.needs("administrator")
    said, button = st.columns([7, 2], vertical_alignment="center")
    state = t("engines.licence_accepted" if terms["accepted"] else "engines.licence_waits")
    address = esc(terms["address"])
    with said:
        common.html(
            f"<p><b>{esc(title)}</b>, {esc(terms['licence'])}: {esc(terms['forbids'])}. "
            f'<a href="{address}" target="_blank" rel="noopener noreferrer">{address}</a> '
            f'<span class="iv-mute">{esc(state)}</span></p>'
        )
    project, actor, role = common.project(), identity.actor(), identity.role()
    if terms["accepted"]:
        if button.button(t("engines.withdraw"), key=f"licence-{name}", disabled=why is not None, help=why):
            _do(lambda: licences.withdraw(project, name, actor, role=role))
    elif button.button(t("engines.accept"), key=f"licence-{name}", disabled=why is not None, help=why):
        _do(lambda: licences.accept(project, name, actor, role=role))


def _do(change: Callable[[], Any]) -> None:
    try:
        change()
    except InkveilError as error:
        common.failed(error)
        return
    st.cache_data.clear()  # the list of engines says whether they are ready
    st.rerun()
