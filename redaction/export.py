"""From a source and boxes to a finished, proved file with its certificate and report.

Order: the call is checked, the boxes are destroyed (redaction.apply), the certificate is added, and the
final bytes are attacked (redaction.verify). Only if every check passed is anything returned; writing it
to its place is the caller's last step, with `write_atomically`. The same input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from model.errors import UsageError, VerificationFailed
from model.findings import Check, Redaction, Stamp, Stamped
from redaction import certificate as certificates
from redaction.apply import LayerWord, apply
from redaction.asked import check_boxes, check_stamps, masking
from redaction.atomic import write_atomically
from redaction.attack.report import TITLES
from redaction.facts import expected, facts_of, signatures_in
from redaction.finish import finished, put_aside
from redaction.report import report_of, stamps_in, statement
from redaction.verify import Judge
from storage.sources import open_source

if TYPE_CHECKING:
    from redaction.searched import Search
    from redaction.signing import Signing

__all__ = ["Export", "Mode", "redact_file", "refuse", "signatures_in", "write_atomically"]

Mode = Literal["preserve", "flatten"]
COPY = "further copy of a redacted text"
_TOLD_FIRST = (
    "secrets_in_objects", "text_under_boxes", "images_under_boxes", "pixels_under_boxes", "secrets_in_text",
    "second_reader", "secrets_in_streams", "page_geometry", "innocent_text", "innocent_pixels",
)  # fmt: skip
"""What says most about the person's own document; the checks of the file alone come after."""


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
    search: Search | None = None,
    stamps: Sequence[Stamp] = (),
    signing: Signing | None = None,
) -> Export:
    """The redacted file, verified. `decided`: (name, time) of those who approved the document; `edition`:
    what is said where this is one of several versions of a review; `search`: by what personal data was found.
    `stamps`: texts for the margins.
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
        facts = facts_of(
            data, applied, redactions, reviewed, engines, decided, ledger_head, mode, certificate, signing
        )
        facts = replace(facts, version=edition, search=search)
        margins = applied.stamps
        with put_aside(applied.pdf, name) as part:
            del applied  # large files: its bytes wait on the disk until they are needed
            proved = _proved(part, judge, every, facts, mask, margins, certificate, signing)
        again = judge.failed_pages - careful
        if not again or all(c.passed for c in proved.checks):
            break
        careful |= again  # what can't be proved as it is becomes an image, or a better one
    refuse(proved.checks, name)
    report = report_of(proved.facts, proved.pdf, proved.checks, mask)
    if signing is not None:
        report["signature"] = statement(signing, report)
    if margins:
        report["stamps"] = stamps_in(margins)
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
