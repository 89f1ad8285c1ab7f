"""One retry budget and one deadline for everything that one engine does about one page.

SDKs' own retries are switched off; here is decided how often and how long. `within` ends even a call whose
answer comes in drops, which no client's time-out does: those count from one byte to the next.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from engines.remote.gate import Clock

T = TypeVar("T")

DEADLINE: Final = 240.0
"""Seconds for a page, waiting included; less than engines.worker gives a step before it ends the process."""
RETRIES: Final = 3
"""Further calls for one page, over all its samples."""
ONE_CALL: Final = 120.0
"""Seconds for one call at most."""
FIRST_WAIT: Final = 2.0


class OutOfTime(Exception):
    """The call took longer than it may."""


@dataclass
class Patience:
    """What is left for a page. One a page and engine; not shared between threads."""

    clock: Clock
    ends: float
    retries: int = RETRIES
    _tried: int = 0

    @classmethod
    def start(cls, clock: Clock, seconds: float = DEADLINE, retries: int = RETRIES) -> Patience:
        return cls(clock, clock.now() + seconds, retries)

    @property
    def left(self) -> float:
        """Seconds until the deadline; never below 0."""
        return max(self.ends - self.clock.now(), 0.0)

    def call_seconds(self) -> float:
        """What the next call may take."""
        return min(ONE_CALL, self.left)

    def wait(self, seconds: float) -> bool:
        """Waits, unless the deadline would pass meanwhile: then False, at once."""
        if seconds >= self.left:
            return False
        self.clock.sleep(seconds)
        return True

    def again(self, retry_after: float | None) -> bool:
        """Waits before another try; False where there is none left. Obeys what the server asked for.

        Without a wish of the server: 2, 4, 8 seconds, spread by a quarter so that processes part.
        """
        if self._tried >= self.retries:
            return False
        self._tried += 1
        seconds = FIRST_WAIT * 2.0 ** (self._tried - 1) * random.uniform(0.75, 1.25)
        return self.wait(seconds if retry_after is None else retry_after)


def within(seconds: float, call: Callable[[], T]) -> T:
    """What `call` returns or raises, if it does so in time; else OutOfTime, and its thread is left behind.

    A daemon thread: it holds a socket until the client gives up, and never keeps the process alive.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001 - raised again below, in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True, name="inkveil-remote-call")
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise OutOfTime
    return results[0]
