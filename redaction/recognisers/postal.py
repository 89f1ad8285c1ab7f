"""Postcodes, the towns beside them, and what stands before them as their address.

"The Old Forge, Pebble Lane, Nether Wallop, SO20 8EZ" has no number and no known kind of street; its
postcode says that it is an address. Chunk by chunk, what stands before a postcode of the United Kingdom,
Canada, Ireland or Australia belongs to it; in other countries its town, and a street with a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from model.findings import TextFinding
from redaction.folding import key
from redaction.recognisers import labels, lexicon
from redaction.recognisers.base import Passage, Token
from redaction.recognisers.lexicon import words
from redaction.recognisers.name_words import TITLES
from redaction.recognisers.streets import STREET_WORDS

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

STATES = words(
    """
    AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY
    NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY PR GU VI AA AE AP ON QC BC AB MB SK NS NB NL
    PE YT NT NU NSW VIC QLD WA TAS ACT
    """
)
_STATE_ZIP = re.compile(r"(?<![A-Za-z])([A-Z]{2,3})\.?,? (\d{5}(?:-\d{4})?)(?![\w-])")

_TOWN = r"(?P<t>[A-ZÀ-Þ][\w'’.\-]+(?:[ -](?:(?:aan|den|de|der|am|an|nad|i|e) )?[A-ZÀ-Þ][\w'’\-]+){0,3})"

_STREET = (
    r"(?:(?<!\w)(?:[A-ZÀ-Þ][\w'’.\-]* (?:(?:van|de|der|den|het|op|aan|in|la|na) )*){1,4}"
    r"\d{1,4}[A-Za-z]?(?:[-/]\d{1,4}[A-Za-z]?)?,?\s{1,2})?"
)

# pattern, whether the town has to be one of the known places
_POSTAL = (
    # The Netherlands: no SA, SD, SS; AD and BC are years.
    (re.compile(_STREET + r"(?<!\w)[1-9]\d{3} ?(?!AD|BC|SA|SD|SS)[A-Z]{2} +" + _TOWN), False),
    # Poland, Portugal
    (re.compile(_STREET + r"(?<![\w-])(?:\d{2}-\d{3}|\d{4}-\d{3}) +" + _TOWN), False),
    # Sweden, Czechia, Slovakia, Greece
    (re.compile(_STREET + r"(?<![\w-])\d{3} \d{2} +" + _TOWN), True),
    # India: the town first
    (re.compile(r"(?:[A-Z][\w'’.\-]+,? ){0,6}" + _TOWN + r" ?-? ?[1-9]\d{2} ?\d{3}(?![\w-])"), True),
)

_JAPAN = re.compile(
    r"(?<![\w-])(?:\d{3}-\d{4},? )?\d{1,4}(?:-\d{1,4}){1,3},?(?: [A-Z][\w'\-]+,?){1,5}"
    r"(?: \d{3}-\d{4}(?![\w-]))?"
)

_JAPANESE = re.compile(r"-(?:ku|shi|cho|machi|gun|ken|fu|to)\b|\bJapan\b|\b(?:Tokyo|Osaka|Kyoto|Hokkaido)\b")


def codes(passage: Passage) -> Iterator[TextFinding]:
    """ZIP_CODE hits: British and Canadian postcodes, which look like nothing else."""
    for pattern in (UK, CA):
        for match in pattern.finditer(passage.plain):
            if any(c.isdigit() for c in match.group()):
                yield TextFinding("ZIP_CODE", match.start(), match.end(), 0.55, "postcode")


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
    k = passage.token_from(at) - 1
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
    if not shown or any(t.key in TITLES - {"st", "dr"} for t in shown) or chunk[0].text == ":":
        return False
    if labels.kind_of(" ".join(t.text for t in shown)) is not None:
        return False
    if first or any(t.text[0].isdigit() or t.key in STREET_WORDS for t in shown):
        return True
    people = [lexicon.is_given(t.text) and t.key not in lexicon.ambiguous_names() for t in shown]
    return not people[0] and not any(len(t.text) == 1 for t in shown)


def towns(passage: Passage) -> Iterator[tuple[int, int, float]]:
    """A town with a postcode of its country's form, and the street with its number before it."""
    for match in _STATE_ZIP.finditer(passage.digits):
        if match[1] in STATES:
            yield min(_town_before(passage, match.start()), before(passage, match.start())), match.end(), 0.7
    if not any(c.isdigit() for c in passage.plain):
        return
    for pattern, known in _POSTAL:
        for match in pattern.finditer(passage.digits):
            town = match["t"].rstrip(".,")
            towns = (key(town), key(town.split()[0]))
            if not known or any(t in lexicon.places() for t in towns):
                yield match.start(), match.start() + len(match.group().rstrip(".,")), 0.8
    for match in _JAPAN.finditer(passage.plain):
        if _JAPANESE.search(match.group()):
            yield match.start(), match.end(), 0.8


def _town_before(passage: Passage, start: int) -> int:
    """Start of the words with capitals before a state and postcode."""
    first = start
    for token in reversed([t for t in passage.tokens if t.end <= start][-5:]):
        if token.text == "," and first == start:
            continue
        if token.word and token.capital and token.text.isalpha():
            first = token.start
            if token.gap in ("\n", "  ") or token.gap == "":
                break
        else:
            break
    return first
