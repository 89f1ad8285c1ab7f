"""Reading on demand: what it takes (pages x engines = seconds and US dollars) before it is begun; its start.

Seconds are what the engine took on this project's pages, or what its file says where it has read none here.
Dollars are list prices, or those that an administrator gave with the allowance. Both are what is expected and
no promise: the budget is what holds (storage.cloud).
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model.errors import InkveilError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from engines.base import Engine
    from storage.cloud import Allowance
    from storage.documents import Document
    from storage.project import Project


@dataclass(frozen=True, slots=True)
class Part:
    """One engine on all the pages that it would read."""

    engine: str
    title: str
    pages: int
    seconds: float
    """By the clock, with a page on each core; an engine elsewhere reads no more at once than it takes."""
    cost: float
    """US dollars."""
    measured: int
    """Readings of this project that `seconds` follows from; 0 where it is the engine's usual time."""
    local: bool
    reason: str | None = None
    """Why it would read nothing; `pages` is 0 then."""
    staying: int = 0
    """Pages of documents that must not leave this machine, left out of `pages`."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """All engines together."""

    parts: tuple[Part, ...]
    seconds: float
    """By the clock: a page's engines read it one after the other, and each core has a page of its own."""
    cost: float
    budget: float | None
    """US dollars that are left of the project's budget; None without one."""

    @property
    def too_dear(self) -> bool:
        return self.budget is not None and self.cost > self.budget + 1e-9


def estimate(
    project: Project | None, wanted: Mapping[str, Mapping[str, int]], *, processes: int | None = None
) -> Estimate:
    """What reading takes: engine -> document (a file: any name) -> number of its pages.

    Without a project nothing is allowed to leave, and nothing has been measured. Raises UsageError for an
    engine that there is not.
    """
    from storage import cloud

    cores = processes or os.cpu_count() or 1
    allowed = cloud.allowances(project) if project is not None else {}
    taken = _measured(project)
    parts = []
    for name, pages in wanted.items():
        stay = 0 if project is None else sum(n for d, n in pages.items() if cloud.local_only(project, d))
        every = sum(pages.values())
        parts.append(_part(name, every, stay, allowed.get(name), taken.get(name, ()), cores))
    limit = cloud.budget(project) if project is not None else None
    left = None if limit is None or project is None else max(0.0, limit - cloud.spent(project).cost)
    return Estimate(tuple(parts), sum(p.seconds for p in parts), sum(p.cost for p in parts), left)


def outlook(project: Project, name: str, options: Mapping[str, Any] | None = None) -> Part:
    """What an engine would take for every page of the project, were it switched on as it is asked about."""
    from engines import registry
    from storage import cloud, documents
    from storage.cloud import Allowance

    engine = registry.get(name)
    pages = {d.id: d.pages for d in documents.find(project)}
    stay = sum(n for d, n in pages.items() if cloud.local_only(project, d))
    allowance = Allowance(name, engine.privacy, "", "", options=options or {})
    taken = _measured(project).get(name, ())
    return _part(name, sum(pages.values()), stay, allowance, taken, os.cpu_count() or 1)


def every_page(documents: Iterable[Document], engines: Sequence[str]) -> dict[str, dict[str, int]]:
    """Every page of the documents by each of the engines, as `estimate` takes it."""
    pages = {d.id: d.pages for d in documents}
    return dict.fromkeys(engines, pages)


def wanted_of_files(
    paths: Iterable[Path],
    engines: Sequence[str] = (),
    languages: Sequence[str] = (),
    password: str | None = None,
) -> dict[str, dict[str, int]]:
    """The same for files: without `engines` those that fit each page. Raises what opening a file raises."""
    from engines import registry
    from engines.recognise import text_layer
    from storage.sources import open_source

    found: dict[str, dict[str, int]] = {}
    for path in paths:
        if not path.is_file():
            raise UsageError(f"There is no file {path}.")
        with open_source(path, path.name, password=password) as source:
            for info in source.pages:
                layer = text_layer(source, info.number) if info.has_text and not engines else "none"
                for name in engines or registry.default_names(languages, layer=layer):
                    pages = found.setdefault(name, {})
                    pages[str(path)] = pages.get(str(path), 0) + 1
    return found


def take_up(project: Project, document: Document, engines: Sequence[str] = ()) -> None:
    """Puts a document in line again: for `engines`, or without them for those that its pages had.

    A document that must not leave this machine is not put in line for an engine elsewhere.
    """
    from engines import registry
    from storage import cloud, work

    if engines:
        stays = cloud.local_only(project, document.id)
        fit = [e for e in engines if not stays or registry.get(e).privacy == "local"]
        tasks = [(page, name) for page in range(1, document.pages + 1) for name in fit]
    else:
        tasks = list(work.states(project, document.id))
    work.queue(project, document.id, tasks, again=True)


def _measured(project: Project | None) -> dict[str, list[float]]:
    """Seconds of the newest readings, by engine."""
    found: dict[str, list[float]] = {}
    if project is None:
        return found
    rows = project.db.conn.execute(
        "SELECT engine, seconds FROM readings WHERE seconds > 0 ORDER BY id DESC LIMIT 5000"
    )
    for engine, seconds in rows:
        found.setdefault(engine, []).append(seconds)
    return found


def _part(
    name: str, pages: int, staying: int, allowance: Allowance | None, taken: Sequence[float], cores: int
) -> Part:
    from engines import registry
    from engines.base import page_seconds, price

    try:
        engine = registry.get(name)
        reason = engine.availability()
    except InkveilError as error:
        if name not in registry.names():
            raise
        return Part(name, name, 0, 0.0, 0.0, 0, local=True, reason=error.message)
    local = engine.privacy == "local"
    if reason is None and not local and allowance is None:
        reason = f"It sends pages to {engine.privacy} and is not switched on for this project."
    count = 0 if reason is not None else pages if local else pages - staying
    options = dict(allowance.options) if allowance is not None else {}
    samples = int(options.get("samples", 1))
    each = statistics.median(taken) if taken else page_seconds(engine) * samples
    at_once = cores if local else min(cores, _parallel(engine))
    seconds = max(each * count / max(1, min(at_once, count)), _queue(engine, count * samples, local=local))
    cost = price(engine, options).estimate * samples * count
    left_out = 0 if local else min(staying, pages)
    return Part(name, engine.title, count, seconds, cost, len(taken), local, reason, left_out)


def _parallel(engine: Engine) -> int:
    limits = getattr(engine, "limits", None)
    return int(limits.parallel) if limits is not None else 4


def _queue(engine: Engine, calls: int, *, local: bool) -> float:
    """Seconds that a provider's calls a minute stretch the work to."""
    limits = getattr(engine, "limits", None)
    if local or limits is None or calls <= limits.per_minute:
        return 0.0
    return float(60.0 * (calls / limits.per_minute - 1))
