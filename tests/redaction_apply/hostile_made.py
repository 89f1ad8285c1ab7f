"""Hostile files by chance: other secrets, layouts, fonts and boxes each time, several hiding places a file.

`made(seed)` gives the same file for the same seed. Every name is invented. A file has innocent words on
every page, one secret under a box (as a tool would draw it: tight, loose, or a little off), and further
copies of it wherever chance puts them.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from typing import Any

import pikepdf
import pymupdf
from hostile import Case
from pikepdf import Array, Dictionary, Name, String

SECRETS = (
    ("Thelonius Quackenbush", ("Quackenbush",)),
    ("960-84-7166", ("960-84-7166",)),
    ("Zoë Müller-Überström", ("Müller-Überström",)),
    ("MRN 4471-88-2093", ("4471-88-2093",)),
    ("q.zabriskie@example.org", ("zabriskie",)),
    ("Ingrid O'Mxyzptlk", ("Mxyzptlk",)),
    ("蓬莱院 珠緒", ("蓬莱院",)),
    ("GB29 NWBK 6016 1331 9268 19", ("NWBK 6016",)),
)
TEXT = "lantern velvet copper garden meadow harbor timber ribbon candle barrel saddle orchard pebble willow"
WORDS = TEXT.split()
FONTS = ("helv", "tiro", "cour", "hebo", "tiit")


class Sheetful:
    """A document being made, with its secret."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.secret, self.tokens = self.chance.choice(SECRETS)
        self.wide = any(ord(c) > 0x2E80 for c in self.secret)
        self.size = self.chance.choice([(612, 792), (595, 842), (420, 595), (842, 595)])
        self.font = self.chance.choice(FONTS)
        self.points = self.chance.choice([8, 9, 10, 11, 12, 14])
        self.doc: Any = pymupdf.open()
        self.keep: list[str] = []
        self.boxes: list[tuple[int, tuple[float, float, float, float]]] = []

    def line(self, count: int = 3) -> str:
        text = " ".join(self.chance.choice(WORDS) for _ in range(count))
        self.keep.append(text)
        return text

    def put(self, page: Any, point: tuple[float, float], text: str, **more: Any) -> float:
        """Writes a text; where it ends."""
        name = "cjk" if any(ord(c) > 0x2E80 for c in text) else self.font
        font = pymupdf.Font(name)
        writer = pymupdf.TextWriter(page.rect, **({"color": more["color"]} if "color" in more else {}))
        size = more.get("size", self.points)
        writer.append(point, text, font=font, fontsize=size)
        writer.write_text(page, render_mode=more.get("mode", 0), opacity=more.get("opacity", 1))
        return point[0] + float(font.text_length(text, size))

    def page(self, *, secret: bool) -> Any:
        width, height = self.size
        page = self.doc.new_page(width=width, height=height)
        leading = self.points * self.chance.choice([1.15, 1.3, 1.6])
        y = 60.0
        rows = self.chance.randint(8, 10 if height < 700 else 14)
        at = self.chance.randint(2, rows - 3)
        for row in range(rows):
            if secret and row == at:
                x = self.put(page, (40, y), self.line(1) + " ")
                end = self.put(page, (x, y), self.secret)
                self.put(page, (end, y), " " + self.line(1))
                self.boxes.append((page.number + 1, self.box(x, y, end)))
            else:
                self.put(page, (40, y), self.line())
            y += leading
        return page

    def box(self, x0: float, y: float, x1: float) -> tuple[float, float, float, float]:
        em, loose = self.points, self.chance.choice([0.0, 0.5, 1.0])
        off = self.chance.choice([-0.3, 0.0, 0.3])
        return (x0 - loose + off, y - 0.78 * em - loose, x1 + loose + off, y + 0.24 * em + loose)


Hide = Callable[[Sheetful, Any], None]
"""Adds a copy of the secret to a page of PyMuPDF's."""


def _elsewhere(made: Sheetful, page: Any) -> None:
    made.put(page, (40, made.size[1] - 48), made.secret)


