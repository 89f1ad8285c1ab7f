"""From bytes and boxes to a proved file: what is returned, what is refused, what is written."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from pathlib import Path

import pikepdf
import pymupdf
import pytest
import verify_made as made

from model.errors import PasswordNeeded, StorageFailed, Unreadable, UsageError, VerificationFailed
from model.findings import Check, Redaction
from model.geometry import Box
from redaction import certificate
from redaction.digest import pages_digest
from redaction.export import redact_file, refuse, write_atomically
from redaction.verify import verify


def text_of(pdf: bytes, page: int) -> str:
    with pymupdf.open(stream=pdf, filetype="pdf") as document:
        return str(document[page - 1].get_text())


def everything(pdf: bytes) -> bytes:
    """All inflated streams and all bytes of a file."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        streams = [
            value.read_bytes()
            for value in document.objects
            if isinstance(value, pikepdf.Stream) and str(value.get("/Filter", "")) != "/DCTDecode"
        ]
    return pdf + b"".join(streams)


@pytest.mark.parametrize("mode", ["preserve", "flatten"])
@pytest.mark.parametrize("kind", ["text", "scan"])
def test_an_export_is_proved_certified_and_the_same_each_time(kind: str, mode: str) -> None:
    case = made.text_case() if kind == "text" else made.scan_case()
    exports = [
        redact_file(
            case.source,
            "letter.pdf",
            case.redactions,
            mode=mode,
            reviewed=True,
            engines=("tesseract",),
            decided=[("R. Viewer", "2026-11-20T10:00:00.000Z")],
            ledger_head=(12, "ab" * 32),
        )
        for _ in range(2)
    ]
    export = exports[0]
    assert export.pdf == exports[1].pdf
    assert all(c.passed for c in export.checks)
    assert verify(export.pdf, source=case.source, redactions=case.redactions) == list(export.checks)
    raw = everything(export.pdf)
    for word in made.TOKENS:
        assert word.encode() not in raw
    report = export.report
    assert report["output_sha256"] == hashlib.sha256(export.pdf).hexdigest()
    assert report["source_sha256"] == hashlib.sha256(case.source).hexdigest()
    assert report["boxes"] == 1
    assert report["reviewed"] is True
    assert {"mode", "checks", "engines", "versions"} <= set(report)
    pages = report["pages"]
    told = text_of(export.pdf, pages + 1).replace("\n", "")
    assert certificate.TITLE in told
    assert report["pages_sha256"] in told
    assert pages_digest(export.pdf, pages) == report["pages_sha256"]
    for check in export.checks:
        assert check.name in {c["name"] for c in report["checks"]}


def test_the_digest_changes_with_one_changed_page() -> None:
    output = made.text_case().output
    changed = made.replaced("velvet", "velver")(output)
    assert pages_digest(output) == pages_digest(made.in_root("Lang", lambda _: pikepdf.String("en"))(output))
    assert pages_digest(output) != pages_digest(changed)
    assert pages_digest(output, 1) != pages_digest(output)


def test_a_certificate_says_what_was_checked_and_nothing_of_the_document() -> None:
    case = made.text_case()
    redactions = [
        Redaction(1, case.redactions[0].box, "§ 35 GDPR", text=made.SECRET, decided_by="Ingrid Mxyzptlk"),
        Redaction(2, Box(70, 80, 120, 95), "third party", decided_by="審査 太郎", decided_at="2026-11-20"),
    ]
    export = redact_file(case.source, "Mxyzptlk.pdf", redactions, certificate="file")
    assert export.certificate is not None
    with pymupdf.open(stream=export.certificate, filetype="pdf") as document:
        told = "".join(page.get_text() for page in document)
        fonts = [font for page in document for font in page.get_fonts()]
    assert "Mxyzptlk" not in told
    assert certificate.WITHHELD in told.replace("\n", " ")
    assert "審査 太郎" in told
    assert "§ 35 GDPR" in told
    assert "Unreviewed" in told
    assert all("+" in font[3] and font[1] != "n/a" for font in fonts), "fonts are embedded"
    for check in export.checks:
        assert certificate.ranges([1, 2, 3, 7]) == "1-3, 7"
        assert check.passed
    with pymupdf.open(stream=export.pdf, filetype="pdf") as document:
        assert document.page_count == 2
    assert "Mxyzptlk" not in str(export.report)


