"""Transkribus, its processing API (Metagrapho): sign in, hand over the image, fetch PAGE XML.

Lines are measured; their words are, too, where the model writes them, and else cut from the lines in the
gaps of their ink. The text model is an option of the allowance: Transkribus has one for many hands and
centuries. A process is asked about until it is finished, within the time of one call.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final
from xml.etree import ElementTree

from engines.base import PageImage, Price
from engines.remote import http, secrets
from engines.remote.engine import Remote
from engines.remote.failures import BadAnswer, from_headers
from engines.remote.parsed import Answer, Ask, Connection, Parsed
from engines.remote.places import Piece
from engines.remote.sent import Fit, send
from model.geometry import Box
from storage.cloud import Limits

ADDRESS: Final = "https://transkribus.eu/processing/v1"
LOGIN: Final = "https://account.readcoop.eu/auth/realms/readcoop/protocol/openid-connect/token"
CLIENT: Final = "processing-api-client"
BETWEEN: Final = 2.0
"""Seconds between two questions whether a process is finished, where the server does not say."""


class Transkribus(Remote):
    """Handwriting and print of many centuries, by trained models."""

    name = "transkribus"
    title = "Transkribus"
    provider = "READ-COOP (Transkribus)"
    section = "transkribus"
    package = "requests"
    boxes = "line"
    confidence = False
    api = "v1"
    limits = Limits(per_minute=60, parallel=4)
    fit = Fit(max_side=10_000, max_bytes=14_000_000, format="png")
    options: ClassVar[Mapping[str, Any]] = {"model": "51170", "line_model": 0}
    """Identifiers of models: 51170 is Text Titan I; line_model 0 leaves finding lines to the service."""

    def connection(self) -> Connection:
        url = secrets.value(self.section, "endpoint") or ADDRESS
        more = {
            "user": secrets.value(self.section, "user", "TRANSKRIBUS_USER"),
            "login": secrets.value(self.section, "login") or LOGIN,
        }
        key = secrets.secret(self.section, "key", "TRANSKRIBUS_PASSWORD")
        return Connection(url.rstrip("/"), key, more)

    def missing(self, connection: Connection) -> str | None:
        if not connection.more["user"] or not connection.key:
            return "No account: set INKVEIL_TRANSKRIBUS_USER, and INKVEIL_TRANSKRIBUS_KEY to its password."
        return secrets.unsafe(connection.more["login"])

    def region(self) -> str:
        return "EU"

    def price(self) -> Price:
        return Price(page=0.2)

    def ask(self, page: PageImage, options: Mapping[str, Any]) -> Ask:
        if not str(options["model"]).isdigit():
            raise ValueError("the option model is the number of a text model")
        settings = {"line_model": int(options["line_model"])}
        return Ask(send(page, self.fit), str(options["model"]), settings, page.languages)

    def call(self, ask: Ask, connection: Connection, seconds: float) -> Answer:
        ends = time.monotonic() + seconds
        form = {"grant_type": "password", "client_id": CLIENT, "username": connection.more["user"],
                "password": connection.key.reveal()}  # fmt: skip
        signed = http.ask("POST", connection.more["login"], None, seconds, form=form).json()
        token = secrets.Secret(str(signed["access_token"]))
        config: dict[str, Any] = {"textRecognition": {"htrId": int(ask.model)}}
        if ask.settings["line_model"]:
            config["lineDetection"] = {"modelId": ask.settings["line_model"]}
        asked = {"config": config, "image": {"base64": base64.b64encode(ask.image.data).decode("ascii")}}
        begun = http.ask("POST", f"{connection.url}/processes", token, seconds, json=asked).json()
        process = f"{connection.url}/processes/{int(begun['processId'])}"
        while True:
            answer = http.ask("GET", process, token, seconds)
            status = str(answer.json().get("status")).upper()
            if status in ("FAILED", "CANCELED", "CANCELLED"):
                raise BadAnswer("it could not process the image", "bad_input")
            if status == "FINISHED":
                return Answer({"page": http.ask("GET", f"{process}/page", token, seconds).text})
            wait = from_headers(answer.headers)
            wait = BETWEEN if wait is None else wait
            if time.monotonic() + wait >= ends:
                raise TimeoutError
            time.sleep(wait)

    def read(self, answer: Answer, ask: Ask) -> Parsed:
        return parse(str(answer.raw["page"]), ask.image.width, ask.image.height)


def parse(xml: str, width: int, height: int) -> Parsed:
    """PAGE XML (2013-07-15) of one image of width x height px -> words or lines where they stand.

    Raises BadAnswer for what is no PAGE XML; a document type, which could hold entities that grow, is none.
    """
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        raise BadAnswer("its answer cannot be read")
    try:
        root = ElementTree.fromstring(xml)  # noqa: S314 - without a document type there is nothing to expand
    except ElementTree.ParseError:
        raise BadAnswer("its answer cannot be read") from None
    page = root.find("{*}Page")
    if page is None:
        raise BadAnswer("its answer is for no page")
    across, down = float(page.get("imageWidth") or width), float(page.get("imageHeight") or height)
    scale = (width / across, height / down) if across > 0 and down > 0 else (1.0, 1.0)
    lines = [
        ([p for w in line.findall("{*}Word") if (p := _piece(w, scale)) is not None], _piece(line, scale))
        for line in page.iter(f"{_namespace(page)}TextLine")
    ]
    pieces = [p for words, line in lines for p in _chosen(words, line)]
    return Parsed(pieces=tuple(pieces), text="\n".join(p.text for p in pieces))


def _namespace(element: ElementTree.Element) -> str:
    return element.tag[: element.tag.index("}") + 1] if element.tag.startswith("{") else ""


def _chosen(words: list[Piece], line: Piece | None) -> Iterator[Piece]:
    """A line's words where they say all that the line says; else the line."""
    if words and (line is None or " ".join(w.text for w in words).split() == line.text.split()):
        yield from words
    elif line is not None:
        yield line


def _piece(element: ElementTree.Element, scale: tuple[float, float]) -> Piece | None:
    """A TextLine or Word: the text of its own TextEquiv, the box around its Coords; None without them.

    Raises ValueError for points that are none.
    """
    said = element.find("{*}TextEquiv")
    text = " ".join((said.findtext("{*}Unicode") or "").split()) if said is not None else ""
    coords = element.find("{*}Coords")
    points = (coords.get("points") or "").split() if coords is not None else []
    if not text or said is None:
        return None
    if len(points) < 2:
        raise BadAnswer("its answer has text without a place")
    corners = [tuple(float(v) for v in point.split(",")) for point in points]
    box = Box.around([(x * scale[0], y * scale[1]) for x, y in corners])
    sure = said.get("conf")
    return Piece(text, box, None if sure is None else min(max(float(sure), 0.0), 1.0))
