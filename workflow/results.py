"""What an export left: its files by name, and its pages as images for comparing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from model.errors import UsageError
from redaction.publish import LOG, LOGS
from storage import blobs, exports
from storage.pages import folder

if TYPE_CHECKING:
    from typing import BinaryIO

    from storage.project import Project

DPI = 150
MEDIA = {".json": "application/json", ".csv": "text/csv", ".txt": "text/plain", ".pdf": "application/pdf"}


def get(project: Project, document_id: str, number: int) -> exports.Export:
    """One export of the document. Raises UsageError where there is none of that number."""
    found = next((e for e in exports.list(project, document_id) if e.id == number), None)
    if found is None:
        raise UsageError(f"There is no export {number} of this document.")
    return found


def file(project: Project, document_id: str, number: int, name: str) -> tuple[Path, str, str]:
    """Path, file name and media type of "pdf", "certificate", "report.json", a log, or one of `transcripts`.

    Raises UsageError where the export has no such file.
    """
    export = get(project, document_id, number)
    stem = Path(export.name).stem
    if name == "pdf":
        return export.path, export.name, "application/pdf"
    if name == "certificate" and export.certificate is not None:
        return export.certificate, f"{stem}.certificate.pdf", "application/pdf"
    if name == LOG:
        return export.folder / LOG, f"{stem}.log.json", "application/json"
    if name in LOGS and (export.folder / name).is_file():
        return export.folder / name, f"{stem}.{name}", MEDIA[Path(name).suffix]
    if name in transcripts(export):
        return export.folder / name, name, MEDIA.get(Path(name).suffix, "application/octet-stream")
    raise UsageError(f"This export has no file {name}.")


def transcripts(export: exports.Export) -> list[str]:
    """The names of an export's transcripts."""
    place = export.folder
    own = {LOG, *LOGS}
    return sorted(p.name for p in place.iterdir() if p.name not in own) if place.is_dir() else []


def logs(export: exports.Export) -> list[str]:
    """The names of an export's redaction logs."""
    return [name for name in LOGS if (export.folder / name).is_file()]


def page_image(project: Project, document_id: str, number: int, page: int) -> Path:
    """A JPEG of a page (from 1) of a finished PDF at 150 dpi, kept in the cache."""
    from PIL import Image

    from storage.sources import open_source

    export = get(project, document_id, number)
    target = folder(project, document_id) / f"result-{export.sha256[:16]}-{page:05d}.jpg"
    if not target.is_file():
        with open_source(export.path, export.name) as source:
            if not 1 <= page <= len(source.pages):
                raise UsageError(f"The export has no page {page}.")
            image = source.render(page, dpi=DPI)

        def save(out: BinaryIO) -> None:
            Image.fromarray(image).save(out, "JPEG", quality=88)

        blobs.write_atomic(target, save, durable=False)
    return target
