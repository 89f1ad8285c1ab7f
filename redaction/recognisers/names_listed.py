"""Names of people that the lists know, or that look like what they know, weighed by their neighbours.

The lists alone would take every May and Rose for a person and miss every unknown name; what stands
around a word decides. Each rule has its own recogniser name and score, so that a reviewer sees why.
"""

from __future__ import annotations

from collections.abc import Iterator

from model.findings import TextFinding
from redaction.recognisers import labels, lexicon, notpeople
from redaction.recognisers.base import Passage, Token
from redaction.recognisers.lexicon import words
from redaction.recognisers.name_runs import SOLID, kind_of_token, run_from, sentence_start
from redaction.recognisers.name_words import (
    NOT_NAMES,
    ORGANISATION,
    PARTICLES,
    TITLES,
    is_name,
    possessive_end,
    stem,
)

# Words after which a name stands: (word before, score). Possessive and relational.
_CUES_BEFORE = words(
    """
    brother sister son daughter wife husband mother father uncle aunt cousin nephew niece friend
    colleague kid child neighbour neighbor fiancé fiancee partner grandmother grandfather boss assistant
    by named called nee née né alias signed sincerely fils fille frere soeur mari femme epouse epoux
    pere mere oncle tante cousin cousine neveu niece veuve veuf ami amie bruder schwester sohn tochter
    mann frau vater mutter onkel tante neffe nichte hermano hermana hijo hija esposa esposo padre madre
    tio tia fratello sorella figlio figlia moglie marito zio zia vedova
    """
)

_CUES_WEAK = words("under starring said says asked told unlike between thank meet met ask add remove")

_SAYING = words(
    """
    said says asked told replied wrote writes answered shouted explained added thinks lives lived works
    worked signed began arrived studied moved was is has had will went flew came wants called
    born died spent listed did does would could
    """
)


def find(passage: Passage) -> Iterator[TextFinding]:
    """PERSON hits; several rules may take the same place, detect.py unites them."""
    yield from notpeople.kept(passage, _listed(passage))
    yield from _small(passage)


def _listed(passage: Passage) -> Iterator[TextFinding]:
    """Runs of tokens that may be names, scored by what they hold and what stands around them."""
    tokens = passage.tokens
    i = 0
    while i < len(tokens):
        run = run_from(passage, i)
        if not run:
            i += 1
            continue
        start, end = tokens[run[0]].start, possessive_end(tokens[run[-1]])
        score, why = _score(passage, run)
        if score:
            last = tokens[run[-1]]
            if len(last.text) == 1 and passage.text[last.end : last.end + 1] == ".":
                end += 1
            yield TextFinding("PERSON", start, end, score, why)
            yield from _continued(passage, run[-1])
        i = run[-1] + 1


def _continued(passage: Passage, last: int) -> Iterator[TextFinding]:
    """A surname that the end of a line of prose parts from its given names."""
    tokens = passage.tokens
    if last + 2 >= len(tokens) or kind_of_token(passage, tokens[last]) not in ("given", "both"):
        return
    token, after = tokens[last + 1], tokens[last + 2]
    prose = after.text == "," or (after.word and not after.capital and after.gap == " ")
    if token.gap == "\n" and prose and kind_of_token(passage, token) in ("unknown", "family", "misread"):
        yield TextFinding("PERSON", token.start, possessive_end(token), 0.45, "name:continued")


def _score(passage: Passage, run: list[int]) -> tuple[float, str]:
    tokens = passage.tokens
    kinds = [kind_of_token(passage, tokens[k]) for k in run]
    first = tokens[run[0]]
    nxt = tokens[run[-1] + 1] if run[-1] + 1 < len(tokens) else None
    known = sum(k in ("given", "family", "both") for k in kinds)
    given = sum(k in ("given", "both") for k in kinds)
    solid = sum(k in SOLID for k in kinds)
    initials = kinds.count("initial")
    if nxt is not None and nxt.gap == " " and nxt.key in ORGANISATION and nxt.capital:
        return 0.0, ""
    if nxt is not None and nxt.text == ":" and labels.label_at(passage, run[0]):
        return 0.0, ""
    upper = first.text.isupper() and len(first.text) > 3
    starts = sentence_start(tokens, run[0])
    if known and len(run) > len([k for k in kinds if k]):
        return 0.6, "name:list"
    if not solid:
        # "J. B." alone says nothing; only in a line of its own, as a signature.
        return (0.0, "")
    if len(run) == 1:
        return _lone(passage, run[0], kinds[0], starts, upper)
    if given and known >= 2:
        return 0.8, "name:list"
    if given and kinds[0] in ("given", "both"):
        return 0.7, "name:list"
    if initials and known:
        return 0.65, "name:initials"
    if known and solid >= 2:
        return 0.55, "name:list"
    if initials and solid == 1 and kinds[0] == "initial":
        return 0.45, "name:initials"
    if "misread" in kinds and solid >= 2:
        return 0.5, "name:misread"
    if kinds.count("unknown") >= 1 and solid >= 2:
        if upper:
            return 0.3, "name:unknown"
        cue = _cue(passage, run[0])
        return (0.5 if cue else 0.4), "name:unknown"
    if "ambiguous" in kinds and solid >= 2 and not starts:
        return 0.4, "name:list"
    return 0.0, ""


