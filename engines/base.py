"""What an engine is: the page image that it gets, the protocol it keeps, the reading it returns.

An engine's file holds its client call and a pure `parse(answer) -> tuple[Word, ...]` beside it. Which
engines exist is engines.registry; who calls them, and what happens to their failures, engines.recognise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from model.geometry import Frame, Quad, Transform
from model.words import Reading, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from storage.sources import Source

    Pixels = NDArray[np.uint8]

BoxKind = Literal["word", "line", "block", "none"]


@dataclass(frozen=True)
class PageImage:
    """One prepared page as the engines see it: RGB pixels, upright, at a known resolution."""

    array: Pixels
    """uint8, height x width x 3, RGB."""
    dpi: float
    languages: tuple[str, ...] = ("en",)
    """ISO 639-1 codes, and "ja-vert" for Japanese that runs from top to bottom."""
    sha256: str = ""
    """Of the array's bytes; see `fingerprint`."""
    source: Source | None = None
    page: int = 1
    to_page: Transform | None = None
    """Leads from this array's pixels to those of the page image; None where they are the same."""
    shared: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """What one engine of this page worked out and another may use (RapidOCR's lines, say)."""

    @property
    def width(self) -> int:
        return int(self.array.shape[1])

    @property
    def height(self) -> int:
        return int(self.array.shape[0])

    def from_page(self, quad: Quad) -> Quad:
        """A quad in pixels of the page image, in pixels of this array."""
        return quad if self.to_page is None else self.to_page.inverse().quad(quad)

    def page_size(self) -> tuple[float, float]:
        """Width and height of the page image in pixels."""
        frame = Frame("image", self.width, self.height) if self.to_page is None else self.to_page.target
        return frame.width, frame.height


@runtime_checkable
class Engine(Protocol):
    """An OCR engine. One instance serves one process; `recognise` may be called from several threads."""

    name: str
    title: str
    privacy: str
    """"local", or the provider that sees the image."""
    boxes: BoxKind
    confidence: bool

    def availability(self) -> str | None:
        """None where the engine can run, else the reason in one line with its remedy."""

    def version(self) -> str:
        """Version of the engine; empty where it is not installed."""

    def recognise(self, page: PageImage) -> Reading:
        """What stands on the page, in pixels of `page.array`. Raises EngineFailed."""


def fingerprint(array: Pixels) -> str:
    """SHA-256 of an image's size and pixels."""
    import numpy as np

    digest = hashlib.sha256(repr(array.shape).encode())
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def reading_of(
    engine: Engine,
    page: PageImage,
    words: Sequence[Word] | None,
    *,
    text: str | None = None,
    model: str = "",
    settings: dict[str, Any] | None = None,
    seconds: float = 0.0,
    raw: Any = None,
) -> Reading:
    """A reading with the engine's fingerprint and the page's, so that no engine forgets one."""
    return Reading(
        engine=engine.name,
        version=engine.version(),
        width=page.width,
        height=page.height,
        words=None if words is None else tuple(words),
        text=text,
        model=model,
        settings=settings or {},
        image_sha256=page.sha256,
        seconds=seconds,
        raw=raw,
    )
