"""Image files through Pillow: every frame is a page; upright by EXIF, on white, at its stated resolution.

A page of an image file is the image at its dpi (72 where it states none). Where the two axes differ, as
in faxes, the coarser one is stretched, so that a pixel of the page image is square.
"""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

from model.errors import InkveilError, Unreadable
from model.geometry import POINTS_PER_INCH
from storage.limits import Limits, check_pages, check_pixels
from storage.sources import PageInfo, Source, TextWord

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

ORIENTATION: Final = 0x0112
FORMATS: Final = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/tiff": "TIFF",
    "image/heic": "HEIF",
    "image/webp": "WEBP",
    "image/bmp": "BMP",
    "image/gif": "GIF",
}
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
            self._image = _open(data, FORMATS[media_type])
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
            self._image.seek(number - 1)
            check_pixels(*self._image.size, self.name, number, self.limits)
            if self._image.format == "JPEG" and scale < 0.5:
                # The decoder can leave out what nobody will see; exact only for thumbnails.
                image = _upright(_rgb(_draft(self._data, self._path, size)))
            else:
                image = _upright(_rgb(self._image))
        if image.size != size:
            image = image.resize(size, Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BICUBIC)
        return np.array(image, dtype=np.uint8)

    def words(self, number: int) -> list[TextWord]:
        self.page(number)
        return []

    def close(self) -> None:
        self._image.close()

    def _examine(self) -> Iterator[PageInfo]:
        """Every frame's size from its header. Decodes nothing but, once, the first bytes of each frame."""
        with refusing(self.name):
            count = int(getattr(self._image, "n_frames", 1))
        check_pages(count, self.name, self.limits)
        for number in range(1, count + 1):
            with refusing(self.name, number):
                self._image.seek(number - 1)
                width, height = self._image.size
                across, down = _resolution(self._image)
                turned = self._image.getexif().get(ORIENTATION, 1) in {5, 6, 7, 8}
            dpi = max(across, down)
            width, height = round(width * dpi / across), round(height * dpi / down)
            check_pixels(width, height, self.name, number, self.limits)
            if turned:
                width, height = height, width
            points = POINTS_PER_INCH / dpi
            yield PageInfo(number, width * points, height * points, dpi, width, height, False)


def _open(data: bytes | Path, kind: str) -> Image.Image:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # storage.limits decides, before anything is decoded
    if kind == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    return Image.open(data if isinstance(data, Path) else io.BytesIO(data), formats=(kind,))


def _draft(data: bytes | None, path: Path | None, size: tuple[int, int]) -> Image.Image:
    image = _open(path if path is not None else data or b"", "JPEG")
    side = max(size)
    image.draft("RGB", (side, side))
    return image


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


def _rgb(image: Image.Image) -> Image.Image:
    """Eight bits, RGB, what is transparent on white."""
    from PIL import Image

    exif: Any = image.getexif()
    if image.mode.startswith(("I;16", "I", "F")):
        result = _eight_bit(image)
    elif image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        result = Image.new("RGB", image.size, "white")
        result.paste(layer, mask=layer.getchannel("A"))
    else:
        result = image.convert("RGB")
    if ORIENTATION in exif:
        result.getexif()[ORIENTATION] = exif[ORIENTATION]
    return result


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


def _upright(image: Image.Image) -> Image.Image:
    """Turned and mirrored as EXIF says."""
    from PIL import ImageOps

    return ImageOps.exif_transpose(image)


@contextlib.contextmanager
def refusing(name: str, page: int | None = None) -> Iterator[None]:
    """Turns whatever Pillow raises about a file into Unreadable."""
    try:
        yield
    except InkveilError:
        raise
    except Exception as error:
        where = f"Page {page} of {name}" if page else name
        raise Unreadable(
            f"{where} is damaged or cut short and can't be opened.", file=name, page=page
        ) from error
