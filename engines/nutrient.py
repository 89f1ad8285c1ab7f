"""Nutrient Vision: the Data Extraction API (POST /extraction/parse), one request, one answer.

Words are measured, each with its confidence; print, handwriting, cells of tables, pairs of forms and formulas
come as elements of one list. Called over plain HTTP: the vendor's client (nutrient-dws 3.1.0) can ask neither
for words nor for a language, and its errors do not say how long to wait. The form is that of the API's own
description, version 2026-05-25. `parse` serves the local SDK's answers, too (engines.nutrient_sdk).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from engines.base import PageImage, Price
from engines.languages import TESSERACT
from engines.remote import http, secrets
from engines.remote.engine import Remote
from engines.remote.failures import BadAnswer, from_code
from engines.remote.parsed import Answer, Ask, Connection, Parsed
from engines.remote.places import Piece, place
from engines.remote.sent import Fit, send
from engines.remote.untrusted import check_text
from model.geometry import Box, Quad
from model.words import Region, Word
from storage.cloud import Limits

ADDRESS: Final = "https://api.nutrient.io"
PATH: Final = "/extraction/parse"
CREDITS: Final[Mapping[str, float]] = {"structure": 1.5, "understand": 9.0, "agentic": 18.0}
"""Extraction credits a page, by mode. The mode `text` reads no images."""
CREDIT: Final = 0.01
"""US dollars a credit: assumed, since plans differ and no list price is published."""
LETTER: Final = 0.45
"""Width of a letter over the height of its line, to tell one line from several."""
KEPT: Final = ("status", "output", "usage", "configuration", "errorDetails")


class NutrientVision(Remote):
    """Text, handwriting, tables and forms of a page; the dearer modes have language models look, too."""

    name = "nutrient_vision"
    title = "Nutrient Vision"
    provider = "Nutrient"
    section = "nutrient"
    package = "requests"
    boxes = "word"
    vertical = True
    api = "2026-05-25"
    limits = Limits(per_minute=60, parallel=4)
    fit = Fit(max_side=10_000, max_bytes=40_000_000, format="png")
    options: ClassVar[Mapping[str, Any]] = {"mode": "structure"}
    """structure (OCR), understand (with layout models), agentic (a vision language model, too)."""

    def connection(self) -> Connection:
        url = secrets.value(self.section, "endpoint") or ADDRESS
        return Connection(url.rstrip("/"), secrets.secret(self.section, "key", "NUTRIENT_API_KEY"))

    def missing(self, connection: Connection) -> str | None:
        return None if connection.key else "No key set: INKVEIL_NUTRIENT_KEY (of the Data Extraction API)."

    def price(self) -> Price:
        return Price(page=CREDITS["structure"] * CREDIT)

    def priced(self, options: Mapping[str, Any]) -> Price:
        return Price(page=CREDITS.get(str(options.get("mode")), CREDITS["structure"]) * CREDIT)

    def ask(self, page: PageImage, options: Mapping[str, Any]) -> Ask:
        mode = str(options["mode"])
        if mode not in CREDITS:
            raise ValueError(f"the option mode is one of {', '.join(CREDITS)}")
        return Ask(send(page, self.fit), mode, {"language": codes(page.languages)}, page.languages)

    def call(self, ask: Ask, connection: Connection, seconds: float) -> Answer:
        kind = ask.image.media_type.partition("/")[2]
        instructions = {
            "mode": ask.model,
            "output": {"format": "spatial", "includeWords": True},
            "options": {"language": ask.settings["language"]},
        }
        answer = http.ask(
            "POST", connection.url + PATH, connection.key, seconds,
            form={"instructions": json.dumps(instructions)},
            files={"file": (f"page.{kind}", ask.image.data, ask.image.media_type)},
            headers={"x-nutrient-api-version": self.api},
        )  # fmt: skip
        body = answer.json()
        if not isinstance(body, dict):
            raise BadAnswer("its answer cannot be read")
        return Answer({name: body[name] for name in KEPT if name in body})

    def read(self, answer: Answer, ask: Ask) -> Parsed:
        parsed = parse(answer.raw, ask.image.width, ask.image.height)
        if ask.model != "structure":  # a language model may have written some of it
            check_text(parsed.plain, languages=ask.languages)
        return parsed


def codes(languages: Sequence[str]) -> list[str]:
    """Inkveil's languages in the vendor's codes, which are Tesseract's."""
    return [TESSERACT[code] for code in languages if code in TESSERACT] or ["eng"]


@dataclass(frozen=True, slots=True)
class Item:
    """One text with its place, in pixels of the image: an element, a cell, a key or a value."""

    text: str
    box: Box
    confidence: float | None
    words: tuple[Piece, ...]
    """Empty where it has none, or where they do not say all that the text says."""

    @property
    def several_lines(self) -> bool:
        """Whether the box holds more than one line of its text."""
        return "\n" in self.text or LETTER * len(self.text) * self.box.height > 2.5 * self.box.width


