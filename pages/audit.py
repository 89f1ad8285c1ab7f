"""Audit: who decided what on a document, when; and whether the chain of hashes holds."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from model.decisions import Event
from pages import common, identity
from storage import ledger
from storage.documents import Document
from workflow import trail

SHOWN = 500


def main() -> None:
    pick, verdict = st.columns([2, 3], vertical_alignment="center")
    with pick:
        document = common.chosen_or_stop()
    report = ledger.verify(common.project(), document.id)
    with verdict:
        common.html(f'<span class="{"iv-ok" if report.ok else "iv-bad"}">{common.esc(report.message)}</span>')
    stored = ledger.events(common.project(), document.id)
    events = trail.seen_by(stored, identity.actor(), identity.role())
    _table(document, events)


def _table(document: Document, events: Sequence[Event]) -> None:
    who, where, what, texts, as_json, as_csv = st.columns(
        [2, 2, 3, 1.4, 0.8, 0.8], vertical_alignment="bottom"
    )
    people = who.multiselect("Person", sorted({e.actor for e in events}), placeholder="Everybody")
    numbers = where.multiselect(
        "Page", sorted({e.page for e in events if e.page is not None}), placeholder="All pages"
    )
    kinds = what.multiselect(
        "Kind",
        sorted({e.kind for e in events}),
        placeholder="Everything",
        format_func=trail.KIND_NAMES.__getitem__,
    )
    open_texts = texts.toggle("Show texts", help="Names and words before and after each decision.")
    shown = [
        e
        for e in reversed(events)
        if (not people or e.actor in people)
        and (not numbers or e.page in numbers)
        and (not kinds or e.kind in kinds)
    ]
    as_json.download_button(
        "JSON",
        lambda: trail.as_json(document, events),
        f"{document.name}.audit.json",
        "application/json",
        help="The whole chain, texts included: it can be checked without Inkveil.",
        on_click="ignore",
        width="stretch",
    )
    as_csv.download_button(
        "CSV",
        lambda: trail.as_csv(shown[::-1], masked=not open_texts),
        f"{document.name}.audit.csv",
        "text/csv",
        help="What is shown below.",
        on_click="ignore",
        width="stretch",
    )
    rows = "".join(_row(e, masked=not open_texts) for e in shown[:SHOWN])
    common.html(
        '<table class="iv-table"><thead><tr><th class="n">No.</th><th>When</th><th>Who</th>'
        '<th class="n">Page</th><th>What</th><th>Before</th><th>After</th><th>Hash</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )
    if len(shown) > SHOWN:
        common.html(f'<p class="iv-mute">The newest {SHOWN} of {len(shown):,}; the files hold all.</p>')


def _row(event: Event, *, masked: bool) -> str:
    line = trail.line(event, masked=masked)
    cells = (
        ("n", line.seq), ("w", line.at), ("", line.who), ("n", line.page), ("", line.what),
        ("iv-mono", line.before), ("iv-mono", line.after), ("w iv-mono iv-mute", event.hash[:10]),
    )  # fmt: skip
    return "<tr>" + "".join(f'<td class="{c}">{common.esc(v)}</td>' for c, v in cells) + "</tr>"


main()
