"""The pages in a real Chromium: nothing the security policy forbids, no error in the console, both themes,
both sizes; files dropped in; progress without a reload; findings decided by keys; a file that is proved."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pymupdf
import pytest
from conftest import until
from playwright.sync_api import Browser, Page, expect

from model.geometry import Box
from redaction import decide, profiles
from redaction.plan import decisions
from storage import documents, exports, ledger, settings, work
from storage.project import Project

if TYPE_CHECKING:
    from conftest import Server

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
expect.set_options(timeout=20_000)
PAPER = {"light": "rgb(251, 250, 247)", "dark": "rgb(21, 24, 29)"}


def letter(pages: int = 2) -> bytes:
    lines = ("Dear Sir, please write to Mr. James Agler.", "Telephone 0187 496 0314.", "Yours, James Agler")
    with pymupdf.open() as made:
        for _ in range(pages):
            page = made.new_page(width=420, height=300)
            for row, line in enumerate(lines):
                page.insert_text((36, 60 + 24 * row), line, fontsize=12)
        return bytes(made.tobytes())


def read(server: Server) -> str:
    """A letter of two pages in the server's project, read by its own text layer. Returns its id."""
    with Project.open(server.data) as project:
        settings.set(project, "engines", ["pdf_text"])
        document = documents.add(project, letter(), "letter.pdf", languages=["en"])
    command = [
        sys.executable,
        "-m",
        "cli",
        "worker",
        "--once",
        "--processes",
        "1",
        "--data",
        str(server.data),
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120, env={**os.environ})
    return document.id


class Watch:
    """What a browser complains about."""

    def __init__(self, tab: Page) -> None:
        self.heard: list[str] = []
        tab.on("console", self._message)
        tab.on("pageerror", lambda error: self.heard.append(f"page error: {error}"))

    def _message(self, message: Any) -> None:
        # On a deep link Streamlit looks for its server under the page's path first, and hears 404.
        if message.type in {"error", "warning"} and "_stcore/" not in message.location.get("url", ""):
            self.heard.append(f"{message.type}: {message.text}")


@pytest.fixture(scope="module")
def letter_id(shared: Server) -> str:
    return read(shared)


@pytest.fixture(params=[(1280, 800, "light"), (1920, 1080, "dark")], ids=["1280-light", "1920-dark"])
def screen(request: pytest.FixtureRequest, chromium: Browser, shared: Server) -> Iterator[tuple[Page, str]]:
    width, height, scheme = request.param
    context = chromium.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, base_url=shared.url
    )
    context.set_default_timeout(20_000)
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


def test_findings_are_decided_by_keys_and_the_export_is_proved(page: Page, served: Server) -> None:
    document = read(served)
    watch = Watch(page)
    page.goto(f"/redact?doc={document}")
    desk = page.locator(".desk")
    rows = page.locator(".groups li")
    expect(rows).to_have_count(2)
    desk.focus()
    page.keyboard.press("a")
    expect(rows.nth(0)).to_have_class("approved")
    expect(rows.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("r")
    expect(rows.nth(1)).to_have_class("rejected")
    page.keyboard.press("Control+z")
    expect(rows.nth(1)).to_have_class("open")
    page.keyboard.press("2")
    page.keyboard.press("a")
    expect(rows.nth(1)).to_have_class("approved")
    expect(page.get_by_role("button", name="Export", exact=True)).to_be_visible()
    page.keyboard.press("v")
    expect(page.locator("svg .final").first).to_be_visible()
    with Project.open(served.data) as project:
        decided = decisions(ledger.events(project, document))
    reasons = sorted((f.text, who["reason"]) for f, who in decided.approved.values())
    assert [r for _, r in reasons] == ["third party"] * 2 + ["personal data"] * 4
    page.reload()
    expect(rows.nth(1)).to_have_class("approved")

    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_text("Approved by")).to_be_visible()
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_text("checks passed")).to_be_visible(timeout=60_000)
    expect(page.locator(".compare .after")).to_have_js_property("complete", True)
    with page.expect_download() as coming:
        page.get_by_role("link", name="Redacted PDF").click()
    content = coming.value.path().read_bytes()
    with pymupdf.open(stream=io.BytesIO(content)) as made:
        text = "".join(p.get_text() for p in made)
    assert "Agler" not in text
    assert "0314" not in text
    assert "Dear Sir" in text
    with Project.open(served.data) as project:
        assert exports.list(project, document)[0].path.read_bytes() == content
    assert watch.heard == []


def test_the_desk_offers_each_type_the_reason_of_its_profile(page: Page, served: Server) -> None:
    document = read(served)
    with Project.open(served.data) as project:
        profiles.choose(project, profiles.load("hipaa"), "anna")
    watch = Watch(page)
    page.goto(f"/redact?doc={document}")
    rows, reason = page.locator(".groups li"), page.locator(".desk select")
    expect(rows).to_have_count(2)
    expect(reason).to_have_value("HIPAA (A)")
    page.locator(".desk").focus()
    page.keyboard.press("2")
    page.keyboard.press("a")
    # What was picked for one group does not take the place of what the profile says of the next one.
    expect(rows.nth(0)).to_have_class("approved")
    expect(reason).to_have_value("HIPAA (D)")
    page.keyboard.press("a")
    expect(rows.nth(1)).to_have_class("approved")
    expect(page.get_by_role("button", name="Export", exact=True)).to_be_visible()
    with Project.open(served.data) as project:
        decided = decisions(ledger.events(project, document))
    stored = {(f.type, who["reason"], who["label"]) for f, who in decided.approved.values()}
    assert stored == {("PERSON", "third party", ""), ("PHONE_NUMBER", "HIPAA (D)", "PHONE")}
    assert watch.heard == []


