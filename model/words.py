"""What engines read and what is made of it: words, readings, slots, transcripts.

All coordinates here are pixels of the page image (frame ``image`` of model.geometry) unless a
docstring says otherwise. Values are immutable; a changed thing is a new value.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from model.errors import FailureKind
from model.geometry import Box, Quad

Status = Literal["open", "accepted", "corrected", "inserted", "unsure", "contested"]
"""What people made of a slot. contested: two of them decided differently, and both readings are kept."""
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Word:
    """One word (in Japanese: one character or run) as one engine read it."""

    text: str
    quad: Quad
    confidence: float | None = None
    """0..1, or None where the engine gives none."""
    line: int = 0
    """Number of the engine's own text line, counted from 0 in the engine's own order."""
    vertical: bool = False
    """True where the characters run from top to bottom."""

    @property
    def box(self) -> Box:
        return self.quad.bounds


@dataclass(frozen=True, slots=True)
class Region:
    """A line or block that an engine placed as a whole, where it does not place its words."""

    text: str
    quad: Quad
    kind: Literal["line", "block"] = "block"
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What one engine said about one page. Never changed after it is stored."""

    engine: str
    version: str
    width: int
    height: int
    words: tuple[Word, ...] | None
    """None where the engine places nothing (a language model): then `text` holds what it read."""
    text: str | None = None
    model: str = ""
    settings: Json = field(default_factory=dict)
    image_sha256: str = ""
    seconds: float = 0.0
    cost: float = 0.0
    raw: Any = None
    """The engine's own answer, as it came, where it is small enough to keep."""
    regions: tuple[Region, ...] = ()
    """What the engine placed as a whole; the words in them are in `words` or, unplaced, in `text`."""
    noticed: Json = field(default_factory=dict)
    """What was odd in the answer and did not spoil it: code of engines.remote.untrusted -> how often."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what decides about an answer: engine, version, model, settings, prompt, image."""
        return fingerprint(self.engine, self.version, self.model, self.settings, self.image_sha256)

    @property
    def plain_text(self) -> str:
        """The text, or the words in the engine's order with its line breaks."""
        if self.text is not None:
            return self.text
        lines: dict[int, list[str]] = {}
        for word in self.words or ():
            lines.setdefault(word.line, []).append(word.text)
        return "\n".join(" ".join(words) for words in lines.values())


def fingerprint(engine: str, version: str, model: str, settings: Json, image_sha256: str) -> str:
    """The key under which an answer is found again; the prompt is one of the settings."""
    whole = [engine, version, model, dict(settings), image_sha256]
    text = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Failure:
    """An engine that gave no reading of a page: a value, shown beside the page."""

    engine: str
    kind: FailureKind
    message: str
    page: int = 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text for a slot with the engines that gave it."""

    text: str
    engines: tuple[str, ...]
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """One place on the page where a word stands, with everything that was read there."""

    id: str
    """Stable for the same place: made of the page and the rounded box, see review.merge."""
    quad: Quad
    text: str
    """The chosen text; empty for a ghost (ink that no engine read)."""
    candidates: tuple[Candidate, ...]
    risk: float
    """Calibrated probability 0..1 that the text or the slot's existence is wrong."""
    reasons: tuple[str, ...]
    """Short codes of contract.md: disagreement, low_confidence, single_engine, ghost, lexicon ..."""
    line: int
    order: int
    """Position in the page's reading order, from 0."""
    redact_box: Box
    """The box that surely covers the ink."""
    vertical: bool = False

    @property
    def box(self) -> Box:
        return self.quad.bounds

    @property
    def ghost(self) -> bool:
        return "ghost" in self.reasons


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A word that a boxless engine read and that fits no ink. Listed apart, never boxed."""

    text: str
    engine: str


@dataclass(frozen=True, slots=True)
class Repair:
    """Something in an engine's reading that could not be right and was mended."""

    engine: str
    what: str
    """off_page (a box without a place on the page: its word is listed apart), cut (a box cut to the page),
    repeated (the same word at the same place again, left out), confidence (not between 0 and 1),
    no_letters (nothing in it that can be read, left out); and the codes of Reading.noticed."""
    count: int


@dataclass(frozen=True, slots=True)
class MergedPage:
    """All readings of a page made one: slots in reading order."""

    page: int
    """Counted from 1."""
    width: int
    height: int
    dpi: float
    slots: tuple[Slot, ...]
    engines: tuple[str, ...]
    failures: tuple[Failure, ...] = ()
    unplaced: tuple[Unplaced, ...] = ()
    repairs: tuple[Repair, ...] = ()

    @property
    def text(self) -> str:
        return compose(self.slots)[0]


@dataclass(frozen=True, slots=True)
class TranscriptSlot:
    """A slot after the decisions of people."""

    id: str
    quad: Quad
    text: str
    line: int
    order: int
    redact_box: Box
    status: Status = "open"
    risk: float = 0.0
    reasons: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    decided_by: str | None = None
    decided_seq: int | None = None
    vertical: bool = False

    @property
    def box(self) -> Box:
        return self.quad.bounds

    @property
    def ghost(self) -> bool:
        """Ink without a word, and nobody has typed one."""
        return not self.text


@dataclass(frozen=True, slots=True)
class TranscriptPage:
    """A page's slots in reading order with decisions applied."""

    page: int
    width: int
    height: int
    dpi: float
    slots: tuple[TranscriptSlot, ...]
    approved: bool = False

    @property
    def text(self) -> str:
        return self.compose()[0]

    def compose(self) -> tuple[str, list[tuple[int, int]]]:
        """The text, and for each slot its [start, end) in it (empty for ghosts)."""
        return compose(self.slots)


def transcript_of(merged: MergedPage) -> TranscriptPage:
    """The transcript of a page about which nobody has decided anything."""
    return TranscriptPage(
        merged.page,
        merged.width,
        merged.height,
        merged.dpi,
        tuple(
            TranscriptSlot(
                s.id,
                s.quad,
                s.text,
                s.line,
                s.order,
                s.redact_box,
                risk=s.risk,
                reasons=s.reasons,
                candidates=s.candidates,
                vertical=s.vertical,
            )
            for s in merged.slots
        ),
    )


def compose(slots: Sequence[Slot] | Sequence[TranscriptSlot]) -> tuple[str, list[tuple[int, int]]]:
    """Joins slots in the given order: a line break between lines, a space between words.

    No space stands between two characters of scripts that write without spaces. Returns the text and
    each slot's [start, end) in it; slots without text get an empty span.
    """
    parts: list[str] = []
    spans: list[tuple[int, int]] = []
    position = 0
    previous: Slot | TranscriptSlot | None = None
    for slot in slots:
        if not slot.text:
            spans.append((position, position))
            continue
        if previous is not None:
            if previous.line != slot.line:
                joint = "\n"
            else:
                joint = "" if unspaced(previous.text[-1]) and unspaced(slot.text[0]) else " "
            parts.append(joint)
            position += len(joint)
        parts.append(slot.text)
        spans.append((position, position + len(slot.text)))
        position += len(slot.text)
        previous = slot
    return "".join(parts), spans


def unspaced(character: str) -> bool:
    """True for characters of scripts written without spaces: CJK ideographs, kana, full-width forms."""
    if not character:
        return False
    code = ord(character[0])
    return (
        0x2E80 <= code <= 0x9FFF
        or 0xF900 <= code <= 0xFAFF
        or 0xFF00 <= code <= 0xFFEF
        or 0x20000 <= code <= 0x3FFFF
    ) and unicodedata.category(character[0]) != "Zs"
