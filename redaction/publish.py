"""A stored document's export: boxes destroyed, the result proved, kept, and closed in the ledger.

What destroys and proves is redaction.export; what is decided is redaction.plan. The transcript comes as
an argument (redaction does not know the review), and what the PDF no longer shows it does not tell.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from model.decisions import Event
from model.errors import NotAllowed, UsageError
from model.findings import Check, Redaction, Stamp
from model.geometry import Box
from model.words import TranscriptPage
from redaction import profiles, reasons
from redaction.certificate import Edition, People
from redaction.plan import Plan
from redaction.versions import PUBLIC, Cut, Version, cut
from storage import blobs, documents, exports, ledger, numbers

if TYPE_CHECKING:
    from redaction.export import Export as Made
    from redaction.signing import Signing
    from storage.project import Project

FORMATS: Final = ("txt", "json", "csv")
"""Transcripts that are made where nobody says otherwise."""
LOG: Final = "report.json"
"""The certificate's data beside the transcripts: report.json of contract.md."""
LOGS: Final = ("redaction-log.csv", "redaction-log.pdf")


@dataclass(frozen=True, slots=True)
class Published:
    """A finished export: kept in the project, and its files for whoever wants them elsewhere."""

    export: exports.Export
    checks: tuple[Check, ...]
    transcripts: Mapping[str, str]
    """File name -> content; written beside the stored PDF as well."""
    logs: Mapping[str, bytes]
    """The redaction log, by the names of LOGS."""
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
    approved: bool,
    version: Version = PUBLIC,
    two: bool = False,
    signing: Signing | None = None,
    mode: Literal["preserve", "flatten"] = "preserve",
    certificate: str = "pages",
    formats: Sequence[str] = FORMATS,
    actor: str = "local",
) -> Published:
    """Exports a document as decided so far. `pages`: its transcript; `approved`: somebody approved it.

    `version`: which of the decided boxes are destroyed and how they look; `two`: each needs a second person;
    `signing`: with whom it is signed. What was found on these pages is looked up, or looked for. Raises
    NotAllowed for boxes that nobody else has seen, VerificationFailed with nothing written, UsageError where
    a format does not exist, StorageFailed.
    """
    from redaction.export import redact_file
    from redaction.found import searched
    from redaction.layers import layers
    from redaction.plan import plan

    document = documents.get(project, document_id)
    _known(formats)
    head = ledger.head(project, document_id)
    events = ledger.events(project, document_id)
    found, search = searched(project, document, pages)
    planned = plan(found, events, pages)
    profile = profiles.of(project)
    chosen = cut(
        version, planned, pages, reasons.of(project), partial(numbers.pseudonyms, project, document_id),
        profile,
    )  # fmt: skip
    if two:
        _seen_by_two(chosen, planned)
    stamps = (
        numbers.reserve(
            project, document_id, version.id, numbers.Bates.of(version.bates), document.pages, actor
        )
        if version.bates
        else []
    )
    name = public_name(document.name, chosen.redactions, document.id)
    edition = _edition(version, chosen, planned, approved, stamps)
    made = redact_file(
        documents.data(project, document_id),
        document.name,
        chosen.redactions,
        mode=mode,
        password=documents.password(project, document_id),
        layers=layers(pages),
        reviewed=not chosen.unseen and (approved or bool(chosen.redactions)),
        engines=_engines(project, document_id),
        decided=_approvals(events) if approved else (),
        ledger_head=head,
        certificate=certificate,
        inspected=True,
        edition=edition,
        search=search,
        signing=signing,
        stamps=[Stamp(page, text) for page, text in enumerate(stamps, 1)],
    )
    stem = Path(name).stem
    texts = transcripts(pages, chosen.redactions, made.report.get("copies", ()), formats, name, stem)
    logs = _logs(project, made, chosen, planned, edition, name)
    stored = exports.add(
        project,
        document_id,
        made.pdf,
        name=f"{stem}.{'redacted' if version == PUBLIC else version.id}.pdf",
        mode=mode,
        report=made.report,
        certificate=made.certificate,
        actor=actor,
    )
    log = json.dumps(made.report, ensure_ascii=False, indent=1) + "\n"
    for file, content in {**{k: v.encode() for k, v in texts.items()}, **logs, LOG: log.encode()}.items():
        blobs.write_atomic(stored.folder / file, content)
    return Published(stored, made.checks, texts, logs, len(planned.undecided))


def _seen_by_two(chosen: Cut, planned: Plan) -> None:
    """Raises NotAllowed, naming the page, for the first box that only one person has seen."""
    alone = [r for r in chosen.redactions if r.id not in planned.seconds]
    if alone:
        raise NotAllowed(
            f"Four eyes: {len(alone)} of {len(chosen.redactions)} boxes were seen by one person only, "
            f"the first on page {alone[0].page}. Somebody else confirms them on the Redact page."
        )


def _edition(version: Version, chosen: Cut, planned: Plan, approved: bool, stamps: Sequence[str]) -> Edition:
    left = Counter(r.reason for r in chosen.left)
    seconds = Counter(planned.seconds[r.id] for r in chosen.redactions if r.id in planned.seconds)
    undecided = sum(f.proposal or not version.unseen for f in planned.undecided)
    return Edition(
        version.id, sorted(left.items()), chosen.unseen, dict(seconds), stamps, undecided, approved,
        version.names,
    )  # fmt: skip


def _logs(
    project: Project, made: Made, chosen: Cut, planned: Plan, edition: Edition, name: str
) -> dict[str, bytes]:
    """The redaction log of an export, as CSV and as PDF."""
    from redaction import log

    listed = log.rows(
        chosen.redactions,
        [(int(c["page"]), c["rect"]) for c in made.report.get("copies", ())],
        reasons=reasons.by_code(reasons.of(project)),
        seconds=planned.seconds,
        stamps=edition.pages,
        mask=made.mask,
        people=People(made.mask, edition),
    )
    report = made.report
    pdf = log.as_pdf(listed, name, edition.name, report["source_sha256"], report["output_sha256"])
    return dict(zip(LOGS, (log.as_csv(listed).encode(), pdf), strict=True))


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
