"""Who signs: a certificate with its key, from a PKCS#12 file or PEM files, looked at before it is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from model.errors import UsageError

SMALLEST_RSA: Final = 2048
"""Bits; smaller keys can be broken."""
_PEM: Final = b"-----BEGIN"


@dataclass(frozen=True)
class Identity:
    """A signer of pyHanko's and the certificate that it signs with (cryptography.x509.Certificate)."""

    signer: Any
    certificate: Any
    origin: Literal["local", "file", "token"]

    @property
    def subject(self) -> str:
        return subject_of(self.certificate)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as hex digits."""
        from cryptography.hazmat.primitives import hashes

        return str(self.certificate.fingerprint(hashes.SHA256()).hex())


def subject_of(certificate: Any) -> str:
    """The certificate's subject, such as "CN=Records Office,O=City"."""
    return str(certificate.subject.rfc4514_string())


def from_files(certificate: Path, key: Path | None = None, password: str | None = None) -> Identity:
    """A PKCS#12 file, or a PEM file of certificates (the signer's first) with the key in it or in `key`.

    Raises UsageError, saying what to do, for files that can't be read, a wrong or missing password, a key
    that does not fit, a certificate that may not sign, has ended or has not begun, and for weak keys.
    """
    data = _bytes(certificate)
    secret = password.encode() if password else None
    if data.lstrip().startswith(_PEM):
        private, chain = _pem(certificate, data, key, secret)
    elif key is not None:
        raise UsageError(f"{certificate.name} is no PEM file; a PKCS#12 file needs no --sign-key.")
    else:
        private, chain = _pkcs12(certificate, data, secret)
    usable(private.public_key(), chain[0], certificate.name)
    return Identity(simple_signer(private, chain), chain[0], "file")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path.name}: can't be read ({error.strerror}).") from None


def _pkcs12(path: Path, data: bytes, password: bytes | None) -> tuple[Any, list[Any]]:
    from cryptography.hazmat.primitives.serialization import pkcs12

    try:
        private, own, more = pkcs12.load_key_and_certificates(data, password)
    except ValueError:
        hint = "its password is wrong" if password else "its password was not given (--sign-password-file)"
        raise UsageError(f"{path.name} can't be opened: {hint}, or it is no PKCS#12 file.") from None
    if private is None or own is None:
        raise UsageError(f"{path.name} holds no {'key' if private is None else 'certificate'} to sign with.")
    return private, [own, *more]


def _pem(path: Path, data: bytes, key: Path | None, password: bytes | None) -> tuple[Any, list[Any]]:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        chain = x509.load_pem_x509_certificates(data)
    except ValueError:
        raise UsageError(f"{path.name} holds no certificate that can be read.") from None
    source, where = (_bytes(key), key.name) if key else (data, path.name)
    try:
        private = load_pem_private_key(source, password)
    except TypeError:
        hint = "is encrypted, and its password was not given" if password is None else "has no password"
        raise UsageError(f"The key in {where} {hint} (--sign-password-file).") from None
    except ValueError:
        hint = "can't be opened with this password" if password else "can't be read, or is not in it"
        raise UsageError(f"The key in {where} {hint} (--sign-key names another file).") from None
    return private, chain


def usable(public: Any, certificate: Any, name: str) -> None:
    """Raises UsageError for a certificate that this key can't, or should not, sign with."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import dsa, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    def encoded(one: Any) -> bytes:
        return bytes(one.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))

    if encoded(public) != encoded(certificate.public_key()):
        raise UsageError(f"The key does not belong to the certificate in {name}.")
    if isinstance(public, dsa.DSAPublicKey) or (
        isinstance(public, rsa.RSAPublicKey) and public.key_size < SMALLEST_RSA
    ):
        raise UsageError(f"The key of {name} is too weak: RSA needs at least {SMALLEST_RSA} bits.")
    now = datetime.now(UTC)
    if certificate.not_valid_after_utc < now:
        ended = certificate.not_valid_after_utc.date()
        raise UsageError(f"The certificate in {name} ended on {ended}: sign with one that is valid.")
    if certificate.not_valid_before_utc > now:
        begins = certificate.not_valid_before_utc.date()
        raise UsageError(f"The certificate in {name} is valid from {begins} on: sign with one that is valid.")
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not (usage.digital_signature or usage.content_commitment):
        raise UsageError(f"The certificate in {name} is not made for signing (its key usage).")


def simple_signer(private: Any, chain: Sequence[Any]) -> Any:
    """PyHanko's signer for a key and its certificates, the signer's own first."""
    from pyhanko.keys.internal import (
        translate_pyca_cryptography_cert_to_asn1,
        translate_pyca_cryptography_key_to_asn1,
    )
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    certificates = [translate_pyca_cryptography_cert_to_asn1(one) for one in chain]
    store.register_multiple(certificates[1:])  # the signer's own comes by itself
    return SimpleSigner(
        signing_cert=certificates[0],
        signing_key=translate_pyca_cryptography_key_to_asn1(private),
        cert_registry=store,
    )
