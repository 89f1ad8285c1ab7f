"""Where people confirmed in one document still stand undecided in others, and approving them there."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

from redaction import decide, found, profiles, spread
from redaction.plan import decisions, plan
from redaction.spread import Elsewhere
from storage import documents, ledger

if TYPE_CHECKING:
    from model.findings import Finding
    from storage.project import Project


def places(project: Project, document_id: str) -> Iterator[list[Elsewhere] | None]:
    """For each other document what a person may approve there; None where it was not searched yet.

    One at a time, since pages have to be opened: whoever waits can be told how far it is.
    """
    approved = [f for f, _ in decisions(ledger.events(project, document_id)).approved.values()]
    for document in documents.find(project):
        if document.id != document_id:
            yield _undecided(project, document, approved) if approved else []


def _undecided(
    project: Project, document: documents.Document, approved: list[Finding]
) -> list[Elsewhere] | None:
    from review.session import load
    from workflow.warm import merged

    if not merged(project, document.id) or found.stamp(project, document.id) is None:
        return None
    pages = load(project, document.id).pages
    findings = found.stored(project, document, pages)
    if findings is None:
        return None
    planned = plan(findings, ledger.events(project, document.id), pages)
    return spread.elsewhere(approved, document.id, planned.undecided)


def approve(project: Project, document_id: str, kind: str, text: str, *, actor: str) -> int:
    """Approves a confirmed person or number in all other documents, as it was approved in this one.

    What is undecided is looked up anew, so nothing is approved that somebody decided on meanwhile.
    Returns the number of places. Raises InkveilError where a decision can't be stored.
    """
    who = next(
        w for f, w in decisions(ledger.events(project, document_id)).approved.values()
        if (f.type, f.text) == (kind, text)
    )  # fmt: skip
    reason, label = str(who.get("reason") or ""), str(who.get("label") or "")
    labels = profiles.of(project).labels(reason)
    count, key = 0, uuid.uuid4().hex
    for each in places(project, document_id):
        for one in each or ():
            if (one.type, one.text) == (kind, text):
                decide.judge(
                    project, one.document, one.findings, "approve", actor=actor, reason=reason, label=label,
                    labels=labels, key=key,
                )  # fmt: skip
                count += len(one.findings)
    return count
