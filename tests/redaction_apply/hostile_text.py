"""Hiding places in text and fonts that hostile.py does not have: scripts, encodings, order, names.

Importing this registers them in corpus.MORE. One place a file; every name is invented.
"""

from __future__ import annotations

import hashlib
import struct
from functools import cache
from typing import Any

import hostile
import pikepdf
import pymupdf
from hostile import Case, Draft, literal, place, width
from pikepdf import Array, Dictionary, Name, String

DEJAVU = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"


def simple(name: str, draft: Draft, **values: Any) -> Case:
    return Case(name, draft.bytes(), (draft.box(),), **values)


@cache
def program(letters: str, kind: str = "cjk") -> bytes:
    """A TrueType program with these letters; glyph numbers are those of the whole font."""
    doc = pymupdf.open()
    page = doc.new_page()
    page.insert_font(fontname="J", fontbuffer=pymupdf.Font(kind).buffer)
    page.insert_text((20, 100), letters, fontname="J")
    doc.subset_fonts()
    return bytes(doc.extract_font(page.get_fonts()[0][0])[3])


def composite(
    draft: Draft, letters: str, encoding: Any = None, *, named: bool = True, kind: str = "cjk"
) -> tuple[Any, dict[str, int]]:
    """A Type 0 font of these letters and their codes. `named`: it has a ToUnicode map."""
    font = pymupdf.Font(kind)
    codes = {c: int(font.has_glyph(ord(c))) for c in letters}
    data = program("".join(sorted(set(letters))), kind)
    widths: list[Any] = []
    for c in sorted(set(letters), key=lambda c: codes[c]):
        widths += [codes[c], Array([round(font.glyph_advance(ord(c)) * 1000, 2)])]
    descriptor = draft.pdf.make_indirect(
        Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name("/ABCDEF+Sans"),
            Flags=4,
            ItalicAngle=0,
            Ascent=880,
            Descent=-120,
            CapHeight=700,
            StemV=80,
            FontBBox=Array([-100, -200, 1100, 1000]),
            FontFile2=draft.stream(data, Length1=len(data)),
        )
    )
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=Name("/ABCDEF+Sans"),
        FontDescriptor=descriptor,
        CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
        DW=1000,
        W=Array(widths),
        CIDToGIDMap=Name.Identity,
    )
    made = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=Name("/ABCDEF+Sans"),
        Encoding=encoding or Name("/Identity-H"),
        DescendantFonts=Array([draft.pdf.make_indirect(descendant)]),
    )
    if named:
        made.ToUnicode = draft.stream(to_unicode({codes[c]: c for c in letters}))
    return draft.pdf.make_indirect(made), codes


def to_unicode(codes: dict[int, str], size: int = 2) -> bytes:
    pairs = b"".join(
        b"<%0*X> <%s>\n" % (2 * size, code, text.encode("utf-16-be").hex().encode())
        for code, text in codes.items()
    )
    return (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def "
        b"1 begincodespacerange <%s> <%s> endcodespacerange %d beginbfchar\n%sendbfchar endcmap end end"
        % (b"00" * size, b"FF" * size, len(codes), pairs)
    )


def shown(text: str, codes: dict[str, int]) -> bytes:
    return b"<" + b"".join(b"%04X" % codes[c] for c in text) + b"> Tj"


# -- Japanese ---------------------------------------------------------------------------------------

_JAPANESE = "住所は東京都千代田区です担当者山田花子まで連絡先日様から届いた"


@place
def japanese_vertical() -> Case:
    """Columns from top to bottom; the name stands in the second, and again in the third."""
    draft = Draft()
    font, codes = composite(draft, _JAPANESE, Name("/Identity-V"))
    draft.page.Resources.Font.V = font
    columns = (
        (500, "住所は東京都千代田区です"),
        (470, "担当者山田花子まで連絡"),
        (440, "先日山田花子様から"),
    )
    for x, text in columns:
        draft.add(b"BT /V 14 Tf 1 0 0 1 %d 700 Tm %s ET" % (x, shown(text, codes)))
    top = 792 - 700 + 3 * 14
    return Case(
        "japanese_vertical",
        draft.bytes(),
        ((1, (462.5, top, 477.5, top + 56)),),
        ("住所は東京都千代田区です",),
        text="山田花子",
        secret="山田花子",
        tokens=("山田花子",),
    )


