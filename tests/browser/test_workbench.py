"""The workbench in a real Chromium: by keyboard only, nothing lost, through reloads and a killed server."""

from __future__ import annotations

import io
import random
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import BENCH, Server, ask, until
from made_document import Made, add_document, add_turned, make_page
from playwright.sync_api import expect

from model.words import TranscriptSlot
from review import live
from review.edits import parse
from review.load import load
from review.session import DocumentReview
from storage import documents, leases, ledger
from storage.project import Project

pytestmark = pytest.mark.browser

FRAME = "b.view.cursor.querySelector('.frame')"
WATCH_DIALOGS = """() => { window.dialogs = 0;
    const look = () => { if (document.querySelector('.stDialog')) window.dialogs++; };
    new MutationObserver(look).observe(document.body, { childList: true }); }"""


class Desk:
    """A document open in the workbench, with its truth and the ledger behind it."""

    def __init__(self, page: Any, server: Server, project: Project, document: str, made: list[Made]) -> None:
        self.page, self.server, self.project, self.document, self.made = page, server, project, document, made

    def open(self, query: str = "") -> None:
        self.page.goto(f"/review?doc={self.document}{query}")
        self.page.locator(".wb .field").wait_for()
        self.until("b.slots.length && b.view.bitmap")

    def leased(self) -> None:
        """Until the page is this reviewer's: whoever decides on a page that nobody has yet, has it."""
        for _ in range(500):
            if leases.held(self.project, self.document):
                return
            self.page.wait_for_timeout(20)
        raise AssertionError("no lease within 10 s")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def ask(self, expression: str) -> Any:
        """A JavaScript expression over the workbench `b`."""
        return ask(self.page, expression)

    def until(self, expression: str) -> None:
        until(self.page, expression)

    def stored(self) -> None:
        self.until("b.outbox.size === 0")

    @property
    def current(self) -> dict[str, Any]:
        return self.ask("b.slot") or {}

    def truth(self, slot: dict[str, Any]) -> str:
        """What really stands at the current word's place."""
        q = slot["quad"]
        x, y = (q[0] + q[4]) / 2, (q[1] + q[5]) / 2
        words = self.made[self.ask("b.page.page") - 1].words
        return min(words, key=lambda w: abs(w[1].centre[0] - x) + 3 * abs(w[1].centre[1] - y))[0]

    def kinds(self) -> list[str]:
        return [e.kind for e in ledger.events(self.project, self.document) if e.kind != "added"]

    def review(self) -> DocumentReview:
        return load(self.project, self.document)

    def slot(self, slot_id: str) -> TranscriptSlot | None:
        return next((s for p in self.review().pages for s in p.slots if s.id == slot_id), None)


@pytest.fixture
def desk(tab: Any, shared: Server, request: pytest.FixtureRequest) -> Iterator[Desk]:
    with Project.open(shared.data) as project:
        seed = zlib.crc32(request.node.name.encode()) % 9973
        words, errors = getattr(request, "param", (90, 0.15))
        document, made = add_document(project, words=words, errors=errors, seed=seed)
        desk = Desk(tab, shared, project, document, made)
        desk.open()
        desk.leased()
        yield desk


@pytest.mark.parametrize("desk", [(520, 0.5)], indirect=True)
def test_two_hundred_words_by_keyboard_alone(desk: Desk) -> None:
    expected: dict[str, str] = {}
    for _ in range(200):
        slot = desk.current
        truth, texts = desk.truth(slot), [c[0] for c in slot["candidates"]]
        assert desk.ask("b.desk.field.value") == slot["text"]
        assert desk.ask(
            "b.root.activeElement === b.desk.field && b.desk.field.selectionEnd === b.desk.field.value.length"
        )
        if slot["text"] == truth:
            desk.press("Enter" if len(expected) % 2 else "Space")
        elif truth in texts:
            desk.press(str(texts.index(truth) + 1))
        else:
            desk.type(truth)
            desk.press("Enter")
        expected[slot["id"]] = truth
        assert desk.ask("b.id") != slot["id"]
    assert len(expected) == 200
    desk.stored()
    slots = {s.id: s for p in desk.review().pages for s in p.slots}
    assert {key: slots[key].text for key in expected} == expected
    assert all(slots[key].status in {"accepted", "corrected"} for key in expected)
    assert len(desk.kinds()) == 200
    assert ledger.verify(desk.project, desk.document).ok
    # the dots at the words are filled, and the count says what is left
    assert desk.ask("[...b.states.values()].every((s) => s === 'stored')")
    assert desk.page.locator(".marks .dot:not(.way)").count() > 100
    assert f"{desk.ask('b.queue().length')} left on this page" in desk.page.locator(".counts").inner_text()


