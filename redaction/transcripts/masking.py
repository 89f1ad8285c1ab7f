"""What was redacted is in no transcript: words under a redaction become its label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from model.findings import Redaction
from model.geometry import Box, Quad, points_to_image
from model.words import TranscriptPage, TranscriptSlot

MASK: Final = "[redacted]"
COVERED: Final = 0.1
"""A word is masked as soon as this share of its box lies under a redaction: neighbours that the
margin of a redaction only brushes keep their text, anything that is cut does not."""


def masked(pages: Sequence[TranscriptPage], redactions: Sequence[Redaction]) -> list[TranscriptPage]:
    """The pages with every word under a redaction replaced by its label (or MASK), candidates gone.

    Neighbouring masked words of a line with the same label become one, so that their number is not told.
    """
    return [_masked_page(page, [r for r in redactions if r.page == page.page]) for page in pages]


def _masked_page(page: TranscriptPage, redactions: Sequence[Redaction]) -> TranscriptPage:
    boxes = [(points_to_image(r.box, page.dpi), r) for r in redactions]
    slots: list[TranscriptSlot] = []
    masked_last: tuple[int, str] | None = None
    for slot in page.slots:
        hit = next(((box, r) for box, r in boxes if _covers(box, slot)), None)
        if hit is None:
            masked_last = None
            slots.append(replace(slot, candidates=()))
        elif (slot.line, label := hit[1].label or MASK) != masked_last:
            masked_last = slot.line, label
            slots.append(_mask(slot, hit[0].clipped(page.width, page.height), label))
    return replace(page, slots=tuple(slots))


def _mask(slot: TranscriptSlot, box: Box, label: str) -> TranscriptSlot:
    return replace(slot, text=label, quad=Quad.from_box(box), redact_box=box, candidates=(), reasons=())


def _covers(box: Box, slot: TranscriptSlot) -> bool:
    shared = box.intersection(slot.box)
    return shared is not None and shared.area > COVERED * slot.box.area
