"""What all opt-in models share: how one is named, whether it can run, chunks of long texts, offsets.

A model is named KIND:WHERE, with ?LABEL=TYPE&... behind it where its labels are its own:

    spacy:en_core_web_lg            a spaCy package, or a folder
    clinical:obi/deid_roberta_i2b2  a token-classification model of the hub (downloaded before), or a folder
    gliner:FOLDER                   a GLiNER model, likewise
    llm:MODEL@http://127.0.0.1:11434/v1    a model behind a chat endpoint (OpenAI's wire format)
    llm:ENGINE                      the model behind an engine of the project (`inkveil engines`)

Nothing here or in a model's availability opens a socket; only a chat model's `find` does.
"""

from __future__ import annotations

import hashlib
import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Literal
from urllib.parse import parse_qsl, urlsplit

from model.errors import EngineFailed, FailureKind, UsageError
from model.findings import TextFinding
from redaction.profiles import TYPES
from redaction.recognisers.models import labels

Kind = Literal["spacy", "clinical", "gliner", "llm"]
KINDS: Final[tuple[Kind, ...]] = ("spacy", "clinical", "gliner", "llm")
OVERLAP: Final = 200
"""Characters that two chunks share, so that an entity across a cut is whole in one of them."""
LONGEST: Final = 300
"""Characters; a longer entity is none."""
_MOST_FILES: Final = 1000

Entity = tuple[int, int, str, float]
"""[start, end) in the chunk, the model's label, its score 0..1."""


@dataclass(frozen=True, slots=True)
class Spec:
    """A model as somebody named it."""

    kind: Kind
    where: str
    """A package, a name of the hub, a folder; of a chat endpoint the model; an engine."""
    url: str = ""
    """Of a chat endpoint, without a slash at the end."""
    own: tuple[tuple[str, str], ...] = ()
    """Label -> type, as somebody told."""

    @property
    def text(self) -> str:
        """As it is written, the inverse of `parse`."""
        told = "&".join(f"{label}={kind}" for label, kind in self.own)
        return f"{self.kind}:{self.where}{'@' + self.url if self.url else ''}{'?' + told if told else ''}"

    @property
    def name(self) -> str:
        """As findings name it: a folder by its last part, an endpoint by its host."""
        if self.url:
            return f"{self.kind}:{self.where}@{urlsplit(self.url).netloc}"
        return f"{self.kind}:{self.where if is_hub_name(self.where) else Path(self.where).name or self.where}"


def is_hub_name(where: str) -> bool:
    """Whether it reads OWNER/NAME or OWNER/NAME@REVISION and is no folder here."""
    return re.fullmatch(r"[\w.-]+/[\w.-]+(@[\w.-]+)?", where) is not None and not Path(where).is_dir()


def parse(text: str) -> tuple[Spec, ...]:
    """The models that a text names, comma-separated, each once. Raises UsageError."""
    specs = [_spec(part.strip()) for part in text.split(",") if part.strip()]
    return tuple(dict.fromkeys(specs))


def _spec(text: str) -> Spec:
    name, _, told = text.partition("?")
    kind, colon, where = name.partition(":")
    if kind not in KINDS or not colon or not where.strip():
        raise UsageError(
            "A model is named spacy:PACKAGE, clinical:NAME, gliner:NAME (or a FOLDER in place of the name) "
            "or llm:MODEL@http://127.0.0.1:PORT/v1, or llm:ENGINE."
        )
    own = tuple((labels.bare(label)[1], type_.upper()) for label, type_ in parse_qsl(told))
    if told and (not own or any(type_ not in TYPES for _, type_ in own)):
        raise UsageError(
            f"{kind}: behind the ? stands LABEL=TYPE&LABEL=TYPE, types as `inkveil profiles` has them."
        )
    if kind == "llm":
        where, at, url = where.partition("@")
        if not at and re.fullmatch(r"[A-Za-z0-9_.-]+", where):
            return Spec("llm", where, "", own)
        return Spec("llm", where.strip(), _url(url), own)
    return Spec(kind, where.strip(), "", own)


def _url(url: str) -> str:
    """The address checked. Nothing of a wrong one is repeated: it may hold a password."""
    wrong = "The address of a chat endpoint is http://HOST:PORT/v1, without user, password and query."
    try:
        parts = urlsplit(url.strip())
        fits = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        raise UsageError(wrong) from None
    if not fits or parts.username is not None or parts.query or parts.fragment or re.search(r"\s", url):
        raise UsageError(wrong)
    return url.strip().rstrip("/")


