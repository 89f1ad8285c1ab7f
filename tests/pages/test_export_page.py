"""Export: what was approved is gone from PDF, transcript and log; the page and the ledger say so."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pymupdf
import pytest
from pages_made import NAME, PHONE, letter
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from model.errors import UsageError, VerificationFailed
from pages import common, desk_data, media
from redaction import decide, found
from redaction.attack.report import TITLES
from redaction.attack.visibility import place
from redaction.publish import public_name
from review.session import load
from storage import documents, exports, ledger
from storage.project import Project
from workflow import results, state
from workflow.publish import publish
from workflow.signing import Choice

App = Callable[..., AppTest]


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
        "letter.redacted.redaction-log.csv", "letter.redacted.redaction-log.pdf",
    }  # fmt: skip
    assert all(c.passed for c in done.checks)
    for name, content in done.files.items():
        text = pdf_text(content) if name.endswith(".pdf") else content.decode()
        assert "Agler" not in text
        assert "496 0314" not in text
        assert "funeral" in text or "redaction-log" in name
    event = ledger.events(project, approved.id)[-1]
    assert (event.kind, event.payload["mode"]) == ("exported", mode)
    stored = exports.list(project, approved.id)[0]
    assert event.payload["output_sha256"] == stored.sha256
    assert stored.report["reviewed"] is True
    assert stored.report["approved"] is False
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
        assert TITLES[check["name"]] in shown
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
    assert "Show the place on page 2" in [b.label for b in page.button]
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
    unsigned = Choice("none")
    first = publish(project, approved.id, certificate="none", actor="anna", sign=unsigned)
    second = publish(project, approved.id, certificate="none", actor="anna", sign=unsigned)
    assert first.files == second.files
    assert Path(first.export.path).read_bytes() == second.files["letter.redacted.pdf"]


def test_a_refusal_leads_to_its_place(app: App, read: documents.Document) -> None:
    box = place(np.array([10.0, 20.0, 110.4, 33.6]))
    found_there = f"Nothing was written: something can still be seen in the box on page 2 at {box}."
    page = app("export", doc=read.id)
    page.session_state["failure"] = (read.id, found_there, 2)
    page.run()
    lead = next(b for b in page.button if b.key == "to-place")
    assert lead.label == "Show the place on page 2"
    address = {"doc": read.id, "page": "2", "at": "10,20,110,34"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(common.st, "switch_page", lambda _, query_params: asked.update(query_params))
        asked: dict[str, str] = {}
        lead.click().run()
    assert asked == address


def test_the_desk_is_told_the_place_in_pixels(read: documents.Document, project: Project) -> None:
    pages = load(project, read.id).pages
    scale = pages[1].dpi / 72
    with pytest.MonkeyPatch.context() as patch:
        for at, wanted in (
            ("10,20,110,34", [v * scale for v in (10, 20, 110, 34)]),
            ("", None),
            ("x,1", None),
        ):
            patch.setattr(desk_data.st, "query_params", {"page": "2", "at": at})
            found_place = desk_data.goto(pages)
            assert found_place is not None
            assert found_place["page"] == 2
            assert found_place["box"] == (None if wanted is None else pytest.approx(wanted, abs=0.1))
        patch.setattr(desk_data.st, "query_params", {"page": "9"})
        assert desk_data.goto(pages) is None


def test_pages_that_nobody_has_read_are_said_so(app: App, project: Project) -> None:
    document = documents.add(project, letter(3), "unread.pdf")
    page = app("export", doc=document.id)
    assert [w.value for w in page.warning] == [
        "3 pages not read yet: nobody has looked for personal data there."
    ]


def test_the_transcript_comes_alone_in_every_format_and_masked(
    read: documents.Document, project: Project
) -> None:
    import io
    import zipfile

    from workflow.publish import transcript_zip

    everything = ["txt", "json", "csv", "hocr", "alto", "page"]
    data = transcript_zip(project, read.id, everything)
    assert data == transcript_zip(project, read.id, everything)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        assert len(names) == 5 + read.pages
        plain = archive.read("letter.txt").decode()
    findings = found.look(project, read, load(project, read.id).pages)
    assert NAME in plain
    chosen = [f for f in findings if f.text == NAME]
    decide.judge(project, read.id, chosen, "approve", actor="anna", reason="other")
    with zipfile.ZipFile(io.BytesIO(transcript_zip(project, read.id, everything))) as archive:
        texts = [archive.read(name).decode() for name in archive.namelist()]
    assert not [text for text in texts if NAME in text]
