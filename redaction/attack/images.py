"""Embedded images as somebody would take them out of the file: pixels under boxes, metadata, tails.

Images are decoded at their own resolution, not rendered, so that a rectangle drawn over an untouched
image does not help. Placement comes from attack.content, decoding from pikepdf and Pillow.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redaction.attack.content import Drawn, Matrix, inherited, multiply
from redaction.attack.report import Report
from redaction.attack.sheet import library
from redaction.attack.structure import flate_size
from redaction.attack.visibility import place

Pixels = NDArray[np.uint8]
LOSSY = {"/DCTDecode", "/DCT", "/JPXDecode"}
RING = 16
"""Pixels along a box's edge in which JPEG blocks may ring."""
RINGING = 48
"""Grey levels by which they may ring; twice as many in one colour, which is coded more coarsely."""
EXACT = 3
LUMA = np.array([0.299, 0.587, 0.114])
"""ITU-R BT.601, as JFIF has it."""
MOST_PIXELS = 120_000_000


def page_matrix(page: Any) -> tuple[Matrix, float, float]:
    """(user space -> displayed points, width, height) of a pikepdf page dictionary."""
    media = _rect(inherited(page, "/MediaBox")) or (0.0, 0.0, 612.0, 792.0)
    crop = _rect(inherited(page, "/CropBox")) or media
    x0, y0 = max(media[0], crop[0]), max(media[1], crop[1])
    x1, y1 = min(media[2], crop[2]), min(media[3], crop[3])
    if x1 <= x0 or y1 <= y0:
        x0, y0, x1, y1 = media
    unit = float(page.get("/UserUnit", 1) or 1)
    turn = int(inherited(page, "/Rotate") or 0) % 360
    w, h = (x1 - x0) * unit, (y1 - y0) * unit
    base: Matrix = (unit, 0.0, 0.0, -unit, -x0 * unit, y1 * unit)
    turned: dict[int, tuple[Matrix, float, float]] = {
        0: ((1.0, 0.0, 0.0, 1.0, 0.0, 0.0), w, h),
        90: ((0.0, 1.0, -1.0, 0.0, h, 0.0), h, w),
        180: ((-1.0, 0.0, 0.0, -1.0, w, h), w, h),
        270: ((0.0, -1.0, 1.0, 0.0, 0.0, w), h, w),
    }
    matrix, width, height = turned.get(turn, turned[0])
    return multiply(base, matrix), width, height


def _rect(array: Any) -> tuple[float, float, float, float] | None:
    try:
        a, b, c, d = (float(v) for v in array)
    except (TypeError, ValueError):
        return None
    return min(a, c), min(b, d), max(a, c), max(b, d)


def filters(image: Any) -> list[str]:
    value = image.get("/Filter")
    if value is None:
        return []
    import pikepdf

    return [str(f) for f in value] if isinstance(value, pikepdf.Array) else [str(value)]


def decoded(image: Any) -> Pixels | None:
    """H x W x channels as stored, no colour conversion beyond what the codec does; None if undecodable."""
    import pikepdf
    from PIL import Image, UnidentifiedImageError

    width, height = int(image.get("/Width", 0)), int(image.get("/Height", 0))
    if width <= 0 or height <= 0 or width * height > MOST_PIXELS:
        return None
    try:
        if filters(image)[:1] in (["/DCTDecode"], ["/DCT"]):
            picture: Image.Image = Image.open(io.BytesIO(image.read_raw_bytes()))
        else:
            picture = pikepdf.PdfImage(image).as_pil_image()
        if picture.mode in ("P", "1"):
            picture = picture.convert("RGB" if picture.mode == "P" else "L")
        array = np.asarray(picture)
    except (pikepdf.PdfError, UnidentifiedImageError, ValueError, TypeError, OSError, NotImplementedError,
            AttributeError, KeyError):  # fmt: skip
        return _decoded_by_mupdf(image)
    if array.dtype == bool:
        array = array.astype(np.uint8) * 255
    if array.dtype != np.uint8:
        array = (array.astype(np.float64) / max(float(array.max()), 1.0) * 255).astype(np.uint8)
    return array[..., None] if array.ndim == 2 else array


def _decoded_by_mupdf(image: Any) -> Pixels | None:
    """What pikepdf can't decode (JBIG2 without a helper, odd colour spaces), alone in a file of its own."""
    import pikepdf

    pymupdf = library()
    try:
        carrier = pikepdf.new()
        buffer = io.BytesIO()
        page = carrier.add_blank_page(page_size=(10, 10))
        page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=carrier.copy_foreign(image)))
        carrier.save(buffer)
        with pymupdf.open(stream=buffer.getvalue(), filetype="pdf") as document:
            xref = document[0].get_images()[0][0]
            pixmap = pymupdf.Pixmap(document, xref)
            array = np.frombuffer(pixmap.samples, dtype=np.uint8).reshape(pixmap.height, pixmap.stride)
            return array[:, : pixmap.width * pixmap.n].reshape(pixmap.height, pixmap.width, pixmap.n).copy()
    except (pikepdf.PdfError, RuntimeError, ValueError, IndexError, AttributeError):
        return None


