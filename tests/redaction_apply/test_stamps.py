"""Page numbers in the margin: beside what stands there, upright, whole, and known to the verifier."""

from __future__ import annotations

import io
from dataclasses import replace

import pikepdf
import pymupdf
import pytest
from PIL import Image
from test_box_labels import attacked, boxes, letter, scan, shown

from model.errors import UsageError
from model.findings import Redaction, Stamp
from model.geometry import Box
from redaction.apply import apply
from redaction.export import redact_file
from redaction.verify import verify

NUMBER = Stamp(1, "ABC-000017")


@pytest.mark.parametrize("mode", ["preserve", "flatten"])
@pytest.mark.parametrize("source", ["letter", "scan"])
def test_a_page_number_stands_in_the_margin_where_nothing_else_is(mode: str, source: str) -> None:
    data = letter() if source == "letter" else scan()
    listed = boxes()
    made = apply(data, listed, name="x", mode=mode, stamps=[Stamp(1, "ABC-000017")])  # type: ignore[arg-type]
    assert attacked(data, listed, made) == []
    (stamp,) = made.stamps
    assert stamp.page == 1
    assert stamp.empty
    assert stamp.box is not None
    assert (shown(made.pdf, stamp.box) < 100).any()
    with pymupdf.open(stream=made.pdf) as document:
        assert "ABC-000017" in document[0].get_text()


def test_a_page_number_moves_to_where_the_margin_is_empty_and_says_where_none_is() -> None:
    with pymupdf.open() as made:
        page = made.new_page(width=420, height=300)
        page.insert_text((300, 288), "Page 1 of 9 of the minutes", fontsize=9)
        busy = bytes(made.tobytes())
        page.draw_rect(page.rect, color=None, fill=(0.2, 0.2, 0.2))
        full = bytes(made.tobytes())
    (stamp,) = apply(busy, [], name="x", stamps=[Stamp(1, "ABC-000017")]).stamps
    assert stamp.empty
    assert stamp.box is not None
    assert stamp.box.x1 < 300
    assert stamp.box.y0 > 250
    (stamp,) = apply(full, [], name="x", stamps=[Stamp(1, "ABC-000017")]).stamps
    assert not stamp.empty


def test_a_stamp_keeps_clear_of_boxes_on_an_empty_margin() -> None:
    data = letter()
    corner = Box(300, 270, 415, 295)
    listed = [Redaction(1, corner, "x")]
    made = apply(data, listed, name="x", stamps=[NUMBER])
    (stamp,) = made.stamps
    assert stamp.empty
    assert stamp.box is not None
    assert stamp.box.y0 > 250
    assert stamp.box.intersection(corner) is None
    assert attacked(data, listed, made) == []


@pytest.mark.parametrize("mode", ["preserve", "flatten"])
@pytest.mark.parametrize("fill", ["black", "light"])
@pytest.mark.parametrize("source", ["letter", "scan"])
def test_a_page_that_is_all_box_has_its_number_on_the_box(mode: str, fill: str, source: str) -> None:
    data = letter() if source == "letter" else scan()
    listed = [Redaction(1, Box(0, 0, 420, 300), "x", label="WITHHELD IN FULL", fill=fill)]  # type: ignore[arg-type]
    name = "x.pdf" if source == "letter" else "x.jpg"
    export = redact_file(data, name, listed, mode=mode, certificate="none", stamps=[NUMBER])  # type: ignore[arg-type]
    with pymupdf.open(stream=export.pdf) as document:
        text = document[0].get_text()
    assert "ABC-000017" in text
    assert "WITHHELD IN FULL" in text
    (told,) = export.report["stamps"]
    assert (told["text"], told["over"]) == ("ABC-000017", False)
    pixels = shown(export.pdf, Box.of(told["rect"]))
    assert (pixels > 200).any()
    assert (pixels < 60).any()
    again = verify(export.pdf, source=data, redactions=listed, told=export.report)
    assert [c.name for c in again if not c.passed] == []


def test_other_text_at_a_stamps_place_on_a_box_is_found() -> None:
    """Faults: something else, or something more, than the number in a boxed margin."""
    data = letter()
    listed = [Redaction(1, Box(0, 0, 420, 300), "x")]
    made = apply(data, listed, name="x", stamps=[NUMBER])
    assert attacked(data, listed, made) == []
    (stamp,) = made.stamps
    assert stamp.box is not None
    for operators in (
        b"BT 1 g /T0 6 Tf 1 0 0 1 %f 16 Tm <00240025> Tj ET" % (stamp.box.x0 + 2),
        b"q 1 g %f 15 20 0.7 re f Q" % (stamp.box.x0 + 4),
    ):
        with pikepdf.open(io.BytesIO(made.pdf)) as pdf:
            pdf.pages[0].contents_add(pdf.make_stream(operators))
            out = io.BytesIO()
            pdf.save(out)
        assert attacked(data, listed, replace(made, pdf=out.getvalue())) != []
    unsaid = replace(made, stamps=(replace(stamp, text="ABC-000018"),))
    assert any("text can still be extracted" in f for f in attacked(data, listed, unsaid))


