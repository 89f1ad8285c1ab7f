"""Uniting: hits that lie over one another become one, in a text (`in_text`) and on slots (`on_slots`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from model.findings import SlotSpan, TextFinding
from model.words import TranscriptPage
from redaction.textmap import PlacedHit, text_of

MODELS: Final = ("spacy:", "clinical:", "gliner:", "llm:")
"""How the names of the opt-in models begin (recognisers.models)."""
ALSO: Final = "also found by "
"""Before a model's name, in the explanation of what it found beside others; its parts are joined by "; "."""
_ALSO_MODELS: Final = tuple(f"{ALSO}{kind}" for kind in MODELS)

# Types by which more specific one wins where two hits cover the same place with like scores.
_RANK = {
    name: rank
    for rank, name in enumerate(
        ("USER_WORD", "USER_PATTERN", "IBAN_CODE", "CREDIT_CARD", "US_SSN", "MY_NUMBER", "EMAIL_ADDRESS",
         "DATE_OF_BIRTH", "ADDRESS", "PERSON", "PHONE_NUMBER", "DATE_TIME")
    )
}  # fmt: skip


def in_text(hits: Iterable[TextFinding], text: str) -> list[TextFinding]:
    """Hits that overlap become one, as wide as all of them, with the type of the best.

    Hits of different kinds that touch only partly keep their types but never leave a character out:
    the union of the spans is what counts, since a type may be wrong and a place may not.
    """
    ordered = sorted(hits, key=lambda h: (h.start, -h.end))
    groups: list[list[TextFinding]] = []
    reach = -1
    for hit in ordered:
        if groups and hit.start < reach:
            groups[-1].append(hit)
            reach = max(reach, hit.end)
        else:
            groups.append([hit])
            reach = hit.end
    united = []
    for group in groups:
        start, end = group[0].start, max(h.end for h in group)
        best = max(group, key=lambda h: (_weight(h, end - start), -_RANK.get(h.type, 50)))
        score = max(h.score for h in group if h.type == best.type)
        while end > start and text[end - 1].isspace():
            end -= 1
        while start < end and text[start].isspace():
            start += 1
        if end > start:
            why = explained(best, group)
            united.append(replace(best, start=start, end=end, score=score, explanation=why))
    return united


def _weight(hit: TextFinding, width: int) -> float:
    """Score, with a bonus for the hit that explains more of the place."""
    return hit.score + 0.25 * (hit.end - hit.start) / max(width, 1)


def on_slots(page: TranscriptPage, hits: Iterable[PlacedHit]) -> list[PlacedHit]:
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
