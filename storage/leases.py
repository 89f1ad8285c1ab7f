"""Who works on which page right now: leases of 15 minutes, so that two people do not do the same work.

A lease never decides whether a decision is stored: the ledger does that, and two decisions on one word
are both kept. It only keeps people apart. Times are seconds of the system's clock; a lease that would
last longer than a fresh one (the clock was set back) has ended.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from storage.project import Project

SECONDS: Final = 15 * 60.0
SLACK: Final = 60.0
"""By so much may the clocks of two processes differ."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A page held by a person until a time (seconds since the epoch)."""

    document: str
    page: int
    person: str
    until: float


def held(project: Project, document: str, *, at: float | None = None) -> dict[int, Lease]:
    """The document's leases that have not ended, by page."""
    at = time.time() if at is None else at
    rows = project.db.conn.execute(
        "SELECT page, person, until FROM leases WHERE document = ? AND until > ? AND until <= ?",
        (document, at, at + SECONDS + SLACK),
    )
    return {int(page): Lease(document, int(page), person, until) for page, person, until in rows}


def take(
    project: Project, document: str, page: int, person: str, *, at: float | None = None, over: bool = False
) -> tuple[Lease, Lease | None]:
    """The page's lease after asking for it, and the one that was taken over (with `over`), or None.

    Somebody else's lease stays theirs unless `over`; one's own is renewed.
    """
    at = time.time() if at is None else at
    with project.writing() as db:
        before = held(project, document, at=at).get(page)
        if before is not None and before.person != person and not over:
            return before, None
        db.conn.execute(
            "INSERT INTO leases (document, page, person, until) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (document, page) DO UPDATE SET person = excluded.person, until = excluded.until",
            (document, page, person, at + SECONDS),
        )
    lease = Lease(document, page, person, at + SECONDS)
    return lease, before if before is not None and before.person != person else None


def take_first(
    project: Project, pages: Sequence[tuple[str, int]], person: str, *, at: float | None = None
) -> Lease | None:
    """Leases the first (document, page) that nobody else holds, in one transaction; None if all are held."""
    at = time.time() if at is None else at
    known: dict[str, dict[int, Lease]] = {}
    with project.writing():
        for document, page in pages:
            if document not in known:
                known[document] = held(project, document, at=at)
            lease = known[document].get(page)
            if lease is None or lease.person == person:
                return take(project, document, page, person, at=at)[0]
    return None


def release(project: Project, document: str, page: int, person: str) -> None:
    """Gives a page back; somebody else's lease stays."""
    with project.writing() as db:
        db.conn.execute(
            "DELETE FROM leases WHERE document = ? AND page = ? AND person = ?", (document, page, person)
        )