@pytest.mark.parametrize("unit", [1.0, 2.0])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_stamps_are_upright_and_of_one_size_on_any_page(rotation: int, unit: float) -> None:
    with pikepdf.open(io.BytesIO(letter(rotation, crop=True))) as pdf:
        if unit != 1.0:
            pdf.pages[0].obj.UserUnit = unit
        out = io.BytesIO()
        pdf.save(out, min_version="1.6")
    data = out.getvalue()
    export = redact_file(data, "x.pdf", [], certificate="none", stamps=[NUMBER, Stamp(1, "秘密", "top-left")])
    with pymupdf.open(stream=export.pdf) as document:
        page = document[0]
        lines = {
            "".join(s["text"] for s in line["spans"]): line
            for block in page.get_text("dict")["blocks"]
            for line in block.get("lines", ())
        }
        width, height = page.rect.width, page.rect.height
    number, secret = lines["ABC-000017"], lines["秘密"]
    for line in (number, secret):
        assert line["dir"] == pytest.approx((1.0, 0.0))
        assert line["spans"][0]["size"] == pytest.approx(8.0)
    assert number["bbox"][2] == pytest.approx(width - 24, abs=1)
    assert number["bbox"][3] > height - 20
    assert secret["bbox"][0] == pytest.approx(24, abs=1)
    assert secret["bbox"][1] < 20


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_stamps_and_labels_on_image_files(mode: str) -> None:
    with Image.open(io.BytesIO(scan())) as picture:
        out = io.BytesIO()
        picture.convert(mode).save(out, "TIFF" if mode == "1" else "PNG", dpi=(200, 200))
    listed = boxes("NAME")
    export = redact_file(out.getvalue(), "x.png", listed, certificate="none", stamps=[NUMBER])
    with pymupdf.open(stream=export.pdf) as document:
        words = document[0].get_text().split()
    assert sorted(words) == ["ABC-000017", "NAME", "NAME"]


def test_two_stamps_of_one_place_stand_beside_each_other() -> None:
    data = letter()
    stamps = [NUMBER, Stamp(1, "CONFIDENTIAL"), Stamp(1, "COPY 3", "top-left")]
    made = apply(data, [], name="x", stamps=stamps)
    assert [s.text for s in made.stamps] == ["ABC-000017", "CONFIDENTIAL", "COPY 3"]
    places = [s.box for s in made.stamps if s.box is not None]
    assert len(places) == 3
    assert all(a.intersection(b) is None for i, a in enumerate(places) for b in places[i + 1 :])
    assert attacked(data, [], made) == []


def test_more_stamps_than_a_page_has_places_are_told_not_piled_up() -> None:
    data = letter()
    stamps = [Stamp(1, f"ABC-{n:06}") for n in range(8)]
    export = redact_file(data, "x.pdf", [], certificate="none", stamps=stamps)
    with pymupdf.open(stream=export.pdf) as document:
        text = document[0].get_text()
    told = export.report["stamps"]
    assert [bool(s["rect"]) for s in told] == [True] * 6 + [False] * 2
    assert [s["text"] in text for s in told] == [True] * 6 + [False] * 2
    assert all(c.passed for c in verify(export.pdf, source=data, redactions=[], told=export.report))


@pytest.mark.parametrize(
    ("stamp", "says"),
    [
        (Stamp(9, "ABC-000017"), "has 1 pages; a stamp is for page 9"),
        (Stamp(1, "  "), "no text"),
        (Stamp(1, "A\U0001f600B"), "U\\+1F600"),
        (Stamp(1, "A", "middle"), "no position middle"),  # type: ignore[arg-type]
        (Stamp(1, "Zabriskie 7"), "repeats a redacted text"),
    ],
)
def test_a_stamp_that_can_not_be_written_as_it_is_is_refused(stamp: Stamp, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        redact_file(letter(), "x.pdf", boxes(), certificate="none", stamps=[stamp])


def test_the_same_stamps_give_the_same_bytes() -> None:
    stamps = [NUMBER, Stamp(1, "秘密", "top-center")]
    assert (
        apply(letter(), boxes(), name="x", stamps=stamps).pdf
        == apply(letter(), boxes(), name="x", stamps=stamps).pdf
    )
