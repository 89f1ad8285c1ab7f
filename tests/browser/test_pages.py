"""The pages in a real Chromium: nothing the security policy forbids, no error in the console, both themes,
both sizes; files dropped in; progress without a reload; findings decided by keys; a file that is proved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import PATIENCE, until
from made_letter import Watch, letter, read
from playwright.sync_api import Browser, Page, expect

from storage import documents, work
from storage.project import Project

if TYPE_CHECKING:
    from conftest import Server

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
PAPER = {"light": "rgb(251, 250, 247)", "dark": "rgb(21, 24, 29)"}


@pytest.fixture(scope="module")
def letter_id(shared: Server) -> str:
    return read(shared)


@pytest.fixture(params=[(1280, 800, "light"), (1920, 1080, "dark")], ids=["1280-light", "1920-dark"])
def screen(request: pytest.FixtureRequest, chromium: Browser, shared: Server) -> Iterator[tuple[Page, str]]:
    width, height, scheme = request.param
    context = chromium.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, base_url=shared.url
    )
    context.set_default_timeout(PATIENCE)
    yield context.new_page(), scheme
    context.close()


READY = {
    "": "2 pages",
    "review": "Draw a missed word",
    "redact": "James Agler",
    "export": "Approved by",
    "audit": "chain verified",
    "engines": "On this machine",
    "accuracy": "No reviewed page yet",
}


def test_every_page_is_quiet_and_fits(screen: tuple[Page, str], letter_id: str) -> None:
    tab, scheme = screen
    watch = Watch(tab)
    for name, ready in READY.items():
        tab.goto(f"/{name}?doc={letter_id}")
        expect(tab.get_by_text(ready).first).to_be_visible()
        expect(tab.locator(".stException")).to_have_count(0)
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert (
            tab.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
            == PAPER[scheme]
        )
        expect(tab.get_by_text("Deploy", exact=True)).to_have_count(0)
    assert watch.heard == []


def test_the_policy_is_in_force(tab: Page, letter_id: str) -> None:
    tab.goto(f"/audit?doc={letter_id}")
    expect(tab.get_by_text("chain verified")).to_be_visible()
    tab.evaluate(
        "const made = document.createElement('script'); made.textContent = 'window.hostile = 1';"
        "document.head.append(made)"
    )
    assert tab.evaluate("window.hostile") is None
    foreign = "fetch('https://example.org/').then(() => 'sent', () => 'refused')"
    assert tab.evaluate(foreign) == "refused"


def test_dropped_files_each_get_their_answer(page: Page, served: Server) -> None:
    page.goto("/")
    expect(page.get_by_text("Letter, 1905")).to_be_visible()
    page.locator("input[type=file]").set_input_files(
        [
            {"name": "good.pdf", "mimeType": "application/pdf", "buffer": letter(3)},
            {"name": "empty.pdf", "mimeType": "application/pdf", "buffer": b""},
            {"name": "notes.pdf", "mimeType": "application/pdf", "buffer": b"text, not a PDF\n" * 20},
        ]
    )
    expect(page.locator(".iv-name", has_text="good.pdf")).to_be_visible()
    alerts = page.locator('[data-testid="stAlert"]')
    expect(alerts).to_have_count(2)
    expect(alerts.filter(has_text="empty.pdf")).to_have_count(1)
    expect(alerts.filter(has_text="notes.pdf")).to_have_count(1)
    with Project.open(served.data) as project:
        assert [d.name for d in documents.find(project)] == ["good.pdf"]


def test_progress_moves_without_a_reload_and_survives_one(page: Page, served: Server) -> None:
    with Project.open(served.data) as project:
        document = documents.add(project, letter(2), "long.pdf").id
        work.queue(project, document, [(1, "pdf_text"), (2, "pdf_text")])
        page.goto("/")
        expect(page.get_by_text("waiting to be read")).to_be_visible()
        claim = work.claim(project, work.worker_id())
        assert claim is not None
        expect(page.get_by_text("page 1 of 2, text layer")).to_be_visible()
        page.reload()
        expect(page.get_by_text("page 1 of 2, text layer")).to_be_visible()
        served.kill()
        served.start()
        page.reload()
        expect(page.get_by_text("page 1 of 2, text layer")).to_be_visible()
        work.finish(project, claim, "pdf_text", "done")
        expect(page.get_by_text("1 of 2 readings")).to_be_visible()


def test_clicks_that_come_late_leave_the_next_page_whole(tab: Page, letter_id: str) -> None:
    """A list that runs by itself, or a second click, asks once more when the next page is on its way."""
    for _ in range(4):
        tab.goto("/")
        button = tab.locator("button:enabled", has_text=re.compile(r"^\s*Review\s*$")).first
        button.wait_for()
        button.evaluate("(b) => { for (let n = 0; n < 40; n++) setTimeout(() => b.click(), 8 * n); }")
        tab.wait_for_url("**/review?*")
        tab.wait_for_timeout(1000)  # what came late has been dealt with
        until(tab, "b.slots.length > 0", 20.0)
