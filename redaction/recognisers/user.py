"""Words, lists and patterns of the user, and the words that stay.

Words and lists match whole words, without regard to case, accents and look-alike characters. Patterns
are regular expressions of the `regex` package, given a time limit: a hostile one costs a fraction of a
second and says so. What a pattern cannot do here: span more than the text of a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from model.errors import UsageError
from model.findings import Rule, TextFinding
from redaction.folding import key, skeleton
from redaction.recognisers import names
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
        elif rule.kind == "word":
            yield from _words(passage, rule, [rule.value])
        else:
            yield from _words(passage, rule, [w for w in rule.value.splitlines() if w.strip()])


def _pattern(passage: Passage, rule: Rule) -> Iterator[TextFinding]:
    import regex

    try:
        compiled = regex.compile(rule.value, regex.IGNORECASE | regex.MULTILINE)
    except regex.error:
        raise UsageError("A pattern of this document is no regular expression; remove it.") from None
    for text in dict.fromkeys((passage.text, passage.plain, passage.digits)):
        try:
            for match in compiled.finditer(text, timeout=TIME_LIMIT):
                if match.end() > match.start():
                    yield TextFinding(
                        "USER_PATTERN", match.start(), match.end(), 1.0, f"rule:{rule.id}", rule.reason
                    )
        except TimeoutError:
            raise UsageError(
                "A pattern took too long on this document and was stopped. Make it simpler or remove it."
            ) from None


_UNSPACED = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def _words(passage: Passage, rule: Rule, words: Sequence[str]) -> Iterator[TextFinding]:
    tokens = [t for t in passage.tokens if t.word]
    wanted: dict[str, set[int]] = {}
    unspaced = []
    for word in words:
        if _UNSPACED.search(word):
            unspaced.append(word.strip())
            continue
        parts = [t for t in Passage(word).tokens if t.word]
        if parts:
            wanted.setdefault(_canonical("".join(t.text for t in parts)), set()).add(len(parts))
    lengths = sorted({n + d for counts in wanted.values() for n in counts for d in (-1, 0, 1) if n + d > 0})
    for i in range(len(tokens)):
        for n in lengths:
            if i + n > len(tokens):
                break
            run = tokens[i : i + n]
            possible = _canonical("".join(t.text for t in run))
            bare = possible[:-1] if possible.endswith("s") and run[-1].text[-2:] in ("'s", "’s") else possible
            if possible in wanted or bare in wanted:
                yield TextFinding("USER_WORD", run[0].start, run[-1].end, 1.0, f"rule:{rule.id}", rule.reason)
    for word in unspaced:
        shape = r"\s*".join(re.escape(c) for c in word if not c.isspace())
        for match in re.finditer(shape, passage.text):
            yield TextFinding("USER_WORD", match.start(), match.end(), 1.0, f"rule:{rule.id}", rule.reason)


def _canonical(text: str) -> str:
    folded = key(text)
    return skeleton(text) if len(folded) > 3 else re.sub(r"[^\w]", "", folded)


def kept(text: str, keep: Sequence[str]) -> bool:
    """True where the whole of a found text is something, or parts of somebody, that stays.

    "Will Smith" stays with all its forms ("Will", "Smith", "Mr. Smith"), but keeping "Will" leaves
    "Will Smith" found: only what lies inside the kept words stays.
    """
    parts = {key(t.text) for t in Passage(text).tokens if t.word} - names.TITLES
    compact = re.sub(r"\s", "", key(text))
    for person in keep:
        own = {key(t.text) for t in Passage(person).tokens if t.word}
        if parts and (parts <= own or compact == re.sub(r"\s", "", key(person))):
            return True
    return False
