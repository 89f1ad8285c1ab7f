"""Postal addresses (US, UK, FR, DE, ES, IT and their neighbours) and places.

An address is a chain of parts: a street with a number, a unit, a box, a town with a postcode, a region,
a country. One strong part (a street with a number, a P.O. box, a town with its postcode) starts a chain;
it takes in what touches it over commas and line breaks. Japanese addresses are in japanese.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from model.findings import TextFinding
from redaction.folding import key
from redaction.recognisers import dates, lexicon, postal
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
_UNIT = re.compile(
    r"(?:apt|apartment|appt|appartement|suite|ste|unit|flat|room|rm|floor|fl|dept|bldg|building|b[âa]timent|"
    r"bat|wohnung|whg|piso|puerta|interno|int|scala|escalier|esc|etage|étage|p\.?\s?o\.?\s?box|box|postfach|"
    r"bo[iî]te postale|b\.?p\.?|apartado|casella postale|psc|usnv|usns|uss|uscgc|rooms?)"
    r"\b\.?\s?#?\s?\d[\w-]{0,5}(?:,?\s?box\s?\d{1,6})?",
    re.IGNORECASE,
)
_BOX = re.compile(
    r"(?<!\w)(?:p\s?\.?\s?[o0]\s?\.?\s?box|post office box|postfach|bo[iî]te postale|b\.p\.|"
    r"apartado(?: de correos)?|casella postale|psc|cmr|unit)"
    r"\s?(?:no\.?\s?)?#?\s?\d{1,6}(?:,?\s?box\s?\d{1,6})?",
    re.IGNORECASE,
)
STATES = words(
    """
    AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY
    NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY PR GU VI AA AE AP ON QC BC AB MB SK NS NB NL
    PE YT NT NU NSW VIC QLD WA TAS ACT
    """
)
_STATE_ZIP = re.compile(r"(?<![A-Za-z])([A-Z]{2,3})\.?,? (\d{5}(?:-\d{4})?)(?![\w-])")
# "Paris 7 Août 1914", "Caen, le 3 mars": where a letter was written, before when.
_DATELINE = re.compile(
    r"^[ \t]*(?P<town>[A-ZÀ-Þ][\w'’.\-]+(?:[ -](?:[a-z]{2,3}[ -])?[A-ZÀ-Þ][\w'’\-]+){0,3}),?"
    r"[ \t]+(?:le |den |the |il |el )?"
    r"[\dOl]{1,2}(?:er|\.|st|nd|rd|th)? (?:de |of )?(?P<month>[^\W\d_]{3,10})\b",
    re.MULTILINE,
)
_NUMBER = re.compile(r"\d{1,5}[A-Za-z]?(?:[-/]\d{1,4}[A-Za-z]?)?$|\d{1,4}(?:bis|ter|er)$")


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
    for match in _DATELINE.finditer(passage.letters):
        town, named = match["town"], match["month"]
        plain = key(town) in passage.ordinary or key(town) in _NO_TOWNS
        ordinary = plain and key(town) not in lexicon.places()
        if dates.month(named) is not None and not dates.month(town) and not ordinary:
            yield TextFinding("LOCATION", match.start("town"), match.end("town"), 0.6, "place:dateline")
    for pattern in (postal.UK, postal.CA):
        for match in pattern.finditer(passage.plain):
            if not any(c.isdigit() for c in match.group()):
                continue
            yield TextFinding("ZIP_CODE", match.start(), match.end(), 0.55, "postcode")
    yield from _places(passage)


def _strong(passage: Passage) -> Iterator[tuple[int, int, float]]:
    """Spans [start, end) that are an address for themselves, with a score."""
    for match in _BOX.finditer(passage.digits):
        if match.group()[:4].lower() != "unit" or "box" in match.group().lower():
            yield match.start(), match.end(), 0.75
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
    yield from _between_numbers(passage)
    for match in _STATE_ZIP.finditer(passage.digits):
        if match[1] in STATES:
            start = min(_town_before(passage, match.start()), postal.before(passage, match.start()))
            yield start, match.end(), 0.7
    yield from postal.addresses(passage)
    yield from _postal_towns(passage)


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


def _postal_towns(passage: Passage) -> Iterator[tuple[int, int, float]]:
    """A town with a postcode of its country's form, and the street with its number before it."""
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


