"""Nutrient's Data Extraction API on the wire, version 2026-05-25: POST /extraction/parse, multipart."""

from __future__ import annotations

import email
import json
from typing import Any

from fake_cloud import KEY, Reply, Request, Seen, lines_on, words_on
from wire import Wire


def bounds(box: tuple[int, int, int, int], scale: float) -> dict[str, float]:
    x0, y0, x1, y1 = (v * scale for v in box)
    return {"x": x0, "y": y0, "width": x1 - x0, "height": y1 - y0}


def elements(
    words: list[Seen],
    width: int,
    height: int,
    *,
    kind: str = "paragraph",
    canvas: float = 1.0,
    off: float = 1.0,
) -> list[dict[str, Any]]:
    """Spatial elements measured on a canvas of `canvas` times the image's size.

    kind: paragraph or handwriting with words, one a line, or one table whose cells hold a line each and no
    words. They come in another order than that of reading.
    """
    scale = canvas * off
    page = {"pageIndex": 0, "pageNumber": 1, "width": width * canvas, "height": height * canvas}
    rows = lines_on(words)
    if kind == "table" and rows:
        cells = [
            {"id": f"c-{n}", "row": n, "column": 0, "rowSpan": 1, "colSpan": 1, "text": row.text,
             "bounds": bounds(row.box, scale), "confidence": 0.9}
            for n, row in enumerate(rows)
        ]  # fmt: skip
        return [
            {"id": "t", "type": "table", "rowCount": len(rows), "columnCount": 1, "cells": cells[::-1],
             "bounds": bounds((0, 0, width, height), canvas), "confidence": 0.8, "readingOrder": 0,
             "page": page}
        ]  # fmt: skip
    found = [
        {
            "id": f"e-{n}", "type": kind, "role": "Text", "text": row.text, "confidence": 0.95,
            "readingOrder": n, "bounds": bounds(row.box, scale), "page": page,
            "words": [
                {"text": w.text, "bounds": bounds(w.box, scale), "confidence": 0.97}
                for w in words if w.line == row.line
            ],
        }
        for n, row in enumerate(rows)
    ]  # fmt: skip
    return found[::-1]


class NutrientWire(Wire):
    """One POST, one answer."""

    engine = "nutrient_vision"
    package = "requests"

    def __init__(self, mode: str, label: str = "", kind: str = "paragraph", canvas: float = 1.0) -> None:
        self.label, self.mode, self.kind, self.canvas = label, mode, kind, canvas
        self.lines = kind == "table"
        self.options = {"mode": mode}

    def environment(self, url: str) -> dict[str, str]:
        return {"INKVEIL_NUTRIENT_ENDPOINT": url, "INKVEIL_NUTRIENT_KEY": KEY}

    def image(self, request: Request) -> bytes:
        assert request.path == "/extraction/parse"
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert request.headers["x-nutrient-api-version"] == "2026-05-25"
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        parts = {
            p.get_param("name", header="content-disposition"): p
            for p in email.message_from_bytes(head + request.body).get_payload()  # type: ignore[union-attr]
        }
        asked = json.loads(parts["instructions"].get_payload(decode=True))
        assert asked == {
            "mode": self.mode,
            "output": {"format": "spatial", "includeWords": True},
            "options": {"language": ["eng"]},
        }
        assert parts["file"].get_content_type() in ("image/png", "image/jpeg")
        return parts["file"].get_payload(decode=True)

    def answer(self, found: list[dict[str, Any]]) -> Reply:
        body = {
            "status": 200, "requestId": "req_invented", "output": {"elements": found},
            "metrics": {"processingTimeMs": 900, "pagesProcessed": 1},
            "usage": {"data_extraction_credits": {"cost": 1.5, "remainingCredits": 850}},
            "configuration": {"mode": self.mode, "outputFormat": "spatial"},
        }  # fmt: skip
        return Reply(body)

    def ok(self, request: Request) -> Reply:
        seen = words_on(self.image(request))
        return self.answer(elements(*seen, kind=self.kind, canvas=self.canvas))

    def blank(self, request: Request) -> Reply:
        return self.answer([])

    def elsewhere(self, request: Request) -> Reply:
        seen = words_on(self.image(request))
        return self.answer(elements(*seen, kind=self.kind, canvas=self.canvas, off=4.0))

    def huge(self, request: Request) -> Reply:
        return self.answer(elements([Seen("much " * (2 << 20), (9, 9, 99, 99), 0)], 1000, 1400))

    def inside(self, request: Request) -> Reply:
        return Reply({"status": 400, "requestId": "req_invented", "errorMessage": f"Malformed. {KEY}"})

    def error(self, status: int, retry_after: float | None) -> Reply:
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        body = {
            "status": status,
            "requestId": "req_invented",
            "errorMessage": f"Refused. Key: {KEY}",
            "errorDetails": {"source": "request", "code": "invalid_request"},
        }
        return Reply(body, status, headers)


WIRES = [
    NutrientWire("structure"),
    NutrientWire("understand", "canvas", kind="handwriting", canvas=0.85),
    NutrientWire("agentic", "cells", kind="table", canvas=1.7),
]
