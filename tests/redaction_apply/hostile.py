"""Small files, each hiding a secret in one place: what redaction is tested against.

`cases()` yields them. Every page holds four lines of innocent words; the secret stands in the second
line (or in an image) under a box, and a further copy of it hides where the case's name says. Boxes are
points of the displayed page, origin top left. Nothing here is random: the same files every time.
"""

from __future__ import annotations

import io
import math
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, ImageDraw, ImageFont

SECRET = "SECRET-QMF9436 Jane Quibblesworth 960-84-7166"
TOKENS = ("QMF9436", "Quibblesworth", "960-84-7166")
KEEP = (
    "alpha copper north",
    "lantern velvet inner",
    "copper garden outer",
    "meadow harbor south",
    "harbor timber final",
)
LEAD = "lantern velvet inner for "
TAIL = " copper garden outer"
_WIDTHS: dict[str, float] = {}


@dataclass(frozen=True)
class Case:
    """A hostile file. `boxes`: (page from 1, (x0, y0, x1, y1))."""

    name: str
    data: bytes
    boxes: tuple[tuple[int, tuple[float, float, float, float]], ...]
    keep: tuple[str, ...] = KEEP
    password: str | None = None
    text: str | None = SECRET
    """What the boxes state to be redacted; None: whatever stands under them."""
    images: bool = False
    """The box lies on an image: its pixels are looked at."""
    icons: bool = False
    """Notes without a look of their own: each program draws their icons as it likes."""
    moves: bool = False
    """The invisible layer stands beside its ink, onto which it is to be moved."""
    secret: str = SECRET
    tokens: tuple[str, ...] = TOKENS


BUILDERS: dict[str, Callable[[], Case]] = {}


def case(builder: Callable[[], Case]) -> Callable[[], Case]:
    BUILDERS[builder.__name__] = cache(builder)
    return BUILDERS[builder.__name__]


MORE: dict[str, Callable[[], Case]] = {}
"""Files of hostile_text, hostile_marks and hostile_files, once those are imported."""


def place(builder: Callable[[], Case]) -> Callable[[], Case]:
    MORE[builder.__name__] = cache(builder)
    return MORE[builder.__name__]


def cases() -> Iterator[Case]:
    for builder in BUILDERS.values():
        yield builder()


def width(text: str, size: float = 12.0) -> float:
    """Points that a text set in Helvetica takes."""
    import pymupdf

    if not text.isascii():  # the other function counts letters beyond ASCII by another table
        return float(pymupdf.Font("helv").text_length(text, size))
    return float(pymupdf.get_text_length(text, "helv", size))


def literal(text: str) -> bytes:
    return b"(" + text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").encode("cp1252") + b")"


@dataclass
class Draft:
    """A one-page PDF being made: content, and the page's and the file's dictionaries to add to."""

    size: tuple[float, float] = (612, 792)
    parts: list[bytes] = field(default_factory=list)
    pdf: Any = field(default_factory=pikepdf.new)

    def __post_init__(self) -> None:
        self.pdf.add_blank_page(page_size=self.size)
        self.page = self.pdf.pages[0].obj
        self.font = self.pdf.make_indirect(
            Dictionary(
                Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding
            )
        )
        self.page.Resources = Dictionary(
            Font=Dictionary(F1=self.font),
            XObject=Dictionary(),
            ExtGState=Dictionary(),
            Pattern=Dictionary(),
            Properties=Dictionary(),
        )

    def words(self, middle: bytes | None = None, x: float = 24, y: float = 616) -> Draft:
        """The four lines; `middle` replaces the operators of the secret itself."""
        secret = literal(SECRET) + b" Tj" if middle is None else middle
        after = x + width(LEAD) + width(SECRET)
        self.parts.append(
            b"BT /F1 12 Tf 1 0 0 1 %g %g Tm (alpha copper north aligned with the text beneath it) Tj "
            % (x, y)
            + b"1 0 0 1 %g %g Tm %s Tj %s " % (x, y - 16, literal(LEAD), secret)
            + b"1 0 0 1 %.3f %g Tm %s Tj " % (after, y - 16, literal(TAIL))
            + b"1 0 0 1 %g %g Tm (meadow harbor south follows directly underneath the line) Tj " % (x, y - 32)
            + b"1 0 0 1 %g %g Tm (harbor timber final ends) Tj ET\n" % (x, y - 64)
        )
        return self

    def box(
        self, x: float = 24, y: float = 616, page: int = 1
    ) -> tuple[int, tuple[float, float, float, float]]:
        """The secret's box on an upright page of this size."""
        x0 = x + width(LEAD)
        base = self.size[1] - (y - 16)
        return page, (x0, base - 9.12, x0 + width(SECRET), base + 2.64)

    def add(self, data: bytes) -> Draft:
        self.parts.append(data + b"\n")
        return self

    def bytes(self, **options: Any) -> bytes:
        self.page.Contents = self.pdf.make_stream(b"".join(self.parts))
        out = io.BytesIO()
        self.pdf.save(out, **{"deterministic_id": True, **options})
        return out.getvalue()

    def stream(self, data: bytes, **values: Any) -> Any:
        stream = self.pdf.make_stream(data)
        for key, value in values.items():
            stream[f"/{key}"] = value
        return stream

    def form(self, data: bytes, box: tuple[float, ...], **values: Any) -> Any:
        return self.stream(
            data,
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=Array(list(box)),
            Resources=Dictionary(Font=Dictionary(F1=self.font)),
            **values,
        )