def test_each_editing_key_does_what_it_says(desk: Desk) -> None:
    first = desk.current
    desk.press("Control+Delete")
    desk.press("Control+z")
    assert desk.current["id"] == first["id"]
    desk.press("u")
    desk.until(f"b.slots.find((s) => s.id === '{first['id']}').status === 'unsure'")
    word = desk.current
    desk.press("Control+i")
    desk.type("added")
    desk.press("Enter")
    assert desk.current["text"] == "added"
    assert desk.ask("b.slots[b.slots.indexOf(b.slot) - 1].id") == word["id"]
    following = desk.ask("b.slots[b.slots.indexOf(b.slot) + 1].text")
    desk.press("Control+m")
    assert desk.current["text"] == "added" + following
    desk.press("F2", "Home", *["ArrowRight"] * 5, "Control+d")
    assert desk.current["text"] == "added"
    assert desk.ask("b.slots[b.slots.indexOf(b.slot) + 1].text") == following
    before = desk.current["quad"]
    desk.press("Control+ArrowDown", "Control+ArrowDown", "Control+Shift+ArrowRight")
    moved = desk.current["quad"]
    assert moved[1] > before[1]
    assert moved[2] - moved[0] > before[2] - before[0]
    desk.press("Tab")
    desk.stored()
    assert desk.kinds() == ["delete", "undo", "unsure", "insert", "merge", "split", "move"]
    shown = [[s["id"], s["text"], s["status"]] for s in desk.ask("b.slots")]
    assert shown == [[s.id, s.text, s.status] for s in desk.review().pages[0].slots]
    for _ in range(5):
        desk.press("Control+z")
    desk.stored()
    texts = [s.text for s in desk.review().pages[0].slots]
    assert texts == [s["text"] for s in desk.ask("b.slots")]
    assert "added" not in texts
    desk.press(*["Control+y"] * 5)
    desk.stored()
    assert [[s.id, s.text, s.status] for s in desk.review().pages[0].slots] == shown


def test_typing_keys_that_are_commands_elsewhere(desk: Desk) -> None:
    first = desk.current
    desk.type("under 1 roof?")  # u, digits, Space and ? are text once typing has begun
    assert desk.ask("b.desk.field.value") == "under 1 roof?"
    desk.press("Escape")
    assert desk.ask("b.desk.field.value") == first["text"]
    desk.press("F2")
    desk.type("9")
    desk.press("Enter")
    desk.stored()
    kept = desk.slot(first["id"])
    assert kept is not None
    assert kept.text == first["text"] + "9"


def test_enter_while_composing_never_accepts(desk: Desk) -> None:
    first = desk.current["id"]
    client = desk.page.context.new_cdp_session(desk.page)
    client.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    client.send(
        "Input.dispatchKeyEvent",
        {"type": "keyDown", "windowsVirtualKeyCode": 229, "key": "Enter", "code": "Enter"},
    )
    assert desk.current["id"] == first
    client.send("Input.insertText", {"text": "日本"})
    assert desk.ask("b.desk.field.value") == "日本"
    desk.press("Enter")
    desk.stored()
    kept = desk.slot(first)
    assert kept is not None
    assert kept.text == "日本"


