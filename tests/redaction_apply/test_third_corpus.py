"""Files of a third corpus, made by somebody who had read none of the others: what it found stays mended.

Each is exported as the command does it, attacked included: a refusal raises.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence

import pikepdf
import pymupdf
import pytest
from PIL import Image, ImageDraw, ImageFont

from model.findings import Redaction
from model.geometry import Box
from redaction.apply import Mode, apply
from redaction.burn.layer import LayerWord
from redaction.burn.outlines import cut
from redaction.export import Export, redact_file

NAME = "Perpetua Lindqvane"


def page(content: bytes, **resources: object) -> bytes:
    """A page of US letter with one font, F."""
    with pikepdf.new() as pdf:
        made = pdf.add_blank_page(page_size=(612, 792))
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        dingbats = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.ZapfDingbats
        )
        made.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font, Z=dingbats))
        made.obj.Contents = pdf.make_stream(content)
        if "layers" in resources:
            off = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name=pikepdf.String("x")))
            member = pikepdf.Dictionary(Type=pikepdf.Name.OCMD, OCGs=pikepdf.Array([off]))
            made.obj.Resources.Properties = pikepdf.Dictionary(M=pdf.make_indirect(member))
            pdf.Root.OCProperties = pikepdf.Dictionary(
                OCGs=pikepdf.Array([off]), D=pikepdf.Dictionary(OFF=pikepdf.Array([off]))
            )
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def line(x: float, y: float, text: str, size: float = 12) -> bytes:
    return b"BT /F %g Tf %g %g Td (%s) Tj ET\n" % (size, x, y, text.encode())


def width(text: str, size: float = 12) -> float:
    return float(pymupdf.get_text_length(text, "helv", size))


def export(data: bytes, box: Sequence[float], mode: Mode, *, name: str = "x.pdf", text: str = NAME) -> Export:
    redaction = Redaction(1, Box(*box), "test", text=text)
    return redact_file(data, name, [redaction], mode=mode, certificate="none")


def words(pdf: bytes) -> list[str]:
    with pymupdf.open(stream=pdf) as document:
        return str(document[0].get_text()).split()


@pytest.mark.parametrize("mode", ["preserve", "flatten"])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_as_sharp_as_a_screenshot_is_not_refused(kind: str, mode: Mode) -> None:
    picture = Image.new("L", (1275, 1650), 250)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(36)
    for row in range(20):
        draw.text((150, 100 + 70 * row), "MINUTES OF THE WILLOW PARISH COUNCIL 1741", font=font, fill=20)
    draw.text((150, 1520), NAME, font=font, fill=20)
    out = io.BytesIO()
    picture.save(out, kind, dpi=(150, 150))
    export(out.getvalue(), (70, 728, 250, 752), mode, name=f"x.{kind.lower()}")


def test_an_area_that_was_wiped_in_a_sharp_picture_is_still_noticed() -> None:
    from redaction.verify import verify

    picture = Image.new("L", (1275, 1650), 250)
    draw = ImageDraw.Draw(picture)
    for row in range(20):
        draw.text((150, 100 + 70 * row), "MINUTES OF 1741", font=ImageFont.load_default(36), fill=20)
    source = io.BytesIO()
    picture.save(source, "PNG", dpi=(150, 150))
    draw.rectangle((320, 100, 345, 140), fill=250)
    wiped = io.BytesIO()
    picture.save(wiped, "PNG", dpi=(150, 150))
    made = export(wiped.getvalue(), (70, 728, 250, 752), "preserve", name="x.png")
    checks = verify(
        made.pdf, source=source.getvalue(), redactions=[Redaction(1, Box(70, 728, 250, 752), "test")]
    )
    assert [c.name for c in checks if not c.passed] == ["innocent_pixels"]


def test_hebrew_in_the_searchable_layer_is_read_forwards() -> None:
    picture = Image.new("L", (600, 300), 255)
    draw = ImageDraw.Draw(picture)
    for x in (60, 200, 340):
        draw.text((x, 60), "#####", font=ImageFont.load_default(40), fill=0)
    out = io.BytesIO()
    picture.save(out, "PNG")
    said = ("דוח", "הצהרה", "מסמך")  # one after the other from the right
    layer = [
        LayerWord(text, Box(x, 65, x + 95, 100), line=0) for x, text in zip((340, 200, 60), said, strict=True)
    ]
    # A box over the left half of the middle word covers its last letters.
    made = redact_file(
        out.getvalue(), "x.png", [Redaction(1, Box(195, 60, 225, 105), "test")], layers={1: layer},
        certificate="none",
    )  # fmt: skip
    found = words(made.pdf)
    assert [said[0], said[2]] == [w for w in found if w in said]
    assert "הצ" in found
    assert "רה" not in "".join(found)


def test_letters_that_a_font_does_not_name_do_not_hold_up_the_flattening() -> None:
    text = f"Held for {NAME} safely"
    data = page(line(72, 700, text) + line(72, 660, "Other line of record"))
    with pikepdf.open(io.BytesIO(data)) as pdf:
        named = b"".join(b"<%02X> <%04X>\n" % (c, 0xFFFD if c % 3 else c) for c in range(32, 127))
        cmap = b"1 begincodespacerange <00> <FF> endcodespacerange 95 beginbfchar\n" + named + b"endbfchar"
        font = pdf.pages[0].obj.Resources.Font.F
        font.ToUnicode = pdf.make_stream(b"/CIDInit /ProcSet findresource begin begincmap " + cmap)
        out = io.BytesIO()
        pdf.save(out)
    start = 72 + width("Held for ")
    export(out.getvalue(), (start, 792 - 710, start + width(NAME), 792 - 697), "flatten")


def test_mirrored_words_stay_where_they_are_when_the_page_becomes_an_image() -> None:
    mirrored = b"BT /F 12 Tf -1 0 0 1 500 600 Tm (Mirror image end) Tj ET\n"
    made = export(page(mirrored + line(72, 700, NAME)), (71, 82, 73 + width(NAME), 96), "flatten")
    with pymupdf.open(stream=made.pdf) as document:
        places = {w[4]: (w[1] + w[3]) / 2 for w in document[0].get_text("words")}
    assert places["Mirror"] == pytest.approx(792 - 604, abs=2)


def test_thin_letters_that_stand_alone_are_compared_by_their_lines_height() -> None:
    spread = b"BT /F 12 Tf 60 Tz 3 Tc 72 600 Td (tail ill) Tj ET 100 Tz 0 Tc\n"
    made = export(page(spread + line(72, 700, NAME)), (71, 82, 73 + width(NAME), 96), "flatten")
    assert "".join(words(made.pdf)) == "tailill"


@pytest.mark.parametrize("more", [1.95, 2.25, 2.7])
def test_a_thin_letter_right_after_a_box_stays_in_the_text_of_an_image(more: float) -> None:
    data = page(line(72, 700, NAME + " leaves", 11))  # rounded up, the box reaches the cell of the l
    made = export(data, (71, 82, 72 + width(NAME, 11) + more, 96), "flatten")
    assert words(made.pdf) == ["leaves"]


@pytest.mark.parametrize(("font", "codes"), [(b"Z", b"4on"), (b"Z", b"l")])
def test_ticks_in_a_form_do_not_cost_the_page_its_text(font: bytes, codes: bytes) -> None:
    ticks = b"BT /%s 12 Tf 72 600 Td (%s) Tj ET\n" % (font, codes)
    made = export(page(ticks + line(72, 700, NAME + " agrees")), (71, 82, 73 + width(NAME), 96), "preserve")
    assert made.report["flattened"] == []
    assert "agrees" in words(made.pdf)


def test_a_layer_that_a_list_of_hidden_ones_rules_does_not_cost_the_page_its_text() -> None:
    hidden = b"/OC /M BDC " + line(72, 650, f"Informant is {NAME}") + b"EMC\n"
    data = page(hidden + line(72, 700, NAME + " agrees"), layers=True)
    made = export(data, (71, 82, 73 + width(NAME), 96), "preserve")
    assert made.report["flattened"] == []
    assert words(made.pdf) == ["agrees"]


def compact_cff() -> bytes:
    """Glyphs in one range of names right behind the Top DICT, which says where in a single byte."""

    def index(items: Sequence[bytes]) -> bytes:
        ends = [1]
        for item in items:
            ends.append(ends[-1] + len(item))
        return (
            struct.pack(">HB", len(items), 2) + b"".join(struct.pack(">H", e) for e in ends) + b"".join(items)
        )

    def plain(value: int) -> bytes:
        return bytes((value + 139,)) if value <= 107 else b"\x1c" + struct.pack(">h", value)

    glyphs = 90
    square = plain(600) + plain(0) + plain(0) + b"\x15" + b"".join(map(plain, (300, 400, -100))) + b"\x06\x0e"
    strings = [square if g else b"\x0e" for g in range(glyphs)]
    names = index([b"Compact"])
    start, charset = 4 + len(names), b"\2" + struct.pack(">HH", 1, glyphs - 2)
    at = start + (3 + 4 + 2 + 4 + 5) + 2 + 2  # behind the Top DICT and two empty tables
    top = plain(at) + b"\x0f" + b"\x1c" + struct.pack(">h", at + len(charset)) + b"\x11"
    private = at + len(charset) + len(index(strings))
    top += plain(0) + b"\x1c" + struct.pack(">h", private) + b"\x12"
    pad = at - (start + len(index([top])) + 4)
    return b"\1\0\4\2" + names + index([top]) + bytes(4) + bytes(pad) + charset + index(strings)


def test_a_font_program_with_short_offsets_is_cut_down_as_well() -> None:
    data = compact_cff()
    assert pymupdf.Font(fontbuffer=data).glyph_count == 90
    small = cut(data, {5, 40})
    square = data[data.index(b"\x1c\x02\x58") :][:10]
    assert (data.count(square), small.count(square)) == (89, 2)


@pytest.mark.parametrize("mode", ["preserve", "flatten"])
def test_a_name_wrapped_in_a_column_of_a_table_is_a_copy(mode: Mode) -> None:
    first, last = NAME.split()
    rows = ((first, "Dr. Wexholm", "ward 7"), (last, "cardiology", "bed 3"))
    cells = [
        line(72 + 150 * c, 600 - 14 * r, cell) for r, row in enumerate(rows) for c, cell in enumerate(row)
    ]
    data = page(line(72, 700, f"{NAME} was seen") + b"".join(cells))
    made = export(data, (71, 82, 72 + width(NAME), 96), mode)
    assert words(made.pdf) == ["was", "seen", "Dr.", "Wexholm", "ward", "7", "cardiology", "bed", "3"]


def scanned(shown: Image.Image, *, colours: pikepdf.Object | None = None, bands: int = 1) -> bytes:
    """A page on which an image covers text that says what stands in a scan."""
    said = [f"Recorded by {NAME} in the parish", "on the second of May for the council"]
    with pikepdf.open(io.BytesIO(page(b""))) as pdf:
        samples = shown.tobytes()
        picture = pikepdf.Stream(
            pdf, samples, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=shown.width,
            Height=shown.height, BitsPerComponent=8, ColorSpace=colours or pikepdf.Name.DeviceGray,
        )  # fmt: skip
        made = pdf.pages[0].obj
        made.Resources.XObject = pikepdf.Dictionary(I=pdf.make_indirect(picture))
        beneath = b"".join(line(72, 700 - 40 * n, text, 14) for n, text in enumerate(said))
        made.Contents = pdf.make_stream((beneath if bands == 1 else b"") + b"q 612 0 0 792 0 0 cm /I Do Q")
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def scan() -> Image.Image:
    with pymupdf.open(
        stream=page(
            line(72, 700, f"Recorded by {NAME} in the parish", 14)
            + line(72, 660, "on the second of May for the council", 14)
        )
    ) as document:
        pixmap = document[0].get_pixmap(dpi=100, colorspace=pymupdf.csGRAY)
    return Image.frombytes("L", (pixmap.width, pixmap.height), pixmap.samples)


SCANNED = (72 + width("Recorded by ", 14), 80, 72 + width(f"Recorded by {NAME}", 14), 96)


def test_text_that_a_scanner_wrote_beneath_its_picture_stays_searchable() -> None:
    made = export(scanned(scan()), SCANNED, "preserve")
    assert " ".join(words(made.pdf)) == "Recorded by in the parish on the second of May for the council"
    with pymupdf.open(stream=made.pdf) as document:
        assert {s["type"] for s in document[0].get_texttrace()} == {3}


def test_text_beneath_a_picture_that_does_not_show_it_does_not_travel() -> None:
    stripes = Image.new("L", (850, 1100), 255)
    for x in range(0, 850, 7):
        stripes.paste(0, (x, 0, x + 3, 1100))
    box = Redaction(1, Box(*SCANNED), "test", text=NAME)
    assert words(apply(scanned(stripes), [box], name="x.pdf").pdf) == []


def test_an_image_in_lab_colours_keeps_them() -> None:
    grey = scan()
    plain = Image.new("L", grey.size, 128)
    space = pikepdf.Array(
        [pikepdf.Name.Lab, pikepdf.Dictionary(WhitePoint=[0.95, 1, 1.09], Range=[-128, 127, -128, 127])]
    )
    export(scanned(Image.merge("RGB", (grey, plain, plain)), colours=space, bands=3), SCANNED, "preserve")


@pytest.mark.parametrize("footer", ["", "Page 1 of the register"])
def test_a_name_that_runs_over_a_pages_end_is_a_copy(footer: str) -> None:
    first, last = NAME.split()
    rows = [f"{NAME} was seen", "and by noon it was signed by " + first, last + " in presence of the clerk"]
    below = line(72, 30, footer) if footer else b""
    pages = [page(line(72, 700, rows[0]) + line(72, 90, rows[1]) + below), page(line(72, 740, rows[2]))]
    with pymupdf.open(stream=pages[0]) as joined:
        with pymupdf.open(stream=pages[1]) as second:
            joined.insert_pdf(second)
        made = export(joined.tobytes(), (71, 82, 72 + width(NAME), 96), "preserve")
    with pymupdf.open(stream=made.pdf) as document:
        text = " ".join(" ".join(p.get_text().split()) for p in document)
    assert text == " ".join(
        f"was seen and by noon it was signed by {footer} in presence of the clerk".split()
    )
