"""Hiding places in drawings, layers, masks and images that hostile.py does not have; and innocent marks.

Importing this registers them in corpus.MORE. One place a file; every name is invented.
"""

from __future__ import annotations

import base64
import io
import struct
import zlib
from typing import Any

import hostile
import pikepdf
from hostile import SCAN_BOX, Case, Draft, literal, place, width
from hostile_text import simple
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, ImageDraw


def _small(y: float = 90, size: float = 9, x: float = 72) -> bytes:
    return b"BT /F1 %g Tf %g %g Td %s Tj ET" % (size, x, y, literal(hostile.SECRET))


# -- shadings, drawings, groups -----------------------------------------------------------------------


def _axial(draft: Draft, x1: float = 612) -> Any:
    return Dictionary(
        ShadingType=2,
        ColorSpace=Name.DeviceRGB,
        Coords=Array([0, 0, x1, 0]),
        Extend=Array([True, True]),
        Function=Dictionary(
            FunctionType=2, Domain=Array([0, 1]), N=1, C0=Array([0.8, 0.9, 1]), C1=Array([1, 0.9, 0.8])
        ),
    )


@place
def shading_behind() -> Case:
    """A colour gradient behind the secret's line, and behind innocent words."""
    draft = Draft()
    draft.page.Resources.Shading = Dictionary(S=_axial(draft))
    draft.add(b"q 0 590 612 60 re W n /S sh Q").words()
    return simple("shading_behind", draft)


@place
def shading_as_pattern() -> Case:
    draft = Draft()
    draft.page.Resources.Pattern.P = Dictionary(PatternType=2, Shading=_axial(draft))
    draft.add(b"q /Pattern cs /P scn 10 400 500 60 re f Q").words()
    return simple("shading_as_pattern", draft)


@place
def text_filled_with_shading() -> Case:
    """The secret's own letters are filled with a gradient."""
    draft = Draft()
    shading = _axial(draft)
    shading.Function.C0, shading.Function.C1 = Array([0.6, 0, 0]), Array([0, 0, 0.6])
    draft.page.Resources.Pattern.P = Dictionary(PatternType=2, Shading=shading)
    draft.words(b"/Pattern cs /P scn " + literal(hostile.SECRET) + b" Tj 0 g")
    return simple("text_filled_with_shading", draft)


@place
def hatching() -> Case:
    """A tiling pattern far from the box: innocent. Its cell hides a copy outside of what it shows."""
    draft = Draft().words()
    draft.page.Resources.Pattern.P = draft.stream(
        b"0.5 w 0 0 m 8 8 l S BT /F1 5 Tf 40 40 Td %s Tj ET" % literal(hostile.SECRET),
        Type=Name.Pattern,
        PatternType=1,
        PaintType=1,
        TilingType=1,
        BBox=Array([0, 0, 8, 8]),
        XStep=8,
        YStep=8,
        Resources=Dictionary(Font=Dictionary(F1=draft.font)),
    )
    return simple("hatching", draft.add(b"q /Pattern cs /P scn 60 100 200 60 re f Q"))


_ROUND = (
    b"%(x0)g %(b)g m %(x0)g %(y0)g %(x0)g %(y0)g %(a)g %(y0)g c %(c)g %(y0)g l %(x1)g %(y0)g %(x1)g %(y0)g "
    b"%(x1)g %(b)g c %(x1)g %(y1)g l %(x0)g %(y1)g l h"
)


def _rounded(x0: float, y0: float, x1: float, y1: float) -> bytes:
    values = {b"x0": x0, b"y0": y0, b"x1": x1, b"y1": y1, b"a": x0 + 9, b"b": y0 + 9, b"c": x1 - 9}
    return _ROUND % values


@place
def rounded_panel() -> Case:
    """A panel with round corners behind the whole paragraph, as every invoice has."""
    draft = Draft().add(b"0.93 0.95 0.98 rg " + _rounded(14, 540, 590, 640) + b" f 0 g").words()
    return simple("rounded_panel", draft)


