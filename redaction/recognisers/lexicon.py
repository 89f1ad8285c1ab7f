"""Names, places and ordinary words, loaded once and late from redaction/lists.

The lists were made by scripts/build_word_lists.py (Faker, MIT; Tesseract's language data, Apache-2.0)
and hold keys of redaction.folding. What a word means in its sentence is decided in names_announced.py,
names_listed.py and their neighbours.
"""

from __future__ import annotations

import gzip
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable
from functools import cache
from importlib import resources

from redaction.folding import key

LATIN = ("en", "fr", "de", "es", "it")


def words(text: str) -> frozenset[str]:
    """The words of a text as a set: for the small vocabularies of this package."""
    return frozenset(text.split())


class Lexicon:
    """Words that can be asked for, eight bytes each: sorted hashes of them, good within one process.

    A set of the 390,000 words takes 60 MB. Two words in 10^8 questions would be taken for one another.
    """

    __slots__ = ("_hashes",)

    def __init__(self, hashes: Collection[int]) -> None:
        self._hashes = array("q", sorted(hashes))

    @classmethod
    def of(cls, listed: Iterable[str]) -> Lexicon:
        return cls({hash(word) for word in listed})

    def __contains__(self, word: str) -> bool:
        wanted = hash(word)
        at = bisect_left(self._hashes, wanted)
        return at < len(self._hashes) and self._hashes[at] == wanted

    def __len__(self) -> int:
        return len(self._hashes)

    def __or__(self, other: Lexicon) -> Lexicon:
        return Lexicon({*self._hashes, *other._hashes})


@cache
def _load(name: str) -> Lexicon:
    data = (resources.files("redaction") / "lists" / f"{name}.txt.gz").read_bytes()
    return Lexicon.of(gzip.decompress(data).decode().split("\n"))


def given_names() -> Lexicon:
    return _load("given")


def family_names() -> Lexicon:
    return _load("family")


@cache
def all_names() -> Lexicon:
    """Given and family names."""
    return given_names() | family_names()


def ambiguous_names() -> Lexicon:
    """Names that are ordinary words as well: will, rose, page."""
    return _load("ambiguous")


def places() -> Lexicon:
    """Cities, regions and countries, several words joined by a space."""
    return _load("places")


@cache
def ordinary(languages: tuple[str, ...]) -> Lexicon:
    """The ordinary words of the languages; English stands in for one that has no list."""
    first, *more = [lang for lang in languages if lang in LATIN] or ["en"]
    found = _load(f"words.{first}")
    for lang in more:
        found = found | _load(f"words.{lang}")
    return found


def name_skeletons() -> Lexicon:
    """What misread names look like: see folding.skeleton. Short ones are left out, too many collide."""
    return _load("skeletons")


def is_given(word: str) -> bool:
    return key(word) in given_names()


def is_family(word: str) -> bool:
    return key(word) in family_names()
