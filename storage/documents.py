"""Documents of a project: taken in once, kept as they came, never overwritten."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from model.decisions import Decision
from model.errors import UsageError
from storage import blobs, ledger
from storage.limits import DEFAULT, Limits, check_bytes
from storage.project import Project, now
from storage.schema import Database
from storage.sources import PageInfo, Source, open_source

ID_LENGTH: Final = 16
LONGEST_NAME: Final = 200
COLUMNS: Final = "id, sha256, name, media_type, size, pages, added_at, added_by"


@dataclass(frozen=True, slots=True)
class Document:
    """A stored file."""

    id: str
    sha256: str
    name: str
    media_type: str
    size: int
    pages: int
    languages: tuple[str, ...]
    """ISO 639-1 codes, and "ja-vert"; empty until somebody has chosen."""
    added_at: str
    added_by: str
    duplicate: bool = False
    """Set by `add` where the same bytes were there already."""


def add(
    project: Project,
    data: bytes | Path,
    name: str,
    *,
    actor: str = "local",
    password: str | None = None,
    languages: Sequence[str] | None = None,
    limits: Limits = DEFAULT,
) -> Document:
    """Takes a file in: whole and listed when this returns, or not at all.

    The same bytes twice give the document that is there, with `duplicate` set. Raises Unreadable,
    PasswordNeeded, OverLimit or StorageFailed.
    """
    name = clean_name(name)
    check_bytes(_size(data, name), name, limits)
    with blobs.incoming(project, data) as file:
        known = _by_sha256(project, file.sha256)
        if known is not None:
            return replace(known, duplicate=True)
        with open_source(file.path, name, password=password, limits=limits, sha256=file.sha256) as source:
            media_type, pages = source.media_type, source.pages
            encrypted = bool(getattr(source, "encrypted", False))
        blobs.keep(project, file)
        with project.writing() as db:
            known = _by_sha256(project, file.sha256)
            if known is not None:  # another process was quicker
                return replace(known, duplicate=True)
            document_id = _new_id(db, file.sha256)
            document = Document(
                document_id, file.sha256, name, media_type, file.size, len(pages),
                tuple(languages or ()), now(), actor,
            )  # fmt: skip
            _insert(db, document, pages, password if encrypted else None)
            if languages:
                set_languages(project, document_id, languages, actor=actor)
            event = {"sha256": file.sha256, "name": name, "pages": len(pages)}
            ledger.append(project, document_id, Decision("added", None, event, actor, f"added:{file.sha256}"))
    return document


def get(project: Project, document_id: str) -> Document:
    """Raises UsageError where the project has no such document."""
    row = project.db.conn.execute(f"SELECT {COLUMNS} FROM documents WHERE id = ?", (document_id,)).fetchone()
    if row is None:
        raise UsageError(f"There is no document {document_id} in this project. `inkveil list` shows them.")
    return _document(project, row)


def find(project: Project) -> list[Document]:
    """All documents, newest first."""
    rows = project.db.conn.execute(f"SELECT {COLUMNS} FROM documents ORDER BY added_at DESC, rowid DESC")
    return [_document(project, row) for row in rows.fetchall()]


def source(project: Project, document_id: str, *, limits: Limits = DEFAULT) -> Source:
    """The document's file, open. Its pages come from the database, so opening is quick."""
    document = get(project, document_id)
    return open_source(
        blobs.path(project, document.sha256),
        document.name,
        password=password(project, document_id),
        limits=replace(
            limits, bytes=max(limits.bytes, document.size), pages=max(limits.pages, document.pages)
        ),
        sha256=document.sha256,
        pages=page_infos(project, document_id),
    )


def data(project: Project, document_id: str) -> bytes:
    """The file as it came. Raises StorageFailed where it was changed on the disk."""
    return blobs.read(project, get(project, document_id).sha256)


def page_infos(project: Project, document_id: str) -> tuple[PageInfo, ...]:
    """The pages' geometry as it was found when the document came."""
    rows = project.db.conn.execute(
        "SELECT number, width_pt, height_pt, dpi, width, height, has_text FROM pages "
        "WHERE document = ? ORDER BY number",
        (document_id,),
    )
    return tuple(PageInfo(n, w, h, dpi, px, py, bool(text)) for n, w, h, dpi, px, py, text in rows)


