"""Places without a street: towns and countries that a list knows, and what only its cue says is one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from model.findings import TextFinding
from redaction.folding import key
from redaction.recognisers import dates, lexicon
from redaction.recognisers.base import Passage, Token
from redaction.recognisers.lexicon import words

# "Paris 7 Août 1914", "Caen, le 3 mars": where a letter was written, before when.
_DATELINE = re.compile(
    r"^[ \t]*(?P<town>[A-ZÀ-Þ][\w'’.\-]+(?:[ -](?:[a-z]{2,3}[ -])?[A-ZÀ-Þ][\w'’\-]+){0,3}),?"
    r"[ \t]+(?:le |den |the |il |el )?"
    r"[\dOl]{1,2}(?:er|\.|st|nd|rd|th)? (?:de |of )?(?P<month>[^\W\d_]{3,10})\b",
    re.MULTILINE,
)

_NO_TOWNS = words("en addi getauft gedoopt overleden copuliert bapt baptised buried married den el il op le")


def find(passage: Passage) -> Iterator[TextFinding]:
    """LOCATION hits."""
    for match in _DATELINE.finditer(passage.letters):
        town, named = match["town"], match["month"]
        plain = key(town) in passage.ordinary or key(town) in _NO_TOWNS
        ordinary = plain and key(town) not in lexicon.places()
        if dates.month(named) is not None and not dates.month(town) and not ordinary:
            yield TextFinding("LOCATION", match.start("town"), match.end("town"), 0.6, "place:dateline")
    yield from _known(passage)


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


def _known(passage: Passage) -> Iterator[TextFinding]:
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
