"""Runs the chosen models on texts: what they find, which of them ran, and what failed on which page.

A model that fails never stops the others or the rules; its failure is a value here, by page, and is shown
wherever the findings are. One that can't run at all is asked once, one that fails again and again is left
alone for the rest of the document: its pages are marked as failed, not as empty.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from model.errors import EngineFailed
from model.findings import Finding, TextFinding
from redaction.profiles import Profile
from redaction.recognisers.models.base import TextModel
from redaction.uniting import ALSO

PATIENCE: Final = 2
"""Failures in a row that may pass by themselves, after which a model is left alone."""
_FINAL: Final = frozenset({"unavailable", "auth"})

Failed = dict[str, str]
"""Model -> why it failed on a page."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one model did. `found` counts the findings that it made, alone or beside others."""

    model: str
    found: int
    dropped: int
    """Claims that do not stand in the text."""
    failed: tuple[int, ...]
    """Pages, from 1; (0,) for a plain text."""
    message: str
    """Why it failed, the first time; "" where it ran."""
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "model": self.model, "state": "failed" if self.failed else "ran", "found": self.found,
            "dropped": self.dropped, "failed_pages": [n for n in self.failed if n], "message": self.message,
            "note": self.note,
        }  # fmt: skip


class Runner:
    """The models of one search, in the order they were named."""

    def __init__(
        self, models: Sequence[TextModel] = (), *, leaving: Callable[[TextModel, int], None] | None = None
    ) -> None:
        """`leaving` is told before a page's text goes to another machine; where it raises, nothing goes."""
        self.models = tuple(models)
        self.failed: dict[int, Failed] = {}
        self._dropped = {m.spec.text: m.dropped for m in models}
        self._row: dict[int, tuple[int, EngineFailed]] = {}
        self._leaving = leaving
        self._left: set[tuple[str, int]] = set()

    @property
    def stamp(self) -> str:
        """What a search's result depends on; "" without models."""
        told = "".join(m.stamp for m in self.models)
        return hashlib.sha256(told.encode()).hexdigest() if told else ""

    def begin(self, page: int) -> None:
        """Before a page is searched (again)."""
        self.failed.pop(page, None)

    def hits(self, text: str, page: int = 0, *, reading: bool = False) -> list[TextFinding]:
        """What the models find in a text of a page; `reading`: it is one engine's, not the transcript."""
        found: list[TextFinding] = []
        for number, model in enumerate(self.models):
            if (reading and not model.readings) or not text.strip():
                continue
            count, last = self._row.get(number, (0, None))
            if last is not None and (count >= PATIENCE or last.kind in _FINAL):
                self._note(page, model, last)
                continue
            try:
                self._tell(model, page)
                hits = model.find(text)
            except EngineFailed as error:
                self._row[number] = count + 1, error
                self._note(page, model, error)
                continue
            self._row.pop(number, None)
            found.extend(hits)
        return found

    def _tell(self, model: TextModel, page: int) -> None:
        host = getattr(model, "host", "")
        if host and self._leaving and model.availability() is None and (model.name, page) not in self._left:
            self._leaving(model, page)
            self._left.add((model.name, page))

    def _note(self, page: int, model: TextModel, error: EngineFailed) -> None:
        self.failed.setdefault(page, {})[model.name] = error.message

    def outcomes(
        self, failed: Mapping[int, Failed] | None = None, found: Sequence[Finding | TextFinding] = ()
    ) -> list[Outcome]:
        """How each model did; `failed`: what is known of all pages, those of earlier searches too."""
        by_page = self.failed if failed is None else failed
        result = []
        for model in self.models:
            name = model.name
            pages = sorted(page for page, named in by_page.items() if name in named)
            message = by_page[pages[0]][name] if pages else ""
            dropped = model.dropped - self._dropped[model.spec.text]
            also = f"{ALSO}{name}"
            count = sum(f.recogniser == name or also in f.explanation.split("; ") for f in found)
            result.append(Outcome(name, count, dropped, tuple(pages), message, model.note()))
        return result


def counted(hits: Sequence[TextFinding], profile: Profile) -> list[TextFinding]:
    """Those that the profile counts."""
    return [h for h in hits if profile.counts(h.type, h.score)]
