"""The same person or value in several places: grouping findings, and finding the other places.

A name that was found once, by a label or a title, is looked for on all pages, whole and by its parts;
"Mr. Agler" on page 3 is the James Agler of page 1. What is found that way gets a lower score than the
place it comes from. Parts that are ordinary words, or followed by what makes them an organisation or a
street, are left alone.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from model.findings import Finding, SlotSpan, TextFinding
from model.words import TranscriptPage
from redaction.folding import key, skeleton
from redaction.near import SHORTEST, Near
from redaction.recognisers import lexicon, name_words
from redaction.recognisers.base import Passage
from redaction.textmap import PlacedHit, View, text_of, transcript_view

SURE = 0.55
"""Names with this score or more are looked for elsewhere."""

_VALUES = frozenset(
    {"IBAN_CODE", "CREDIT_CARD", "US_SSN", "MY_NUMBER", "MEDICAL_ID", "PASSPORT", "ID_NUMBER",
    "ACCOUNT_NUMBER", "PHONE_NUMBER", "EMAIL_ADDRESS"}
)  # fmt: skip


@dataclass
class Known:
    """Parts of names and values, by what they are compared by."""

    names: dict[str, float] = field(default_factory=dict)
    """Skeleton of a part of a name -> score of the best finding it comes from."""
    values: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Letters and digits of a value -> its type and score."""


NEAR: Final = 0.75
"""Share of its score that a name keeps in a place where it stands with one letter other than known."""


def from_hits(pages: Iterable[tuple[TranscriptPage, Sequence[PlacedHit]]]) -> Known:
    """What the pages' sure findings teach."""
    known = Known()
    again: Counter[str] = Counter()
    for _, hits in pages:
        for hit in hits:
            if hit.type == "PERSON":
                again.update(_learn(known.names, hit.text, hit.score))
            elif hit.type in _VALUES and hit.score >= SURE:
                compact = _compact(hit.text)
                if len(compact) >= 6:
                    known.values[compact] = (hit.type, hit.score)
    _often(known.names, again)
    return known


SPREAD: Final = frozenset({"PERSON"}) | _VALUES
"""Types that mean the same person or thing wherever they stand."""


def confirmed(seen: Iterable[tuple[str, str]], score: float) -> Known:
    """What (type, text) of confirmed people and numbers teach, all with the same score."""
    known = Known()
    for kind, text in seen:
        if kind == "PERSON":
            _learn(known.names, text, score)
        elif kind in _VALUES and len(_compact(text)) >= 6:
            known.values[_compact(text)] = (kind, score)
    return known


def form_of(text: str, kind: str, whole: str) -> bool:
    """Whether a text is a form of a person's whole name, or the same number.

    A part, initials, a possessive, a spelling misread by one letter; not the name of another with a part
    in common.
    """
    if kind != "PERSON":
        return _compact(text) == _compact(whole)
    own = _parts(whole) or [skeleton(whole)]
    near = Near(own)
    parts = _parts(text) or [skeleton(text)]
    return all(part in own or near.find(part) is not None for part in parts) and _initials_fit(text, whole)


def _initials_fit(text: str, whole: str) -> bool:
    """Whether every initial of a text is one of the whole name's words."""
    firsts = {key(t.text)[:1] for t in Passage(whole).tokens if t.word}
    return all(key(t.text) in firsts for t in Passage(text).tokens if t.word and len(t.text) == 1)


def _learn(known: dict[str, float], text: str, score: float) -> list[str]:
    """Adds the parts of a sure name to the known ones; returns the parts of one that is not sure."""
    parts = _parts(text)
    if score < SURE:
        return parts
    for part in parts:
        known[part] = max(score, known.get(part, 0.0))
    return []


def _often(known: dict[str, float], again: Counter[str]) -> None:
    """A word that was twice taken for a name, if not surely, is looked for elsewhere as well."""
    for part, count in again.items():
        if count > 1:
            known.setdefault(part, SURE)


@lru_cache(maxsize=65536)
def _parts(text: str) -> list[str]:
    """Skeletons of the parts of a name by which it can be known again."""
    found = []
    for token in Passage(text).tokens:
        folded = key(name_words.without_possessive(token.text))
        if not token.word or len(folded) < 3 or folded in name_words.PARTICLES or folded in name_words.TITLES:
            continue
        if any(c.isdigit() for c in folded) or not token.capital:
            continue
        ordinary = lexicon.ordinary(("en",))
        if (
            folded in ordinary and folded not in lexicon.given_names()
        ) or folded in lexicon.ambiguous_names():
            continue
        found.append(skeleton(folded))
    return found


def _compact(text: str) -> str:
    return re.sub(r"[\W_]", "", key(text))


def elsewhere(page: TranscriptPage, known: Known, hits: Sequence[PlacedHit | Finding]) -> list[PlacedHit]:
    """Further places of known names and values on a page."""
    if not known.names and not known.values:
        return []
    view = transcript_view(page)
    taken = {(s.slot, k) for h in hits for s in h.spans for k in range(s.start, s.end)}
    found = []
    for start, end, score in _known_places(view.text, known.names):
        hit = _hit(view, start, end)
        if hit is None or all((s.slot, k) in taken for s in hit.spans for k in range(s.start, s.end)):
            continue
        found.append(replace(hit, type="PERSON", score=round(0.7 * score, 4), recogniser="name:elsewhere"))
    found.extend(_values(view, known, taken))
    return found


