"""Words within one edit of known ones: what an engine misread, found without comparing with each of them."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz.distance import OSA

SHORTEST = 5
"""Of shorter words too many others are one edit away."""


class Near:
    """An index of words by what is left of them when a letter is taken out.

    Two words one edit apart (a letter more, less, other, or two swapped) have such a remainder in common
    (W. Garbe, SymSpell, 2012). A look-up costs as many steps as the word has letters.
    """

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._index: dict[str, list[str]] = {}
        for word in words:
            self.add(word)

    def add(self, word: str) -> None:
        if len(word) >= SHORTEST:
            for remainder in _remainders(word):
                self._index.setdefault(remainder, []).append(word)

    def find(self, word: str) -> str | None:
        """The first known word that is at most one edit away, or None."""
        if len(word) >= SHORTEST:
            for remainder in _remainders(word):
                for known in self._index.get(remainder, ()):
                    if OSA.distance(word, known, score_cutoff=1) <= 1:
                        return known
        return None


def _remainders(word: str) -> list[str]:
    return [word, *(word[:i] + word[i + 1 :] for i in range(len(word)))]
