"""Amazon Textract: DetectDocumentText through boto3, one signed request with the image in it.

Words with polygons and confidences are measured, handwriting included (English only). The region is part of
the address, and the image stays in it. Boxes are fractions of the image's width and height.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from engines.base import PageImage, Price
from engines.remote import secrets
from engines.remote.engine import Remote
from engines.remote.failures import BadAnswer
from engines.remote.parsed import Answer, Ask, Connection, Parsed
from engines.remote.sent import Fit, send
from model.geometry import Quad
from model.words import Word
from storage.cloud import Limits

OPERATION: Final = "DetectDocumentText"
REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+")


class Textract(Remote):
    """Lines and words of a page, printed or handwritten."""

    name = "textract"
    title = "Amazon Textract"
    provider = "Amazon Web Services"
    section = "textract"
    package = "boto3"
    extra = "aws"
    boxes = "word"
    languages = ("en", "de", "es", "fr", "it", "pt")
    api = "2018-06-27"
    limits = Limits(per_minute=60, parallel=4)
    fit = Fit(max_side=10_000, min_side=50, max_bytes=5_000_000, format="png")
    loggers = ("boto3", "botocore")

    def connection(self) -> Connection:
        """One identity's values: ours where INKVEIL_TEXTRACT_KEY_ID or the file says one, else AWS_... ."""
        section = self.section
        own = secrets.value(section, "key_id")
        region = secrets.value(section, "region", "AWS_REGION", "AWS_DEFAULT_REGION").lower()
        url = secrets.value(section, "endpoint")
        if not url and REGION.fullmatch(region):
            url = f"https://textract.{region}.amazonaws.com"
        names = () if own else ("AWS_SECRET_ACCESS_KEY",)
        more = {"key_id": own or os.environ.get("AWS_ACCESS_KEY_ID", "").strip(), "region": region}
        return Connection(url.rstrip("/"), secrets.secret(section, "key", *names), more)

    def missing(self, connection: Connection) -> str | None:
        if not REGION.fullmatch(connection.more["region"]):
            return "No region: set INKVEIL_TEXTRACT_REGION, such as eu-central-1."
        if not connection.more["key_id"]:
            return "No access key: set INKVEIL_TEXTRACT_KEY_ID and INKVEIL_TEXTRACT_KEY."
        return None if connection.key else "No secret access key set: INKVEIL_TEXTRACT_KEY."

    def region(self) -> str:
        return self.connection().more["region"]

    def price(self) -> Price:
        return Price(page=0.0015)

    def ask(self, page: PageImage, options: Mapping[str, Any]) -> Ask:  # noqa: ARG002 - it has none of its own
        return Ask(send(page, self.fit), OPERATION, {}, page.languages)

    def call(self, ask: Ask, connection: Connection, seconds: float) -> Answer:
        import boto3
        from botocore.config import Config

        client = boto3.Session().client(
            "textract",
            region_name=connection.more["region"],
            api_version=self.api,
            endpoint_url=connection.url,
            aws_access_key_id=connection.more["key_id"],
            aws_secret_access_key=connection.key.reveal(),
            aws_session_token=self._token().reveal() or None,
            config=Config(
                retries={"total_max_attempts": 1, "mode": "standard"},
                connect_timeout=min(seconds, 20.0),
                read_timeout=seconds,
            ),
        )
        try:
            answer = client.detect_document_text(Document={"Bytes": ask.image.data})
        finally:
            client.close()
        kept = ("DocumentMetadata", "DetectDocumentTextModelVersion", "Blocks")
        return Answer(
            {name: answer[name] for name in kept if name in answer},
            model=str(answer.get("DetectDocumentTextModelVersion") or ""),
        )

    def _token(self) -> secrets.Secret:
        """Of temporary credentials; AWS_SESSION_TOKEN belongs to AWS_ACCESS_KEY_ID, and to no other key."""
        names = () if secrets.value(self.section, "key_id") else ("AWS_SESSION_TOKEN",)
        return secrets.secret(self.section, "token", *names)

    def read(self, answer: Answer, ask: Ask) -> Parsed:
        return parse(answer.raw, ask.image.width, ask.image.height)


def parse(raw: Mapping[str, Any], width: int, height: int) -> Parsed:
    """DetectDocumentText's Blocks of one image of width x height px -> words, line by line.

    A page without text has its PAGE block alone. Raises BadAnswer for an answer without Blocks or for
    several pages, ValueError for places that are none.
    """
    blocks = raw.get("Blocks")
    if not isinstance(blocks, list):
        raise BadAnswer("its answer is for no page")
    if sum(b.get("BlockType") == "PAGE" for b in blocks) > 1:
        raise BadAnswer("its answer is for several pages")
    known = {str(b["Id"]): b for b in blocks if b.get("BlockType") == "WORD" and b.get("Id")}
    words: list[Word] = []
    line = 0
    for block in blocks:
        if block.get("BlockType") != "LINE":
            continue
        found = [known.pop(name) for name in _children(block) if name in known]
        words += [w for w in (_word(b, line, width, height) for b in found) if w is not None]
        line += 1
    for block in known.values():  # words that no line claims
        alone = _word(block, line, width, height)
        if alone is not None:
            words.append(alone)
            line += 1
    return Parsed(tuple(words))


def _children(block: Mapping[str, Any]) -> Iterator[str]:
    for relation in block.get("Relationships") or []:
        if relation.get("Type") == "CHILD":
            yield from map(str, relation.get("Ids") or [])


def _word(block: Mapping[str, Any], line: int, width: int, height: int) -> Word | None:
    """The word in pixels, its confidence of 0..100 as 0..1; None without a text or place."""
    text = str(block.get("Text") or "").strip()
    place = block.get("Geometry") or {}
    corners = [(float(p["X"]), float(p["Y"])) for p in place.get("Polygon") or []]
    box = place.get("BoundingBox")
    if len(corners) != 4 and box:
        x0, y0 = float(box["Left"]), float(box["Top"])
        x1, y1 = x0 + float(box["Width"]), y0 + float(box["Height"])
        corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    if not text or len(corners) != 4:
        return None
    quad = Quad.of([(x * width, y * height) for x, y in corners])
    sure = block.get("Confidence")
    return Word(text, quad, None if sure is None else min(max(float(sure) / 100, 0.0), 1.0), line)
