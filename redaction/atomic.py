"""Writes a file whole or not at all, so that it survives a power cut."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from model.errors import StorageFailed


def write_atomically(path: Path, data: bytes) -> None:
    """The file with all of its bytes, or the file as it was before. Raises StorageFailed."""
    path = Path(path)
    temporary: Path | None = None
    try:
        handle, made = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent)
        temporary = Path(made)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
        temporary = None
        _sync_folder(path.parent)
    except OSError as error:
        raise StorageFailed(
            f"{path.name} could not be written ({error.strerror or type(error).__name__}). "
            "Nothing half-written is left; free some space or choose another folder and try again.",
            file=path.name,
        ) from None
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """Makes the new name itself survive a power cut, where the system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
