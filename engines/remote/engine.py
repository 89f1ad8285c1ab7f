"""Remote: the base of every engine over a network. An adapter adds the client's call and a pure parse.

One page's way: permission (gate) -> what will be asked (`ask`: model, settings, image) -> a reading of the
same fingerprint that is there already -> the ledger's event -> calls within limits, budget, retries and one
deadline -> checks of what came back -> places back on the page -> Reading with cost and everything that was
asked and answered.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar, Final

from engines.base import BoxKind, PageImage, Price, price, reading_of
from engines.remote import places, samples, secrets, untrusted
from engines.remote.failures import failed
from engines.remote.gate import host_of, permit
from engines.remote.parsed import Answer, Ask, Connection, Parsed
from engines.remote.run import Run
from engines.remote.sent import Fit
from model.errors import EngineFailed
from model.words import Reading, Region, Word, fingerprint
from storage.cloud import Limits

if TYPE_CHECKING:
    from engines.remote.gate import Gate
    from storage.cloud import Allowance

MOST_SAMPLES: Final = 9
ON_INK: Final = 1.3
"""places.on_ink under which prompted boxes lie no better than by chance."""


class Remote(ABC):
    """An engine elsewhere. Attributes that an adapter sets, then the methods that it writes."""

    name: str
    title: str
    provider: str
    """Who sees the image; the name for limits too, so engines of one account share them."""
    section: str
    """Of the secrets: [engines.SECTION], INKVEIL_SECTION_..."""
    package: str
    """What must be importable, and ..."""
    extra: str = ""
    """... the extra of Inkveil that installs it; empty where every installation has it."""
    boxes: BoxKind = "word"
    confidence: bool = True
    languages: tuple[str, ...] = ()
    vertical: bool = False
    handwriting: bool = True
    limits: Limits = Limits()
    fit: Fit = Fit()
    api: str
    """Version of the interface, with a number of ours behind + where a change of the parse asks anew."""
    loggers: tuple[str, ...] = ()
    """Loggers of the SDK and its HTTP client; below warnings they may hold keys, and are kept silent."""
    native: bool = True
    """True where the engine measures boxes; False where a model was asked to state them."""
    options: ClassVar[Mapping[str, Any]] = {}
    """Settings that an administrator may give with the allowance, with their defaults. See `option`."""
    patient: ClassVar[bool] = True

    # -- what an adapter writes ----------------------------------------------------------------------

    @abstractmethod
    def connection(self) -> Connection:
        """Address and key from engines.remote.secrets. Opens nothing."""

    @abstractmethod
    def missing(self, connection: Connection) -> str | None:
        """One line with the remedy where a key or address is missing; None where all is there."""

    @abstractmethod
    def ask(self, page: PageImage, options: Mapping[str, Any]) -> Ask:
        """What will be asked, by the page and the options. Opens nothing."""

    @abstractmethod
    def call(self, ask: Ask, connection: Connection, seconds: float) -> Answer:
        """One request through the SDK: its retries off, its time-out `seconds`, its errors as they come."""

    @abstractmethod
    def read(self, answer: Answer, ask: Ask) -> Parsed:
        """The adapter's pure module-level parse. Raises BadAnswer for what is no reading."""

    @abstractmethod
    def price(self) -> Price:
        """List price; an administrator's `price_page`, `price_in`, `price_out` come before it."""

    def priced(self, options: Mapping[str, Any]) -> Price:  # noqa: ARG002 - for those whose options cost
        """List price with these options; not `price` where one of them decides what a page costs."""
        return self.price()

    @property
    def page_seconds(self) -> float:
        """A guess for estimates: models that write an answer take longer than those that measure."""
        return 5.0 if self.native else 20.0

    def region(self) -> str:
        """Where the provider works on the image; empty where it does not say."""
        return ""

    def host(self) -> str:
        """The address images go to."""
        return secrets.host(self.connection().url)

    # -- what it is then -----------------------------------------------------------------------------

    @property
    def privacy(self) -> str:
        return self.provider

    def version(self) -> str:
        return self.api if find_spec_safely(self.package) else ""

    def availability(self) -> str | None:
        if not find_spec_safely(self.package):
            return f"Needs the package {self.package}: pip install inkveil" + (
                f"[{self.extra}]." if self.extra else ", again."
            )
        connection = self.connection()
        return self.missing(connection) or (secrets.unsafe(connection.url) if connection.url else None)

    def note(self) -> str | None:
        """Said beside the state of an engine that is ready."""
        return None if self.privacy == "local" else "used where a project allows it"

    def recognise(self, page: PageImage) -> Reading:
        started = time.perf_counter()
        allowance = self.allowed(page.gate, page.page)
        reason = self.availability()
        if reason is not None:
            raise self._failed(reason, "unavailable", page.page)
        options = self.chosen(allowance, page.page)
        try:
            ask = self.ask(page, options)
        except ValueError as error:
            raise self._failed(f"Page {page.page}: {error}.", "bad_input", page.page) from None
        count = int(options["samples"])
        settings = {
            **ask.settings,
            "image": ask.image.settings(),
            **({"samples": count} if count > 1 else {}),
        }
        key = fingerprint(self.name, self.version(), ask.model, settings, page.sha256)
        if page.gate is not None and page.sha256:
            known = page.gate.known(key, page)
            if known is not None:
                return replace(known, engine=self.name)
        connection = self.connection()

        def read(answer: Answer) -> Parsed:
            parsed = self.read(answer, ask)
            untrusted.check_size(parsed.plain, len(parsed.words or ()))
            return parsed

        run = Run(
            self, page.gate, page.page, ask.model, price(self, options),
            lambda seconds: self.call(ask, connection, seconds), read,
        )  # fmt: skip
        self._announce(page, key, count, ask.model)
        answers = [run.answer() for _ in range(count)]
        answer, parsed, agreed = _chosen(answers)
        words, regions, noticed = _on_page(self, parsed, ask, page)
        if agreed is not None:
            words, more = _with_agreement(words, agreed)
            noticed = noticed + Counter(more)
        raw = {
            "asked": {"model": ask.model, **settings},
            "answered": [a.raw for a, _ in answers] if count > 1 else answer.raw,
            **({"model": answer.model} if answer.model else {}),
            **({"agreement": [round(v, 4) for v in agreed]} if agreed is not None else {}),
        }
        keys = [connection.key]
        return reading_of(
            self, page,
            None if words is None else [replace(w, text=secrets.scrub(w.text, keys)) for w in words],
            text=secrets.scrub(parsed.text, keys) if words is None else None,
            model=ask.model, settings=settings, regions=regions,
            noticed={k: n for k, n in noticed.items() if n}, cost=run.cost, raw=secrets.scrub(raw, keys),
            seconds=time.perf_counter() - started,
        )  # fmt: skip

    def _announce(self, page: PageImage, key: str, count: int, model: str) -> None:
        """The ledger's event, before anything is sent. What stays on this machine is not announced."""
        if page.gate is None or self.privacy == "local":
            return
        payload = {
            "engine": self.name,
            "provider": self.privacy,
            "region": self.region(),
            "host": host_of(self),
            "model": model,
            "fingerprint": key,
            "image_sha256": page.sha256,
            "samples": count,
        }
        if page.source is not None and page.gate.document is None:
            payload["file_sha256"] = page.source.sha256
        page.gate.record(page.page, payload)

    def allowed(self, gate: Gate | None, page: int) -> Allowance | None:
        """The permission to see the page. Raises EngineFailed where it needs one and has none.

        On this machine it needs none; what the project has for it then holds options only.
        """
        if self.privacy != "local":
            return permit(self, gate, page)
        return None if gate is None else gate.allowance(self.name)

    def chosen(self, allowance: Allowance | None, page: int) -> dict[str, Any]:
        """The options that hold. Raises EngineFailed (bad_input) for a value that can't be."""
        chosen = {**COMMON, **self.options, **(allowance.options if allowance else {})}
        try:
            return {name: option(chosen[name], default, name) for name, default in
                    {**COMMON, **self.options}.items()}  # fmt: skip
        except ValueError as error:
            raise self._failed(f"{self.title}: {error}.", "bad_input", page) from None

    def _failed(self, message: str, kind: Any, page: int) -> EngineFailed:
        return EngineFailed(message, engine=self.name, kind=kind, page=page)


