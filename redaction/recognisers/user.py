"""Words, lists and patterns of the user.

Words and lists match whole words, without regard to case, accents and look-alike characters. Patterns
are regular expressions of the `regex` package, given a time limit: a hostile one costs a fraction of a
second and says so. What a pattern cannot do here: span more than the text of a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from model.errors import UsageError
from model.findings import Rule, TextFinding
from redaction.folding import key, skeleton
from redaction.recognisers.base import Passage

TIME_LIMIT = 0.25
"""Seconds that a pattern may take on one text."""
LONGEST = 1000


def check(rule: Rule) -> None:
    """Raises UsageError for a rule that can't work: empty, too long, or no regular expression."""
    if not rule.value.strip():
        raise UsageError("Enter a word or a pattern to look for.")
    if len(rule.value) > (LONGEST if rule.kind == "pattern" else 100 * LONGEST):
        raise UsageError(f"The pattern is too long: at most {LONGEST} characters.")
    if rule.kind == "pattern":
        import regex  # type: ignore[import-untyped]

        try:
            compiled = regex.compile(rule.value)
            if compiled.search("", timeout=TIME_LIMIT) is not None:
                raise UsageError("This pattern matches everything, even nothing. Make it more specific.")
        except regex.error as error:
            raise UsageError(f"This is not a regular expression: {error}.") from None
        except TimeoutError:
            raise UsageError("This pattern takes too long.") from None


def find(passage: Passage, rules: Sequence[Rule]) -> Iterator[TextFinding]:
    """USER_WORD and USER_PATTERN hits, score 1. Raises UsageError where a pattern ran out of time."""
    for rule in rules:
        if rule.kind == "pattern":
            yield from _pattern(passage, rule)
        else:
            yield from _words(passage, rule)


def _pattern(passage: Passage, rule: Rule) -> Iterator[TextFinding]:
    import regex

    try:
        compiled = regex.compile(rule.value, regex.IGNORECASE | regex.MULTILINE)
    except regex.error:
        raise UsageError(
            f"The pattern {rule.value[:60]!r} of this document is no regular expression; remove it."
        ) from None
    for text in dict.fromkeys((passage.text, passage.plain, passage.digits)):
        try:
            for match in compiled.finditer(text, timeout=TIME_LIMIT):
                if match.end() > match.start():
                    yield TextFinding(
                        "USER_PATTERN", match.start(), match.end(), 1.0, f"rule:{rule.id}", rule.reason
                    )
        except TimeoutError:
            raise UsageError(
                f"The pattern {rule.value[:60]!r} took too long on this document and was stopped. "
                "Make it simpler or remove it."
            ) from None


_UNSPACED = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


@dataclass(frozen=True)
class _Wanted:
    """The entries of a rule, as they are compared: a set, so that 100,000 cost a page no more than one."""

    spellings: frozenset[str]
    lengths: tuple[int, ...]
    """Numbers of tokens a spelling may be read as."""
    unspaced: re.Pattern[str] | None
    """Entries in scripts without spaces."""


@lru_cache(maxsize=16)
def _wanted(value: str, single: bool) -> _Wanted:
    spellings: set[str] = set()
    counts: set[int] = set()
    unspaced: set[str] = set()
    for line in [value] if single else value.splitlines():
        word = line.strip()
        if not word:
            continue
        if _UNSPACED.search(word):
            unspaced.add(r"\s*".join(re.escape(c) for c in word if not c.isspace()))
            continue
        parts = [t.text for t in Passage(word).tokens if t.word]
        if parts:
            # As one word, and as several: "Tarn" and "Tar n" look alike in other places than their joint.
            spellings.update((_canonical("".join(parts)), "".join(_canonical(p) for p in parts)))
            counts.add(len(parts))
    lengths = sorted({n + d for n in counts for d in (-1, 0, 1) if n + d > 0})
    longest_first = sorted(unspaced, key=len, reverse=True)
    return _Wanted(
        frozenset(spellings), tuple(lengths), re.compile("|".join(longest_first)) if longest_first else None
    )


def _words(passage: Passage, rule: Rule) -> Iterator[TextFinding]:
    wanted = _wanted(rule.value, rule.kind == "word")
    tokens = [t for t in passage.tokens if t.word]
    parts = [_canonical(t.text) for t in tokens] if wanted.spellings else []
    most = wanted.lengths[-1] if wanted.lengths else 0
    for i in range(len(parts)):
        joined, folded = "", ""
        for n, j in enumerate(range(i, min(i + most, len(parts))), 1):
            joined += parts[j]
            folded += tokens[j].text
            if n not in wanted.lengths:
                continue
            forms: tuple[str, ...] = (joined, joined[:-1] if tokens[j].text[-2:] in ("'s", "’s") else joined)
            if any(f in wanted.spellings for f in forms) or (
                n > 1 and _canonical(folded) in wanted.spellings
            ):
                yield TextFinding(
                    "USER_WORD", tokens[i].start, tokens[j].end, 1.0, f"rule:{rule.id}", rule.reason
                )
    if wanted.unspaced is not None:
        for match in wanted.unspaced.finditer(passage.text):
            yield TextFinding("USER_WORD", match.start(), match.end(), 1.0, f"rule:{rule.id}", rule.reason)


@lru_cache(maxsize=65536)
def _canonical(text: str) -> str:
    folded = key(text)
    return skeleton(text) if len(folded) > 3 else re.sub(r"[^\w]", "", folded)