@place
def rounded_frame() -> Case:
    """A frame with round corners drawn around the secret alone, touching its box."""
    draft = Draft().words()
    _, (x0, y0, x1, y1) = draft.box()
    return simple(
        "rounded_frame", draft.add(b"0.7 w " + _rounded(x0 - 1, 792 - y1 - 1, x1 + 1, 792 - y0 + 1) + b" S")
    )


@place
def table_rules() -> Case:
    """Rules of a table that run through the box, and a grey row behind it."""
    draft = Draft().add(b"0.9 g 14 597 580 13 re f 0 g").words()
    draft.add(b"0.5 w 14 597 m 594 597 l S 14 610 m 594 610 l S 200 560 m 200 640 l S 14 560 580 80 re S")
    return simple("table_rules", draft)


@place
def flourish() -> Case:
    """A curve that begins far away and ends under the box."""
    draft = Draft().words()
    return simple("flourish", draft.add(b"1 w 40 450 m 100 700 300 640 320 604 c S"))


@place
def polygon_clip() -> Case:
    """Words clipped by a slanting shape: some can be seen, the copy beside them can't."""
    draft = Draft().words()
    draft.add(
        b"q 60 280 m 260 280 l 240 320 l 60 320 l h W n BT /F1 12 Tf 70 295 Td (saddle clipped) Tj ET "
        + _small(295, 9, 300)
        + b" Q"
    )
    return simple("polygon_clip", draft, keep=(*hostile.KEEP, "saddle clipped"))


@place
def translucent_group() -> Case:
    """A group painted at half strength: a watermark over the words."""
    draft = Draft().words()
    draft.page.Resources.ExtGState.G = Dictionary(Type=Name.ExtGState, ca=0.3, CA=0.3)
    draft.page.Resources.XObject.W = draft.form(
        b"0.6 0.6 0.9 rg BT /F1 60 Tf 0.8 0.6 -0.6 0.8 60 380 Tm (DRAFT) Tj ET",
        (0, 0, 612, 792),
        Group=Dictionary(S=Name.Transparency, CS=Name.DeviceRGB, I=True, K=True),
    )
    return simple("translucent_group", draft.add(b"q /G gs /W Do Q"), keep=(*hostile.KEEP, "DRAFT"))


@place
def secret_at_no_strength() -> Case:
    """A copy painted with an opacity of nothing, and one with hardly any."""
    draft = Draft().words()
    draft.page.Resources.ExtGState.G = Dictionary(Type=Name.ExtGState, ca=0)
    draft.page.Resources.ExtGState.H = Dictionary(Type=Name.ExtGState, ca=0.02)
    return simple(
        "secret_at_no_strength", draft.add(b"q /G gs " + _small(300) + b" Q q /H gs " + _small(270) + b" Q")
    )


@place
def empty_type() -> Case:
    """Copies of size nothing, and in a space squeezed flat."""
    draft = Draft().words().add(_small(300, 0.001)).add(b"q 1 0 0 0 0 0 cm " + _small(90) + b" Q")
    return simple("empty_type", draft)


# -- layers -------------------------------------------------------------------------------------------


def _groups(draft: Draft, *names: str) -> list[Any]:
    return [draft.pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String(n))) for n in names]


@place
def layer_by_membership() -> Case:
    """Membership: shown only where all of two layers are off, one of which is on."""
    draft = Draft().words()
    on, off = _groups(draft, "a", hostile.SECRET)
    draft.pdf.Root.OCProperties = Dictionary(OCGs=Array([on, off]), D=Dictionary(OFF=Array([off])))
    draft.page.Resources.Properties.M = Dictionary(Type=Name.OCMD, OCGs=Array([on, off]), P=Name.AllOff)
    draft.page.Resources.Properties.N = Dictionary(Type=Name.OCMD, OCGs=Array([on, off]), P=Name.AnyOn)
    draft.add(
        b"/OC /M BDC " + _small(300) + b" EMC /OC /N BDC BT /F1 12 Tf 40 270 Td (saddle layer) Tj ET EMC"
    )
    return simple("layer_by_membership", draft, keep=(*hostile.KEEP, "saddle layer"))


