"""The fold as a pure function: decisions, undo and redo, re-merges with other ids and boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.decisions import Event
from model.geometry import Box, Quad
from model.words import Candidate, MergedPage, Slot
from review.queue import bands, flagged, queue
from review.session import DocumentReview, fold

WIDTH, HEIGHT = 1000, 800


def slot(
    n: int, box: Box, text: str, *, risk: float = 0.3, prefix: str = "p1-", reasons: tuple[str, ...] = ()
) -> Slot:
    return Slot(
        f"{prefix}{n}",
        Quad.from_box(box),
        text,
        (Candidate(text, ("a",)),),
        risk,
        reasons,
        n // 5,
        n,
        box.expanded(3),
    )


def a_page(count: int = 15, *, page: int = 1, prefix: str = "p1-", shift: float = 0.0) -> MergedPage:
    """Five words a line, 100 x 30 px each with gaps of 40."""
    slots = []
    for n in range(count):
        x, y = 40 + 140 * (n % 5) + shift, 40 + 60 * (n // 5) + shift / 2
        slots.append(slot(n, Box(x, y, x + 100, y + 30), f"w{n}", prefix=prefix, risk=(n * 37 % 100) / 100))
    return MergedPage(page, WIDTH, HEIGHT, 200.0, tuple(slots), ("a", "b"))


class Ledger:
    """Events as the ledger would number them."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def add(self, kind: str, page: int | None = 1, actor: str = "ann", **payload: Any) -> int:
        seq = len(self.events) + 1
        self.events.append(
            Event("d", seq, kind, page, payload, actor, "2026-11-20T12:00:00.000Z", f"key-{seq:08}", "", "")
        )
        return seq


def by_text(review: DocumentReview, page: int = 1) -> dict[str, str]:
    found = review.page(page)
    assert found is not None
    return {s.text: s.status for s in found.slots}


def place(target: Slot) -> dict[str, Any]:
    return {"slot": target.id, "box": target.box.rounded()}


def test_a_decision_is_seen_in_text_status_and_who() -> None:
    page, ledger = a_page(), Ledger()
    ledger.add("correct", **place(page.slots[3]), text="fixed", before="w3")
    ledger.add("accept", **place(page.slots[4]), text="w4")
    ledger.add("unsure", **place(page.slots[5]), text="w5")
    review = fold([page], ledger.events)
    slots = review.pages[0].slots
    assert [(s.text, s.status) for s in slots[3:6]] == [
        ("fixed", "corrected"),
        ("w4", "accepted"),
        ("w5", "unsure"),
    ]
    assert slots[3].decided_by == "ann"
    assert slots[3].decided_seq == 1
    assert "w2 fixed w4" in review.text
    assert review.counts.corrected == 1
    assert review.counts.unsure == 1


def test_accepting_a_ghost_says_that_there_is_no_word() -> None:
    ghost = slot(0, Box(10, 10, 60, 30), "", risk=0.5, reasons=("ghost",))
    page = MergedPage(1, WIDTH, HEIGHT, 200.0, (ghost,), ("a",))
    assert len(queue(fold([page], []))) == 1
    ledger = Ledger()
    ledger.add("accept", **place(ghost), text="")
    review = fold([page], ledger.events)
    assert review.pages[0].slots[0].status == "accepted"
    assert review.pages[0].slots[0].ghost
    assert queue(review) == []


def test_split_keeps_the_order_and_covers_all_of_the_ink() -> None:
    page, ledger = a_page(), Ledger()
    old = page.slots[1]
    ledger.add(
        "split", **place(old),
        parts=[
            {"slot": "s-a", "box": [180, 40, 220, 70], "text": "w"},
            {"slot": "s-b", "box": [220, 40, 280, 70], "text": "1"},
        ],
    )  # fmt: skip
    slots = fold([page], ledger.events).pages[0].slots
    assert [s.text for s in slots[:4]] == ["w0", "w", "1", "w2"]
    assert Box.union_of(s.redact_box for s in slots[1:3]) == old.redact_box


