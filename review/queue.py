"""What a reviewer is shown, and in which order.

A slot is *flagged* when two people decided differently on it, or nobody has and its risk reaches THRESHOLD
(GHOST for ink without a word); from HIGH on it is marked as probably wrong. Specks far below the page's
letter size, paper texture and dust, are never flagged: they stay slots, so that they can be found and
redacted. The workbench goes in passes (PASSES): first what two people disagree on and words in or beside a
possible personal datum, then the words that are probably wrong, the doubtful ones, at last stray strokes;
each pass in reading order, so that the eye crosses the page instead of jumping for every word, and the worst
still come first. A switch there gives plain reading order, another the whole document or project instead of
the page. `queue` is the document's list strictly by risk.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Set
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

PASSES: Final = 4
"""0 contested, or in or beside a possible personal datum; 1 probably wrong; 2 doubtful; 3 a stray stroke."""

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
    if slot.status == "contested":
        return "high"
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


def rank(slot: TranscriptSlot, letter: float = 0.0, personal: bool = False) -> int:
    """The pass in which the workbench comes by, one of PASSES: `personal` as of review.personal."""
    if slot.status == "contested":
        return 0
    if letter and not _lettered(slot) and min(_sides(slot)) < STROKE * letter:
        return 3  # also beside a name: a speck between two lines is no word
    if personal:
        return 0
    return 1 if slot.risk >= HIGH else 2


def flagged(slot: TranscriptSlot, letter: float = 0.0) -> bool:
    """True for a slot that nobody has decided on (or two differently) and that is a ghost or doubtful."""
    return slot.status in ("open", "contested") and mark(slot, letter) != ""


def left(page: TranscriptPage) -> int:
    """Words left to look at; none on an approved page."""
    letter = letter_size(page.slots)
    return 0 if page.approved else sum(1 for slot in page.slots if flagged(slot, letter))


def expected_errors(page: TranscriptPage) -> float:
    """Sum of the risks of the slots without a decision: how many are expected to be wrong."""
    return sum(slot.risk for slot in page.slots if slot.status in ("open", "contested"))


def bands(page: TranscriptPage, personal: Set[str] = frozenset()) -> list[TranscriptSlot]:
    """A page's flagged slots in the workbench's order: by PASSES, each in reading order."""
    letter = letter_size(page.slots)
    slots = [slot for slot in page.slots if flagged(slot, letter)]
    return sorted(slots, key=lambda s: rank(s, letter, s.id in personal))


def passes(page: TranscriptPage, personal: Set[str] = frozenset()) -> list[int]:
    """How many flagged slots each of the PASSES has; none on an approved page."""
    found = [0] * PASSES
    if not page.approved:
        letter = letter_size(page.slots)
        for slot in page.slots:
            if flagged(slot, letter):
                found[rank(slot, letter, slot.id in personal)] += 1
    return found


def queue(review: DocumentReview, personal: Mapping[int, Set[str]] | None = None) -> list[QueueItem]:
    """Everything in the document that wants a person: riskiest first, ghosts included.

    Words in or beside a possible personal datum (`personal`: ids of slots by page) go ahead of the others,
    strokes after them, unsure ones last.
    """
    found = []
    for page in review.pages:
        letter = letter_size(page.slots)
        for slot in () if page.approved else page.slots:
            if flagged(slot, letter) or slot.status == "unsure":
                item = QueueItem(page.page, slot, mark(slot, letter), slot.status == "unsure")
                near = slot.id in (personal or {}).get(page.page, ())
                stroke = rank(slot, letter, near) == 3
                found.append((item.unsure, stroke, not near, -slot.risk, page.page, slot.order, item))
    return [row[-1] for row in sorted(found, key=lambda row: row[:-1])]


def _lettered(slot: TranscriptSlot) -> bool:
    """Whether the chosen text has a letter or digit: then size says nothing (footnote signs, small print)."""
    return any(map(str.isalnum, slot.text))


def _sides(slot: TranscriptSlot) -> tuple[float, float]:
    """Height and width along the slot's own axes, in px."""
    (x0, y0), (x1, y1), _, (x3, y3) = slot.quad.points
    return math.hypot(x3 - x0, y3 - y0), math.hypot(x1 - x0, y1 - y0)
