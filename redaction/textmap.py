"""Characters to slots to boxes: the map that decides which pixels a found entity owns.

A View is a text made of a page's slots (or of one engine's words) that knows for each of its characters
where it came from; a hit in the text becomes a PlacedHit: parts of slots. `boxes` turns parts of slots
into boxes in pixels of the page image: glyph-proportional cells along the slot's direction, widened by a
margin, inside `redact_box`; the whole `redact_box` where nothing but punctuation would be left; several
small boxes in place of one where the slot is tilted, so that the lines above and below stay whole.

What holds for every page (tests/redaction_detect/test_textmap.py): each character of each placed hit
lies under a box. Where in doubt the box is the larger one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from model.findings import SlotSpan, TextFinding
from model.geometry import Box, Quad
from model.words import Reading, TranscriptPage, TranscriptSlot, Word, unspaced

MARGIN: Final = 0.5
"""How far a box goes beyond a character cut out of a word, in mean characters of that word: the letters
of handwriting and of proportional print stand up to half a letter off their cells."""

WIDE_GAP: Final = 2.0
"""A gap between words of more than this many line heights is a gap between columns or table cells."""

MODELS: Final = ("spacy:", "clinical:", "gliner:", "llm:")
"""How the names of the opt-in models begin (recognisers.models)."""
ALSO: Final = "also found by "
"""Before a model's name, in the explanation of what it found beside others; its parts are joined by "; "."""
_ALSO_MODELS: Final = tuple(f"{ALSO}{kind}" for kind in MODELS)

_DECIDED: Final = frozenset({"accepted", "corrected", "inserted"})
_NARROW = frozenset("iljtfrI1.,:;'’|!()[]/ ")
_BROAD = frozenset("mwMWOQD@%&")


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
            part = _cells(word.text, word.quad, word.vertical, low, high + 1, 0.0)
            area = part.bounds
            found = False
            for slot, own in self.places:
                if own.x1 <= area.x0 or area.x1 <= own.x0 or own.y1 <= area.y0 or area.y1 <= own.y0:
                    continue
                span = _share(slot, area)
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


# -- views ----------------------------------------------------------------------------------------


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


# -- uniting on slots -----------------------------------------------------------------------------


def unite(page: TranscriptPage, hits: Iterable[PlacedHit]) -> list[PlacedHit]:
    """Hits that share characters of a slot become one: all their parts, the best one's type."""
    order = {s.id: i for i, s in enumerate(page.slots)}
    length = {s.id: len(s.text) for s in page.slots}
    groups: dict[int, list[PlacedHit]] = {}
    by_slot: dict[str, set[int]] = {}
    for number, hit in enumerate(hits):
        # Only hits of the same slots can share a character; those without a slot are looked at all.
        slots = [s.slot for s in hit.spans] or [""]
        near = sorted({g for slot in slots for g in by_slot.get(slot, ())})
        joined = [g for g in near if any(_overlap(hit, other) for other in groups[g])]
        groups[number] = [h for g in joined for h in groups.pop(g)] + [hit]
        for slot in dict.fromkeys(s.slot for h in groups[number] for s in h.spans) or [""]:
            by_slot[slot] = by_slot.get(slot, set()).difference(joined) | {number}
    united = []
    for group in groups.values():
        spans: dict[str, SlotSpan] = {}
        for hit in group:
            for span in hit.spans:
                old = spans.get(span.slot)
                if old is not None:
                    span = SlotSpan(span.slot, min(old.start, span.start), max(old.end, span.end))
                spans[span.slot] = span
        covered = {s: (v.end - v.start) or 1 for s, v in spans.items()}
        total = sum(covered.values()) or 1
        best = max(group, key=lambda h: h.score + 0.25 * sum((s.end - s.start) or 1 for s in h.spans) / total)
        ordered = tuple(
            SlotSpan(v.slot, v.start, min(v.end, length.get(v.slot, v.end)))
            for v in sorted(spans.values(), key=lambda v: order.get(v.slot, 0))
        )
        free = tuple(dict.fromkeys(b for h in group for b in h.boxes))
        score = max(h.score for h in group if h.type == best.type)
        text, why = text_of(page, ordered) or best.text, explained(best, group)
        united.append(replace(best, spans=ordered, boxes=free, score=score, text=text, explanation=why))
    return sorted(united, key=lambda h: order.get(h.spans[0].slot, 0) if h.spans else len(order))


