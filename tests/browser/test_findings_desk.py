"""Findings and boxes in a real Chromium: decided by keys, drawn by keyboard and mouse, exported, proved.
What is shown follows what the person did, however late the answers of the server are."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pymupdf
import pytest
from made_letter import Watch, read
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from model.geometry import Box
from redaction import decide, profiles
from redaction.plan import decisions
from storage import documents, exports, ledger
from storage.project import Project

if TYPE_CHECKING:
    from conftest import Server

pytestmark = pytest.mark.browser


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
        for _ in range(200):
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


def test_what_the_keys_do_is_said_while_an_earlier_box_is_stored(page: Page, served: Server) -> None:
    document = read(served)
    answers: list[Callable[[], None]] = []

    def late(route: Route) -> None:
        response = route.fetch()
        answers.append(lambda: route.fulfill(response=response))

    page.goto(f"/redact?doc={document}")
    expect(page.locator(".groups li")).to_have_count(2)
    page.route("**/decisions", late)
    page.locator(".desk").focus()
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.press("m")
    said = page.locator(".banner")
    expect(said).to_be_visible()
    expect(page.locator("svg .held")).to_be_visible()
    for _ in range(200):
        if answers:
            break
        page.wait_for_timeout(50)
    answers[0]()
    page.wait_for_timeout(500)
    expect(page.locator("svg .held")).to_be_visible()
    expect(said).to_be_visible()
    page.keyboard.press("Escape")
    expect(said).to_be_hidden()


def test_a_page_made_before_a_box_was_moved_does_not_move_it_back(page: Page, served: Server) -> None:
    document = read(served)
    held: list[str | bytes] = []
    holding = False
    socket: WebSocketRoute | None = None

    def between(browser: WebSocketRoute) -> None:
        nonlocal socket
        socket, server = browser, browser.connect_to_server()
        browser.on_message(server.send)
        server.on_message(lambda message: held.append(message) if holding else browser.send(message))

    page.route_web_socket(lambda address: "_stcore/stream" in address, between)
    page.goto(f"/redact?doc={document}")
    expect(page.locator(".groups li")).to_have_count(2)
    page.locator(".desk").focus()
    page.keyboard.press("b")
    holding = True
    page.keyboard.press("Enter")
    box = page.locator("svg rect.approved")
    expect(box).to_have_count(1)
    before = float(box.get_attribute("x") or 0)
    for quiet in range(200):  # the page made after the first box, whole: nothing more of it for a second
        count = len(held)
        page.wait_for_timeout(1000)
        if held and len(held) == count:
            break
        assert quiet < 30
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press("m")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
    expect(box).not_to_have_attribute("x", str(int(before)))
    moved = box.get_attribute("x")
    assert socket is not None
    for message in held.copy():
        socket.send(message)
    page.wait_for_timeout(1000)
    assert box.get_attribute("x") == moved
    assert page.locator(".groups li").count() == 2
