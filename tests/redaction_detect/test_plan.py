"""What the ledger's events make of findings: approved, rejected, open, drawn, undone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.decisions import Event
from model.errors import Unreadable
from model.files import finding_to_json
from model.findings import Finding, SlotSpan
from model.geometry import Box, Quad
from model.words import TranscriptPage, TranscriptSlot
from redaction import detect, plan

DPI = 200.0


def finding(
    text: str = "John Smith", kind: str = "PERSON", x: float = 100.0, page: int = 1, number: str = ""
) -> Finding:
    box = Box(x, 200, x + 10 * len(text), 230)
    return Finding(
        number or f"{kind}{x}{page}",
        kind,
        text,
        page,
        (SlotSpan("s", 0, len(text)),),
        (box,),
        0.8,
        "t",
        "",
        "g",
    )


def page(number: int = 1) -> TranscriptPage:
    q = Quad.from_box(Box(100, 200, 200, 230))
    return TranscriptPage(number, 1654, 2339, DPI, (TranscriptSlot("s", q, "John", 0, 0, q.bounds),))


class Ledger:
    """Events as storage gives them."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def add(self, kind: str, payload: dict[str, Any], page: int | None = 1, actor: str = "ada") -> int:
        seq = len(self.events) + 1
        self.events.append(
            Event(
                "d",
                seq,
                kind,
                page,
                payload,
                actor,
                f"2026-11-20T10:00:{seq % 60:02d}.000Z",
                f"k{seq}",
                "",
                "",
            )
        )
        return seq

    def approve(self, f: Finding, **more: Any) -> int:
        return self.add("approve_finding", {"finding": finding_to_json(f), **more}, f.page)

    def reject(self, f: Finding) -> int:
        return self.add("reject_finding", {"finding": finding_to_json(f)}, f.page)


def test_undecided_until_somebody_decides() -> None:
    a, b = finding(), finding("Ann Lee", x=600)
    ledger = Ledger()
    assert plan.plan([a, b], [], [page()]).undecided == [a, b]
    ledger.approve(a, reason="GDPR 17", label="NAME")
    ledger.reject(b)
    now = plan.plan([a, b], ledger.events, [page()])
    assert not now.undecided
    assert now.approved == [a]
    assert now.rejected == [b]
    (redaction,) = now.redactions
    assert redaction.reason == "GDPR 17"
    assert redaction.label == "NAME"
    assert redaction.decided_by == "ada"
    assert redaction.decided_at.startswith("2026")
    assert redaction.box == Box(36, 72, 72, 82.8)


def test_an_approved_finding_outlives_another_detection() -> None:
    a = finding()
    ledger = Ledger()
    ledger.approve(a)
    gone = plan.plan([], ledger.events, [page()])
    assert [r.text for r in gone.redactions] == ["John Smith"]
    moved = replace(a, id="other", boxes=(Box(103, 199, 201, 231),), text="John Srnith")
    again = plan.plan([moved], ledger.events, [page()])
    assert not again.undecided, "the same type at the same place is the same finding"
    wider = replace(a, id="wide", boxes=(Box(100, 200, 700, 230),), text="John Smith, 12 Elm Street")
    assert plan.plan([wider], ledger.events, [page()]).undecided == [wider]
    assert plan.plan([replace(a, id="p", page=2)], ledger.events, [page(), page(2)]).undecided


def test_the_last_decision_counts() -> None:
    a = finding()
    ledger = Ledger()
    ledger.reject(a)
    ledger.approve(replace(a, id="re-detected"))
    now = plan.plan([a], ledger.events, [page()])
    assert len(now.redactions) == 1
    assert not now.rejected
    ledger.reject(a)
    assert not plan.plan([a], ledger.events, [page()]).redactions


def test_undo_and_redo() -> None:
    a = finding()
    ledger = Ledger()
    first = ledger.approve(a)
    undo = ledger.add("undo", {"target": first})
    assert plan.plan([a], ledger.events, [page()]).undecided == [a]
    ledger.add("redo", {"target": first})
    assert plan.plan([a], ledger.events, [page()]).approved == [a]
    ledger.add("undo", {"target": first})
    ledger.add("redo", {"target": undo})
    assert plan.plan([a], ledger.events, [page()]).approved == [a], "a redo may name the undo"