def parse(raw: Mapping[str, Any], width: int, height: int) -> Parsed:
    """ParseResponse (or its `output` alone) for one image of width x height px -> words.

    Every element's page says how large the canvas is on which it was measured. Texts without words of their
    own are cut where they are one line; where a block of several lines has none, the page's text goes to the
    other engines' words, and all blocks stay as regions. Pictures' descriptions are no text of the page.
    Raises BadAnswer for an error inside the answer, several pages, or text without a place.
    """
    status = raw.get("status", 200)
    if status != 200:
        raise from_code(status)
    output = raw.get("output", raw)
    elements = output.get("elements") if isinstance(output, Mapping) else None
    if not isinstance(elements, list):
        raise BadAnswer("its answer holds no reading")
    if any((e.get("page") or {}).get("pageIndex", 0) != 0 for e in elements):
        raise BadAnswer("its answer is for several pages")
    items = [
        item
        for element in sorted(elements, key=lambda e: int(e.get("readingOrder") or 0))
        for item in _items(element, width, height)
    ]
    if any(not i.words and i.several_lines for i in items):
        regions = tuple(Region(i.text, Quad.from_box(i.box), "block", i.confidence) for i in items)
        return Parsed(text="\n".join(i.text for i in items), regions=regions)
    if all(i.words for i in items):
        return Parsed(tuple(_words(items)))
    pieces = [p for i in items for p in (i.words or (Piece(i.text, i.box, i.confidence),))]
    return Parsed(pieces=tuple(pieces), text="\n".join(i.text for i in items))


def _words(items: Sequence[Item]) -> Iterator[Word]:
    """Words with the number of their line: one begins where a word stands lower, or to the left."""
    line = -1
    for item in items:
        last: Box | None = None
        for piece in item.words:
            if last is None or piece.box.x0 < last.x0 or piece.box.y0 > (last.y0 + last.y1) / 2:
                line += 1
            last = piece.box
            yield Word(piece.text, Quad.from_box(piece.box), piece.confidence, line)


def _items(element: Mapping[str, Any], width: int, height: int) -> Iterator[Item]:
    """The texts of one element, whatever its type; of an unknown type, its text."""
    page = element.get("page") or {}
    across, down = float(page.get("width") or width), float(page.get("height") or height)
    scale = (width / across, height / down) if across > 0 and down > 0 else (1.0, 1.0)
    parts: list[tuple[Any, Any]] = []
    kind = element.get("type")
    if kind == "table":
        cells = element.get("cells") or []
        parts = [(c, c.get("text")) for c in sorted(cells, key=lambda c: (c.get("row"), c.get("column")))]
    elif kind == "keyValueRegion":
        sides = [p.get(side) for p in element.get("pairs") or [] for side in ("key", "value")]
        parts = [(side, side.get("value")) for side in sides if side]
    elif kind == "formula":
        parts = [(element, element.get("latex"))]
    elif kind != "picture":
        parts = [(element, element.get("text"))]
    for part, text in parts:
        yield from _item(part, "" if text is None else str(text), scale)


def _item(part: Mapping[str, Any], text: str, scale: tuple[float, float]) -> Iterator[Item]:
    pieces = []
    for word in part.get("words") or []:
        said = " ".join(str(word.get("text") or "").split())
        if said:
            pieces.append(Piece(said, _box(word, scale), _sure(word)))
    if not text.strip() and not pieces:
        return
    said = "".join(p.text for p in pieces)
    missing = Counter("".join(text.split())) - Counter("".join(said.split()))  # letters that no word has
    text = "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())
    box = _box(part, scale) if missing else Box.union_of(p.box for p in pieces)
    yield Item(text or " ".join(p.text for p in pieces), box, _sure(part), () if missing else tuple(pieces))


def _box(part: Mapping[str, Any], scale: tuple[float, float]) -> Box:
    """Bounds (x, y, width, height of their canvas) in pixels of the image. Raises BadAnswer."""
    bounds = part.get("bounds") or {}
    sx, sy = scale
    try:
        x, y = float(bounds["x"]) * sx, float(bounds["y"]) * sy
        numbers = (x, y, float(bounds["width"]) * sx, float(bounds["height"]) * sy)
    except (KeyError, TypeError, ValueError):
        raise BadAnswer("its answer has text without a place") from None
    found = place(numbers, 1, 1, "pixels", "xywh")
    if found is None:
        raise BadAnswer("its answer has text without a place")
    return found


def _sure(part: Mapping[str, Any]) -> float | None:
    found = part.get("confidence")
    return min(max(float(found), 0.0), 1.0) if isinstance(found, int | float) else None
