"""One page through the engines: rendered, prepared, read by each, mapped back to the page image.

A failing engine is a Failure in the result and stops nobody else. Which pages wait, and the processes
that work on them, are engines.worker's.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from engines import registry
from engines.base import PageImage, fingerprint, terms
from engines.languages import suggest, suggest_languages
from engines.prepare import Prepared, Turning, as_it_is, prepare
from model.errors import EngineFailed, InkveilError
from model.geometry import Transform
from model.words import Failure, Reading

if TYPE_CHECKING:
    from engines.base import Engine, Pixels
    from engines.remote.gate import Gate
    from storage.sources import Source

__all__ = ["Layer", "PageResult", "call", "read_page", "suggest_languages", "text_layer", "to_page"]

Layer = Literal["none", "hidden", "partial", "visible"]
WHOLE = 0.8
"""Share of a page's ink inside the words of its text layer from which on the layer tells all of it."""
RETRIES = 3
"""Calls of an engine for one page, where it fails in a way that may pass."""
BUDGET = 60.0
"""Seconds that waiting between them may take; an engine that asks for more has failed."""


@dataclass(frozen=True)
class PageResult:
    """What became of one page. Readings are in pixels of `image`; their quads keep the text's direction."""

    image: Pixels
    """The page image, uint8 height x width x 3, RGB."""
    prepared: Prepared
    readings: tuple[Reading, ...]
    failures: tuple[Failure, ...]
    languages: tuple[str, ...] = ()
    """Those that were asked for, or else that the page seems to be in."""


def read_page(
    source: Source,
    number: int,
    *,
    engines: Sequence[str] | None = None,
    languages: Sequence[str] = (),
    gate: Gate | None = None,
    on_prepared: Callable[[Prepared], None] = lambda _: None,
    on_engine: Callable[[str], None] = lambda _: None,
    on_result: Callable[[str, Reading | Failure], None] = lambda *_: None,
) -> PageResult:
    """Reads page `number` (from 1) by every engine named, or by the default ones.

    Without `languages` the page's own are guessed from the first reading. What leaves this machine leaves
    through `gate`; without one, engines elsewhere fail as not allowed. `on_engine` hears each engine's
    name before it starts, `on_result` what it gave. Raises what the source raises for a page that cannot
    be shown, and UsageError for an engine that does not exist; engines' own failures are values.
    """
    info = source.pages[number - 1]
    asked = engines is None or "pdf_text" in engines
    layer = text_layer(source, number) if info.has_text and asked else "none"
    names = engines if engines is not None else registry.default_names(languages, layer=layer)
    image = source.render(number)
    shared: dict[str, Any] = {}
    if layer == "visible" and _upright(source, number):
        prepared = as_it_is(image)
    else:
        prepared = prepare(image, info.dpi, languages=languages, turn=turning(names), shared=shared)
    on_prepared(prepared)
    page = PageImage(
        prepared.image,
        info.dpi,
        tuple(languages),
        fingerprint(prepared.image),
        source,
        number,
        prepared.transform,
        shared,
        gate,
    )
    results: dict[str, Reading | Failure] = {}
    for name in sorted(names, key=_turn):
        if not page.languages and _must_know(name):
            page = replace(page, languages=_guessed(results.values(), page))
        elif not page.languages and _turn(name) == 2:
            page = replace(page, languages=_read_so_far(results.values()))
        on_engine(name)
        try:
            results[name] = to_page(call(name, page), prepared.transform)
        except EngineFailed as error:
            results[name] = Failure(name, error.kind, error.message, number)
        on_result(name, results[name])
    ordered = [results[name] for name in dict.fromkeys(names)]
    return PageResult(
        image,
        prepared,
        tuple(r for r in ordered if isinstance(r, Reading)),
        tuple(f for f in ordered if isinstance(f, Failure)),
        page.languages or _guessed(ordered, page),
    )


def _turn(name: str) -> int:
    """Whose turn it is: first what reads any language, from which the others learn it; last what is far."""
    if name in ("pdf_text", "rapidocr"):
        return 0
    try:
        return 2 if registry.get(name).privacy != "local" else 1
    except InkveilError:  # said when it is called
        return 1


def _must_know(name: str) -> bool:
    """Whether the engine reads by models of a language, which it takes before it looks at the page."""
    try:
        return name == "tesseract" or bool(getattr(registry.get(name), "codes", None))
    except InkveilError:
        return False


