"""Azure Document Intelligence v4 on the wire: POST :analyze answers 202, the result is fetched."""

from __future__ import annotations

from typing import Any

from fake_cloud import HTML, KEY, Reply, Request, Seen, lines_on, words_on
from wire import Wire


def result(words: list[Seen], width: int, height: int, *, unit: str = "pixel", factor: float = 1.0) -> Any:
    """An analyzeResult of one page; with `unit` inch at 96 dots an inch."""
    scale = factor / 96 if unit == "inch" else factor
    content, offsets = "", []
    for n, word in enumerate(words):
        if n:
            content += "\n" if words[n - 1].line != word.line else " "
        offsets.append(len(content))
        content += word.text

    def polygon(box: tuple[int, int, int, int]) -> list[float]:
        x0, y0, x1, y1 = (v * scale for v in box)
        return [x0, y0, x1, y0, x1, y1, x0, y1]

    starts: dict[int, int] = {}
    for word, offset in zip(words, offsets, strict=True):
        starts.setdefault(word.line, offset)
    page = {
        "pageNumber": 1, "angle": 0.0, "unit": unit,
        "width": width / 96 if unit == "inch" else width, "height": height / 96 if unit == "inch" else height,
        "spans": [{"offset": 0, "length": len(content)}],
        "words": [
            {"content": w.text, "polygon": polygon(w.box), "confidence": 0.93,
             "span": {"offset": o, "length": len(w.text)}}
            for w, o in zip(words, offsets, strict=True)
        ],
        "lines": [
            {"content": line.text, "polygon": polygon(line.box),
             "spans": [{"offset": starts[line.line], "length": len(line.text)}]}
            for line in lines_on(words)
        ],
    }  # fmt: skip
    styles = [{"isHandwritten": True, "confidence": 0.8, "spans": [{"offset": 0, "length": len(content)}]}]
    return {
        "apiVersion": "2024-11-30", "modelId": "prebuilt-read", "stringIndexType": "unicodeCodePoint",
        "contentFormat": "text", "content": content, "pages": [page], "styles": styles if words else [],
    }  # fmt: skip


class Azure(Wire):
    """What the POST asked for is kept, and given at the second GET."""

    package = "azure.ai.documentintelligence"
    unit = "pixel"

    def __init__(self, engine: str, model: str, label: str = "", unit: str = "pixel") -> None:
        self.engine, self.model, self.label, self.unit = engine, model, label, unit
        self.due: dict[str, list[Any]] = {}

    def environment(self, url: str) -> dict[str, str]:
        return {"INKVEIL_AZURE_ENDPOINT": url, "INKVEIL_AZURE_KEY": KEY}

    def poll(self, request: Request) -> Reply:
        waiting = self.due[request.path.split("/")[-1].split("?")[0]]
        body = waiting.pop(0)
        return body if isinstance(body, Reply) else Reply(body, 200, {"Retry-After": "0"})

    def accepted(self, request: Request, body: Any) -> Reply:
        path, _, query = request.path.partition("?")
        assert path == f"/documentintelligence/documentModels/{self.model}:analyze"
        assert "api-version=2024-11-30" in query
        assert request.headers["ocp-apim-subscription-key"] == KEY
        name = f"r{len(self.due) + 1}"
        self.due[name] = [{"status": "running"}, body]
        place = f"documentintelligence/documentModels/{self.model}/analyzeResults/{name}"
        where = f"http://{request.headers['host']}/{place}"
        return Reply(b"", 202, {"Operation-Location": f"{where}?api-version=2024-11-30", "Retry-After": "0"})

    def done(self, request: Request, found: Any) -> Reply:
        return self.accepted(request, {"status": "succeeded", "analyzeResult": found})

    def ok(self, request: Request) -> Reply:
        return self.done(request, result(*words_on(request.body), unit=self.unit))

    def blank(self, request: Request) -> Reply:
        return self.done(request, result([], 1000, 1400))

    def elsewhere(self, request: Request) -> Reply:
        return self.done(request, result(*words_on(request.body), unit=self.unit, factor=4.0))

    def huge(self, request: Request) -> Reply:
        return self.done(request, result([Seen("much " * (2 << 20), (9, 9, 99, 99), 0)], 1000, 1400))

    def inside(self, request: Request) -> Reply:
        error = {"code": "InvalidContent", "message": f"The file is corrupted. {KEY}"}
        return self.accepted(request, {"status": "failed", "error": error})

    def cut(self, request: Request) -> Reply:
        whole = Reply({"status": "succeeded", "analyzeResult": result(*words_on(request.body))}).encoded()
        return self.accepted(request, Reply(whole[: len(whole) // 2]))

    def page_of_html(self, request: Request) -> Reply:
        return self.accepted(request, Reply(HTML, 200, {"Content-Type": "text/html"}))

    def error(self, status: int, retry_after: float | None) -> Reply:
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        return Reply({"error": {"code": str(status), "message": f"Access denied: {KEY}"}}, status, headers)


WIRES = [
    Azure("azure_read", "prebuilt-read"),
    Azure("azure_read", "prebuilt-read", "inch", "inch"),
    Azure("azure_layout", "prebuilt-layout"),
]
