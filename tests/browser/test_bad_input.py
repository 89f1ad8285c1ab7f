"""What nobody should send and somebody will: HTML, endless and broken texts, lost documents, odd clocks."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest
from conftest import Server, until
from made_document import add_document
from playwright.sync_api import expect
from test_workbench import Desk

from storage import ledger
from storage.project import Project

pytestmark = pytest.mark.browser

HTML = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>&amp;'


@pytest.fixture
def desk(tab: Any, shared: Server, request: pytest.FixtureRequest) -> Any:
    with Project.open(shared.data) as project:
        seed = zlib.crc32(request.node.name.encode()) % 9973
        document, made = add_document(project, words=60, errors=0.4, seed=seed)
        opened = Desk(tab, shared, project, document, made)
        opened.open()
        yield opened


def test_html_in_a_word_is_shown_and_never_run(desk: Desk) -> None:
    word = desk.current["id"]
    desk.page.keyboard.insert_text(HTML)
    desk.press("Enter")
    desk.stored()
    assert desk.slot(word).text == HTML  # type: ignore[union-attr]
    desk.ask(f"b.go('{word}')")
    assert desk.ask("b.desk.field.value") == HTML
    desk.press("Control+g", "Escape")
    desk.page.goto(f"/audit?doc={desk.document}")
    desk.page.get_by_text("Show texts").click()
    expect(desk.page.get_by_text("<script>", exact=False).first).to_be_visible()
    desk.page.goto(f"/export?doc={desk.document}")
    desk.page.get_by_role("button", name="Transcript only").wait_for()
    assert desk.page.evaluate("() => window.hurt") is None


def test_a_text_of_ten_thousand_characters_is_refused_and_kept(desk: Desk) -> None:
    long = "long " * 2000
    desk.page.keyboard.insert_text(long)
    desk.press("Enter")
    expect(desk.page.locator(".banner")).to_contain_text("longer than 1000 characters")
    expect(desk.page.locator(".aside")).to_contain_text("long long")
    assert desk.kinds() == []
    desk.press("Enter")  # the next word is not held up by it
    desk.stored()
    assert desk.kinds() == ["accept"]
    desk.page.locator(".aside").get_by_role("button", name="Let go").click()
    expect(desk.page.locator(".aside")).to_be_hidden()


def test_control_characters_are_refused_and_the_text_kept(desk: Desk) -> None:
    desk.ask("(b.desk.field.value = 'a\\u0000b', b.accept(), 1)")
    expect(desk.page.locator(".banner")).to_contain_text("control characters")
    desk.stored()
    assert desk.kinds() == []
    assert desk.ask("b.outbox.aside.length") == 1


def test_a_clock_set_back_does_not_change_the_order_of_what_is_kept(desk: Desk) -> None:
    desk.server.kill()
    desk.type("first")
    desk.press("Enter")
    desk.until("b.outbox.size === 1")
    desk.page.evaluate("() => { const real = Date.now; Date.now = () => real() - 864e5; }")
    desk.type("second")
    desk.press("Enter")
    desk.until("b.outbox.size === 2")
    desk.page.goto("about:blank")
    desk.server.start()
    desk.page.add_init_script("const real = Date.now; Date.now = () => real() - 2 * 864e5;")
    desk.open()
    desk.stored()
    texts = [e.payload["text"] for e in ledger.events(desk.project, desk.document) if e.kind == "correct"]
    assert texts == ["first", "second"]


def test_a_document_that_is_gone_is_said_and_nothing_breaks(desk: Desk) -> None:
    until(desk.page, "b.may.approve !== undefined")
    with desk.project.writing() as db:
        db.conn.execute("PRAGMA defer_foreign_keys=ON")
        for table in ("readings", "failures", "preparations", "languages", "work", "exports", "pages"):
            db.conn.execute(f"DELETE FROM {table} WHERE document = ?", (desk.document,))  # noqa: S608
        db.conn.execute("DELETE FROM documents WHERE id = ?", (desk.document,))
    desk.type("late")
    desk.press("Enter")
    expect(desk.page.locator(".banner")).to_contain_text("There is no such document")
    expect(desk.page.locator(".aside")).to_contain_text("late")
    assert [e.kind for e in ledger.events(desk.project, desk.document)] == ["added"]


def test_what_the_browser_holds_may_be_anything(desk: Desk) -> None:
    base = desk.ask("b.outbox.prefix")
    rubbish = {"0": "not json", "1": "null", "2": "[]", "3": json.dumps({"document": 5}), "4": "{}"}
    for key, value in rubbish.items():
        desk.page.evaluate("([k, v]) => localStorage.setItem(k, v)", [base + key, value])
    desk.page.reload()
    desk.until("b.slots.length && b.view.bitmap")
    desk.press("Enter")
    desk.stored()
    assert desk.kinds() == ["accept"]
