"""Scripts that are written from right to left: which words are, and lines in the order they are read.

Text stays in logical order everywhere (the order of speaking); only places on the page run the other way.
After UAX #9, as far as it is about whole words: numbers and foreign words in such a line keep theirs.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import groupby


def leftwards(text: str) -> bool:
    """Whether a word runs from right to left: its first letter with a direction does (UAX #9, P2)."""
    for character in text:
        if character < "\u0590":
            if character.isalpha():
                return False
            continue
        direction = unicodedata.bidirectional(character)
        if direction in ("R", "AL", "L"):
            return direction != "L"
    return False


def as_read(order: Sequence[tuple[int, int]], texts: Sequence[str]) -> list[tuple[int, int]]:
    """(index, line) of words in lines from left to right, put into the order in which they are read.

    texts: of each index; what has none (ink without a word) is taken for part of its line. Lines in which
    most words run from left to right stay as they are.
    """
    out: list[tuple[int, int]] = []
    for _, group in groupby(order, key=lambda item: item[1]):
        line = list(group)
        words = [texts[n] if n < len(texts) else "" for n, _ in line]
        letters = [w for w in words if any(map(str.isalpha, w))]
        if 2 * sum(map(leftwards, letters)) <= len(letters):
            out.extend(line)
            continue
        turned: list[tuple[int, int]] = []
        foreign: list[tuple[int, int]] = []
        for item, word in zip(reversed(line), reversed(words), strict=True):
            if word and not leftwards(word):
                foreign.append(item)
                continue
            turned.extend(reversed(foreign))
            foreign = []
            turned.append(item)
        out.extend([*turned, *reversed(foreign)])
    return out
