"""Letters that are taken for each other, to imitate readings with."""

from __future__ import annotations

import random

CONFUSED = (
    "aeo", "nmu", "ltif", "ceo", "rvn", "bhk", "gqy", "sz5", "o0", "il1", "BRE", "MNW", "0689", "17", "235",
    ".,", ";:", "'’", "-–", "CGO", "DO0", "S5", "Z2", "日目", "未末", "大太", "土士", "ロ口", "一ー",
    "さき", "るろ",
)  # fmt: skip


def misread(word: str, chance: random.Random) -> str:
    """The word with a letter or two changed, lost, doubled, or in the other case."""
    letters = list(word)
    for _ in range(1 if len(word) < 5 else chance.choice((1, 1, 2))):
        at = chance.randrange(len(letters))
        kind = chance.random()
        if kind < 0.08 and len(letters) > 1:
            del letters[at]
        elif kind < 0.12:
            letters.insert(at, letters[at])
        elif kind < 0.2 and letters[at].swapcase() != letters[at]:
            letters[at] = letters[at].swapcase()
        else:
            near = [c for group in CONFUSED if letters[at] in group for c in group if c != letters[at]]
            letters[at] = chance.choice(near) if near else chance.choice("aeinrstlo")
    return "".join(letters)
