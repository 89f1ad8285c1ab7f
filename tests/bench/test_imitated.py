"""An imitated model's words: each number is the truth's word, what is invented has none, all by seed."""

from __future__ import annotations

from collections import Counter

import pytest
from imitated import imitated, imitated_words, misread, spoken
from rapidfuzz.distance import Levenshtein

from evaluation.labels import truth_lines
from evaluation.truth import Page, truth_from_json
from model.geometry import Box, Quad
from model.words import Reading, Word

TEXT = """The harbour master's book, kept at Whitby
Recd. of Mr. Ferrant & Sons the sum of £ 1,204.50
for the repair of the northern break-
water and of two lanterns on 14/3/1905
witnessed by Abigail Thornley and
Josiah Pemberton, clerk of the works
The remaining timber lies in the yard
until the spring tides have gone down"""


def page(text: str = TEXT, language: str = "en", turned: int | None = None) -> Page:
    """Words in a row each, in boxes; line `turned` stands upright in the margin."""
    lines, words = [], []
    for n, line in enumerate(text.splitlines()):
        x, boxes = 100.0, []
        for word in line.split():
            box = [x, 50.0 * n + 20, x + 12 * len(word), 50.0 * n + 50]
            x = box[2] + 12
            boxes.append(box)
        if n == turned:
            boxes = [[5.0, 20.0 + 60 * i, 30.0, 70.0 + 60 * i] for i in range(len(boxes))]
        lines.append({"text": line, "box": [boxes[0][0], boxes[0][1], boxes[-1][2], boxes[-1][3]]})
        words += [{"text": w, "box": b} for w, b in zip(line.split(), boxes, strict=True)]
    data = {
        "text": text, "lines": lines, "words": words, "width": 900, "height": 600, "language": language,
    }  # fmt: skip
    return Page("made", truth_from_json(data, "made"), None, {})


def flat(lines: list[list[tuple[str, int | None]]]) -> list[tuple[str, int | None]]:
    return [word for line in lines for word in line]


def test_a_number_is_the_word_that_was_meant() -> None:
    """Few errors: nearly every numbered word is its truth's, letter by letter or by its looks."""
    own = page()
    truth = [w for line in truth_lines(own.truth) for w in line]
    same = close = total = 0
    for seed in range(60):
        for word, number in flat(imitated_words(own, seed, 0.05)):
            if number is None:
                continue
            total += 1
            same += word == truth[number]
            core = word.strip("*")
            close += Levenshtein.normalized_similarity(core.lower(), truth[number].lower()) >= 0.3
    assert total > 1500
    assert same / total > 0.8
    assert close / total > 0.97


def test_no_word_of_the_truth_is_said_twice_under_its_number() -> None:
    own = page()
    for seed in range(80):
        numbers = [n for _, n in flat(imitated_words(own, seed)) if n is not None]
        assert max(Counter(numbers).values()) == 1, seed
        assert set(numbers) <= set(range(sum(map(len, truth_lines(own.truth))))), seed


@pytest.mark.parametrize(("rate", "low", "high"), [(0.01, 0.005, 0.09), (0.25, 0.2, 0.45)])
def test_the_rate_is_how_good_the_model_is(rate: float, low: float, high: float) -> None:
    own = page()
    place = Quad.from_box(Box(0, 0, 10, 10))
    truth = [w for line in truth_lines(own.truth) for w in line]
    own.readings["one"] = Reading("one", "", 900, 600, tuple(Word(w, place, 0.9, 0) for w in truth))
    wrong = 0
    for seed in range(40):
        said = {n: w.strip("*") for w, n in flat(imitated_words(own, seed, rate)) if n is not None}
        wrong += sum(said.get(n) != w for n, w in enumerate(truth))
    assert low <= wrong / (40 * len(truth)) <= high


def test_seeds_differ_and_one_seed_is_always_the_same() -> None:
    own = page()
    assert imitated_words(own, 3) == imitated_words(page(), 3)
    assert len({spoken([w for line in imitated_words(own, s) for w in line]) for s in range(20)}) > 15


def test_all_habits_of_a_model_turn_up() -> None:
    own = page(turned=6)
    seen: Counter[str] = Counter()
    straight = list(range(sum(map(len, truth_lines(own.truth)))))
    margin = {n for n, w in enumerate(w for line in truth_lines(own.truth) for w in line)} & set(
        range(44, 51)
    )
    for seed in range(400):
        lines = imitated_words(own, seed)
        words = flat(lines)
        numbers = [n for _, n in words if n is not None]
        seen["reordered"] += numbers != sorted(numbers)
        seen["joined"] += any(w.startswith("breakwater") for w, _ in words)
        seen["written out"] += any(n is not None and w in ("received", "and", "Mr") for w, n in words)
        seen["illegible"] += any(w.startswith("[") and n is None for w, n in words)
        seen["markdown"] += any(w in ("|", "#", "##") or "**" in w for w, _ in words)
        seen["invented line"] += any(len(line) > 1 and all(n is None for _, n in line) for line in lines)
        seen["looped"] += any(c > 3 for c in Counter(tuple(w for w, _ in line) for line in lines).values())
        seen["figures"] += any(w in ("1.204,50", "14.3.1905", "1204.50") for w, _ in words)
        seen["dropped line"] += any(set(straight[a : a + 6]).isdisjoint(numbers) for a in range(0, 40, 6))
        seen["dropped margin"] += margin.isdisjoint(numbers)
        seen["preface"] += "transcription" in " ".join(w for w, _ in words).lower()
    assert set(seen) == {k for k, count in seen.items() if count}, seen
    assert seen["dropped margin"] > seen["dropped line"] / 2
    assert seen["reordered"] < 200


def test_the_reading_has_no_boxes_and_says_the_words() -> None:
    own = page()
    reading = imitated(own, 5)
    assert reading.words is None
    assert (reading.width, reading.height) == (900, 600)
    assert (reading.text or "").split() == [w for w, _ in flat(imitated_words(own, 5))]


def test_japanese_is_said_without_spaces() -> None:
    own = page("氏 名 山 田 花 子\n昭 和 60 年 3 月", "ja")
    line = (imitated(own, 1, 0.0).text or "").replace("#", "").replace("*", "").replace("-", "").strip()
    assert "氏名山田花子" in line
    assert "昭和60年3月" in line


def test_a_page_with_lines_only_is_said_too() -> None:
    data = {
        "text": "Je lègue à ma sœur\nla maison", "words": None, "width": 500, "height": 300, "language": "fr",
        "lines": [{"text": "Je lègue à ma sœur", "box": [10, 10, 400, 40]},
                  {"text": "la maison", "box": [10, 60, 200, 90]}],
    }  # fmt: skip
    own = Page("lines", truth_from_json(data, "lines"), None, {})
    truth = [w for line in truth_lines(own.truth) for w in line]
    for seed in range(30):
        for word, number in flat(imitated_words(own, seed, 0.0)):
            if number is not None and word in truth:
                assert word == truth[number]


def test_an_empty_page_is_silent() -> None:
    data = {"text": "", "lines": [], "words": [], "width": 500, "height": 300, "language": "en"}
    own = Page("empty", truth_from_json(data, "empty"), None, {})
    for seed in range(20):
        assert not any(n is not None for _, n in flat(imitated_words(own, seed)))


def test_a_misread_word_is_another_word() -> None:
    import random

    chance = random.Random(2)
    for word in ("a", "of", "Thornley", "1905", "山", "été"):
        assert all(misread(word, chance) != word for _ in range(50))
