"""Characters of a slot to boxes in pixels of the page image.

A part of a slot gets glyph-proportional cells along the slot's direction, widened by a margin, inside
`redact_box`; the whole `redact_box` where nothing but punctuation would be left; several small boxes in
place of one where the slot is tilted, so that the lines above and below stay whole.

What holds for every page (tests/redaction_detect/test_textmap.py): each character of each placed hit
lies under a box. Where in doubt the box is the larger one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from model.findings import SlotSpan
from model.geometry import Box, Quad
from model.words import TranscriptPage, TranscriptSlot, unspaced

MARGIN: Final = 0.5
"""How far a box goes beyond a character cut out of a word, in mean characters of that word: the letters
of handwriting and of proportional print stand up to half a letter off their cells."""

_NARROW = frozenset("iljtfrI1.,:;'’|!()[]/ ")

_BROAD = frozenset("mwMWOQD@%&")


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
    part = cells(text, slot.quad, slot.vertical, start, end, MARGIN)
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


def cells(text: str, quad: Quad, vertical: bool, start: int, end: int, margin: float) -> Quad:
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


def share(slot: TranscriptSlot, area: Box) -> SlotSpan | None:
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
        cell = cells(slot.text, slot.quad, slot.vertical, k, k + 1, 0.0).bounds
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
