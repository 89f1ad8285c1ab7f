"""The audit page: everything that was decided, masked until asked for, and where a broken chain breaks."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sqlite3
from collections.abc import Callable

import pytest
from pages_made import NAME, body
from streamlit.testing.v1 import AppTest

from model.decisions import Event
from redaction import decide, found
from review.session import load
from storage import documents, ledger
from storage.ledger import canonical
from storage.project import Project
from workflow import trail

App = Callable[..., AppTest]


@pytest.fixture
def decided(read: documents.Document, project: Project) -> documents.Document:
    findings = found.look(project, read, load(project, read.id).pages)
    decide.judge(
        project, read.id, [f for f in findings if f.text == NAME], "approve", actor="anna", reason="other"
    )
    decide.keep_person(project, read.id, "Jane Stanford", actor="ben")
    return read


def test_texts_are_masked_until_asked_for(app: App, decided: documents.Document) -> None:
    page = app("audit", doc=decided.id)
    assert not page.exception
    assert "6 events, chain verified" in body(page)
    assert "approve finding, name, other" in body(page)
    assert "Agler" not in body(page)
    assert "Stanford" not in body(page)
    page.toggle[0].set_value(True).run()
    assert NAME in body(page)
    assert "Jane Stanford" in body(page)


def test_filters_by_person_page_and_kind(app: App, decided: documents.Document) -> None:
    page = app("audit", doc=decided.id)
    person, number, kind = page.multiselect
    assert person.options == ["anna", "ben"]
    person.set_value(["ben"]).run()
    assert "keep person" in body(page)
    assert "approve finding" not in body(page)
    person.set_value([])
    number.set_value([2]).run()
    assert body(page).count("approve finding") == 2
    number.set_value([])
    kind.set_value(["added"]).run()
    assert body(page).count("<tr>") == 2  # the head and one line


def test_a_single_changed_byte_is_found(app: App, decided: documents.Document, project: Project) -> None:
    project.close()
    with sqlite3.connect(project.path / "project.sqlite") as db:
        db.execute("DROP TRIGGER events_no_update")
        db.execute("UPDATE events SET payload = replace(payload, 'other', 'othes') WHERE seq = 3")
    db.close()
    page = app("audit", doc=decided.id)
    assert not page.exception
    assert "Event 3" in body(page)
    assert "chain verified" not in body(page)


def test_the_json_can_be_checked_without_inkveil(decided: documents.Document, project: Project) -> None:
    events = ledger.events(project, decided.id)
    data = json.loads(trail.as_json(decided, events))
    previous = "0" * 64
    for event in data["events"]:
        stored = event.pop("hash")
        assert event["previous_hash"] == previous
        assert hashlib.sha256(canonical(event).encode()).hexdigest() == stored
        previous = stored
    assert len(data["events"]) == len(events) == 6


def test_no_spreadsheet_runs_what_somebody_typed(decided: documents.Document, project: Project) -> None:
    decide.keep_person(project, decided.id, "=HYPERLINK(1)", actor="ben")
    events = ledger.events(project, decided.id)
    shown = list(csv.reader(io.StringIO(trail.as_csv(events, masked=False).decode("utf-8-sig"))))
    assert shown[-1][6] == "'=HYPERLINK(1)"
    assert all(len(row) == 8 for row in shown)
    hidden = trail.as_csv(events, masked=True).decode("utf-8-sig")
    assert "Agler" not in hidden
    assert "HYPERLINK" not in hidden


@pytest.mark.parametrize(
    ("kind", "payload", "before", "after"),
    [
        ("correct", {"before": "Jahn", "text": "John", "slot": "s", "box": [0, 0, 1, 1]}, "Jahn", "John"),
        ("split", {"parts": [{"text": "a"}, {"text": "b"}]}, "", "a | b"),
        ("move", {"before": [0, 0, 1, 1], "box": [1, 1, 2, 2]}, "", ""),
        ("delete", {"before": "gone"}, "gone", ""),
        ("undo", {"target": 4}, "", ""),
        ("add_rule", {"rule": {"kind": "word", "value": "secret"}}, "", "secret"),
    ],
)
def test_each_kind_has_its_words(kind: str, payload: dict[str, object], before: str, after: str) -> None:
    event = Event("d", 1, kind, None, payload, "anna", "2026-11-20T10:00:00.000Z", "k", "0" * 64, "f" * 64)
    line = trail.line(event, masked=False)
    assert (line.before, line.after) == (before, after)
    hidden = trail.line(event, masked=True)
    assert not set(hidden.before + hidden.after) - {"•", " "}
