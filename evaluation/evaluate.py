"""Folders of pages with truth -> figures of engines, merge and risk, by group, as the contract's JSON.

Pages are measured one a process (evaluation.measure) and added up in the order of their names, so that
the same input gives the same figures. Tables, plots and files are evaluation.report's.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from evaluation.folders import PageFiles, find_pages
from evaluation.measure import (
    NORMALISATION,
    EngineFigures,
    MergedFigures,
    PageFigures,
    measure,
    nothing,
)
from model.errors import Unreadable

ALL = "all"


@dataclass(slots=True)
class Group:
    """Pages that belong together, added up."""

    pages: int = 0
    failed_pages: list[str] = field(default_factory=list)
    failures: int = 0
    """Pages that could not be measured, and engines that failed on a page."""
    engines: dict[str, EngineFigures] = field(default_factory=dict)
    merged: MergedFigures = field(default_factory=MergedFigures)

    def add(self, page: PageFigures) -> None:
        self.pages += 1
        self.failures += len(page.failures)
        if page.failed:
            self.failed_pages.append(page.name)
        for name, figures in page.engines.items():
            self.engines.setdefault(name, EngineFigures()).add(figures)
        self.merged.add(page.merged)

    def figures(self) -> dict[str, Any]:
        """The contract's object of a group; more fields than it names."""
        engines = {name: _engine_figures(self.engines[name]) for name in sorted(self.engines)}
        merged = self.merged
        tally = merged.tally
        best = min(
            (n for n, e in engines.items() if e["pages"] == merged.text.pages and merged.text.pages),
            key=lambda n: (engines[n]["word_errors"], n),
            default=None,
        )
        best_errors = engines[best]["word_errors"] if best else None
        inside = tally.inside()
        return {
            "pages": self.pages,
            "failures": self.failures,
            "failed_pages": self.failed_pages,
            "engines": engines,
            "merged": {
                **merged.text.figures(),
                **tally.figures(),
                **merged.coverage.figures(),
                "best_engine": best,
                "word_errors_best_engine": best_errors,
                "word_errors_to_best": tally.rate / best_errors if best_errors else None,
                "word_errors_perfect_choice": (tally.oracle_errors + tally.omitted) / max(tally.words, 1),
                "ghosts": tally.ghosts,
                "ghosts_on_text": tally.ghosts_on_text,
                "unplaced": merged.unplaced,
                "reliability": tally.bins(),
                "where_truth_has_lines": {
                    "word_errors": inside.rate,
                    "insertions": inside.inserted,
                    "slots": len(inside.risk),
                    "review_curve": inside.curve(),
                    "review_curve_at": inside.at_errors(),
                    "auroc": inside.auroc(),
                    "ece": inside.ece(),
                },
                "cpu_seconds": merged.seconds / max(merged.text.pages, 1),
            },
        }


def _engine_figures(own: EngineFigures) -> dict[str, Any]:
    tally = own.tally
    pages = max(own.text.pages, 1)
    return {
        **own.text.figures(),
        "word_errors": tally.rate,
        "omissions": tally.omitted / max(tally.words, 1),
        "insertions": tally.inserted,
        "review_curve": tally.curve(),
        "auroc": tally.auroc(),
        "ece": tally.ece(),
        "failures": own.failures,
        "missing": own.missing,
        "seconds": own.seconds / pages,
        "cost": own.cost / pages,
        "boxes": own.boxes,
    }


@dataclass(slots=True)
class Evaluation:
    """Groups by name, "all" first, and what could not be measured or understood."""

    pages: list[PageFigures]
    groups: dict[str, Group]
    failures: list[dict[str, str]]
    notes: list[str]

    def to_json(self) -> dict[str, Any]:
        """The contract's answer, with the normalisation, every failure and every note beside the groups."""
        return {
            "groups": {name: rounded(group.figures()) for name, group in self.groups.items()},
            "normalisation": NORMALISATION,
            "failures": self.failures,
            "notes": self.notes,
        }