def explained(best: PlacedHit | TextFinding, group: Sequence[PlacedHit | TextFinding]) -> str:
    """Why the best of several hits at a place is there, and which models found it as well."""
    own = best.explanation.split("; ")
    also = {f"{ALSO}{h.recogniser}" for h in group if h.recogniser.startswith(MODELS)}
    also |= {said for h in group for said in h.explanation.split("; ") if said.startswith(_ALSO_MODELS)}
    more = sorted(also - {f"{ALSO}{best.recogniser}", *own})
    return "; ".join(filter(None, [best.explanation, *more]))


def _overlap(a: PlacedHit, b: PlacedHit) -> bool:
    own = {s.slot: s for s in a.spans}
    for span in b.spans:
        other = own.get(span.slot)
        if other is not None and (
            (span.start < other.end and other.start < span.end)
            or span.start == span.end
            or other.start == other.end
        ):
            return True
    if not a.spans and not b.spans:
        return any(x.iou(y) > 0.3 for x in a.boxes for y in b.boxes)
    return False


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


# -- boxes ----------------------------------------------------------------------------------------


def boxes(page: TranscriptPage, spans: Iterable[SlotSpan]) -> tuple[Box, ...]:
    """Boxes in pixels of the page image that cover the parts' characters, see the module's docstring."""
    by_id = {s.id: s for s in page.slots}
    found: list[Box] = []
    for span in spans:
        slot = by_id.get(span.slot)
        if slot is not None:
            found.extend(slot_boxes(slot, span.start, span.end))
    return tuple(b.clipped(page.width, page.height) for b in found)


def slot_boxes(slot: TranscriptSlot, start: int, end: int) -> list[Box]:
    """Boxes over the characters [start, end) of one slot; the whole slot where it has no text."""
    text = slot.text
    rest = text[: max(start, 0)] + text[end:]
    whole = not text or start >= end or not any(c.isalnum() for c in rest)
    if not whole and len(rest.strip()) <= 1:
        # A single letter left over is more likely a cell that is off than a word of its own.
        whole = rest.strip().lower() in {"s"} or len(text) <= 3
    if whole:
        return _untilted(slot.quad, slot.redact_box)
    part = _cells(text, slot.quad, slot.vertical, start, end, MARGIN)
    limits = slot.redact_box.union(slot.box)
    found = []
    for piece in _untilted(part, _padded(part.bounds, slot)):
        box = piece.intersection(limits)
        found.append(box if box is not None else piece)
    return _to_edges(slot, found, start, end)


def _padded(bounds: Box, slot: TranscriptSlot) -> Box:
    """Bounds of a part, grown across the text by as much as redact_box goes beyond the slot."""
    outer, inner = slot.redact_box, slot.box
    if slot.vertical or _sideways(slot.quad):
        return Box(min(bounds.x0, bounds.x0 - (inner.x0 - outer.x0)), bounds.y0,
                   max(bounds.x1, bounds.x1 + outer.x1 - inner.x1), bounds.y1)  # fmt: skip
    return Box(bounds.x0, min(bounds.y0, bounds.y0 - (inner.y0 - outer.y0)),
               bounds.x1, max(bounds.y1, bounds.y1 + outer.y1 - inner.y1))  # fmt: skip


def _sideways(quad: Quad) -> bool:
    return 45.0 < abs(quad.angle) % 180.0 < 135.0


def _to_edges(slot: TranscriptSlot, found: list[Box], start: int, end: int) -> list[Box]:
    """A part that begins or ends the word goes to the edge of redact_box on that side."""
    if not found or slot.vertical or abs(slot.quad.angle) > 30.0:
        return found
    text, outer = slot.text, slot.redact_box
    if not any(c.isalnum() for c in text[:start]):
        first = min(range(len(found)), key=lambda i: found[i].x0)
        b = found[first]
        found[first] = Box(min(b.x0, outer.x0), b.y0, b.x1, b.y1)
    if not any(c.isalnum() for c in text[end:]):
        last = max(range(len(found)), key=lambda i: found[i].x1)
        b = found[last]
        found[last] = Box(b.x0, b.y0, max(b.x1, outer.x1), b.y1)
    return found