def test_merge_joins_in_place_and_covers_both() -> None:
    page, ledger = a_page(), Ledger()
    a, b = page.slots[6], page.slots[7]
    ledger.add(
        "merge",
        slots=[a.id, b.id],
        boxes=[a.box.rounded(), b.box.rounded()],
        slot="m-1",
        box=a.box.union(b.box).rounded(),
        text="w6w7",
    )
    slots = fold([page], ledger.events).pages[0].slots
    assert [s.text for s in slots[5:8]] == ["w5", "w6w7", "w8"]
    cover = slots[6].redact_box
    assert cover.union(a.redact_box).union(b.redact_box) == cover


@pytest.mark.parametrize(
    ("box", "before", "after"),
    [
        ([145, 40, 175, 70], "w0", "w1"),
        ([760, 100, 860, 130], "w9", "w10"),
        ([40, 400, 140, 430], "w14", None),
        ([40, 5, 140, 25], None, "w0"),
    ],
)
def test_a_word_drawn_anywhere_takes_its_place_in_the_reading_order(
    box: list[float], before: str | None, after: str | None
) -> None:
    ledger = Ledger()
    ledger.add("insert", slot="i-1", box=box, text="new", after=None)
    texts = [s.text for s in fold([a_page()], ledger.events).pages[0].slots]
    at = texts.index("new")
    assert (texts[at - 1] if at else None) == before
    assert (texts[at + 1] if at + 1 < len(texts) else None) == after


def test_moving_a_box_moves_what_is_redacted() -> None:
    page, ledger = a_page(), Ledger()
    ledger.add("move", slot=page.slots[0].id, box=[400, 400, 500, 430], before=page.slots[0].box.rounded())
    moved = fold([page], ledger.events).pages[0].slots[0]
    assert moved.box == Box(400, 400, 500, 430)
    assert moved.redact_box == Box(397, 397, 503, 433)
    assert moved.status == "open"


def test_approval_falls_when_somebody_else_changes_the_page() -> None:
    page, ledger = a_page(), Ledger()
    ledger.add("approve_page")
    ledger.add("approve_document", None)
    assert fold([page], ledger.events).document_approved
    ledger.add("correct", **place(page.slots[0]), text="mine", before="w0")
    assert fold([page], ledger.events).pages[0].approved  # the same person: approves what is read
    ledger.add("correct", actor="bob", **place(page.slots[1]), text="bob's", before="w1")
    review = fold([page], ledger.events)
    assert not review.pages[0].approved
    assert not review.document_approved


def test_history_is_one_stack_a_person() -> None:
    page, ledger = a_page(), Ledger()
    first = ledger.add("correct", **place(page.slots[0]), text="ann's", before="w0")
    ledger.add("correct", actor="bob", **place(page.slots[1]), text="bob's", before="w1")
    review = fold([page], ledger.events)
    assert review.can_undo("ann") == first
    assert review.can_redo("ann") is None
    ledger.add("undo", target=first)
    review = fold([page], ledger.events)
    assert by_text(review)["w0"] == "open"
    assert by_text(review)["bob's"] == "corrected"
    assert review.can_undo("ann") is None
    assert review.can_redo("ann") == first


def test_events_on_pages_that_are_not_read_yet_wait_for_them() -> None:
    late, ledger = a_page(page=2, prefix="p2-"), Ledger()
    ledger.add("correct", page=2, **place(late.slots[2]), text="kept", before="w2")
    assert fold([a_page()], ledger.events).counts.decided == 0
    assert by_text(fold([a_page(), late], ledger.events), 2)["kept"] == "corrected"


def test_within_a_page_the_probably_wrong_come_first_then_reading_order() -> None:
    page = fold([a_page(30)], []).pages[0]
    found = bands(page)
    marks = ["high" if s.risk >= 0.5 else "medium" for s in found]
    assert marks == sorted(marks)
    for mark in ("high", "medium"):
        orders = [s.order for s, m in zip(found, marks, strict=True) if m == mark]
        assert orders == sorted(orders)
    assert {s.id for s in found} == {s.id for s in page.slots if flagged(s)}


# -- random operations ------------------------------------------------------------------------------

EDITS = ["accept", "correct", "unsure", "delete", "insert", "split", "merge"]
OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from([*EDITS, "move", "approve_page", "undo", "redo"]),
        st.integers(0, 10_000), st.sampled_from(["ann", "bob"]),
    ), max_size=60,
)  # fmt: skip


