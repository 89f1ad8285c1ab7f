"""Dashboard: documents by state, people's pace, how often each engine was right, what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages import charts, common
from pages.common import esc
from pages.identity import language, t
from storage import documents
from workflow import dashboard
from workflow.accuracy import as_csv, title
from workflow.dashboard import Dashboard

Row = tuple[Any, ...]


def main() -> None:
    found = documents.find(common.project())
    if not found:
        common.chosen_or_stop()
    names = {d.id: d.name for d in found}
    which, when = st.columns([4, 2], vertical_alignment="bottom")
    chosen = which.multiselect(
        t("dashboard.documents"), list(names), format_func=names.__getitem__,
        placeholder=t("dashboard.all_documents"),
    )  # fmt: skip
    period = when.date_input(t("dashboard.period"), [], format="YYYY-MM-DD")
    days = [day.isoformat() for day in period] if isinstance(period, (tuple, list)) else []
    since, until = (days[0] if days else "", days[1] if len(days) > 1 else "")
    figures = dashboard.dashboard(common.project(), since=since, until=until, only=chosen)
    _states(figures)
    left, right = st.columns(2, gap="large")
    with left:
        _people(figures)
    with right:
        _engines(figures)


def _states(figures: Dashboard) -> None:
    order = ("read", "review", "redact", "verify", "export", "done")
    there = [s for s in order if figures.states.get(s)]
    said = " · ".join(f"{figures.states[s]} {t(f'dashboard.state_{s}')}" for s in there)
    values = {"n": figures.left, "errors": f"{figures.expected:.0f}"}
    if figures.minutes is None:
        rest = t("dashboard.left", **values)
    else:
        hours, minutes = figures.minutes / 60, max(round(figures.minutes), 1)
        long = t("dashboard.hours", n=f"{hours:.1f}")
        time = long if hours >= 2 else t("dashboard.minutes", n=minutes)
        rest = t("dashboard.left_time", time=time, **values)
    common.html(f'<p class="iv-name">{esc(said)}</p><p>{esc(rest)}</p>')


def _section(name: str, file: str, heads: Sequence[str], rows: Sequence[Row], shown: Sequence[Row]) -> None:
    """A title, the sentence that says how to read it, the table, its data as CSV."""
    title, button = st.columns([5, 1], vertical_alignment="bottom")
    with title:
        st.subheader(t(f"dashboard.{name}"), anchor=False)
    button.download_button(
        t("common.csv"), as_csv(tuple(heads), rows), f"{file}.csv", "text/csv",
        key=file, on_click="ignore", width="stretch",
    )  # fmt: skip
    common.html(f'<p class="iv-mute">{t(f"dashboard.{name}_hint")}</p>')
    kinds = ["" if i == 0 else "n" for i in range(len(heads))]
    common.html(common.table([(t(f"dashboard.{h}"), k) for h, k in zip(heads, kinds, strict=True)], shown))


def _number(value: float | None, form: str = ".1f") -> str:
    return "" if value is None else f"{value:{form}}"


def _people(figures: Dashboard) -> None:
    if not figures.people:
        common.html(f'<p class="iv-mute">{t("dashboard.nothing")}</p>')
        return
    heads = ("person", "words", "accepted", "corrected", "other", "taken_back", "seconds", "keys")
    rows: list[Row] = [
        (w.person, w.words, w.accepted, w.corrected, w.other, w.taken_back, w.seconds, w.keys)
        for w in figures.people
    ]
    shown = [(*row[:6], _number(row[6]), _number(row[7])) for row in rows]
    _section("people", "people", heads, rows, shown)
    st.subheader(t("dashboard.pace"), anchor=False)
    common.html(f'<p class="iv-mute">{t("dashboard.pace_hint")}</p>')
    st.altair_chart(charts.days(figures.days, t("dashboard.day"), t("dashboard.words")), width="stretch")


def _engines(figures: Dashboard) -> None:
    heads = (
        "engine", "words", "right", "alone", "seconds_right", "seconds_wrong", "seconds_a_page", "cost",
    )  # fmt: skip
    rows: list[Row] = [
        (
            e.engine, e.decided, e.right / e.decided if e.decided else None, e.alone, e.seconds_right,
            e.seconds_wrong, e.seconds_a_page, e.cost,
        )
        for e in figures.engines
    ]  # fmt: skip
    shown = [
        (
            title(r[0], language()), r[1], _number(r[2], ".1%"), r[3], _number(r[4]), _number(r[5]),
            _number(r[6]), _number(r[7], ".4f") if r[7] else "0",
        )
        for r in rows
    ]  # fmt: skip
    _section("engines", "engines", heads, rows, shown)
    if figures.cost:
        st.subheader(t("dashboard.cost_title"), anchor=False)
        common.html(f'<p class="iv-mute">{t("dashboard.cost_hint")}</p>')
        st.altair_chart(charts.days(figures.cost, t("dashboard.day"), t("dashboard.cost")), width="stretch")


main()
