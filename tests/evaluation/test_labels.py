"""What each slot should say: split and joined words, other orders, omissions, insertions, ghosts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluation.labels import Expected, expected_of_drafts, expected_of_page, loose, norm
from evaluation.truth import Truth, truth_from_json
from model.files import reading_from_json
from model.geometry import Box, Quad, Transform
from model.words import Candidate, MergedPage, Slot
from review.merge import merge, stacked

RESOURCES = Path(__file__).resolve().parents[1] / "resources"
WIDTH, HEIGHT = 600, 400


def slot(text: str, box: tuple[float, float, float, float], line: int = 0, candidate: str = "") -> Slot:
    where = Box(*box)
    said = text or candidate
    candidates = (Candidate(said, ("one",)),) if said else ()
    return Slot("s", Quad.from_box(where), text, candidates, 0.5, (), line, 0, where)


def page(*slots: Slot) -> MergedPage:
    return MergedPage(1, WIDTH, HEIGHT, 150, slots, ("one",))


def truth(*lines: tuple[str, tuple[float, float, float, float]]) -> Truth:
    data = {
        "text": "\n".join(text for text, _ in lines),
        "lines": [{"text": text, "box": list(box)} for text, box in lines],
        "words": None,
        "width": WIDTH,
        "height": HEIGHT,
        "language": "en",
    }
    return truth_from_json(data, "made")


LINE = ("the quick brown fox", (10.0, 10.0, 390.0, 40.0))


def test_every_slot_gets_its_word_and_a_wrong_letter_is_wrong() -> None:
    found = page(
        slot("the", (10, 10, 70, 40)), slot("quiek", (90, 10, 190, 40)),
        slot("brown", (210, 10, 310, 40)), slot("fox", (330, 10, 390, 40)),
    )  # fmt: skip
    labels = expected_of_page(found, truth(LINE))
    assert [e.text for e in labels.slots] == ["the", "quick", "brown", "fox"]
    assert [e.right(s.text) for e, s in zip(labels.slots, found.slots, strict=True)] == [
        True,
        False,
        True,
        True,
    ]
    assert [e.errors(s.text) for e, s in zip(labels.slots, found.slots, strict=True)] == [0, 1, 0, 0]
    assert labels.omitted == []


def test_a_word_in_two_slots_is_wrong_and_two_words_joined_by_a_space_are_right() -> None:
    found = page(
        slot("the quick", (10, 10, 190, 40)), slot("bro", (210, 10, 270, 40)),
        slot("wn", (270, 10, 310, 40)), slot("fox", (330, 10, 390, 40)),
    )  # fmt: skip
    labels = expected_of_page(found, truth(LINE))
    right = [e.right(s.text) for e, s in zip(labels.slots, found.slots, strict=True)]
    assert right == [True, False, False, True]
    assert labels.slots[0].right("thequick") is False
    # The split word is one error, wherever it is counted.
    assert sum(e.errors(s.text) for e, s in zip(labels.slots, found.slots, strict=True)) == 1


def test_what_no_slot_covers_is_omitted_and_what_the_truth_lacks_is_inserted() -> None:
    found = page(
        slot("the", (10, 10, 70, 40)), slot("fox", (330, 10, 390, 40)),
        slot("zzz", (400, 12, 440, 38)), slot("STAMP", (300, 300, 420, 360), 1),
    )  # fmt: skip
    labels = expected_of_page(found, truth(LINE))
    assert [labels.words[w][0] for w in labels.omitted] == ["quick", "brown"]
    assert [e.text for e in labels.slots] == ["the", "fox", None, None]
    assert [e.outside for e in labels.slots] == [False, False, False, True]
    assert labels.slots[3].errors("STAMP") == 1
    assert labels.slots[3].right("")


def test_order_does_not_matter() -> None:
    """Two columns, whose slots come in another order than the truth's lines."""
    left = [(f"left {n} column says", (10.0, 20.0 + 40 * n, 280.0, 44.0 + 40 * n)) for n in range(4)]
    right = [(f"right {n} column tells", (310.0, 20.0 + 40 * n, 590.0, 44.0 + 40 * n)) for n in range(4)]
    slots = []
    for row in zip(left, right, strict=True):
        for text, box in row:
            words = text.split()
            step = (box[2] - box[0]) / len(words)
            slots += [
                slot(w, (box[0] + step * i, box[1], box[0] + step * (i + 1) - 8, box[3]))
                for i, w in enumerate(words)
            ]
    labels = expected_of_page(page(*slots), truth(*left, *right))
    assert all(e.right(s.text) for e, s in zip(labels.slots, slots, strict=True))
    assert labels.omitted == []


