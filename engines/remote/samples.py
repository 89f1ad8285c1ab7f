"""Several answers to one page: the one that agrees best with the others, and how much, as confidence. Pure.

Repetition consistency: what a model reads alike each time is more often right than what it reads otherwise
each time. The confidence of a word is the share of the answers that have it at the same place of the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz.distance import Indel, Opcodes

TOKEN = re.compile(r"[぀-ヿ㐀-鿿豈-﫿]|[^\s぀-ヿ㐀-鿿豈-﫿]+")
"""Words, and the characters of scripts without spaces one by one."""


def tokens(text: str) -> list[str]:
    return TOKEN.findall(text)


def middle(texts: Sequence[str]) -> int:
    """Number of the answer that is nearest to all others; the first of equals. Raises ValueError for none."""
    if not texts:
        raise ValueError("there is no answer")
    parts = [tokens(t) for t in texts]
    near = [
        sum(Indel.normalized_similarity(a, b) for j, b in enumerate(parts) if j != i)
        for i, a in enumerate(parts)
    ]
    return max(range(len(texts)), key=lambda i: (near[i], -i))


def agreement(texts: Sequence[str], chosen: int) -> list[float]:
    """For each token of the chosen answer the share of all answers, itself included, that have it there."""
    own = tokens(texts[chosen])
    votes = [1] * len(own)
    for i, text in enumerate(texts):
        if i == chosen:
            continue
        codes: Opcodes = Indel.opcodes(own, tokens(text))
        for code in codes:
            if code.tag == "equal":
                for n in range(code.src_start, code.src_end):
                    votes[n] += 1
    return [v / len(texts) for v in votes]