def test_drawn_boxes_rules_and_people_who_stay() -> None:
    ledger = Ledger()
    ledger.add(
        "add_redaction",
        {"redaction": "r1", "box": [100, 100, 300, 200], "reason": "FOIA 6", "label": "", "text": "Secret"},
        2,
    )
    ledger.add("add_redaction", {"redaction": "r2", "box": [0, 0, 50, 50], "reason": "x"}, 1)
    ledger.add("remove_redaction", {"redaction": "r2"}, 1)
    ledger.add(
        "add_rule",
        {"rule": {"id": "u1", "kind": "word", "value": "Aurora", "reason": "trade", "label": ""}},
        None,
    )
    ledger.add(
        "add_rule", {"rule": {"id": "u2", "kind": "pattern", "value": r"\d{4}-X", "reason": "t"}}, None
    )
    ledger.add("remove_rule", {"rule": {"id": "u2"}}, None)
    ledger.add("keep_person", {"text": "Jane Stanford"}, None)
    stays = finding("Stanford", x=900)
    word = replace(finding("Stanford", x=1200), type="USER_WORD")
    now = plan.plan([stays, word, finding()], ledger.events, [page(), page(2)])
    assert [r.id for r in now.redactions] == ["r1"]
    assert now.redactions[0].page == 2
    assert now.redactions[0].box == Box(36, 36, 108, 72)
    assert now.redactions[0].text == "Secret"
    assert [r.value for r in now.rules] == ["Aurora"]
    assert now.keep == ["Jane Stanford"]
    assert now.undecided == [word, finding()]


def test_a_broken_payload_names_the_event() -> None:
    ledger = Ledger()
    ledger.add("approve_finding", {"finding": {"id": "x"}})
    with pytest.raises(Unreadable, match="Decision 1"):
        plan.plan([], ledger.events, [page()])


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(["approve", "reject", "undo", "redo"])), max_size=40
    )
)
@settings(max_examples=150, deadline=None)
def test_folding_equals_replaying_what_is_in_force(steps: list[tuple[int, str]]) -> None:
    """Each finding is approved, rejected or open, as the last decision that was not undone says."""
    items = [finding(f"Person Number{n}", x=300.0 * n) for n in range(4)]
    ledger = Ledger()
    decided: list[tuple[int, int, str]] = []
    undone: set[int] = set()
    for which, what in steps:
        if what in ("approve", "reject"):
            seq = ledger.approve(items[which]) if what == "approve" else ledger.reject(items[which])
            decided.append((seq, which, what))
        elif decided:
            target = decided[which % len(decided)][0]
            ledger.add(what, {"target": target})
            (undone.add if what == "undo" else undone.discard)(target)
    expected = {which: what for seq, which, what in decided if seq not in undone}
    now = plan.plan(items, ledger.events, [page()])
    assert {f.id for f in now.approved} == {items[w].id for w, what in expected.items() if what == "approve"}
    assert {f.id for f in now.rejected} == {items[w].id for w, what in expected.items() if what == "reject"}
    assert {f.id for f in now.undecided} == {i.id for n, i in enumerate(items) if n not in expected}


@pytest.mark.parametrize(
    ("text", "kind", "everywhere"),
    [
        ("James Agler", "PERSON", True),
        ("Hinsdale", "PERSON", True),
        ("Will", "PERSON", False),
        ("Rose", "PERSON", False),
        ("Li", "PERSON", False),
        ("Mark", "PERSON", False),
        ("山田花子", "PERSON", True),
        ("田中", "PERSON", False),
        ("529-41-7763", "US_SSN", True),
        ("jane@example.com", "EMAIL_ADDRESS", True),
        ("97 Elm Avenue, Derby", "ADDRESS", True),
        ("Paris", "LOCATION", False),
        ("March 22, 1905", "DATE_TIME", False),
        ("25/05/1981", "DATE_OF_BIRTH", True),
        ("34", "AGE", False),
        ("1234", "ID_NUMBER", True),
        ("12", "ID_NUMBER", False),
    ],
)
def test_which_texts_go_everywhere(text: str, kind: str, everywhere: bool) -> None:
    assert (plan.also_elsewhere(finding(text, kind)) is not None) is everywhere


def test_automatic_boxes_cover_everything_found() -> None:
    words = ["Name:", "Margaret", "Ellsworth", "SSN", "529-41-7763"]
    slots = []
    x = 100.0
    for n, text in enumerate(words):
        q = Quad.from_box(Box(x, 200, x + 12 * len(text), 228))
        slots.append(TranscriptSlot(f"s{n}", q, text, 0, n, q.bounds.expanded(4)))
        x += 12 * len(text) + 14
    sheet = TranscriptPage(3, 1654, 2339, DPI, tuple(slots))
    findings = detect.find([sheet], None, languages=["en"])
    redactions = plan.automatic(findings, [sheet])
    for n in (1, 2, 4):
        wanted = slots[n].redact_box.scaled(72 / DPI)
        assert any(
            r.page == 3 and r.box.x0 <= wanted.x0 + 0.01 and r.box.x1 >= wanted.x1 - 0.01 for r in redactions
        )
    assert all(r.reason for r in redactions)
    assert len({r.id for r in redactions}) == len(redactions)
