"""Mistral OCR's pure parse: blocks with their confidences, and what a model's text must not be."""

from __future__ import annotations

from typing import Any

import pytest

from engines.mistral_ocr import parse
from engines.remote.failures import BadAnswer
from engines.remote.untrusted import Suspicious


def block(content: str, box: tuple[Any, ...], **more: Any) -> dict[str, Any]:
    names = ("top_left_x", "top_left_y", "bottom_right_x", "bottom_right_y")
    return {"type": "text", "content": content, **dict(zip(names, box, strict=True)), **more}


def raw(markdown: str, *blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    page = {"markdown": markdown, "dimensions": {"width": 1000, "height": 1400}, "blocks": list(blocks)}
    return {"pages": [{**page, **more}]}


def test_blocks_come_in_pixels_of_the_sent_image_with_their_confidence() -> None:
    scores = [
        {"text": "Peter", "confidence": 0.9, "start_index": 8},
        {"text": "Sample", "confidence": 0.5, "start_index": 14},
        {"text": "Peter", "confidence": 0.4, "start_index": 22},
    ]
    own = {"average_content_confidence_score": 0.8}
    found = parse(
        raw(
            "# Ward\n\nPeter Sample\n\nPeter",
            block("# Ward", (0, 0, 100, 20), confidence_scores=own),
            block("Peter Sample", (100, 200, 300, 240)),
            block("Peter", (100, 300, 200, 340)),
            confidence_scores={"word_confidence_scores": scores},
        ),
        500,
        2800,
    )
    assert found.text == "Ward\n\nPeter Sample\n\nPeter"
    assert [r.text for r in found.regions] == ["Ward", "Peter Sample", "Peter"]
    assert found.regions[1].quad.bounds.as_list() == [50, 400, 150, 480]
    assert [r.confidence for r in found.regions] == [
        pytest.approx(0.8),
        pytest.approx(0.7),
        pytest.approx(0.4),
    ]


def test_an_image_is_no_block_of_text_and_a_block_without_a_place_is_noticed() -> None:
    unknown = {"type": "UNKNOWN", "is_unknown": True, "raw": block("new", (1, 2, 3, 4))}
    found = parse(
        raw(
            "![img-0.jpeg](img-0.jpeg)\n\none\n\nnew",
            block("![img-0.jpeg](img-0.jpeg)", (0, 0, 9, 9)),
            block("one", (5, None, 9, 9)),
            unknown,
        ),
        1000,
        1400,
    )
    assert [(r.text, r.confidence) for r in found.regions] == [("new", None)]
    assert found.noticed == {"decoration": 1, "no_place": 1}
    assert (found.text or "").split() == ["one", "new"]


@pytest.mark.parametrize(
    ("markdown", "code"),
    [
        ("and so on " * 400, "loop"),
        ("> " * 400, "loop"),
        ("I'm sorry, but I can't assist with transcribing this document.", "refusal"),
        ("<!DOCTYPE html><html><body>Bad gateway</body></html>", "html"),
        ("病人出生日期地址电话医院诊断结果" * 5, "language"),
    ],
)
def test_what_models_do_wrong_is_never_its_text(markdown: str, code: str) -> None:
    with pytest.raises(Suspicious) as caught:
        parse(raw(markdown), 1000, 1400, ["en"])
    assert caught.value.code == code


def test_no_page_or_several_are_no_reading() -> None:
    with pytest.raises(BadAnswer):
        parse({"pages": []}, 10, 10)
    with pytest.raises(BadAnswer):
        parse({"pages": [{}, {}]}, 10, 10)
