"""Characters to slots: the map that says of what pixels a found entity is made.

A View is a text made of a page's slots (or of one engine's words) that knows for each of its characters
where it came from; a hit in the text becomes a PlacedHit: parts of slots. How hits on the same slots are
united is in uniting.py, how parts of slots become boxes in slotboxes.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from model.findings import SlotSpan, TextFinding
from model.geometry import Box
from model.words import Reading, TranscriptPage, TranscriptSlot, Word, unspaced
from redaction.slotboxes import cells, share

WIDE_GAP: Final = 2.0
"""A gap between words of more than this many line heights is a gap between columns or table cells."""

_DECIDED: Final = frozenset({"accepted", "corrected", "inserted"})


@dataclass(frozen=True, slots=True)
class PlacedHit:
    """A hit as parts of slots. `boxes` is set where its ink has no slot at all."""

    type: str
    spans: tuple[SlotSpan, ...]
    text: str
    score: float
    recogniser: str
    explanation: str = ""
    boxes: tuple[Box, ...] = ()


Origin = tuple[int, int]
"""Index of a slot or word in its list, and the character in its text."""


@dataclass(frozen=True)
class View:
    """A text with the origin of each character (None for joints)."""

    page: TranscriptPage
    text: str
    origins: tuple[Origin | None, ...]
    words: tuple[Word, ...] | None = None
    """The engine's words the origins point into; None where they point into the page's slots."""

    @cached_property
    def places(self) -> tuple[tuple[TranscriptSlot, Box], ...]:
        """The page's slots with their boxes."""
        return tuple((s, s.box) for s in self.page.slots)

    def place(self, hit: TextFinding) -> PlacedHit | None:
        """The hit on slots; None where it holds no character or people decided its slots."""
        parts: dict[int, tuple[int, int]] = {}
        for origin in self.origins[hit.start : hit.end]:
            if origin is not None:
                low, high = parts.get(origin[0], (origin[1], origin[1]))
                parts[origin[0]] = (min(low, origin[1]), max(high, origin[1]))
        if not parts:
            return None
        if self.words is None:
            return self._on_slots(hit, parts)
        return self._on_words(hit, parts, self.words)

    def _on_slots(self, hit: TextFinding, parts: dict[int, tuple[int, int]]) -> PlacedHit:
        spans = []
        indices = list(parts)
        for position, index in enumerate(indices):
            slot = self.page.slots[index]
            low, high = parts[index]
            # The hyphen of a word broken at the line's end stands in no view's text.
            if position + 1 < len(indices) and re.fullmatch(r"[\-‐­¬=~]?", slot.text[high + 1 :]):
                high = len(slot.text) - 1
            spans.append(SlotSpan(slot.id, low, high + 1))
        text = text_of(self.page, spans)
        return PlacedHit(hit.type, tuple(spans), text, hit.score, hit.recogniser, hit.explanation)

    def _on_words(
        self, hit: TextFinding, parts: dict[int, tuple[int, int]], words: Sequence[Word]
    ) -> PlacedHit | None:
        spans: dict[str, SlotSpan] = {}
        free: list[Box] = []
        decided = True
        for index, (low, high) in parts.items():
            word = words[index]
            part = cells(word.text, word.quad, word.vertical, low, high + 1, 0.0)
            area = part.bounds
            found = False
            for slot, own in self.places:
                if own.x1 <= area.x0 or area.x1 <= own.x0 or own.y1 <= area.y0 or area.y1 <= own.y0:
                    continue
                span = share(slot, area)
                if span is None:
                    continue
                found = True
                decided = decided and slot.status in _DECIDED
                before = spans.get(slot.id)
                if before is not None:
                    span = SlotSpan(slot.id, min(before.start, span.start), max(before.end, span.end))
                spans[slot.id] = span
            if not found:
                decided = False
                free.append(area.expanded(3.0).clipped(self.page.width, self.page.height))
        if decided:
            return None
        ordered = tuple(spans[s.id] for s in self.page.slots if s.id in spans)
        return PlacedHit(
            hit.type,
            ordered,
            self.text[hit.start : hit.end],
            hit.score,
            hit.recogniser,
            hit.explanation,
            tuple(free),
        )