def operate(page: MergedPage, operations: Sequence[tuple[str, int, str]]) -> Ledger:
    """Random operations, each valid in the state that it meets."""
    ledger = Ledger()
    for number, (kind, pick, actor) in enumerate(operations):
        review = fold([page], ledger.events)
        slots = review.pages[0].slots
        if kind in {"undo", "redo"}:
            target = review.can_undo(actor) if kind == "undo" else review.can_redo(actor)
            if target is not None:
                ledger.add(kind, actor=actor, target=target)
            continue
        if not slots:
            continue
        target_slot = slots[pick % len(slots)]
        box = target_slot.box
        at: dict[str, Any] = {"slot": target_slot.id, "box": box.rounded()}
        match kind:
            case "accept" | "unsure":
                ledger.add(kind, actor=actor, **at, text=target_slot.text)
            case "correct":
                ledger.add(kind, actor=actor, **at, text=f"c{number}", before=target_slot.text)
            case "delete":
                ledger.add(kind, actor=actor, **at, before=target_slot.text)
            case "move":
                new = box.expanded(2).clipped(WIDTH, HEIGHT)
                ledger.add(kind, actor=actor, slot=target_slot.id, box=new.rounded(), before=box.rounded())
            case "insert":
                x = float(pick % (WIDTH - 60))
                ledger.add(
                    kind,
                    actor=actor,
                    slot=f"i-{number}",
                    box=[x, 600, x + 50, 630],
                    text=f"i{number}",
                    after=target_slot.id,
                    after_box=box.rounded(),
                )
            case "split" if box.width > 8:
                middle = round(box.x0 + box.width / 2, 2)
                parts = [
                    {"slot": f"s-{number}-a", "box": [box.x0, box.y0, middle, box.y1], "text": f"a{number}"},
                    {"slot": f"s-{number}-b", "box": [middle, box.y0, box.x1, box.y1], "text": f"b{number}"},
                ]
                ledger.add(kind, actor=actor, **at, parts=parts)
            case "merge" if len(slots) > 1:
                other = slots[(pick + 1) % len(slots)]
                ledger.add(
                    kind, actor=actor, slots=[target_slot.id, other.id],
                    boxes=[box.rounded(), other.box.rounded()], slot=f"m-{number}",
                    box=box.union(other.box).rounded(), text=f"m{number}",
                )  # fmt: skip
            case "approve_page":
                ledger.add(kind, actor=actor)
    return ledger


@settings(max_examples=60, deadline=None)
@given(OPERATIONS)
def test_undoing_everything_and_redoing_it_gives_the_same_state(
    operations: list[tuple[str, int, str]],
) -> None:
    page = a_page()
    ledger = operate(page, operations)
    before = fold([page], ledger.events)
    steps: dict[str, int] = {}
    for kind in ("undo", "redo"):
        for actor in ("bob", "ann") if kind == "undo" else ("ann", "bob"):
            count = 0
            while True:
                review = fold([page], ledger.events)
                target = review.can_undo(actor) if kind == "undo" else review.can_redo(actor)
                if target is None or (kind == "redo" and count == steps.get(actor, 0)):
                    break
                ledger.add(kind, actor=actor, target=target)
                count += 1
            if kind == "undo":
                steps[actor] = count
        if kind == "undo":
            assert fold([page], ledger.events).state_hash == fold([page], []).state_hash
    assert fold([page], ledger.events).state_hash == before.state_hash


@pytest.mark.parametrize("count", [150, pytest.param(500, marks=pytest.mark.slow)])
def test_many_operations_are_undone_and_redone(count: int) -> None:
    import random

    rng = random.Random(5)
    kinds = ["accept", "correct", "unsure", "delete", "move", "insert", "split", "merge", "approve_page"]
    page = a_page(100)
    ledger = operate(page, [(rng.choice(kinds), rng.randrange(10_000), "ann") for _ in range(count)])
    decisions = len(ledger.events)
    assert decisions > 0.8 * count
    before = fold([page], ledger.events)
    history = before.histories["ann"].undo
    for target in reversed(history):
        ledger.add("undo", target=target)
    assert fold([page], ledger.events).state_hash == fold([page], []).state_hash
    for target in history:
        ledger.add("redo", target=target)
    assert fold([page], ledger.events).state_hash == before.state_hash