def test_a_box_is_drawn_by_hand(page: Page, served: Server) -> None:
    document = read(served)
    page.goto(f"/redact?doc={document}")
    expect(page.locator(".groups li")).to_have_count(2)
    page.get_by_text("By hand").click()
    canvas = page.locator("canvas.upper-canvas")
    expect(canvas).to_be_visible()
    area = canvas.bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + 40, area["y"] + 60)
    page.mouse.down()
    page.mouse.move(area["x"] + 240, area["y"] + 160, steps=6)
    page.mouse.up()
    add = page.get_by_role("button", name="Store 1 change")
    expect(add).to_be_enabled()
    add.click()
    expect(page.get_by_text("page 1 · personal data")).to_be_visible()
    with Project.open(served.data) as project:
        drawn = decisions(ledger.events(project, document)).drawn
        scale = documents.page_infos(project, document)[0].width / area["width"]
    ((number, box, _),) = drawn.values()
    assert number == 1
    assert [v / scale for v in box.as_list()] == pytest.approx([40, 60, 240, 160], abs=4)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("page 1 · personal data")).to_have_count(0)


def test_boxes_are_made_moved_and_removed_by_keyboard(page: Page, served: Server) -> None:
    document = read(served)
    page.goto(f"/redact?doc={document}")
    expect(page.locator(".groups li")).to_have_count(2)

    def stored() -> list[list[float]]:
        with Project.open(served.data) as project:
            drawn = decisions(ledger.events(project, document)).drawn
        return [box.as_list() for number, box, _ in drawn.values() if number == 1]

    def until(wanted: Callable[[list[list[float]]], bool]) -> list[list[float]]:
        for _ in range(50):
            if wanted(found := stored()):
                return found
            page.wait_for_timeout(100)
        raise AssertionError(found)

    page.locator(".desk").focus()
    page.keyboard.press("b")
    expect(page.locator("svg .held")).to_be_visible()
    for keys in ("ArrowDown", "Shift+ArrowRight", "Shift+ArrowRight", "Alt+ArrowLeft"):
        page.keyboard.press(keys)
    page.keyboard.press("Enter")
    (first,) = until(lambda found: len(found) == 1)
    page.keyboard.press("m")
    expect(page.locator(".banner")).to_be_visible()
    page.keyboard.press("Alt+ArrowRight")
    page.keyboard.press("Alt+Shift+ArrowDown")
    page.keyboard.press("Enter")
    (second,) = until(lambda found: found != [first])
    assert [b - a for a, b in zip(first, second, strict=True)] == [1, 0, 1, 1]
    page.keyboard.press("Control+z")
    until(lambda found: found == [first])
    page.keyboard.press("b")
    page.keyboard.press("Escape")
    page.keyboard.press("m")
    page.keyboard.press("Delete")
    until(lambda found: found == [])


def test_a_stored_box_is_moved_on_the_canvas_and_whole_lines_are_boxed(page: Page, served: Server) -> None:
    document = read(served)
    with Project.open(served.data) as project:
        info = documents.page_infos(project, document)[0]
        box = Box(0.2 * info.width, 0.5 * info.height, 0.5 * info.width, 0.6 * info.height)
        decide.add_box(project, document, 1, box, actor="anna", reason="other")
    page.goto(f"/redact?doc={document}")
    expect(page.locator(".groups li")).to_have_count(2)
    page.get_by_text("By hand").click()
    canvas = page.locator("canvas.upper-canvas")
    expect(canvas).to_be_visible()
    area = canvas.bounding_box()
    assert area is not None
    page.get_by_role("button", name=re.compile("edit", re.IGNORECASE)).first.click()
    x, y = area["x"] + 0.35 * area["width"], area["y"] + 0.55 * area["height"]
    page.mouse.click(x, y)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 80, y + 40, steps=8)
    page.mouse.up()
    store = page.get_by_role("button", name="Store 1 change")
    expect(store).to_be_enabled()
    store.click()
    expect(page.get_by_role("button", name="Store 1 change")).to_be_disabled()
    scale = info.width / area["width"]
    with Project.open(served.data) as project:
        ((_, moved, who),) = decisions(ledger.events(project, document)).drawn.values()
    assert moved.x0 == pytest.approx(box.x0 + 80 * scale, abs=4 * scale)
    assert moved.y1 == pytest.approx(box.y1 + 40 * scale, abs=4 * scale)
    assert who["reason"] == "other"

    page.get_by_label("Whole lines").click()
    page.keyboard.type("telephone")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Box 1 line").click()
    expect(page.get_by_text("page 1 · personal data")).to_be_visible()
    with Project.open(served.data) as project:
        boxes = [b for _, b, _ in decisions(ledger.events(project, document)).drawn.values()]
    assert len(boxes) == 2
    assert boxes[1].width > 3 * boxes[1].height


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
