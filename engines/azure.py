"""Azure Document Intelligence v4 (2024-11-30): prebuilt-read and prebuilt-layout.

Words with polygons and confidences are measured, handwriting included. The region is the resource's own: its
endpoint names the resource, and INKVEIL_AZURE_REGION says where that is.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Mapping
from typing import Any, Final

from engines.base import PageImage, Price
from engines.remote import secrets
from engines.remote.engine import Remote
from engines.remote.failures import BadAnswer, from_code
from engines.remote.parsed import Answer, Ask, Connection, Parsed
from engines.remote.sent import Fit, send
from model.geometry import Quad
from model.words import Word
from storage.cloud import Limits

PAGES_KEPT: Final = ("pageNumber", "angle", "width", "height", "unit", "words", "lines")
SERVER_CODES: Final = {"InternalServerError", "ServiceUnavailable", "Timeout", "OperationTimeout"}


class AzureRead(Remote):
    """Words, lines and handwriting of a page."""

    name = "azure_read"
    title = "Azure Document Intelligence Read"
    provider = "Microsoft Azure"
    section = "azure"
    package = "azure.ai.documentintelligence"
    boxes = "word"
    vertical = True
    api = "2024-11-30"
    limits = Limits(per_minute=600, parallel=8)
    fit = Fit(max_side=10_000, min_side=50, max_bytes=40_000_000, format="png")
    loggers = ("azure",)
    model = "prebuilt-read"

    def connection(self) -> Connection:
        url = secrets.value(self.section, "endpoint", "AZURE_DOCUMENT_INTELLIGENCE_ENDPOINT").rstrip("/")
        key = secrets.secret(self.section, "key", "AZURE_DOCUMENT_INTELLIGENCE_KEY")
        return Connection(url, key, {"region": secrets.value(self.section, "region")})

    def missing(self, connection: Connection) -> str | None:
        if not connection.url:
            return "No address: set INKVEIL_AZURE_ENDPOINT to the resource's endpoint."
        return None if connection.key else "No key set: INKVEIL_AZURE_KEY."

    def region(self) -> str:
        return self.connection().more["region"] or "the resource's region"

    def price(self) -> Price:
        return Price(page=0.0015)

    def ask(self, page: PageImage, options: Mapping[str, Any]) -> Ask:  # noqa: ARG002 - it has none of its own
        return Ask(send(page, self.fit), self.model, {}, page.languages)

    def call(self, ask: Ask, connection: Connection, seconds: float) -> Answer:
        from azure.ai.documentintelligence import DocumentIntelligenceClient
        from azure.core.credentials import AzureKeyCredential
        from azure.core.exceptions import HttpResponseError

        client = DocumentIntelligenceClient(
            connection.url, AzureKeyCredential(connection.key.reveal()), api_version=self.api,
            retry_total=0, connection_timeout=min(seconds, 20.0), read_timeout=seconds,
        )  # fmt: skip
        with client:
            try:
                poller = client.begin_analyze_document(
                    ask.model,
                    io.BytesIO(ask.image.data),
                    content_type="application/octet-stream",
                    string_index_type="unicodeCodePoint",
                )
                result = poller.result(timeout=seconds)
            except HttpResponseError as error:
                inside = _code_inside(error)
                if inside is None:
                    raise
                raise inside from None
            if not poller.done():
                raise TimeoutError
        pages = [{k: p[k] for k in PAGES_KEPT if k in p} for p in result.as_dict().get("pages") or []]
        return Answer({"pages": pages, "styles": result.as_dict().get("styles") or []})

    def read(self, answer: Answer, ask: Ask) -> Parsed:
        return parse(answer.raw, ask.image.width, ask.image.height)


class AzureLayout(AzureRead):
    """The same words, read for their layout; dearer, and better on tables and forms."""

    name = "azure_layout"
    title = "Azure Document Intelligence Layout"
    model = "prebuilt-layout"

    def price(self) -> Price:
        return Price(page=0.01)


def _code_inside(error: Any) -> BadAnswer | None:
    """The failure that an answer of status 200 tells of; None where the status itself is the failure."""
    if error.response is None or error.response.status_code >= 300:
        return None
    try:
        inner = error.response.json()["error"]
        code = str(inner.get("code"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return BadAnswer("its answer cannot be read")
    return from_code(500 if code in SERVER_CODES else 400)


def parse(raw: Mapping[str, Any], width: int, height: int) -> Parsed:
    """AnalyzeResult (pages, styles) of one image of width x height px -> words.

    The page says in which unit it measures (pixel, or inch where the service made a PDF of the image): its
    own width and height lead to pixels. Which words are handwritten stays in the raw answer's styles.
    """
    pages = raw.get("pages") or []
    if len(pages) != 1:
        raise BadAnswer("its answer is for no or several pages")
    page = pages[0]
    across, down = float(page.get("width") or width), float(page.get("height") or height)
    sx, sy = (width / across, height / down) if across > 0 and down > 0 else (1.0, 1.0)
    if page.get("unit") == "pixel" and abs(across - width) <= 1 and abs(down - height) <= 1:
        sx = sy = 1.0
    lines = page.get("lines") or []
    starts = sorted(
        (int(span["offset"]), number) for number, line in enumerate(lines) for span in line.get("spans") or []
    )
    offsets = [offset for offset, _ in starts]
    words = []
    for word in page.get("words") or []:
        text = str(word.get("content") or "").strip()
        flat = word.get("polygon") or []
        if not text or len(flat) != 8:
            continue
        quad = Quad.of([(float(flat[i]) * sx, float(flat[i + 1]) * sy) for i in range(0, 8, 2)])
        at = bisect_right(offsets, int((word.get("span") or {}).get("offset", -1))) - 1
        confidence = word.get("confidence")
        sure = None if confidence is None else min(max(float(confidence), 0.0), 1.0)
        words.append(Word(text, quad, sure, starts[at][1] if at >= 0 else len(lines)))
    return Parsed(tuple(words))
