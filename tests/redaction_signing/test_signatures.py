"""Exports that are signed: intact and whole, found wherever a byte changes, refused where one can't sign."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import shutil
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import signers_made as made

from model.errors import UsageError, VerificationFailed
from model.findings import Check, Redaction
from model.geometry import Box
from redaction.export import Export, redact_file
from redaction.signing import Identity, Signing, from_files, local_identity
from redaction.verify import verify
from redaction.waiting import finished
from workflow import signing as choices

SECRET = "Quentin Zabriskie"
HEAD = (12, "ab" * 32)


def source() -> bytes:
    import pymupdf

    with pymupdf.open() as document:
        for _ in range(2):
            page = document.new_page(width=420, height=300)
            page.insert_text((36, 60), "Dear Sir, please write to Mr.", fontsize=12)
            page.insert_text((36, 84), f"{SECRET} about the matter.", fontsize=12)
        return bytes(document.tobytes())


BOXES = [Redaction(n, Box(35, 72, 136, 88), "third party", text=SECRET) for n in (1, 2)]


def signed(signing: Signing | None, **more: Any) -> Export:
    return redact_file(
        source(), "letter.pdf", BOXES, ledger_head=HEAD, reviewed=True, signing=signing, **more
    )


def failed(checks: list[Check]) -> dict[str, str]:
    return {c.name: c.detail for c in checks if not c.passed}


def detail(checks: list[Check], name: str) -> str:
    return next(c.detail for c in checks if c.name == name)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def export(here: Path) -> Export:
    return signed(Signing(local_identity(here)))


@pytest.mark.parametrize("certificate", ["pages", "file", "none"])
@pytest.mark.parametrize("mode", ["preserve", "flatten"])
def test_a_signed_export_is_whole_in_one_revision_and_proved(here: Path, certificate: str, mode: str) -> None:
    done = signed(Signing(local_identity(here)), certificate=certificate, mode=mode)
    assert all(c.passed for c in done.checks)
    assert "signature" in {c.name for c in done.checks}
    checks = verify(done.pdf, source=source(), redactions=BOXES, told=done.report)
    assert failed(checks) == {}
    assert "Inkveil local identity" in detail(checks, "signature")
    assert "not known here" in detail(checks, "signature")
    assert done.pdf.count(b"startxref") == 1


def test_four_digits_in_a_signatures_times_are_no_leak(here: Path) -> None:
    """A secret of four digits stands by chance in the hex of a certificate: here those of its own dates."""
    import pymupdf

    digits = signed(Signing(local_identity(here))).pdf
    begin = digits.index(b"/Contents <") + 11
    held = bytes.fromhex(digits[begin : digits.index(b">", begin)].decode())
    year = next(held[i : i + 4].decode() for i in range(len(held)) if held[i : i + 4].isdigit())
    with pymupdf.open() as document:
        page = document.new_page(width=420, height=300)
        page.insert_text((36, 60), "Dear Sir, the door has the code", fontsize=12)
        page.insert_text((36, 84), f"{year} Zabriskie since May.", fontsize=12)
        data = bytes(document.tobytes())
    boxes = [Redaction(1, Box(35, 72, 118, 88), "security", text=f"{year} Zabriskie")]
    done = redact_file(data, "code.pdf", boxes, reviewed=True, signing=Signing(local_identity(here)))
    assert all(c.passed for c in done.checks)
    assert year.encode().hex().encode() in done.pdf


def test_others_find_the_signature_sound(export: Export, tmp_path: Path) -> None:
    """PyHanko's own reading of the whole file, and poppler's where it is installed."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    found = PdfFileReader(io.BytesIO(export.pdf)).embedded_signatures
    assert len(found) == 1
    status = finished(lambda: async_validate_pdf_signature(found[0], ValidationContext(allow_fetching=False)))
    assert (status.intact, status.valid, status.coverage.name) == (True, True, "ENTIRE_FILE")
    assert found[0].sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    if shutil.which("pdfsig") is not None:
        path = tmp_path / "signed.pdf"
        path.write_bytes(export.pdf)
        said = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False).stdout
        assert "Signature is Valid" in said
        assert "Total document signed" in said


