"""The project database's tables, as migrations. Each runs in one transaction and is recorded.

A migration that has been released is never changed: add a new one below.
"""

from __future__ import annotations

from typing import Final

from storage.imports import leaving_out

with leaving_out("pandas"):  # half a CPU second, for a method that is not used
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

__all__ = ["LAST", "START", "Database", "migrations"]

LAST: Final = 2**63 - 1
"""The seq of the row behind a chain's last event, which holds the head (m005)."""
START: Final = "0" * 64
"""The previous hash of a chain's first event."""

migrations = Migrations("inkveil")


@migrations()
def m001_documents(db: Database) -> None:
    """Documents as they came, and their pages' geometry."""
    db.execute(
        """CREATE TABLE documents (
            id TEXT PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, name TEXT NOT NULL, media_type TEXT NOT NULL,
            size INTEGER NOT NULL, pages INTEGER NOT NULL, added_at TEXT NOT NULL, added_by TEXT NOT NULL,
            password TEXT)"""
    )
    db.execute(
        """CREATE TABLE pages (
            document TEXT NOT NULL REFERENCES documents(id), number INTEGER NOT NULL,
            width_pt REAL NOT NULL, height_pt REAL NOT NULL, dpi REAL NOT NULL,
            width INTEGER NOT NULL, height INTEGER NOT NULL, has_text INTEGER NOT NULL,
            PRIMARY KEY (document, number)) WITHOUT ROWID"""
    )
    db.execute(
        """CREATE TABLE languages (
            id INTEGER PRIMARY KEY, document TEXT NOT NULL REFERENCES documents(id), languages TEXT NOT NULL,
            actor TEXT NOT NULL, at TEXT NOT NULL)"""
    )
    db.execute("CREATE INDEX languages_of ON languages(document, id)")


@migrations()
def m002_ledger(db: Database) -> None:
    """The append-only, hash-chained events of each document, and the head of each chain."""
    db.execute(
        """CREATE TABLE events (
            document TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, page INTEGER,
            payload TEXT NOT NULL, actor TEXT NOT NULL, at TEXT NOT NULL, key TEXT NOT NULL,
            previous_hash TEXT NOT NULL, hash TEXT NOT NULL,
            PRIMARY KEY (document, seq)) WITHOUT ROWID"""
    )
    db.execute("CREATE UNIQUE INDEX events_key ON events(document, key)")
    db.execute(
        "CREATE TABLE heads (document TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash TEXT NOT NULL) "
        "WITHOUT ROWID"
    )
    refused = "SELECT RAISE(ABORT, 'the ledger is append-only');"
    db.execute(f"CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN {refused} END")
    db.execute(f"CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN {refused} END")
    db.execute(f"CREATE TRIGGER heads_no_delete BEFORE DELETE ON heads BEGIN {refused} END")
    db.execute(
        "CREATE TRIGGER heads_only_forward BEFORE UPDATE ON heads "
        f"WHEN NEW.document IS NOT OLD.document OR NEW.seq IS NOT OLD.seq + 1 BEGIN {refused} END"
    )
    db.execute(
        """CREATE TRIGGER events_follow BEFORE INSERT ON events WHEN NOT EXISTS (
            SELECT 1 FROM heads
            WHERE document = NEW.document AND seq = NEW.seq - 1 AND hash = NEW.previous_hash)
            AND NOT (NEW.seq = 1 AND NOT EXISTS (SELECT 1 FROM heads WHERE document = NEW.document))
        BEGIN SELECT RAISE(ABORT, 'the event does not follow the last one'); END"""
    )
    db.execute(
        """CREATE TRIGGER events_move_head AFTER INSERT ON events BEGIN
            INSERT INTO heads (document, seq, hash) VALUES (NEW.document, NEW.seq, NEW.hash)
            ON CONFLICT (document) DO UPDATE SET seq = excluded.seq, hash = excluded.hash;
        END"""
    )


