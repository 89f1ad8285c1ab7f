"""Many strings looked for at once: what a look at a page costs hardly grows with the number of secrets.

Strings are found by their heads. The heads of a long text are hashed all at once and looked up in a table;
what the table lets through is compared letter by letter, so nothing depends on the hash.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

_LENGTHS = (8, 4, 2, 1)
"""Letters of a head; a string's is the longest that fits."""
_SHORT = 400
"""Letters of a text below which looking at each place costs less than hashing them."""
_MIX = {1: 0x9E3779B1, 2: 0x85EBCA6B, 4: 0xC2B2AE35}
_LAST = 0x27D4EB2F
_MOST_BITS = 22


class Places:
    """Where one of many strings of the same length stands. `heads`: not to be changed any more."""

    def __init__(self, length: int, heads: Collection[str]) -> None:
        """`length`: a power of two."""
        self.length = length
        self.heads = heads
        self.bits = min(max(len(heads).bit_length() + 5, 10), _MOST_BITS)
        self.table: NDArray[np.bool_] | None = None

    def of(self, text: str) -> list[int]:
        """The places, in rising order."""
        length, heads = self.length, self.heads
        if len(text) < _SHORT:
            return [at for at in range(len(text) - length + 1) if text[at : at + length] in heads]
        if self.table is None:
            self.table = np.zeros(1 << self.bits, dtype=bool)
            self.table[_hashed("".join(heads), length, self.bits)[::length]] = True
        likely: list[int] = np.flatnonzero(self.table[_hashed(text, length, self.bits)]).tolist()
        return [at for at in likely if text[at : at + length] in heads]


class Heads:
    """Finds every place of every string. They must not be empty."""

    def __init__(self, strings: Iterable[str]) -> None:
        self.strings = frozenset(strings)
        self.heads: dict[int, dict[str, tuple[int, ...]]] = {}
        """Length of the heads -> head -> how long the strings are that begin with it."""
        same: dict[tuple[int, ...], tuple[int, ...]] = {}
        for string in self.strings:
            length = next(n for n in _LENGTHS if n <= len(string))
            heads = self.heads.setdefault(length, {})
            known = heads.get(string[:length], ())
            if len(string) not in known:
                more = (*known, len(string))
                heads[string[:length]] = same.setdefault(more, more)
        self.places = [Places(length, heads) for length, heads in self.heads.items()]

    def starts(self, text: str) -> Iterator[tuple[int, str]]:
        """(place, string) of every occurrence."""
        for places in self.places:
            heads = self.heads[places.length]
            for at in places.of(text):
                for whole in heads[text[at : at + places.length]]:
                    string = text[at : at + whole]
                    if len(string) == whole and string in self.strings:
                        yield at, string


def _hashed(text: str, length: int, bits: int) -> NDArray[np.uint32]:
    """A hash of the `length` (a power of two) letters at every place."""
    mixed = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    step = 1
    while step < length:
        mixed = mixed[:-step] * np.uint32(_MIX[step]) + mixed[step:]
        step *= 2
    result: NDArray[np.uint32] = (mixed * np.uint32(_LAST)) >> np.uint32(32 - bits)
    return result


class Tails:
    """The ends of strings that begin with the same letters: which of them goes on longest as a text does."""

    def __init__(self, items: Iterable[tuple[str, float]]) -> None:
        """At least one: the end of a string, and the number of its letters from which on it counts."""
        listed = sorted(items)
        self.tails = [tail for tail, _ in listed]
        self.least = [least for _, least in listed]
        self.fewest = min(self.least)
        self.reach = max(map(len, self.tails))

    def longest(self, here: str, enough: float) -> int:
        """The most first letters of a text that an end shares and that count; 0 where none do.

        Of any end, `enough` letters count.
        """
        above = bisect_left(self.tails, here)
        below = above - 1
        while True:
            # The farther away in the order, the fewer letters are the same.
            up = shared(self.tails[above], here) if above < len(self.tails) else -1
            down = shared(self.tails[below], here) if below >= 0 else -1
            best = max(up, down)
            if best < min(self.fewest, enough):
                return 0
            index = above if up >= down else below
            if best >= min(self.least[index], enough):
                return best
            above, below = (above + 1, below) if up >= down else (above, below - 1)


def shared(one: str, other: str) -> int:
    """How many letters two strings begin with alike."""
    length = min(len(one), len(other))
    if one[:length] == other[:length]:
        return length
    return next(n for n in range(length) if one[n] != other[n])
