"""The page Engines under AppTest: administrators switch on and off there what leaves, with a budget."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from engines.remote import secrets
from storage import cloud
from storage.project import Project

App = Callable[..., AppTest]


def body(page: AppTest) -> str:
    return " ".join(h.proto.body for h in page.get("html"))


def labelled(items: Any, label: str) -> Any:
    return next(item for item in items if item.label == label)


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key for Azure and none for Gemini; no server is there, and none is called."""
    monkeypatch.setattr(secrets, "FILES", ())
    for name in ("INKVEIL_GEMINI_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("INKVEIL_AZURE_ENDPOINT", "https://example.cognitiveservices.azure.com")
    monkeypatch.setenv("INKVEIL_AZURE_KEY", "invented-key")


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
