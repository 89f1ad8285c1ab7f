"""What is still to be read and who reads it: one row for each page and engine, claimed in the database.

A claim is a whole page: rendering and preparing it once serves all of its engines. A worker that dies
loses its claims: at once where its process is known to be gone, else after `STALE` seconds of silence.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from model.words import Failure
from storage.project import Project

State = Literal["queued", "running", "done", "failed"]
STALE: Final = 120.0
MOST_ATTEMPTS: Final = 3
"""A page that has taken its worker down this often is not tried again by itself."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A page that this worker reads now."""

    document: str
    page: int
    engines: tuple[str, ...]
    worker: str
    attempt: int = 1
    """1 at the first time; more where a worker died over this page."""


@dataclass(frozen=True, slots=True)
class Current:
    """What is being read now: "page 4 of 12, Tesseract"."""

    page: int
    pages: int
    engine: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the reading of a document is. A task is one engine on one page."""

    done: int
    """Tasks that have ended, with a reading or with a failure."""
    total: int
    current: Current | None
    failures: tuple[Failure, ...]

    @property
    def finished(self) -> bool:
        return self.done >= self.total


def worker_id() -> str:
    """Names this process so that another can tell whether it still lives."""
    return f"{platform.node()}:{os.getpid()}:{_started(os.getpid())}"


def queue(
    project: Project, document_id: str, tasks: Iterable[tuple[int, str]], *, again: bool = False
) -> None:
    """Puts (page, engine) tasks in line. Known ones stay as they are; `again` repeats what has ended."""
    rows = [(document_id, page, engine, time.time()) for page, engine in tasks]
    repeat = "state = 'queued', attempts = 0, worker = NULL, updated_at = excluded.updated_at"
    on_conflict = f"DO UPDATE SET {repeat} WHERE state IN ('done', 'failed')" if again else "DO NOTHING"
    with project.writing() as db:
        db.conn.executemany(
            "INSERT INTO work (document, page, engine, state, updated_at) VALUES (?, ?, ?, 'queued', ?) "
            f"ON CONFLICT (document, page, engine) {on_conflict}",
            rows,
        )


def claim(
    project: Project, worker: str, *, document_id: str | None = None, stale: float = STALE
) -> Claim | None:
    """Takes the next page: the document that waits longest first, its pages in order. None = nothing to do.

    All queued engines of the page are the worker's from now on.
    """
    if _open_tasks(project, document_id) == 0:
        return None
    with project.writing() as db:
        _release_dead(project, stale)
        where, values = ("AND w.document = ?", [document_id]) if document_id else ("", [])
        row = db.conn.execute(
            "SELECT w.document, w.page, max(w.attempts) FROM work w JOIN documents d ON d.id = w.document "
            f"WHERE w.state = 'queued' {where} GROUP BY w.document, w.page "
            "ORDER BY d.added_at, d.rowid, w.page LIMIT 1",
            values,
        ).fetchone()
        if row is None:
            return None
        document, page, attempts = row
        engines = tuple(
            engine
            for (engine,) in db.conn.execute(
                "SELECT engine FROM work WHERE document = ? AND page = ? AND state = 'queued' "
                "ORDER BY engine",
                (document, page),
            )
        )
        db.conn.execute(
            "UPDATE work SET state = 'running', worker = ?, attempts = attempts + 1, updated_at = ? "
            "WHERE document = ? AND page = ? AND state = 'queued'",
            (worker, time.time(), document, page),
        )
        return Claim(document, page, engines, worker, attempts + 1)


def beat(project: Project, claim: Claim, engine: str | None = None) -> None:
    """Says that the worker lives, and which engine it runs now (for `progress`)."""
    where, values = ("AND engine = ?", [engine]) if engine else ("", [])
    with project.writing() as db:
        db.conn.execute(
            "UPDATE work SET updated_at = ? WHERE document = ? AND page = ? AND worker = ? "
            f"AND state = 'running' {where}",
            [time.time(), claim.document, claim.page, claim.worker, *values],
        )


def finish(project: Project, claim: Claim, engine: str, state: Literal["done", "failed"]) -> None:
    """Ends one task of the claim. Call it in the transaction that stores the reading or the failure."""
    with project.writing() as db:
        db.conn.execute(
            "UPDATE work SET state = ?, updated_at = ? WHERE document = ? AND page = ? AND engine = ? "
            "AND (worker = ? OR state = 'queued')",
            (state, time.time(), claim.document, claim.page, engine, claim.worker),
        )


def release(project: Project, claim: Claim) -> None:
    """Gives back what of the claim has not ended, as after an interrupt."""
    with project.writing() as db:
        db.conn.execute(
            "UPDATE work SET state = 'queued', worker = NULL, attempts = attempts - 1, updated_at = ? "
            "WHERE document = ? AND page = ? AND worker = ? AND state = 'running'",
            (time.time(), claim.document, claim.page, claim.worker),
        )


def give_up(project: Project, claim: Claim, engine: str | None, message: str) -> tuple[str, ...]:
    """Ends, as failed with `message`, what of the claim hangs: the running `engine`, or without one all.

    The claim's other engines go back in line. Returns those that failed. For whoever is about to kill the
    worker, before that: a dead worker's page is tried again by the next one, which would hang as well.
    """
    from storage.readings import add_failure

    with project.writing() as db:
        running = [
            name
            for (name,) in db.conn.execute(
                "SELECT engine FROM work WHERE document = ? AND page = ? AND worker = ? "
                "AND state = 'running' ORDER BY engine",
                (claim.document, claim.page, claim.worker),
            )
        ]
        stuck = (engine,) if engine is not None and engine in running else tuple(running)
        for name in stuck:
            add_failure(project, claim.document, Failure(name, "unavailable", message, claim.page))
            finish(project, claim, name, "failed")
        release(project, claim)
    return stuck


def states(project: Project, document_id: str) -> dict[tuple[int, str], State]:
    """(page, engine) -> state, for every task of the document."""
    rows = project.db.conn.execute("SELECT page, engine, state FROM work WHERE document = ?", (document_id,))
    return {(page, engine): state for page, engine, state in rows}


def progress(project: Project, document_id: str) -> Progress:
    """How far the document is; survives reloads and restarts, since it is read from the database."""
    from storage.readings import failures

    conn = project.db.conn
    done, total = conn.execute(
        "SELECT coalesce(sum(state IN ('done', 'failed')), 0), count(*) FROM work WHERE document = ?",
        (document_id,),
    ).fetchone()
    row = conn.execute(
        "SELECT w.page, d.pages, w.engine FROM work w JOIN documents d ON d.id = w.document "
        "WHERE w.document = ? AND w.state = 'running' ORDER BY w.updated_at DESC, w.page LIMIT 1",
        (document_id,),
    ).fetchone()
    return Progress(done, total, Current(*row) if row else None, tuple(failures(project, document_id)))


def _open_tasks(project: Project, document_id: str | None) -> int:
    where, values = ("AND document = ?", [document_id]) if document_id else ("", [])
    row = project.db.conn.execute(
        f"SELECT count(*) FROM work WHERE state IN ('queued', 'running') {where}", values
    ).fetchone()
    return int(row[0])


def _release_dead(project: Project, stale: float) -> None:
    """Puts back in line what dead workers held; what took down several of them has failed."""
    conn = project.db.conn
    rows = conn.execute(
        "SELECT worker, max(updated_at) FROM work WHERE state = 'running' GROUP BY worker"
    ).fetchall()
    for worker, updated_at in rows:
        if _dead(worker) or time.time() - updated_at > stale:
            conn.execute(
                "INSERT INTO failures (document, page, engine, kind, message, at) "
                "SELECT document, page, engine, 'unavailable', 'The engine stopped unexpectedly on "
                "this page, several times.', strftime('%Y-%m-%dT%H:%M:%fZ', 'now') FROM work "
                "WHERE state = 'running' AND worker IS ? AND attempts >= ?",
                (worker, MOST_ATTEMPTS),
            )
            conn.execute(
                "UPDATE work SET state = CASE WHEN attempts >= ? THEN 'failed' ELSE 'queued' END, "
                "worker = NULL WHERE state = 'running' AND worker IS ?",
                (MOST_ATTEMPTS, worker),
            )


def _dead(worker: str | None) -> bool:
    """True where the worker ran on this machine and its process is gone."""
    host, _, rest = (worker or "").rpartition(":")[0].rpartition(":")
    started = (worker or "").rpartition(":")[2]
    if host != platform.node() or not rest.isdigit():
        return False
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return _started(int(rest)) != started


def _started(pid: int) -> str:
    """A mark of the moment at which the process started: numbers of processes are used again."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - no path to keep
            return file.read().rpartition(b")")[2].split()[19].decode()
    except (OSError, IndexError):
        return "0"
