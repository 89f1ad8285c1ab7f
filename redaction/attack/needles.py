"""What must not be found: secrets in every form in which a file may hold them, and the search.

A secret is a *whole* (the text of a redaction, or all that stood under its box) or a *token* (one
distinctive word of it). Folding: NFKC, case, and nothing but letters and digits, so that
"960-84-7166", "960 84 7166" and the same glyph by glyph are one. Short ones count as whole words
only, otherwise "Ann" would be found in "planning".
"""

from __future__ import annotations

import base64
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, chain
from urllib.parse import quote

from model.words import unspaced
from redaction.attack.held import ByteIndex, Held
from redaction.attack.vocabulary import blanked

SUBSTRING_FROM = 8
"""Folded letters from which on a secret is looked for inside longer runs of letters."""
SHORTEST = 4
"""Folded letters below which a secret says nothing (2 in scripts without spaces)."""
BYTES_FROM = 6
"""Length of an encoded form from which on binary data is searched: shorter ones occur by chance."""
_WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=1 << 15)
def _folded_word(text: str) -> tuple[str, ...]:
    return tuple(_folded(text))


def folded_words(text: str) -> Sequence[str]:
    """Runs of letters and digits, NFKC, case folded. Soft hyphens and zero-width signs vanish."""
    return _folded_word(text) if len(text) <= 24 else _folded(text)


def _folded(text: str) -> list[str]:
    if text.isascii():
        return _WORD.findall(text.lower())
    text = unicodedata.normalize("NFKC", text)
    text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return _WORD.findall(text.casefold())


GAP = "\0"
"""In a sequence of folded words: what stood here is gone, nothing is spelt across it."""


def folded_run(words: Sequence[Sequence[str]], gaps: Sequence[bool]) -> list[str]:
    """The folded words of a page, given word by word; `gaps`: behind which (but the last) a GAP is."""
    if len(gaps) != len(words) - 1:
        raise ValueError("there is a gap or none between any two words")
    run: list[str] = []
    start = 0
    for end in [n for n, gap in enumerate(gaps, 1) if gap]:
        run += chain.from_iterable(words[start:end])
        run.append(GAP)
        start = end
    run += chain.from_iterable(words[start:])
    return run


def fold(text: str) -> str:
    return "".join(folded_words(text))


def long_enough(folded: str) -> bool:
    """True where finding this again means something."""
    if not folded.isascii() and any(unspaced(c) for c in folded):
        return len(folded) >= 2
    return len(folded) >= SHORTEST


@dataclass(frozen=True)
class Needle:
    """One secret. `origin` names it without quoting it: "the text under the box on page 3"."""

    text: str
    words: tuple[str, ...]
    origin: str
    page: int | None
    whole: bool

    @property
    def folded(self) -> str:
        return "".join(self.words)


class Needles:
    """All secrets of a file, ready to be searched for. Empty is fine: then nothing is ever found."""

    def __init__(self, items: Iterable[Needle], innocent: Collection[str] = ()) -> None:
        """`innocent`: folded words that may be read, though one may hold a secret by chance."""
        self.innocent = innocent
        unique: dict[str, Needle] = {}
        for needle in items:
            folded = needle.folded
            known = unique.get(folded)
            if long_enough(folded) and (known is None or (needle.whole and not known.whole)):
                unique[folded] = needle
        self.items: tuple[Needle, ...] = tuple(unique.values())
        self._anywhere = [
            (folded, n)
            for folded, n in unique.items()
            if len(folded) >= SUBSTRING_FROM or any(unspaced(c) for c in folded)
        ]
        anywhere = {folded for folded, _ in self._anywhere}
        bounded = [n for folded, n in unique.items() if folded not in anywhere]
        self._single = {n.words[0]: n for n in bounded if len(n.words) == 1}
        self._phrases = [(" " + " ".join(n.words) + " ", n) for n in bounded if len(n.words) > 1]

    @cached_property
    def _held(self) -> Held:
        return Held([folded for folded, _ in self._anywhere])

    @cached_property
    def _said(self) -> Held:
        return Held([phrase for phrase, _ in self._phrases])

    @cached_property
    def _bytes(self) -> ByteIndex[Needle]:
        forms: dict[bytes, Needle] = {}
        for needle in self.items:
            for form in encoded_forms(needle.text):
                if len(form) >= BYTES_FROM:
                    forms.setdefault(form, needle)
        return ByteIndex(forms)

    @cached_property
    def wholes(self) -> Needles:
        """Whole secrets only: for text of which nobody knows what of it stood outside the boxes."""
        return Needles((n for n in self.items if n.whole), self.innocent)

    @cached_property
    def long(self) -> Needles:
        """Whole secrets that no kilobytes of digits hold by chance."""
        return Needles((n for n in self.items if n.whole and len(n.folded) >= SUBSTRING_FROM), self.innocent)

    def __bool__(self) -> bool:
        return bool(self.items)

    def without(self, folded: Collection[str]) -> Needles:
        """The same less those that these words, which may be read, spell."""
        return Needles((n for n in self.items if not all(w in folded for w in n.words)), self.innocent)

    def in_text(self, text: str) -> Needle | None:
        """The first secret that can be read in a text."""
        return self.in_words(folded_words(text)) if self.items and text else None

    def in_words(self, words: Sequence[str]) -> Needle | None:
        """As in_text, for words that are folded already."""
        if not self.items or not words:
            return None
        run = "".join(words)
        for index in self._held.by(run):
            folded, needle = self._anywhere[index]
            if self._stands(folded, run, words):
                return needle
        for word in words:
            if word in self._single:
                return self._single[word]
        if self._phrases:
            said = self._said.by(" " + " ".join(words) + " ")
            return self._phrases[said[0]][1] if said else None
        return None

    def in_run(self, text: str, judged: str) -> Needle | None:
        """As in_text for glyphs without word gaps; `judged`: folded text that in_words has seen."""
        if not self._anywhere or not text:
            return None
        found = (self._anywhere[index] for index in self._held.by(fold(text)))
        return next((n for f, n in found if f not in judged), None)

    def _stands(self, folded: str, run: str, words: Sequence[str]) -> bool:
        """Whether an occurrence begins or ends with a word, or lies in words that nobody vouches for."""
        for first, last, exact in occurrences(folded, run, words):
            if exact or not all(w in self.innocent for w in words[first : last + 1]):
                return True
        return False

    def in_bytes(self, data: bytes) -> Needle | None:
        """The first secret in data that is no text for sure: every encoding, longer forms only."""
        needle = self._bytes.find(data) if self.items else None
        return needle and self._bytes.find(blanked(data))  # the format's own words are no secrets

    def in_string(self, data: bytes) -> Needle | None:
        """The first secret in a PDF string: UTF-16, UTF-8 or PDFDocEncoding, else as bytes."""
        if not self.items or not data:
            return None
        return next(filter(None, map(self.in_text, decodings(data))), None) or self.in_bytes(data)

    def masked(self, text: str) -> str:
        """A name from the file, fit for a report: withheld where it holds a secret."""
        shown = text if len(text) <= 60 else text[:59] + "…"
        return "(name withheld)" if self.in_text(text) else shown


