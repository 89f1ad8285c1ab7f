"""Real readings of real and rendered crops become slots with candidates, boxes on the ink, and reasons."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from merge_cases import as_engine, boxless, recorded, truth, typed

from model.errors import Unreadable
from model.geometry import Box, Quad, Transform, image_frame
from model.words import Failure, Reading, Word
from review.merge import merge


def test_a_form_is_merged_and_led_back_to_the_page_image() -> None:
    readings, image, transform = recorded("form")
    page = merge(readings, image, transform=transform, dpi=150, languages=("en",))
    assert page.text.startswith("Customer Enquiry Form\nFull name:")
    assert {"rapidocr", "tesseract"} <= set(page.engines)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    covered = 0
    for word in truth("form")["words"]:
        box = Box.of(word["box"])
        ink = grey[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)] < 110
        mask = np.zeros_like(ink)
        for slot in page.slots:
            b = slot.redact_box
            mask[
                max(0, int(b.y0 - box.y0)) : max(0, int(b.y1 - box.y0) + 1),
                max(0, int(b.x0 - box.x0)) : max(0, int(b.x1 - box.x0) + 1),
            ] = True
        covered += bool((ink & mask).sum() >= 0.95 * ink.sum())
    assert covered == len(truth("form")["words"]), "redact_box must hold the ink of every word"


def test_typed_letter_reads_better_merged_than_its_weaker_engine() -> None:
    readings, image, transform = recorded("typed-1905")
    page = merge(readings, image, transform=transform, languages=("en",))
    text = " ".join(page.text.split())
    wanted = " ".join(truth("typed-1905")["lines"]).split()
    assert sum(word in text for word in wanted) >= 0.95 * len(wanted)


def test_disagreement_is_a_reason_and_riskier_than_agreement() -> None:
    readings, image, transform = recorded("form")
    page = merge(readings, image, transform=transform, languages=("en",))
    split = [s for s in page.slots if "disagreement" in s.reasons]
    agreed = [s for s in page.slots if len(s.candidates) == 1 and len(s.candidates[0].engines) == 3]
    assert split
    assert agreed
    assert min(len(s.candidates) for s in split) >= 2
    assert np.mean([s.risk for s in split]) > 3 * np.mean([s.risk for s in agreed])
    assert all(s.text == s.candidates[0].text for s in page.slots if s.text)


def test_japanese_is_grouped_to_phrases_not_lines_or_characters() -> None:
    readings, image, transform = recorded("note-ja")
    page = merge(readings, image, transform=transform, languages=("ja",))
    assert page.text.splitlines()[0].startswith("本日十時から打ち合わせ。")
    lengths = [len(s.text) for s in page.slots if s.text]
    assert 2 <= np.mean(lengths) <= 6
    assert max(lengths) <= 10
    assert all(s.box.width < 0.5 * image.shape[1] for s in page.slots)


def test_vertical_lines_are_read_from_the_right() -> None:
    readings, image, transform = recorded("vertical-ja")
    page = merge(readings, image, transform=transform, languages=("ja", "ja-vert"))
    lines = page.text.splitlines()
    assert lines[0].startswith("私は東京都")
    assert lines[1].startswith("電話番号")
    assert all(s.vertical for s in page.slots if s.text)
    first = [s for s in page.slots if s.line == 0 and s.text]
    assert [s.box.y0 for s in first] == sorted(s.box.y0 for s in first)


def test_a_dropped_line_is_a_ghost_and_specks_and_rules_are_not() -> None:
    readings, image, transform = recorded("form")
    name = next(w.line for w in readings[0].words or () if "GRACE" in w.text)
    y = next(w.box.centre[1] for w in readings[0].words or () if w.line == name)
    without = [
        replace(r, words=tuple(w for w in r.words or () if abs(w.box.centre[1] - y) > 20 or w.box.x0 < 230))
        for r in readings
    ]
    page = image.copy()
    page[460, 20:700] = 0
    page[200:202, 600:602] = 0
    merged = merge(without, page, transform=transform)
    ghosts = [s for s in merged.slots if s.ghost and not s.candidates]
    dropped = [w for w in truth("form")["words"] if w["text"] in ("GRACE", "DELGADO")]
    assert dropped
    for word in dropped:
        assert any(g.redact_box.contains(Box.of(word["box"]).centre) for g in ghosts)
    assert all(g.box.height > 10 for g in ghosts)
    assert not any(g.box.contains((601, 201)) for g in ghosts)
    everything = merge(readings, page, transform=transform)
    assert not [s for s in everything.slots if s.ghost and not s.candidates]


def test_no_ink_no_slots() -> None:
    page = merge([typed([])], np.full((1400, 1000, 3), 250, np.uint8))
    assert page.slots == ()
    assert page.text == ""


def test_merged_and_split_words_get_their_own_boxes() -> None:
    a, b = typed(["OwenNakamura paid"]), typed(["Owen Nakamura paid"], "tesseract")
    c = as_engine(typed(["Owen Naka mura paid"]), "model")
    page = merge([a, b, c], None)
    assert [s.text for s in page.slots] == ["Owen", "Nakamura", "paid"]
    owen, nakamura, _ = page.slots
    assert {e for c in owen.candidates for e in c.engines} == {"rapidocr", "tesseract", "model"}
    assert owen.box.x1 <= nakamura.box.x0 + 12


def test_boxless_words_are_grounded_and_invented_ones_listed_apart() -> None:
    a = typed(["Dear Mrs Okafor", "the boiler will be mended", "on Tuesday morning"])
    text = (
        "on Tuesday morning\nDear Mrs 0kafor\nthe boiler will be mended\nyours faithfully Winston Churchill"
    )
    page = merge([a, boxless(text)], None)
    assert len(page.slots) == len(a.words or ())
    okafor = next(s for s in page.slots if s.text in ("Okafor", "0kafor"))
    assert {c.text for c in okafor.candidates} == {"Okafor", "0kafor"}
    assert [u.text for u in page.unplaced] == ["yours", "faithfully", "Winston", "Churchill"]
    assert {u.engine for u in page.unplaced} == {"model"}


def test_only_boxless_readings_place_nothing() -> None:
    page = merge([boxless("Dear Sir")], None)
    assert page.slots == ()
    assert [u.text for u in page.unplaced] == ["Dear", "Sir"]


def test_columns_in_another_order_are_one_page() -> None:
    left, right = (
        ["alpha beta gamma", "delta epsilon", "zeta eta theta"],
        ["one two three", "four five six", "seven eight"],
    )
    a = Reading("rapidocr", "1", 1000, 1400, (typed(left).words or ()) + (typed(right, x=520).words or ()))
    rows = [
        w
        for pair in zip(typed(left).words or (), typed(right, x=520).words or (), strict=False)
        for w in pair
    ]
    b = Reading("tesseract", "1", 1000, 1400, tuple(rows))
    page = merge([a, b], None)
    assert all(len(s.candidates) == 1 for s in page.slots)
    assert page.text.split()[:3] == ["alpha", "beta", "gamma"]


def test_the_text_layer_of_a_born_digital_page_wins() -> None:
    page = merge(
        [typed(["lnvoice 10O"]), as_engine(typed(["Invoice 100"], confidence=0.2), "pdf_text")], None
    )
    assert page.text == "Invoice 100"
    assert max(s.risk for s in page.slots) < 0.01


def test_ids_stay_when_a_box_hardly_moves() -> None:
    readings, image, transform = recorded("form")
    before = merge(readings[:2], image, transform=transform, dpi=150)
    after = merge(readings, image, transform=transform, dpi=150)
    same = {s.id for s in before.slots} & {s.id for s in after.slots}
    assert len(same) >= 0.8 * len(before.slots)
    assert len({s.id for s in after.slots}) == len(after.slots)
    assert merge(readings, image, transform=transform, dpi=150) == after, "a merge must be repeatable"


def test_boxes_off_the_page_keep_their_words() -> None:
    words = typed(["inside"]).words or ()
    off = Word("outside", Quad.from_box(Box(5000, 5000, 5100, 5020)), 0.9)
    half = Word("half", Quad.from_box(Box(950, 100, 1200, 120)), 0.9)
    page = merge(
        [Reading("rapidocr", "1", 1000, 1400, (*words, off, half))], np.full((1400, 1000), 255, np.uint8)
    )
    assert [s.text for s in page.slots] == ["inside", "half"]
    assert all(s.box.x1 <= 1000 and s.redact_box.x1 <= 1000 for s in page.slots)
    assert [u.text for u in page.unplaced] == ["outside"]


def test_a_reading_of_a_smaller_copy_is_scaled_and_of_another_page_refused() -> None:
    big, small = typed(["Owen Nakamura"]), typed(["Owen Nakamura"], "tesseract")
    half = [replace(w, quad=Quad.from_box(w.box.scaled(0.5))) for w in small.words or ()]
    page = merge(
        [big, replace(small, words=tuple(half), width=500, height=700)], np.full((1400, 1000), 255, np.uint8)
    )
    assert [len(s.candidates[0].engines) for s in page.slots] == [2, 2]
    with pytest.raises(Unreadable, match="tesseract"):
        merge([replace(small, width=1400, height=1000)], np.full((1400, 1000), 255, np.uint8))


def test_an_upside_down_page_is_worked_on_upright() -> None:
    readings, image, transform = recorded("form")
    h, w = image.shape[:2]
    turn = Transform(image_frame(w, h), image_frame(w, h), (-1, 0, w, 0, -1, h, 0, 0, 1))
    turned = [
        replace(r, words=tuple(replace(x, quad=turn.quad(x.quad)) for x in r.words or ())) for r in readings
    ]
    upright = merge(readings, image, transform=transform)
    page = merge(turned, image[::-1, ::-1], transform=transform.then(turn))
    assert page.text == upright.text
    for a, b in zip(page.slots, upright.slots, strict=True):
        assert turn.box(b.redact_box).iou(a.redact_box) > 0.8


def test_failures_and_empty_readings_pass_through() -> None:
    failure = Failure("tesseract", "unavailable", "Tesseract is not installed.")
    page = merge([typed([])], None, failures=[failure], page=3)
    assert page.failures == (failure,)
    assert page.page == 3
    assert page.slots == ()
    assert merge([], None).slots == ()


def test_a_word_between_two_that_are_placed_takes_the_ink_between_them() -> None:
    lines = ["Ceai d mon testarnent", "poun ma femme et rnes enfants"]
    said = boxless("Ceci est mon testament\npour ma femme et mes mes enfants")
    page = merge([typed(lines), said], None, languages=("fr",))
    placed = {c.text for s in page.slots for c in s.candidates if "model" in c.engines}
    assert "est" in placed
    assert [u.text for u in page.unplaced] == ["mes"]
