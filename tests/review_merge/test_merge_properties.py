"""Whatever engines do to lines, words and spaces: nothing that was read is lost, and nothing stands twice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from merge_cases import boxless, typed

from model.geometry import Box, Quad
from model.words import Reading, Word
from review.boxes import cut
from review.merge import merge
from review.order import reading_order

WORDS = st.text(alphabet="abcdeinorstuABMRlI10.,é日本語かタ…ﬁ½", min_size=1, max_size=9)
LINES = st.lists(st.lists(WORDS, min_size=1, max_size=6).map(" ".join), min_size=1, max_size=8)
_WILD = st.floats(-1e4, 1e4) | st.sampled_from([float("nan"), float("inf"), -1e300])
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def shuffled(reading: Reading, chance: np.random.Generator) -> Reading:
    """The reading with its lines in another order, words joined, split and misread."""
    lines: dict[int, list[Word]] = {}
    for word in reading.words or ():
        lines.setdefault(word.line, []).append(word)
    order = list(lines)
    chance.shuffle(order)
    out: list[Word] = []
    for number in order:
        row = list(lines[number])
        while len(row) > 1 and chance.random() < 0.3:
            n = int(chance.integers(len(row) - 1))
            a, b = row[n], row[n + 1]
            row[n : n + 2] = [Word(a.text + b.text, Quad.from_box(a.box.union(b.box)), 0.8, number)]
        for word in row:
            if len(word.text) > 2 and chance.random() < 0.3:
                k = int(chance.integers(1, len(word.text)))
                box = word.box
                middle = box.x0 + box.width * k / len(word.text)
                out.append(
                    replace(word, text=word.text[:k], quad=Quad.from_box(Box(box.x0, box.y0, middle, box.y1)))
                )
                out.append(
                    replace(word, text=word.text[k:], quad=Quad.from_box(Box(middle, box.y0, box.x1, box.y1)))
                )
            else:
                out.append(word)
    return replace(reading, engine="tesseract", words=tuple(out))


def glyphs(text: str) -> list[str]:
    return sorted("".join(text.split()))


@FEW
@given(LINES, st.integers(0, 2**31), st.booleans())
def test_every_character_stays_and_every_box_is_covered(lines: list[str], seed: int, third: bool) -> None:
    best = typed(lines)
    other = shuffled(best, np.random.default_rng(seed))
    readings = [best, other] + ([boxless(" ".join(lines[::-1]))] if third else [])
    page = merge(readings, None)
    for reading in readings[:2]:
        kept = "".join(
            c.text for s in page.slots for c in s.candidates if reading.engine in c.engines
        ) + "".join(u.text for u in page.unplaced if u.engine == reading.engine)
        assert glyphs(kept) == glyphs(reading.plain_text)
    for word in [w for r in readings[:2] for w in r.words or ()]:
        held = np.zeros((int(word.box.height), int(np.ceil(word.box.width))), bool)
        for slot in page.slots:
            b = slot.redact_box
            held[
                max(0, int(b.y0 - word.box.y0)) : max(0, int(np.ceil(b.y1 - word.box.y0))),
                max(0, int(b.x0 - word.box.x0)) : max(0, int(np.ceil(b.x1 - word.box.x0))),
            ] = True
        assert held.all(), "a word that an engine placed may not stand outside all redaction boxes"
    assert len({s.id for s in page.slots}) == len(page.slots)
    assert [s.order for s in page.slots] == list(range(len(page.slots)))
    for slot in page.slots:
        for b in (slot.box, slot.redact_box):
            assert 0 <= b.x0 <= b.x1 <= page.width
            assert 0 <= b.y0 <= b.y1 <= page.height
        assert 0 <= slot.risk <= 1
        assert not set(slot.candidates[0].engines) - set(page.engines)


@FEW
@given(st.lists(st.tuples(*[_WILD] * 4, WORDS), max_size=12))
def test_wild_boxes_break_nothing(items: list[tuple[float, float, float, float, str]]) -> None:
    words = tuple(Word(t, Quad(((a, b), (c, b), (c, d), (a, d)))) for a, b, c, d, t in items)
    page = merge([Reading("rapidocr", "1", 1000, 1400, words)], np.full((1400, 1000), 255, np.uint8))
    said = "".join(c.text for s in page.slots for c in s.candidates) + "".join(u.text for u in page.unplaced)
    readable = {w.text for w in words}
    assert set("".join(said.split())) <= set("".join(readable))
    for slot in page.slots:
        assert slot.redact_box.x1 <= 1000
        assert slot.redact_box.y1 <= 1400


@FEW
@given(
    st.lists(
        st.tuples(st.floats(0, 900), st.floats(0, 1300), st.floats(1, 200), st.floats(1, 60)), max_size=40
    ),
    st.booleans(),
)
def test_reading_order_is_a_permutation(
    items: list[tuple[float, float, float, float]], upright: bool
) -> None:
    boxes = [Box(x, y, x + w, y + h) for x, y, w, h in items]
    order = reading_order(boxes, [upright] * len(boxes))
    assert sorted(n for n, _ in order) == list(range(len(boxes)))
    numbers = [line for _, line in order]
    assert numbers == sorted(numbers)


@FEW
@given(
    st.floats(0, 100), st.floats(1, 500), st.lists(st.floats(0.01, 1), min_size=1, max_size=6), st.booleans()
)
def test_cuts_share_out_the_whole_box(
    start: float, extent: float, weights: list[float], vertical: bool
) -> None:
    box = Box(start, 10, start + extent, 40) if not vertical else Box(10, start, 40, start + extent)
    pieces = cut(box, [w / sum(weights) for w in weights], vertical, None)
    assert len(pieces) == len(weights)
    assert Box.union_of(pieces).iou(box) > 0.999
