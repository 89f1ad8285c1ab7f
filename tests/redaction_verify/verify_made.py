"""Sources, finished files and faults for the verifier's tests. The finished files are made here by hand:
the verifier must be right about files that our own redaction never made.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image, ImageDraw

from model.findings import Redaction
from model.geometry import Box

SECRET = "Ingrid Mxyzptlk 998-85-1017"
TOKENS = ("Mxyzptlk", "998-85-1017")
HEIGHT, WIDTH = 792, 612
LINES = (
    "lantern meadow north aligned with the text",
    "velvet harbour inner for",
    "copper garden south follows directly below",
    "timber candle final ends here",
)
AFTER = "outer ribbon"
SECRET_X, SECRET_Y = 220.0, 680.0
BOX = Box(218.0, HEIGHT - SECRET_Y - 10, 218.0 + 178, HEIGHT - SECRET_Y + 3)
SCAN_BOX = Box(150.0, 200.0, 420.0, 224.0)


@dataclass(frozen=True)
class Case:
    """A source, its boxes and a finished file that is clean."""

    source: bytes
    output: bytes
    redactions: tuple[Redaction, ...]


def show(text: str, x: float, y: float, size: float = 12, before: str = "") -> str:
    escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT {before} /F1 {size} Tf 1 0 0 1 {x} {y} Tm ({escaped}) Tj ET\n"


def text_content(*, secret: bool) -> str:
    rows = [show(line, 72, 700 - 20 * index) for index, line in enumerate(LINES)]
    rows.append(show(AFTER, 410, SECRET_Y))
    rows.append("q 0.2 0.4 0.7 rg 72 560 200 24 re f Q 0.7 w 72 540 m 500 540 l S\n")
    rows.append(show("shaded words stay", 80, 567, before="1 1 1 rg") + "0 0 0 rg\n")
    if secret:
        rows.append(show(SECRET, SECRET_X, SECRET_Y))
    else:
        b = BOX
        rows.append(f"0 0 0 rg {b.x0} {HEIGHT - b.y1} {b.width} {b.height} re f\n")
    return "".join(rows)


def helvetica() -> Dictionary:
    return Dictionary(
        Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding
    )


def new_page(pdf: pikepdf.Pdf, content: str | bytes, **resources: Any) -> Any:
    pdf.add_blank_page(page_size=(WIDTH, HEIGHT))
    page = pdf.pages[-1].obj
    font = pdf.make_indirect(helvetica())
    page.Resources = Dictionary(Font=Dictionary(F1=font), **resources)
    page.Contents = pdf.make_indirect(
        Stream(pdf, content if isinstance(content, bytes) else content.encode("latin-1"))
    )
    return page


def saved(pdf: pikepdf.Pdf, **options: Any) -> bytes:
    buffer = io.BytesIO()
    pdf.save(buffer, fix_metadata_version=False, deterministic_id="encryption" not in options, **options)
    return buffer.getvalue()


@cache
def text_case() -> Case:
    second = show("second page with plain innocent words", 72, 700) + show(
        "and a further line of them", 72, 680
    )
    files = []
    for secret in (True, False):
        pdf = pikepdf.new()
        new_page(pdf, text_content(secret=secret))
        new_page(pdf, second)
        files.append(saved(pdf))
    return Case(files[0], files[1], (Redaction(1, BOX, "personal data", text=SECRET),))


@cache
def paper() -> Image.Image:
    noise = np.random.default_rng(7).normal(0, 3, (1100, 850))
    return Image.fromarray((244 + noise).clip(0, 255).astype(np.uint8)).convert("RGB")


def scan_picture(*, burnt: bool, secret: bool = True) -> Image.Image:
    picture = paper().copy()
    draw = ImageDraw.Draw(picture)
    draw.text((100, 120), "Scanned copper record, upper line", fill=(25, 25, 30), font_size=28)
    draw.text((100, 420), "Lower line mentions timber and more", fill=(25, 25, 30), font_size=28)
    if secret:
        draw.text((215, 284), "Ingrid Mxyzptlk 998851017", fill=(25, 25, 30), font_size=24)
    if burnt:
        draw.rectangle(pixels_of(SCAN_BOX), fill=(0, 0, 0))
    return picture


def pixels_of(box: Box) -> tuple[int, int, int, int]:
    scale = 850 / WIDTH
    return (
        int(np.floor(box.x0 * scale)), int(np.floor(box.y0 * 1100 / HEIGHT)),
        int(np.ceil(box.x1 * scale)), int(np.ceil(box.y1 * 1100 / HEIGHT)),
    )  # fmt: skip


def jpeg(picture: Image.Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", **{"quality": 85, **options})
    return buffer.getvalue()


def image_stream(pdf: pikepdf.Pdf, raw: bytes, **more: Any) -> Any:
    return pdf.make_indirect(
        Stream(
            pdf,
            raw,
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=more.pop("Width", 850),
            Height=more.pop("Height", 1100),
            BitsPerComponent=8,
            ColorSpace=more.pop("ColorSpace", Name.DeviceRGB),
            Filter=more.pop("Filter", Name.DCTDecode),
            **more,
        )
    )


LAYER = show("Scanned copper record, upper line", 72, 686, 20, "3 Tr") + show(
    "Lower line mentions timber and more", 72, 470, 20, "3 Tr"
)


def scan_file(raw: bytes, layer: str, after: str = "") -> bytes:
    pdf = pikepdf.new()
    page = new_page(pdf, f"q {WIDTH} 0 0 {HEIGHT} 0 0 cm /Im1 Do Q\n" + layer + after)
    page.Resources.XObject = Dictionary(Im1=image_stream(pdf, raw))
    return saved(pdf)


@cache
def scan_case() -> Case:
    hidden = show(SECRET, 152, HEIGHT - 220, 20, "3 Tr")
    source = scan_file(jpeg(scan_picture(burnt=False)), LAYER + hidden)
    output = scan_file(jpeg(scan_picture(burnt=True)), LAYER)
    return Case(source, output, (Redaction(1, SCAN_BOX, "personal data", text=SECRET),))


# -- ways to spoil a file ---------------------------------------------------------------------------


Spoil = Callable[[bytes], bytes]


def by_pikepdf(change: Callable[[pikepdf.Pdf], None], **options: Any) -> Spoil:
    def spoil(data: bytes) -> bytes:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            change(pdf)
            return saved(pdf, **options)

    return spoil


def on_page(change: Callable[[pikepdf.Pdf, Any], None], index: int = 0) -> Spoil:
    return by_pikepdf(lambda pdf: change(pdf, pdf.pages[index].obj))


def added(content: str | bytes, index: int = 0) -> Spoil:
    """More operators at the end of a page."""
    raw = content if isinstance(content, bytes) else content.encode("latin-1")
    return on_page(lambda _, page: page.Contents.write(page.Contents.read_bytes() + b"\n" + raw), index)


def before(content: str, index: int = 0) -> Spoil:
    """More operators at the beginning of a page."""
    return on_page(
        lambda _, page: page.Contents.write(content.encode("latin-1") + b"\n" + page.Contents.read_bytes()),
        index,
    )


def replaced(old: str, new: str, index: int = 0) -> Spoil:
    def change(_: pikepdf.Pdf, page: Any) -> None:
        content = page.Contents.read_bytes()
        assert old.encode() in content
        page.Contents.write(content.replace(old.encode(), new.encode(), 1))

    return on_page(change, index)


def in_root(key: str, make: Callable[[pikepdf.Pdf], Any]) -> Spoil:
    return by_pikepdf(lambda pdf: pdf.Root.__setitem__(Name("/" + key), make(pdf)))


def in_page(key: str, make: Callable[[pikepdf.Pdf], Any]) -> Spoil:
    return on_page(lambda pdf, page: page.__setitem__(Name("/" + key), make(pdf)))


def in_image(key: str, make: Callable[[pikepdf.Pdf], Any]) -> Spoil:
    return on_page(lambda pdf, page: page.Resources.XObject.Im1.__setitem__(Name("/" + key), make(pdf)))


def in_font(key: str, make: Callable[[pikepdf.Pdf], Any]) -> Spoil:
    return on_page(lambda pdf, page: page.Resources.Font.F1.__setitem__(Name("/" + key), make(pdf)))


def stream_of(text: str | bytes, **entries: Any) -> Callable[[pikepdf.Pdf], Any]:
    raw = text if isinstance(text, bytes) else text.encode("utf-8")
    return lambda pdf: pdf.make_indirect(Stream(pdf, raw, **entries))


def other_image(make: Callable[[], bytes], **entries: Any) -> Spoil:
    """The scan's image with other data."""

    def change(pdf: pikepdf.Pdf, page: Any) -> None:
        page.Resources.XObject.Im1 = image_stream(pdf, make(), **entries)

    return on_page(change)


