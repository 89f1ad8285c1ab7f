"""The panel of licences under AppTest: an administrator accepts there what an engine's makers forbid."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from storage import ledger
from storage.cloud import CHAIN
from storage.project import Project
from workflow import licences


def panel() -> None:
    """What the page Engines does with it."""
    from engines import registry
    from pages import common
    from pages import licences as shown
    from workflow import licences as rules

    shown.show(registry.describe(rules.accepted(common.project())))


@pytest.mark.usefixtures("data")
def test_a_licence_is_shown_accepted_and_withdrawn(project: Project) -> None:
    page = AppTest.from_function(panel, default_timeout=60).run()
    assert not page.exception
    body = " ".join(h.proto.body for h in page.get("html"))
    for part in (
        "YomiToku",
        "CC BY-NC-SA 4.0",
        "no commercial use",
        "https://creativecommons.org/",
        "Not accepted",
    ):
        assert part in body
    (button,) = page.button
    assert button.label == "Accept"
    page = button.click().run()
    assert not page.exception
    assert licences.accepted(project) == {"yomitoku"}
    (button,) = page.button
    assert button.label == "Withdraw"
    button.click().run()
    assert licences.accepted(project) == frozenset()
    assert [e.kind for e in ledger.events(project, CHAIN)] == ["accept_licence", "withdraw_licence"]
