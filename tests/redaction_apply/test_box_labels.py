"""Labels on boxes and light boxes with pseudonyms: readable, proved, and no more."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pikepdf
import pymupdf
import pytest
from PIL import Image, ImageDraw

from model.errors import Unreadable
from model.files import boxes_from_json, boxes_to_json
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
    return [
        f"{c.name}: {c.detail}"
        for c in Judge(data, listed, name="x").attack(made.pdf, every, extra_pages=0, stamps=made.stamps)
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


@pytest.mark.parametrize("source", ["letter", "scan"])
@pytest.mark.parametrize("mode", ["preserve", "flatten"])
def test_a_light_box_has_a_thin_dark_frame_all_around(mode: str, source: str) -> None:
    data = letter() if source == "letter" else scan()
    listed = boxes("[PERSON 1]", fill="light")[:1]
    made = apply(data, listed, name="x", mode=mode)  # type: ignore[arg-type]
    assert attacked(data, listed, made) == []
    ((_, box),) = made.boxes
    pixels = shown(made.pdf, box.expanded(-0.1), 8.0)
    for edge in (pixels[1], pixels[-2], pixels[:, 1], pixels[:, -2]):
        assert edge.max() < 90
    inside = shown(made.pdf, box.expanded(-1.0), 8.0)
    assert 225 < np.median(inside) < 235


def test_ink_in_the_frame_of_a_light_box_is_found() -> None:
    """A fault: dashes of a word's upper edge, where a frame may be."""
    data = letter()
    listed = boxes("[PERSON 1]", fill="light")[:1]
    made = apply(data, listed, name="x")
    ((_, box),) = made.boxes
    dashes = b"q 0.9 g " + b"".join(
        b"%f %f 4 0.5 re " % (box.x0 + 8 * k, 300 - box.y0 - 0.5) for k in range(1, 9)
    )
    found = attacked(data, listed, replace(made, pdf=_with_content(made.pdf, dashes + b"f Q")))
    assert any("can still be seen in the box" in f for f in found)


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


@pytest.mark.parametrize("fill", ["black", "light"])
def test_the_boxes_of_a_tilted_word_carry_their_label_once_those_of_two_lines_twice(fill: str) -> None:
    stairs = [Box(40 + 60 * k, 200 + 4 * k, 101 + 60 * k, 216 + 4 * k) for k in range(4)]
    lines = [Box(36, 120, 200, 134), Box(36, 134, 150, 148)]
    listed = [Redaction(1, box, "x", label="[PERSON 3]", fill=fill) for box in stairs]  # type: ignore[arg-type]
    listed += [Redaction(1, box, "x", label="[PLACE 2]", fill=fill) for box in lines]  # type: ignore[arg-type]
    data = letter()
    made = apply(data, listed, name="x")
    assert attacked(data, listed, made) == []
    with pymupdf.open(stream=made.pdf) as document:
        text = document[0].get_text()
    assert text.count("[PERSON 3]") == 1
    assert text.count("[PLACE 2]") == 2


def test_light_boxes_that_touch_in_a_chain_with_a_black_one_are_all_black() -> None:
    data = letter()
    chain = [Box(40, 200, 100, 216), Box(95, 205, 160, 220), Box(155, 210, 220, 226)]
    fills = ("light", "light", "black")
    listed = [Redaction(1, b, "x", fill=f) for b, f in zip(chain, fills, strict=True)]  # type: ignore[arg-type]
    made = apply(data, listed, name="x")
    assert attacked(data, listed, made) == []
    assert all((shown(made.pdf, b.expanded(-1)) < 20).all() for b in chain)


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


def _with_content(pdf: bytes, operators: bytes) -> bytes:
    """The file with operators appended to its first page."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        opened.pages[0].contents_add(opened.make_stream(operators))
        out = io.BytesIO()
        opened.save(out)
    return out.getvalue()


def _label_codes(pdf: bytes) -> dict[str, str]:
    """Letter -> its code (hexadecimal) in the file's first label font."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        names = opened.pages[0].Resources.Font["/T0"].ToUnicode.read_bytes().decode()
    return {chr(int(b, 16)): a for a, b in re.findall(r"<([0-9A-F]{4})> <([0-9A-F]{4})>", names)}


