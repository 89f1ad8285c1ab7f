"""The workbench among several people and pages: scopes, leases, blind entry, groups, in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from conftest import Server
from made_document import add_document
from playwright.sync_api import expect
from test_workbench import Desk

from review import live, sharing
from review.rules import Person
from storage import leases
from storage.project import Project

pytestmark = pytest.mark.browser


@pytest.fixture
def project(shared: Server) -> Iterator[Project]:
    with Project.open(shared.data) as opened:
        yield opened


def desk_on(tab: Any, shared: Server, project: Project, **made: Any) -> Desk:
    document, pages = add_document(project, **made)
    desk = Desk(tab, shared, project, document, pages)
    desk.open()
    return desk


def scope(desk: Desk, name: str) -> None:
    while desk.ask("b.scope") != name:
        desk.page.locator(".scope").click()
    desk.until("b.mode === 'word' && !b.searching")


def test_the_worst_words_of_a_whole_document_come_first(tab: Any, shared: Server, project: Project) -> None:
    desk = desk_on(tab, shared, project, pages=3, words=60, errors=0.3, seed=11)
    scope(desk, "document")
    seen: list[tuple[int, int]] = []
    for _ in range(400):
        desk.until("!b.searching && (b.mode === 'done' || b.slot)")
        if desk.ask("b.mode") == "done":
            break
        seen.append((desk.ask("b.slot.rank"), desk.ask("b.page.page")))
        desk.press("Enter")
    assert [rank for rank, _ in seen] == sorted(rank for rank, _ in seen), "pass after pass"
    ranks = [rank for rank, _ in seen]
    usual = max(set(ranks), key=ranks.count)
    pages = [page for rank, page in seen if rank == usual]
    assert sum(a != b for a, b in pairwise(pages)) <= 2, "page after page, not to and fro"
    assert {page for _, page in seen} == {1, 2, 3}
    desk.stored()
    assert sum(c.left for c in desk.review().page_counts.values()) == 0
    assert desk.ask("b.scope") == "document"
    desk.page.locator(".scope").click()
    desk.page.locator(".scope").click()


def test_the_project_goes_on_in_the_next_document_and_undo_comes_back(
    tab: Any, shared: Server, project: Project
) -> None:
    first = desk_on(tab, shared, project, pages=1, words=30, errors=0.2, seed=21)
    second, _ = add_document(project, pages=1, words=30, errors=0.2, seed=22)
    try:
        scope(first, "project")
        for _ in range(200):
            first.until("!b.searching && (b.mode === 'done' || b.slot)")
            if first.ask("b.document") != first.document or first.ask("b.mode") == "done":
                break
            first.press("Enter")
        moved = first.ask("b.document")
        first.page.wait_for_url(f"**doc={moved}*")
        first.press("Control+z")
        first.until(f"b.document === '{first.document}' && b.page && b.page.width")
    finally:
        while first.ask("b.scope") != "page":
            first.page.locator(".scope").click()
    assert moved == second


def test_a_page_of_somebody_else_is_said_and_can_be_taken_over(
    tab: Any, shared: Server, project: Project
) -> None:
    document, made = add_document(project, pages=2, words=40, errors=0.3, seed=31)
    leases.take(project, document, 1, "bea")
    desk = Desk(tab, shared, project, document, made)
    tab.goto(f"/review?doc={document}")
    expect(tab.locator(".done-title")).to_have_text("bea is working on page 1")
    desk.press("Enter")
    desk.until("b.page.page === 2 && b.mode === 'word'")
    assert desk.kinds() == []
    tab.keyboard.press("PageUp")
    take = tab.get_by_role("button", name="Take the page over")
    take.click()
    desk.until("b.page.page === 1 && b.mode === 'word'")
    desk.press("Enter")
    desk.stored()
    assert [k for k in desk.kinds() if k != "accept"] == ["take_over"]
    assert leases.held(project, document)[1].person != "bea"


def test_a_page_is_given_back_when_it_is_left(tab: Any, shared: Server, project: Project) -> None:
    desk = desk_on(tab, shared, project, pages=2, words=40, errors=0.3, seed=41)

    def held(pages: set[int]) -> bool:
        for _ in range(200):
            if set(leases.held(project, desk.document)) == pages:
                return True
            tab.wait_for_timeout(25)
        return False

    assert held({1})
    desk.press("PageDown")
    assert held({2})


def test_blind_entry_hands_in_and_the_third_settles(tab: Any, shared: Server, project: Project) -> None:
    document, made = add_document(project, pages=1, words=30, errors=0.3, seed=51)
    state = live.document(project, document)
    state.set_entry("blind", "cy", "e" * 12)
    desk = Desk(tab, shared, project, document, made)
    desk.open()
    desk.until("b.blind")
    desk.type("mine")
    desk.press("Enter")
    expect(tab.locator(".approve")).to_contain_text("Hand in page 1")
    desk.press("Control+Enter", "Control+Enter")
    desk.until("b.mode === 'done' && b.closed")
    expect(tab.locator(".done-title")).to_have_text("Page 1 is handed in")
    desk.stored()
    assert desk.kinds()[1:] == ["correct", "submit_page"]
    assert "mine" not in desk.review().text
    desk.press("Control+z")
    desk.until("!b.closed")
    desk.stored()
    assert sharing.shown(project, state, Person("bea"))["pages"][0]["entry"] == "open"


def test_words_that_read_alike_are_confirmed_at_once(tab: Any, shared: Server, project: Project) -> None:
    desk = desk_on(tab, shared, project, pages=2, words=150, errors=0.5, seed=61)
    desk.press("Control+g")
    desk.until("b.groups.shown && b.groups.cells.length > 1")
    desk.until("b.groups.cells.every((c) => c.img.naturalWidth > 0)")
    cells = desk.ask("b.groups.cells.map((c) => [c.item.page, c.item.id, c.item.text])")
    desk.press("ArrowRight")
    desk.type("mended")
    desk.press("Control+Delete", "Control+Delete")
    desk.press("Enter")
    desk.until(f"b.groups.cells.length === 0 || b.groups.cells[0].item.id !== '{cells[0][1]}'")
    desk.press("Escape")
    desk.until("!b.groups.shown")
    desk.stored()
    assert sorted(desk.kinds()) == sorted(["correct"] + ["accept"] * (len(cells) - 1))
    slot = desk.slot(cells[1][1])
    assert slot is not None
    assert slot.text == "mended"
    desk.press("Control+z")
    desk.stored()
    desk.until("b.outbox.size === 0")
    for _, slot_id, text in cells:
        back = desk.slot(slot_id)
        assert back is not None
        assert (back.text, back.status) == (text, "open")


def test_a_correction_is_offered_for_the_look_alikes(tab: Any, shared: Server, project: Project) -> None:
    desk = desk_on(tab, shared, project, pages=2, words=200, errors=0.5, seed=71)
    desk.press("Control+g")
    desk.until("b.groups.shown && b.groups.cells.length > 1")
    item = desk.ask("b.groups.cells[0].item")
    desk.press("Escape")
    if item["page"] != 1:
        desk.ask(f"b.open({item['page']})")
        desk.until(f"b.page.page === {item['page']} && b.view.bitmap")
    desk.ask(f"b.go('{item['id']}')")
    desk.type("right")
    desk.press("Enter")
    desk.until("b.groups.offered")
    expect(tab.locator(".banner")).to_contain_text(f"“{item['text']}”")
    desk.press("Control+g")
    desk.until("b.groups.shown")
    assert set(desk.ask("b.groups.cells.map((c) => c.input.value)")) == {"right"}
    desk.press("Enter")
    desk.stored()
    assert desk.kinds().count("correct") >= 2
