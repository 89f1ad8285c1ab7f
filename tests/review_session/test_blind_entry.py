"""Blind double entry: neither sees the other's, what agrees stands, what differs goes to a third person."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model.decisions import Event
from model.errors import Conflict
from model.policy import Policy
from review import live, sharing
from review.access import HEADER
from review.load import load
from review.policy import set_policy
from review.session import fold
from storage import people
from tests.review_session.test_fold import Ledger, a_page, by_text, place
from tests.review_session.test_routes import Bench, edit


def typed(ledger: Ledger, who: str, page: Any, texts: dict[int, str]) -> None:
    for n, text in texts.items():
        before = page.slots[n].text
        kind = "accept" if text == before else "correct"
        ledger.add(kind, actor=who, **place(page.slots[n]), text=text, before=before)


def test_the_document_shows_nothing_until_both_are_done() -> None:
    page, ledger = a_page(), Ledger()
    ledger.add("set_entry", None, mode="blind")
    typed(ledger, "ann", page, {0: "zero", 1: "one"})
    ledger.add("submit_page", actor="ann")
    typed(ledger, "bob", page, {0: "zero", 1: "uno"})
    assert {"zero", "one", "uno"} & set(by_text(fold([page], ledger.events))) == set()
    ledger.add("submit_page", actor="bob")
    assert by_text(fold([page], ledger.events))["zero"] == "corrected"


def test_what_agrees_stands_and_what_differs_is_contested() -> None:
    page, ledger = a_page(), Ledger()
    ledger.add("set_entry", None, mode="blind")
    typed(ledger, "ann", page, {0: "zero", 1: "one", 2: "w2", 3: "w3"})
    typed(ledger, "bob", page, {0: "zero", 1: "uno", 2: "w2"})
    ledger.add("delete", actor="bob", **place(page.slots[4]), before="w4")
    ledger.add("unsure", actor="bob", **place(page.slots[3]), text="w3")
    for who in ("ann", "bob"):
        ledger.add("submit_page", actor=who)
    found = fold([page], ledger.events).page(1)
    assert found is not None
    slots = {s.id: s for s in found.slots}
    status = [slots[f"p1-{n}"].status for n in range(6)]
    assert status == ["corrected", "contested", "accepted", "contested", "contested", "open"]
    assert slots["p1-0"].decided_by == "ann, bob"
    assert [(c.text, c.engines) for c in slots["p1-1"].candidates[:2]] == [
        ("one", ("entry_1",)), ("uno", ("entry_2",)),
    ]  # fmt: skip
    assert [c.text for c in slots["p1-4"].candidates[:2]] == ["w4", ""]


def test_a_third_person_settles_and_approves() -> None:
    page, ledger = a_page(), Ledger()
    ledger.add("set_entry", None, mode="blind")
    typed(ledger, "ann", page, {1: "one"})
    typed(ledger, "bob", page, {1: "uno"})
    for who in ("ann", "bob"):
        ledger.add("submit_page", actor=who)
    ledger.add("correct", actor="cy", **place(page.slots[1]), text="eins", before="one")
    ledger.add("approve_page", actor="cy")
    review = fold([page], ledger.events)
    assert by_text(review)["eins"] == "corrected"
    assert review.pages[0].approved
    undone = ledger.add("undo", actor="ann", target=3)
    assert undone, "an entry that was taken back after all changes what the two said, never what cy decided"
    assert "eins" in by_text(fold([page], ledger.events))


def test_words_split_joined_and_added_by_one_are_contested_not_lost() -> None:
    page, ledger = a_page(), Ledger()
    ledger.add("set_entry", None, mode="blind")
    box = page.slots[0].box
    half = (box.x0 + box.x1) / 2
    ledger.add(
        "split", actor="ann", **place(page.slots[0]),
        parts=[
            {"slot": "s-a", "box": [box.x0, box.y0, half, box.y1], "text": "w"},
            {"slot": "s-b", "box": [half, box.y0, box.x1, box.y1], "text": "0"},
        ],
    )  # fmt: skip
    ledger.add("insert", actor="bob", slot="i-new", box=[200, 500, 260, 530], text="extra", after=None)
    for who in ("ann", "bob"):
        ledger.add("submit_page", actor=who)
    review = fold([page], ledger.events)
    statuses = by_text(review)
    assert {statuses[t] for t in ("w", "0", "extra")} == {"contested"}
    assert any(c.text == "w0" for s in review.pages[0].slots if s.text == "w" for c in s.candidates)
    assert statuses["w7"] == "open"


class Team(Bench):
    """Ann and Bob enter, Cy settles; Dot has no role."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        people.set_role(self.project, "cy", "administrator", actor="local")
        for name in ("ann", "bob", "eve"):
            people.set_role(self.project, name, "reviewer", actor="cy")
        live.document(self.project, self.document).set_entry("blind", "cy", "k" * 12)

    def as_(self, who: str) -> dict[str, str]:
        return {HEADER: self.token(actor=who, local=False)}

    def see(self, who: str, path: str = "/pages/1") -> Any:
        return self.client.get(self.base + path, headers=self.as_(who))

    def send(self, who: str, kind: str, word: Any = None, /, **payload: Any) -> Any:
        return self.post(edit(kind, word, **payload), headers=self.as_(who))

    def word(self, who: str, text: str) -> Any:
        return next(s for s in self.see(who).json()["slots"] if s["text"] == text)


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    made = Team(tmp_path)
    with made.client:
        yield made
    made.project.close()


