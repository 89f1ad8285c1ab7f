"""A file's pages as everybody sees them: their geometry, their image, their own text.

`open_source` finds out what a file is by its content, never by its name, checks it against the limits
before anything is decoded, and opens it. PDF files are in storage.pdf, images in storage.images.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from model.errors import Unreadable, UsageError
from model.geometry import Box, Frame, Point, Quad, image_frame, points_frame
from storage.limits import DEFAULT, Limits, check_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

PDF: Final = "application/pdf"


@dataclass(frozen=True, slots=True)
class PageInfo:
    """One displayed page: after /Rotate, CropBox and UserUnit, or after EXIF orientation."""

    number: int
    """From 1."""
    width_pt: float
    height_pt: float
    dpi: float
    """Resolution of the page image: pixels = points * dpi / 72, on both axes."""
    width: int
    """Pixels of the page image."""
    height: int
    has_text: bool
    """The page has a text layer of its own (a born-digital page, or an earlier OCR's)."""

    @property
    def image(self) -> Frame:
        return image_frame(self.width, self.height)

    @property
    def points(self) -> Frame:
        return points_frame(self.width_pt, self.height_pt)


@dataclass(frozen=True, slots=True)
class TextWord:
    """A word of the file's own text layer, in PDF points of the displayed page."""

    text: str
    box: Box
    line: int
    """Number of its line on the page, from 0 in the file's order."""
    vertical: bool = False
    """Its characters run from top to bottom (writing mode 1)."""
    invisible: bool = False
    """Drawn in render mode 3, without fill or stroke: the layer that an OCR program put over a scan."""
    angle: float = 0.0
    """Direction of its base line on the displayed page in degrees, clockwise: 0, 90 ... or a slant."""
    chars: tuple[Box, ...] = ()
    """One box for each character of the text."""

    @property
    def quad(self) -> Quad:
        """The box's corners, beginning at the text's own top left (to the nearest quarter turn)."""
        box = self.box
        corners: list[Point] = [(box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1)]
        turn = 0 if self.vertical else round(self.angle / 90) % 4
        a, b, c, d = corners[turn:] + corners[:turn]
        return Quad((a, b, c, d))


class Source(ABC):
    """An open file. A context manager; may be used from several threads."""

    def __init__(
        self,
        path: Path | None,
        data: bytes | None,
        *,
        name: str,
        sha256: str,
        media_type: str,
        limits: Limits,
    ) -> None:
        self._path = path
        self._data = data
        self.name = name
        self.sha256 = sha256
        self.media_type = media_type
        self.limits = limits
        self.pages: tuple[PageInfo, ...] = ()

    @property
    def data(self) -> bytes:
        """The file as it came."""
        if self._data is not None:
            return self._data
        if self._path is None:
            raise ValueError("a source without a file")
        return self._path.read_bytes()

    def page(self, number: int) -> PageInfo:
        """Raises UsageError where the file has no such page."""
        if not 1 <= number <= len(self.pages):
            raise UsageError(f"{self.name} has {len(self.pages)} pages, not a page {number}.", file=self.name)
        return self.pages[number - 1]

    @abstractmethod
    def render(
        self, number: int, *, dpi: float | None = None, max_side: int | None = None
    ) -> NDArray[np.uint8]:
        """The page image as displayed: H x W x 3, RGB.

        At PageInfo.dpi (then its size is exactly PageInfo.height x width), at another resolution, or
        scaled so that its longer side has at most `max_side` pixels. Never above the pixel limit.
        Raises Unreadable where the page is damaged.
        """

    @abstractmethod
    def words(self, number: int) -> list[TextWord]:
        """The file's own text layer on the page; empty for a scan or an image."""

    @abstractmethod
    def close(self) -> None: ...

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_source(
    data: bytes | Path,
    name: str,
    *,
    password: str | None = None,
    limits: Limits = DEFAULT,
    sha256: str | None = None,
    pages: Sequence[PageInfo] | None = None,
) -> Source:
    """Opens a PDF, PNG, JPEG, TIFF, HEIC, WebP, BMP or GIF.

    `sha256` and `pages` are given where they are known from an earlier opening of the same bytes; then
    the pages are not examined again. Raises Unreadable, PasswordNeeded or OverLimit.
    """
    path = data if isinstance(data, Path) else None
    try:
        size = path.stat().st_size if path else len(data)  # type: ignore[arg-type]
        check_bytes(size, name, limits)
        if size == 0:
            raise Unreadable(f"{name} is empty: it has 0 bytes.", file=name)
        head = _head(data)
        if sha256 is None:
            sha256 = _digest(data)
    except OSError as error:
        raise Unreadable(f"{name} can't be read: {error.strerror}.", file=name) from error
    common: dict[str, Any] = {"name": name, "sha256": sha256, "limits": limits}
    if b"%PDF-" in head:
        from storage.pdf import PdfSource

        return PdfSource(data, password=password, pages=pages, **common)
    from storage.images import ImageSource, sniff

    media_type = sniff(head)
    if media_type is None:
        raise Unreadable(_not_a_document(name, head), file=name)
    return ImageSource(data, media_type=media_type, pages=pages, **common)


def _not_a_document(name: str, head: bytes) -> str:
    if name.lower().endswith(".pdf"):
        what = "is named .pdf but is no PDF"
    elif b"\0" not in head:
        what = "is a text file"
    else:
        what = "is of no known kind"
    return f"{name} {what}. Inkveil takes PDF, PNG, JPEG, TIFF, HEIC, WebP, BMP and GIF."


def _head(data: bytes | Path) -> bytes:
    """The first 1,024 bytes: a PDF's header may stand anywhere in them (ISO 32000-1, annex H.3.4.1)."""
    if isinstance(data, Path):
        with data.open("rb") as file:
            return file.read(1024)
    return bytes(data[:1024])


def _digest(data: bytes | Path) -> str:
    if isinstance(data, Path):
        with data.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256(data).hexdigest()
