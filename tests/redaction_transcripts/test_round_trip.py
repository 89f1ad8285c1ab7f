"""Transcripts in the formats of others: valid by their public schemas, and back without a difference.

Each format is read again by a reader of its own, and in the PDF by two libraries: texts in their order and
boxes at most one pixel off.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pymupdf
import pytest
import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pdfminer.high_level import extract_pages
from pdfminer.layout import LTChar
from PIL import Image, ImageDraw

from model.geometry import Box, Quad, points_to_image
from model.words import TranscriptPage, TranscriptSlot
from redaction import transcripts
from redaction.apply import apply
from redaction.layers import layers

SCHEMAS = Path(__file__).parents[1] / "resources" / "schemas"
DPI = 200.0
WIDTH, HEIGHT = 1654, 2339
Words = list[tuple[str, list[float]]]


@cache
def schema(name: str) -> xmlschema.XMLSchema:
    """A schema from the repository; nothing is fetched."""
    xlink = {"http://www.w3.org/1999/xlink": str(SCHEMAS / "xlink.xsd")}
    return xmlschema.XMLSchema(str(SCHEMAS / name), locations=xlink, allow="local", use_fallback=False)


def slot(
    n: int, text: str, line: int, box: Box, *, lean: float = 0.0, vertical: bool = False
) -> TranscriptSlot:
    quad = Quad.from_box(box)
    if lean:
        rise = lean * box.width
        quad = Quad.of([(box.x0, box.y0 + rise), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1 + rise)])
    return TranscriptSlot(
        f"s-{n:04}", quad, text, line, n, box.expanded(3), "accepted", 0.1, vertical=vertical
    )


def page_of(rows: list[list[str]], *, number: int = 1, lean: float = 0.0) -> TranscriptPage:
    slots: list[TranscriptSlot] = []
    for line, row in enumerate(rows):
        x = 120.0
        for text in row:
            width = 16.0 * min(max(len(text), 1), 60)
            slots.append(
                slot(len(slots), text, line, Box(x, 150 + 70 * line, x + width, 190 + 70 * line), lean=lean)
            )
            x += width + 24
    return TranscriptPage(number, WIDTH, HEIGHT, DPI, tuple(slots))


def vertical_page() -> TranscriptPage:
    columns = ["拝啓初夏の候", "ますます御清栄", "「お慶び」申し"]
    slots = [
        slot(n, text, n, Box(1400 - 90 * n, 200, 1450 - 90 * n, 200 + 50 * len(text)), vertical=True)
        for n, text in enumerate(columns)
    ]
    return TranscriptPage(1, WIDTH, HEIGHT, DPI, tuple(slots))


LETTER = [
    ["Dear", "Ms", "Wexford", "Quill,"],
    ["the", "sum", "of", "£19.05", "&", "<costs>"],
    ["“Yours”", "truly"],
]
GHOST = (slot(0, "", 0, Box(10, 10, 90, 60)), slot(1, "ink", 0, Box(100, 10, 160, 60)))
PAGES = {
    "letter": page_of(LETTER),
    "leaning": page_of(LETTER, lean=0.02),
    "scripts": page_of([["Ελένη", "Жанна", "naïve", "cafe\u0301"], ["日本語", "🙂ok", "ﬁn"]]),
    "right to left": page_of([["שלום", "عليكم"]]),
    "formulas": page_of([["=1+1", "-5", "+49", "@home", "'quoted", "''two", "plain"]]),
    "signs": page_of([['"quotes"', "a;b,c", "tab\u00a0space", "]]>", "--", "&amp;"]]),
    "long": page_of([["x" * 10_000], ["short"]]),
    "vertical": vertical_page(),
    "ghost": TranscriptPage(1, WIDTH, HEIGHT, DPI, GHOST),
    "empty": TranscriptPage(1, WIDTH, HEIGHT, DPI, ()),
}


def words_of(page: TranscriptPage) -> Words:
    return [(s.text, list(s.box.rounded())) for s in page.slots if s.text]


# -- readers ---------------------------------------------------------------------------------------------


def read_json(files: dict[str, str]) -> Words:
    (content,) = files.values()
    return [(s["text"], s["box"]) for p in json.loads(content)["pages"] for s in p["slots"] if s["text"]]


def read_csv(files: dict[str, str]) -> Words:
    (content,) = files.values()
    rows = csv.DictReader(io.StringIO(content, newline=""))
    return [
        (transcripts.plain_cell(r["text"]), [float(r[k]) for k in ("x0", "y0", "x1", "y1")])
        for r in rows
        if r["text"]
    ]


def read_hocr(files: dict[str, str]) -> Words:
    (content,) = files.values()
    found = []
    for e in ET.fromstring(content.encode()).iter():
        if e.get("class") == "ocrx_word":
            numbers = (e.get("title") or "").split(";")[0].split()[1:]
            found.append((e.text or "", [float(n) for n in numbers]))
    return found


def read_alto(files: dict[str, str]) -> Words:
    (content,) = files.values()
    found = []
    for e in ET.fromstring(content.encode()).iter(f"{{{transcripts.ALTO}}}String"):
        x, y, w, h = (float(e.get(k, "nan")) for k in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
        found.append((e.get("CONTENT", ""), [x, y, x + w, y + h]))
    return found


def read_page(files: dict[str, str]) -> Words:
    name = f"{{{transcripts.PAGE}}}"
    found = []
    for content in files.values():
        for e in ET.fromstring(content.encode()).iter(f"{name}Word"):
            points = [p.split(",") for p in e.find(f"{name}Coords").get("points").split()]  # type: ignore[union-attr]
            xs, ys = [float(p[0]) for p in points], [float(p[1]) for p in points]
            text = e.findtext(f"{name}TextEquiv/{name}Unicode") or ""
            found.append((text, [min(xs), min(ys), max(xs), max(ys)]))
    return found


READERS: dict[str, Callable[[dict[str, str]], Words]] = {
    "json": read_json, "csv": read_csv, "hocr": read_hocr, "alto": read_alto, "page": read_page,
}  # fmt: skip


def compare(got: Words, wanted: Words) -> None:
    assert [text for text, _ in got] == [text for text, _ in wanted]
    for (text, box), (_, true) in zip(got, wanted, strict=True):
        assert max(abs(a - b) for a, b in zip(box, true, strict=True)) <= 1.0, (text[:20], box, true)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("fmt", READERS)
def test_back_without_a_difference(fmt: str, name: str) -> None:
    page = PAGES[name]
    files = transcripts.files(fmt, [page], "letter.png", "letter")
    compare(READERS[fmt](files), words_of(page))
    assert files == transcripts.files(fmt, [page], "letter.png", "letter"), "the same bytes every time"


@pytest.mark.parametrize("name", PAGES)
def test_alto_and_page_are_valid_by_their_schemas(name: str) -> None:
    page = PAGES[name]
    (alto,) = transcripts.files("alto", [page, page_of([["two"]], number=2)], 'a "b" & c.png', "x").values()
    schema("alto-4-4.xsd").validate(alto)
    for content in transcripts.files("page", [page], "letter.png", "letter").values():
        schema("page-2019-07-15.xsd").validate(content)


def test_the_schemas_do_refuse_what_is_wrong() -> None:
    (alto,) = transcripts.files("alto", [PAGES["letter"]], "a.png", "a").values()
    with pytest.raises(xmlschema.XMLSchemaException):
        schema("alto-4-4.xsd").validate(alto.replace("<String ", "<Sting ", 1))
    (page,) = transcripts.files("page", [PAGES["letter"]], "a.png", "a").values()
    with pytest.raises(xmlschema.XMLSchemaException):
        schema("page-2019-07-15.xsd").validate(page.replace("<Coords ", "<Coord ", 1))


def test_hocr_keeps_to_its_grammar() -> None:
    pages = [PAGES["letter"], page_of([["two"]], number=2)]
    (content,) = transcripts.files("hocr", pages, "a.png", "a").values()
    root = ET.fromstring(content.encode())
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    capabilities = next(e.get("content", "") for e in root.iter() if e.get("name") == "ocr-capabilities")
    classes = {e.get("class") for e in root.iter() if (e.get("class") or "").startswith("ocr")}
    assert classes <= set(capabilities.split())

    def box(e: Any) -> list[int]:
        return [int(v) for v in e.get("title").split(";")[0].split()[1:]]

    for parent in root.iter():
        for child in parent:
            if (parent.get("class") or "").startswith("ocr"):
                outer, inner = box(parent), box(child)
                assert outer[0] <= inner[0] <= inner[2] <= outer[2]
                assert outer[1] <= inner[1] <= inner[3] <= outer[3]


def test_what_is_not_sure_is_said() -> None:
    from dataclasses import replace

    page = PAGES["letter"]
    slots = list(page.slots)
    slots[2], slots[3] = replace(slots[2], status="unsure"), replace(slots[3], status="contested")
    doubtful = replace(page, slots=tuple(slots))
    (alto,) = transcripts.files("alto", [doubtful], "a.png", "a").values()
    schema("alto-4-4.xsd").validate(alto)
    strings = ET.fromstring(alto.encode()).iter(f"{{{transcripts.ALTO}}}String")
    tagged = [e.get("CONTENT") for e in strings if e.get("TAGREFS")]
    assert tagged == ["Wexford", "Quill,"]
    (content,) = transcripts.files("page", [doubtful], "a.png", "a").values()
    schema("page-2019-07-15.xsd").validate(content)
    assert content.count("comments=") == 2
    (found,) = transcripts.files("json", [doubtful], "a.png", "a").values()
    assert [s["status"] for s in json.loads(found)["pages"][0]["slots"]][2:4] == ["unsure", "contested"]


NO_LETTERS = ("Cc", "Cs", "Zl", "Zp", "Zs", "Cn", "Co")
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=NO_LETTERS), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(TEXTS, min_size=1, max_size=5), max_size=6), st.sampled_from(list(READERS)))
def test_any_text_comes_back(rows: list[list[str]], fmt: str) -> None:
    page = page_of(rows)
    compare(READERS[fmt](transcripts.files(fmt, [page], "n.png", "n")), words_of(page))


# -- the searchable PDF ----------------------------------------------------------------------------------


def searchable(page: TranscriptPage, tmp_path: Path) -> bytes:
    file = tmp_path / "page.png"
    image = Image.new("RGB", (page.width, page.height), "white")
    for inked in page.slots:  # a layer's word needs ink to stand over
        x0, y0, x1, y1 = inked.box.rounded()
        ImageDraw.Draw(image).rectangle([x0 + 2, y0 + 8, x1 - 2, y1 - 8], fill="#333")
    image.save(file, dpi=(page.dpi, page.dpi))
    return apply(file.read_bytes(), [], name="page.png", layers=layers([page])).pdf


PDF_PAGES = ["letter", "leaning", "scripts", "formulas", "signs", "vertical", "ghost", "empty"]


@pytest.mark.parametrize("name", PDF_PAGES)
def test_the_searchable_pdf_says_every_word_at_its_place(name: str, tmp_path: Path) -> None:
    page = PAGES[name]
    with pymupdf.open(stream=searchable(page, tmp_path), filetype="pdf") as pdf:
        said = pdf[0].get_text("words", sort=False)
        found = [(w[4], points_to_image(Box(*w[:4]), page.dpi).rounded()) for w in said]
    wanted = words_of(page)
    assert "".join(t for t, _ in found) == "".join("".join(t.split()) for t, _ in wanted)
    if name != "vertical" and len(found) == len(wanted):
        for (text, box), (_, true) in zip(found, wanted, strict=True):
            assert abs(box[0] - true[0]) <= 1, (text, box, true)
            assert abs(box[2] - true[2]) <= 1, (text, box, true)


def test_pdfminer_reads_the_same_letters_at_the_same_places(tmp_path: Path) -> None:
    page = PAGES["letter"]
    letters: list[tuple[str, float]] = []

    def walk(item: Any) -> None:
        if isinstance(item, LTChar):
            letters.append((item.get_text(), item.x0))
        elif hasattr(item, "__iter__"):
            for inner in item:
                walk(inner)

    for layout in extract_pages(io.BytesIO(searchable(page, tmp_path))):
        walk(layout)
    said = "".join(text for text, _ in letters if not text.isspace())
    assert said == "".join(text for text, _ in words_of(page))
    first = letters[0][1] * page.dpi / 72
    assert abs(first - page.slots[0].box.x0) <= 1