def test_a_burst_without_gaps_loses_nothing_and_a_reload_keeps_all(desk: Desk) -> None:
    asked = min(60, desk.ask("b.queue().length"))
    desk.page.evaluate(
        f"""(count) => {{ const b = ({BENCH})(), f = b.desk.field;
        for (let n = 0; n < count; n++) {{
          f.value = 'burst' + n;
          f.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'Enter', bubbles: true, composed: true }}));
        }} }}""",
        asked,
    )
    desk.stored()
    texts = [e.payload["text"] for e in ledger.events(desk.project, desk.document) if e.kind == "correct"]
    assert texts == [f"burst{n}" for n in range(asked)]
    shown = desk.ask("b.slots.map((s) => [s.id, s.text, s.status])")
    desk.open()
    assert desk.ask("b.slots.map((s) => [s.id, s.text, s.status])") == shown
    desk.press("Control+z")  # undo reaches across the reload
    desk.stored()
    assert [s.text for p in desk.review().pages for s in p.slots].count(f"burst{asked - 1}") == 0
    assert f"burst{asked - 2}" in desk.review().text


def test_a_killed_server_loses_nothing(desk: Desk) -> None:
    desk.press("Enter", "Enter")
    desk.stored()
    desk.page.evaluate(WATCH_DIALOGS)
    desk.server.kill()
    for n in range(12):
        desk.type(f"offline{n}")
        desk.press("Enter")
    banner = desk.page.locator(".banner")
    banner.wait_for()
    expect(banner).to_contain_text("12 decisions kept in this browser")
    # Streamlit covers the page when its own connection is gone; work must go on
    until(desk.page, "window.dialogs > 0")
    desk.page.locator(".stDialog").wait_for(state="detached")
    desk.until("b.root.activeElement === b.desk.field")
    desk.type("offline12")
    desk.press("Enter")
    desk.until("b.outbox.size === 13")
    desk.server.start()
    desk.stored()
    expect(banner).not_to_contain_text("does not answer")  # an offer of look-alikes may stand there
    texts = [e.payload["text"] for e in ledger.events(desk.project, desk.document) if e.kind == "correct"]
    assert texts == [f"offline{n}" for n in range(13)]


def test_decisions_kept_over_a_closed_page_are_delivered_once(desk: Desk) -> None:
    desk.server.kill()
    desk.type("kept")
    desk.press("Enter", "Enter")
    desk.page.locator(".banner").wait_for()
    assert desk.ask("b.outbox.size") == 2
    desk.page.goto("about:blank")
    desk.server.start()
    desk.open()
    desk.stored()
    assert desk.kinds() == ["correct", "accept"]
    assert (
        desk.page.evaluate(
            "() => Object.keys(localStorage).filter((k) => k.startsWith('inkveil/outbox')).length"
        )
        == 0
    )


def test_page_after_page_to_the_approved_document(desk: Desk) -> None:
    for number in (1, 2):
        desk.until(f"b.page.page === {number} && b.mode === 'word'")
        for _ in range(desk.ask("b.queue().length")):
            desk.press("Enter")
        desk.until("b.mode === 'done'")
        assert f"Page {number} is looked through" in desk.page.locator(".done-title").inner_text()
        assert "0 corrected" in desk.page.locator(".done-text").inner_text()
        desk.press("Enter")
    desk.press("Enter")
    desk.stored()
    assert desk.review().document_approved
    assert all(p.approved for p in desk.review().pages)
    assert desk.review().counts.left == 0


def test_the_address_opens_its_page_whatever_was_open_before(desk: Desk) -> None:
    desk.open("&page=2")
    desk.until("b.page.page === 2")
    desk.open("&page=1")
    desk.until("b.page.page === 1 && b.mode === 'word'")
    desk.press("PageDown")
    desk.until("b.page.page === 2 && b.mode === 'word'")
    desk.press("Enter")
    desk.stored()
    assert desk.ask("b.page.page") == 2, "the address does not lead back"