def test_a_changed_byte_is_found_wherever_it_is(export: Export) -> None:
    data = export.pdf
    start = data.index(b"/Contents <") + 11
    places = {
        "head": 6, "content": data.index(b"stream") + 20, "range": data.index(b"/ByteRange") + 14,
        "signature": start + 40, "certificate": start + 900, "table": data.rindex(b"startxref") + 12,
        "middle": len(data) // 2, "time": data.index(b"D:20") + 5,
    }  # fmt: skip
    for what, at in places.items():
        other = b"1" if data[at : at + 1] != b"1" else b"2"
        broken = data[:at] + other + data[at + 1 :]
        checks = failed(verify(broken, told=export.report))
        assert "signature" in checks or "opens" in checks, what
        assert "statement" in checks, what
    assert unfound_of(data, export, [*range(0, len(data), 1987), *range(start, start + 2400, 307)]) == []


@pytest.mark.slow
def test_many_changed_bytes_are_found(export: Export) -> None:
    data = export.pdf
    start = data.index(b"/Contents <") + 11
    assert unfound_of(data, export, [*range(0, len(data), 397), *range(start, start + 2400, 61)]) == []


def unfound_of(data: bytes, export: Export, places: list[int]) -> list[int]:
    """Those of the places where one changed bit is not found."""
    return [n for n in places if not failed(verify(data[:n] + bytes([data[n] ^ 1]) + data[n + 1 :]))]


def test_what_is_added_behind_or_beside_the_signature_is_found(export: Export) -> None:
    data = export.pdf
    assert "signature" in failed(verify(data + b"\n% more\n"))
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.Root.Lang = pikepdf.String("en")
        out = io.BytesIO()
        pdf.save(out)
    assert "signature" in failed(verify(out.getvalue()))
    end = data.index(b">", data.index(b"/Contents <"))
    assert data[end - 8 : end] == b"0" * 8  # the room that the signature did not need
    assert "signature" in failed(verify(data[: end - 8] + b"41424344" + data[end:]))


def test_a_field_with_anything_else_is_no_export_of_ours(export: Export) -> None:
    def with_change(change: Any) -> dict[str, str]:
        with pikepdf.open(io.BytesIO(export.pdf)) as pdf:
            change(pdf.Root.AcroForm)
            out = io.BytesIO()
            pdf.save(out)
        return failed(verify(out.getvalue()))

    def visible(form: Any) -> None:
        form.Fields[0].Rect = pikepdf.Array([0, 0, 100, 100])

    def named(form: Any) -> None:
        form.Fields[0].TU = pikepdf.String(SECRET)

    def scripted(form: Any) -> None:
        form.Fields[0].AA = pikepdf.Dictionary()

    def more(form: Any) -> None:
        form.DA = pikepdf.String("/Helv 0 Tf")

    for change in (visible, named, scripted, more):
        assert {"form_fields", "annotations"} & set(with_change(change)), change.__name__


def test_the_statement_says_what_the_report_says(export: Export) -> None:
    assert failed(verify(export.pdf, told=export.report)) == {}
    told: dict[str, Any] = json.loads(json.dumps(export.report))
    told["ledger"]["seq"] = 13
    assert "ledger_seq" in failed(verify(export.pdf, told=told))["statement"]
    told = json.loads(json.dumps(export.report))
    told["signature"]["statement"] = told["signature"]["statement"].replace(
        '"ledger_seq":12', '"ledger_seq":13'
    )
    assert "content was changed" in failed(verify(export.pdf, told=told))["statement"]
    told["signature"]["cms"] = base64.b64encode(b"nothing").decode()
    assert "statement" in failed(verify(export.pdf, told=told))
    del told["signature"]["cms"]
    assert "statement" in failed(verify(export.pdf, told=told))
    other = signed(None)
    assert "another file" in failed(verify(other.pdf, told=export.report))["statement"]
    assert failed(verify(other.pdf, told=other.report)) == {}


