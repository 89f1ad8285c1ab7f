"""The signature of a file: whether it is there in the one allowed form, intact, and by whom.

A signed export has one invisible signature field, in the same revision as everything else, and a signature
that covers every byte but itself. pyHanko checks the signatures (RFC 5652, ETSI EN 319 142-1); no socket is
opened. Shares no code with redaction.signing.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from redaction.attack.needles import Needles
from redaction.attack.report import Report
from redaction.waiting import finished

_FIELD: Final = {"/Type", "/Subtype", "/FT", "/T", "/F", "/Rect", "/P", "/V"}
_SIGNATURE: Final = {"/Type", "/Filter", "/SubFilter", "/ByteRange", "/Contents", "/M"}
_TIME: Final = re.compile(rb"D:\d{14}Z")


@dataclass(frozen=True)
class Field:
    """The file's signature field, where it has the one form that may be there."""

    field: Any
    value: Any

    @property
    def objects(self) -> set[tuple[int, int]]:
        return {tuple(self.field.objgen), tuple(self.value.objgen)}

    def holds(self, kind: str, key: str, value: Any, *, pdf: Any) -> bool:
        """Whether a key of the catalog or of the first page is this signature's."""
        if kind == "catalog":
            return key == "AcroForm"
        return kind == "page" and key == "Annots" and bool(value.objgen == pdf.pages[0].obj.objgen)


def field_of(pdf: Any) -> Field | None:
    """The signature field of a pikepdf.Pdf, None where there is none or anything about it is unusual."""
    try:
        form = pdf.Root.get("/AcroForm")
        if form is None or set(form.keys()) != {"/Fields", "/SigFlags"} or int(form.SigFlags) != 3:
            return None
        if len(form.Fields) != 1:
            return None
        field, page = form.Fields[0], pdf.pages[0].obj
        value = field.V
        known = (
            set(field.keys()) == _FIELD
            and str(field.FT) == "/Sig"
            and str(field.Subtype) == "/Widget"
            and bytes(field.T) == b"Signature"
            and [float(v) for v in field.Rect] == [0, 0, 0, 0]
            and field.P.objgen == page.objgen
            and [a.objgen for a in page.Annots].count(field.objgen) == 1
            and set(value.keys()) == _SIGNATURE
            and str(value.Type) == "/Sig"
            and str(value.Filter) == "/Adobe.PPKLite"
            and str(value.SubFilter) == "/ETSI.CAdES.detached"
            and len(value.ByteRange) == 4
            and _TIME.fullmatch(bytes(value.M)) is not None
        )
    except (AttributeError, KeyError, TypeError, ValueError, IndexError):
        return None
    return Field(field, value) if known else None


def attack_signature(
    data: bytes, pdf: Any, report: Report, needles: Needles, trust: Sequence[bytes] = ()
) -> Field | None:
    """Checks every signature of the file; returns the field where it has the form of an export's.

    `trust`: certificates (PEM or DER) that a signer may descend from.
    """
    signatures = list(_signatures(pdf))
    if not signatures:
        return None
    report.carried_out("signature")
    field = field_of(pdf)
    said = [_one(data, value, report, needles, trust, strict=field is not None) for value in signatures]
    report.carried_out("signature", "; ".join(filter(None, said)))
    if len(signatures) > 1:
        report.fail("signature", f"the file carries {len(signatures)} signatures: later revisions are in it")
    return field


def parted(data: bytes, signed: Field | None) -> tuple[bytes, bytes]:
    """The file with its signature's hexadecimal digits blanked, and these digits; `signed` as checked above.

    They are kilobytes of times, serial numbers and keys: a secret of four digits stands in them by chance,
    as in the hex of a certificate that is valid from 20:31:45.
    """
    if signed is None:
        return data, b""
    _, start, end, _ = (int(n) for n in signed.value.ByteRange)
    if not 0 <= start <= end <= len(data):
        return data, b""
    return data[:start] + b" " * (end - start) + data[end:], data[start:end]


def _signatures(pdf: Any) -> Iterator[Any]:
    """The signature dictionaries of the file, wherever they hang."""
    import pikepdf

    for value in pdf.objects:
        if isinstance(value, pikepdf.Dictionary) and "/ByteRange" in value and "/Contents" in value:
            yield value


