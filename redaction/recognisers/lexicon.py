"""Names, places and ordinary words, loaded once and late from redaction/lists.

The lists were made by scripts/build_word_lists.py (Faker, MIT; Tesseract's language data, Apache-2.0)
and hold keys of redaction.folding. What a word means in its sentence is decided in names.py.
"""

from __future__ import annotations

import gzip
from functools import cache
from importlib import resources

from redaction.folding import key

LATIN = ("en", "fr", "de", "es", "it")


def words(text: str) -> frozenset[str]:
    """The words of a text as a set: for the small vocabularies of this package."""
    return frozenset(text.split())


@cache
def _load(name: str) -> frozenset[str]:
    data = (resources.files("redaction") / "lists" / f"{name}.txt.gz").read_bytes()
    return frozenset(gzip.decompress(data).decode().split("\n"))


def given_names() -> frozenset[str]:
    return _load("given")


def family_names() -> frozenset[str]:
    return _load("family")


def ambiguous_names() -> frozenset[str]:
    """Names that are ordinary words as well: will, rose, page."""
    return _load("ambiguous")


def places() -> frozenset[str]:
    """Cities, regions and countries, several words joined by a space."""
    return _load("places")


@cache
def ordinary(languages: tuple[str, ...]) -> frozenset[str]:
    """The ordinary words of the languages; English stands in for one that has no list."""
    known = [lang for lang in languages if lang in LATIN] or ["en"]
    return frozenset().union(*(_load(f"words.{lang}") for lang in known))


def name_skeletons() -> frozenset[str]:
    """What misread names look like: see folding.skeleton. Short ones are left out, too many collide."""
    return _load("skeletons")


def is_given(word: str) -> bool:
    return key(word) in given_names()


def is_family(word: str) -> bool:
    return key(word) in family_names()
