"""One page under decisions: how each kind of event changes its slots.

PageState is a working copy that only a fold holds; what leaves it is an immutable TranscriptPage.
Which events count (undo, redo) is review.session's business.

A decision finds its slot by id where the place agrees, else by place alone: the slot with the largest
intersection over union, or all undecided slots that lie inside the decided box. Where a later merge
has nothing at the place, the decided word is put there; where it has joined the word with others, the
word is put beside the larger slot, which stays flagged until decisions cover most of it. So a decision
survives every re-reading of the page.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from model.decisions import Event
from model.geometry import Box, Point, Quad
from model.words import Candidate, MergedPage, Status, TranscriptPage, TranscriptSlot, transcript_of

SAME: Final = 0.5
"""Intersection over union from which two boxes are the same word."""
INSIDE: Final = 0.6
"""Share of a box that must lie in another to count as a part of it."""
MARGIN: Final = 3.0
"""Pixels around a hand-made box that surely hold its ink (review.merge uses the same margin)."""

Payload = Mapping[str, Any]


class PageState:
    """A page's slots in reading order while decisions are applied to them, one after the other."""

    def __init__(self, page: TranscriptPage) -> None:
        self._page = page
        self._ids = [slot.id for slot in page.slots]
        self._slots = {slot.id: slot for slot in page.slots}
        self._alias: dict[str, str] = {}
        self._parts: dict[str, list[str]] = {}
        self._approved_by: str | None = None

    @classmethod
    def of(cls, merged: MergedPage) -> PageState:
        return cls(transcript_of(merged))

    @property
    def page(self) -> int:
        return self._page.page

    @property
    def approved(self) -> bool:
        return self._approved_by is not None

    def slot(self, slot_id: str) -> TranscriptSlot | None:
        """The slot of that id, also under the id that an earlier merge gave it."""
        return self._slots.get(self._alias.get(slot_id, slot_id))

    def transcript(self) -> TranscriptPage:
        slots = tuple(replace(self._slots[key], order=order) for order, key in enumerate(self._ids))
        return replace(self._page, slots=slots, approved=self.approved)

    def apply(self, event: Event) -> None:
        """Changes the page by one live event of kind accept .. reopen_page."""
        if event.kind == "approve_page":
            self._approved_by = event.actor
        elif event.kind == "reopen_page" or event.actor != self._approved_by:
            self._approved_by = None
        action = getattr(self, f"_apply_{event.kind}", None)
        if action is not None:
            action(event.payload, event)

    # -- kinds of decisions -------------------------------------------------------------------------

    def _apply_accept(self, payload: Payload, event: Event) -> None:
        self._decide(payload, event, "accepted")

    def _apply_correct(self, payload: Payload, event: Event) -> None:
        self._decide(payload, event, "corrected")

    def _apply_unsure(self, payload: Payload, event: Event) -> None:
        self._decide(payload, event, "unsure")

    def _apply_contest(self, payload: Payload, event: Event) -> None:
        """Two people decided differently: the first one's stands, and both are there to choose from."""
        slot_id, box = str(payload["slot"]), self._clip(Box.of(payload["box"]))
        found = self.locate(slot_id, box)
        if not found:
            self._put_beside(self._made(payload, event, "contested"))
            return
        slot = self._slots[found[0]]
        both = (
            Candidate(slot.text, (slot.decided_by or "",)),
            Candidate(str(payload.get("text", "")), (event.actor,)),
        )
        rest = [c for c in slot.candidates if c.text not in {b.text for b in both}]
        self._slots[slot.id] = replace(
            slot,
            status="contested",
            candidates=(*both, *rest),
            risk=max(slot.risk, 0.5),
            decided_seq=event.seq,
        )

    def _apply_delete(self, payload: Payload, _event: Event) -> None:
        for key in self.locate(str(payload["slot"]), Box.of(payload["box"])):
            self._remove(key)

    def _apply_move(self, payload: Payload, event: Event) -> None:
        box = self._clip(Box.of(payload["box"]))
        found = self.locate(str(payload["slot"]), Box.of(payload["before"])) or self.locate(
            str(payload["slot"]), box
        )
        if not found:
            return
        slot = self._slots[found[0]]
        self._slots[slot.id] = replace(
            slot,
            quad=_refit(slot.quad, box),
            redact_box=self._cover(box),
            decided_by=event.actor,
            decided_seq=event.seq,
        )

    def _apply_insert(self, payload: Payload, event: Event) -> None:
        box = self._clip(Box.of(payload["box"]))
        if str(payload["slot"]) in self._slots:
            return
        beside = [Box.of(b) for b in payload.get("beside", ())]
        there = [
            key
            for key in self._at(box, undecided=True)
            if not any(self._slots[key].box.iou(b) >= SAME for b in beside)
        ]
        if there:
            self._replace(there, [self._made(payload, event, "inserted", there)])
        else:
            self._put(self._made(payload, event, "inserted"), after=self._after(payload))

    def _after(self, payload: Payload) -> str | None:
        """The slot that an inserted word follows, found again by its place."""
        after, box = payload.get("after"), payload.get("after_box")
        if not isinstance(after, str):
            return None
        if box:
            found = self.locate(after, Box.of(box))
            return found[-1] if found else None
        known = self.slot(after)
        return known.id if known is not None else None

    def _apply_split(self, payload: Payload, event: Event) -> None:
        found = self.locate(str(payload["slot"]), Box.of(payload["box"]))
        parts = [self._made(part, event, "corrected") for part in payload["parts"]]
        if not found:
            for part in parts:
                self._put(part)
            return
        whole = Box.union_of(self._slots[key].redact_box for key in found)
        like = self._slots[found[0]]
        vertical = like.vertical
        for index, part in enumerate(parts):
            cover = _share(whole, part.redact_box, vertical, first=index == 0, last=index == len(parts) - 1)
            parts[index] = replace(
                part,
                line=like.line,
                vertical=vertical,
                quad=_refit(like.quad, part.box),
                redact_box=self._clip(cover),
            )
        self._replace(found, parts)

    def _apply_merge(self, payload: Payload, event: Event) -> None:
        found: list[str] = []
        for slot_id, box in zip(payload["slots"], payload["boxes"], strict=True):
            found += [key for key in self.locate(str(slot_id), Box.of(box)) if key not in found]
        if not found:
            found = self._at(Box.of(payload["box"]))
        if found:
            found.sort(key=self._ids.index)
            self._replace(found, [self._made(payload, event, "corrected", found)])
        else:
            self._put(self._made(payload, event, "corrected"))

    def _decide(self, payload: Payload, event: Event, status: Status) -> None:
        slot_id, box = str(payload["slot"]), self._clip(Box.of(payload["box"]))
        found = self.locate(slot_id, box)
        if len(found) == 1:
            slot = self._slots[found[0]]
            self._alias[slot_id] = slot.id
            self._slots[slot.id] = replace(
                slot,
                text=str(payload.get("text", slot.text)),
                status=status,
                decided_by=event.actor,
                decided_seq=event.seq,
            )
        elif found:
            self._replace(found, [self._made(payload, event, status, found)])
        elif payload.get("text"):
            self._put_beside(self._made(payload, event, status))

    # -- finding a place ----------------------------------------------------------------------------

    def locate(self, slot_id: str, box: Box) -> list[str]:
        """Ids of the slots that a decision on `slot_id` at `box` means: one, several, or none."""
        known = self.slot(slot_id)
        if known is not None and _near(known.box, box):
            return [known.id]
        there = self._at(box)
        if there or known is None:
            return there
        reach = 3 * max(known.box.height, box.height) + known.box.width
        return [known.id] if math.dist(known.box.centre, box.centre) <= reach else []

    def _at(self, box: Box, *, undecided: bool = False) -> list[str]:
        shares = []
        for slot in self._slots.values():
            shared = slot.box.intersection(box)
            if shared is not None and not (undecided and slot.status != "open"):
                shares.append((slot.box.iou(box), shared.area / max(slot.box.area, 1e-9), slot))
        best = max(shares, key=lambda s: s[0], default=None)
        if best is not None and best[0] >= SAME:
            return [best[2].id]
        inside = [slot.id for _, part, slot in shares if part >= INSIDE and slot.status == "open"]
        return sorted(inside, key=self._ids.index)

    # -- changing the list --------------------------------------------------------------------------

    def _made(
        self, payload: Payload, event: Event, status: Status, instead_of: Iterable[str] = ()
    ) -> TranscriptSlot:
        """A slot as a decision describes it; it covers at least the ink of those it stands for."""
        box = self._clip(Box.of(payload["box"]))
        old = [self._slots[key] for key in instead_of]
        cover = self._cover(box)
        if payload.get("redact_box"):
            cover = cover.union(self._clip(Box.of(payload["redact_box"])))
        for slot in old:
            cover = cover.union(slot.redact_box)
        if payload.get("quad"):
            quad = Quad.of(payload["quad"])
        else:
            quad = _refit(old[0].quad, box) if old else Quad.from_box(box)
        return TranscriptSlot(
            str(payload["slot"]),
            quad,
            str(payload.get("text", "")),
            old[0].line if old else self._next_line(),
            0,
            cover,
            status,
            candidates=old[0].candidates if len(old) == 1 else (),
            decided_by=event.actor,
            decided_seq=event.seq,
            vertical=old[0].vertical if old else bool(payload.get("vertical", False)),
        )

    def _replace(self, old: list[str], new: list[TranscriptSlot]) -> None:
        """Puts new slots where the first of the old ones stood."""
        index = self._ids.index(old[0])
        for key in old:
            self._remove(key)
        for offset, slot in enumerate(new):
            fresh = self._unique(slot)
            self._slots[fresh.id] = fresh
            self._ids.insert(index + offset, fresh.id)

    def _remove(self, key: str) -> None:
        self._ids.remove(key)
        del self._slots[key]

    def _put(self, slot: TranscriptSlot, after: str | None = None) -> None:
        """Adds a slot after the given one, else where its place says it is read."""
        fresh = self._unique(slot)
        known = self._slots.get(after) if after is not None else None
        if known is not None:
            index, line, like = self._ids.index(known.id) + 1, known.line, known
        else:
            index, line, like = self._reading_position(fresh)
        quad = _refit(like.quad, fresh.box)  # its text runs as its neighbour's does
        self._slots[fresh.id] = replace(fresh, line=line, vertical=like.vertical, quad=quad)
        self._ids.insert(index, fresh.id)

    def _put_beside(self, slot: TranscriptSlot) -> None:
        """Adds a decided word that a later merge holds only as a part of a larger slot."""
        wider = [
            other
            for other in self._slots.values()
            if other.status == "open"
            and (shared := other.box.intersection(slot.box)) is not None
            and shared.area >= INSIDE * slot.box.area
        ]
        if not wider:
            self._put(slot)
            return
        around = max(wider, key=lambda s: s.box.iou(slot.box))
        fresh = replace(self._unique(slot), line=around.line, vertical=around.vertical)
        parts = self._parts.setdefault(around.id, [])
        later = [k for k in parts if k in self._slots and _ahead(self._slots[k], fresh, around) < 0]
        index = min((self._ids.index(k) for k in later), default=self._ids.index(around.id))
        self._slots[fresh.id] = fresh
        self._ids.insert(index, fresh.id)
        parts.append(fresh.id)
        boxes = [self._slots[k].box for k in parts if k in self._slots]
        covered = sum(b.area for box in boxes if (b := box.intersection(around.box)) is not None)
        if covered >= INSIDE * around.box.area:
            self._remove(around.id)
        else:
            self._slots[around.id] = replace(
                around, risk=max(around.risk, 0.9), reasons=tuple(dict.fromkeys((*around.reasons, "partly")))
            )

    def _reading_position(self, new: TranscriptSlot) -> tuple[int, int, TranscriptSlot]:
        """Index, line and neighbour of a slot that nobody placed in the reading order."""
        near: tuple[float, int, float, float] | None = None
        for index, key in enumerate(self._ids):
            slot = self._slots[key]
            along, across = _offset(slot, new.box.centre)
            size = max(slot.box.width if slot.vertical else slot.box.height, 1.0)
            cost = abs(along) + 4 * abs(across)
            if near is None or cost < near[0]:
                near = (cost, index, along, across / size)
        if near is None:
            return 0, 0, new
        _, index, along, lines_off = near
        slot = self._slots[self._ids[index]]
        if abs(lines_off) <= 0.6:
            return index + (along > 0), slot.line, slot
        same = [i for i, key in enumerate(self._ids) if self._slots[key].line == slot.line]
        return (same[-1] + 1 if lines_off > 0 else same[0]), self._next_line(), slot

    def _next_line(self) -> int:
        return max((slot.line for slot in self._slots.values()), default=-1) + 1

    def _unique(self, slot: TranscriptSlot) -> TranscriptSlot:
        key, count = slot.id, 1
        while key in self._slots:
            count += 1
            key = f"{slot.id}.{count}"
        if key != slot.id:
            self._alias[slot.id] = key
        return replace(slot, id=key)

    def _clip(self, box: Box) -> Box:
        return box.clipped(float(self._page.width), float(self._page.height))

    def _cover(self, box: Box) -> Box:
        return self._clip(box.expanded(MARGIN))


