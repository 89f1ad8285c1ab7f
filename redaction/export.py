"""From a source and boxes to a finished, proved file with its certificate and report.

Order: the call is checked, the boxes are destroyed (redaction.apply), the certificate is added, and the
final bytes are attacked (redaction.verify). Only if every check passed is anything returned; writing it
to its place is the caller's last step, with `write_atomically`. The same input gives the same bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, cast

from model.errors import StorageFailed, UsageError, VerificationFailed
from model.findings import Check, Redaction, Stamp, Stamped
from redaction import certificate as certificates
from redaction.apply import Applied, LayerWord, apply
from redaction.attack.report import BOX_CHECKS, FILE_CHECKS, TITLES
from redaction.digest import pages_digest
from redaction.verify import Judge
from storage.sources import open_source

if TYPE_CHECKING:
    from redaction.signing import Signing

Mode = Literal["preserve", "flatten"]
IN_MEMORY = 32 << 20
"""Bytes above which a file waits on the disk for its certificate."""
COPY = "further copy of a redacted text"
_TOLD_FIRST = (
    "secrets_in_objects", "text_under_boxes", "images_under_boxes", "pixels_under_boxes", "secrets_in_text",
    "second_reader", "secrets_in_streams", "page_geometry", "innocent_text", "innocent_pixels",
)  # fmt: skip
"""What says most about the person's own document; the checks of the file alone come after."""
_SIGNED = re.compile(rb"/ByteRange\s*\[")
_LIBRARIES = {"PyMuPDF": "pymupdf", "pikepdf": "pikepdf", "Pillow": "pillow"}


@dataclass(frozen=True)
class Export:
    """What an export consists of. Nothing of it has been written yet."""

    pdf: bytes
    report: dict[str, Any]
    """report.json of contract.md, and more: see `report_of`."""
    certificate: bytes | None = None
    """A PDF of its own, where the certificate was asked for as a file."""
    checks: tuple[Check, ...] = field(default_factory=tuple)
    mask: certificates.Mask = str
    """Withholds a text that repeats what was redacted: for the log."""


def redact_file(
    data: bytes,
    name: str,
    redactions: Sequence[Redaction],
    *,
    mode: Mode = "preserve",
    password: str | None = None,
    layers: Mapping[int, Sequence[LayerWord]] | None = None,
    reviewed: bool = False,
    engines: Sequence[str] = (),
    decided: Sequence[tuple[str, str]] = (),
    ledger_head: tuple[int, str] | None = None,
    certificate: str = "pages",
    inspected: bool = False,
    edition: certificates.Edition | None = None,
    stamps: Sequence[Stamp] = (),
    signing: Signing | None = None,
) -> Export:
    """The redacted file, verified. `decided`: (name, time) of those who approved the document; `edition`:
    what is said where this is one of several versions of a review. `stamps`: texts for the margins.
    `signing`: with whom the finished bytes and the statement of the report are signed; what is signed differs
    each time, as its time does.

    Without redactions it is a clean copy: what is visible and nothing else (no metadata, no attachments).
    `inspected`: these bytes came in through storage.sources, which looked through them then.

    Raises UsageError for boxes that fit no page, Unreadable, PasswordNeeded or OverLimit for files that
    can't be taken, VerificationFailed, naming page and place, if anything can still be recovered.
    """
    if certificate not in ("pages", "file", "none"):
        raise UsageError(f"A certificate is made as pages, file or none, not {certificate}.")
    if not inspected:
        with open_source(data, name, password=password):
            pass  # the same limits and the same words as at intake: broken, encrypted, too large
    judge = Judge(data, redactions, password=password, name=name)
    check_boxes(judge.sizes, name, redactions)
    mask = masking(judge)
    check_stamps(stamps, name, mask)
    careful: frozenset[int] = frozenset()
    while True:
        applied = apply(
            data, redactions, name=name, mode=mode, password=password, layers=layers, stamps=stamps,
            careful=careful,
        )  # fmt: skip
        every = [*redactions, *(Redaction(c.page, c.box, COPY) for c in applied.copies)]
        facts = _facts(
            data, applied, redactions, reviewed, engines, decided, ledger_head, mode, certificate, signing
        )
        facts = replace(facts, version=edition)
        margins = applied.stamps
        with _kept(applied.pdf, name) as part:
            del applied  # large files: its bytes wait on the disk until they are needed
            proved = _proved(part, judge, every, facts, mask, margins, certificate, signing)
        again = judge.failed_pages - careful
        if not again or all(c.passed for c in proved.checks):
            break
        careful |= again  # what can't be proved as it is becomes an image, or a better one
    refuse(proved.checks, name)
    report = report_of(proved.facts, proved.pdf, proved.checks, mask)
    if signing is not None:
        report["signature"] = _statement(signing, report)
    if margins:
        report["stamps"] = [
            {
                "page": s.page,
                "text": s.text,
                "rect": None if s.box is None else s.box.rounded(),
                "over": s.box is not None and not s.empty,
            }
            for s in margins
        ]
    beside = proved.pages if certificate == "file" else None
    return Export(proved.pdf, report, beside, tuple(proved.checks), mask)


