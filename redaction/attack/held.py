"""Many byte strings, or texts, looked for at once.

A look costs as much as the data is long, however many strings there are: the heads of all places are hashed
and looked up in a table, and what the table lets through is compared byte by byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

FEW = 32
"""Strings that are looked for one by one: up to so many that is faster."""
SHORTEST_FORM = 4
"""Bytes that a string must have."""
_MOST_BITS = 22
CHUNK = 1 << 20
"""Bytes looked at in one go."""

Meaning = TypeVar("Meaning")


class ByteIndex(Generic[Meaning]):
    """Many byte strings looked for at once: a table of their hashed heads, then a comparison."""

    def __init__(self, forms: dict[bytes, Meaning]) -> None:
        self.forms = forms
        self.longest = max(map(len, forms), default=0)
        self.heads: dict[int, dict[bytes, tuple[int, ...]]] = {}
        """Length of the hashed head (8, or 4 for short forms) -> head -> lengths of its forms."""
        same: dict[tuple[int, ...], tuple[int, ...]] = {}
        for form in forms:
            length = 8 if len(form) >= 8 else 4
            heads = self.heads.setdefault(length, {})
            known = heads.get(form[:length], ())
            if len(form) not in known:
                more = (*known, len(form))
                heads[form[:length]] = same.setdefault(more, more)
        self.tables: dict[int, NDArray[np.bool_]] = {}

    def find(self, data: bytes) -> Meaning | None:
        if not self.forms or len(data) < SHORTEST_FORM:
            return None
        form = next(self.every(data.lower()), None)
        return None if form is None else self.forms[form]

    def every(self, data: bytes) -> Iterator[bytes]:
        """The forms that stand in the data; a form may come more than once."""
        if len(self.forms) <= FEW:
            yield from (form for form in self.forms if form in data)
            return
        for start in range(0, len(data), CHUNK):
            yield from self._chunk(data[start : start + CHUNK + self.longest])

    def _chunk(self, data: bytes) -> Iterator[bytes]:
        for length, heads in self.heads.items():
            if len(data) < length:
                continue
            bits = min(len(heads).bit_length() + 6, _MOST_BITS)  # small tables stay in the processor's cache
            if length not in self.tables:
                table = np.zeros(1 << bits, dtype=bool)
                table[_hashed(b"".join(heads), length, bits)[::length]] = True
                self.tables[length] = table
            for position in np.flatnonzero(self.tables[length][_hashed(data, length, bits)]).tolist():
                for whole in heads.get(data[position : position + length], ()):
                    form = data[position : position + whole]
                    if form in self.forms:
                        yield form


def _hashed(data: bytes, length: int, bits: int) -> NDArray[np.uint32]:
    """Multiplicative hash of the `length` (4 or 8) bytes at every position, `bits` long."""
    raw = np.frombuffer(data, dtype=np.uint8)
    words = np.empty(max(len(raw) - 3, 0), dtype="<u4")
    for shift in range(4):
        aligned = raw[shift : shift + (len(raw) - shift) // 4 * 4].view("<u4")
        words[shift::4] = aligned
    hashed = words * np.uint32(2654435761)
    if length == 8:
        hashed = (hashed[:-4] ^ (hashed[:-4] >> np.uint32(15))) + words[4:] * np.uint32(2246822519)
    result: NDArray[np.uint32] = hashed >> np.uint32(32 - bits)
    return result


class Held:
    """Which of many strings a text holds. They take SHORTEST_FORM bytes or more in UTF-8."""

    def __init__(self, strings: Sequence[str]) -> None:
        self.order = {string.encode("utf-8", "surrogatepass"): n for n, string in enumerate(strings)}
        self.index = ByteIndex(self.order)

    def by(self, text: str) -> list[int]:
        """Indices of the strings that can be read in the text, in rising order."""
        if not self.order or not text:
            return []
        found = self.index.every(text.encode("utf-8", "surrogatepass"))
        return sorted({self.order[form] for form in found})
