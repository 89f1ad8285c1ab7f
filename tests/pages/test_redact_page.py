"""Findings to decisions: the desk's data, its route, drawn boxes, rules; all of it through the ledger."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from pages_made import NAME, PHONE
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from model.errors import UsageError
from model.geometry import Box
from pages import desk_data, judging
from redaction import decide, found, profiles, reasons
from redaction.plan import decisions, plan
from review import access
from review.session import load
from storage import documents, ledger, settings
from storage.project import Project

App = Callable[..., AppTest]


class Desk:
    """The desk's route as the browser sees it."""

    def __init__(self, project: Project, document: documents.Document) -> None:
        self.project, self.document = project, document
        self.client = TestClient(Starlette(routes=judging.routes()), base_url="http://127.0.0.1:8501")
        self.token = access.issue(project.path, actor="anna", session="s", host="127.0.0.1:8501")

    def post(self, body: object, **headers: str) -> Any:
        path = judging.path(self.project.path.name, self.document.id)
        return self.client.post(path, json=body, headers={"X-Inkveil-Token": self.token, **headers})

    def groups(self) -> list[dict[str, Any]]:
        events = ledger.events(self.project, self.document.id)
        pages = load(self.project, self.document.id).pages
        findings = found.look(self.project, self.document, pages)
        folded = decisions(events)
        return desk_data.groups(desk_data.everything(findings, folded), folded)

    def ids(self, text: str) -> list[str]:
        return [p["id"] for g in self.groups() if text in g["text"] for p in g["places"]]

    def states(self, text: str) -> set[str]:
        return {p["state"] for g in self.groups() if text in g["text"] for p in g["places"]}


@pytest.fixture
def desk(read: documents.Document, project: Project) -> Desk:
    return Desk(project, read)


def test_equal_words_are_one_group_with_all_their_places(desk: Desk) -> None:
    names = [g for g in desk.groups() if NAME in g["text"]]
    assert len(names) == 1
    assert [p["page"] for p in names[0]["places"]] == [1, 1, 2, 2]
    assert names[0]["type"] == "name"
    assert [len(g["places"]) for g in desk.groups() if PHONE in g["text"]] == [2]
    for place in names[0]["places"]:
        assert all(x0 < x1 and y0 < y1 for x0, y0, x1, y1 in place["boxes"])


def test_the_page_says_which_language_nobody_made_a_recogniser_for(
    app: App, read: documents.Document, project: Project
) -> None:
    documents.set_languages(project, read.id, ["en", "zu"], actor="anna")
    shown = app("redact", doc=read.id)
    assert "No recogniser was made for: zu" in " ".join(h.proto.body for h in shown.get("html"))


def test_approving_is_stored_once_and_makes_redactions(desk: Desk) -> None:
    body = {"kind": "approve", "findings": desk.ids(NAME), "reason": "third party", "key": "k1"}
    first, again = desk.post(body), desk.post(body)
    assert first.status_code == 200
    assert first.json() == again.json()
    assert len(first.json()["seqs"]) == 4
    events = [e for e in ledger.events(desk.project, desk.document.id) if e.kind == "approve_finding"]
    assert len(events) == 4
    assert {e.actor for e in events} == {"anna"}
    review = load(desk.project, desk.document.id)
    planned = plan(found.look(desk.project, desk.document, review.pages), events, review.pages)
    assert {r.reason for r in planned.redactions} == {"third party"}
    assert {r.page for r in planned.redactions} == {1, 2}
    assert desk.states(NAME) == {"approved"}
    assert desk.states(PHONE) == {"open"}