def _copy(y: float = 90, x: float = 72, size: float = 6) -> bytes:
    return b"BT /F1 %g Tf %g %g Td %s Tj ET" % (size, x, y, literal(SECRET))


def _simple(name: str, draft: Draft, **values: Any) -> Case:
    return Case(name, draft.bytes(), (draft.box(),), **values)


# -- page text ------------------------------------------------------------------------------------


@case
def plain() -> Case:
    return _simple("plain", Draft().words())


@case
def plain_unstated() -> Case:
    return _simple("plain_unstated", Draft().words(), text=None)


@case
def glyph_by_glyph() -> Case:
    draft, x = Draft(), 24 + width(LEAD)
    shows = []
    for character in SECRET:
        shows.append(b"1 0 0 1 %.3f 600 Tm %s Tj" % (x, literal(character)))
        x += width(character)
    return _simple("glyph_by_glyph", draft.words(b" ".join(shows)))


@case
def tj_array() -> Case:
    draft = Draft()
    line = [b"[" + b" 0 ".join(literal(c) for c in LEAD + SECRET + TAIL) + b"] TJ"]
    draft.add(
        b"BT /F1 12 Tf 24 616 Td (alpha copper north) Tj 0 -16 Td " + line[0] + b" 0 -16 Td "
        b"(meadow harbor south) Tj 0 -32 Td (harbor timber final) Tj ET"
    )
    return _simple("tj_array", draft)


@case
def ligatures() -> Case:
    draft = Draft()
    draft.font.Encoding = Dictionary(
        Type=Name.Encoding,
        BaseEncoding=Name.WinAnsiEncoding,
        Differences=Array([1, Name("/fi"), 2, Name("/fl")]),
    )
    x = 24 + width(LEAD)
    draft.add(
        b"BT /F1 12 Tf 24 616 Td (alpha copper north) Tj 0 -16 Td "
        + literal(LEAD)
        + b" Tj (QMF9436 Of\001cer \002int Quibblesworth) Tj ( copper garden outer \001ne) Tj 0 -16 Td "
        b"(meadow harbor south) Tj 0 -32 Td (harbor timber final) Tj ET"
    )
    wide = width("QMF9436 Ofcer int Quibblesworth") + 12
    return Case(
        "ligatures",
        draft.bytes(),
        ((1, (x, 182.88, x + wide, 194.64)),),
        text="QMF9436 Officer flint Quibblesworth",
        secret="QMF9436 Officer flint Quibblesworth",
        tokens=("QMF9436", "Quibblesworth"),
    )


@case
def slanted() -> Case:
    draft = Draft().words()
    c = math.cos(math.pi / 4)
    draft.add(b"BT /F1 12 Tf %.5f %.5f %.5f %.5f 120 200 Tm %s Tj ET" % (c, c, -c, c, literal(SECRET)))
    reach = width(SECRET) * c
    return Case("slanted", draft.bytes(), (draft.box(), (1, (108, 792 - 212 - reach, 132 + reach, 600))))


@case
def tight_leading() -> Case:
    draft = Draft()
    rows = [
        "alpha copper north jumpy gorge",
        LEAD + SECRET + TAIL,
        "meadow harbor south ABCDEF",
        "harbor timber final",
    ]
    for index, row in enumerate(rows):
        draft.add(b"BT /F1 12 Tf 24 %g Td %s Tj ET" % (609.5 - 9.5 * index, literal(row)))
    return _simple("tight_leading", draft)


@case
def drawn_twice() -> Case:
    draft = Draft().words()
    draft.add(b"BT /F1 12 Tf %.3f 600 Td %s Tj ET" % (24.3 + width(LEAD), literal(SECRET)))
    return _simple("drawn_twice", draft)


@case
def clip_text() -> Case:
    draft = Draft().words(b"7 Tr " + literal(SECRET) + b" Tj")
    draft.parts[0] = draft.parts[0].replace(
        b"7 Tr", b"ET q BT /F1 12 Tf 1 0 0 1 %.3f 600 Tm 7 Tr" % (24 + width(LEAD))
    )
    draft.parts[0] = draft.parts[0].replace(
        literal(SECRET) + b" Tj", literal(SECRET) + b" Tj ET 0 0 612 792 re f Q BT /F1 12 Tf 0 Tr"
    )
    return _simple("clip_text", draft)


@cache
def _outline() -> bytes:
    """The secret as outlines, as MuPDF writes them into an SVG."""
    import pymupdf

    page = pymupdf.open().new_page(width=612, height=792)
    page.insert_text((24 + width(LEAD), 192), SECRET, fontsize=12)
    svg = page.get_svg_image(text_as_path=True)
    shapes = dict(re.findall(r'<path id="([^"]+)" d="([^"]*)"', svg))
    out = []
    for name, matrix in re.findall(r'xlink:href="#([^"]+)" transform="matrix\(([^)]*)\)"', svg):
        a, b, c, d, e, f = (float(v) for v in matrix.split(","))
        numbers: list[float] = []
        x = y = 0.0
        op = "M"
        for token in [*re.findall(r"[A-Z]|-?[0-9.]+(?:e-?[0-9]+)?", shapes.get(name, "")), "M"]:
            if not token.isalpha():
                numbers.append(float(token))
                continue
            if numbers:
                if op == "H":
                    numbers = [numbers[0], y]
                if op == "V":
                    numbers = [x, numbers[0]]
                points = list(zip(numbers[::2], numbers[1::2], strict=True))
                x, y = points[-1]
                mapped = [(a * px + c * py + e, 792 - (b * px + d * py + f)) for px, py in points]
                step = {"M": 1, "L": 1, "H": 1, "V": 1, "C": 3}[op]
                code = {"M": b"m", "L": b"l", "H": b"l", "V": b"l", "C": b"c"}[op]
                out += [
                    b" ".join(b"%.3f %.3f" % p for p in mapped[at : at + step]) + b" " + code
                    for at in range(0, len(mapped), step)
                ]
            if token == "Z":
                out.append(b"h")
            op, numbers = token, []
    return b"\n".join(out)


