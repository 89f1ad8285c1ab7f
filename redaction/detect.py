"""Finds personal data: in a plain text (`find_text`) and on the pages of a document (`find`).

Every recogniser of redaction.recognisers looks at the text; hits that the profile (profiles.py) does not
count go, by type and score; hits that lie over one another are united (uniting.py). On pages the transcript
is read up to three times: in reading order, row by row (a label finds the value to its right), and label by
label with what stands below (forms.py). Every engine's own reading is looked at as well; a hit on it is
mapped to the transcript's slots by its place. All that is local: nothing here opens a socket. Only a model
that somebody has switched on (recognisers/models) may; what it finds is united with the rest.

A finding's id is a hash of its type, page, the rounded places of its slots and its folded text, so that
the same finding keeps its id when detection runs again. Characters become boxes in slotboxes.py.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from model.findings import Finding, Rule, TextFinding
from model.geometry import Box
from model.words import Reading, TranscriptPage
from redaction import folding, forms, people, profiles, proposals, slotboxes, textmap, uniting
from redaction.memory import Memory
from redaction.profiles import Profile
from redaction.recognisers import (
    addresses,
    broken_mail,
    columns,
    contacts,
    dates,
    identifiers,
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
from redaction.recognisers.models.runner import Runner, counted
from redaction.stay import Stay

if TYPE_CHECKING:
    from redaction.proposals.common import Proposal

VERSION = "6"
"""Raise it when other things are found in the same text: what is kept of earlier searches is then void."""


def _japanese(passage: Passage) -> Iterable[TextFinding]:
    """Imported late: its patterns take a tenth of a second to compile; other texts need not wait for them."""
    if not passage.japanese:
        return ()
    from redaction.recognisers import japanese

    return japanese.find(passage)


RECOGNISERS: tuple[Recogniser, ...] = (
    patterns.find,
    identifiers.find,
    national.find,
    plates.find,
    contacts.find,
    broken_mail.find,
    label_values.find,
    columns.find,
    dates.find,
    addresses.find,
    names_announced.find,
    names_listed.find,
    names_inverted.find,
    names_shaped.find,
    unread_labels.find,
    _japanese,
)


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
    united = uniting.in_text(hits, text)
    more = [h for h in people.in_text(text, united) if profile.counts(h.type, h.score)]
    united = uniting.in_text([*united, *more], text)
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
        for hit in uniting.in_text(found, view.text):
            placed = view.place(hit)
            if placed is not None:
                hits.append(placed)
    return uniting.on_slots(page, hits)


def _findings(
    page: TranscriptPage, hits: Sequence[textmap.PlacedHit], known: people.Known, profile: Profile
) -> list[Finding]:
    more = [h for h in people.elsewhere(page, known, hits) if profile.counts(h.type, h.score)]
    return [as_finding(page, placed) for placed in uniting.on_slots(page, [*hits, *more])]


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
    boxes = placed.boxes or slotboxes.boxes(page, placed.spans)
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
