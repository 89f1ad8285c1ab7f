"""The audit trail: each document's decisions as append-only, hash-chained events.

    hash = sha256(canonical JSON of {document, seq, kind, page, payload, actor, at, key, previous_hash})

Canonical JSON has sorted keys, no spaces and no escapes but those that JSON demands (`canonical`), so
anybody can check an exported chain. The first event's previous hash is 64 zeros. The head of each
chain (its last seq and hash) stands in a table of its own, so a cut-off end is noticed as well.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from model.decisions import Decision, Event
from model.errors import Conflict, UsageError
from storage.project import Project, now

START: Final = "0" * 64
_encode: Final = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode
_quote: Final = json.encoder.encode_basestring
COLUMNS: Final = "document, seq, kind, page, payload, actor, at, key, previous_hash, hash"
INSERT: Final = f"INSERT INTO events ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """What checking a chain found. `first_bad` is the seq of the first event that differs, or None."""

    events: int
    ok: bool
    first_bad: int | None
    message: str


def canonical(value: object) -> str:
    """The one JSON text of a value. Raises ValueError for NaN and infinities."""
    return _encode(value)


def append(project: Project, document_id: str, decision: Decision, *, expect_seq: int | None = None) -> Event:
    """Stores a decision; when this returns, it survives a power cut. The same key is stored once.

    Raises Conflict where `expect_seq` is given and is not the chain's last seq, StorageFailed where the
    disk is full, UsageError for a payload that is no JSON.
    """
    try:
        payload = canonical(decision.payload)
        payload.encode("utf-8")
    except (TypeError, ValueError) as error:
        raise UsageError("A decision can only hold what JSON can hold; nothing was stored.") from error
    kind, page, actor, key = decision.kind, decision.page, decision.actor, decision.key
    with project.writing() as db:
        seq, previous, known = db.conn.execute(
            "SELECT seq, hash, EXISTS (SELECT 1 FROM events WHERE document = ?1 AND key = ?2) "
            "FROM heads WHERE document = ?1",
            (document_id, key),
        ).fetchone() or (0, START, 0)
        if known:
            return _stored(project, document_id, key)
        if expect_seq is not None and expect_seq != seq:
            raise Conflict(
                f"Somebody else decided in the meantime (the history is at {seq}, not at {expect_seq}). "
                "Look at the newest state and decide again."
            )
        seq += 1
        at = now()
        link = _hash(document_id, seq, kind, page, payload, actor, at, key, previous)
        db.conn.execute(INSERT, (document_id, seq, kind, page, payload, actor, at, key, previous, link))
    return Event(document_id, seq, kind, page, json.loads(payload), actor, at, key, previous, link)


def events(project: Project, document_id: str, after: int = 0) -> list[Event]:
    """The document's events with a seq above `after`, in order."""
    rows = project.db.conn.execute(
        f"SELECT {COLUMNS} FROM events WHERE document = ? AND seq > ? ORDER BY seq", (document_id, after)
    )
    return [_event(row) for row in rows]


def head(project: Project, document_id: str) -> tuple[int, str]:
    """The last event's seq and hash; (0, 64 zeros) before the first."""
    row = project.db.conn.execute("SELECT seq, hash FROM heads WHERE document = ?", (document_id,)).fetchone()
    return (int(row[0]), str(row[1])) if row is not None else (0, START)


def verify(project: Project, document_id: str) -> LedgerReport:
    """Computes the chain again from the bytes on the disk. Never raises for what it finds."""
    conn = project.db.conn
    count, previous = 0, START
    with _raw_text(conn):
        try:
            last = conn.execute("SELECT seq, hash FROM heads WHERE document = ?", (document_id,)).fetchone()
            rows = conn.execute(
                f"SELECT {COLUMNS} FROM events WHERE document = ? ORDER BY seq", (document_id,)
            )
            for row in rows:
                problem, previous = _check(row, count + 1, previous)
                if problem:
                    return LedgerReport(count, False, count + 1, f"Event {count + 1}: {problem}")
                count += 1
        except sqlite3.DatabaseError:
            return LedgerReport(
                count, False, count + 1, f"Event {count + 1}: the database file is damaged at this place."
            )
    seq, link = (int(last[0]), last[1].decode("ascii", "replace")) if last else (0, START)
    if (seq, link) != (count, previous):
        return LedgerReport(
            count, False, count + 1,
            f"The chain ends at event {count}, but event {seq} was recorded as the last one.",
        )  # fmt: skip
    return LedgerReport(count, True, None, f"{count:,} events, chain verified.")


def _check(row: tuple[Any, ...], seq: int, previous: str) -> tuple[str, str]:
    """What is wrong with a raw row, and its hash."""
    try:
        fields: list[Any] = [v.decode("utf-8") if isinstance(v, bytes) else v for v in row]
        document, number, kind, page, payload, actor, at, key, before, link = fields
        if number != seq:
            return f"missing (the next one is {number}).", ""
        if before != previous:
            return "does not follow from the one before it.", ""
        if canonical(json.loads(payload)) != payload:
            return "its content was changed.", ""
        if _hash(document, number, kind, page, payload, actor, at, key, before) != link:
            return "its content was changed.", ""
    except (ValueError, TypeError, RecursionError):
        return "its content was changed.", ""
    return "", link


def _hash(
    document: str,
    seq: int,
    kind: str,
    page: int | None,
    payload: str,
    actor: str,
    at: str,
    key: str,
    previous: str,
) -> str:
    """`payload` is canonical already and is put in as it stands."""
    number = "null" if page is None else page
    text = (
        f'{{"actor":{_quote(actor)},"at":"{at}","document":{_quote(document)},"key":{_quote(key)}'
        f',"kind":{_quote(kind)},"page":{number},"payload":{payload}'
        f',"previous_hash":"{previous}","seq":{seq}}}'
    )
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _stored(project: Project, document_id: str, key: str) -> Event:
    row = project.db.conn.execute(
        f"SELECT {COLUMNS} FROM events WHERE document = ? AND key = ?", (document_id, key)
    ).fetchone()
    return _event(row)


def _event(row: tuple[Any, ...]) -> Event:
    payload: Mapping[str, Any] = json.loads(row[4])
    return Event(row[0], row[1], row[2], row[3], payload, row[5], row[6], row[7], row[8], row[9])


class _raw_text:  # noqa: N801 - used like a function
    """Text columns as bytes: a changed byte may be no UTF-8 any more."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.conn = conn

    def __enter__(self) -> None:
        self.before = self.conn.text_factory
        self.conn.text_factory = bytes

    def __exit__(self, *_: object) -> None:
        self.conn.text_factory = self.before
