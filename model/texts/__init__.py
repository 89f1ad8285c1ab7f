"""Every text of the interface, in English and Japanese: one JSON file a part of the application.

    {"key": {"en": "{n} words left", "ja": "残り{n}語"}}

A text may be a form for one and one for others ({"en": {"one": ..., "other": ...}}, chosen by `n`), or a list
where a part of the application asks for one. Keys are "part.key". What a document says is never in here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

LANGUAGES: Final = ("en", "ja")
HERE: Final = Path(__file__).resolve().parent


def language_of(wanted: str | None) -> str:
    """The interface language for a locale such as "ja-JP"; English for all that there is no catalogue of."""
    short = (wanted or "").replace("_", "-").split("-")[0].lower()
    return short if short in LANGUAGES else LANGUAGES[0]


@cache
def catalogue(part: str) -> Mapping[str, Mapping[str, Any]]:
    """A part's texts: by key, by language. Raises KeyError for a part that does not exist."""
    file = HERE / f"{part}.json"
    if not file.is_file():
        raise KeyError(part)
    found: dict[str, dict[str, Any]] = json.loads(file.read_text("utf-8"))
    return found


@cache
def section(part: str, language: str) -> Mapping[str, Any]:
    """A part's texts in one language, by key."""
    chosen = language_of(language)
    return {key: texts[chosen] for key, texts in catalogue(part).items()}


def text(key: str, language: str = "en", **values: object) -> str:
    """The text of "part.key" with its values filled in. Raises KeyError for a key that does not exist."""
    part, _, name = key.partition(".")
    found = section(part, language)[name]
    if isinstance(found, dict):
        found = found["one" if values.get("n") == 1 else "other"]
    if "n" in values and isinstance(values["n"], int):
        values["n"] = f"{values['n']:,}"
    return str(found).format(**values) if values else str(found)