def _predefined(name: str, cmap: str, codec: str) -> Case:
    """A font that is not embedded, with a character map that every reader knows (9.7.5.2)."""
    draft = Draft()
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name("/HeiseiMin-W3"),
        Flags=4,
        ItalicAngle=0,
        Ascent=857,
        Descent=-143,
        CapHeight=718,
        StemV=80,
        FontBBox=Array([-123, -257, 1001, 910]),
    )
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType0,
        BaseFont=Name("/HeiseiMin-W3"),
        DW=1000,
        CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Japan1"), Supplement=2),
        FontDescriptor=draft.pdf.make_indirect(descriptor),
    )
    draft.page.Resources.Font.J = draft.pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=Name("/HeiseiMin-W3-" + cmap),
            Encoding=Name("/" + cmap),
            DescendantFonts=Array([draft.pdf.make_indirect(descendant)]),
        )
    )
    for y, text in (
        (700, "住所は東京都千代田区です"),
        (670, "担当者山田花子まで連絡"),
        (640, "先日山田花子様から"),
    ):
        draft.add(b"BT /J 14 Tf 24 %d Td <%s> Tj ET" % (y, text.encode(codec).hex().encode()))
    box = (24 + 3 * 14.0, 792 - 670 - 12.0, 24 + 7 * 14.0, 792 - 670 + 3.0)
    return Case(
        name,
        draft.bytes(),
        ((1, box),),
        ("東京都千代田区", "まで連絡"),
        text="山田花子",
        secret="山田花子",
        tokens=("山田花子",),
    )


@place
def japanese_shift_jis() -> Case:
    return _predefined("japanese_shift_jis", "90ms-RKSJ-H", "cp932")


@place
def japanese_utf16() -> Case:
    return _predefined("japanese_utf16", "UniJIS-UTF16-H", "utf-16-be")


@place
def own_character_map() -> Case:
    """A Type 0 font whose CMap is a stream of its own: one byte a letter."""
    draft = Draft()
    letters = "".join(dict.fromkeys(hostile.SECRET))
    cids = {c: int(pymupdf.Font("cjk").has_glyph(ord(c))) for c in letters}
    ranges = b"".join(b"<%02X> <%02X> %d\n" % (i + 1, i + 1, cids[c]) for i, c in enumerate(letters))
    cmap = draft.stream(
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CIDSystemInfo 3 dict dup begin "
        b"/Registry (Adobe) def /Ordering (Identity) def /Supplement 0 def end def /CMapName /Own def "
        b"/CMapType 1 def 1 begincodespacerange <00> <FF> endcodespacerange %d begincidrange\n%sendcidrange "
        b"endcmap CMapName currentdict /CMap defineresource pop end end" % (len(letters), ranges),
        Type=Name.CMap,
        CMapName=Name.Own,
        CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
    )
    font, _ = composite(draft, letters, cmap, named=False)
    font.ToUnicode = draft.stream(to_unicode({i + 1: c for i, c in enumerate(letters)}, 1))
    draft.page.Resources.Font.C = font
    coded = bytes(letters.index(c) + 1 for c in hostile.SECRET).hex().encode()
    return simple("own_character_map", draft.words(b"/C 8 Tf <" + coded + b"> Tj /F1 12 Tf"))


@place
def identity_without_unicode() -> Case:
    """A subset that no reader can name: glyph numbers only, as some printers write them."""
    draft = Draft()
    font, codes = composite(draft, "".join(dict.fromkeys(hostile.SECRET)), named=False)
    draft.page.Resources.Font.C = font
    return simple(
        "identity_without_unicode", draft.words(b"/C 8 Tf " + shown(hostile.SECRET, codes) + b" /F1 12 Tf")
    )


