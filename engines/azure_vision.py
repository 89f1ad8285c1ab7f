"""Azure AI Vision (Image Analysis 4.0): its feature Read, one request, one answer.

Words with polygons and confidences are measured, handwriting included; Japanese and Chinese come one
character a word. Not Document Intelligence (engines.azure), which has resources and keys of its own.
"""

from __future__ import annotations

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

MODEL: Final = "latest"
KEPT: Final = ("modelVersion", "metadata", "readResult", "error")


class AzureVision(Remote):
    """Words and lines of an image; made for photographs and screens as much as for pages."""

    name = "azure_vision"
    title = "Azure AI Vision Read"
    provider = "Microsoft Azure"
    section = "azure_vision"
    package = "azure.ai.vision.imageanalysis"
    extra = "azure-vision"
    boxes = "word"
    vertical = True
    api = "2023-10-01"
    limits = Limits(per_minute=600, parallel=8)
    fit = Fit(max_side=16_000, min_side=50, max_bytes=20_000_000, format="png")
    loggers = ("azure",)

    def connection(self) -> Connection:
        url = secrets.value(self.section, "endpoint", "VISION_ENDPOINT").rstrip("/")
        key = secrets.secret(self.section, "key", "VISION_KEY")
        return Connection(url, key, {"region": secrets.value(self.section, "region")})

    def missing(self, connection: Connection) -> str | None:
        if not connection.url:
            return "No address: set INKVEIL_AZURE_VISION_ENDPOINT to the resource's endpoint."
        return None if connection.key else "No key set: INKVEIL_AZURE_VISION_KEY."

    def region(self) -> str:
        return self.connection().more["region"] or "the resource's region"

    def price(self) -> Price:
        return Price(page=0.0015)

    def ask(self, page: PageImage, options: Mapping[str, Any]) -> Ask:  # noqa: ARG002 - it has none of its own
        return Ask(send(page, self.fit), MODEL, {"features": "read"}, page.languages)

    def call(self, ask: Ask, connection: Connection, seconds: float) -> Answer:
        from azure.ai.vision.imageanalysis import ImageAnalysisClient
        from azure.ai.vision.imageanalysis.models import VisualFeatures
        from azure.core.credentials import AzureKeyCredential

        client = ImageAnalysisClient(
            connection.url, AzureKeyCredential(connection.key.reveal()), api_version=self.api,
            retry_total=0, connection_timeout=min(seconds, 20.0), read_timeout=seconds,
        )  # fmt: skip
        with client:
            result = client.analyze(
                ask.image.data, visual_features=[VisualFeatures.READ], model_version=ask.model
            )
        raw = {name: value for name, value in result.as_dict().items() if name in KEPT}
        return Answer(raw, model=str(raw.get("modelVersion") or ""))

    def read(self, answer: Answer, ask: Ask) -> Parsed:
        return parse(answer.raw, ask.image.width, ask.image.height)


def parse(raw: Mapping[str, Any], width: int, height: int) -> Parsed:
    """ImageAnalysisResult (metadata, readResult) of one image of width x height px -> words.

    Its pixels are those of the image whose size its metadata tells. Raises BadAnswer for an error inside
    the answer, and for an answer that has not been read at all, which is no empty page.
    """
    if raw.get("error"):
        raise from_code(400)
    found = raw.get("readResult")
    if not isinstance(found, Mapping):
        raise BadAnswer("its answer holds no reading")
    size = raw.get("metadata") or {}
    across, down = float(size.get("width") or width), float(size.get("height") or height)
    sx, sy = (width / across, height / down) if across > 0 and down > 0 else (1.0, 1.0)
    lines = [line for block in found.get("blocks") or [] for line in block.get("lines") or []]
    words = []
    for number, line in enumerate(lines):
        for word in line.get("words") or []:
            text = str(word.get("text") or "").strip()
            corners = word.get("boundingPolygon") or []
            if not text or len(corners) != 4:
                continue
            quad = Quad.of([(float(p["x"]) * sx, float(p["y"]) * sy) for p in corners])
            sure = word.get("confidence")
            words.append(Word(text, quad, None if sure is None else min(max(float(sure), 0.0), 1.0), number))
    return Parsed(tuple(words))