def test_many_boxes_fill_several_certificate_pages() -> None:
    redactions = [Redaction(1, Box(70, 80 + i, 90, 80.5 + i), "reason") for i in range(150)]
    facts = certificate.Facts("a" * 64, "b" * 64, 3, "flatten", redactions, True, [("opens", "It opens")], {})
    data = certificate.build(facts, lambda text: text)
    assert data == certificate.build(facts, lambda text: text)
    with pymupdf.open(stream=data, filetype="pdf") as document:
        assert document.page_count > 2
        for page in document:
            for word in page.get_text("words"):
                assert page.rect.contains(pymupdf.Rect(word[:4]))


def refused(redactions: list[Redaction], data: bytes | None = None, **options: object) -> str:
    source = made.text_case().source if data is None else data
    with pytest.raises((UsageError, Unreadable, PasswordNeeded)) as caught:
        redact_file(source, "letter.pdf", redactions, **options)  # type: ignore[arg-type]
    assert "letter.pdf" in caught.value.message or isinstance(caught.value, UsageError)
    return f"{type(caught.value).__name__}: {caught.value.message}"


def test_without_boxes_a_clean_copy_is_made() -> None:
    source = made.text_case().source
    export = redact_file(source, "letter.pdf", [], certificate="none")
    assert export.report["boxes"] == 0
    with pymupdf.open(stream=source) as before, pymupdf.open(stream=export.pdf) as after:
        assert [p.get_text("words") for p in after] == [p.get_text("words") for p in before]
        assert not after.metadata["author"]


def test_bad_calls_are_refused_in_words() -> None:
    good = Redaction(1, Box(10, 10, 40, 20), "x")
    assert "page 3, but the file has 2 pages" in refused([Redaction(3, good.box, "x")])
    assert "outside of the page" in refused([Redaction(1, Box(700, 10, 720, 20), "x")])
    assert "no area" in refused([Redaction(1, Box(10, 10, 10, 20), "x")])
    assert "Unreadable" in refused([good], b"")
    assert "Unreadable" in refused([good], b"just a text")
    assert "Unreadable" in refused([good], b"%PDF-1.7\nnothing in it")
    assert "UsageError" in refused([good], certificate="parchment")


def test_encrypted_sources_need_their_password() -> None:
    locked = made.by_pikepdf(lambda _: None, encryption=pikepdf.Encryption(owner="o", user="open sesame"))(
        made.text_case().source
    )
    box = list(made.text_case().redactions)
    assert "PasswordNeeded" in refused(box, locked)
    assert "PasswordNeeded" in refused(box, locked, password="wrong")
    export = redact_file(locked, "letter.pdf", box, password="open sesame")
    with pikepdf.open(io.BytesIO(export.pdf)) as document:
        assert not document.is_encrypted


def test_verification_failed_names_page_and_place() -> None:
    case = made.text_case()
    checks = verify(
        made.by_pikepdf(made.form_field)(case.output), source=case.source, redactions=case.redactions
    )
    with pytest.raises(VerificationFailed) as caught:
        refuse(checks, "letter.pdf")
    assert caught.value.message.startswith(
        "Nothing was written: the text under the box on page 1 can still be read in a form field "
        "(field 'patient')."
    )
    assert caught.value.page == 1
    refuse([Check("opens", True)], "letter.pdf")


def test_an_output_that_leaks_is_not_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    """apply replaced by one that draws a rectangle over live text: the export refuses."""
    from redaction import export as module
    from redaction.apply import Applied

    case = made.text_case()
    bad = made.before(made.show(made.SECRET, made.SECRET_X, made.SECRET_Y))(case.output)
    monkeypatch.setattr(module, "apply", lambda *_, **__: Applied(bad, "preserve", 2, ()))
    with pytest.raises(VerificationFailed, match=r"page 1"):
        redact_file(case.source, "letter.pdf", case.redactions)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out.pdf"
    write_atomically(target, b"first")
    write_atomically(target, b"second")
    assert target.read_bytes() == b"second"

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFailed, match=r"out\.pdf"):
        write_atomically(target, b"third")
    assert target.read_bytes() == b"second"
    assert [p.name for p in tmp_path.iterdir()] == ["out.pdf"]
    with pytest.raises(StorageFailed):
        write_atomically(tmp_path / "no" / "such" / "folder.pdf", b"x")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    real = os.open("/dev/full", os.O_WRONLY)
    monkeypatch.setattr(tempfile, "mkstemp", lambda **_: (real, str(tmp_path / ".out.part")))
    with pytest.raises(StorageFailed, match="space"):
        write_atomically(tmp_path / "out.pdf", b"x" * 100_000)
    assert list(tmp_path.iterdir()) == []
