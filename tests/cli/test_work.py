"""The commands about the work: people, rules, sharing, double entry, certified accuracy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from test_commands import Answer, Run, run  # noqa: F401 - the fixture

from review import live
from review.edits import parse
from storage.project import Project
from tests.review_session.test_routes import Bench, edit


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "data")


def ask(run: Run, bench: Bench, *arguments: str) -> Any:  # noqa: F811
    answer: Answer = run(*arguments, "--json", "--data", bench.data)
    assert answer.code == 0, answer.err
    return answer.json


def test_people_get_and_lose_roles(run: Run, bench: Bench) -> None:  # noqa: F811
    assert ask(run, bench, "people") == {"people": []}
    ask(run, bench, "people", "set", "ada@example.org", "administrator")
    ask(run, bench, "people", "set", "ben@example.org", "reviewer")
    ask(run, bench, "people", "set", "ben@example.org", "none")
    assert ask(run, bench, "people") == {"people": [{"person": "ada@example.org", "role": "administrator"}]}
    last = run("people", "set", "ada@example.org", "none", "--json", "--data", bench.data)
    assert (last.code, "last administrator" in last.err) == (2, True)
    assert run("people", "set", "x", "king", "--data", bench.data).code == 2


def test_rules_are_set_and_kept(run: Run, bench: Bench) -> None:  # noqa: F811
    plain = {"four_eyes": False, "entry": "single", "target": None, "seeds": 0.0}
    assert ask(run, bench, "policy") == plain
    ask(run, bench, "policy", "--four-eyes", "--entry", "blind", "--target", "0.5%", "--seeds", "2%")
    rules = {
        "four_eyes": True,
        "entry": "blind",
        "target": {"rate": 0.005, "confidence": 0.95},
        "seeds": 0.02,
    }
    assert ask(run, bench, "policy") == rules
    assert ask(run, bench, "policy", "--confidence", "99%")["target"] == {"rate": 0.005, "confidence": 0.99}
    assert (
        ask(run, bench, "policy", "--no-target", "--no-four-eyes", "--entry", "single", "--seeds", "0")
        == plain
    )
    for bad in (("--target", "half"), ("--target", "140%"), ("--seeds", "60%"), ("--target", "0")):
        assert run("policy", *bad, "--data", bench.data).code == 2


def test_a_new_document_is_entered_as_the_rules_say(run: Run, bench: Bench, tmp_path: Path) -> None:  # noqa: F811
    from PIL import Image

    ask(run, bench, "policy", "--entry", "blind")
    Image.new("L", (80, 60), 255).save(tmp_path / "page.png")
    added = ask(run, bench, "add", str(tmp_path / "page.png"))["documents"][0]["id"]
    with Project.open(bench.data) as project:
        assert live.document(project, added).is_blind
        assert not live.document(project, bench.document).is_blind


def test_sharing_and_agreement(run: Run, bench: Bench) -> None:  # noqa: F811
    ask(run, bench, "assign", bench.document, "ben")
    ask(run, bench, "entry", bench.document, "blind")
    state = live.document(bench.project, bench.document)
    assert (state.assigned, state.is_blind) == ("ben", True)
    ask(run, bench, "people", "set", "ada", "administrator")
    assert run("assign", bench.document, "zoe", "--data", bench.data).code == 2
    assert run("assign", "nothing", "ada", "--data", bench.data).code == 2
    typed = {
        "ann": {"Dear": "Dear", "Madam": "Madam", "your": "yours"},
        "bob": {"Dear": "Dear", "Madam": "Madame", "your": "yours"},
    }
    for who, texts in typed.items():
        for before, text in texts.items():
            found = state.page(1, who)
            assert found is not None
            slot = next(s for s in found[0].slots if s.text == before)
            q = slot.quad.points
            word = {"id": slot.id, "quad": [q[0][0], q[0][1], 0, 0, q[2][0], q[2][1]]}
            kind = "accept" if text == before else "correct"
            state.decide(parse(edit(kind, word, text=text, before=before), state.sizes()), who)
    assert ask(run, bench, "agreement", bench.document)["words"] == 0, "nothing before both have handed in"
    for who in typed:
        state.decide(parse(edit("submit_page"), state.sizes()), who)
    found_ = ask(run, bench, "agreement", bench.document)
    assert (found_["words"], found_["agreed"], found_["people"]) == (3, 2, [["ann", "bob"]])
    # observed 2/3; by chance 1/3 * 1/3 for each of the two shared texts, 2/9: (2/3 - 2/9) / (7/9) = 4/7
    assert found_["kappa"] == pytest.approx(4 / 7, abs=1e-6)
    assert run("entry", bench.document, "single", "--data", bench.data).code == 2


def test_certified_accuracy_from_the_command_line(run: Run, bench: Bench) -> None:  # noqa: F811
    before = ask(run, bench, "certify", bench.document)
    assert (before["drawn"], before["met"], before["bound"]) == (0, before["unseen"] == 0, 1.0)
    ask(run, bench, "policy", "--target", "30%", "--confidence", "90%")
    if before["unseen"]:
        drawn = ask(run, bench, "certify", bench.document, "--draw", "--count", "1")
        assert drawn["drawn"] == 1
        assert drawn["samples"][0]["population"] == before["unseen"]
    assert ask(run, bench, "certify")["target"] == {"rate": 0.3, "confidence": 0.9, "gates": True}
    assert run("certify", "--count", "3", "--data", bench.data).code == 2