def under(pixels: Pixels, matrix: Matrix, box: tuple[float, float, float, float]) -> Pixels | None:
    """The image's pixels that lie wholly inside a box: h x w x c, or n x 1 x c for slanted images.

    `matrix`: unit square of the image -> displayed points. None where none does.
    """
    height, width = pixels.shape[:2]
    a, b, c, d, e, f = matrix
    det = a * d - b * c
    if abs(det) < 1e-9:
        return None
    x0, y0, x1, y1 = box
    corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], dtype=np.float64) - (e, f)
    u = (corners[:, 0] * d - corners[:, 1] * c) / det * width
    v = (1 - (corners[:, 1] * a - corners[:, 0] * b) / det) * height
    aligned = abs(b) + abs(c) < 1e-4 * (abs(a) + abs(d)) or abs(a) + abs(d) < 1e-4 * (abs(b) + abs(c))
    inward = 0.02 if aligned else 0.0
    left, right = int(np.ceil(u.min() - inward)), int(np.floor(u.max() + inward))
    top, bottom = int(np.ceil(v.min() - inward)), int(np.floor(v.max() + inward))
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    if right <= left or bottom <= top:
        return None
    region = pixels[top:bottom, left:right]
    if aligned:
        return region
    cols, rows = np.meshgrid(
        (np.arange(left, right) + 0.5) / width, 1 - (np.arange(top, bottom) + 0.5) / height
    )
    px, py = cols * a + rows * c + e, cols * b + rows * d + f
    margin = 0.71 * max(np.hypot(a, b) / width, np.hypot(c, d) / height)
    inside = (px >= x0 + margin) & (px <= x1 - margin) & (py >= y0 + margin) & (py <= y1 - margin)
    return region[inside][:, None, :] if inside.any() else None


def uniform(region: Pixels, *, lossy: bool) -> bool:
    """One colour, with JPEG's ringing along the edges where the codec is lossy."""
    if region.size == 0:
        return True
    flat = region.reshape(-1, region.shape[-1])
    if int((flat.max(0) - flat.min(0)).max()) <= EXACT:
        return True
    if not lossy:
        return False
    middle = np.median(flat, axis=0)
    if not only_rings(flat, middle):
        return False
    core = region[RING:-RING, RING:-RING] if region.shape[1] > 1 else region
    return core.size == 0 or float(np.abs(core - middle).max()) <= 2 * EXACT


def only_rings(flat: NDArray[Any], middle: NDArray[np.float64]) -> bool:
    """N x channels: differs from one colour by no more than JPEG does beside a box."""
    away = flat - middle
    if float(np.abs(away).max()) <= RINGING:
        return True
    if flat.shape[-1] != 3 or float(np.abs(away).max()) > 2 * RINGING:
        return False
    return float(np.abs(away @ LUMA).max()) <= RINGING


def attack_boxes(
    drawn: list[Drawn], page: Any, number: int, boxes: list[tuple[float, float, float, float]],
    report: Report, *, check: str = "images_under_boxes", what: str = "the box",
    cache: dict[Any, Pixels | None] | None = None,
) -> None:  # fmt: skip
    """Every image of a page where a box lies on it."""
    report.carried_out(check)
    to_displayed, _, _ = page_matrix(page)
    cache = {} if cache is None else cache
    for item in drawn:
        matrix = multiply(item.matrix, to_displayed)
        x0, y0, x1, y1 = _bounds(matrix)
        touched = [b for b in boxes if b[0] < x1 and b[2] > x0 and b[1] < y1 and b[3] > y0]
        if not touched:
            continue
        key = tuple(item.image.objgen)
        if key == (0, 0) or key not in cache:
            cache.clear()
            cache[key] = decoded(item.image)
        pixels = cache[key]
        if pixels is None:
            report.fail(
                check, f"image {item.name} on page {number} can't be decoded and lies under {what}", number
            )
            continue
        lossy = bool(LOSSY & set(filters(item.image)))
        for box in touched:
            region = under(pixels, matrix, box)
            if region is not None and not uniform(region, lossy=lossy):
                report.fail(
                    check,
                    f"image {item.name} on page {number} still has content under {what} at {place(box)}",
                    number,
                )


def _bounds(matrix: Matrix) -> tuple[float, float, float, float]:
    a, b, c, d, e, f = matrix
    xs, ys = (e, e + a, e + c, e + a + c), (f, f + b, f + d, f + b + d)
    return min(xs), min(ys), max(xs), max(ys)


