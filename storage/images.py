"""Image files through Pillow: every frame is a page; upright by EXIF, on white, at its stated resolution.

A page of an image file is the image at its dpi (72 where it states none). Where the two axes differ, as
in faxes, the coarser one is stretched, so that a pixel of the page image is square.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

from model.errors import InkveilError, OverLimit, Unreadable
from model.geometry import POINTS_PER_INCH
from storage.limits import Limits, check_pages, check_pixels
from storage.sources import PageInfo, Source, TextWord

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

ORIENTATION: Final = 0x0112
TIFF: Final = "image/tiff"
READERS: Final = {
    "image/png": ("PIL.PngImagePlugin", "PngImageFile"),
    "image/jpeg": ("PIL.JpegImagePlugin", "JpegImageFile"),
    TIFF: ("PIL.TiffImagePlugin", "TiffImageFile"),
    "image/heic": ("pillow_heif", "HeifImageFile"),
    "image/webp": ("PIL.WebPImagePlugin", "WebPImageFile"),
    "image/bmp": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "image/gif": ("PIL.GifImagePlugin", "GifImageFile"),
}
"""Taken directly, not through Image.open: it would decide by itself what is too large, and would read a
phone's JPEG with a depth map behind it as a file of two pages."""
EXTENTS: Final = ((273, 279), (324, 325))
"""TIFF tags: where the strips (or tiles) stand in the file, and how long they are."""
HEIF_BRANDS: Final = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def sniff(head: bytes) -> str | None:
    """The media type by the first bytes, or None."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head[:4] in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}:
        return "image/tiff"
    if head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS:
        return "image/heic"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[:2] == b"BM" and len(head) > 26:
        return "image/bmp"
    if head[:6] in {b"GIF87a", b"GIF89a"}:
        return "image/gif"
    return None


class ImageSource(Source):
    """An open image file."""

    def __init__(
        self,
        data: bytes | Path,
        *,
        name: str,
        sha256: str,
        media_type: str,
        limits: Limits,
        pages: Sequence[PageInfo] | None = None,
    ) -> None:
        super().__init__(
            data if isinstance(data, Path) else None,
            None if isinstance(data, Path) else data,
            name=name, sha256=sha256, media_type=media_type, limits=limits,
        )  # fmt: skip
        self._guard = RLock()
        with refusing(name):
            self._image = _open(data, media_type)
        try:
            self.pages = tuple(pages) if pages is not None else tuple(self._examine())
        except BaseException:
            self.close()
            raise

    def render(
        self, number: int, *, dpi: float | None = None, max_side: int | None = None
    ) -> NDArray[np.uint8]:
        import numpy as np
        from PIL import Image

        info = self.page(number)
        width, height = info.width, info.height
        scale = 1.0 if dpi is None else dpi / info.dpi
        scale = min(scale, math.sqrt(self.limits.pixels / (width * height)))
        if max_side is not None:
            scale = min(scale, max_side / max(width, height))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        with self._guard, refusing(self.name, number):
            if self.media_type == "image/jpeg" and scale <= 0.5:
                image = _upright(self._smaller(max(size)))
            else:
                self._seek(number)
                image = _upright(self._image)
        if image.size != size:
            image = image.resize(size, Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BICUBIC)
        return np.array(image, dtype=np.uint8)

    def words(self, number: int) -> list[TextWord]:
        self.page(number)
        return []

    def close(self) -> None:
        self._image.close()

    def _seek(self, number: int) -> None:
        """Makes the page the current one, its header read, nothing decoded."""
        if self.media_type == TIFF:
            self._image.seek(number - 1)
        check_pixels(*self._image.size, self.name, number, self.limits)

    def _smaller(self, side: int) -> Image.Image:
        """A JPEG decoded at an eighth, a quarter or half of its size, still not below `side`."""
        image = _open(self._path if self._path is not None else self.data, self.media_type)
        image.draft("RGB", (side, side))
        return image

    def _examine(self) -> Iterator[PageInfo]:
        """Every frame's size from its header; then whether all of the file is there."""
        with refusing(self.name):
            # Frames of other kinds are an animation or a burst, not pages.
            count = int(getattr(self._image, "n_frames", 1)) if self.media_type == TIFF else 1
        check_pages(count, self.name, self.limits)
        for number in range(1, count + 1):
            with refusing(self.name, number):
                self._seek(number)
                width, height = self._image.size
                across, down = _resolution(self._image)
                if self._image.getexif().get(ORIENTATION, 1) in {5, 6, 7, 8}:
                    across, down = down, across
                    if self.media_type != TIFF:  # Pillow gives a TIFF's size as displayed
                        width, height = height, width
                dpi = max(across, down)
                width, height = round(width * dpi / across), round(height * dpi / down)
                check_pixels(width, height, self.name, number, self.limits)
                if self.media_type == TIFF:
                    _check_extents(self._image, self._size())
                else:
                    self._image.load()
            points = POINTS_PER_INCH / dpi
            yield PageInfo(number, width * points, height * points, dpi, width, height, False)

    def _size(self) -> int:
        return self._path.stat().st_size if self._path is not None else len(self.data)


