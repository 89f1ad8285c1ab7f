"""The page's image as it is sent, and the way back from its pixels to those of the page.

Every engine has its own largest size; whatever it gets, its boxes come back to `page.array` through
`Sent.to_page`, with one factor an axis, so that rounding a size moves nothing.
"""

from __future__ import annotations

import base64
import hashlib
import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

from model.geometry import Frame, Transform

if TYPE_CHECKING:
    from engines.base import PageImage, Pixels

Format = Literal["png", "jpeg"]
JPEG_QUALITIES: Final = (92, 80, 65, 40)


@dataclass(frozen=True, slots=True)
class Fit:
    """What image an engine takes. Sizes in pixels; 0 = no such limit."""

    max_side: int = 0
    min_side: int = 0
    """Of the shorter side; smaller images are enlarged."""
    max_pixels: int = 0
    min_pixels: int = 0
    multiple: int = 1
    """Width and height are rounded to multiples of this (the patches of Qwen's models)."""
    max_bytes: int = 0
    """Of the encoded image, before base64."""
    format: Format = "jpeg"

    def size(self, width: int, height: int) -> tuple[int, int]:
        """The size at which an image of this size is sent, its proportions kept."""
        scale = 1.0
        if self.max_side and max(width, height) > self.max_side:
            scale = self.max_side / max(width, height)
        if self.min_side and min(width, height) * scale < self.min_side:
            scale = self.min_side / min(width, height)
        if self.multiple > 1:
            return self._rounded(width * scale, height * scale)
        if self.max_pixels and width * height * scale**2 > self.max_pixels:
            scale = math.sqrt(self.max_pixels / (width * height))
        if self.min_pixels and width * height * scale**2 < self.min_pixels:
            scale = math.sqrt(self.min_pixels / (width * height))
        return max(1, math.floor(width * scale + 1e-6)), max(1, math.floor(height * scale + 1e-6))

    def _rounded(self, width: float, height: float) -> tuple[int, int]:
        """smart_resize of Qwen's own qwen_vl_utils: the nearest multiples within the limits of pixels."""
        step = self.multiple
        w, h = max(step, round(width / step) * step), max(step, round(height / step) * step)
        if self.max_pixels and w * h > self.max_pixels:
            ratio = math.sqrt(width * height / self.max_pixels)
            w = max(step, math.floor(width / ratio / step) * step)
            h = max(step, math.floor(height / ratio / step) * step)
        elif self.min_pixels and w * h < self.min_pixels:
            ratio = math.sqrt(self.min_pixels / (width * height))
            w, h = math.ceil(width * ratio / step) * step, math.ceil(height * ratio / step) * step
        return w, h


@dataclass(frozen=True)
class Sent:
    """An encoded image of a page, `width` x `height` px."""

    data: bytes = field(repr=False)
    media_type: str
    width: int
    height: int
    page_width: int
    """Of the array that it was made from."""
    page_height: int

    @cached_property
    def to_page(self) -> Transform:
        """From pixels of the sent image to those of the page's array."""
        return Transform.scaling(
            Frame("sent", self.width, self.height), Frame("prepared", self.page_width, self.page_height)
        )

    @property
    def base64(self) -> str:
        return base64.b64encode(self.data).decode()

    @property
    def data_uri(self) -> str:
        return f"data:{self.media_type};base64,{self.base64}"

    def settings(self) -> dict[str, Any]:
        """What of it belongs to a reading's fingerprint."""
        digest = hashlib.sha256(self.data).hexdigest()
        return {"width": self.width, "height": self.height, "type": self.media_type, "sha256": digest}


def send(page: PageImage, fit: Fit) -> Sent:
    """The page's array resized and encoded as the engine takes it.

    A PNG too large becomes a JPEG, that one of lower quality, then of a smaller size. Raises ValueError where
    even that is too large.
    """
    width, height = fit.size(page.width, page.height)
    for _ in range(6):
        array = _resized(page.array, width, height)
        ways: list[tuple[Format, int]] = [("jpeg", quality) for quality in JPEG_QUALITIES]
        if fit.format == "png":
            ways.insert(0, ("png", 0))
        for form, quality in ways:
            data = _encoded(array, form, quality)
            if not fit.max_bytes or len(data) <= fit.max_bytes:
                return Sent(data, f"image/{form}", width, height, page.width, page.height)
        width = max(fit.multiple, int(width * 0.8) // fit.multiple * fit.multiple)
        height = max(fit.multiple, int(height * 0.8) // fit.multiple * fit.multiple)
    raise ValueError("the image is too large for this engine")


def _resized(array: Pixels, width: int, height: int) -> Pixels:
    import cv2
    import numpy as np

    if (array.shape[1], array.shape[0]) == (width, height):
        return array
    smaller = width * height < array.shape[0] * array.shape[1]
    way = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(array, (width, height), interpolation=way), np.uint8)


def _encoded(array: Pixels, form: Format, quality: int) -> bytes:
    import cv2
    import numpy as np

    bgr = cv2.cvtColor(np.ascontiguousarray(array), cv2.COLOR_RGB2BGR)
    if form == "png":
        done, data = cv2.imencode(".png", bgr, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    else:
        done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("the image cannot be encoded")
    return bytes(data)
