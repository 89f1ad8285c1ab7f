"""The catalogue of interface texts: both languages everywhere, the same values, nothing missing or unused."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from model.texts import HERE, LANGUAGES, catalogue, language_of, section, text

ROOT = Path(__file__).resolve().parents[2]
PARTS = sorted(p.stem for p in HERE.glob("*.json"))
BY_VALUE = {"types"}
"""Parts whose keys come from data: the types of findings."""
PLACE = re.compile(r"\{(\w+)\}")
SOURCES = [
    p
    for folder in ("pages", "review", "workflow", "model", "redaction")
    for p in sorted((ROOT / folder).rglob("*"))
    if p.suffix in {".py", ".js", ".html"}
]


def forms(value: Any) -> list[str]:
    if isinstance(value, dict):
        return list(value.values())
    return [json.dumps(value)] if isinstance(value, list) else [value]


@pytest.mark.parametrize("part", PARTS)
def test_every_text_is_there_in_both_languages_with_the_same_values(part: str) -> None:
    for key, texts in catalogue(part).items():
        assert set(texts) == set(LANGUAGES), key
        places = [{name for form in forms(texts[code]) for name in PLACE.findall(form)} for code in LANGUAGES]
        assert places[0] == places[1], f"{part}.{key}"
        english, japanese = (" ".join(forms(texts[code])) for code in LANGUAGES)
        assert english.strip() or key.startswith(("status_", "read_")), f"{part}.{key}"
        if re.search(r"[A-Za-z]{4}", PLACE.sub("", english)) and len(english) > 14 and part != "reasons":
            assert english != japanese, f"{part}.{key} is not translated"


@cache
def written() -> tuple[set[str], set[str], set[str]]:
    """In the sources: names behind a quote or dot, starts before a value filled in, ends after one."""
    text = "\n".join(p.read_text("utf-8") for p in SOURCES)
    names = set(re.findall(r"[\"'`.]([\w-]+)", text))
    starts = set(re.findall(r"[\"`.]([\w-]{2,})\$?\{", text))
    ends = set(re.findall(r"\}([\w-]+)[\"'`]", text))
    return names, starts, ends


@pytest.mark.parametrize("part", [p for p in PARTS if p not in BY_VALUE])
def test_every_text_is_used_somewhere(part: str) -> None:
    names, starts, ends = written()
    unused = []
    for key in catalogue(part):
        composed = any(key[:n] in starts for n in range(2, len(key)))
        composed = composed or any(key[n:] in ends for n in range(3, len(key) - 3))
        if key not in names and not composed:
            unused.append(key)
    assert unused == []


def test_every_key_that_the_code_names_exists() -> None:
    missing = []
    for path in SOURCES:
        if path.suffix == ".py":
            for key in re.findall(r'\b(?:t|text)\(\s*"([a-z_]+\.[a-z0-9_]+)"', path.read_text("utf-8")):
                part, _, name = key.partition(".")
                if part in PARTS and name not in catalogue(part):
                    missing.append(f"{path.name}: {key}")
        elif path.is_relative_to(ROOT / "review" / "workbench"):
            used = re.findall(r'\bt\("([a-z_0-9-]+)"', path.read_text("utf-8"))
            missing += [f"{path.name}: {key}" for key in used if key not in catalogue("workbench")]
    assert missing == []


def test_values_are_filled_in_and_one_is_told_from_many() -> None:
    assert text("common.words", "en", n=1) == "1 word"
    assert text("common.words", "en", n=1234) == "1,234 words"
    assert text("common.words", "ja", n=2) == "2語"
    assert text("common.words", "fr", n=2) == text("common.words", "en", n=2)
    with pytest.raises(KeyError):
        text("common.no_such_text")
    with pytest.raises(KeyError):
        section("no_such_part", "en")


def test_a_locale_leads_to_its_language() -> None:
    found = [language_of(locale) for locale in ("ja-JP", "ja", "en-GB", "de", None, "")]
    assert found == ["ja", "ja", "en", "en", "en", "en"]
