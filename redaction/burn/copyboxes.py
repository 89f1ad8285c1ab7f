"""Where on a page the copies of a secret stand that no box covers: further boxes around them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from model.geometry import Box
from redaction.burn.given import part_of
from redaction.burn.layer import LIGATURES, LayerWord
from redaction.burn.order import find_in_any_order, find_over_edges
from redaction.burn.overlap import corners, meeting, under
from redaction.burn.progress import Job
from redaction.burn.seen import Char, SeenWord


def copies_on(
    words: Sequence[SeenWord], layer: Sequence[LayerWord], boxes: Sequence[Box], job: Job, number: int
) -> list[Box]:
    """Boxes around every copy of a secret that the given boxes do not cover; noted in the job."""
    area = corners(boxes)
    out = [
        place
        for place in job.again.get(number, ())
        if all(box.expanded(0.5).intersection(place) != place for box in boxes)
    ]
    if not job.secrets:
        job.copies.extend((number, box) for box in out)
        return out
    over = find_over_edges(words, job.behind, job.ahead.get(number, ()), job.secrets)
    for copy in chain(find_in_any_order(words, job.secrets), over):
        lines: dict[int, list[tuple[float, float, float, float]]] = {}
        for index, first, end in copy:
            word = words[index]
            chars = word.chars[_char_at(word.chars, first) : _char_at(word.chars, end)]
            if word.state == "hidden":
                continue
            close = meeting(word.ink, area)
            stay = [
                _cell(c, word) for c in chars if not close or not under(c.box, close, sideways=word.sideways)
            ]
            lines.setdefault(word.line, []).extend(stay)
        parts = [Box.union_of(Box(*cell) for cell in cells) for cells in lines.values() if cells]
        out.extend(box for box in _side_by_side(parts) if box not in out)
    job.behind = list(words)
    for copy in job.secrets.find([w.text for w in layer]):
        for index, first, end in copy:
            part = part_of(layer[index], first, end)
            if not len(area) or not under(tuple(part.as_list()), area):
                out.append(part)
    out = [Box(max(b.x0 - 0.3, 0), max(b.y0 - 0.3, 0), b.x1 + 0.3, b.y1 + 0.3) for b in out]
    job.copies.extend((number, box) for box in out)
    return out


def _side_by_side(boxes: Sequence[Box]) -> list[Box]:
    """Boxes with those united that follow each other in one row, or one column, closer than a space."""
    out: list[Box] = []
    for box in boxes:
        if out:
            last, near = out[-1], 0.6 * min(max(box.height, 1.0), max(box.width, 1.0), 12.0)
            level = min(last.y1, box.y1) - max(last.y0, box.y0) > 0.6 * min(last.height, box.height)
            upright = min(last.x1, box.x1) - max(last.x0, box.x0) > 0.6 * min(last.width, box.width)
            across, down = (
                max(last.x0, box.x0) - min(last.x1, box.x1),
                max(last.y0, box.y0) - min(last.y1, box.y1),
            )
            if (level and across < near) or (upright and down < near / 3 and box.width < 2 * box.height):
                out[-1] = Box.union_of((last, box))
                continue
        out.append(box)
    return out


def _cell(char: Char, word: SeenWord) -> tuple[float, float, float, float]:
    """A letter's ink, as high as every letter of its line where the line is level: shapes tell letters."""
    x0, y0, x1, y1 = char.box
    if word.vertical or abs(word.direction[0]) < 0.999:
        return char.box
    up, down = 0.74 * word.size, 0.21 * word.size
    if word.direction[0] < 0:
        up, down = down, up
    return x0, min(y0, char.y - up), x1, max(y1, char.y + down)


def _char_at(chars: Sequence[Any], position: int) -> int:
    """Index of the Char in which character `position` of the word's text stands."""
    total = 0
    for index, char in enumerate(chars):
        if total >= position:
            return index
        total += len(LIGATURES.get(char.text, char.text))
    return len(chars)