def test_undo_brings_back_what_was(desk: Desk) -> None:
    ids = desk.ids(PHONE)
    approved = desk.post({"kind": "approve", "findings": ids, "reason": "medical", "key": "a"}).json()["seqs"]
    rejected = desk.post({"kind": "reject", "findings": ids, "key": "r"}).json()["seqs"]
    assert desk.states(PHONE) == {"rejected"}
    assert desk.post({"kind": "undo", "targets": rejected, "key": "u1"}).status_code == 200
    assert desk.states(PHONE) == {"approved"}
    events = ledger.events(desk.project, desk.document.id)
    assert decide.undoable(events, "anna") == [approved]
    assert decide.undoable(events, "ben") == []
    assert desk.post({"kind": "undo", "targets": approved, "key": "u2"}).status_code == 200
    assert desk.states(PHONE) == {"open"}


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"kind": "approve", "findings": ["no such"], "reason": "", "key": "x"},
        {"kind": "approve", "findings": [], "reason": "", "key": "x"},
        {"kind": "approve", "findings": "all", "reason": "", "key": "x"},
        {"kind": "approve", "findings": ["x"], "reason": "r" * 201, "key": "x"},
        {"kind": "approve", "findings": ["x"], "reason": ""},
        {"kind": "exported", "findings": ["x"], "key": "x"},
        {"kind": "undo", "targets": [1], "key": "x"},
        {"kind": "undo", "targets": [True], "key": "x"},
        {"kind": "undo", "targets": "1", "key": "x"},
    ],
)
def test_what_is_no_decision_is_refused_and_not_stored(desk: Desk, body: object) -> None:
    before = ledger.head(desk.project, desk.document.id)
    answer = desk.post(body)
    assert answer.status_code == 422
    assert answer.json()["error"]
    assert ledger.head(desk.project, desk.document.id) == before


def test_the_route_lets_in_the_page_that_was_opened_only(desk: Desk, project: Project) -> None:
    body = {"kind": "approve", "findings": desk.ids(NAME), "reason": "", "key": "k"}
    assert desk.post(body, **{"X-Inkveil-Token": ""}).status_code == 401
    assert desk.post(body, **{"X-Inkveil-Token": desk.token[:-4] + "AAAA"}).status_code == 401
    assert desk.post(body, Origin="http://evil.example").status_code == 403
    nobody = access.issue(project.path, actor="zoe", session="s", local=False, host="127.0.0.1:8501")
    assert desk.post(body, **{"X-Inkveil-Token": nobody}).status_code == 403
    assert desk.states(NAME) == {"open"}


def test_a_word_rule_finds_every_place_and_can_be_taken_back(desk: Desk) -> None:
    project, document = desk.project, desk.document
    assert desk.ids("funeral") == []
    decide.add_rule(project, document.id, "word", " funeral ", actor="anna", reason="security")
    assert len(desk.ids("funeral")) == 2
    rule = decisions(ledger.events(project, document.id)).rules[0]
    decide.remove_rule(
        project, document.id, {"id": rule.id, "kind": rule.kind, "value": rule.value}, actor="anna"
    )
    assert desk.ids("funeral") == []


@pytest.mark.parametrize(("kind", "value"), [("word", "  "), ("pattern", "(unclosed"), ("word", "x" * 201)])
def test_rules_that_cannot_work_are_refused(desk: Desk, kind: Any, value: str) -> None:
    with pytest.raises(UsageError):
        decide.add_rule(desk.project, desk.document.id, kind, value, actor="anna", reason="other")


def test_a_person_who_stays_is_not_open_any_more(desk: Desk) -> None:
    decide.keep_person(desk.project, desk.document.id, NAME, actor="anna")
    assert desk.ids(NAME) == []
    assert desk.ids(PHONE) != []


def test_drawn_boxes_come_and_go(desk: Desk) -> None:
    project, document = desk.project, desk.document
    box = Box(100, 100, 200, 150)
    decide.add_box(project, document.id, 1, box, actor="anna", reason="other")
    drawn = desk_data.drawn(decisions(ledger.events(project, document.id)))
    assert [(d["page"], d["box"], d["reason"]) for d in drawn] == [(1, [100, 100, 200, 150], "other")]
    decide.remove_box(project, document.id, 1, drawn[0]["id"], actor="anna")
    assert desk_data.drawn(decisions(ledger.events(project, document.id))) == []
    with pytest.raises(UsageError):
        decide.add_box(project, document.id, 1, Box(5, 5, 6, 60), actor="anna", reason="other")


def test_reasons_can_be_edited(project: Project) -> None:
    assert reasons.codes(project)[0] == "personal data"
    reasons.set_reasons(project, ["Art. 9 GDPR |  Art. 9 | special categories", "", "other", "other"], "anna")
    first, second = reasons.of(project)
    assert (first.code, first.label, first.basis) == ("Art. 9 GDPR", "Art. 9", "special categories")
    assert second == reasons.Reason("other")
    for bad in (["  "], ["a | b | c | d"], ["| label"]):
        with pytest.raises(UsageError):
            reasons.set_reasons(project, bad, "anna")


