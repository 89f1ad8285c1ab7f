"""GPT on the wire: POST /v1/responses."""

from __future__ import annotations

import base64
from typing import Any

from fake_cloud import KEY, Reply, Request, Seen
from wire import PromptedWire
from wire_openai_compatible import in_thousandths


def response(text: str, **more: Any) -> dict[str, Any]:
    """A Response with its reasoning before what it says."""
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    output = [
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [part]},
    ]
    usage = {
        "input_tokens": 1000, "output_tokens": 500, "total_tokens": 1500,
        "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 90},
    }  # fmt: skip
    return {
        "id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": "gpt-5.4",
        "error": None, "incomplete_details": None, "instructions": None, "metadata": {},
        "parallel_tool_calls": True, "temperature": 1.0, "tool_choice": "auto", "tools": [], "top_p": 1.0,
        "output": output, "usage": usage, **more,
    }  # fmt: skip


class GptWire(PromptedWire):
    engine = "gpt"
    package = "openai"
    lines = True

    def environment(self, url: str) -> dict[str, str]:
        return {"INKVEIL_GPT_ENDPOINT": f"{url}/v1", "INKVEIL_GPT_KEY": KEY}

    def image(self, request: Request) -> bytes:
        assert request.path == "/v1/responses"
        assert request.headers.get("authorization") == f"Bearer {KEY}"
        asked = request.json
        assert (asked["model"], asked["max_output_tokens"]) == ("gpt-5.4", 16_384)
        assert asked["reasoning"] == {"effort": "low"}
        assert asked["store"] is False  # nothing is kept at the provider
        assert "temperature" not in asked
        image, prompt = asked["input"][0]["content"]
        assert (image["type"], image["detail"], prompt["type"]) == ("input_image", "high", "input_text")
        return base64.b64decode(image["image_url"].split(",")[1])

    def written(self, words: list[Seen], width: int, height: int) -> str:
        return in_thousandths(words, width, height)

    def says(self, text: str, *, finished: bool = True) -> Reply:
        cut = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
        return Reply(response(text, **({} if finished else cut)))

    def inside(self, request: Request) -> Reply:
        error = {"code": "invalid_image", "message": f"The image is broken. {KEY}"}
        return Reply(response("", status="failed", error=error, output=[]))

    def error(self, status: int, retry_after: float | None) -> Reply:
        headers = {} if retry_after is None else {"retry-after": f"{retry_after:g}"}
        error = {
            "message": f"Incorrect API key provided: {KEY}", "type": "invalid_request_error",
            "param": None, "code": "invalid_api_key",
        }  # fmt: skip
        return Reply({"error": error}, status, headers)


WIRES = [GptWire()]
