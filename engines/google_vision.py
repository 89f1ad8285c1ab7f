"""Google Cloud Vision: DOCUMENT_TEXT_DETECTION through google-cloud-vision, over REST or gRPC.

Words, boxes and confidences are measured. The region is the endpoint's: EU and US keep the image there.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from engines.base import PageImage, Price
from engines.remote import secrets
from engines.remote.engine import Remote
from engines.remote.failures import BadAnswer, from_code
from engines.remote.parsed import Answer, Ask, Connection, Parsed
from engines.remote.sent import Fit, send
from model.geometry import Quad
from model.words import Word
from storage.cloud import Limits

if TYPE_CHECKING:
    from google.cloud.vision_v1 import ImageAnnotatorClient

HOSTS: Final = {
    "": "vision.googleapis.com", "eu": "eu-vision.googleapis.com", "us": "us-vision.googleapis.com",
}  # fmt: skip
HINTS: Final = {"ja-vert": "ja"}
BREAKS: Final = {1: "SPACE", 2: "SURE_SPACE", 3: "EOL_SURE_SPACE", 4: "HYPHEN", 5: "LINE_BREAK"}
ENDS: Final = {"EOL_SURE_SPACE", "HYPHEN", "LINE_BREAK"}
FEATURE: Final = "DOCUMENT_TEXT_DETECTION"
SCOPES: Final = ("https://www.googleapis.com/auth/cloud-vision",)
MOST_BYTES: Final = 64 << 20


class GoogleVision(Remote):
    """Word boxes and confidences a symbol, a word and a block; handwriting included."""

    name = "google_vision"
    title = "Google Cloud Vision"
    provider = "Google"
    section = "google_vision"
    package = "google.cloud.vision_v1"
    boxes = "word"
    vertical = True
    api = "v1"
    loggers = ("google", "grpc")
    limits = Limits(per_minute=1200, parallel=8)
    fit = Fit(max_pixels=75_000_000, max_bytes=7_000_000, format="png")

    def connection(self) -> Connection:
        place = secrets.value(self.section, "region").lower()
        url = secrets.value(self.section, "endpoint") or f"https://{HOSTS.get(place, HOSTS[''])}"
        more = {
            "region": place,
            "transport": secrets.value(self.section, "transport") or "grpc",
            "credentials": secrets.value(self.section, "credentials", "GOOGLE_APPLICATION_CREDENTIALS"),
        }
        return Connection(url, secrets.secret(self.section, "key"), more)

    def missing(self, connection: Connection) -> str | None:
        if connection.more["transport"] not in ("rest", "grpc"):
            return "INKVEIL_GOOGLE_VISION_TRANSPORT is rest or grpc."
        if connection.more["region"] not in HOSTS:
            return "INKVEIL_GOOGLE_VISION_REGION is eu, us or empty."
        if connection.key or connection.more["credentials"]:
            return None
        return (
            "No key: set INKVEIL_GOOGLE_VISION_KEY, or GOOGLE_APPLICATION_CREDENTIALS to a service account."
        )

    def region(self) -> str:
        return self.connection().more["region"] or "global"

    def price(self) -> Price:
        return Price(page=0.0015)

    def ask(self, page: PageImage, options: Mapping[str, Any]) -> Ask:  # noqa: ARG002 - it has none of its own
        hints = sorted({HINTS.get(code, code) for code in page.languages})
        settings = {"feature": FEATURE, "languages": hints}
        return Ask(send(page, self.fit), "builtin/stable", settings, page.languages)

    def call(self, ask: Ask, connection: Connection, seconds: float) -> Answer:
        from google.cloud import vision_v1 as vision

        request = vision.AnnotateImageRequest(
            image=vision.Image(content=ask.image.data),
            features=[vision.Feature(type_=vision.Feature.Type.DOCUMENT_TEXT_DETECTION)],
            image_context=vision.ImageContext(language_hints=ask.settings["languages"]),
        )
        client = _client(connection)
        try:
            answer = client.batch_annotate_images(
                requests=[request],
                retry=None,  # ours is the only one
                timeout=seconds,
                metadata=[("x-goog-api-key", connection.key.reveal())] if _plain_grpc(connection) else (),
            )
        finally:
            client.transport.close()  # type: ignore[no-untyped-call]
        return Answer(plain(vision.BatchAnnotateImagesResponse.pb(answer)))

    def read(self, answer: Answer, ask: Ask) -> Parsed:  # noqa: ARG002
        return parse(answer.raw)


def _client(connection: Connection) -> ImageAnnotatorClient:
    """A client for one call: channels of gRPC do not survive a fork, and one costs milliseconds."""
    from google.cloud import vision_v1 as vision

    transport = connection.more["transport"]
    if _plain_grpc(connection):
        import grpc
        from google.cloud.vision_v1.services.image_annotator.transports import ImageAnnotatorGrpcTransport

        options = [("grpc.enable_http_proxy", 0), ("grpc.max_receive_message_length", MOST_BYTES)]
        channel = grpc.insecure_channel(secrets.host(connection.url), options=options)
        return vision.ImageAnnotatorClient(transport=ImageAnnotatorGrpcTransport(channel=channel))
    endpoint = connection.url if transport == "rest" else secrets.host(connection.url)
    if connection.key:
        how = {"api_endpoint": endpoint, "api_key": connection.key.reveal()}
        client = vision.ImageAnnotatorClient(transport=transport, client_options=how)
    else:
        credentials = _credentials(connection.more["credentials"])
        client = vision.ImageAnnotatorClient(
            transport=transport, credentials=credentials, client_options={"api_endpoint": endpoint}
        )
    session = getattr(client.transport, "_session", None)
    if session is not None:  # AuthorizedSession asks twice more after a 401; there is no public switch
        session._max_refresh_attempts = 0  # noqa: SLF001
    return client


@cache
def _credentials(path: str) -> Any:
    """A service account's credentials, kept with their token, which is good for an hour."""
    import google.auth

    return google.auth.load_credentials_from_file(path, scopes=SCOPES)[0]  # type: ignore[no-untyped-call]


