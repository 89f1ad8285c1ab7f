"""The page under the mouse and at any angle: moving, resizing, drawing, zooming, turning; dense pages."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Server
from made_document import add_document
from PIL import Image
from playwright.sync_api import expect
from test_workbench import Desk

from model.geometry import Box, Quad
from model.words import Reading, Word
from storage import documents, ledger, readings
from storage.project import Project
from tests.engines.crops import RESOURCES

pytestmark = pytest.mark.browser


@pytest.fixture
def project(shared: Server) -> Iterator[Project]:
    with Project.open(shared.data) as opened:
        yield opened


@pytest.fixture
def desk(tab: Any, shared: Server, project: Project, request: pytest.FixtureRequest) -> Desk:
    seed = zlib.crc32(request.node.name.encode()) % 9973
    document, made = add_document(project, pages=1, words=60, errors=0.3, seed=seed)
    opened = Desk(tab, shared, project, document, made)
    opened.open()
    return opened


def on_screen(desk: Desk, x: float, y: float) -> tuple[float, float]:
    """Where a pixel of the page image stands in the window."""
    point = f"new DOMPoint({x}, {y}).matrixTransform(b.view.svg.getScreenCTM())"
    return tuple(desk.ask(f"(() => {{ const p = {point}; return [p.x, p.y]; }})()"))


def drag(
    desk: Desk, start: tuple[float, float], by: tuple[float, float], *keys: str, drop: bool = True
) -> None:
    mouse, keyboard = desk.page.mouse, desk.page.keyboard
    for key in keys:
        keyboard.down(key)
    mouse.move(*start)
    mouse.down()
    mouse.move(start[0] + by[0] / 2, start[1] + by[1] / 2)
    mouse.move(start[0] + by[0], start[1] + by[1])
    if drop:
        mouse.up()
    for key in keys:
        keyboard.up(key)


def box_of(desk: Desk) -> list[float]:
    return list(desk.ask("b.view.box"))


def last(desk: Desk) -> Any:
    return [e for e in ledger.events(desk.project, desk.document) if e.kind != "added"][-1]


def test_the_current_word_is_moved_by_dragging_its_frame(desk: Desk) -> None:
    before, scale = box_of(desk), desk.ask("b.view.scale")
    centre = on_screen(desk, (before[0] + before[2]) / 2, (before[1] + before[3]) / 2)
    drag(desk, centre, (30, 12))
    desk.stored()
    assert desk.kinds() == ["move"], "one decision when the button is let go"
    moved = last(desk).payload["box"]
    assert moved == pytest.approx(
        [v + d / scale for v, d in zip(before, (30, 12, 30, 12), strict=True)], abs=1.5
    )
    assert desk.ask("b.root.activeElement === b.desk.field"), "the keyboard goes on where it was"
    desk.press("Control+z")
    desk.stored()
    assert box_of(desk) == pytest.approx(before, abs=0.2)


@pytest.mark.parametrize("turn", [0, 1])
def test_a_side_is_resized_by_its_handle_also_when_the_view_is_turned(desk: Desk, turn: int) -> None:
    for _ in range(turn):
        desk.press("]")
    desk.until(f"b.view.turn === {turn}")
    before, scale = box_of(desk), desk.ask("b.view.scale")
    handle = on_screen(desk, before[2], (before[1] + before[3]) / 2)
    drag(desk, handle, (0, 24) if turn else (24, 0))
    desk.stored()
    assert last(desk).payload["box"] == pytest.approx(
        [*before[:2], before[2] + 24 / scale, before[3]], abs=1.5
    )


def test_escape_while_dragging_changes_nothing(desk: Desk) -> None:
    before = box_of(desk)
    centre = on_screen(desk, (before[0] + before[2]) / 2, (before[1] + before[3]) / 2)
    drag(desk, centre, (40, 0), drop=False)
    desk.press("Escape")
    desk.page.mouse.up()
    assert box_of(desk) == pytest.approx(before, abs=0.2)
    desk.press("Enter")
    desk.stored()
    assert "move" not in desk.kinds()


@pytest.mark.parametrize("by", ["button", "shift"])
def test_a_missed_word_is_drawn_where_it_stands_and_read_there(desk: Desk, by: str) -> None:
    first = desk.ask("b.slots[0].quad")
    start = on_screen(desk, first[0], first[1] - 70)
    if by == "button":
        desk.page.locator("button[data-action=draw]").click()
        expect(desk.page.locator(".banner")).to_contain_text("Drag a box")
        drag(desk, start, (70, 22))
    else:
        drag(desk, start, (70, 22), "Shift")
    desk.until("b.mode === 'insert'")
    desk.type("drawn")
    desk.press("Enter")
    desk.stored()
    assert desk.kinds() == ["insert"]
    page = desk.review().pages[0]
    assert page.slots[0].text == "drawn", "above the first line: read first"
    assert desk.ask("b.slots.map((s) => s.text)") == [s.text for s in page.slots]
    scale = desk.ask("b.view.scale")
    assert page.slots[0].box.width == pytest.approx(70 / scale, abs=2)


def test_drawn_between_two_words_it_is_read_between_them(desk: Desk) -> None:
    wide = "b.slots[n + 1] && b.slots[n + 1].line === s.line && b.slots[n + 1].quad[0] - s.quad[2] > 14"
    i = desk.ask(f"b.slots.findIndex((s, n) => {wide})")
    a, b = desk.ask(f"[b.slots[{i}], b.slots[{i + 1}]]")
    desk.ask(f"b.view.reveal([{a['quad'][0]}, {a['quad'][1]}, {b['quad'][4]}, {b['quad'][5]}], true)")
    start = on_screen(desk, a["quad"][2] + 1, a["quad"][3] + 4)
    end = on_screen(desk, b["quad"][0] - 1, b["quad"][7] - 4)
    drag(desk, start, (end[0] - start[0], end[1] - start[1]), "Shift")
    desk.type("between")
    desk.press("Enter")
    desk.stored()
    texts = [s.text for s in desk.review().pages[0].slots]
    at = texts.index("between")
    assert (texts[at - 1], texts[at + 1]) == (a["text"], b["text"])
    assert desk.ask("b.slots.map((s) => s.text)") == texts


def test_a_click_picks_and_with_ctrl_merges_the_neighbour(desk: Desk) -> None:
    i = desk.ask("b.slots.findIndex((s, n) => n > 2 && b.slots[n + 1].line === s.line)")
    one, two = desk.ask(f"[b.slots[{i}], b.slots[{i + 1}]]")
    desk.ask(f"b.view.reveal([{one['quad'][0]}, {one['quad'][1]}, {one['quad'][4]}, {one['quad'][5]}], true)")
    for slot, keys in ((one, ()), (two, ("Control",))):
        q = slot["quad"]
        spot = on_screen(desk, (q[0] + q[4]) / 2, (q[1] + q[5]) / 2)
        for key in keys:
            desk.page.keyboard.down(key)
        desk.page.mouse.click(*spot)
        for key in keys:
            desk.page.keyboard.up(key)
    desk.stored()
    assert desk.kinds() == ["merge"]
    assert last(desk).payload["slots"] == [one["id"], two["id"]]


def test_a_click_in_the_crop_splits_there(desk: Desk) -> None:
    desk.ask("b.go(b.slots.find((s) => s.text.length >= 6).id)")
    text = desk.ask("b.slot.text")
    box = desk.page.locator(".loupe").bounding_box()
    desk.page.keyboard.down("Control")
    desk.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    desk.page.keyboard.up("Control")
    desk.stored()
    assert desk.kinds() == ["split"]
    parts = [p["text"] for p in last(desk).payload["parts"]]
    assert "".join(parts) == text
    assert abs(len(parts[0]) - len(text) / 2) <= 1


def test_paper_is_moved_and_zoomed_about_the_pointer(desk: Desk) -> None:
    for _ in range(3):
        desk.press("+")
    assert desk.ask("b.view.zoom") > 1.8
    pane = desk.page.locator(".page").bounding_box()
    empty = (pane["x"] + pane["width"] / 2, pane["y"] + pane["height"] - 30)
    before = desk.ask("[b.view.pane.scrollLeft, b.view.pane.scrollTop]")
    drag(desk, empty, (-60, -80))
    after = desk.ask("[b.view.pane.scrollLeft, b.view.pane.scrollTop]")
    assert (after[0] - before[0], after[1] - before[1]) == (60, 80)
    point = (pane["x"] + 200, pane["y"] + 150)
    held = desk.ask(f"b.view.point({{ clientX: {point[0]}, clientY: {point[1]} }})")
    desk.page.mouse.move(*point)
    desk.page.keyboard.down("Control")
    desk.page.mouse.wheel(0, -120)
    desk.page.keyboard.up("Control")
    desk.until("b.view.zoom > 2.1")
    now = desk.ask(f"b.view.point({{ clientX: {point[0]}, clientY: {point[1]} }})")
    assert now == pytest.approx(held, abs=3 / desk.ask("b.view.scale"))
    desk.press("0")
    assert desk.ask("b.view.zoom") == 1
    assert desk.kinds() == []


def test_a_turned_view_stays_turned_and_works(desk: Desk) -> None:
    desk.press("]", "]")
    assert desk.ask("b.view.turn") == 2
    slot = desk.ask("b.slots[5]")
    q = slot["quad"]
    desk.ask(f"b.view.reveal([{q[0]}, {q[1]}, {q[4]}, {q[5]}], true)")
    desk.page.mouse.click(*on_screen(desk, (q[0] + q[4]) / 2, (q[1] + q[5]) / 2))
    assert desk.ask("b.slot.id") == slot["id"]
    desk.page.reload()
    desk.until("b.slots.length && b.view.bitmap")
    assert desk.ask("b.view.turn") == 2
    desk.press("[", "[")
    assert desk.ask("b.view.turn") == 0


def test_a_dense_page_holds_few_nodes_and_shows_all_by_scrolling(
    tab: Any, shared: Server, project: Project
) -> None:
    document, made = add_document(project, pages=1, words=1000, errors=0.5, seed=77)
    desk = Desk(tab, shared, project, document, made)
    desk.open()
    assert desk.ask("b.slots.length") > 950
    assert 0 < desk.ask("b.view.layer.childElementCount") <= 300
    for _ in range(4):
        desk.press("+")
    seen: set[str] = set()
    ids = "[...b.view.layer.children].map((n) => n.dataset.slot)"
    high = desk.ask("b.view.pane.scrollHeight")
    wide = desk.ask("b.view.pane.scrollWidth")
    for top in range(0, high, 300):
        for left in range(0, wide, 500):
            desk.ask(f"(b.view.pane.scrollTop = {top}, b.view.pane.scrollLeft = {left}, b.view._draw(), 1)")
            shown = desk.ask(ids)
            assert len(shown) <= 300
            seen.update(shown)
    assert seen == set(desk.ask("b.slots.filter((s) => s.mark).map((s) => s.id)"))
    desk.press("0")
    desk.until("b.view.zoom === 1")
    inside = "s.quad[4] >= x0 && s.quad[0] <= x1 && s.quad[5] >= y0 && s.quad[1] <= y1"
    marked = f"b.slots.filter((s) => s.mark && {inside}).length"
    in_view = desk.ask(f"(() => {{ const [x0, y0, x1, y1] = b.view._view(); return {marked}; }})()")
    own = desk.ask("b.view.layer.childElementCount")
    paths = "[...b.view.far.querySelectorAll('path')].map((p) => p.getAttribute('d'))"
    further = desk.ask(f"{paths}.join('').split('M').length - 1")
    assert own == min(in_view, 300)
    assert own + further == in_view, "no mark is left out"


def vertical(project: Project) -> tuple[str, str]:
    """A Japanese page that runs from top to bottom, read letter runs by two engines."""
    data = (RESOURCES / "vertical-ja.png").read_bytes()
    with Image.open(io.BytesIO(data)) as image:
        width, height = image.size
    document = documents.add(project, data, "vertical.png", languages=["ja"]).id
    for engine, text in (("rapidocr", "拝啓初夏"), ("tesseract", "拝啓初夜")):
        words = []
        for n in range(3):
            x1 = width * (0.9 - 0.25 * n)
            box = Box(x1 - 50, 40, x1, min(height - 20, 300))
            words.append(Word(text, Quad.from_box(box), 0.6, n, vertical=True))
        readings.add(project, document, 1, Reading(engine, "1", width, height, tuple(words)))
    return document, text


def test_vertical_words_are_shown_upright_and_typed_from_top_to_bottom(
    tab: Any, shared: Server, project: Project
) -> None:
    document, _ = vertical(project)
    desk = Desk(tab, shared, project, document, [])
    desk.open()
    desk.until("b.slot && b.slot.vertical")
    style = desk.ask("getComputedStyle(b.desk.field).writingMode")
    assert style == "vertical-rl"
    field = tab.locator(".field").bounding_box()
    assert field["height"] > 2 * field["width"]
    assert "tall" in desk.ask("b.desk.loupe.className")
    desk.page.keyboard.insert_text("初夏の候")
    desk.press("Enter")
    desk.stored()
    assert desk.kinds() == ["correct"]
    assert "初夏の候" in desk.review().text


def test_alt_shows_the_bare_image_in_page_and_crop(desk: Desk) -> None:
    desk.until("b.view.loupeScale")
    framed = desk.ask("b.desk.loupe.toDataURL()")
    desk.page.keyboard.down("Alt")
    desk.until("b.wb.classList.contains('bare')")
    assert desk.ask("getComputedStyle(b.view.layer).visibility") == "hidden"
    assert desk.ask("b.desk.loupe.toDataURL()") != framed
    desk.page.keyboard.up("Alt")
    desk.until("!b.wb.classList.contains('bare')")
    assert desk.ask("b.desk.loupe.toDataURL()") == framed
