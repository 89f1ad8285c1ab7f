"""Forms: the value under its label. A view of a page that pairs each label's cell with the cell below it.

Cells are parts of lines between wide gaps. A label whose value stands to its right is found in the other
views (textmap.py); here is the printed form whose boxes have small labels on top.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model.geometry import Box
from model.words import TranscriptPage
from redaction.recognisers import labels
from redaction.recognisers.base import Passage
from redaction.textmap import WIDE_GAP, Origin, View

REACH = 3.0
"""How far below its label a value may begin, in heights of the label."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Slots (by index) of one line without a wide gap between them."""

    slots: tuple[int, ...]
    box: Box
    label: bool


def view(page: TranscriptPage) -> View | None:
    """Pairs "label: value" a line; None for a page without such cells (most pages)."""
    cells = _cells(page)
    pairs = []
    for cell in cells:
        if cell.label and not _right(cell, cells):
            below = _below(cell, cells)
            if below is not None:
                pairs.append((cell, below))
    if not pairs:
        return None
    text: list[str] = []
    origins: list[Origin | None] = []

    def add(indices: Sequence[int]) -> None:
        for n, index in enumerate(indices):
            if n:
                text.append(" ")
                origins.append(None)
            word = page.slots[index].text
            text.extend(word)
            origins.extend((index, k) for k in range(len(word)))

    for label, value in pairs:
        add(label.slots)
        text.extend(": ")
        origins.extend((None, None))
        add(value.slots)
        text.extend("\n\n\n")
        origins.extend((None, None, None))
    return View(page, "".join(text), tuple(origins))


def _cells(page: TranscriptPage) -> list[Cell]:
    found: list[Cell] = []
    run: list[int] = []
    for index, slot in enumerate(page.slots):
        if not slot.text or slot.vertical:
            continue
        if run:
            last = page.slots[run[-1]]
            gap = slot.box.x0 - last.box.x1
            if last.line != slot.line or gap > WIDE_GAP * min(slot.box.height, last.box.height):
                found.append(_cell(page, run))
                run = []
        run.append(index)
    if run:
        found.append(_cell(page, run))
    return found


def _cell(page: TranscriptPage, run: Sequence[int]) -> Cell:
    text = " ".join(page.slots[i].text for i in run)
    box = Box.union_of(page.slots[i].box for i in run)
    return Cell(tuple(run), box, len(run) <= 6 and labels.is_label(Passage(text)))


def _right(cell: Cell, cells: Sequence[Cell]) -> bool:
    """True where a value stands beside the label, so that what is below is another row."""
    for other in cells:
        shared = min(cell.box.y1, other.box.y1) - max(cell.box.y0, other.box.y0)
        if other.box.x0 >= cell.box.x1 and shared > 0.5 * min(cell.box.height, other.box.height):
            return not other.label
    return False


def _below(cell: Cell, cells: Sequence[Cell]) -> Cell | None:
    """The nearest cell under a label that shares a third of its width or begins where it begins."""
    best: Cell | None = None
    for other in cells:
        distance = other.box.y0 - cell.box.y1
        if other is cell or other.box.centre[1] <= cell.box.y1 or distance > REACH * cell.box.height:
            continue
        shared = min(cell.box.x1, other.box.x1) - max(cell.box.x0, other.box.x0)
        if shared < 0.34 * min(cell.box.width, other.box.width):
            continue
        if best is None or other.box.y0 < best.box.y0:
            best = other
    return None if best is None or best.label else best
