"""Ink that no engine read: lines, words and signatures are ghosts, rules and dirt are not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from merge_cases import recorded, truth, typed

from model.geometry import Box, Quad
from model.words import Reading, Slot, Word
from review.ghosts import NAMES, prior
from review.merge import merge

FONT = cv2.FONT_HERSHEY_SIMPLEX


def sheet(width: int = 1000, height: int = 1400) -> Any:
    """Evenly grained paper."""
    grain = np.random.default_rng(1).normal(0, 3, (height, width))
    return np.clip(235 + grain, 0, 255).astype(np.uint8)


def lines(page: Any, texts: list[str], top: int = 100, step: int = 60) -> Reading:
    """Prints lines on the page; what an engine reads of them, word by word."""
    words = []
    for number, text in enumerate(texts):
        x, y = 80, top + step * number
        for word in text.split():
            (w, h), below = cv2.getTextSize(word, FONT, 1.0, 2)
            cv2.putText(page, word, (x, y), FONT, 1.0, 30, 2, cv2.LINE_AA)
            words.append(Word(word, Quad.from_box(Box(x, y - h, x + w, y + below)), 0.95, number))
            x += w + 22
    return Reading("rapidocr", "1", page.shape[1], page.shape[0], tuple(words))


LETTER = ["Dear Mrs Okafor", "the boiler in your kitchen", "will be mended on Tuesday", "with best wishes"]


def ghosts(readings: list[Reading], page: Any) -> list[Slot]:
    return [s for s in merge(readings, page, languages=("en",)).slots if s.ghost and not s.candidates]


def test_a_dropped_line_is_one_ghost_and_probably_text() -> None:
    page = sheet()
    reading = lines(page, LETTER)
    assert ghosts([reading], page) == []
    kept = tuple(w for w in reading.words or () if w.line != 1)
    found = ghosts([replace(reading, words=kept)], page)
    assert len(found) == 1
    assert found[0].risk > 0.8
    for word in reading.words or ():
        inside = found[0].redact_box.contains(word.box.centre)
        assert inside == (word.line == 1)


def test_words_missing_in_one_gap_are_one_ghost_and_in_two_gaps_two() -> None:
    page = sheet()
    reading = lines(page, LETTER)
    gone = replace(reading, words=tuple(w for w in reading.words or () if w.text not in ("in", "your")))
    assert len(ghosts([gone], page)) == 1
    gone = replace(reading, words=tuple(w for w in reading.words or () if w.text not in ("boiler", "your")))
    assert len(ghosts([gone], page)) == 2


def test_neighbouring_lines_stay_apart() -> None:
    page = sheet()
    reading = lines(
        page, ["Dear Mrs Okafor", "quickly typing gypsy jugs", "the fjord by plying", "yours"], step=42
    )
    kept = tuple(w for w in reading.words or () if w.line not in (1, 2))
    found = ghosts([replace(reading, words=kept)], page)
    assert len(found) == 2
    assert all(g.box.height < 55 for g in found)


def test_a_signature_is_one_ghost() -> None:
    page = sheet()
    reading = lines(page, LETTER)
    t = np.linspace(0, 7 * np.pi, 400)
    curve = np.stack([420 + 14 * t + 18 * np.cos(t), 480 - 26 * np.sin(t) * np.exp(-t / 25)], axis=1)
    cv2.polylines(page, [np.round(curve).astype(np.int32)], isClosed=False, color=40, thickness=2)
    cv2.line(page, (470, 515), (700, 498), 40, 2, cv2.LINE_AA)
    found = ghosts([reading], page)
    assert len(found) == 1
    assert found[0].redact_box.contains((430, 470))
    assert found[0].redact_box.contains((690, 490))
    assert 0 < found[0].risk < 1


def test_rules_frames_holes_shading_and_specks_are_no_ghosts() -> None:
    page = sheet()
    reading = lines(page, LETTER)
    cv2.rectangle(page, (40, 600), (960, 900), 60, 2)
    cv2.line(page, (40, 700), (960, 700), 60, 2)
    cv2.line(page, (500, 600), (500, 900), 60, 2)
    cv2.line(page, (80, 1000), (920, 1006), 80, 1)
    cv2.circle(page, (30, 350), 20, 250, -1)
    cv2.circle(page, (30, 350), 20, 200, 1)
    page[:, 992:] = 20
    page[1392:] = 20
    page[:] = np.clip(page * np.linspace(1.0, 0.75, page.shape[1])[None], 0, 255)
    dirt = np.random.default_rng(2)
    for x, y in zip(dirt.integers(20, 980, 150), dirt.integers(920, 1380, 150), strict=True):
        page[y : y + 2, x : x + 2] = 90
    assert ghosts([reading], page) == []


def test_what_a_detector_saw_is_kept_whatever_it_looks_like() -> None:
    page = sheet()
    reading = lines(page, LETTER)
    cv2.circle(page, (500, 700), 14, 60, -1)
    assert ghosts([reading], page) == []
    seen = {"unread": [[[480, 680], [520, 680], [520, 720], [480, 720]]]}
    found = ghosts([replace(reading, raw=seen)], page)
    assert len(found) == 1
    assert found[0].box.contains((500, 700))


def test_the_shipped_model_says_what_it_was_made_on() -> None:
    text, matters, least = prior()
    assert len(text.weights) == len(matters.weights) == len(NAMES)
    assert 0 < least < 0.3


def test_notes_of_an_engine_in_another_form_do_no_harm() -> None:
    page = sheet()
    reading = lines(page, LETTER)
    kept = tuple(w for w in reading.words or () if w.line != 1)
    for raw in ({"unread": [[[70, 130], [500, 130], [500, 170], [70, 170]]]}, {"unread": [7, None]}, ["x"]):
        assert len(ghosts([replace(reading, words=kept, raw=raw)], page)) == 1


def test_a_page_on_which_nothing_was_read_has_its_lines_as_ghosts() -> None:
    page = sheet()
    lines(page, LETTER)
    found = ghosts([replace(typed([]), width=1000, height=1400)], page)
    assert len(found) == len(LETTER)
    assert all(g.risk > 0.5 for g in found)


def test_a_real_hand_whose_readings_miss_a_line() -> None:
    readings, image, transform = recorded("handwritten-1905")
    words = readings[0].words or ()
    line = max({w.line for w in words}, key=lambda n: sum(len(w.text) for w in words if w.line == n))
    y = float(np.median([w.box.centre[1] for w in words if w.line == line]))
    tall = float(np.median([w.box.height for w in words if w.line == line]))
    without = [
        replace(r, words=tuple(w for w in r.words or () if abs(w.box.centre[1] - y) > 0.6 * tall))
        for r in readings
    ]
    merged = merge(without, image, transform=transform)
    found = [s for s in merged.slots if s.ghost and not s.candidates]
    gone = [w for w in words if abs(w.box.centre[1] - y) <= 0.6 * tall and len(w.text) > 2]
    assert gone
    assert truth("handwritten-1905")
    held = [any(g.redact_box.contains(w.box.centre) for g in found) for w in gone]
    assert sum(held) >= 0.8 * len(held)
