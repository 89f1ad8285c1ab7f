"""Characters find their partners whatever the order of the blocks, and in near-linear time."""

from __future__ import annotations

import random
import time

import numpy as np
import pytest
from merge_cases import boxless, typed

from review.align import align
from review.characters import characters, fold
from review.columns import side_of, stack, words

TEXT = (
    "It was my intention to be present at the funeral of Mrs. Stanford on Friday afternoon. "
    "The very serious condition and probable death in a day or two of Judge McKune, an old member. "
    "Please accept my deep sympathy and tell the Board that Mr. Hinsdale will represent our office there."
)


def links(a: str, b: str) -> list[tuple[str, str]]:
    one, two = (characters(boxless(t), 1000, 1400) for t in (a, b))
    match = align(side_of(one, 0), side_of(two, 1))
    placed = match[match >= 0]
    assert len(set(placed.tolist())) == len(placed), "no character may have two partners"
    return [(one.folded[i], two.folded[j]) for i, j in enumerate(match.tolist()) if j >= 0]


def test_what_counts_as_the_same_character() -> None:
    assert fold("’") == fold("'")
    assert fold("—") == fold("-")
    assert fold("Ａ") == fold("a")
    assert fold("é") == "e"
    assert fold("ﬁ") == "fi"
    assert fold("が") != fold("か")
    assert fold(" ") == ""
    assert fold("。") == fold(".")


def test_swapped_blocks_are_linked_in_any_order() -> None:
    sentences = TEXT.split(". ")
    moved = ". ".join([sentences[2], sentences[0], *sentences[3:], sentences[1]])
    pairs = links(TEXT, moved)
    length = len(characters(boxless(TEXT), 1000, 1400))
    assert sum(x == y for x, y in pairs) >= 0.97 * length


def test_lost_and_added_spaces_change_nothing() -> None:
    pairs = links(TEXT, TEXT.replace(" ", "").replace("Friday", "Fri day"))
    assert all(x == y for x, y in pairs)
    assert len(pairs) == len(characters(boxless(TEXT), 1000, 1400))


def test_misread_letters_keep_their_place() -> None:
    pairs = links(TEXT, TEXT.replace("Hinsdale", "Hlnsd4le").replace("office", "ofhce"))
    assert ("i", "l") in pairs
    assert ("a", "4") in pairs


def test_placed_readings_link_by_place_where_no_letter_agrees() -> None:
    a, b = typed(["Customer Owen", "paid in cash"]), typed(["Customer Dvvq", "paid in oooh"], "tesseract")
    columns = stack([characters(r, 1000, 1400) for r in (a, b)])
    spans = words(columns, [1.0, 1.0])
    assert len(spans) == 5
    assert all((columns.members[s:e] >= 0).any(axis=0).all() for s, e in spans)


def test_the_same_words_at_two_places_are_not_confused() -> None:
    a = typed(["total 100.00", "tax 100.00", "total 100.00"])
    b = typed(["total 100.00", "tax 100.00", "total 100.00"], "tesseract")
    columns = stack([characters(r, 1000, 1400) for r in (a, b)])
    assert (columns.members[:, 0] == columns.members[:, 1]).all()


def test_a_line_repeated_500_times_is_linked_once() -> None:
    streams = [
        characters(typed(TEXT.split(". ")), 1000, 1400),
        characters(boxless((TEXT.split(". ")[0] + "\n") * 500), 1000, 1400),
    ]
    columns = stack(streams)
    both = (columns.members >= 0).all(axis=1)
    length = len(characters(boxless(TEXT.split(". ")[0]), 1000, 1400))
    assert length * 0.9 <= both.sum() <= length * 1.25


@pytest.mark.parametrize("misread", [0.0, 0.1])
def test_cost_grows_about_linearly(misread: float) -> None:
    chance = random.Random(3)

    def cost(count: int) -> float:
        letters = "".join(chance.choices("etaoinshrdlucmfw ", k=count))
        other = "".join(chance.choice("xyz") if chance.random() < misread else c for c in letters)
        one, two = (side_of(characters(boxless(t), 1000, 1400), n) for n, t in enumerate((letters, other)))
        best = np.inf
        for _ in range(3):
            started = time.process_time()
            align(one, two)
            best = min(best, time.process_time() - started)
        return float(best)

    assert cost(40_000) < 16 * cost(5_000), "eight times the text may not cost 64 times as much"
