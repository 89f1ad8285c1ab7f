"""Claude on the wire: POST /v1/messages."""

from __future__ import annotations

import base64
import io
import json
import math
from typing import Any

from fake_cloud import KEY, Reply, Request, Seen, lines_on
from PIL import Image
from wire import PromptedWire

KINDS = {
    401: "authentication_error", 403: "permission_error", 413: "request_too_large", 429: "rate_limit_error",
    500: "api_error", 529: "overloaded_error",
}  # fmt: skip


def message(text: str, tokens: int, reason: str = "end_turn") -> dict[str, Any]:
    """A Message that counts `tokens` for what was sent; its thinking comes first, without its text."""
    thinking = {"type": "thinking", "thinking": "", "signature": "c2lnbmVk"}
    return {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5",
        "content": [thinking, {"type": "text", "text": text}] if text else [thinking],
        "stop_reason": reason, "stop_sequence": None,
        "usage": {"input_tokens": tokens, "output_tokens": 500},
    }  # fmt: skip


class ClaudeWire(PromptedWire):
    """Counts tokens as the service does: one for every patch of 28 x 28 px, and some for the prompt."""

    engine = "claude"
    package = "anthropic"
    lines = True
    tokens = 200

    def image(self, request: Request) -> bytes:
        assert request.path == "/v1/messages"
        sent = [
            request.headers.get("x-api-key"),
            request.headers.get("authorization"),
        ]  # by the SDK's version
        assert sent in ([KEY, None], [None, f"Bearer {KEY}"])
        asked = request.json
        assert (asked["model"], asked["max_tokens"]) == ("claude-sonnet-5-5", 16_384)
        assert asked["output_config"] == {"effort": "low"}
        assert "temperature" not in asked
        image, prompt = asked["messages"][0]["content"]
        data = base64.b64decode(image["source"]["data"])
        width, height = Image.open(io.BytesIO(data)).size
        assert image["source"]["media_type"] == "image/jpeg"
        assert prompt["text"].endswith(f"The image is {width} x {height} pixels.")
        patches = math.ceil(width / 28) * math.ceil(height / 28)
        assert max(width, height) <= 2576
        assert patches <= 4784  # else the service would make it smaller, and boxes would be in other pixels
        self.tokens = patches + 200
        return data

    def written(self, words: list[Seen], width: int, height: int) -> str:
        return json.dumps([{"text": line.text, "bbox_2d": list(line.box)} for line in lines_on(words)])

    def says(self, text: str, *, finished: bool = True) -> Reply:
        return Reply(message(text, self.tokens, "end_turn" if finished else "max_tokens"))

    inside_kind = "bad_output"

    def inside(self, request: Request) -> Reply:
        return Reply(message("", 900, "refusal"))

    def error(self, status: int, retry_after: float | None) -> Reply:
        headers = {} if retry_after is None else {"retry-after": f"{retry_after:g}"}
        error = {"type": KINDS.get(status, "api_error"), "message": f"invalid x-api-key: {KEY}"}
        return Reply({"type": "error", "error": error, "request_id": "req_1"}, status, headers)


WIRES = [ClaudeWire()]
