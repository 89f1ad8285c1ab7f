"""What stands after a label (labels.py): names, numbers, dates, addresses.

What a value may look like depends on its type: names are words with capitals (anything after a colon),
numbers must hold digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from model.findings import TextFinding
from redaction.folding import key
from redaction.recognisers import dates, streets
from redaction.recognisers.base import Passage, Token
from redaction.recognisers.labels import NUMBERS, label_from
from redaction.recognisers.lexicon import words
from redaction.recognisers.name_runs import name_end
from redaction.recognisers.name_words import PARTICLES

_FILLERS = words(
    """
    no nr number num is was are n # : . = ° º id ist est es as code numero nummer date ) · * to with of
    on
    """
)


def find(passage: Passage) -> Iterator[TextFinding]:
    """Values that stand after a label."""
    tokens = passage.tokens
    i = 0
    while i < len(tokens):
        found = label_from(tokens, i)
        if found is None:
            i += 1
            continue
        kind, last, strict = found
        hit = _value(passage, kind, last, strict)
        if hit is not None:
            yield hit
        i = last + 1


def _value(passage: Passage, kind: str, last: int, colon: bool) -> TextFinding | None:
    tokens = passage.tokens
    j = last + 1
    broken = 0
    while j < len(tokens) and (not tokens[j].word or tokens[j].key in _FILLERS) and j < last + 6:
        if tokens[j].text in "([+@" or (tokens[j].text in ",;" and kind not in ("PERSON", "DATE_OF_BIRTH")):
            break
        if (
            tokens[j].word
            and kind == "PERSON"
            and tokens[j].key not in {"is", "no", "nr", "est", "ist", "es", "was"}
        ):
            break
        if tokens[j].word and (tokens[j].capital and tokens[j].key not in {"no", "nr", "id", "n"}):
            break
        broken += tokens[j].gap == "\n"
        j += 1
    if j >= len(tokens):
        return None
    # The value stands on the label's line or on the next one.
    broken += tokens[j].gap == "\n"
    if broken > 1 or (broken and not colon and not _line_ends(tokens, last)):
        return None
    score = 0.85 if colon else 0.7
    if kind == "PERSON":
        return _person(passage, j, colon, score)
    if kind == "ZIP_CODE":
        shape = r"[A-Za-z]{0,2}-?\d[\dA-Za-z]{1,5}(?:[ -][\dA-Z]{2,4}(?![\w]))?"
        return _digits_value(passage, j, kind, shape, score, 3)
    if kind == "USERNAME":
        return _username(passage, j, score) if colon else None
    if kind in NUMBERS:
        return _number(passage, j, kind, colon, score)
    if kind == "PHONE_NUMBER":
        return _digits_value(
            passage, j, kind, r"[+(]?\d[\d ().\-/+]{4,22}\d(?:\s?(?:x|ext\.?)\s?\d{1,6})?", score, 6
        )
    if kind in ("DATE_OF_BIRTH", "DATE_TIME"):
        return _date(passage, j, kind, score)
    if kind == "EMAIL_ADDRESS":
        return _mail(passage, j, score)
    if kind == "ADDRESS":
        return _address(passage, j, colon, score)
    return None


def _line_ends(tokens: tuple[Token, ...], last: int) -> bool:
    return last + 1 < len(tokens) and tokens[last + 1].gap == "\n"


def _person(passage: Passage, j: int, colon: bool, score: float) -> TextFinding | None:
    end = name_end(passage, j, any_case=colon, limit=6)
    if end is None:
        return None
    tokens = passage.tokens
    if not colon and all(t.key in passage.ordinary for t in tokens[j : end + 1] if t.word):
        return None
    return TextFinding("PERSON", tokens[j].start, tokens[end].end, score, "label:name")


def _number(passage: Passage, j: int, kind: str, colon: bool, score: float) -> TextFinding | None:
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
        short = len(chunk) <= 4 and raw.isupper() and (kind == "IBAN_CODE" or not taken or ends)
        if (count == 0 and not short) or (count and len(chunk) - count > 8):
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
    if kind in ("ID_NUMBER", "MEDICAL_ID") and value.isupper() and len(value) >= 5:
        least = 2
    if digits < least or not end:
        return None
    return TextFinding(kind, start, start + len(value), score, "label:number")


def _username(passage: Passage, j: int, score: float) -> TextFinding | None:
    match = re.compile(r"\S{3,60}").match(passage.text, passage.tokens[j].start)
    if match is None:
        return None
    value = match.group().rstrip(",;.")
    return TextFinding("USERNAME", match.start(), match.start() + len(value), score, "label:username")


def _digits_value(
    passage: Passage, j: int, kind: str, shape: str, score: float, least: int
) -> TextFinding | None:
    start = passage.tokens[j].start
    match = re.compile(shape).match(passage.digits, start)
    if match is None or sum(c.isdigit() for c in match.group()) < least:
        return None
    return TextFinding(kind, match.start(), match.end(), score, "label:phone")


def _date(passage: Passage, j: int, kind: str, score: float) -> TextFinding | None:
    start = passage.tokens[j].start
    near = passage.text[start : start + 45]
    line = near.split("\n")[0] if "\n" in near[1:] else near
    sub = Passage(line, passage.languages)
    for hit in dates.find(sub):
        if hit.start <= 12:
            return TextFinding(kind, start + hit.start, start + hit.end, max(score, hit.score), "label:date")
    match = re.compile(
        r"[\dA-Za-z|]{1,4}\s?[/.\-]\s?[\dA-Za-z|]{2,4}(?:\s?[/.\-]\s?[\dA-Za-z|]{2,4})?"
    ).match(passage.digits, start)
    if match and sum(c.isdigit() for c in match.group()) >= 3:
        return TextFinding(kind, match.start(), match.end(), score, "label:date")
    match = re.compile(r"(1[5-9]|20)\d\d(?!\d)").match(passage.digits, start)
    if match and kind == "DATE_OF_BIRTH":
        return TextFinding(kind, match.start(), match.end(), score, "label:date")
    return None


def _mail(passage: Passage, j: int, score: float) -> TextFinding | None:
    start = passage.tokens[j].start
    line = passage.plain[start:].split("\n")[0]
    match = re.match(r"[\w.+\-]+(?: ?[.,@©®] ?[\w+\-]+)+", line, re.ASCII)
    if match and re.search(r"[@©®]|\.\s?\w{2,4}$", match.group()):
        return TextFinding("EMAIL_ADDRESS", start, start + match.end(), score, "label:e-mail")
    return None


def _address(passage: Passage, j: int, colon: bool, score: float) -> TextFinding | None:
    """The rest of the line; addresses.py adds the lines that follow."""
    tokens = passage.tokens
    k = j
    while k + 1 < len(tokens) and tokens[k + 1].gap not in ("\n", "  "):
        nxt = tokens[k + 1]
        if nxt.text in ";?!" or (nxt.text in ":" and nxt.gap == ""):
            break
        if (
            not colon
            and nxt.word
            and not nxt.capital
            and nxt.key in passage.ordinary
            and not _street_word(nxt)
        ):
            break
        if label_from(tokens, k + 1) is not None and nxt.text[0].isupper() and k > j:
            break
        k += 1
    while k > j and not tokens[k].word:
        k -= 1
    value = passage.text[tokens[j].start : tokens[k].end]
    if len(value) < 4 or not (any(c.isdigit() for c in value) or tokens[j].capital):
        return None
    if not colon and not any(c.isdigit() for c in passage.digits[tokens[j].start : tokens[k].end]):
        # Without a number only a few words with capitals: "résidant à Cholet".
        k = j
        while (
            k + 1 < len(tokens) and tokens[k + 1].word and tokens[k + 1].capital and tokens[k + 1].gap == " "
        ):
            k += 1
        if key(tokens[j].text) in passage.ordinary:
            return None
        return TextFinding("LOCATION", tokens[j].start, tokens[k].end, 0.6, "label:place")
    return TextFinding("ADDRESS", tokens[j].start, tokens[k].end, score, "label:address")


def _street_word(token: Token) -> bool:
    return token.key.strip(".") in streets.STREET_WORDS or token.key in PARTICLES
