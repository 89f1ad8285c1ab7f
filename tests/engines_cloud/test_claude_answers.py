"""Claude's pure parse: whose pixels its boxes are in, and what is no reading."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engines.claude import COARSE, FINE, fit, parse
from engines.remote.failures import BadAnswer
from engines.remote.untrusted import Suspicious
from model.geometry import Box

LINE = json.dumps([{"text": "Peter Sample", "bbox_2d": [100, 200, 300, 240]}])


def answer(text: str, tokens: int, reason: str = "end_turn") -> dict[str, Any]:
    return {
        "content": [{"type": "text", "text": text}], "stop_reason": reason, "usage": {"input_tokens": tokens}
    }  # fmt: skip


def test_boxes_are_pixels_of_the_sent_image() -> None:
    found = parse(answer(LINE, 2000), (1000, 1400))
    assert found.pieces is not None
    assert found.pieces[0].box == Box(100, 200, 300, 240)


def test_boxes_of_an_image_that_was_made_smaller_are_left() -> None:
    """36 x 50 patches: fewer tokens speak of an image that the model saw smaller."""
    assert parse(answer(LINE, 1800), (1000, 1400)).pieces is not None
    found = parse(answer(LINE, 1799), (1000, 1400))
    assert found.pieces is None
    assert found.text == "Peter Sample"
    assert found.noticed == {"coordinates": 1}


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (answer(LINE, 2000, "refusal"), Suspicious),
        (answer(LINE[:30], 2000, "max_tokens"), Suspicious),
        (answer(LINE, 2000, "model_context_window_exceeded"), Suspicious),
        ({"content": [{"type": "thinking", "thinking": "x"}], "stop_reason": "end_turn"}, BadAnswer),
        ({"type": "error"}, BadAnswer),
    ],
)
def test_what_is_no_whole_answer_is_none(raw: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        parse(raw, (1000, 1400))


@pytest.mark.parametrize(
    ("model", "side"),
    [
        ("claude-sonnet-5-5", FINE),
        ("claude-opus-4-7", FINE),
        ("claude-opus-5", FINE),
        ("claude-opus-4-6", COARSE),
        ("claude-sonnet-4-20250514", COARSE),
        ("claude-haiku-4-5-20251001", COARSE),
        ("claude-3-7-sonnet-20250219", COARSE),
    ],
)
def test_an_image_is_as_large_as_its_model_takes_unchanged(model: str, side: int) -> None:
    assert fit(model).max_side == side
    for width, height in ((2480, 3508), (5000, 5000), (9000, 2000), (800, 600)):
        w, h = fit(model).size(width, height)
        assert -(-w // 28) * -(-h // 28) <= (4784 if side == FINE else 1568)
        assert max(w, h) <= side
    assert fit(model, 1000).size(2000, 2000) == (1000, 1000)
