"""Where words end: lost and invented spaces, runs that have to stay whole, and the model that decides."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from merge_cases import typed

from model.geometry import Box, Quad
from model.words import Reading, Word
from review import borders
from review.borders import parting
from review.merge import merge
from review.trees import Trees

ROOT = Path(__file__).resolve().parents[2]
EN = ("en",)


def joined(line: str, confidence: float = 0.9) -> Reading:
    """The line as an engine gives it that lost all spaces: one word in the box of them all."""
    words = typed([line]).words or ()
    box = Box.union_of([w.box for w in words])
    return Reading(
        "rapidocr", "1", 1000, 1400, (Word("".join(line.split()), Quad.from_box(box), confidence),)
    )


def texts(*readings: Reading) -> list[str]:
    return [s.text for s in merge(readings, None, languages=EN).slots if s.text]


def test_the_cheapest_parting_is_at_the_words() -> None:
    costs = parting("gardenfence", EN)
    assert int(np.argmin(costs)) == len("garden") - 1
    assert min(costs) < 0
    assert min(parting("longer", EN)) > 0


def test_a_space_that_one_engine_lost_comes_back() -> None:
    assert texts(joined("Garden fence"), typed(["Garden Lance"], "tesseract", confidence=0.6)) == [
        "Garden",
        "fence",
    ]


def test_a_space_that_the_surer_engine_lost_after_a_comma_comes_back() -> None:
    lost, kept = (
        typed(["before the funeral,it would"], confidence=0.97),
        typed(["before the funeral, it would"]),
    )
    weaker = replace(
        kept, engine="tesseract", words=tuple(replace(w, confidence=0.7) for w in kept.words or ())
    )
    assert texts(lost, weaker) == ["before", "the", "funeral,", "it", "would"]


@pytest.mark.parametrize(
    "whole", ["grace.prescott@example.org", "8,169.50", "DE44500105175407324931", "12:45", "e.g."]
)
def test_what_belongs_together_stays_together(whole: str) -> None:
    line = f"write to {whole} at once"
    assert whole in texts(typed([line]), typed([line], "tesseract"))


def test_words_that_all_engines_see_are_not_cut() -> None:
    line = "nevertheless understanding counterproductive Wassermann"
    assert texts(typed([line]), typed([line], "tesseract")) == line.split()


def test_the_model_says_what_it_was_trained_on_and_is_better_than_votes() -> None:
    data = json.loads((ROOT / "review" / "border_prior.json").read_text(encoding="utf-8"))
    assert tuple(data["features"]) == borders.NAMES
    assert data["trained_on"]
    assert not set(data["trained_on"]) & set(data["held_back"])
    figures = data["held_back_figures"].values()
    by_votes = sum(f["borders"] * f["wrong_by_votes"] for f in figures)
    assert sum(f["borders"] * f["wrong"] for f in figures) < 0.9 * by_votes


def test_stored_trees_say_what_the_fitted_ones_say() -> None:
    sys.path.insert(0, str(ROOT / "bench"))
    from boosting import arrays
    from sklearn.ensemble import HistGradientBoostingClassifier

    chance = np.random.default_rng(3)
    x = chance.normal(size=(600, 5))
    x[chance.random((600, 5)) < 0.2] = np.nan
    y = np.nan_to_num(x[:, 0]) + np.nan_to_num(x[:, 1]) * np.isnan(x[:, 2]) > 0.1
    fitted = HistGradientBoostingClassifier(max_iter=12, max_depth=4, random_state=1).fit(x, y)
    trees = Trees.of({**arrays(fitted), "knots": [[0.0, 1.0], [0.0, 1.0]]})
    assert np.allclose(trees.raw(x), fitted.predict_proba(x)[:, 1], atol=2e-3)
