"""Samples of what nobody looked at: the bound against tables, coverage, outcomes over time, the gate."""

from __future__ import annotations

import random
import secrets
from pathlib import Path
from typing import Any

import pytest

from model.errors import UsageError
from model.policy import Policy, Target
from review import certify, live
from review.policy import set_policy
from review.sampling import (
    Outcome,
    draw,
    interval,
    outcome,
    population,
    samples,
    size_for,
    upper_bound,
)
from review.session import fold
from review.session import live as standing
from storage import readings
from tests.review_session.test_fold import Ledger, a_page, place
from tests.review_session.test_routes import Bench, edit, reading


def test_the_bound_is_that_of_the_tables() -> None:
    assert size_for(0.005, 0.95) == 598
    assert upper_bound(0, 598, 0.95) <= 0.005 < upper_bound(0, 597, 0.95)
    assert upper_bound(0, 59, 0.95) == pytest.approx(0.0495, abs=1e-4)  # "59 clean units: 5 %"
    assert upper_bound(1, 93, 0.95) == pytest.approx(0.05, abs=1e-3)  # 93 with one, likewise
    assert upper_bound(0, 299, 0.95) == pytest.approx(0.01, abs=1e-4)  # 299 clean units: 1 %
    assert upper_bound(0, 0, 0.95) == 1.0
    assert upper_bound(5, 5, 0.95) == 1.0
    # Clopper and Pearson 1934: 3 of 10 at 95 %, both sides
    low, high = interval(3, 10)
    assert (round(low, 4), round(high, 4)) == (0.0667, 0.6525)
    assert interval(0, 0) == (0.0, 1.0)
    assert interval(10, 10)[1] == 1.0


def test_the_bound_holds_as_often_as_it_says() -> None:
    rng = random.Random(7)
    words = [(n < 60,) for n in range(4000)]  # 1.5 % wrong
    held = 0
    for _ in range(400):
        errors = sum(wrong for (wrong,) in draw(words, 300, rng.randrange(10**9)))
        held += upper_bound(errors, 300, 0.95) >= 0.015
    assert held / 400 >= 0.95


def test_a_draw_is_random_without_replacement_and_repeatable() -> None:
    words = [(n,) for n in range(500)]
    once = draw(words, 50, 42)
    assert once == draw(words, 50, 42) != draw(words, 50, 43)
    assert len(set(once)) == 50
    assert draw(words, 5000, 1) == words
    hits = [0] * 20
    for seed in range(2000):
        for (n,) in draw(words[:20], 5, seed):
            hits[n] += 1
    assert min(hits) > 400
    assert max(hits) < 600


def test_nobody_looked_at_means_neither_decided_nor_shown() -> None:
    page, ledger = a_page(), Ledger()
    risks = {s.id: s.risk for s in page.slots}
    open_ = [slot.id for _, slot in population(fold([page], ledger.events).pages)]
    assert open_ == [key for key, risk in risks.items() if risk < 0.15]
    ledger.add("accept", **place(page.slots[0]), text="w0")
    assert len(population(fold([page], ledger.events).pages)) == len(open_) - (risks["p1-0"] < 0.15)
    ledger.add("approve_page")
    assert len(population(fold([page], ledger.events).pages)) == 14, "approved unseen: doubtful ones as well"


def drawn(ledger: Ledger, page: Any, *numbers: int) -> None:
    slots = [{"page": 1, **place(page.slots[n]), "text": page.slots[n].text} for n in numbers]
    ledger.add("draw_sample", None, sample="s1", scope="document", population=99, slots=slots)


def result(page: Any, ledger: Ledger) -> Outcome:
    review = fold([page], ledger.events)
    return outcome(samples(ledger.events)[0], review.pages, standing(ledger.events))


def test_the_outcome_follows_from_decisions_and_their_undoing() -> None:
    page, ledger = a_page(), Ledger()
    drawn(ledger, page, 1, 2, 3, 4, 5)
    assert result(page, ledger) == Outcome(5, 0, 0)
    ledger.add("accept", **place(page.slots[1]), text="w1")
    wrong = ledger.add("correct", **place(page.slots[2]), text="two", before="w2")
    ledger.add("unsure", **place(page.slots[3]), text="w3")
    ledger.add("delete", **place(page.slots[4]), before="w4")
    assert result(page, ledger) == Outcome(5, 3, 2)
    ledger.add("undo", target=wrong)
    assert result(page, ledger) == Outcome(5, 2, 1)


