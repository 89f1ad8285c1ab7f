"""Small files, each hiding a secret in one place: what they share, and where they register.

corpus has all of them. Every page holds four lines of innocent words; the secret stands in the second
line (or in an image) under a box, and a further copy of it hides where the case's name says. Boxes are
points of the displayed page, origin top left. Nothing here is random: the same files every time.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name
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
"""Files of hostile_text, hostile_marks and hostile_files, once those are imported; see corpus."""


def place(builder: Callable[[], Case]) -> Callable[[], Case]:
    MORE[builder.__name__] = cache(builder)
    return MORE[builder.__name__]


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


def copy(y: float = 90, x: float = 72, size: float = 6) -> bytes:
    return b"BT /F1 %g Tf %g %g Td %s Tj ET" % (size, x, y, literal(SECRET))


def simple(name: str, draft: Draft, **values: Any) -> Case:
    return Case(name, draft.bytes(), (draft.box(),), **values)


# -- images and outlines ---------------------------------------------------------------------------


def scan_picture(width_px: int = 850, height_px: int = 1100, mode: str = "L") -> Image.Image:
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


def image_of(draft: Draft, data: bytes, size: tuple[int, int], **values: Any) -> Any:
    return draft.stream(data, Type=Name.XObject, Subtype=Name.Image, Width=size[0], Height=size[1], **values)


def flate(draft: Draft, picture: Image.Image, **values: Any) -> Any:
    space = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB}[picture.mode]
    return image_of(draft, picture.tobytes(), picture.size, ColorSpace=space, BitsPerComponent=8, **values)


def jpeg(picture: Image.Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=80, **options)
    return buffer.getvalue()


def scan(name: str, draft: Draft, image: Any, **values: Any) -> Case:
    draft.page.Resources.XObject.I = image
    if not draft.parts:
        draft.add(b"q 612 0 0 792 0 0 cm /I Do Q")
    return Case(name, draft.bytes(), (SCAN_BOX,), **{"keep": (), "images": True, **values})


def dct(draft: Draft, data: bytes, size: tuple[int, int] = (850, 1100), space: Any = Name.DeviceGray) -> Any:
    return image_of(draft, data, size, ColorSpace=space, BitsPerComponent=8, Filter=Name.DCTDecode)


@cache
def outline() -> bytes:
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
