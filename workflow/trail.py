"""The audit trail for people and programs: events as lines (texts masked unless asked for), JSON, CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from model.decisions import HISTORY_KINDS, REVIEW_KINDS, Event
from model.policy import role_at_least
from model.texts import text
from redaction.decide import type_name
from review import blind
from review.session import live
from storage.documents import Document

MASK: Final = "•"
NOTES: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "assign": lambda payload: "to" if payload.get("to") else "nobody",
    "take_over": lambda payload: "from",  # noqa: ARG005
    "set_entry": lambda payload: "blind" if payload.get("mode") == "blind" else "single",
    "draw_sample": lambda payload: "sample",  # noqa: ARG005
    "confirm_redactions": lambda payload: "boxes",  # noqa: ARG005
    "set_local_only": lambda payload: "stays" if payload.get("local_only") else "may_leave",
    "allow_host": lambda payload: "host",  # noqa: ARG005
    "forbid_host": lambda payload: "host",  # noqa: ARG005
    "sent": lambda payload: "sent_to" if payload.get("provider") else "sent",
    "allow_engine": lambda payload: "sent_to",  # noqa: ARG005
    "forbid_engine": lambda payload: "engine",  # noqa: ARG005
    "accept_licence": lambda payload: "licence",  # noqa: ARG005
    "withdraw_licence": lambda payload: "licence",  # noqa: ARG005
    "set_budget": lambda payload: "no_limit" if payload.get("dollars") is None else "dollars",
}
"""By kind of event: which text of the catalogue says the rest of it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One event in words."""

    seq: int
    at: str
    who: str
    page: str
    what: str
    before: str
    after: str


def line(event: Event, *, masked: bool, language: str = "en") -> Line:
    """An event in words; with `masked`, texts show only how long they are."""
    before, after, note = _texts(event, language)
    if masked:
        before, after = mask(before), mask(after)
    when = datetime.fromisoformat(event.at).astimezone()
    what = text(f"audit.kind_{event.kind}", language) + (f", {note}" if note else "")
    page = "" if event.page is None else str(event.page)
    return Line(event.seq, f"{when:%Y-%m-%d %H:%M:%S}", event.actor, page, what, before, after)


def mask(text: str) -> str:
    """A dot for each character but spaces, at most twelve a word, so that no length tells a name."""
    return " ".join(MASK * min(max(len(word), 3), 12) for word in text.split())


def _texts(event: Event, language: str) -> tuple[str, str, str]:
    """What stood there before, what stands there now, and what may be said of it openly."""
    payload = event.payload
    kind = event.kind
    if kind in {"approve_finding", "reject_finding"}:
        finding = payload.get("finding") or {}
        notes = [type_name(str(finding.get("type") or ""), language), str(payload.get("reason") or "")]
        return str(finding.get("text") or ""), "", ", ".join(n for n in notes if n)
    if "hidden" in payload:
        return "", "", text("audit.hidden", language)
    if kind in NOTES:
        return "", "", text(f"audit.note_{NOTES[kind](payload)}", language, **_values(payload))
    if kind == "answer_seed":
        return str(payload.get("shown") or ""), str(payload.get("text") or ""), ""
    if kind in {"undo", "redo"}:
        return "", "", text("audit.note_number", language, number=payload.get("target"))
    if kind == "exported":
        version = f"{payload['version']}, " if payload.get("version") else ""
        return "", "", f"{version}{payload.get('mode')}, SHA-256 {str(payload.get('output_sha256'))[:12]}"
    if kind == "added":
        return "", "", f"SHA-256 {str(payload.get('sha256'))[:12]}"
    if kind in {"add_rule", "remove_rule"}:
        rule: Any = payload.get("rule") or {}
        return "", str(rule.get("value") or ""), str(rule.get("kind") or "")
    if kind == "split":
        parts = payload.get("parts") or []
        return "", " | ".join(str(p.get("text", "")) for p in parts if isinstance(p, dict)), ""
    before = payload.get("before")
    return (
        before if isinstance(before, str) else "",
        str(payload.get("text") or ""),
        str(payload.get("reason") or ""),
    )


def _values(payload: Mapping[str, Any]) -> dict[str, object]:
    """What the notes of the catalogue may name."""
    return {
        "person": payload.get("to") or payload.get("from"),
        "drawn": len(payload.get("slots") or ()),
        "population": payload.get("population"),
        "n": len(payload.get("boxes") or ()),
        **{name: payload.get(name) for name in ("engine", "provider", "host", "dollars", "licence")},
        "model": payload.get("model") or payload.get("engine"),
    }


def seen_by(events: Sequence[Event], person: str, role: str | None) -> list[Event]:
    """The events as this person may see them.

    In blind entry nobody sees what others decided on a page before both have handed it in: of these events
    only the fact and the time remain. Answers to known errors are for approvers.
    """
    events = [e for e in events if e.kind != "answer_seed" or role_at_least(role, "approver")]
    if blind.entry_mode(events) != "blind":
        return events
    standing = live(events)
    complete = {n: blind.entries(events, standing, n).complete for n in {e.page for e in events} if n}
    secret = REVIEW_KINDS | HISTORY_KINDS
    return [
        replace(e, payload={"hidden": True}, actor="", hash="", previous_hash="", key="")
        if e.page is not None and e.kind in secret and e.actor != person and not complete[e.page]
        else e
        for e in events
    ]


def as_json(document: Document, events: Sequence[Event]) -> bytes:
    """The whole chain with everything its hashes are made of (storage.ledger says how)."""
    data = {
        "document": {"id": document.id, "name": document.name, "sha256": document.sha256},
        "events": [
            {
                "document": e.document,
                "seq": e.seq,
                "kind": e.kind,
                "page": e.page,
                "payload": dict(e.payload),
                "actor": e.actor,
                "at": e.at,
                "key": e.key,
                "previous_hash": e.previous_hash,
                "hash": e.hash,
            }
            for e in events
        ],
    }
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def as_csv(events: Sequence[Event], *, masked: bool) -> bytes:
    """One row an event, UTF-8 with a mark for spreadsheets. Leading = + - @ are quoted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["seq", "at", "actor", "page", "what", "before", "after", "hash"])
    for event in events:
        row = line(event, masked=masked)
        values = [row.seq, event.at, row.who, row.page, row.what, row.before, row.after, event.hash]
        writer.writerow(
            [f"'{v}" if isinstance(v, str) and v[:1] in {"=", "+", "-", "@", "\t"} else v for v in values]
        )
    return out.getvalue().encode("utf-8-sig")
