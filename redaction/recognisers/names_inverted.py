"""Names as an index card and a register write them: "SURNAME, Given", "Tremblay, J.-P.".

The order, the comma and the line's form decide, not whether a list has the name.
"""

from __future__ import annotations

from collections.abc import Iterator

from model.findings import TextFinding
from redaction.recognisers import labels, lexicon
from redaction.recognisers.base import Passage
from redaction.recognisers.lexicon import words
from redaction.recognisers.name_words import BORN, PARTICLES, TITLES, is_listed, organisation

_PARTY_CUES = words(
    """
    gegen against versus victim suspect witness complainant accused defendant prisoner subject driver
    getuige verdachte zeuge zeugin prevenu temoin testigo acusado imputato contro contra tegen see also
    file personal of to from by and et und y e for
    """
)

_COUNTRIES = words(
    "france england scotland ireland wales germany italy spain israel jordan georgia china india chad cuba"
    " japan canada australia kenya nigeria austria holland belgium portugal poland russia mexico brazil"
)
"""Countries that are given names in the lists as well: "Paris, France"."""

_GREETINGS = words(
    "dear hi hello thanks cheers ta regards sincerely love yours please sir madam however also"
)


def find(passage: Passage) -> Iterator[TextFinding]:
    """PERSON hits by order and comma."""
    tokens = passage.tokens
    for comma, token in enumerate(tokens):
        stop = (
            token.text == "." and comma and tokens[comma - 1].gap == "\n" and len(tokens[comma - 1].text) > 4
        )
        if (
            not (token.text == "," or stop)
            or not comma
            or comma + 1 >= len(tokens)
            or tokens[comma + 1].gap == "\n"
        ):
            continue
        left = _left(passage, comma)
        right = _right(passage, comma)
        if left is None or right is None:
            continue
        if stop and not (lexicon.is_given(tokens[comma + 1].text) and right > comma + 1):
            continue
        score = _score(passage, left, comma, right)
        if score:
            yield TextFinding("PERSON", tokens[left].start, tokens[right].end, score, "name:inverted")


def _left(passage: Passage, comma: int) -> int | None:
    """First token of the surname before a comma: capitals, hyphens and particles, three words at most."""
    tokens = passage.tokens
    first: int | None = None
    count = 0
    k = comma - 1
    while k >= 0 and count < 4:
        token = tokens[k]
        if token.text in ".-" and first is not None and k and tokens[k - 1].word:
            if token.text == "." and len(tokens[k - 1].text) > 3:
                break
        elif token.word and token.capital and not any(c.isdigit() for c in token.text):
            first, count = k, count + 1
        elif not (token.key in PARTICLES and first is not None):
            break
        else:
            first = k
        if token.gap in ("\n", "  "):
            break
        k -= 1
    while first is not None and first < comma - 1 and labels.label_at(passage, first):
        first += 1
    return first


def _right(passage: Passage, comma: int) -> int | None:
    """Last token of the given names after a comma."""
    tokens = passage.tokens
    last: int | None = None
    k = comma + 1
    while k < len(tokens) and k < comma + 9:
        token = tokens[k]
        if k > comma + 1 and token.gap in ("\n", "  "):
            break
        if token.text == "." and last == k - 1 and len(tokens[k - 1].text) <= 2:
            last = k
        elif token.word and token.capital and token.text.replace("'", "").isalpha():
            if (
                last is not None
                and token.key in passage.ordinary
                and not is_listed(token)
                and len(token.text) > 1
            ):
                break
            last = k
        elif token.text != "-" and not (token.key in TITLES and last is None):
            break
        k += 1
    return last


def _score(passage: Passage, left: int, comma: int, right: int) -> float:
    tokens = passage.tokens
    surname = [t for t in tokens[left:comma] if t.word and t.capital]
    given = [t for t in tokens[comma + 1 : right + 1] if t.word and t.key not in TITLES]
    if not surname or not given or surname[-1].key in _GREETINGS | TITLES:
        return 0.0
    if given[0].key in _COUNTRIES:
        return 0.0
    if any(organisation(t.text) for t in (*surname, *given)):
        return 0.0
    head = given[0]
    initials = len(head.text) == 1
    known = lexicon.is_given(head.text) and head.key not in passage.ordinary
    strange = len(head.text) > 2 and head.key not in passage.ordinary and head.key not in lexicon.places()
    if not (initials or known or strange):
        return 0.0
    before = tokens[left - 1] if left else None
    bound = (
        tokens[left].gap in ("\n", "  ")
        or before is None
        or before.text in ":;|.()[]>/,*"
        or before.text.isdigit()
        or before.key in _PARTY_CUES
        or before.key in TITLES
    )
    after = tokens[right + 1] if right + 1 < len(tokens) else None
    ends = (
        after is None
        or tokens[right].text == "."
        or after.gap in ("\n", "  ")
        or not after.word
        or after.text[0].isdigit()
        or after.key in BORN
    )
    place = surname[-1].key in lexicon.places() and (
        not is_listed(surname[-1]) or head.key in lexicon.places()
    )
    plain = all(t.key in passage.ordinary for t in surname)
    capitals = all(t.text.isupper() and len(t.text) > 2 for t in surname)
    if capitals and not plain and (known or strange or initials) and (bound or known):
        return 0.7
    if not bound or place or len(surname) > 3:
        return 0.0
    if known and ends:
        return 0.6 if not plain else 0.5
    if (initials or strange) and ends and not plain and len(given) <= 4:
        in_line = tokens[left].gap in ("\n", "  ") or before is None or before.text in ":|"
        return 0.55 if in_line else 0.42
    return 0.0
