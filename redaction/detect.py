"""Finds personal data: in a plain text (`find_text`) and on the pages of a document (`find`).

Every recogniser of redaction.recognisers looks at the text; hits that the profile (profiles.py) does not
count go, by type and score; hits that lie over one another are united. On pages the transcript is read up
to three times: in reading order, row by row (a label finds the value to its right), and label by label
with what stands below (forms.py). Every engine's own reading is looked at as well; a hit on it is mapped to
the transcript's slots by its place. All that is local: nothing here opens a socket. Only a model that
somebody has switched on (recognisers/models) may; what it finds is united with the rest.

A finding's id is a hash of its type, page, the rounded places of its slots and its folded text, so that
the same finding keeps its id when detection runs again. Characters become boxes in textmap.py.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from model.findings import Finding, Rule, TextFinding
from model.geometry import Box
from model.words import Reading, TranscriptPage
from redaction import folding, forms, people, profiles, proposals, textmap
from redaction.profiles import Profile
from redaction.recognisers import (
    addresses,
    columns,
    contacts,
    dates,
    identifiers,
    japanese,
    label_values,
    names_announced,
    names_inverted,
    names_listed,
    names_shaped,
    names_widened,
    national,
    patterns,
    plates,
    unread_labels,
    user,
)
from redaction.recognisers.base import Passage, Recogniser
from redaction.recognisers.models.runner import Failed, Runner, counted
from redaction.stay import Stay

if TYPE_CHECKING:
    from redaction.proposals.common import Proposal

VERSION = "5"
"""Raise it when other things are found in the same text: what is kept of earlier searches is then void."""

RECOGNISERS: tuple[Recogniser, ...] = (
    patterns.find,
    identifiers.find,
    national.find,
    plates.find,
    contacts.find,
    label_values.find,
    columns.find,
    dates.find,
    addresses.find,
    names_announced.find,
    names_listed.find,
    names_inverted.find,
    names_shaped.find,
    unread_labels.find,
    japanese.find,
)

# Types by which more specific one wins where two hits cover the same place with like scores.
_RANK = {
    name: rank
    for rank, name in enumerate(
        ("USER_WORD", "USER_PATTERN", "IBAN_CODE", "CREDIT_CARD", "US_SSN", "MY_NUMBER", "EMAIL_ADDRESS",
         "DATE_OF_BIRTH", "ADDRESS", "PERSON", "PHONE_NUMBER", "DATE_TIME")
    )
}  # fmt: skip


def find_text(
    text: str,
    language: str | Sequence[str] = "en",
    *,
    rules: Sequence[Rule] = (),
    keep: Sequence[str] = (),
    profile: Profile | None = None,
    models: Runner | None = None,
) -> list[TextFinding]:
    """Personal data in a plain text, by place. Spans are [start, end) of `text` and do not overlap.

    `language` is ISO 639-1, or several; `keep` are people and words that stay; `profile`: which types count
    from which score on, else the general one. What the user's own `rules` find always counts. `models`
    look as well and keep what failed. Raises UsageError for a rule whose pattern can't run.
    """
    profile = profile or profiles.builtin()
    models = models or Runner()
    languages = _languages(language)
    hits: list[TextFinding] = []
    for start, part in _parts(text):
        passage = Passage(part, languages)
        found = [*raw_hits(passage, profile), *user.find(passage, rules)]
        found += counted(models.hits(part), profile)
        hits.extend(replace(h, start=h.start + start, end=h.end + start) for h in found)
    united = unite(hits, text)
    more = [h for h in people.in_text(text, united) if profile.counts(h.type, h.score)]
    united = unite([*united, *more], text)
    staying = Stay(keep).staying([(h.type, text[h.start : h.end]) for h in united])
    return [h for h, stays in zip(united, staying, strict=True) if not stays]


def raw_hits(passage: Passage, profile: Profile | None = None) -> list[TextFinding]:
    """What the recognisers say, as far as it counts for the profile, not united.

    Before they are united: a hit that does not count must not hide one at the same place that does.
    """
    profile = profile or profiles.builtin()
    found: list[TextFinding] = []
    for recogniser in RECOGNISERS:
        found.extend(h for h in recogniser(passage) if h.end > h.start and profile.counts(h.type, h.score))
    found.extend(names_widened.widened(passage, found))
    found.extend(names_widened.unbroken(passage.text, found))
    return found


def unite(hits: Iterable[TextFinding], text: str) -> list[TextFinding]:
    """Hits that overlap become one, as wide as all of them, with the type of the best.

    Hits of different kinds that touch only partly keep their types but never leave a character out:
    the union of the spans is what counts, since a type may be wrong and a place may not.
    """
    ordered = sorted(hits, key=lambda h: (h.start, -h.end))
    groups: list[list[TextFinding]] = []
    reach = -1
    for hit in ordered:
        if groups and hit.start < reach:
            groups[-1].append(hit)
            reach = max(reach, hit.end)
        else:
            groups.append([hit])
            reach = hit.end
    united = []
    for group in groups:
        start, end = group[0].start, max(h.end for h in group)
        best = max(group, key=lambda h: (_weight(h, end - start), -_RANK.get(h.type, 50)))
        score = max(h.score for h in group if h.type == best.type)
        while end > start and text[end - 1].isspace():
            end -= 1
        while start < end and text[start].isspace():
            start += 1
        if end > start:
            why = textmap.explained(best, group)
            united.append(replace(best, start=start, end=end, score=score, explanation=why))
    return united


def _weight(hit: TextFinding, width: int) -> float:
    """Score, with a bonus for the hit that explains more of the place."""
    return hit.score + 0.25 * (hit.end - hit.start) / max(width, 1)


LANGUAGES = ("en", "fr", "de", "es", "it", "ja")
"""Languages whose labels, titles and ordinary words are known. In others numbers are found as well as here,
names only where a list has them."""


def unknown(languages: str | Sequence[str]) -> list[str]:
    """Those of the languages (ISO 639-1, "ja-vert") that no recogniser was made for."""
    return [code for code in _languages(languages) if code not in LANGUAGES]


def _languages(language: str | Sequence[str]) -> tuple[str, ...]:
    codes = [language] if isinstance(language, str) else list(language)
    plain = dict.fromkeys(c.split("-")[0].lower() for c in codes if c)
    return tuple(plain) or ("en",)


_LIMIT = 20_000


def _parts(text: str) -> Iterable[tuple[int, str]]:
    """The text in parts of bounded length, cut between lines, so that cost stays linear."""
    start = 0
    while len(text) - start > _LIMIT:
        cut = text.rfind("\n", start + _LIMIT // 2, start + _LIMIT)
        if cut < 0:
            cut = text.rfind(" ", start + _LIMIT // 2, start + _LIMIT)
        cut = cut + 1 if cut >= 0 else start + _LIMIT
        yield start, text[start:cut]
        start = cut
    yield start, text[start:]


# -- pages ----------------------------------------------------------------------------------------


def find(
    pages: Sequence[TranscriptPage],
    readings: Mapping[int, Sequence[Reading]] | None,
    *,
    languages: Sequence[str],
    rules: Sequence[Rule] = (),
    stay: Stay | None = None,
    profile: Profile | None = None,
    memory: Memory | None = None,
    proposed: Mapping[int, Sequence[Proposal]] | None = None,
    models: Runner | None = None,
) -> list[Finding]:
    """Personal data on the pages of a document, by page and place; after it what is proposed.

    `readings` are each page's (by number) in pixels of the page image; a hit on one of them counts
    unless people decided every slot it lies on. Spans and boxes are of the transcript's slots; a
    hit whose words have no slot has boxes only. Names of people who `stay` are not found. `profile` as of
    `find_text`. `memory` holds what was found in texts before: after a correction only the texts that it
    changed are searched. `proposed` are each page's proposals, of which those that the profile counts become
    findings. `models` look as well; where one failed stands in it, and in `memory`. Raises UsageError for a
    pattern that can't run.
    """
    profile = profile or profiles.builtin()
    codes = _languages(languages)
    memory = Memory() if memory is None else memory
    models = models or Runner()
    search = f"{VERSION}{codes}{rules}{profile.digest}{models.stamp}"
    per_page: list[tuple[TranscriptPage, Sequence[textmap.PlacedHit]]] = []
    for page in pages:
        look = partial(_placed, page, readings or {}, codes, rules, profile, models)
        per_page.append((page, memory.placed(page, search, look, models)))
    known = people.from_hits(per_page)
    findings: list[Finding] = []
    for page, hits in per_page:
        look_on = partial(_findings, page, hits, known, profile)
        findings += memory.findings(page.page, hits, known, look_on)
    looked = [
        f
        for page in pages
        for f in proposals.findings(page.page, (proposed or {}).get(page.page, ()), profile)
    ]
    return [*people.grouped(without(findings, stay or Stay())), *looked]


def without(findings: Sequence[Finding], stay: Stay) -> list[Finding]:
    """The findings of a document but those of people who stay."""
    staying = stay.staying([(f.type, f.text) for f in findings])
    return [f for f, stays in zip(findings, staying, strict=True) if not stays]


def _placed(
    page: TranscriptPage,
    readings: Mapping[int, Sequence[Reading]],
    codes: tuple[str, ...],
    rules: Sequence[Rule],
    profile: Profile,
    models: Runner,
) -> list[textmap.PlacedHit]:
    """What is found on a page without knowing the others."""
    hits: list[textmap.PlacedHit] = []
    models.begin(page.page)
    for number, view in enumerate(_views(page, readings.get(page.page, ()))):
        passage = Passage(view.text, codes)
        found = [*raw_hits(passage, profile), *user.find(passage, rules)]
        if models.models and (number == 0 or view.words is not None):  # not row by row: no text to a model
            found += counted(models.hits(view.text, page.page, reading=number > 0), profile)
        for hit in unite(found, view.text):
            placed = view.place(hit)
            if placed is not None:
                hits.append(placed)
    return textmap.unite(page, hits)


def _findings(
    page: TranscriptPage, hits: Sequence[textmap.PlacedHit], known: people.Known, profile: Profile
) -> list[Finding]:
    more = [h for h in people.elsewhere(page, known, hits) if profile.counts(h.type, h.score)]
    return [as_finding(page, placed) for placed in textmap.unite(page, [*hits, *more])]


class Memory:
    """What was found on which page, so that after a correction only the page it stands on is searched."""

    def __init__(self) -> None:
        self.stamps: Mapping[int, object] = {}
        """By page what its readings are known by; a page without one is searched each time."""
        self.pages: dict[int, tuple[str, Sequence[textmap.PlacedHit]]] = {}
        """By page a digest of all that its search depends on, and what it found."""
        self.proposals: dict[int, tuple[str, Sequence[Proposal]]] = {}
        """By page a digest of what its image is known by, and what is proposed on it."""
        self.changed = False
        """Whether `pages` or `proposals` has changed since this was set to False."""
        self.failed: dict[int, Failed] = {}
        """By page the models that failed when it was searched last, and why."""
        self._found: dict[int, tuple[Sequence[textmap.PlacedHit], people.Known, list[Finding]]] = {}

    def placed(
        self,
        page: TranscriptPage,
        search: str,
        look: Callable[[], list[textmap.PlacedHit]],
        models: Runner,
    ) -> Sequence[textmap.PlacedHit]:
        """The hits of a page; `search` says by which languages, rules and so on, `look` searches."""
        stamp = self.stamps.get(page.page)
        if stamp is None:
            return look()
        how = hashlib.sha256(f"{stamp}{search}".encode("utf-8", "surrogatepass")).hexdigest()
        key = f"{page_digest(page)} {how}"
        if page.page not in self.pages or self.pages[page.page][0] != key:
            self.pages[page.page] = key, look()
            self.failed[page.page] = models.failed.get(page.page, {})
            self.changed = True
        return self.pages[page.page][1]

    def findings(
        self,
        number: int,
        hits: Sequence[textmap.PlacedHit],
        known: people.Known,
        look: Callable[[], list[Finding]],
    ) -> list[Finding]:
        """A page's findings, the same while its hits and what is known of all pages are the same."""
        held = self._found.get(number)
        if held is None or held[0] is not hits or held[1] != known:
            held = self._found[number] = hits, known, look()
        return held[2]


