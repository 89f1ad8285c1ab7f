"""GPT's pure parse: what a Response says inside a 200, and what is no reading."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engines.gpt import parse
from engines.remote.failures import BadAnswer
from engines.remote.untrusted import Suspicious
from model.geometry import Box

LINE = json.dumps([{"text": "Peter Sample", "bbox_2d": [100, 200, 300, 240]}])


def answer(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"status": "completed", "output": [{"type": "message", "content": list(parts)}], **more}


def text(said: str) -> dict[str, Any]:
    return {"type": "output_text", "text": said}


def test_boxes_are_thousandths_of_the_sent_image() -> None:
    found = parse(answer(text(LINE)), (500, 2000))
    assert found.pieces is not None
    assert found.pieces[0].box == Box(50, 400, 150, 480)


def test_a_text_in_several_parts_is_one() -> None:
    assert parse(answer(text(LINE[:20]), text(LINE[20:])), (500, 2000)).text == "Peter Sample"


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ({"status": "failed", "error": {"code": "server_error"}}, "transient"),
        ({"status": "failed", "error": {"code": "rate_limit_exceeded"}}, "rate_limit"),
        ({"status": "failed", "error": {"code": "image_too_small"}}, "bad_input"),
        ({"status": "failed", "error": {"code": "image_content_policy_violation"}}, "bad_output"),
        (answer({"type": "refusal", "refusal": "I cannot do that."}), "bad_output"),
        (answer(), "bad_output"),
        ({}, "bad_output"),
        ({"status": "cancelled", "output": []}, "bad_output"),
    ],
)
def test_what_went_wrong_inside_an_answer_has_its_kind(raw: dict[str, Any], kind: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        parse(raw, (500, 2000))
    assert caught.value.kind == kind


@pytest.mark.parametrize(("reason", "code"), [("max_output_tokens", "cut"), ("content_filter", "refusal")])
def test_an_incomplete_answer_is_none(reason: str, code: str) -> None:
    raw = answer(text(LINE), status="incomplete", incomplete_details={"reason": reason})
    with pytest.raises(Suspicious) as caught:
        parse(raw, (500, 2000))
    assert caught.value.code == code


def test_reasoning_that_used_up_the_limit_is_a_cut_answer() -> None:
    raw = {"status": "incomplete", "output": [], "incomplete_details": {"reason": "max_output_tokens"}}
    with pytest.raises(Suspicious) as caught:
        parse(raw, (500, 2000))
    assert caught.value.code == "cut"
