"""Accessibility: axe on every page, the order of the focus, and what a screen reader is told."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from conftest import PATIENCE, Server, ask, until
from made_document import add_document
from playwright.sync_api import expect

from review import live
from review.edits import parse
from storage.project import Project
from workflow import team

pytestmark = pytest.mark.browser

AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text("utf-8")
PAGES = ("", "review", "redact", "export", "audit", "dashboard", "certify", "team", "engines", "accuracy")


@pytest.fixture(scope="module")
def filled(shared: Server) -> str:
    """A document of two pages, one of them approved, so that every page has something to show."""
    with Project.open(shared.data) as project:
        document, _ = add_document(project, pages=2, words=40, errors=0.3, seed=5)
        state = live.document(project, document)
        state.decide(parse({"kind": "approve_page", "page": 2, "key": "a" * 12}, state.sizes()), "ada")
        team.assign(project, document, "ada", "ada")
    return document


@pytest.fixture(params=["light", "dark"])
def reader(chromium: Any, shared: Server, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A tab without the page's content security policy, so that axe can be brought in."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 800},
        base_url=shared.url,
        color_scheme=request.param,
        bypass_csp=True,
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


AT_REST = """() => !document.querySelector('[data-stale="true"]') && document.getAnimations().every(
    (a) => a.playState !== 'running' || a.effect.getComputedTiming().iterations === Infinity)"""


def findings(page: Any) -> list[str]:
    """Serious and critical findings of axe, each with its rule, element and reason."""
    page.add_script_tag(content=AXE)
    found = page.evaluate("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations")
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:160]} {node['failureSummary'][:200]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


def settled(page: Any) -> None:
    page.wait_for_load_state()
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    end = time.monotonic() + PATIENCE / 1000
    while not page.evaluate(AT_REST):  # what is half faded out has a contrast of its own
        assert time.monotonic() < end
        page.wait_for_timeout(50)


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(reader: Any, filled: str, name: str) -> None:
    reader.goto(f"/{name}?doc={filled}")
    if name == "review":
        until(reader, "b.page && b.page.width && b.view.bitmap && b.mode === 'word'")
    settled(reader)
    assert findings(reader) == []


@pytest.mark.parametrize("state", ["keys", "groups", "done", "insert"])
def test_axe_finds_nothing_serious_in_the_workbench(reader: Any, filled: str, state: str) -> None:
    reader.goto(f"/review?doc={filled}")
    until(reader, "b.page && b.page.width && b.view.bitmap")
    if state == "keys":
        until(reader, "b.mode === 'word'")
        reader.keyboard.press("?")
        until(reader, "!b.desk.keys.hidden")
    elif state == "groups":
        reader.keyboard.press("Control+g")
        until(reader, "b.groups.shown")
        until(reader, "b.groups.cells.every((c) => c.img.naturalWidth > 0)")
    elif state == "done":
        reader.keyboard.press("PageDown")
        until(reader, "b.page.page === 2 && b.mode === 'done'")
    else:
        reader.keyboard.press("Control+i")
        until(reader, "b.mode === 'insert'")
    assert findings(reader) == []


def test_axe_finds_nothing_serious_before_the_first_document(chromium: Any, served: Server) -> None:
    context = chromium.new_context(base_url=served.url, bypass_csp=True)
    page = context.new_page()
    for name in PAGES:
        page.goto(f"/{name}")
        settled(page)
        assert findings(page) == [], name
    context.close()


def test_a_word_is_announced_with_its_risk_and_its_readings(tab: Any, filled: str) -> None:
    tab.goto(f"/review?doc={filled}")
    until(tab, "b.page && b.page.width && b.mode === 'word'")
    said, slot = ask(tab, "b.desk.live.textContent"), ask(tab, "b.slot")
    assert said.startswith(f"{slot['text'] or 'no word'}. ")
    assert ("probably wrong" if slot["mark"] == "high" else "doubtful") in said or slot["mark"] == "ghost"
    for number, (text, engines, _) in enumerate(slot["candidates"], 1):
        assert f"{number}: {text or 'no word'}" in said
        assert len(engines) >= 1
    live_region = tab.locator(".live")
    assert live_region.get_attribute("aria-live") == "polite"
    before = said
    tab.keyboard.press("Tab")
    until(tab, f"b.desk.live.textContent !== {before!r}")


def test_the_focus_goes_from_the_field_through_the_desk_and_back(tab: Any, filled: str) -> None:
    tab.goto(f"/review?doc={filled}")
    until(tab, "b.page && b.page.width && b.mode === 'word'")
    active = "(b.root.activeElement.dataset.action || b.root.activeElement.className)"
    assert "field" in ask(tab, active)
    tab.keyboard.press("Escape")
    assert ask(tab, active) == "accept"
    order = [ask(tab, active)]
    for _ in range(14):
        tab.keyboard.press("Tab")
        if not ask(tab, "Boolean(b.root.activeElement)"):
            break
        order.append(ask(tab, active))
    wanted = ["accept", "unsure", "delete", "insert", "merge", "split", "undo", "redo", "previous", "next"]
    assert order[: len(wanted)] == wanted
    assert "approve" in order
    outline = ask(tab, "getComputedStyle(b.root.activeElement || b.desk.field).outlineStyle")
    assert outline is not None
    for _ in range(20):
        if "field" in str(ask(tab, f"b.root.activeElement ? {active} : ''")):
            break
        tab.keyboard.press("Shift+Tab")
    assert "field" in ask(tab, active), "no trap: the way back is open"


@pytest.mark.parametrize("key", ["?", "Control+g"])
def test_a_dialog_keeps_the_focus_and_gives_it_back(tab: Any, filled: str, key: str) -> None:
    tab.goto(f"/review?doc={filled}")
    until(tab, "b.page && b.page.width && b.mode === 'word'")
    tab.keyboard.press(key)
    inside = "b.root.querySelector('.keys:not([hidden]), .groups:not([hidden])')"
    until(tab, f"Boolean({inside}) && {inside}.contains(b.root.activeElement)")
    for press in ["Tab"] * 6 + ["Shift+Tab"] * 9:
        tab.keyboard.press(press)
        assert ask(tab, f"{inside}.contains(b.root.activeElement)"), press
    tab.keyboard.press("Escape")
    until(tab, f"!{inside} && b.root.activeElement === b.desk.field")


def test_pages_have_titles_of_their_own_and_images_a_text(tab: Any, filled: str) -> None:
    titles = set()
    for name in PAGES:
        tab.goto(f"/{name}?doc={filled}")
        settled(tab)
        expect(tab).not_to_have_title("Streamlit")
        titles.add(tab.title())
        assert tab.locator("img:not([alt])").count() == 0
    assert len(titles) == len(PAGES)


@pytest.mark.parametrize(("wanted", "code"), [("en-GB", "en"), ("ja-JP", "ja")])
def test_every_page_says_which_language_it_is_in(
    chromium: Any, shared: Server, filled: str, wanted: str, code: str
) -> None:
    context = chromium.new_context(base_url=shared.url, locale=wanted)
    page = context.new_page()
    for name in PAGES:
        page.goto(f"/{name}?doc={filled}")
        settled(page)
        expect(page.locator("html")).to_have_attribute("lang", code)
    context.close()


def test_in_japanese_charts_samples_and_notes_are_japanese(
    chromium: Any, shared: Server, filled: str
) -> None:
    context = chromium.new_context(base_url=shared.url, locale="ja-JP")
    page = context.new_page()
    for name, said in (
        ("accuracy", "照合結果（決定前）"),
        ("audit", "adaへ"),
        ("audit", "連鎖は正しい"),
        ("", "遺言書、1914年"),
    ):
        page.goto(f"/{name}?doc={filled}")
        settled(page)
        expect(page.get_by_text(re.compile(said)).first).to_be_visible()
    page.goto(f"/accuracy?doc={filled}")
    settled(page)
    expect(page.get_by_text("表示リスク").first).to_be_attached()
    assert page.get_by_text("Stated risk").count() == 0
    context.close()


def test_at_twice_the_size_the_desk_can_still_be_used(chromium: Any, shared: Server, filled: str) -> None:
    context = chromium.new_context(viewport={"width": 640, "height": 400}, base_url=shared.url)
    page = context.new_page()  # 1280 x 800 at 200 % is a window of 640 x 400 CSS pixels
    page.goto(f"/review?doc={filled}")
    until(page, "b.page && b.page.width && b.mode === 'word'")
    box = page.locator(".field").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 640
    page.keyboard.type("big")
    assert ask(page, "b.desk.field.value") == "big"
    context.close()
