"""A stored document's export: boxes destroyed, the result proved, kept, and closed in the ledger.

What destroys and proves is redaction.export; what is decided is redaction.plan. The transcript comes as
an argument (redaction does not know the review), and what the PDF no longer shows it does not tell.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from model.decisions import Event
from model.errors import UsageError
from model.findings import Check, Finding, Redaction
from model.geometry import Box
from model.words import TranscriptPage
from storage import blobs, documents, exports, ledger

if TYPE_CHECKING:
    from storage.project import Project

FORMATS: Final = ("txt", "json", "csv")
"""Transcripts that are made where nobody says otherwise."""
LOG: Final = "report.json"
"""The export's log beside its transcripts: report.json of contract.md."""


@dataclass(frozen=True, slots=True)
class Published:
    """A finished export: kept in the project, and its files for whoever wants them elsewhere."""

    export: exports.Export
    checks: tuple[Check, ...]
    transcripts: Mapping[str, str]
    """File name -> content; written beside the stored PDF as well."""
    undecided: int
    """Findings that nobody had decided on: they are still readable in the export."""

    @property
    def pdf(self) -> bytes:
        return self.export.path.read_bytes()

    @property
    def certificate(self) -> bytes | None:
        return self.export.certificate.read_bytes() if self.export.certificate else None


def export_document(
    project: Project,
    document_id: str,
    *,
    pages: Sequence[TranscriptPage],
    reviewed: bool,
    mode: Literal["preserve", "flatten"] = "preserve",
    certificate: str = "pages",
    formats: Sequence[str] = FORMATS,
    actor: str = "local",
    findings: Sequence[Finding] | None = None,
) -> Published:
    """Exports a document as decided so far. `pages`: its transcript; `reviewed`: somebody approved it.

    `findings`: what was found on these pages, looked up (and looked for) where it is not given. Raises
    VerificationFailed with nothing written, UsageError where a format does not exist, StorageFailed.
    """
    from redaction.export import redact_file
    from redaction.found import look
    from redaction.layers import layers
    from redaction.plan import plan

    document = documents.get(project, document_id)
    _known(formats)
    head = ledger.head(project, document_id)
    events = ledger.events(project, document_id)
    found = look(project, document, pages) if findings is None else findings
    planned = plan(found, events, pages)
    name = public_name(document.name, planned.redactions, document.id)
    made = redact_file(
        documents.data(project, document_id),
        document.name,
        planned.redactions,
        mode=mode,
        password=documents.password(project, document_id),
        layers=layers(pages),
        reviewed=reviewed,
        engines=_engines(project, document_id),
        decided=_approvals(events) if reviewed else (),
        ledger_head=head,
        certificate=certificate,
        inspected=True,
    )
    stem = Path(name).stem
    texts = transcripts(pages, planned.redactions, made.report.get("copies", ()), formats, name, stem)
    stored = exports.add(
        project,
        document_id,
        made.pdf,
        name=f"{stem}.redacted.pdf",
        mode=mode,
        report=made.report,
        certificate=made.certificate,
        actor=actor,
    )
    log = json.dumps(made.report, ensure_ascii=False, indent=1) + "\n"
    for file, content in {**texts, LOG: log}.items():
        blobs.write_atomic(stored.path.with_suffix("") / file, content.encode())
    return Published(stored, made.checks, texts, len(planned.undecided))


def transcripts(
    pages: Sequence[TranscriptPage],
    redactions: Sequence[Redaction],
    copies: Sequence[Mapping[str, object]],
    formats: Sequence[str],
    name: str,
    stem: str,
) -> dict[str, str]:
    """The transcript in each format, masked where the PDF was redacted, its further copies included."""
    from redaction.transcripts import files, masked

    more = [
        Redaction(int(str(c["page"])), Box.of(rect), "")
        for c in copies
        if isinstance(rect := c.get("rect"), (list, tuple))
    ]
    hidden = masked(pages, [*redactions, *more])
    return {file: text for f in formats for file, text in files(f, hidden, name, stem).items()}


def public_name(name: str, redactions: Sequence[Redaction], document_id: str) -> str:
    """The document's name, or a neutral one where it repeats a word that was redacted."""
    words = {w.casefold() for r in redactions for w in (r.text or "").split() if len(w) > 2}
    folded = name.casefold()
    return f"document-{document_id[:8]}{Path(name).suffix}" if any(w in folded for w in words) else name


def _known(formats: Sequence[str]) -> None:
    from redaction.transcripts import FORMATS as KNOWN

    for name in formats:
        if name not in KNOWN and name != "page":
            raise UsageError(
                f"There is no transcript format {name}: choose from {', '.join([*KNOWN, 'page'])}."
            )


def _engines(project: Project, document_id: str) -> list[str]:
    rows = project.db.conn.execute(
        "SELECT DISTINCT engine FROM readings WHERE document = ? ORDER BY engine", (document_id,)
    )
    return [str(row[0]) for row in rows]


def _approvals(events: Sequence[Event]) -> list[tuple[str, str]]:
    """Who approved the document and when, as far as it stands: the last approval of each person."""
    dead: set[int] = set()
    for event in events:
        target = event.payload.get("target")
        if event.kind == "undo" and isinstance(target, int):
            dead.add(target)
        elif event.kind == "redo" and isinstance(target, int):
            dead.discard(target)
    last: dict[str, str] = {}
    for event in events:
        if event.seq in dead:
            continue
        if event.kind == "approve_document":
            last[event.actor] = event.at
        elif event.kind == "reopen_document":
            last.clear()
    return sorted(last.items(), key=lambda item: item[1])
