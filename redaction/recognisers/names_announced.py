"""Names of people that something announces: a title, a salutation, a closing, the place of a signature.

What stands around a word decides here, not whether a list has it. Each rule has its own recogniser name
and score, so that a reviewer sees why.
"""

from __future__ import annotations

from collections.abc import Iterator

from model.findings import TextFinding
from redaction.recognisers import lexicon
from redaction.recognisers.base import Passage, Token
from redaction.recognisers.lexicon import words
from redaction.recognisers.name_runs import kind_of_token, name_end, sentence_start, trimmed
from redaction.recognisers.name_words import (
    NOT_NAMES,
    ORGANISATION,
    PARTICLES,
    SALUTATIONS,
    TITLES,
    WEAK_TITLES,
    is_name,
    possessive_end,
)

_CLOSINGS = tuple(
    phrase.strip()
    for phrase in """
        sincerely | yours truly | yours faithfully | yours sincerely | sincerely yours | very truly yours |
        respectfully | respectfully yours | very respectfully | very respectfully yours | faithfully yours |
        kind regards | best regards | warm regards | regards | best wishes | love | with love | cordially |
        cordially yours | yours | truly yours | affectionately | your friend | gratefully | cheers | thank
        you | thanks | many thanks | yours ever | yours very truly | cordialement | bien cordialement |
        amicalement | salutations distinguees | sentiments distingues | bien a vous | sentiments les
        meilleurs | affectueusement | mit freundlichen grussen | hochachtungsvoll | viele grusse | herzliche
        grusse | dein | deine | ihr | ihre | atentamente | saludos | un abrazo | un saludo | cordialmente |
        distinti saluti | cordiali saluti | saluti
    """.split("|")  # noqa: SIM905 - phrases, not words
)


def find(passage: Passage) -> Iterator[TextFinding]:
    """PERSON hits."""
    yield from _titled(passage)
    yield from _saluted(passage)
    yield from _closed(passage)
    yield from _signed(passage)


def _titled(passage: Passage) -> Iterator[TextFinding]:
    tokens = passage.tokens
    for i, token in enumerate(tokens):
        if not token.word or token.key not in TITLES:
            continue
        j = i + 1
        dot = j < len(tokens) and tokens[j].text in ".^" and tokens[j].gap == ""
        if not token.capital and not dot and token.key not in _FRENCH_SMALL:
            continue
        while j < len(tokens) and (
            tokens[j].text in ".^" or (tokens[j].word and tokens[j].key in TITLES and j < i + 4)
        ):
            j += 1
        if j >= len(tokens) or not tokens[j].word or tokens[j].gap in ("  ",) or tokens[j].gap == "":
            continue
        if tokens[j].gap == "\n" and not dot and (len(token.text) < 4 or tokens[j].key in passage.ordinary):
            continue
        if token.key in {"m", "me", "pr", "hr", "fr"} and not dot:
            continue
        if token.key == "m" and "fr" not in passage.languages and not sentence_start(tokens, i):
            continue
        if not tokens[j].capital and (tokens[j].key not in PARTICLES or j + 1 >= len(tokens)):
            continue
        if not tokens[j].capital and tokens[j + 1].key in passage.ordinary and not is_name(tokens[j + 1]):
            continue
        end = name_end(passage, j, limit=4)
        if end is None:
            continue
        end = trimmed(passage, j, end)
        if (
            end < j
            or tokens[j].key in NOT_NAMES
            or (token.key in WEAK_TITLES and tokens[j].key in ORGANISATION)
        ):
            continue
        if not tokens[j].capital and all(t.key in passage.ordinary for t in tokens[j : end + 1] if t.capital):
            continue
        weak = token.key in WEAK_TITLES and not dot
        if weak and tokens[j].key in passage.ordinary and not is_name(tokens[j]):
            continue
        yield TextFinding(
            "PERSON", tokens[j].start, possessive_end(tokens[end]), 0.65 if weak else 0.85, "name:title"
        )


_FRENCH_SMALL = words(
    """
    monsieur madame mademoiselle mr mrs dr m mme mlle veuve sieur dame miss doctor demoiselle
    """
)