def attack_container(image: Any, where: str, page: int | None, report: Report) -> bytes:
    """Metadata and bytes behind the picture. Returns what of the raw data is text-like, to be searched."""
    kinds = filters(image)
    raw = bytes(image.read_raw_bytes())
    if kinds == ["/DCTDecode"] or kinds == ["/DCT"]:
        return _jpeg(raw, where, page, report)
    if kinds == ["/JPXDecode"]:
        return _jpx(raw, where, page, report)
    if kinds == ["/FlateDecode"]:
        size, tail = flate_size(raw)
        expected = _pixel_bytes(image)
        if tail or (expected is not None and size > expected):
            report.fail("image_metadata", f"{where} holds bytes behind its pixels", page)
            return raw[-4096:] if tail else bytes(image.read_bytes())[expected:]
    elif not kinds:
        expected = _pixel_bytes(image)
        if expected is not None and len(raw) > expected:
            report.fail("image_metadata", f"{where} holds bytes behind its pixels", page)
            return raw[expected:]
    return b""


def _pixel_bytes(image: Any) -> int | None:
    """How many bytes the rows of an image take, predictor bytes included; None where that is unknown."""
    channels = 1 if image.get("/ImageMask", False) else _channels(image.get("/ColorSpace"))
    bits = 1 if image.get("/ImageMask", False) else int(image.get("/BitsPerComponent", 8))
    if channels is None:
        return None
    row = (int(image.get("/Width", 0)) * channels * bits + 7) // 8
    parms = image.get("/DecodeParms")
    predictor = int(parms.get("/Predictor", 1)) if hasattr(parms, "keys") else 1
    return int(image.get("/Height", 0)) * (row + (1 if predictor >= 10 else 0))


def _channels(space: Any) -> int | None:
    import pikepdf

    named = {"/DeviceGray": 1, "/DeviceRGB": 3, "/DeviceCMYK": 4, "/CalGray": 1, "/CalRGB": 3, "/Lab": 3,
             "/Indexed": 1, "/Separation": 1}  # fmt: skip
    if not isinstance(space, pikepdf.Array):
        return named.get(str(space))
    kind = str(space[0])
    if kind == "/ICCBased":
        return int(space[1].get("/N", 0)) or None
    return len(space[1]) if kind == "/DeviceN" else named.get(kind)


def _jpeg(raw: bytes, where: str, page: int | None, report: Report) -> bytes:
    """JFIF and Adobe markers may stay, nothing else that is no picture (ITU T.81, annex B)."""
    foreign: list[bytes] = []
    position = 2
    while position + 4 <= len(raw) and raw[position] == 0xFF:
        marker = raw[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        if marker == 0xD9:
            break
        length = int.from_bytes(raw[position + 2 : position + 4], "big")
        segment = raw[position + 4 : position + 2 + length]
        plain = (marker, segment[:5], len(segment)) in ((0xE0, b"JFIF\0", 14), (0xEE, b"Adobe", 12))
        if not plain and (0xE0 <= marker <= 0xEF or marker == 0xFE):
            foreign.append(segment)
            report.fail("image_metadata", f"{where} holds metadata (marker {marker:02X})", page)
        position += 2 + length
        if marker == 0xDA:
            position = _end_of_scan(raw, position)
    tail = raw[position + 2 :] if raw[position : position + 2] == b"\xff\xd9" else raw[position:]
    if tail.strip(b"\r\n\0"):
        foreign.append(tail)
        report.fail("image_metadata", f"{where} holds {len(tail)} bytes behind the picture", page)
    return b"\n".join(foreign)


def _end_of_scan(raw: bytes, position: int) -> int:
    """Offset of the marker that ends the entropy-coded data."""
    while True:
        position = raw.find(b"\xff", position)
        if position < 0 or position + 1 >= len(raw):
            return len(raw)
        if raw[position + 1] == 0 or 0xD0 <= raw[position + 1] <= 0xD7:
            position += 2
            continue
        return position


def _jpx(raw: bytes, where: str, page: int | None, report: Report) -> bytes:
    """Only the boxes that a picture needs (ISO 15444-1, annex I)."""
    if raw.startswith(b"\xff\x4f"):
        return b"" if raw.rstrip(b"\r\n\0").endswith(b"\xff\xd9") else raw[-4096:]
    foreign = []
    position = 0
    while position + 8 <= len(raw):
        size = int.from_bytes(raw[position : position + 4], "big")
        kind = raw[position + 4 : position + 8]
        size = len(raw) - position if size == 0 else size
        if size == 1:
            size = int.from_bytes(raw[position + 8 : position + 16], "big")
        if size < 8:
            break
        if kind not in (b"jP  ", b"ftyp", b"jp2h", b"jp2c"):
            foreign.append(raw[position : position + size])
            report.fail("image_metadata", f"{where} holds metadata", page)
        position += size
    return b"\n".join(foreign)
