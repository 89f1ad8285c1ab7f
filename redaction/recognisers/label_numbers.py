"""Numbers that stand after a label: identifiers, accounts, postcodes, with the label glued on as well.

A number may be broken: spaces among its groups, letters of its own, a letter read for a digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from model.findings import TextFinding
from redaction.recognisers.base import Passage
from redaction.recognisers.label_words import LABELS
from redaction.recognisers.labels import NUMBERS

_LETTERED = frozenset({"ID_NUMBER", "MEDICAL_ID", "PASSPORT", "ACCOUNT_NUMBER"})
"""Numbers that may hold letters."""

_STROKES = str.maketrans("lio", "LIO")


@cache
def _short_labels() -> tuple[re.Pattern[str], dict[str, str]]:
    """Labels of three to five letters for numbers, with a number right behind them; label -> type."""
    kinds = {
        label.upper(): kind
        for kind in NUMBERS
        for entry in LABELS[kind].split("|")
        if 3 <= len(label := entry.strip(" :.\n")) <= 5 and label.isalpha()
    }
    listed = "|".join(sorted(kinds, key=len, reverse=True))
    return re.compile(
        rf"(?<![^\W\d_])(?P<l>{listed})(?P<v>[A-Z]{{0,2}}\d[\dA-Z-]{{2,24}}(?: [\dA-Z]{{2,5}}){{0,6}})(?!\w)"
    ), kinds


def glued(passage: Passage) -> Iterator[TextFinding]:
    """A number whose label has lost the space after it: "NIEX6584044H"."""
    pattern, kinds = _short_labels()
    for match in pattern.finditer(passage.plain):
        if sum(c.isdigit() for c in match["v"]) >= 5:
            yield TextFinding(kinds[match["l"]], match.start("v"), match.end("v"), 0.6, "label:number")


def postcode(passage: Passage, j: int, score: float) -> TextFinding | None:
    """A postcode, with the spaces that were read into it where nothing else stands on its line."""
    start = passage.tokens[j].start
    shape = r"[A-Za-z]{0,2}-?\d[\dA-Za-z]{1,5}(?:[ -][\dA-Z]{2,4}(?![\w]))?"
    alone = r"[A-Z]?[A-Za-z\d]{1,4}(?: {1,2}[A-Z\d][A-Z\dg]{0,3}){1,3}(?=\s*(?:\n|$))"
    for pattern, text in ((alone, passage.plain), (shape, passage.digits)):
        match = re.compile(pattern).match(text, start)
        if match is None:
            continue
        digits = sum(c.isdigit() for c in passage.digits[match.start() : match.end()])
        short = pattern is shape or len("".join(match.group().split())) <= 8
        if short and digits >= (3 if pattern is shape else 2):
            return TextFinding("ZIP_CODE", match.start(), match.end(), score, "label:phone")
    return None


def number(passage: Passage, j: int, kind: str, colon: bool, score: float) -> TextFinding | None:
    """The number whose first token is j, chunk by chunk to where it can only be something else."""
    tokens = passage.tokens
    start = tokens[j].start
    line_end = passage.text.find("\n", start)
    line = passage.digits[start : line_end if line_end >= 0 else None]
    end = taken = digits = 0
    for match in re.finditer(r"\S+", line):
        chunk = match.group().rstrip(",.;:)")
        count = sum(c.isdigit() for c in chunk)
        raw = passage.text[start + match.start() : start + match.start() + len(chunk)]
        if end and match.start() - end > 2:
            break
        # Letters alone belong to an IBAN ("NWBK") or begin an identifier ("XYZ 123").
        ends = match.group() != chunk or match.end() >= len(line.rstrip())
        short = len(chunk) <= 4 and raw.isupper() and (kind == "IBAN_CODE" or not digits or ends)
        short = short or (kind == "IBAN_CODE" and not taken and len(chunk) <= 4 and raw[:2].isupper())
        # A letter among the groups: "65 140472 W 692".
        short = short or (len(chunk) == 1 and raw.isupper() and line[match.end() :][1:2].isdigit())
        if (count == 0 and not short) or (count and len(chunk) - count > 10):
            break
        if taken and taken + count > 34:
            break
        end = match.start() + len(chunk)
        taken += len(chunk)
        digits += count
        if match.group() != chunk or taken >= 34:
            break
    least = 3 if kind in ("ACCOUNT_NUMBER", "ZIP_CODE", "IP_ADDRESS") and colon else 4
    if kind in ("ACCOUNT_NUMBER", "MEDICAL_ID", "ID_NUMBER") and colon:
        least = 2
    value = passage.text[start : start + end].rstrip()
    # Letters and digits in capitals are an identifier with fewer digits as well: "LV19 KXT".
    if kind in _LETTERED and value.translate(_STROKES).isupper() and len(value) >= 5:
        least = 2
    if digits < least or not end:
        return None
    return TextFinding(kind, start, start + len(value), score, "label:number")
