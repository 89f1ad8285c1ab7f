"""Gemini on the wire: models/MODEL:generateContent."""

from __future__ import annotations

import base64
import json
from typing import Any

from fake_cloud import KEY, Reply, Request, Seen, lines_on
from wire import PromptedWire


class GeminiWire(PromptedWire):
    engine = "gemini"
    package = "google.genai"
    lines = True

    def image(self, request: Request) -> bytes:
        assert request.path == "/v1beta/models/gemini-3-flash:generateContent"
        assert request.headers.get("x-goog-api-key") == KEY
        parts = request.json["contents"][0]["parts"]
        return base64.urlsafe_b64decode(next(p["inlineData"]["data"] for p in parts if "inlineData" in p))

    def written(self, words: list[Seen], width: int, height: int) -> str:
        items = []
        for line in lines_on(words):
            x0, y0, x1, y1 = line.box
            box = [
                round(v)
                for v in (y0 / height * 1000, x0 / width * 1000, y1 / height * 1000, x1 / width * 1000)
            ]
            items.append({"text": line.text, "box_2d": box})
        return json.dumps(items)

    def says(self, text: str, *, finished: bool = True) -> Reply:
        candidate = {
            "content": {"role": "model", "parts": [{"text": text}]},
            "finishReason": "STOP" if finished else "MAX_TOKENS",
            "index": 0,
        }
        usage = {"promptTokenCount": 1000, "candidatesTokenCount": 500, "totalTokenCount": 1500}
        return Reply({"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-3-flash"})

    inside_kind = "bad_output"

    def inside(self, request: Request) -> Reply:
        return Reply({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 9}})

    def error(self, status: int, retry_after: float | None) -> Reply:
        names = {
            401: "UNAUTHENTICATED",
            403: "PERMISSION_DENIED",
            429: "RESOURCE_EXHAUSTED",
            503: "UNAVAILABLE",
        }
        error: dict[str, Any] = {
            "code": status, "message": f"API key not valid: {KEY}", "status": names.get(status, "INTERNAL"),
        }  # fmt: skip
        if retry_after is not None:
            error["details"] = [
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{retry_after:g}s"}
            ]
        return Reply({"error": error}, status)


WIRES = [GeminiWire()]
