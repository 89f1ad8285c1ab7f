"""The accuracy page: calm while nothing is reviewed; then the table, its charts and their data, kept once."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from pages_made import TEXT, body
from streamlit.testing.v1 import AppTest

from evaluation.league import summary
from model.decisions import Decision
from model.words import Failure
from review.load import load
from storage import documents, ledger, readings
from storage.project import Project
from workflow import accuracy

App = Callable[..., AppTest]


def decide(
    project: Project, document: documents.Document, kind: str, page: int | None, **payload: object
) -> None:
    count = len(ledger.events(project, document.id))
    ledger.append(project, document.id, Decision(kind, page, payload, "anna", f"key-{count:08}"))


@pytest.fixture
def reviewed(read: documents.Document, project: Project) -> documents.Document:
    """The letter with one word corrected; page 1 approved; a second engine that read page 1 only."""
    own = readings.of_page(project, read.id, 1)[0]
    readings.add(project, read.id, 1, replace(own, engine="other", version="9", cost=0.25, seconds=2.0))
    readings.add_failure(project, read.id, Failure("third", "transient", "Too late.", 1))
    slot = next(s for s in load(project, read.id).pages[0].slots if s.text.startswith("funeral"))
    decide(
        project, read, "correct", 1, slot=slot.id, box=slot.box.rounded(), text="wedding.", before=slot.text
    )
    decide(project, read, "approve_page", 1)
    return read


def test_without_a_reviewed_page_it_says_what_comes(app: App, read: documents.Document) -> None:
    page = app("accuracy")
    assert not page.exception
    assert "No reviewed page yet." in body(page)
    assert [b.label for b in page.button] == ["Review"]
    assert not page.get("vega_lite_chart")


def test_the_table_and_the_charts_of_the_reviewed_pages(app: App, reviewed: documents.Document) -> None:
    page = app("accuracy")
    assert not page.exception
    assert not page.error
    table = body(page)
    assert "1 reviewed page, " in table
    assert "light + tight" in table
    assert "Merged, before decisions" in table
    assert "text layer" in table
    assert table.count("<tr>") == 1 + 4  # head, merged, two readings, the engine that failed
    assert len(page.get("vega_lite_chart")) == 3
    assert [s.value for s in page.subheader] == [
        "Review curve",
        "Reliability of the risk",
        "Cost against accuracy",
    ]
    page.toggle[0].set_value(False).run()
    assert body(page).count("<tr>") == 1 + 3
    page.multiselect[0].set_value([reviewed.id]).run()
    assert not page.exception
    assert "1 reviewed page, " in body(page)


def test_figures_follow_the_decisions(reviewed: documents.Document, project: Project) -> None:
    pages = accuracy.reviewed_pages(project)
    assert [(p.document.id, p.number) for p in pages] == [(reviewed.id, 1)]
    found = summary(accuracy.results(project, pages))
    rows = {row.name: row for row in found.rows}
    assert rows["pdf_text"].wer == rows["other"].wer == pytest.approx(1 / len(" ".join(TEXT).split()))
    assert rows["merged"].cost == 0.25
    assert (found.decided, found.errors) == (1, 1)

    kept = list((project.path / "cache" / "accuracy" / reviewed.id).iterdir())
    assert len(kept) == 1
    assert b"funeral" not in kept[0].read_bytes()
    decide(project, reviewed, "reopen_page", 1)
    assert accuracy.reviewed_pages(project) == []
    decide(project, reviewed, "approve_document", None)
    assert [p.number for p in accuracy.reviewed_pages(project)] == [1, 2]
    decide(project, reviewed, "undo", None, target=ledger.head(project, reviewed.id)[0])
    assert accuracy.reviewed_pages(project) == []


def test_a_damaged_or_lost_cache_comes_back(reviewed: documents.Document, project: Project) -> None:
    pages = accuracy.reviewed_pages(project)
    first = summary(accuracy.results(project, pages))
    (kept,) = (project.path / "cache" / "accuracy" / reviewed.id).iterdir()
    for damage in (b"", b"[]", b'{"entries": [{}]}'):
        kept.write_bytes(damage)
        accuracy._memory.clear()
        assert summary(accuracy.results(project, pages)) == first
        assert kept.read_bytes() != damage


def test_the_table_as_csv_says_what_makes_it_comparable(
    reviewed: documents.Document, project: Project
) -> None:
    found = summary(accuracy.results(project, accuracy.reviewed_pages(project)))
    data = accuracy.league_csv(found.rows_with_failures, pages=found.pages, failures_as_empty=True)
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert {r["engine"] for r in rows} == {"merged", "pdf_text", "other", "third"}
    third = next(r for r in rows if r["engine"] == "third")
    assert (third["failed"], third["cer"], third["reviewed_pages"]) == ("1", "1.000000", "1")
    assert all("light + tight" in r["normalisation"] and r["failures_as_empty"] == "True" for r in rows)
    assert accuracy.as_csv(("a",), [["=SUM(1)"], [-1.5]]) == "a\r\n'=SUM(1)\r\n-1.500000\r\n".encode(
        "utf-8-sig"
    )