# -- other scripts ------------------------------------------------------------------------------------


def _with_dejavu(name: str, secret: str, tokens: tuple[str, ...], lines: tuple[str, ...]) -> Case:
    """Lines of one font of many scripts; the secret is the whole second line, and again in the third."""
    import pathlib

    draft = Draft()
    font = pymupdf.Font(fontbuffer=pathlib.Path(DEJAVU).read_bytes())
    doc = pymupdf.open()
    page = doc.new_page(width=612, height=792)
    writer = pymupdf.TextWriter(page.rect)
    for index, text in enumerate((lines[0], secret, lines[1], lines[2] + " " + secret)):
        writer.append((40, 100 + 30 * index), text, font=font, fontsize=13)
    writer.write_text(page)
    doc.subset_fonts()
    wide = font.text_length(secret, 13)
    del draft
    return Case(
        name,
        doc.tobytes(garbage=3, deflate=True),
        ((1, (39.5, 118.5, 40.5 + wide, 134.0)),),
        (lines[0], lines[1]),
        text=secret,
        secret=secret,
        tokens=tokens,
    )


@place
def hebrew() -> Case:
    """Written from left to right in reading order, as a program does that knows no bidi."""
    return _with_dejavu("hebrew", "קוויבלסוורת", ("קוויבלסוורת",), ("alpha copper", "timber final", "again"))


@place
def greek_and_cyrillic() -> Case:
    return _with_dejavu(
        "greek_and_cyrillic",
        "Ξανθίππη Жуковецкая",
        ("Ξανθίππη", "Жуковецкая"),
        ("alpha copper north", "timber final", "ends with"),
    )


@place
def combining_marks() -> Case:
    """Letters with their accents as letters of their own."""
    return _with_dejavu(
        "combining_marks",
        "Zoe\u0308 U\u0308berstro\u0308m",
        ("berstro",),
        ("alpha copper north", "timber final", "ends with"),
    )


# -- the order and manner in which a copy is written --------------------------------------------------


def _letters(text: str, x: float, y: float, size: float = 10) -> list[bytes]:
    shows = []
    for character in text:
        shows.append(b"1 0 0 1 %.3f %.3f Tm %s Tj" % (x, y, literal(character)))
        x += width(character, size)
    return shows


@place
def shuffled_copy() -> Case:
    """A visible copy whose letters are painted in no order: only their places spell it."""
    draft = Draft().words()
    shows = _letters(hostile.SECRET, 40, 300)
    shows.sort(key=lambda s: hashlib.md5(s, usedforsecurity=False).digest())
    draft.add(b"BT /F1 10 Tf " + b" ".join(shows) + b" ET")
    return simple("shuffled_copy", draft)


@place
def backward_copy() -> Case:
    """A visible copy written from its last letter to its first."""
    draft = Draft().words()
    draft.add(b"BT /F1 10 Tf " + b" ".join(reversed(_letters(hostile.SECRET, 40, 300))) + b" ET")
    return simple("backward_copy", draft)


@place
def stacked_copy() -> Case:
    """A visible copy with one letter a line, down the margin."""
    draft = Draft().words()
    for index, character in enumerate(hostile.SECRET):
        draft.add(b"BT /F1 9 Tf 590 %d Td %s Tj ET" % (770 - 11 * index, literal(character)))
    return simple("stacked_copy", draft)


@place
def margin_copy() -> Case:
    """A visible copy turned by 90 degrees in the margin."""
    draft = Draft().words()
    draft.add(b"BT /F1 9 Tf 0 1 -1 0 600 40 Tm %s Tj ET" % literal(hostile.SECRET))
    return simple("margin_copy", draft)


