"""For pages and commands: the pseudonyms' key, and the boxes that wait for a second person."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from model.findings import Redaction
from redaction import decide
from redaction.plan import Plan
from redaction.transcripts.plain import cell
from redaction.versions import word_of
from storage import numbers

if TYPE_CHECKING:
    from storage.project import Project


def key_rows(project: Project) -> list[dict[str, str]]:
    """The key: pseudonym, text, document in which it was met first, time."""
    return [
        {"pseudonym": f"[{word_of(p.kind)} {p.number}]", "text": p.text, "document": p.document, "at": p.at}
        for p in numbers.key(project)
    ]


def key_csv(project: Project) -> bytes:
    """The key as CSV, UTF-8 with a mark for spreadsheets; no cell is run as a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["pseudonym", "text", "first document", "given at"])
    for row in key_rows(project):
        writer.writerow([cell(value) for value in row.values()])
    return out.getvalue().encode("utf-8-sig")


def alone(planned: Plan) -> list[Redaction]:
    """The boxes that one person only has seen."""
    return [r for r in planned.redactions if r.id not in planned.seconds]


def confirm_all(project: Project, document_id: str, actor: str) -> tuple[int, int]:
    """Confirms what others decided: (boxes confirmed, boxes still seen by one person only).

    Raises NotAllowed where all of them are the person's own.
    """
    from redaction.found import look
    from redaction.plan import plan
    from review.session import load
    from storage import documents, ledger

    document = documents.get(project, document_id)
    pages = load(project, document_id).pages
    planned = plan(look(project, document, pages), ledger.events(project, document_id), pages)
    waiting = alone(planned)
    if not waiting:
        return 0, 0
    decide.confirm(project, document_id, waiting, actor=actor)
    mine = sum(r.decided_by == actor for r in waiting)
    return len(waiting) - mine, mine