def password(project: Project, document_id: str) -> str | None:
    """The password that opened the document, kept for the worker and the export."""
    row = project.db.conn.execute("SELECT password FROM documents WHERE id = ?", (document_id,)).fetchone()
    return None if row is None else row[0]


def set_languages(
    project: Project, document_id: str, languages: Sequence[str], *, actor: str = "local"
) -> None:
    """Chooses the document's languages; earlier choices stay in the history."""
    with project.writing() as db:
        db.conn.execute(
            "INSERT INTO languages (document, languages, actor, at) VALUES (?, ?, ?, ?)",
            (document_id, json.dumps(list(languages)), actor, now()),
        )


def clean_name(name: str) -> str:
    """A name that is safe to show and save under: a path's last part, without control characters."""
    name = name.encode("utf-8", "replace").decode("utf-8")
    name = unicodedata.normalize("NFC", name)
    name = "".join(c for c in name if unicodedata.category(c) not in {"Cc", "Cf", "Zl", "Zp"})
    name = re.split(r"[/\\]", name.rstrip("/\\"))[-1].strip().lstrip(".").strip()
    if len(name) > LONGEST_NAME:
        stem, dot, suffix = name.rpartition(".")
        keep = LONGEST_NAME - len(suffix) - 1 if dot and len(suffix) <= 10 else LONGEST_NAME
        name = f"{stem[:keep]}.{suffix}" if keep < LONGEST_NAME else name[:LONGEST_NAME]
    return name or "document"


def _size(data: bytes | Path, name: str) -> int:
    if not isinstance(data, Path):
        return len(data)
    try:
        if not data.is_file():
            raise UsageError(f"{name} is no file.", file=name)
        return data.stat().st_size
    except OSError as error:
        raise UsageError(f"{name} can't be read: {error.strerror}.", file=name) from error


def _new_id(db: Database, sha256: str) -> str:
    """The digest's beginning; all of it in the case that never happens by chance."""
    taken = db.conn.execute("SELECT 1 FROM documents WHERE id = ?", (sha256[:ID_LENGTH],)).fetchone()
    return sha256 if taken else sha256[:ID_LENGTH]


def _insert(db: Database, document: Document, pages: Sequence[PageInfo], secret: str | None) -> None:
    db.conn.execute(
        f"INSERT INTO documents ({COLUMNS}, password) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            document.id, document.sha256, document.name, document.media_type, document.size,
            document.pages, document.added_at, document.added_by, secret,
        ),
    )  # fmt: skip
    db.conn.executemany(
        "INSERT INTO pages (document, number, width_pt, height_pt, dpi, width, height, has_text) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (document.id, p.number, p.width_pt, p.height_pt, p.dpi, p.width, p.height, int(p.has_text))
            for p in pages
        ),
    )


def languages_by(project: Project, document_id: str) -> str:
    """Who chose the document's languages last; "" where nobody did."""
    row = project.db.conn.execute(
        "SELECT actor FROM languages WHERE document = ? ORDER BY id DESC LIMIT 1", (document_id,)
    ).fetchone()
    return str(row[0]) if row else ""


def _by_sha256(project: Project, sha256: str) -> Document | None:
    row = project.db.conn.execute(f"SELECT {COLUMNS} FROM documents WHERE sha256 = ?", (sha256,)).fetchone()
    return None if row is None else _document(project, row)


def _document(project: Project, row: Sequence[Any]) -> Document:
    chosen = project.db.conn.execute(
        "SELECT languages FROM languages WHERE document = ? ORDER BY id DESC LIMIT 1", (row[0],)
    ).fetchone()
    languages = tuple(json.loads(chosen[0])) if chosen else ()
    return Document(row[0], row[1], row[2], row[3], row[4], row[5], languages, row[6], row[7])


def titles(project: Project) -> Mapping[str, str]:
    """Each document's name by its id."""
    return dict(project.db.conn.execute("SELECT id, name FROM documents").fetchall())
