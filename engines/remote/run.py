"""The calls about one page: permission, limits, budget, retries, deadline, costs. No format is known here."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from engines.base import Price
from engines.remote import secrets
from engines.remote.failures import failed
from engines.remote.gate import Clock, permit
from engines.remote.parsed import Answer
from engines.remote.patience import OutOfTime, Patience, within
from model.errors import EngineFailed
from storage.cloud import Call

if TYPE_CHECKING:
    from engines.remote.engine import Remote
    from engines.remote.gate import Gate

T = TypeVar("T")

WIRE_LOGGERS: Final = ("httpx", "httpx2", "httpcore", "httpcore2", "urllib3", "requests", "hpack", "h2")


class Run(Generic[T]):
    """Everything that one engine is asked about one page. Not shared between threads.

    `call(seconds)` is one request, `read` the pure parse of its answer.
    """

    def __init__(
        self, engine: Remote, gate: Gate | None, page: int, model: str, price: Price,
        call: Callable[[float], Answer], read: Callable[[Answer], T],
    ) -> None:  # fmt: skip
        self.engine, self.gate, self.page = engine, gate, page
        self.model, self.price = model, price
        self.call, self.read = call, read
        self.patience = Patience.start(gate.clock if gate else Clock())
        self.cost = 0.0
        """US dollars so far."""

    def answer(self) -> tuple[Answer, T]:
        """One answer that can be read, after as many tries as the page's patience allows.

        What is answered is paid for, readable or not, so a bad answer is not asked for again.
        """
        while True:
            if self.engine.privacy != "local":
                permit(self.engine, self.gate, self.page)  # taken back meanwhile: no further request
            found = self._once(self._place())
            if not isinstance(found, EngineFailed):
                return found
            if found.retry_after is not None and self.gate is not None:
                self.gate.pause(self.engine.privacy, found.retry_after)
            passing = found.kind in ("transient", "rate_limit")
            if not passing or not self.patience.again(found.retry_after):
                raise found  # here, where no SDK's error with a key in its request hangs on it

    def _once(self, place: int | None) -> tuple[Answer, T] | EngineFailed:
        """One call and its parse; what it costs is settled."""
        engine = self.engine
        try:
            answer = self._within()
        except Exception as error:  # noqa: BLE001 - mapped, whatever it is
            failure = failed(error, engine=engine.name, title=engine.title, page=self.page)
            billed = isinstance(error, OutOfTime) or "in time" in failure.message
            self._end(place, failure.kind, None if billed else 0.0)
            return failure
        cost = self.price.cost(answer.tokens_in, answer.tokens_out)
        self.cost += cost
        self._end(place, "answered", cost, (answer.tokens_in, answer.tokens_out))
        try:
            return answer, self.read(answer)
        except Exception as error:  # noqa: BLE001 - a strange answer is bad output, not a crash
            return failed(error, engine=engine.name, title=engine.title, page=self.page)

    def _within(self) -> Answer:
        seconds = self.patience.call_seconds()
        if seconds <= 0:
            raise OutOfTime
        import_module(self.engine.package)  # takes seconds the first time, which are not the provider's
        secrets.quiet(*WIRE_LOGGERS, *self.engine.loggers)
        return within(seconds, lambda: self.call(seconds))

    def _place(self) -> int | None:
        """Waits for the limiter. Raises EngineFailed where budget or deadline allow no call."""
        if self.gate is None:
            return None
        engine, page = self.engine, self.page
        what = f"Page {page}" if page else "The text"
        call = Call(self.gate.document, page, engine.name, engine.privacy, self.model, self.price.estimate)
        while True:
            found = self.gate.begin(call, engine.limits, self.patience.call_seconds())
            if found is None:
                raise EngineFailed(
                    f"{what} was not sent to {engine.title}: the project's budget would be passed.",
                    engine=engine.name, kind="unavailable", page=page,
                )  # fmt: skip
            if isinstance(found, int):
                return found
            if not self.patience.wait(found):
                raise EngineFailed(
                    f"{what} was not sent to {engine.title}: the provider's limit leaves no room "
                    "in time.", engine=engine.name, kind="rate_limit", page=page, retry_after=found,
                )  # fmt: skip

    def _end(
        self, place: int | None, outcome: str, cost: float | None, tokens: tuple[int, int] = (0, 0)
    ) -> None:
        if self.gate is not None and place is not None:
            self.gate.end(place, outcome, cost, tokens)