def test_a_signer_who_is_given_as_trusted_is_said_to_be(here: Path, export: Export) -> None:
    certificate, _ = choices.local_certificate(here)
    assert ", trusted," in detail(verify(export.pdf, trust=[certificate]), "signature")
    root = made.key()
    authority = made.certificate(root, "City Authority", ca=True)
    private = made.key("2048")
    own = made.certificate(private, "Records Office", issuer=(root, authority))
    path = here / "chain.pem"
    path.write_bytes(made.pem(own, private))
    done = signed(Signing(from_files(path)))
    assert ", trusted," in detail(verify(done.pdf, trust=[made.pem(authority)]), "signature")
    assert "not known here" in detail(verify(done.pdf), "signature")


def test_the_certificate_pages_name_the_signer(export: Export) -> None:
    import pymupdf

    with pymupdf.open(stream=export.pdf) as document:
        text = " ".join(page.get_text() for page in document)
    assert "Inkveil local identity" in text
    assert "The signature covers the whole file" in " ".join(text.split())


def test_a_time_stamp_is_asked_for_and_checked(here: Path) -> None:
    with made.time_stamp_server() as (url, authority, asked):
        done = signed(Signing(local_identity(here), url))
        assert asked
    checks = verify(done.pdf, told=done.report, trust=[made.pem(authority)])
    assert failed(checks) == {}
    assert "UTC by" in detail(checks, "timestamp")
    assert "Time Office" in detail(checks, "statement")
    assert {"signature", "timestamp"} <= {c.name for c in done.checks}


@pytest.mark.parametrize("answer", ["refuses", "garbage"])
def test_a_server_that_gives_no_time_stamp_is_an_error_in_words(here: Path, answer: str) -> None:
    with made.time_stamp_server(answer) as (url, _, _), pytest.raises(UsageError, match="no time stamp"):
        signed(Signing(local_identity(here), url))


def test_a_server_that_is_not_there_is_an_error_in_words(here: Path) -> None:
    with pytest.raises(UsageError, match="no time stamp"):
        signed(Signing(local_identity(here), "http://127.0.0.1:9/"))
    with pytest.raises(UsageError, match="http"):
        signed(Signing(local_identity(here), "ftp://nowhere"))


def test_no_socket_is_opened_unless_a_server_is_named(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a socket was opened")

    identity = local_identity(here)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    done = signed(Signing(identity))
    assert failed(verify(done.pdf, told=done.report)) == {}


def test_a_signer_whose_name_was_redacted_is_refused(tmp_path: Path) -> None:
    private = made.key()
    path = tmp_path / "own.pem"
    path.write_bytes(made.pem(made.certificate(private, SECRET), private))
    with pytest.raises(VerificationFailed, match="signer's certificate"):
        signed(Signing(from_files(path)))


def test_the_local_identity_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: local_identity(tmp_path).fingerprint, range(16)))
    assert len(set(found)) == 1
    path = tmp_path / ".identity" / "identity.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [p.name for p in path.parent.iterdir()] == ["identity.pem"]
    path.write_bytes(b"damaged")
    with pytest.raises(UsageError, match="backup"):
        local_identity(tmp_path)