@place
def layer_by_expression() -> Case:
    """A visibility expression: not the layer that is on."""
    draft = Draft().words()
    on, _ = _groups(draft, "a", "b")
    draft.pdf.Root.OCProperties = Dictionary(OCGs=Array([on]), D=Dictionary(ON=Array([on])))
    draft.page.Resources.Properties.M = Dictionary(Type=Name.OCMD, OCGs=Array([on]), VE=Array([Name.Not, on]))
    return simple("layer_by_expression", draft.add(b"/OC /M BDC " + _small(300) + b" EMC"))


@place
def layers_nested() -> Case:
    """A layer that is on within one that is off; all layers off but those named; a form in a layer."""
    draft = Draft().words()
    on, off, third = _groups(draft, "a", "b", hostile.SECRET)
    draft.pdf.Root.OCProperties = Dictionary(
        OCGs=Array([on, off, third]),
        D=Dictionary(BaseState=Name.OFF, ON=Array([on]), Order=Array([String(hostile.SECRET), Array([on])])),
        Configs=Array([Dictionary(Name=String(hostile.SECRET), Creator=String(hostile.SECRET))]),
    )
    draft.page.Resources.Properties.A, draft.page.Resources.Properties.B = on, off
    draft.page.Resources.XObject.X = draft.form(_small(90), (0, 0, 612, 792), OC=third)
    draft.add(
        b"/OC /B BDC /OC /A BDC " + _small(300) + b" EMC EMC /X Do "
        b"/OC /A BDC BT /F1 12 Tf 40 240 Td (saddle layer) Tj ET EMC"
    )
    return simple("layers_nested", draft, keep=(*hostile.KEEP, "saddle layer"))


@place
def layer_for_print() -> Case:
    """A layer that printers show and screens do not."""
    draft = Draft().words()
    group = draft.pdf.make_indirect(
        Dictionary(
            Type=Name.OCG,
            Name=String("p"),
            Usage=Dictionary(Print=Dictionary(PrintState=Name.ON), View=Dictionary(ViewState=Name.OFF)),
        )
    )
    draft.pdf.Root.OCProperties = Dictionary(
        OCGs=Array([group]),
        D=Dictionary(
            ON=Array([group]),
            AS=Array([Dictionary(Event=Name.View, OCGs=Array([group]), Category=Array([Name.View]))]),
        ),
    )
    draft.page.Resources.Properties.A = group
    return simple("layer_for_print", draft.add(b"/OC /A BDC " + _small(300) + b" EMC"))


# -- marked content -----------------------------------------------------------------------------------


@place
def properties_by_name() -> Case:
    """Alternative, replacement and expansion texts in property lists of the resources."""
    draft = Draft()
    text = String(hostile.SECRET)
    draft.page.Resources.Properties.P = Dictionary(
        ActualText=text, Alt=text, E=text, MCID=0, Lang=String("en"), Contents=text
    )
    draft.words(b"/Span /P BDC %s Tj EMC" % literal(hostile.SECRET))
    draft.add(b"/Artifact /P BDC BT /F1 12 Tf 40 300 Td (saddle marked) Tj ET EMC /Note /P DP /Other MP")
    return simple("properties_by_name", draft, keep=(*hostile.KEEP, "saddle marked"))


@place
def postscript_object() -> Case:
    """A PostScript XObject, a form with metadata and private data, and resources that nobody uses."""
    draft = Draft().words()
    draft.page.Resources.XObject.P = draft.stream(
        b"(%s) show" % hostile.SECRET.encode(), Type=Name.XObject, Subtype=Name.PS
    )
    form = draft.form(b"BT /F1 12 Tf 40 300 Td (saddle form) Tj ET", (0, 0, 612, 792))
    form.PieceInfo = Dictionary(App=Dictionary(Private=String(hostile.SECRET)))
    form.Metadata = draft.stream(hostile.SECRET.encode(), Type=Name.Metadata, Subtype=Name.XML)
    form.Name = Name("/" + hostile.TOKENS[0].encode("ascii", "ignore").decode())
    form.Ref = Dictionary(F=String(hostile.SECRET), Page=String(hostile.SECRET))
    form.OPI = Dictionary({"/2.0": Dictionary(F=String(hostile.SECRET), Comments=String(hostile.SECRET))})
    draft.page.Resources.XObject.X = form
    draft.page.Resources.XObject.U = draft.form(_small(), (0, 0, 612, 792))
    return simple("postscript_object", draft.add(b"/P Do /X Do"), keep=(*hostile.KEEP, "saddle form"))