class TextModel(ABC):
    """A model that reads plain text. Loaded at the first text, once a process; one text at a time."""

    readings = True
    """Whether it reads every engine's reading as well, or the transcript only."""
    chunk = 8000
    """Characters that it gets at once."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.own = dict(spec.own)
        self.dropped = 0
        """Claims that were not counted because they do not stand in the text."""
        self._lock = threading.Lock()
        self._broken: EngineFailed | None = None
        self._loaded = False

    @property
    def name(self) -> str:
        return self.spec.name

    @cached_property
    def stamp(self) -> str:
        """Changes when the model would find other things, or can run now and could not before."""
        told = f"{self.spec.text} {self.identity()} {self.availability()}"
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:24]

    @abstractmethod
    def availability(self) -> str | None:
        """None where it can run, else the reason in one line with its remedy. Loads nothing large."""

    @abstractmethod
    def identity(self) -> str:
        """What tells this model from another one of the same name."""

    def note(self) -> str:
        """What to know of a model that can run: labels that are not used."""
        return ""

    @abstractmethod
    def load(self) -> None:
        """Makes it ready; whatever goes wrong may raise."""

    @abstractmethod
    def entities(self, text: str) -> Iterable[Entity]:
        """What the loaded model finds in a chunk."""

    def find(self, text: str) -> list[TextFinding]:
        """Personal data in a text of any length. Raises EngineFailed, which quotes nothing of the text."""
        with self._lock:
            self._ready()
            found: dict[tuple[int, int, str], TextFinding] = {}
            plain = clean(text)
            for at, part in chunks(plain, self.chunk):
                try:
                    entities = list(self.entities(part))
                except EngineFailed:
                    raise
                except Exception as error:
                    raise self.failure(
                        f"failed while reading ({type(error).__name__})", "bad_output"
                    ) from error
                for start, end, label, score in entities:
                    kind = labels.type_of(label, self.own)
                    span = whole_words(plain, at + start, at + end)
                    if kind is None or span is None or span[1] - span[0] > LONGEST:
                        continue
                    said = f"{self.name} says {labels.bare(label)[1]}"
                    hit = TextFinding(kind, *span, round(min(max(score, 0.0), 1.0), 4), self.name, said)
                    before = found.get((*span, kind))
                    if before is None or before.score < hit.score:
                        found[(*span, kind)] = hit
            return sorted(found.values(), key=lambda h: (h.start, h.end))

    def _ready(self) -> None:
        if self._broken is not None:
            raise self._broken
        if self._loaded:
            return
        reason = self.availability()
        try:
            if reason is not None:
                raise EngineFailed(reason, engine=self.name, kind="unavailable")
            self.load()
        except EngineFailed as error:
            self._broken = error
            raise
        except Exception as error:
            self._broken = self.failure(f"can't be loaded ({type(error).__name__})", "unavailable")
            raise self._broken from error
        self._loaded = True

    def failure(self, what: str, kind: FailureKind) -> EngineFailed:
        """An error that names the model and nothing of the text."""
        return EngineFailed(f"{self.name} {what}.", engine=self.name, kind=kind)


# -- texts ----------------------------------------------------------------------------------------


def clean(text: str) -> str:
    """The text, as long as before, without what tokenisers refuse: lone surrogates, NUL."""
    return re.sub(r"[\ud800-\udfff\x00]", "\ufffd", text)


def chunks(text: str, size: int) -> Iterator[tuple[int, str]]:
    """The text in parts of at most `size` characters that overlap, cut where a line or a word ends."""
    start = 0
    while len(text) - start > size:
        low, high = start + size // 2, start + size
        cut = max(
            text.rfind("\n", low, high), text.rfind(" ", low, high) if "\n" not in text[low:high] else -1
        )
        cut = cut + 1 if cut >= 0 else high
        yield start, text[start:cut]
        back = max(cut - min(OVERLAP, size // 4), start + 1)
        gap = re.search(r"\s", text[back:cut])
        start = back + gap.end() if gap and back + gap.end() < cut else back
    if text[start:].strip():
        yield start, text[start:]


def whole_words(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The span without white space at its ends, widened to the words that it cuts; None for nothing.

    A tokeniser's parts of words may be labelled in part; half a name left readable is a leak. Japanese
    has no gaps between words, so there nothing is widened.
    """
    start, end = max(start, 0), min(end, len(text))
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if start >= end or not any(c.isalnum() for c in text[start:end]):
        return None
    while start > 0 and _joined(text[start - 1], text[start]):
        start -= 1
    while end < len(text) and _joined(text[end - 1], text[end]):
        end += 1
    return start, end


def _joined(left: str, right: str) -> bool:
    return left.isalnum() and right.isalnum() and max(left, right) < "\u3000"


def folder_digest(folder: Path) -> str:
    """Changes with the name, size or time of any file in the folder."""
    digest = hashlib.sha256()
    for number, path in enumerate(sorted(folder.rglob("*"))):
        if number >= _MOST_FILES:
            break
        state = path.stat()
        digest.update(
            f"{path.relative_to(folder)} {state.st_size} {state.st_mtime_ns}\n".encode("utf-8", "replace")
        )
    return digest.hexdigest()


def joined(tags: Sequence[tuple[int, int, str, float]], text: str) -> Iterator[Entity]:
    """Tagged tokens (offsets, BIO or BILOU tag or bare label, score) to entities.

    A token continues the entity before it where the label is the same, its tag does not begin one and
    nothing but white space or a mark inside a word lies between. An entity's score is its tokens' mean.
    """
    begun: list[tuple[int, int, str, float]] = []
    for token in tags:
        prefix, label = labels.bare(token[2])
        if label == "O":
            continue
        if begun:
            last = begun[-1]
            gap = text[last[1] : token[0]]
            goes_on = labels.bare(last[2])[1] == label and (
                (prefix not in ("B", "U", "S") and re.fullmatch(r"\s*[-'’.,/]?\s*", gap))
                or (gap == "" and token[0] > 0 and _joined(text[token[0] - 1], text[token[0]]))
            )
            if not goes_on:
                yield _entity(begun)
                begun = []
        begun.append(token)
    if begun:
        yield _entity(begun)


def _entity(tokens: Sequence[tuple[int, int, str, float]]) -> Entity:
    score = sum(t[3] for t in tokens) / len(tokens)
    return tokens[0][0], tokens[-1][1], labels.bare(tokens[0][2])[1], score
