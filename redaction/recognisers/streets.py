"""Streets with their numbers: "12 Elm Street", "Rue de Pontoise 4", "Hauptstraße 7".

The kind of street comes first or last, or it is the ending of the word; one wrong letter is forgiven.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from redaction.recognisers.base import Passage, Token
from redaction.recognisers.lexicon import words

STREET_WORDS = words(
    """
    street st str avenue ave av road rd boulevard blvd bld bd lane ln drive dr court ct place pl square
    sq terrace ter way highway hwy parkway pkwy close crescent cres mews gardens grove row walk alley
    circle cir trail trl pike turnpike broadway embankment quay wharf loop pass plaza rue chemin allee
    allees impasse quai cours faubourg fbg passage route venelle sentier villa cite esplanade strasse
    straße gasse weg platz ring damm allee ufer steig calle c carrer avenida avda paseo plaza camino
    carretera ronda travesia glorieta via viale piazza piazzale corso vicolo largo strada contrada rua
    travessa praca alameda estrada ulica ul ulitsa utca u ut rkp kapu koz korut gata gatan gade vej
    vagen veien vei gate katu tie kuja polku laan straat plein kade weg
    """
)

_PREFIX = words(
    """
    rue chemin allee impasse quai cours faubourg passage route avenue av boulevard bd place square cite
    villa calle carrer avenida avda paseo plaza camino carretera ronda via viale piazza piazzale corso
    vicolo largo rua travessa praca ulica ul
    """
)

_ENDINGS = (
    "strasse", "straße", "str", "gasse", "weg", "platz", "allee", "damm", "ufer", "gata", "gatan", "vej",
    "gade", "veien", "vegen", "vagen", "katu", "kuja", "polku", "tie", "laan", "straat", "plein", "utca",
    "braut", "stigur", "gotu", "vik", "alle", "terrasse", "stien", "bakken", "gate", "vagur", "hagi",
    "stræti", "straeti", "rodda", "kade", "dijk",
)  # fmt: skip

_SUFFIX_ALONE = words(
    """
    street st avenue ave road rd boulevard blvd lane ln drive dr court ct place pl square sq terrace way
    highway hwy parkway pkwy close crescent mews gardens grove row walk alley circle cir trail utca u ut
    rkp loop pass squares union point station stravenue port spring springs hill hills view village
    ville island rest prairie
    """
)

_LONG_KINDS = words(
    "street avenue boulevard drive court place square terrace highway crescent gardens close lane road"
)

UNIT = re.compile(
    r"(?:apt|apartment|appt|appartement|suite|ste|unit|flat|room|rm|floor|fl|dept|bldg|building|b[âa]timent|"
    r"bat|wohnung|whg|piso|puerta|interno|int|scala|escalier|esc|etage|étage|p\.?\s?o\.?\s?box|box|postfach|"
    r"bo[iî]te postale|b\.?p\.?|apartado|casella postale|psc|usnv|usns|uss|uscgc|rooms?)"
    r"\b\.?\s?#?\s?\d[\w-]{0,5}(?:,?\s?box\s?\d{1,6})?",
    re.IGNORECASE,
)
"""A part of a house with its number, or a box."""
_NUMBER = re.compile(r"\d{1,5}[A-Za-z]?(?:[-/]\d{1,4}[A-Za-z]?)?$|\d{1,4}(?:bis|ter|er)$")


def spans(passage: Passage) -> Iterator[tuple[int, int, float]]:
    """Spans [start, end) of streets, with a score."""
    tokens = passage.tokens
    for i, token in enumerate(tokens):
        if not token.word:
            continue
        folded = token.key
        # "Rue de Pontoise", "Via Roma": the kind of street comes first.
        cornered = folded == "c" and i + 1 < len(tokens) and tokens[i + 1].text == "/"
        if (folded in _PREFIX or cornered) and (
            token.capital or folded in {"rue", "calle", "via", "ul", "bd"}
        ):
            yield from _prefixed(passage, i)
        # "Elm Street", "Hauptstraße": the kind of street comes last.
        if (folded in _SUFFIX_ALONE and folded not in {"u", "ut"}) or (
            len(folded) > 5 and token.capital and folded.endswith(_ENDINGS)
        ):
            yield from _suffixed(passage, i)
        elif token.capital and len(folded) > 4 and folded not in passage.ordinary and _near_street(folded):
            yield from (span for span in _suffixed(passage, i, near=True))


def _numeral(passage: Passage, token: Token) -> bool:
    text = passage.digits[token.start : token.end]
    return _NUMBER.match(text) is not None


def _prefixed(passage: Passage, i: int) -> Iterator[tuple[int, int, float]]:
    tokens = passage.tokens
    last, capitals = i, 0
    k = i + 1
    while k < len(tokens) and k < i + 8:
        token = tokens[k]
        if (token.gap in ("\n", "  ") and capitals) or UNIT.match(passage.plain, token.start):
            break
        if token.text in ".^-" or (token.text == "/" and k == i + 1):
            k += 1
            continue
        if not token.word:
            break
        if token.capital and not (token.key in passage.ordinary and capitals and tokens[k - 1].text == "."):
            last, capitals = k, capitals + 1
        elif token.key not in JOINTS and not (token.text.endswith(("'", "’"))):
            break
        k += 1
    number_after = None
    m = last + 1
    while (m < len(tokens) and tokens[m].text in ",°") or (
        m < len(tokens) and tokens[m].key in {"n", "no", "nr"}
    ):
        m += 1
    if m < len(tokens) and tokens[m].gap in ("", " ") and _numeral(passage, tokens[m]):
        number_after = m
    before = _number_before(passage, i)
    if not capitals and before is None and number_after is None:
        return
    if tokens[i].key in {
        "place",
        "square",
        "passage",
        "cours",
        "route",
        "villa",
        "cite",
        "via",
        "plaza",
    } and (before is None and number_after is None):
        return
    start = tokens[before if before is not None else i].start
    end = tokens[number_after if number_after is not None else last].end
    numbered = before is not None or number_after is not None
    if numbered or (capitals and tokens[i].capital):
        yield start, end, 0.75 if numbered else 0.5


JOINTS = words(
    """
    dei degli delle dello dell' dalla alla ai e og i u de du des la le les l' d' del della di da do
    dos das van der den of the saint st ste sainte y
    """
)


def _number_before(passage: Passage, i: int) -> int | None:
    tokens = passage.tokens
    k = i - 1
    if k >= 0 and tokens[k].text in ",.°" and tokens[k].gap == "":
        k -= 1
    if k >= 0 and tokens[k].key in {"bis", "ter"}:
        k -= 1
    if k < 0 or not tokens[k].word or (tokens[k].gap == "" and k) or tokens[i].gap == "\n":
        return None
    return k if _numeral(passage, tokens[k]) else None


@lru_cache(maxsize=8192)
def _near_street(folded: str) -> bool:
    """A kind of street with one wrong letter: "Gourt", "Aveuue"."""
    from rapidfuzz.distance import OSA

    return any(
        abs(len(w) - len(folded)) <= 1 and OSA.distance(w, folded, score_cutoff=1) <= 1 for w in _LONG_KINDS
    )


def _suffixed(passage: Passage, i: int, near: bool = False) -> Iterator[tuple[int, int, float]]:
    tokens = passage.tokens
    first, capitals = i, 0
    compound = tokens[i].key not in _SUFFIX_ALONE and not near
    k = i - 1
    while k >= 0 and i - k < 6:
        token = tokens[k]
        if tokens[k + 1].gap in ("\n", "  "):
            break
        if token.text in ".-'" and token.gap == "":
            k -= 1
            continue
        if token.word and token.capital and not _numeral(passage, token):
            first, capitals = k, capitals + 1
            k -= 1
            continue
        if token.word and re.fullmatch(r"\d{1,3}(?:st|nd|rd|th)", passage.digits[token.start : token.end]):
            first, capitals = k, capitals + 1
            k -= 1
            continue
        break
    number = None
    if k >= 0 and tokens[k].word and _numeral(passage, tokens[k]) and tokens[k + 1].gap in (" ", ""):
        number = k
    after = None
    m = i + 1
    if m < len(tokens) and tokens[m].text == "." and tokens[m].gap == "":
        m += 1
    if m < len(tokens) and tokens[m].gap == " " and _numeral(passage, tokens[m]):
        after = m
    end = i
    if (
        i + 1 < len(tokens)
        and tokens[i + 1].text == "."
        and tokens[i + 1].gap == ""
        and len(tokens[i].text) <= 4
    ):
        end = i + 1
    if number is not None and (capitals or compound):
        yield tokens[number].start, tokens[after if after is not None and compound else end].end, 0.8
    elif near:
        return
    elif after is not None and (capitals or compound) and tokens[i].capital:
        yield tokens[first].start, tokens[after].end, 0.65
    elif (
        capitals
        and tokens[i].capital
        and tokens[i].key in {"street", "avenue", "road", "lane", "boulevard", "terrace"}
    ):
        yield tokens[first].start, tokens[end].end, 0.5