COMMON: Final[Mapping[str, Any]] = {"samples": 1, "price_page": -1.0, "price_in": -1.0, "price_out": -1.0}
"""Options of every engine; a price below 0 is the engine's own."""


def option(value: Any, default: Any, name: str) -> Any:
    """An option's value as its default's type, from a command's text too. Raises ValueError that names it."""
    try:
        if isinstance(default, bool):
            found: Any = (
                value if isinstance(value, bool) else {"true": True, "false": False}[str(value).lower()]
            )
        else:
            found = type(default)(value)
    except (TypeError, ValueError, KeyError):
        raise ValueError(f"the option {name} cannot be {value!r}") from None
    if name == "samples" and not 1 <= found <= MOST_SAMPLES:
        raise ValueError(f"samples are 1 to {MOST_SAMPLES}")
    return found


def find_spec_safely(package: str) -> bool:
    """Whether a package is installed, without importing more than its parents."""
    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def _chosen(answers: Sequence[tuple[Answer, Parsed]]) -> tuple[Answer, Parsed, list[float] | None]:
    """The answer nearest to the others, and its tokens' agreement; None for a single answer."""
    if len(answers) == 1:
        return *answers[0], None
    texts = [parsed.plain for _, parsed in answers]
    number = samples.middle(texts)
    return *answers[number], samples.agreement(texts, number)


