"""Japanese text whose characters a break or a space parts: columns of vertical text, one character a line.

Engines give a vertical page's columns as lines, so that a name or a date goes on in the next one; where a
column was taken for many short lines every character stands alone, and spaced print ("氏 名") looks the
same. `joined` gives the text without those breaks, with the place of each of its characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from model.findings import TextFinding
from redaction.recognisers import japanese_mended
from redaction.recognisers.base import Passage

_C = r"[぀-ヿ㐀-鿿豈-﫿ｦ-ﾟ０-９々〆ー〇]"
_SPACED = re.compile(rf"(?:(?<=\s)|^){_C}(?:[ \u3000]{_C}(?=\s|$)){{2,}}", re.MULTILINE)
_BREAK = re.compile(rf"(?<={_C})[ \u3000]*\n[ \u3000]*(?={_C})")
_LABELLED = re.compile(r"[：:]|^[ \u3000]*\S{1,8}[ \u3000]+\S")


def joined(text: str) -> tuple[str, list[int]] | None:
    """(the text without breaks inside words, the place of each of its characters); None: no such break."""
    gone: set[int] = set()
    for match in _SPACED.finditer(text):
        gone.update(i for i in range(match.start(), match.end()) if text[i].isspace())
    lines = text.split("\n")
    alone = _single(lines)
    n, at = 0, 0
    for match in _BREAK.finditer(text):
        while at + len(lines[n]) < text.index("\n", match.start()):
            at += len(lines[n]) + 1
            n += 1
        if (alone[n] and alone[n + 1]) or not (_LABELLED.search(lines[n]) and _LABELLED.search(lines[n + 1])):
            gone.update(range(match.start(), match.end()))
    if not gone:
        return None
    places = [i for i in range(len(text)) if i not in gone]
    return "".join(text[i] for i in places), places


def _single(lines: Sequence[str]) -> list[bool]:
    """Which lines are one character, beside another such line."""
    short = [len(line.strip()) == 1 for line in lines]
    return [
        s and ((n > 0 and short[n - 1]) or (n + 1 < len(short) and short[n + 1])) for n, s in enumerate(short)
    ]


def across(
    passage: Passage,
    finder: Callable[[Passage], Iterable[TextFinding]],
    found: Sequence[TextFinding],
) -> Iterator[TextFinding]:
    """What `finder` finds over the breaks only; `found` is what it finds in the text as read."""
    covered = {i for h in found for i in range(h.start, h.end)}
    for other, sure_only in ((joined(passage.text), False), (unspaced(passage.text), True)):
        if other is not None:
            yield from _across(passage, finder, other, covered, sure_only)
    other = japanese_mended.mended(passage.text)
    if other is not None:
        for hit in finder(Passage(other[0], passage.languages)):
            start, end = other[1][hit.start], other[1][hit.end - 1] + 1
            if not all(i in covered for i in range(start, end)):
                yield replace(hit, start=start, end=end)


_SPACE = re.compile(rf"(?<={_C}) (?={_C})")
_BY_WORDS = ("ja:sudachi", "ja:honorific")


def unspaced(text: str) -> tuple[str, list[int]] | None:
    """As `joined`, without the single spaces that an engine reads into Japanese."""
    gone = {m.start() for m in _SPACE.finditer(text)}
    if not gone:
        return None
    places = [i for i in range(len(text)) if i not in gone]
    return "".join(text[i] for i in places), places


def _across(
    passage: Passage,
    finder: Callable[[Passage], Iterable[TextFinding]],
    other: tuple[str, list[int]],
    covered: set[int],
    sure_only: bool,
) -> Iterator[TextFinding]:
    """Hits over a gap. Without spaces a label's value has no end: there only what has a form of its own."""
    text, places = other
    for hit in finder(Passage(text, passage.languages)):
        if sure_only and (
            hit.recogniser == "ja:label" or (hit.type == "PERSON" and hit.recogniser not in _BY_WORDS)
        ):
            continue
        own = places[hit.start : hit.end]
        if own[-1] - own[0] + 1 == len(own) or all(i in covered for i in own):
            continue
        yield replace(hit, start=own[0], end=own[-1] + 1, explanation=hit.explanation or "over a line's end")
