"""Why a slot is doubtful, in words: on real readings and on typed pages, in English and Japanese."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from merge_cases import boxless, recorded, typed

from model.files import page_to_json, pages_from_json
from model.texts import LANGUAGES
from model.words import MergedPage, Reading, Repair, Slot, Unplaced
from review.merge import merge
from review.reasons import CODES, mixed, notes, sentence, title, why

TEXT = "the letter of yesterday was welcome to the widow and her brother"


def slot_of(first: str, second: str, wrong: str) -> Slot:
    """The slot of the word that two engines read as `wrong` and otherwise."""
    page = merge([typed([first], "rapidocr"), typed([second], "tesseract")], None, languages=["en"])
    return next(s for s in page.slots if wrong in {c.text for c in s.candidates})


def test_a_disagreement_says_who_reads_what() -> None:
    slot = slot_of(TEXT, TEXT.replace("widow", "wibow"), "wibow")
    assert why(slot)[0] == "RapidOCR reads ‘widow’, Tesseract ‘wibow’"
    assert why(slot, "ja")[0] == "RapidOCRは「widow」、Tesseractは「wibow」と読んでいます"


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ("Widow", "only capitals differ"),
        ("widow.", "only punctuation differs"),
        ("wïdow", "only accents differ"),
    ],
)
def test_what_differs_in_a_small_way_only_is_said(other: str, said: str) -> None:
    phrases = why(slot_of(TEXT, TEXT.replace("widow", other), other))
    assert phrases[0].startswith(said)
    assert f"Tesseract ‘{other}’" in phrases[0]


def test_other_borders_are_shown_with_both_texts() -> None:
    joined, parted = TEXT.replace("brother", "today"), TEXT.replace("brother", "to day")
    page = merge(
        [typed([joined]), typed([joined], "rapidocr_rescaled"), typed([parted], "tesseract")], None,
        languages=["en"],
    )  # fmt: skip
    slot = next(s for s in page.slots if {c.text for c in s.candidates} == {"today", "to day"})
    assert any(p.startswith("the engines part the words differently: ‘") for p in why(slot))
    assert "‘today’" in sentence(slot)
    assert "‘to day’" in sentence(slot)


def test_one_voice_is_no_agreement_even_where_it_reads_twice() -> None:
    lines = [TEXT, "signed in presence of the executor"]
    page = merge(
        [typed(lines), typed(lines, "rapidocr_rescaled"), typed(lines[:1], "tesseract")],
        None,
        languages=["en"],
    )
    alone = next(s for s in page.slots if s.text == "executor")
    assert "single_engine" in alone.reasons
    assert "only one engine saw this (RapidOCR)" in why(alone)
    both = next(s for s in page.slots if s.text == "widow")
    assert why(both) == ["the engines agree"]


def test_an_unsure_engine_is_named_with_its_confidence() -> None:
    page = merge([typed([TEXT], confidence=0.41)], None, languages=["en"])
    assert "RapidOCR is unsure (41 %)" in why(page.slots[1])
    assert "RapidOCRの確信度は41 %です" in why(page.slots[1], "ja")


def test_no_word_of_the_language_and_mixed_letters() -> None:
    page = merge([typed(["zqxvkw 19O5 letter"])], None, languages=["en"])
    said = {s.text: why(s) for s in page.slots}
    assert "not a word of this page's language" in said["zqxvkw"]
    assert "digits and letters mixed" in said["19O5"]
    assert said["letter"] == ["no engine contradicts RapidOCR"]


@pytest.mark.parametrize("text", ["3rd", "1905", "5月", "ann7@example.org", "Mar.22,1905", "10-B", "n°4"])
def test_what_is_written_with_digits_anyway_is_not_mixed(text: str) -> None:
    assert not mixed(text)


@pytest.mark.parametrize("text", ["19O5", "l2", "4O,000", "we1come", "B0x"])
def test_letters_among_digits_are_mixed(text: str) -> None:
    assert mixed(text)


def test_ink_without_a_word_and_doubt_without_a_reason() -> None:
    page = merge(*recorded_page("typed-1905"), languages=["en"])
    slot = page.slots[0]
    assert why(replace(slot, text="", candidates=(), reasons=("ghost",))) == ["ink with no word"]
    plain = replace(slot, reasons=(), risk=0.4)
    assert "often wrong" in sentence(plain, often_wrong=0.15)
    assert "often wrong" not in sentence(plain, often_wrong=0.5)


def test_a_word_placed_by_its_neighbours_says_so() -> None:
    readings = [typed([TEXT.replace("widow", "|||||")]), boxless(TEXT)]
    page = merge(readings, None, languages=["en"])
    guessed = [s for s in page.slots if "ungrounded" in s.reasons]
    for slot in guessed or [replace(page.slots[0], reasons=("ungrounded",))]:
        assert "placed by its neighbours only, no letter confirmed" in why(slot)


@pytest.mark.parametrize("name", ["typed-1905", "will-1914-lines", "form", "note-ja"])
def test_every_slot_of_a_real_page_has_its_sentence(name: str) -> None:
    page = merge(*recorded_page(name), languages=["en", "fr"])
    for slot in page.slots:
        for language in LANGUAGES:
            text = sentence(slot, language)
            assert text.endswith(("。", "."))
            assert "{" not in text
            assert not any(code in text for code in CODES if "_" in code)
        if "disagreement" in slot.reasons and len(slot.candidates) == 2:
            engines = {e for c in slot.candidates for e in c.engines}
            assert all(title(e) in " ".join(why(slot)) for e in engines if e == e.split("_")[0])


def test_pages_json_says_why_and_is_read_back() -> None:
    page = merge(*recorded_page("typed-1905"), languages=["en"])
    data = page_to_json(page, why)
    assert all(s["why"] for s in data["slots"])
    assert pages_from_json({"pages": [data]}) == pages_from_json({"pages": [page_to_json(page)]})


def test_an_engine_that_is_gone_keeps_its_bare_name() -> None:
    assert title("some_old_engine") == "some old engine"
    assert title("rapidocr_rescaled") == "RapidOCR (rescaled)"


def recorded_page(name: str) -> tuple[list[Reading], Any]:
    readings, image, _ = recorded(name)
    return readings, image


def test_what_was_odd_in_an_answer_is_told_in_sentences() -> None:
    unplaced = tuple(Unplaced(f"word{n}", "claude") for n in range(14))
    repairs = (
        Repair("claude", "coordinates", 12), Repair("gpt", "disagreement", 1), Repair("gpt", "decoration", 3),
        Repair("claude", "no_place", 0),
    )  # fmt: skip
    page = MergedPage(1, 100, 100, 100.0, (), ("claude", "gpt"), (), unplaced, repairs)
    first, *rest = notes(page)
    assert first.startswith("Claude also read ‘word0’, ‘word1’,")
    assert first.endswith("‘word11’ and 2 more, for which there is no ink on the page.")
    assert rest == [
        "Claude stated 12 places that are not where text is; the other engines place its words.",
        "Asked several times, GPT differed from itself in 1 word.",
    ]
    assert len(notes(page, "ja")) == 3
    assert notes(MergedPage(1, 100, 100, 100.0, (), ("gpt",))) == []
