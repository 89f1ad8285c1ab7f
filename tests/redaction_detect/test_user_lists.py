"""The user's own words: long lists, hostile patterns, odd texts."""

from __future__ import annotations

import pytest

from model.errors import UsageError
from model.findings import Rule
from redaction.detect import find_text


def found(text: str, rule: Rule) -> list[str]:
    return [text[h.start : h.end] for h in find_text(text, rules=[rule]) if h.type == "USER_WORD"]


def test_a_hundred_thousand_entries_are_found_misread_glued_split_and_possessive() -> None:
    entries = "\n".join(f"Quillby{n:05d} Marrowfen{n}" for n in range(100_000))
    rule = Rule("1", "list", f"{entries}\nTarn Ewerby\nObsidian")
    text = (
        "seen: Quillby00077 Marrowfen77, Qui11by00100 Marrowfen100; TarnEwerby and Obsidian's and Obs idian."
    )
    assert found(text, rule) == [
        "Quillby00077 Marrowfen77",
        "Qui11by00100 Marrowfen100",
        "TarnEwerby",
        "Obsidian's",
        "Obs idian",
    ]
    assert found("Quillby00077 alone, Marrowfen78 too, Obsidians", rule) == []


def test_entries_without_spaces_between_words() -> None:
    rule = Rule("1", "list", "墨野花子\n墨野")
    assert found("担当は墨野 花子と墨野です", rule) == ["墨野 花子", "墨野"]


def test_a_pattern_that_never_ends_is_stopped_and_named() -> None:
    with pytest.raises(UsageError, match=r"\(a\+\)\+b\$"):
        find_text("a" * 5000 + "!", rules=[Rule("1", "pattern", "(a+)+b$")])


def test_lone_surrogates_and_long_texts_are_searched() -> None:
    assert [h.type for h in find_text("a\ud800b Mr. John Smith \udfff")] == ["PERSON"]
    line = "Mr. Jolyon Pendrake lives at 12 Oak Street.\n"
    text = line * 4000
    covered = bytearray(len(text))
    for hit in find_text(text):
        covered[hit.start : hit.end] = b"\1" * (hit.end - hit.start)
    name, street = line.index("Jolyon"), line.index("12 Oak")
    for at in range(0, len(text), len(line)):
        assert all(covered[at + name : at + name + 6]), at
        assert all(covered[at + street : at + street + 2]), at
