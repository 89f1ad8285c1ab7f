"""The people of a project and how they share its documents: what the page Team and the commands show."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from model.errors import UsageError
from review import agreement, live, sharing
from review.policy import policy
from storage import documents, leases, people
from storage.leases import Lease

if TYPE_CHECKING:
    from model.policy import Entry
    from storage.project import Project

NOBODY: Final = "nobody"


@dataclass(frozen=True, slots=True)
class Shared:
    """How a document is shared: to whom it is assigned, how it is entered, who has which of its pages now."""

    document: str
    name: str
    assigned: str | None
    entry: Entry
    leases: tuple[Lease, ...]
    take_overs: int
    agreement: agreement.Agreement | None
    """Of the pages that both have handed in; None for single entry."""


def shared(project: Project) -> list[Shared]:
    """Every document, the newest first."""
    found = []
    for document in documents.find(project):
        state = live.document(project, document.id)
        events = state.events()
        blind = state.is_blind
        found.append(
            Shared(
                document.id,
                document.name,
                state.assigned,
                "blind" if blind else "single",
                () if blind else tuple(leases.held(project, document.id).values()),
                sum(e.kind == "take_over" for e in events),
                agreement.of_document(state) if blind else None,
            )
        )
    return found


def assign(project: Project, document_id: str, person: str, actor: str) -> None:
    """Assigns a document; "nobody" takes the assignment back. Raises UsageError for an unknown person.

    Where nobody has a role (no sign-in is used) any name may be given.
    """
    to = None if person.strip() in ("", NOBODY) else person.strip()
    known = people.everybody(project)
    if to is not None and known and to not in known:
        raise UsageError(f"{to} has no role in this project. Give one first.")
    sharing.assign(project, document_id, to, actor)


def set_entry(project: Project, document_id: str, mode: str, actor: str) -> None:
    """Single or blind entry of a document. Raises UsageError for another word, Conflict once it has begun."""
    if mode not in ("single", "blind"):
        raise UsageError("A document is entered 'single' or 'blind'.")
    state = live.document(project, document_id)
    if state.is_blind != (mode == "blind"):
        state.set_entry(mode, actor, f"e{secrets.token_hex(12)}")


def begin(project: Project, document_id: str, actor: str) -> None:
    """What the project's rules ask for where a document has just been added."""
    if policy(project).entry == "blind":
        state = live.document(project, document_id)
        if not any(e.kind == "set_entry" for e in state.events()):
            set_entry(project, document_id, "blind", actor)
