"""One page through the engines: rendered, prepared, read by each, mapped back to the page image.

A failing engine is a Failure in the result and stops nobody else. Which pages wait, and the processes
that work on them, are engines.worker's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engines import registry
from engines.base import PageImage, fingerprint
from engines.prepare import Prepared, prepare
from model.errors import EngineFailed
from model.geometry import Transform
from model.words import Failure, Reading

if TYPE_CHECKING:
    from engines.base import Pixels
    from storage.sources import Source

RETRIES = 3
"""Calls of an engine for one page, where it fails in a way that may pass."""
BUDGET = 60.0
"""Seconds that waiting between them may take."""
LONGEST_WAIT = 30.0


@dataclass(frozen=True)
class PageResult:
    """What became of one page. Readings are in pixels of `image`; their quads keep the text's direction."""

    image: Pixels
    """The page image, uint8 height x width x 3, RGB."""
    prepared: Prepared
    readings: tuple[Reading, ...]
    failures: tuple[Failure, ...]


def read_page(
    source: Source,
    number: int,
    *,
    engines: Sequence[str] | None = None,
    languages: Sequence[str] = ("en",),
    on_engine: Callable[[str], None] | None = None,
) -> PageResult:
    """Reads page `number` (from 1) by every engine named, or by the default ones.

    `on_engine` hears each engine's name before it starts. Raises what the source raises for a page that
    cannot be shown, and UsageError for an engine that does not exist; engines' own failures are values.
    """
    info = source.pages[number - 1]
    names = engines if engines is not None else registry.default_names(languages, has_text=info.has_text)
    image = source.render(number)
    prepared = prepare(image, info.dpi)
    page = page_image(prepared, info.dpi, languages, source=source, number=number)
    readings: list[Reading] = []
    failures: list[Failure] = []
    for name in names:
        if on_engine is not None:
            on_engine(name)
        try:
            readings.append(to_page(call(name, page), prepared.transform))
        except EngineFailed as error:
            failures.append(Failure(name, error.kind, error.message, number))
    return PageResult(image, prepared, tuple(readings), tuple(failures))


def page_image(
    prepared: Prepared, dpi: float, languages: Sequence[str], *, source: Source | None = None, number: int = 1
) -> PageImage:
    """The prepared image with everything an engine may want to know about it."""
    return PageImage(
        prepared.image,
        dpi,
        tuple(languages),
        fingerprint(prepared.image),
        source,
        number,
        prepared.transform,
    )


def call(name: str, page: PageImage, *, sleep: Callable[[float], None] = time.sleep) -> Reading:
    """One engine on one page, again where its failure may pass. Raises UsageError, EngineFailed.

    Whatever else an engine raises is bad output of that engine, and an EngineFailed of that kind.
    """
    left = BUDGET
    for attempt in range(1, RETRIES + 1):
        try:
            return registry.get(name).recognise(page)
        except EngineFailed as error:
            wait = min(error.retry_after or 2.0**attempt, LONGEST_WAIT)
            passing = error.kind in ("transient", "rate_limit")
            if not passing or attempt == RETRIES or wait > left:
                raise
            left -= wait
            sleep(wait)
        except (
            MemoryError,
            OSError,
            ValueError,
            TypeError,
            LookupError,
            ArithmeticError,
            RuntimeError,
        ) as error:
            message = f"The engine {name} failed on page {page.page} ({type(error).__name__})."
            raise EngineFailed(message, engine=name, kind="bad_output", page=page.page) from error
    raise AssertionError("unreachable")


def to_page(reading: Reading, transform: Transform) -> Reading:
    """A reading in pixels of the prepared image, in pixels of the page image."""
    words = reading.words
    if words is not None:
        words = tuple(replace(word, quad=transform.quad(word.quad)) for word in words)
    return replace(
        reading, words=words, width=round(transform.target.width), height=round(transform.target.height)
    )
