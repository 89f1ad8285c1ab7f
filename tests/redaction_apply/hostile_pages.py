"""Secrets in what a page paints: text in every form, patterns, turned frames, what can't be seen."""

from __future__ import annotations

import math
from typing import Any

import hostile as base
from hostile import (
    KEEP,
    LEAD,
    TAIL,
    Case,
    Draft,
    case,
    copy,
    flate,
    literal,
    outline,
    simple,
    width,
)
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

# -- page text ------------------------------------------------------------------------------------


@case
def plain() -> Case:
    return simple("plain", Draft().words())


@case
def plain_unstated() -> Case:
    return simple("plain_unstated", Draft().words(), text=None)


@case
def glyph_by_glyph() -> Case:
    draft, x = Draft(), 24 + width(LEAD)
    shows = []
    for character in base.SECRET:
        shows.append(b"1 0 0 1 %.3f 600 Tm %s Tj" % (x, literal(character)))
        x += width(character)
    return simple("glyph_by_glyph", draft.words(b" ".join(shows)))


@case
def tj_array() -> Case:
    draft = Draft()
    line = [b"[" + b" 0 ".join(literal(c) for c in LEAD + base.SECRET + TAIL) + b"] TJ"]
    draft.add(
        b"BT /F1 12 Tf 24 616 Td (alpha copper north) Tj 0 -16 Td " + line[0] + b" 0 -16 Td "
        b"(meadow harbor south) Tj 0 -32 Td (harbor timber final) Tj ET"
    )
    return simple("tj_array", draft)


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
    draft.add(b"BT /F1 12 Tf %.5f %.5f %.5f %.5f 120 200 Tm %s Tj ET" % (c, c, -c, c, literal(base.SECRET)))
    reach = width(base.SECRET) * c
    return Case("slanted", draft.bytes(), (draft.box(), (1, (108, 792 - 212 - reach, 132 + reach, 600))))


@case
def tight_leading() -> Case:
    draft = Draft()
    rows = [
        "alpha copper north jumpy gorge",
        LEAD + base.SECRET + TAIL,
        "meadow harbor south ABCDEF",
        "harbor timber final",
    ]
    for index, row in enumerate(rows):
        draft.add(b"BT /F1 12 Tf 24 %g Td %s Tj ET" % (609.5 - 9.5 * index, literal(row)))
    return simple("tight_leading", draft)


@case
def drawn_twice() -> Case:
    draft = Draft().words()
    draft.add(b"BT /F1 12 Tf %.3f 600 Td %s Tj ET" % (24.3 + width(LEAD), literal(base.SECRET)))
    return simple("drawn_twice", draft)


@case
def clip_text() -> Case:
    draft = Draft().words(b"7 Tr " + literal(base.SECRET) + b" Tj")
    draft.parts[0] = draft.parts[0].replace(
        b"7 Tr", b"ET q BT /F1 12 Tf 1 0 0 1 %.3f 600 Tm 7 Tr" % (24 + width(LEAD))
    )
    draft.parts[0] = draft.parts[0].replace(
        literal(base.SECRET) + b" Tj",
        literal(base.SECRET) + b" Tj ET 0 0 612 792 re f Q BT /F1 12 Tf 0 Tr",
    )
    return simple("clip_text", draft)


@case
def outlines_one_path() -> Case:
    return simple("outlines_one_path", Draft().words(b"").add(outline() + b" f"))


@case
def outlines_elsewhere_covered() -> Case:
    draft = Draft().words().add(b"q 1 0 0 1 0 -400 cm " + outline() + b" f Q 1 g 100 180 400 40 re f 0 g")
    return simple("outlines_elsewhere_covered", draft)


@case
def type3_font() -> Case:
    draft = Draft()
    glyphs = Dictionary()
    for index, character in enumerate(sorted(set(base.SECRET))):
        glyphs[f"/g{index}"] = draft.stream(
            b"%.3f 0 d0 BT /F1 1 Tf %s Tj ET" % (width(character, 1), literal(character))
        )
    letters = sorted(set(base.SECRET))
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
    codes = bytes(letters.index(c) + 1 for c in base.SECRET)
    return simple("type3_font", draft.words(b"/F3 12 Tf <" + codes.hex().encode() + b"> Tj /F1 12 Tf"))