def transcript_view(page: TranscriptPage) -> View:
    """The slots in reading order."""
    return _view(page, [i for i, s in enumerate(page.slots) if s.text], lambda i: page.slots[i].line)


def row_view(page: TranscriptPage) -> View | None:
    """The slots row by row over the whole width, so that a label finds its value; None if nothing changes."""
    indices = [i for i, s in enumerate(page.slots) if s.text]
    if not indices or any(page.slots[i].vertical for i in indices):
        return None
    lines: dict[int, list[int]] = {}
    for i in indices:
        lines.setdefault(page.slots[i].line, []).append(i)
    fragments = list(lines.values())
    rows = _rows([Box.union_of(page.slots[i].box for i in members) for members in fragments])
    if all(len(row) == 1 for row in rows):
        return None
    row_of = {i: row for row, members in enumerate(rows) for k in members for i in fragments[k]}
    ordered = [i for members in rows for k in members for i in fragments[k]]
    return _view(page, ordered, lambda i: row_of[i])


def reading_view(page: TranscriptPage, reading: Reading) -> View | None:
    """One engine's words in its own order; None for an engine that places nothing."""
    if not reading.words:
        return None
    words = reading.words
    text, origins = _compose(
        [(w.text, w.line, w.box, w.vertical) for w in words], [i for i, w in enumerate(words) if w.text]
    )
    return View(page, text, origins, words)


def _view(page: TranscriptPage, order: Sequence[int], line_of: Callable[[int], int]) -> View:
    items = [(s.text, line_of(i) if s.text else 0, s.box, s.vertical) for i, s in enumerate(page.slots)]
    text, origins = _compose(items, order)
    return View(page, text, origins)


_HYPHENS = ("-", "‐", "\u00ad", "¬")


def _compose(
    items: Sequence[tuple[str, int, Box, bool]], order: Sequence[int]
) -> tuple[str, tuple[Origin | None, ...]]:
    """Joins texts as model.words.compose does, with three spaces where columns part and words mended
    that a hyphen breaks at a line's end.
    """
    characters: list[str] = []
    origins: list[Origin | None] = []
    for n, index in enumerate(order):
        text, line, box, vertical = items[index]
        if n:
            before_text, before_line, before_box, _ = items[order[n - 1]]
            if before_line != line:
                if (
                    before_text.endswith(_HYPHENS)
                    and len(before_text) > 2
                    and before_text[-2].isalpha()
                    and text[0].islower()
                ):
                    characters.pop()
                    origins.pop()
                    joint = ""
                else:
                    joint = "\n"
            elif not vertical and box.x0 - before_box.x1 > WIDE_GAP * min(box.height, before_box.height):
                joint = "   "
            elif unspaced(before_text[-1]) and unspaced(text[0]):
                joint = ""
            else:
                joint = " "
            characters.extend(joint)
            origins.extend([None] * len(joint))
        characters.extend(text)
        origins.extend((index, k) for k in range(len(text)))
    return "".join(characters), tuple(origins)


def _rows(boxes: Sequence[Box]) -> list[list[int]]:
    """Indices of the lines' boxes grouped to rows: side by side, more than half of a height shared."""
    rows: list[list[int]] = []
    for k in sorted(range(len(boxes)), key=lambda k: boxes[k].centre[1]):
        box = boxes[k]
        for row in reversed(rows[-3:]):
            if all(_beside(boxes[other], box) for other in row):
                row.append(k)
                break
        else:
            rows.append([k])
    return [sorted(members, key=lambda k: boxes[k].x0) for members in rows]


def _beside(a: Box, b: Box) -> bool:
    shared = min(a.y1, b.y1) - max(a.y0, b.y0)
    apart = a.x1 <= b.x0 or b.x1 <= a.x0
    return apart and shared > 0.5 * min(a.height, b.height)


def text_of(page: TranscriptPage, spans: Iterable[SlotSpan]) -> str:
    """The parts' text, joined as the transcript joins words."""
    by_id = {s.id: s for s in page.slots}
    out = ""
    for span in spans:
        part = by_id[span.slot].text[span.start : span.end] if span.slot in by_id else ""
        if not part:
            continue
        if out and not (unspaced(out[-1]) and unspaced(part[0])):
            if out.endswith(_HYPHENS) and part[0].islower():
                out = out[:-1]
            else:
                out += " "
        out += part
    return out
