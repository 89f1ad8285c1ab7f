"""Qwen-OCR on the wire: DashScope's POST multimodal-generation with the task advanced_recognition."""

from __future__ import annotations

import base64
import json

from fake_cloud import KEY, Reply, Request, Seen, lines_on
from wire import PromptedWire


class QwenOcrWire(PromptedWire):
    """What the model writes stands in the answer as text, and as words_info where it is a list of lines."""

    engine = "qwen_ocr"
    package = "requests"
    lines = True

    def image(self, request: Request) -> bytes:
        assert request.path == "/api/v1/services/aigc/multimodal-generation/generation"
        assert request.headers["authorization"] == f"Bearer {KEY}"
        asked = request.json
        assert asked["model"] == "qwen-vl-ocr-2025-11-20"
        assert asked["parameters"] == {"ocr_options": {"task": "advanced_recognition"}}
        (message,) = asked["input"]["messages"]
        (image,) = message["content"]
        assert image["enable_rotate"] is False
        return base64.b64decode(image["image"].split(",")[1])

    def written(self, words: list[Seen], width: int, height: int) -> str:
        assert width % 32 == height % 32 == 0 or not words or (width, height) == (1000, 1400)

        def item(line: Seen) -> dict[str, object]:
            x0, y0, x1, y1 = line.box
            return {
                "rotate_rect": [(x0 + x1) // 2, (y0 + y1) // 2, x1 - x0, y1 - y0, 0],
                "location": [x0, y0, x1, y0, x1, y1, x0, y1],
                "text": line.text,
            }

        return json.dumps([item(line) for line in lines_on(words)])

    def says(self, text: str, *, finished: bool = True) -> Reply:
        part: dict[str, object] = {"text": f"```json\n{text}\n```" if text.startswith("[") else text}
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if isinstance(found, list):
            part["ocr_result"] = {"words_info": found}
        choice = {
            "finish_reason": "stop" if finished else "length",
            "message": {"role": "assistant", "content": [part]},
        }
        usage = {"input_tokens": 1500, "output_tokens": 400, "total_tokens": 1900, "image_tokens": 1400}
        return Reply({"output": {"choices": [choice]}, "usage": usage, "request_id": "r-1"})

    def inside(self, request: Request) -> Reply:
        return Reply(
            {"code": "InvalidParameter", "message": f"The image is broken. {KEY}", "request_id": "r"}
        )

    def error(self, status: int, retry_after: float | None) -> Reply:
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        body = {"code": "Refused", "message": f"Incorrect API key provided: {KEY}", "request_id": "r-1"}
        return Reply(body, status, headers)


WIRES = [QwenOcrWire()]
