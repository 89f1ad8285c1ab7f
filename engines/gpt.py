"""GPT through openai's Responses API: prompted for lines with boxes, which are the model's own estimate.

Its boxes are asked for as [x1, y1, x2, y2] in 0..1000, so that they stay right however the service sizes the
image. Nothing is stored at the provider (`store`). A model behind another server that speaks the older
chat/completions is engines.openai_compatible's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from engines.base import PageImage, Price
from engines.remote import secrets
from engines.remote.failures import BadAnswer, from_code
from engines.remote.parsed import Answer, Ask, Connection, Parsed, Question
from engines.remote.prompted import GENERAL_PROMPT, Form
from engines.remote.prompted import parse as parse_prompted
from engines.remote.sent import Fit, send
from engines.remote.talk import Talker
from engines.remote.untrusted import Suspicious
from storage.cloud import Limits

ADDRESS: Final = "https://api.openai.com/v1"
FORM: Final = Form("json", "line", "thousand")
LINES_XY: Final = (
    GENERAL_PROMPT
    + '{"text": the line, "bbox_2d": [x1, y1, x2, y2]}, the box tight around the line, its upper left and '
    "lower right corner, in 0 to 1000 across and down the image. For a page without text answer []."
)
WITHHELD: Final = {"bio_policy", "misalignment_policy_violation", "image_content_policy_violation"}
STATUSES: Final[Mapping[str, int]] = {
    "server_error": 500, "vector_store_timeout": 500, "rate_limit_exceeded": 429,
    "data_residency_mismatch": 403, "image_too_large": 413, "image_file_too_large": 413,
}  # fmt: skip
"""Codes of an error inside a Response, where they are not the image's or the request's fault (400)."""


class Gpt(Talker):
    """A language model; confidences only by asking several times (`samples`)."""

    name = "gpt"
    title = "GPT"
    provider = "OpenAI"
    section = "gpt"
    package = "openai"
    extra = "openai"
    boxes = "line"
    confidence = False
    vertical = True
    native = False
    api = "responses/1"
    limits = Limits(per_minute=60, parallel=4)
    fit = Fit(max_side=2048, max_bytes=7_000_000, format="jpeg")
    loggers = ("openai",)
    # No temperature: reasoning models refuse one. An empty effort is not sent (models that do not reason).
    options: ClassVar[Mapping[str, Any]] = {
        "model": "gpt-5.4", "effort": "low", "detail": "high", "max_tokens": 16_384, "prompt": LINES_XY,
    }  # fmt: skip

    def connection(self) -> Connection:
        url = secrets.value(self.section, "endpoint") or ADDRESS
        return Connection(url.rstrip("/"), secrets.secret(self.section, "key", "OPENAI_API_KEY"))

    def missing(self, connection: Connection) -> str | None:
        return None if connection.key else "No key set: INKVEIL_GPT_KEY, or OPENAI_API_KEY."

    def price(self) -> Price:
        return Price(tokens_in=2.5, tokens_out=15.0, expected_in=3500, expected_out=3000)

    def ask(self, page: PageImage, options: Mapping[str, Any]) -> Ask:
        settings = {name: options[name] for name in ("prompt", "effort", "detail", "max_tokens")}
        return Ask(send(page, self.fit), str(options["model"]), settings, page.languages)

    def call(self, ask: Ask, connection: Connection, seconds: float) -> Answer:
        detail = ask.settings["detail"]
        image = {"type": "input_image", "image_url": ask.image.data_uri, "detail": detail}
        text = {"type": "input_text", "text": ask.settings["prompt"]}
        return self._create({"model": ask.model}, [image, text], ask.settings, connection, seconds)

    def talk(self, question: Question, connection: Connection, seconds: float) -> Answer:
        request = {"model": question.model, "instructions": question.system}
        content = [{"type": "input_text", "text": question.text}]
        return self._create(request, content, question.settings, connection, seconds)

    def _create(
        self, request: dict[str, Any], content: list[dict[str, Any]], settings: Mapping[str, Any],
        connection: Connection, seconds: float,
    ) -> Answer:  # fmt: skip
        from openai import OpenAI

        request["input"] = [{"role": "user", "content": content}]
        request["max_output_tokens"] = settings["max_tokens"]
        request["store"] = False
        if settings["effort"]:
            request["reasoning"] = {"effort": settings["effort"]}
        with OpenAI(
            base_url=connection.url, api_key=connection.key.reveal(), max_retries=0, timeout=seconds
        ) as client:
            answer = client.responses.create(**request)
        if isinstance(answer, str):  # what the SDK returns for an answer that is no JSON
            raise Suspicious("html")
        raw = answer.model_dump(
            mode="json",
            exclude_none=True,
            include={"status", "error", "incomplete_details", "output", "usage", "model"},
        )
        usage = raw.get("usage") or {}
        return Answer(
            raw, int(usage.get("input_tokens") or 0), int(usage.get("output_tokens") or 0),
            str(raw.get("model") or ""),
        )  # fmt: skip

    def read(self, answer: Answer, ask: Ask) -> Parsed:
        return parse(answer.raw, (ask.image.width, ask.image.height), ask.languages)

    def said(self, answer: Answer) -> tuple[str, bool]:
        return said(answer.raw)


def parse(raw: Mapping[str, Any], size: tuple[int, int], languages: tuple[str, ...] = ()) -> Parsed:
    """A Response about an image of size (width, height) px -> its lines in these pixels.

    Raises BadAnswer, Suspicious.
    """
    text, finished = said(raw)
    return parse_prompted(text, FORM, size, finished=finished, languages=languages)


def said(raw: Mapping[str, Any]) -> tuple[str, bool]:
    """The text of a Response, and whether it is complete. Raises BadAnswer, Suspicious."""
    error = raw.get("error")
    if error:
        code = str(error.get("code")) if isinstance(error, Mapping) else ""
        if code in WITHHELD:
            raise Suspicious("refusal")
        raise from_code(STATUSES.get(code, 400))
    parts = [
        part
        for item in raw.get("output") or []
        if item.get("type") == "message"
        for part in item.get("content") or []
    ]
    why = (raw.get("incomplete_details") or {}).get("reason")
    if why == "content_filter" or any(part.get("type") == "refusal" for part in parts):
        raise Suspicious("refusal")
    finished = raw.get("status") == "completed"
    texts = [str(part.get("text") or "") for part in parts if part.get("type") == "output_text"]
    if not texts and (finished or why is None):
        raise BadAnswer("its answer is empty")
    return "".join(texts), finished