def _white(made: Sheetful, page: Any) -> None:
    made.put(page, (40, made.size[1] - 90), made.secret, color=(1, 1, 1))


def _clear(made: Sheetful, page: Any) -> None:
    made.put(page, (40, made.size[1] - 75), made.secret, opacity=0)


def _tiny(made: Sheetful, page: Any) -> None:
    made.put(page, (240, made.size[1] - 32), made.secret, size=0.4)


def _unpainted(made: Sheetful, page: Any) -> None:
    made.put(page, (40, made.size[1] - 108), made.secret, mode=3)


def _outside(made: Sheetful, page: Any) -> None:
    made.put(page, (made.size[0] + 30, 100), made.secret)


def _covered(made: Sheetful, page: Any) -> None:
    y = made.size[1] - 128
    made.put(page, (40, y), made.secret)
    page.draw_rect(pymupdf.Rect(30, y - 20, 300, y + 10), color=None, fill=(0.8, 0.9, 0.8))


def _note(made: Sheetful, page: Any) -> None:
    note = page.add_text_annot((300, 30), made.secret)
    note.set_info(title=made.secret, subject=made.secret)
    note.update()


def _free_text(made: Sheetful, page: Any) -> None:
    y = made.size[1] - 172
    page.add_freetext_annot(
        pymupdf.Rect(40, y, 380, y + 24), made.secret if not made.wide else "memo"
    ).update()


def _link(made: Sheetful, page: Any) -> None:
    page.insert_link(
        {
            "kind": pymupdf.LINK_URI,
            "from": pymupdf.Rect(40, 40, 90, 52),
            "uri": "https://example.org/" + made.tokens[0],
        }
    )


def _field(made: Sheetful, page: Any) -> None:
    widget = pymupdf.Widget()
    widget.field_type = pymupdf.PDF_WIDGET_TYPE_TEXT
    widget.field_name = "person" + str(page.number)
    widget.field_value = made.secret if not made.wide else "saddle"
    widget.field_label = made.secret
    widget.rect = pymupdf.Rect(40, made.size[1] - 196, 380, made.size[1] - 176)
    page.add_widget(widget)


def _choice(made: Sheetful, page: Any) -> None:
    widget = pymupdf.Widget()
    widget.field_type = pymupdf.PDF_WIDGET_TYPE_COMBOBOX
    widget.field_name = "who" + str(page.number)
    widget.choice_values = [made.tokens[0], "meadow"]
    widget.field_value = "meadow"
    widget.rect = pymupdf.Rect(200, 30, 300, 46)
    page.add_widget(widget)


def _attached(made: Sheetful, page: Any) -> None:
    page.add_file_annot((350, 30), made.secret.encode(), made.tokens[0] + ".txt")
    made.doc.embfile_add(f"x{page.number}", made.secret.encode(), desc=made.secret)


def _bookmark(made: Sheetful, page: Any) -> None:
    made.doc.set_toc([[1, "Chapter", 1], [2, made.secret, page.number + 1]])


