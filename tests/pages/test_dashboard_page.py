"""The dashboard's figures against a count by hand: several people, undo, known errors, clocks that jump."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pages_made import letter
from streamlit.testing.v1 import AppTest

from model.decisions import Decision
from model.geometry import Box, Quad
from model.words import Reading, Word
from review import live
from review.edits import parse
from storage import documents, readings
from storage.project import Project
from workflow.dashboard import dashboard

App = Callable[..., AppTest]
WORDS = ["alpha", "beta", "gamma", "delta", "epsilon"]


def reading(engine: str, wrong: dict[int, str], cost: float) -> Reading:
    words = [
        Word(wrong.get(n, text), Quad.from_box(Box(120 + 300 * n, 200, 320 + 300 * n, 280)), 0.8, 0)
        for n, text in enumerate(WORDS)
    ]
    return Reading(engine, "1", 1750, 1250, tuple(words), seconds=2.0, cost=cost)


@pytest.fixture
def made(project: Project, tmp_path: Path) -> documents.Document:
    """A page on which rapidocr misreads two words, tesseract another; decisions by two people."""
    document = documents.add(project, letter(), "letter.pdf", languages=["en"])
    readings.add(project, document.id, 1, reading("rapidocr", {0: "a1pha", 1: "bcta"}, 0.25))
    readings.add(project, document.id, 1, reading("tesseract", {2: "gamna"}, 0.0))
    state = live.document(project, document.id)

    def decide(who: str, n: int, text: str, ms: int | None, keys: int, kind: str = "correct") -> None:
        page = state.page(1, who)
        assert page is not None
        slot = next(s for s in page[0].slots if abs(s.box.centre[0] - (220 + 300 * n)) < 60 and s.text)
        payload: dict[str, Any] = {"slot": slot.id, "box": slot.box.rounded(), "text": text}
        payload["before"] = slot.text
        one = {"kind": kind, "page": 1, "key": f"key-{who}-{n}-{text}", "payload": payload, "keys": keys}
        state.decide(parse(one if ms is None else {**one, "ms": ms}, state.sizes()), who)

    decide("ada", 0, "alpha", 2000, 6)
    decide("ada", 1, "beta", 4000, 5)
    decide("ben", 2, "gamma", 6000, 1, "accept")
    decide("ben", 3, "delta", None, 1, "accept")
    decide("ben", 4, "wrong", 1000, 6)
    undo = {"kind": "undo", "key": "undo-ben-1", "page": 1, "payload": {}}
    state.decide(parse(undo, state.sizes()), "ben")
    answer = {"slot": "x", "box": [0, 0, 9, 9], "shown": "a", "truth": "b", "text": "b", "caught": True}
    state.record(Decision("answer_seed", 1, answer, "ben", "seed-0001"))
    return document


def test_the_figures_are_those_counted_by_hand(made: documents.Document, project: Project) -> None:
    figures = dashboard(project)
    by_person = {w.person: w for w in figures.people}
    ada, ben = by_person["ada"], by_person["ben"]
    assert (ada.words, ada.accepted, ada.corrected, ada.taken_back) == (2, 0, 2, 0)
    assert (ada.seconds, ada.keys, ada.measured) == (3.0, 5.5, 2)
    assert (ben.words, ben.accepted, ben.corrected, ben.taken_back) == (2, 2, 0, 1)
    assert (ben.seconds, ben.keys, ben.measured) == (6.0, 1.0, 1), "without a measure it is not guessed"
    engines = {e.engine: e for e in figures.engines}
    rapid, tess = engines["rapidocr"], engines["tesseract"]
    assert (rapid.decided, rapid.right, rapid.alone) == (4, 2, 1)
    assert (tess.decided, tess.right, tess.alone) == (4, 3, 2)
    assert (rapid.seconds_wrong, rapid.seconds_right) == (3.0, 6.0)
    assert (rapid.cost, rapid.seconds_a_page) == (0.25, 2.0)
    assert sum(n for _, _, n in figures.days) == 4
    assert figures.minutes == pytest.approx(figures.left * 4 / 60)
    assert [round(cost, 2) for _, _, cost in figures.cost] == [0.25]


def test_a_period_leaves_out_the_rest(made: documents.Document, project: Project) -> None:
    assert dashboard(project, since="2999-01-01").people[0].words == 0
    assert dashboard(project, until="1999-01-01").days == ()
    assert dashboard(project, only=["nothing"]).people == ()


def test_the_page_shows_them_and_an_empty_project_is_no_fault(
    app: App, project: Project, made: documents.Document
) -> None:
    page = app("dashboard")
    assert not page.exception
    shown = " ".join(h.proto.body for h in page.get("html"))
    assert "ada" in shown
    assert "50.0%" in shown
    assert "75.0%" in shown


def test_before_the_first_document(app: App) -> None:
    assert not app("dashboard").exception
