"""Who stays, stays in all forms of the name; nobody else is uncovered with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.errors import UsageError
from model.findings import Rule
from redaction import detect, stay
from redaction.stay import Stay
from storage.project import Project


def kept(stay_: Stay, *found: str) -> set[str]:
    flags = stay_.staying([("PERSON", text) for text in found])
    return {text for text, flag in zip(found, flags, strict=True) if flag}


def test_all_forms_of_a_name_stay() -> None:
    forms = {
        "Quilla Ostberg", "Ostberg", "Ms. Ostberg", "Q. Ostberg", "OSTBERG", "Ostberg's", "Ostberg, Quilla",
        "Quilla",
    }  # fmt: skip
    assert kept(Stay(["Quilla Ostberg"]), *forms, "Ostermann", "R. Lindqvar") == forms
    assert kept(Stay(["Quilla Maria Ostberg"]), "Quilla Ostberg", "Q. M. Ostberg") == {
        "Quilla Ostberg", "Q. M. Ostberg"
    }  # fmt: skip


def test_a_part_that_another_person_of_the_document_bears_is_found() -> None:
    assert kept(Stay(["Quilla Ostberg"]), "Quilla Ostberg", "Tomas Ostberg", "Ostberg", "Quilla") == {
        "Quilla Ostberg", "Quilla"
    }  # fmt: skip
    assert kept(Stay(["Ian Ostberg"]), "J. Ostberg") == set(), "an initial that only looks alike"
    assert kept(Stay(["Will"]), "Will Ostberg", "Will") == {"Will"}


def test_somebody_of_a_list_is_known_by_a_part_only_beside_the_whole_name() -> None:
    officials = Stay((), ["Quilla Ostberg", "Tomas Lindqvar"])
    assert kept(officials, "Quilla", "Ostberg", "T. Lindqvar", "Lindqvar") == {"T. Lindqvar", "Lindqvar"}


def test_names_without_spaces_stay_whole_and_by_their_beginning() -> None:
    assert kept(Stay(["架空太郎"]), "架空太郎", "架空 太郎", "架空", "太郎") == {
        "架空太郎",
        "架空 太郎",
        "架空",
    }
    assert kept(Stay(["架空太郎"]), "架空花子", "架空") == set()


def test_a_users_own_words_are_found_whoever_stays() -> None:
    assert Stay(["Ostberg"]).staying([("USER_WORD", "Ostberg"), ("PERSON", "Ostberg")]) == [False, True]
    text = "Ms. Quilla Ostberg wrote to Mr. Tomas Lindqvar."
    rule = Rule("r", "word", "Ostberg", "other", "")
    types = {(h.type, text[h.start : h.end]) for h in detect.find_text(text, keep=["Quilla Ostberg"])}
    assert ("PERSON", "Tomas Lindqvar") in types
    assert not any("Ostberg" in value for _, value in types)
    ruled = detect.find_text(text, keep=["Quilla Ostberg"], rules=[rule])
    assert any(h.type == "USER_WORD" for h in ruled)


def test_the_projects_list_is_checked_and_stored(tmp_path: Path) -> None:
    with Project.open(tmp_path) as project:
        stay.set_list(project, ["  Quilla  Ostberg ", "", "Quilla Ostberg", "Tomas Lindqvar"], "anna")
        assert stay.of(project) == ["Quilla Ostberg", "Tomas Lindqvar"]
        with pytest.raises(UsageError, match="is no name"):
            stay.set_list(project, ["x" * 300], "anna")
        with pytest.raises(UsageError, match="at most"):
            stay.set_list(project, [f"Name {n}" for n in range(stay.MOST + 1)], "anna")
        assert len(stay.of(project)) == 2


def test_a_long_list_is_asked_by_parts_and_not_one_after_the_other() -> None:
    officials = Stay((), [f"Person{n:06d} Ostberg{n:06d}" for n in range(20_000)])
    looked: list[int] = []
    bears = Stay._bears

    class Counting(Stay):
        def _bears(self, number: int, form: object) -> bool:  # type: ignore[override]
            looked.append(number)
            return bears(self, number, form)  # type: ignore[arg-type]

    officials.__class__ = Counting
    assert kept(officials, "Person000017 Ostberg000017", "Mr. Ostberg000017", "Anna Berg") == {
        "Person000017 Ostberg000017", "Mr. Ostberg000017"
    }  # fmt: skip
    assert set(looked) == {17}