def in_text(text: str, hits: Sequence[TextFinding]) -> list[TextFinding]:
    """Further places of the names found in a plain text."""
    known: dict[str, float] = {}
    again: Counter[str] = Counter()
    for hit in hits:
        if hit.type == "PERSON":
            again.update(_learn(known, text[hit.start : hit.end], hit.score))
    _often(known, again)
    if not known:
        return []
    found = []
    places = sorted((h.start, h.end) for h in hits)
    for start, end, score in _known_places(text, known):
        if not _taken(places, start, end):
            found.append(TextFinding("PERSON", start, end, round(0.7 * score, 4), "name:elsewhere"))
    return found


def _taken(places: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether one of the places (sorted, none over another) shares a character with [start, end)."""
    at = bisect_left(places, (end, 0))
    return at > 0 and places[at - 1][1] > start


def _known_places(text: str, known: Mapping[str, float]) -> Iterator[tuple[int, int, float]]:
    """[start, end) and score of what is a part of a known name; not of what names an institution.

    Also of a part that was misread by one letter, or torn into two words.
    """
    near = _near(frozenset(known))
    tokens = Passage(text).tokens
    for i, token in enumerate(tokens):
        if not token.word or not token.capital:
            continue
        nxt = tokens[i + 1] if i + 1 < len(tokens) else None
        if nxt is not None and nxt.gap == " " and nxt.capital and name_words.organisation(nxt.text):
            continue
        bare = name_words.without_possessive(token.text)
        score = known.get(skeleton(bare)) if len(token.text) >= 3 else None
        if score is None and len(token.text) >= SHORTEST and not _other_word(bare):
            misread = near.find(skeleton(bare))
            score = NEAR * known[misread] if misread is not None else None
        if score is not None:
            yield token.start, token.start + len(bare), score
        elif nxt is not None and nxt.word and nxt.gap == " " and not nxt.capital:
            rest = name_words.without_possessive(nxt.text)
            joined = skeleton(token.text + rest)
            if len(joined) >= SHORTEST and joined in known and not (_other_word(bare) and _other_word(rest)):
                yield token.start, nxt.start + len(rest), NEAR * known[joined]


@lru_cache(maxsize=16)
def _near(known: frozenset[str]) -> Near:
    return Near(known)


@lru_cache(maxsize=65536)
def _other_word(word: str) -> bool:
    """Whether a word is known for itself, so that it is nobody's misread name."""
    folded = key(word)
    return (
        folded in lexicon.given_names()
        or folded in lexicon.family_names()
        or folded in lexicon.places()
        or any(folded in lexicon.ordinary((language,)) for language in lexicon.LATIN)
    )


def _values(view: View, known: Known, taken: set[tuple[str, int]]) -> Iterable[PlacedHit]:
    for match in re.finditer(r"\S+(?: \S+){0,5}", view.text):
        line = match.group()
        compact = _compact(line)
        for value, (kind, score) in known.values.items():
            if value not in compact:
                continue
            shape = r"[\W_]*".join(re.escape(c) for c in value)
            for inner in re.finditer(
                shape, key(line) if len(key(line)) == len(line) else line, re.IGNORECASE
            ):
                hit = _hit(view, match.start() + inner.start(), match.start() + inner.end())
                if hit is not None and not all(
                    (s.slot, k) in taken for s in hit.spans for k in range(s.start, s.end)
                ):
                    yield replace(hit, type=kind, score=round(0.8 * score, 4), recogniser="value:elsewhere")


def _hit(view: View, start: int, end: int) -> PlacedHit | None:
    spans: dict[str, SlotSpan] = {}
    for origin in view.origins[start:end]:
        if origin is None:
            continue
        slot = view.page.slots[origin[0]].id
        old = spans.get(slot)
        low = min(old.start, origin[1]) if old else origin[1]
        high = max(old.end, origin[1] + 1) if old else origin[1] + 1
        spans[slot] = SlotSpan(slot, low, high)
    if not spans:
        return None
    placed = tuple(spans.values())
    return PlacedHit("PERSON", placed, text_of(view.page, placed), 0.0, "")


def grouped(findings: Sequence[Finding]) -> list[Finding]:
    """The findings with `group` set: one group a person (by the parts of the name) or value."""
    owner: dict[str, str] = {}
    people = sorted(
        (f for f in findings if f.type == "PERSON"), key=lambda f: (-len(_parts(f.text)), f.page, f.id)
    )
    groups: dict[str, str] = {}
    near = Near()
    for finding in people:
        parts = [_owned(p, owner, near, finding.text) for p in _parts(finding.text)] or [
            skeleton(finding.text)
        ]
        # The longest form of a name comes first, and its last part (mostly the surname) decides.
        lead = next((owner[p] for p in reversed(parts) if p in owner), None)
        group = lead or _group_id("PERSON", "".join(sorted(parts)))
        if lead is None or len(parts) == 1:
            for part in parts:
                owner.setdefault(part, group)
        elif sum(owner.get(p) == lead for p in parts) < len(parts) and len(parts) > 1:
            # Another person of the same family is a person of their own.
            group = _group_id("PERSON", "".join(sorted(parts)))
            for part in parts:
                owner.setdefault(part, group)
        for part in parts:
            near.add(part)
        groups[finding.id] = group
    return [replace(f, group=groups.get(f.id) or _group_id(f.type, _compact(f.text))) for f in findings]


def _owned(part: str, owner: Mapping[str, str], near: Near, text: str) -> str:
    """The part of a name that somebody has already, where this one is the same misread by a letter."""
    if part in owner or any(_other_word(t.text) for t in Passage(text).tokens if skeleton(t.text) == part):
        return part
    return near.find(part) or part


def _group_id(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}|{value}".encode()).hexdigest()[:12]
