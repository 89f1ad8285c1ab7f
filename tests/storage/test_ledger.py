"""The audit trail: append-only, chained; a changed byte is found; nothing acknowledged is lost."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from model.decisions import Decision
from model.errors import Conflict, UsageError
from storage import ledger
from storage.project import Project
from storage.schema import Database, migrations

DOCUMENT = "0123456789abcdef"
ROOT = Path(__file__).resolve().parents[2]
WRITER = """
import sys
from pathlib import Path
from model.decisions import Decision
from storage import ledger
from storage.project import Project

project = Project.open(Path(sys.argv[1]))
name, count = sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for number in range(count):
    key = f"{name}-{number}"
    payload = {"slot": "s", "text": "word " * (number % 50)}
    event = ledger.append(project, "0123456789abcdef", Decision("accept", 1, payload, name, key))
    print(key, event.seq, event.hash, flush=True)
"""


def decision(key: str, text: str = "Agler", kind: str = "correct", page: int | None = 1) -> Decision:
    return Decision(kind, page, {"slot": "s1", "text": text, "box": [1.5, 2, 3, 4]}, "anna", key)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.open(tmp_path) as opened:
        yield opened


def writer(folder: Path, name: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), name, str(count)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def start(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def test_events_come_back_as_they_went_in(project: Project) -> None:
    texts = ["Agler", "日本語 縦書き", 'quotes " and \\ back', "\u2028 \x00 \x1f", ""]
    stored = [ledger.append(project, DOCUMENT, decision(f"k{n}", text)) for n, text in enumerate(texts)]
    assert [e.seq for e in stored] == [1, 2, 3, 4, 5]
    assert ledger.events(project, DOCUMENT) == stored
    assert ledger.events(project, DOCUMENT, after=3) == stored[3:]
    assert ledger.events(project, "another") == []
    assert [e.payload["text"] for e in stored] == texts
    assert ledger.head(project, DOCUMENT) == (5, stored[-1].hash)
    report = ledger.verify(project, DOCUMENT)
    assert (report.ok, report.events, report.first_bad) == (True, 5, None)
    assert report.message == "5 events, chain verified."


def test_anybody_can_check_the_chain_from_its_json(project: Project) -> None:
    for n, page in enumerate([1, None, 3]):
        ledger.append(project, DOCUMENT, decision(f'k"{n}', "日本", page=page))
    previous = "0" * 64
    for event in ledger.events(project, DOCUMENT):
        fields = {
            "document": event.document, "seq": event.seq, "kind": event.kind, "page": event.page,
            "payload": event.payload, "actor": event.actor, "at": event.at, "key": event.key,
            "previous_hash": previous,
        }  # fmt: skip
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert event.previous_hash == previous
        assert event.hash == hashlib.sha256(text.encode()).hexdigest()
        assert event.at.endswith("Z")
        assert len(event.at) == len("2026-11-20T23:59:59.123Z")
        previous = event.hash


def test_the_same_key_is_stored_once(project: Project) -> None:
    first = ledger.append(project, DOCUMENT, decision("k"))
    ledger.append(project, DOCUMENT, decision("other"))
    assert ledger.append(project, DOCUMENT, decision("k")) == first
    assert ledger.append(project, DOCUMENT, decision("k"), expect_seq=0) == first, "a repeat is no conflict"
    assert len(ledger.events(project, DOCUMENT)) == 2
    assert ledger.append(project, "second", decision("k")).seq == 1, "keys belong to a document"


def test_who_expects_an_older_state_is_told(project: Project) -> None:
    ledger.append(project, DOCUMENT, decision("a"), expect_seq=0)
    with pytest.raises(Conflict, match="at 1, not at 0"):
        ledger.append(project, DOCUMENT, decision("b"), expect_seq=0)
    assert ledger.append(project, DOCUMENT, decision("b"), expect_seq=1).seq == 2


@pytest.mark.parametrize("payload", [{"x": float("nan")}, {"x": object()}, {"x": "\ud800"}, {"x": {1, 2}}])
def test_what_is_no_json_is_refused(project: Project, payload: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="nothing was stored"):
        ledger.append(project, DOCUMENT, Decision("accept", 1, payload, "anna", "k"))
    assert ledger.events(project, DOCUMENT) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET actor = 'eve' WHERE seq = 1",
        "DELETE FROM events WHERE seq = 2",
        "DELETE FROM events WHERE kind = 'head'",
        "UPDATE events SET page = 1 WHERE kind = 'head'",
        "UPDATE events SET hash = 'x' WHERE kind = 'head'",
        "UPDATE events SET seq = 4 WHERE kind = 'head'",
        "UPDATE events SET document = 'other' WHERE kind = 'head'",
        "UPDATE events SET seq = 9223372036854775807 WHERE seq = 3",
        "DELETE FROM chains",
        "UPDATE chains SET document = 'other'",
        "INSERT OR REPLACE INTO events SELECT * FROM events WHERE kind = 'head'",
        "INSERT INTO events SELECT 'other', seq, kind, page, payload, actor, at, key, previous_hash, hash "
        "FROM events WHERE kind = 'head'",
        "INSERT INTO events SELECT 'other', 1, kind, page, payload, actor, at, key, hash, hash "
        "FROM events WHERE seq = 1",
        "INSERT INTO events SELECT document, 0, kind, page, payload, actor, at, 'new', hash, hash "
        "FROM events WHERE seq = 3",
        "INSERT INTO events SELECT document, 4, kind, page, payload, actor, at, 'new', previous_hash, hash "
        "FROM events WHERE seq = 2",
        "INSERT INTO events SELECT document, 9, kind, page, payload, actor, at, 'new', hash, hash "
        "FROM events WHERE seq = 2",
        "INSERT OR REPLACE INTO events SELECT document, seq, kind, page, payload, 'eve', at, key, "
        "previous_hash, hash FROM events WHERE seq = 2",
    ],
)
def test_the_database_itself_refuses_to_change_history(project: Project, statement: str) -> None:
    for n in range(3):
        ledger.append(project, DOCUMENT, decision(f"k{n}"))
    before = ledger.events(project, DOCUMENT)
    with pytest.raises(sqlite3.IntegrityError, match=r"append-only|does not follow"), project.writing() as db:
        db.conn.execute(statement)
    assert ledger.events(project, DOCUMENT) == before
    assert ledger.verify(project, DOCUMENT).ok


def forged(project: Project, statement: str, values: tuple[object, ...] = ()) -> None:
    """As somebody with the file and an SQLite shell would."""
    with project.writing() as db:
        for (name,) in db.conn.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.conn.execute(f"DROP TRIGGER {name}")
        db.conn.execute(statement, values)


def test_a_single_changed_byte_anywhere_is_found(project: Project) -> None:
    for n in range(3):
        ledger.append(project, DOCUMENT, decision(f"key {n}", "Müller 日本"))
    forged(project, "SELECT 1")
    conn = project.db.conn
    columns = ("document", "kind", "payload", "actor", "at", "key", "previous_hash", "hash")
    for seq in (1, 2, 3):
        row = conn.execute(
            f"SELECT {', '.join(f'CAST({c} AS BLOB)' for c in columns)} FROM events WHERE seq = ?", (seq,)
        ).fetchone()
        for column, whole in zip(columns, row, strict=True):
            for position in range(len(whole)):
                changed = bytearray(whole)
                changed[position] ^= 1 << (position % 7)
                conn.execute("BEGIN")
                conn.execute(
                    f"UPDATE events SET {column} = CAST(? AS TEXT) WHERE seq = ?", (bytes(changed), seq)
                )
                report = ledger.verify(project, DOCUMENT)
                conn.execute("ROLLBACK")
                assert not report.ok, (column, position)
                assert report.first_bad is not None
                assert report.first_bad <= seq + 1
        for column in ("page", "seq"):
            conn.execute("BEGIN")
            conn.execute(f"UPDATE events SET {column} = {column} + 8 WHERE seq = ?", (seq,))
            assert not ledger.verify(project, DOCUMENT).ok
            conn.execute("ROLLBACK")
    assert ledger.verify(project, DOCUMENT).ok


@pytest.mark.parametrize(
    ("statement", "first_bad"),
    [
        ("DELETE FROM events WHERE seq = 5", 5),
        ("DELETE FROM events WHERE seq = 3", 3),
        ("DELETE FROM events", 1),
        ("DELETE FROM events WHERE seq >= 4", 4),
        ("DELETE FROM events WHERE kind <> 'head'", 1),
        ("UPDATE events SET hash = lower(hex(randomblob(32))) WHERE kind = 'head'", 6),
        ("UPDATE events SET page = 4 WHERE kind = 'head'", 6),
        ("UPDATE events SET page = 'x' WHERE kind = 'head'", 6),
        ("UPDATE events SET payload = 'x' WHERE kind = 'head'", 6),
        ("DELETE FROM events WHERE kind = 'head'", 6),
        ("DELETE FROM chains", 6),
        ("UPDATE events SET payload = replace(payload, 'Agler', 'agler') WHERE seq = 4", 4),
        ("UPDATE events SET payload = payload || ' ' WHERE seq = 4", 4),
        ("UPDATE events SET page = '1' WHERE seq = 2", 2),
        ("UPDATE events SET page = NULL WHERE seq = 2", 2),
        ("UPDATE events SET actor = CAST(x'ff' AS TEXT) WHERE seq = 2", 2),
    ],
)
def test_what_was_forged_is_named(project: Project, statement: str, first_bad: int) -> None:
    for n in range(5):
        ledger.append(project, DOCUMENT, decision(f"k{n}"))
    forged(project, statement)
    report = ledger.verify(project, DOCUMENT)
    if "page = '1'" in statement:  # SQLite's column affinity makes it a number again: nothing was changed
        assert report.ok
        return
    assert not report.ok
    assert report.first_bad == first_bad
    assert "Agler" not in report.message


def test_a_byte_changed_in_the_file_is_found(tmp_path: Path) -> None:
    with Project.open(tmp_path) as project:
        for n in range(40):
            ledger.append(project, DOCUMENT, decision(f"k{n}", f"the word number {n}"))
        project.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file = tmp_path / "default" / "project.sqlite"
    whole = file.read_bytes()
    at = whole.index(b"the word number 17")
    for position in (at, at + 17, at - 30, at + 60):
        changed = bytearray(whole)
        changed[position] ^= 1
        file.write_bytes(changed)
        with Project.open(tmp_path) as project:
            report = ledger.verify(project, DOCUMENT)
        assert not report.ok
        assert report.first_bad in {17, 18, 19}


def test_four_processes_write_one_chain_in_turn(tmp_path: Path) -> None:
    count = 150
    Project.open(tmp_path).close()
    processes = [writer(tmp_path, f"w{n}", count) for n in range(4)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        start(process)
    for process in processes:
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        assert len(out.splitlines()) == count
    with Project.open(tmp_path) as project:
        events = ledger.events(project, DOCUMENT)
        assert [e.seq for e in events] == list(range(1, 4 * count + 1))
        assert ledger.verify(project, DOCUMENT).ok
    for name in ("w0", "w1", "w2", "w3"):
        turns = [e.seq for e in events if e.actor == name]
        assert [e.key for e in events if e.actor == name] == [f"{name}-{n}" for n in range(count)]
        assert max(b - a for a, b in itertools.pairwise(turns)) < 150, "nobody waits for the others to end"


def test_killed_at_any_moment_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    generator = random.Random(7)
    acknowledged: list[tuple[str, int, str]] = []
    for round_number in range(8):
        process = writer(tmp_path, f"r{round_number}", 100_000)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        start(process)
        for _ in range(generator.randrange(1, 120)):
            key, seq, link = process.stdout.readline().split()
            acknowledged.append((key, int(seq), link))
        process.kill()
        rest, _ = process.communicate()
        whole_lines = rest[: rest.rfind("\n") + 1].splitlines()
        acknowledged += [(k, int(s), h) for k, s, h in (line.split() for line in whole_lines)]
        with Project.open(tmp_path) as project:
            report = ledger.verify(project, DOCUMENT)
            assert report.ok, report.message
            stored = {(e.key, e.seq, e.hash) for e in ledger.events(project, DOCUMENT)}
        assert stored.issuperset(acknowledged)
        assert len(stored) <= len(acknowledged) + round_number + 1, "at most one unacknowledged a kill"


def test_the_same_key_in_threads_and_after_what_was_undone_is_stored_once(project: Project) -> None:
    def refused(number: int) -> None:
        with project.writing():
            ledger.append(project, DOCUMENT, decision(f"undone {number}"))
            raise RuntimeError

    for number in range(3):
        with pytest.raises(RuntimeError):
            refused(number)
    assert ledger.append(project, DOCUMENT, decision("undone 1")).seq == 1
    with ThreadPoolExecutor(4) as pool:
        keys = [f"k{n % 10}" for n in range(60)]
        stored = list(pool.map(lambda key: ledger.append(project, DOCUMENT, decision(key)), keys))
    assert {(e.key, e.seq) for e in stored} == {(e.key, e.seq) for e in ledger.events(project, DOCUMENT, 1)}
    assert len(ledger.events(project, DOCUMENT)) == 11
    assert ledger.verify(project, DOCUMENT).ok


def test_a_key_stored_by_another_process_is_known(tmp_path: Path) -> None:
    with Project.open(tmp_path) as project:
        ledger.append(project, DOCUMENT, decision("mine"))
        for name in ("w0", "w1"):
            process = writer(tmp_path, name, 5)
            process.communicate("go\n", timeout=60)
            again = ledger.append(project, DOCUMENT, decision(f"{name}-3"))
            assert again.actor == name, "the other's event, not a new one"
        assert len(ledger.events(project, DOCUMENT)) == 11
        for n in range(ledger.MOST_REMEMBERED + 3):
            ledger.append(project, f"document {n}", decision("mine"))
            assert ledger.append(project, DOCUMENT, decision("mine")).seq == 1
        assert len(project.memory) <= ledger.MOST_REMEMBERED


def test_a_key_stored_twice_behind_its_back_is_found(project: Project) -> None:
    first = ledger.append(project, DOCUMENT, decision("k"))
    ledger.append(project, DOCUMENT, decision("other"))
    second = ledger.events(project, DOCUMENT, after=1)[0]
    payload = ledger.canonical(dict(second.payload))
    link = ledger._hash(DOCUMENT, 2, second.kind, 1, payload, second.actor, second.at, "k", first.hash)
    forged(project, "UPDATE events SET key = 'k', hash = ? WHERE seq = 2", (link,))
    with project.writing() as db:
        db.conn.execute("UPDATE events SET hash = ? WHERE kind = 'head'", (link,))
    report = ledger.verify(project, DOCUMENT)
    assert (report.ok, report.first_bad) == (False, 2)


def test_a_chain_is_checked_while_others_write(tmp_path: Path) -> None:
    with Project.open(tmp_path) as project:
        process = writer(tmp_path, "w", 400)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        start(process)
        seen = set()
        while process.poll() is None:
            report = ledger.verify(project, DOCUMENT)
            assert report.ok, report.message
            seen.add(report.events)
        process.communicate()
        assert ledger.verify(project, DOCUMENT).events == 400
        assert len(seen) > 1


def test_a_project_with_a_table_of_heads_is_brought_up_to_date(tmp_path: Path) -> None:
    folder = tmp_path / "default"
    folder.mkdir()
    with contextlib.closing(sqlite3.connect(folder / "project.sqlite", isolation_level=None)) as conn:
        db = Database(conn)
        migrations.apply(db, stop_before="m005_head_beside_the_last_event")
        previous = ledger.START
        for seq in (1, 2, 3):
            fields = (
                "correct",
                1,
                '{"text":"Agler"}',
                "anna",
                "2026-11-20T10:00:00.000Z",
                f"k{seq}",
                previous,
            )
            link = ledger._hash(DOCUMENT, seq, *fields)
            conn.execute(ledger.INSERT, (DOCUMENT, seq, *fields, link))
            previous = link
        assert conn.execute("SELECT seq, hash FROM heads").fetchall() == [(3, previous)]
    with Project.open(tmp_path) as project:
        assert ledger.head(project, DOCUMENT) == (3, previous)
        assert ledger.verify(project, DOCUMENT).ok
        assert ledger.append(project, DOCUMENT, decision("k2")).seq == 2
        assert ledger.append(project, DOCUMENT, decision("k4")).previous_hash == previous
        assert ledger.verify(project, DOCUMENT).ok
