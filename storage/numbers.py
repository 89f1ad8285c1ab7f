"""Numbers that are given once and never again: Bates page numbers and pseudonyms.

Both are reserved in one write transaction, so two exports at the same time never share one. The
pseudonyms' key (which number is whom) is this table alone: no export, report or log holds it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from model.errors import UsageError
from storage.project import Project, now

_BATES: Final = re.compile(r"^(?P<prefix>(?:.{0,23}[^0-9])?)(?P<digits>[0-9]{1,10})$")
_PREFIX: Final = re.compile(r"^[\w .#/-]*$")


@dataclass(frozen=True, slots=True)
class Bates:
    """How pages are numbered: `prefix`, then a number of at least `digits` digits, from `first` on."""

    prefix: str
    first: int
    digits: int

    @classmethod
    def of(cls, text: str) -> Bates:
        """From the first number as people write it, "ABC-000001". Raises UsageError for anything else."""
        found = _BATES.match(text.strip())
        if not found or not _PREFIX.match(found["prefix"]) or int(found["digits"]) < 1:
            raise UsageError(
                "A Bates number is up to 24 letters, digits, spaces or - _ . # / and ends in its number, "
                "such as ABC-000001."
            )
        return cls(found["prefix"], int(found["digits"]), len(found["digits"]))

    def label(self, number: int) -> str:
        return f"{self.prefix}{number:0{self.digits}d}"


def reserve(project: Project, document: str, version: str, bates: Bates, pages: int, actor: str) -> list[str]:
    """The numbers of a document's pages in a version: the same as last time, else the next free ones."""
    with project.writing() as db:
        row = db.conn.execute(
            "SELECT first FROM bates WHERE prefix = ? AND version = ? AND document = ? AND pages = ? "
            "AND first >= ? ORDER BY first LIMIT 1",
            (bates.prefix, version, document, pages, bates.first),
        ).fetchone()
        if row is not None:
            first = int(row[0])
        else:
            last = db.conn.execute(
                "SELECT max(first + pages) FROM bates WHERE prefix = ?", (bates.prefix,)
            ).fetchone()[0]
            first = max(int(last or 0), bates.first)
            db.conn.execute(
                "INSERT INTO bates (prefix, first, pages, version, document, actor, at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (bates.prefix, first, pages, version, document, actor, now()),
            )
    return [bates.label(first + index) for index in range(pages)]


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """One row of the key: [PERSON 1] is `text`, first met in `document`."""

    kind: str
    identity: str
    number: int
    text: str
    document: str
    at: str


def pseudonyms(
    project: Project, document: str, people: Sequence[tuple[str, str, str]]
) -> dict[tuple[str, str], int]:
    """The number of each (kind, identity, text), given on where it is new, in the order of the argument.

    The same person or value has one number in all documents of the project.
    """
    known: dict[tuple[str, str], int] = {}
    with project.writing() as db:
        for kind, identity, text in people:
            if (kind, identity) in known:
                continue
            row = db.conn.execute(
                "SELECT number FROM pseudonyms WHERE kind = ? AND identity = ?", (kind, identity)
            ).fetchone()
            if row is None:
                row = db.conn.execute(
                    "SELECT coalesce(max(number), 0) + 1 FROM pseudonyms WHERE kind = ?", (kind,)
                ).fetchone()
                db.conn.execute(
                    "INSERT INTO pseudonyms (kind, identity, number, text, document, at) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    (kind, identity, int(row[0]), text, document, now()),
                )
            known[kind, identity] = int(row[0])
    return known


def key(project: Project) -> list[Pseudonym]:
    """The whole key, by kind and number."""
    rows = project.db.conn.execute(
        "SELECT kind, identity, number, text, document, at FROM pseudonyms ORDER BY kind, number"
    )
    return [Pseudonym(*row) for row in rows]
