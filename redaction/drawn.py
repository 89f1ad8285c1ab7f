"""Boxes drawn by hand: what a person changed about them, and where they show through on the other side."""

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


def mirrored(box: Box, page: tuple[float, float], other: tuple[float, float]) -> Box:
    """Where writing under a box shows through on the other side of the leaf: left and right change places.

    `page` and `other`: width and height of the two page images in pixels; the result is of the other one.
    """
    across, down = other[0] / page[0], other[1] / page[1]
    return Box(
        (page[0] - box.x1) * across, box.y0 * down, (page[0] - box.x0) * across, box.y1 * down
    ).clipped(*other)


def other_side(number: int, pages: int) -> int | None:
    """The page on the other side of a leaf, where leaves are scanned in order: 1 and 2, 3 and 4 ..."""
    side = number + 1 if number % 2 else number - 1
    return side if 1 <= side <= pages else None
