"""The local identity: a key and a certificate of this installation's own, made at first use.

It proves that exports come from the same installation and were not changed; who that is, its certificate
says to whoever was given it. The key never leaves its file.
"""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from model.errors import StorageFailed, UsageError
from redaction.signing.identity import Identity, simple_signer, usable

FOLDER: Final = ".identity"
FILE: Final = "identity.pem"
YEARS: Final = 10


def local_identity(data: Path, organisation: str = "") -> Identity:
    """The identity of the data directory, made where there is none. `organisation`: for a new one's subject.

    Two processes at once get the same one. Raises StorageFailed where it can't be written, UsageError
    where it can't be read any more.
    """
    path = data / FOLDER / FILE
    if not path.exists():
        _make(path, organisation)
    return _load(path)


def _load(path: Path) -> Identity:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        content = path.read_bytes()
        private = load_pem_private_key(content, None)
        chain = x509.load_pem_x509_certificates(content)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(
            f"The local identity ({FOLDER}/{FILE}) can't be read ({type(error).__name__}). Put it back from "
            "a backup, or move it away: a new one is made then."
        ) from None
    usable(private.public_key(), chain[0], "the local identity")
    return Identity(simple_signer(private, chain), chain[0], "local")


def _make(path: Path, organisation: str) -> None:
    """Writes the identity whole, unless somebody else was faster."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as out:  # mkstemp: readable by its owner only
                out.write(_new(organisation))
                out.flush()
                os.fsync(out.fileno())
            try:
                os.link(name, path)
            except FileExistsError:
                return
        finally:
            Path(name).unlink()
    except OSError as error:
        raise StorageFailed(
            f"The local identity could not be written ({error.strerror or type(error).__name__}). "
            "Nothing was signed."
        ) from None


def _new(organisation: str) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    private = ec.generate_private_key(ec.SECP256R1())
    serial = x509.random_serial_number()
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, f"Inkveil local identity {serial:x}"[:31])]
    if organisation.strip():
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation.strip()[:64]))
    name = x509.Name(parts)
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    certificate: Any = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(serial)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True, content_commitment=True, key_encipherment=False,
                data_encipherment=False, key_agreement=False, key_cert_sign=False, crl_sign=False,
                encipher_only=False, decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .sign(private, hashes.SHA256())
    )  # fmt: skip
    key = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return bytes(key) + bytes(certificate.public_bytes(Encoding.PEM))
