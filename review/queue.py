"""What a reviewer is shown, and in which order.

A slot is *flagged* when nobody has decided on it and its risk reaches THRESHOLD (GHOST for ink without a
word); from HIGH on it is marked as probably wrong. The document's queue is strictly by
risk. Within a page the workbench goes in two passes, first the words that are probably wrong, then
the doubtful ones, each pass in reading order: the eye crosses the page twice instead of jumping for
every word, and the worst still come first (`bands`). A switch there gives plain reading order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from model.words import TranscriptPage, TranscriptSlot

if TYPE_CHECKING:
    from review.session import DocumentReview

THRESHOLD: Final = 0.15
"""Below it a word carries no mark: five in six of the words just under it are right."""
HIGH: Final = 0.5
"""From here on a word is more likely wrong than right."""
GHOST: Final = 0.1
"""Ink without a word is shown earlier: a word that nobody read is the error that nobody finds."""

Mark = Literal["", "medium", "high", "ghost"]


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A slot that wants a person."""

    page: int
    slot: TranscriptSlot
    mark: Mark
    unsure: bool
    """Somebody looked and could not tell; a second pair of eyes."""


def mark(slot: TranscriptSlot) -> Mark:
    """How an undecided slot is marked: ghost, high, medium, or not at all."""
    if slot.ghost:
        return "ghost" if slot.risk >= GHOST else ""
    if slot.risk >= HIGH:
        return "high"
    return "medium" if slot.risk >= THRESHOLD else ""


def flagged(slot: TranscriptSlot) -> bool:
    """True for a slot that nobody has decided on and that is a ghost or doubtful."""
    return slot.status == "open" and mark(slot) != ""


def left(page: TranscriptPage) -> int:
    """Words left to look at; none on an approved page."""
    return 0 if page.approved else sum(1 for slot in page.slots if flagged(slot))


def expected_errors(page: TranscriptPage) -> float:
    """Sum of the risks of the slots without a decision: how many are expected to be wrong."""
    return sum(slot.risk for slot in page.slots if slot.status == "open")


def bands(page: TranscriptPage) -> list[TranscriptSlot]:
    """A page's flagged slots in the workbench's order: probably wrong first, then doubtful."""
    slots = [slot for slot in page.slots if flagged(slot)]
    return sorted(slots, key=lambda s: s.risk < HIGH)


def queue(review: DocumentReview) -> list[QueueItem]:
    """Everything in the document that wants a person, riskiest first, words marked unsure last."""
    items = [
        QueueItem(page.page, slot, mark(slot), slot.status == "unsure")
        for page in review.pages
        if not page.approved
        for slot in page.slots
        if flagged(slot) or slot.status == "unsure"
    ]
    return sorted(items, key=lambda i: (i.unsure, -i.slot.risk, i.page, i.slot.order))
