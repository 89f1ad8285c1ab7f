"""RapidOCR's parts on real crops: nothing dropped, words and boxes right, one reader a thread."""

import threading
from itertools import pairwise

import cv2
import numpy as np
import pytest
from crops import RESOURCES, TRUTH, blank, cer, page, pixels

from engines import lines
from engines.line_words import split, words_of
from engines.lines import Char, Line
from engines.rapidocr import RapidOcr, parse
from engines.rapidocr_rescaled import RapidOcrRescaled
from model.geometry import Box, Quad


@pytest.mark.parametrize(
    ("name", "worst"),
    [
        ("typed-1905", 0.05),
        ("handwritten-1905", 0.35),
        ("will-1914-lines", 0.55),
        ("form", 0.05),
        ("note-ja", 0.03),
    ],
)
def test_real_crops_are_read(name, worst):
    reading = RapidOcr().recognise(page(name))
    assert cer(name, reading.plain_text) <= worst
    assert (reading.width, reading.height) == page(name).array.shape[1::-1]
    assert all(0.0 <= w.confidence <= 1.0 for w in reading.words)


def test_words_of_a_form_stand_on_their_ink():
    """Every true word is met by a word of the same place: nothing is boxed elsewhere."""
    words = RapidOcr().recognise(page("form")).words
    for true in TRUTH["form"]["words"]:
        box = Box.of(true["box"])
        here = max(words, key=lambda w: w.box.iou(box))
        assert here.box.contains(box.centre)
        shared = min(here.box.x1, box.x1) - max(here.box.x0, box.x0)
        assert shared > 0.8 * box.width
        assert here.box.width < 1.5 * box.width


def test_japanese_comes_character_by_character_on_its_place():
    words = RapidOcr().recognise(page("note-ja")).words
    assert max(len(w.text) for w in words) == 1
    truth = {(t["text"], i): Box.of(t["box"]) for i, t in enumerate(TRUTH["note-ja"]["words"])}
    met = 0
    for (text, _), box in truth.items():
        met += any(w.text == text[0] and w.box.iou(box) > 0.1 for w in words)
    assert met >= 0.9 * len(truth)


def test_vertical_japanese_is_read_from_right_to_left():
    picture = page("vertical-ja", ("ja-vert",))
    reading = RapidOcr().recognise(picture)
    assert reading.plain_text.replace(" ", "").startswith("私は東京都千代田区に住んでいます")
    assert all(w.vertical for w in reading.words)
    assert reading.words[0].box.y0 < reading.words[1].box.y0
    assert abs(reading.words[0].box.x0 - reading.words[1].box.x0) < 20


def test_a_blank_page_has_no_words():
    assert RapidOcr().recognise(blank()).words == ()
    assert RapidOcrRescaled().recognise(blank()).words == ()


def test_no_detected_line_is_dropped():
    """A line under the library's own score limit of 0.5, here upside down, is in the answer all the same."""
    picture = cv2.imread(str(RESOURCES / "note-ja.jpg"))
    hard = np.ascontiguousarray(picture[::-1, ::-1])
    quads = lines.reader().detect(hard)
    found = lines.read_lines(hard, quads, vertical=False)
    assert len(found) == len(quads) >= 3
    assert any(0 < line.score < 0.5 for line in found)
    shown = {w.line for w in parse(found)}
    assert shown == {i for i, line in enumerate(found) if line.text.strip()}


def test_lines_without_text_are_named_in_the_raw_answer():
    scribble = np.full((400, 600, 3), 255, np.uint8)
    cv2.putText(scribble, "Known words", (60, 200), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (0, 0, 0), 3)
    from engines.rapidocr import unread

    quad = Quad.from_box(Box(1, 2, 30, 12))
    assert unread([Line(quad, (), 0.0)]) == {"unread": [quad.as_list()]}
    assert unread(lines.read_lines(scribble, lines.reader().detect(scribble), vertical=False)) is None


def test_the_second_reading_uses_the_first_ones_lines():
    picture = page("handwritten-1905")
    first, second = RapidOcr().recognise(picture), RapidOcrRescaled().recognise(picture)
    assert {w.line for w in second.words} <= {w.line for w in first.words}
    assert second.plain_text != first.plain_text
    assert cer("handwritten-1905", second.plain_text) < 0.5


def test_each_thread_has_its_own_reader():
    seen = {}

    def look(key):
        seen[key] = lines.reader()
        assert lines.reader() is seen[key]

    threads = [threading.Thread(target=look, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen[0] is not seen[1]


def test_long_lines_are_cut_at_gaps_into_pieces_of_ten_to_one():
    gaps = tuple((x / 100, x / 100 + 0.01) for x in range(3, 100, 4))
    cuts = [0, *lines.cut_points(gaps, 3000, 40), 3000]
    pieces = [b - a for a, b in pairwise(cuts)]
    assert len(pieces) > 1
    assert max(pieces) <= lines.LONGEST * 40
    assert all(any(a <= c / 3000 <= b for a, b in gaps) for c in cuts[1:-1])
    assert lines.cut_points((), 3000, 40)  # no gap anywhere: cut all the same


def test_a_long_doubtful_line_is_read_again_in_pieces(monkeypatch):
    """The pieces of a real line say at least what the whole said, in order and in place."""
    picture = cv2.cvtColor(pixels(RESOURCES / "typed-1905.jpg"), cv2.COLOR_RGB2BGR)
    line = max(lines.reader().detect(picture), key=lambda q: np.ptp(q[:, 0]))
    monkeypatch.setattr(lines, "DOUBTFUL", 1.1)
    again = lines.read_lines(picture, [line], vertical=False)[0]
    assert again.length > lines.LONGEST
    places = [c.at for c in again.chars]
    assert places == sorted(places)
    assert 0 <= places[0] < 0.05
    assert 0.95 < places[-1] <= 1.0


def chars(text, step=0.1):
    return tuple(Char(c, 0.05 + i * step, 0.9) for i, c in enumerate(text))


def a_line(text, gaps=(), length=10.0):
    return Line(Quad.from_box(Box(0, 0, 100, 10)), chars(text), 0.9, gaps, length)


def test_a_lost_space_is_found_in_the_ink():
    assert [len(g) for g in split(a_line("abcdef", ((0.26, 0.34),)))] == [3, 3]
    assert [len(g) for g in split(a_line("abcdef", ((0.29, 0.31),)))] == [6]
    even = tuple((x / 10 - 0.02, x / 10 + 0.02) for x in range(1, 6))  # letters that stand apart
    assert [len(g) for g in split(a_line("abcdef", even))] == [6]


def test_spaces_and_ideographs_part_words():
    assert ["".join(c.text for c in g) for g in split(a_line("ab 東京c"))] == ["ab", "東", "京", "c"]


def test_word_boxes_end_where_the_ink_ends():
    words = words_of([a_line("ab cd", ((0.0, 0.02), (0.2, 0.3), (0.46, 1.0)))])
    assert [w.text for w in words] == ["ab", "cd"]
    assert [w.box.as_list() for w in words] == [
        pytest.approx([2, 0, 20, 10]),
        pytest.approx([30, 0, 46, 10]),
    ]


def test_a_words_confidence_is_that_of_its_own_characters():
    line = Line(
        Quad.from_box(Box(0, 0, 100, 10)),
        (Char("a", 0.1, 0.2), Char(" ", 0.3, 1.0), Char("b", 0.5, 0.8), Char("c", 0.7, 0.6)),
        0.65,
    )
    assert [w.confidence for w in words_of([line])] == pytest.approx([0.2, 0.7])