def test_findings_are_searched_once_for_a_transcript(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = load(desk.project, desk.document.id).pages
    first = found.look(desk.project, desk.document, pages)
    calls = []
    monkeypatch.setattr("redaction.detect.find", lambda *given, **_: calls.append(given) or [])
    assert found.look(desk.project, desk.document, pages) == first
    assert calls == []
    decide.keep_person(desk.project, desk.document.id, uuid.uuid4().hex, actor="anna")
    found.look(desk.project, desk.document, pages)
    assert len(calls) == 1


def test_the_page_counts_what_is_undecided(app: App, desk: Desk) -> None:
    page = app("redact", doc=desk.document.id)
    assert not page.exception
    count = len(desk.groups())
    assert f"Export ({count} undecided)" in [b.label for b in page.button]
    desk.post({"kind": "reject", "findings": desk.ids(PHONE), "key": "k"})
    assert f"Export ({count - 1} undecided)" in [b.label for b in page.run().button]


@pytest.mark.parametrize("tab", ["By hand", "Words and patterns", "People who stay", "Also elsewhere"])
def test_every_panel_opens(app: App, desk: Desk, tab: str) -> None:
    page = app("redact", doc=desk.document.id)
    page.segmented_control(key="redact-tab").set_value(tab).run()
    assert not page.exception
    assert not page.error


def test_a_word_is_added_on_the_page(app: App, desk: Desk) -> None:
    page = app("redact", doc=desk.document.id)
    page.segmented_control(key="redact-tab").set_value("Words and patterns").run()
    next(f for f in page.text_input if f.label == "Find everywhere").input("office")
    page.button[[b.label for b in page.button].index("Add")].click().run()
    assert [r.value for r in decisions(ledger.events(desk.project, desk.document.id)).rules] == ["office"]
    assert any("office" in h.proto.body and "2 places" in h.proto.body for h in page.get("html"))


def test_without_a_document_the_page_leads_to_them(app: App) -> None:
    page = app("redact")
    assert not page.exception
    assert [b.label for b in page.button] == ["Documents"]


def test_a_profile_is_chosen_on_the_page(app: App, desk: Desk) -> None:
    project = desk.project
    page = app("redact", doc=desk.document.id)
    page.segmented_control(key="redact-tab").set_value("Words and patterns").run()
    assert not page.exception
    (pick,) = (s for s in page.selectbox if s.label.startswith("Profile"))
    pick.select("hipaa").run()
    assert not page.exception
    assert profiles.of(project).name == "hipaa"
    assert len(settings.history(project, profiles.SETTING)) == 1
    assert any(
        "Full-face photographs" in h.proto.body and "not covered" in h.proto.body for h in page.get("html")
    )


def test_the_desk_offers_the_profiles_reason_and_stores_its_label(desk: Desk) -> None:
    project, document = desk.project, desk.document
    assert desk.states(PHONE) == {"open"}
    profiles.choose(project, profiles.load("hipaa"), "anna")
    pages = load(project, document.id).pages
    findings = found.look(project, document, pages)
    groups = desk_data.groups(findings, decisions([]), profiles.of(project))
    assert {g["reason"] for g in groups if PHONE in g["text"]} == {"HIPAA (D)"}
    assert {g["reason"] for g in desk_data.groups(findings, decisions([]), profiles.builtin())} == {""}
    desk.post({"kind": "approve", "findings": desk.ids(PHONE), "reason": "HIPAA (D)", "key": "k1"})
    desk.post({"kind": "approve", "findings": desk.ids(NAME), "reason": "other", "key": "k2"})
    planned = plan(findings, ledger.events(project, document.id), pages)
    assert {(r.reason, r.label) for r in planned.redactions} == {("HIPAA (D)", "PHONE"), ("other", "")}


def test_another_profile_finds_other_things_and_leaves_decisions(desk: Desk) -> None:
    project, document = desk.project, desk.document
    desk.post({"kind": "approve", "findings": desk.ids(NAME), "reason": "other", "key": "k"})
    pages = load(project, document.id).pages
    found.look(project, document, pages)
    off = profiles.parse('title = "x"\n[types.PERSON]\nenabled = false\n', "numbers")
    profiles.choose(project, off, "anna")
    assert found.stored(project, document, pages) is None
    findings = found.look(project, document, pages)
    assert {f.type for f in findings} & {"PERSON"} == set()
    assert desk.ids(PHONE) != []
    planned = plan(findings, ledger.events(project, document.id), pages)
    assert len(planned.approved) == 4
    assert desk.states(NAME) == {"approved"}