@migrations()
def m003_readings(db: Database) -> None:
    """What engines said, where they failed, how a page was prepared, and what is still to be read."""
    db.execute(
        """CREATE TABLE readings (
            id INTEGER PRIMARY KEY, document TEXT NOT NULL REFERENCES documents(id), page INTEGER NOT NULL,
            engine TEXT NOT NULL, version TEXT NOT NULL, image_sha256 TEXT NOT NULL, seconds REAL NOT NULL,
            cost REAL NOT NULL, at TEXT NOT NULL, body BLOB NOT NULL, raw BLOB)"""
    )
    db.execute("CREATE INDEX readings_of ON readings(document, page, engine, id)")
    db.execute(
        """CREATE TABLE failures (
            id INTEGER PRIMARY KEY, document TEXT NOT NULL REFERENCES documents(id), page INTEGER NOT NULL,
            engine TEXT NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL, at TEXT NOT NULL)"""
    )
    db.execute("CREATE INDEX failures_of ON failures(document, page, engine, id)")
    db.execute(
        """CREATE TABLE preparations (
            id INTEGER PRIMARY KEY, document TEXT NOT NULL REFERENCES documents(id), page INTEGER NOT NULL,
            transform TEXT NOT NULL, steps TEXT NOT NULL, at TEXT NOT NULL)"""
    )
    db.execute("CREATE INDEX preparations_of ON preparations(document, page, id)")
    db.execute(
        """CREATE TABLE work (
            document TEXT NOT NULL REFERENCES documents(id), page INTEGER NOT NULL, engine TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
            worker TEXT, attempts INTEGER NOT NULL DEFAULT 0, updated_at REAL NOT NULL,
            PRIMARY KEY (document, page, engine)) WITHOUT ROWID"""
    )
    db.execute("CREATE INDEX work_open ON work(state, updated_at) WHERE state IN ('queued', 'running')")


@migrations()
def m004_settings_and_exports(db: Database) -> None:
    """Settings with their history; finished exports."""
    db.execute(
        """CREATE TABLE settings (
            id INTEGER PRIMARY KEY, key TEXT NOT NULL, value TEXT NOT NULL,
            actor TEXT NOT NULL, at TEXT NOT NULL)"""
    )
    db.execute("CREATE INDEX settings_key ON settings(key, id)")
    db.execute(
        """CREATE TABLE exports (
            id INTEGER PRIMARY KEY, document TEXT NOT NULL REFERENCES documents(id), name TEXT NOT NULL,
            mode TEXT NOT NULL, sha256 TEXT NOT NULL, path TEXT NOT NULL, certificate TEXT,
            report TEXT NOT NULL, ledger_seq INTEGER NOT NULL, ledger_hash TEXT NOT NULL,
            actor TEXT NOT NULL, at TEXT NOT NULL)"""
    )
    db.execute("CREATE INDEX exports_of ON exports(document, id)")


@migrations()
def m005_head_beside_the_last_event(db: Database) -> None:
    """The head of a chain becomes a row of `events`, right behind the last event.

    An event and its head then lie in the same page of the file, so that storing a decision writes one
    page instead of three; keys are looked for without an index as well (storage.ledger). The head's row
    has seq = LAST and kind = 'head', its `page` holds the last event's seq and its `hash` the last event's
    hash (0 and 64 zeros before the first). `chains` names the documents that have a chain, and is written
    once for each: a chain that is gone as a whole is noticed.
    """
    db.execute("DROP INDEX events_key")
    for name in ("events_follow", "events_move_head", "events_no_update"):
        db.execute(f"DROP TRIGGER {name}")
    db.execute("CREATE TABLE chains (document TEXT PRIMARY KEY) WITHOUT ROWID")
    db.execute("INSERT INTO chains (document) SELECT document FROM heads")
    head = "(document, seq, kind, page, payload, actor, at, key, previous_hash, hash)"
    db.execute(
        f"INSERT INTO events {head} SELECT document, {LAST}, 'head', seq, '', '', '', '', '', hash FROM heads"
    )
    db.execute("DROP TABLE heads")
    refused = "SELECT RAISE(ABORT, 'the ledger is append-only');"
    db.execute(f"CREATE TRIGGER chains_no_update BEFORE UPDATE ON chains BEGIN {refused} END")
    db.execute(f"CREATE TRIGGER chains_no_delete BEFORE DELETE ON chains BEGIN {refused} END")
    db.execute(
        f"""CREATE TRIGGER chains_begin AFTER INSERT ON chains BEGIN
            INSERT INTO events {head}
                VALUES (NEW.document, {LAST}, 'head', 0, '', '', '', '', '', '{START}');
        END"""
    )
    db.execute(
        f"""CREATE TRIGGER events_no_update BEFORE UPDATE ON events
        WHEN OLD.seq <> {LAST} OR NEW.seq <> {LAST} OR NEW.document IS NOT OLD.document
            OR NEW.page IS NOT OLD.page + 1
        BEGIN {refused} END"""
    )
    # One trigger, because each costs: it moves the head, and refuses what has not moved it.
    db.execute(
        f"""CREATE TRIGGER events_follow AFTER INSERT ON events BEGIN
            UPDATE events SET page = NEW.seq, hash = NEW.hash
                WHERE document = NEW.document AND seq = {LAST}
                    AND page = NEW.seq - 1 AND hash = NEW.previous_hash;
            SELECT RAISE(ABORT, 'the event does not follow the last one')
                WHERE changes() <> 1 AND NOT (
                    NEW.seq = {LAST} AND NEW.kind = 'head' AND NEW.page = 0 AND NEW.hash = '{START}'
                    AND EXISTS (SELECT 1 FROM chains WHERE document = NEW.document)
                    AND NOT EXISTS (
                        SELECT 1 FROM events WHERE document = NEW.document AND seq < {LAST}));
        END"""
    )


