"""The charts of the page Accuracy in a real Chromium, under the content security policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from conftest import PATIENCE
from made_document import add_document
from playwright.sync_api import Browser, expect
from test_pages import Watch

from model.decisions import Decision
from review.load import merged_pages
from storage import ledger
from storage.project import Project

if TYPE_CHECKING:
    from conftest import Server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def reviewed(shared: Server) -> Server:
    """Two pages, each misread word of the merge set right, both approved."""
    with Project.open(shared.data) as project:
        document, made = add_document(project)
        for page, truth in zip(merged_pages(project, document), made, strict=True):
            for number, slot in enumerate(page.slots):
                text, box = max(truth.words, key=lambda word: word[1].iou(slot.box))
                if slot.text == text or box.iou(slot.box) < 0.5:
                    continue
                payload = {"slot": slot.id, "box": slot.box.rounded(), "text": text, "before": slot.text}
                key = f"correct-{page.page}-{number:04}"
                ledger.append(project, document, Decision("correct", page.page, payload, "anna", key))
            approve = Decision("approve_page", page.page, {}, "anna", f"approve-{page.page:04}")
            ledger.append(project, document, approve)
    return shared


@pytest.mark.parametrize(
    ("width", "height", "scheme"), [(1280, 800, "light"), (1920, 1080, "dark")], ids=["1280", "1920"]
)
def test_charts_are_drawn_without_eval_and_fit(
    chromium: Browser, reviewed: Server, width: int, height: int, scheme: str
) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, base_url=reviewed.url
    )
    context.set_default_timeout(PATIENCE)
    tab = context.new_page()
    watch = Watch(tab)
    tab.goto("/accuracy")
    charts = tab.locator('[data-testid="stVegaLiteChart"] svg')
    expect(charts).to_have_count(3)
    for number in range(3):
        shown = charts.nth(number).bounding_box()
        assert shown is not None
        assert shown["width"] > 250
        assert shown["height"] > 200
        assert shown["y"] + shown["height"] <= height
    expect(charts.nth(0).locator(".mark-line path")).to_have_count(3)
    expect(charts.nth(2).get_by_text("Tesseract")).to_be_visible()
    expect(tab.locator(".iv-table tbody tr")).to_have_count(3)
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # Later, because what playwright itself evaluates is exempt from the policy.
    later = (
        "() => new Promise((say) => setTimeout(() => { try { say(eval('1')) } catch { say('refused') } }))"
    )
    assert tab.evaluate(later) == "refused"
    with tab.expect_download() as coming:
        tab.get_by_role("button", name="CSV").nth(1).click()
    lines = coming.value.path().read_text("utf-8-sig").splitlines()
    assert lines[0] == "curve,words_looked_at,errors_found"
    assert len(lines) == 1 + 3 * 51
    assert watch.heard == []
    context.close()
