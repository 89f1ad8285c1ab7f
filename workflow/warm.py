"""Makes what the pages will ask for before they ask: merged pages and findings, in a process of its own.

    python -m workflow.warm DATA DOCUMENT

Both go to the project's cache, so the pages only open files. `Keeper` runs beside the worker and does it
as soon as a document has been read; where there is none, the documents page calls `start`. Nothing depends
on either: without them the page that needs a merge makes it and takes longer.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from model.errors import InkveilError

if TYPE_CHECKING:
    from storage.project import Project

ROOT = Path(__file__).resolve().parent.parent
BEAT: Final = 1.0
"""Seconds between two signs of life of a Keeper."""
TRIES: Final = 3
"""So often a document is tried that can't be merged or searched, until it changes."""
BEAT_FILE: Final = "worker.beat"

_running: dict[tuple[str, str], subprocess.Popen[bytes]] = {}
_tried: dict[tuple[str, str], tuple[int, int]] = {}
"""What each document was tried at, and how often that failed."""
_guard = threading.Lock()


def merged(project: Project, document_id: str) -> bool:
    """Whether every page that was read has its merge in the cache."""
    from review.load import page_keys

    folder = project.path / "cache" / "merged" / document_id
    return all(
        (folder / f"{page}-{key}.json").is_file() for page, key in page_keys(project, document_id).items()
    )


def start(project: Project, document_id: str, at: int) -> bool:
    """Starts the work on a document unless some is going on; False where it has been tried at `at` already.

    `at` is a number that changes when there is something new to do (readings, ledger). What failed is tried
    again, up to TRIES times.
    """
    with _guard:
        for name, process in list(_running.items()):
            if process.poll() is not None:
                del _running[name]
                tried, failed = _tried.get(name, (0, 0))
                _tried[name] = (tried, failed + 1 if process.returncode else TRIES)
        if _running:
            return True
        key = (str(project.path), document_id)
        tried, failed = _tried.get(key, (0, 0))
        if key in _tried and tried == at and failed >= TRIES:
            return False
        _tried[key] = (at, failed if tried == at else 0)
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        _running[key] = subprocess.Popen(
            [sys.executable, "-m", "workflow.warm", str(project.path), document_id],
            cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    return True


def finish(seconds: float = 60.0) -> None:
    """Waits for the work that was started by this process."""
    with _guard:
        processes = list(_running.values())
    for process in processes:
        process.wait(seconds)


class Keeper:
    """Warms what has been read, in every project of a data directory, while the block runs.

    Its sign of life, a file in each project's cache, tells the pages that a worker is there (`silence`).
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._open: dict[Path, tuple[Project, int]] = {}

    def __enter__(self) -> Keeper:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        with _guard:
            for process in _running.values():
                process.terminate()
                process.wait()

    def _run(self) -> None:
        while True:
            for database in sorted(self._data.glob("*/project.sqlite")):
                with contextlib.suppress(InkveilError, OSError):  # a full disk, say: tried again
                    self._look(database.parent)
            if self._over.wait(BEAT):
                break
        for project, _ in self._open.values():
            project.close()

    def _look(self, folder: Path) -> None:
        from storage.project import Project

        project, seen = self._open.get(folder) or (Project.open(folder.parent, folder.name), 0)
        self._open[folder] = project, seen
        beat = project.path / "cache" / BEAT_FILE
        beat.parent.mkdir(exist_ok=True)
        beat.touch()
        newest = _newest(project)
        if newest == seen:
            return
        waiting = [d for d in _read_since(project, seen) if not ready(project, d)]
        if not any(start(project, d, newest) for d in waiting):
            self._open[folder] = project, newest


def silence(project: Project) -> float:
    """Seconds since a worker of this project last gave a sign of life; infinite where none ever did."""
    times = [0.0]
    with contextlib.suppress(OSError):
        times.append((project.path / "cache" / BEAT_FILE).stat().st_mtime)
    row = project.db.conn.execute("SELECT max(updated_at) FROM work WHERE state = 'running'").fetchone()
    times.append(row[0] or 0.0)
    return time.time() - max(times) if max(times) else float("inf")


def ready(project: Project, document_id: str) -> bool:
    """Whether a document's pages are merged and searched, or are still being read."""
    from redaction.found import stamp
    from storage.work import progress

    if not progress(project, document_id).finished:
        return True
    return merged(project, document_id) and stamp(project, document_id) is not None


def _newest(project: Project) -> int:
    """Grows with every reading and failure."""
    row = project.db.conn.execute(
        "SELECT (SELECT coalesce(max(id), 0) FROM readings) + (SELECT coalesce(max(id), 0) FROM failures)"
    ).fetchone()
    return int(row[0])


def _read_since(project: Project, seen: int) -> list[str]:
    """Documents with readings, newest first; at the first time, those that nobody has exported yet."""
    where = "" if seen else "WHERE document NOT IN (SELECT document FROM exports)"
    rows = project.db.conn.execute(
        f"SELECT document FROM readings {where} GROUP BY document ORDER BY max(id) DESC LIMIT 50"  # noqa: S608
    )
    return [str(row[0]) for row in rows]


@contextlib.contextmanager
def _alone(project: Project, document_id: str) -> Iterator[None]:
    """One process a document: whoever comes second finds everything made."""
    folder = project.path / "cache" / "merged"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{document_id}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def warm(project: Project, document_id: str) -> int:
    """Merges the document's pages and looks for personal data on them. Returns the number of findings."""
    from redaction.found import look
    from review.session import load
    from storage import documents

    with _alone(project, document_id):
        document = documents.get(project, document_id)
        return len(look(project, document, load(project, document_id).pages))


def main(arguments: list[str]) -> int:
    """Exit code 0, or that of the error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for whoever started this, and ends it
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    from storage.project import Project

    path = Path(arguments[0])
    try:
        os.nice(5)  # the person at the screen comes first
        warm(Project.open(path.parent, path.name), arguments[1])
    except InkveilError as error:
        return error.exit_code
    return 0


def _end_with(parent: int) -> None:
    """Ends this process when its parent is gone."""
    while os.getppid() == parent:
        time.sleep(BEAT)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
