"""Files of a fourth set, made by other people's tools, that were refused, leaked or lost something once.

Each is built here with pikepdf the way the tool named in its test writes it, redacted as a person would
do it, and has to come out proved, without the secret, with every other word and mark.
"""

from __future__ import annotations

import io
import re
import struct
from itertools import pairwise
from typing import Any

import numpy as np
import pikepdf
import pymupdf
import pytest
from pikepdf import Array, Dictionary, Name

from model.errors import Unreadable
from model.findings import Redaction
from model.geometry import Box
from redaction.export import Export, Mode, redact_file

SECRET = "Zelda Quillfeather"
LINE = "The harbour office opened its ledger."
MODES: tuple[Mode, Mode] = ("preserve", "flatten")


def text(x: float, y: float, words: str, size: float = 12, font: str = "F1") -> str:
    return f"BT /{font} {size} Tf 1 0 0 1 {x} {y} Tm ({words}) Tj ET\n"


def document(
    content: str,
    *,
    size: tuple[float, float] = (300, 200),
    resources: dict[str, Any] | None = None,
    prepare: Any = None,
    **save: Any,
) -> bytes:
    """One page with the font F1 (Helvetica). `resources` may hold dicts of bytes, which become streams;
    `prepare(pdf, page)` adds the rest."""
    pdf = pikepdf.new()
    helvetica = Dictionary(
        Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding
    )
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, *size]),
        Resources=Dictionary({"/Font": Dictionary(F1=pdf.make_indirect(helvetica)), **(resources or {})}),
        Contents=pdf.make_stream(content.encode("latin-1")),
    )
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
    if prepare is not None:
        prepare(pdf, pdf.pages[0].obj)
    out = io.BytesIO()
    pdf.save(out, **save)
    return out.getvalue()


def places(data: bytes, what: str = SECRET) -> list[Redaction]:
    """A box on each place of the text, as somebody draws it who sees the page."""
    with pymupdf.open(stream=data, filetype="pdf") as shown:
        return [
            Redaction(number, Box(*((hit * page.rotation_matrix).normalize())), "personal data", text=what)
            for number, page in enumerate(shown, 1)
            for hit in page.search_for(what)
        ]


def redacted(data: bytes, mode: Mode, boxes: list[Redaction] | None = None) -> Export:
    boxes = places(data) if boxes is None else boxes
    assert boxes
    return redact_file(data, "fourth.pdf", boxes, mode=mode, certificate="none")


def words(export: Export) -> str:
    with pymupdf.open(stream=export.pdf, filetype="pdf") as shown:
        found = " ".join(" ".join(page.get_text().split()) for page in shown)
    assert "Quill" not in found
    assert "feather" not in found
    return found


@pytest.mark.parametrize("mode", MODES)
def test_annotations_written_into_the_page_itself(mode: Mode) -> None:
    """fpdf2 writes the dictionaries of links into the page's array, not as objects of their own."""

    def link(pdf: Any, page: Any) -> None:
        page.Annots = Array(
            [
                Dictionary(
                    Type=Name.Annot,
                    Subtype=Name.Link,
                    Rect=Array([30, 90, 130, 110]),
                    A=Dictionary(S=Name.URI, URI=pikepdf.String("https://example.org/rope")),
                ),
                Dictionary(
                    Type=Name.Annot, Subtype=Name.Text, Rect=Array([200, 90, 220, 110]), F=2,
                    Contents=pikepdf.String(SECRET),
                ),
            ]
        )  # fmt: skip

    data = document(text(30, 160, SECRET + " signed") + text(30, 95, "About rope"), prepare=link)
    export = redacted(data, mode)
    assert words(export) == "signed About rope"
    with pymupdf.open(stream=export.pdf, filetype="pdf") as shown:
        assert [found["uri"] for found in shown[0].get_links()] == ["https://example.org/rope"]


