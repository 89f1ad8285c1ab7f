"""The review as a pure function: merged pages + events of the ledger -> what the document says now.

Nothing here reads a file, a clock or a database; `load` at the end is the one door to review.load.
How a single decision changes one page stands in review.apply; here is what concerns the document:
which events count (undo and redo), approvals, counts, and the state's hash.

Undo is an event that names the seq it takes back; redo names the seq it brings back. A document's
state is therefore the fold of the *live* events in the order of their seq. Slots are found again by
their place when a later merge gave them other ids, so re-running an engine never loses a decision.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from model.decisions import EDIT_KINDS, HISTORY_KINDS, PAGE_KINDS, REVIEW_KINDS, Event
from model.words import MergedPage, TranscriptPage
from review import blind
from review.apply import PageState
from review.queue import expected_errors, left

if TYPE_CHECKING:
    from storage.project import Project


UNDECIDED = frozenset({"open", "unsure", "contested"})


@dataclass(frozen=True, slots=True)
class History:
    """One person's stacks: seqs that an undo takes back next (last first out) and that a redo brings back."""

    undo: tuple[int, ...] = ()
    redo: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """What was done and what is left, in slots."""

    slots: int = 0
    flagged: int = 0
    """Slots that were shown as doubtful, decided or not."""
    left: int = 0
    decided: int = 0
    corrected: int = 0
    unsure: int = 0
    contested: int = 0
    expected_errors: float = 0.0
    """Sum of the risks of the slots that nobody decided on."""


