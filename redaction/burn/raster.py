"""Pixels: boxes painted into them, and what is left encoded for a PDF.

An encoded image holds nothing but its samples: JPEGs are written by Pillow from pixels with every
tag, comment and profile left behind, bilevel images as CCITT group 4, others as Flate.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from redaction.burn.pdfout import Name, Stream, Value

PixelBox = tuple[int, int, int, int]
"""x0, y0, x1, y1: pixel columns x0..x1-1 and rows y0..y1-1."""
Polygon = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Encoded:
    """An image ready to be written as an XObject."""

    stream: Stream
    width: int
    height: int
    mask: Encoded | None = None


def paint(image: Image.Image, boxes: Sequence[PixelBox], polygons: Sequence[Polygon] = ()) -> None:
    """Blackens boxes and polygons (in pixels) of a 1, L, RGB or CMYK image in place."""
    black: int | tuple[int, ...] = {"RGB": (0, 0, 0), "CMYK": (0, 0, 0, 255)}.get(image.mode, 0)
    draw = ImageDraw.Draw(image)
    for x0, y0, x1, y1 in boxes:
        if x1 > x0 and y1 > y0:
            draw.rectangle((x0, y0, x1 - 1, y1 - 1), fill=black)
    for polygon in polygons:
        draw.polygon([(x, y) for x, y in polygon], fill=black, outline=black)


def is_grey(pixels: NDArray[np.uint8]) -> bool:
    """True for H x W x 3 pixels whose channels are the same everywhere."""
    return bool(
        np.array_equal(pixels[..., 0], pixels[..., 1]) and np.array_equal(pixels[..., 1], pixels[..., 2])
    )


def encode(
    image: Image.Image, *, limit: int | None = None, quality: int = 88, lossless: bool = False
) -> Encoded:
    """G4 for two levels, Flate where `lossless` is asked for and small enough, else JPEG.

    `limit`: bytes that the image should not exceed (quality is lowered step by step, not below 40).
    """
    if image.mode == "1":
        return encode_bilevel(image)
    if image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    if lossless:
        if image.mode == "RGB" and is_grey(np.asarray(image)):
            image = image.getchannel(0)
        encoded = encode_flate(image)
        if limit is None or len(encoded.stream.data) <= limit:
            return encoded
    data = _jpeg(image, quality)
    while limit is not None and len(data) > limit and quality > 40:
        quality -= 8
        data = _jpeg(image, quality)
    return Encoded(_jpeg_stream(data, image.mode, image.size), *image.size)


def reencode_jpeg(image: Image.Image, *, limit: int) -> Encoded:
    """A JPEG opened by Pillow and painted in place, written with its own quantisation tables."""
    image.info.clear()
    if image.mode in ("L", "RGB") and image.format == "JPEG":
        buffer = io.BytesIO()
        try:
            image.save(buffer, "JPEG", quality="keep", optimize=False)
        except (ValueError, OSError):
            return encode(image, limit=limit)
        if buffer.tell() <= limit:
            return Encoded(_jpeg_stream(buffer.getvalue(), image.mode, image.size), *image.size)
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality="keep", optimize=True)
        if buffer.tell() <= limit:
            return Encoded(_jpeg_stream(buffer.getvalue(), image.mode, image.size), *image.size)
    return encode(image, limit=limit)


def encode_bilevel(image: Image.Image) -> Encoded:
    """A mode 1 image (True is white) as one CCITT group 4 strip."""
    buffer = io.BytesIO()
    width, height = image.size
    clean = Image.new("1", image.size)
    clean.paste(image)
    clean.save(buffer, "TIFF", compression="group4", tiffinfo={278: height, 262: 0})
    with Image.open(buffer) as tiff:
        tags = tiff.tag_v2  # type: ignore[attr-defined]
        offsets, counts, photometric = tags[273], tags[279], tags[262]
    raw = buffer.getvalue()
    if len(offsets) != 1:
        return encode_flate(image.convert("L"))
    data = raw[offsets[0] : offsets[0] + counts[0]]
    values: dict[str, Value] = _image(width, height, "DeviceGray", 1)
    values["Filter"] = Name("CCITTFaxDecode")
    values["DecodeParms"] = {"K": -1, "Columns": width, "Rows": height, "BlackIs1": photometric == 1}
    return Encoded(Stream(values, data), width, height)


def encode_flate(image: Image.Image, *, level: int = 6) -> Encoded:
    """L or RGB samples as Flate, without loss."""
    width, height = image.size
    space = "DeviceGray" if image.mode == "L" else "DeviceRGB"
    if image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    values = _image(width, height, space, 8)
    values["Filter"] = Name("FlateDecode")
    colours = image.getcolors(256)
    if colours is not None and len(colours) <= 256:
        return _indexed(image, colours, level)
    return Encoded(Stream(values, zlib.compress(image.tobytes(), level)), width, height)


def _indexed(image: Image.Image, colours: Sequence[tuple[int, object]], level: int) -> Encoded:
    """Few colours: 1, 2, 4 or 8 bits a pixel and their table."""
    width, height = image.size
    bits = next(b for b in (1, 2, 4, 8) if len(colours) <= 1 << b)
    pixels = np.asarray(image)
    if image.mode == "L":
        table = sorted(int(str(c)) for _, c in colours)
        lookup = np.zeros(256, np.uint8)
        lookup[table] = np.arange(len(table))
        indices = lookup[pixels]
        palette = bytes(table)
    else:
        packed = (
            (pixels[..., 0].astype(np.uint32) << 16)
            | (pixels[..., 1].astype(np.uint32) << 8)
            | pixels[..., 2]
        )
        values, flat = np.unique(packed, return_inverse=True)
        indices = flat.reshape(height, width).astype(np.uint8)
        palette = b"".join(int(v).to_bytes(3) for v in values)
    if bits < 8:
        per = 8 // bits
        padded = np.zeros((height, -(-width // per) * per), np.uint8)
        padded[:, :width] = indices
        indices = np.zeros((height, padded.shape[1] // per), np.uint8)
        for i in range(per):
            indices |= padded[:, i::per] << (8 - bits * (i + 1))
    space = "DeviceGray" if image.mode == "L" else "DeviceRGB"
    out = _image(width, height, space, bits)
    out["ColorSpace"] = [Name("Indexed"), Name(space), len(colours) - 1, palette]
    out["Filter"] = Name("FlateDecode")
    return Encoded(Stream(out, zlib.compress(indices.tobytes(), level)), width, height)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    Image.Image.save(_bare(image), buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _bare(image: Image.Image) -> Image.Image:
    if image.info:
        image.info.clear()
    return image


def _jpeg_stream(data: bytes, mode: str, size: tuple[int, int]) -> Stream:
    values = _image(size[0], size[1], "DeviceGray" if mode == "L" else "DeviceRGB", 8)
    values["Filter"] = Name("DCTDecode")
    return Stream(values, data)


def _image(width: int, height: int, space: str, bits: int) -> dict[str, Value]:
    return {
        "Type": Name("XObject"),
        "Subtype": Name("Image"),
        "Width": width,
        "Height": height,
        "ColorSpace": Name(space),
        "BitsPerComponent": bits,
    }
