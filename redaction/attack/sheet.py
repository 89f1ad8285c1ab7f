"""One page of a PDF as MuPDF shows it: pixels, words, characters, all in displayed points.

PyMuPDF gives text in unrotated, crop-relative coordinates; everything here is turned into points of
the displayed page (after /Rotate, CropBox and UserUnit), origin top left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redaction.attack.needles import folded_words

Boxes = NDArray[np.float64]
"""N x 4: x0, y0, x1, y1."""
DPI = 72.0
CLOSE_DPI = 300.0
"""Render for boxes so small that the page's render shows nothing of them."""
BAND = 48
"""Points that a band of that render is high."""
KEPT_BANDS = 24
MOST_PIXELS = 4_000_000
CLOSER = 3
"""Times as many pixels a point, where a difference is looked at again."""
INVISIBLE = 3
WORD_FLAGS = 1 | 2048
"""pymupdf.TEXT_PRESERVE_LIGATURES and TEXT_IGNORE_ACTUALTEXT."""
CLIPPED = 64
"""pymupdf.TEXT_CLIP: letters wholly outside of the clip are left out."""
_PAINTED = 16 | 32
"""MuPDF's flags of characters that are filled or stroked."""


@dataclass(frozen=True)
class Chars:
    """Characters of a page in painting order, arrays of one length. A line ends with a line feed."""

    text: str
    boxes: Boxes
    cores: Boxes
    """The middle of each letter, 0.28 em above its base line: what lies there is a letter, not the
    upper or lower end of the next line's."""
    kind: NDArray[np.int8]
    """INVISIBLE for text that paints nothing (render modes 3 and 7), else 0."""


