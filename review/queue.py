"""What a reviewer is shown, and in which order.

A slot is *flagged* when nobody has decided on it and its risk reaches THRESHOLD (GHOST for ink without a
word); from HIGH on it is marked as probably wrong. Specks far below the page's letter size, paper texture
and dust, are never flagged: they stay slots, so that they can be found and redacted. Within a page the
workbench goes in three passes, first the words that are probably wrong, then the doubtful ones, at last
stray strokes, each pass in reading order: the eye crosses the page instead of jumping for every word, and
the worst still come first (`bands`). A switch there gives plain reading order. The document's queue is by
risk, stray strokes last.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
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
SPECK: Final = 0.5
"""Ink smaller than this share of the page's letter size, both ways, is dust."""
STROKE: Final = 0.5
"""Ink thinner than this share of the letter size one way is a stroke: a rule, a fold, the rim of a stamp."""

Mark = Literal["", "medium", "high", "ghost"]


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A slot that wants a person."""

    page: int
    slot: TranscriptSlot
    mark: Mark
    unsure: bool
    """Somebody looked and could not tell; a second pair of eyes."""


def letter_size(slots: Iterable[TranscriptSlot]) -> float:
    """The usual height of a word in px, the median over slots with two letters or digits; 0 without any."""
    sizes = [_sides(s)[1 if s.vertical else 0] for s in slots if sum(map(str.isalnum, s.text)) >= 2]
    return statistics.median(sizes) if sizes else 0.0


def mark(slot: TranscriptSlot, letter: float = 0.0) -> Mark:
    """How an undecided slot is marked: ghost, high, medium, or not at all. `letter` as of `letter_size`."""
    if speck(slot, letter):
        return ""
    if slot.ghost:
        return "ghost" if slot.risk >= GHOST else ""
    if slot.risk >= HIGH:
        return "high"
    return "medium" if slot.risk >= THRESHOLD else ""


def speck(slot: TranscriptSlot, letter: float) -> bool:
    """Whether a slot is far smaller than a letter of this page and no engine is sure of a letter or digit."""
    return not _lettered(slot) and max(_sides(slot)) < SPECK * letter


def rank(slot: TranscriptSlot, letter: float = 0.0) -> int:
    """The pass in which the workbench comes by: 0 probably wrong, 1 doubtful, 2 a stray stroke."""
    if letter and not _lettered(slot) and min(_sides(slot)) < STROKE * letter:
        return 2
    return 0 if slot.risk >= HIGH else 1


def flagged(slot: TranscriptSlot, letter: float = 0.0) -> bool:
    """True for a slot that nobody has decided on and that is a ghost or doubtful."""
    return slot.status == "open" and mark(slot, letter) != ""


def left(page: TranscriptPage) -> int:
    """Words left to look at; none on an approved page."""
    letter = letter_size(page.slots)
    return 0 if page.approved else sum(1 for slot in page.slots if flagged(slot, letter))


def expected_errors(page: TranscriptPage) -> float:
    """Sum of the risks of the slots without a decision: how many are expected to be wrong."""
    return sum(slot.risk for slot in page.slots if slot.status == "open")


def bands(page: TranscriptPage) -> list[TranscriptSlot]:
    """A page's flagged slots in the workbench's order: probably wrong, then doubtful, then strokes."""
    letter = letter_size(page.slots)
    slots = [slot for slot in page.slots if flagged(slot, letter)]
    return sorted(slots, key=lambda s: rank(s, letter))


def queue(review: DocumentReview) -> list[QueueItem]:
    """Everything in the document that wants a person: riskiest first, strokes after words, unsure last."""
    found = []
    for page in review.pages:
        letter = letter_size(page.slots)
        for slot in () if page.approved else page.slots:
            if flagged(slot, letter) or slot.status == "unsure":
                item = QueueItem(page.page, slot, mark(slot, letter), slot.status == "unsure")
                found.append((item.unsure, rank(slot, letter) == 2, -slot.risk, page.page, slot.order, item))
    return [row[-1] for row in sorted(found, key=lambda row: row[:-1])]


def _lettered(slot: TranscriptSlot) -> bool:
    """Whether the chosen text has a letter or digit: then size says nothing (footnote signs, small print)."""
    return any(map(str.isalnum, slot.text))


def _sides(slot: TranscriptSlot) -> tuple[float, float]:
    """Height and width along the slot's own axes, in px."""
    (x0, y0), (x1, y1), _, (x3, y3) = slot.quad.points
    return math.hypot(x3 - x0, y3 - y0), math.hypot(x1 - x0, y1 - y0)
