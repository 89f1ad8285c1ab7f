"""What engines give that can't be right: each is a clear error, a failure value or a counted repair."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import replace

import numpy as np
import pytest
from merge_cases import as_engine, boxless, recorded, truth, typed

from model.errors import OverLimit
from model.files import page_to_json, pages_from_json
from model.geometry import Box, Quad
from model.words import MergedPage, Reading, Word
from review.direction import leftwards
from review.merge import merge

LETTER = [
    "It was my intention to be present at the funeral",
    "of Mrs Stanford on Friday afternoon but the very",
    "serious condition and probable death in a day or",
    "two of an old member of our Board prevents it",
    "please accept my deep sympathy and tell everybody",
]
OTHER = [
    "The annual account shows receipts from rents and",
    "interest above those of last year while repairs",
    "cost less because every roof held through winter",
    "we propose paying eight hundred dollars into that",
    "reserve which was opened when work upon it began",
]


def repairs(page: MergedPage) -> dict[tuple[str, str], int]:
    return {(r.engine, r.what): r.count for r in page.repairs}


def test_boxes_off_the_page_inside_out_or_not_finite_are_counted() -> None:
    good = typed(LETTER)
    nan = float("nan")
    words = (
        *(good.words or ()),
        Word("outside", Quad.from_box(Box(5000, 5000, 5100, 5020)), 0.9),
        Word("nowhere", Quad(((nan, 0), (1, 0), (1, 1), (0, 1))), 0.9),
        Word("half", Quad.from_box(Box(950, 600, 1200, 620)), 0.9),
        Word("turned", Quad(((300, 700), (200, 700), (200, 680), (300, 680))), 0.9),
        Word("before", Quad.from_box(Box(-90, 800, -10, 820)), 0.9),
    )
    page = merge([replace(good, words=words)], None)
    assert repairs(page) == {("rapidocr", "off_page"): 3, ("rapidocr", "cut"): 1}
    assert sorted(u.text for u in page.unplaced) == ["before", "nowhere", "outside"]
    turned = next(s for s in page.slots if s.text == "turned")
    assert turned.box.iou(Box(200, 680, 300, 700)) > 0.9
    again = pages_from_json(json.loads(json.dumps({"pages": [page_to_json(page)]})))[0]
    assert again.repairs == page.repairs


def test_confidences_beyond_their_scale_are_mended_and_counted() -> None:
    reading = typed(["Owen Nakamura paid in cash"])
    wild = (97.0, float("nan"), -3.0, 0.5, float("inf"))
    words = tuple(replace(w, confidence=c) for w, c in zip(reading.words or (), wild, strict=True))
    page = merge([replace(reading, words=words)], None)
    assert repairs(page) == {("rapidocr", "confidence"): 4}
    assert [s.candidates[0].confidence for s in page.slots] == [1.0, None, 0.0, 0.5, None]
    assert all(0 <= s.risk <= 1 for s in page.slots)


def test_a_word_in_a_loop_and_words_without_letters_are_counted() -> None:
    reading = typed(["Owen Nakamura"])
    first = (reading.words or ())[0]
    marks = Word("\u0301\u0302", Quad.from_box(Box(400, 50, 420, 70)), 0.9)
    page = merge([replace(reading, words=(*(reading.words or ()), *[first] * 9, marks))], None)
    assert page.text == "Owen Nakamura"
    assert repairs(page) == {("rapidocr", "repeated"): 9, ("rapidocr", "no_letters"): 1}


def test_a_reading_too_long_for_a_page_is_left_out_and_named() -> None:
    good = typed(LETTER)
    words = tuple(
        Word(f"w{n}", Quad.from_box(Box(n % 400 * 2, n // 400 * 2, n % 400 * 2 + 2, n // 400 * 2 + 2)))
        for n in range(200_000)
    )
    huge = Reading("runaway", "1", 1000, 1400, words)
    started = time.process_time()
    page = merge([good, huge], None, page=7)
    assert time.process_time() - started < 20
    assert page.text == merge([good], None).text
    assert [(f.engine, f.kind, f.page) for f in page.failures] == [("runaway", "bad_output", 7)]
    with pytest.raises(OverLimit, match="runaway"):
        merge([huge], None)


def test_a_looping_text_of_twenty_thousand_letters_places_one_line() -> None:
    text = "\n".join(LETTER[:3]) + "\n" + (LETTER[3] + "\n") * 440
    assert len(text) > 20_000
    started = time.process_time()
    page = merge([typed(LETTER[:4]), boxless(text)], None)
    assert time.process_time() - started < 20
    assert page.text == "\n".join(LETTER[:4])
    per_line = len(LETTER[3].split())
    assert len(page.unplaced) == 439 * per_line
    assert all(len(s.candidates) == 1 and len(s.candidates[0].engines) == 2 for s in page.slots)


def test_empty_readings_and_texts_are_no_error() -> None:
    for empty in (boxless(""), boxless("\n \n"), typed([]), Reading("model", "1", 0, 0, None, None)):
        page = merge([typed(LETTER), as_engine(empty, "model")], None)
        assert page.text == "\n".join(LETTER)
        assert not page.failures


def test_a_reading_of_another_page_spoils_nothing_and_is_a_failure() -> None:
    right = [typed(LETTER), typed(LETTER, "tesseract", x=52)]
    stranger = as_engine(typed(OTHER, y=63), "cloud")
    page = merge([stranger, *right], None, page=2)
    assert page.text == "\n".join(LETTER)
    assert [(f.engine, f.kind, f.page) for f in page.failures] == [("cloud", "bad_output", 2)]
    page = merge([*right, boxless("\n".join(OTHER))], None)
    assert page.text == "\n".join(LETTER)
    assert [f.engine for f in page.failures] == ["model"]


def test_of_two_readings_the_one_beside_the_ink_is_of_another_page() -> None:
    readings, image, transform = recorded("typed-1905")
    one = next(r for r in readings if r.engine == "rapidocr")
    assert len(one.words or ()) > 12
    wide, high = image.shape[1], image.shape[0]
    step = high / (len(OTHER) + 1)
    words = []
    for number, line in enumerate(OTHER):
        x = 13.0
        for text in line.split():
            box = Box(x, step * (number + 0.4), min(x + 14 * len(text), wide - 1), step * (number + 0.4) + 30)
            if box.width > 20:
                words.append(Word(text, Quad.from_box(box), 0.95, number))
            x += 14 * len(text) + 12
            if x > wide - 60:
                break
    stranger = Reading("cloud", "1", wide, high, tuple(words))
    page = merge([one, stranger], image, transform=transform, languages=("en",))
    assert [f.engine for f in page.failures] == ["cloud"]
    assert page.text == merge([one], image, transform=transform, languages=("en",)).text


def test_noise_on_hard_handwriting_is_not_taken_for_another_page() -> None:
    readings, image, transform = recorded("handwritten-1905")
    page = merge(readings, image, transform=transform, languages=("en",))
    assert page.failures == ()
    assert set(page.engines) == {r.engine for r in readings}


def test_one_that_reads_what_its_weaker_fellows_garble_is_not_taken_for_another_page() -> None:
    garbled = [" ".join("mnwuvir"[len(w) % 7] * len(w) for w in line.split()) for line in LETTER]
    weak = [typed(garbled, confidence=0.6), typed(garbled, "rapidocr_rescaled", confidence=0.6)]
    for strong in (typed(LETTER, "cloud"), boxless("\n".join(LETTER))):
        page = merge([*weak, strong], None)
        assert page.failures == ()
        assert strong.engine in page.engines


def test_one_that_reads_much_more_than_the_others_is_not_taken_for_another_page() -> None:
    few = [typed(LETTER[:1]), typed(LETTER[:1], "tesseract")]
    page = merge([*few, boxless("\n".join([LETTER[0], *OTHER, *OTHER, *OTHER]))], None)
    assert page.failures == ()
    assert len(page.unplaced) == 3 * len(" ".join(OTHER).split())


def test_the_order_in_which_readings_are_given_changes_no_byte() -> None:
    readings, image, transform = recorded("form")
    text = " ".join(w["text"] for w in truth("form")["words"])
    given = [*readings, boxless(text), as_engine(readings[0], "rapidocr"), as_engine(typed([]), "zero")]
    given = given[:5]
    seen = set()
    for order in itertools.islice(itertools.permutations(given), 0, 120, 11):
        page = merge(list(order), image, transform=transform, languages=("en",))
        seen.add(json.dumps(page_to_json(page), ensure_ascii=False))
    assert len(seen) == 1


# -- scripts ------------------------------------------------------------------------------------


def from_the_right(lines: list[str], engine: str = "rapidocr") -> Reading:
    """Words of lines in logical order, set from the right margin at x = 900."""
    words = []
    for number, line in enumerate(lines):
        x = 900.0
        for text in line.split():
            box = Box(x - 12 * len(text), 50 + 40 * number, x, 70 + 40 * number)
            words.append(Word(text, Quad.from_box(box), 0.9, number))
            x -= 12 * len(text) + 8
    return Reading(engine, "1", 1000, 1400, tuple(words))


@pytest.mark.parametrize(
    "lines",
    [
        ["السلام عليكم ورحمة الله", "كتب هذا الخطاب في القاهرة", "المبلغ 1250 جنيه فقط"],
        ["שלום לכולם מירושלים", "המכתב נכתב ביום שני", "סכום 1250 שקלים"],
    ],
)
def test_text_from_right_to_left_stays_in_logical_order(lines: list[str]) -> None:
    first, second = from_the_right(lines), from_the_right(lines, "tesseract")
    assert leftwards(lines[0])
    page = merge([first, second, boxless("\n".join(lines))], None)
    assert page.text == "\n".join(lines)
    assert all(len(s.candidates) == 1 for s in page.slots)
    assert page.unplaced == ()


def test_a_merged_word_from_right_to_left_is_cut_from_the_right() -> None:
    lines = ["שלום לכולם מירושלים"]
    whole = from_the_right(lines)
    a, b, c = whole.words or ()
    joined = Word(a.text + b.text, Quad.from_box(a.box.union(b.box)), 0.5, 0)
    page = merge([replace(whole, engine="tesseract", words=(joined, c)), whole], None)
    assert page.text == lines[0]
    boxes = {s.text: s.redact_box for s in page.slots}
    assert boxes[a.text].contains(a.box.centre)
    assert not boxes[a.text].contains(b.box.centre)


def test_combining_characters_and_devanagari_are_kept_as_they_were_read() -> None:
    lines = ["नमस्ते दुनिया को", "e\u0301te\u0301 cafe\u0301", "हिन्दी में लिखा"]
    page = merge([typed(lines), typed(lines, "tesseract")], None)
    said = [c.text for s in page.slots for c in s.candidates]
    assert said[:3] == lines[0].split()
    assert said[3:5] == ["été", "café"], "composed (NFC)"
    assert page.unplaced == ()


def test_no_word_in_common_keeps_every_word() -> None:
    a = typed(["alpha beta gamma", "delta epsilon"])
    b = boxless("Wunderbar, niemand kennt hier irgendein Wort davon")
    page = merge([a, b], None)
    assert page.text == "alpha beta gamma\ndelta epsilon"
    assert len(page.unplaced) == len((b.text or "").split())
    assert all({e for c in s.candidates for e in c.engines} == {"rapidocr"} for s in page.slots)


def test_a_blank_image_with_unplaced_text_has_no_slots() -> None:
    page = merge([boxless("Dear Sir")], np.full((1400, 1000), 255, np.uint8))
    assert page.slots == ()
    assert [u.text for u in page.unplaced] == ["Dear", "Sir"]