def _open(data: bytes | Path, media_type: str) -> Image.Image:
    module, reader = READERS[media_type]
    file = str(data) if isinstance(data, Path) else io.BytesIO(data)
    image: Image.Image = getattr(importlib.import_module(module), reader)(file)
    return image


def _check_extents(image: Any, size: int) -> None:
    """Raises ValueError where a page's data lies beyond the end of the file."""
    tags = image.tag_v2
    for offsets, lengths in EXTENTS:
        for offset, length in zip(_numbers(tags.get(offsets)), _numbers(tags.get(lengths)), strict=False):
            if offset + length > size:
                raise ValueError("the file is cut short")


def _numbers(value: Any) -> tuple[int, ...]:
    return () if value is None else tuple(value) if isinstance(value, tuple) else (value,)


def _resolution(image: Image.Image) -> tuple[float, float]:
    """Stated dots an inch, across and down; 72 where none, or none that can be, is stated."""
    stated = image.info.get("dpi")
    try:
        across, down = (float(v) for v in stated)  # type: ignore[union-attr]
    except (TypeError, ValueError, ZeroDivisionError):
        return POINTS_PER_INCH, POINTS_PER_INCH
    if not (10 <= across <= 4800 and 10 <= down <= 4800) or not 0.2 <= across / down <= 5:
        return POINTS_PER_INCH, POINTS_PER_INCH
    if abs(across - down) <= 0.02 * max(across, down):
        return across, across
    return across, down


def _upright(image: Image.Image) -> Image.Image:
    """Eight bits, RGB, what is transparent on white, turned and mirrored as EXIF says."""
    from PIL import Image, ImageOps

    turned = ImageOps.exif_transpose(image)
    if turned.mode.startswith(("I", "F")):
        return _eight_bit(turned)
    if turned.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in turned.info:
        layer = turned.convert("RGBA")
        result = Image.new("RGB", layer.size, "white")
        result.paste(layer, mask=layer.getchannel("A"))
        return result
    return turned.convert("RGB")


def _eight_bit(image: Image.Image) -> Image.Image:
    """Sixteen bits or floating point brought to 0..255 by the range that the format states."""
    import numpy as np
    from PIL import Image

    values = np.asarray(image, dtype=np.float64)
    top = 65535.0 if image.mode.startswith("I") else max(1.0, float(np.nanmax(values, initial=1.0)))
    if image.mode == "I" and values.max(initial=0.0) <= 255:
        top = 255.0
    grey = np.nan_to_num(np.clip(values * (255.0 / top), 0, 255)).round().astype(np.uint8)
    return Image.fromarray(grey).convert("RGB")


@contextlib.contextmanager
def refusing(name: str, page: int | None = None) -> Iterator[None]:
    """Turns whatever Pillow raises about a file into Unreadable."""
    try:
        yield
    except InkveilError:
        raise
    except Exception as error:
        if isinstance(error, MemoryError) or type(error).__name__ == "DecompressionBombError":
            raise OverLimit(
                f"{name} has an image of far too many pixels. Scan it again at a lower resolution.",
                file=name, page=page,
            ) from None  # fmt: skip
        where = f"Page {page} of {name}" if page else name
        raise Unreadable(
            f"{where} is damaged or cut short and can't be opened.", file=name, page=page
        ) from error
