"""Dates in digits and with months in words (English, French, German, Spanish, Italian), misread too.

A bare year or a bare month is no finding. Dates of birth get their type from label_values.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from model.findings import TextFinding
from redaction.folding import key, skeleton
from redaction.recognisers.base import Passage, Token
from redaction.recognisers.lexicon import words

MONTHS = {
    1: "january jan janvier janv januar januari jänner enero gennaio genn ene",
    2: "february feb february février fév févr februar februari febrero febbraio",
    3: "march mar mars märz marz marzo maart mrt",
    4: "april aprill apr avril avr abril aprile",
    5: "may mai mayo maggio mei",
    6: "june jun juin juni junij junio giugno giu",
    7: "july jul juillet juil juli julij julio luglio lug",
    8: "august aug augustus août aout agosto ago",
    9: "september sept sep septembre septiembre settembre sett 7bre septembris",
    10: "october oct octobre octobris oktober okt octubre ottobre ott 8bre",
    11: "november nov novembris novembre noviembre 9bre",
    12: "december dec decembris décembre déc dezember dez diciembre dic dicembre xbre 10bre",
}

_NUMERIC = re.compile(
    r"(?<![\d./\-])(?:"
    r"(?P<y>(?:1[5-9]|20)\d\d)\s?[-./]\s?(?P<m>0?[1-9]|1[0-2])\s?[-./]\s?(?P<d>0?[1-9]|[12]\d|3[01])"
    r"|(?P<a>0?[1-9]|[12]\d|3[01])\s?(?P<sep>[-./])\s?(?P<b>0?[1-9]|[12]\d|3[01])\s?(?P=sep)\s?"
    r"(?P<c>(?:1[5-9]|20)\d\d|['’]?\d\d)"
    r")(?P<time>[ T]\d{1,2}:\d\d(?::\d\d)?)?(?!\d)(?![./\-]\d)"
)
_SHORT = re.compile(
    r"(?<![\d.])(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\."
    r"(?=\s?(?:bis|und|-|/|sowie)\s?\d{1,2}\.\d{1,2}\.)"
)
"""The first day of a span, "2.5. bis 9.5.2018": its year stands with the last."""
_DAY = re.compile(r"(0?[1-9]|[12]\d|3[01])(st|nd|rd|th|er|e|º|°)?$", re.IGNORECASE)
_YEAR = re.compile(r"(1[4-9]|20)\d\d$|['’]\d\d$")
_AGE = re.compile(
    r"\b(?:aged?(?: of)?|years of age|alter|âge|edad|età|leeftijd|oud|just turned|turned|âgée? de|"
    r"im Alter von|de edad de)"
    r"[ :]{1,3}(?P<a>\d{1,3})\b(?![-/.]\d)|"
    r"\b(?P<b>\d{1,3})[ -]?(?:years?[ -]olds?|yrs?\.? old|y/o|yo\b|"
    r"ans\b(?= et|,|\.| né)|Jahre alt|Jahre\b(?=,|\)| alt)|años\b|anni\b|jaar\b|ans\b(?= d'âge|$))|"
    r"(?P<c>\d{1,3})[歳才]",
    re.IGNORECASE,
)
_JOINTS = words(
    """
    of de del di the le den der am dem el il
    """
)
_FRENCH_UNITS = words(
    """
    un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt
    trente quarante cinquante soixante cents cent mille mil et premier unieme
    """
)


@cache
def _months() -> dict[str, int]:
    return {key(w): number for number, words in MONTHS.items() for w in words.split()}


@cache
def _month_skeletons() -> dict[str, int]:
    return {skeleton(w): n for n, words in MONTHS.items() for w in words.split() if len(w) > 3}


def named_month(folded: str) -> bool:
    """True for a key that is a month's name or its abbreviation."""
    return folded in _months()


@lru_cache(maxsize=16384)
def month(word: str) -> int | None:
    """The month that a word names, abbreviated or misread ("Jnne", "Janvler"); None for other words."""
    folded = key(word)
    found = _months().get(folded)
    if found is not None or len(folded) < 4:
        return found
    bones = skeleton(word)
    found = _month_skeletons().get(bones)
    if found is not None:
        return found
    # One wrong letter of the same length, in a word of four or more that starts like a name.
    if word[:1].isupper() or len(folded) > 5:
        for candidate, number in _month_skeletons().items():
            if (
                len(candidate) == len(bones)
                and sum(a != b for a, b in zip(candidate, bones, strict=True)) == 1
            ):
                return number
    return None