@case
def outlines_one_path() -> Case:
    return _simple("outlines_one_path", Draft().words(b"").add(_outline() + b" f"))


@case
def outlines_elsewhere_covered() -> Case:
    draft = Draft().words().add(b"q 1 0 0 1 0 -400 cm " + _outline() + b" f Q 1 g 100 180 400 40 re f 0 g")
    return _simple("outlines_elsewhere_covered", draft)


@case
def type3_font() -> Case:
    draft = Draft()
    glyphs = Dictionary()
    for index, character in enumerate(sorted(set(SECRET))):
        glyphs[f"/g{index}"] = draft.stream(
            b"%.3f 0 d0 BT /F1 1 Tf %s Tj ET" % (width(character, 1), literal(character))
        )
    letters = sorted(set(SECRET))
    differences: list[Any] = [1, *(Name(f"/g{index}") for index in range(len(letters)))]
    draft.page.Resources.Font.F3 = draft.pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type3,
            FontBBox=Array([0, 0, 1, 1]),
            FontMatrix=Array([1, 0, 0, 1, 0, 0]),
            FirstChar=1,
            LastChar=len(letters),
            Widths=Array([round(width(c, 1), 4) for c in letters]),
            Encoding=Dictionary(Type=Name.Encoding, Differences=Array(differences)),
            CharProcs=glyphs,
            Resources=Dictionary(Font=Dictionary(F1=draft.font)),
        )
    )
    codes = bytes(letters.index(c) + 1 for c in SECRET)
    return _simple("type3_font", draft.words(b"/F3 12 Tf <" + codes.hex().encode() + b"> Tj /F1 12 Tf"))


@case
def lying_to_unicode() -> Case:
    draft = Draft()
    pairs = b"".join(b"<%02X> <0078>\n" % c for c in sorted(set(SECRET.encode())))
    cmap = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def "
        b"1 begincodespacerange <00> <FF> endcodespacerange %d beginbfchar\n%sendbfchar endcmap end end"
        % (len(set(SECRET)), pairs)
    )
    lying = draft.pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type1,
            BaseFont=Name.Helvetica,
            Encoding=Name.WinAnsiEncoding,
            ToUnicode=draft.stream(cmap),
        )
    )
    draft.page.Resources.Font.F2 = lying
    return _simple("lying_to_unicode", draft.words(b"/F2 12 Tf " + literal(SECRET) + b" Tj /F1 12 Tf"))


@case
def embedded_subset() -> Case:
    """The font of the secret brings letters that stand nowhere else."""
    import pymupdf

    draft = Draft()
    program = pymupdf.Font("tiro").buffer
    font = pymupdf.Font(fontbuffer=program)
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name("/ABCDEF+Nimbus"),
        Flags=32,
        FontBBox=Array([-200, -300, 1000, 1000]),
        ItalicAngle=0,
        Ascent=800,
        Descent=-200,
        CapHeight=700,
        StemV=80,
        FontFile3=draft.stream(program, Subtype=Name.Type1C),
    )
    draft.page.Resources.Font.F1 = draft.pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type1,
            BaseFont=Name("/ABCDEF+Nimbus"),
            FirstChar=32,
            LastChar=126,
            Widths=Array([round(font.glyph_advance(c) * 1000, 2) for c in range(32, 127)]),
            FontDescriptor=draft.pdf.make_indirect(descriptor),
            Encoding=Name.WinAnsiEncoding,
        )
    )
    draft.add(
        b"BT /F1 12 Tf 24 616 Td (alpha copper north) Tj 0 -16 Td "
        + literal(LEAD + SECRET + TAIL)
        + b" Tj 0 -16 Td (meadow harbor south) Tj 0 -32 Td (harbor timber final) Tj ET"
    )
    x0 = 24 + font.text_length(LEAD, 12)
    return Case(
        "embedded_subset", draft.bytes(), ((1, (x0, 182.88, x0 + font.text_length(SECRET, 12), 194.64)),)
    )


@case
def japanese() -> Case:
    import pymupdf

    doc = pymupdf.open()
    page = doc.new_page(width=612, height=792)
    page.insert_font(fontname="J", fontbuffer=pymupdf.Font("cjk").buffer)
    page.insert_text((24, 100), "住所は東京都千代田区です", fontname="J", fontsize=14)
    page.insert_text((24, 130), "担当者：", fontname="J", fontsize=14)
    page.insert_text((80, 130), "山田花子", fontname="J", fontsize=14)
    page.insert_text((140, 130), "まで連絡", fontname="J", fontsize=14)
    page.insert_text((24, 160), "先日山田花子様から届いた", fontname="J", fontsize=14)
    doc.subset_fonts()
    return Case(
        "japanese",
        doc.tobytes(garbage=3, deflate=True),
        ((1, (80, 117, 136, 134)),),
        ("東京都千代田区", "まで連絡", "先日"),
        text="山田花子",
        secret="山田花子",
        tokens=("山田花子",),
    )


