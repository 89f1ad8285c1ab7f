"""Certificates and keys made for the tests, and a time-stamp server (RFC 3161) on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)


def key(kind: str = "ec") -> Any:
    return (
        ec.generate_private_key(ec.SECP256R1())
        if kind == "ec"
        else rsa.generate_private_key(65537, int(kind))
    )


def certificate(
    private: Any, name: str = "Records Office", *, issuer: tuple[Any, Any] | None = None, begin: int = -1,
    end: int = 365, sign: bool = True, ca: bool = False, purpose: Any = None,
) -> Any:  # fmt: skip
    """A certificate for the key; `issuer`: (key, certificate) of who signs it, itself where there is none."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[1].subject if issuer else subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begin * DAY)
        .not_valid_after(now + end * DAY)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(sign, sign, not sign, False, False, ca, ca, False, False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
    )
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
    return builder.sign(issuer[0] if issuer else private, hashes.SHA256())


def pem(*things: Any, password: str | None = None) -> bytes:
    """Certificates and keys one after the other."""
    out = b""
    lock = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    for thing in things:
        if hasattr(thing, "private_bytes"):
            out += thing.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)
        else:
            out += thing.public_bytes(Encoding.PEM)
    return out


def p12(path: Path, private: Any, own: Any, chain: list[Any], password: str) -> Path:
    lock = BestAvailableEncryption(password.encode())
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"x", private, own, chain, lock))
    return path


@contextmanager
def time_stamp_server(answer: str = "stamps") -> Iterator[tuple[str, Any, list[int]]]:
    """Its address, its certificate, the sizes of its requests. `answer`: stamps, refuses or garbage."""
    from pyhanko.keys.internal import (
        translate_pyca_cryptography_cert_to_asn1,
        translate_pyca_cryptography_key_to_asn1,
    )
    from pyhanko.sign.timestamps import DummyTimeStamper
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    private = key("2048")
    own = certificate(private, "Time Office", purpose=ExtendedKeyUsageOID.TIME_STAMPING)
    store = SimpleCertificateStore()
    store.register(translate_pyca_cryptography_cert_to_asn1(own))
    authority = DummyTimeStamper(
        translate_pyca_cryptography_cert_to_asn1(own), translate_pyca_cryptography_key_to_asn1(private), store
    )
    asked: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            from asn1crypto import tsp

            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(len(body))
            if answer == "garbage":
                reply = b"<html>not a time stamp</html>"
            elif answer == "refuses":
                reply = tsp.TimeStampResp({"status": {"status": "rejection"}}).dump()
            else:
                reply = authority.request_tsa_response(tsp.TimeStampReq.load(body)).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", own, asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
