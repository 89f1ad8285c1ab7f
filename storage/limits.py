"""How much of a file is taken: bytes, pages, pixels, memory and time. Checked before anything is decoded.

Only the figures and the words of the refusals live here; the checks stand where the numbers are read
(storage.images, storage.pdf, storage.inspect).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from model.errors import OverLimit

MIB: Final = 1 << 20
MEGAPIXEL: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost. Every field can be raised by the person who runs Inkveil."""

    bytes: int = 100 * 1_000_000
    """Size of the file as it comes."""
    pages: int = 2000
    pixels: int = 120 * MEGAPIXEL
    """Pixels of one page image, and of one image inside a PDF."""
    memory: int = 3 << 30
    """Address space, in bytes, of the process that examines an unknown PDF."""
    seconds: float = 15.0
    """CPU seconds that examining an unknown PDF may take, and `seconds_a_page` more for each page."""
    seconds_a_page: float = 0.25


DEFAULT: Final = Limits()


def check_bytes(size: int, name: str, limits: Limits) -> None:
    """Raises OverLimit where the file is bigger than the limit."""
    if size > limits.bytes:
        raise OverLimit(
            f"{name} has {size / 1e6:,.0f} MB; at most {limits.bytes / 1e6:,.0f} MB are taken. "
            "Split the file or raise the limit.",
            file=name,
        )


def check_pages(count: int, name: str, limits: Limits) -> None:
    """Raises OverLimit where the file has more pages than the limit."""
    if count > limits.pages:
        raise OverLimit(
            f"{name} has {count:,} pages; at most {limits.pages:,} are taken. "
            "Split the file or raise the limit.",
            file=name,
        )


def check_pixels(width: int, height: int, name: str, page: int, limits: Limits) -> None:
    """Raises OverLimit where an image has more pixels than the limit."""
    if width * height > limits.pixels:
        raise OverLimit(
            f"Page {page} of {name} has an image of {width:,} x {height:,} pixels; at most "
            f"{limits.pixels / MEGAPIXEL:,.0f} megapixels a page are taken. "
            "Scan it again at a lower resolution.",
            file=name,
            page=page,
        )