def before_xref(data: bytes, what: bytes) -> bytes:
    """Bytes after the last object, the pointer to the cross-reference put right."""
    start = int(data.rsplit(b"startxref", 1)[1].split()[0])
    head, tail = data[:start], data[start:]
    at = tail.rindex(b"startxref")
    return head + what + tail[:at] + b"startxref\n%d\n%%%%EOF\n" % (start + len(what))


def another_revision(data: bytes) -> bytes:
    """The usual incremental update: the catalog written once more behind the file."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        number = pdf.Root.objgen[0]
        size = int(pdf.trailer.Size)
        body = b"%d 0 obj\n" % number + pdf.Root.unparse(resolved=True) + b"\nendobj\n"
    previous = int(data.rsplit(b"startxref", 1)[1].split()[0])
    at = len(data)
    xref = b"xref\n%d 1\n%010d 00000 n \n" % (number, at)
    trailer = b"trailer\n<< /Size %d /Root %d 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
    return data + body + xref + trailer % (size, number, previous, at + len(body))


def orphan(data: bytes) -> bytes:
    """An object that nothing uses, listed in the cross-reference."""
    import pymupdf

    with pymupdf.open(stream=data, filetype="pdf") as document:
        number = document.get_new_xref()
        document.update_object(number, f"<< /Note ({SECRET}) >>")
        return bytes(document.tobytes(garbage=0))


def deleted_page(data: bytes) -> bytes:
    """A page taken out of the tree whose objects stay in the file."""
    import pymupdf

    with pymupdf.open(stream=data, filetype="pdf") as document:
        page = document.new_page()
        page.insert_text((72, 72), SECRET)
        document.delete_page(document.page_count - 1)
        return bytes(document.tobytes(garbage=0))


def annotation(subtype: str, **entries: Any) -> Spoil:
    def change(pdf: pikepdf.Pdf, page: Any) -> None:
        note = Dictionary(
            Type=Name.Annot, Subtype=Name("/" + subtype), Rect=Array([300, 100, 320, 120]), **entries
        )
        page.Annots = Array([pdf.make_indirect(note)])

    return on_page(change)


def form_field(pdf: pikepdf.Pdf) -> None:
    field = pdf.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Tx,
            T=String("patient"),
            V=String(SECRET),
            Rect=Array([300, 100, 320, 120]),
        )
    )
    pdf.pages[0].obj.Annots = Array([field])
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]))


def unpainted_form(pdf: pikepdf.Pdf, page: Any) -> None:
    form = Stream(
        pdf, show(SECRET, 0, 0).encode(), Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9])
    )
    page.Resources.XObject = Dictionary(Fx0=pdf.make_indirect(form))


def painted_form(pdf: pikepdf.Pdf, page: Any) -> None:
    unpainted_form(pdf, page)
    page.Resources.XObject.Fx0.BBox = Array([0, 0, 600, 20])
    page.Resources.XObject.Fx0.Resources = page.Resources
    page.Contents.write(page.Contents.read_bytes() + b"\nq 1 0 0 1 72 300 cm /Fx0 Do Q")


def lying_font(pdf: pikepdf.Pdf, page: Any) -> None:
    """Shows the secret's letters, but its ToUnicode map says that all are x."""
    cmap = "begincmap 1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfrange <20> <7E> ["
    cmap += "<0078>" * 95 + "] endbfrange endcmap"
    font = helvetica()
    font.ToUnicode = pdf.make_indirect(Stream(pdf, cmap.encode()))
    page.Resources.Font.F2 = pdf.make_indirect(font)
    text = show(SECRET, 72, 300).replace("/F1", "/F2")
    page.Contents.write(page.Contents.read_bytes() + b"\n" + text.encode())


