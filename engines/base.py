"""What an engine is: the page image that it gets, the protocol it keeps, the reading it returns.

An engine's file holds its client call and a pure `parse(answer)` beside it. Which engines exist is
engines.registry; who calls them, and what happens to their failures, engines.recognise; what all engines
over a network share (permission, limits, costs, retries, checks of what comes back), engines.remote.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from model.geometry import Frame, Quad, Transform
from model.words import Reading, Region, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engines.remote.gate import Gate
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
    gate: Gate | None = field(default=None, repr=False, compare=False)
    """The only way out of this machine (engines.remote.gate); without one nothing of the page leaves it."""

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


@dataclass(frozen=True, slots=True)
class Price:
    """What a page costs, in US dollars: a fixed price, or one by tokens (USD a million)."""

    page: float = 0.0
    tokens_in: float = 0.0
    tokens_out: float = 0.0
    expected_in: int = 2500
    """Tokens that a page takes (image and prompt) and gives, for the estimate before the call."""
    expected_out: int = 2000

    @property
    def estimate(self) -> float:
        """What a page is expected to cost."""
        return self.cost(self.expected_in, self.expected_out)

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        """What a call cost that took and gave so many tokens."""
        return self.page + (tokens_in * self.tokens_in + tokens_out * self.tokens_out) / 1e6

    def instead(self, options: Mapping[str, Any]) -> Price:
        """With an administrator's own prices (`price_page`, `price_in`, `price_out`) where they are given."""
        given = {"page": "price_page", "tokens_in": "price_in", "tokens_out": "price_out"}
        own = {n: float(options[o]) for n, o in given.items() if float(options.get(o, -1.0)) >= 0}
        return replace(self, **own)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Terms:
    """A licence of an engine or its weights that forbids something, so that a project has to accept it."""

    licence: str
    """Its name: "CC BY-NC-SA 4.0"."""
    forbids: str
    """What it forbids, in a few words."""
    address: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine gives and what it is for, as `inkveil engines` says it."""

    boxes: BoxKind
    confidence: bool
    languages: tuple[str, ...] = ()
    """ISO 639-1 codes (engines.languages); empty: no list that would leave one of ours out."""
    vertical: bool = False
    """Japanese from top to bottom."""
    handwriting: bool = False


@runtime_checkable
class Engine(Protocol):
    """An OCR engine. One instance serves one process; `recognise` may be called from several threads.

    What more it may say about itself has a default, and is read by `capabilities`, `region` and `price`:
    `languages`, `vertical` and `handwriting` (fields of Capabilities), `region() -> str` (where the
    provider works on the image), `price() -> Price` (and `priced(options)`, where an option decides what a
    page costs), `page_seconds` (what a page usually takes, for estimates before there is a reading),
    `note() -> str | None` (a line beside its state) and `terms` (Terms that a project has to accept before
    the engine reads for it).
    One that repeats its calls itself, with a deadline (engines.remote), says so by `patient = True`.
    """

    name: str
    title: str
    boxes: BoxKind
    confidence: bool

    @property
    def privacy(self) -> str:
        """Who sees the image: "local", or the provider's name."""

    def availability(self) -> str | None:
        """None where the engine can run, else the reason in one line with its remedy."""

    def version(self) -> str:
        """Version of the engine; empty where it is not installed."""

    def recognise(self, page: PageImage) -> Reading:
        """What stands on the page, in pixels of `page.array`. Raises EngineFailed."""


def capabilities(engine: Engine) -> Capabilities:
    """What the engine says it can do; what it does not mention it does not claim."""
    return Capabilities(
        engine.boxes,
        engine.confidence,
        tuple(getattr(engine, "languages", ())),
        bool(getattr(engine, "vertical", False)),
        bool(getattr(engine, "handwriting", False)),
    )


def region(engine: Engine) -> str:
    """Where the provider works on the image; empty for a local engine, and where nobody says."""
    return str(getattr(engine, "region", lambda: "")())


def price(engine: Engine, options: Mapping[str, Any] | None = None) -> Price:
    """What a page costs with these options, which may hold own prices; nothing where nobody says it."""
    given = options or {}
    priced = getattr(engine, "priced", None)
    found = priced(given) if priced is not None else getattr(engine, "price", lambda: Price())()
    return found.instead(given) if isinstance(found, Price) else Price()


def page_seconds(engine: Engine) -> float:
    """What a page usually takes, by the clock, for estimates before the engine has read one here."""
    return float(getattr(engine, "page_seconds", 10.0))


def terms(engine: Engine) -> Terms | None:
    """What has to be accepted before the engine reads for a project; None for most."""
    found = getattr(engine, "terms", None)
    return found if isinstance(found, Terms) else None


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
    cost: float = 0.0,
    regions: Sequence[Region] = (),
    noticed: Mapping[str, int] | None = None,
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
        cost=cost,
        regions=tuple(regions),
        noticed=dict(noticed or {}),
        raw=raw,
    )