def identities(folder: Path) -> dict[str, tuple[Any, str]]:
    """What can't sign: how it is opened, and what is said."""
    good, other, weak = made.key(), made.key(), made.key("1024")
    own = made.certificate(good)
    ended, later = made.certificate(good, begin=-9, end=-2), made.certificate(good, begin=5)
    files = {
        "ended": made.pem(ended, good), "later": made.pem(later, good), "other": made.pem(own, other),
        "weak": made.pem(made.certificate(weak), weak), "no key": made.pem(own),
        "locked": made.pem(own, good, password="right"),
        "no use": made.pem(made.certificate(good, sign=False), good), "nothing": b"-----BEGIN NOTHING-----\n",
        "garbage": b"\x00\x01garbage",
    }  # fmt: skip
    for name, data in files.items():
        (folder / name).write_bytes(data)
    made.p12(folder / "p12", good, own, [], "right")
    made.p12(folder / "keyless", None, None, [own], "right")
    opened = {
        "ended": "ended on", "later": "valid from", "weak": "too weak", "other": "does not belong",
        "no key": "key", "no use": "not made for signing", "nothing": "no certificate",
        "garbage": "no PKCS#12 file",
        "missing": "can't be read",
    }  # fmt: skip
    cases: dict[str, tuple[Any, str]] = {
        name: ((folder / name, None, None), said) for name, said in opened.items()
    }
    cases["locked without"] = ((folder / "locked", None, None), "encrypted")
    cases["locked wrong"] = ((folder / "locked", None, "wrong"), "password")
    cases["p12 without"] = ((folder / "p12", None, None), "password was not given")
    cases["p12 wrong"] = ((folder / "p12", None, "wrong"), "password is wrong")
    cases["keyless"] = ((folder / "keyless", None, "right"), "no key")
    return cases


def test_what_can_not_sign_says_why(tmp_path: Path) -> None:
    for name, (arguments, said) in identities(tmp_path).items():
        with pytest.raises(UsageError) as error:
            from_files(*arguments)
        assert said in str(error.value), name


def test_certificates_sign_from_files_of_every_kind(tmp_path: Path) -> None:
    private = made.key("2048")
    own = made.certificate(private, "記録室")
    made.p12(tmp_path / "a.p12", private, own, [], "right")
    (tmp_path / "a.pem").write_bytes(made.pem(own))
    (tmp_path / "key.pem").write_bytes(made.pem(private, password="right"))
    kinds: list[Identity] = [
        from_files(tmp_path / "a.p12", None, "right"),
        from_files(tmp_path / "a.pem", tmp_path / "key.pem", "right"),
    ]
    for identity in kinds:
        done = signed(Signing(identity))
        checks = verify(done.pdf, told=done.report)
        assert failed(checks) == {}
        assert "記録室" in detail(checks, "signature")


def test_a_sources_signature_is_said_to_be_lost(here: Path, export: Export) -> None:
    again = redact_file(export.pdf, "signed.pdf", [Redaction(1, Box(36, 50, 70, 64), "x")])
    assert again.report["source_signatures"] == 1
    assert "AcroForm" not in repr(pikepdf.open(io.BytesIO(again.pdf)).Root.keys())
    assert signed(None).report["source_signatures"] == 0


