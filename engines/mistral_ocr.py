"""Mistral OCR through mistralai: a page's Markdown, and the boxes of its blocks with confidences.

It says no word's place: its words are placed by the other engines' words. What it is sure of word by word
stays in the raw answer, and makes a block's confidence where the answer has none for the block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, ClassVar, Final

from engines.base import PageImage, Price
from engines.remote import secrets
from engines.remote.engine import Remote
from engines.remote.failures import BadAnswer
from engines.remote.parsed import Answer, Ask, Connection, Parsed
from engines.remote.places import place
from engines.remote.sent import Fit, send
from engines.remote.untrusted import check_text, undecorated
from model.geometry import Box, Quad
from model.words import Region
from storage.cloud import Limits

ADDRESS: Final = "https://api.mistral.ai"
CORNERS: Final = ("top_left_x", "top_left_y", "bottom_right_x", "bottom_right_y")
PAGES_KEPT: Final = ("index", "markdown", "dimensions", "blocks", "confidence_scores")


class MistralOcr(Remote):
    """Text and blocks of a page."""

    name = "mistral_ocr"
    title = "Mistral OCR"
    provider = "Mistral AI"
    section = "mistral_ocr"
    package = "mistralai"
    extra = "mistral"
    boxes = "block"
    api = "ocr/1"
    limits = Limits(per_minute=60, parallel=4)
    fit = Fit(max_side=4096, max_bytes=7_000_000, format="jpeg")
    loggers = ("mistralai",)
    options: ClassVar[Mapping[str, Any]] = {"model": "mistral-ocr-4-0"}

    def connection(self) -> Connection:
        url = secrets.value(self.section, "endpoint") or ADDRESS
        return Connection(url.rstrip("/"), secrets.secret(self.section, "key", "MISTRAL_API_KEY"))

    def missing(self, connection: Connection) -> str | None:
        return None if connection.key else "No key set: INKVEIL_MISTRAL_OCR_KEY, or MISTRAL_API_KEY."

    def price(self) -> Price:
        return Price(page=0.004)

    def ask(self, page: PageImage, options: Mapping[str, Any]) -> Ask:
        # `package` is an empty namespace, looked for without importing it; what takes seconds is loaded here,
        # since a call's seconds are the provider's.
        import_module("mistralai.client")
        return Ask(send(page, self.fit), str(options["model"]), {"confidence": "word"}, page.languages)

    def call(self, ask: Ask, connection: Connection, seconds: float) -> Answer:
        from mistralai.client import Mistral

        request: dict[str, Any] = {
            "model": ask.model,
            "document": {"type": "image_url", "image_url": ask.image.data_uri},
            "include_image_base64": False,
            "include_blocks": True,
            "confidence_scores_granularity": ask.settings["confidence"],
        }
        with Mistral(
            api_key=connection.key.reveal(),
            server_url=connection.url,
            timeout_ms=max(int(seconds * 1000), 1),
            retry_config=None,
        ) as client:
            answer = client.ocr.process(**request).model_dump(mode="json")
        pages = [{k: p[k] for k in PAGES_KEPT if p.get(k) is not None} for p in answer.get("pages") or []]
        return Answer({"pages": pages}, model=str(answer.get("model") or ""))

    def read(self, answer: Answer, ask: Ask) -> Parsed:
        return parse(answer.raw, ask.image.width, ask.image.height, ask.languages)


def parse(raw: Mapping[str, Any], width: int, height: int, languages: Sequence[str] = ()) -> Parsed:
    """An OCRResponse's page of an image of width x height px -> its text, and blocks in these pixels.

    The page says in which size it was measured (`dimensions`). A language model wrote the text, so that
    it is checked as theirs are. Raises BadAnswer, Suspicious.
    """
    pages = raw.get("pages") or []
    if len(pages) != 1:
        raise BadAnswer("its answer is for no or several pages")
    page = pages[0]
    markdown = str(page.get("markdown") or "")
    check_text(markdown)
    text, decorations = undecorated(markdown)
    check_text(text, languages=languages)
    size = page.get("dimensions") or {}
    sx = width / float(size.get("width") or width)
    sy = height / float(size.get("height") or height)
    scores = (page.get("confidence_scores") or {}).get("word_confidence_scores") or []
    regions: list[Region] = []
    strays = at = 0
    for listed in page.get("blocks") or []:
        block = listed["raw"] if listed.get("is_unknown") else listed  # a kind newer than the SDK
        content = str(block.get("content") or "")
        start = markdown.find(content, at)
        at = start + len(content) if start >= 0 else at
        said, _ = undecorated(content)
        if not said:  # an image
            continue
        box = _box(block, width, height, sx, sy)
        if box is None:
            strays += 1
            continue
        sure = _sure(block, scores, start, at if start >= 0 else -1)
        regions.append(Region(said, Quad.from_box(box), "block", sure))
    noticed = {"decoration": decorations, "no_place": strays}
    return Parsed(text=text, regions=tuple(regions), noticed={k: n for k, n in noticed.items() if n})


def _box(block: Mapping[str, Any], width: int, height: int, sx: float, sy: float) -> Box | None:
    """The block's box in pixels of the sent image; None where it has none."""
    numbers = [block.get(name) for name in CORNERS]
    if not all(isinstance(n, int | float) for n in numbers):
        return None
    x0, y0, x1, y1 = (float(n) for n in numbers if n is not None)
    return place((x0 * sx, y0 * sy, x1 * sx, y1 * sy), width, height, "pixels")


def _sure(
    block: Mapping[str, Any], scores: Sequence[Mapping[str, Any]], start: int, end: int
) -> float | None:
    """The block's own confidence, else the mean of its words' in markdown[start:end]; None for neither."""
    own = (block.get("confidence_scores") or {}).get("average_content_confidence_score")
    words = [float(s["confidence"]) for s in scores if start <= int(s["start_index"]) < end]
    found = float(own) if own is not None else sum(words) / len(words) if words else None
    return None if found is None else min(max(found, 0.0), 1.0)
