"""The audit trail: each document's decisions as append-only, hash-chained events.

    hash = sha256(canonical JSON of {document, seq, kind, page, payload, actor, at, key, previous_hash})

Canonical JSON has sorted keys, no spaces and no escapes but those that JSON demands (`canonical`), so
anybody can check an exported chain. The first event's previous hash is 64 zeros. The head of each
chain (its last seq and hash) stands in a row behind the last event, so a cut-off end is noticed as well;
the database's own triggers keep it in step (storage.schema, m005).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from model.decisions import Decision, Event
from model.errors import Conflict, UsageError
from storage.project import Project, now
from storage.schema import LAST, START

_encode: Final = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode
_decode: Final = json.JSONDecoder().decode
_quote: Final = json.encoder.encode_basestring
COLUMNS: Final = "document, seq, kind, page, payload, actor, at, key, previous_hash, hash"
INSERT: Final = f"INSERT INTO events ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
KEY: Final = 7
"""The place of `key` among COLUMNS."""
SINCE: Final = "SELECT seq, key, hash, page FROM events WHERE document = ? AND seq >= ? ORDER BY seq"
MOST_REMEMBERED: Final = 16
"""Documents whose keys stay in memory; a key takes about 150 bytes."""
HEAD: Final = f"SELECT page, hash FROM events WHERE document = ? AND seq = {LAST}"
HEAD_ROW: Final = HEAD.replace("hash", "hash, kind, payload, actor, at, key, previous_hash", 1)
HEAD_REST: Final = (b"head", b"", b"", b"", b"", b"")
EVENTS: Final = f"SELECT {COLUMNS} FROM events WHERE document = ? AND seq > ? AND seq < {LAST} ORDER BY seq"


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
    known = project.memory.get(document_id)
    if known is None:  # the long first look keeps no other writer waiting
        known = project.memory.setdefault(document_id, _updated(project.db.conn, document_id, _Keys())[1])
    assert isinstance(known, _Keys)  # noqa: S101 - for the type checker
    with project.writing() as db:
        execute = db.conn.execute
        at = now()
        if known.seq and key not in known.seqs and (expect_seq is None or expect_seq == known.seq):
            # Mostly nobody else has written: the database takes what follows its head, and only that.
            seq, previous = known.seq + 1, known.hash
            link = _hash(document_id, seq, kind, page, payload, actor, at, key, previous)
            with contextlib.suppress(sqlite3.IntegrityError):
                execute(INSERT, (document_id, seq, kind, page, payload, actor, at, key, previous, link))
                known.add(key, seq, link)
                return Event(document_id, seq, kind, page, _decode(payload), actor, at, key, previous, link)
        (seq, previous), known = _updated(db.conn, document_id, known)
        if len(project.memory) > MOST_REMEMBERED:
            project.memory.clear()
        project.memory[document_id] = known
        if key in known.seqs:
            return _stored(db.conn, document_id, known.seqs[key])
        if seq < 0:
            execute("INSERT INTO chains (document) VALUES (?)", (document_id,))
            seq = 0
        if expect_seq is not None and expect_seq != seq:
            raise Conflict(
                f"Somebody else decided in the meantime (the history is at {seq}, not at {expect_seq}). "
                "Look at the newest state and decide again."
            )
        seq += 1
        link = _hash(document_id, seq, kind, page, payload, actor, at, key, previous)
        execute(INSERT, (document_id, seq, kind, page, payload, actor, at, key, previous, link))
        known.add(key, seq, link)
    return Event(document_id, seq, kind, page, _decode(payload), actor, at, key, previous, link)


def events(project: Project, document_id: str, after: int = 0) -> list[Event]:
    """The document's events with a seq above `after`, in order."""
    return [_event(row) for row in project.db.conn.execute(EVENTS, (document_id, after))]


def documents_with(project: Project, kinds: Sequence[str]) -> set[str]:
    """Ids of the documents that have an event of one of these kinds, taken back or not."""
    marks = ", ".join("?" * len(kinds))
    rows = project.db.conn.execute(
        f"SELECT DISTINCT document FROM events WHERE kind IN ({marks})",
        tuple(kinds),
    )
    return {str(row[0]) for row in rows}


def head(project: Project, document_id: str) -> tuple[int, str]:
    """The last event's seq and hash; (0, 64 zeros) before the first."""
    row = project.db.conn.execute(HEAD, (document_id,)).fetchone()
    return (int(row[0]), str(row[1])) if row is not None else (0, START)


