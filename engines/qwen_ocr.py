"""Qwen-OCR of Alibaba Cloud Model Studio (DashScope): its task advanced_recognition, lines with corners.

The task's prompt is the service's own. Corners are a model's estimate in pixels of the sent image, which has
a size that the model takes as it is (multiples of 32) and is not turned (enable_rotate), so that there is
one frame only; what does not lie on ink loses its places (engines.remote.engine).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from engines.base import PageImage, Price
from engines.remote import http, secrets
from engines.remote.engine import Remote
from engines.remote.failures import BadAnswer
from engines.remote.parsed import Answer, Ask, Connection, Parsed
from engines.remote.places import Piece
from engines.remote.sent import Fit, send
from engines.remote.untrusted import Suspicious, check_text, json_in
from model.geometry import Box
from storage.cloud import Limits

PATH: Final = "/api/v1/services/aigc/multimodal-generation/generation"
HOSTS: Final = {
    "singapore": "dashscope-intl.aliyuncs.com",
    "virginia": "dashscope-us.aliyuncs.com",
    "beijing": "dashscope.aliyuncs.com",
}
TASK: Final = "advanced_recognition"
SIZES: Final = {"min_pixels": 3072, "max_pixels": 8_388_608}


class QwenOcr(Remote):
    """A language model for text on images; confidences only by asking several times (`samples`)."""

    name = "qwen_ocr"
    title = "Qwen-OCR"
    provider = "Alibaba Cloud"
    section = "qwen_ocr"
    package = "requests"
    boxes = "line"
    confidence = False
    vertical = True
    native = False
    api = "v1"
    limits = Limits(per_minute=60, parallel=4)
    fit = Fit(multiple=32, max_bytes=7_000_000, format="jpeg", **SIZES)
    options: ClassVar[Mapping[str, Any]] = {"model": "qwen-vl-ocr-2025-11-20"}

    def connection(self) -> Connection:
        place = secrets.value(self.section, "region").lower() or "singapore"
        url = secrets.value(self.section, "endpoint") or f"https://{HOSTS.get(place, HOSTS['singapore'])}"
        key = secrets.secret(self.section, "key", "DASHSCOPE_API_KEY")
        return Connection(url.rstrip("/"), key, {"region": place})

    def missing(self, connection: Connection) -> str | None:
        if connection.more["region"] not in HOSTS:
            return f"INKVEIL_QWEN_OCR_REGION is {', '.join(HOSTS)} or empty."
        return None if connection.key else "No key set: INKVEIL_QWEN_OCR_KEY, or DASHSCOPE_API_KEY."

    def region(self) -> str:
        return self.connection().more["region"]

    def price(self) -> Price:
        return Price(tokens_in=0.07, tokens_out=0.16)

    def ask(self, page: PageImage, options: Mapping[str, Any]) -> Ask:
        settings = {"task": TASK, "prompt": "", "enable_rotate": False, **SIZES}
        return Ask(send(page, self.fit), str(options["model"]), settings, page.languages)

    def call(self, ask: Ask, connection: Connection, seconds: float) -> Answer:
        image = {"image": ask.image.data_uri, "enable_rotate": False, **SIZES}
        asked = {
            "model": ask.model,
            "input": {"messages": [{"role": "user", "content": [image]}]},
            "parameters": {"ocr_options": {"task": TASK}},
        }
        raw = http.ask("POST", connection.url + PATH, connection.key, seconds, json=asked).json()
        usage = raw.get("usage") or {}
        return Answer(raw, int(usage.get("input_tokens") or 0), int(usage.get("output_tokens") or 0))

    def read(self, answer: Answer, ask: Ask) -> Parsed:
        return parse(answer.raw, ask.languages)


def parse(raw: Mapping[str, Any], languages: Sequence[str] = ()) -> Parsed:
    """Output of advanced_recognition -> lines in pixels of the sent image. Raises BadAnswer, Suspicious.

    A line is {"text", "location": x and y of four corners, "rotate_rect": centre, size, angle}; the box
    around the corners counts. One line without a place leaves all words to the other engines, as in prompted.
    """
    choices = (raw.get("output") or {}).get("choices") or []
    if not choices and raw.get("code"):
        raise BadAnswer("it refused the image or a setting", "bad_input")
    if not choices:
        raise BadAnswer("its answer is empty")
    content = (choices[0].get("message") or {}).get("content") or []
    parts = [p for p in content if isinstance(p, Mapping)] if isinstance(content, list) else []
    said = content if isinstance(content, str) else "".join(str(p.get("text") or "") for p in parts)
    finished = str(choices[0].get("finish_reason") or "stop") == "stop"
    check_text(said, finished=finished)
    results = [p["ocr_result"] for p in parts if isinstance(p.get("ocr_result"), Mapping)]
    found = results[0].get("words_info") if results else None
    if not isinstance(found, list) or (not found and said.strip() and json_in(said) != []):
        raise Suspicious("not_json")
    items = [(str(i.get("text") or "").strip(), _box(i.get("location"))) for i in found]
    items = [(text, box) for text, box in items if text]
    whole = "\n".join(text for text, _ in items)
    check_text(whole, languages=languages)
    pieces = tuple(Piece(text, box) for text, box in items if box is not None)
    strays = len(items) - len(pieces)
    if strays:
        return Parsed(text=whole, noticed={"no_place": strays})
    return Parsed(pieces=pieces, text=whole)


def _box(corners: Any) -> Box | None:
    """The box around x0, y0 ... x3, y3; None where they are no corners."""
    try:
        flat = [float(v) for v in corners]
    except (TypeError, ValueError):
        return None
    if len(flat) != 8 or not all(map(math.isfinite, flat)):
        return None
    box = Box.around(list(zip(flat[::2], flat[1::2], strict=True)))
    return Box(box.x0, box.y0, max(box.x1, box.x0 + 1), max(box.y1, box.y0 + 1))
