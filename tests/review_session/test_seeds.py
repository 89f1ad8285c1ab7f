"""Known errors: shown to one person, answered without a trace in any transcript, never foreseen."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model.policy import Policy
from redaction import transcripts
from review import certify, live
from review.access import HEADER, secret
from review.load import load
from review.policy import set_policy
from review.seeds import choose, misread
from storage import readings
from tests.review_session.test_routes import TEXT, Bench, edit, reading


class Watched(Bench):
    """Three engines agree on nearly everything; a fifth of the doubtful words, at least one, is false."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        wrong = {"rapidocr": {6: "thlrd", 0: "Deor", 11: "mc"}, "tesseract": {2: "yaur"}, "third": {}}
        for engine, misread_as in wrong.items():
            readings.add(self.project, self.document, 1, reading(engine, misread_as))
        set_policy(self.project, Policy(seeds=0.2), "local")

    def seeds(self, who: str = "ann") -> dict[str, str]:
        state = live.document(self.project, self.document)
        state.page(1, who)
        return state._seeds(1, who)

    def somebody(self) -> str:
        """Chance rounds the number of known errors: a person who has one."""
        return next(name for name in (f"person{n}" for n in range(60)) if self.seeds(name))

    def page(self, who: str) -> list[dict[str, Any]]:
        answer = self.client.get(f"{self.base}/pages/1", headers=self.as_(who))
        return list(answer.json()["slots"])

    def as_(self, who: str) -> dict[str, str]:
        return {HEADER: self.token(actor=who)}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path)
    with made.client:
        yield made
    made.project.close()


def test_a_false_word_looks_like_any_doubtful_one(bench: Watched) -> None:
    who = bench.somebody()
    (key, false), *_ = bench.seeds(who).items()
    slot = next(s for s in bench.page(who) if s["id"] == key)
    assert slot["text"] == false != slot["candidates"][1][0]
    assert slot["mark"] in {"medium", "high"}
    assert slot["candidates"][1][0] in TEXT
    assert "seed" not in json.dumps(slot)
    assert bench.page(who) == bench.page(who), "a reload shows the same"
    other = next(s for s in bench.page("bystander-without") if s["id"] == key)
    if key not in bench.seeds("bystander-without"):
        assert other["text"] in TEXT


@pytest.mark.parametrize(
    ("kind", "caught", "right"), [("accept", 0, 0), ("correct", 1, 1), ("delete", 1, 0), ("unsure", 1, 0)]
)
def test_every_decision_is_an_answer_and_changes_nothing(
    bench: Watched, kind: str, caught: int, right: int
) -> None:
    who = bench.somebody()
    (key, false), *_ = bench.seeds(who).items()
    before = load(bench.project, bench.document)
    slot = next(s for s in bench.page(who) if s["id"] == key)
    truth = slot["candidates"][1][0]
    text = {
        "accept": {"text": false},
        "correct": {"text": truth, "before": false},
        "delete": {"before": false},
    }
    answer = bench.post(edit(kind, slot, **text.get(kind, {"text": false})), headers=bench.as_(who))
    assert answer.status_code == 200
    shown = next(s for s in answer.json()["acks"][0]["page"]["slots"] if s["id"] == key)
    assert (shown["text"], shown["status"], shown["mark"]) == (truth, "open", "")
    assert [e.kind for e in bench.events()] == ["answer_seed"]
    after = load(bench.project, bench.document)
    assert after.state_hash == before.state_hash
    found = certify.attentions(bench.project)[who]
    assert (found.shown, found.caught, found.right) == (1, caught, right)
    assert key not in bench.seeds(who)


def test_a_split_or_merge_of_a_false_word_is_an_answer_too(bench: Watched) -> None:
    who = bench.somebody()
    (key, false), *_ = bench.seeds(who).items()
    before = load(bench.project, bench.document).state_hash
    slots = bench.page(who)
    at = next(i for i, s in enumerate(slots) if s["id"] == key)
    a, b = (slots[at], slots[at + 1]) if at + 1 < len(slots) else (slots[at - 1], slots[at])
    boxes = [[s["quad"][0], s["quad"][1], s["quad"][4], s["quad"][5]] for s in (a, b)]
    payload = {
        "slots": [a["id"], b["id"]],
        "boxes": boxes,
        "slot": "m-new",
        "box": boxes[0],
        "text": false + "x",
    }
    one = {"kind": "merge", "page": 1, "key": "m" * 12, "payload": payload}
    assert bench.post(one, headers=bench.as_(who)).status_code == 200
    assert [e.kind for e in bench.events()] == ["answer_seed"]
    assert load(bench.project, bench.document).state_hash == before
    undo = {"kind": "undo", "page": 1, "key": "u" * 12, "payload": {}, "target_key": "m" * 12}
    assert bench.post(undo, headers=bench.as_(who)).status_code == 200
    assert bench.seeds(who)[key] == false, "taken back: it is asked again"


def test_no_false_text_ever_reaches_a_transcript_or_an_export(bench: Watched) -> None:
    rng = random.Random(3)
    people = [f"person{n}" for n in range(12)]
    false = {text for who in people for text in bench.seeds(who).values()}
    assert false
    for step in range(120):
        who = rng.choice(people)
        slots = bench.page(who)
        slot = rng.choice([s for s in slots if s["mark"]] or slots)
        kind = rng.choice(["accept", "accept", "correct", "delete", "unsure"])
        payload: dict[str, Any] = {"text": slot["text"]}
        if kind == "correct":
            payload = {"text": f"typed{step}", "before": slot["text"]}
        elif kind == "delete":
            payload = {"before": slot["text"]}
        if slot["text"] or kind in {"accept", "unsure"}:
            one = {**edit(kind, slot, **payload), "seen": slot["seen"]}
            assert bench.post(one, headers=bench.as_(who)).status_code in {200, 409}
    pages = load(bench.project, bench.document).pages
    for fmt in ("txt", "json", "csv", "hocr", "alto", "page"):
        for content in transcripts.files(fmt, pages, "letter.png", "letter").values():
            assert not any(text in content for text in false), fmt
    assert {e.kind for e in bench.events()} >= {"answer_seed", "accept"}


def test_nobody_can_foresee_them_and_everybody_has_others(bench: Watched) -> None:
    merged = live.document(bench.project, bench.document).page(1)
    assert merged is not None
    own = secret(bench.project.path)
    chosen = [choose(merged[1], own, "d", f"p{n}", 0.2) for n in range(40)]
    assert len({json.dumps(c, sort_keys=True) for c in chosen}) > 3
    assert chosen != [choose(merged[1], b"x" * 32, "d", f"p{n}", 0.2) for n in range(40)]
    assert choose(merged[1], own, "d", "p", 0.0) == {}


def test_a_misreading_is_plausible_and_no_usual_word() -> None:
    for word in ("letter", "morning", "welcome", "1905", "estate", "日本"):
        false = misread(word, 0.3)
        assert false is not None
        assert false != word
        assert abs(len(false) - len(word)) <= 1
    assert misread("xxxx", 0.5) is None


def test_without_known_errors_none_are_shown(bench: Watched) -> None:
    who = bench.somebody()
    set_policy(bench.project, Policy(), "local")
    assert bench.seeds(who) == {}