def occurrences(folded: str, run: str, words: Sequence[str]) -> Iterator[tuple[int, int, bool]]:
    """(first word, last word, whether it begins and ends with them) of each place in joined words."""
    ends = list(accumulate(map(len, words)))
    at = run.find(folded)
    while at >= 0:
        end = at + len(folded)
        first, last = bisect_right(ends, at), bisect_left(ends, end)
        yield first, last, at == ends[first] - len(words[first]) and end == ends[last]
        at = run.find(folded, at + 1)


def decodings(data: bytes) -> list[str]:
    """What a string's bytes may say: ISO 32000-2, 7.9.2.2, and UTF-16 without its mark."""
    if data.startswith(b"\xfe\xff"):
        return [data[2:].decode("utf-16-be", "replace")]
    if data.startswith(b"\xff\xfe"):
        return [data[2:].decode("utf-16-le", "replace")]
    if data.startswith(b"\xef\xbb\xbf"):
        return [data[3:].decode("utf-8", "replace")]
    texts = [data.decode("latin-1")]
    if any(b >= 0x80 for b in data):
        texts.append(data.decode("utf-8", "replace"))
    if b"\0" in data:
        texts += [data.decode("utf-16-be", "replace"), data.decode("utf-16-le", "replace")]
    return texts


def encoded_forms(text: str) -> set[bytes]:
    """A secret as bytes, lower case: text encodings, hex, percent, XML entities, base64."""
    forms: set[bytes] = set()
    text = " ".join(unicodedata.normalize("NFC", text).split())
    for spelling in {text, text.replace(" ", "")}:
        wide = spelling.encode("utf-16-be")
        encodings = {spelling.encode(), wide, spelling.encode("utf-16-le")}
        if not spelling.isascii():
            encodings.update(
                e for e in (_legacy(spelling, c) for c in ("latin-1", "cp1252", "mac_roman")) if e
            )
            forms.add("".join(f"&#x{ord(c):x};" for c in spelling).encode())
        for raw in encodings:
            forms.add(raw.lower())
            forms.add(raw.hex().encode())
            forms.update(_base64_cores(raw))
        forms.add(quote(spelling).lower().encode())
        forms.add("".join([f"&#{ord(c)};" for c in spelling]).encode())
        # Case is folded in plain text only: hex and base64 of another case are other bytes.
        for other in (spelling.upper(), spelling.lower()):
            forms.add(other.encode().hex().encode())
            forms.add(other.encode("utf-16-be").hex().encode())
    return {f for f in forms if f}


def _legacy(text: str, codec: str) -> bytes | None:
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        return None


def _base64_cores(raw: bytes) -> set[bytes]:
    """The characters of a base64 text that depend on `raw` alone, for its three alignments."""
    cores = set()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw)
        start = (0, 2, 3)[shift]
        end = len(encoded) - (4 if (shift + len(raw)) % 3 else 0)
        core = encoded[start:end]
        if len(core) >= 2 * BYTES_FROM:
            cores.add(core.lower())
    return cores