def test_an_answer_from_before_a_decision_takes_nothing_back(desk: Desk) -> None:
    held: list[Any] = []

    def keep(route: Any) -> None:
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    desk.page.route("**/overview*", keep)
    desk.ask("b.overview() && 0")
    while not held:
        desk.page.wait_for_timeout(50)
    for _ in range(desk.ask("b.queue().length")):
        desk.press("Enter")
    desk.until("b.mode === 'done'")
    desk.press("Enter")
    desk.until("b.page.page === 2 && b.mode === 'word'")
    desk.press("PageUp")
    desk.until("b.page.page === 1")
    desk.stored()
    desk.press("PageDown")
    desk.until("b.page.page === 2")
    for route, answer in held:
        route.fulfill(response=answer)
    desk.page.wait_for_timeout(300)
    assert desk.ask("b.infos.get(1).approved")
    assert desk.ask("b.infos.get(1).left") == 0


def test_going_back_to_a_page_whose_decisions_are_on_their_way_shows_them(desk: Desk) -> None:
    desk.press("PageDown")
    desk.until("b.page.page === 2 && b.mode === 'word' && b.view.bitmap")
    word = desk.current["id"]
    under_way: list[Any] = []
    desk.page.route("**/decisions*", lambda route: under_way.append(route))
    desk.press("Enter")
    desk.until("b.outbox.size === 1")
    desk.press("PageUp")
    desk.until("b.page.page === 1")
    desk.press("PageDown")
    desk.page.wait_for_timeout(200)
    desk.page.unroute("**/decisions*")
    desk.until("b.page.page === 2")
    assert desk.ask(f"b.slots.find((s) => s.id === '{word}').status") == "accepted"
    desk.stored()


def test_a_scan_that_does_not_come_is_said_and_asked_for_again(desk: Desk) -> None:
    refused: list[str] = []

    def twice(route: Any) -> None:
        if len(refused) < 3:
            refused.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    desk.page.route("**/pages/2/image", twice)
    desk.page.reload()  # what was fetched beforehand is forgotten
    desk.page.locator(".wb .field").wait_for()
    desk.until("b.slots.length && b.view.bitmap")
    desk.press("PageDown")
    desk.until("b.page.page === 2 && b.slots.length && b.problem")
    expect(desk.page.locator(".wb .banner")).to_contain_text("The scan of page 2 does not come")
    desk.until("b.view.bitmap && !b.problem")
    assert len(refused) == 3
    expect(desk.page.locator(".wb .banner")).to_be_hidden()


def test_what_a_screen_reader_hears_and_nothing_scrolls(desk: Desk) -> None:
    slot = desk.current
    said = desk.page.locator(".live").inner_text()
    assert slot["text"] in said
    assert all(c[0] in said for c in slot["candidates"])
    desk.press("Tab")
    assert desk.page.locator(".live").inner_text() != said
    assert desk.page.evaluate("() => document.scrollingElement.scrollHeight <= window.innerHeight")
    desk.press("?")
    assert desk.page.locator(".keys").is_visible()
    desk.press("Escape")
    assert not desk.page.locator(".keys").is_visible()
    desk.page.keyboard.down("Alt")
    assert desk.page.locator(".wb.bare").count() == 1
    desk.page.keyboard.up("Alt")
    assert desk.page.locator(".wb.bare").count() == 0
    desk.press("Escape")  # leaves the field: the way out of it for the keyboard
    assert desk.ask("b.root.activeElement.tagName") == "BUTTON"


def test_the_desk_says_who_reads_what(desk: Desk) -> None:
    slot = next(s for s in desk.ask("b.slots.filter((s) => s.mark)") if len(s["candidates"]) == 2)
    while desk.current["id"] != slot["id"]:
        desk.press("Tab")
    said = desk.page.locator(".reason").inner_text()
    assert f"Risk {round(slot['risk'] * 100)} %. " in said
    assert all(f"‘{text}’" in said for text, *_ in slot["candidates"])
    assert "RapidOCR" in said
    assert "Tesseract" in said
    desk.press("u")  # unsure: the next person is told as well
    desk.until(f"b.slots.find((s) => s.id === '{slot['id']}').status === 'unsure'")
    desk.stored()
    stored = desk.slot(slot["id"])
    assert stored is not None
    assert stored.status == "unsure"
    assert stored.reasons


