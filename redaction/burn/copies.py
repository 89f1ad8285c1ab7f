"""Every further place where a redacted string stands.

Strings are compared by their letters and digits alone (compatibility forms folded, case and accents
ignored), so that a copy spaced, hyphenated, wrapped or capitalised in another way is found as well.
A copy starts and ends where words do, except in scripts that write without spaces. Of a string of
several words a fragment counts, too, when it runs on for eight characters across a word boundary
or holds a number of six characters and more.
"""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from model.words import unspaced
from redaction.burn.search import Heads, Places, Tails

FRAGMENT = 8
DIGITS = 6
"""Digits of a number that count as a fragment without the words beside it."""


def folded(text: str) -> str:
    """Letters and digits only, in one case, without accents and compatibility forms."""
    if text.isascii():
        return "".join(c for c in text.lower() if c.isalnum())
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in decomposed if c.isalnum())


def _words(text: str) -> list[str]:
    return [w for w in (folded(part) for part in text.split()) if w]


def _pieces(text: str) -> list[str]:
    """Words, and the parts of what is written with dots, hyphens or an @ between."""
    return [*_words(text), *_words(re.sub(r"[\W_]+", " ", text))]


def scrap(piece: str, word: str) -> bool:
    """Whether what a box cuts off a word is too little to look for: it stands in others by chance."""
    if len(piece) == len(word) or any(unspaced(c) for c in piece) or len(piece) >= 10:
        return False
    if len(piece) >= 6 and sum(c.isdigit() for c in piece) >= 4:
        return False
    at = word.find(piece)
    before, after = word[:at][-1:], word[at + len(piece) :][:1]
    return at < 0 or before.isalnum() or after.isalnum()


@dataclass(slots=True)
class Secrets:
    """The strings that must not stand anywhere in the export."""

    whole: dict[str, str] = field(default_factory=dict)
    """Folded string -> as it was given."""
    grams: dict[str, list[str]] = field(default_factory=dict)
    """Fragment of FRAGMENT characters -> folded strings it is part of."""
    numbers: dict[str, str] = field(default_factory=dict)
    """Folded words of a longer string that hold digits enough to identify by themselves."""
    parts: dict[str, frozenset[int]] = field(default_factory=dict)
    """Folded string -> positions where its words start."""
    _strings: Heads | None = None
    """Of `whole` and `numbers`; made when it is asked for, as the next ones are."""
    _fragments_at: Places | None = None
    _tails: dict[str, Tails] = field(default_factory=dict)
    """Fragment -> how the strings go on from it."""
    _known: set[str] | None = None
    """The words of all strings."""

    def add(self, text: str, *, stated: bool) -> None:
        """`stated`: the caller named the text; what merely stood under a box must be longer to count."""
        words = _words(text)
        key = "".join(words)
        wide = any(unspaced(c) for c in key)
        least = (2 if wide else 3) if stated else (3 if wide else 4)
        if len(key) < least or key in self.whole:
            return
        self.whole[key] = text
        self._strings = self._fragments_at = self._known = None
        self._tails.clear()
        starts, position = set(), 0
        for word in words:
            starts.add(position)
            position += len(word)
            digits = sum(c.isdigit() for c in word)
            if len(words) > 1 and len(word) >= 6 and digits >= 4:
                self.numbers[word] = text
        self.parts[key] = frozenset(starts)
        if len(words) > 1 and len(key) > FRAGMENT:
            for gram in dict.fromkeys(key[n : n + FRAGMENT] for n in range(len(key) - FRAGMENT + 1)):
                self.grams.setdefault(gram, []).append(key)

    def __bool__(self) -> bool:
        return bool(self.whole)

    def parted(self) -> bool:
        """Whether one of the strings is so long that it may be wrapped in a cell or run over a page's end."""
        return any(len(key) > FRAGMENT for key in self.whole)

    def find(self, words: Sequence[str]) -> list[list[tuple[int, int, int]]]:
        """Copies in a sequence of words: each a list of (word, first, end) character ranges."""
        if not self.whole:
            return []
        owner = _Owner(words)
        text = owner.text
        spans: set[tuple[int, int]] = set()
        if self._strings is None:
            self._strings = Heads(self.whole.keys() | self.numbers.keys())
        for at, key in self._strings.starts(text):
            end = at + len(key)
            if any(_stands(text, owner, at, end, parts) for parts in self._ways(key)):
                spans.add((at, end))
        spans.update(self._fragments(text))
        return [_ranges([owner[i] for i in range(a, b)]) for a, b in _joined(spans)]

    def _ways(self, key: str) -> Iterator[frozenset[int]]:
        """Where words may begin in a string: as the secret has it, and at its start only for a number."""
        if key in self.whole:
            yield self.parts[key]
        if key in self.numbers:
            yield frozenset({0})

    def _fragments(self, text: str) -> Iterator[tuple[int, int]]:
        if not self.grams:
            return
        if self._fragments_at is None:
            self._fragments_at = Places(FRAGMENT, self.grams)
        behind = 0
        for at in self._fragments_at.of(text):
            if at < behind:
                continue
            gram = text[at : at + FRAGMENT]
            tails = self._tails.get(gram)
            if tails is None:
                tails = self._tails[gram] = Tails(self._going_on(gram))
            here = text[at : at + tails.reach]
            length = tails.longest(here, _digits_reach(here))
            if length:
                yield at, at + length
            behind = at + max(length, FRAGMENT) - FRAGMENT + 1

    def _going_on(self, gram: str) -> Iterator[tuple[str, float]]:
        """The strings from a fragment on, and the letters with which each goes on in its next word."""
        for key in self.grams[gram]:
            start = key.find(gram)
            while start >= 0:
                onward = (p - start + 1 for p in self.parts[key] if p > start)
                yield key[start:], min(onward, default=math.inf)
                start = key.find(gram, start + 1)

    def within(self, text: str) -> bool:
        """True where a copy stands in the text."""
        return bool(self.find(text.split()))

    def repeated(self, text: str) -> bool:
        """True where a text of somebody's own (a label) repeats a secret, or one word of it."""
        if self._known is None:
            every = (w for given in self.whole.values() for w in _pieces(given))
            self._known = {w for w in every if len(w) >= 3 or unspaced(w[0])}
        return any(word in self._known for word in _pieces(text)) or self.within(text)


