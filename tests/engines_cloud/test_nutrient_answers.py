"""Nutrient's pure parse: no text is lost, whatever element holds it, and its price follows the mode."""

from __future__ import annotations

from typing import Any

import pytest

from engines import registry
from engines.base import price
from engines.nutrient import parse
from engines.remote.failures import BadAnswer

PAGE = {"pageIndex": 0, "width": 500, "height": 700}


def element(kind: str, box: tuple[float, ...] = (10, 10, 100, 10), **more: Any) -> dict[str, Any]:
    return {"type": kind, "bounds": bounds(box), "confidence": 0.9, "readingOrder": 0, "page": PAGE, **more}


def bounds(box: tuple[float, ...]) -> dict[str, float]:
    return dict(zip(("x", "y", "width", "height"), box, strict=True))


def word(text: str, box: tuple[float, ...]) -> dict[str, Any]:
    return {"text": text, "bounds": bounds(box), "confidence": 0.7}


def raw(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"status": 200, "output": {"elements": list(elements)}}


def entity(value: str, box: tuple[float, ...]) -> dict[str, Any]:
    return {"id": "k", "bounds": bounds(box), "confidence": 0.8, "entityType": "QUESTION", "value": value}


def test_words_come_in_pixels_of_the_sent_image_with_their_lines() -> None:
    words = [
        word("Peter", (10, 10, 40, 10)),
        word("Sample", (60, 11, 40, 10)),
        word("Ward", (10, 30, 40, 10)),
    ]
    found = parse(raw(element("paragraph", text="Peter Sample\nWard", words=words)), 1000, 1400)
    assert found.words is not None
    assert [w.text for w in found.words] == ["Peter", "Sample", "Ward"]
    assert found.words[0].box.as_list() == [20, 20, 100, 40]
    assert [w.line for w in found.words] == [0, 0, 1]
    assert found.words[0].confidence == pytest.approx(0.7)


def test_every_kind_of_element_keeps_its_text() -> None:
    cells = [
        {"text": "Region", "row": 0, "column": 1, "bounds": bounds((100, 50, 60, 10)), "confidence": 0.9},
        {"text": "Year", "row": 0, "column": 0, "bounds": bounds((10, 50, 60, 10)), "confidence": 0.9},
    ]
    pairs = [
        {
            "id": "1",
            "key": entity("Name", (10, 70, 50, 10)),
            "value": entity("Peter Sample", (70, 70, 90, 10)),
        },
        {"id": "2", "key": None, "value": entity("42", (70, 90, 30, 10))},
    ]
    found = parse(
        raw(
            element("handwriting", (10, 130, 100, 10), text="by hand", words=None, readingOrder=4),
            element("table", cells=cells, readingOrder=1),
            element("keyValueRegion", pairs=pairs, readingOrder=2),
            element("formula", (10, 110, 100, 10), latex="r = r_0", readingOrder=3),
            element("picture", altDescription="a barn in the snow", classification="photo", readingOrder=5),
            element("paragraph", text="Title", words=[word("Title", (10, 10, 40, 10))]),
            element("newer than us", (10, 150, 60, 10), text="kept too", readingOrder=6),
        ),
        500,
        700,
    )
    assert found.pieces is not None
    assert [p.text for p in found.pieces] == [
        "Title", "Year", "Region", "Name", "Peter Sample", "42", "r = r_0", "by hand", "kept too",
    ]  # fmt: skip
    assert found.pieces[4].box.as_list() == [70, 70, 160, 80]
    assert found.pieces[4].confidence == pytest.approx(0.8)


def test_words_that_do_not_say_all_of_a_text_give_way_to_it() -> None:
    half = element("paragraph", text="Peter Sample", words=[word("Peter", (10, 10, 40, 10))])
    found = parse(raw(half), 500, 700)
    assert [p.text for p in found.pieces or ()] == ["Peter Sample"]


def test_a_block_of_several_lines_without_words_is_left_to_the_other_engines() -> None:
    tall = element("paragraph", (10, 30, 100, 60), text="one line and another one and a third", words=None)
    head = element("paragraph", text="Title", words=[word("Title", (10, 10, 40, 10))])
    found = parse(raw(head, {**tall, "readingOrder": 1}), 500, 700)
    assert found.words is None
    assert found.pieces is None
    assert found.text == "Title\none line and another one and a third"
    assert [r.quad.bounds.as_list() for r in found.regions] == [[10, 10, 50, 20], [10, 30, 110, 90]]


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 200, "output": {"markdown": "# Peter"}},
        raw(element("paragraph", text="a"), element("paragraph", text="b", page={**PAGE, "pageIndex": 1})),
        raw({"type": "paragraph", "text": "nowhere", "page": PAGE}),
        raw(element("paragraph", (10, 10, -40, 10), text="backwards")),
        {"status": 500, "errorMessage": "failed"},
    ],
)
def test_what_is_no_reading_of_one_page_is_refused(answer: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer):
        parse(answer, 500, 700)


def test_the_price_follows_the_mode() -> None:
    engine: Any = registry.get("nutrient_vision")
    assert engine.price().page == pytest.approx(0.015)
    assert price(engine, {"mode": "agentic"}).page == pytest.approx(0.18)
    assert price(engine, {"mode": "agentic", "price_page": 0.05}).page == pytest.approx(0.05)