def _metadata(made: Sheetful, page: Any) -> None:
    made.doc.set_metadata({"title": made.secret, "keywords": made.tokens[0], "author": made.secret})
    made.doc.set_xml_metadata(f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{made.secret}</x:xmpmeta>")


def _turned(made: Sheetful, page: Any) -> None:
    """A copy in the margin, upwards."""
    if not made.wide:
        page.insert_text((20, made.size[1] - 40), made.secret, fontsize=8, rotate=90)


def _table(made: Sheetful, page: Any) -> None:
    y = made.size[1] - 266
    for row in range(3):
        for column in range(3):
            cell = pymupdf.Rect(40 + 100 * column, y + 20 * row, 140 + 100 * column, y + 20 * row + 20)
            page.draw_rect(cell, color=(0.2, 0.2, 0.2), width=0.5)
            text = made.secret if (row, column) == (1, 1) else made.line(1)
            made.put(page, (cell.x0 + 4, cell.y1 - 6), text, size=8)


def _picture(made: Sheetful, page: Any) -> None:
    """An innocent picture with the secret in its metadata."""
    from PIL import Image, PngImagePlugin

    kind = made.chance.choice(["JPEG", "PNG"])
    picture = Image.new("RGB", (60, 40), made.chance.choice([(200, 30, 30), (20, 90, 160)]))
    out = io.BytesIO()
    if kind == "JPEG":
        exif = Image.Exif()
        exif[0x010E] = made.tokens[0]
        picture.save(out, "JPEG", exif=exif.tobytes(), comment=made.secret.encode())
    else:
        info = PngImagePlugin.PngInfo()
        info.add_itxt("Comment", made.secret)
        picture.save(out, "PNG", pnginfo=info)
    page.insert_image(pymupdf.Rect(300, 200, 360, 240), stream=out.getvalue())


HIDES: tuple[Hide, ...] = (
    _elsewhere,
    _white,
    _clear,
    _tiny,
    _unpainted,
    _outside,
    _covered,
    _note,
    _free_text,
    _link,
    _field,
    _choice,
    _attached,
    _bookmark,
    _metadata,
    _turned,
    _table,
    _picture,
)

Spoil = Callable[[Sheetful, Any], None]
"""Changes the finished file (pikepdf.Pdf)."""


def _names(made: Sheetful, pdf: Any) -> None:
    """The secret as the name of a colour and of a resource."""
    word = "".join(c for c in made.tokens[0] if c.isascii() and c.isalnum())
    if not word:
        return
    resources = pdf.pages[0].obj.Resources
    if "/ColorSpace" not in resources:
        resources.ColorSpace = Dictionary()
    function = pdf.make_stream(b"{pop 0}", FunctionType=4, Domain=[0, 1], Range=[0, 1])
    resources.ColorSpace[f"/{word}"] = Array([Name.Separation, Name(f"/{word}"), Name.DeviceGray, function])
    pdf.pages[0].contents_add(pdf.make_stream(b"/%s cs 1 scn 300 20 10 10 re f" % word.encode()))


def _comment(made: Sheetful, pdf: Any) -> None:
    pdf.pages[0].contents_add(pdf.make_stream(b"% " + made.secret.encode() + b"\n"))


def _unknown_operator(made: Sheetful, pdf: Any) -> None:
    pdf.pages[0].contents_add(pdf.make_stream(b"BX <" + made.secret.encode().hex().encode() + b"> XYZ EX"))


def _marked(made: Sheetful, pdf: Any) -> None:
    text = String(made.secret).unparse()
    pdf.pages[0].contents_add(
        pdf.make_stream(b"/Span <</ActualText " + text + b" /Alt " + text + b">> BDC EMC"), prepend=True
    )


def _structure(made: Sheetful, pdf: Any) -> None:
    leaf = pdf.make_indirect(
        Dictionary(Type=Name.StructElem, S=Name.Figure, Alt=String(made.secret), T=String(made.secret))
    )
    pdf.Root.StructTreeRoot = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot, K=Array([leaf])))
    pdf.Root.MarkInfo = Dictionary(Marked=True)


def _private(made: Sheetful, pdf: Any) -> None:
    pdf.pages[0].obj.PieceInfo = Dictionary(App=Dictionary(Private=Array([String(made.secret)])))
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String(f"app.alert('{made.secret}')"))


def _layer_off(made: Sheetful, pdf: Any) -> None:
    group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String(made.secret)))
    form = pdf.make_stream(
        b"BT /F 9 Tf 40 20 Td " + String(made.secret).unparse() + b" Tj ET",
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=Array([0, 0, 600, 60]),
        OC=group,
        Resources=Dictionary(
            Font=Dictionary(F=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Courier))
        ),
    )
    page = pdf.pages[0].obj
    if "/XObject" not in page.Resources:
        page.Resources.XObject = Dictionary()
    page.Resources.XObject.Hid = form
    pdf.pages[0].contents_add(pdf.make_stream(b"q /Hid Do Q"))
    pdf.Root.OCProperties = Dictionary(
        OCGs=Array([group]), D=Dictionary(OFF=Array([group]), Order=Array([group]), Name=String(made.secret))
    )


