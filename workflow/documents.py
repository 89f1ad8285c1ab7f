"""Stored documents for the command line: the list, the export into a folder, the history."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from model.errors import StorageFailed, UsageError
from storage import documents, leaving, ledger
from storage.project import Project
from workflow.signing import Choice

Mode = Literal["preserve", "flatten"]


def overview(data: Path) -> list[dict[str, Any]]:
    """A row a document, newest first, with what is left in words."""
    from workflow.state import state

    project = Project.open(data)
    rows = []
    for document in documents.find(project):
        now = state(project, document, wait=True)
        rows.append(
            {
                "id": document.id,
                "name": document.name,
                "pages": document.pages,
                "languages": list(document.languages),
                "added_at": document.added_at,
                "added_by": document.added_by,
                "step": now.name,
                "state": now.words,
                "problems": list(now.problems),
            }
        )
    return rows


def history(data: Path, document_id: str) -> dict[str, Any]:
    """Every event of the document, and whether the chain of hashes holds.

    "project" stands for what was decided about the project as a whole (storage.leaving).
    """
    project = Project.open(data)
    chain = document_id if document_id == leaving.PROJECT else documents.get(project, document_id).id
    report = ledger.verify(project, chain)
    return {
        "document": chain,
        "ok": report.ok,
        "first_bad": report.first_bad,
        "message": report.message,
        "events": [
            {
                "seq": e.seq,
                "kind": e.kind,
                "page": e.page,
                "actor": e.actor,
                "at": e.at,
                "payload": dict(e.payload),
                "previous_hash": e.previous_hash,
                "hash": e.hash,
            }
            for e in ledger.events(project, chain)
        ],
    }


def export_to(
    data: Path,
    document_id: str,
    out: Path,
    *,
    formats: Sequence[str],
    mode: Mode,
    certificate: str,
    actor: str,
    version: str = "public",
    sign: Choice | None = None,
) -> dict[str, Any]:
    """Redacts, verifies, keeps the export in the project and writes its files to the folder `out`.

    Raises UsageError for an unknown format, VerificationFailed with nothing written.
    """
    from redaction.export import write_atomically
    from redaction.transcripts import FORMATS
    from workflow.publish import publish

    unknown = set(formats) - {"pdf", "page", *FORMATS}
    if unknown or not formats:
        raise UsageError(
            f"There is no format '{', '.join(sorted(unknown))}': pdf, page, {', '.join(FORMATS)}."
        )
    project = Project.open(data)
    published = publish(
        project,
        document_id,
        mode=mode,
        certificate=certificate,
        formats=[f for f in formats if f != "pdf"],
        version=version,
        actor=actor,
        sign=sign,
    )
    files = {k: v for k, v in published.files.items() if "pdf" in formats or not k.endswith(".pdf")}
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFailed(f"The folder {out} can't be made ({error.strerror}).") from None
    for name, content in files.items():
        write_atomically(out / name, content)
    return {**published.export.report, "files": [str(out / name) for name in files]}
