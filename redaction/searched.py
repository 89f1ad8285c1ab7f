"""By what personal data was searched: the profile, the rules' version, the models that somebody switched on.

What a certificate and its report say of it: names, counts and pages. No word of the document, no reason why a
model failed (it may name a folder) and no path is in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from redaction.profiles import BUILTIN
from redaction.typeset import WARN, ranges

if TYPE_CHECKING:
    from redaction.profiles import Profile
    from redaction.typeset import Setter

WORDS: Final = {
    "search": "Search for personal data",
    "profile": "Search profile",
    "detector": "Rules",
    "version": "version",
    "model": "Model",
    "found": "Findings",
    "ran": "Pages",
    "everywhere": "every page with text",
    "failed": "failed on page",
    "several": "failed on pages",
    "less": "Where a model failed, only the rules and the models that did not fail have looked.",
}
_OWNED = re.compile(r"\w[\w.-]*/[\w.-]+(@.*)?")
"""OWNER/NAME, as hubs and providers name models: no folder."""


@dataclass(frozen=True, slots=True)
class ModelRun:
    """How one model did in a document."""

    name: str
    found: int
    """Findings that it made, alone or beside the rules and other models."""
    failed: tuple[int, ...] = ()
    """Pages, from 1, in order."""


@dataclass(frozen=True, slots=True)
class Search:
    """The search that an export's findings are of."""

    profile: str
    """Name of the profile: a built-in's, or the stem of its file."""
    detector: str
    """redaction.detect.VERSION."""
    models: tuple[ModelRun, ...] = ()
    """In the order they were named; () where none was switched on."""

    def to_json(self, mask: Callable[[str], str]) -> dict[str, Any]:
        """`search` of report.json; nothing of models where there were none."""
        models = [
            {
                "model": mask(m.name), "state": "failed" if m.failed else "ran", "found": m.found,
                "failed_pages": [*m.failed],
            }
            for m in self.models
        ]  # fmt: skip
        said = {"profile": self.named(mask), "detector": self.detector}
        return {**said, "models": models} if models else said

    def named(self, mask: Callable[[str], str]) -> str:
        """The profile's name. One of ours repeats nothing of a document, whatever was redacted in it."""
        return self.profile if self.profile in BUILTIN else mask(self.profile)


def search_of(profile: Profile, outcomes: Iterable[Mapping[str, Any]]) -> Search:
    """`outcomes`: of each model, runner.Outcome as JSON. Raises KeyError, TypeError or ValueError."""
    from redaction.detect import VERSION

    models = tuple(
        ModelRun(public(str(o["model"])), int(o["found"]), tuple(sorted(map(int, o["failed_pages"]))))
        for o in outcomes
    )
    return Search(profile.name, VERSION, models)


def public(name: str) -> str:
    """A model's name without the way to its folder: KIND:OWNER/NAME stays, of a path its last part does.

    A server may call its model by the path it has there, and a folder that is not there reads like a name.
    """
    kind, colon, where = name.partition(":")
    if kind != "spacy" and _OWNED.fullmatch(where):
        return name
    last = re.split(r"[/\\]", where.rstrip("/"))[-1]
    return f"{kind}{colon}{last}"


def section(sheet: Setter, search: Search, mask: Callable[[str], str]) -> None:
    """The certificate's part about the search."""
    sheet.heading(WORDS["search"])
    sheet.pair(WORDS["profile"], search.named(mask))
    sheet.pair(WORDS["detector"], f"{WORDS['version']} {search.detector}")
    if not search.models:
        return
    rows = [
        (
            mask(m.name),
            str(m.found),
            f"{WORDS['failed' if len(m.failed) == 1 else 'several']} {ranges(m.failed)}"
            if m.failed
            else WORDS["everywhere"],
        )
        for m in search.models
    ]
    sheet.table([(WORDS["model"], WORDS["found"], WORDS["ran"]), *rows], (220.0, 60.0), head=True)
    if any(m.failed for m in search.models):
        sheet.paragraph(WORDS["less"], colour=WARN)


def vocabulary() -> list[str]:
    """The texts of the section that are ours."""
    return [*WORDS.values(), *BUILTIN]
