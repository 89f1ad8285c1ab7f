"""Files by their SHA-256: written beside, flushed to the disk, then renamed; so a blob is whole or absent.

Also the one way in which this package writes any file (`write_atomic`).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from model.errors import StorageFailed
from storage.project import Project, storage_errors

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that was written in full beside the blobs and is not one of them yet."""

    path: Path
    sha256: str
    size: int


def path(project: Project, sha256: str) -> Path:
    """Where the blob stands, or would stand."""
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise ValueError("not a SHA-256")
    return project.path / "blobs" / sha256[:2] / sha256


def read(project: Project, sha256: str) -> bytes:
    """The blob's bytes. Raises StorageFailed where it is gone or no longer what it was."""
    file = path(project, sha256)
    with storage_errors(project.path):
        data = file.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise StorageFailed(
            "A stored file was changed on the disk and is not used. Restore the project from a backup.",
            file=str(file),
        )
    return data


@contextlib.contextmanager
def incoming(project: Project, data: bytes | Path) -> Iterator[Incoming]:
    """Copies the data into the project's folder, flushed to the disk; removed again unless `keep` took it.

    A file is copied in pieces of 1 MiB. Raises StorageFailed (full disk), with nothing left behind.
    """
    folder = project.path / "blobs" / "incoming"
    with storage_errors(project.path):
        folder.mkdir(exist_ok=True)
        _sweep(folder)
        temporary = folder / secrets.token_hex(16)
        # Unbuffered: closing a buffered file writes again what the full disk has refused.
        out = temporary.open("xb", buffering=0)
    try:
        with storage_errors(project.path):
            if fcntl is not None:  # held while it is ours: a sweeper leaves it alone
                fcntl.flock(out, fcntl.LOCK_EX)
            digest, size = hashlib.sha256(), 0
            for chunk in _chunks(data):
                digest.update(chunk)
                size += len(chunk)
                while chunk:
                    chunk = chunk[out.write(chunk) :]
            os.fsync(out.fileno())
        yield Incoming(temporary, digest.hexdigest(), size)
    finally:
        out.close()
        temporary.unlink(missing_ok=True)


def keep(project: Project, file: Incoming) -> Path:
    """Makes the incoming file a blob. The rename is on the disk when this returns."""
    target = path(project, file.sha256)
    with storage_errors(project.path):
        target.parent.mkdir(exist_ok=True)
        os.replace(file.path, target)  # noqa: PTH105 - one call on each system, replacing
        target.chmod(0o400)
        sync_folder(target.parent)
        sync_folder(target.parent.parent)
    return target


def write_atomic(target: Path, write: Callable[[BinaryIO], object] | bytes, *, durable: bool = True) -> None:
    """Writes a file that is whole or absent. Raises OSError (full disk), leaving nothing behind."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as out:
            if isinstance(write, bytes):
                out.write(write)
            else:
                write(out)
            out.flush()
            if durable:
                os.fsync(out.fileno())
        os.replace(temporary, target)  # noqa: PTH105 - as above
        if durable:
            sync_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Flushes a folder's entries, where the system can."""
    with contextlib.suppress(PermissionError):  # Windows opens no folders
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _chunks(data: bytes | Path) -> Iterator[memoryview]:
    if isinstance(data, Path):
        with data.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield memoryview(chunk)
    else:
        view = memoryview(data)
        for start in range(0, len(view), CHUNK):
            yield view[start : start + CHUNK]


def _sweep(folder: Path) -> None:
    """Removes what a process left behind that died while it took a file in."""
    if fcntl is None:
        return
    for file in folder.iterdir():
        with contextlib.suppress(OSError), file.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.unlink()