@place
def state_functions() -> Case:
    """Halftones, black generation and transfer functions whose comments and names quote the secret."""
    draft = Draft().words()
    note = b"{ %% %s\n }" % hostile.SECRET.encode()
    function = draft.stream(note, FunctionType=4, Domain=Array([0, 1]), Range=Array([0, 1]))
    draft.page.Resources.ExtGState.G = Dictionary(
        Type=Name.ExtGState,
        BG=function,
        UCR=function,
        HT=Dictionary(
            HalftoneType=1,
            HalftoneName=String(hostile.SECRET),
            Frequency=60,
            Angle=45,
            SpotFunction=Name.Round,
        ),
        Font=Array([draft.font, 12]),
    )
    return simple("state_functions", draft.add(b"q /G gs 0 0 1 rg 40 300 50 20 re f Q"))


@place
def default_spaces() -> Case:
    """Colour spaces by which device colours are replaced; their profile and names quote the secret."""
    draft = Draft().words()
    profile = _profile(hostile.SECRET)
    draft.page.Resources.ColorSpace = Dictionary(
        DefaultRGB=Array([Name.ICCBased, draft.stream(profile, N=3)]),
        CS=Array([Name.ICCBased, draft.stream(profile, N=3)]),
        Sp=Array(
            [
                Name.Separation,
                Name("/" + hostile.TOKENS[0].encode("ascii", "ignore").decode()),
                Name.DeviceCMYK,
                Dictionary(
                    FunctionType=2, Domain=Array([0, 1]), N=1, C0=Array([0, 0, 0, 0]), C1=Array([0, 1, 0, 0])
                ),
            ]
        ),
    )
    return simple(
        "default_spaces",
        draft.add(b"q /CS cs 0.2 0.4 0.6 scn 40 300 50 20 re f /Sp cs 1 scn 140 300 50 20 re f Q"),
    )


def _profile(text: str) -> bytes:
    """An sRGB profile with the text in it."""
    from PIL import ImageCms

    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    data += b"text\0\0\0\0" + text.encode() + bytes(4)
    data += bytes(-len(data) % 4)
    data[:4] = len(data).to_bytes(4)
    return bytes(data)


# -- images -------------------------------------------------------------------------------------------


def scan(name: str, draft: Draft, image: Any, **values: Any) -> Case:
    return hostile.scan(name, draft, image, **values)


@place
def scan_jbig2() -> Case:
    """A generic region coded by MMR (ITU T.88, 6.2.6): what scanners write into JBIG2."""
    draft, picture = Draft(), hostile.scan_picture(1704, 2200, "1")
    buffer = io.BytesIO()
    picture.save(buffer, "TIFF", compression="group4", tiffinfo={278: 2200, 262: 0})
    with Image.open(buffer) as tiff:
        at, count = tiff.tag_v2[273][0], tiff.tag_v2[279][0]  # type: ignore[attr-defined]
    coded = buffer.getvalue()[at : at + count]
    page = struct.pack(">IIIIBH", 1704, 2200, 0, 0, 0, 0)
    region = struct.pack(">IIIIB", 1704, 2200, 0, 0, 0) + b"\x01" + coded

    def segment(number: int, kind: int, data: bytes) -> bytes:
        return struct.pack(">IBBBI", number, kind, 0, 1, len(data)) + data

    data = segment(0, 48, page) + segment(1, 38, region)
    image = hostile.image_of(
        draft, data, (1704, 2200), ColorSpace=Name.DeviceGray, BitsPerComponent=1, Filter=Name.JBIG2Decode
    )
    return scan("scan_jbig2", draft, image)