# -- forms, patterns, masks -----------------------------------------------------------------------


@case
def form_on_two_pages() -> Case:
    draft = Draft()
    draft.words()
    form = draft.form(b"".join(draft.parts), (0, 0, 612, 792))
    draft.parts = [b"/X Do\n"]
    draft.page.Resources.XObject.X = form
    draft.page.Contents = draft.stream(b"/X Do")
    draft.pdf.pages.append(draft.pdf.pages[0])
    return _simple("form_on_two_pages", draft)


@case
def form_nested_scaled() -> Case:
    draft = Draft()
    inner = draft.form(literal("x") and _words_at(12), (0, 0, 306, 396), Matrix=Array([2, 0, 0, 2, 0, 0]))
    outer = draft.form(b"q /Y Do Q", (0, 0, 612, 792))
    outer.Resources.XObject = Dictionary(Y=inner)
    draft.page.Resources.XObject.X = outer
    return _simple("form_nested_scaled", draft.add(b"/X Do"))


def _words_at(size: float) -> bytes:
    half = Draft().words().parts[0]
    return b"q .5 0 0 .5 0 0 cm " + half + b" Q" if size else half


@case
def form_clipped_copy() -> Case:
    draft = Draft().words()
    draft.page.Resources.XObject.X = draft.form(_copy(90), (0, 0, 60, 60))
    return _simple("form_clipped_copy", draft.add(b"/X Do"))


@case
def tiling_pattern() -> Case:
    draft = Draft().words(b"")
    x = 24 + width(LEAD)
    pattern = draft.stream(
        b"BT /F1 12 Tf 1 3 Td %s Tj ET" % literal(SECRET),
        Type=Name.Pattern,
        PatternType=1,
        PaintType=1,
        TilingType=1,
        BBox=Array([0, 0, width(SECRET) + 2, 14]),
        XStep=width(SECRET) + 2,
        YStep=14,
        Matrix=Array([1, 0, 0, 1, x - 1, 597]),
        Resources=Dictionary(Font=Dictionary(F1=draft.font)),
    )
    draft.page.Resources.Pattern.P1 = pattern
    return _simple(
        "tiling_pattern",
        draft.add(b"q /Pattern cs /P1 scn %.2f 597 %.2f 14 re f Q" % (x - 1, width(SECRET) + 2)),
    )


@case
def soft_mask_group() -> Case:
    draft = Draft().words(b"")
    x = 24 + width(LEAD)
    group = draft.form(
        b"1 g BT /F1 12 Tf %.3f 600 Td %s Tj ET" % (x, literal(SECRET)),
        (0, 0, 612, 792),
        Group=Dictionary(S=Name.Transparency, CS=Name.DeviceGray),
    )
    draft.page.Resources.ExtGState.G = Dictionary(
        Type=Name.ExtGState, SMask=Dictionary(Type=Name.Mask, S=Name.Luminosity, G=group)
    )
    return _simple("soft_mask_group", draft.add(b"q /G gs 0 g 0 580 612 40 re f Q"))


@case
def translucent_mark() -> Case:
    draft = Draft().words()
    draft.page.Resources.ExtGState.G = Dictionary(Type=Name.ExtGState, ca=0.4, BM=Name.Multiply)
    return _simple("translucent_mark", draft.add(b"q /G gs 1 1 0 rg 100 596 300 14 re f Q"))


# -- frames ---------------------------------------------------------------------------------------


def _turned(name: str, angle: int) -> Case:
    draft = Draft().words()
    draft.page.Rotate = angle
    _, (x0, y0, x1, y1) = draft.box()
    w, h = 612, 792
    boxes = {
        90: (h - y1, x0, h - y0, x1),
        180: (w - x1, h - y1, w - x0, h - y0),
        270: (y0, w - x1, y1, w - x0),
    }
    return Case(name, draft.bytes(), ((1, boxes[angle]),))


@case
def rotate90() -> Case:
    return _turned("rotate90", 90)


@case
def rotate180() -> Case:
    return _turned("rotate180", 180)


@case
def rotate270() -> Case:
    return _turned("rotate270", 270)


@case
def crop_box() -> Case:
    draft = Draft().words()
    draft.page.MediaBox = Array([-200, -100, 700, 900])
    draft.page.CropBox = Array([10, 400, 600, 750])
    draft.add(b"BT /F1 12 Tf 24 800 Td %s Tj ET" % literal(SECRET))
    _, (x0, y0, x1, y1) = draft.box()
    return Case("crop_box", draft.bytes(), ((1, (x0 - 10, y0 - 42, x1 - 10, y1 - 42)),))


@case
def user_unit() -> Case:
    draft = Draft().words()
    draft.page.UserUnit = 2
    _, (x0, y0, x1, y1) = draft.box()
    return Case("user_unit", draft.bytes(), ((1, (2 * x0, 2 * y0, 2 * x1, 2 * y1)),))


@case
def unbalanced_ctm() -> Case:
    draft = Draft().add(b"Q q .5 0 0 .5 0 0 cm q 4 0 0 4 0 0 cm q .5 0 0 .5 0 0 cm").words()
    return _simple("unbalanced_ctm", draft)


# -- what can't be seen ---------------------------------------------------------------------------


