"""The words of a page that stay, less the letters under boxes: for the searchable layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from model.geometry import Box
from redaction.burn.layer import LayerWord
from redaction.burn.overlap import corners, meetings, under
from redaction.burn.seen import SeenWord


def words_outside(words: Sequence[SeenWord], boxes: Sequence[Box]) -> list[LayerWord]:
    """The words without the letters that stand under boxes; a word cut in two becomes two."""
    area = corners(boxes)
    out: list[LayerWord] = []
    for word, close in zip(words, meetings(words, area), strict=True):
        if not close:
            out.append(word.layer_word())
            continue
        run: list[Any] = []
        for char in [*word.chars, None]:
            if char is not None and not under(char.box, area, sideways=word.sideways):
                run.append(char)
            elif run:
                out.append(_with(word, run).layer_word())
                run = []
    return out


def _with(word: SeenWord, chars: list[Any]) -> SeenWord:
    return SeenWord(
        chars,
        word.line,
        word.direction,
        word.size,
        word.ascent,
        word.descent,
        word.colour,
        word.vertical,
        word.state,
    )


def stands_on_any(word: LayerWord, words: Sequence[SeenWord]) -> bool:
    """Whether the middle of a given word lies on a word of the page's own."""
    x, y = word.box.centre
    return any(w.ink[0] <= x <= w.ink[2] and w.ink[1] - 2 <= y <= w.ink[3] + 2 for w in words)
