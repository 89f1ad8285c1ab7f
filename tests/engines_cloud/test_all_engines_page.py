"""docs/all-engines.md: a line for every engine there is, and what it says of each is what the engine says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engines import registry
from engines.openai_compatible import OpenAiCompatible
from engines.remote import secrets

PAGE = Path(__file__).resolve().parents[2] / "docs" / "all-engines.md"
ROW = re.compile(
    r"^\| `(\w+)` ([^|]+?) \| ([^|]*?) \| (\w+) \| ([^|]*?) \| ([\d.]*) ?\| ([^|]*?) \| ([^|]+?) \|$"
)


def test_every_engine_has_its_line_and_the_line_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "FILES", ())
    found = {}
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("| `"):
            row = ROW.match(line)
            assert row is not None, line
            found[row[1]] = row.groups()[1:]
    described = {e["name"]: e for e in registry.describe()}
    assert set(found) == set(described)
    for name, (title, sees, gives, able, price, licence, _) in found.items():
        engine = described[name]
        assert title == engine["title"]
        assert gives == {"none": "text"}.get(engine["boxes"], f"{engine['boxes']}s"), name
        claims = [part for part in able.split(", ") if part]
        abilities = {
            "confidences": engine["confidence"],
            "handwriting": engine["handwriting"],
            "vertical": engine["vertical"],
        }
        assert claims == [word for word, can in abilities.items() if can], name
        assert float(price or 0) == pytest.approx(engine["price"], abs=6e-5), name
        if isinstance(registry.get(name), OpenAiCompatible):
            assert sees == "your server", name
        else:
            assert sees == {"local": "nobody", "undeclared": "whom you declare"}.get(
                engine["privacy"], engine["privacy"]
            )
        if engine["terms"]:
            assert engine["terms"]["licence"] in licence