def _saluted(passage: Passage) -> Iterator[TextFinding]:
    tokens = passage.tokens
    for i, token in enumerate(tokens):
        if token.key not in SALUTATIONS or not (token.capital or tokens[i].gap == "\n"):
            continue
        j = i + 1
        while (
            j < len(tokens)
            and tokens[j].gap == " "
            and tokens[j].key in (*TITLES, *SALUTATIONS, "old", "cher", "chere", "friend")
        ):
            j += 1
            if j < len(tokens) and tokens[j].text == ".":
                j += 1
        if j >= len(tokens) or tokens[j].gap != " ":
            continue
        if not tokens[j].capital:
            if (
                tokens[j].key in lexicon.given_names()
                and tokens[j].key not in passage.ordinary
                and len(tokens[j].text) > 3
            ):
                yield TextFinding("PERSON", tokens[j].start, tokens[j].end, 0.5, "name:salutation")
            continue
        end = name_end(passage, j, limit=4)
        if end is None or tokens[j].key in NOT_NAMES or tokens[j].key in TITLES:
            continue
        end = trimmed(passage, j, end)
        known = is_name(tokens[j])
        closed = (end + 1 < len(tokens) and tokens[end + 1].text in ",:;!") or (
            end + 1 < len(tokens) and tokens[end + 1].gap == "\n"
        )
        if end >= j and (known or closed) and not (tokens[j].key in passage.ordinary and not known):
            yield TextFinding("PERSON", tokens[j].start, possessive_end(tokens[end]), 0.75, "name:salutation")


def _closed(passage: Passage) -> Iterator[TextFinding]:
    """A short line of names under a closing formula, or "Signed" lines at the foot of a letter."""
    lines = _lines(passage)
    for n, line in enumerate(lines):
        words = [t for t in line if t.word]
        text = " ".join(t.key for t in words)
        if not words or len(words) > 8:
            continue
        if not any(text == c or text.endswith(" " + c) or text.startswith(c + " ") for c in _CLOSINGS):
            continue
        # The name may stand in the closing's own line after a comma.
        for index, token in enumerate(line):
            if (
                token.text == ","
                and index + 1 < len(line)
                and line[index + 1].capital
                and index + 6 >= len(line)
            ):
                if not any(t.key in passage.ordinary and not is_name(t) for t in line[index + 1 :] if t.word):
                    yield TextFinding(
                        "PERSON", line[index + 1].start, _last_word(line).end, 0.6, "name:closing"
                    )
                break
        for follow in lines[n + 1 : n + 4]:
            words = [t for t in follow if t.word]
            if not words or len(words) > 5:
                break
            shape = all(t.capital or t.key in PARTICLES for t in words)
            ordinary = sum(t.key in passage.ordinary and not is_name(t) and len(t.text) > 2 for t in words)
            if shape and not ordinary and not any(c.isdigit() for t in words for c in t.text):
                if any(t.key in NOT_NAMES for t in words):
                    continue
                yield TextFinding("PERSON", words[0].start, words[-1].end, 0.7, "name:closing")
                break


def _signed(passage: Passage) -> Iterator[TextFinding]:
    """The last line of a text, where it is short and nothing but names: a signature without a closing."""
    lines = _lines(passage)
    if len(lines) < 3:
        return
    shown = [t for t in lines[-1] if t.word]
    kinds = [kind_of_token(passage, t) for t in shown]
    names = [k for k in kinds if k in ("unknown", "family", "given", "both", "misread")]
    if (
        1 <= len(shown) <= 4
        and all(kinds)
        and names
        and not any(t.text.isupper() and len(t.text) > 3 for t in shown)
    ):
        yield TextFinding("PERSON", shown[0].start, shown[-1].end, 0.45, "name:signature")


def _lines(passage: Passage) -> list[list[Token]]:
    lines: list[list[Token]] = []
    for token in passage.tokens:
        if token.gap == "\n" or not lines:
            lines.append([])
        lines[-1].append(token)
    return lines


def _last_word(line: list[Token]) -> Token:
    return next(t for t in reversed(line) if t.word)
