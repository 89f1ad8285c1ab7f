"""A key on a smart card or in a hardware module (PKCS#11): it signs there and never leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model.errors import UsageError
from redaction.signing.identity import Identity, usable
from redaction.waiting import finished


@contextmanager
def token_identity(module: Path, token: str | None, label: str | None, pin: str | None) -> Iterator[Identity]:
    """The identity of a token while its session is open. `label`: of the certificate and its key.

    Raises UsageError where PKCS#11 is not installed, the module, the token or the certificate is not there,
    or the PIN is wrong.
    """
    try:
        from pkcs11.exceptions import PKCS11Error
        from pyhanko.config.pkcs11 import TokenCriteria
        from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session
    except ImportError:
        raise UsageError("Signing with a token needs: pip install 'inkveil[pkcs11]'.") from None
    from cryptography import x509

    try:
        criteria = TokenCriteria(label=token) if token else None
        session = open_pkcs11_session(str(module), token_criteria=criteria, user_pin=pin)
    except (PKCS11Error, OSError, RuntimeError) as error:
        what = type(error).__name__
        raise UsageError(
            f"The token of {module.name} can't be opened ({what}): check its name and PIN."
        ) from None
    with session:
        signer = PKCS11Signer(session, cert_label=label, other_certs_to_pull=())
        try:
            finished(signer.ensure_objects_loaded)
            found = signer.signing_cert
        except (PKCS11Error, ValueError, RuntimeError) as error:
            what = type(error).__name__
            raise UsageError(f"The token holds no certificate and key named {label} ({what}).") from None
        if found is None:
            raise UsageError(f"The token holds no certificate named {label}.")
        certificate = x509.load_der_x509_certificate(found.dump())
        usable(certificate.public_key(), certificate, f"the token ({label})")
        yield Identity(signer, certificate, "token")
