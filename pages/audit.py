"""Audit: who decided what on a document, when; and whether the chain of hashes holds."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from model.decisions import Event
from pages import common, identity
from pages.identity import t
from storage import ledger
from storage.documents import Document
from workflow import trail

SHOWN = 500
HEADS = ("audit.no", "audit.when", "audit.who", "common.page_head", "audit.what", "audit.before",
         "audit.after", "audit.hash")  # fmt: skip


def main() -> None:
    pick, verdict = st.columns([2, 3], vertical_alignment="center")
    with pick:
        document = common.chosen_or_stop()
    report = ledger.verify(common.project(), document.id)
    with verdict:
        said = t("audit.verified", n=report.events) if report.ok else report.message
        common.html(f'<span class="{"iv-ok" if report.ok else "iv-bad"}">{common.esc(said)}</span>')
    stored = ledger.events(common.project(), document.id)
    events = trail.seen_by(stored, identity.actor(), identity.role())
    _table(document, events)


def _table(document: Document, events: Sequence[Event]) -> None:
    who, where, what, texts, as_json, as_csv = st.columns(
        [2, 2, 3, 1.4, 0.8, 0.8], vertical_alignment="bottom"
    )
    people = who.multiselect(
        t("audit.person"), sorted({e.actor for e in events}), placeholder=t("audit.everybody")
    )
    numbers = where.multiselect(
        t("common.page_head"),
        sorted({e.page for e in events if e.page is not None}),
        placeholder=t("audit.all_pages"),
    )
    kinds = what.multiselect(
        t("audit.kind"),
        sorted({e.kind for e in events}),
        placeholder=t("audit.everything"),
        format_func=lambda kind: t(f"audit.kind_{kind}"),
    )
    open_texts = texts.toggle(t("audit.texts"), help=t("audit.texts_hint"))
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
        help=t("audit.json_hint"),
        on_click="ignore",
        width="stretch",
    )
    as_csv.download_button(
        "CSV",
        lambda: trail.as_csv(shown[::-1], masked=not open_texts),
        f"{document.name}.audit.csv",
        "text/csv",
        help=t("audit.csv_hint"),
        on_click="ignore",
        width="stretch",
    )
    rows = "".join(_row(e, masked=not open_texts) for e in shown[:SHOWN])
    heads = "".join(
        f'<th scope="col" class="{"n" if name in ("audit.no", "common.page_head") else ""}">{t(name)}</th>'
        for name in HEADS
    )
    common.html(f'<table class="iv-table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>')
    if len(shown) > SHOWN:
        common.html(f'<p class="iv-mute">{t("audit.newest", shown=SHOWN, n=len(shown))}</p>')


def _row(event: Event, *, masked: bool) -> str:
    line = trail.line(event, masked=masked, language=identity.language())
    cells = (
        ("n", line.seq), ("w", line.at), ("", line.who), ("n", line.page), ("", line.what),
        ("iv-mono", line.before), ("iv-mono", line.after), ("w iv-mono iv-mute", event.hash[:10]),
    )  # fmt: skip
    return "<tr>" + "".join(f'<td class="{c}">{common.esc(v)}</td>' for c, v in cells) + "</tr>"


main()
