"""Gemini through google-genai: prompted for lines with boxes, which are the model's own estimate.

Its boxes are [ymin, xmin, ymax, xmax] in 0..1000. The model is an option of the allowance.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from engines.base import PageImage, Price
from engines.remote import secrets
from engines.remote.failures import BadAnswer
from engines.remote.parsed import Answer, Ask, Connection, Parsed, Question
from engines.remote.prompted import LINES_YX, Form, parse
from engines.remote.sent import Fit, send
from engines.remote.talk import Talker
from engines.remote.untrusted import Suspicious
from storage.cloud import Limits

ADDRESS: Final = "https://generativelanguage.googleapis.com"
FORM: Final = Form("json", "line", "thousand", "yxyx")
WITHHELD: Final = {
    "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY", "LANGUAGE", "OTHER",
}  # fmt: skip


class Gemini(Talker):
    """A language model; confidences only by asking several times (`samples`)."""

    name = "gemini"
    title = "Gemini"
    provider = "Google"
    section = "gemini"
    package = "google.genai"
    boxes = "line"
    confidence = False
    vertical = True
    native = False
    api = "v1beta"
    limits = Limits(per_minute=60, parallel=4)
    fit = Fit(max_side=3072, max_bytes=7_000_000, format="jpeg")
    loggers = ("google_genai", "google")
    options: ClassVar[Mapping[str, Any]] = {
        "model": "gemini-3-flash", "temperature": 0.0, "max_tokens": 16_384, "prompt": LINES_YX,
    }  # fmt: skip

    def connection(self) -> Connection:
        url = secrets.value(self.section, "endpoint") or ADDRESS
        return Connection(url, secrets.secret(self.section, "key", "GEMINI_API_KEY", "GOOGLE_API_KEY"))

    def missing(self, connection: Connection) -> str | None:
        return None if connection.key else "No key set: INKVEIL_GEMINI_KEY, or GEMINI_API_KEY."

    def region(self) -> str:
        return "global"

    def price(self) -> Price:
        return Price(tokens_in=0.5, tokens_out=3.0)

    def ask(self, page: PageImage, options: Mapping[str, Any]) -> Ask:
        settings = {name: options[name] for name in ("prompt", "temperature", "max_tokens")}
        return Ask(send(page, self.fit), str(options["model"]), settings, page.languages)

    def call(self, ask: Ask, connection: Connection, seconds: float) -> Answer:
        from google.genai import types

        image = types.Part.from_bytes(data=ask.image.data, mime_type=ask.image.media_type)
        return self._generate(ask.model, [image, ask.settings["prompt"]], ask.settings, connection, seconds)

    def talk(self, question: Question, connection: Connection, seconds: float) -> Answer:
        settings = {**question.settings, "system": question.system}
        return self._generate(question.model, [question.text], settings, connection, seconds)

    def _generate(
        self, model: str, contents: list[Any], settings: Mapping[str, Any], connection: Connection,
        seconds: float,
    ) -> Answer:  # fmt: skip
        from google import genai
        from google.genai import types

        http = types.HttpOptions(
            base_url=connection.url,
            api_version=self.api,
            timeout=max(int(seconds * 1000), 1),
            retry_options=types.HttpRetryOptions(attempts=1),
        )
        config = types.GenerateContentConfig(
            temperature=settings["temperature"],
            max_output_tokens=settings["max_tokens"],
            system_instruction=settings.get("system"),
            response_mime_type="application/json",
        )
        with genai.Client(api_key=connection.key.reveal(), http_options=http) as client:
            answer = client.models.generate_content(model=model, contents=contents, config=config)
        raw = answer.model_dump(
            mode="json",
            exclude_none=True,
            include={"candidates", "prompt_feedback", "usage_metadata", "model_version"},
        )
        usage = raw.get("usage_metadata") or {}
        out = int(usage.get("candidates_token_count") or 0) + int(usage.get("thoughts_token_count") or 0)
        model = str(raw.get("model_version") or "")
        return Answer(raw, int(usage.get("prompt_token_count") or 0), out, model)

    def read(self, answer: Answer, ask: Ask) -> Parsed:
        text, finished = self.said(answer)
        return parse(
            text, FORM, (ask.image.width, ask.image.height), finished=finished, languages=ask.languages
        )

    def said(self, answer: Answer) -> tuple[str, bool]:
        return said(answer.raw)


def said(raw: Mapping[str, Any]) -> tuple[str, bool]:
    """The text of a GenerateContentResponse in snake_case, and whether it is complete. Raises Suspicious."""
    candidates = raw.get("candidates") or []
    if not candidates:
        if (raw.get("prompt_feedback") or {}).get("block_reason"):
            raise Suspicious("refusal")
        raise BadAnswer("its answer is empty")
    first = candidates[0]
    reason = str(first.get("finish_reason") or "STOP")
    if reason in WITHHELD:
        raise Suspicious("refusal")
    parts = (first.get("content") or {}).get("parts") or []
    text = "".join(str(p.get("text") or "") for p in parts if not p.get("thought"))
    return text, reason == "STOP"