def test_colour_is_never_the_only_signal(desk: Desk) -> None:
    styles = desk.page.evaluate(
        f"""() => {{ const root = ({BENCH})().root, find = (q) => root.querySelector(q);
        const dashes = (q) => getComputedStyle(find(q)).strokeDasharray;
        return {{ high: dashes('.marks .high polygon'), medium: dashes('.marks .medium polygon'),
          tick: Boolean(find('.marks .high .tick')) }}; }}"""
    )
    assert styles["high"] == "none"
    assert styles["medium"] != "none"
    assert styles["tick"]


def test_an_ended_session_gets_a_new_token_and_nothing_is_lost(desk: Desk) -> None:
    desk.ask("b.server.token = 'ended.token'")
    desk.press("Enter", "Enter", "Enter")
    desk.stored()
    assert desk.kinds() == ["accept"] * 3
    assert desk.ask("b.server.token") != "ended.token"


def test_what_others_decide_appears_and_is_not_overwritten(desk: Desk) -> None:
    state = live.document(desk.project, desk.document)
    word = desk.ask("b.queue()[1]")
    q = word["quad"]
    payload = {
        "slot": word["id"],
        "box": [q[0], q[1], q[4], q[5]],
        "text": "Robert's",
        "before": word["text"],
    }
    edit = {"kind": "correct", "page": 1, "key": "b" * 16, "payload": payload}
    state.decide(parse(edit, state.sizes()), "bob")
    desk.press("Enter")  # the acknowledgement shows that somebody else was here
    desk.until(f"b.slots.find((s) => s.id === '{word['id']}').text === \"Robert's\"")
    assert desk.ask(f"b.slots.find((s) => s.id === '{word['id']}').status") == "corrected"
    assert desk.current["id"] != word["id"]


def decided_by_bob(desk: Desk, word: dict[str, Any], kind: str, **payload: Any) -> None:
    q = word["quad"]
    state = live.document(desk.project, desk.document)
    payload = {"slot": word["id"], "box": [q[0], q[1], q[4], q[5]], **payload}
    edit = {"kind": kind, "page": 1, "key": "b" * 16, "payload": payload}
    state.decide(parse(edit, state.sizes()), "bob")


def test_two_decisions_on_one_word_are_both_shown_and_one_is_chosen(desk: Desk) -> None:
    word = desk.current
    decided_by_bob(desk, word, "correct", text="Robert's", before=word["text"])
    desk.type("mine")
    desk.press("Enter")
    desk.page.locator(".banner", has_text="Somebody else decided otherwise").wait_for()
    at = f"b.slots.find((s) => s.id === '{word['id']}')"
    desk.until(f"{at}.status === 'contested'")
    assert desk.kinds() == ["correct", "contest"]
    desk.ask(f"b.go('{word['id']}')")
    expect(desk.page.locator(".candidates li").nth(0)).to_contain_text("Robert's")
    expect(desk.page.locator(".candidates li").nth(1)).to_contain_text("mine")
    desk.press("2")
    desk.stored()
    slot = desk.slot(word["id"])
    assert slot is not None
    assert (slot.text, slot.status) == ("mine", "corrected")


def test_a_typed_word_that_cannot_be_stored_is_kept_to_be_used_again(desk: Desk) -> None:
    word = desk.current
    decided_by_bob(desk, word, "delete", before=word["text"])
    desk.type("precious")
    desk.press("Enter")
    desk.page.locator(".banner", has_text="Not stored: This word is no longer on page 1").wait_for()
    desk.until(f"!b.slots.some((s) => s.id === '{word['id']}')")
    desk.page.reload()
    desk.until("b.slots.length && b.view.bitmap")
    kept = desk.page.locator(".aside")
    expect(kept).to_contain_text("precious")
    kept.get_by_role("button", name="Put into the field").click()
    assert desk.ask("b.desk.field.value") == "precious"
    expect(kept).to_be_hidden()
    assert desk.kinds() == ["delete"]