def _filtered(name: str, filters: list[str], encode: Any) -> Case:
    draft, picture = Draft(), hostile.scan_picture()
    image = draft.pdf.make_stream(encode(picture.tobytes()))
    for key, value in {
        "/Type": Name.XObject,
        "/Subtype": Name.Image,
        "/Width": 850,
        "/Height": 1100,
        "/BitsPerComponent": 8,
        "/ColorSpace": Name.DeviceGray,
        "/Filter": Array([Name("/" + f) for f in filters]),
    }.items():
        image[key] = value
    return scan(name, draft, image)


@place
def scan_runlength() -> Case:
    def packed(data: bytes) -> bytes:
        out = bytearray()
        for at in range(0, len(data), 128):
            piece = data[at : at + 128]
            same = len(set(piece)) == 1 and len(piece) > 1
            out += bytes((257 - len(piece), piece[0])) if same else bytes((len(piece) - 1,)) + piece
        return bytes(out) + b"\x80"

    return _filtered("scan_runlength", ["RunLengthDecode"], packed)


@place
def scan_ascii85() -> Case:
    return _filtered(
        "scan_ascii85",
        ["ASCII85Decode", "FlateDecode"],
        lambda d: base64.a85encode(zlib.compress(d)) + b"~>",
    )


@place
def scan_cmyk_jpeg() -> Case:
    draft, buffer = Draft(), io.BytesIO()
    hostile.scan_picture(mode="CMYK").save(buffer, "JPEG", quality=85)
    inverted = Array([1, 0] * 4)
    image = hostile.dct(draft, buffer.getvalue(), (850, 1100), Name.DeviceCMYK)
    image.Decode = inverted
    return scan("scan_cmyk_jpeg", draft, image)


@place
def scan_sixteen_bits() -> Case:
    draft = Draft()
    data = b"".join(bytes((v, v)) for v in hostile.scan_picture().tobytes())
    image = hostile.image_of(draft, data, (850, 1100), ColorSpace=Name.DeviceGray, BitsPerComponent=16)
    return scan("scan_sixteen_bits", draft, image)


@place
def scan_separation() -> Case:
    """A scan in a spot colour named after the secret."""
    draft = Draft()
    tint = Dictionary(
        FunctionType=2, Domain=Array([0, 1]), N=1, C0=Array([0, 0, 0, 0]), C1=Array([0, 0, 0, 1])
    )
    space = Array(
        [
            Name.Separation,
            Name("/" + hostile.TOKENS[0].encode("ascii", "ignore").decode()),
            Name.DeviceCMYK,
            tint,
        ]
    )
    data = hostile.scan_picture().point(lambda v: 255 - v).tobytes()
    return scan(
        "scan_separation",
        draft,
        hostile.image_of(draft, data, (850, 1100), ColorSpace=space, BitsPerComponent=8),
    )


@place
def logo_with_soft_mask() -> Case:
    """A logo with soft edges over the end of the box, and another one elsewhere."""
    draft = Draft().words()
    logo = Image.new("RGB", (80, 40), (200, 40, 40))
    mask = Image.new("L", (80, 40), 0)
    ImageDraw.Draw(mask).ellipse((2, 2, 78, 38), fill=255)
    image = hostile.flate(draft, logo, SMask=hostile.flate(draft, mask))
    draft.page.Resources.XObject.L = image
    draft.add(b"q 80 0 0 40 40 300 cm /L Do Q q 60 0 0 30 300 604 cm /L Do Q")
    return simple("logo_with_soft_mask", draft)


@place
def logo_with_stencil_mask() -> Case:
    """A logo with a hard mask, and one that leaves out a colour; the secret runs on in what is masked."""
    draft = Draft().words()
    wide = hostile.scan_picture(850, 1100, "RGB").crop((80, 290, 850, 340))
    ImageDraw.Draw(wide).rectangle((0, 0, 200, 50), fill=(40, 90, 160))
    stencil = Image.new("1", wide.size, 1)
    ImageDraw.Draw(stencil).rectangle((0, 0, 200, 50), fill=0)
    mask = hostile.image_of(draft, stencil.tobytes(), stencil.size, ImageMask=True, BitsPerComponent=1)
    draft.page.Resources.XObject.L = hostile.flate(draft, wide, Mask=mask)
    draft.page.Resources.XObject.K = hostile.flate(
        draft, Image.new("RGB", (4, 4), (9, 99, 9)), Mask=Array([0, 1] * 3)
    )
    draft.add(b"q 300 0 0 20 40 300 cm /L Do Q q 40 0 0 40 400 300 cm /K Do Q")
    return simple("logo_with_stencil_mask", draft)