PATTERN = "/Pattern cs /P scn " + text(20, 160, SECRET + " shines", 14) + "0 g " + text(20, 100, LINE)
CLIPPING = f"q BT /F1 14 Tf 7 Tr 20 160 Td ({SECRET} shines) Tj ET .8 .2 .2 rg 0 0 300 200 re f Q " + text(
    20, 100, LINE
)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("content", [PATTERN, CLIPPING], ids=["pattern", "clip"])
def test_words_filled_with_a_pattern_are_seen(content: str, mode: Mode) -> None:
    """Browsers and drawing programs fill headings with gradients: the letters are a clip, and do show."""

    def gradient(pdf: Any, page: Any) -> None:
        ramp = Dictionary(FunctionType=2, Domain=Array([0, 1]), C0=Array([1, 0, 0]), C1=Array([0, 0, 1]), N=1)
        shading = Dictionary(
            ShadingType=2, ColorSpace=Name.DeviceRGB, Coords=Array([0, 0, 300, 0]), Function=ramp
        )
        page.Resources["/Pattern"] = Dictionary(P=Dictionary(PatternType=2, Shading=shading))

    assert words(redacted(document(content, prepare=gradient), mode)) == f"shines {LINE}"


@pytest.mark.parametrize("mode", MODES)
def test_a_letter_clip_that_nothing_is_painted_through_hides_its_words(mode: Mode) -> None:
    content = (
        text(20, 160, SECRET + " seen")
        + "q BT /F1 12 Tf 7 Tr 20 60 Td (nobody sees it) Tj ET Q "
        + text(20, 100, LINE)
    )
    assert words(redacted(document(content), mode)) == f"seen {LINE}"


@pytest.mark.parametrize("mode", MODES)
def test_words_that_a_clip_cuts(mode: Mode) -> None:
    """A table cell or text frame that is too small: what shows of its words stays, the rest goes."""
    content = (
        text(20, 160, SECRET) + "q 200 150 50 30 re W n " + text(180, 160, "cropped words") + "Q "
        + text(20, 100, LINE)
    )  # fmt: skip
    found = words(redacted(document(content), mode))
    assert "pped" in found
    assert LINE in found
    assert "cropped" not in found


@pytest.mark.parametrize("mode", MODES)
def test_an_image_with_an_alpha_of_its_own(mode: Mode) -> None:
    """A scanner's PNG: made small, its colour and its alpha both fade, and the output looks bolder."""
    shade = np.full((600, 900), 255, np.uint8)
    for row in range(60, 560, 40):
        shade[row : row + 22, 60:840:9] = 20
        shade[row + 1 : row + 23, 63:840:9] = 20
    alpha = np.where(shade < 128, 255, 0).astype(np.uint8)

    def image(pdf: Any, page: Any) -> None:
        kind = {
            "Type": Name.XObject,
            "Subtype": Name.Image,
            "Width": 900,
            "Height": 600,
            "BitsPerComponent": 8,
        }
        soft = pdf.make_stream(alpha.tobytes(), ColorSpace=Name.DeviceGray, **kind)
        page.Resources["/XObject"] = Dictionary(
            I=pdf.make_stream(shade.tobytes(), ColorSpace=Name.DeviceGray, SMask=soft, **kind)
        )

    data = document("q 300 0 0 200 0 0 cm /I Do Q", prepare=image)
    export = redacted(data, mode, [Redaction(1, Box(20, 20, 120, 34), "personal data")])
    with pymupdf.open(stream=export.pdf, filetype="pdf") as shown:
        pixmap = shown[0].get_pixmap(dpi=144, alpha=False)
        grey = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.width, 3)[..., 0]
    assert grey[42:66, 42:238].max() == 0
    assert grey[100:110, 60:500].min() < 120


@pytest.mark.parametrize("mode", MODES)
def test_the_largest_page_there_is(mode: Mode) -> None:
    """A plan of 200 inches: a look at it at 150 dpi would be 900 megapixels."""
    content = text(100, 14000, SECRET + " far", 200) + text(100, 13000, "large banner words", 200)
    export = redacted(document(content, size=(14400, 14400)), mode)
    assert words(export) == "far large banner words"
    assert not export.report["flattened"]


def plain() -> bytes:
    return document(
        text(30, 160, SECRET + " signed") + text(30, 95, LINE),
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
    )


def test_a_file_that_lost_only_its_table_of_contents() -> None:
    data = plain()
    whole = data[: data.rfind(b"\nxref") + 1]
    no_pointer = data[: data.rfind(b"startxref")]
    for cut in (whole, no_pointer):
        assert words(redacted(cut, "preserve")) == f"signed {LINE}"


