"""What belongs to a finding beside it: particles, initials and further names, the rest of a broken word.

`widened` completes the names and addresses of mail that any recogniser found; `unbroken` takes in the
whole of a word that a hyphen breaks at a line's end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from model.findings import TextFinding
from redaction.recognisers import labels, lexicon
from redaction.recognisers.base import Passage, Token
from redaction.recognisers.lexicon import words
from redaction.recognisers.name_words import (
    BORN,
    NOT_NAMES,
    PARTICLES,
    SALUTATIONS,
    TITLES,
    is_listed,
    organisation,
    possessive_end,
)

_SMALL = words("van von v vom ter ten 't der den bin ibn al zu de la del della di da do dos du des y le")
"""Particles in small letters that a name takes in on its left; "de" and its like only after another."""

_ALONE = words("van von v vom ter ten 't bin ibn al")

_LARGE = words(
    "o ó ni ní nic mac mc te lo li la le de del della di da dal dos du des st saint ui van von der den ter"
    " ten fitz abu ibn ben al el d' mbar zu freiherr graf don"
)


def widened(passage: Passage, hits: Iterable[TextFinding]) -> Iterator[TextFinding]:
    """The PERSON hits (Latin script) that take in a particle, an initial or a further name beside them.

    Addresses of mail take in what a space parts from them ("@example.exarn ple").
    """
    found = list(hits)
    people = [h for h in found if h.type == "PERSON" and not h.recogniser.startswith("ja:")]
    mails = [h for h in found if h.type == "EMAIL_ADDRESS"]
    if not people and not mails:
        return
    tokens = passage.tokens
    for hit in mails:
        i = passage.token_from(hit.end)
        if i < len(tokens) and tokens[i].gap == " " and _fragment(passage, tokens[i]):
            yield replace(hit, end=tokens[i].end)
    at = {t.start: i for i, t in enumerate(tokens)}
    ends = {t.end: i for i, t in enumerate(tokens)}
    for hit in people:
        first, last = at.get(hit.start), ends.get(hit.end)
        if first is None or last is None:
            continue
        low, high = _leftwards(passage, first), _rightwards(passage, last)
        if (low, high) != (first, last):
            start, end = tokens[low].start, possessive_end(tokens[high])
            yield TextFinding("PERSON", start, max(end, hit.end), hit.score, hit.recogniser, hit.explanation)


def _leftwards(passage: Passage, first: int) -> int:
    tokens = passage.tokens
    low = k = first
    held: list[Token] = []
    while k and tokens[k].gap in ("", " ") and first - k < 6:
        token = tokens[k - 1]
        folded = token.key
        if token.text == "." and tokens[k].gap == " " and k > 1 and len(tokens[k - 2].text) <= 2:
            title = tokens[k - 2].key in TITLES
            if (tokens[k - 2].capital and not title) or tokens[k - 2].key == "v":
                k -= 2
                low = k
                continue
            break
        if not token.word or (folded in TITLES and token.capital):
            break
        given = folded in lexicon.given_names() and bool(held)
        if token.capital and (folded in _LARGE or given or _before_surname(token, tokens[k])):
            k -= 1
            low = k
        elif not token.capital and folded in _SMALL and len(held) < 3:
            held.append(token)
            k -= 1
            if folded in _ALONE:
                low = k
        elif _fragment(passage, token) and k > 1 and tokens[k - 2].capital and token.gap == " ":
            # "Ab dul Matin": a space inside the first name.
            if len(tokens[k - 2].text) > 4 or tokens[k - 2].key in TITLES:
                break
            k -= 2
            low = k
        else:
            break
    return low


_BROKEN = re.compile(r"[-‐¬]\n[ \t]*(?=[a-zß-ÿ])")


def unbroken(text: str, hits: Iterable[TextFinding]) -> Iterator[TextFinding]:
    """Hits that end or begin where a hyphen breaks a word at a line's end, with the whole of the word."""
    breaks = [(m.start(), m.end()) for m in _BROKEN.finditer(text)]
    if not breaks:
        return
    for hit in hits:
        start, end = hit.start, hit.end
        for mark, rest in breaks:
            if end in (mark, mark + 1) or mark < end < rest:
                tail = re.compile(r"[^\s,;:]+").match(text, rest)
                end = tail.end() if tail else end
            if start == rest:
                head = re.search(r"[^\s,;:]+$", text[:mark])
                start = head.start() if head else start
        if (start, end) != (hit.start, hit.end):
            yield replace(hit, start=start, end=end)


def _fragment(passage: Passage, token: Token) -> bool:
    """The rest of a word that a space was read into: "Bjornsta d", "Wrembels ka"."""
    folded = token.key
    return (
        token.word
        and not token.capital
        and token.text.isalpha()
        and len(folded) <= 7
        and (folded not in passage.ordinary or (len(folded) == 1 and folded not in "aeiouyvx"))
        and folded not in PARTICLES
        and folded not in TITLES
        and folded not in BORN
    )


def _hyphened(hyphen: Token, after: Token) -> bool:
    """A hyphen that joins, with a space read on one side of it: "Thibodeau- Kwan"."""
    return (hyphen.gap, after.gap) in (("", ""), ("", " "), (" ", ""))


def _before_surname(token: Token, after: Token) -> bool:
    """A given name that is a word as well, right before a name: "May Littlechild"."""
    folded = token.key
    given = folded in lexicon.given_names() or folded in lexicon.ambiguous_names()
    return given and after.gap == " " and after.capital and folded not in SALUTATIONS


def _rightwards(passage: Passage, last: int) -> int:
    tokens = passage.tokens
    high = last
    k = last + 1
    while k < len(tokens) and k - last < 6:
        token = tokens[k]
        if token.gap in ("\n", "  "):
            break
        if token.text == "-" and k + 1 < len(tokens) and _hyphened(token, tokens[k + 1]):
            if not tokens[k + 1].capital:
                break
            high = k + 1
            k += 2
            continue
        if token.key in BORN or token.text == "@":
            j = k + 1
            if j < len(tokens) and tokens[j].text == "." and tokens[j].gap == "":
                j += 1
            if j < len(tokens) and tokens[j].word and tokens[j].capital and tokens[j].gap == " ":
                high = j
                k = j + 1
                continue
            break
        if token.gap == " " and _fragment(passage, token) and high == k - 1 and len(tokens[high].text) > 1:
            high = k
            k += 1
            continue
        if not (token.word and token.capital and token.gap == " ") or any(c.isdigit() for c in token.text):
            break
        stop = organisation(token.text) or token.key in TITLES or token.key in NOT_NAMES
        particle = tokens[high].capital and tokens[high].key in _LARGE and high > last - 1
        strange = token.key not in passage.ordinary or is_listed(token) or particle
        if stop or not strange or token.key in lexicon.places() or labels.label_at(passage, k):
            break
        if token.text.isupper() != tokens[last].text.isupper() or len(token.text) < 3:
            break
        high = k
        k += 1
    return high
