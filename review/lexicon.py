"""Whether a text looks like a word of a language: word lists as Bloom filters, letters as trigrams.

The data (lexicon.npz, see lexicon.md) answers "most probably a word" and "how usual are its letters";
nothing else can be read out of it. No risk is estimated here.
"""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

LANGUAGES = ("en", "fr", "de", "es", "it")
HASHES = 5
TIERS = (500, 5_000, 40_000)
"""How many of the most frequent words of a language are in each tier."""
FILE = Path(__file__).with_name("lexicon.npz")
_EDGE = 26
_ENDS = ".,;:!?'\"()[]{}-–—_*«»“”/\\|"


@cache
def _data() -> dict[str, NDArray[np.uint8]]:
    with np.load(FILE, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


@cache
def _bits() -> dict[str, bytes]:
    """The Bloom filters as bytes: their single elements are quicker to get at."""
    return {name: table.tobytes() for name, table in _data().items() if not name.startswith("trigrams_")}


@lru_cache(maxsize=20_000)
def letters(text: str) -> str:
    """The word as the lists hold it: lower case, no accents, no punctuation at its ends."""
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).lower().replace("ß", "ss"))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).replace("’", "'")
    return plain.strip(_ENDS)


def hashes(word: str) -> tuple[int, int]:
    """The two hashes that give a word's bits in every filter (Kirsch and Mitzenmacher 2006)."""
    data = word.encode()
    return zlib.crc32(data), zlib.crc32(data, 0x9E3779B9) | 1


def slots_of(word: str, size: int) -> list[int]:
    """Bits of a word in a Bloom filter of `size` bits."""
    one, two = hashes(word)
    return [(one + n * two) % size for n in range(HASHES)]


def _holds(name: str, one: int, two: int) -> bool:
    bits = _bits().get(name)
    if bits is None:
        return False
    size = len(bits) * 8
    for _ in range(HASHES):
        at = one % size
        if not bits[at >> 3] >> (at & 7) & 1:
            return False
        one += two
    return True


@lru_cache(maxsize=50_000)
def known(word: str, language: str) -> bool:
    """Whether a word (as `letters` gives it) is in the language's list; about 1 % of others are as well."""
    return bool(word) and _holds(f"words_{language}", *hashes(word))


@lru_cache(maxsize=50_000)
def usualness(word: str, languages: tuple[str, ...]) -> int:
    """How usual a word (as `letters` gives it) is in the language that fits best: 4 among the 500 most
    frequent, 3 the 5,000, 2 the 40,000, 1 in a word list, 0 unknown.
    """
    if not word:
        return 0
    one, two = hashes(word)
    for tier in range(len(TIERS)):
        if any(_holds(f"usual_{tier}_{language}", one, two) for language in languages):
            return 4 - tier
    return int(any(_holds(f"words_{language}", one, two) for language in languages))


@lru_cache(maxsize=50_000)
def spelled(text: str, languages: tuple[str, ...]) -> float:
    """1 where the word is among the usual ones with just these accents, 0 where only other accents would
    make it one, NaN where it is none of them anyway.
    """
    plain = unicodedata.normalize("NFC", text).lower().replace("’", "'").strip(_ENDS)
    if any(_holds(f"spelled_{language}", *hashes(plain)) for language in languages):
        return 1.0
    return 0.0 if usualness(letters(text), languages) >= 2 else float("nan")


@lru_cache(maxsize=20_000)
def is_word(text: str, languages: tuple[str, ...]) -> float:
    """1 where all parts of the text are words of one of the languages, 0 where none is, else the share.

    NaN for texts without Latin letters or in languages without a list.
    """
    listed = [lang for lang in languages if lang in LANGUAGES]
    parts = [p for p in letters(text).replace("'", " ").replace("-", " ").split() if p.isalpha()]
    if not listed or not parts or not any("a" <= c <= "z" for c in parts[0]):
        return float("nan")
    hits = sum(len(p) == 1 or any(known(p, lang) for lang in listed) for p in parts)
    return hits / len(parts)


def codes(word: str) -> list[int]:
    """Letters as numbers for the trigram tables, with an edge before and after."""
    inner = [ord(c) - 97 for c in word if "a" <= c <= "z"]
    return [_EDGE, *inner, _EDGE] if inner else []


@lru_cache(maxsize=50_000)
def plausibility(text: str, languages: tuple[str, ...]) -> float:
    """Mean log2 probability of a letter after the two before, in the language that fits best; NaN without
    two Latin letters. About -2.5 for usual words, under -5 for noise.
    """
    row = codes(letters(text))
    if len(row) < 4:
        return float("nan")
    best = float("nan")
    a, b, c = (np.array(row[k : len(row) - 2 + k]) for k in range(3))
    for language in languages:
        table = _data().get(f"trigrams_{language}")
        if table is None:
            continue
        value = -float(np.mean(table[a, b, c])) / 16.0
        best = value if not best >= value else best
    return best


def listed(languages: Iterable[str]) -> tuple[str, ...]:
    """The languages that have data, all of them where none was named."""
    named = tuple(lang for lang in languages if lang in LANGUAGES)
    return named or (() if any(True for lang in languages) else LANGUAGES)
