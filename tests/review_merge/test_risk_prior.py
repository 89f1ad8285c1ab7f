"""The shipped model: where it comes from, what it costs at start-up, and that it ranks words rightly."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from merge_cases import recorded, truth, typed

from model.words import MergedPage
from review import lexicon, risk
from review.features import NAMES, family
from review.merge import merge

ROOT = Path(__file__).resolve().parents[2]


def test_it_says_what_it_was_trained_on_and_held_back() -> None:
    data = json.loads((ROOT / "review" / "risk_prior.json").read_text(encoding="utf-8"))
    assert data["trained_on"]
    assert data["held_back"]
    assert not set(data["trained_on"]) & set(data["held_back"])
    assert tuple(data["features"]) == NAMES
    both = data["held_back_figures"]["rapidocr+tesseract"]
    assert both["auroc"] >= 0.95
    assert both["ece"] <= 0.02


def test_merging_starts_without_the_heavy_libraries() -> None:
    code = "import sys, review.merge; print([m for m in ('sklearn', 'cv2', 'scipy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_wrong_words_are_riskier_than_right_ones() -> None:
    readings, image, transform = recorded("typed-1905")
    weak = [r for r in readings if r.engine == "tesseract"]
    noisy = recorded("handwritten-1905")
    wanted = set(" ".join(truth("typed-1905")["lines"]).split())
    right = [
        s.risk for s in merge(weak, image, transform=transform, languages=("en",)).slots if s.text in wanted
    ]
    letter = set(" ".join(truth("handwritten-1905")["lines"]).split())
    page = merge(noisy[0], noisy[1], transform=noisy[2], languages=("en",))
    wrong = [s.risk for s in page.slots if s.text and s.text not in letter]
    assert right
    assert wrong
    assert np.median(wrong) > 0.5 > 0.2 > np.median(right)


def test_a_word_that_one_engine_doubts_is_riskier() -> None:
    lines = [
        "the house stands in Elm Avenue",
        "and has been empty since the winter",
        "nobody came to ask for it",
    ]

    def page(first: str) -> MergedPage:
        return merge([typed([first, *lines[1:]]), typed(lines, "tesseract")], None, languages=("en",))

    doubted, agreed = page("the house stands in Elm Avenve"), page(lines[0])
    assert doubted.text == agreed.text == "\n".join(lines)
    risks = {s.text: s.risk for s in doubted.slots}
    assert risks["Avenue"] > 2 * next(s.risk for s in agreed.slots if s.text == "Avenue")
    assert risks["Avenue"] > 2 * np.median(list(risks.values()))


def test_probabilities_are_probabilities() -> None:
    right, exists = risk.model()
    values = np.random.default_rng(1).normal(0, 2, (200, len(NAMES)))
    values[::3, ::2] = np.nan
    for trees in (right, exists):
        p = trees.probability(values)
        assert ((p >= 0) & (p <= 1)).all()
        assert (np.diff(trees.knots[1]) >= 0).all()


def test_words_and_noise() -> None:
    assert lexicon.is_word("Testament,", ("fr",)) == 1.0
    assert lexicon.is_word("WeWuAgs", ("en",)) == 0.0
    assert np.isnan(lexicon.is_word("利用者", ("ja",)))
    assert lexicon.plausibility("funeral", ("en",)) > lexicon.plausibility("fxnqzl", ("en",)) + 1


def test_readings_of_one_recogniser_are_one_family() -> None:
    assert family("rapidocr_rescaled") == family("rapidocr")
    assert family("pdf_text") != family("pdf_ocr")


def test_where_all_is_garbled_the_engine_that_is_sure_is_quoted() -> None:
    lines = [
        ["xqvo jhtr wpz", "kdfu bnyq zxg", "vrtq ohj lpw"],
        ["xgvc jltn wqz", "kdlu bmyg xzg", "urtg oly fpw"],
        ["Ttps Rk Me", "Eeh Aol Psi", "Wuw Rre Nde"],
    ]
    names, sure = ("rapidocr", "rapidocr_rescaled", "tesseract"), (0.75, 0.75, 0.2)
    readings = [typed(t, n, confidence=c) for t, n, c in zip(lines, names, sure, strict=True)]
    slots = merge(readings, None, languages=("fr",)).slots
    first = [s.candidates[0] for s in slots if s.candidates]
    assert first
    assert all("rapidocr" in c.engines for c in first)
