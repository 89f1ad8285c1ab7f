"""What of a project has not been read: every (page, engine) without a reading or a failure that stands."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from engines import recognise, registry
from model.errors import InkveilError
from storage import cloud, documents, settings, work
from storage.project import Project

if TYPE_CHECKING:
    from storage.sources import Source

ENGINES_SETTING: Final = "engines"
"""The project's list of engines; without it, those that fit the page (registry.default_names)."""


@dataclass(frozen=True, slots=True)
class Task:
    """One engine that has to read one page."""

    document: str
    page: int
    engine: str


def missing(project: Project) -> list[Task]:
    """Every (page, engine) without a reading, a standing failure or somebody at work on it.

    Oldest document first, pages in order.
    """
    chosen = settings.get(project, ENGINES_SETTING)
    always = tuple(a.engine for a in cloud.allowances(project).values() if a.every_page)
    tasks: list[Task] = []
    for document in reversed(documents.find(project)):
        known = _known(project, document.id)
        absent = [n for n in range(1, document.pages + 1) if chosen or n not in {p for p, _ in known}]
        wanted = list(_wanted(project, document, chosen, absent)) if absent else []
        if always and not cloud.local_only(project, document.id):
            wanted += [(n, always) for n in range(1, document.pages + 1)]
        tasks += [
            Task(document.id, number, name)
            for number, names in wanted
            for name in names
            if (number, name) not in known
        ]
    return list(dict.fromkeys(tasks))


def _known(project: Project, document_id: str) -> set[tuple[int, str]]:
    """(page, engine) that wait, run, or have ended with a reading or a failure."""
    known = set(work.states(project, document_id))
    rows = project.db.conn.execute(
        "SELECT page, engine FROM readings WHERE document = ? "
        "UNION SELECT page, engine FROM failures WHERE document = ?",
        (document_id, document_id),
    )
    return known | {(page, engine) for page, engine in rows}


def _wanted(
    project: Project, document: documents.Document, chosen: Sequence[str] | None, pages: Sequence[int]
) -> Iterator[tuple[int, Sequence[str]]]:
    """The engines that should read each of these pages."""
    if chosen:
        yield from ((number, chosen) for number in pages)
        return
    infos = {info.number: info for info in documents.page_infos(project, document.id)}
    with contextlib.ExitStack() as stack:
        source: Source | None = None
        for number in pages:
            layer = "none"
            if infos[number].has_text:
                try:
                    source = source or stack.enter_context(documents.source(project, document.id))
                    layer = recognise.text_layer(source, number)
                except InkveilError:  # the page fails when it is read, and is recorded there
                    layer = "none"
            yield number, registry.default_names(document.languages, layer=layer)


def fill(project: Project) -> int:
    """Puts what is missing in line; returns how many tasks that were."""
    tasks = missing(project)
    for document in dict.fromkeys(task.document for task in tasks):
        work.queue(project, document, [(t.page, t.engine) for t in tasks if t.document == document])
    return len(tasks)