@pytest.mark.parametrize(
    ("fill", "grey"), [("black", 0.4), ("black", 1.0), ("light", 0.0), ("light", 0.4), ("light", 1.0)]
)
def test_ink_between_the_letters_of_a_label_is_found(fill: str, grey: float) -> None:
    """Faults: a stroke within the places of the label's letters, of any colour but the box's own."""
    data = letter()
    listed = boxes("NAME", fill=fill)
    made = apply(data, listed, name="x")
    with pymupdf.open(stream=made.pdf) as document:
        x0, _, x1, y1 = next(w for w in document[0].get_text("words") if w[4] == "NAME")[:4]
    assert attacked(data, listed, made) == []
    stroke = b"q %f g %f %f %f 0.8 re f Q" % (grey, x0 + 2, 300 - y1 + 5, x1 - x0 - 4)
    found = attacked(data, listed, replace(made, pdf=_with_content(made.pdf, stroke)))
    assert any("can still be seen in the box" in f for f in found)


@pytest.mark.parametrize("text", ["A", "NAME"])
def test_the_label_of_one_box_is_not_allowed_under_another(text: str) -> None:
    """Faults: what was left of a name happens to be a part of some other box's label."""
    data = letter()
    first, second = boxes("NAME")
    listed = [first, replace(second, label="")]
    made = apply(data, listed, name="x")
    assert attacked(data, listed, made) == []
    codes = _label_codes(made.pdf)
    code = "".join(codes[c] for c in text).encode()
    left = b"BT 1 g /T0 9 Tf 1 0 0 1 140 190 Tm <%s> Tj ET" % code
    found = attacked(data, listed, replace(made, pdf=_with_content(made.pdf, left)))
    assert any("text can still be extracted under the box" in f for f in found)
    assert any("pdftotext can still extract" in f for f in found)


def test_a_part_of_a_boxs_own_label_is_no_label() -> None:
    """A fault: the label was not written, and a letter of the name is left that the label has, too."""
    data = letter()
    first, second = boxes("NAME")
    made = apply(data, [first, replace(second, label="")], name="x")
    left = b"BT 1 g /T0 9 Tf 1 0 0 1 140 190 Tm <%s> Tj ET" % _label_codes(made.pdf)["A"].encode()
    spoilt = replace(made, pdf=_with_content(made.pdf, left))
    assert any(
        "text can still be extracted under the box" in f for f in attacked(data, [first, second], spoilt)
    )


def test_a_label_has_to_look_like_its_letters() -> None:
    """A fault: text that reads like the label and shows other shapes, as a lying font would."""
    data = letter()
    listed = boxes("NAME")
    made = apply(data, listed, name="x")
    codes = _label_codes(made.pdf)
    with pikepdf.open(io.BytesIO(made.pdf)) as pdf:
        unicode_map = pdf.pages[0].Resources.Font["/T0"].ToUnicode
        names = unicode_map.read_bytes().decode()
        for code, letter_ in ((codes["N"], "M"), (codes["M"], "N")):
            names = re.sub(rf"<{code}> <\w+>", f"<{code}> <{ord(letter_):04X}>", names)
        unicode_map.write(names.encode())
        out = io.BytesIO()
        pdf.save(out)
    lying = [replace(r, label="MANE") for r in listed]
    found = attacked(data, lying, replace(made, pdf=out.getvalue()))
    assert any("can still be seen in the box" in f for f in found)


def test_the_colour_of_a_box_stands_in_boxes_json() -> None:
    listed = [
        Redaction(1, NAME, "x", label="[PERSON 1]", fill="light", id="b1"),
        Redaction(1, PHONE, "y", id="b2"),
    ]
    told = boxes_to_json(listed)
    assert [b.get("fill") for b in told["boxes"]] == ["light", None]
    assert boxes_from_json(told)[0] == listed
    told["boxes"][0]["fill"] = "pink"
    with pytest.raises(Unreadable, match="black or light"):
        boxes_from_json(told)


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


def test_a_box_that_cuts_a_letter_does_not_make_the_page_an_image() -> None:
    data = letter()
    listed = [Redaction(1, Box(120, 98, 198, 113), "x")]
    made = apply(data, listed, name="x")
    assert made.flattened == ()
    assert attacked(data, listed, made) == []
