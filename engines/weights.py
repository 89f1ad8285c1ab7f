"""Weights on this machine: the folder that an administrator named, and what is in it, as one digest.

    [engines.easyocr]                    INKVEIL_EASYOCR_WEIGHTS
    weights = "/srv/models/easyocr"

The digest (SHA-256 of names, sizes and contents) is part of a reading's settings, so that other weights make
another reading. A file is read for it once a process, and again when its size, time or inode has changed.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from engines.remote import secrets

CHUNK: Final = 1 << 22
_lock = threading.Lock()
_hashes: dict[tuple[str, int, int, int], str] = {}


def named(section: str) -> str:
    """The folder's name as it was given; empty where there is none."""
    return secrets.value(section, "weights")


def absent(section: str, what: str) -> str | None:
    """Why there is no folder of weights, in one line with the remedy; None where there is one with files.

    `what`: the files that belong into it, for the line.
    """
    given = named(section)
    if not given:
        return (
            f"No weights: set INKVEIL_{section.upper()}_WEIGHTS, or weights in [engines.{section}] of "
            f"secrets.toml, to the folder with {what}."
        )
    folder = Path(given).expanduser()
    try:
        if not folder.is_dir():
            return f"Its folder of weights is not there: {given}. It has to hold {what}."
        if not files(folder):
            return f"Its folder of weights is empty: {given}. It has to hold {what}."
    except OSError:
        return f"Its folder of weights cannot be read: {given}."
    return None


def folder(section: str) -> Path:
    """The folder. Only where `absent` says None."""
    return Path(named(section)).expanduser()


def files(place: Path) -> list[Path]:
    """All files of a folder and those in it, sorted; none whose name or folder begins with a dot."""
    return sorted(
        p
        for p in place.rglob("*")
        if not any(part.startswith(".") for part in p.relative_to(place).parts) and p.is_file()
    )


def lacking(place: Path, *names: str) -> str | None:
    """A line that names the first file or folder that is not below `place`; None where all are."""
    for name in names:
        if not (place / name).exists():
            return f"Its folder of weights lacks {name}: {place}."
    return None


def digest(place: Path, used: Iterable[Path]) -> str:
    """SHA-256 over the names below `place`, the sizes and the contents of the files used. Raises OSError."""
    whole = hashlib.sha256()
    for path in sorted(set(used)):
        name = path.relative_to(place).as_posix() if path.is_relative_to(place) else path.name
        whole.update(f"{name}\0{path.stat().st_size}\0{_content(path)}\n".encode())
    return whole.hexdigest()


def _content(path: Path) -> str:
    stat = path.stat()
    key = (str(path), stat.st_ino, stat.st_mtime_ns, stat.st_size)
    with _lock:  # two engines that share a file read it once
        if key not in _hashes:
            found = hashlib.sha256()
            with path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    found.update(chunk)
            _hashes[key] = found.hexdigest()
        return _hashes[key]