@dataclass(frozen=True, slots=True)
class DocumentReview:
    """A document after all live decisions."""

    pages: tuple[TranscriptPage, ...]
    document_approved: bool = False
    counts: Counts = Counts()
    page_counts: Mapping[int, Counts] = field(default_factory=dict)
    histories: Mapping[str, History] = field(default_factory=dict)
    head: int = 0
    """Seq of the last event that was folded, 0 for none."""

    def page(self, number: int) -> TranscriptPage | None:
        """The page of that number (from 1), or None where nothing has been read yet."""
        return next((p for p in self.pages if p.page == number), None)

    def can_undo(self, actor: str) -> int | None:
        """Seq of the actor's last live decision, or None."""
        stack = self.histories.get(actor, History()).undo
        return stack[-1] if stack else None

    def can_redo(self, actor: str) -> int | None:
        """Seq of the decision that the actor took back last, or None."""
        stack = self.histories.get(actor, History()).redo
        return stack[-1] if stack else None

    @property
    def text(self) -> str:
        return "\n\n".join(page.text for page in self.pages)

    @property
    def state_hash(self) -> str:
        """SHA-256 over everything that decisions can change; equal states have equal hashes."""
        state = {"approved": self.document_approved, "pages": [_page_state(p) for p in self.pages]}
        return hashlib.sha256(json.dumps(state, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def fold(pages: Sequence[MergedPage], events: Sequence[Event]) -> DocumentReview:
    """The document's review state. Pure: same arguments, equal result; nothing is changed in place.

    Events on pages that have not been merged (yet) wait: they are applied once the page is there.
    """
    states = {page.page: fold_page(page, events) for page in pages}
    return compose_review(list(states.values()), events)


def fold_page(page: MergedPage, events: Sequence[Event], viewer: str | None = None) -> PageState:
    """One page with the live events on it applied, in the order of their seq.

    In blind entry (review.blind) it is the page as `viewer` may see it, None for the document as a whole.
    """
    standing = live(events)
    if blind.entry_mode(events) == "blind":
        return blind.view(page, events, standing, viewer)
    state = PageState.of(page)
    for event in standing:
        if event.page == page.page and event.kind in EDIT_KINDS | PAGE_KINDS:
            state.apply(event)
    return state


def compose_review(states: Sequence[PageState], events: Sequence[Event]) -> DocumentReview:
    """The review of a document whose pages have been folded already."""
    ordered = sorted(states, key=lambda s: s.page)
    pages = tuple(state.transcript() for state in ordered)
    per_page = {page.page: count(page) for page in pages}
    return DocumentReview(
        pages,
        document_approved(events),
        total(per_page.values()),
        per_page,
        histories(events),
        max((e.seq for e in events), default=0),
    )


def live(events: Iterable[Event]) -> list[Event]:
    """The review events that stand: not undone, or undone and brought back, ordered by seq."""
    ordered = sorted(events, key=lambda e: e.seq)
    dead = undone(ordered)
    return [e for e in ordered if e.kind in REVIEW_KINDS and e.seq not in dead]


def undone(events: Iterable[Event]) -> set[int]:
    """Seqs that the last undo or redo naming them took back."""
    dead: set[int] = set()
    for event in events:
        if event.kind == "undo":
            dead.add(_target(event))
        elif event.kind == "redo":
            dead.discard(_target(event))
    return dead


def histories(events: Iterable[Event]) -> dict[str, History]:
    """Per person the stacks of what can be undone and redone; a new decision empties the redo stack."""
    undo: dict[str, list[int]] = {}
    redo: dict[str, list[int]] = {}
    owner: dict[int, str] = {}
    for event in sorted(events, key=lambda e: e.seq):
        if event.kind in REVIEW_KINDS:
            owner[event.seq] = event.actor
            undo.setdefault(event.actor, []).append(event.seq)
            redo[event.actor] = []
        elif event.kind in HISTORY_KINDS and _target(event) in owner:
            seq, actor = _target(event), owner[_target(event)]
            source, target = (undo, redo) if event.kind == "undo" else (redo, undo)
            if seq in source.get(actor, []):
                source[actor].remove(seq)
                target.setdefault(actor, []).append(seq)
    return {a: History(tuple(undo.get(a, ())), tuple(redo.get(a, ()))) for a in {*undo, *redo}}


def document_approved(events: Iterable[Event]) -> bool:
    """Approved, and neither reopened nor changed by somebody else since."""
    approved_by: str | None = None
    for event in live(events):
        if event.kind == "approve_document":
            approved_by = event.actor
        elif event.kind in {"reopen_document", "reopen_page"} or (
            event.kind in EDIT_KINDS and event.actor != approved_by
        ):
            approved_by = None
    return approved_by is not None


def count(page: TranscriptPage) -> Counts:
    decided = [s for s in page.slots if s.status not in UNDECIDED]
    return Counts(
        slots=len(page.slots),
        flagged=sum(1 for s in page.slots if s.status != "open") + left(page),
        left=left(page),
        decided=len(decided),
        corrected=sum(1 for s in decided if s.status in {"corrected", "inserted"}),
        unsure=sum(1 for s in page.slots if s.status == "unsure"),
        contested=sum(1 for s in page.slots if s.status == "contested"),
        expected_errors=expected_errors(page),
    )


def total(counts: Iterable[Counts]) -> Counts:
    items = list(counts)
    return Counts(
        sum(c.slots for c in items),
        sum(c.flagged for c in items),
        sum(c.left for c in items),
        sum(c.decided for c in items),
        sum(c.corrected for c in items),
        sum(c.unsure for c in items),
        sum(c.contested for c in items),
        sum(c.expected_errors for c in items),
    )


def load(project: Project, document_id: str) -> DocumentReview:
    """The stored document's review: its readings merged (cached) and its ledger folded."""
    from review.load import load as load_stored

    return load_stored(project, document_id)


def _target(event: Event) -> int:
    target = event.payload.get("target")
    return target if isinstance(target, int) else -1


def _page_state(page: TranscriptPage) -> list[object]:
    slots = [
        [s.id, s.text, s.status, s.box.rounded(), s.redact_box.rounded(), s.line, s.order, s.decided_by]
        for s in page.slots
    ]
    return [page.page, page.approved, slots]