def test_no_route_tells_the_second_what_the_first_typed(team: Team) -> None:
    secret = "Quixworth"
    assert (
        team.send("ann", "correct", team.word("ann", "Madam"), text=secret, before="Madam").status_code == 200
    )
    team.send("ann", "submit_page")
    for who in ("bob", "cy", "eve"):
        for path in ("/pages/1", "/overview"):
            assert secret not in team.see(who, path).text
    undone = team.send("bob", "undo")
    assert (undone.status_code, secret in undone.text) == (409, False)
    answer = team.send("bob", "correct", team.word("bob", "Madam"), text="Madame", before="Madam")
    assert secret not in answer.text
    assert "contested" not in answer.text
    listed = team.client.get(f"/inkveil/review/{team.project.path.name}/documents", headers=team.as_("bob"))
    assert secret not in listed.text
    assert secret not in load(team.project, team.document).text
    counts = {who: team.see(who, "/overview").json()["pages"][0]["decided"] for who in ("ann", "bob", "cy")}
    assert counts == {"ann": 1, "bob": 1, "cy": 0}


def test_who_may_enter_hand_in_settle_and_approve(team: Team) -> None:
    assert team.see("dot").status_code == 403
    for who, text in (("ann", "Madame"), ("bob", "Madonna")):
        assert (
            team.send(who, "correct", team.word(who, "Madam"), text=text, before="Madam").status_code == 200
        )
    third = team.send("eve", "accept", team.word("eve", "Dear"), text="Dear")
    assert (third.status_code, "already" in third.text) == (403, True)
    assert team.send("ann", "approve_page").status_code == 403
    assert team.send("ann", "submit_page").status_code == 200
    assert team.send("ann", "accept", team.word("ann", "Dear"), text="Dear").status_code == 403
    assert team.send("cy", "accept", team.word("cy", "Dear"), text="Dear").status_code == 403
    assert team.send("bob", "submit_page").status_code == 200
    entry = {who: team.see(who, "/overview").json()["pages"][0]["entry"] for who in ("ann", "bob", "cy")}
    assert entry == {"ann": "handed_in", "bob": "handed_in", "cy": "settle"}
    assert team.send("ann", "undo").status_code == 403, "handed in by both: it stays as it is"
    assert team.send("eve", "accept", team.word("eve", "Dear"), text="Dear").status_code == 403, "no approver"
    assert team.send("cy", "approve_page").status_code == 403, "not settled yet"
    contested = next(s for s in team.see("cy").json()["slots"] if s["status"] == "contested")
    assert team.send("cy", "correct", contested, text="Madame", before=contested["text"]).status_code == 200
    assert team.send("cy", "approve_page").status_code == 200
    assert "Madame" in load(team.project, team.document).text


def test_handing_in_can_be_taken_back_while_the_other_still_types(team: Team) -> None:
    team.send("ann", "accept", team.word("ann", "Dear"), text="Dear")
    team.send("ann", "submit_page")
    assert team.send("ann", "undo").status_code == 200
    assert team.send("ann", "accept", team.word("ann", "your"), text="your").status_code == 200


