"""What is signed: the finished PDF as a whole, and a statement about the ledger's head.

The PDF gets one invisible signature field in the same revision as everything else (ISO 32000-2, 12.8;
ETSI EN 319 142-1, PAdES B-B, with a time stamp B-T): no later revision, nothing outside the signed range but
the signature itself.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from model.errors import UsageError
from redaction.signing.identity import Identity
from redaction.waiting import finished

_FIELD: Final = "Signature"
_PLACE: Final = 9_999_999_999
"""Stands for the numbers of /ByteRange until they are known."""
_RANGE: Final = re.compile(rb"/ByteRange\s*\[\s*0\s+9999999999\s+9999999999\s+9999999999\s*\]")
SPARE: Final = 1024
"""Bytes beyond what a trial signature took."""
TIMEOUT: Final = 30
"""Seconds that a time-stamp server may take."""
Result = TypeVar("Result")


@dataclass(frozen=True)
class Signing:
    """With whom to sign, and where to have it time-stamped (RFC 3161), if anywhere."""

    identity: Identity
    timestamp_url: str | None = None

    def timestamper(self) -> Any:
        """PyHanko's client for the server, or None. Raises UsageError for what is no http address."""
        if self.timestamp_url is None:
            return None
        if not self.timestamp_url.startswith(("http://", "https://")):
            raise UsageError("A time-stamp server is named by its address, http:// or https://.")
        from pyhanko.sign.timestamps import HTTPTimeStamper

        return HTTPTimeStamper(self.timestamp_url, timeout=TIMEOUT)


def sign_pdf(
    pdf: Any, signing: Signing, *, save: Callable[[Any], bytes], when: datetime | None = None
) -> bytes:
    """The bytes of a pikepdf.Pdf with its signature. `save` writes it; `when`: the claimed time of signing.

    Raises UsageError where the time-stamp server does not answer as it should.
    """
    size = len(_cms(signing, hashlib.sha256().digest(), trial=True)) + SPARE
    _add_field(pdf, size, (when or datetime.now(UTC)).astimezone(UTC))
    data = bytearray(save(pdf))
    start, end = _fill_range(data, size)
    view = memoryview(data)
    digest = hashlib.sha256(view[:start])
    digest.update(view[end:])
    view.release()
    cms = _cms(signing, digest.digest())
    if len(cms) > size:  # a server may answer longer than it did at first
        raise UsageError("The signature does not fit its place: the time-stamp server's answer has grown.")
    data[start + 1 : start + 1 + 2 * len(cms)] = cms.hex().encode()
    return bytes(data)


def _add_field(pdf: Any, size: int, when: datetime) -> None:
    """An invisible signature field on the first page, with room for `size` bytes of CMS."""
    import pikepdf

    name, number = pikepdf.Name, [0, _PLACE, _PLACE, _PLACE]
    signature = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=name.Sig, Filter=name("/Adobe.PPKLite"), SubFilter=name("/ETSI.CAdES.detached"),
            ByteRange=pikepdf.Array(number), Contents=pikepdf.String(b"\0" * size),
            M=pikepdf.String(f"D:{when:%Y%m%d%H%M%S}Z"),
        )
    )  # fmt: skip
    page = pdf.pages[0].obj
    field = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=name.Annot, Subtype=name.Widget, FT=name.Sig, T=pikepdf.String(_FIELD), F=132,
            Rect=pikepdf.Array([0, 0, 0, 0]), P=page, V=signature,
        )
    )  # fmt: skip
    page.Annots = pikepdf.Array([*page.get("/Annots", []), field])
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]), SigFlags=3)


def _fill_range(data: bytearray, size: int) -> tuple[int, int]:
    """Writes /ByteRange; where the hex string of /Contents starts ("<") and ends (behind ">")."""
    ranges = list(_RANGE.finditer(data))
    contents = list(re.finditer(rb"/Contents\s*(<0{%d}>)" % (2 * size), data))
    if len(ranges) != 1 or len(contents) != 1:
        raise ValueError("the place of the signature is not in the file once")
    start, end = contents[0].span(1)
    first, last = ranges[0].span()
    written = b"/ByteRange [0 %d %d %d]" % (start, end, len(data) - end)
    data[first:last] = written.ljust(last - first)
    return start, end


def sign_statement(signing: Signing, facts: Mapping[str, Any]) -> dict[str, Any]:
    """A detached signature (CAdES) over `facts` as JSON, for the report: statement, signer, CMS in base64."""
    statement = json.dumps(dict(facts), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    cms = _cms(signing, hashlib.sha256(statement.encode()).digest(), pdf=False)
    return {
        "statement": statement,
        "cms": base64.b64encode(cms).decode(),
        "signer": signing.identity.subject,
        "fingerprint": signing.identity.fingerprint,
        "timestamped": signing.timestamp_url is not None,
    }


def _cms(signing: Signing, digest: bytes, *, trial: bool = False, pdf: bool = True) -> bytes:
    """The signature of a SHA-256 digest, DER. `trial`: of the same length, not signed."""
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.timestamps.common_utils import TimestampRequestError

    try:
        made = finished(
            lambda: signing.identity.signer.async_sign(
                digest,
                "sha256",
                dry_run=trial,
                use_pades=True,
                timestamper=signing.timestamper(),
                is_pdf_sig=pdf,
            )
        )
    except (TimestampRequestError, SigningError, TimeoutError, ValueError, TypeError, KeyError) as error:
        if signing.timestamp_url is None:
            raise UsageError(f"The key could not sign ({type(error).__name__}).") from None
        raise UsageError(
            f"The time-stamp server gave no time stamp ({type(error).__name__}). Nothing was signed or "
            "written; try again, or sign without it."
        ) from None
    return bytes(made.dump())
