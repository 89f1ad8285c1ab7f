"""How many of the words that nobody looked at are wrong: random samples and their exact bounds. Pure.

The population is every word that no queue shows and nobody decided on. A simple random sample of it is drawn
from a recorded seed and looked at like any doubtful word; what a person then changed was an error. With k
errors among n words the share of wrong words in the population is, at the given confidence, at most the
one-sided upper bound of Clopper and Pearson (1934), which is exact for draws with replacement and on the safe
side for draws without: 0 of 598 gives 0.5 % at 95 %.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from model.decisions import Event
from model.geometry import Box
from model.words import TranscriptPage, TranscriptSlot
from review.apply import PageState
from review.queue import letter_size, mark

LARGEST: Final = 100_000
_GONE: Final = frozenset({"delete", "merge", "split"})
_OPEN: Final = frozenset({"open", "unsure", "contested"})


@dataclass(frozen=True, slots=True)
class SampledWord:
    """A word as it stood when the sample was drawn; `box` in pixels of the page image."""

    page: int
    slot: str
    box: Box
    text: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A document's part of a sample: what was drawn, from how many words."""

    id: str
    scope: str
    """document, or project: then other documents have parts of the same id."""
    population: int
    words: tuple[SampledWord, ...]
    at: str
    actor: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a sample: words drawn, looked at, and wrong. Words that a later reading took away
    without anybody's decision no longer count.
    """

    drawn: int = 0
    checked: int = 0
    errors: int = 0

    @property
    def complete(self) -> bool:
        return self.checked == self.drawn

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(self.drawn + other.drawn, self.checked + other.checked, self.errors + other.errors)


def upper_bound(errors: int, words: int, confidence: float) -> float:
    """One-sided Clopper-Pearson bound: at most this share (0..1) is wrong; 1 where nothing was looked at."""
    from scipy.stats import beta

    if words <= 0 or errors >= words:
        return 1.0
    return float(beta.ppf(confidence, errors + 1, words - errors))


def interval(hits: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """The two-sided Clopper-Pearson interval of a share; (0, 1) without trials."""
    from scipy.stats import beta

    if trials <= 0:
        return 0.0, 1.0
    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, hits, trials - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, trials - hits)) if hits < trials else 1.0
    return low, high


def size_for(rate: float, confidence: float, errors: int = 0) -> int:
    """The smallest sample that certifies `rate` at `confidence` with at most `errors` errors in it.

    The bound falls with every further word, so it is found by halving; LARGEST where even that is too few.
    """
    low, high = errors + 1, LARGEST
    while low < high:
        middle = (low + high) // 2
        if upper_bound(errors, middle, confidence) <= rate:
            high = middle
        else:
            low = middle + 1
    return low


def population(pages: Iterable[TranscriptPage]) -> list[tuple[int, TranscriptSlot]]:
    """Words that nobody looked at and nobody will be shown: (page, slot), in reading order.

    On an approved page that is every word without a decision, doubtful or not.
    """
    found: list[tuple[int, TranscriptSlot]] = []
    for page in pages:
        letter = letter_size(page.slots)
        found += [
            (page.page, slot)
            for slot in page.slots
            if slot.status == "open" and slot.text and (page.approved or not mark(slot, letter))
        ]
    return found


def draw(words: Sequence[tuple[Any, ...]], count: int, seed: int) -> list[tuple[Any, ...]]:
    """`count` of the words at random without replacement, all where there are fewer; the same for a seed."""
    if count >= len(words):
        return list(words)
    chosen = random.Random(seed).sample(range(len(words)), count)
    return [words[i] for i in sorted(chosen)]


def samples(events: Iterable[Event]) -> list[Sample]:
    """The document's parts of all samples, in the order in which they were drawn."""
    return [
        Sample(
            str(e.payload["sample"]),
            str(e.payload.get("scope", "document")),
            int(e.payload.get("population", 0)),
            tuple(
                SampledWord(int(w["page"]), str(w["slot"]), Box.of(w["box"]), str(w["text"]))
                for w in e.payload.get("slots", ())
            ),
            e.at,
            e.actor,
        )
        for e in events
        if e.kind == "draw_sample"
    ]


def outcome(sample: Sample, pages: Iterable[TranscriptPage], live: Iterable[Event]) -> Outcome:
    """What became of a sample's words, found again by their places on the pages as they are now."""
    states = {page.page: PageState(page) for page in pages}
    gone = [e for e in live if e.kind in _GONE]
    drawn = checked = errors = 0
    for word in sample.words:
        state = states.get(word.page)
        found = [] if state is None else [state.slot(key) for key in state.locate(word.slot, word.box)]
        slots = [slot for slot in found if slot is not None]
        if not slots:
            if any(e.page == word.page and _touches(e, word) for e in gone):
                drawn, checked, errors = drawn + 1, checked + 1, errors + 1
            continue
        drawn += 1
        if all(slot.status not in _OPEN for slot in slots):
            checked += 1
            errors += "".join(s.text for s in slots) != word.text or len(slots) > 1
    return Outcome(drawn, checked, errors)


def waiting(drawn: Iterable[Sample], page: int, state: PageState) -> frozenset[str]:
    """Ids of the page's sampled words that nobody has looked at yet."""
    found: set[str] = set()
    for sample in drawn:
        for word in sample.words:
            if word.page == page:
                for key in state.locate(word.slot, word.box):
                    slot = state.slot(key)
                    if slot is not None and slot.status == "open":
                        found.add(slot.id)
    return frozenset(found)


def _touches(event: Event, word: SampledWord) -> bool:
    """Whether a decision took the sampled word away."""
    payload = event.payload
    boxes = payload["boxes"] if event.kind == "merge" else [payload["box"]]
    slots = payload["slots"] if event.kind == "merge" else [payload["slot"]]
    return word.slot in slots or any(Box.of(box).iou(word.box) >= 0.5 for box in boxes)