def _near(a: Box, b: Box) -> bool:
    """Boxes of the same id that still mean the same place."""
    return a.iou(b) > 0.1 or a.contains(b.centre) or b.contains(a.centre)


def _refit(quad: Quad, box: Box) -> Quad:
    """The quad stretched onto new bounds, so that its corners keep the text's direction."""
    old = quad.bounds
    sx = box.width / old.width if old.width else 0.0
    sy = box.height / old.height if old.height else 0.0
    if not sx or not sy:
        return Quad.from_box(box)
    return Quad.of([(box.x0 + (x - old.x0) * sx, box.y0 + (y - old.y0) * sy) for x, y in quad.points])


def _offset(slot: TranscriptSlot, point: Point) -> tuple[float, float]:
    """From a slot's centre to a point: along the direction of its text, and across (to the next line)."""
    p0, p1, _, p3 = slot.quad.points
    right = _unit(p0, p1, (1.0, 0.0))
    down = _unit(p0, p3, (0.0, 1.0))
    dx, dy = point[0] - slot.box.centre[0], point[1] - slot.box.centre[1]
    across_page, down_page = dx * right[0] + dy * right[1], dx * down[0] + dy * down[1]
    # vertical Japanese runs down, its lines follow each other from right to left
    return (down_page, -across_page) if slot.vertical else (across_page, down_page)


def _unit(a: Point, b: Point, default: Point) -> Point:
    length = math.dist(a, b)
    return ((b[0] - a[0]) / length, (b[1] - a[1]) / length) if length else default


def _ahead(part: TranscriptSlot, new: TranscriptSlot, around: TranscriptSlot) -> float:
    """Negative where `new` is read before `part`."""
    return _offset(around, new.box.centre)[0] - _offset(around, part.box.centre)[0]


def _share(whole: Box, part: Box, vertical: bool, *, first: bool, last: bool) -> Box:
    """A part's cover: its own box, the whole's thickness, and its ends at the outer parts."""
    if vertical:
        y0 = min(whole.y0, part.y0) if first else part.y0
        y1 = max(whole.y1, part.y1) if last else part.y1
        return Box(min(whole.x0, part.x0), y0, max(whole.x1, part.x1), y1)
    x0 = min(whole.x0, part.x0) if first else part.x0
    x1 = max(whole.x1, part.x1) if last else part.x1
    return Box(x0, min(whole.y0, part.y0), x1, max(whole.y1, part.y1))