def test_a_sample_is_found_again_after_a_later_reading() -> None:
    page, ledger = a_page(), Ledger()
    drawn(ledger, page, 1, 2)
    ledger.add("accept", **place(page.slots[1]), text="w1")
    moved = a_page(prefix="new-", shift=4.0)
    assert result(moved, ledger) == Outcome(2, 1, 0)
    gone = a_page(count=2, prefix="new-")
    assert result(gone, ledger) == Outcome(1, 1, 0), "w2 is no word of the page any more, and nobody said so"


class Certified(Bench):
    def __init__(self, data: Path) -> None:
        super().__init__(data)
        sure = reading("rapidocr", {3: "lettcr", 9: "we1come"})
        for engine in ("rapidocr", "tesseract", "third"):
            readings.add(
                self.project, self.document, 1, sure if engine == "rapidocr" else reading(engine, {})
            )
        set_policy(self.project, Policy(target=Target(0.3, 0.9)), "local")

    def approve(self) -> Any:
        return self.post({"kind": "approve_document", "key": secrets.token_hex(8)})


def test_approval_waits_for_the_target(tmp_path: Path) -> None:
    bench = Certified(tmp_path)
    with bench.client:
        refused = bench.approve()
        assert refused.status_code == 403
        assert "no sample" in refused.json()["error"]
        status = certify.draw(bench.project, bench.document, "cy")
        assert 0 < status.outcome.drawn <= status.unseen
        assert "0 of" in bench.approve().json()["error"]
        with pytest.raises(UsageError, match="not been looked at"):
            certify.draw(bench.project, bench.document, "cy")
        sample = {w.slot for s in samples(bench_events(bench)) for w in s.words}
        shown = [s for s in bench.slots() if s["id"] in sample]
        assert {(s["mark"], s["rank"], bool(s["reasons"])) for s in shown} == {("medium", 2, False)}
        assert all(s["expected"] < 0.15 for s in shown), "it raises no fear of errors"
        left = bench.get("/overview").json()["pages"][0]
        assert left["left"] >= len(sample)
        for slot in shown:
            assert bench.post(edit("accept", slot, text=slot["text"])).status_code == 200
        done = certify.of_document(bench.project, bench.document)
        assert done.outcome == Outcome(len(sample), len(sample), 0)
        assert done.met
        assert bench.approve().status_code == 200
    bench.project.close()


def test_a_failed_sample_is_not_forgotten_by_drawing_another(tmp_path: Path) -> None:
    bench = Certified(tmp_path)
    with bench.client:
        certify.draw(bench.project, bench.document, "cy", count=3)
        sample = {w.slot for s in samples(bench_events(bench)) for w in s.words}
        for slot in [s for s in bench.slots() if s["id"] in sample]:
            bench.post(edit("correct", slot, text=slot["text"] + "x", before=slot["text"]))
        failed = certify.of_document(bench.project, bench.document)
        assert failed.outcome == Outcome(3, 3, 3)
        assert not failed.met
        assert "were wrong" in bench.approve().json()["error"]
        again = certify.draw(bench.project, bench.document, "cy")
        assert [d.outcome.errors for d in again.samples] == [3, 0]
        assert again.outcome.errors == 3
        slots = {w.slot for s in samples(bench_events(bench)) for w in s.words} - sample
        for slot in [s for s in bench.slots() if s["id"] in slots]:
            bench.post(edit("accept", slot, text=slot["text"]))
        whole = certify.of_document(bench.project, bench.document)
        assert whole.unseen == 0, "so small a page is looked at as a whole"
        assert whole.met
        with pytest.raises(UsageError, match="nothing to draw"):
            certify.draw(bench.project, bench.document, "cy")
    bench.project.close()


def test_a_sample_of_the_project_certifies_its_documents(tmp_path: Path) -> None:
    bench = Certified(tmp_path)
    with bench.client:
        status = certify.draw(bench.project, None, "cy")
        assert status.samples[0].scope == "project"
        assert certify.of_document(bench.project, bench.document).outcome.drawn == 0
        for slot in [s for s in bench.slots() if s["rank"] == 2 and not s["reasons"]]:
            bench.post(edit("accept", slot, text=slot["text"]))
        assert certify.of_project(bench.project).met
        assert bench.approve().status_code == 200
    bench.project.close()


def bench_events(bench: Bench) -> list[Any]:
    return live.document(bench.project, bench.document).events()


def test_without_a_target_nothing_is_held_up(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with bench.client:
        assert bench.post({"kind": "approve_document", "key": "k" * 12}).status_code == 200
    bench.project.close()
