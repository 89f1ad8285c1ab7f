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
from redaction.recognisers.label_numbers import glued, number, postcode
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
    yield from glued(passage)


def _value(passage: Passage, kind: str, last: int, colon: bool) -> TextFinding | None:
    tokens = passage.tokens
    j = last + 1
    broken = 0
    while j < last + 6 and j < len(tokens) and _filler(tokens, j, kind):
        if tokens[j].text in "([+@" or (tokens[j].text in ",;" and kind not in ("PERSON", "DATE_OF_BIRTH")):
            break
        if (
            tokens[j].word
            and kind == "PERSON"
            and tokens[j].key not in {"is", "no", "nr", "est", "ist", "es", "was"}
        ):
            break
        abbreviated = tokens[j].key in {"no", "nr", "id", "n"} or _misread_no(tokens, j)
        if tokens[j].word and tokens[j].capital and not abbreviated:
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
        return postcode(passage, j, score)
    if kind == "USERNAME":
        return _username(passage, j, score) if colon else None
    if kind in NUMBERS:
        return number(passage, j, kind, colon, score)
    if kind == "PHONE_NUMBER":
        return _digits_value(
            passage, j, kind, r"[+(]?\d[\d ().\-/+]{4,22}\d(?:\s?(?:x|ext\.?)\s?\d{1,6})?", score, 6
        )
    if kind in ("DATE_OF_BIRTH", "DATE_TIME"):
        return _date(passage, j, kind, score, colon)
    if kind == "AGE":
        return _age(passage, j, score)
    if kind == "EMAIL_ADDRESS":
        return _mail(passage, j, score)
    if kind == "ADDRESS":
        return _address(passage, j, colon, score)
    return None


def _filler(tokens: tuple[Token, ...], j: int, kind: str) -> bool:
    """A mark or a small word between a label and its value: "No.", misread before a number as well."""
    return not tokens[j].word or tokens[j].key in _FILLERS or (kind in NUMBERS and _misread_no(tokens, j))


def _misread_no(tokens: tuple[Token, ...], j: int) -> bool:
    return re.fullmatch(r"[A-Za-z][oaer0uc]", tokens[j].text) is not None and any(
        t.text == "." and not t.gap for t in tokens[j + 1 : j + 2]
    )


def _line_ends(tokens: tuple[Token, ...], last: int) -> bool:
    return last + 1 < len(tokens) and tokens[last + 1].gap == "\n"


def _person(passage: Passage, j: int, colon: bool, score: float) -> TextFinding | None:
    end = name_end(passage, j, any_case=colon, limit=6)
    if end is None:
        return None
    tokens = passage.tokens
    end = _broken(passage, end) if colon else end
    strange = [t for t in tokens[j : end + 2] if t.word and t.gap not in ("\n", "  ")]
    if not colon and all(t.key in passage.ordinary for t in strange[: end + 1 - j]):
        # A space in it may leave two words: "Os trawski".
        if end != j or len(strange) < 2 or strange[1].capital or strange[1].key in passage.ordinary:
            return None
        end += 1
    return TextFinding("PERSON", tokens[j].start, tokens[end].end, score, "label:name")


def _broken(passage: Passage, end: int) -> int:
    """Last token of a line whose end can only be the rest of the name before it: "Nun zia"."""
    tokens = passage.tokens
    rest = []
    for token in tokens[end + 1 : end + 4]:
        if token.gap in ("\n", "  "):
            break
        rest.append(token)
    if not 0 < len(rest) < 3 or not all(t.gap == " " and t.text.isalpha() and t.text.islower() for t in rest):
        return end
    if any(t.key in _NO_REST or (t.key in passage.ordinary and len(t.text) > 4) for t in rest):
        return end
    return end + len(rest)


_NO_REST = words(
    """
    and or the of in on at by to for with is was has not no see none above below from aged und oder der die
    das mit von vom et ou le la les de du avec par y o con por e il lo di da en of met van het
    """
)


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


_BROKEN_DATE = re.compile(r"\d(?: ?\d){0,3}(?: ?[./\-,] ?\d(?: ?\d){0,4}){2}(?=\s*(?:\n|$|\s[^\d\s]))")
"""A date in digits with spaces read into it, up to its line's end or a word."""


_AGE = re.compile(r"(?P<a>[\dTJ]{1,3})(?=\W|$|[a-zà-ÿ])")


def _age(passage: Passage, j: int, score: float) -> TextFinding | None:
    match = _AGE.match(passage.digits, passage.tokens[j].start)
    if match is None:
        return None
    read = "".join("7" if c == "T" else "3" if c == "J" else c for c in match["a"])
    known = any(c.isdigit() for c in match["a"]) and 0 < int(read) < 120
    return TextFinding("AGE", match.start(), match.end(), score, "label:age") if known else None


_WORDED_DATE = re.compile(
    r"(?:\d{1,2}(?:st|nd|rd|th|er|[.º])?(?: [^\W\d_]{1,10}\.?){1,4}|[^\W\d_]{3,10}\.? \d{1,2}),? \d{2,5}"
    r"(?=\s*(?:\n|$|[,;)]))"
)
"""A day, a word and a year that end a line, whatever the word was."""


def _date(passage: Passage, j: int, kind: str, score: float, colon: bool) -> TextFinding | None:
    start = passage.tokens[j].start
    near = passage.text[start : start + 45]
    line = near.split("\n")[0] if "\n" in near[1:] else near
    sub = Passage(line, passage.languages)
    broken = _BROKEN_DATE.match(passage.digits, start)
    reach = broken.end() if broken and 5 < sum(c.isdigit() for c in broken.group()) < 10 else start
    worded = _WORDED_DATE.match(passage.digits, start) if colon else None
    reach = max(reach, worded.end()) if worded else reach
    for hit in dates.find(sub):
        if hit.start <= 12:
            first = 0 if start + hit.start < reach else hit.start
            end = max(start + hit.end, reach)
            return TextFinding(kind, start + first, end, max(score, hit.score), "label:date")
    if reach > start:
        return TextFinding(kind, start, reach, score, "label:date")
    match = re.compile(
        r"[\dA-Za-z|]{1,4}\s?[/.\-]\s?[\dA-Za-z|]{2,4}(?:\s?[/.\-]\s?[\dA-Za-z|]{2,4})?"
    ).match(passage.digits, start)
    if match and sum(c.isdigit() for c in match.group()) >= 3:
        return TextFinding(kind, match.start(), match.end(), score, "label:date")
    match = re.compile(r"(1[5-9]|20)\d\d(?!\d)").match(passage.digits, start)
    if match and kind == "DATE_OF_BIRTH":
        return TextFinding(kind, match.start(), match.end(), score, "label:date")
    # "Nato a: Clusone"; in German any noun may stand after a label.
    token, before = passage.tokens[j], [t.key for t in passage.tokens[max(j - 4, 0) : j] if t.word]
    if colon and before[-1:] == ["a"] and token.capital and token.key not in passage.ordinary:
        return TextFinding("LOCATION", start, token.end, 0.6, "label:place")
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
