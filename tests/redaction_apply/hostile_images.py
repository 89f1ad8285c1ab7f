"""Secrets in images of every kind, and in the text layers above them."""

from __future__ import annotations

import io
import zlib

import hostile as base
from hostile import (
    SCAN_BOX,
    Case,
    Draft,
    case,
    dct,
    flate,
    image_of,
    jpeg,
    literal,
    scan,
    scan_picture,
    simple,
    width,
)
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, ImageDraw, ImageFont


@case
def scan_jpeg() -> Case:
    draft = Draft()
    return scan("scan_jpeg", draft, dct(draft, jpeg(scan_picture())))


@case
def scan_jpeg_tail() -> Case:
    draft = Draft()
    exif = Image.Exif()
    exif[0x010E] = base.SECRET
    data = jpeg(scan_picture(), exif=exif, comment=base.SECRET.encode()) + base.SECRET.encode()
    return scan("scan_jpeg_tail", draft, dct(draft, data))


@case
def jpeg_untouched_exif() -> Case:
    draft = Draft().words()
    exif = Image.Exif()
    exif[0x010E] = base.SECRET
    data = (
        jpeg(Image.effect_noise((200, 100), 50), exif=exif, comment=base.SECRET.encode())
        + base.SECRET.encode()
    )
    draft.page.Resources.XObject.I = dct(draft, data, (200, 100))
    return simple("jpeg_untouched_exif", draft.add(b"q 200 0 0 100 72 200 cm /I Do Q"))


@case
def scan_predictor() -> Case:
    draft, picture = Draft(), scan_picture(mode="RGB")
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
    return scan("scan_predictor", draft, image)


@case
def scan_ccitt() -> Case:
    draft, picture = Draft(), scan_picture(1700, 2200, "1")
    buffer = io.BytesIO()
    picture.save(buffer, "TIFF", compression="group4", tiffinfo={278: 2200, 262: 0})
    with Image.open(buffer) as tiff:
        offset, count = tiff.tag_v2[273][0], tiff.tag_v2[279][0]
    data = buffer.getvalue()[offset : offset + count]
    image = image_of(
        draft,
        data,
        picture.size,
        ColorSpace=Name.DeviceGray,
        BitsPerComponent=1,
        Filter=Name.CCITTFaxDecode,
        DecodeParms=Dictionary(K=-1, Columns=1700, Rows=2200),
    )
    return scan("scan_ccitt", draft, image)


@case
def scan_jpx() -> Case:
    draft, buffer = Draft(), io.BytesIO()
    scan_picture().save(buffer, "JPEG2000")
    return scan("scan_jpx", draft, image_of(draft, buffer.getvalue(), (850, 1100), Filter=Name.JPXDecode))


@case
def scan_indexed() -> Case:
    draft = Draft()
    picture = scan_picture().quantize(16)
    space = Array([Name.Indexed, Name.DeviceRGB, 15, String(bytes(picture.getpalette()[:48]))])  # type: ignore[index]
    image = image_of(draft, picture.tobytes(), picture.size, ColorSpace=space, BitsPerComponent=8)
    return scan("scan_indexed", draft, image)


@case
def stencil() -> Case:
    draft, picture = Draft(), scan_picture(848, 1100, "1")
    image = image_of(draft, picture.tobytes(), picture.size, ImageMask=True, BitsPerComponent=1)
    return scan("stencil", draft, image)


@case
def secret_in_soft_mask() -> Case:
    draft = Draft().words()
    mask = scan_picture().point(lambda v: 255 - v)
    image = flate(draft, Image.new("L", (1, 1), 0), SMask=flate(draft, mask))
    draft.page.Resources.XObject.I = image
    draft.parts = []
    draft.add(b"q 612 0 0 792 0 0 cm /I Do Q")
    draft.words(y=500)
    return Case("secret_in_soft_mask", draft.bytes(), (SCAN_BOX, draft.box(y=500)), images=True)


