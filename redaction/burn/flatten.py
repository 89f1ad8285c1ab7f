"""A page that becomes an image: rendered, burnt, with its own visible words as a searchable layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.geometry import Box
from redaction.burn.ink import tidy
from redaction.burn.layer import LayerWord
from redaction.burn.page import PageOut
from redaction.burn.pdfout import number
from redaction.burn.raster import encode, is_grey, paint
from redaction.burn.rendered import render

DPI = 200
PREVIEW = 150 / 72
"""Pixels a point at which a page is looked at."""
LARGEST = 40_000_000
"""Pixels of the largest page image."""


def picture_scale(page: Any, width: float, height: float) -> float:
    """Pixels a point for the image of a page: 200 dpi, up to 300 where its images have it, within limits."""
    finest = DPI
    for info in page.get_image_info():
        box = info["bbox"]
        if box[2] - box[0] > 0.3 * width and box[3] - box[1] > 1:
            finest = max(finest, min(300, round(info["width"] / (box[2] - box[0]) * 72)))
    scale = finest / 72
    return min(scale, math.sqrt(LARGEST / max(width * height, 1.0)))


def preview_scale(width: float, height: float) -> float:
    """Pixels a point at which a page of this size is looked at: 150 dpi, less for the largest drawings."""
    return min(PREVIEW, math.sqrt(LARGEST / max(width * height, 1.0)))


def flatten(
    page: Any,
    width: float,
    height: float,
    boxes: Sequence[Box],
    layer: Sequence[LayerWord],
    *,
    pixels: NDArray[np.uint8] | None = None,
    scale: float | None = None,
) -> PageOut:
    """The page as one image with `boxes` burnt in. `pixels`: the page rendered at `scale` already."""
    if scale is None or pixels is None:
        scale = picture_scale(page, width, height)
        pixels = render(page, scale)
    image = Image.fromarray(pixels[..., 0] if pixels.ndim == 3 and is_grey(pixels) else pixels)
    burn_page(image, boxes, scale)
    encoded = encode(image, quality=85)
    # The pixmap may be a fraction of a pixel larger than the page: it is placed by its own size.
    body = b"q %s 0 0 %s 0 %s cm /I0 Do Q\n" % (
        number(image.width / scale),
        number(image.height / scale),
        number(height - image.height / scale),
    )
    return PageOut(width, height, body, {"I0": encoded}, layer=list(layer), painted=list(boxes))


def burn_page(image: Image.Image, boxes: Sequence[Box], scale: float) -> None:
    """Paints boxes (displayed points) into a picture of the page."""
    pixel_boxes = [
        (
            max(math.floor(b.x0 * scale + 1e-3), 0),
            max(math.floor(b.y0 * scale + 1e-3), 0),
            min(math.ceil(b.x1 * scale - 1e-3), image.width),
            min(math.ceil(b.y1 * scale - 1e-3), image.height),
        )
        for b in boxes
    ]
    tidy(image, [(x0, y0, x1, y1) for x0, y0, x1, y1 in pixel_boxes if x1 > x0 and y1 > y0], scale)
    paint(image, pixel_boxes)
