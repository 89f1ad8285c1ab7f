"""A project: one folder with a database, blobs, a cache and exports. Opening it, and writing to it fairly.

    <data>/<name>/project.sqlite    documents, readings, the ledger ... (WAL, synchronous=FULL)
                  project.lock, project.gate   so that writers queue instead of polling
                  blobs/            files as they came, by SHA-256 (storage.blobs)
                  cache/            what can be derived; may be deleted at any time (storage.pages)
                  exports/          finished files (storage.exports)

A Project may be used from any number of threads and processes: each thread of each process has its
own connection. What the tables hold is said in storage.schema.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import threading
import weakref
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final

from model.errors import StorageFailed, UsageError
from storage.schema import Database, migrations

try:
    import fcntl
except ImportError:  # Windows: SQLite's own polling decides who is next
    fcntl = None  # type: ignore[assignment]

BUSY_MS: Final = 30_000


class Project:
    """An open project. Use `Project.open`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.memory: dict[str, object] = {}
        """What storage.ledger remembers of each document, checked against the database at each use."""
        self._pid = os.getpid()
        self._local = threading.local()
        self._open: weakref.WeakSet[_Connection] = weakref.WeakSet()
        self._guard = threading.Lock()
        self._closed = False

    @classmethod
    def open(cls, data_dir: Path, name: str = "default") -> Project:
        """Opens, or makes, the project `name` under `data_dir`; brings its tables up to date.

        Raises UsageError for a name that is no plain folder name, StorageFailed where the folder can't
        be made or written.
        """
        if not name or name in {".", ".."} or any(c in name for c in "/\\\0:") or name.startswith("."):
            raise UsageError(f"'{name}' is no name for a project: use letters, digits, - and _.")
        path = Path(data_dir) / name
        with storage_errors(path):
            path.mkdir(parents=True, exist_ok=True)
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                path.chmod(0o700)
            for folder in ("blobs", "cache", "exports"):
                (path / folder).mkdir(exist_ok=True)
            project = cls(path)
            held = project._held()
            held.take_turn()
            try:
                migrations.apply(held.db)
            finally:
                held.end_turn()
        return project

    @property
    def db(self) -> Database:
        """The connection of this thread, for reading and, inside `writing`, for writing."""
        return self._held().db

    def writing(self) -> Writing:
        """One write transaction: all of it is stored, or nothing. Nested calls join the outer one.

        Writers of all threads and processes queue on the lock file, so none starves. Raises
        StorageFailed where the disk is full or the folder can't be written.
        """
        return Writing(self._held())

    def close(self) -> None:
        """Closes the connections of all threads of this process."""
        self._closed = True
        if self._pid == os.getpid():
            with self._guard:
                for held in list(self._open):
                    held.close()

    def __enter__(self) -> Project:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _held(self) -> _Connection:
        if self._closed:
            raise StorageFailed("The project is closed.", file=str(self.path))
        if self._pid != os.getpid():
            # After a fork the parent's connections must be neither used nor closed here (SQLite,
            # "How to corrupt", 2.6): they are left alone and this process starts with none.
            _FORKED.append((self._local, self._open))
            self._pid = os.getpid()
            self._local = threading.local()
            self._open = weakref.WeakSet()
            self._guard = threading.Lock()
        held: _Connection | None = getattr(self._local, "held", None)
        if held is None:
            held = _Connection(self.path / "project.sqlite")
            self._local.held = held
            with self._guard:
                self._open.add(held)
        return held


class Writing:
    """The context manager of `Project.writing`; a class because a decision waits for it."""

    __slots__ = ("_held", "_inner")

    def __init__(self, held: _Connection) -> None:
        self._held = held
        self._inner: contextlib.AbstractContextManager[Database] | None = None

    def __enter__(self) -> Database:
        held = self._held
        if held.conn.in_transaction:
            self._inner = held.db.atomic()
            return self._inner.__enter__()
        try:
            held.take_turn()
            held.conn.execute("BEGIN IMMEDIATE")
        except BaseException as error:  # noqa: BLE001 - raised again, as it is or by its name
            held.end_turn()
            raise storage_failed(error, held.path) or error from None
        return held.db

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._inner is not None:
            self._inner.__exit__(kind, error, trace)
            return
        conn = self._held.conn
        try:
            if error is None:
                conn.execute("COMMIT")
        except BaseException as failure:  # noqa: BLE001 - as above
            error = failure
            raise storage_failed(failure, self._held.path) or failure from None
        finally:
            try:
                if error is not None and conn.in_transaction:
                    conn.execute("ROLLBACK")
            finally:
                self._held.end_turn()
        if error is not None:
            failed = storage_failed(error, self._held.path)
            if failed is not None:
                raise failed from error


class _Connection:
    """A thread's connection and its descriptor of the lock file."""

    def __init__(self, file: Path) -> None:
        self.path = file.parent
        conn = sqlite3.connect(
            str(file),
            timeout=BUSY_MS / 1000,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        conn.execute("PRAGMA journal_mode=WAL")
        conn.execute("PRAGMA synchronous=FULL")
        conn.execute("PRAGMA foreign_keys=ON")
        conn.execute("PRAGMA trusted_schema=OFF")
        self.conn = conn
        self.db = Database(conn)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self.gate = os.open(file.with_name("project.gate"), flags, 0o600)
        self.lock = os.open(file.with_name("project.lock"), flags, 0o600)

    def take_turn(self) -> None:
        """Waits until no other thread or process writes.

        The system wakes those who wait for a lock, but whoever has just released it is quicker and would
        take it again and again. Therefore the gate: one waits for the lock while it holds the gate, so
        the one who comes back has to queue at the gate.
        """
        if fcntl is not None:
            fcntl.flock(self.gate, fcntl.LOCK_EX)
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX)
            finally:
                fcntl.flock(self.gate, fcntl.LOCK_UN)

    def end_turn(self) -> None:
        if fcntl is not None:
            fcntl.flock(self.lock, fcntl.LOCK_UN)

    def close(self) -> None:
        lock, self.lock = self.lock, -1  # first of all: whoever closes second must not close a stranger's
        if lock >= 0:
            try:
                self.conn.close()
            finally:
                os.close(self.gate)
                os.close(lock)

    def __del__(self) -> None:
        if getattr(self, "lock", -1) >= 0:
            self.close()


_FORKED: list[object] = []
"""Connections inherited by a fork: kept so that nothing closes them."""


@contextlib.contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turns what a full disk or a locked folder raises into StorageFailed."""
    try:
        yield
    except Exception as error:
        failed = storage_failed(error, path)
        if failed is None:
            raise
        raise failed from error


def storage_failed(error: BaseException, path: Path) -> StorageFailed | None:
    """StorageFailed for an error of the disk, None for any other."""
    if isinstance(error, OSError):
        return StorageFailed(_why(error.strerror or str(error)), file=str(path))
    if isinstance(error, sqlite3.OperationalError):
        text = str(error)
        if any(sign in text for sign in ("full", "disk I/O", "readonly", "unable to open", "locked")):
            return StorageFailed(_why(text), file=str(path))
    return None


def _why(text: str) -> str:
    return (
        f"The project folder can't be written ({text}). What was stored before is safe; this was not stored. "
        "Free some space or check the rights of the folder, then try again."
    )


def now() -> str:
    """UTC, ISO 8601 with milliseconds and Z."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