def test_a_token_signs_where_its_key_never_leaves_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = Path("/usr/lib/softhsm/libsofthsm2.so")
    pkcs11 = pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed (the extra pkcs11)")
    if not module.exists() or shutil.which("softhsm2-util") is None:
        pytest.skip("SoftHSM is not installed")
    (tmp_path / "tokens").mkdir()
    conf = tmp_path / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {tmp_path / 'tokens'}\nobjectstore.backend = file\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(conf))
    for command in (
        ["--init-token", "--free", "--label", "office", "--so-pin", "5678", "--pin", "1234"],
        [
            "--import",
            str(tmp_path / "key.pem"),
            "--token",
            "office",
            "--label",
            "clerk",
            "--id",
            "01",
            "--pin",
            "1234",
        ],
    ):
        if command[0] == "--import":
            private = made.key("2048")
            (tmp_path / "key.pem").write_bytes(made.pem(private))
        subprocess.run(["softhsm2-util", *command], check=True, capture_output=True)
    from cryptography.hazmat.primitives.serialization import Encoding
    from pkcs11.util.x509 import decode_x509_certificate

    own = made.certificate(private, "Clerk of the Court")
    library = pkcs11.lib(str(module))
    with library.get_token(token_label="office").open(rw=True, user_pin="1234") as session:
        values = decode_x509_certificate(own.public_bytes(Encoding.DER))
        session.create_object(
            {
                **values,
                pkcs11.Attribute.LABEL: "clerk",
                pkcs11.Attribute.ID: b"\x01",
                pkcs11.Attribute.TOKEN: True,
            }
        )
    (tmp_path / "pin").write_text("1234\n")
    (tmp_path / "wrong").write_text("9999\n")

    def token(
        name: str = "office", label: str = "clerk", pin: str = "pin", lib: Path = module
    ) -> choices.Choice:
        return choices.Choice(
            "token", module=str(lib), token=name, label=label, password_file=str(tmp_path / pin)
        )

    with choices.opened(token(), tmp_path) as signing:
        assert signing is not None
        done = signed(signing)
    checks = verify(done.pdf, told=done.report)
    assert failed(checks) == {}
    assert "Clerk of the Court" in detail(checks, "signature")

    async def inside() -> Export:
        with choices.opened(token(), tmp_path) as signing:
            assert signing is not None
            return signed(signing)

    assert failed(verify(asyncio.run(inside()).pdf)) == {}
    for wrong in (token(label="nobody"), token("nowhere"), token(pin="wrong"), token(lib=tmp_path / "no.so")):
        with pytest.raises(UsageError), choices.opened(wrong, tmp_path):
            pass


def test_the_commands_sign_and_check(tmp_path: Path) -> None:
    (tmp_path / "letter.pdf").write_bytes(source())
    boxes = [{"page": r.page, "rect": r.box.rounded(), "text": SECRET} for r in BOXES]
    (tmp_path / "boxes.json").write_text(json.dumps({"boxes": boxes}))
    private = made.key("2048")
    made.p12(tmp_path / "own.p12", private, made.certificate(private), [], "right")
    (tmp_path / "password").write_text("right\n")

    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        command = [sys.executable, "-m", "cli", *arguments, "--json", "--data", str(tmp_path / "data")]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=Path(__file__).resolve().parents[2],
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        return done.returncode, json.loads(done.stdout)

    letter, boxes_file, out, report = (
        str(tmp_path / n) for n in ("letter.pdf", "boxes.json", "out.pdf", "report.json")
    )
    make = ["redact", letter, "--out", out, "--boxes", boxes_file, "--report", report]
    code, answer = run(*make, "--sign", str(tmp_path / "own.p12"))
    assert code == 2
    assert "password" in answer["error"]["message"]
    assert not Path(out).exists()
    password = ["--sign-password-file", str(tmp_path / "password")]
    code, answer = run(*make, "--sign", str(tmp_path / "own.p12"), *password)
    assert code == 0
    assert answer["signature"]["signer"] == "CN=Records Office"
    code, answer = run("verify", out, "--report", report)
    assert code == 0
    assert {"signature", "statement"} <= {c["name"] for c in answer["checks"]}
    data = bytearray(Path(out).read_bytes())
    data[len(data) // 2] ^= 1
    Path(out).write_bytes(data)
    code, answer = run("verify", out, "--report", report)
    assert code == 5
    code, answer = run("signing", "--certificate", str(tmp_path / "own.pem"))
    assert code == 0
    assert answer["kind"] == "local"
    assert len(answer["fingerprint"]) == 64
    code, answer = run("signing", "--sign", str(tmp_path / "nowhere.p12"))
    assert code == 2
    code, answer = run("signing", "--sign", "none")
    assert code == 0
    assert answer["kind"] == "none"


def test_signing_and_checking_work_where_an_event_loop_runs(here: Path) -> None:
    """As in a notebook, or where a browser is driven from the same thread."""

    async def inside() -> dict[str, str]:
        done = signed(Signing(local_identity(here)))
        return failed(verify(done.pdf, told=done.report))

    assert asyncio.run(inside()) == {}
