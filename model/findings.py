"""Personal data that was found, and the boxes that are to be destroyed because of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from model.geometry import Box


@dataclass(frozen=True, slots=True)
class SlotSpan:
    """A part of a slot's text: characters [start, end)."""

    slot: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Finding:
    """An entity that a recogniser found on a page. Boxes are pixels of the page image."""

    id: str
    """Stable for the same type, page, place and text: see redaction.detect."""
    type: str
    text: str
    page: int
    spans: tuple[SlotSpan, ...]
    boxes: tuple[Box, ...]
    score: float
    recogniser: str
    explanation: str = ""
    group: str = ""
    """Findings of one group are the same person or value in several places."""
    proposal: bool = False
    """A place that may hold something which is no text (redaction.proposals): never redacted unasked."""

    @property
    def slots(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(span.slot for span in self.spans))


@dataclass(frozen=True, slots=True)
class TextFinding:
    """An entity in a plain text: characters [start, end)."""

    type: str
    start: int
    end: int
    score: float
    recogniser: str
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """Something a person wants found everywhere: a word or name, a regular expression, or a list."""

    id: str
    kind: Literal["word", "pattern", "list"]
    value: str
    """The word; the expression; or the words, one a line."""
    reason: str = "personal data"
    label: str = ""


@dataclass(frozen=True, slots=True)
class Redaction:
    """A box to destroy. `box` is in PDF points of the displayed page (model.geometry ``points``)."""

    page: int
    """Counted from 1."""
    box: Box
    reason: str
    label: str = ""
    text: str | None = None
    """What is being redacted, where it is known: every further copy of it in the file goes too."""
    decided_by: str = ""
    decided_at: str = ""
    id: str = ""
    kind: str = ""
    """The finding's type, where the box comes from one."""
    group: str = ""
    """As of the finding: boxes of one group are the same person or value."""
    fill: Literal["black", "light"] = "black"
    """Light boxes carry their label in dark: pseudonyms."""


Position = Literal["bottom-right", "bottom-center", "bottom-left", "top-right", "top-center", "top-left"]


@dataclass(frozen=True, slots=True)
class Stamp:
    """A text in a page's margin: its number in a production (Bates)."""

    page: int
    """Counted from 1."""
    text: str
    position: Position = "bottom-right"


@dataclass(frozen=True, slots=True)
class Stamped:
    """What became of a stamp. `box` is in points of the displayed page; None: there was no room for it."""

    page: int
    """Counted from 1."""
    text: str
    box: Box | None
    empty: bool
    """Whether nothing that shows in the output was there before."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the verifier with its result."""

    name: str
    passed: bool
    detail: str = ""
    page: int | None = None