@place
def hyphenated_copy() -> Case:
    """A visible copy broken over the lines of a narrow column beside another column."""
    draft = Draft().words()
    words = hostile.SECRET.split()
    long = max(words, key=len)
    half = len(long) // 2
    broken = " ".join(long[:half] + "-\n" + long[half:] if w is long else w for w in words).split("\n")
    for index, text in enumerate(broken):
        draft.add(b"BT /F1 10 Tf 40 %d Td %s Tj ET" % (300 - 13 * index, literal(text.strip())))
        draft.add(b"BT /F1 10 Tf 400 %d Td (saddle column %d) Tj ET" % (300 - 13 * index, index))
    return simple("hyphenated_copy", draft, keep=(*hostile.KEEP, "saddle column 0", "saddle column 1"))


@place
def secret_over_two_lines() -> Case:
    """The secret ends in the next line; both parts have a box."""
    draft = Draft()
    words = hostile.SECRET.split()
    first, second = " ".join(words[:-1]), words[-1]
    draft.add(
        b"BT /F1 12 Tf 24 616 Td (alpha copper north) Tj 0 -16 Td %s Tj 0 -16 Td %s Tj ET"
        % (literal("lantern velvet inner " + first), literal(second + " copper garden outer"))
    )
    x = 24 + width("lantern velvet inner ")
    boxes = (
        (1, (x, 182.9, x + width(first), 194.6)),
        (1, (24.0, 198.9, 24 + width(second), 210.6)),
    )
    return Case(
        "secret_over_two_lines",
        draft.bytes(),
        boxes,
        ("alpha copper north", "lantern velvet inner", "copper garden outer"),
        text=None,
    )


@place
def split_by_form() -> Case:
    """The first half of the secret is page content, the rest a form's."""
    half = len(hostile.SECRET) // 2
    first, second = hostile.SECRET[:half], hostile.SECRET[half:]
    draft = Draft().words(literal(first) + b" Tj")
    x = 24 + width(hostile.LEAD) + width(first)
    draft.page.Resources.XObject.X = draft.form(
        b"BT /F1 12 Tf 0 0 Td %s Tj ET" % literal(second),
        (-5, -5, 400, 20),
        Matrix=Array([1, 0, 0, 1, x, 600]),
    )
    return simple("split_by_form", draft.add(b"/X Do"))


@place
def mirrored_text() -> Case:
    """Text with a negative size in a space turned upside down: it reads as ever."""
    draft = Draft().words(b"")
    x = 24 + width(hostile.LEAD)
    draft.add(
        b"q 1 0 0 -1 0 792 cm BT /F1 -12 Tf -1 0 0 1 %.3f 192 Tm %s Tj ET Q" % (x, literal(hostile.SECRET))
    )
    return simple("mirrored_text", draft)


@place
def spacing_operators() -> Case:
    """Word and letter spacing, a rise, a stretch, and the operators that set them on the way."""
    draft = Draft().words(b"")
    x = 24 + width(hostile.LEAD)
    body = b'BT /F1 6 Tf 200 Tz 14 TL -1 Ts 1 0 0 1 %.3f 615 Tm 0 0 %s " ET' % (x, literal(hostile.SECRET))
    return simple("spacing_operators", draft.add(body))


@place
def kerned_apart() -> Case:
    """No spaces: words are parted by numbers of the array only."""
    draft = Draft()
    parts = b" -278 ".join(literal(w) for w in (hostile.LEAD + hostile.SECRET + hostile.TAIL).split())
    draft.add(
        b"BT /F1 12 Tf 24 616 Td (alpha copper north) Tj 0 -16 Td [" + parts + b"] TJ 0 -16 Td "
        b"(meadow harbor south) Tj 0 -32 Td (harbor timber final) Tj ET"
    )
    return simple("kerned_apart", draft)


@place
def stroked_text() -> Case:
    """Outlined letters, and filled and outlined ones."""
    draft = Draft().words(b"1 Tr " + literal(hostile.SECRET) + b" Tj 0 Tr")
    draft.add(b"BT /F1 12 Tf 2 Tr 40 300 Td (saddle outlined) Tj 0 Tr ET")
    return simple("stroked_text", draft, keep=(*hostile.KEEP, "saddle outlined"))


