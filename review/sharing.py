"""How several people share the work: who has which page, and which page is next for whom.

`next_page` hands out work pass by pass (review.queue.PASSES): the first page, from where the person is, that
has words left in the earliest pass, is not held by somebody else, and not assigned to somebody else. It is
leased in the same transaction, so that no two people are sent to the same page. In blind entry pages are not
leased: there two people are meant to enter the same page.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from model.decisions import Decision
from model.errors import UsageError
from model.policy import role_at_least
from review import live
from review.live import LiveDocument
from review.policy import policy
from review.queue import PASSES
from review.rules import Person, may_read
from storage import leases
from storage.leases import Lease

if TYPE_CHECKING:
    from storage.project import Project


def shown(project: Project, document: LiveDocument, person: Person) -> dict[str, Any]:
    """The document's overview for this person, with who else has which page and what they may do."""
    body = document.overview(person.name)
    rules = policy(project)
    others = {} if document.is_blind else leases.held(project, document.id)
    for row in body["pages"]:
        lease = others.get(row["page"])
        if lease is not None and lease.person != person.name:
            row["with"] = {"person": lease.person, "until": lease.until}
    body["may"] = {
        "approve": role_at_least(person.role, "approver"),
        "four_eyes": rules.four_eyes,
    }
    body["me"] = person.name
    return body


def documents(project: Project, person: Person) -> list[dict[str, Any]]:
    """The project's documents, oldest first: what each has left for this person, as far as it is known."""
    rows = project.db.conn.execute("SELECT id FROM documents ORDER BY added_at, id").fetchall()
    found = []
    for (document_id,) in rows:
        body = live.document(project, document_id).overview(person.name, seconds=0.05)
        read = [row for row in body["pages"] if row["read"]]
        found.append(
            {
                "document": body["document"],
                "name": body["name"],
                "pages": body["total"],
                "assigned": body["assigned"],
                "approved": body["approved"],
                "left": sum(row["left"] for row in read),
                "expected": round(sum(row["expected"] for row in read), 2),
                "pending": body["pending"] or len(read) < body["total"],
            }
        )
    return found


def next_page(project: Project, person: Person, wanted: Mapping[str, Any]) -> dict[str, Any] | None:
    """The page to go on with: {document, name, pages, page, pass}, leased; None where nothing is left.

    `wanted`: {"document": where the person is, "page": likewise, "scope": "document" or "project",
    "pass": the first pass that counts}. Raises UsageError for anything else.
    """
    may_read(person)
    here, at = wanted.get("document"), wanted.get("page", 1)
    scope, first = wanted.get("scope", "document"), wanted.get("pass", 0)
    if (
        not isinstance(here, str)
        or scope not in ("document", "project")
        or not all(isinstance(n, int) and not isinstance(n, bool) for n in (at, first))
    ):
        raise UsageError("The request names a document, a page and a scope.")
    ids = [here] if scope == "document" else _turn(project, here, person)
    work = {i: (document := live.document(project, i), document.work(person.name)) for i in ids}
    for number in range(max(first, 0), PASSES):
        pages = [
            (document_id, page)
            for document_id in ids
            for page in _from(work[document_id][1], at if document_id == here else 1)
            if work[document_id][1][page][number]
        ]
        lease = _leased(project, pages, person, {i for i in ids if work[i][0].is_blind})
        if lease is not None:
            document = work[lease.document][0]
            return {
                "document": document.id,
                "name": document.name,
                "pages": document.pages,
                "page": lease.page,
                "pass": number,
            }
    return None


def lease(
    project: Project, document: LiveDocument, page: int, person: Person, wanted: Mapping[str, Any]
) -> dict[str, Any]:
    """Takes, takes over or gives back a page: {"person", "until", "mine"}; person None where nobody has it.

    {"release": true} gives it back; {"take": true} takes it from whoever has it, which the ledger records.
    """
    if not 1 <= page <= document.pages:
        raise UsageError("The document has no such page.")
    if document.is_blind:
        return {"person": None, "until": None, "mine": True}
    if wanted.get("release") is True:
        leases.release(project, document.id, page, person.name)
        return {"person": None, "until": None, "mine": False}
    over = wanted.get("take") is True
    now, before = leases.take(project, document.id, page, person.name, over=over)
    if before is not None:
        payload = {"from": before.person, "until": before.until}
        document.record(Decision("take_over", page, payload, person.name, f"t{secrets.token_hex(12)}"))
    return {"person": now.person, "until": now.until, "mine": now.person == person.name}


def assign(project: Project, document_id: str, to: str | None, actor: str) -> None:
    """Assigns a document to a person, or to nobody. What is so already is not recorded again."""
    document = live.document(project, document_id)
    document.events()
    if document.assigned != to:
        document.record(Decision("assign", None, {"to": to}, actor, f"a{secrets.token_hex(12)}"))


def _turn(project: Project, here: str, person: Person) -> list[str]:
    """Documents in the order in which this person takes them: where they are, theirs, then nobody's."""
    rows = project.db.conn.execute("SELECT id FROM documents ORDER BY added_at, id").fetchall()
    found: list[tuple[int, str]] = []
    for (document_id,) in rows:
        document = live.document(project, document_id)
        document.events()
        if document.id == here or document.assigned in (None, person.name):
            found.append((0 if document.id == here else 1 if document.assigned else 2, document.id))
    return [document_id for _, document_id in sorted(found, key=lambda row: row[0])]


def _from(work: Mapping[int, object], at: int) -> list[int]:
    """Page numbers from `at` on, round the corner."""
    return sorted(work, key=lambda n: (n < at, n))


def _leased(project: Project, pages: list[tuple[str, int]], person: Person, blind: set[str]) -> Lease | None:
    if pages and pages[0][0] in blind:
        return Lease(*pages[0], person.name, 0.0)
    free = [row for row in pages if row[0] not in blind]
    return leases.take_first(project, free, person.name) if free else None