def scrambled_font(pdf: pikepdf.Pdf, page: Any) -> None:
    """Codes that mean nothing, with a ToUnicode map that names the secret's letters."""
    letters = sorted(set(SECRET))
    pairs = "".join(f"<{0x80 + i:02X}> <{ord(c):04X}>" for i, c in enumerate(letters))
    cmap = "begincmap 1 begincodespacerange <00> <FF> endcodespacerange "
    cmap += f"{len(letters)} beginbfchar {pairs} endbfchar endcmap"
    font = helvetica()
    font.ToUnicode = pdf.make_indirect(Stream(pdf, cmap.encode()))
    page.Resources.Font.F2 = pdf.make_indirect(font)
    codes = "".join(f"{0x80 + letters.index(c):02X}" for c in SECRET)
    page.Contents.write(page.Contents.read_bytes() + f"\nBT /F2 12 Tf 72 300 Td <{codes}> Tj ET".encode())


def hidden_layer(pdf: pikepdf.Pdf, page: Any) -> None:
    group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("draft")))
    pdf.Root.OCProperties = Dictionary(
        OCGs=Array([group]), D=Dictionary(OFF=Array([group]), BaseState=Name.ON)
    )
    page.Resources.Properties = Dictionary(MC0=group)
    page.Contents.write(
        page.Contents.read_bytes() + b"\n/OC /MC0 BDC " + show("draft words", 72, 300).encode() + b" EMC"
    )