@settings(max_examples=40, deadline=None)
@given(OPERATIONS)
def test_the_fold_is_pure(operations: list[tuple[str, int, str]]) -> None:
    page = a_page()
    ledger = operate(page, operations)
    frozen, events = replace(page), list(ledger.events)
    one, two = fold([page], ledger.events), fold([page], list(reversed(ledger.events)))
    assert one.state_hash == two.state_hash
    assert page == frozen
    assert ledger.events == events
    for slot_ in one.pages[0].slots:
        assert 0 <= slot_.redact_box.x0 <= slot_.redact_box.x1 <= WIDTH
    assert len({s.id for s in one.pages[0].slots}) == len(one.pages[0].slots)


DECIDING = st.lists(
    st.tuples(st.sampled_from(EDITS), st.integers(0, 10_000), st.just("ann")),
    max_size=30,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(DECIDING, st.floats(-6, 6), st.randoms(use_true_random=False))
def test_a_new_merge_with_other_ids_and_boxes_keeps_every_decision(
    operations: list[tuple[str, int, str]], shift: float, rng: Any
) -> None:
    page = a_page()
    ledger = operate(page, operations)
    old = fold([page], ledger.events)
    again = a_page(shift=shift)
    numbers = list(range(len(again.slots)))
    rng.shuffle(numbers)
    # the ids go to other words: only the place tells which is which
    again = replace(
        again, slots=tuple(replace(s, id=f"p1-{n}") for s, n in zip(again.slots, numbers, strict=True))
    )
    new = fold([again], ledger.events)
    assert [(s.text, s.status) for s in new.pages[0].slots] == [
        (s.text, s.status) for s in old.pages[0].slots
    ]


def test_decisions_on_parts_survive_a_merge_that_joins_them() -> None:
    page, ledger = a_page(), Ledger()
    ledger.add("correct", **place(page.slots[1]), text="left", before="w1")
    ledger.add("accept", **place(page.slots[2]), text="w2")
    joined = replace(
        page.slots[1],
        id="p1-joined",
        quad=Quad.from_box(page.slots[1].box.union(page.slots[2].box)),
        text="w1w2",
    )
    again = replace(page, slots=(page.slots[0], joined, *page.slots[3:]))
    texts = [(s.text, s.status) for s in fold([again], ledger.events).pages[0].slots[:4]]
    assert texts == [("w0", "open"), ("left", "corrected"), ("w2", "accepted"), ("w3", "open")]


def test_a_decision_survives_a_merge_that_splits_its_word() -> None:
    page, ledger = a_page(), Ledger()
    ledger.add("correct", **place(page.slots[1]), text="whole", before="w1")
    box = page.slots[1].box
    halves = [
        replace(page.slots[1], id=f"p1-half{n}", quad=Quad.from_box(b), redact_box=b.expanded(3), text=t)
        for n, (b, t) in enumerate(
            [(Box(box.x0, box.y0, 225, box.y1), "w"), (Box(235, box.y0, box.x1, box.y1), "1")]
        )
    ]
    again = replace(page, slots=(page.slots[0], *halves, *page.slots[2:]))
    slots = fold([again], ledger.events).pages[0].slots
    assert [s.text for s in slots[:3]] == ["w0", "whole", "w2"]
    cover = slots[1].redact_box
    assert all(cover.union(half.redact_box) == cover for half in halves)


def test_a_decision_survives_a_merge_that_no_longer_has_the_word() -> None:
    page, ledger = a_page(), Ledger()
    ledger.add("correct", **place(page.slots[7]), text="kept", before="w7")
    again = replace(page, slots=tuple(s for n, s in enumerate(page.slots) if n != 7))
    slots = fold([again], ledger.events).pages[0].slots
    assert [s.text for s in slots[6:9]] == ["w6", "kept", "w8"]


def test_an_inserted_word_takes_over_what_a_later_engine_reads_there() -> None:
    ledger = Ledger()
    missed = a_page(15).slots[14]
    ledger.add("insert", slot="i-1", box=missed.box.rounded(), text="typed", after=None, beside=[])
    slots = fold([a_page(15)], ledger.events).pages[0].slots
    assert [s.text for s in slots[12:]] == ["w12", "w13", "typed"]
