"""What engines said about pages, where they failed, how pages were prepared. Rows are added, never changed.

What is still to be read, and who reads it, is in storage.work; `progress` is offered here as well.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from model.files import reading_from_json, reading_to_json
from model.geometry import Transform
from model.words import Failure, Reading
from storage.project import Project, now
from storage.work import Progress, progress

__all__ = [
    "Progress", "add", "add_failure", "failures", "ids", "of_page", "preparation", "preparation_steps",
    "progress", "set_preparation",
]  # fmt: skip

RAW_LIMIT: Final = 4 << 20
"""An engine's raw answer is kept up to this many bytes of JSON."""


def add(project: Project, document_id: str, page: int, reading: Reading) -> int:
    """Stores a reading (pixels of the page image); returns its id. Earlier ones of the engine stay."""
    body = zlib.compress(json.dumps(reading_to_json(reading), ensure_ascii=False).encode(), 6)
    raw = _raw(reading.raw)
    with project.writing() as db:
        cursor = db.conn.execute(
            "INSERT INTO readings (document, page, engine, version, image_sha256, seconds, cost, at, "
            "body, raw, fingerprint) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                document_id, page, reading.engine, reading.version, reading.image_sha256, reading.seconds,
                reading.cost, now(), body, raw, reading.fingerprint,
            ),
        )  # fmt: skip
        return int(cursor.lastrowid or 0)


def of_page(project: Project, document_id: str, page: int) -> list[Reading]:
    """The newest reading of each engine, in the order of the engines' names."""
    rows = project.db.conn.execute(
        "SELECT body, raw FROM readings WHERE id IN "
        "(SELECT max(id) FROM readings WHERE document = ? AND page = ? GROUP BY engine) ORDER BY engine",
        (document_id, page),
    )
    return [_reading(body, raw) for body, raw in rows]


def ids(project: Project, document_id: str, page: int | None = None) -> dict[int, tuple[int, ...]]:
    """Page -> ids of the readings and the preparation that `of_page` would use: a key for what is derived."""
    where, values = ("AND page = ?", (document_id, page)) if page else ("", (document_id,))
    result: dict[int, tuple[int, ...]] = {}
    for number, newest in project.db.conn.execute(
        f"SELECT page, max(id) FROM readings WHERE document = ? {where} "
        "GROUP BY page, engine ORDER BY engine",
        values,
    ):
        result[number] = (*result.get(number, ()), newest)
    for number, newest in project.db.conn.execute(
        f"SELECT page, max(id) FROM preparations WHERE document = ? {where} GROUP BY page", values
    ):
        result[number] = (*result.get(number, ()), -newest)
    return result


def add_failure(project: Project, document_id: str, failure: Failure) -> None:
    """Stores that an engine gave no reading of `failure.page`."""
    with project.writing() as db:
        db.conn.execute(
            "INSERT INTO failures (document, page, engine, kind, message, at) VALUES (?, ?, ?, ?, ?, ?)",
            (document_id, failure.page, failure.engine, failure.kind, failure.message, now()),
        )


def failures(project: Project, document_id: str, page: int | None = None) -> list[Failure]:
    """The newest failure of each page and engine, unless a later reading made up for it."""
    where, values = ("AND f.page = ?", (document_id, page)) if page else ("", (document_id,))
    rows = project.db.conn.execute(
        "SELECT f.engine, f.kind, f.message, f.page FROM failures f WHERE f.id IN "
        "(SELECT max(id) FROM failures WHERE document = f.document GROUP BY page, engine) "
        f"AND f.document = ? {where} AND NOT EXISTS (SELECT 1 FROM readings r WHERE r.document = f.document "
        "AND r.page = f.page AND r.engine = f.engine AND r.at >= f.at) ORDER BY f.page, f.engine",
        values,
    )
    return [Failure(engine, kind, message, number) for engine, kind, message, number in rows]


def set_preparation(
    project: Project,
    document_id: str,
    page: int,
    transform: Transform,
    steps: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Records how the page was prepared: the transform prepared -> image, and each step with its measure."""
    with project.writing() as db:
        db.conn.execute(
            "INSERT INTO preparations (document, page, transform, steps, at) VALUES (?, ?, ?, ?, ?)",
            (document_id, page, json.dumps(transform.to_json()), json.dumps([dict(s) for s in steps]), now()),
        )


def preparation(project: Project, document_id: str, page: int) -> Transform | None:
    """The newest transform prepared -> image, or None where the page was not prepared."""
    row = _preparation(project, document_id, page)
    return None if row is None else Transform.from_json(json.loads(row[0]))


def preparation_steps(project: Project, document_id: str, page: int) -> list[dict[str, Any]]:
    """The steps that belong to `preparation`."""
    row = _preparation(project, document_id, page)
    return [] if row is None else list(json.loads(row[1]))


def _preparation(project: Project, document_id: str, page: int) -> tuple[str, str] | None:
    row: tuple[str, str] | None = project.db.conn.execute(
        "SELECT transform, steps FROM preparations WHERE document = ? AND page = ? ORDER BY id DESC LIMIT 1",
        (document_id, page),
    ).fetchone()
    return row


def _raw(value: Any) -> bytes | None:
    if value is None:
        return None
    try:
        text = json.dumps(value, ensure_ascii=False).encode()
    except (TypeError, ValueError):
        return None
    return zlib.compress(text, 6) if len(text) <= RAW_LIMIT else None


def _reading(body: bytes, raw: bytes | None) -> Reading:
    reading = reading_from_json(json.loads(zlib.decompress(body)))
    return reading if raw is None else replace(reading, raw=json.loads(zlib.decompress(raw)))