def _untilted(quad: Quad, cover: Box) -> list[Box]:
    """`cover`, or where the quad is tilted and long, smaller boxes along it that cover the quad.

    A box around a word of ten letters at five degrees takes in half of the lines above and below. Pieces
    are as long as makes each rise by at most a third of the text's height.
    """
    (x0, y0), (x1, y1), (_x2, _y2), (x3, y3) = quad.points
    length = math.hypot(x1 - x0, y1 - y0)
    height = math.hypot(x3 - x0, y3 - y0)
    rise = min(abs(x1 - x0), abs(y1 - y0))
    if height <= 0 or length <= height or rise <= 0.4 * height:
        return [cover]
    pieces = min(64, math.ceil(rise / (0.33 * height)))
    bounds = quad.bounds
    beyond = (bounds.x0 - cover.x0, bounds.y0 - cover.y0, cover.x1 - bounds.x1, cover.y1 - bounds.y1)
    pad = max(0.0, min(max(beyond), 0.25 * height))
    found = []
    for n in range(pieces):
        part = _slice(quad, n / pieces, (n + 1) / pieces)
        found.append(part.bounds.expanded(pad))
    return found


def _slice(quad: Quad, low: float, high: float) -> Quad:
    """The part of a quad between two fractions of its length."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad.points

    def upper(t: float) -> tuple[float, float]:
        return ax + (bx - ax) * t, ay + (by - ay) * t

    def lower(t: float) -> tuple[float, float]:
        return dx + (cx - dx) * t, dy + (cy - dy) * t

    return Quad((upper(low), upper(high), lower(high), lower(low)))


def _down(quad: Quad, low: float, high: float) -> Quad:
    """The part of a quad of vertical text between two fractions of its height."""
    a, b, c, d = quad.points
    part = _slice(Quad((a, d, c, b)), low, high)
    p, q, r, s = part.points
    return Quad((p, s, r, q))


def _cells(text: str, quad: Quad, vertical: bool, start: int, end: int, margin: float) -> Quad:
    """The part of a word's quad over its characters [start, end), wide enough for two kinds of letters.

    Print is proportional, typewriters and forms are not, and hands are in between: the part reaches from
    the earlier to the later of what proportional and equal cells say, and a margin beyond.
    """
    weights = [_weight(c) for c in text] or [1.0]
    total = sum(weights)
    spare = margin * total / len(weights)
    count = max(len(text), 1)
    low = max(0.0, min(sum(weights[:start]) / total, start / count) - spare / total)
    high = min(1.0, max(sum(weights[:end]) / total, end / count) + spare / total)
    if vertical and not _sideways(quad):
        return _down(quad, low, high)
    return _slice(quad, low, high)


def _weight(character: str) -> float:
    """Relative width of a glyph. Between print and hand; the margin takes up the rest."""
    if unspaced(character):
        return 1.8
    if character in _NARROW:
        return 0.55
    return 1.4 if character in _BROAD else 1.0


def _within(own: Box, area: Box, shared: Box) -> bool:
    """True where a box lies in the other over its whole width and more than 0.3 of its height."""
    return area.x0 <= own.x0 and own.x1 <= area.x1 and shared.height > 0.3 * own.height


def _share(slot: TranscriptSlot, area: Box) -> SlotSpan | None:
    """The characters of a slot that lie in a box, grown to whole runs of letters or digits."""
    own = slot.box
    shared = own.intersection(area)
    if shared is None:
        return None
    across = (shared.height / max(min(own.height, area.height), 1e-6)) if not slot.vertical else (
        shared.width / max(min(own.width, area.width), 1e-6)
    )  # fmt: skip
    along = (shared.width / max(min(own.width, area.width), 1e-6)) if not slot.vertical else (
        shared.height / max(min(own.height, area.height), 1e-6)
    )  # fmt: skip
    if across < 0.4 or along < 0.2:
        return None
    if not slot.text:
        return SlotSpan(slot.id, 0, 0)
    touched: list[int] = []
    inside = not slot.vertical and _within(own, area, shared)
    if inside:
        touched = [0, len(slot.text) - 1]
    for k in range(0 if inside else len(slot.text)):
        cell = _cells(slot.text, slot.quad, slot.vertical, k, k + 1, 0.0).bounds
        common = cell.intersection(area)
        if common is not None and common.area > 0.3 * cell.area:
            touched.append(k)
    if not touched:
        return None
    start, end = touched[0], touched[-1] + 1
    while start > 0 and slot.text[start].isalnum() and slot.text[start - 1].isalnum():
        start -= 1
    while end < len(slot.text) and slot.text[end - 1].isalnum() and slot.text[end].isalnum():
        end += 1
    # The comma after a name is not part of it; a bracket before a number is.
    while end - start > 1 and slot.text[end - 1] in ",;:.":
        end -= 1
    return SlotSpan(slot.id, start, end)