@case
def white_text() -> Case:
    return _simple("white_text", Draft().words().add(b"1 1 1 rg " + _copy()))


@case
def behind_image() -> Case:
    draft = Draft().words().add(_copy(120, 100))
    picture = Image.effect_noise((60, 40), 80).convert("L")
    draft.page.Resources.XObject.I = _flate(draft, picture)
    return _simple("behind_image", draft.add(b"q 300 0 0 100 80 90 cm /I Do Q"))


@case
def off_page() -> Case:
    return _simple("off_page", Draft().words().add(_copy(-60)).add(_copy(100, 700)))


@case
def zero_clip() -> Case:
    return _simple("zero_clip", Draft().words().add(b"q 10 10 0 0 re W n " + _copy() + b" Q"))


@case
def render_mode_3() -> Case:
    return _simple("render_mode_3", Draft().words().add(b"q BT 3 Tr ET " + _copy() + b" Q"))


@case
def layer_off() -> Case:
    draft = Draft().words()
    group = draft.pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String(SECRET)))
    draft.pdf.Root.OCProperties = Dictionary(
        OCGs=Array([group]), D=Dictionary(Order=Array([group]), OFF=Array([group]))
    )
    draft.page.Resources.Properties.L1 = group
    return _simple("layer_off", draft.add(b"/OC /L1 BDC " + _copy(90, 72, 12) + b" EMC"))


@case
def white_on_band() -> Case:
    """White words on a dark band are innocent and stay."""
    draft = (
        Draft()
        .words()
        .add(
            b"0.1 0.1 0.4 rg 0 700 612 40 re f 1 1 1 rg "
            b"BT /F1 14 Tf 30 715 Td (white heading stays) Tj ET 0 g"
        )
    )
    return _simple("white_on_band", draft, keep=(*KEEP, "white heading stays"))


# -- copies that can be seen ----------------------------------------------------------------------


@case
def copy_on_page_two() -> Case:
    draft = Draft().words()
    draft.page.Contents = draft.stream(b"".join(draft.parts))
    draft.pdf.add_blank_page(page_size=(612, 792))
    second = draft.pdf.pages[1].obj
    second.Resources = draft.page.Resources
    spaced = SECRET.upper().replace("-", " - ").replace("QUIB", "QUIB-")
    second.Contents = draft.stream(
        b"BT /F1 11 Tf 50 700 Td (ribbon candle barrel) Tj 0 -20 Td %s Tj 0 -20 Td (saddle ends) Tj ET"
        % literal(spaced)
    )
    return _simple("copy_on_page_two", draft, keep=(*KEEP, "ribbon candle barrel", "saddle ends"))


# -- annotations and fields -----------------------------------------------------------------------


@case
def annotations() -> Case:
    draft = Draft().words()
    kinds = (
        "FreeText",
        "Text",
        "Square",
        "Highlight",
        "Stamp",
        "Ink",
        "Popup",
        "Link",
        "Caret",
        "FileAttachment",
    )
    found = []
    for index, kind in enumerate(kinds):
        y = 60 + 24 * index
        annotation = Dictionary(
            Type=Name.Annot,
            Subtype=Name(f"/{kind}"),
            Rect=Array([72, y, 372, y + 20]),
            Contents=String(SECRET),
            T=String(SECRET),
            NM=String(SECRET),
            Subj=String(SECRET),
            RC=String(f"<body>{SECRET}</body>"),
            F=4,
        )
        if kind == "FreeText":
            annotation.DA = String("/Helv 10 Tf 0 g")
        if kind == "Stamp":
            look = draft.form(b"BT /F1 10 Tf 2 5 Td %s Tj ET" % literal(SECRET), (0, 0, 300, 20))
            annotation.AP = Dictionary(N=look)
        if kind == "Ink":
            annotation.InkList = Array([Array([80, y, 100, y + 15, 120, y])])
        if kind == "Highlight":
            annotation.QuadPoints = Array([72, y + 20, 372, y + 20, 72, y, 372, y])
            annotation.C = Array([1, 1, 0])
        if kind == "Link":
            annotation.A = Dictionary(S=Name.URI, URI=String("https://example.org/?q=" + SECRET))
        if kind == "FileAttachment":
            annotation.FS = Dictionary(
                Type=Name.Filespec, F=String(SECRET), EF=Dictionary(F=draft.stream(SECRET.encode()))
            )
        found.append(draft.pdf.make_indirect(annotation))
    draft.page.Annots = Array(found)
    return _simple("annotations", draft, icons=True)


@case
def form_fields() -> Case:
    draft = Draft().words()
    fields = []
    for index, value in enumerate((SECRET, "saddle field stays")):
        y = 300 - 40 * index
        look = draft.form(b"/Tx BMC BT /F1 10 Tf 2 5 Td %s Tj ET EMC" % literal(value), (0, 0, 300, 20))
        fields.append(
            draft.pdf.make_indirect(
                Dictionary(
                    Type=Name.Annot,
                    Subtype=Name.Widget,
                    FT=Name.Tx,
                    T=String(f"f{index}"),
                    V=String(value),
                    DV=String(value),
                    TU=String(SECRET),
                    DA=String("/F1 10 Tf 0 g"),
                    F=4,
                    Rect=Array([72, y, 372, y + 20]),
                    AP=Dictionary(N=look),
                    MK=Dictionary(CA=String(SECRET)),
                )
            )
        )
    draft.page.Annots = Array(fields)
    draft.pdf.Root.AcroForm = Dictionary(
        Fields=Array(fields),
        DR=Dictionary(Font=Dictionary(F1=draft.font)),
        DA=String("/F1 10 Tf 0 g"),
        XFA=Array([String("datasets"), draft.stream(f"<xfa><name>{SECRET}</name></xfa>".encode())]),
    )
    return _simple("form_fields", draft, keep=(*KEEP, "saddle field stays"))


