"""A stored document from its review to finished files: what the export page and `inkveil export` call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from model.findings import Check
from redaction import profiles, reasons, versions
from redaction.publish import FORMATS, export_document
from redaction.versions import PUBLIC
from storage import exports
from storage.project import Project
from workflow import signing


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
    version: str = PUBLIC.id,
    mode: Literal["preserve", "flatten"] = "preserve",
    certificate: str = "pages",
    formats: Sequence[str] = FORMATS,
    actor: str = "local",
    sign: signing.Choice | None = None,
) -> Result:
    """Redacts as decided so far, proves the result, keeps it in the project and closes the ledger with it.

    `sign`: otherwise than the project has chosen. Raises UsageError for a version that does not exist or a
    signer that can't sign, NotAllowed where four eyes are asked for and two have not seen every box,
    VerificationFailed; each with nothing written.
    """
    from review.policy import policy
    from review.session import load

    chosen = versions.get(project, version)
    review = load(project, document_id)
    with signing.opened(sign or signing.chosen(project), project.path.parent) as signer:
        made = export_document(
            project,
            document_id,
            pages=review.pages,
            approved=review.document_approved,
            version=chosen,
            two=policy(project).four_eyes,
            signing=signer,
            mode=mode,
            certificate=certificate,
            formats=formats,
            actor=actor,
        )
    name = Path(made.export.name)
    files = {name.name: made.pdf}
    if made.certificate is not None:
        files[f"{name.stem}.certificate.pdf"] = made.certificate
    files |= {f"{name.stem}.{file}": content for file, content in made.logs.items()}
    files |= {file: text.encode() for file, text in made.transcripts.items()}
    return Result(made.export, made.checks, files, made.undecided)


def transcript_zip(
    project: Project, document_id: str, formats: Sequence[str], version: str = PUBLIC.id
) -> bytes:
    """The corrected transcript alone, one file a format, masked where the version redacts something.

    The same transcript gives the same bytes. Raises UsageError for a format that does not exist.
    """
    import io
    import zipfile

    from redaction.found import look
    from redaction.plan import plan
    from redaction.publish import public_name, transcripts
    from review.session import load
    from storage import documents, ledger, numbers

    document = documents.get(project, document_id)
    pages = load(project, document_id).pages
    planned = plan(look(project, document, pages), ledger.events(project, document_id), pages)
    chosen = versions.cut(
        versions.get(project, version), planned, pages, reasons.of(project),
        partial(numbers.pseudonyms, project, document_id), profiles.of(project),
    )  # fmt: skip
    name = public_name(document.name, chosen.redactions, document.id)
    files = transcripts(pages, chosen.redactions, (), formats, name, Path(name).stem)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, text in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(file), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()
