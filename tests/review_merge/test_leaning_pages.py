"""Pages that lean, lie on their side or stand on their head, merged without a known preparation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from merge_cases import recorded, truth, typed

from model.geometry import Box, Quad, Transform
from model.words import Reading, Word
from review.merge import merge
from review.upright import turned, upright


def lean(angle: float) -> tuple[list[Reading], Any, Transform]:
    """The form's crop turned by `angle` degrees, its readings with it."""
    readings, image, _ = recorded("form")
    h, w = image.shape[:2]
    back = turned(-angle, w, h)
    lead = back.inverse()
    size = (round(back.source.width), round(back.source.height))
    matrix = np.array(lead.matrix).reshape(3, 3)
    page = cv2.warpPerspective(image, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    out = [
        replace(
            r,
            width=size[0],
            height=size[1],
            words=tuple(replace(x, quad=lead.quad(x.quad)) for x in r.words or ()),
        )
        for r in readings
    ]
    return out, page, lead


def covered(page: Any, image: Any, lead: Transform) -> float:
    """Share of the form's words whose ink the redact boxes hold to 95 %."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    black = np.zeros(grey.shape, np.bool_)
    for slot in page.slots:
        b = slot.redact_box
        black[int(b.y0) : int(np.ceil(b.y1)), int(b.x0) : int(np.ceil(b.x1))] = True
    good = []
    for word in truth("form")["words"]:
        region = np.zeros(grey.shape, np.uint8)
        corners = np.round(lead.quad(Quad.from_box(Box.of(word["box"]))).points).astype(np.int32)
        cv2.fillPoly(region, [corners], 1)
        ink = (region > 0) & (grey < 110)
        good.append((ink & black).sum() >= 0.95 * ink.sum())
    return float(np.mean(good))


@pytest.mark.parametrize("angle", [-4.0, 1.5, 3.0, 90.0, 180.0, -87.0])
def test_a_leaning_page_reads_like_the_upright_one(angle: float) -> None:
    readings, image, transform = recorded("form")
    straight = merge(readings, image, transform=transform)
    turned_readings, turned_image, lead = lean(angle)
    page = merge(turned_readings, turned_image)
    assert page.text.splitlines() == straight.text.splitlines()
    assert covered(page, turned_image, lead) == 1.0
    assert (page.width, page.height) == (turned_image.shape[1], turned_image.shape[0])


def test_upright_boxes_of_leaning_lines_tell_the_angle_too() -> None:
    readings, image, lead = lean(3.0)
    bounds = [
        replace(r, words=tuple(replace(w, quad=Quad.from_box(w.box)) for w in r.words or ()))
        for r in readings
    ]
    found = upright(bounds, image.shape[1], image.shape[0])
    assert found is not None
    # The crop leans by 0.8 itself, and a form of few words in letters of many sizes leaves some doubt.
    assert found.quad(Quad.from_box(Box(0, 0, 100, 1))).angle == pytest.approx(3.8, abs=1.2)
    page = merge(bounds, image)
    assert covered(page, image, lead) == 1.0
    ghosts = [s for s in page.slots if s.ghost and not s.candidates]
    assert not ghosts


def test_a_straight_page_is_left_alone() -> None:
    assert upright([typed(["Dear Mrs Okafor of Lagos", "the boiler will be mended"])], 1000, 1400) is None
    assert upright([typed([])], 1000, 1400) is None
    assert upright([], 1000, 1400) is None


def test_words_that_agree_on_no_angle_turn_nothing() -> None:
    words = []
    for n in range(40):
        box = Box(100 + 10 * n, 100, 180 + 10 * n, 120)
        words.append(Word("word", turned(9.0 * n - 180, 1000, 1400).quad(Quad.from_box(box)), 0.9, n))
    assert upright([Reading("model", "1", 1000, 1400, tuple(words))], 1000, 1400) is None


def test_corners_that_start_at_the_wrong_place_do_not_turn_the_page() -> None:
    reading = typed(["Dear Mrs Okafor of Lagos", "the boiler will be mended"])
    moved = tuple(replace(w, quad=Quad((*w.quad.points[1:], w.quad.points[0]))) for w in reading.words or ())
    assert upright([replace(reading, words=moved)], 1000, 1400) is None


def test_corners_that_are_no_numbers_are_passed_over() -> None:
    reading = typed(["Dear Mrs Okafor of Lagos"])
    nan = float("nan")
    bad = Word("bad", Quad(((nan, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))), 0.9, 0)
    page = merge([replace(reading, words=(*(reading.words or ()), bad))], None)
    assert page.text == "Dear Mrs Okafor of Lagos"
