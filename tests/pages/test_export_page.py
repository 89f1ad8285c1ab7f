"""Export: what was approved is gone from PDF, transcript and log; the page and the ledger say so."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pymupdf
import pytest
from pages_made import NAME, PHONE
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from model.errors import UsageError, VerificationFailed
from pages import media
from redaction import decide, found
from redaction.attack.report import BOX_CHECKS, FILE_CHECKS
from redaction.publish import public_name
from review.session import load
from storage import documents, exports, ledger
from storage.project import Project
from workflow import results, state
from workflow.publish import publish

App = Callable[..., AppTest]
SAID = dict(FILE_CHECKS + BOX_CHECKS)


@pytest.fixture
def approved(read: documents.Document, project: Project) -> documents.Document:
    """The letter with its name and telephone approved."""
    findings = found.look(project, read, load(project, read.id).pages)
    chosen = [f for f in findings if f.text in (NAME, PHONE)]
    assert len(chosen) == 6
    decide.judge(project, read.id, chosen, "approve", actor="anna", reason="third party")
    return read


def pdf_text(data: bytes) -> str:
    with pymupdf.open(stream=data) as made:
        return "\n".join(page.get_text() for page in made)


@pytest.mark.parametrize("mode", ["preserve", "flatten"])
def test_what_was_approved_is_gone_everywhere(
    approved: documents.Document, project: Project, mode: str
) -> None:
    done = publish(project, approved.id, mode="flatten" if mode == "flatten" else "preserve", actor="anna")
    assert set(done.files) == {
        "letter.redacted.pdf", "letter.txt", "letter.json", "letter.csv",
    }  # fmt: skip
    assert all(c.passed for c in done.checks)
    for name, content in done.files.items():
        text = pdf_text(content) if name.endswith(".pdf") else content.decode()
        assert "Agler" not in text
        assert "0314" not in text
        assert "funeral" in text
    event = ledger.events(project, approved.id)[-1]
    assert (event.kind, event.payload["mode"]) == ("exported", mode)
    stored = exports.list(project, approved.id)[0]
    assert event.payload["output_sha256"] == stored.sha256
    assert stored.report["reviewed"] is False
    assert "Agler" not in json.dumps(dict(stored.report))


def test_the_button_exports_and_shows_every_check(
    app: App, approved: documents.Document, project: Project
) -> None:
    page = app("export", doc=approved.id)
    assert not page.exception
    facts = " ".join(h.proto.body for h in page.get("html"))
    assert re.search(r"<dd>\d+ third party</dd>", facts)
    assert "anna" in facts
    button = next(b for b in page.button if b.label.startswith("Export"))
    button.click().run()
    assert not page.exception
    assert not page.error
    (stored,) = exports.list(project, approved.id)
    shown = " ".join(h.proto.body for h in page.get("html"))
    for check in stored.report["checks"]:
        assert SAID[check["name"]] in shown
    assert f"of {len(stored.report['checks'])} checks passed" in shown
    assert stored.sha256 in shown
    assert state.state(project, approved, wait=True).words.startswith("exported ")


def test_a_failed_verification_is_shown_with_its_place(
    app: App, approved: documents.Document, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise VerificationFailed("Nothing was written: text is left under the box on page 2.", page=2)

    monkeypatch.setattr("redaction.export.refuse", refuse)
    page = app("export", doc=approved.id)
    next(b for b in page.button if b.label.startswith("Export")).click().run()
    assert [e.value for e in page.error] == ["Nothing was written: text is left under the box on page 2."]
    assert "Page 2" in [b.label for b in page.button]
    assert list(exports.list(project, approved.id)) == []
    assert [e.kind for e in ledger.events(project, approved.id)][-1] == "approve_finding"


def test_without_boxes_a_clean_copy_leaves(app: App, read: documents.Document, project: Project) -> None:
    page = app("export", doc=read.id)
    assert not next(b for b in page.button if b.label.startswith("Export")).disabled
    assert publish(project, read.id).export.report["boxes"] == 0
    with pytest.raises(UsageError, match="no transcript format"):
        publish(project, read.id, formats=["docx"])


def test_the_files_come_by_signed_addresses_only(approved: documents.Document, project: Project) -> None:
    done = publish(project, approved.id, certificate="file", actor="anna")
    client = TestClient(Starlette(routes=media.routes()))
    number = done.export.id
    for name in ("pdf", "certificate", "report.json", *results.transcripts(done.export)):
        url = media.file_url(approved.id, number, name)
        answer = client.get(url)
        assert answer.status_code == 200, name
        assert "attachment" in answer.headers["content-disposition"]
        assert "no-store" in answer.headers["cache-control"]
        assert client.get(url.partition("?")[0]).status_code == 403
        assert client.get(url[:-1] + ("0" if url[-1] != "0" else "1")).status_code == 403
    for url in (media.page_url(approved.id, 1), media.result_url(approved.id, number, 2)):
        assert client.get(url).headers["content-type"] == "image/jpeg"
    for bad in ("../../project.sqlite", "passwd"):
        assert client.get(media.file_url(approved.id, number, bad)).status_code in (403, 404)
    assert client.get(media.page_url(approved.id, 99)).status_code == 404
    assert client.get(media.page_url("nothing", 1)).status_code == 404


def test_a_name_in_the_files_name_does_not_travel() -> None:
    from model.findings import Redaction
    from model.geometry import Box

    box = Redaction(1, Box(0, 0, 1, 1), "x", text="James Agler")
    assert public_name("letter of agler.pdf", [box], "abcdef0123456789") == "document-abcdef01.pdf"
    assert public_name("letter.pdf", [box], "abcdef0123456789") == "letter.pdf"


def test_the_same_decisions_give_the_same_bytes(approved: documents.Document, project: Project) -> None:
    first = publish(project, approved.id, certificate="none", actor="anna")
    second = publish(project, approved.id, certificate="none", actor="anna")
    assert first.files == second.files
    assert Path(first.export.path).read_bytes() == second.files["letter.redacted.pdf"]
