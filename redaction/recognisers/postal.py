"""Addresses that end with a postcode: what stands before it, chunk by chunk, belongs to them.

"The Old Forge, Pebble Lane, Nether Wallop, SO20 8EZ" has no number and no known kind of street; its
postcode says that it is an address. Postcodes of the United Kingdom, Canada, Ireland and Australia.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from redaction.recognisers import labels, names
from redaction.recognisers.base import Passage, Token
from redaction.recognisers.lexicon import words

UK = re.compile(
    r"(?<![A-Z0-9])(?:(?:[A-Z]{1,2}|[A-Z]0)[0-9OIlSZg][A-Z0-9]? ?"
    r"[0-9OIlSBZg][ABD-HJLNP-UW-Z]{2}|GIR ?0AA)(?![A-Za-z0-9])"
)
CA = re.compile(r"(?<![A-Z0-9])[ABCEGHJ-NPRSTVXY][\dOIlSBg][A-Z] ?[\dOIlSBg] ?[A-Z][\dOIlSBg](?![A-Za-z0-9])")
_IE = re.compile(r"(?<![A-Z0-9])[AC-FHKNPRTV-Y]\d[0-9W] ?[0-9AC-FHKNPRTV-Y]{4}(?![A-Za-z0-9])")
_AU = re.compile(r"(?<![A-Za-z])(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT),? \d{4}(?![\d-])")
_SMALL = words("of the upon on in le la by under next sur en and de du des st")
_MOST = 5
"""Chunks between commas and line breaks before a postcode."""


def addresses(passage: Passage) -> Iterator[tuple[int, int, float]]:
    """Spans [start, end) of addresses with a postcode, with a score; none for a postcode alone."""
    for pattern in (UK, CA, _IE, _AU):
        for match in pattern.finditer(passage.plain):
            if any(c.isdigit() for c in match.group()):
                start = before(passage, match.start())
                if start < match.start():
                    yield start, match.end(), 0.7


def before(passage: Passage, at: int) -> int:
    """Start of the address whose postcode begins at a character; `at` itself where nothing belongs to it."""
    tokens = passage.tokens
    k = next((i for i in range(len(tokens) - 1, -1, -1) if tokens[i].end <= at), -1)
    start, first, breaks = at, True, 0
    for _ in range(_MOST):
        while k >= 0 and tokens[k].text in ",;.":
            k -= 1
        chunk: list[Token] = []
        cut = False
        while k >= 0 and not cut:
            token = tokens[k]
            if token.text == "," or (token.text == "." and (not chunk or len(tokens[k - 1].text) > 4)):
                break
            capital = token.capital or any(c.isdigit() for c in token.text) or token.text in "./-'#&"
            if not capital and not (token.key in _SMALL and chunk):
                cut = True
                break
            chunk.insert(0, token)
            k -= 1
            if token.gap in ("\n", "  "):
                breaks += 1
                break
        while chunk and chunk[0].key in _SMALL and not chunk[0].capital:
            chunk.pop(0)
        if not chunk or len([t for t in chunk if t.word]) > 6 or not _address_like(chunk, first):
            break
        start, first = chunk[0].start, False
        if cut or chunk[0].text[0].isdigit() or breaks > 3:
            break
    return start


def _address_like(chunk: list[Token], first: bool) -> bool:
    """Not a person, not a label; the chunk next to the postcode may be any words with capitals."""
    shown = [t for t in chunk if t.word]
    if not shown or any(t.key in names.TITLES - {"st", "dr"} for t in shown) or chunk[0].text == ":":
        return False
    if labels.kind_of(" ".join(t.text for t in shown)) is not None:
        return False
    from redaction.recognisers.addresses import STREET_WORDS

    if first or any(t.text[0].isdigit() or t.key in STREET_WORDS for t in shown):
        return True
    from redaction.recognisers import lexicon

    people = [lexicon.is_given(t.text) and t.key not in lexicon.ambiguous_names() for t in shown]
    return not people[0] and not any(len(t.text) == 1 for t in shown)
