"""A person confirmed in one document of a project is looked for in all others, in all forms.

`taught` is what people approved in the project's other documents: names by their parts, numbers whole.
`more` finds them on a document's pages, in addition to what detection found by itself, at once and without a
search; `elsewhere` lists where else a document's confirmed people still wait to be decided on, so that they
can be approved in one go. Nothing is approved by itself: a name that two people bear is for a person to tell.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from model.findings import Finding
from model.words import TranscriptPage
from redaction import people, uniting
from redaction.detect import as_finding
from redaction.memory import page_digest
from redaction.plan import decisions
from redaction.profiles import Profile
from storage import ledger

if TYPE_CHECKING:
    from redaction.textmap import PlacedHit
    from storage.project import Project

SCORE: Final = 0.9
"""What a confirmed name teaches with; found elsewhere it counts 0.7 of that, as within a document."""
RECOGNISERS: Final = {"name:elsewhere": "name:project", "value:elsewhere": "value:project"}

_guard = threading.Lock()
_confirmed: dict[str, dict[str, tuple[int, tuple[tuple[str, str], ...]]]] = {}
"""By project and document: the ledger's last seq, and (type, text) of what was approved there."""


@dataclass(frozen=True)
class Taught:
    """What the other documents of a project teach about one."""

    known: people.Known
    digest: str
    """The same while the same things are confirmed; "" where nothing is."""


def confirmed(project: Project) -> dict[str, tuple[tuple[str, str], ...]]:
    """By document the people and numbers that were approved there, as (type, text)."""
    name, heads = str(project.path), ledger.heads(project)
    with _guard:
        known = _confirmed.setdefault(name, {})
        for gone in known.keys() - heads.keys():
            del known[gone]
        for document, seq in heads.items():
            if document not in known or known[document][0] != seq:
                approved = decisions(ledger.events(project, document)).approved.values()
                seen = {(f.type, f.text) for f, _ in approved if f.type in people.SPREAD}
                known[document] = seq, tuple(sorted(seen))
        return {document: seen for document, (_, seen) in known.items() if seen}


def taught(project: Project, document_id: str) -> Taught:
    """What was approved in the project's other documents."""
    found = confirmed(project)
    found.pop(document_id, None)
    return _taught(tuple(sorted({one for seen in found.values() for one in seen})))


@lru_cache(maxsize=32)
def _taught(seen: tuple[tuple[str, str], ...]) -> Taught:
    digest = hashlib.sha256(repr(seen).encode("utf-8", "surrogatepass")).hexdigest() if seen else ""
    return Taught(people.confirmed(seen, SCORE), digest)


def more(
    pages: Sequence[TranscriptPage], findings: Sequence[Finding], taught: Taught, profile: Profile
) -> list[Finding]:
    """The findings and what `taught` adds to them on the pages, grouped anew."""
    if not taught.digest:
        return list(findings)
    by_page: dict[int, list[Finding]] = {}
    for finding in findings:
        by_page.setdefault(finding.page, []).append(finding)
    added: list[Finding] = []
    for page in pages:
        own = by_page.get(page.page, [])
        hits = [h for h in _hits(page, own, taught) if profile.counts(h.type, h.score)]
        added += [as_finding(page, hit) for hit in uniting.on_slots(page, hits)]
    if not added:
        return list(findings)
    seen = [f for f in findings if f.proposal]
    return [*people.grouped([*(f for f in findings if not f.proposal), *added]), *seen]


_KEPT: Final = 4096
_pages: dict[tuple[str, str, tuple[str, ...]], list[PlacedHit]] = {}


def _hits(page: TranscriptPage, own: Sequence[Finding], taught: Taught) -> list[PlacedHit]:
    """What is known of others on a page; kept, since every look at the document asks again."""
    key = (page_digest(page), taught.digest, tuple(f.id for f in own))
    held = _pages.get(key)
    if held is None:
        held = [
            replace(hit, recogniser=RECOGNISERS.get(hit.recogniser, hit.recogniser))
            for hit in people.elsewhere(page, taught.known, own)
        ]
        with _guard:
            _pages[key] = held
            while len(_pages) > _KEPT:
                _pages.pop(next(iter(_pages)))
    return held


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Places of one confirmed person or number in another document that nobody has decided on."""

    document: str
    type: str
    text: str
    """As it was confirmed."""
    findings: tuple[Finding, ...]


def elsewhere(approved: Iterable[Finding], document: str, undecided: Sequence[Finding]) -> list[Elsewhere]:
    """Which of another document's undecided findings are a form of what was approved in this one."""
    found = []
    taken: set[str] = set()
    whole = sorted({(f.type, f.text) for f in approved if f.type in people.SPREAD}, key=lambda x: -len(x[1]))
    for kind, text in whole:
        same = [
            f
            for f in undecided
            if f.id not in taken and f.type == kind and people.form_of(f.text, kind, text)
        ]
        if same:
            taken.update(f.id for f in same)
            found.append(Elsewhere(document, kind, text, tuple(same)))
    return found
