"""Reading order from boxes and from what engines say about lines: one small page a kind of layout."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.geometry import Box
from review.lines import Evidence, find_lines, flattened
from review.order import reading_order


def row(x: float, y: float, *widths: float, high: float = 20, gap: float = 8) -> list[Box]:
    """Words side by side from x on, their tops at y."""
    out = []
    for wide in widths:
        out.append(Box(x, y, x + wide, y + high))
        x += wide + gap
    return out


def column(x: float, y: float, wide: float, count: int, step: float = 32) -> list[Box]:
    """Running text: lines of words of many widths that fill the column, the last one short."""
    chance = random.Random(f"{x} {y} {count}")
    out: list[Box] = []
    for n in range(count):
        at, end = x, x + wide * (0.4 if n == count - 1 else 1)
        while at + 70 < end:
            long = chance.uniform(25, 70)
            out += row(at, y + n * step, long)
            at += long + 7
        if n < count - 1:
            out += row(at, y + n * step, end - at)
    return out


def order_of(
    boxes: Sequence[Box], vertical: Sequence[bool] = (), evidence: Sequence[Evidence] = ()
) -> list[int]:
    return [n for n, _ in reading_order(boxes, vertical, evidence)]


def read(boxes: Sequence[Box], seed: int = 0, vertical: Sequence[bool] = ()) -> list[int]:
    """The order of the boxes when they come in no order."""
    mixed = list(range(len(boxes)))
    random.Random(seed).shuffle(mixed)
    upright = [vertical[n] for n in mixed] if vertical else ()
    return [mixed[n] for n in order_of([boxes[n] for n in mixed], upright)]


def in_order(boxes: Sequence[Box], vertical: Sequence[bool] = ()) -> bool:
    return all(read(boxes, seed, vertical) == list(range(len(boxes))) for seed in range(3))


def seen(lines: Sequence[int], trust: float = 0.9, boxed: bool = True) -> Evidence:
    """A reading that has every box, in the order of the boxes."""
    return Evidence(np.array(lines), np.arange(len(lines)), trust, boxed)


def test_columns_under_a_heading_are_read_one_after_the_other() -> None:
    page = [*row(200, 40, 120, 180, 90, high=34), *column(70, 110, 400, 9), *column(510, 110, 400, 8)]
    assert in_order(page)
    # Three, and the last one is short.
    page = [*column(60, 60, 270, 12), *column(360, 60, 270, 12), *column(660, 60, 270, 5)]
    assert in_order(page)


def test_columns_are_read_over_and_under_a_line_across_both() -> None:
    page = [
        *column(70, 60, 400, 6), *column(510, 60, 400, 6),
        *row(100, 300, 200, 220, 180, 150, high=28),
        *column(70, 370, 400, 6), *column(510, 370, 400, 6),
    ]  # fmt: skip
    assert in_order(page)


def test_a_form_is_read_label_then_value_row_by_row() -> None:
    page = []
    for n in range(7):
        page += row(70, 60 + 50 * n, *[40, 60][: 1 + n % 2], high=14)
        page += row(330, 55 + 50 * n, *[80, 120, 90][: 1 + n % 3], high=26)
    assert in_order(page)


def test_two_pairs_a_row_stay_pairs() -> None:
    page = []
    for n in range(6):
        y = 60 + 60 * n
        page += [*row(70, y, 60), *row(200, y, 90, 50), *row(520, y, 70), *row(660, y, 110)]
    assert in_order(page)


def test_cells_of_a_form_are_read_each_from_its_label_to_its_value() -> None:
    page = []
    for n in range(5):
        for x, long in ((70, 110), (370, 150), (660, 90)):
            page += [*row(x, 60 + 70 * n, long * 0.6, high=11), *row(x + 5, 76 + 70 * n, long, 40, high=22)]
    assert in_order(page)


def test_two_addresses_side_by_side_are_read_one_after_the_other() -> None:
    left = [b for n in range(4) for b in row(70, 60 + 28 * n, 60, 80 + 10 * n)]
    right = [b for n in range(3) for b in row(600, 74 + 28 * n, 90, 50 + 10 * n)]
    assert in_order([*left, *right])


def test_a_form_on_a_sheet_that_lies_askew_stays_a_form() -> None:
    page = []
    for n in range(8):
        page += [*row(70, 60 + 42 * n, 80, high=14), *row(600, 72 + 42 * n, 120, 60, high=14)]
    assert in_order(page)


def test_a_table_is_read_row_by_row_also_where_cells_are_empty() -> None:
    page = []
    for n in range(9):
        y = 60 + 30 * n
        page += row(70, y, *[70, 90, 60][: 1 + n % 3])
        page += row(400, y, 50) if n % 4 != 3 else []
        page += row(560, y, 45)
        page += row(750 + 12 * (n % 3), y, 80 - 12 * (n % 3))
    assert in_order(page)


@pytest.mark.parametrize("at", [30, 760])
def test_notes_in_the_margin_do_not_cut_into_the_text(at: float) -> None:
    text = column(230 if at == 30 else 60, 60, 660, 14, step=34)
    notes = [*row(at, 95, 60, 70), *row(at, 119, 80), *row(at, 305, 50, 75), *row(at, 329, 90)]
    page = [*text, *notes]
    assert in_order(page)


def test_a_note_turned_a_quarter_comes_after_the_text_and_runs_down() -> None:
    text = column(150, 60, 700, 12)
    note = [Box(60, 80, 82, 170), Box(60, 180, 82, 240), Box(60, 250, 82, 380)]
    assert in_order([*text, *note], [False] * len(text) + [True] * 3)


def test_a_note_that_an_engine_read_upwards_is_read_upwards() -> None:
    text = column(150, 60, 700, 6)
    note = [Box(60, 250, 82, 380), Box(60, 180, 82, 240), Box(60, 80, 82, 170)]
    lines = [int(b.y0) for b in text] + [999] * 3
    assert order_of([*text, *note], (), [seen(lines)]) == list(range(len(text) + 3))


def test_vertical_columns_are_read_from_the_right_after_a_level_title() -> None:
    title = row(100, 30, 30, 30, 30, 30, gap=2, high=30)
    text = [
        Box(x, 120 + 34 * n, x + 30, 150 + 34 * n)
        for x in (800, 750, 700, 650)
        for n in range(12 if x > 650 else 5)
    ]
    assert in_order([*title, *text], [False] * len(title) + [True] * len(text))


def test_slanted_and_arched_lines_stay_lines() -> None:
    page = []
    for line in range(10):
        for box in row(80, 100 + 44 * line, *[70, 40, 90, 55, 80, 60, 75, 50, 90], high=30):
            x = box.centre[0] - 80
            dy = 0.05 * x + 30 * np.sin(np.pi * x / 750)
            page.append(Box(box.x0, box.y0 + dy, box.x1, box.y1 + dy))
    assert in_order(page)
    assert [n for _, n in reading_order(page)] == [n for n in range(10) for _ in range(9)]


def test_lines_of_an_engine_hold_where_boxes_alone_mislead() -> None:
    # Two lines so steep and close that the end of one stands level with the start of the next.
    first = [Box(80 + 120 * n, 100 + 13 * n, 170 + 120 * n, 130 + 13 * n) for n in range(4)]
    second = [Box(80 + 120 * n, 138 + 13 * n, 170 + 120 * n, 168 + 13 * n) for n in range(4)]
    page = [*first, *second]
    lines = [0] * 4 + [1] * 4
    assert reading_order(page, (), [seen(lines)]) == list(zip(range(8), lines, strict=True))


def test_a_word_that_only_another_engine_saw_takes_its_place_in_the_line() -> None:
    page = row(80, 100, 60, 50, 70, 40)
    trusted = Evidence(np.array([0, -1, 0, 0]), np.array([0, -1, 1, 2]), 0.9, boxed=True)
    other = Evidence(np.array([5, 5, 5, -1]), np.array([0, 1, 2, -1]), 0.5, boxed=True)
    assert find_lines(np.array([b.as_list() for b in page]), range(4), [other, trusted]) == [[0, 1, 2, 3]]


def test_an_engine_that_read_across_a_gutter_is_not_believed() -> None:
    left, right = column(70, 60, 380, 8), column(540, 60, 380, 8)
    lines = [int(b.y0) for b in [*left, *right]]
    assert order_of([*left, *right], (), [seen(lines)]) == list(range(len(left) + len(right)))


def test_a_short_slanting_entry_does_not_tilt_the_page() -> None:
    entries = [
        Box(x + 45 * n, y + 4 * n, x + 45 * n + 40, y + 24 + 4 * n)
        for y in (60, 110, 160, 210)
        for x in (80, 400, 720)
        for n in range(3)
    ]
    bounds = np.array([b.as_list() for b in entries], dtype=np.float64)
    lines = [list(range(n, n + 3)) for n in range(0, len(entries), 3)]
    assert np.array_equal(flattened(bounds, lines), bounds)


boxes_anywhere = st.lists(
    st.builds(
        lambda x, y, w, h: Box(x, y, x + w, y + h),
        st.floats(0, 900), st.floats(0, 1300), st.floats(0, 300), st.floats(0, 200),
    ),
    max_size=40,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(boxes_anywhere, st.data())
def test_every_box_once_whatever_the_readings_say(boxes: list[Box], data: st.DataObject) -> None:
    upright = data.draw(st.lists(st.booleans(), min_size=len(boxes), max_size=len(boxes)))
    numbers = st.lists(st.integers(-1, 6), min_size=len(boxes), max_size=len(boxes))
    evidence = []
    for trust in (0.9, 0.4):
        line = np.array(data.draw(numbers), dtype=np.int64)
        rank = np.where(line >= 0, np.arange(len(boxes)), -1)
        evidence.append(Evidence(line, rank, trust, data.draw(st.booleans())))
    order = reading_order(boxes, upright, evidence)
    assert sorted(n for n, _ in order) == list(range(len(boxes)))
    numbers_of_lines = [line for _, line in order]
    assert numbers_of_lines == sorted(numbers_of_lines)
    assert order == reading_order(boxes, upright, evidence)


def test_five_thousand_words_take_little_time() -> None:
    chance = random.Random(1)
    page = [
        Box(
            40 + 130 * (n % 44),
            40 + 44 * (n // 44),
            80 + 130 * (n % 44) + chance.random() * 70,
            68 + 44 * (n // 44),
        )
        for n in range(5000)
    ]
    times = []
    for _ in range(3):
        started = time.process_time()
        reading_order(page)
        times.append(time.process_time() - started)
    # 0.05 s on a quiet core; the limit leaves room for a busy one.
    assert min(times) < 0.4
