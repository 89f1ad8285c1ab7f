"""What a certificate tells of an export: the source, what was done, with which programs, which checks."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Sequence
from importlib import metadata
from typing import TYPE_CHECKING

from model.findings import Redaction
from redaction import certificate as certificates
from redaction.apply import Applied
from redaction.attack.report import BOX_CHECKS, FILE_CHECKS, TITLES
from redaction.digest import pages_digest
from redaction.verify import Judge

if TYPE_CHECKING:
    from redaction.signing import Signing

_SIGNED = re.compile(rb"/ByteRange\s*\[")
_LIBRARIES = {"PyMuPDF": "pymupdf", "pikepdf": "pikepdf", "Pillow": "pillow"}


def expected(judge: Judge, signing: Signing | None = None) -> list[str]:
    """The checks that can be carried out here: without poppler or without any text some can't."""
    missing = set() if judge.needles else {"secrets_in_text", "secrets_in_objects", "secrets_in_streams"}
    if shutil.which("pdftotext") is None:
        missing.add("second_reader")
    # The statement is signed after everything else, so no certificate can tell of it.
    missing |= {"statement"}
    if signing is None:
        missing |= {"signature"}
    if signing is None or signing.timestamp_url is None:
        missing |= {"timestamp"}
    return [check for check in TITLES if check not in missing]


def signatures_in(data: bytes) -> int:
    """How many signatures a source carries: a redacted copy can keep none of them."""
    return len(_SIGNED.findall(data)) if b"%PDF-" in data[:1024] else 0


def versions() -> dict[str, str]:
    """The programs that destroyed and checked."""
    import pymupdf

    found = {"Inkveil": _version("inkveil"), "MuPDF": str(pymupdf.mupdf_version)}
    found.update({name: _version(package) for name, package in _LIBRARIES.items()})
    return found


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "unknown"


def facts_of(
    data: bytes, applied: Applied, redactions: Sequence[Redaction], reviewed: bool, engines: Sequence[str],
    decided: Sequence[tuple[str, str]], ledger_head: tuple[int, str] | None, mode: str, certificate: str,
    signing: Signing | None,
) -> certificates.Facts:  # fmt: skip
    """All of it but the version; every check is taken for carried out until it was not."""
    return certificates.Facts(
        source_sha256=hashlib.sha256(data).hexdigest(),
        pages_sha256=pages_digest(applied.pdf),
        pages=applied.pages,
        mode=mode,
        redactions=tuple(redactions),
        reviewed=reviewed,
        checks=FILE_CHECKS + BOX_CHECKS,
        versions=versions(),
        engines=tuple(engines),
        decided=tuple(decided),
        copies=tuple((c.page, tuple(c.box.as_list())) for c in applied.copies),
        flattened=tuple((f.page, f.reason) for f in applied.flattened),
        ledger_head=ledger_head,
        appended=certificate == "pages",
        signatures=signatures_in(data),
        signer=None if signing is None else (signing.identity.subject, signing.identity.fingerprint),
    )
