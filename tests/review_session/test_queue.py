"""Dust is not shown, strokes come last, and what may be a word is never hidden for its size."""

from __future__ import annotations

from dataclasses import replace

import pytest

from model.geometry import Box, Quad
from model.words import TranscriptPage, TranscriptSlot
from review.queue import bands, flagged, left, letter_size, mark, queue, rank
from review.session import Counts, DocumentReview

LETTER = 24.0


def slot(name: str, text: str, width: float, height: float, risk: float) -> TranscriptSlot:
    box = Box(10, 10, 10 + width, 10 + height)
    return TranscriptSlot(name, Quad.from_box(box), text, 0, 0, box, risk=risk)


WORDS = [slot(f"w{n}", "winter", 90, LETTER, 0.02) for n in range(9)]


def page(*more: TranscriptSlot) -> TranscriptPage:
    slots = [replace(s, order=n) for n, s in enumerate((*more, *WORDS))]
    return TranscriptPage(1, 1000, 1000, 200, tuple(slots))


def test_the_letter_size_is_that_of_words_whatever_their_direction() -> None:
    assert letter_size(WORDS) == LETTER
    turned = [replace(s, quad=Quad(((0, 90), (0, 0), (LETTER, 0), (LETTER, 90)))) for s in WORDS]
    assert letter_size(turned) == LETTER
    columns = [replace(s, quad=Quad.from_box(Box(0, 0, LETTER, 90)), vertical=True) for s in WORDS]
    assert letter_size(columns) == LETTER
    assert letter_size([slot("g", "", 5, 5, 0.5)]) == 0


@pytest.mark.parametrize(("text", "risk"), [("'", 0.85), ("", 0.6), (".", 0.9), ("\\", 0.87)])
def test_dust_is_a_slot_but_not_in_the_queue(text: str, risk: float) -> None:
    dust = slot("dust", text, 7, 10, risk)
    shown = page(dust)
    assert mark(dust, LETTER) == ""
    assert not flagged(dust, LETTER)
    assert left(shown) == 0
    assert bands(shown) == []
    assert dust.id in {s.id for s in shown.slots}


@pytest.mark.parametrize(
    "kept",
    [slot("digit", "1", 4, 10, 0.8), slot("tick", "", 20, 28, 0.6), slot("small print", "of", 21, 9, 0.53),
     slot("long", "", 98, 4, 0.16)],
)  # fmt: skip
def test_what_may_be_a_word_stays(kept: TranscriptSlot) -> None:
    assert bands(page(kept)) == [replace(kept, order=0)]


def test_words_come_before_strokes_and_the_worst_first() -> None:
    stroke, ghost = slot("stroke", "", 3, 40, 0.9), slot("ghost", "", 60, 30, 0.6)
    doubtful, wrong = slot("doubtful", "hause", 80, LETTER, 0.3), slot("wrong", "rnill", 80, LETTER, 0.8)
    shown = page(stroke, doubtful, ghost, wrong)
    assert [s.id for s in bands(shown)] == ["ghost", "wrong", "doubtful", "stroke"]
    assert [rank(s, LETTER) for s in (wrong, doubtful, ghost, stroke)] == [1, 2, 1, 3]
    assert rank(doubtful, LETTER, personal=True) == 0
    review = DocumentReview((shown,), False, Counts())
    assert [i.slot.id for i in queue(review)] == ["wrong", "ghost", "doubtful", "stroke"]
