"""What looks like a name and is none: diseases, laws, ships, drugs, streets, headings, German nouns.

Only findings that rest on the form of a word alone are asked here; a label, a title or a signature is
never overruled. What is dropped would have been a black bar over something that nobody has to hide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from model.findings import TextFinding
from redaction.recognisers import dates, lexicon
from redaction.recognisers.base import Passage, Token
from redaction.recognisers.lexicon import words

SURE = 0.66
"""Findings of this score or more stay."""
_WEAK = (
    "name:list",
    "name:given",
    "name:family",
    "name:unknown",
    "name:misread",
    "name:cue",
    "name:initials",
)

_AFTER = words(
    """
    disease syndrome sign signs test tests catheter lymphoma palsy scale score phenomenon reflex manoeuvre
    maneuver criteria classification fracture contracture law act acts rule rules amendment convention
    protocol doctrine theorem effect warnings inequality code circular stakes cup prize award medal
    krankheit syndrom bridge harbour harbor highway motorway park station gate wharf line stadium arena
    express airport block ward wing suite lodge house mill brewery stores scheme water energy rail
    constant metre meter function
    """
)
_LAST = _AFTER - words("house lodge mill block line gate wing ward water code law score scale act prize rail")
_BEFORE = words(
    "morbus hms ss rms mv ms mt hmnzs ssw uss tug brig steamer ship ferry schooner barque frigate trawler"
)
_ILLNESS = words("maladie syndrome enfermedad sindrome malattia morbo ziekte morbus sindrome signe signo")
_STREETS = words(
    "rue boulevard avenue place quai via viale corso piazza calle plaza avenida paseo lycee ecole pont largo"
    " straat plein laan museo teatro colegio instituto liceo"
)
_OF = words("de di del della du van von the la le d' der dei")
_DOSE = re.compile(
    r"[ ,]{0,2}\d{1,4}(?:[.,]\d{1,3})?\s?(?:mg|g|ml|µg|mcg|ug|iu|i\.e\.|mmol|%|units?)\b", re.IGNORECASE
)
_NOUN = re.compile(
    r"(?:ung|ungen|heit|keit|schaft|tion|tionen|tät|gericht|gesetz|gesetzbuch|ordnung|halle|haus|platz|amt|träger|"
    r"spiegel|wetboek|brug|markt|werk|werke|verein|klinik|abteilung|beschluss|antrag|kosten|nummer|liste|lehre|"
    r"sache|stelle|straße|strasse|berechtigte|verfahren|schule|bahn|hof|recht|schein|wesen)e?[nrs]?$"
)
_ARTICLES = words("der die das den dem des ein eine einer eines zum zur het een de")


def kept(passage: Passage, hits: Iterable[TextFinding]) -> Iterator[TextFinding]:
    """The hits without people who are none."""
    starts = {t.start: i for i, t in enumerate(passage.tokens)}
    ends = {t.start + len(t.text): i for i, t in enumerate(passage.tokens)}
    for hit in hits:
        weak = hit.type == "PERSON" and hit.score < SURE and hit.recogniser in _WEAK
        first = starts.get(hit.start)
        if not weak or first is None:
            yield hit
            continue
        last = ends.get(hit.end)
        if last is None:
            last = max(i for i, t in enumerate(passage.tokens) if t.start < hit.end)
        if not _none(passage, hit, first, last):
            yield hit


def _none(passage: Passage, hit: TextFinding, first: int, last: int) -> bool:
    tokens = passage.tokens
    nxt = tokens[last + 1] if last + 1 < len(tokens) else None
    if nxt is not None and nxt.gap == " " and nxt.key in _AFTER and (last == first or nxt.capital):
        return True
    if tokens[last].key in _LAST and last > first:
        return True
    if _DOSE.match(passage.text, hit.end) or _named_before(tokens, first):
        return True
    if first == last and dates.named_month(tokens[first].key):
        return True
    if _firm(tokens, first, last):
        return True
    heading = nxt is not None and nxt.text == ":" and nxt.gap == "" and tokens[first].gap == "\n"
    if heading and not lexicon.is_given(tokens[first].text) and _short_line(tokens, last + 2):
        return True
    return (
        bool({"de", "nl"} & set(passage.languages))
        and hit.score <= 0.56
        and _german(tokens[first : last + 1])
    )


def _named_before(tokens: tuple[Token, ...], first: int) -> bool:
    """A ship, an illness or a street without a number has the name."""
    k = first - 1
    if k < 0 or tokens[first].gap not in ("", " "):
        return False
    if tokens[k].key in _BEFORE and not tokens[k].text.islower() | (tokens[k].key in {"ms", "ss", "mt"}):
        return True
    if tokens[k].key in _BEFORE and tokens[k].text.islower() and len(tokens[k].text) > 2:
        return True
    if tokens[k].key in _OF and k:
        return tokens[k - 1].key in _ILLNESS
    return tokens[k].key in _ILLNESS or tokens[k].key in _STREETS


def _firm(tokens: tuple[Token, ...], first: int, last: int) -> bool:
    """The same name on both sides: "Johnson & Johnson"."""
    if first != last:
        return False
    for step in (2, -2):
        other, mark = first + step, first + step // 2
        joined = 0 <= other < len(tokens) and tokens[mark].text in {"&", "and"}
        if joined and tokens[other].key == tokens[first].key:
            return True
    return False


def _short_line(tokens: tuple[Token, ...], k: int) -> bool:
    """True where fewer than three small words follow on the line: a value, not what somebody said."""
    small = 0
    while k < len(tokens) and tokens[k].gap not in ("\n", "  "):
        small += tokens[k].word and not tokens[k].capital and not tokens[k].text[0].isdigit()
        k += 1
    return small < 3


def _german(run: tuple[Token, ...]) -> bool:
    """A phrase of nouns: an article at its head or inside it, or a noun's ending."""
    shown = [t for t in run if t.word]
    if len(shown) > 1 and shown[0].key in _ARTICLES - {"de", "den", "der"}:
        return True
    inside = {t.text for t in shown[1:-1]}
    if inside & {"der", "des", "zum", "zur", "für", "het"} and not inside & {"von", "van", "zu"}:
        return True
    return any(_NOUN.search(t.key) and not lexicon.is_family(t.text) for t in shown)