_NUMBERS_AROUND = re.compile(
    r"(?<![\w.,/-])\d{1,6} (?P<n>(?:[^\W\d_][\w'’.\-]*,? ){1,5})\d{1,4}[a-zA-Z]?\.?(?![\w/-]|[.,]\d)"
)


def _between_numbers(passage: Passage) -> Iterator[tuple[int, int, float]]:
    """A number, names and a number before a unit, a town or a country: a street of no known kind."""
    for match in _NUMBERS_AROUND.finditer(passage.digits):
        names = [w.strip(",.") for w in match["n"].split()]
        capitals = [w for w in names if w[:1].isupper()]
        if not capitals or any(not w[:1].isupper() and key(w) not in _JOINTS | STREET_WORDS for w in names):
            continue
        if any(key(w) in passage.ordinary and key(w) not in _JOINTS | STREET_WORDS for w in names):
            continue
        gap = _BETWEEN.match(passage.plain, match.end())
        if _part(passage, gap.end() if gap else match.end()) is not None:
            yield match.start(), match.end(), 0.55


def _numeral(passage: Passage, token: Token) -> bool:
    text = passage.digits[token.start : token.end]
    return _NUMBER.match(text) is not None


def _prefixed(passage: Passage, i: int) -> Iterator[tuple[int, int, float]]:
    tokens = passage.tokens
    last, capitals = i, 0
    k = i + 1
    while k < len(tokens) and k < i + 8:
        token = tokens[k]
        if (token.gap in ("\n", "  ") and capitals) or _UNIT.match(passage.plain, token.start):
            break
        if token.text in ".^-" or (token.text == "/" and k == i + 1):
            k += 1
            continue
        if not token.word:
            break
        if token.capital and not (token.key in passage.ordinary and capitals and tokens[k - 1].text == "."):
            last, capitals = k, capitals + 1
        elif token.key not in _JOINTS and not (token.text.endswith(("'", "’"))):
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


_NO_TOWNS = words("en addi getauft gedoopt overleden copuliert bapt baptised buried married den el il op le")
_JOINTS = words(
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
        r"(?:^|(?<=\s))((?:N(?:o|r|°)\.? ?)?\d{1,6}|" + _UNIT.pattern + r")[\s,]{1,4}$",
        folded[max(0, start - 30) : start],
        re.I,
    )
    while head and parts < 12:
        start = max(0, start - 30) + head.start(1)
        parts += 1
        head = re.search(
            r"(?:^|(?<=\s))(" + _UNIT.pattern + r")[\s,]{1,4}$", folded[max(0, start - 30) : start], re.I
        )
    return start, end, parts


def _part(passage: Passage, at: int) -> int | None:
    """End of the address part that starts at `at`; None where none does."""
    text, folded = passage.plain, passage.digits
    unit = _UNIT.match(text, at) or _UNIT.match(folded, at)
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
    if state and state[1] in STATES:
        return state.end()
    if re.compile(r"(cedex|cal\.|calif\.|mass\.|conn\.|nan)\b(?:\s\d{1,2}\b)?", re.I).match(text, at):
        return re.compile(r"\w+\.?(?:\s\d{1,2}\b)?").match(text, at).end()  # type: ignore[union-attr]
    end, _ = place_at(passage, at)
    if end is not None:
        return end
    # An unknown word with a capital before a postcode, a state or a line's end is the town.
    town = re.compile(r"[^\W\d_][\w'’.\-]+(?: (?:[^\W\d_][\w'’.\-]+|\([^)\n]{2,20}\))){0,3}").match(text, at)
    if town and town.group()[0].isupper():
        kept: list[str] = []
        for word in town.group().split():
            if not (word[0].isupper() or key(word) in _JOINTS or word[0] == "("):
                break
            if key(word.strip(".,")) in passage.ordinary and key(word) not in _JOINTS:
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


