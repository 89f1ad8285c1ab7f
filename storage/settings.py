"""A project's settings, kept with their history: setting a value adds a row, the newest counts."""

from __future__ import annotations

import json
from typing import Any

from storage.project import Project, now


def get(project: Project, key: str, default: Any = None) -> Any:
    """The newest value of the key, or the default. Values are JSON."""
    row = project.db.conn.execute(
        "SELECT value FROM settings WHERE key = ? ORDER BY id DESC LIMIT 1", (key,)
    ).fetchone()
    return default if row is None else json.loads(row[0])


def set(project: Project, key: str, value: Any, actor: str = "local") -> None:  # noqa: A001 - settings.set
    """Stores a value; the ones before it stay in the history."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    with project.writing() as db:
        db.conn.execute(
            "INSERT INTO settings (key, value, actor, at) VALUES (?, ?, ?, ?)", (key, text, actor, now())
        )


def history(project: Project, key: str) -> list[tuple[Any, str, str]]:
    """Every value the key had, oldest first: (value, actor, at)."""
    rows = project.db.conn.execute("SELECT value, actor, at FROM settings WHERE key = ? ORDER BY id", (key,))
    return [(json.loads(value), actor, at) for value, actor, at in rows]
