"""Known errors among the doubtful words: how attentive a reviewer is, measured without their knowing.

On a reviewer's page a few words of which nobody doubts the reading are shown with a plausible misreading.
They exist in the view only: which words, and how they are misread, follows from the project's secret, the
page and the person, so a reload shows the same and nobody can foresee it. A decision on one is stored as
`answer_seed`, which changes no transcript: no export, no figure and no training ever holds a false text.
Threat-image projection in baggage screening works like that (Hofer & Schwaninger, 2005).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from model.decisions import Event
from model.words import Candidate, MergedPage, Slot, TranscriptPage, TranscriptSlot, transcript_of
from review.edits import Edit
from review.queue import flagged, letter_size

SURE: Final = 0.02
"""Only words below this risk are used, read alike by two engines."""
SHORTEST: Final = 4
"""Letters that a word needs, so that it can be misread and still be recognised on the image."""
_LATIN: Final = "rn-m m-rn e-c c-e l-1 u-n n-u h-b b-h a-o o-a i-l t-f f-t s-a cl-d d-cl v-y"
_DIGITS: Final = "0-6 1-7 3-8 5-6 7-1 8-3 9-4"
_JAPANESE: Final = (
    "日-目 大-犬 土-士 末-未 人-入 千-干 石-右 田-由 シ-ツ ソ-ン ク-ワ ロ-口 ぬ-め る-ろ さ-き は-ほ"
)
CONFUSED: Final = tuple(
    (pair.split("-")[0], pair.split("-")[1]) for pair in f"{_LATIN} {_DIGITS} {_JAPANESE}".split()
)
"""Letters that engines and people take for each other."""


def choose(merged: MergedPage, secret: bytes, document: str, person: str, share: float) -> dict[str, str]:
    """For ids of the page's words the false text that this person is shown. Empty where share is 0.

    As many as `share` of the page's doubtful words; a broken number is rounded by chance, so that short
    pages have their part as well.
    """
    if share <= 0:
        return {}
    page = transcript_of(merged)
    letter = letter_size(page.slots)
    doubtful = sum(flagged(slot, letter) for slot in page.slots)
    base = f"{document}\n{merged.page}\n{person}"
    wanted = share * doubtful
    count = int(wanted) + (_number(secret, base) < wanted - int(wanted))
    usable = [s for s in merged.slots if _usable(s) and not flagged(_shown(page, s), letter)]
    usable.sort(key=lambda s: _number(secret, f"{base}\n{s.id}"))
    found: dict[str, str] = {}
    for slot in usable:
        if len(found) >= count:
            break
        false = misread(slot.text, _number(secret, f"{base}\n{slot.id}\nhow"))
        if false is not None:
            found[slot.id] = false
    return found


def misread(text: str, at: float) -> str | None:
    """The text with one confusion, none of them a usual word where that can be helped. `at` 0..1 chooses."""
    from review.lexicon import letters

    ways = [
        text[:i] + new + text[i + len(old) :]
        for old, new in CONFUSED
        for i in range(len(text))
        if text.startswith(old, i)
    ]
    odd = [way for way in dict.fromkeys(ways) if letters(way) != letters(text) and not _usual(way)]
    return odd[min(int(at * len(odd)), len(odd) - 1)] if odd else None


def answered(live: Iterable[Event], page: int, person: str) -> set[str]:
    """Ids of the words whose known error this person has answered."""
    return {
        str(e.payload["slot"])
        for e in live
        if e.kind == "answer_seed" and e.page == page and e.actor == person
    }


def show(page: TranscriptPage, seeds: Mapping[str, str]) -> TranscriptPage:
    """The page with its known errors, as doubtful as any word on which two engines differ."""
    if not seeds:
        return page
    slots = [_false(slot, seeds[slot.id]) if slot.id in seeds else slot for slot in page.slots]
    return replace(page, slots=tuple(slots))


def open_seeds(page: TranscriptPage, seeds: Mapping[str, str], done: set[str]) -> dict[str, str]:
    """Those seeds whose word is still there, untouched and unanswered."""
    there = {slot.id for slot in page.slots if slot.status == "open" and not page.approved}
    return {key: text for key, text in seeds.items() if key in there and key not in done}


def asked(edit: Edit, seeds: Mapping[str, str]) -> str | None:
    """The id of the seeded word that a decision is about; None where it is about none."""
    slots: Sequence[Any] = edit.payload.get("slots") or [edit.payload.get("slot")]
    return next((key for key in slots if key in seeds), None) if edit.kind != "move" else None


def answer(edit: Edit, slot: TranscriptSlot, shown: str) -> dict[str, Any]:
    """What is stored of the decision: caught where the reviewer did not let the false text stand."""
    text = {"accept": edit.payload.get("text"), "correct": edit.payload.get("text")}.get(edit.kind)
    return {
        "slot": slot.id,
        "box": slot.box.rounded(),
        "shown": shown,
        "truth": slot.text,
        "text": text,
        "did": edit.kind,
        "caught": text != shown,
        **{k: edit.payload[k] for k in ("ms", "keys") if k in edit.payload},
    }


@dataclass(frozen=True, slots=True)
class Attention:
    """How many known errors a reviewer was shown and noticed, and how many they put right."""

    shown: int = 0
    caught: int = 0
    right: int = 0


def attention(live: Iterable[Event]) -> dict[str, Attention]:
    """By person, over all answers that stand."""
    found: dict[str, Attention] = {}
    for event in live:
        if event.kind == "answer_seed":
            had, payload = found.get(event.actor, Attention()), event.payload
            caught = bool(payload.get("caught"))
            right = caught and payload.get("text") == payload.get("truth")
            found[event.actor] = Attention(had.shown + 1, had.caught + caught, had.right + right)
    return found


def _usable(slot: Slot) -> bool:
    engines = next((c.engines for c in slot.candidates if c.text == slot.text), ())
    many = {engine.split("_")[0] for engine in engines}
    japanese = any(ord(c) >= 0x3040 for c in slot.text)
    long_enough = sum(map(str.isalnum, slot.text)) >= (1 if japanese else SHORTEST)
    return slot.risk < SURE and len(many) >= 2 and long_enough


def _shown(page: TranscriptPage, slot: Slot) -> TranscriptSlot:
    return (
        page.slots[slot.order]
        if page.slots[slot.order].id == slot.id
        else next(s for s in page.slots if s.id == slot.id)
    )


def _false(slot: TranscriptSlot, text: str) -> TranscriptSlot:
    engines = next((c.engines for c in slot.candidates if c.text == slot.text), ())
    confidence = next((c.confidence for c in slot.candidates if c.text == slot.text), None)
    return replace(
        slot,
        text=text,
        risk=0.2 + 0.6 * _spread(slot.id + text),
        reasons=("disagreement",),
        candidates=(
            Candidate(text, engines[:1], confidence),
            Candidate(slot.text, engines[1:], confidence),
            *(c for c in slot.candidates if c.text not in (slot.text, text)),
        ),
    )


def _spread(text: str) -> float:
    """A number 0..1 of a text, spread evenly; no secret."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2**32


def _usual(text: str) -> bool:
    from review.lexicon import LANGUAGES, letters, usualness

    return usualness(letters(text), LANGUAGES) >= 3


def _number(secret: bytes, text: str) -> float:
    """A number 0..1 that only who knows the secret can foresee."""
    return int.from_bytes(hmac.new(secret, text.encode(), hashlib.sha256).digest()[:8], "big") / 2**64