def test_how_a_document_is_entered_is_settled_before_the_first_decision(team: Team) -> None:
    team.send("ann", "accept", team.word("ann", "Dear"), text="Dear")
    with pytest.raises(Conflict):
        live.document(team.project, team.document).set_entry("single", "cy", secrets.token_hex(8))


def test_four_eyes_nobody_approves_their_own_work(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    set_policy(bench.project, Policy(four_eyes=True), "local")
    for name, role in (
        ("cy", "administrator"),
        ("ann", "approver"),
        ("bob", "approver"),
        ("eve", "reviewer"),
    ):
        people.set_role(bench.project, name, role, actor="local")  # type: ignore[arg-type]

    def send(who: str, kind: str, word: Any = None, /, **payload: Any) -> Any:
        headers = {HEADER: bench.token(actor=who, local=False)}
        return bench.post(edit(kind, word, **payload), headers=headers)

    with bench.client:
        send("ann", "accept", bench.find("Dear"), text="Dear")
        send("bob", "unsure", bench.find("your"), text="your")
        own = send("ann", "approve_page")
        assert (own.status_code, "Four eyes" in own.text) == (403, True)
        assert send("bob", "approve_page").status_code == 200, "marking as unsure decides nothing"
        whole = {"kind": "approve_document", "key": secrets.token_hex(8)}
        for who, status in (("eve", 403), ("ann", 403), ("bob", 200)):
            headers = {HEADER: bench.token(actor=who, local=False)}
            answer = bench.post({**whole, "key": secrets.token_hex(8)}, headers=headers)
            assert answer.status_code == status, who
    bench.project.close()


def test_next_hands_out_pages_once_and_taking_over_is_logged(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with bench.client:
        place_ = f"/inkveil/review/{bench.project.path.name}"
        wanted = {"document": bench.document, "page": 1, "scope": "project"}
        ann, bob = bench.headers, {HEADER: bench.token(actor="bob")}
        got = bench.client.post(f"{place_}/next", json=wanted, headers=ann).json()
        assert (got["document"], got["page"], got["pass"]) == (bench.document, 1, 1)
        assert bench.client.post(f"{place_}/next", json=wanted, headers=bob).json() == {}
        seen = bench.client.get(f"{bench.base}/overview", headers=bob).json()["pages"][0]["with"]
        assert seen["person"] == "ann"
        held = bench.client.post(f"{bench.base}/pages/1/lease", json={}, headers=bob).json()
        assert (held["person"], held["mine"]) == ("ann", False)
        taken = bench.client.post(f"{bench.base}/pages/1/lease", json={"take": True}, headers=bob).json()
        assert (taken["person"], taken["mine"]) == ("bob", True)
        event = bench.events()[-1]
        assert (event.kind, event.actor, event.payload["from"]) == ("take_over", "bob", "ann")
        assert bench.client.post(f"{place_}/next", json={"document": 3}, headers=ann).status_code == 422
        assert bench.client.post(f"{place_}/next", content=b"x", headers=ann).status_code == 422
    bench.project.close()


def test_a_document_assigned_to_somebody_else_is_not_handed_out(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    sharing.assign(bench.project, bench.document, "bob", "cy")
    sharing.assign(bench.project, bench.document, "bob", "cy")
    assert [e.kind for e in bench.events()] == ["assign"]
    ann, bob = live.Person("ann"), live.Person("bob")
    wanted = {"document": "another", "scope": "project"}
    assert sharing.next_page(bench.project, ann, wanted) is None
    found = sharing.next_page(bench.project, bob, wanted)
    assert found is not None
    assert found["document"] == bench.document
    bench.project.close()


def test_events_of_the_work_do_not_change_a_transcript() -> None:
    page, ledger = a_page(), Ledger()
    before = fold([page], ledger.events).state_hash
    ledger.add("assign", None, to="bob")
    ledger.add("take_over", **{"from": "bob", "until": 1.0})
    ledger.add("draw_sample", None, sample="s", slots=[])
    ledger.add("answer_seed", **place(page.slots[0]), shown="x", truth="w0", text="x")
    events: list[Event] = ledger.events
    assert fold([page], events).state_hash == before
    assert json.dumps([dict(e.payload) for e in events])