def _one(
    data: bytes, value: Any, report: Report, needles: Needles, trust: Sequence[bytes], *, strict: bool
) -> str:
    try:
        a, b, c, d = (int(n) for n in value.ByteRange)
        held = bytes(value.Contents)
    except (ValueError, TypeError):
        report.fail("signature", "a signature states no range that can be followed")
        return ""
    gap = data[b:c] if 0 <= b <= c <= len(data) else b""
    if a != 0 or c + d != len(data):
        report.fail("signature", "the file was changed or added to after it was signed")
    elif gap[:1] != b"<" or gap[-1:] != b">" or gap[1:-1].decode("latin-1") not in _spellings(held):
        report.fail("signature", "bytes stand in the place of the signature that are not part of it")
    cms, rest = _der(held)
    if cms is None:
        report.fail("signature", "the signature is damaged")
        return ""
    if rest.strip(b"\0"):
        report.fail("signature", "bytes stand behind the signature that are not part of it")
    found = checked(data[:b] + data[c : c + d], cms, trust, strict=strict)
    if not found.ok:
        report.fail("signature", f"the signature does not fit the file: {found.problem}")
    if found.stamped is not None:
        report.carried_out("timestamp", found.stamped)
        if not found.stamp_ok:
            report.fail("timestamp", "the time stamp is not intact")
    if needles and (needle := needles.in_text(" ".join(found.names))) is not None:
        report.fail("secrets_in_objects", f"{needle.origin} can still be read in the signer's certificate")
    return found.said


@dataclass
class Checked:
    """What was found out about one signature."""

    ok: bool = False
    problem: str = "it can't be read"
    said: str = ""
    names: Sequence[str] = ()
    """Names in its certificates."""
    stamped: str | None = None
    stamp_ok: bool = False
    fingerprint: str = ""


def checked(content: bytes, cms: bytes, trust: Sequence[bytes] = (), *, strict: bool = True) -> Checked:
    """A detached signature (DER) over the content. Nothing is looked up anywhere.

    `strict`: what a signature does not cover itself is as ours are made, so that every changed byte is found.
    """
    from asn1crypto import cms as asn1
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.validation import async_validate_detached_cms
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko_certvalidator import ValidationContext

    found = Checked()
    roots = list(_certificates(trust))
    try:
        signed = asn1.ContentInfo.load(cms, strict=True)["content"]
        certificates = [c.chosen for c in signed["certificates"]]
        found.names = [n.human_friendly for c in certificates for n in (c.subject, c.issuer)]
        context = ValidationContext(trust_roots=roots, allow_fetching=False, other_certs=certificates)
        with _silent():
            status = finished(
                lambda: async_validate_detached_cms(
                    content, signed, signer_validation_context=context, ts_validation_context=context
                )
            )
    except (SignatureValidationError, SigningError, ValueError, TypeError, KeyError, AttributeError) as error:
        found.problem = f"it can't be read ({type(error).__name__})"
        return found
    own = status.signing_cert
    found.fingerprint = hashlib.sha256(own.dump()).hexdigest()
    bound = _names_certificate(signed, own)
    if strict:
        bound = bound and _belong(certificates, own) and _plain(cms, signed, own)
    found.ok = bool(status.intact and status.valid and bound)
    found.problem = "its content was changed" if not status.intact else "it is not the signer's"
    if not bound:
        found.problem = "its certificate, or something else in it that is not signed itself, was changed"
    known = status.trusted or own.dump() in {root.dump() for root in roots}
    trusted = "trusted" if known else "not known here"
    ended = "" if own.not_valid_after > datetime.now(UTC) else f", ended on {own.not_valid_after.date()}"
    found.said = f"signed by {own.subject.human_friendly}, {trusted}{ended}, SHA-256 {found.fingerprint[:16]}"
    stamp = status.timestamp_validity
    if stamp is not None:
        by = stamp.signing_cert.subject.human_friendly
        found.stamped = f"{stamp.timestamp.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC by {by}"
        found.stamp_ok = bool(stamp.intact and stamp.valid)
        found.names = [*found.names, by]
    return found


