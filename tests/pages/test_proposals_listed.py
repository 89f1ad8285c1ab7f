"""A stored scan's proposals: on the desk beside the findings, decided by the same keys, looked for once."""

from __future__ import annotations

import io
import sys
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from model.geometry import Box, Quad
from model.words import Reading, Word
from pages import desk_data, judging
from redaction import found, profiles, proposals
from redaction.plan import decisions, plan
from redaction.versions import Version, cut
from review import access
from review.session import load
from storage import documents, ledger, readings
from storage.project import Project

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

import made_proposals as made

NAME = "Wilhelmina Quarterstaff"


@pytest.fixture
def scan(project: Project) -> tuple[documents.Document, made.Made]:
    """A worn letter with a signature and a QR code, stored with a reading of its words."""
    page = made.letter(5, 110)
    made.signature(page, 5, (30, 240))
    made.qr(page, "https://example.org/5", (150, 225), 24)
    made.worn(page, 5)
    out = io.BytesIO()
    Image.fromarray(page.image).save(out, "PNG", dpi=(110, 110))
    document = documents.add(project, out.getvalue(), "scan.png", actor="anna", languages=["en"])
    height, width = page.image.shape[:2]
    texts = ["Mr.", *NAME.split(), *(["paper"] * (len(page.words) - 3))]
    words = [
        Word(text, Quad.from_box(Box.of(box)), 0.9, row)
        for row, (text, box) in enumerate(zip(texts, page.words, strict=True))
    ]
    readings.add(project, document.id, 1, Reading("tesseract", "5", width, height, tuple(words)))
    return document, page


class Desk:
    """The desk's data and its route, as the browser has them."""

    def __init__(self, project: Project, document: documents.Document) -> None:
        self.project, self.document = project, document
        self.client = TestClient(Starlette(routes=judging.routes()), base_url="http://127.0.0.1:8501")
        self.token = access.issue(project.path, actor="anna", session="s", host="127.0.0.1:8501")

    def groups(self) -> list[dict[str, Any]]:
        events = ledger.events(self.project, self.document.id)
        pages = load(self.project, self.document.id).pages
        folded = decisions(events)
        findings = found.look(self.project, self.document, pages)
        return desk_data.groups(desk_data.everything(findings, folded), folded, profiles.of(self.project))

    def post(self, kind: str, number: str) -> int:
        body = {"kind": kind, "findings": [number], "reason": "personal data", "key": uuid.uuid4().hex}
        path = judging.path(self.project.path.name, self.document.id)
        return self.client.post(path, json=body, headers={"X-Inkveil-Token": self.token}).status_code


def test_proposals_stand_after_the_findings_and_are_marked(
    project: Project, scan: tuple[documents.Document, made.Made]
) -> None:
    document, page = scan
    groups = Desk(project, document).groups()
    marks = [g for g in groups if g["proposal"]]
    assert {g["type"] for g in marks} == {"signature", "QR code"}
    assert groups[-len(marks) :] == marks
    assert all(g["places"][0]["explanation"] and g["places"][0]["state"] == "open" for g in marks)
    drawn = dict(page.marks)
    for group, kind in ((g, {"signature": "SIGNATURE", "QR code": "QR_CODE"}[g["type"]]) for g in marks):
        both = Box.of(group["places"][0]["boxes"][0]).intersection(Box.of(drawn[kind]))
        assert both is not None
        assert both.area >= 0.8 * Box.of(drawn[kind]).area


def test_they_are_approved_and_rejected_like_every_finding(
    project: Project, scan: tuple[documents.Document, made.Made]
) -> None:
    document, _ = scan
    desk = Desk(project, document)
    by_type = {g["type"]: g["places"][0]["id"] for g in desk.groups() if g["proposal"]}
    assert desk.post("approve", by_type["signature"]) == 200
    assert desk.post("reject", by_type["QR code"]) == 200
    states = {g["type"]: g["places"][0]["state"] for g in desk.groups() if g["proposal"]}
    assert states == {"signature": "approved", "QR code": "rejected"}
    pages = load(project, document.id).pages
    planned = plan(found.look(project, document, pages), ledger.events(project, document.id), pages)
    (box,) = planned.redactions
    assert (box.kind, box.text, box.decided_by) == ("SIGNATURE", None, "anna")
    assert planned.approved[0].proposal


def test_a_version_that_burns_the_undecided_unseen_leaves_proposals(
    project: Project, scan: tuple[documents.Document, made.Made]
) -> None:
    document, _ = scan
    pages = load(project, document.id).pages
    planned = plan(found.look(project, document, pages), [], pages)
    assert {f.proposal for f in planned.undecided} == {True, False}
    burnt = cut(Version("open", "Open", unseen=True), planned, pages, [], lambda _: {})
    assert {r.kind for r in burnt.redactions} == {f.type for f in planned.undecided if not f.proposal}


def test_they_are_looked_for_once_also_by_the_next_process(
    project: Project, scan: tuple[documents.Document, made.Made], monkeypatch: pytest.MonkeyPatch
) -> None:
    document, _ = scan
    pages = load(project, document.id).pages
    before = found.look(project, document, pages)
    searched: list[int] = []
    real = proposals.search
    monkeypatch.setattr(proposals, "search", lambda image, words: searched.append(1) or real(image, words))
    # A correction changes what is found in the text; the image stays as it was.
    slots = [replace(s, text="Agathe") if s.text == "Wilhelmina" else s for s in pages[0].slots]
    changed = [replace(pages[0], slots=tuple(slots))]
    after = found.look(project, document, changed)
    assert [f for f in after if f.proposal] == [f for f in before if f.proposal]
    assert [f.text for f in after if not f.proposal] != [f.text for f in before if not f.proposal]
    found._memories.clear()
    assert found.look(project, document, pages) == before
    assert searched == []
    # Another reading is another search.
    words = readings.of_page(project, document.id, 1)[0]
    readings.add(project, document.id, 1, words)
    found.look(project, document, pages)
    assert searched == [1]


def test_a_page_whose_image_is_gone_keeps_its_findings(
    project: Project, scan: tuple[documents.Document, made.Made]
) -> None:
    document, _ = scan
    pages = load(project, document.id).pages
    for path in project.path.rglob("*"):
        if path.is_file() and path.stat().st_size and ("blobs" in path.parts or path.suffix == ".jpg"):
            path.chmod(0o600)
            path.write_bytes(b"")
    findings = found.look(project, document, pages)
    assert {f.proposal for f in findings} == {False}