@case
def lying_to_unicode() -> Case:
    draft = Draft()
    pairs = b"".join(b"<%02X> <0078>\n" % c for c in sorted(set(base.SECRET.encode())))
    cmap = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def "
        b"1 begincodespacerange <00> <FF> endcodespacerange %d beginbfchar\n%sendbfchar endcmap end end"
        % (len(set(base.SECRET)), pairs)
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
    return simple("lying_to_unicode", draft.words(b"/F2 12 Tf " + literal(base.SECRET) + b" Tj /F1 12 Tf"))


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
        + literal(LEAD + base.SECRET + TAIL)
        + b" Tj 0 -16 Td (meadow harbor south) Tj 0 -32 Td (harbor timber final) Tj ET"
    )
    x0 = 24 + font.text_length(LEAD, 12)
    return Case(
        "embedded_subset",
        draft.bytes(),
        ((1, (x0, 182.88, x0 + font.text_length(base.SECRET, 12), 194.64)),),
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
    return simple("form_on_two_pages", draft)


@case
def form_nested_scaled() -> Case:
    draft = Draft()
    inner = draft.form(literal("x") and _words_at(12), (0, 0, 306, 396), Matrix=Array([2, 0, 0, 2, 0, 0]))
    outer = draft.form(b"q /Y Do Q", (0, 0, 612, 792))
    outer.Resources.XObject = Dictionary(Y=inner)
    draft.page.Resources.XObject.X = outer
    return simple("form_nested_scaled", draft.add(b"/X Do"))


def _words_at(size: float) -> bytes:
    half = Draft().words().parts[0]
    return b"q .5 0 0 .5 0 0 cm " + half + b" Q" if size else half


@case
def form_clipped_copy() -> Case:
    draft = Draft().words()
    draft.page.Resources.XObject.X = draft.form(copy(90), (0, 0, 60, 60))
    return simple("form_clipped_copy", draft.add(b"/X Do"))


@case
def tiling_pattern() -> Case:
    draft = Draft().words(b"")
    x = 24 + width(LEAD)
    pattern = draft.stream(
        b"BT /F1 12 Tf 1 3 Td %s Tj ET" % literal(base.SECRET),
        Type=Name.Pattern,
        PatternType=1,
        PaintType=1,
        TilingType=1,
        BBox=Array([0, 0, width(base.SECRET) + 2, 14]),
        XStep=width(base.SECRET) + 2,
        YStep=14,
        Matrix=Array([1, 0, 0, 1, x - 1, 597]),
        Resources=Dictionary(Font=Dictionary(F1=draft.font)),
    )
    draft.page.Resources.Pattern.P1 = pattern
    return simple(
        "tiling_pattern",
        draft.add(b"q /Pattern cs /P1 scn %.2f 597 %.2f 14 re f Q" % (x - 1, width(base.SECRET) + 2)),
    )


@case
def soft_mask_group() -> Case:
    draft = Draft().words(b"")
    x = 24 + width(LEAD)
    group = draft.form(
        b"1 g BT /F1 12 Tf %.3f 600 Td %s Tj ET" % (x, literal(base.SECRET)),
        (0, 0, 612, 792),
        Group=Dictionary(S=Name.Transparency, CS=Name.DeviceGray),
    )
    draft.page.Resources.ExtGState.G = Dictionary(
        Type=Name.ExtGState, SMask=Dictionary(Type=Name.Mask, S=Name.Luminosity, G=group)
    )
    return simple("soft_mask_group", draft.add(b"q /G gs 0 g 0 580 612 40 re f Q"))


@case
def translucent_mark() -> Case:
    draft = Draft().words()
    draft.page.Resources.ExtGState.G = Dictionary(Type=Name.ExtGState, ca=0.4, BM=Name.Multiply)
    return simple("translucent_mark", draft.add(b"q /G gs 1 1 0 rg 100 596 300 14 re f Q"))


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
    draft.add(b"BT /F1 12 Tf 24 800 Td %s Tj ET" % literal(base.SECRET))
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
    return simple("unbalanced_ctm", draft)


# -- what can't be seen ---------------------------------------------------------------------------


@case
def white_text() -> Case:
    return simple("white_text", Draft().words().add(b"1 1 1 rg " + copy()))


@case
def behind_image() -> Case:
    draft = Draft().words().add(copy(120, 100))
    picture = Image.effect_noise((60, 40), 80).convert("L")
    draft.page.Resources.XObject.I = flate(draft, picture)
    return simple("behind_image", draft.add(b"q 300 0 0 100 80 90 cm /I Do Q"))


@case
def off_page() -> Case:
    return simple("off_page", Draft().words().add(copy(-60)).add(copy(100, 700)))


@case
def zero_clip() -> Case:
    return simple("zero_clip", Draft().words().add(b"q 10 10 0 0 re W n " + copy() + b" Q"))


@case
def render_mode_3() -> Case:
    return simple("render_mode_3", Draft().words().add(b"q BT 3 Tr ET " + copy() + b" Q"))


@case
def layer_off() -> Case:
    draft = Draft().words()
    group = draft.pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String(base.SECRET)))
    draft.pdf.Root.OCProperties = Dictionary(
        OCGs=Array([group]), D=Dictionary(Order=Array([group]), OFF=Array([group]))
    )
    draft.page.Resources.Properties.L1 = group
    return simple("layer_off", draft.add(b"/OC /L1 BDC " + copy(90, 72, 12) + b" EMC"))


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
    return simple("white_on_band", draft, keep=(*KEEP, "white heading stays"))


# -- copies that can be seen ----------------------------------------------------------------------


@case
def copy_on_page_two() -> Case:
    draft = Draft().words()
    draft.page.Contents = draft.stream(b"".join(draft.parts))
    draft.pdf.add_blank_page(page_size=(612, 792))
    second = draft.pdf.pages[1].obj
    second.Resources = draft.page.Resources
    spaced = base.SECRET.upper().replace("-", " - ").replace("QUIB", "QUIB-")
    second.Contents = draft.stream(
        b"BT /F1 11 Tf 50 700 Td (ribbon candle barrel) Tj 0 -20 Td %s Tj 0 -20 Td (saddle ends) Tj ET"
        % literal(spaced)
    )
    return simple("copy_on_page_two", draft, keep=(*KEEP, "ribbon candle barrel", "saddle ends"))
