"""Image files as documents: every frame as it is displayed, and its dots an inch."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageOps, ImageSequence

from model.errors import OverLimit, Unreadable

LARGEST = 250_000_000
"""Pixels of a frame."""


def frame_count(data: bytes, name: str) -> int:
    """Frames of an image file. Raises Unreadable."""
    with _open(data, name) as image:
        return int(getattr(image, "n_frames", 1)) if image.format in ("TIFF", "HEIF") else 1


def is_lossy(data: bytes, name: str) -> bool:
    """True for kinds of files whose pixels are approximations already."""
    with _open(data, name) as image:
        return image.format in ("JPEG", "MPO", "HEIF", "WEBP", "AVIF", "JPEG2000")


def frames(data: bytes, name: str) -> Iterator[tuple[Image.Image, float]]:
    """Each frame after EXIF orientation as mode 1, L or RGB with its dpi (72 where it states none).

    A JPEG that needs no turning is handed on as Pillow opened it, so that it can be encoded the way it was.
    Raises Unreadable and OverLimit.
    """
    with _open(data, name) as image:
        if image.format not in ("TIFF", "HEIF"):
            yield _frame(image, name), _dpi(image)
            return
        for frame in ImageSequence.Iterator(image):
            yield _frame(frame, name), _dpi(frame)


def _open(data: bytes, name: str) -> Image.Image:
    try:
        import pillow_heif

        pillow_heif.register_heif_opener()
    except ImportError:
        pass
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data))
    except Image.DecompressionBombError:
        raise OverLimit(f"{name} has more pixels than the limit.", file=name) from None
    except Exception as error:  # noqa: BLE001  (Pillow's plugins raise many kinds)
        raise Unreadable(
            f"{name} is no PDF and no image that can be opened ({type(error).__name__}).", file=name
        ) from None
    if image.width * image.height > LARGEST:
        raise OverLimit(f"{name} has {image.width} x {image.height} pixels, more than the limit.", file=name)
    return image


def _dpi(image: Image.Image) -> float:
    value = image.info.get("dpi")
    if isinstance(value, tuple) and value:
        dpi = float(value[0] or 0)
        if 1 < dpi < 10000:
            turned = (image.getexif().get(0x0112) or 1) >= 5 and len(value) > 1
            return float(value[1]) if turned and 1 < float(value[1]) < 10000 else dpi
    return 72.0


def _frame(image: Image.Image, name: str) -> Image.Image:
    try:
        image.load()
        if (
            (image.getexif().get(0x0112) or 1) == 1
            and image.mode in ("1", "L", "RGB")
            and image.format == "JPEG"
        ):
            return image
        turned = ImageOps.exif_transpose(image) or image
        return _plain(turned)
    except Exception as error:  # noqa: BLE001
        raise Unreadable(f"{name} is damaged ({type(error).__name__}).", file=name) from None


def _plain(image: Image.Image) -> Image.Image:
    """Mode 1, L or RGB on white."""
    if image.mode in ("1", "L", "RGB"):
        plain = image.copy()
        plain.info.clear()
        return plain
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image, dtype=np.uint16) >> 8).astype(np.uint8))
    if image.mode in ("I", "F"):
        values = np.asarray(image, dtype=np.float64)
        top = 65535.0 if values.max(initial=0) > 255 else 255.0
        return Image.fromarray(np.clip(values / top * 255, 0, 255).astype(np.uint8))
    if "A" in image.getbands() or "transparency" in image.info:
        rgba = image.convert("RGBA")
        ground = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
        return Image.alpha_composite(ground, rgba).convert("RGB")
    return image.convert("RGB")