def _with_agreement(
    words: tuple[Word, ...] | None, agreed: Sequence[float]
) -> tuple[tuple[Word, ...] | None, dict[str, int]]:
    """The words with agreement as their confidence (the least of their tokens')."""
    differing = {"disagreement": sum(v < 1 for v in agreed)}
    if words is None:
        return None, differing
    found, at = [], 0
    for word in words:
        count = len(samples.tokens(word.text))
        own = agreed[at : at + count]
        at += count
        found.append(replace(word, confidence=min(own) if own else word.confidence))
    return tuple(found), differing


def _on_page(
    engine: Remote, parsed: Parsed, ask: Ask, page: PageImage
) -> tuple[tuple[Word, ...] | None, tuple[Region, ...], Counter[str]]:
    """Words and regions in pixels of the page's array, or none where they lie elsewhere.

    Boxes of an engine that measures them must be right, or its answer is none; those that a model states
    are dropped where they do not lie on ink, and its text is placed by the other engines' words.
    """
    image, noticed = ask.image, Counter(parsed.noticed)
    back = image.to_page
    boxes = [w.quad.bounds for w in parsed.words or ()] + [p.box for p in parsed.pieces or ()]
    boxes += [r.quad.bounds for r in parsed.regions]
    fit = places.fits(boxes, image.width, image.height)
    if fit and not engine.native and boxes:
        ink = places.on_ink([back.box(b) for b in boxes], page.array)
        fit = ink is None or ink >= ON_INK
    if not fit:
        if engine.native:
            raise failed(
                untrusted.Suspicious("coordinates"), engine=engine.name, title=engine.title, page=page.page
            )
        return None, (), noticed + Counter(coordinates=len(boxes))
    words = parsed.words
    if parsed.pieces is not None:
        words = places.words_of([replace(p, box=back.box(p.box)) for p in parsed.pieces], page.array)
    elif words is not None:
        words = tuple(replace(w, quad=back.quad(w.quad)) for w in words)
    if words is not None and "ja-vert" in page.languages:
        words = places.upended(words)
    regions = tuple(replace(r, quad=back.quad(r.quad)) for r in parsed.regions)
    return words, regions, noticed
