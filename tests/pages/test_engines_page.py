"""The page Engines under AppTest: administrators switch on and off there what leaves, with a budget."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from pages_made import body, labelled, png
from streamlit.testing.v1 import AppTest

from engines.remote import secrets
from storage import cloud, documents
from storage.project import Project
from workflow import cloud as rules

App = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key for Azure and none for Gemini; no server is there, and none is called."""
    monkeypatch.setattr(secrets, "FILES", ())
    for name in ("INKVEIL_GEMINI_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("INKVEIL_AZURE_ENDPOINT", "https://example.cognitiveservices.azure.com")
    monkeypatch.setenv("INKVEIL_AZURE_KEY", "invented-key")
    st.cache_data.clear()  # the list of engines, as another test may have left it


def test_an_engine_is_switched_on_with_its_region_and_off_again(app: App, project: Project) -> None:
    page = app("engines")
    assert not page.exception
    assert "No key set: INKVEIL_GEMINI_KEY" in body(page)
    assert "0.0015 USD" in body(page)
    assert "invented-key" not in body(page)
    labelled(page.text_input, "Region").set_value("westeurope")
    choice = next(
        s
        for s in page.selectbox
        if "azure_read" in s.options or "Azure Document Intelligence Read" in s.options
    )
    choice.set_value("azure_read")
    labelled(page.button, "Switch on").click().run()
    assert not page.exception
    allowed = cloud.allowances(project)["azure_read"]
    assert (allowed.provider, allowed.region) == ("Microsoft Azure", "westeurope")
    assert allowed.host == "example.cognitiveservices.azure.com"
    assert "Microsoft Azure, example.cognitiveservices.azure.com" in body(page)
    labelled(page.number_input, "Budget, USD").set_value(12.5)
    labelled(page.button, "Save").click().run()
    assert cloud.budget(project) == 12.5
    assert "0.00 of 12.50 USD spent" in body(page)
    labelled(page.button, "Switch off").click().run()
    assert cloud.allowances(project) == {}


def test_settings_are_given_with_the_allowance_and_counted_in_what_it_would_take(
    app: App, project: Project
) -> None:
    documents.add(project, png(), "photo.png")
    page = app("engines")
    choice = next(s for s in page.selectbox if "Azure Document Intelligence Read" in s.options)
    choice.set_value("azure_read")
    labelled(page.text_input, "Settings").set_value("samples=3, price_page=0.02")
    labelled(page.checkbox, "every page").check().run()
    assert not page.exception
    assert "For the 1 page that is here: about 15 s, 0.0600 USD." in body(page)
    labelled(page.button, "Switch on").click().run()
    allowed = cloud.allowances(project)["azure_read"]
    assert (dict(allowed.options), allowed.every_page) == ({"samples": 3, "price_page": 0.02}, True)
    assert "price_page=0.02, samples=3" in body(page)


def test_a_setting_that_is_none_is_said_and_changes_nothing(app: App, project: Project) -> None:
    page = app("engines")
    for wrong, says in (("samples", "write NAME=VALUE"), ("colour=red", "has no option colour")):
        labelled(page.text_input, "Settings").set_value(wrong)
        labelled(page.button, "Switch on").click().run()
        assert any(says in error.value for error in page.error)
    assert cloud.allowances(project) == {}


def test_a_trial_draws_boxes_or_shows_the_text_and_a_failure_is_not_kept(
    app: App, project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "engine.py"
    program.write_text(
        "import json, sys\nout = sys.argv[sys.argv.index('--output') + 1]\n"
        "json.dump({'results': ['read by an invented engine']}, open(out, 'w'))\n"
    )
    monkeypatch.setenv("INKVEIL_COMMAND_COMMAND", f"{sys.executable} {program}")
    monkeypatch.setenv("INKVEIL_COMMAND_PROVIDER", "Example Ltd")
    st.cache_data.clear()
    page = app("engines")
    trial = next(s for s in page.selectbox if "Tesseract" in s.options and "Own command" in s.options)
    trial.set_value("command").run()
    assert "Example Ltd will see this image." in body(page)
    labelled(page.button, "Read").click().run()
    assert any("not switched on for this project" in error.value for error in page.error)
    rules.allow(project, "command", "anna")
    labelled(page.button, "Read").click().run()
    assert not page.error
    assert "read by an invented engine" in body(page)
    assert "It gives no places for words" in body(page)
    monkeypatch.setenv("INKVEIL_COMMAND_PROVIDER", "local")
    next(s for s in page.selectbox if "Tesseract" in s.options).set_value("tesseract").run()
    assert "read by an invented engine" not in body(page)
    labelled(page.button, "Read").click().run()
    assert not page.error
    assert " words in " in body(page)