@dataclass(frozen=True)
class _Proved:
    """A finished file and what the verifier says of it."""

    pdf: bytes
    pages: bytes | None
    """The certificate."""
    checks: list[Check]
    facts: certificates.Facts


def _proved(
    part: BinaryIO, judge: Judge, boxes: Sequence[Redaction], facts: certificates.Facts,
    mask: certificates.Mask, stamps: Sequence[Stamped], certificate: str,
    signing: Signing | None,
) -> _Proved:  # fmt: skip
    """Certifies, signs and attacks a redacted file. The certificate tells of the checks carried out."""
    facts = replace(facts, checks=tuple((check, TITLES[check]) for check in expected(judge, signing)))
    for _ in range(2):
        pages = certificates.build(facts, mask) if certificate != "none" else None
        pdf, extra = finished(part, pages if certificate == "pages" else None, signing)
        checks = judge.attack(
            pdf, boxes, extra_pages=extra, innocent_words=certificates.vocabulary(), stamps=stamps
        )  # fmt: skip
        if [c.name for c in checks] == [check for check, _ in facts.checks]:
            break
        # A check that could not be carried out here (no poppler, say) must not be certified.
        facts = replace(facts, checks=tuple((c.name, TITLES[c.name]) for c in checks))
    return _Proved(pdf, pages, checks, facts)


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


