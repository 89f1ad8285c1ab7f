"""Postal addresses (US, UK, FR, DE, ES, IT and their neighbours): chains of parts.

An address is a chain of parts: a street with a number (streets.py), a unit, a box, a town with a postcode
(postal.py), a region, a country (places.py). One strong part (a street with a number, a P.O. box, a town
with its postcode) starts a chain; it takes in what touches it over commas and line breaks. Japanese
addresses are in japanese.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from model.findings import TextFinding
from redaction.folding import key
from redaction.recognisers import places, postal, streets
from redaction.recognisers.base import Passage

_BOX = re.compile(
    r"(?<!\w)(?:p\s?\.?\s?[o0]\s?\.?\s?box|post office box|postfach|bo[iî]te postale|b\.p\.|"
    r"apartado(?: de correos)?|casella postale|psc|cmr|unit)"
    r"\s?(?:no\.?\s?)?#?\s?\d{1,6}(?:,?\s?box\s?\d{1,6})?",
    re.IGNORECASE,
)


def find(passage: Passage) -> Iterator[TextFinding]:
    """ADDRESS, ZIP_CODE and LOCATION hits."""
    strong = sorted(_strong(passage))
    done = -1
    for start, end, score in strong:
        if start < done and end <= done:
            continue
        start, end, parts = _grow(passage, start, end, [s for s in strong if s[0] >= end])
        done = end
        yield TextFinding("ADDRESS", start, end, min(0.9, score + 0.1 * parts), "address")
    yield from postal.codes(passage)
    yield from places.find(passage)


def _strong(passage: Passage) -> Iterator[tuple[int, int, float]]:
    """Spans [start, end) that are an address for themselves, with a score."""
    for match in _BOX.finditer(passage.digits):
        if match.group()[:4].lower() != "unit" or "box" in match.group().lower():
            yield match.start(), match.end(), 0.75
    yield from streets.spans(passage)
    yield from _between_numbers(passage)
    yield from postal.addresses(passage)
    yield from postal.towns(passage)


_NUMBERS_AROUND = re.compile(
    r"(?<![\w.,/-])\d{1,6} (?P<n>(?:[^\W\d_][\w'’.\-]*,? ){1,5})\d{1,4}[a-zA-Z]?\.?(?![\w/-]|[.,]\d)"
)


def _between_numbers(passage: Passage) -> Iterator[tuple[int, int, float]]:
    """A number, names and a number before a unit, a town or a country: a street of no known kind."""
    for match in _NUMBERS_AROUND.finditer(passage.digits):
        names = [w.strip(",.") for w in match["n"].split()]
        capitals = [w for w in names if w[:1].isupper()]
        if not capitals or any(
            not w[:1].isupper() and key(w) not in streets.JOINTS | streets.STREET_WORDS for w in names
        ):
            continue
        if any(
            key(w) in passage.ordinary and key(w) not in streets.JOINTS | streets.STREET_WORDS for w in names
        ):
            continue
        gap = _BETWEEN.match(passage.plain, match.end())
        if _part(passage, gap.end() if gap else match.end()) is not None:
            yield match.start(), match.end(), 0.55


_BETWEEN = re.compile(r"[\s,;.>?·|/\-]{0,12}")


def _grow(
    passage: Passage, start: int, end: int, others: list[tuple[int, int, float]]
) -> tuple[int, int, int]:
    """The chain around a strong part: (start, end, number of parts taken in)."""
    text, folded = passage.plain, passage.digits
    parts = 0
    while True:
        gap = _BETWEEN.match(text, end)
        at = gap.end() if gap else end
        if at >= len(text) or text.count("\n", end, at) > 2:
            break
        nxt = _part(passage, at)
        for other_start, other_end, _ in others:
            if other_start <= at + 1 < other_end and other_start >= end:
                nxt = max(nxt or 0, other_end)
        if nxt is None or nxt <= at:
            break
        end, parts = nxt, parts + 1
        if parts > 8:
            break
    # A unit, a number or a box may stand before the street as well.
    head = re.search(
        r"(?:^|(?<=\s))((?:N(?:o|r|°)\.? ?)?\d{1,6}|" + streets.UNIT.pattern + r")[\s,]{1,4}$",
        folded[max(0, start - 30) : start],
        re.I,
    )
    while head and parts < 12:
        start = max(0, start - 30) + head.start(1)
        parts += 1
        head = re.search(
            r"(?:^|(?<=\s))(" + streets.UNIT.pattern + r")[\s,]{1,4}$",
            folded[max(0, start - 30) : start],
            re.I,
        )
    return start, end, parts


def _part(passage: Passage, at: int) -> int | None:
    """End of the address part that starts at `at`; None where none does."""
    text, folded = passage.plain, passage.digits
    unit = streets.UNIT.match(text, at) or streets.UNIT.match(folded, at)
    if unit:
        return unit.end()
    for pattern in (postal.UK, postal.CA):
        code = pattern.match(text, at)
        if code:
            return code.end()
    number = re.compile(
        r"(?:[A-Z]{1,2}-)?\d{4,6}(?:-\d{3,4})?(?![\w/.-]*\d)(?: [A-Z]{2}(?![A-Za-z]))?"
    ).match(folded, at)
    if number:
        return number.end()
    state = re.compile(r"([A-Z]{2,3})(?![A-Za-z])").match(text, at)
    if state and state[1] in postal.STATES:
        return state.end()
    if re.compile(r"(cedex|cal\.|calif\.|mass\.|conn\.|nan)\b(?:\s\d{1,2}\b)?", re.I).match(text, at):
        return re.compile(r"\w+\.?(?:\s\d{1,2}\b)?").match(text, at).end()  # type: ignore[union-attr]
    end, _ = places.place_at(passage, at)
    if end is not None:
        return end
    # An unknown word with a capital before a postcode, a state or a line's end is the town.
    town = re.compile(r"[^\W\d_][\w'’.\-]+(?: (?:[^\W\d_][\w'’.\-]+|\([^)\n]{2,20}\))){0,3}").match(text, at)
    if town and town.group()[0].isupper():
        kept: list[str] = []
        for word in town.group().split():
            if not (word[0].isupper() or key(word) in streets.JOINTS or word[0] == "("):
                break
            if key(word.strip(".,")) in passage.ordinary and key(word) not in streets.JOINTS:
                break
            if len(word) < 3 and word[0].isupper():
                return None
            kept.append(word)
            if word.endswith(".") and len(word) > 3:
                break
        if kept:
            stop = at + len(" ".join(kept))
            after = folded[stop : stop + 14]
            if re.match(
                r"[\s,]{1,4}(?:[A-Z]{1,2}\d|[A-Z]{2}\b|\d{4,6}\b)|\s*(?:\n|$)|,|[.;)](?:\s|$)", after
            ):
                return stop - (kept[-1].endswith("."))
    return None