def heads(project: Project) -> dict[str, int]:
    """The last event's seq of each document that has one."""
    rows = project.db.conn.execute(
        "SELECT c.document, e.page FROM chains AS c "
        f"JOIN events AS e ON e.document = c.document AND e.seq = {LAST}"
    )
    return {str(row[0]): int(row[1]) for row in rows}


def verify(project: Project, document_id: str) -> LedgerReport:
    """Computes the chain again from the bytes on the disk. Never raises for what it finds."""
    conn = project.db.conn
    count, previous = 0, START
    with _snapshot(conn):
        try:
            begun = conn.execute("SELECT 1 FROM chains WHERE document = ?", (document_id,)).fetchone()
            last = conn.execute(HEAD_ROW, (document_id,)).fetchone()
            keys: set[bytes] = set()
            for row in conn.execute(EVENTS, (document_id, 0)):
                problem, previous = _check(row, count + 1, previous)
                if row[KEY] in keys:
                    problem = "its key was stored before."
                keys.add(row[KEY])
                if problem:
                    return LedgerReport(count, False, count + 1, f"Event {count + 1}: {problem}")
                count += 1
        except sqlite3.DatabaseError:
            return LedgerReport(
                count, False, count + 1, f"Event {count + 1}: the database file is damaged at this place."
            )
    problem = _check_end(count, previous, begun=begun is not None, last=last)
    if problem:
        return LedgerReport(count, False, count + 1, problem)
    return LedgerReport(count, True, None, f"{count:,} events, chain verified.")


def _check_end(count: int, link: str, *, begun: bool, last: tuple[Any, ...] | None) -> str:
    """What is wrong with the end of a chain whose events are right. `last` is its raw row of the head."""
    if not begun and last is None and count == 0:
        return ""
    if not begun or last is None:
        return f"The chain ends at event {count}, but the mark of its beginning or of its end is missing."
    if last[:2] != (count, link.encode()):
        recorded = f"event {last[0]}" if isinstance(last[0], int) else "another one"
        return f"The chain ends at event {count}, but {recorded} was recorded as the last one."
    if last[2:] != HEAD_REST:
        return "The mark of the chain's end was changed."
    return ""


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


@dataclass(slots=True)
class _Keys:
    """The keys of a document's events up to `seq`, each with its event's seq.

    An index would cost a written page an event. This needs no invalidation, not after a rollback either:
    the hash of event `seq` says whether the events up to there are still those. It is changed in write
    transactions only.
    """

    seq: int = 0
    hash: str = START
    seqs: dict[str, int] = field(default_factory=dict)

    def add(self, key: str, seq: int, link: str) -> None:
        self.seqs.setdefault(key, seq)
        self.seq, self.hash = seq, link


def _updated(conn: sqlite3.Connection, document_id: str, known: _Keys) -> tuple[tuple[int, str], _Keys]:
    """The head (seq -1 without a chain), and all keys: `known` brought up to date, or anew."""
    rows = conn.execute(SINCE, (document_id, known.seq)).fetchall()
    if known.seq and (not rows or rows[0][0] != known.seq or rows[0][2] != known.hash):
        known = _Keys()
        rows = conn.execute(SINCE, (document_id, 0)).fetchall()
    head = -1, START
    for number, key, link, page in rows:
        if number == LAST:
            head = page, link
        else:
            known.add(key, number, link)
    return head, known


def _stored(conn: sqlite3.Connection, document_id: str, seq: int) -> Event:
    row = conn.execute(
        f"SELECT {COLUMNS} FROM events WHERE document = ? AND seq = ?", (document_id, seq)
    ).fetchone()
    return _event(row)


def _event(row: tuple[Any, ...]) -> Event:
    payload: Mapping[str, Any] = _decode(row[4])
    return Event(row[0], row[1], row[2], row[3], payload, row[5], row[6], row[7], row[8], row[9])


@contextlib.contextmanager
def _snapshot(conn: sqlite3.Connection) -> Iterator[None]:
    """One state of the database for several SELECTs, whoever writes meanwhile; text columns as bytes.

    Bytes, because what was changed may be no UTF-8 any more.
    """
    own = not conn.in_transaction
    if own:
        conn.execute("BEGIN")
    before, conn.text_factory = conn.text_factory, bytes
    try:
        yield
    finally:
        conn.text_factory = before
        if own:
            conn.execute("COMMIT")