def with_tail(pdf: pikepdf.Pdf, page: Any) -> None:
    import zlib

    raw = zlib.compress(page.Contents.read_bytes()) + SECRET.encode()
    page.Contents = pdf.make_indirect(Stream(pdf, raw, Filter=Name.FlateDecode))


def flate_scan(*, extra: bytes = b"", after: bytes = b"") -> Spoil:
    import zlib

    def make() -> bytes:
        return zlib.compress(scan_picture(burnt=True).tobytes() + extra) + after

    def spoil(data: bytes) -> bytes:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            pdf.pages[0].obj.Resources.XObject.Im1 = image_stream(pdf, make(), Filter=Name.FlateDecode)
            return saved(pdf, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)

    return spoil


def glyphs(text: str, x: float, y: float) -> str:
    """Each letter shown by itself."""
    return (
        "BT /F1 12 Tf "
        + " ".join(f"1 0 0 1 {x + 8 * i} {y} Tm ({c}) Tj" for i, c in enumerate(text) if c != " ")
        + " ET\n"
    )


def octal(text: str) -> str:
    return "(" + "".join(f"\\{ord(c):03o}" for c in text) + ")"


def boxes_of(case: Case) -> Sequence[Redaction]:
    return case.redactions


def faint_scan() -> Image.Image:
    """The box as a scan has it that was blackened by 94 %."""
    picture = scan_picture(burnt=False)
    area = picture.crop(pixels_of(SCAN_BOX)).point(lambda v: int(v * 0.06))
    picture.paste(area, pixels_of(SCAN_BOX)[:2])
    return picture


def strip_scan() -> Image.Image:
    """The rectangle of another tool: 60 % of the height of the words."""
    picture = scan_picture(burnt=False)
    x0, y0, x1, y1 = pixels_of(SCAN_BOX)
    ImageDraw.Draw(picture).rectangle((x0, y0 + (y1 - y0) // 5, x1, y1 - (y1 - y0) // 5), fill=(0, 0, 0))
    return picture


def shifted_scan() -> Image.Image:
    picture = scan_picture(burnt=False)
    x0, y0, x1, y1 = pixels_of(SCAN_BOX)
    ImageDraw.Draw(picture).rectangle((x0 + 30, y0 + 12, x1 + 30, y1 + 12), fill=(0, 0, 0))
    return picture


def painted_scan() -> Image.Image:
    """An innocent line lost, with a scan's paper in its place."""
    picture = scan_picture(burnt=True)
    ImageDraw.Draw(picture).rectangle((90, 415, 700, 460), fill=(244, 244, 244))
    return picture


def exif() -> Image.Exif:
    tags = Image.Exif()
    tags[0x010E] = SECRET
    return tags