@place
def invisible_signs_in_copy() -> Case:
    """A copy with soft hyphens between its letters."""
    draft = Draft().words()
    text = "\u00ad".join(hostile.SECRET)
    return simple("invisible_signs_in_copy", draft.add(b"BT /F1 7 Tf 30 300 Td %s Tj ET" % literal(text)))


# -- what fonts say -----------------------------------------------------------------------------------


@place
def one_glyph_is_the_secret() -> Case:
    """The letter z of innocent words is named by the whole secret in the font's ToUnicode map."""
    draft = Draft().words()
    font = pikepdf.Dictionary(draft.font)
    names = {c: chr(c) for c in range(32, 127)}
    names[ord("z")] = hostile.SECRET
    font.ToUnicode = draft.stream(to_unicode(names, 1))
    draft.page.Resources.Font.F2 = draft.pdf.make_indirect(font)
    draft.add(b"BT /F2 12 Tf 40 300 Td (saddle haze) Tj ET")
    return simple("one_glyph_is_the_secret", draft, keep=(*hostile.KEEP, "saddle"))


@place
def spelt_by_unicode_only() -> Case:
    """Letters that show "xxxxx" and are named so that they spell the secret."""
    draft = Draft().words()
    word = hostile.SECRET
    font = pikepdf.Dictionary(draft.font)
    font.Encoding = Dictionary(
        Type=Name.Encoding,
        BaseEncoding=Name.WinAnsiEncoding,
        Differences=Array([129, *[Name.x] * len(word)]),
    )
    font.ToUnicode = draft.stream(to_unicode({129 + i: c for i, c in enumerate(word)}, 1))
    draft.page.Resources.Font.F2 = draft.pdf.make_indirect(font)
    codes = bytes(129 + i for i in range(len(word))).hex().encode()
    return simple("spelt_by_unicode_only", draft.add(b"BT /F2 8 Tf 40 300 Td <%s> Tj ET" % codes))


@place
def glyph_names() -> Case:
    """The names of glyphs of innocent text quote the secret; its outlines come with the font."""
    draft = Draft().words()
    word = "".join(c for c in hostile.TOKENS[-1] + hostile.TOKENS[0] if c.isascii() and c.isalnum())
    font = pikepdf.Dictionary(draft.font)
    font.Encoding = Dictionary(
        Type=Name.Encoding,
        BaseEncoding=Name.WinAnsiEncoding,
        Differences=Array(
            [
                128,
                Name("/s"),
                Name("/a"),
                Name("/" + word),
                Name("/" + hostile.TOKENS[0].encode("ascii", "ignore").decode() + ".alt"),
            ]
        ),
    )
    font.FirstChar, font.LastChar = 32, 140
    font.Widths = Array([500] * 109)
    draft.page.Resources.Font.F2 = draft.pdf.make_indirect(font)
    draft.add(b"BT /F2 12 Tf 40 300 Td (saddle) Tj <8081> Tj ET")
    return simple("glyph_names", draft, keep=(*hostile.KEEP, "saddle"))


def _table_sfnt(data: bytes, tag: bytes, value: bytes) -> bytes:
    """A TrueType program with one table put in."""
    (count,) = struct.unpack(">H", data[4:6])
    tables = {}
    for index in range(count):
        name, _, offset, length = struct.unpack(">4sIII", data[12 + 16 * index : 28 + 16 * index])
        tables[name] = data[offset : offset + length]
    tables[tag] = value
    offset, directory, body = 12 + 16 * len(tables), b"", b""
    for name in sorted(tables):
        padded = tables[name] + bytes(-len(tables[name]) % 4)
        total = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        directory += struct.pack(">4sIII", name, total, offset + len(body), len(tables[name]))
        body += padded
    return data[:4] + struct.pack(">HHHH", len(tables), 0, 0, 0) + directory + body


