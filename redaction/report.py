"""report.json of an export, and the statement about it that is signed (docs/signatures.md)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from model.findings import Check, Stamped
from redaction import certificate as certificates
from redaction.profiles import DEFAULT

if TYPE_CHECKING:
    from redaction.signing import Signing


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
        **({} if facts.search is None else {"search": facts.search.to_json(mask)}),
        **_edition(facts, mask, people),
        "ledger": None
        if facts.ledger_head is None
        else {"seq": facts.ledger_head[0], "hash": facts.ledger_head[1]},
    }


def _edition(
    facts: certificates.Facts, mask: certificates.Mask, people: certificates.People
) -> dict[str, Any]:
    """What the report says of a version; nothing where the file is the only one."""
    edition, search = facts.version, facts.search
    if edition is None:
        return {}
    return {
        "version": edition.name,
        **({"profile": search.named(mask)} if search and search.profile != DEFAULT else {}),
        "approved": edition.approved,
        "unseen": edition.unseen,
        "undecided": edition.undecided,
        "left": {mask(reason): count for reason, count in edition.left},
        "seconds": {people(name): count for name, count in sorted(edition.seconds.items())},
        "bates": [mask(edition.pages[0]), mask(edition.pages[-1])] if edition.pages else None,
    }


def stamps_in(stamps: Sequence[Stamped]) -> list[dict[str, Any]]:
    """Where each stamp stands, and whether it is written over something, as the report says it."""
    return [
        {
            "page": s.page,
            "text": s.text,
            "rect": None if s.box is None else s.box.rounded(),
            "over": s.box is not None and not s.empty,
        }
        for s in stamps
    ]


def statement(signing: Signing, report: Mapping[str, Any]) -> dict[str, Any]:
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