def test_taking_back_an_approval_leads_back_to_its_page(desk: Desk) -> None:
    desk.press("Control+Enter", "Control+Enter")  # words are left: asked twice
    desk.until("b.page.approved && b.mode === 'done'")
    desk.press("Enter")
    desk.until("b.page.page === 2")
    desk.press("Control+z")
    desk.until("b.page.page === 1 && !b.page.approved")
    desk.stored()
    assert not desk.review().pages[0].approved


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_turned_page_is_shown_upright(tab: Any, shared: Server, turn: int) -> None:
    with Project.open(shared.data) as project:
        document, made = add_turned(project, turn)
        desk = Desk(tab, shared, project, document, [made])
        desk.open()
        assert desk.ask("b.view.turn") == (4 - turn) % 4
        # the first words of the page stand at its top, from left to right
        places = desk.ask(
            "b.queue().length && b.slots.slice(0, 4).map((s) => { b.view.current(s.quad);"
            f" const r = {FRAME}.getBoundingClientRect(); return [r.left, r.top]; }})"
        )
        assert [x for x, _ in places] == sorted(x for x, _ in places)
        # a click on the screen finds the word under it
        seventh = desk.ask("b.slots[6].id")
        place = desk.ask(f"(b.view.current(b.slots[6].quad), {FRAME}.getBoundingClientRect().toJSON())")
        x, y = place["left"] + place["width"] / 2, place["top"] + place["height"] / 2
        desk.page.mouse.click(x, y)
        assert desk.current["id"] == seventh
        # a word inserted after it lies to its right, and its box moves as the arrow says
        before = desk.ask(f"{FRAME}.getBoundingClientRect().toJSON()")
        desk.press("Control+i")
        fresh = desk.ask("b.view.cursor.querySelector('.frame').getBoundingClientRect().toJSON()")
        assert fresh["left"] >= before["right"] - 12
        assert abs(fresh["top"] - before["top"]) < 8
        desk.press("Control+ArrowDown", "Control+Shift+ArrowRight")
        moved = desk.ask("b.view.cursor.querySelector('.frame').getBoundingClientRect().toJSON()")
        assert moved["top"] > fresh["top"]
        assert moved["right"] > fresh["right"]
        assert moved["left"] == pytest.approx(fresh["left"], abs=1)
        desk.type("new")
        desk.press("Enter")
        desk.stored()
        stored = next(s for s in desk.review().pages[0].slots if s.text == "new")
        assert desk.ask("b.slots.find((s) => s.text === 'new').quad") == pytest.approx(
            [v for p in stored.quad.points for v in p], abs=0.2
        )


@pytest.mark.slow
def test_kills_at_random_moments_lose_no_decision(desk: Desk) -> None:
    rng, typed = random.Random(11), 0
    for _ in range(8):
        for _ in range(rng.randrange(2, 8)):
            if not desk.ask("b.queue().length"):
                break
            desk.type(f"k{typed}")
            desk.press("Enter")
            typed += 1
        desk.server.kill()  # while decisions are on their way
        desk.server.start()
    desk.stored()
    texts = [e.payload["text"] for e in ledger.events(desk.project, desk.document) if e.kind == "correct"]
    assert texts == [f"k{n}" for n in range(typed)]
    assert ledger.verify(desk.project, desk.document).ok


def test_a_page_that_is_not_read_shows_its_scan_and_cannot_be_approved(tab: Any, shared: Server) -> None:
    data = io.BytesIO()
    make_page(20, 99).image.save(data, "PNG", dpi=(200, 200))
    with Project.open(shared.data) as project:
        document = documents.add(project, data.getvalue(), "unread.png", languages=["en"]).id
    tab.goto(f"/review?doc={document}")
    expect(tab.locator(".wb .done-text")).to_contain_text("Page 1 has not been read yet.")
    until(tab, "b.view.img.naturalWidth > 0 && !b.view.sheet.hidden && b.view.sheet.offsetWidth > 600")
    expect(tab.locator('.wb [data-action="approve"]')).to_be_disabled()
    for key in ("Control+Enter", "Control+i", "Enter"):
        tab.keyboard.press(key)
    assert ask(tab, "b.outbox.size") == 0
    with Project.open(shared.data) as project:
        assert [e.kind for e in ledger.events(project, document)] == ["added"]