def _plain_grpc(connection: Connection) -> bool:
    """Unencrypted gRPC, for this machine only (engines.remote.secrets.unsafe); it takes no credentials."""
    return connection.more["transport"] == "grpc" and connection.url.startswith("http://")


def plain(answer: Any) -> dict[str, Any]:
    """The protobuf message as a dictionary of its own field names, without the symbols' boxes.

    Those make up most of an answer, and the library's own conversion takes a second for 800 words.
    """
    return {
        "responses": [
            {
                "error": {"code": r.error.code} if r.HasField("error") else {},
                "full_text_annotation": {"pages": [_page(p) for p in r.full_text_annotation.pages]},
            }
            for r in answer.responses
        ]
    }


def _page(page: Any) -> dict[str, Any]:
    paragraphs = [
        [{"words": [_plain_word(w) for w in g.words]} for g in block.paragraphs] for block in page.blocks
    ]
    return {"width": page.width, "height": page.height, "blocks": [{"paragraphs": p} for p in paragraphs]}


def _plain_word(word: Any) -> dict[str, Any]:
    place = word.bounding_box
    symbols = [{"text": s.text, "confidence": round(s.confidence, 4)} for s in word.symbols]
    if symbols:
        kind = word.symbols[-1].property.detected_break.type_
        symbols[-1]["property"] = {"detected_break": {"type": BREAKS.get(kind, "")}}
    return {
        "bounding_box": {
            "vertices": [{"x": v.x, "y": v.y} for v in place.vertices],
            "normalized_vertices": [{"x": v.x, "y": v.y} for v in place.normalized_vertices],
        },
        "confidence": round(word.confidence, 4),
        "symbols": symbols,
    }


def parse(raw: Mapping[str, Any]) -> Parsed:
    """BatchAnnotateImagesResponse of one image, as `plain` gives it -> words.

    A page without text has no full_text_annotation. Raises BadAnswer for an error inside the answer.
    """
    responses = raw.get("responses") or []
    if len(responses) != 1:
        raise BadAnswer("its answer is for no or several images")
    error = responses[0].get("error") or {}
    if error.get("code") or error.get("message"):
        raise from_code(error.get("code"))
    pages = (responses[0].get("full_text_annotation") or {}).get("pages") or []
    words: list[Word] = []
    line = 0
    for page in pages:
        for block in page.get("blocks") or []:
            for paragraph in block.get("paragraphs") or []:
                for word in paragraph.get("words") or []:
                    found, ends = _word(word, line, page)
                    if found is not None:
                        words.append(found)
                    line += ends
                line += 1
    return Parsed(tuple(words))


def _word(word: Mapping[str, Any], line: int, page: Mapping[str, Any]) -> tuple[Word | None, int]:
    """The word, or None without a text or place; and whether a line ends behind it."""
    symbols = word.get("symbols") or []
    text = "".join(str(s.get("text") or "") for s in symbols).strip()
    last = ((symbols[-1].get("property") or {}).get("detected_break") or {}) if symbols else {}
    ends = int(last.get("type") in ENDS)
    quad = _quad(word.get("bounding_box") or {}, page)
    if not text or quad is None:
        return None, ends
    confidence = word.get("confidence")
    return Word(text, quad, min(max(float(confidence), 0.0), 1.0) if confidence else None, line), ends


def _quad(poly: Mapping[str, Any], page: Mapping[str, Any]) -> Quad | None:
    """Corners in the order of the text; normalised ones are 0..1."""
    corners = poly.get("vertices") or []
    sx = sy = 1.0
    if not corners:
        corners = poly.get("normalized_vertices") or []
        sx, sy = float(page.get("width") or 0), float(page.get("height") or 0)
    if len(corners) != 4:
        return None
    try:
        return Quad.of([(float(c.get("x") or 0) * sx, float(c.get("y") or 0) * sy) for c in corners])
    except (TypeError, ValueError):
        return None