def page_digest(page: TranscriptPage) -> str:
    """Hex digest of what a search on a page depends on: words, lines, places, and who has decided them."""
    digest = hashlib.sha256(f"{page.page} {page.width} {page.height} {page.dpi}".encode())
    for slot in page.slots:
        place = f"{slot.quad.points} {slot.redact_box.as_list()} {slot.vertical}"
        digest.update(
            f"{slot.id}\t{slot.text}\t{slot.line}\t{slot.status}\t{place}\n".encode("utf-8", "surrogatepass")
        )
    return digest.hexdigest()


def _views(page: TranscriptPage, readings: Sequence[Reading]) -> Iterable[textmap.View]:
    yield textmap.transcript_view(page)
    for view in (textmap.row_view(page), forms.view(page)):
        if view is not None:
            yield view
    for reading in readings:
        view = textmap.reading_view(page, reading)
        if view is not None:
            yield view


def as_finding(page: TranscriptPage, placed: textmap.PlacedHit) -> Finding:
    """A hit as what people decide on: with its boxes, in pixels of the page image, and an id."""
    by_id = {s.id: s for s in page.slots}
    boxes = placed.boxes or textmap.boxes(page, placed.spans)
    text = textmap.text_of(page, placed.spans) or placed.text
    places = [by_id[s.slot].box for s in placed.spans] or list(boxes)
    return Finding(
        id=finding_id(placed.type, page.page, places, text),
        type=placed.type,
        text=text,
        page=page.page,
        spans=placed.spans,
        boxes=tuple(boxes),
        score=placed.score,
        recogniser=placed.recogniser,
        explanation=placed.explanation,
    )


def finding_id(kind: str, page: int, places: Sequence[Box], text: str) -> str:
    """Sixteen hex digits of a hash over type, page, rounded places (8 px) and folded text."""
    spots = "|".join(
        f"{round(b.centre[0] / 8)},{round(b.centre[1] / 8)}"
        for b in sorted(places, key=lambda b: b.as_list())
    )
    folded = re.sub(r"\W", "", folding.key(text))
    return hashlib.sha256(f"{kind}|{page}|{spots}|{folded}".encode()).hexdigest()[:16]
