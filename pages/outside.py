"""What may leave this machine, on the page Engines: an administrator switches it on and sets a budget."""

from __future__ import annotations

from typing import Any

import streamlit as st

from model.errors import InkveilError
from pages import common, identity
from pages.common import esc
from pages.identity import t
from pages.rereading import duration, money
from workflow import cloud
from workflow.reading import outlook


def show(engines: list[dict[str, Any]]) -> None:
    """What is switched on and what it cost; below, for administrators, what changes it."""
    now = cloud.overview(common.project())
    titles = {e["name"]: e["title"] for e in engines}
    rows = [
        (
            titles.get(a["name"], a["name"]),
            f"{a['provider']}, {a['host']}",
            a["region"],
            ", ".join(f"{name}={value}" for name, value in a["options"].items()),
            t("engines.every" if a["every_page"] else "engines.chosen"),
        )
        for a in now["engines"]
    ]
    if rows:
        heads = [(t(f"engines.{head}"), "") for head in ("engine", "sent", "region", "settings", "when")]
        common.html(common.table(heads, rows))
    spent = f"{now['spent']:.2f}"
    if now["budget"] is None:
        said = t("engines.spent", spent=spent, n=now["requests"])
    else:
        said = t("engines.spent_of", spent=spent, budget=f"{now['budget']:.2f}", n=now["requests"])
    common.html(f'<p class="iv-mute">{esc(said)}</p>')
    _switch([e for e in engines if e["available"]], [a["name"] for a in now["engines"]], titles)
    _budget(now["budget"])


def _switch(ready: list[dict[str, Any]], on: list[str], titles: dict[str, str]) -> None:
    why = identity.needs("administrator")
    names = [e["name"] for e in ready]
    if not names and not on:
        return
    with st.container():
        which, region, every = st.columns([4, 3, 2], vertical_alignment="bottom")
        name = which.selectbox(
            t("engines.engine"), [*names, *(n for n in on if n not in names)],
            format_func=lambda n: titles.get(n, n), disabled=why is not None,
        )  # fmt: skip
        where = region.text_input(t("engines.region"), disabled=why is not None)
        always = every.checkbox(t("engines.every"), disabled=why is not None)
        text = st.text_input(
            t("engines.settings"), placeholder="model=..., samples=3", disabled=why is not None,
            help=t("engines.settings_hint"),
        )  # fmt: skip
        if always and name is not None:
            _takes(name, text)
        allow, forbid, _ = st.columns([2, 2, 5])
        if allow.button(t("engines.allow"), disabled=why is not None, help=why, width="stretch"):
            _do(
                lambda: cloud.allow(
                    common.project(), str(name), identity.actor(), role=identity.role(), region=where.strip(),
                    every_page=always, options=_settings(text),
                )
            )  # fmt: skip
        if forbid.button(t("engines.forbid"), disabled=why is not None, help=why, width="stretch"):
            _do(lambda: cloud.forbid(common.project(), str(name), identity.actor(), role=identity.role()))


def _settings(text: str) -> dict[str, str]:
    return cloud.options_of(part for part in text.split(",") if part.strip())


def _takes(name: str, settings: str) -> None:
    """What reading every page that is here would take, before it is switched on."""
    try:
        found = outlook(common.project(), name, cloud.checked(name, _settings(settings)))
    except InkveilError as error:
        common.failed(error)
        return
    said = t("engines.takes", n=found.pages, time=duration(found.seconds), cost=money(found.cost))
    common.html(f'<p class="iv-mute">{esc(said)}</p>')


def _budget(now: float | None) -> None:
    why = identity.needs("administrator")
    with st.form("budget", border=False):
        amount, button, _ = st.columns([3, 2, 4], vertical_alignment="bottom")
        dollars = amount.number_input(
            t("engines.budget"), 0.0, 1e6, now, 1.0, "%.2f", disabled=why is not None,
            help=t("engines.budget_hint"),
        )  # fmt: skip
        if button.form_submit_button(t("engines.save"), disabled=why is not None, help=why, width="stretch"):
            _do(lambda: cloud.set_budget(common.project(), dollars, identity.actor(), role=identity.role()))


def _do(change: Any) -> None:
    try:
        change()
    except InkveilError as error:
        common.failed(error)
        return
    st.rerun()
