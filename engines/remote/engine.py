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
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar, Final

from engines.base import BoxKind, PageImage, Price, reading_of
from engines.remote import places, samples, secrets, untrusted
from engines.remote.failures import failed
from engines.remote.gate import Clock, host_of, permit
from engines.remote.patience import OutOfTime, Patience, within
from engines.remote.secrets import Secret
from engines.remote.sent import Fit, Sent
from model.errors import EngineFailed
from model.words import Reading, Region, Word, fingerprint
from storage.cloud import Call, Limits

if TYPE_CHECKING:
    from engines.remote.gate import Gate
    from storage.cloud import Allowance

MOST_SAMPLES: Final = 9
WIRE_LOGGERS: Final = ("httpx", "httpx2", "httpcore", "httpcore2", "urllib3", "requests", "hpack", "h2")
ON_INK: Final = 1.3
"""places.on_ink under which prompted boxes lie no better than by chance."""


@dataclass(frozen=True)
class Connection:
    """Where an engine's calls go and with which key. `secrets` are scrubbed from all that comes back."""

    url: str = ""
    """Empty: the SDK's own address, which `Remote.host` names."""
    key: Secret = field(default_factory=lambda: Secret(""))
    more: Mapping[str, str] = field(default_factory=dict)
    """Values that are no secret: a project's number, a way of transport."""


@dataclass(frozen=True)
class Ask:
    """What is asked about one page. Everything in it but the image's bytes is in the Reading's settings."""

    image: Sent
    model: str
    settings: Mapping[str, Any]
    """All that decides about the answer, prompt and system message included. JSON."""
    languages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What came back, as JSON values, and the tokens that the provider counts."""

    raw: Any
    tokens_in: int = 0
    tokens_out: int = 0
    model: str = ""
    """As the answer names it, where it does: aliases move on to newer models."""


@dataclass(frozen=True)
class Parsed:
    """A pure parse's result, in pixels of the sent image."""

    words: tuple[Word, ...] | None = None
    """None where the engine places no words."""
    text: str | None = None
    """Needed where words is None; else a text of the engine's own."""
    regions: tuple[Region, ...] = ()
    noticed: Mapping[str, int] = field(default_factory=dict)


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
        allowance = permit(self, page) if self.privacy != "local" else self._local(page)
        reason = self.availability()
        if reason is not None:
            raise self._failed(reason, "unavailable", page)
        options = self._options(allowance, page)
        try:
            ask = self.ask(page, options)
        except ValueError as error:
            raise self._failed(f"Page {page.page}: {error}.", "bad_input", page) from None
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
        run = _Run(self, page, ask, connection, _price(self, options))
        run.announce(key, count, ask.model)
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
            text=secrets.scrub(parsed.text, keys), model=ask.model, settings=settings, regions=regions,
            noticed={k: n for k, n in noticed.items() if n}, cost=run.cost, raw=secrets.scrub(raw, keys),
            seconds=time.perf_counter() - started,
        )  # fmt: skip

    def _local(self, page: PageImage) -> Allowance | None:
        """Options that the project has for an engine on this machine, which needs no permission."""
        return None if page.gate is None else page.gate.allowance(self.name)

    def _options(self, allowance: Allowance | None, page: PageImage) -> dict[str, Any]:
        chosen = {**COMMON, **self.options, **(allowance.options if allowance else {})}
        try:
            return {name: option(chosen[name], default, name) for name, default in
                    {**COMMON, **self.options}.items()}  # fmt: skip
        except ValueError as error:
            raise self._failed(f"{self.title}: {error}.", "bad_input", page) from None

    def _failed(self, message: str, kind: Any, page: PageImage) -> EngineFailed:
        return EngineFailed(message, engine=self.name, kind=kind, page=page.page)


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


