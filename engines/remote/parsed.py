"""What is asked and what comes back: the values between an adapter and engines.remote.engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engines.remote.places import Piece
from engines.remote.secrets import Secret
from engines.remote.sent import Sent
from model.words import Region, Word


@dataclass(frozen=True)
class Connection:
    """Where an engine's calls go and with which key, which is scrubbed from all that comes back."""

    url: str = ""
    """Empty: nobody has said where."""
    key: Secret = field(default_factory=lambda: Secret(""))
    more: Mapping[str, str] = field(default_factory=dict)
    """Values that are no secret: a region, a way of transport."""


@dataclass(frozen=True)
class Ask:
    """What is asked about one page. Everything in it but the image's bytes is in the Reading's settings."""

    image: Sent
    model: str
    settings: Mapping[str, Any]
    """All that decides about the answer, prompt and system message included. JSON."""
    languages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """What is asked about a text, without an image: see engines.remote.talk."""

    system: str
    text: str
    model: str
    settings: Mapping[str, Any]
    """The engine's options, with what an administrator gave."""


@dataclass(frozen=True)
class Answer:
    """What came back, as JSON values, and the tokens that the provider counts."""

    raw: Any
    tokens_in: int = 0
    tokens_out: int = 0
    model: str = ""
    """As the answer names it, where it does: aliases move on to newer models."""


@dataclass(frozen=True)
class Parsed:
    """A pure parse's result, in pixels of the sent image: words, or pieces, or a text without places."""

    words: tuple[Word, ...] | None = None
    pieces: tuple[Piece, ...] | None = None
    """Words or lines as a model placed them; they become words where they are brought onto the page."""
    text: str | None = None
    """Needed where words is None: with pieces it is what stays if they lie elsewhere."""
    regions: tuple[Region, ...] = ()
    noticed: Mapping[str, int] = field(default_factory=dict)

    @property
    def plain(self) -> str:
        if self.words is not None:
            return " ".join(w.text for w in self.words)
        if self.pieces is not None:
            return " ".join(p.text for p in self.pieces)
        return self.text or ""
