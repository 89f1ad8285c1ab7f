"""Certified accuracy: samples drawn, what they say, and whether a document may be approved by them.

What a sample is and what its bound means stands in review.sampling. A document meets the target by samples
of its own or by those of the whole project. All samples count together: a bad one is never forgotten by
drawing another, and one with words that nobody looked at says nothing yet.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from model.decisions import Decision
from model.errors import UsageError
from model.policy import Target
from review import live, sampling
from review.policy import policy
from review.sampling import Outcome, Sample
from review.seeds import Attention, attention
from review.session import live as standing

if TYPE_CHECKING:
    from review.live import LiveDocument
    from storage.project import Project

USUAL: Final = Target(0.005, 0.95)
"""What a sample is planned for where the project has no target."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A sample of a document or, all parts together, of a project."""

    id: str
    scope: str
    at: str
    actor: str
    population: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Status:
    """What is known about the words that nobody looked at."""

    target: Target
    gated: bool
    """Approval waits for the target."""
    unseen: int
    """Words that nobody looked at."""
    samples: tuple[Drawn, ...]
    outcome: Outcome
    """All samples together."""
    bound: float
    """At most this share of the unseen words is wrong, at the target's confidence."""
    needed: int
    """Words that have to be drawn in addition for the target, if none of them is wrong."""

    @property
    def met(self) -> bool:
        return self.unseen == 0 or (self.outcome.complete and self.bound <= self.target.rate)


def of_document(project: Project, document_id: str) -> Status:
    """What the document's own samples say."""
    document = live.document(project, document_id)
    return _status(project, [document], "document")


def of_project(project: Project) -> Status:
    """What the samples of the whole project say."""
    return _status(project, _documents(project), "project")


def draw(project: Project, document_id: str | None, actor: str, *, count: int | None = None) -> Status:
    """Draws a sample of a document, or of the project (None), and records it. Returns the status after it.

    `count`: as many words as are needed for the target unless given. Raises UsageError where nothing is left
    to draw from or where a sample is still being looked at.
    """
    documents = _documents(project) if document_id is None else [live.document(project, document_id)]
    scope = "project" if document_id is None else "document"
    before = _status(project, documents, scope)
    if not before.outcome.complete:
        left = before.outcome.drawn - before.outcome.checked
        raise UsageError(f"{left} words of the last sample have not been looked at yet.")
    words = [
        (document, page, slot)
        for document in documents
        for page, slot in sampling.population(document.transcripts())
    ]
    count = before.needed if count is None else count
    if not words or count < 1:
        raise UsageError("There is nothing to draw: every word has been looked at, or the target is met.")
    seed = secrets.randbits(48)
    chosen = sampling.draw(words, count, seed)
    sample = f"s{secrets.token_hex(8)}"
    for document in documents:
        slots = [
            {"page": page, "slot": slot.id, "box": slot.box.rounded(), "text": slot.text}
            for held, page, slot in chosen
            if held is document
        ]
        if slots or scope == "document":
            payload: dict[str, Any] = {
                "sample": sample,
                "scope": scope,
                "population": len(words),
                "seed": seed,
                "rate": before.target.rate,
                "confidence": before.target.confidence,
                "slots": slots,
            }
            document.record(Decision("draw_sample", None, payload, actor, f"d{secrets.token_hex(12)}"))
    return _status(project, documents, scope)


def shortfall(project: Project, document_id: str) -> str | None:
    """Why the document does not meet the project's target yet; None where it does, or there is no target."""
    target = policy(project).target
    if target is None:
        return None
    own = of_document(project, document_id)
    if own.met or of_project(project).met:
        return None
    wanted = f"The target is at most {target.rate:.2%} wrong words at {target.confidence:.0%} confidence"
    if not own.outcome.drawn:
        return f"{wanted}; no sample of the words that nobody looked at has been drawn (page Certify)."
    if not own.outcome.complete:
        return f"{wanted}; {own.outcome.checked} of {own.outcome.drawn} sampled words have been looked at."
    return (
        f"{wanted}; {own.outcome.errors} of {own.outcome.drawn} sampled words were wrong, so it is at most "
        f"{own.bound:.2%}. {own.needed} more words without an error are needed."
    )


def attentions(project: Project) -> dict[str, Attention]:
    """By reviewer, how many of the known errors they were shown they noticed."""
    events = [e for document in _documents(project) for e in standing(document.events())]
    return attention(events)


def _documents(project: Project) -> list[LiveDocument]:
    rows = project.db.conn.execute("SELECT id FROM documents ORDER BY added_at, id").fetchall()
    return [live.document(project, document_id) for (document_id,) in rows]


def _status(project: Project, documents: list[LiveDocument], scope: str) -> Status:
    rules = policy(project)
    target = rules.target or USUAL
    unseen, parts = 0, list[tuple[Sample, Outcome]]()
    for document in documents:
        pages, events = document.transcripts(), document.events()
        unseen += len(sampling.population(pages))
        for sample in sampling.samples(events):
            if sample.scope == scope:
                parts.append((sample, sampling.outcome(sample, pages, standing(events))))
    drawn: dict[str, Drawn] = {}
    for sample, outcome in parts:
        known = drawn.get(sample.id)
        total = outcome if known is None else known.outcome + outcome
        drawn[sample.id] = Drawn(sample.id, scope, sample.at, sample.actor, sample.population, total)
    together = sum((d.outcome for d in drawn.values()), Outcome())
    bound = sampling.upper_bound(together.errors, together.checked, target.confidence) if unseen else 0.0
    needed = sampling.size_for(target.rate, target.confidence, together.errors) - together.drawn
    samples = tuple(sorted(drawn.values(), key=lambda d: (d.at, d.id)))
    return Status(
        target, rules.target is not None, unseen, samples, together, bound, min(max(needed, 0), unseen)
    )