def test_a_file_that_lost_an_object_is_refused() -> None:
    data = plain()
    objects = data[: data.rfind(b"\nxref") + 1]
    last = objects.rfind(b" 0 obj")
    for cut in (objects[: last - 2], objects[:-20]):  # before the last object, and within it
        with pytest.raises(Unreadable):
            redacted(cut, "preserve", [Redaction(1, Box(28, 30, 130, 44), "personal data", text=SECRET)])


def ligatures() -> bytes:
    """A page with the ligatures ffi and fi, named by their own characters."""
    with pymupdf.open() as made:
        page = made.new_page(width=300, height=200)
        page.insert_font("F9", fontbuffer=pymupdf.Font("cjk").buffer)
        page.insert_text((30, 40), SECRET + " was signed", fontsize=12)
        page.insert_text((30, 90), "the o\ufb03ce \ufb01led it", fontname="F9", fontsize=12)
        made.subset_fonts()
        return bytes(made.tobytes())


def test_ligatures_are_spelt_with_their_letters() -> None:
    """Browsers name a ligature by its own character and its letters beside it; a search types letters."""
    export = redacted(ligatures(), "preserve")
    assert not export.report["flattened"]
    with pikepdf.open(io.BytesIO(export.pdf)) as pdf:
        maps = b"".join(
            f.ToUnicode.read_bytes() for f in pdf.objects if isinstance(f, Dictionary) and "/ToUnicode" in f
        )
    assert b"<006600660069>" in maps
    assert b"<FB0" not in maps


def test_glyphs_that_stand_for_several_letters_keep_their_text() -> None:
    """Shaping engines name a ligature by its letters: no reason to make an image of the page."""
    spelt = redacted(ligatures(), "preserve").pdf
    export = redacted(spelt, "preserve", [Redaction(1, Box(140, 150, 190, 164), "personal data")])
    assert not export.report["flattened"]
    assert "the office filed it" in words(export)


def test_a_box_at_the_edge_of_a_page_is_black_to_the_last_pixel() -> None:
    """A4 is no whole number of pixels at any resolution: the last row and column are partly paper."""
    content = ".7 .9 .7 rg 0 0 300 200 re f 0 g " + text(180, 8, SECRET) + text(20, 100, LINE)
    data = document(content, size=(295.276, 141.89))
    box = Redaction(1, Box(178, 120, 295.276, 141.89), "personal data", text=SECRET)
    export = redacted(data, "preserve", [box])
    assert not export.report["flattened"]
    with pymupdf.open(stream=export.pdf, filetype="pdf") as shown:
        pixmap = shown[0].get_pixmap(dpi=100, alpha=False)
    pixels = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.width, 3)
    assert pixels[169:, 249:].max() == 0


def outline_sizes(program: bytes) -> list[int]:
    """Bytes of each glyph's outline in a TrueType font with a short loca table."""
    tables = {
        program[at : at + 4]: struct.unpack(">II", program[at + 8 : at + 16])
        for at in range(12, 12 + 16 * struct.unpack(">H", program[4:6])[0], 16)
    }
    start, length = tables[b"loca"]
    ends = struct.unpack(f">{length // 2}H", program[start : start + length])
    return [2 * (after - before) for before, after in pairwise(ends)]


def test_every_letter_of_the_searchable_layer_has_an_outline() -> None:
    """PDFium measures letters by their outlines, and leaves out text that is as thin as a line.

    Without them that was every single letter, and all text that runs upwards or downwards: nothing of a
    turned page could be found in Chrome.
    """
    export = redacted(document(text(30, 160, SECRET) + text(30, 95, "A parcel waits")), "flatten")
    assert words(export) == "A parcel waits"
    with pikepdf.open(io.BytesIO(export.pdf)) as pdf:
        (font,) = pdf.pages[0].Resources.Font.values()
        codes = [
            int(c, 16)
            for c in re.findall(
                rb"<([0-9A-F]{4})> <[0-9A-F]+>\n", font.ToUnicode.read_bytes().split(b"beginbfchar")[1]
            )
        ]
        descendant = font.DescendantFonts[0]
        glyphs = bytes(descendant.CIDToGIDMap.read_bytes())
        sizes = outline_sizes(bytes(descendant.FontDescriptor.FontFile2.read_bytes()))
    assert len(codes) == len(set("A parcel waits"))
    for code in codes:
        assert sizes[int.from_bytes(glyphs[2 * code : 2 * code + 2])] > 0
