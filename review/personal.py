"""Which words stand in or beside a possible personal datum: those are looked at before all others.

A misread name is the one that no recogniser finds and no redaction covers. Who finds personal data is not
the review's business (import directions): the application gives a finder at its start (`use`), and without
one no word goes ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from model.geometry import Box
from model.words import TranscriptPage

if TYPE_CHECKING:
    from storage.project import Project

Finder = Callable[["Project", str], Mapping[int, Sequence[Box]]]
"""(project, document) -> by page the boxes of possible personal data, in pixels of the page image."""
INSIDE: Final = 0.3
"""Share of a word's box that must lie in a found box to count as a part of it."""
_NOBODY: Final[Mapping[int, Sequence[Box]]] = {}

_finder: list[Finder] = []


def use(finder: Finder | None) -> None:
    """Sets the application's finder; None for none."""
    _finder[:] = [] if finder is None else [finder]


def places(project: Project, document_id: str) -> Mapping[int, Sequence[Box]]:
    """By page the boxes of possible personal data that are known now; nothing is searched here."""
    return _finder[0](project, document_id) if _finder else _NOBODY


def near(page: TranscriptPage, boxes: Sequence[Box]) -> frozenset[str]:
    """Ids of the words that share ink with one of the boxes, and of their neighbours on the same line."""
    if not boxes:
        return frozenset()
    found: set[str] = set()
    slots = page.slots
    for index, slot in enumerate(slots):
        if not any(_shares(slot.box, box) for box in boxes):
            continue
        for other in slots[max(index - 1, 0) : index + 2]:
            if other.line == slot.line:
                found.add(other.id)
    return frozenset(found)


def _shares(word: Box, box: Box) -> bool:
    shared = word.intersection(box)
    return shared is not None and shared.area >= INSIDE * min(word.area, box.area)