class _Run:
    """The calls about one page: limits, budget, retries, deadline, costs."""

    def __init__(
        self, engine: Remote, page: PageImage, ask: Ask, connection: Connection, price: Price
    ) -> None:
        self.engine, self.page, self.asked, self.connection, self.price = engine, page, ask, connection, price
        self.gate: Gate | None = page.gate
        self.patience = Patience.start(self.gate.clock if self.gate else Clock())
        self.cost = 0.0

    def announce(self, key: str, count: int, model: str) -> None:
        """The ledger's event, before anything is sent. What stays on this machine is not announced."""
        if self.gate is None or self.engine.privacy == "local":
            return
        payload = {
            "engine": self.engine.name,
            "provider": self.engine.privacy,
            "region": self.engine.region(),
            "host": host_of(self.engine),
            "model": model,
            "fingerprint": key,
            "image_sha256": self.page.sha256,
            "samples": count,
        }
        if self.page.source is not None and self.gate.document is None:
            payload["file_sha256"] = self.page.source.sha256
        self.gate.record(self.page.page, payload)

    def answer(self) -> tuple[Answer, Parsed]:
        """One answer that can be read, after as many tries as the page's patience allows.

        What is answered is paid for, readable or not, so a bad answer is not asked for again.
        """
        while True:
            if self.engine.privacy != "local":
                permit(self.engine, self.page)  # taken back meanwhile: the next request is not made
            found = self._once(self._place())
            if not isinstance(found, EngineFailed):
                return found
            if found.retry_after is not None and self.gate is not None:
                self.gate.pause(self.engine.privacy, found.retry_after)
            passing = found.kind in ("transient", "rate_limit")
            if not passing or not self.patience.again(found.retry_after):
                raise found  # here, where no SDK's error with a key in its request hangs on it

    def _once(self, place: int | None) -> tuple[Answer, Parsed] | EngineFailed:
        """One call and its parse; what it costs is settled."""
        engine = self.engine
        try:
            answer = self._within()
        except Exception as error:  # noqa: BLE001 - mapped, whatever it is
            failure = failed(error, engine=engine.name, title=engine.title, page=self.page.page)
            billed = isinstance(error, OutOfTime) or "in time" in failure.message
            self._end(place, failure.kind, None if billed else 0.0)
            return failure
        cost = self.price.cost(answer.tokens_in, answer.tokens_out)
        self.cost += cost
        self._end(place, "answered", cost, (answer.tokens_in, answer.tokens_out))
        try:
            parsed = engine.read(answer, self.asked)
            untrusted.check_size(_text_of(parsed), len(parsed.words or ()))
            return answer, parsed
        except Exception as error:  # noqa: BLE001 - a strange answer is bad output, not a crash
            return failed(error, engine=engine.name, title=engine.title, page=self.page.page)

    def _within(self) -> Answer:
        seconds = self.patience.call_seconds()
        if seconds <= 0:
            raise OutOfTime
        secrets.quiet(*WIRE_LOGGERS, *self.engine.loggers)
        return within(seconds, lambda: self.engine.call(self.asked, self.connection, seconds))

    def _place(self) -> int | None:
        """Waits for the limiter. Raises EngineFailed where budget or deadline allow no call."""
        if self.gate is None:
            return None
        engine, page = self.engine, self.page
        call = Call(
            self.gate.document, page.page, engine.name, engine.privacy, self.asked.model, self.price.estimate
        )
        while True:
            found = self.gate.begin(call, engine.limits, self.patience.call_seconds())
            if found is None:
                raise EngineFailed(
                    f"Page {page.page} was not sent to {engine.title}: the project's budget would be passed.",
                    engine=engine.name, kind="unavailable", page=page.page,
                )  # fmt: skip
            if isinstance(found, int):
                return found
            if not self.patience.wait(found):
                raise EngineFailed(
                    f"Page {page.page} was not sent to {engine.title}: the provider's limit leaves no room "
                    "in time.", engine=engine.name, kind="rate_limit", page=page.page, retry_after=found,
                )  # fmt: skip

    def _end(
        self, place: int | None, outcome: str, cost: float | None, tokens: tuple[int, int] = (0, 0)
    ) -> None:
        if self.gate is not None and place is not None:
            self.gate.end(place, outcome, cost, tokens)


def _price(engine: Remote, options: Mapping[str, Any]) -> Price:
    listed = engine.price()
    own = {
        field_: options[name]
        for field_, name in (("page", "price_page"), ("tokens_in", "price_in"), ("tokens_out", "price_out"))
        if options[name] >= 0
    }
    return replace(listed, **own)


def _text_of(parsed: Parsed) -> str:
    if parsed.words is not None:
        return " ".join(w.text for w in parsed.words)
    return parsed.text or ""


def _chosen(answers: Sequence[tuple[Answer, Parsed]]) -> tuple[Answer, Parsed, list[float] | None]:
    """The answer nearest to the others, and its tokens' agreement; None for a single answer."""
    if len(answers) == 1:
        return *answers[0], None
    texts = [_text_of(parsed) for _, parsed in answers]
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
    boxes = [w.quad.bounds for w in parsed.words or ()] + [r.quad.bounds for r in parsed.regions]
    fit = places.fits(boxes, image.width, image.height)
    if fit and not engine.native and boxes:
        back = [image.to_page.box(b) for b in boxes]
        ink = places.on_ink(back, page.array)
        fit = ink is None or ink >= ON_INK
    if not fit:
        if engine.native:
            raise failed(
                untrusted.Suspicious("coordinates"), engine=engine.name, title=engine.title, page=page.page
            )
        return None, (), noticed + Counter(coordinates=len(boxes))
    words = parsed.words
    if words is not None:
        words = tuple(replace(w, quad=image.to_page.quad(w.quad)) for w in words)
    regions = tuple(replace(r, quad=image.to_page.quad(r.quad)) for r in parsed.regions)
    return words, regions, noticed