def evaluate(
    folder: Path,
    *,
    readings: Path | None = None,
    engines: Sequence[str] = (),
    processes: int | None = None,
    data: Path | None = None,
    on_page: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Measures every page with truth in a folder.

    Without `readings` the engines (default: those that fit a page) read every page now; else their
    recorded readings are used, those of `engines` or all. `data`: the data directory of the project that
    lets engines elsewhere see the pages; without it none does. Raises UsageError for an engine that does not
    exist and Unreadable for a folder without a page; a page that can't be measured is a failure.
    """
    if readings is None:
        from engines.registry import get

        away = [name for name in engines if get(name).privacy != "local"]
        data = data if away else None  # nothing else needs a project
    found = find_pages(folder, readings)
    if not found.pages and not found.failed:
        raise Unreadable(
            f"{folder}: no page with ground truth in it: an image and a JSON file of the same name.",
            file=str(folder),
        )
    pages: list[PageFigures] = []
    for page in _measured(found.pages, engines, processes, data):
        pages.append(page)
        state = page.failures[0][1] if page.failed else f"{len(page.merged.tally.risk)} words"
        on_page(f"{len(pages)} of {len(found.pages)}: {page.name}, {state}")
    for name, message in found.failed:
        pages.append(PageFigures(name, "", "", failures=[("", message)], failed=True))
        on_page(f"{name}: {message}")
    return summed(pages, found.notes)


def _measured(
    pages: Sequence[PageFiles], engines: Sequence[str], processes: int | None, data: Path | None
) -> Iterator[PageFigures]:
    work = partial(measure, engines=tuple(engines), data=data)
    workers = min(processes or os.cpu_count() or 1, len(pages))
    if workers <= 1:
        yield from map(work, pages)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, pages)


def summed(pages: Sequence[PageFigures], notes: Iterable[str] = ()) -> Evaluation:
    """Pages added up: all of them, by kind and language, and by collection where there are several."""
    _count_missing(pages)
    groups = {ALL: Group()}
    members = _groups(pages)
    for page in pages:
        groups[ALL].add(page)
    for name in sorted(members):
        groups[name] = Group()
        for page in members[name]:
            groups[name].add(page)
    failures = [{"page": p.name, "engine": e, "message": m} for p in pages for e, m in p.failures]
    return Evaluation(list(pages), groups, failures, [*notes, *(n for p in pages for n in p.notes)])


def _groups(pages: Sequence[PageFigures]) -> dict[str, list[PageFigures]]:
    kinds: dict[str, list[PageFigures]] = {}
    collections: dict[str, list[PageFigures]] = {}
    for page in pages:
        if page.group not in ("", ALL, page.collection):
            kinds.setdefault(page.group, []).append(page)
        if page.collection and page.collection != ALL:
            collections.setdefault(page.collection, []).append(page)
    known = [[p.name for p in own] for own in kinds.values()]
    for name, own in collections.items():
        # A collection of one page (names that are numbers), or of another group's pages, says nothing more.
        if name not in kinds and len(own) > 1 and [p.name for p in own] not in known:
            kinds[name] = own
    return kinds


def _count_missing(pages: Sequence[PageFigures]) -> None:
    """An engine that read some pages has nothing on the others: counted, and empty where errors are."""
    names = {name for page in pages for name in page.engines}
    for page in pages:
        lost = page.merged.text
        size = lost.characters + lost.failed_characters, lost.words + lost.failed_words
        for name in names - set(page.engines):
            text = nothing("")
            text.failed_characters, text.failed_words = size
            page.engines[name] = EngineFigures(text, missing=1)


def rounded(value: Any, digits: int = 6) -> Any:
    """Numbers of a JSON value with six decimals, the same on every machine."""
    if isinstance(value, float):
        return round(value, digits)
    if isinstance(value, Mapping):
        return {key: rounded(item, digits) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item, digits) for item in value]
    return value
