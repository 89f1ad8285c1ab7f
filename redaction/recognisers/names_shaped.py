"""Shapes of names that stand in no list: nicknames in quotes, parties of a case, ranks, roles, speakers.

names_listed.py asks what a word is; here the shape of what is written decides: a party of a law case, an
officer's rank and number, the line of who speaks. Surnames before a comma are in names_inverted.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from model.findings import TextFinding
from redaction.folding import key
from redaction.recognisers import labels, lexicon
from redaction.recognisers.base import Passage
from redaction.recognisers.lexicon import words
from redaction.recognisers.name_runs import name_end
from redaction.recognisers.name_words import is_listed, organisation

_RANKS = words("pc ps dc ds di dci wpc wpo cst const insp sergt pte pfc cpl lcpl spr gnr")

_ROLES = words(
    """
    claimant claimants defendant defendants plaintiff plaintiffs applicant respondent appellant petitioner
    deceased complainant accused executor executrix deponent klager klagerin beklagter beklagte
    antragsteller antragstellerin antragsgegner demandeur demanderesse defendeur defenderesse appelant
    intime demandante demandado actor recurrente attore convenuto ricorrente eiser eiseres gedaagde
    verweerder
    """
)


def find(passage: Passage) -> Iterator[TextFinding]:
    """PERSON hits by shape."""
    yield from _nicknames(passage)
    yield from _versus(passage)
    yield from _ranks_and_roles(passage)
    yield from _speakers(passage)
    yield from _glued(passage)


_CAPITAL = r"[A-ZÀ-Þ][^\W\d_]+(?:['’\-][^\W\d_]+)*"

_NICK = re.compile(
    rf"(?:(?<!\w)(?P<a>{_CAPITAL}) )?(?P<q>[\"“'‘(«])(?P<n>[A-ZÀ-Þ][\w\-]{{1,14}})[\"”'’)»] (?P<b>{_CAPITAL})"
)

_PARTY = (
    rf"(?:(?:{_CAPITAL}(?!\w)|[A-Z]\.|[A-ZÀ-Þ](?:['’]|(?!\w))|van|von|der|de|la|zu|ter|el|al|Ó|Nic) ?){{1,5}}"
)

_VERSUS = re.compile(
    rf"(?P<a>(?<!\w){_PARTY}) ?(?:v\.?|vs\.?|\./\.|c/|contra|gegen) ?(?P<b>(?<![^\s.]){_PARTY})"
)


def _nicknames(passage: Passage) -> Iterator[TextFinding]:
    for match in _NICK.finditer(passage.letters):
        outer = [w for w in (match["a"], match["b"]) if w]
        if organisation(outer[-1]) or not any(_solid(passage, w) for w in outer):
            continue
        if match["q"] == "(" and not match["a"]:
            continue
        start = match.start("a") if match["a"] and _solid(passage, match["a"]) else match.start("n")
        yield TextFinding("PERSON", start, match.end(), 0.6, "name:nickname")


def _solid(passage: Passage, word: str) -> bool:
    """True for a word that is a name, or that no dictionary has."""
    folded = key(word)
    return lexicon.is_given(word) or lexicon.is_family(word) or folded not in passage.ordinary


_JOINED = re.compile(r"(?<![\w@./-])(?P<a>[A-ZÀ-Þ][a-zß-ÿ]{2,})(?P<b>[A-ZÀ-Þ][a-zß-ÿ]{2,})(?![\w@/]|\.\w)")


def _glued(passage: Passage) -> Iterator[TextFinding]:
    """Two names without the space between them: "AnnaCatharina"."""
    for match in _JOINED.finditer(passage.letters):
        parts = (match["a"], match["b"])
        known = [lexicon.is_given(p) or lexicon.is_family(p) for p in parts]
        if any(known) and all(k or key(p) not in passage.ordinary for k, p in zip(known, parts, strict=True)):
            yield TextFinding("PERSON", match.start(), match.end(), 0.55, "name:glued")


def _versus(passage: Passage) -> Iterator[TextFinding]:
    for match in _VERSUS.finditer(passage.letters):
        for group in ("a", "b"):
            value = match[group].strip()
            parts = value.split()
            solid = [p for p in parts if _solid(passage, p.strip(".")) and len(p.strip(".")) > 2]
            if not solid or organisation(parts[-1]) or len(parts) > 5:
                continue
            yield TextFinding(
                "PERSON", match.start(group), match.start(group) + len(value), 0.5, "name:party"
            )


def _ranks_and_roles(passage: Passage) -> Iterator[TextFinding]:
    tokens = passage.tokens
    for i, token in enumerate(tokens):
        if (token.key in _RANKS and token.text.isupper()) or token.key in {"const", "cst", "insp", "pte"}:
            j = i + 1
            while j < len(tokens) and j < i + 3 and (tokens[j].text == "." or tokens[j].text.isdigit()):
                j += 1
            if j < len(tokens) and tokens[j].capital and tokens[j].word and tokens[j].gap == " ":
                end = name_end(passage, j, limit=3)
                ordinary = tokens[j].key in passage.ordinary and not is_listed(tokens[j])
                if (
                    end is not None
                    and not (ordinary and not tokens[j].text.isupper())
                    and len(tokens[j].text) > 2
                ):
                    yield TextFinding("PERSON", tokens[j].start, tokens[end].end, 0.6, "name:rank")
        elif token.key in _ROLES and i and token.capital:
            last = i - 1
            if tokens[last].text == "," and last:
                last -= 1
            first = last
            while first >= 0 and tokens[first].word and tokens[first].capital and last - first < 5:
                if tokens[first].gap in ("\n", "  ") or not first:
                    break
                first -= 1
            run = [t for t in tokens[max(first, 0) : last + 1] if t.word and t.capital]
            if len(run) >= 2 and not any(t.key in passage.ordinary and not is_listed(t) for t in run):
                yield TextFinding("PERSON", run[0].start, run[-1].end, 0.6, "name:role")


def _speakers(passage: Passage) -> Iterator[TextFinding]:
    """The line of who speaks, in capitals: "JONES-TAMURA: I never met him"."""
    tokens = passage.tokens
    for i, token in enumerate(tokens[:-4]):
        if token.gap != "\n" or not token.text.isupper() or len(token.text) < 4:
            continue
        j = i + 1
        while (
            tokens[j].gap in ("", " ") and tokens[j].text.isupper() and tokens[j].word and j < len(tokens) - 4
        ):
            j += 1
        if tokens[j].text != ":" or tokens[j].gap:
            continue
        said = [t for t in tokens[j + 1 : j + 7] if t.word and t.gap != "\n"]
        if sum(not t.capital for t in said) < 2 or labels.label_at(passage, i):
            continue
        if any(t.key not in passage.ordinary or is_listed(t) for t in tokens[i:j]):
            yield TextFinding("PERSON", token.start, tokens[j - 1].end, 0.5, "name:speaker")
