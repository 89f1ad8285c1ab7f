"""Transcripts in the formats of others: what was redacted is in none of them, the rest in all."""

from __future__ import annotations

import csv
import io
import json
from xml.etree import ElementTree as ET

import pytest

from model.errors import UsageError
from model.findings import Redaction
from model.geometry import Box, Quad, image_to_points
from model.words import Candidate, TranscriptPage, TranscriptSlot
from redaction import transcripts

DPI = 144.0
LINES = ["Dear Ms Wexford Quill", "the sum of =1+1 & <b>", "契約 書"]


def slot(text: str, line: int, column: int, order: int) -> TranscriptSlot:
    box = Box(100 + 200 * column, 100 + 60 * line, 280 + 200 * column, 140 + 60 * line)
    return TranscriptSlot(
        f"s{order}", Quad.from_box(box), text, line, order, box.expanded(4),
        risk=0.25, candidates=(Candidate("Wexferd", ("tesseract",)),),
    )  # fmt: skip


@pytest.fixture
def page() -> TranscriptPage:
    words = [(w, y, x) for y, line in enumerate(LINES) for x, w in enumerate(line.split(" "))]
    return TranscriptPage(1, 1200, 800, DPI, tuple(slot(w, y, x, k) for k, (w, y, x) in enumerate(words)))


def covering(page: TranscriptPage, *texts: str) -> list[Redaction]:
    return [
        Redaction(1, image_to_points(s.redact_box, DPI), "personal data", label="[NAME]", text=s.text)
        for s in page.slots
        if s.text in texts
    ]


def render(fmt: str, pages: list[TranscriptPage]) -> str:
    return "".join(transcripts.files(fmt, pages, "letter.pdf", "letter").values())


ALL = ["txt", "json", "csv", "hocr", "alto", "page"]


@pytest.mark.parametrize("fmt", ALL)
def test_what_was_redacted_is_in_no_format_and_the_rest_is(fmt: str, page: TranscriptPage) -> None:
    masked = transcripts.masked([page], covering(page, "Wexford", "Quill"))
    written = render(fmt, masked)
    assert "Wexf" not in written
    assert "Quill" not in written
    assert written.count("[NAME]") >= 1
    for kept in ("Dear", "Ms", "sum", "契約"):
        assert kept in written


def test_neighbouring_masks_do_not_tell_how_many_words_there_were(page: TranscriptPage) -> None:
    assert transcripts.masked([page], covering(page, "Wexford", "Quill"))[0].text.startswith(
        "Dear Ms [NAME]\n"
    )


def test_a_brushed_neighbour_keeps_its_text(page: TranscriptPage) -> None:
    ms = page.slots[1]
    brush = Redaction(1, image_to_points(Box(ms.box.x1 - 5, ms.box.y0, ms.box.x1 + 300, ms.box.y1), DPI), "r")
    assert "Ms" in transcripts.masked([page], [brush])[0].text


def test_a_redaction_of_another_page_masks_nothing_here(page: TranscriptPage) -> None:
    other = [Redaction(2, r.box, r.reason) for r in covering(page, "Wexford")]
    assert "Wexford" in transcripts.masked([page], other)[0].text


@pytest.mark.parametrize(("fmt", "word"), [("hocr", "ocrx_word"), ("alto", "String"), ("page", "Word")])
def test_xml_is_well_formed_and_holds_every_word_at_its_place(
    fmt: str, word: str, page: TranscriptPage
) -> None:
    root = ET.fromstring(render(fmt, [page]).encode())
    elements = [e for e in root.iter() if e.get("class") == word or e.tag.rsplit("}", 1)[-1] == word]
    texts = {
        "hocr": lambda e: e.text,
        "alto": lambda e: e.get("CONTENT"),
        "page": lambda e: "".join(e.itertext()),
    }[fmt]
    assert [texts(e) for e in elements] == [s.text for s in page.slots]
    first = elements[0]
    places = {
        "hocr": lambda e: (e.get("title") or "").split(";")[0],
        "alto": lambda e: f"{e.get('HPOS')} {e.get('VPOS')} {e.get('WIDTH')} {e.get('HEIGHT')}",
        "page": lambda e: e[0].get("points"),
    }[fmt](first)
    assert (
        places
        == {
            "hocr": "bbox 100 100 280 140",
            "alto": "100.0 100.0 180.0 40.0",
            "page": "100,100 280,100 280,140 100,140",
        }[fmt]
    )


def test_json_and_csv_hold_every_slot(page: TranscriptPage) -> None:
    assert [s["text"] for s in json.loads(render("json", [page]))["pages"][0]["slots"]] == [
        s.text for s in page.slots
    ]
    rows = list(csv.DictReader(io.StringIO(render("csv", [page]))))
    assert len(rows) == len(page.slots)
    assert "'=1+1" in {row["text"] for row in rows}, "a spreadsheet must not run a formula"


def test_characters_that_xml_cannot_hold_are_left_out(page: TranscriptPage) -> None:
    bad = TranscriptPage(1, 1200, 800, DPI, (slot("a\x00\ufffeb", 0, 0, 0),))
    for fmt in ("hocr", "alto", "page"):
        ET.fromstring(render(fmt, [bad]).encode())


def test_an_unknown_format_is_refused(page: TranscriptPage) -> None:
    with pytest.raises(UsageError, match="docx"):
        render("docx", [page])
