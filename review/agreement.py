"""How far two people who entered a document blindly agree: the share, and Cohen's kappa beyond chance.

Counted over the words that both decided on, on pages that both have handed in: before that, nothing here
may tell one what the other typed. Kappa (Cohen, 1960) is taken over the texts, each text a category.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from review import blind
from review.apply import SAME
from review.session import live as standing

if TYPE_CHECKING:
    from model.words import TranscriptPage, TranscriptSlot
    from review.live import LiveDocument


@dataclass(frozen=True, slots=True)
class Agreement:
    """Over `words` decided by both; `kappa` None where there are none or only one category."""

    pages: int
    words: int
    agreed: int
    kappa: float | None
    people: tuple[tuple[str, str], ...]

    @property
    def share(self) -> float | None:
        return self.agreed / self.words if self.words else None


def of_document(document: LiveDocument) -> Agreement:
    """The agreement on the document's pages that both people have handed in."""
    events = document.events()
    live = standing(events)
    pairs: list[tuple[str, str]] = []
    pages, people = 0, set[tuple[str, str]]()
    for number in document.sizes():
        entry = blind.entries(events, live, number)
        if not entry.complete:
            continue
        pages += 1
        people.add((entry.people[0], entry.people[1]))
        merged = document.page(number)
        if merged is None:
            continue
        one, two = (blind.entered(merged[1], live, who) for who in entry.people)
        pairs += decided_by_both(one, two)
    agreed = sum(a == b for a, b in pairs)
    return Agreement(pages, len(pairs), agreed, kappa(pairs), tuple(sorted(people)))


def decided_by_both(one: TranscriptPage, two: TranscriptPage) -> list[tuple[str, str]]:
    """The two texts of every word on which both decided; a word that one of them took away is ""."""
    found = []
    others = list(two.slots)
    for slot in one.slots:
        match = max(others, key=lambda s: s.box.iou(slot.box), default=None)
        there = match is not None and match.box.iou(slot.box) >= SAME
        if slot.status == "open":
            continue
        if match is None or not there:
            found.append((slot.text, ""))
        elif match.status != "open":
            found.append((slot.text, match.text))
    lone = [s for s in two.slots if s.status != "open" and not _beside(s, one.slots)]
    return found + [("", slot.text) for slot in lone]


def kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa of two raters' labels; None without pairs or where both used one label only."""
    from sklearn.metrics import cohen_kappa_score

    if not pairs or len({label for pair in pairs for label in pair}) < 2:
        return None
    return float(cohen_kappa_score([a for a, _ in pairs], [b for _, b in pairs]))


def _beside(slot: TranscriptSlot, others: Sequence[TranscriptSlot]) -> bool:
    return any(other.box.iou(slot.box) >= SAME for other in others)