# -- the file around the page ---------------------------------------------------------------------


@case
def catalog() -> Case:
    """Bookmarks, destinations, labels, metadata, attachments, scripts, structure, threads, piece info."""
    draft = Draft().words()
    pdf = draft.pdf
    packet = (
        b"<?xpacket begin=''?><x:xmpmeta xmlns:x='adobe:ns:meta/'><t>%s</t></x:xmpmeta>" % SECRET.encode()
    )
    pdf.docinfo["/Title"] = SECRET
    pdf.docinfo["/Custom"] = SECRET
    pdf.Root.Metadata = draft.stream(packet, Type=Name.Metadata, Subtype=Name.XML)
    draft.page.Metadata = draft.stream(packet, Type=Name.Metadata, Subtype=Name.XML)
    item = pdf.make_indirect(Dictionary(Title=String(SECRET), Dest=Array([draft.page, Name.Fit])))
    pdf.Root.Outlines = pdf.make_indirect(Dictionary(Type=Name.Outlines, First=item, Last=item, Count=1))
    pdf.Root.PageLabels = Dictionary(Nums=Array([0, Dictionary(P=String(SECRET))]))
    spec = Dictionary(Type=Name.Filespec, F=String("a.txt"), EF=Dictionary(F=draft.stream(SECRET.encode())))
    pdf.Root.Names = Dictionary(
        EmbeddedFiles=Dictionary(Names=Array([String(SECRET), spec])),
        JavaScript=Dictionary(Names=Array([String("s"), Dictionary(S=Name.JavaScript, JS=String(SECRET))])),
        Dests=Dictionary(Names=Array([String(SECRET), Array([draft.page, Name.Fit])])),
    )
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=draft.stream(SECRET.encode()))
    draft.page.AA = Dictionary(O=Dictionary(S=Name.JavaScript, JS=String(SECRET)))
    draft.page.PieceInfo = Dictionary(App=Dictionary(Private=String(SECRET)))
    draft.page.Thumb = _flate(draft, _scan_picture(300, 300))
    leaf = Dictionary(
        Type=Name.StructElem, S=Name.P, ActualText=String(SECRET), Alt=String(SECRET), E=String(SECRET)
    )
    pdf.Root.StructTreeRoot = Dictionary(Type=Name.StructTreeRoot, K=Array([leaf]))
    pdf.Root.MarkInfo = Dictionary(Marked=True)
    pdf.Root.Threads = Array([Dictionary(Type=Name.Thread, I=Dictionary(Title=String(SECRET)))])
    pdf.Root.Collection = Dictionary(Type=Name.Collection, D=String(SECRET))
    return _simple("catalog", draft)


@case
def actual_text() -> Case:
    draft = (
        Draft()
        .words(b"/Span <</ActualText %s>> BDC %s Tj EMC" % (literal(SECRET), literal(SECRET)))
        .add(
            b"/Span <</ActualText %s>> BDC BT /F1 12 Tf 24 400 Td (marked words) Tj ET EMC" % literal(SECRET)
        )
    )
    return _simple("actual_text", draft, keep=(*KEEP, "marked words"))


@case
def old_revision() -> Case:
    draft = Draft().words().add(_copy(90, 72, 12))
    first = draft.bytes()
    import pymupdf

    doc = pymupdf.open(stream=first)
    xref = doc[0].get_contents()[0]
    doc.update_stream(xref, b"".join(Draft().words().parts))
    buffer = io.BytesIO()
    doc.save(buffer)
    import pathlib
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "a.pdf"
        path.write_bytes(first)
        again = pymupdf.open(path)
        again.update_stream(again[0].get_contents()[0], b"".join(Draft().words().parts))
        again.saveIncr()
        again.close()
        data = path.read_bytes()
    return Case("old_revision", data, (Draft().box(),))


@case
def orphan_and_damaged() -> Case:
    data = Draft().words().bytes()
    orphan = b"99 0 obj\n<</Note %s>>\nendobj\n" % literal(SECRET)
    at = data.rfind(b"xref")
    broken = data[:at] + orphan + data[at:].replace(b"0000000", b"0000001", 3)
    return Case("orphan_and_damaged", broken + literal(SECRET), (Draft().box(),))


@case
def object_streams() -> Case:
    draft = Draft().words()
    draft.pdf.docinfo["/Keywords"] = SECRET
    data = draft.bytes(object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return Case("object_streams", data, (draft.box(),))


@case
def encrypted() -> Case:
    draft = Draft().words()
    data = draft.bytes(
        deterministic_id=False, encryption=pikepdf.Encryption(owner="owner", user="opensesame", R=6)
    )
    return Case("encrypted", data, (draft.box(),), password="opensesame")


# -- images ---------------------------------------------------------------------------------------


def _scan_picture(width_px: int = 850, height_px: int = 1100, mode: str = "L") -> Image.Image:
    """A page at 100 dpi with the secret in a line at y 303..325 px."""
    picture = Image.new("L", (width_px, height_px), 255)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=22 * width_px / 850)
    step = height_px / 1100
    draw.text((100, 200 * step), "Scanned copper record, upper line", fill=0, font=font)
    draw.text((100, 300 * step), SECRET, fill=0, font=font)
    draw.text((100, 400 * step), "Lower line mentions timber", fill=0, font=font)
    if mode == "1":
        return picture.point(lambda v: 255 if v > 127 else 0).convert("1")
    return picture.convert(mode)