def allowed(engine: Engine, page: PageImage) -> None:
    """Raises EngineFailed where the page may not be sent to where the engine works, or its licence waits.

    Asked here for every engine, those of other packages included; engines.remote and .library ask again.
    """
    if engine.privacy == "local" and terms(engine) is None:
        return
    from engines.remote.gate import agree, permit

    agree(engine, page)
    if engine.privacy != "local":
        permit(engine, page.gate, page.page)


def turning(names: Collection[str]) -> Turning:
    """How preparation finds out which way up a page is: by the engine that will read it anyway."""
    if "rapidocr" in names or "rapidocr_rescaled" in names:
        return "lines"
    return "tesseract" if "tesseract" in names else "none"


def _upright(source: Source, number: int) -> bool:
    """True where most of the text layer runs from left to right or is vertical writing."""
    words = source.words(number)
    return 2 * sum(abs(w.angle) < 0.25 or w.vertical for w in words) > len(words)


def _guessed(results: Iterable[Reading | Failure], page: PageImage) -> tuple[str, ...]:
    """Languages of what was read so far, else of a quick look at the page."""
    return _read_so_far(results) or suggest_languages(page.array)


def _read_so_far(results: Iterable[Reading | Failure]) -> tuple[str, ...]:
    """The languages of the first reading that has words; empty before there is one."""
    for result in results:
        if isinstance(result, Reading) and result.words:
            return suggest(result.words)
    return ()


def text_layer(source: Source, number: int) -> Layer:
    """What a page's own text layer is worth as a reading.

    none: there is none, or it holds no characters that mean something. hidden: it is invisible, an
    earlier OCR's over a scan. partial: it is shown, but much ink stands outside its words (a picture of
    text, a scan with a stamp). visible: it is what the page shows.
    """
    words = source.words(number)
    text = "".join(w.text for w in words)
    sound = sum(unicodedata.category(c)[0] in "LNPSM" and c != "\ufffd" for c in text)
    if not text or sound < 0.9 * len(text):
        return "none"
    if 2 * sum(len(w.text) for w in words if w.invisible) > len(text):
        return "hidden"
    import cv2
    import numpy as np

    info = source.pages[number - 1]
    grey = cv2.cvtColor(source.render(number, max_side=600), cv2.COLOR_RGB2GRAY)
    ink = grey < int(np.median(grey)) - 48
    inside = np.zeros(ink.shape, np.uint8)
    scale = ink.shape[0] / info.height_pt
    for word in words:
        box = word.box.expanded(1.0).scaled(scale)
        inside[max(0, int(box.y0)) : int(box.y1) + 1, max(0, int(box.x0)) : int(box.x1) + 1] = 1
    return "visible" if int(ink[inside > 0].sum()) >= WHOLE * int(ink.sum()) else "partial"


def call(name: str, page: PageImage, *, sleep: Callable[[float], None] = time.sleep) -> Reading:
    """One engine on one page, again where its failure may pass. Raises UsageError, EngineFailed.

    Whatever else an engine raises is bad output of that engine, and an EngineFailed of that kind.
    """
    left = BUDGET
    engine = registry.get(name)
    allowed(engine, page)
    retries = 1 if getattr(engine, "patient", False) else RETRIES
    for attempt in range(1, retries + 1):
        try:
            return engine.recognise(page)
        except EngineFailed as error:
            wait = error.retry_after or 2.0**attempt
            passing = error.kind in ("transient", "rate_limit")
            if not passing or attempt == retries or wait > left:
                raise
            left -= wait
            sleep(wait)
        except InkveilError:
            raise
        except Exception as error:
            message = f"The engine {name} failed on page {page.page} ({type(error).__name__})."
            raise EngineFailed(message, engine=name, kind="bad_output", page=page.page) from error
    raise AssertionError("unreachable")


def to_page(reading: Reading, transform: Transform) -> Reading:
    """A reading in pixels of the prepared image, in pixels of the page image."""
    words = reading.words
    if words is not None:
        words = tuple(replace(word, quad=transform.quad(word.quad)) for word in words)
    regions = tuple(replace(r, quad=transform.quad(r.quad)) for r in reading.regions)
    return replace(
        reading,
        words=words,
        regions=regions,
        width=round(transform.target.width),
        height=round(transform.target.height),
    )
