"""After a correction only its page is searched again, and the result is that of a search from nothing."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from model.geometry import Quad
from model.words import Reading, TranscriptPage, TranscriptSlot, Word
from redaction import detect
from redaction.memory import Memory

WORDS = [
    "the",
    "committee",
    "met",
    "and",
    "talked",
    "about",
    "the",
    "roof",
    "Mr.",
    "Jolyon",
    "Pendrake",
    "of",
    "12",
    "Oak",
    "Street",
    "tel",
    "020",
    "7946",
    "0958",
    "on",
    "3",
    "May",
    "1921",
    "with",
    "Sister",
    "Ottoline",
    "Marchbanks",
    "account",
    "12345678",
    "Pendrake's",
]


def page(number: int, rng: random.Random) -> tuple[TranscriptPage, Reading]:
    slots, words = [], []
    for i in range(60):
        x, y, text = 100 + i % 12 * 150, 100 + i // 12 * 50, rng.choice(WORDS)
        quad = Quad.of([(x, y), (x + 130, y), (x + 130, y + 30), (x, y + 30)])
        slots.append(TranscriptSlot(f"p{number}s{i}", quad, text, i // 12, i, quad.bounds))
        words.append(Word(text, quad, 0.9, i // 12))
    reading = Reading("tesseract", "5", 2000, 500, tuple(words))
    return TranscriptPage(number, 2000, 500, 200.0, tuple(slots)), reading


@pytest.mark.parametrize("seed", range(6))
def test_a_corrected_page_is_searched_alone(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    made = [page(n, rng) for n in range(1, 6)]
    pages = [p for p, _ in made]
    readings = {p.page: [r] for p, r in made}
    memory = Memory()
    memory.stamps = {p.page: (p.page,) for p in pages}
    assert detect.find(pages, readings, languages=("en",), memory=memory) == detect.find(
        pages, readings, languages=("en",)
    )
    for _ in range(4):
        at = rng.randrange(len(pages))
        slots = list(pages[at].slots)
        k = rng.randrange(len(slots))
        slots[k] = replace(slots[k], text=rng.choice([*WORDS, "Brunhilde", ""]), status="corrected")
        pages[at] = replace(pages[at], slots=tuple(slots))
        fresh = detect.find(pages, readings, languages=("en",))
        searched: list[int] = []
        views = detect._views
        monkeypatch.setattr(detect, "_views", lambda p, r, v=views, s=searched: s.append(p.page) or v(p, r))
        again = detect.find(pages, readings, languages=("en",), memory=memory)
        monkeypatch.setattr(detect, "_views", views)
        assert again == fresh
        assert searched in ([pages[at].page], [])


def test_other_rules_and_readings_are_searched_anew() -> None:
    from model.findings import Rule

    rng = random.Random(9)
    made, reading = page(1, rng)
    memory = Memory()
    memory.stamps = {1: (1,)}
    before = detect.find([made], {1: [reading]}, languages=("en",), memory=memory)
    rule = Rule("r", "word", "committee")
    with_rule = detect.find([made], {1: [reading]}, languages=("en",), rules=[rule], memory=memory)
    assert {f.type for f in with_rule} - {f.type for f in before} == {"USER_WORD"}
    other = replace(reading, words=(replace(reading.words[0], text="Agathe"), *reading.words[1:]))  # type: ignore[index]
    memory.stamps = {1: (2,)}
    assert detect.find([made], {1: [other]}, languages=("en",), memory=memory) == detect.find(
        [made], {1: [other]}, languages=("en",)
    )
