"""Azure AI Vision Image Analysis 4.0 on the wire: POST /computervision/imageanalysis:analyze."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from fake_cloud import KEY, Reply, Request, Seen, lines_on, words_on
from wire import Wire


def result(words: list[Seen], width: int, height: int, *, factor: float = 1.0, halved: bool = False) -> Any:
    """An ImageAnalysisResult; `halved`: measured on an image of half the size, as its metadata says."""
    scale = factor / 2 if halved else factor

    def polygon(box: tuple[int, int, int, int]) -> list[dict[str, int]]:
        x0, y0, x1, y1 = (round(v * scale) for v in box)
        return [{"x": x0, "y": y0}, {"x": x1, "y": y0}, {"x": x1, "y": y1}, {"x": x0, "y": y1}]

    lines = [
        {
            "text": line.text,
            "boundingPolygon": polygon(line.box),
            "words": [
                {"text": w.text, "boundingPolygon": polygon(w.box), "confidence": 0.981}
                for w in words
                if w.line == line.line
            ],
        }
        for line in lines_on(words)
    ]
    size = {"width": width // 2, "height": height // 2} if halved else {"width": width, "height": height}
    blocks = [{"lines": lines}] if lines else []
    return {"modelVersion": "2023-10-01", "metadata": size, "readResult": {"blocks": blocks}}


class AzureVisionWire(Wire):
    """One POST, one answer."""

    engine = "azure_vision"
    package = "azure.ai.vision.imageanalysis"

    def __init__(self, label: str = "", *, halved: bool = False) -> None:
        self.label, self.halved = label, halved

    def image(self, request: Request) -> bytes:
        path, _, query = request.path.partition("?")
        assert path == "/computervision/imageanalysis:analyze"
        asked = parse_qs(query)
        assert asked == {"api-version": ["2023-10-01"], "features": ["read"], "model-version": ["latest"]}
        assert request.headers["ocp-apim-subscription-key"] == KEY
        assert request.headers["content-type"] == "application/octet-stream"
        return request.body

    def ok(self, request: Request) -> Reply:
        return Reply(result(*words_on(self.image(request)), halved=self.halved))

    def blank(self, request: Request) -> Reply:
        return Reply(result([], 1000, 1400))

    def elsewhere(self, request: Request) -> Reply:
        return Reply(result(*words_on(self.image(request)), factor=4.0))

    def huge(self, request: Request) -> Reply:
        return Reply(result([Seen("much " * (2 << 20), (9, 9, 99, 99), 0)], 1000, 1400))

    def inside(self, request: Request) -> Reply:
        return Reply({"error": {"code": "InvalidRequest", "message": f"The image is corrupted. {KEY}"}})

    def error(self, status: int, retry_after: float | None) -> Reply:
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        body = {"error": {"code": str(status), "message": f"Access denied: {KEY}", "innererror": {}}}
        return Reply(body, status, headers)


WIRES = [AzureVisionWire(), AzureVisionWire("resized", halved=True)]