class _Owner:
    """The folded letters of a sequence of words, and for each the word and position it comes from."""

    def __init__(self, words: Sequence[str]) -> None:
        self.starts: list[int] = []
        self.words = words
        parts, total = [], 0
        for word in words:
            part = word.lower() if word.isascii() and word.isalnum() else folded(word)
            self.starts.append(total)
            parts.append(part)
            total += len(part)
        self.text = "".join(parts)

    def __getitem__(self, position: int) -> tuple[int, int]:
        index = bisect_right(self.starts, position) - 1
        word, at = self.words[index], position - self.starts[index]
        if word.isascii() and word.isalnum():
            return index, at
        for place, character in enumerate(word):
            at -= len(folded(character))
            if at < 0:
                return index, place
        return index, len(word) - 1


def _digits_reach(text: str) -> float:
    """With how many of its first letters a text holds the digits that identify by themselves."""
    missing = DIGITS
    for place, letter in enumerate(text, 1):
        missing -= letter.isdigit()
        if not missing:
            return place
    return math.inf


def _stands(text: str, owner: _Owner, at: int, end: int, parts: frozenset[int]) -> bool:
    """Whether an occurrence is a copy: its ends are those of words, or it is long."""
    if end - at >= 12:
        return True
    starts = at == 0 or owner[at - 1][0] != owner[at][0] or _joint(text[at - 1], text[at])
    ends = end == len(text) or owner[end - 1][0] != owner[end][0] or _joint(text[end - 1], text[end])
    return ((starts and ends) or _separate(owner, at, end)) and _spaced_alike(owner, at, end, parts)


def _spaced_alike(owner: _Owner, at: int, end: int, parts: frozenset[int]) -> bool:
    """False for a short string that only innocent neighbours spell together: "de la" is no copy of "Dela"."""
    if end - at >= FRAGMENT:
        return True
    breaks = {i - at for i in range(at + 1, end) if owner[i - 1][0] != owner[i][0]}
    return breaks <= parts or len(breaks) == end - at - 1


def _joint(left: str, right: str) -> bool:
    """True where a word can end between two letters: unspaced scripts, or a letter beside a digit."""
    return unspaced(left) or unspaced(right)


def _separate(owner: _Owner, at: int, end: int) -> bool:
    """True where characters that were folded away (a hyphen, a quote) stand on both sides inside a word."""
    before = at == 0 or owner[at - 1][0] != owner[at][0] or owner[at][1] - owner[at - 1][1] > 1
    after = (
        end == len(owner.text) or owner[end - 1][0] != owner[end][0] or owner[end][1] - owner[end - 1][1] > 1
    )
    return before and after


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _ranges(owners: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    ranges: list[tuple[int, int, int]] = []
    for word, at in owners:
        if ranges and ranges[-1][0] == word:
            ranges[-1] = (word, ranges[-1][1], max(ranges[-1][2], at + 1))
        else:
            ranges.append((word, at, at + 1))
    return ranges
