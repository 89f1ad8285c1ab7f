"""Library: the base of an engine that is a library on this machine, with weights in a folder of its own.

An adapter loads the model, calls it, and has a pure module-level `parse`. One page's way: the licence is
accepted where there are terms -> the library, its options, its folder and the files in it are there -> the
weights' digest, with which a stored reading of the same fingerprint is found again -> loaded, once a process
-> called -> parsed -> boxes checked -> Reading. From loading to the answer no socket leads away
(engines.offline): weights are fetched by people, never while a page is read.

Add one: a file engines/NAME.py with a subclass, a line in engines.registry.BUILT_IN, an extra in
pyproject.toml, a row in docs/local-engines.md, tests in tests/engines_local. engines/easyocr.py is the
shortest example.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from engines import weights
from engines.base import BoxKind, PageImage, Terms, reading_of
from engines.languages import NAMES
from engines.offline import offline
from engines.remote import places, secrets, untrusted
from engines.remote.engine import find_spec_safely, option
from engines.remote.failures import BadAnswer, failed
from engines.remote.gate import agree
from model.errors import EngineFailed, FailureKind
from model.words import Reading, Region, Word, fingerprint

if TYPE_CHECKING:
    from engines.placed import Placed

KEPT: Final = 2
"""Loaded models that an engine keeps: one for pages in Japanese and one for the others, say."""
COMMON: Final[Mapping[str, Any]] = {"device": "cpu"}
"""Options of every engine here. Set like the folder: INKVEIL_<NAME>_<OPTION>, or in [engines.NAME]."""


@dataclass(frozen=True)
class Setup:
    """With what a page is read. A loaded model is kept by it."""

    folder: Path
    options: Mapping[str, Any]
    languages: tuple[str, ...] = ()
    """The library's own codes, for what of the page's languages it reads; empty where it has no codes."""
    digest: str = ""


@dataclass(frozen=True)
class Found:
    """A pure parse's result, in pixels of the page's array: words, or lines, or a text without places."""

    words: tuple[Word, ...] | None = None
    lines: tuple[Placed, ...] | None = None
    """Lines, which are cut to words on the page (engines.placed)."""
    text: str | None = None
    regions: tuple[Region, ...] = ()
    noticed: Mapping[str, int] = field(default_factory=dict)

    @property
    def plain(self) -> str:
        if self.words is not None:
            return " ".join(w.text for w in self.words)
        if self.lines is not None:
            return "\n".join(line.text for line in self.lines)
        return self.text or ""


class Library(ABC):
    """An engine on this machine. Attributes that an adapter sets, then the methods that it writes."""

    name: str
    """Also the section of the secrets: [engines.NAME], INKVEIL_NAME_WEIGHTS."""
    title: str
    package: str
    """What must be importable; it is only looked for until a page is read."""
    distribution: str
    """The package's name in the index, for its version."""
    extra: str
    """The extra of Inkveil that installs it; empty where `install` says something else."""
    install: str = ""
    boxes: BoxKind = "word"
    """word where it places words; line where its lines are cut to words here."""
    confidence: bool = True
    codes: ClassVar[Mapping[str, str]] = {}
    """Our languages -> the library's; empty where nothing is left out and nothing is told."""
    vertical: bool = False
    handwriting: bool = False
    terms: Terms | None = None
    """A licence that somebody has to accept first."""
    options: ClassVar[Mapping[str, Any]] = {}
    """Settings with their defaults, besides COMMON."""
    holds: str
    """The files that belong into the folder, for messages: "craft_mlt_25k.pth and latin_g2.pth"."""
    parse_version: int = 1
    """Raised where a change of call or parse reads pages anew."""
    switches: ClassVar[Mapping[str, str]] = {}
    """Variables of the environment that keep the library off the network, besides engines.offline's."""
    loggers: tuple[str, ...] = ()
    """Loggers of the library; below warnings they may hold what was read, and are kept silent."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._kept: OrderedDict[str, Any] = OrderedDict()

    # -- what an adapter writes ----------------------------------------------------------------------

    @abstractmethod
    def lacks(self, setup: Setup) -> str | None:
        """One line where the folder has not the files for this setup; None where it has. Imports nothing.

        With `setup.languages` empty it is asked whether any page could be read. See weights.lacking.
        """

    @abstractmethod
    def load(self, setup: Setup) -> Any:
        """The library's own object, from the folder only. Its errors come as they are."""

    @abstractmethod
    def call(self, loaded: Any, page: PageImage, setup: Setup) -> Any:
        """What it answers for the page, as JSON values (no arrays), kept in the reading."""

    @abstractmethod
    def read(self, answer: Any, page: PageImage) -> Found:
        """The adapter's pure module-level parse; any error means an answer that is none."""

    def used(self, setup: Setup) -> Sequence[Path]:
        """The files of the folder that this setup reads with; all of it, if not said otherwise."""
        return weights.files(setup.folder)

    def model(self, setup: Setup) -> str:
        """What the reading calls the model."""
        return setup.folder.name

    def told(self, languages: Sequence[str]) -> tuple[str, ...]:
        """The library's codes for a page's languages. Raises ValueError where it reads none of them."""
        if not self.codes:
            return ()
        return tuple(dict.fromkeys(self.codes[code] for code in fitting(languages, self.codes)))

    # -- what it is then -----------------------------------------------------------------------------

    @property
    def privacy(self) -> str:
        return "local"

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.codes)

    def version(self) -> str:
        try:
            return f"{metadata.version(self.distribution)}+{self.parse_version}"
        except metadata.PackageNotFoundError:
            return ""

    def availability(self) -> str | None:
        """Whether it could read; whether a project has accepted its terms, registry.describe says."""
        if not find_spec_safely(self.package):
            command = self.install or f"pip install 'inkveil[{self.extra}]'"
            return f"{self.title} is not installed: {command}."
        reason = weights.absent(self.name, self.holds)
        if reason is not None:
            return reason
        try:
            return self.lacks(Setup(weights.folder(self.name), self.chosen()))
        except ValueError as error:
            return f"Its settings do not fit: {error}."
        except OSError:
            return f"Its folder of weights cannot be read: {weights.named(self.name)}."

    def chosen(self) -> dict[str, Any]:
        """The options in force. Raises ValueError for one that does not fit."""
        return {
            name: option(secrets.value(self.name, name) or default, default, name)
            for name, default in {**COMMON, **self.options}.items()
        }

    def recognise(self, page: PageImage) -> Reading:
        started = time.perf_counter()
        agree(self, page)
        reason = self.availability()
        if reason is not None:
            raise self._failed(reason, "unavailable", page)
        setup = self._setup(page)
        settings = {"options": dict(setup.options), "weights": setup.digest}
        if setup.languages:
            settings["languages"] = list(setup.languages)
        key = fingerprint(self.name, self.version(), self.model(setup), settings, page.sha256)
        if page.gate is not None and page.sha256:
            known = page.gate.known(key, page)
            if known is not None:
                return replace(known, engine=self.name)
        answer = self._answer(page, setup)
        try:
            words, found = self._on_page(self.read(answer, page), page)
        except Exception as error:
            wrong = error if isinstance(error, BadAnswer) else BadAnswer(_strange(error))
            raise failed(wrong, engine=self.name, title=self.title, page=page.page) from error
        return reading_of(
            self, page, words, text=found.text if words is None else None, model=self.model(setup),
            settings=settings, regions=found.regions, noticed={k: n for k, n in found.noticed.items() if n},
            raw={"answered": answer, "unread": _unread(found)}, seconds=time.perf_counter() - started,
        )  # fmt: skip

    def _setup(self, page: PageImage) -> Setup:
        """The setup for a page, its weights' digest with it. Raises EngineFailed."""
        try:
            languages = self.told(page.languages)
        except ValueError as error:
            raise self._failed(
                f"Page {page.page} was not read by {self.title}: {error}.", "bad_input", page
            ) from None
        setup = Setup(weights.folder(self.name), self.chosen(), languages)
        try:
            reason = self.lacks(setup)
            if reason is None:
                return replace(setup, digest=weights.digest(setup.folder, self.used(setup)))
        except OSError:
            reason = f"Its folder of weights cannot be read: {setup.folder}."
        raise self._failed(reason, "unavailable", page)

    def _answer(self, page: PageImage, setup: Setup) -> Any:
        """The library's answer: one call at a time, since hardly any of them may be called by two threads."""
        with self._lock, offline(self.switches):
            loaded = self._loaded(page, setup)
            try:
                return self.call(loaded, page, setup)
            except Exception as error:
                raise self._failed(
                    f"{self.title} failed on page {page.page} ({type(error).__name__}).", "bad_output", page
                ) from error

    def _loaded(self, page: PageImage, setup: Setup) -> Any:
        """The model of a setup, loaded where it is not kept; those of changed weights are let go."""
        key = repr((str(setup.folder), setup.digest, sorted(setup.options.items()), setup.languages))
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        while len(self._kept) >= KEPT:
            self._kept.popitem(last=False)
        try:
            loaded = self.load(setup)
        except Exception as error:
            raise self._failed(
                f"{self.title} could not be loaded from {setup.folder}: {_first_line(error)}",
                "unavailable", page,
            ) from error  # fmt: skip
        secrets.quiet(*self.loggers)
        self._kept[key] = loaded
        return loaded

    def _on_page(self, found: Found, page: PageImage) -> tuple[tuple[Word, ...] | None, Found]:
        """The words, on the page. Raises Suspicious for an answer that is none of this page."""
        untrusted.check_size(found.plain, len(found.words or ()))
        boxes = [w.quad.bounds for w in found.words or ()] + [line.quad.bounds for line in found.lines or ()]
        boxes += [r.quad.bounds for r in found.regions]
        if not places.fits(boxes, page.width, page.height):
            raise untrusted.Suspicious("coordinates")
        upright = "ja-vert" in page.languages
        words = found.words
        if found.lines is not None:
            from engines.placed import words_of

            words = words_of(found.lines, page.array, vertical=upright)
        elif words is not None and upright:
            words = places.upended(words)
        return words, found

    def _failed(self, message: str, kind: FailureKind, page: PageImage) -> EngineFailed:
        return EngineFailed(message, engine=self.name, kind=kind, page=page.page)


def fitting(languages: Sequence[str], readable: Collection[str]) -> tuple[str, ...]:
    """Of a page's languages those that are `readable`. Raises ValueError that says so where none is."""
    found = tuple(code for code in languages if code in readable)
    if languages and not found:
        asked = " and ".join(NAMES.get(code, code) for code in languages)
        known = ", ".join(NAMES.get(code, code) for code in readable)
        raise ValueError(f"it does not read {asked}, with these weights only {known}")
    return found


def _unread(found: Found) -> list[list[list[float]]]:
    """Corners of lines that were found but in which nothing was read: places to look at (review.merge)."""
    return [[list(p) for p in line.quad.points] for line in found.lines or () if not line.text.strip()]


def share(value: Any) -> float | None:
    """A confidence as 0..1; None for what is no number."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return min(max(found, 0.0), 1.0) if found == found else None


def _strange(error: Exception) -> str:
    return f"its answer cannot be read ({type(error).__name__})"


def _first_line(error: Exception) -> str:
    """An error of loading in one line; no page has been seen yet, so none of its text can be in it."""
    lines = str(error).strip().splitlines()
    said = lines[0][:200].rstrip(" .:") if lines else ""
    return f"{type(error).__name__}, {said}." if said else f"{type(error).__name__}."
