"""What a person may decide: their role, four eyes, blind entry, the target that approval waits for.

Checked by review.live under the document's lock, before a decision is stored; what does not hold raises
NotAllowed in one sentence. Pure functions over events and values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from model.decisions import DOCUMENT_KINDS, EDIT_KINDS, Event
from model.errors import NotAllowed
from model.policy import Policy, Role, role_at_least
from review.blind import PageEntries

WORK: Final = EDIT_KINDS - {"unsure"}
"""What makes a page one's own work: whoever only marked a word as unsure may still approve it."""

Certified = Callable[[], str | None]
"""Why the document's residual error does not meet the target yet, or None where it does."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who decides, and their role here."""

    name: str
    role: Role | None = "administrator"


def may_read(person: Person) -> None:
    """Raises NotAllowed for somebody without a role."""
    if not role_at_least(person.role, "reviewer"):
        raise NotAllowed("You have no role in this project. Ask an administrator for one.")


def may_decide(
    kind: str,
    page: int | None,
    person: Person,
    policy: Policy,
    live: Sequence[Event],
    entry: PageEntries | None,
    contested: int = 0,
    certified: Certified | None = None,
) -> None:
    """Raises NotAllowed unless the person may make a decision of this kind now.

    `entry`: who enters the page, where the document is entered blindly. `contested`: unsettled differences
    on the page, or in the document for a document's approval.
    """
    may_read(person)
    if kind in DOCUMENT_KINDS and not role_at_least(person.role, "approver"):
        raise NotAllowed("Only an approver can approve a document or open it again.")
    if entry is not None and page is not None:
        _blind(kind, person, entry)
    elif kind == "submit_page":
        raise NotAllowed("Pages of this document are approved, not handed in.")
    if kind in {"approve_page", "approve_document"}:
        if contested:
            words = "A word is" if contested == 1 else f"{contested} words are"
            raise NotAllowed(f"{words} decided in two ways. Settle that before approving.")
        if policy.four_eyes and worked_on(live, person.name, page):
            raise NotAllowed("Four eyes: you decided on words here yourself, so somebody else approves it.")
    if kind == "approve_document" and certified is not None and (why := certified()) is not None:
        raise NotAllowed(why)


def worked_on(live: Iterable[Event], person: str, page: int | None) -> bool:
    """Whether a standing decision of theirs changed a word of the page (None: of the document)."""
    return any(e.kind in WORK and e.actor == person and page in (None, e.page) for e in live)


def _blind(kind: str, person: Person, entry: PageEntries) -> None:
    mine, done = person.name in entry.people, person.name in entry.handed_in
    if entry.complete:
        if mine:
            raise NotAllowed("You entered this page yourself. A third person settles the differences.")
        if not role_at_least(person.role, "approver"):
            raise NotAllowed("Only an approver settles the differences of two entries.")
        if kind == "submit_page":
            raise NotAllowed("Both entries of this page are handed in already.")
        return
    if kind in {"approve_page", "reopen_page"}:
        raise NotAllowed("Two people enter this page first, and both hand it in.")
    if not mine and len(entry.people) == 2:
        raise NotAllowed("Two people enter this page already.")
    if done:
        raise NotAllowed("You have handed in this page. Undo that to go on with it.")
