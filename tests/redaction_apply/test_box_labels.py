"""Labels on boxes, light boxes with pseudonyms, page numbers in the margin: readable, proved, and no more."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pikepdf
import pymupdf
import pytest
from PIL import Image, ImageDraw

from model.findings import Redaction, Stamp
from model.geometry import Box
from redaction.apply import Applied, apply
from redaction.verify import Judge

LINES = (
    "Dear Sir,",
    "please write to Mr. Quentin Zabriskie about it.",
    "His telephone is 0187 496 0314 there.",
)
NAME, PHONE = Box(136, 74, 240, 90), Box(114, 98, 198, 113)


def letter(rotation: int = 0, crop: bool = False) -> bytes:
    with pymupdf.open() as made:
        page = made.new_page(width=420, height=300)
        for row, line in enumerate(LINES):
            page.insert_text((36, 60 + 24 * row), line, fontsize=12)
        if crop:
            page.set_cropbox(pymupdf.Rect(10, 10, 400, 280))
        page.set_rotation(rotation)
        return bytes(made.tobytes())


def scan() -> bytes:
    picture = Image.new("L", (1166, 833), 250)
    draw = ImageDraw.Draw(picture)
    for row, line in enumerate(LINES):
        draw.text((100, 130 + 67 * row), line, fill=20, font_size=34)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85, dpi=(200, 200))
    return out.getvalue()


def boxes(label: str = "(b)(6)", **more: str) -> list[Redaction]:
    return [
        Redaction(1, NAME, "third party", label=label, text="Quentin Zabriskie", **more),  # type: ignore[arg-type]
        Redaction(1, PHONE, "personal data", label=label, **more),  # type: ignore[arg-type]
    ]


def attacked(data: bytes, listed: list[Redaction], made: Applied) -> list[str]:
    every = [*listed, *(Redaction(c.page, c.box, "copy") for c in made.copies)]
    places = [(page, box) for page, box, _ in made.stamps]
    return [
        f"{c.name}: {c.detail}"
        for c in Judge(data, listed, name="x").attack(made.pdf, every, extra_pages=0, stamps=places)
        if not c.passed
    ]


def shown(pdf: bytes, box: Box, scale: float = 3.0) -> np.ndarray:
    with pymupdf.open(stream=pdf) as document:
        clip = pymupdf.Rect(*box.as_list())
        pixmap = document[0].get_pixmap(matrix=pymupdf.Matrix(scale, scale), clip=clip, colorspace="gray")
    return np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.stride)[:, : pixmap.width]


@pytest.mark.parametrize("mode", ["preserve", "flatten"])
@pytest.mark.parametrize("label", ["(b)(6)", "個人情報", "NAME"])
@pytest.mark.parametrize("source", ["letter", "scan"])
def test_a_label_stands_on_its_box_and_the_file_is_proved(mode: str, label: str, source: str) -> None:
    data = letter() if source == "letter" else scan()
    listed = boxes(label)
    made = apply(data, listed, name="x", mode=mode)  # type: ignore[arg-type]
    assert attacked(data, listed, made) == []
    with pymupdf.open(stream=made.pdf) as document:
        text = document[0].get_text()
    assert text.count(label) == 2
    assert "Zabriskie" not in text
    pixels = shown(made.pdf, NAME)
    assert (pixels < 30).mean() > 0.5
    assert (pixels > 200).mean() > 0.02
    assert made.flattened == () or mode == "flatten" or source == "scan"
    assert apply(data, listed, name="x", mode=mode).pdf == made.pdf  # type: ignore[arg-type]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_labels_and_stamps_are_upright_on_turned_and_cropped_pages(rotation: int) -> None:
    data = letter(rotation, crop=True)
    with pymupdf.open(stream=data) as document:
        page = document[0]
        hits = [r for word in ("Quentin", "Zabriskie") for r in page.search_for(word)]
        rect = hits[0] | hits[1]
        rect = rect * page.rotation_matrix
        rect.normalize()
    listed = [Redaction(1, Box(*rect), "x", label="NAME", text="Quentin Zabriskie")]
    made = apply(data, listed, name="x", stamps=[Stamp(1, "ABC-000017")])
    assert attacked(data, listed, made) == []
    with pymupdf.open(stream=made.pdf) as document:
        words = {w[4]: w for w in document[0].get_text("words")}
        spans = [s for b in document[0].get_text("dict")["blocks"] for s in b.get("lines", ())]
        height, width = document[0].rect.height, document[0].rect.width
    assert "NAME" in words
    x0, y0, x1, y1 = words["ABC-000017"][:4]
    assert x1 > width - 40
    assert y1 > height - 25
    stamp = next(line for line in spans if line["spans"][0]["text"] == "ABC-000017")
    assert stamp["dir"] == pytest.approx((1.0, 0.0))
    assert x0 < x1
    assert y0 < y1


def test_light_boxes_carry_pseudonyms_and_black_neighbours_win() -> None:
    data = letter()
    listed = boxes("[PERSON 1]", fill="light")
    made = apply(data, listed, name="x")
    assert attacked(data, listed, made) == []
    inside = Box(NAME.x0 + 1, NAME.y0 + 1, NAME.x1 - 1, NAME.y1 - 1)
    assert (shown(made.pdf, inside) > 200).mean() > 0.6
    over = [*listed, Redaction(1, Box(200, 70, 260, 95), "x", label="OTHER")]
    both = apply(data, over, name="x")
    assert attacked(data, over, both) == []
    assert (shown(both.pdf, inside) < 60).mean() > 0.5


def test_what_does_not_fit_or_repeats_a_secret_is_not_written() -> None:
    data = letter()
    small = [Redaction(1, Box(136, 74, 142, 90), "x", label="A VERY LONG LABEL INDEED")]
    told = [replace(r, label="Zabriskie") for r in boxes()]
    for listed in (small, told):
        made = apply(data, listed, name="x")
        assert attacked(data, listed, made) == []
        with pymupdf.open(stream=made.pdf) as document:
            assert "LABEL" not in document[0].get_text()
            assert listed is small or "Zabriskie" not in document[0].get_text()


def test_nothing_else_may_stand_in_a_labelled_box() -> None:
    """Faults in finished files: other text, other ink, a label that says more."""
    data = letter()
    listed = boxes()
    made = apply(data, listed, name="x")
    spoilt = {
        "text": b"BT 1 g /T0 4 Tf 1 0 0 1 140 212 Tm <002B0048> Tj ET",
        "ink": b"q 1 g 138 212 3 3 re f Q",
        "grey ink": b"q 0.3 g 138 212 40 1.5 re f Q",
    }
    for what, operators in spoilt.items():
        with pikepdf.open(io.BytesIO(made.pdf)) as pdf:
            page = pdf.pages[0]
            page.contents_add(pdf.make_stream(operators))
            out = io.BytesIO()
            pdf.save(out)
        found = attacked(data, listed, replace(made, pdf=out.getvalue()))
        assert any("under the box" in f or "in the box" in f for f in found), what


def test_label_fonts_hold_the_letters_of_the_labels_only() -> None:
    made = apply(letter(), boxes("(b)(6) 個"), name="x")
    with pikepdf.open(io.BytesIO(made.pdf)) as pdf:
        fonts = pdf.pages[0].Resources.Font
        maps = b"".join(fonts[name].ToUnicode.read_bytes() for name in ("/T0", "/T1"))
        sizes = [
            len(bytes(d[k].read_bytes()))
            for name in ("/T0", "/T1")
            for d in [fonts[name].DescendantFonts[0].FontDescriptor]
            for k in ("/FontFile2", "/FontFile3")
            if k in d
        ]
    named = re.findall(rb"^<[0-9A-F]{4}> <([0-9A-F]{4})>$", maps, re.MULTILINE)
    assert {chr(int(code, 16)) for code in named} - {"\uffff"} == set("(b)6 個")
    assert len(made.pdf) < 200_000, sizes


@pytest.mark.parametrize("mode", ["preserve", "flatten"])
@pytest.mark.parametrize("source", ["letter", "scan"])
def test_a_page_number_stands_in_the_margin_where_nothing_else_is(mode: str, source: str) -> None:
    data = letter() if source == "letter" else scan()
    listed = boxes()
    made = apply(data, listed, name="x", mode=mode, stamps=[Stamp(1, "ABC-000017")])  # type: ignore[arg-type]
    assert attacked(data, listed, made) == []
    ((page, box, empty),) = made.stamps
    assert page == 1
    assert empty
    assert (shown(made.pdf, box) < 100).any()
    with pymupdf.open(stream=made.pdf) as document:
        assert "ABC-000017" in document[0].get_text()


def test_a_page_number_moves_to_where_the_margin_is_empty_and_says_where_none_is() -> None:
    with pymupdf.open() as made:
        page = made.new_page(width=420, height=300)
        page.insert_text((300, 288), "Page 1 of 9 of the minutes", fontsize=9)
        busy = bytes(made.tobytes())
        page.draw_rect(page.rect, color=None, fill=(0.2, 0.2, 0.2))
        full = bytes(made.tobytes())
    ((_, box, empty),) = apply(busy, [], name="x", stamps=[Stamp(1, "ABC-000017")]).stamps
    assert empty
    assert box.x1 < 300
    assert box.y0 > 250
    ((_, _, empty),) = apply(full, [], name="x", stamps=[Stamp(1, "ABC-000017")]).stamps
    assert not empty


def test_a_box_that_cuts_a_letter_does_not_make_the_page_an_image() -> None:
    data = letter()
    listed = [Redaction(1, Box(120, 98, 198, 113), "x")]
    made = apply(data, listed, name="x")
    assert made.flattened == ()
    assert attacked(data, listed, made) == []
