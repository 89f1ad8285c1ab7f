"""A claimed page: read by its engines, each reading or failure stored as soon as there is one.

What happens on a page is engines.recognise's, what a claim is storage.work's.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from engines import recognise, registry
from engines.remote.gate import Gate
from model.errors import InkveilError, UsageError
from model.words import Failure, Reading
from storage import documents, readings, work
from storage.project import Project

if TYPE_CHECKING:
    from engines.prepare import Prepared

SUGGESTED: Final = "suggestion"
"""Who chose a document's languages where nobody did: its first page's reading."""
BEAT: Final = 30.0
"""Seconds between two signs of life while an engine runs."""


def read_claim(
    project: Project,
    claim: work.Claim,
    tell: Callable[[str, str], None],
    step: Callable[[str | None], None] = lambda _: None,
) -> None:
    """Reads a claimed page and stores each engine's reading, or failure, as soon as there is one.

    `step` hears which engine begins, and None when it has ended.
    """
    document = documents.get(project, claim.document)

    def started(engine: str) -> None:
        step(engine)
        work.beat(project, claim, engine)
        title = registry.get(engine).title
        tell("started", f"Page {claim.page} of {document.pages}, {title}: {document.name}")

    def ended(engine: str, result: Reading | Failure) -> None:
        store(project, claim, engine, result)
        step(None)
        if isinstance(result, Reading):
            tell("made", "")
        else:
            tell("failed", result.message)

    def ready(prepared: Prepared) -> None:
        if readings.preparation(project, claim.document, claim.page) != prepared.transform:
            steps = [asdict(step) for step in prepared.steps]
            readings.set_preparation(project, claim.document, claim.page, prepared.transform, steps)

    with documents.source(project, claim.document) as source:
        result = recognise.read_page(
            source,
            claim.page,
            engines=_known_engines(project, claim),
            languages=document.languages,
            gate=Gate(project, claim.document),
            on_prepared=ready,
            on_engine=started,
            on_result=ended,
        )
    if any(r.words for r in result.readings) and not documents.get(project, claim.document).languages:
        documents.set_languages(project, claim.document, result.languages, actor=SUGGESTED)


def _known_engines(project: Project, claim: work.Claim) -> list[str]:
    """The claim's engines; one that is not installed any more becomes a failure, not a crash."""
    found = []
    for engine in claim.engines:
        try:
            registry.get(engine)
        except UsageError as error:
            store(project, claim, engine, Failure(engine, "unavailable", error.message, claim.page))
        except InkveilError:
            found.append(engine)  # it says itself what it lacks
        else:
            found.append(engine)
    return found


def store(project: Project, claim: work.Claim, engine: str, result: Reading | Failure) -> None:
    """The result and the end of its task, in one transaction."""
    with project.writing():
        if isinstance(result, Reading):
            readings.add(project, claim.document, claim.page, result)
        else:
            readings.add_failure(project, claim.document, result)
        work.finish(project, claim, engine, "done" if isinstance(result, Reading) else "failed")


@contextlib.contextmanager
def beating(project: Project, claim: work.Claim) -> Iterator[None]:
    """Signs of life while a page is read, however long an engine takes."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT):
            work.beat(project, claim)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