def _rotated(made: Sheetful, pdf: Any) -> None:
    """The page turned: its boxes turn with it."""
    angle = made.chance.choice([90, 180, 270])
    width, height = made.size

    def turned(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        x0, y0, x1, y1 = box
        if angle == 90:
            return height - y1, x0, height - y0, x1
        if angle == 180:
            return width - x1, height - y1, width - x0, height - y0
        return y0, width - x1, y1, width - x0

    pdf.pages[0].obj.Rotate = angle
    made.boxes = [(page, turned(box) if page == 1 else box) for page, box in made.boxes]


def _cropped(made: Sheetful, pdf: Any) -> None:
    """A media box that begins elsewhere, and a crop that cuts nothing off."""
    page = pdf.pages[0].obj
    width, height = made.size
    page.MediaBox = Array([-20, -30, width + 20, height + 30])
    page.CropBox = Array([0, 0, width, height])


def _split(made: Sheetful, pdf: Any) -> None:
    """The content in pieces that end in the middle of things."""
    page = pdf.pages[0]
    page.contents_coalesce()
    data = page.obj.Contents.read_bytes()
    cuts = [data.find(b"\n", len(data) * k // 4) for k in (1, 2, 3)]
    cuts = sorted({c for c in cuts if c > 0})
    pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    page.obj.Contents = Array([pdf.make_stream(piece) for piece in pieces])


def _units(made: Sheetful, pdf: Any) -> None:
    """A page of units twice as large."""
    pdf.pages[0].obj.UserUnit = 2
    made.boxes = [(p, tuple(2 * v for v in b) if p == 1 else b) for p, b in made.boxes]  # type: ignore[misc]


SPOILS: tuple[Spoil, ...] = (
    _names,
    _comment,
    _unknown_operator,
    _marked,
    _structure,
    _private,
    _layer_off,
    _rotated,
    _cropped,
    _split,
    _units,
)


def made(seed: int) -> Case:
    """A file of one or two pages with some of all this."""
    work = Sheetful(seed)
    for number in range(work.chance.choice([1, 2])):
        work.page(secret=number == 0)
    for hide in work.chance.sample(HIDES, work.chance.randint(2, 4)):
        hide(work, work.doc[work.chance.randrange(work.doc.page_count)])
    work.doc.subset_fonts()
    first = work.doc.tobytes(garbage=work.chance.choice([0, 3]), deflate=True)
    names = []
    with pikepdf.open(io.BytesIO(first)) as pdf:
        turning = [s for s in SPOILS if s in (_rotated, _cropped, _units)]
        plain = [s for s in SPOILS if s not in turning]
        chosen = [
            *work.chance.sample(plain, work.chance.randint(0, 2)),
            *work.chance.sample(turning, work.chance.randint(0, 1)),
        ]
        for spoil in chosen:
            spoil(work, pdf)
            names.append(spoil.__name__)
        out = io.BytesIO()
        locked = work.chance.random() < 0.1
        encryption = pikepdf.Encryption(owner="o", user="opensesame", R=6) if locked else None
        modes = pikepdf.ObjectStreamMode
        pdf.save(
            out,
            encryption=encryption or False,
            linearize=not locked and work.chance.random() < 0.15,
            object_stream_mode=work.chance.choice([modes.generate, modes.disable]),
        )
    text = work.secret if work.chance.random() < 0.7 else None
    return Case(
        f"made {seed} ({', '.join(names)})",
        out.getvalue(),
        tuple(work.boxes),
        tuple(dict.fromkeys(work.keep)),
        "opensesame" if locked else None,
        text,
        secret=work.secret,
        tokens=work.tokens,
    )
