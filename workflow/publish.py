"""A stored document from its review to finished files: what the export page and `inkveil export` call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from model.findings import Check
from redaction.publish import FORMATS, export_document
from storage import exports
from storage.project import Project


@dataclass(frozen=True, slots=True)
class Result:
    """A finished export: kept in the project, its files here for whoever wants them elsewhere."""

    export: exports.Export
    checks: tuple[Check, ...]
    files: dict[str, bytes]
    """File name -> content: the PDF, its certificate where it is a file, the transcripts."""
    undecided: int


def publish(
    project: Project,
    document_id: str,
    *,
    mode: Literal["preserve", "flatten"] = "preserve",
    certificate: str = "pages",
    formats: Sequence[str] = FORMATS,
    actor: str = "local",
) -> Result:
    """Redacts as decided so far, proves the result, keeps it in the project and closes the ledger with it.

    Raises VerificationFailed with nothing written.
    """
    from review.session import load

    review = load(project, document_id)
    made = export_document(
        project,
        document_id,
        pages=review.pages,
        reviewed=review.document_approved,
        mode=mode,
        certificate=certificate,
        formats=formats,
        actor=actor,
    )
    name = Path(made.export.name)
    files = {name.name: made.pdf}
    if made.certificate is not None:
        files[f"{name.stem}.certificate.pdf"] = made.certificate
    files |= {file: text.encode() for file, text in made.transcripts.items()}
    return Result(made.export, made.checks, files, made.undecided)


def transcript_zip(project: Project, document_id: str, formats: Sequence[str]) -> bytes:
    """The corrected transcript alone, one file a format, masked where something is to be redacted.

    The same transcript gives the same bytes. Raises UsageError for a format that does not exist.
    """
    import io
    import zipfile

    from redaction.found import look
    from redaction.plan import plan
    from redaction.publish import public_name, transcripts
    from review.session import load
    from storage import documents, ledger

    document = documents.get(project, document_id)
    pages = load(project, document_id).pages
    planned = plan(look(project, document, pages), ledger.events(project, document_id), pages)
    name = public_name(document.name, planned.redactions, document.id)
    files = transcripts(pages, planned.redactions, (), formats, name, Path(name).stem)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, text in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(file), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()