@case
def alternates() -> Case:
    draft = Draft()
    image = dct(draft, jpeg(scan_picture()))
    image.Alternates = Array([Dictionary(Image=dct(draft, jpeg(scan_picture())), DefaultForPrinting=True)])
    image.Metadata = draft.stream(base.SECRET.encode(), Type=Name.Metadata, Subtype=Name.XML)
    return scan("alternates", draft, image)


@case
def strips() -> Case:
    draft, picture = Draft(), scan_picture()
    for index in range(11):
        strip = picture.crop((0, 100 * index, 850, 100 * index + 100))
        draft.page.Resources.XObject[f"/S{index}"] = flate(draft, strip)
        draft.add(b"q 612 0 0 72 0 %d cm /S%d Do Q" % (792 - 72 * (index + 1), index))
    return Case("strips", draft.bytes(), (SCAN_BOX,), (), images=True)


@case
def shared_image() -> Case:
    """The second page shows the same image without a box, and has a box of its own."""
    draft = Draft()
    draft.page.Resources.XObject.I = dct(draft, jpeg(scan_picture()))
    draft.add(b"q 612 0 0 792 0 0 cm /I Do Q")
    draft.page.Contents = draft.stream(b"".join(draft.parts))
    draft.pdf.pages.append(draft.pdf.pages[0])
    return Case("shared_image", draft.bytes(), (SCAN_BOX, (2, SCAN_BOX[1])), (), images=True)


@case
def cropped_image() -> Case:
    """The secret's line lies in the part of the image that the clip hides."""
    draft = Draft().words()
    draft.page.Resources.XObject.I = dct(draft, jpeg(scan_picture()))
    return simple("cropped_image", draft.add(b"q 72 60 300 60 re W n 425 0 0 550 72 60 cm /I Do Q"))


@case
def turned_image() -> Case:
    draft = Draft()
    turned = scan_picture().transpose(Image.Transpose.ROTATE_90)
    draft.add(b"q 0 -792 612 0 0 792 cm /I Do Q")
    return scan("turned_image", draft, dct(draft, jpeg(turned), turned.size))


@case
def ocr_layer() -> Case:
    draft = Draft().add(b"q 612 0 0 792 0 0 cm /I Do Q")
    for y, text in (
        (144, "Scanned copper record, upper line"),
        (216, base.SECRET),
        (288, "Lower line mentions timber"),
    ):
        draft.add(b"BT 3 Tr /F1 14 Tf 72 %g Td %s Tj ET" % (792 - y - 16, literal(text)))
    keep = ("Scanned copper record, upper line", "Lower line mentions timber")
    return scan("ocr_layer", draft, dct(draft, jpeg(scan_picture())), keep=keep)


@case
def ocr_layer_shifted() -> Case:
    draft = Draft().add(b"q 612 0 0 792 0 0 cm /I Do Q")
    for y, text in (
        (144, "Scanned copper record, upper line"),
        (216, base.SECRET),
        (288, "Lower line mentions timber"),
    ):
        draft.add(b"BT 3 Tr /F1 14 Tf 72 %g Td %s Tj ET" % (792 - y + 10, literal(text)))
    return scan("ocr_layer_shifted", draft, dct(draft, jpeg(scan_picture())), moves=True)


@case
def inline_image() -> Case:
    draft = Draft().words()
    small = scan_picture(85, 110).crop((0, 20, 85, 45))
    draft.add(b"q 170 0 0 50 72 200 cm BI /W 85 /H 25 /CS /G /BPC 8 ID " + small.tobytes() + b" EI Q")
    return Case("inline_image", draft.bytes(), (draft.box(), (1, (70, 540, 250, 595))))


@case
def ocr_layer_line_off() -> Case:
    """The layer stands one line too high, on the ink of other words, and nobody says what is redacted."""
    lines = [
        "Scanned copper record, upper line",
        "Lower line mentions timber",
        base.SECRET,
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
    image = dct(draft, jpeg(picture))
    draft.page.Resources.XObject.I = image
    box = (1, (66.0, 198.0, 470.0, 222.0))
    keep = ("Scanned copper record, upper line", "Lower line mentions timber", "ribbon candle barrel saddle")
    return Case("ocr_layer_line_off", draft.bytes(), (box,), keep, text=None, images=True, moves=True)