SCAN_BOX = (1, (66.0, 214.0, 470.0, 240.0))


def _image(draft: Draft, data: bytes, size: tuple[int, int], **values: Any) -> Any:
    return draft.stream(data, Type=Name.XObject, Subtype=Name.Image, Width=size[0], Height=size[1], **values)


def _flate(draft: Draft, picture: Image.Image, **values: Any) -> Any:
    space = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB}[picture.mode]
    return _image(draft, picture.tobytes(), picture.size, ColorSpace=space, BitsPerComponent=8, **values)


def _jpeg(picture: Image.Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=80, **options)
    return buffer.getvalue()


def _scan(name: str, draft: Draft, image: Any, **values: Any) -> Case:
    draft.page.Resources.XObject.I = image
    if not draft.parts:
        draft.add(b"q 612 0 0 792 0 0 cm /I Do Q")
    return Case(name, draft.bytes(), (SCAN_BOX,), **{"keep": (), "images": True, **values})


def _dct(draft: Draft, data: bytes, size: tuple[int, int] = (850, 1100), space: Any = Name.DeviceGray) -> Any:
    return _image(draft, data, size, ColorSpace=space, BitsPerComponent=8, Filter=Name.DCTDecode)


@case
def scan_jpeg() -> Case:
    draft = Draft()
    return _scan("scan_jpeg", draft, _dct(draft, _jpeg(_scan_picture())))


@case
def scan_jpeg_tail() -> Case:
    draft = Draft()
    exif = Image.Exif()
    exif[0x010E] = SECRET
    data = _jpeg(_scan_picture(), exif=exif, comment=SECRET.encode()) + SECRET.encode()
    return _scan("scan_jpeg_tail", draft, _dct(draft, data))


@case
def jpeg_untouched_exif() -> Case:
    draft = Draft().words()
    exif = Image.Exif()
    exif[0x010E] = SECRET
    data = _jpeg(Image.effect_noise((200, 100), 50), exif=exif, comment=SECRET.encode()) + SECRET.encode()
    draft.page.Resources.XObject.I = _dct(draft, data, (200, 100))
    return _simple("jpeg_untouched_exif", draft.add(b"q 200 0 0 100 72 200 cm /I Do Q"))


@case
def scan_predictor() -> Case:
    draft, picture = Draft(), _scan_picture(mode="RGB")
    rows = picture.tobytes()
    stride = 850 * 3
    png = b"".join(b"\0" + rows[i : i + stride] for i in range(0, len(rows), stride))
    image = draft.pdf.make_stream(zlib.compress(png))
    for key, value in {
        "/Type": Name.XObject,
        "/Subtype": Name.Image,
        "/Width": 850,
        "/Height": 1100,
        "/BitsPerComponent": 8,
        "/ColorSpace": Name.DeviceRGB,
        "/Filter": Name.FlateDecode,
        "/DecodeParms": Dictionary(Predictor=15, Colors=3, BitsPerComponent=8, Columns=850),
    }.items():
        image[key] = value
    return _scan("scan_predictor", draft, image)


@case
def scan_ccitt() -> Case:
    draft, picture = Draft(), _scan_picture(1700, 2200, "1")
    buffer = io.BytesIO()
    picture.save(buffer, "TIFF", compression="group4", tiffinfo={278: 2200, 262: 0})
    with Image.open(buffer) as tiff:
        offset, count = tiff.tag_v2[273][0], tiff.tag_v2[279][0]
    data = buffer.getvalue()[offset : offset + count]
    image = _image(
        draft,
        data,
        picture.size,
        ColorSpace=Name.DeviceGray,
        BitsPerComponent=1,
        Filter=Name.CCITTFaxDecode,
        DecodeParms=Dictionary(K=-1, Columns=1700, Rows=2200),
    )
    return _scan("scan_ccitt", draft, image)


@case
def scan_jpx() -> Case:
    draft, buffer = Draft(), io.BytesIO()
    _scan_picture().save(buffer, "JPEG2000")
    return _scan("scan_jpx", draft, _image(draft, buffer.getvalue(), (850, 1100), Filter=Name.JPXDecode))


@case
def scan_indexed() -> Case:
    draft = Draft()
    picture = _scan_picture().quantize(16)
    space = Array([Name.Indexed, Name.DeviceRGB, 15, String(bytes(picture.getpalette()[:48]))])  # type: ignore[index]
    image = _image(draft, picture.tobytes(), picture.size, ColorSpace=space, BitsPerComponent=8)
    return _scan("scan_indexed", draft, image)


@case
def stencil() -> Case:
    draft, picture = Draft(), _scan_picture(848, 1100, "1")
    image = _image(draft, picture.tobytes(), picture.size, ImageMask=True, BitsPerComponent=1)
    return _scan("stencil", draft, image)