@place
def image_metadata() -> Case:
    """An untouched JPEG 2000 picture with boxes of text, and an image with every key that may hold some."""
    draft, buffer = Draft().words(), io.BytesIO()
    Image.effect_noise((120, 80), 60).convert("L").save(buffer, "JPEG2000")
    data = buffer.getvalue()
    text = hostile.SECRET.encode()
    data += struct.pack(">I4s", 8 + 16 + len(text), b"uuid") + bytes(16) + text
    data += struct.pack(">I4s", 8 + len(text), b"xml ") + text
    draft.page.Resources.XObject.I = hostile.image_of(draft, data, (120, 80), Filter=Name.JPXDecode)
    other = hostile.flate(draft, Image.effect_noise((60, 40), 60).convert("L"))
    other.Name = Name("/" + hostile.TOKENS[0].encode("ascii", "ignore").decode())
    other.ID = String(hostile.SECRET)
    other.OPI = Dictionary({"/1.3": Dictionary(F=String(hostile.SECRET), Comments=String(hostile.SECRET))})
    other.Measure = Dictionary(Type=Name.Measure, R=String(hostile.SECRET))
    other.PtData = Dictionary(Names=Array([String(hostile.SECRET)]))
    other.AF = Array([Dictionary(F=String(hostile.SECRET))])
    draft.page.Resources.XObject.J = other
    return simple(
        "image_metadata", draft.add(b"q 120 0 0 80 40 300 cm /I Do Q q 60 0 0 40 240 300 cm /J Do Q")
    )


