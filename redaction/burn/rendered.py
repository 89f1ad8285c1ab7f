"""A page as pixels: MuPDF's rendering as an array that looks at the pixmap's own memory."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from redaction.burn.mu import library


def render(page: Any, scale: float, *, grey: bool = False) -> NDArray[np.uint8]:
    """The displayed page, annotations included: H x W x 3, or H x W for grey."""
    pymupdf = library()

    pixmap = page.get_pixmap(
        matrix=pymupdf.Matrix(scale, scale), colorspace=pymupdf.csGRAY if grey else pymupdf.csRGB, alpha=False
    )
    return np.asarray(_Samples(pixmap, 1 if grey else 3))


class _Samples:
    """A pixmap's memory as an array: a copy of a page is as long in the making as its comparison."""

    def __init__(self, pixmap: Any, channels: int) -> None:
        self.pixmap = pixmap  # arrays keep this object, and so the memory that they look at
        height, width, stride = int(pixmap.height), int(pixmap.width), int(pixmap.stride)
        self.__array_interface__ = {
            "version": 3,
            "typestr": "|u1",
            "shape": (height, width) if channels == 1 else (height, width, channels),
            "strides": (stride, 1) if channels == 1 else (stride, channels, 1),
            "data": (int(pixmap.samples_ptr), False),
        }
