"""A person confirmed in one document is found in the others of the project, and approved there at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pymupdf
import pytest
from conftest import ROOT
from pages_made import NAME, PHONE
from streamlit.testing.v1 import AppTest

from model.findings import Finding
from redaction import decide, found, stay
from redaction.plan import plan
from review.session import load
from storage import documents, ledger
from storage.project import Project
from workflow import spreading

App = Callable[..., AppTest]
LINES = (
    "Minutes of the committee on drains and roads.",
    "the remark of Aglor was noted, and the drains were discussed;",
    "the letter of agler. Agler left at nine.",
    "The telephone 0187-496-0314 did not answer.",
    "Ms. Petra Agler was present.",
)


@pytest.fixture
def other(read: documents.Document, project: Project, data: Path) -> documents.Document:
    """A second document, read, in the letter's project."""
    with pymupdf.open() as made:
        page = made.new_page(width=480, height=300)
        for row, line in enumerate(LINES):
            page.insert_text((36, 60 + 24 * row), line, fontsize=12)
        content = bytes(made.tobytes())
    added = documents.add(project, content, "minutes.pdf", actor="anna", languages=["en"])
    command = [sys.executable, "-m", "cli", "worker", "--once", "--processes", "1"]
    subprocess.run([*command, "--data", str(data)], cwd=ROOT, check=True, capture_output=True, timeout=120)
    return added


def look(project: Project, document: documents.Document) -> list[Finding]:
    return found.look(project, document, load(project, document.id).pages)


def approve(project: Project, document: documents.Document, text: str, reason: str = "third party") -> None:
    chosen = [f for f in look(project, document) if f.text == text]
    assert chosen
    decide.judge(project, document.id, chosen, "approve", actor="anna", reason=reason)


def open_texts(project: Project, document: documents.Document) -> set[str]:
    pages = load(project, document.id).pages
    planned = plan(look(project, document), ledger.events(project, document.id), pages)
    return {f.text for f in planned.undecided}


def test_a_confirmed_person_is_found_in_the_other_documents(
    read: documents.Document, other: documents.Document, project: Project
) -> None:
    before = {(f.text, f.recogniser) for f in look(project, other)}
    stamp = found.stamp(project, other.id)
    approve(project, read, NAME)
    approve(project, read, PHONE)
    assert found.stamp(project, other.id) != stamp
    after = look(project, other)
    added = {(f.text, f.recogniser) for f in after} - before
    assert after == look(project, other), "the same again, from what is kept"
    texts = {f.text for f in after}
    assert any("Aglor" in t for t in texts)
    assert any("Petra Agler" in t for t in texts)
    assert any(r in ("name:project", "value:project") for _, r in added) or added == set()
    assert [f for f in after if f.text == "James Agler"] == []


def test_places_are_approved_everywhere_at_once_but_nobody_elses(
    read: documents.Document, other: documents.Document, project: Project
) -> None:
    look(project, other)
    approve(project, read, NAME)
    ((one,),) = [list(each or ()) for each in spreading.places(project, read.id)]
    assert one.document == other.id
    forms = {f.text for f in one.findings}
    assert forms == {"Aglor", "Agler"}
    assert spreading.approve(project, read.id, "PERSON", NAME, actor="berta") == len(one.findings)
    assert not forms & open_texts(project, other)
    assert any("Petra" in t for t in open_texts(project, other)), "another person of the same family"
    events = [e for e in ledger.events(project, other.id) if e.kind == "approve_finding"]
    assert {e.actor for e in events} == {"berta"}
    assert {e.payload["reason"] for e in events} == {"third party"}
    assert [list(each or ()) for each in spreading.places(project, read.id)] == [[]]
    assert spreading.approve(project, read.id, "PERSON", NAME, actor="berta") == 0


def test_the_page_offers_them_as_one_and_approves_with_one_press(
    app: App, read: documents.Document, other: documents.Document, project: Project
) -> None:
    look(project, other)
    approve(project, read, NAME)
    shown = app("redact", doc=read.id)
    shown.session_state["redact-tab"] = "elsewhere"
    shown.run()
    assert not shown.exception
    said = " ".join(h.proto.body for h in shown.get("html"))
    assert "minutes.pdf, page 1" in said
    assert "Aglor" in said
    button = next(b for b in shown.button if b.label.startswith("Approve there"))
    assert button.label == "Approve there (2)"
    button.click().run()
    assert not shown.exception
    assert not {"Aglor", "Agler"} & open_texts(project, other)
    assert not any(b.label.startswith("Approve there") for b in shown.button)


def test_the_projects_list_keeps_its_people_in_every_document(
    app: App, read: documents.Document, other: documents.Document, project: Project
) -> None:
    assert any("Petra" in t for t in open_texts(project, other))
    stay.set_list(project, ["Petra Agler"], "anna")
    assert not any("Petra" in t for t in open_texts(project, other))
    assert NAME in open_texts(project, read)
    shown = app("redact", doc=read.id)
    shown.session_state["redact-tab"] = "stay"
    shown.run()
    area = next(a for a in shown.text_area if a.value == "Petra Agler")
    area.set_value(f"Petra Agler\n{NAME}")
    next(b for b in shown.button if b.key == "save-stay").click().run()
    assert not shown.exception
    assert stay.of(project) == ["Petra Agler", NAME]
    assert NAME not in open_texts(project, read)
