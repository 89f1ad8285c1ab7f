"""A page that is nothing but its images, perhaps with an invisible text layer: a scan.

Such a page is not rendered and scaled up: each image is decoded, burnt at its own resolution and
encoded again in its own manner. Anything else on the page, and it is no scan.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.geometry import Box
from redaction.burn.ink import tidy
from redaction.burn.mu import library
from redaction.burn.opened import Affine, Opened, bounds, invert, multiply
from redaction.burn.pdfout import number
from redaction.burn.raster import Encoded, encode, paint, reencode_jpeg

SIZE = 1.3
"""An image may grow by this factor at most."""
_IGNORED = frozenset(["w", "J", "j", "M", "d", "ri", "i", "g", "G", "rg", "RG", "k", "K", "cs", "CS"])
_IGNORED |= {"BMC", "EMC", "MP", "DP", "BX", "EX", "n"}
_TEXT = frozenset(
    ["BT", "ET", "Tc", "Tw", "Tz", "TL", "Tf", "Tr", "Ts", "Td", "TD", "Tm", "T*", "Tj", "TJ", "'", '"']
)
IDENTITY: Affine = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(slots=True)
class Placed:
    """An image, where its unit square lies on the displayed page, and the part that shows."""

    xobject: Any
    matrix: Affine
    clip: tuple[float, float, float, float]
    lossless: bool = False
    """The samples came without loss and should stay so where that takes no more room."""


def images_of(
    opened: Opened, number_: int, to_page: Affine, width: float, height: float
) -> list[Placed] | None:
    """The images of a scan page, or None where the page is no scan."""
    page = opened.pike.pages[number_]
    found: list[Placed] = []
    resources = page.obj.get("/Resources") or inherited(page.obj, "/Resources")
    try:
        ok = _walk(page.obj, resources, to_page, (0.0, 0.0, width, height), found, opened, 0)
    except Exception:  # noqa: BLE001  (content that can't be read for sure is no plain scan)
        return None
    if not ok or not found:
        return None
    area = 0.0
    boxes = []
    for item in found:
        box = _meet(bounds(item.matrix, 0, 0, 1, 1), item.clip)
        if box is None:
            continue
        boxes.append(box)
        area += (box[2] - box[0]) * (box[3] - box[1])
    if area < 0.4 * width * height:
        return None
    for i, first in enumerate(boxes):
        for second in boxes[i + 1 :]:
            shared = _meet(first, second)
            if shared and min(shared[2] - shared[0], shared[3] - shared[1]) > 1.0:
                return None  # one lies behind the other: only the rendered page says what shows
    return found


def inherited(node: Any, key: str) -> Any:
    for _ in range(50):
        if node is None:
            return None
        if key in node:
            return node[key]
        node = node.get("/Parent")
    return None


def _walk(
    stream: Any,
    resources: Any,
    ctm: Affine,
    clip: tuple[float, float, float, float],
    found: list[Placed],
    opened: Opened,
    depth: int,
) -> bool:
    import pikepdf

    if depth > 4:
        return False
    stack: list[tuple[Affine, tuple[float, float, float, float]]] = []
    pending: tuple[float, float, float, float] | None = None
    clipping = False
    instructions: Any = pikepdf.parse_content_stream(stream)
    for operands, operator in instructions:
        op = str(operator)
        if op == "q":
            stack.append((ctm, clip))
        elif op == "Q":
            if stack:
                ctm, clip = stack.pop()
        elif op == "cm":
            ctm = multiply(tuple(float(v) for v in operands), ctm)  # type: ignore[arg-type]
        elif op == "re":
            x, y, w, h = (float(v) for v in operands)
            if pending is not None or abs(ctm[0] * ctm[1]) > 1e-6:
                return False
            pending = bounds(ctm, x, y, x + w, y + h)
        elif op in ("W", "W*"):
            clipping = True
        elif op == "n":
            if clipping:
                if pending is None:
                    return False
                clip = _meet(clip, pending) or (0.0, 0.0, 0.0, 0.0)
            pending, clipping = None, False
        elif op == "gs":
            if not _plain_state(resources["/ExtGState"][operands[0]]):
                return False
        elif op == "Do":
            xobject = resources["/XObject"][operands[0]]
            if "/OC" in xobject:
                return False
            if xobject.get("/Subtype") == "/Form":
                if "/Group" in xobject and xobject["/Group"].get("/S") == "/Transparency" and stack is None:
                    return False
                inner = multiply(_matrix(xobject), ctm)
                box = [float(v) for v in xobject["/BBox"]]
                cut = _meet(clip, bounds(inner, *box))
                if cut and not _walk(
                    xobject, xobject.get("/Resources", resources), inner, cut, found, opened, depth + 1
                ):
                    return False
                continue
            if any(key in xobject for key in ("/SMask", "/Mask")) or xobject.get("/ImageMask"):
                return False
            if not is_level(ctm):
                return False
            if _meet(bounds(ctm, 0, 0, 1, 1), clip):
                found.append(Placed(xobject, ctm, clip))
        elif op == "BDC":
            if str(operands[0]) == "/OC":
                return False
        elif op not in _IGNORED and op not in _TEXT:
            return False
    return True


def _matrix(xobject: Any) -> Affine:
    m = xobject.get("/Matrix")
    return IDENTITY if m is None else tuple(float(v) for v in m)  # type: ignore[return-value]


def _plain_state(state: Any) -> bool:
    """True for a graphics state that changes nothing about how an image looks."""
    if state.get("/SMask", "/None") != "/None" or state.get("/BM", "/Normal") not in (
        "/Normal",
        "/Compatible",
    ):
        return False
    return float(state.get("/ca", 1)) == 1.0 and "/TR" not in state


def is_level(m: Affine) -> bool:
    size = max(abs(v) for v in m[:4])
    return (abs(m[1]) < 1e-3 * size and abs(m[2]) < 1e-3 * size) or (
        abs(m[0]) < 1e-3 * size and abs(m[3]) < 1e-3 * size
    )


def _meet(a: Sequence[float], b: Sequence[float]) -> tuple[float, float, float, float] | None:
    x0, y0, x1, y1 = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


# -- pixels ---------------------------------------------------------------------------------------


def decode(opened: Opened, xobject: Any) -> tuple[Image.Image, int]:
    """The image's samples as mode 1, L or RGB, and the bytes it takes in the source.

    Raises ValueError for what neither Pillow nor MuPDF decodes.
    """
    pymupdf = library()

    raw = len(xobject.read_raw_bytes())
    if _jpeg(xobject):
        try:
            image: Image.Image = Image.open(io.BytesIO(xobject.read_raw_bytes()), formats=("JPEG",))
            if image.mode in ("L", "RGB"):
                image.load()
                return image, raw
        except (OSError, SyntaxError):
            pass
    try:
        pixmap = pymupdf.Pixmap(opened.mupdf, xobject.objgen[0])
        if pixmap.alpha:
            pixmap = pymupdf.Pixmap(pixmap, 0)
        if pixmap.colorspace is None or pixmap.colorspace.n not in (1, 3):
            pixmap = pymupdf.Pixmap(pymupdf.csRGB, pixmap)
    except Exception as error:  # noqa: BLE001
        raise ValueError(f"an image can't be decoded ({type(error).__name__})") from None
    mode = "L" if pixmap.n == 1 else "RGB"
    image = Image.frombuffer(
        mode, (pixmap.width, pixmap.height), pixmap.samples, "raw", mode, pixmap.stride, 1
    )
    image = image.copy()
    if int(xobject.get("/BitsPerComponent", 8)) == 1 or xobject.get("/Filter") in (
        "/CCITTFaxDecode",
        "/JBIG2Decode",
    ):
        grey = image.convert("L")
        if set(np.unique(np.asarray(grey)).tolist()) <= {0, 255}:
            return grey.convert("1", dither=Image.Dither.NONE), raw
    return image, raw


def _jpeg(xobject: Any) -> bool:
    import pikepdf

    chain = xobject.get("/Filter")
    if isinstance(chain, pikepdf.Array):
        chain = chain[0] if len(chain) == 1 else None
    if chain != "/DCTDecode" or "/Decode" in xobject:
        return False
    space = xobject.get("/ColorSpace")
    if isinstance(space, pikepdf.Array):
        kind = str(space[0])
        return kind in ("/CalGray", "/CalRGB") or (
            kind == "/ICCBased" and int(space[1].get("/N", 0)) in (1, 3)
        )
    return space in ("/DeviceGray", "/DeviceRGB")


def to_pixels(matrix: Affine, width: int, height: int) -> Affine:
    """Displayed points -> pixels (y down) of an image whose unit square lies at `matrix`."""
    unit = invert(matrix)
    return multiply(unit, (width, 0.0, 0.0, -height, 0.0, height))


def burn(
    image: Image.Image, raw: int, placed: Placed, boxes: Sequence[Box], *, careful: bool = False
) -> tuple[Encoded, Affine]:
    """The image with the boxes painted and the hidden margins cut off, and where its unit square lies.

    `careful`: of a quality at which even the smallest box is of one colour, whatever the size.
    """
    width, height = image.size
    inverse = to_pixels(placed.matrix, width, height)
    whole = bounds(placed.matrix, 0, 0, 1, 1)
    shown = _meet(whole, placed.clip) or whole
    pixel_boxes = []
    for box in boxes:
        x0, y0, x1, y1 = bounds(inverse, box.x0, box.y0, box.x1, box.y1)
        left, top = max(int(np.floor(x0 + 1e-3)), 0), max(int(np.floor(y0 + 1e-3)), 0)
        right, bottom = min(int(np.ceil(x1 - 1e-3)), width), min(int(np.ceil(y1 - 1e-3)), height)
        if right > left and bottom > top:
            pixel_boxes.append((left, top, right, bottom))
    tidy(image, pixel_boxes, max(width / max(whole[2] - whole[0], 0.1), 0.1))
    paint(image, pixel_boxes)
    x0, y0, x1, y1 = bounds(inverse, *shown)
    crop = (
        max(int(np.floor(x0 + 0.01)), 0),
        max(int(np.floor(y0 + 0.01)), 0),
        min(int(np.ceil(x1 - 0.01)), width),
        min(int(np.ceil(y1 - 0.01)), height),
    )
    matrix = placed.matrix
    cropped = image
    if crop != (0, 0, width, height) and crop[2] > crop[0] and crop[3] > crop[1]:
        cropped = image.crop(crop)
        unit = (
            (crop[2] - crop[0]) / width, 0.0, 0.0, (crop[3] - crop[1]) / height,
            crop[0] / width, 1 - crop[3] / height,
        )  # fmt: skip
        matrix = multiply(unit, placed.matrix)
    limit = max(int(raw * SIZE * (cropped.size[0] * cropped.size[1]) / (width * height)), 4000)
    if careful and cropped.mode != "1":
        return encode(cropped, quality=97), matrix
    if cropped is image and image.format == "JPEG":
        return reencode_jpeg(image, limit=limit), matrix
    return encode(cropped, limit=limit, lossless=placed.lossless or _lossless(placed.xobject)), matrix


def _lossless(xobject: Any) -> bool:
    """True where the source keeps its samples without loss and without a bilevel or JPEG 2000 code."""
    if xobject is None:
        return False
    last = str(xobject.get("/Filter", "")) if not hasattr(xobject.get("/Filter"), "append") else ""
    return not any(kind in last for kind in ("DCT", "JPX", "CCITT", "JBIG2"))


def draw(name: str, matrix: Affine, height: float) -> bytes:
    """Operators that paint image `name` with its unit square at `matrix` (displayed points, y down)."""
    m = multiply(matrix, (1.0, 0.0, 0.0, -1.0, 0.0, height))
    return b"q %s cm /%s Do Q\n" % (b" ".join(number(v) for v in m), name.encode())


def overview(
    image: Image.Image, matrix: Affine, width: float, height: float
) -> tuple[NDArray[np.uint8], float]:
    """A grey picture (H x W) of the displayed page at about 100 px an inch, and its px a point."""
    scale = 100 / 72
    size = (max(int(width * scale), 1), max(int(height * scale), 1))
    grey = image.convert("L")
    factor = max(1, int(min(grey.size[0] / size[0], grey.size[1] / size[1])))
    if factor > 1:
        grey = grey.reduce(factor)
    inverse = multiply(
        (1 / scale, 0.0, 0.0, 1 / scale, 0.0, 0.0), to_pixels(matrix, grey.size[0], grey.size[1])
    )
    a, b, c, d, e, f = inverse
    small = grey.transform(size, Image.Transform.AFFINE, (a, c, e, b, d, f), fillcolor=255)
    return np.asarray(small), scale
