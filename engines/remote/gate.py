"""The only way out of this machine: permission, the ledger's entry before a page leaves, costs.

`agree` is the like for licences: an engine with terms reads for a project that has accepted them.

`permit` is asked before any engine that works elsewhere is called, and again by engines.remote.engine before
a client is made. A Gate belongs to one project and, where there is one, one document of it. Without a gate,
without the project's allowance, or with a document marked local-only, nothing leaves.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.base import terms
from model.errors import EngineFailed
from storage import cloud, licences, readings
from storage.cloud import Allowance, Call, Limits

if TYPE_CHECKING:
    from engines.base import Engine, PageImage, Terms
    from model.words import Reading
    from storage.project import Project


@dataclass(frozen=True)
class Clock:
    """Seconds since 1970, and waiting; tests put their own in its place."""

    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(frozen=True)
class Gate:
    """What a page may do outside, in the name of one project and document."""

    project: Project
    document: str | None = None
    actor: str = "worker"
    clock: Clock = field(default_factory=Clock)

    def allowance(self, engine: str) -> Allowance | None:
        """The project's permission for the engine, read anew each time: taking it back counts at once."""
        return cloud.allowances(self.project).get(engine)

    def accepted(self) -> dict[str, licences.Licence]:
        """Licences that the project has accepted, by engine."""
        return licences.accepted(self.project)

    def local_only(self) -> bool:
        return self.document is not None and cloud.local_only(self.project, self.document)

    def record(self, page: int, payload: Mapping[str, Any]) -> None:
        """Writes into the ledger that the page is about to leave."""
        cloud.record_sent(self.project, self.document, page, payload, self.actor)

    def begin(self, call: Call, limits: Limits, seconds: float) -> int | float | None:
        """A place for a call of at most `seconds`: see storage.cloud.begin."""
        now = self.clock.now()
        return cloud.begin(self.project, call, limits, now, now + seconds)

    def end(self, call: int, outcome: str, cost: float | None, tokens: tuple[int, int] = (0, 0)) -> None:
        cloud.end(self.project, call, self.clock.now(), outcome, cost=cost, tokens=tokens)

    def pause(self, provider: str, seconds: float) -> None:
        """The provider asked to be left alone for a while: every process of the project obeys."""
        cloud.pause(self.project, provider, self.clock.now() + seconds)

    def known(self, fingerprint: str, page: PageImage) -> Reading | None:
        """A stored reading of this fingerprint, in pixels of `page.array`, that costs nothing; or None.

        Stored readings are in pixels of their page image, so only one whose page was prepared in the same
        way can be taken over.
        """
        for document, number, reading in cloud.known(self.project, fingerprint):
            if page.to_page != readings.preparation(self.project, document, number):
                continue
            words = reading.words
            if words is not None:
                words = tuple(replace(w, quad=page.from_page(w.quad)) for w in words)
            regions = tuple(replace(r, quad=page.from_page(r.quad)) for r in reading.regions)
            return replace(
                reading, words=words, regions=regions, width=page.width, height=page.height,
                cost=0.0, seconds=0.0,
            )  # fmt: skip
        return None


@lru_cache(maxsize=1)
def of_folder(data: Path) -> Gate:
    """The way out of the project in a data directory, for a file that is no document of it."""
    from storage.project import Project

    return Gate(Project.open(data), actor="command")


def permit(engine: Engine, gate: Gate | None, page: int) -> Allowance:
    """The allowance under which a page, or its text, may be sent to where the engine works.

    Raises EngineFailed (unavailable) that says what is missing: an allowance, or another one because the
    address has changed since; or that the document stays here.
    """
    if gate is not None and gate.local_only():
        raise _refused(engine, page, "This document is marked local-only: no page of it leaves this machine.")
    allowance = None if gate is None else gate.allowance(engine.name)
    if allowance is None:
        raise _refused(
            engine, page,
            f"{engine.title} sends what stands on a page to {engine.privacy}. It is not switched on for this "
            f"project; an administrator can: inkveil cloud allow {engine.name}.",
        )  # fmt: skip
    host = host_of(engine)
    if (allowance.provider, allowance.host) != (engine.privacy, host):
        raise _refused(
            engine, page,
            f"{engine.title} was switched on for {allowance.provider} ({allowance.host}), but would now send "
            f"to {engine.privacy} ({host}). An administrator has to allow that first.",
        )  # fmt: skip
    return allowance


def agree(engine: Engine, page: PageImage) -> None:
    """Raises EngineFailed (unavailable) for terms that the page's project has not accepted."""
    asked = terms(engine)
    if asked is None:
        return
    known = {} if page.gate is None else page.gate.accepted()
    if known.get(engine.name) != licences.Licence(engine.name, asked.licence, asked.address):
        raise _refused(engine, page.page, not_accepted(engine.name, engine.title, asked))


def not_accepted(name: str, title: str, asked: Terms) -> str:
    """One line: the licence, what it forbids, and who may accept it how."""
    return (
        f"{title} is under {asked.licence} ({asked.address}): {asked.forbids}. An administrator of the "
        f"project can accept that: inkveil engines accept {name}."
    )


def host_of(engine: Engine) -> str:
    """The address that the engine sends to; empty where it does not say."""
    return str(getattr(engine, "host", lambda: "")())


def _refused(engine: Engine, page: int, message: str) -> EngineFailed:
    return EngineFailed(message, engine=engine.name, kind="unavailable", page=page)
