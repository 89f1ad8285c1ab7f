"""What a language model says that is no word of the page, told by the text alone: loops, stammers, remarks.

Such words keep a place that their letters find, but none is looked for (review.grounding). Nothing here knows
places.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from review.characters import Unit

LINE = 12
"""Letters from which a line that is said twice in a row is a slip."""
STAMMER = 5
"""Letters from which a word that is said twice in a row is a slip (nous nous is none)."""
MARKS = frozenset("#*|>_`~")
"""What markdown is made of."""


def said_again(units: Sequence[Unit], texts: Sequence[str]) -> list[bool]:
    """Words of lines that the text says more than twice, or twice in a row, but the first time.

    texts: the units' folded texts.
    """
    lines: dict[int, list[int]] = {}
    for n, unit in enumerate(units):
        lines.setdefault(unit.line, []).append(n)
    whole = ["".join(texts[n] for n in own) for own in lines.values()]
    often = Counter(whole)
    seen: set[str] = set()
    before = ""
    out = [False] * len(units)
    for text, own in zip(whole, lines.values(), strict=True):
        if (often[text] > 2 and text in seen) or (text == before and len(text) >= LINE):
            for n in own:
                out[n] = True
        seen.add(text)
        before = text
    return out


def said_beside(units: Sequence[Unit], texts: Sequence[str]) -> list[bool]:
    """Marks of markdown, notes such as [illegible], and a word said twice in a row."""
    out = []
    for n, unit in enumerate(units):
        note = len(unit.text) > 2 and unit.text[0] == "[" and unit.text[-1] == "]"
        twice = n > 0 and len(texts[n]) >= STAMMER and texts[n] == texts[n - 1]
        out.append(note or (twice and unit.line == units[n - 1].line) or set(unit.text) <= MARKS)
    return out
