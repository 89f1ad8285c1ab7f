"""What every recogniser gets and gives: a Passage with its foldings and tokens, and hits in it.

A recogniser is a function ``Passage -> Iterable[TextFinding]``. Offsets are of `Passage.text`, always:
foldings keep the length. Which recognisers run, their thresholds and how hits are united is detect.py's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from model.findings import TextFinding
from redaction import folding
from redaction.recognisers import lexicon

_TOKEN = re.compile(
    r"(?:\b[dDlLnNsSjJcC]|\b[qQ]u)['’](?=[^\W\d_]{2})|[^\W_]+(?:['’\-^ˆ][^\W_]+|[|!][a-z]+)*|[^\w\s]|_+"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a mark of the passage, [start, end), with what its form says."""

    text: str
    """As in the text with letters folded (digits in words undone)."""
    start: int
    end: int
    gap: str
    """What stands before it: "" nothing, " " a space, "  " three or a tab, "\n" a line break."""

    @property
    def word(self) -> bool:
        return self.text[0].isalnum()

    @property
    def capital(self) -> bool:
        return self.text[0].isupper()

    @property
    def key(self) -> str:
        return folding.key(self.text)


@dataclass(frozen=True)
class Passage:
    """A text in which to look, in one or several languages (ISO 639-1)."""

    text: str
    languages: tuple[str, ...] = ("en",)

    @cached_property
    def plain(self) -> str:
        return folding.plain(self.text)

    @cached_property
    def digits(self) -> str:
        return folding.digits(self.text)

    @cached_property
    def letters(self) -> str:
        return folding.letters(self.text)

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        tokens: list[Token] = []
        end = 0
        for match in _TOKEN.finditer(self.letters):
            between = self.letters[end : match.start()]
            if "\n" in between or not tokens:
                gap = "\n"
            elif "\t" in between or len(between) > 2:
                gap = "  "
            else:
                gap = " " if between else ""
            tokens.append(Token(match.group(), match.start(), match.end(), gap))
            end = match.end()
        return tuple(tokens)

    @cached_property
    def ordinary(self) -> lexicon.Lexicon:
        return lexicon.ordinary(self.languages)

    @cached_property
    def japanese(self) -> bool:
        """True where the text holds kana or ideographs."""
        return re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", self.text) is not None


Recogniser = Callable[[Passage], Iterable[TextFinding]]