@dataclass
class Sheet:
    """An open page. `words` holds everything that can be extracted, on and off the page."""

    page: Any
    number: int
    width: float
    height: float
    words: list[str]
    boxes: Boxes
    scale: float
    """Pixels a point."""
    pixels: NDArray[np.uint8]
    """H x W x 3."""
    rotation: NDArray[np.float64]
    textpage: Any = None
    """MuPDF's text of the page, from which `words` came."""
    bands: dict[tuple[int, int], tuple[NDArray[np.uint8], float, tuple[int, int]]] = field(
        default_factory=dict
    )
    columns: bool = False
    """Some of the page's fonts write downwards."""
    aside: Boxes = field(default_factory=lambda: np.zeros((0, 4)))
    """Boxes and stamps: what is written there was added by the redaction."""

    @cached_property
    def chars(self) -> Chars:
        text: list[str] = []
        boxes: list[Sequence[float]] = []
        cores: list[tuple[float, float, float, float]] = []
        kinds: list[int] = []
        raw = self.textpage.extractRAWDICT() if self.textpage is not None else {"blocks": ()}
        for block in raw["blocks"]:
            for line in block.get("lines", ()):
                for span in line["spans"]:
                    chars = span["chars"]
                    text += [c["c"][:1] or "\ufffd" for c in chars]
                    lift = _lift(span, line)
                    for char in chars if lift else ():
                        char["bbox"] = (
                            char["bbox"][0],
                            char["bbox"][1] - lift,
                            char["bbox"][2],
                            char["bbox"][3] - lift,
                        )
                    boxes += [c["bbox"] for c in chars]
                    cores += _cores(span, line["dir"], line["wmode"] == 1)
                    kinds += [INVISIBLE if not span["char_flags"] & _PAINTED else 0] * len(chars)
                if text and not text[-1].isspace():  # a line's end parts words
                    text.append("\n")
                    boxes.append(boxes[-1])
                    cores.append(cores[-1])
                    kinds.append(kinds[-1])
        return Chars(
            "".join(text),
            displayed(np.array(boxes, dtype=np.float64).reshape(-1, 4), self.rotation),
            displayed(np.array(cores, dtype=np.float64).reshape(-1, 4), self.rotation),
            np.array(kinds, dtype=np.int8),
        )

    @cached_property
    def folded(self) -> list[tuple[str, ...]]:
        """Of each word the folded words in it."""
        return [tuple(folded_words(word)) for word in self.words]

    @cached_property
    def lettered(self) -> NDArray[np.bool_]:
        """Which words have letters or digits."""
        return np.array([bool(words) for words in self.folded], dtype=bool)

    @cached_property
    def painted(self) -> list[tuple[str, tuple[float, float, float, float]]]:
        """What was painted, in order: (MuPDF's name of the operation, displayed box)."""
        log = self.page.get_bboxlog() if self.page is not None else []
        boxes = displayed(np.array([b for _, b in log], dtype=np.float64).reshape(-1, 4), self.rotation)
        return [(name, (b[0], b[1], b[2], b[3])) for (name, _), b in zip(log, boxes.tolist(), strict=True)]

    @cached_property
    def draws_images(self) -> bool:
        """Whether the page's resources, its forms' included, hold images. Inline ones don't count."""
        return self.page is not None and bool(self.page.get_images(full=True))

    @cached_property
    def grey(self) -> NDArray[np.uint8]:
        """H x W."""
        import cv2

        return np.asarray(cv2.cvtColor(self.pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)

    @cached_property
    def steps(self) -> NDArray[np.uint8]:
        """H x W: how far each pixel's grey is from its left and upper neighbour's, the larger."""
        import cv2

        grey = self.grey
        steps = np.zeros_like(grey)
        steps[:, 1:] = cv2.absdiff(grey[:, 1:], grey[:, :-1])
        steps[1:] = cv2.max(steps[1:], cv2.absdiff(grey[1:], grey[:-1]))
        return steps

    def close(self, box: Sequence[float]) -> tuple[NDArray[np.uint8], float, tuple[int, int]]:
        """A band of the page at CLOSE_DPI around a box: pixels, their scale, and the first one's place.

        Bands are kept: many small boxes of one page are looked at in a few renders.
        """
        pymupdf = library()
        scale = CLOSE_DPI / 72
        low, high = int(box[1] // BAND), int(box[3] // BAND)
        if (low, high) not in self.bands:
            clip = pymupdf.Rect(0, low * BAND, self.width, (high + 1) * BAND) & self.page.rect
            pixmap = self.page.get_pixmap(
                matrix=pymupdf.Matrix(scale, scale), clip=clip, alpha=False, colorspace=pymupdf.csRGB
            )
            raw = np.frombuffer(pixmap.samples, dtype=np.uint8).reshape(pixmap.height, pixmap.stride)
            pixels = raw[:, : pixmap.width * 3].reshape(pixmap.height, pixmap.width, 3).copy()
            self.bands = {**self.bands, (low, high): (pixels, scale, (pixmap.x, pixmap.y))}
            while len(self.bands) > KEPT_BANDS:
                self.bands.pop(next(iter(self.bands)))
        return self.bands[low, high]

    def near(self, boxes: Boxes) -> bool:
        """Whether any word comes near a box; if none does, no character can stand under one."""
        return bool(len(self.boxes) and len(boxes) and touching(self.boxes, boxes).any())

    def region(self, box: tuple[float, float, float, float]) -> NDArray[np.uint8]:
        """The pixels that lie wholly inside a box of displayed points."""
        x0, y0 = (max(int(np.ceil(v * self.scale - 0.005)), 0) for v in box[:2])
        x1, y1 = (max(int(np.floor(v * self.scale + 0.005)), 0) for v in box[2:])
        return self.pixels[y0:y1, x0:x1]


def _cores(
    span: dict[str, Any], direction: tuple[float, float], vertical: bool
) -> list[tuple[float, float, float, float]]:
    """Small boxes at the middle of a span's letters, in MuPDF's coordinates.

    The em is taken from the letters' boxes: their `size` says nothing of text that is stretched in one
    direction, as the words of a searchable layer are to fit their place.
    """
    dx, dy = direction
    tall = max(span["ascender"] - span["descender"], 0.1)
    size = float(span["size"])
    turned = abs(dx * dx - dy * dy)
    wide, high = abs(dx), abs(dy)
    cores = []
    for char in span["chars"]:
        (ox, oy), (x0, y0, x1, y1) = char["origin"], char["bbox"]
        cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
        em = size
        if turned > 0.2:  # nearer to 45 degrees the bounds do not tell width from height
            em = abs((y1 - y0) * wide - (x1 - x0) * high) / turned / tall
        rx = ry = 0.02 * em
        if not vertical:
            along = (cx - ox) * dx + (cy - oy) * dy
            cx, cy = ox + along * dx + 0.28 * em * dy, oy + along * dy - 0.28 * em * dx
        if wide > 0.99:
            rx = max(rx, 0.15 * (x1 - x0))
        elif high > 0.99:
            ry = max(ry, 0.15 * (y1 - y0))
        cores.append((cx - rx, cy - ry, cx + rx, cy + ry))
    return cores


def flat(sheet: Sheet) -> bool:
    """Most of the page is an image, with at most invisible text, boxes, labels and stamps over it."""
    if sheet.page is None:
        return True
    if not sheet.draws_images:
        return False
    area = sheet.width * sheet.height
    images = [b for name, b in sheet.painted if name == "fill-image"]
    shown = any(
        name in ("fill-text", "stroke-text", "stroke-path") and not _within(box, sheet.aside)
        for name, box in sheet.painted
    )
    return not shown and any((b[2] - b[0]) * (b[3] - b[1]) > 0.4 * area for b in images)


def askew(sheet: Sheet) -> bool:
    """Whether an image is laid on the page at an angle: then nobody can keep its own pixels."""
    if sheet.page is None or not sheet.draws_images:
        return False
    for info in sheet.page.get_image_info():
        a, b, c, d = (abs(float(v)) for v in tuple(info["transform"])[:4])
        if min(max(a, d), max(b, c)) > 1e-3 * max(a, b, c, d):
            return True
    return False


def _within(box: tuple[float, float, float, float], others: Boxes) -> bool:
    """Whether one of the others holds the box, a glyph's bounds beyond its ink aside."""
    x0, y0, x1, y1 = box
    slack = 0.5 * (y1 - y0) + 2
    held = (others[:, 0] <= x0 + 2) & (others[:, 2] >= x1 - 2)
    return bool((held & (others[:, 1] <= y0 + slack) & (others[:, 3] >= y1 - slack)).any())


def library() -> Any:
    """PyMuPDF, imported late, its messages kept off standard error."""
    import pymupdf

    tools: Any = pymupdf.TOOLS
    tools.mupdf_display_errors(False)
    tools.mupdf_display_warnings(False)
    return pymupdf


def open_document(data: bytes, password: str | None = None) -> Any:
    """The PyMuPDF document of a PDF's bytes."""
    document = library().open(stream=data, filetype="pdf")
    if document.needs_pass and password is not None:
        document.authenticate(password)
    return document


def open_sheet(document: Any, number: int, *, dpi: float = DPI, text: bool = True) -> Sheet:
    """Page `number`, counted from 1. Large pages are rendered coarser."""
    pymupdf = library()
    page = document[number - 1]
    rect = page.rect
    scale = scale_for(rect.width, rect.height, dpi)
    pixmap = page.get_pixmap(matrix=pymupdf.Matrix(scale, scale), alpha=False, colorspace=pymupdf.csRGB)
    rows = np.frombuffer(pixmap.samples, dtype=np.uint8).reshape(pixmap.height, pixmap.stride)
    pixels = rows[:, : pixmap.width * 3].reshape(pixmap.height, pixmap.width, 3)
    rotation = turned(page)
    textpage = page.get_textpage(clip=pymupdf.INFINITE_RECT(), flags=WORD_FLAGS) if text else None
    found = textpage.extractWORDS() if textpage is not None else []
    boxes = np.array([w[:4] for w in found], dtype=np.float64).reshape(-1, 4)
    columns = any(str(font[5]).endswith("-V") for font in page.get_fonts())
    if columns:
        boxes = _raised(boxes, textpage)
    return Sheet(
        page,
        number,
        rect.width,
        rect.height,
        [w[4] for w in found],
        displayed(boxes, rotation),
        scale,
        pixels,
        rotation,
        textpage,
        columns=columns,
    )


def picture_sheet(picture: NDArray[np.uint8], number: int, width: float, height: float) -> Sheet:
    """A page that is an image file's frame (H x W x 3), rendered by MuPDF as the output's pages are.

    Another way of making it smaller would see other greys in thin strokes, and call that a loss.
    """
    pymupdf = library()
    mupdf = pymupdf.mupdf
    scale = scale_for(width, height)
    size = (max(int(np.ceil(width * scale - 1e-3)), 1), max(int(np.ceil(height * scale - 1e-3)), 1))
    rows, columns = picture.shape[:2]
    samples = np.ascontiguousarray(picture).tobytes()
    source = pymupdf.Pixmap(pymupdf.csRGB, columns, rows, samples, False)
    image = mupdf.fz_new_image_from_pixmap(source.this, mupdf.FzImage())
    colours = mupdf.fz_device_rgb()
    target = mupdf.fz_new_pixmap_with_bbox(colours, mupdf.FzIrect(0, 0, *size), mupdf.FzSeparations(), 0)
    mupdf.fz_clear_pixmap_with_value(target, 255)
    device = mupdf.fz_new_draw_device(mupdf.FzMatrix(), target)
    place = mupdf.FzMatrix(width * scale, 0, 0, height * scale, 0, 0)
    mupdf.fz_fill_image(device, image, place, 1.0, mupdf.FzColorParams())
    mupdf.fz_close_device(device)
    raw = np.frombuffer(bytes(mupdf.fz_pixmap_samples_memoryview(target)), dtype=np.uint8)
    pixels = (
        raw.reshape(size[1], target.fz_pixmap_stride())[:, : size[0] * 3].reshape(size[1], size[0], 3).copy()
    )
    none = np.zeros((0, 4))
    return Sheet(None, number, width, height, [], none, scale, pixels, np.array([1.0, 0, 0, 1, 0, 0]))


def closer(page: Any, scale: float, cells: tuple[int, int], cell: int) -> NDArray[np.uint8]:
    """Mean grey of the page's cells (rows, columns) of `cell` pixels at `scale`, made from a finer render.

    Made small at once, the edges of masks and clips show as lines that no other size of the page has.
    """
    import cv2

    pymupdf = library()
    fine = pymupdf.Matrix(scale * CLOSER, scale * CLOSER)
    pixmap = page.get_pixmap(matrix=fine, alpha=False, colorspace=pymupdf.csGRAY)
    rows = np.frombuffer(pixmap.samples_mv, dtype=np.uint8).reshape(pixmap.height, pixmap.stride)
    high, wide = (n * cell * CLOSER for n in cells)
    grey = rows[:high, : min(pixmap.width, wide)]
    grey = np.pad(grey, ((0, high - grey.shape[0]), (0, wide - grey.shape[1])), mode="edge")
    return np.asarray(cv2.resize(grey, cells[::-1], interpolation=cv2.INTER_AREA), dtype=np.uint8)


def scale_for(width: float, height: float, dpi: float = DPI) -> float:
    """Pixels a point: `dpi`, less for pages so large that the render would have too many pixels."""
    return float(min(dpi / 72.0, (MOST_PIXELS / max(width * height, 1.0)) ** 0.5))


def forget_images() -> None:
    """Empties MuPDF's store after a page with images: decoded, they would pile up to 256 MB.

    Not after others: the fonts and glyphs in it are what makes pages of text cheap.
    """
    library().TOOLS.store_shrink(100)


def _lift(span: dict[str, Any], line: dict[str, Any]) -> float:
    """How far above MuPDF's box a letter of a column is drawn, in its coordinates.

    It lets the box begin at the letter's base point. Only letters of Inkveil's own layer hang from that.
    """
    return 0.88 * float(span["size"]) if line["wmode"] == 1 and span["font"] != "InkveilLayer" else 0.0


def _raised(boxes: Boxes, textpage: Any) -> Boxes:
    """The boxes of words with those of columns where their letters are drawn."""
    result = boxes.copy()
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    for block in textpage.extractDICT()["blocks"]:
        for line in block.get("lines", ()):
            for span in line["spans"]:
                lift = _lift(span, line)
                x0, y0, x1, y1 = span["bbox"]
                if lift and len(boxes):
                    held = (middles[:, 0] >= x0) & (middles[:, 0] <= x1)
                    held &= (middles[:, 1] >= y0) & (middles[:, 1] <= y1)
                    result[held, 1] = boxes[held, 1] - lift
                    result[held, 3] = boxes[held, 3] - lift
    return result


def turned(page: Any) -> NDArray[np.float64]:
    """A b c d e f from MuPDF's coordinates of a page (before /Rotate) to the displayed ones.

    From the displayed size: `rotation_matrix` of PyMuPDF forgets UserUnit and believes crop boxes larger than
    the media box.
    """
    w, h = float(page.rect.width), float(page.rect.height)
    quarter = int(page.rotation) // 90 % 4
    rows = ([1, 0, 0, 1, 0, 0], [0, 1, -1, 0, w, 0], [-1, 0, 0, -1, w, h], [0, -1, 1, 0, 0, h])
    return np.array(rows[quarter], dtype=np.float64)


def displayed(boxes: Boxes, rotation: NDArray[np.float64]) -> Boxes:
    """Boxes through a matrix a b c d e f, upright again."""
    if not len(boxes):
        return boxes.reshape(-1, 4)
    a, b, c, d, e, f = rotation
    xs = boxes[:, 0::2, None] * a + boxes[:, None, 1::2] * c + e
    ys = boxes[:, 0::2, None] * b + boxes[:, None, 1::2] * d + f
    xs, ys = xs.reshape(-1, 4), ys.reshape(-1, 4)
    return np.stack([xs.min(1), ys.min(1), xs.max(1), ys.max(1)], axis=1)


def parted(boxes: Boxes, others: Boxes) -> NDArray[np.bool_]:
    """Between which words in a row, given by their N boxes, one of the others lies (N - 1 values).

    In one line it lies between the two; over the end of a line it lies behind the first word or before
    the second. What stood there is gone, so the two were no neighbours: they spell nothing together.
    """
    if len(boxes) < 2 or not len(others):
        return np.zeros(max(len(boxes) - 1, 0), dtype=bool)
    high = (boxes[:, 3] - boxes[:, 1])[:, None]
    level = np.minimum(boxes[:, None, 3], others[None, :, 3]) - np.maximum(
        boxes[:, None, 1], others[None, :, 1]
    ) > 0.3 * np.minimum(high, (others[:, 3] - others[:, 1])[None])
    middles = ((others[:, 0] + others[:, 2]) / 2)[None]
    behind = level & (middles > ((boxes[:, 0] + boxes[:, 2]) / 2)[:, None])
    before = level & (middles < ((boxes[:, 0] + boxes[:, 2]) / 2)[:, None])
    onward = (boxes[1:, 0] >= boxes[:-1, 0]) & (
        np.minimum(boxes[1:, 3], boxes[:-1, 3]) - np.maximum(boxes[1:, 1], boxes[:-1, 1]) > 0
    )
    same = (behind[:-1] & before[1:]).any(1)
    over = behind[:-1].any(1) | before[1:].any(1)
    return np.asarray(np.where(onward, same, over))


def shrunk(boxes: Boxes, x: float, y: float) -> Boxes:
    """Boxes less the share x of their width left and right and y of their height above and below."""
    w = (boxes[:, 2] - boxes[:, 0]) * x
    h = (boxes[:, 3] - boxes[:, 1]) * y
    return boxes + np.stack([w, h, -w, -h], axis=1)


def touching(boxes: Boxes, others: Boxes) -> NDArray[np.bool_]:
    """N x M: which share an area (or, for boxes without one, a point)."""
    a, b = boxes[:, None, :], others[None, :, :]
    return (np.minimum(a[..., 2], b[..., 2]) >= np.maximum(a[..., 0], b[..., 0])) & (
        np.minimum(a[..., 3], b[..., 3]) >= np.maximum(a[..., 1], b[..., 1])
    )
