"""The published metrics to the letter, against vectors and a straightforward version; ours beside them."""

from __future__ import annotations

import json
import random
import re
import time
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from evaluation import metrics
from evaluation.boxes import word_score
from evaluation.edit import Windows
from evaluation.normalise import light, plain, tight, words
from model.geometry import Box

VECTORS = json.loads((Path(__file__).parents[1] / "resources" / "metrics_vectors.json").read_text("utf-8"))
CASES: list[dict[str, Any]] = VECTORS["cases"]

# -- a straightforward version, rule by rule as the comparison states them ---------------------------------

RULES: tuple[tuple[str, str, int], ...] = (
    (r"^#{1,6}\s+", "", re.M),
    (r"\*\*(.+?)\*\*", r"\1", 0), (r"__(.+?)__", r"\1", 0), (r"\*(.+?)\*", r"\1", 0), (r"_(.+?)_", r"\1", 0),
    (r"!\[.*?\]\(.*?\)", "", 0), (r"\[(.+?)\]\(.*?\)", r"\1", 0),
    (r"```.*?```", "", re.S), (r"`(.+?)`", r"\1", 0),
    (r"^\s*[-*+]\s+", "", re.M), (r"^\s*\d+\.\s+", "", re.M),
    (r"</?[a-zA-Z][^>]*>", "", 0),
    (r"[・☆○◎●■□▪▶►↓↳☑☐]", "", 0), (r"[。．]+$", "", re.M),
    (r"[（(][^）)]*(?:囲|線|注|省略|不明|読めない)[^）)]*[）)]", "", 0),
    ("[\U0001f300-\U0001f9ff\u2600-\u27bf\ufe00-\ufe0f]", "", 0),
)  # fmt: skip


def slow_light(text: str) -> str:
    for pattern, by, flags in RULES:
        text = re.sub(pattern, by, text, flags=flags)
    return unicodedata.normalize("NFKC", text).strip()


def slow_tight(text: str) -> str:
    return "".join(c for c in re.sub(r"\s", "", text) if c not in "。、．，.,:;!！？?…-–—~～\u3000")


def slow_nls(a: str, b: str) -> float:
    return 1.0 - Levenshtein.distance(a, b) / max(len(a), len(b)) if a or b else 1.0


def slow_score(g: str, p: str, *, early: bool) -> float:
    s = slow_nls(g, p)
    if (early and s >= 0.8) or len(g) >= len(p):
        return s
    return max([s, *(slow_nls(g, p[i : i + len(g)]) for i in range(len(p) - len(g) + 1))])


def slow_regions(regions: Sequence[str], prediction: str, *, early: bool = True) -> float:
    wanted = [g for g in (slow_tight(slow_light(r)) for r in regions) if g]
    lines = [s.strip() for s in slow_light(prediction).split("\n") if s.strip()]
    if not wanted or not lines:
        return 0.0 if wanted else 1.0
    joined = ["".join(lines[i : i + n]) for n in (1, 2, 3) for i in range(len(lines) - n + 1)]
    candidates = [slow_tight(c) for c in joined] + [slow_tight(slow_light(prediction))]
    return sum(max(slow_score(g, c, early=early) for c in candidates) for g in wanted) / len(wanted)


# Few letters, so that things repeat and match; the rules' own characters; what loops are made of.
ALPHABET = st.sampled_from("aab b1.\n\n -*+_#`![]()<>/（）囲線。．、・○～\u3000\u301c\ufe0f☀ＡｶﾞÉé\r\t")
MARKED = st.lists(
    st.one_of(
        ALPHABET,
        st.sampled_from(["**", "```", "](", "![", "__", "\n\n", "# ", "1. ", "省略", "読めない", "<b>"]),
    ),
    max_size=60,
).map("".join)
LETTERS = st.text("ab c\n", max_size=30)