def _statement(signing: Signing, report: Mapping[str, Any]) -> dict[str, Any]:
    """The signed statement about the ledger's head and the file (see docs/signatures.md)."""
    from redaction.signing import sign_statement

    ledger = report["ledger"] or {}
    return sign_statement(
        signing,
        {
            "source_sha256": report["source_sha256"],
            "output_sha256": report["output_sha256"],
            "pages_sha256": report["pages_sha256"],
            "ledger_seq": ledger.get("seq"),
            "ledger_hash": ledger.get("hash"),
            "boxes": report["boxes"],
            "reviewed": report["reviewed"],
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    )


def signatures_in(data: bytes) -> int:
    """How many signatures a source carries: a redacted copy can keep none of them."""
    return len(_SIGNED.findall(data)) if b"%PDF-" in data[:1024] else 0


def check_boxes(sizes: Sequence[tuple[float, float]], name: str, redactions: Sequence[Redaction]) -> None:
    """Raises UsageError for a box on no page, outside of its page or without area. `sizes` in points."""
    for index, redaction in enumerate(redactions, 1):
        if not 1 <= redaction.page <= len(sizes):
            raise UsageError(
                f"{name}: box {index} is on page {redaction.page}, but the file has "
                f"{len(sizes)} {'page' if len(sizes) == 1 else 'pages'}.",
                file=name,
                page=redaction.page,
            )
        width, height = sizes[redaction.page - 1]
        inside = redaction.box.clipped(width, height)
        if inside.width <= 0 or inside.height <= 0:
            what = "has no area" if redaction.box.area <= 0 else "lies outside of the page"
            raise UsageError(
                f"{name}: box {index} on page {redaction.page} {what}, "
                f"which is {width:.0f} x {height:.0f} points.",
                file=name,
                page=redaction.page,
            )


def check_stamps(stamps: Sequence[Stamp], name: str, mask: certificates.Mask) -> None:
    """Raises UsageError for a text that repeats what is redacted: the file could never be proved."""
    for stamp in stamps:
        if mask(stamp.text) != stamp.text:
            raise UsageError(
                f"{name}: the stamp of page {stamp.page} repeats a redacted text. Nothing was written; "
                "give it another text.",
                file=name,
                page=stamp.page,
            )


def masking(judge: Judge) -> certificates.Mask:
    """Withholds a text that repeats what was redacted: names and reasons come from people."""
    needles = judge.needles

    @lru_cache(maxsize=4096)
    def mask(text: str) -> str:
        return certificates.WITHHELD if needles.in_text(text) else text

    return mask


def _kept(pdf: bytes, name: str) -> BinaryIO:
    """A nameless file that holds the bytes, on the disk where they are many. Raises StorageFailed."""
    if len(pdf) <= IN_MEMORY:
        return io.BytesIO(pdf)
    part = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115  (the caller closes it)
    try:
        part.write(pdf)
    except OSError as error:
        part.close()
        raise StorageFailed(
            f"{name} could not be exported ({error.strerror or type(error).__name__}): there is no room for "
            "temporary files. Free some space and try again.",
            file=name,
        ) from None
    return part


def finished(pdf: BinaryIO, pages: bytes | None, signing: Signing | None) -> tuple[bytes, int]:
    """The redacted file with the certificate's pages at its end and signed, as one revision; their number."""
    pdf.seek(0)
    if pages is None and signing is None:
        return pdf.read(), 0
    import pikepdf

    count = 0
    with pikepdf.open(pdf) as document, contextlib.ExitStack() as held:
        if pages is not None:
            more = held.enter_context(pikepdf.open(io.BytesIO(pages)))
            count = len(more.pages)
            document.pages.extend(more.pages)
        if signing is None:
            return _saved(document), count
        from redaction.signing import sign_pdf

        return sign_pdf(document, signing, save=_saved), count


def _saved(document: Any) -> bytes:
    import pikepdf

    buffer = io.BytesIO()
    document.save(buffer, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return buffer.getvalue()


def refuse(checks: Sequence[Check], name: str) -> None:
    """Raises VerificationFailed for the first check that failed, in the words of the person's document."""
    failed = [c for c in checks if not c.passed]
    if not failed:
        return
    order = {check: rank for rank, check in enumerate(_TOLD_FIRST)}
    first = min(failed, key=lambda c: order.get(c.name, len(order)))
    more = f" ({len(failed) - 1} more checks failed.)" if len(failed) > 1 else ""
    raise VerificationFailed(
        f"Nothing was written: {first.detail.split('; ')[0]}.{more}", file=name, page=first.page
    )


def report_of(
    facts: certificates.Facts, pdf: bytes, checks: Sequence[Check], mask: certificates.Mask
) -> dict[str, Any]:
    """report.json: the certificate's data, the results of the checks, the hash of the finished file."""
    people = certificates.People(mask, facts.version)
    reasons: dict[str, int] = {}
    for redaction in facts.redactions:
        reason = mask(redaction.reason)
        reasons[reason] = reasons.get(reason, 0) + 1
    return {
        "source_sha256": facts.source_sha256,
        "output_sha256": hashlib.sha256(pdf).hexdigest(),
        "pages_sha256": facts.pages_sha256,
        "mode": facts.mode,
        "pages": facts.pages,
        "boxes": len(facts.redactions),
        "reviewed": facts.reviewed,
        "reasons": reasons,
        "places": [
            {
                "page": r.page,
                "rect": r.box.rounded(),
                "reason": mask(r.reason),
                "decided_by": people(r.decided_by),
                "decided_at": r.decided_at,
            }
            for r in facts.redactions
        ],
        "copies": [{"page": page, "rect": [round(v, 2) for v in rect]} for page, rect in facts.copies],
        "flattened": [{"page": page, "reason": mask(reason)} for page, reason in facts.flattened],
        "decided": [{"by": people(name), "at": at} for name, at in facts.decided],
        "checks": [{"name": c.name, "passed": c.passed, "detail": c.detail} for c in checks],
        "engines": [mask(engine) for engine in facts.engines],
        "versions": dict(facts.versions),
        "source_signatures": facts.signatures,
        **_edition(facts.version, mask, people),
        "ledger": None
        if facts.ledger_head is None
        else {"seq": facts.ledger_head[0], "hash": facts.ledger_head[1]},
    }


def _edition(
    edition: certificates.Edition | None, mask: certificates.Mask, people: certificates.People
) -> dict[str, Any]:
    """What the report says of a version; nothing where the file is the only one."""
    if edition is None:
        return {}
    return {
        "version": edition.name,
        **({"profile": mask(edition.profile)} if edition.profile else {}),
        "approved": edition.approved,
        "unseen": edition.unseen,
        "undecided": edition.undecided,
        "left": {mask(reason): count for reason, count in edition.left},
        "seconds": {people(name): count for name, count in sorted(edition.seconds.items())},
        "bates": [mask(edition.pages[0]), mask(edition.pages[-1])] if edition.pages else None,
    }


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


def _facts(
    data: bytes, applied: Applied, redactions: Sequence[Redaction], reviewed: bool, engines: Sequence[str],
    decided: Sequence[tuple[str, str]], ledger_head: tuple[int, str] | None, mode: str, certificate: str,
    signing: Signing | None,
) -> certificates.Facts:  # fmt: skip
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


def write_atomically(path: Path, data: bytes) -> None:
    """The file with all of its bytes, or the file as it was before. Raises StorageFailed."""
    path = Path(path)
    temporary: Path | None = None
    try:
        handle, made = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent)
        temporary = Path(made)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
        temporary = None
        _sync_folder(path.parent)
    except OSError as error:
        raise StorageFailed(
            f"{path.name} could not be written ({error.strerror or type(error).__name__}). "
            "Nothing half-written is left; free some space or choose another folder and try again.",
            file=path.name,
        ) from None
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """Makes the new name itself survive a power cut, where the system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