def _lone(passage: Passage, i: int, kind: str, starts: bool, upper: bool) -> tuple[float, str]:
    """One word: a given name stands for itself, everything else needs help from its neighbours."""
    tokens = passage.tokens
    token = tokens[i]
    nxt = tokens[i + 1] if i + 1 < len(tokens) else None
    possessive = stem(token) != token.key
    cue = _cue(passage, i)
    speaks = nxt is not None and nxt.gap == " " and nxt.key in _SAYING
    alone = token.gap == "\n" and (nxt is None or nxt.gap == "\n")
    help_ = cue + possessive + speaks
    if len(token.text) < 3:
        return 0.0, ""
    if kind in ("given", "both"):
        return (0.65 if help_ else 0.5), "name:given"
    if kind == "family":
        if upper and not help_:
            return 0.3, "name:family"
        return (0.55 if help_ else 0.42), "name:family"
    if kind == "misread":
        return (0.45 if help_ else 0.3), "name:misread"
    if kind == "ambiguous":
        before = tokens[i - 1].text if i and token.gap != "\n" else ""
        if before == "," and nxt is not None and nxt.text in "!?" and kind_of_token(passage, token):
            return 0.4, "name:called"
        return (0.45 if (cue >= 2 or (help_ and not starts)) and not alone else 0.0), "name:cue"
    if kind == "unknown":
        if upper:
            return 0.0, ""
        if help_ and not starts:
            return 0.42, "name:cue"
        if (possessive or speaks or _speaker(tokens, i)) and starts:
            return 0.38, "name:cue"
        # A word of no dictionary, with a capital inside a sentence, is a name of something. Not in
        # German, whose nouns all have one and whose compounds are in no list.
        if not starts and len(token.text) > 3 and "de" not in passage.languages and not _shouting(passage, i):
            return 0.36, "name:unknown"
    return 0.0, ""


def _speaker(tokens: tuple[Token, ...], i: int) -> bool:
    """True for a line that begins with who speaks ("Leverett: What a wife.")."""
    return (
        tokens[i].gap == "\n"
        and i + 1 < len(tokens)
        and tokens[i + 1].text == ":"
        and tokens[i + 1].gap == ""
    )


def _shouting(passage: Passage, i: int) -> bool:
    """True where most words around token i have capitals: a heading, a table, a list of titles."""
    tokens = passage.tokens
    near = [t for t in tokens[max(0, i - 4) : i + 5] if t.word and t.text[0].isalpha() and t is not tokens[i]]
    return sum(t.capital for t in near) * 2 > len(near) or not near


def _cue(passage: Passage, i: int) -> int:
    """How strongly the words before token i announce a name: 0 no, 1 perhaps, 2 surely."""
    tokens = passage.tokens
    before = [t.key for t in tokens[max(0, i - 3) : i]]
    if not before:
        return 0
    if before[-1] in _CUES_BEFORE:
        return 2
    if tokens[i].gap == "\n":
        return 0
    if before[-1] in {"is", "am"} and len(before) > 1 and before[-2] in {"name", "i", "this"}:
        return 2
    if before[-1] in {"i'm", "i’m"} or before[-2:] in (["m", "'"], ["i", ","]):
        return 2
    if before[-2:] in (["call", "me"], ["calls", "me"], ["called", "me"]):
        return 2
    return int(before[-1] in _CUES_WEAK)


def _small(passage: Passage) -> Iterator[TextFinding]:
    """Names written small: two or more words side by side that no dictionary has, one of them a name."""
    tokens = passage.tokens
    i = 0
    while i < len(tokens):
        run: list[int] = []
        while i < len(tokens) and _small_name(passage, tokens[i]) and (not run or tokens[i].gap == " "):
            run.append(i)
            i += 1
        i += not run
        while run and len(tokens[run[-1]].text) == 1:
            run.pop()
        while run and len(tokens[run[0]].text) == 1:
            run.pop(0)
        solid = [k for k in run if len(tokens[k].text) > 1]
        if not 2 <= len(solid) <= 4:
            continue
        given = [stem(tokens[k]) in lexicon.given_names() for k in solid]
        known = sum(is_name(tokens[k]) for k in solid)
        if given[0] or (known and any(is_name(tokens[k]) for k in solid[-1:])):
            score = 0.55 if known > 1 else 0.4
            yield TextFinding(
                "PERSON", tokens[run[0]].start, possessive_end(tokens[run[-1]]), score, "name:small"
            )


def _small_name(passage: Passage, token: Token) -> bool:
    folded = stem(token)
    if not token.word or token.capital or not folded.replace("-", "").replace("'", "").isalpha():
        return False
    if len(folded) == 1:
        return folded not in "aiyeo"
    return (
        len(folded) > 2
        and folded not in passage.ordinary
        and folded not in lexicon.ambiguous_names()
        and folded not in PARTICLES
        and folded not in TITLES
        and folded not in NOT_NAMES
        and folded not in lexicon.places()
    )