@migrations()
def m006_people_and_leases(db: Database) -> None:
    """Who may do what, with its history (the newest row of a person counts); who works on which page."""
    db.execute(
        """CREATE TABLE people (
            id INTEGER PRIMARY KEY, person TEXT NOT NULL,
            role TEXT CHECK (role IN ('reviewer', 'approver', 'administrator')),
            actor TEXT NOT NULL, at TEXT NOT NULL)"""
    )
    db.execute("CREATE INDEX people_person ON people(person, id)")
    db.execute(
        """CREATE TABLE leases (
            document TEXT NOT NULL, page INTEGER NOT NULL, person TEXT NOT NULL, until REAL NOT NULL,
            PRIMARY KEY (document, page)) WITHOUT ROWID"""
    )


@migrations()
def m007_numbers_that_are_given_once(db: Database) -> None:
    """Page numbers of a production (Bates) and the pseudonyms of persons and values: storage.numbers."""
    db.execute(
        """CREATE TABLE bates (
            prefix TEXT NOT NULL, first INTEGER NOT NULL, pages INTEGER NOT NULL, version TEXT NOT NULL,
            document TEXT NOT NULL REFERENCES documents(id), actor TEXT NOT NULL, at TEXT NOT NULL,
            PRIMARY KEY (prefix, first)) WITHOUT ROWID"""
    )
    db.execute(
        """CREATE TABLE pseudonyms (
            kind TEXT NOT NULL, identity TEXT NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL,
            document TEXT NOT NULL REFERENCES documents(id), at TEXT NOT NULL,
            PRIMARY KEY (kind, identity), UNIQUE (kind, number)) WITHOUT ROWID"""
    )


@migrations()
def m008_what_left_this_machine(db: Database) -> None:
    """Calls of engines elsewhere with their costs, providers that asked to wait, readings' fingerprints."""
    db.execute(
        """CREATE TABLE calls (
            id INTEGER PRIMARY KEY, document TEXT, page INTEGER NOT NULL, engine TEXT NOT NULL,
            provider TEXT NOT NULL, model TEXT NOT NULL, started REAL NOT NULL, ends REAL NOT NULL,
            ended REAL, outcome TEXT, cost REAL NOT NULL, tokens_in INTEGER NOT NULL DEFAULT 0,
            tokens_out INTEGER NOT NULL DEFAULT 0)"""
    )
    db.execute("CREATE INDEX calls_recent ON calls(provider, started)")
    db.execute("CREATE TABLE pauses (provider TEXT PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID")
    db.execute("ALTER TABLE readings ADD COLUMN fingerprint TEXT NOT NULL DEFAULT ''")
    db.execute("CREATE INDEX readings_fingerprint ON readings(fingerprint) WHERE fingerprint <> ''")