def attack_statement(
    data: bytes, told: Mapping[str, Any], report: Report, trust: Sequence[bytes] = ()
) -> None:
    """The signed statement of a report.json: intact, and about this file. `told`: the report."""
    report.carried_out("statement")
    own = hashlib.sha256(data).hexdigest()
    if told.get("output_sha256") != own:
        report.fail("statement", "the report is of another file, or the file was changed")
    seal = told.get("signature")
    if seal is None:
        report.carried_out("statement", "the report is of this file; it is not signed")
        return
    try:
        statement = str(seal["statement"])
        cms = base64.b64decode(str(seal["cms"]), validate=True)
        facts = json.loads(statement)
    except (KeyError, TypeError, ValueError):
        report.fail("statement", "the report's signature can't be read")
        return
    found = checked(statement.encode(), cms, trust)
    if not found.ok:
        report.fail("statement", f"the statement's signature does not hold: {found.problem}")
        return
    ledger = told.get("ledger") or {}
    wanted = {
        "output_sha256": own,
        "source_sha256": told.get("source_sha256"),
        "pages_sha256": told.get("pages_sha256"),
        "ledger_seq": ledger.get("seq"),
        "ledger_hash": ledger.get("hash"),
    }
    wrong = [name for name, value in wanted.items() if facts.get(name) != value]
    if wrong:
        report.fail("statement", f"the signed statement says otherwise than the report ({', '.join(wrong)})")
    if found.stamped is not None and not found.stamp_ok:
        report.fail("statement", "the statement's time stamp is not intact")
    stamped = f", stamped {found.stamped}" if found.stamped else ""
    report.carried_out("statement", found.said + stamped)


def _names_certificate(signed: Any, certificate: Any) -> bool:
    """Whether the signed attributes name exactly this certificate (RFC 5035, signing-certificate-v2)."""
    for attribute in signed["signer_infos"][0]["signed_attrs"]:
        if attribute["type"].native == "signing_certificate_v2":
            named = attribute["values"][0]["certs"][0]
            digest = hashlib.new(named["hash_algorithm"]["algorithm"].native, certificate.dump()).digest()
            return bool(named["cert_hash"].native == digest)
    return True


def _plain(cms: bytes, signed: Any, own: Any) -> bool:
    """Whether what the signature does not cover itself is as it must be: one spelling, and nothing more."""
    from asn1crypto import cms as asn1

    again = asn1.ContentInfo.load(cms)
    again["content"].native  # noqa: B018 - parsed to its leaves, so that dump spells all of it anew
    info = signed["signer_infos"][0]
    sid = info["sid"].chosen
    unsigned = [a["type"].native for a in info["unsigned_attrs"]] if info["unsigned_attrs"].native else []
    return bool(
        again.dump(force=True) == cms
        and len(signed["signer_infos"]) == 1
        and [d.dump() for d in signed["digest_algorithms"]] == [info["digest_algorithm"].dump()]
        and signed["version"].native == info["version"].native == "v1"
        and signed["encap_content_info"]["content_type"].native == "data"
        and not signed["crls"].native
        and sid.native.get("serial_number") == own.serial_number
        and sid["issuer"].dump() == own.issuer.dump()
        and set(unsigned) <= {"signature_time_stamp_token"}
    )


def _belong(certificates: Sequence[Any], own: Any) -> bool:
    """Whether each certificate but the signer's issued another one: nothing else has a place there."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    def issued(parent: Any, child: Any) -> bool:
        try:
            child.verify_directly_issued_by(parent)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True

    signer = own.dump()
    if sum(c.dump() == signer for c in certificates) != 1:
        return False
    try:
        loaded = [x509.load_der_x509_certificate(c.dump()) for c in certificates]
    except ValueError:
        return False
    return all(
        c.dump() == signer or any(issued(parent, child) for child in loaded if child is not parent)
        for c, parent in zip(certificates, loaded, strict=True)
    )


def _spellings(data: bytes) -> tuple[str, str]:
    return data.hex(), data.hex().upper()


def _der(data: bytes) -> tuple[bytes | None, bytes]:
    """The DER object at the beginning, and what stands behind it."""
    if len(data) < 4 or data[0] != 0x30:
        return None, b""
    length, at = data[1], 2
    if length & 0x80:
        count = length & 0x7F
        length, at = int.from_bytes(data[2 : 2 + count]), 2 + count
    if at + length > len(data):
        return None, b""
    return data[: at + length], data[at + length :]


def _certificates(trust: Sequence[bytes]) -> Iterator[Any]:
    from asn1crypto import pem, x509

    for data in trust:
        if pem.detect(data):
            for _, _, der in pem.unarmor(data, multiple=True):
                yield x509.Certificate.load(der)
        else:
            yield x509.Certificate.load(data)


@contextmanager
def _silent() -> Iterator[None]:
    """A signer that is not known is no event for the log: the check says so."""
    loggers = [logging.getLogger(name) for name in ("pyhanko", "pyhanko_certvalidator")]
    before = [(logger, logger.level) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in before:
            logger.setLevel(level)
