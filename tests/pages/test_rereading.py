"""Reading again with chosen engines: what it takes is said first, and what must stay here stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import streamlit as st
from pages_made import body, labelled, png
from streamlit.testing.v1 import AppTest

from engines.remote import secrets
from storage import cloud, documents, work
from storage.project import Project
from workflow import cloud as rules
from workflow.reading import estimate, every_page, outlook, take_up

App = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key for Azure; no server is there, and none is called."""
    monkeypatch.setattr(secrets, "FILES", ())
    monkeypatch.setenv("INKVEIL_AZURE_ENDPOINT", "https://example.cognitiveservices.azure.com")
    monkeypatch.setenv("INKVEIL_AZURE_KEY", "invented-key")
    st.cache_data.clear()  # the list of engines, as another test may have left it


def test_time_and_money_are_said_before_the_button(
    app: App, read: documents.Document, project: Project
) -> None:
    rules.allow(project, "azure_read", "anna", options={"price_page": 0.01, "samples": 3})
    rules.set_budget(project, 0.05, "anna")
    page = app()
    page.checkbox[0].check().run()
    labelled(page.multiselect, "Engines").set_value(["azure_read", "tesseract"]).run()
    assert not page.exception
    assert "0.0600 USD" in body(page)  # two pages, three samples each, a cent a call
    assert "a usual time, none read here yet" in body(page)
    assert any("pass the budget: 0.0500 USD are left" in w.value for w in page.warning)
    before = work.states(project, read.id)
    assert {engine for _, engine in before} == {"pdf_text"}
    labelled(page.button, "Read again").click().run()
    assert not page.exception
    queued = {task for task, state in work.states(project, read.id).items() if state == "queued"}
    assert queued == {(n, e) for n in (1, 2) for e in ("azure_read", "tesseract")}


def test_without_a_choice_the_engines_that_read_it_read_again(
    app: App, read: documents.Document, project: Project
) -> None:
    page = app()
    page.checkbox[0].check().run()
    assert "as 2 readings here took" in body(page)
    labelled(page.button, "Read again").click().run()
    assert set(work.states(project, read.id).items()) == {((n, "pdf_text"), "queued") for n in (1, 2)}


def test_seconds_follow_from_this_projects_readings(read: documents.Document, project: Project) -> None:
    rows = project.db.conn.execute("SELECT seconds FROM readings WHERE engine = 'pdf_text'").fetchall()
    assert len(rows) == 2
    each = sum(row[0] for row in rows) / 2  # the median of two
    one = estimate(project, every_page([read], ["pdf_text"]), processes=1)
    assert one.parts[0].measured == 2
    assert one.seconds == pytest.approx(2 * each)
    assert one.cost == 0
    two = estimate(project, every_page([read], ["pdf_text"]), processes=2)
    assert two.seconds == pytest.approx(each)


def test_a_document_that_stays_is_neither_counted_nor_sent(
    read: documents.Document, project: Project
) -> None:
    other = documents.add(project, png(), "photo.png")
    rules.allow(project, "azure_read", "anna")
    cloud.set_local_only(project, read.id, True, "anna")
    both = [read, documents.get(project, other.id)]
    (part,) = estimate(project, every_page(both, ["azure_read"])).parts
    assert (part.pages, part.staying) == (1, 2)
    assert outlook(project, "azure_read").pages == 1
    for document in both:
        take_up(project, document, ["azure_read", "tesseract"])
    assert {e for _, e in work.states(project, read.id)} == {"pdf_text", "tesseract"}
    assert {e for _, e in work.states(project, other.id)} == {"azure_read", "tesseract"}


def test_an_engine_that_may_not_or_cannot_read_is_said_with_its_reason(
    read: documents.Document, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = estimate(project, every_page([read], ["azure_read"]))
    assert found.parts[0].pages == 0
    assert "not switched on for this project" in str(found.parts[0].reason)
    monkeypatch.delenv("INKVEIL_AZURE_KEY")
    monkeypatch.delenv("AZURE_API_KEY", raising=False)
    (part,) = estimate(project, every_page([read], ["azure_read"])).parts
    assert "INKVEIL_AZURE_KEY" in str(part.reason)
    assert (part.seconds, part.cost) == (0.0, 0.0)


def test_a_providers_calls_a_minute_stretch_the_time(project: Project) -> None:
    rules.allow(project, "azure_read", "anna")
    (few,) = estimate(project, {"azure_read": {"a": 10}}).parts
    (many,) = estimate(project, {"azure_read": {"a": 100_000}}).parts
    from engines.registry import get

    limit = get("azure_read").limits.per_minute  # type: ignore[attr-defined]
    assert many.seconds >= 60 * (100_000 / limit - 1)
    assert few.seconds < 60
