"""`inkveil calibrate` on a real project: decisions in the ledger teach the risk, or change nothing."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import cli
from model.geometry import Box, Quad
from model.words import Reading, Slot, Word
from review import live
from review.calibrate import FEATURES, Refit, fit
from review.edits import parse
from review.features import NAMES
from review.load import REFIT_SETTING, current_refit, load, merged_pages, page_keys
from review.risk import model_name
from storage import documents, ledger, readings, settings
from storage.project import Project
from workflow.calibrate import decided

SYLLABLES = ["ka", "lo", "mi", "ren", "tu", "sal", "ve", "dor", "pi", "nam", "ge", "bru", "fo", "lin", "ost"]
SIZE = (900, 700)
Truth = list[tuple[str, Box]]


def a_page(seed: int) -> tuple[Image.Image, Truth]:
    chance = random.Random(seed)
    image = Image.new("RGB", SIZE, "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(22)
    truth: Truth = []
    for y in range(40, 640, 80):
        x = 40.0
        while x < 740:
            word = "".join(chance.choices(SYLLABLES, k=chance.randint(2, 4)))  # names no list has
            box = Box(*map(float, draw.textbbox((x, y), word, font=font)))
            draw.text((x, y), word, fill="black", font=font)
            truth.append((word, box))
            x = box.x1 + 12
    return image, truth


def a_reading(engine: str, truth: Truth, wrong: float, sure: float, seed: int) -> Reading:
    """A reading as sure of its mistakes as of the rest: its confidences say nothing."""
    chance = random.Random(seed)
    words = []
    for text, box in truth:
        at = chance.randrange(len(text))
        said = text[:at] + chance.choice("aeioulnrst") + text[at + 1 :] if chance.random() < wrong else text
        words.append(Word(said, Quad.from_box(box), sure, int(box.y0) // 80))
    return Reading(engine, "recorded", *SIZE, tuple(words))


class Desk:
    """A project with a document, and a reviewer who knows the truth."""

    def __init__(self, data: Path, pages: int) -> None:
        self.data, self.project = data, Project.open(data)
        made = [a_page(seed) for seed in range(pages)]
        file = io.BytesIO()
        first, *rest = [image for image, _ in made]
        first.save(file, "TIFF", save_all=True, append_images=rest, dpi=(150, 150))
        self.truth = [truth for _, truth in made]
        self.document = documents.add(self.project, file.getvalue(), "roll.tif", languages=["en"]).id
        for number, truth in enumerate(self.truth, 1):
            # an engine that is sure of itself and often wrong, beside one that is right and unsure
            for engine, wrong, sure in (("tesseract", 0.4, 0.97), ("rapidocr", 0.02, 0.7)):
                made_up = a_reading(engine, truth, wrong, sure, number + 90 * (engine == "rapidocr"))
                readings.add(self.project, self.document, number, made_up)

    def at(self, page: int, slot: Slot) -> str:
        inside = [t for t, box in self.truth[page - 1] if box.expanded(3).contains(slot.box.centre)]
        return inside[0] if inside else ""

    def review(self, pages: int, words: int = 1000) -> None:
        """Decides on every word of the first pages, as the workbench would send it."""
        desk = live.document(self.project, self.document)
        for page in merged_pages(self.project, self.document)[:pages]:
            for n, slot in enumerate(page.slots[:words]):
                text = self.at(page.page, slot)
                payload: dict[str, Any] = {"slot": slot.id, "box": slot.box.rounded(), "text": text}
                kind = "accept" if text == slot.text else "correct" if text else "delete"
                if kind != "accept":
                    payload["before"] = slot.text
                edit = {"kind": kind, "page": page.page, "key": f"key-{page.page}-{n:04}", "payload": payload}
                desk.decide(parse(edit, desk.sizes()), "ann")

    def errors(self, page: int) -> int:
        merged = merged_pages(self.project, self.document)[page - 1]
        return sum(slot.text != self.at(page, slot) for slot in merged.slots)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "data", 4)
    yield made
    made.project.close()


def run(desk: Desk, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        cli.main(["calibrate", "--json", "--data", str(desk.data), *more])
    assert not end.value.code
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_corrected_pages_teach_the_risk_of_the_others(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.review(3)
    keys, before = page_keys(desk.project, desk.document), merged_pages(desk.project, desk.document)[3]
    errors = desk.errors(4)
    answer = run(desk, capsys)
    assert answer["kept"], answer
    assert answer["pages"] == 3
    assert answer["log_loss"]["after"] < answer["log_loss"]["before"]
    assert answer["errors_in_riskiest_20"]["after"] >= answer["errors_in_riskiest_20"]["before"]
    assert "3 pages" in answer["message"]
    assert answer["message"].endswith("kept")
    assert set(page_keys(desk.project, desk.document).values()).isdisjoint(keys.values())
    after = merged_pages(desk.project, desk.document)[3]  # of which nobody had decided anything
    assert [s.id for s in after.slots] == [s.id for s in before.slots]
    assert desk.errors(4) <= errors
    assert _loss(desk, after.slots) < _loss(desk, before.slots)
    decided_on = [s for p in load(desk.project, desk.document).pages[:3] for s in p.slots]
    assert all(s.status in ("accepted", "corrected") for s in decided_on)


def _loss(desk: Desk, slots: tuple[Slot, ...]) -> float:
    """Mean log loss of the risks of page 4."""
    risk = np.clip([s.risk for s in slots], 0.002, 0.998)
    wrong = np.array([s.text != desk.at(4, s) for s in slots])
    return float(-np.log(np.where(wrong, risk, 1 - risk)).mean())


def test_a_refit_is_added_once_and_never_overwritten(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.review(2)
    assert run(desk, capsys, "--document", desk.document)["kept"]
    first = settings.get(desk.project, REFIT_SETTING)
    again = run(desk, capsys)
    assert again["kept"]
    assert "in use already" in again["message"]
    assert len(settings.history(desk.project, REFIT_SETTING)) == 1
    desk.review(3)
    run(desk, capsys)
    values = [value for value, _, _ in settings.history(desk.project, REFIT_SETTING)]
    assert values[0] == first
    assert len(values) == 2


def test_too_little_changes_nothing(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    keys = page_keys(desk.project, desk.document)
    assert "too little to learn from" in run(desk, capsys)["message"]
    desk.review(1)
    answer = run(desk, capsys)
    assert not answer["kept"]
    assert not answer["enough"]
    assert "Nothing was changed" in answer["message"]
    assert page_keys(desk.project, desk.document) == keys
    assert settings.history(desk.project, REFIT_SETTING) == []


def test_decisions_that_were_taken_back_teach_nothing(desk: Desk) -> None:
    desk.review(1, words=3)
    merged = merged_pages(desk.project, desk.document)[0]
    events = ledger.events(desk.project, desk.document)
    assert decided(merged, events) == {s.id: desk.at(1, s) for s in merged.slots[:3]}
    bench = live.document(desk.project, desk.document)
    bench.decide(parse({"kind": "undo", "key": "undo-0001"}, bench.sizes()), "ann")
    assert len(decided(merged, ledger.events(desk.project, desk.document))) == 2


def test_what_each_kind_of_decision_says(desk: Desk) -> None:
    bench = live.document(desk.project, desk.document)
    merged = merged_pages(desk.project, desk.document)[0]
    a, b, c, d, e = merged.slots[:5]
    edits: list[dict[str, Any]] = [
        {"kind": "delete", "payload": {"slot": a.id, "box": a.box.rounded(), "before": a.text}},
        {"kind": "unsure", "payload": {"slot": b.id, "box": b.box.rounded(), "text": b.text}},
        {
            "kind": "merge",
            "payload": {
                "slots": [c.id, d.id], "boxes": [c.box.rounded(), d.box.rounded()], "slot": "merged-1",
                "box": c.box.union(d.box).rounded(), "text": c.text + d.text,
            },
        },
        {"kind": "accept", "payload": {"slot": e.id, "box": e.box.rounded(), "text": e.text}},
    ]  # fmt: skip
    for n, edit in enumerate(edits):
        bench.decide(parse({**edit, "page": 1, "key": f"kinds-{n:04}"}, bench.sizes()), "ann")
    found = decided(merged, ledger.events(desk.project, desk.document))
    assert found == {a.id: "", c.id: None, d.id: None, e.id: e.text}


def test_a_refit_of_another_model_or_a_broken_one_is_set_aside(desk: Desk) -> None:
    random_rows = np.random.default_rng(1).random((80, len(NAMES)))
    probability = np.full(80, 0.5)
    refit = fit(random_rows, probability, random_rows[:, 0] > 0.5)
    assert Refit.from_json(json.loads(json.dumps(refit.to_json()))) == refit
    assert refit.prior == model_name()
    for stored in (
        {**refit.to_json(), "prior": "older"}, {}, [], "x", {**refit.to_json(), "level": "nan"},
        {**refit.to_json(), "scales": {}}, {**refit.to_json(), "seen": [1]},
        {**refit.to_json(), "weights": {"gone": 1.0}},
    ):  # fmt: skip
        settings.set(desk.project, REFIT_SETTING, stored)
        assert current_refit(desk.project) is None
    settings.set(desk.project, REFIT_SETTING, refit.to_json())
    assert current_refit(desk.project) == refit


def test_without_evidence_it_is_the_shipped_model() -> None:
    rows = np.full((6, len(NAMES)), np.nan)
    probability = np.array([0.1, 0.3, 0.5, 0.5, 0.7, 0.9])
    right = np.array([False, False, True, False, True, True])
    learnt = fit(rows, probability, right).apply(rows, probability)
    assert np.abs(learnt - probability).max() < 0.1
    assert (np.diff(learnt) >= 0).all()


def test_it_learns_which_engine_to_trust_and_no_more_than_the_pages_show() -> None:
    chance = np.random.default_rng(2)
    rows = np.zeros((400, len(NAMES)))
    engine = NAMES.index("has_tesseract")
    rows[:, engine] = chance.random(400) < 0.5
    right = np.where(rows[:, engine] > 0, chance.random(400) < 0.9, chance.random(400) < 0.4)
    probability = np.full(400, 0.65)
    learnt = fit(rows, probability, right).apply(rows, probability)
    for group in (rows[:, engine] > 0, rows[:, engine] == 0):
        assert learnt[group].mean() == pytest.approx(right[group].mean(), abs=0.03)
    few = fit(rows[:6], probability[:6], right[:6]).apply(rows, probability)
    assert np.abs(few - 0.65).max() < 0.3


def test_where_nobody_decided_the_shipped_model_stays() -> None:
    rows = np.zeros((200, len(NAMES)))
    decided_on = np.linspace(0.2, 0.8, 200)
    learnt = fit(rows, decided_on, np.arange(200) % 10 != 0)  # nearly all of the doubtful words were right
    sure = np.array([0.0001, 0.01, 0.98, 0.9999])
    assert learnt.apply(rows[:4], sure).tolist() == sure.tolist()
    assert learnt.apply(rows[:1], np.array([0.5]))[0] > 0.7


def test_it_looks_at_features_that_there_are() -> None:
    assert set(FEATURES) <= set(NAMES)