def test_a_ghost_answers_for_the_words_that_lie_on_it() -> None:
    found = page(
        slot("the", (10, 10, 70, 40)), slot("quick", (90, 10, 190, 40)),
        slot("", (205, 8, 395, 42)), slot("", (300, 300, 420, 360), 1),
    )  # fmt: skip
    labels = expected_of_page(found, truth(LINE))
    assert labels.slots[2].text == "brown fox"
    assert labels.slots[2].errors("") == 2
    assert labels.omitted == []
    assert labels.slots[3].right("")
    assert labels.slots[3].outside


def test_a_slot_without_a_chosen_text_is_wrong_where_a_word_stands() -> None:
    found = page(
        slot("", (90, 10, 190, 40), candidate="quiek"), slot("", (200, 200, 260, 230), candidate="~")
    )
    labels = expected_of_page(found, truth(LINE))
    assert labels.slots[0].text == "quick"
    assert not labels.slots[0].right("")
    assert labels.slots[1].right("")


def test_a_truth_without_places_is_aligned_by_its_text() -> None:
    bare = truth_from_json({"text": "the quick\nbrown fox"}, "bare")
    found = page(
        slot("the", (10, 10, 70, 40)), slot("qulck", (90, 10, 190, 40)), slot("fox", (10, 60, 70, 90))
    )
    labels = expected_of_page(found, bare)
    assert [e.text for e in labels.slots] == ["the", "quick", "fox"]
    assert [labels.words[w][0] for w in labels.omitted] == ["brown"]
    assert not any(e.outside for e in labels.slots)


def test_what_counts_as_the_same() -> None:
    assert norm(" “Don’t”  ﬁx —") == '"Don\'t" fix -'
    assert norm("Fox,") != norm("fox")
    assert loose("Fox, 12!") == loose("ＦＯＸ １２")
    expected = Expected("Fox,", [0])
    assert not expected.right("fox")
    assert expected.loosely_right("fox")


@pytest.mark.parametrize("name", ["form", "note-ja"])
def test_drafts_and_finished_pages_get_the_same_labels(name: str) -> None:
    """Recorded readings of a real crop: what the drafts should say is what their slots should say."""
    recorded = json.loads((RESOURCES / "merge" / f"{name}.json").read_text("utf-8"))
    crop = json.loads((RESOURCES / "crops.json").read_text("utf-8"))[name]
    readings = [reading_from_json(r) for r in recorded["readings"]]
    transform = Transform.from_json(recorded["transform"])
    known = truth_from_json(
        {"text": "\n".join(crop["lines"]), "words": crop["words"], "language": crop["language"]}, name
    ).scaled(transform.target.width, transform.target.height)
    work = stacked(readings, None, transform)
    merged = merge(readings, None, transform=transform)
    drafts = expected_of_drafts(work, known, transform)
    slots = expected_of_page(merged, known, transform)
    assert sorted(e.text or "" for e in drafts.slots) == sorted(e.text or "" for e in slots.slots)
    assert drafts.omitted == slots.omitted == []
    wrong = sum(not e.right(s.text) for e, s in zip(slots.slots, merged.slots, strict=True))
    assert wrong <= len(merged.slots) / 4
