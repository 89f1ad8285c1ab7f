"""Names, places and ordinary words, loaded once and late from redaction/lists.

The lists were made by scripts/build_word_lists.py (Faker, MIT; Tesseract's language data, Apache-2.0)
and hold keys of redaction.folding. What a word means in its sentence is decided in names_announced.py,
names_listed.py and their neighbours.
"""

from __future__ import annotations

import gzip
from bisect import bisect_right
from functools import cache
from importlib import resources

from redaction.folding import key

LATIN = ("en", "fr", "de", "es", "it")


def words(text: str) -> frozenset[str]:
    """The words of a text as a set: for the small vocabularies of this package."""
    return frozenset(text.split())


class Lexicon:
    """Words that can be asked for: sorted lists kept as they were read, with a mark every few dozen words.

    A set of the 390,000 words takes 60 MB and a quarter of a second; this takes what the text takes.
    """

    __slots__ = ("_lists",)

    def __init__(self, *lists: tuple[list[bytes], list[int], bytes]) -> None:
        self._lists = lists

    @classmethod
    def of(cls, listed: bytes) -> Lexicon:
        """A lexicon of words in UTF-8, one a line, in the order of their bytes."""
        data = b"\n" + listed + b"\n"
        places = [0]
        while (mark := data.find(b"\n", places[-1] + _STEP, -1)) >= 0:
            places.append(mark)
        firsts = [data[p + 1 : data.index(b"\n", p + 1)] for p in places]
        return cls((firsts, [*places, len(data)], data))

    def __contains__(self, word: str) -> bool:
        wanted = word.encode("utf-8", "surrogatepass")
        line = b"\n" + wanted + b"\n"
        for firsts, places, data in self._lists:
            at = bisect_right(firsts, wanted)
            if at and data.find(line, places[at - 1], places[at] + 1) >= 0:
                return True
        return False

    def __or__(self, other: Lexicon) -> Lexicon:
        return Lexicon(*self._lists, *other._lists)


_STEP = 512
"""Bytes between two marks, about: what is searched for a word after its mark was found by bisection."""


@cache
def _load(name: str) -> Lexicon:
    data = (resources.files("redaction") / "lists" / f"{name}.txt.gz").read_bytes()
    return Lexicon.of(gzip.decompress(data))


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
