"""What a person changed about the boxes drawn on a page: added, moved or resized, taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from model.geometry import Box


@dataclass(frozen=True, slots=True)
class Changes:
    """What the canvas shows and the ledger does not; boxes in pixels of the page image."""

    added: list[Box]
    moved: dict[str, tuple[Box, Box]]
    """Id -> (now, before)."""
    removed: list[str]

    def __len__(self) -> int:
        return len(self.added) + len(self.moved) + len(self.removed)


def changes_of(
    shown: Sequence[tuple[str, Box]], stored: Mapping[str, tuple[str, Box]], slack: float
) -> Changes:
    """What differs. `shown`: label and box; `stored`: label -> id and box.

    The first box of a label is the stored one; sides that differ by at most `slack` px have not moved.
    """
    left = dict(stored)
    added, moved = [], {}
    for name, box in shown:
        if box.width <= 2 or box.height <= 2:
            continue
        if name not in left:
            added.append(box)
            continue
        number, before = left.pop(name)
        if max(abs(a - b) for a, b in zip(box.as_list(), before.as_list(), strict=True)) > slack:
            moved[number] = (box, before)
    return Changes(added, moved, [number for number, _ in left.values()])
