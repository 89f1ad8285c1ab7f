"""Mistral OCR on the wire: POST /v1/ocr. It measures in a size of its own, here half the sent image's."""

from __future__ import annotations

import base64
from typing import Any

from fake_cloud import KEY, Reply, Request, Seen, lines_on, words_on
from wire import Wire


def answer(words: list[Seen], width: int, height: int, *, scale: float = 0.5, out: float = 1.0) -> Any:
    """An OCRResponse with a block a line; `out` throws its boxes off their place."""
    lines = lines_on(words)
    blocks = []
    for n, line in enumerate(lines):
        x0, y0, x1, y1 = (round(v * scale * out) for v in line.box)
        blocks.append(
            {"type": "title" if n == 0 else "text", "top_left_x": x0, "top_left_y": y0, "bottom_right_x": x1,
             "bottom_right_y": y1, "content": f"# {line.text}" if n == 0 else line.text}
        )  # fmt: skip
    markdown = "\n\n".join(str(b["content"]) for b in blocks)
    scores, at = [], 0
    for word in words:
        at = markdown.index(word.text, at)
        scores.append({"text": word.text, "confidence": 0.9, "start_index": at})
    confidence = {
        "average_page_confidence_score": 0.9, "minimum_page_confidence_score": 0.6,
        "word_confidence_scores": scores,
    }  # fmt: skip
    page = {
        "index": 0, "markdown": markdown, "images": [], "blocks": blocks, "confidence_scores": confidence,
        "dimensions": {"dpi": 200, "width": round(width * scale), "height": round(height * scale)},
    }  # fmt: skip
    usage = {"pages_processed": 1, "doc_size_bytes": 10}
    return {"model": "mistral-ocr-4-0", "usage_info": usage, "pages": [page]}


class MistralWire(Wire):
    engine = "mistral_ocr"
    package = "mistralai.client"
    boxed = False
    regions = True
    inside_kind = "bad_output"

    def asked(self, request: Request) -> bytes:
        assert request.path == "/v1/ocr"
        assert request.headers.get("authorization") == f"Bearer {KEY}"
        asked = request.json
        assert asked["model"] == "mistral-ocr-4-0"
        assert asked["include_blocks"] is True
        assert asked["include_image_base64"] is False
        assert asked["confidence_scores_granularity"] == "word"
        assert asked["document"]["type"] == "image_url"
        return base64.b64decode(asked["document"]["image_url"].split(",")[1])

    def ok(self, request: Request) -> Reply:
        return Reply(answer(*words_on(self.asked(request))))

    def blank(self, request: Request) -> Reply:
        return Reply(answer([], 1000, 1400))

    def elsewhere(self, request: Request) -> Reply:
        return Reply(answer(*words_on(self.asked(request)), out=4.0))

    def huge(self, request: Request) -> Reply:
        return Reply(answer([Seen("much " * (2 << 20), (9, 9, 99, 99), 0)], 1000, 1400))

    def inside(self, request: Request) -> Reply:
        return Reply({"object": "error", "message": f"Broken. {KEY}", "type": "invalid_file", "code": "3310"})

    def error(self, status: int, retry_after: float | None) -> Reply:
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        return Reply({"message": f"Unauthorized: {KEY}", "request_id": "r1"}, status, headers)


WIRES = [MistralWire()]