@place
def palette_of_text() -> Case:
    """A palette whose unused entries spell the secret, and samples beyond the picture's last row."""
    draft = Draft().words()
    text = hostile.SECRET.encode("cp1252")
    table = (bytes(range(48)) + text)[: 3 * ((48 + len(text)) // 3)]
    space = Array([Name.Indexed, Name.DeviceRGB, len(table) // 3 - 1, String(table)])
    samples = bytes(i % 16 for i in range(32 * 32)) + text
    draft.page.Resources.XObject.I = hostile.image_of(
        draft, samples, (32, 32), ColorSpace=space, BitsPerComponent=8
    )
    return simple("palette_of_text", draft.add(b"q 64 0 0 64 40 300 cm /I Do Q"))


@place
def image_again_without_box() -> Case:
    """The scan of the first page stands on the second again, smaller, and nobody drew a box there."""
    draft = Draft()
    draft.page.Resources.XObject.I = hostile.dct(draft, hostile.jpeg(hostile.scan_picture()))
    draft.add(b"q 612 0 0 792 0 0 cm /I Do Q")
    draft.page.Contents = draft.stream(b"".join(draft.parts))
    draft.pdf.add_blank_page(page_size=(612, 792))
    second = draft.pdf.pages[1].obj
    second.Resources = draft.page.Resources
    second.Contents = draft.stream(
        b"q 306 0 0 396 40 300 cm /I Do Q BT /F1 12 Tf 40 740 Td (ribbon candle barrel) Tj ET"
    )
    return Case("image_again_without_box", draft.bytes(), (SCAN_BOX,), ("ribbon candle barrel",), images=True)


@place
def inline_filters() -> Case:
    """Pictures inside the page content, coded in other ways; one reaches under the box."""
    draft = Draft().words()
    small = hostile.scan_picture(85, 110).crop((0, 20, 85, 45))
    hexed = small.tobytes().hex().encode() + b">"
    coded = base64.a85encode(zlib.compress(small.tobytes())) + b"~>"
    draft.add(b"q 85 0 0 25 72 300 cm BI /W 85 /H 25 /CS /G /BPC 8 /F /AHx ID " + hexed + b" EI Q")
    draft.add(b"q 85 0 0 25 200 596 cm BI /W 85 /H 25 /CS /G /BPC 8 /F [/A85 /Fl] ID " + coded + b" EI Q")
    return Case("inline_filters", draft.bytes(), (draft.box(), (1, (70, 465, 160, 493))))


@place
def handwriting() -> Case:
    """Written words whose loops reach out of the box, a rule through them, neighbours close by."""
    import math

    draft = Draft()
    picture = Image.new("L", (1700, 2200), 250)
    draw = ImageDraw.Draw(picture)

    def scrawl(x: float, y: float, letters: int, tall: float) -> None:
        points = []
        for step in range(letters * 14):
            t = step / 14 * 2 * math.pi
            points.append(
                (x + step * 3.1, y - tall * math.sin(t) * (1 if step % 3 else 0.6) - 8 * math.cos(1.7 * t))
            )
        draw.line(points, fill=40, width=4, joint="curve")

    for row, y in enumerate((400, 520, 640)):
        draw.line((150, y + 30, 1500, y + 30), fill=150, width=2)
        scrawl(170, y, 6, 22)
        scrawl(520, y, 9 if row == 1 else 8, 34 if row == 1 else 22)
        scrawl(1060, y, 6, 22)
    box = (1, (510 * 0.36, 492 * 0.36, 930 * 0.36, 548 * 0.36))
    draft.page.Resources.XObject.I = hostile.dct(draft, hostile.jpeg(picture), (1700, 2200))
    draft.add(b"q 612 0 0 792 0 0 cm /I Do Q")
    return Case("handwriting", draft.bytes(), (box,), (), images=True, text=None)


@place
def scan_askew() -> Case:
    """A scan laid on the page at a small angle."""
    draft = Draft()
    draft.page.Resources.XObject.I = hostile.dct(draft, hostile.jpeg(hostile.scan_picture()))
    draft.add(b"q 612 8 -8 792 4 -4 cm /I Do Q")
    return Case("scan_askew", draft.bytes(), ((1, (60.0, 208.0, 474.0, 242.0)),), (), images=True)


@place
def scan_in_bands_with_layer() -> Case:
    """Foreground and background of a compressed scan: a picture, and its letters as a stencil in front."""
    draft = Draft()
    ground = Image.effect_noise((306, 396), 6).point(lambda v: 215 + v // 8)
    draft.page.Resources.XObject.B = hostile.dct(draft, hostile.jpeg(ground), (306, 396))
    letters = hostile.scan_picture(1704, 2200, "1")
    front = hostile.image_of(draft, letters.tobytes(), letters.size, ImageMask=True, BitsPerComponent=1)
    draft.page.Resources.XObject.F = front
    draft.add(b"q 612 0 0 792 0 0 cm /B Do 0.1 0.1 0.2 rg /F Do Q")
    for y, text in (
        (144, "Scanned copper record, upper line"),
        (216, hostile.SECRET),
        (288, "Lower line mentions timber"),
    ):
        draft.add(b"BT 3 Tr /F1 14 Tf 72 %g Td %s Tj ET" % (792 - y - 16, literal(text)))
    keep = ("Scanned copper record, upper line", "Lower line mentions timber")
    return Case("scan_in_bands_with_layer", draft.bytes(), (SCAN_BOX,), keep, images=True)


@place
def stamp_over_secret() -> Case:
    """A picture pasted over the secret: what is under it is to go, the picture stays beside the box."""
    draft = Draft().words()
    stamp = Image.effect_noise((120, 60), 70).convert("L")
    draft.page.Resources.XObject.S = hostile.flate(draft, stamp)
    x = 24 + width(hostile.LEAD)
    return simple(
        "stamp_over_secret",
        draft.add(b"q 120 0 0 60 %.2f 575 cm /S Do Q" % (x + 100)),
        keep=("alpha copper north", "lantern velvet inner", "copper garden outer"),
    )


def reordered(pdf: Any) -> bytes:
    buffer = io.BytesIO()
    pdf.save(buffer, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return buffer.getvalue()