def find(passage: Passage) -> Iterator[TextFinding]:
    """DATE_TIME hits."""
    for match in _NUMERIC.finditer(passage.digits):
        if match["a"] and int(match["a"]) > 12 and int(match["b"]) > 12:
            continue
        yield TextFinding("DATE_TIME", match.start(), match.end(), 0.7, "date:numeric")
    for match in _SHORT.finditer(passage.digits):
        yield TextFinding("DATE_TIME", match.start(), match.end(), 0.6, "date:numeric")
    yield from _worded(passage)
    if "fr" in passage.languages:
        yield from _spelled_french(passage)
    for match in _AGE.finditer(passage.digits):
        group = match.lastgroup or "x"
        if 0 < int(match[group]) < 120:
            yield TextFinding("AGE", match.start(group), match.end(group), 0.55, "age")


def _worded(passage: Passage) -> Iterator[TextFinding]:
    tokens = passage.tokens
    used = -1
    for i, token in enumerate(tokens):
        if i <= used or not token.word or (number := month(_bare(token))) is None:
            continue
        first = last = i
        day = year = False
        before = _previous(tokens, i)
        if before is not None and _DAY.match(_digits(passage, tokens[before])):
            first, day = before, True
        after = _next(tokens, i)
        if after is not None:
            text = _digits(passage, tokens[after])
            if not day and _DAY.match(text) and not _YEAR.match(text):
                last, day = after, True
                after = _next(tokens, after)
            if after is not None and _YEAR.match(_digits(passage, tokens[after])):
                last, year = after, True
        exact = key(_bare(token)) in _months()
        if day or (year and (exact or token.capital)):
            score = 0.75 if day and year else 0.55 if exact else 0.4
            # "may 3" inside a sentence is a verb as often as a month.
            if number == 5 and not token.capital and not (day and year):
                continue
            used = last
            first = _weekday(tokens, first)
            yield TextFinding("DATE_TIME", tokens[first].start, tokens[last].end, score, "date:month")


_WEEKDAYS = words(
    """
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun
    lundi mardi mercredi jeudi vendredi samedi dimanche montag dienstag mittwoch donnerstag freitag samstag
    sonnabend sonntag mo di mi do fr sa so lunes martes miercoles jueves viernes sabado domingo lunedi
    martedi mercoledi giovedi venerdi sabato domenica maandag dinsdag woensdag donderdag vrijdag zaterdag
    zondag
    """
)


def _weekday(tokens: tuple[Token, ...], first: int) -> int:
    """The day of the week before a date belongs to it."""
    k = first - 1
    if k >= 0 and tokens[k].text in ".,":
        k -= 1
    if k >= 0 and tokens[k].key == "the":
        k -= 1
    near = k >= 0 and tokens[k].capital and tokens[k].gap != "" and tokens[k + 1].gap != "\n"
    return k if near and tokens[k].key in _WEEKDAYS else first


def _bare(token: Token) -> str:
    return token.text


def _digits(passage: Passage, token: Token) -> str:
    return passage.digits[token.start : token.end]


def _previous(tokens: tuple[Token, ...], i: int) -> int | None:
    """The token before, over "of", "de", a point or an ordinal's ending."""
    j = i - 1
    steps = 0
    while j >= 0 and steps < 3 and (tokens[j].text in ".,-/" or tokens[j].key in _JOINTS):
        j -= 1
        steps += 1
    if j >= 1 and tokens[j].key in {"st", "nd", "rd", "th", "er"}:
        j -= 1
    return j if j >= 0 else None


def _next(tokens: tuple[Token, ...], i: int) -> int | None:
    j = i + 1
    steps = 0
    while j < len(tokens) and steps < 3 and (tokens[j].text in ".,-/'’" or tokens[j].key in _JOINTS):
        j += 1
        steps += 1
    if j < len(tokens) and tokens[j].key in {"st", "nd", "rd", "th"}:
        j += 1
    return j if j < len(tokens) else None


def _spelled_french(passage: Passage) -> Iterator[TextFinding]:
    """Deeds spell dates: "le vingt trois Aout mil neuf cent quatorze"."""
    tokens = passage.tokens
    units, months_known = _FRENCH_UNITS, _months()
    i = 0
    while i < len(tokens):
        if tokens[i].key not in months_known and tokens[i].key not in units:
            i += 1
            continue
        j = i
        months = spelled = 0
        while j < len(tokens):
            word = tokens[j].text
            if word == "-" or (word in {",", "."} and months):
                pass
            elif key(word) in units:
                spelled += key(word) != "et"
            elif key(word) in months_known and not months:
                months += 1
            else:
                break
            j += 1
        while j > i and (not tokens[j - 1].word or tokens[j - 1].key == "et"):
            j -= 1
        text = {t.key for t in tokens[i:j]}
        if (months and spelled) or (
            len(text & {"mil", "mille"}) and len(text & {"cent", "cents"}) and spelled >= 4
        ):
            yield TextFinding("DATE_TIME", tokens[i].start, tokens[j - 1].end, 0.6, "date:spelled")
        i = max(j, i + 1)