@case
def secret_in_soft_mask() -> Case:
    draft = Draft().words()
    mask = _scan_picture().point(lambda v: 255 - v)
    image = _flate(draft, Image.new("L", (1, 1), 0), SMask=_flate(draft, mask))
    draft.page.Resources.XObject.I = image
    draft.parts = []
    draft.add(b"q 612 0 0 792 0 0 cm /I Do Q")
    draft.words(y=500)
    return Case("secret_in_soft_mask", draft.bytes(), (SCAN_BOX, draft.box(y=500)), images=True)


@case
def alternates() -> Case:
    draft = Draft()
    image = _dct(draft, _jpeg(_scan_picture()))
    image.Alternates = Array([Dictionary(Image=_dct(draft, _jpeg(_scan_picture())), DefaultForPrinting=True)])
    image.Metadata = draft.stream(SECRET.encode(), Type=Name.Metadata, Subtype=Name.XML)
    return _scan("alternates", draft, image)


@case
def strips() -> Case:
    draft, picture = Draft(), _scan_picture()
    for index in range(11):
        strip = picture.crop((0, 100 * index, 850, 100 * index + 100))
        draft.page.Resources.XObject[f"/S{index}"] = _flate(draft, strip)
        draft.add(b"q 612 0 0 72 0 %d cm /S%d Do Q" % (792 - 72 * (index + 1), index))
    return Case("strips", draft.bytes(), (SCAN_BOX,), (), images=True)


@case
def shared_image() -> Case:
    """The second page shows the same image without a box, and has a box of its own."""
    draft = Draft()
    draft.page.Resources.XObject.I = _dct(draft, _jpeg(_scan_picture()))
    draft.add(b"q 612 0 0 792 0 0 cm /I Do Q")
    draft.page.Contents = draft.stream(b"".join(draft.parts))
    draft.pdf.pages.append(draft.pdf.pages[0])
    return Case("shared_image", draft.bytes(), (SCAN_BOX, (2, SCAN_BOX[1])), (), images=True)


@case
def cropped_image() -> Case:
    """The secret's line lies in the part of the image that the clip hides."""
    draft = Draft().words()
    draft.page.Resources.XObject.I = _dct(draft, _jpeg(_scan_picture()))
    return _simple("cropped_image", draft.add(b"q 72 60 300 60 re W n 425 0 0 550 72 60 cm /I Do Q"))


@case
def turned_image() -> Case:
    draft = Draft()
    turned = _scan_picture().transpose(Image.Transpose.ROTATE_90)
    draft.add(b"q 0 -792 612 0 0 792 cm /I Do Q")
    return _scan("turned_image", draft, _dct(draft, _jpeg(turned), turned.size))


@case
def ocr_layer() -> Case:
    draft = Draft().add(b"q 612 0 0 792 0 0 cm /I Do Q")
    for y, text in (
        (144, "Scanned copper record, upper line"),
        (216, SECRET),
        (288, "Lower line mentions timber"),
    ):
        draft.add(b"BT 3 Tr /F1 14 Tf 72 %g Td %s Tj ET" % (792 - y - 16, literal(text)))
    keep = ("Scanned copper record, upper line", "Lower line mentions timber")
    return _scan("ocr_layer", draft, _dct(draft, _jpeg(_scan_picture())), keep=keep)


@case
def ocr_layer_shifted() -> Case:
    draft = Draft().add(b"q 612 0 0 792 0 0 cm /I Do Q")
    for y, text in (
        (144, "Scanned copper record, upper line"),
        (216, SECRET),
        (288, "Lower line mentions timber"),
    ):
        draft.add(b"BT 3 Tr /F1 14 Tf 72 %g Td %s Tj ET" % (792 - y + 10, literal(text)))
    return _scan("ocr_layer_shifted", draft, _dct(draft, _jpeg(_scan_picture())), moves=True)


@case
def inline_image() -> Case:
    draft = Draft().words()
    small = _scan_picture(85, 110).crop((0, 20, 85, 45))
    draft.add(b"q 170 0 0 50 72 200 cm BI /W 85 /H 25 /CS /G /BPC 8 ID " + small.tobytes() + b" EI Q")
    return Case("inline_image", draft.bytes(), (draft.box(), (1, (70, 540, 250, 595))))


@case
def ocr_layer_line_off() -> Case:
    """The layer stands one line too high, on the ink of other words, and nobody says what is redacted."""
    lines = [
        "Scanned copper record, upper line",
        "Lower line mentions timber",
        SECRET,
        "ribbon candle barrel saddle",
        "velvet inner garden outer harbor final",
        "meadow",
    ]
    picture = Image.new("L", (850, 1100), 255)
    draw = ImageDraw.Draw(picture)
    draft = Draft().add(b"q 612 0 0 792 0 0 cm /I Do Q")
    font = ImageFont.load_default(size=22)
    for index, text in enumerate(lines):
        draw.text((100, 200 + 40 * index), text, fill=0, font=font)
        stretch = draw.textlength(text, font=font) * 0.72 / width(text, 14) * 100
        y = 792 - (200 + 40 * index) * 0.72 - 16 + 28.8
        draft.add(b"BT 3 Tr %.2f Tz /F1 14 Tf 72 %.2f Td %s Tj ET" % (stretch, y, literal(text)))
    image = _dct(draft, _jpeg(picture))
    draft.page.Resources.XObject.I = image
    box = (1, (66.0, 198.0, 470.0, 222.0))
    keep = ("Scanned copper record, upper line", "Lower line mentions timber", "ribbon candle barrel saddle")
    return Case("ocr_layer_line_off", draft.bytes(), (box,), keep, text=None, images=True, moves=True)
