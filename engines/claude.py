"""Claude through anthropic: prompted for lines with boxes, which are the model's own estimate.

Its boxes are [x1, y1, x2, y2] in pixels of the image that the model sees (its documentation: it does not work
well with normalised ones). So the image is sent no larger than the model takes unchanged, and the tokens that
are counted for it say whether it was: a patch of 28 x 28 px is a token.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from engines.base import PageImage, Price
from engines.remote import secrets
from engines.remote.failures import BadAnswer
from engines.remote.parsed import Answer, Ask, Connection, Parsed, Question
from engines.remote.prompted import GENERAL_PROMPT, Form
from engines.remote.prompted import parse as parse_prompted
from engines.remote.sent import Fit, send
from engines.remote.talk import Talker
from engines.remote.untrusted import Suspicious
from storage.cloud import Limits

ADDRESS: Final = "https://api.anthropic.com"
FORM: Final = Form("json", "line", "pixels")
LINES_PX: Final = (
    GENERAL_PROMPT
    + '{"text": the line, "bbox_2d": [x1, y1, x2, y2]}, the box tight around the line, its upper left and '
    "lower right corner in pixel coordinates. For a page without text answer []."
)
PATCH: Final = 28
FINE, COARSE = 2576, 1568
"""The longest side that models take unchanged: Opus 4.7 and what came after it; those before."""
BEFORE_FINE: Final = re.compile(r"claude-(?:\d|(?:opus|sonnet|haiku)-4(?:-[0-6])?(?:-\d{8})?$)")
MOST_PIXELS: Final[Mapping[int, int]] = {FINE: 3_600_000, COARSE: 1_150_000}
"""For any proportions at most the 4784, or 1568, patches of the longest side's class."""
ENDED: Final = {"end_turn", "stop_sequence"}


class Claude(Talker):
    """A language model; confidences only by asking several times (`samples`)."""

    name = "claude"
    title = "Claude"
    provider = "Anthropic"
    section = "claude"
    package = "anthropic"
    extra = "anthropic"
    boxes = "line"
    confidence = False
    vertical = True
    native = False
    api = "messages/2023-06-01"
    limits = Limits(per_minute=50, parallel=4)
    loggers = ("anthropic",)
    # No temperature: from Opus 4.7 on these models refuse one. An empty effort is not sent (older models).
    options: ClassVar[Mapping[str, Any]] = {
        "model": "claude-sonnet-5-5", "effort": "low", "max_tokens": 16_384, "prompt": LINES_PX,
        "max_side": 0,
    }  # fmt: skip

    def connection(self) -> Connection:
        url = secrets.value(self.section, "endpoint") or ADDRESS
        return Connection(url.rstrip("/"), secrets.secret(self.section, "key", "ANTHROPIC_API_KEY"))

    def missing(self, connection: Connection) -> str | None:
        return None if connection.key else "No key set: INKVEIL_CLAUDE_KEY, or ANTHROPIC_API_KEY."

    def price(self) -> Price:
        return Price(tokens_in=2.0, tokens_out=10.0, expected_in=5000, expected_out=3000)

    def ask(self, page: PageImage, options: Mapping[str, Any]) -> Ask:
        image = send(page, fit(str(options["model"]), options["max_side"]))
        settings = {
            "prompt": f"{options['prompt']} The image is {image.width} x {image.height} pixels.",
            "effort": options["effort"],
            "max_tokens": options["max_tokens"],
        }
        return Ask(image, str(options["model"]), settings, page.languages)

    def call(self, ask: Ask, connection: Connection, seconds: float) -> Answer:
        source = {"type": "base64", "media_type": ask.image.media_type, "data": ask.image.base64}
        content = [{"type": "image", "source": source}, {"type": "text", "text": ask.settings["prompt"]}]
        return self._create({"model": ask.model}, content, ask.settings, connection, seconds)

    def talk(self, question: Question, connection: Connection, seconds: float) -> Answer:
        request = {"model": question.model, "system": question.system}
        content = [{"type": "text", "text": question.text}]
        return self._create(request, content, question.settings, connection, seconds)

    def _create(
        self, request: dict[str, Any], content: list[dict[str, Any]], settings: Mapping[str, Any],
        connection: Connection, seconds: float,
    ) -> Answer:  # fmt: skip
        from anthropic import Anthropic

        request["max_tokens"] = settings["max_tokens"]
        request["messages"] = [{"role": "user", "content": content}]
        if settings["effort"]:
            request["output_config"] = {"effort": settings["effort"]}
        with Anthropic(
            base_url=connection.url, api_key=connection.key.reveal(), max_retries=0, timeout=seconds
        ) as client:
            answer = client.messages.create(**request)
        if isinstance(answer, str):  # what the SDK returns for an answer that is no JSON
            raise Suspicious("html")
        raw = answer.model_dump(
            mode="json", exclude_none=True, include={"content", "stop_reason", "usage", "model"}
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


def fit(model: str, side: int = 0) -> Fit:
    """The largest image that the model takes unchanged; `side` px instead, where somebody knows better."""
    side = side or (COARSE if BEFORE_FINE.match(model) else FINE)
    most = MOST_PIXELS[COARSE if side <= COARSE else FINE]
    return Fit(max_side=min(side, FINE), max_pixels=most, max_bytes=3_700_000, format="jpeg")


def parse(raw: Mapping[str, Any], size: tuple[int, int], languages: tuple[str, ...] = ()) -> Parsed:
    """A Message about an image of size (width, height) px -> its lines in these pixels.

    Fewer tokens than the image has patches: the model saw a smaller one, and its boxes are in pixels that
    nobody knows. Then the text stays without places. Raises BadAnswer, Suspicious.
    """
    text, finished = said(raw)
    found = parse_prompted(text, FORM, size, finished=finished, languages=languages)
    patches = math.ceil(size[0] / PATCH) * math.ceil(size[1] / PATCH)
    counted = int((raw.get("usage") or {}).get("input_tokens") or 0)
    if found.pieces and counted < patches:
        return Parsed(text=found.text, noticed={**found.noticed, "coordinates": len(found.pieces)})
    return found


def said(raw: Mapping[str, Any]) -> tuple[str, bool]:
    """The text of a Message, and whether it is complete. Raises BadAnswer, Suspicious."""
    reason = raw.get("stop_reason")
    if reason == "refusal":
        raise Suspicious("refusal")
    texts = [str(c.get("text") or "") for c in raw.get("content") or [] if c.get("type") == "text"]
    if not texts and reason in (None, *ENDED):
        raise BadAnswer("its answer is empty")
    return "".join(texts), reason in ENDED