@given(MARKED)
@settings(max_examples=600, deadline=None)
@example("\n\n \n- - x\n-\n- y")
@example("![[a](b)](c) [x] [y](z) [](u) ![](")
@example("(a(線)b) (線 (a （注")
def test_normalisation_is_that_of_the_rules(text: str) -> None:
    assert light(text) == slow_light(text)
    assert tight(text) == slow_tight(text)


@given(st.lists(LETTERS, max_size=5), LETTERS)
@settings(max_examples=400, deadline=None)
@example(["abcdefgh"], "abcdefghij")
@example(["abcdefgh"], "abcdefghijk")
@example(["abcdefghij" * 3], "abcdefghij" * 3 + "x\nabcde")
def test_regions_match_as_in_the_straightforward_version(regions: list[str], prediction: str) -> None:
    assert metrics.score(regions, prediction).hungarian_nls == round(slow_regions(regions, prediction), 6)
    corrected = slow_regions(regions, prediction, early=False)
    assert metrics.monotone_nls(regions, prediction) == pytest.approx(corrected, abs=1e-12)


@given(st.text("abc", min_size=1, max_size=24), st.text("abcd", max_size=20), st.integers(1, 12), LETTERS)
@settings(max_examples=400, deadline=None)
def test_the_best_window_is_the_best(needle: str, unit: str, times: int, rest: str) -> None:
    text = rest + unit * times + rest[::-1]
    windows = [text[i : i + len(needle)] for i in range(len(text) - len(needle) + 1)]
    searched = Windows(text)
    assert searched.best(needle) == max((slow_nls(needle, w) for w in windows), default=0.0)
    assert searched.best(needle[:1], 0.5) == max(0.5, float(needle[0] in text))  # the same object again


