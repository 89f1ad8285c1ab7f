"""Words in or beside a possible personal datum go ahead of all others, and are told apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from model.geometry import Box
from review import live, personal
from review.queue import bands, passes, queue
from review.session import fold
from tests.review_session.test_fold import Ledger, a_page
from tests.review_session.test_routes import Bench


@pytest.fixture(autouse=True)
def no_finder() -> Iterator[None]:
    yield
    personal.use(None)


def test_a_word_with_ink_in_the_box_and_its_neighbours_on_the_line() -> None:
    page = fold([a_page()], Ledger().events).pages[0]
    box = page.slots[6].box
    assert personal.near(page, [box]) == {"p1-5", "p1-6", "p1-7"}
    assert personal.near(page, [page.slots[4].box]) == {"p1-3", "p1-4"}, "not across the line's end"
    assert personal.near(page, [Box(box.x0, box.y0, box.x0 + 10, box.y1)]) == {"p1-5", "p1-6", "p1-7"}
    assert personal.near(page, []) == frozenset()
    assert personal.near(page, [Box(700, 700, 720, 720)]) == frozenset()


def test_they_come_first_in_every_queue() -> None:
    merged = a_page()
    merged = replace(merged, slots=tuple(replace(s, risk=0.9 if s.order == 1 else 0.3) for s in merged.slots))
    review = fold([merged], Ledger().events)
    page = review.pages[0]
    near = {"p1-9", "p1-10"}
    assert [i.slot.id for i in queue(review, {1: near})][:3] == ["p1-9", "p1-10", "p1-1"]
    assert [s.id for s in bands(page, near)][:3] == ["p1-9", "p1-10", "p1-1"]
    assert passes(page, near) == [2, 1, 12, 0]


def test_the_routes_tell_and_hand_out_the_page_for_them(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with bench.client:
        plain = bench.slots()
        assert not any(s["personal"] for s in plain)
        doubtful = next(s for s in plain if s["mark"])
        q = doubtful["quad"]
        places: dict[int, Sequence[Box]] = {1: [Box(q[0], q[1], q[4], q[5])]}
        personal.use(lambda _project, _document: places)
        now = {s["id"]: s for s in bench.slots()}
        assert now[doubtful["id"]]["personal"]
        assert now[doubtful["id"]]["rank"] == 0
        assert bench.get("/overview").json()["pages"][0]["passes"][0] >= 1
        state = live.document(bench.project, bench.document)
        assert state.work("ann")[1][0] >= 1
    bench.project.close()


def test_the_application_takes_them_from_the_last_search(tmp_path: Path) -> None:
    from redaction import found
    from review.session import load
    from storage import documents, readings
    from tests.review_session.test_routes import reading
    from workflow.personal import places

    bench = Bench(tmp_path)
    readings.add(bench.project, bench.document, 1, reading("rapidocr", {1: "Phone:", 2: "+44 20 7946 0018"}))
    assert places(bench.project, bench.document) == {}
    document = documents.get(bench.project, bench.document)
    findings = found.look(bench.project, document, load(bench.project, bench.document).pages)
    assert findings
    known = places(bench.project, bench.document)
    assert sum(len(boxes) for boxes in known.values()) == sum(len(f.boxes) for f in findings)
    assert places(bench.project, bench.document) is known
    bench.project.close()