def place_at(passage: Passage, at: int) -> tuple[int | None, int]:
    """(end of the longest known place that starts at a character, its words), or (None, 0)."""
    text = passage.letters
    match = re.compile(r"[^\W\d_][\w'’.\-]*(?: [\w'’.\-()]+){0,3}").match(text, at)
    if match is None or not text[at].isupper():
        return None, 0
    words = match.group().split(" ")
    for count in range(len(words), 0, -1):
        candidate = " ".join(words[:count]).rstrip(".,'’-")
        if candidate.endswith(("'s", "’s")):
            candidate = candidate[:-2]
        if key(candidate) in lexicon.places():
            return at + len(candidate), count
    return None, 0


_PLACE_CUES = words(
    """
    in at from to near of à a au en de zu nach aus bei in en desde hasta vicino presso moved lives city
    town village fait born visit visiting leaving originally toward towards
    """
)


_STATES_WRITTEN = words(
    "cal calif mass conn penn penna ill mich minn wis tex tenn ala ariz colo fla kans miss mo nebr okla ore"
)
_PLACE_ONLY = frozenset({"in", "from", "at", "near", "à", "a", "nach", "aus", "en", "desde", "hasta"})


def _unknown(passage: Passage, token: Token) -> bool:
    folded = token.key
    return (
        len(token.text) > 3
        and token.text.replace("-", "").isalpha()
        and folded not in passage.ordinary
        and ("de" not in passage.languages or _german_place(passage, token))
        and not (token.text.isupper() and passage.text.isupper())
    )


def _german_place(passage: Passage, token: Token) -> bool:
    """In German every noun has a capital: only "aus" and "nach" announce a place."""
    before = passage.letters[max(0, token.start - 6) : token.start].split()
    if not before:
        return False
    born = re.search(
        r"\b(?:geb|geboren|gest|gestorben|wohnhaft|Amtmann|Pfarrer)\b",
        passage.text[max(0, token.start - 60) : token.start],
    )
    return before[-1] in {"aus", "nach"} or (before[-1] in {"in", "zu"} and born is not None)


def _town_end(passage: Passage, i: int) -> int:
    """End of the words with capitals from token i on: "Port Whangarei"."""
    tokens = passage.tokens
    k = i
    while (
        k + 1 < len(tokens)
        and tokens[k + 1].gap == " "
        and tokens[k + 1].capital
        and _unknown(passage, tokens[k + 1])
    ):
        k += 1
    return tokens[k].end


def _places(passage: Passage) -> Iterator[TextFinding]:
    """Known places. A single word that is also a name or a word needs a preposition before it."""
    tokens = passage.tokens
    names = lexicon.all_names()
    for i, token in enumerate(tokens):
        if not token.word or not token.capital:
            continue
        if token.key in _STATES_WRITTEN and i and tokens[i - 1].text == "," and token.gap in ("", " "):
            yield TextFinding("LOCATION", token.start, token.end, 0.45, "place:state")
            continue
        end, count = place_at(passage, token.start)
        if end is None:
            if i and tokens[i - 1].key in _PLACE_ONLY and token.gap == " " and _unknown(passage, token):
                yield TextFinding("LOCATION", token.start, _town_end(passage, i), 0.42, "place:unknown")
            continue
        if count == 1 and len(token.text) < 4:
            continue
        text = passage.letters[token.start : end]
        folded = key(text)
        if count == 1 and folded in passage.ordinary:
            continue
        before = tokens[i - 1].key if i and token.gap == " " else ""
        cue = before in _PLACE_CUES
        if folded in names and count == 1:
            if cue and before in {"in", "à", "a", "at", "near", "fait"}:
                yield TextFinding("LOCATION", token.start, end, 0.45, "place")
            continue
        yield TextFinding("LOCATION", token.start, end, 0.6 if cue or count > 1 else 0.5, "place")