@place
def font_name_table() -> Case:
    """Naming, licence and private tables of an embedded font; its descriptor; all quote the secret."""
    draft = Draft().words()
    font, codes = composite(draft, "saddle haze")
    text = hostile.SECRET.encode("utf-16-be")
    table = struct.pack(">HHH", 0, 1, 18) + struct.pack(">HHHHHH", 3, 1, 0x409, 1, len(text), 0) + text
    descendant = font.DescendantFonts[0]
    descriptor = descendant.FontDescriptor
    data = _table_sfnt(descriptor.FontFile2.read_bytes(), b"name", table)
    data = _table_sfnt(data, b"priv", hostile.SECRET.encode())
    descriptor.FontFile2 = draft.stream(
        data, Length1=len(data), Metadata=draft.stream(hostile.SECRET.encode())
    )
    descriptor.FontFamily = String(hostile.SECRET)
    descriptor.CharSet = String(hostile.SECRET)
    descriptor.Style = Dictionary(Panose=String(hostile.SECRET))
    descriptor.Lang = Name("/" + hostile.TOKENS[0].encode("ascii", "ignore").decode())
    descriptor.FontName = Name("/ABCDEF+" + hostile.TOKENS[0].encode("ascii", "ignore").decode())
    descendant.BaseFont = descriptor.FontName
    font.BaseFont = descriptor.FontName
    descendant.CIDSystemInfo.Ordering = String(hostile.SECRET)
    draft.page.Resources.Font.C = font
    draft.add(b"BT /C 12 Tf 40 300 Td " + shown("saddle haze", codes) + b" ET")
    return simple("font_name_table", draft, keep=(*hostile.KEEP, "saddle haze"))


@place
def type3_elsewhere() -> Case:
    """A Type 3 font draws a copy far from every box, and an innocent word."""
    draft = Draft().words()
    letters = "".join(dict.fromkeys(hostile.SECRET + "saddle"))
    glyphs, differences = Dictionary(), [1]
    for index, character in enumerate(letters):
        glyph = f"/g{index}"
        advance = width(character, 1000)
        glyphs[glyph] = draft.stream(
            b"%.1f 0 0 -300 1000 1000 d1 BT /F1 1000 Tf %s Tj ET" % (advance, literal(character))
        )
        differences.append(Name(glyph))
    font = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type3,
        FontBBox=Array([0, -300, 1000, 1000]),
        FontMatrix=Array([0.001, 0, 0, 0.001, 0, 0]),
        FirstChar=1,
        LastChar=len(letters),
        Widths=Array([round(width(c, 1000), 1) for c in letters]),
        Encoding=Dictionary(Type=Name.Encoding, Differences=Array(differences)),
        CharProcs=glyphs,
        Resources=Dictionary(Font=Dictionary(F1=draft.font)),
        ToUnicode=draft.stream(to_unicode({i + 1: c for i, c in enumerate(letters)}, 1)),
    )
    draft.page.Resources.Font.F3 = draft.pdf.make_indirect(font)
    for y, text in ((300, hostile.SECRET), (270, "saddle")):
        codes = bytes(letters.index(c) + 1 for c in text).hex().encode()
        draft.add(b"BT /F3 12 Tf 40 %d Td <%s> Tj ET" % (y, codes))
    return simple("type3_elsewhere", draft, keep=(*hostile.KEEP, "saddle"))


@place
def overlapping_boxes() -> Case:
    """Four boxes over one secret, one within another, one of them a little loose."""
    draft = Draft().words()
    page, (x0, y0, x1, y1) = draft.box()
    middle = (x0 + x1) / 2
    boxes = ((x0, y0, middle + 20, y1), (middle - 20, y0, x1, y1), (x0 + 30, y0 + 2, x0 + 60, y1 - 2))
    return Case("overlapping_boxes", draft.bytes(), tuple((page, b) for b in boxes))