def test_long_needles_are_searched_as_exactly() -> None:
    rng = random.Random(5)
    text = "".join(rng.choice("abcde") for _ in range(900))
    for size in (63, 64, 65, 200):
        needle = list(text[300 : 300 + size])
        for at in rng.sample(range(size), size // 3):
            needle[at] = rng.choice("xyz")
        found = Windows(text).best("".join(needle))
        assert found == max(slow_nls("".join(needle), text[i : i + size]) for i in range(900 - size + 1))


@pytest.mark.parametrize("case", CASES, ids=[c["id"] for c in CASES])
def test_vectors_of_the_published_comparison(case: dict[str, Any]) -> None:
    found = metrics.score(case["gt_regions"], case["prediction"]).to_json()
    assert found == pytest.approx(case["expected"], abs=1e-6)
    if "published_nls" in case:
        assert round(found["hungarian_nls"], 3) == case["published_nls"]


def test_aggregate_of_the_vectors() -> None:
    assert len(CASES) == 61
    scores = [metrics.score(c["gt_regions"], c["prediction"]) for c in CASES]
    assert metrics.aggregate(scores) == pytest.approx(VECTORS["aggregate"], abs=1e-6)
    assert set(metrics.aggregate([]).values()) == {0}


def test_a_loop_of_20000_characters_costs_no_tenth_of_a_second() -> None:
    rng = random.Random(9)
    vocabulary = ["the", "county", "estate", "widow", "servant", "harvest", "railway", "parish", "winter"]
    regions = [" ".join(rng.choice(vocabulary) for _ in range(8)) for _ in range(60)]
    misread = ["".join(rng.choice("abcdefgh") if rng.random() < 0.2 else c for c in r) for r in regions]
    loop = ("and the widow of the parish " * 800)[:20_000]
    spent = []
    for _ in range(3):
        start = time.process_time()
        metrics.score(regions, "\n".join([*misread[:30], loop, *misread[31:]]))
        spent.append(time.process_time() - start)
    assert min(spent) < 0.1


@pytest.mark.parametrize(
    "loop",
    ["[](", "![", "![a](", "(", "（線", "<a", "\n", " \n", "。", "**", "_", "`", "```", "1", "- ", "[x](y"],
)
def test_no_loop_makes_the_normalisation_slow(loop: str) -> None:
    text = (loop * 50_000)[:100_000] + "x"
    start = time.process_time()
    tight(light(text))
    assert time.process_time() - start < 1.0


# -- beside the published ones -------------------------------------------------------------------------


def test_an_assignment_uses_each_line_once() -> None:
    twice = ["Jane Stanford", "Jane Stanford"]
    assert metrics.score(twice, "Jane Stanford").hungarian_nls == 1.0
    assert metrics.assignment_nls(twice, "Jane Stanford") == 0.5
    assert metrics.assignment_nls(twice, "Jane Stanford\nJane Stanford") == 1.0
    assert metrics.assignment_nls([], "x") == 1.0
    assert metrics.assignment_nls(["x"], "") == 0.0


def test_the_assignment_is_the_best_of_all() -> None:
    # Greedy would give "abcd" its exact line and leave "abce" with nothing alike.
    assert metrics.assignment_nls(["abcd", "abcx"], "abcx\nabzz") == pytest.approx((0.5 + 1.0) / 2)


@given(st.text("abc", min_size=1, max_size=12), LETTERS, LETTERS)
@settings(max_examples=300, deadline=None)
def test_what_stands_around_a_region_never_lowers_the_monotone_similarity(
    region: str, before: str, after: str
) -> None:
    prediction = before + region + after
    assert metrics.monotone_nls([region], prediction) == 1.0
    assert metrics.score([region], prediction).hungarian_nls <= 1.0


def test_the_published_window_search_stops_early() -> None:
    assert metrics.score(["abcdefgh"], "abcdefghij").hungarian_nls == 0.8
    assert metrics.monotone_nls(["abcdefgh"], "abcdefghij") == 1.0


def test_error_rates_are_not_clipped() -> None:
    assert metrics.cer("abc", "abc") == 0.0
    assert metrics.cer("ab", "abxxxx") == 2.0
    assert metrics.cer("", "x") == 1.0
    assert metrics.cer("", "") == 0.0
    assert metrics.cer("a  b\n", "a b") == 0.0
    assert metrics.wer("the old house", "the new old house") == pytest.approx(1 / 3)
    assert metrics.wer("one", "one two three") == 2.0
    assert metrics.wer("東京 都", "東京都") == metrics.cer("東京\n都", "東京都") == 0.0
    assert words("Mr. 山田 Tarō") == ["Mr.", "山", "田", "Tarō"]
    assert plain("Cafe\u0301\t ｘ\n東京 都 no ") == "Café x 東京都 no"


def test_failed_images_count_as_empty() -> None:
    scores = [metrics.score(["abcd"], "abcd")]
    assert metrics.aggregate(scores)["hungarian_nls"] == 1.0
    both = metrics.errors_as_empty(scores, [["efgh"]])
    assert (both["n_images"], both["n_failed"]) == (2, 1)
    assert (both["hungarian_nls"], both["cer"]) == (0.5, 0.5)


def test_words_with_boxes() -> None:
    truth = [("Dear", Box(0, 0, 40, 10)), ("Sir", Box(50, 0, 80, 10)), ("Yours", Box(0, 20, 50, 30))]
    found = [
        ("Dear", Box(1, 0, 41, 11)),
        ("Sin", Box(50, 0, 80, 10)),
        ("Sir", Box(50, 1, 81, 10)),
        ("stain", Box(200, 0, 210, 10)),
    ]
    score = word_score(truth, found)
    assert (score.truth, score.predicted, score.found, score.read) == (3, 4, 2, 2)
    assert score.recall == pytest.approx(2 / 3)
    assert score.precision == pytest.approx(1 / 2)
    assert word_score(truth, []).recall == 0.0
    assert word_score([], found).found_precision == 0.0
    assert word_score([("a", Box(0, 0, 0, 0))], [("a", Box(0, 0, 0, 0))]).found == 0
    one = word_score(truth[:1], [("Dear", Box(0, 0, 40, 10)), ("Dear", Box(0, 0, 40, 10))])
    assert (one.found, one.precision) == (1, 0.5)
