"""The measuring texts of bench/pii_sets: they parse, and misreading them keeps every entity in its place."""

from __future__ import annotations

import random
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import pii_set  # noqa: E402

from redaction.profiles import TYPES  # noqa: E402


def test_both_halves_parse_and_share_no_name() -> None:
    halves = [pii_set.invented(ROOT / f"bench/pii_sets/{n}.txt") for n in ("mending", "kept")]
    assert sum(map(len, halves)) >= 400
    for samples in halves:
        assert sum(s.language == "ja" for s in samples) >= 50
        assert {s.language for s in samples} == {"en", "de", "fr", "es", "it", "nl", "ja"}
        for sample in samples:
            assert {k for k, _, _ in (*sample.spans, *sample.open)} <= set(TYPES), sample.text
            assert "[[" not in sample.text
            assert "]]" not in sample.text
    names = [
        {s.text[a:b] for s in half for k, a, b in s.spans if k == "PERSON" and b - a > 7} for half in halves
    ]
    assert not names[0] & names[1]


def test_misreading_moves_entities_with_their_text() -> None:
    sample = pii_set.Sample("Name: Zofia Wrembelska, Tel. 0151 23456701", [("PERSON", 6, 22)])
    changed = 0
    for seed in range(60):
        poor = pii_set.scanned(sample, 0.15, random.Random(seed))
        ((_, start, end),) = poor.spans
        before, value, after = sample.text[:6], poor.text[start:end], sample.text[22:]
        assert abs(len(value) - 16) <= 6
        assert abs(len(poor.text) - end - len(after)) <= 10
        assert abs(start - len(before)) <= 4
        changed += value != "Zofia Wrembelska"
    assert changed > 30


def test_a_rate_of_zero_changes_nothing() -> None:
    for sample in pii_set.invented(ROOT / "bench/pii_sets/mending.txt"):
        poor = pii_set.scanned(sample, 0.0, random.Random(1))
        assert (poor.text, poor.spans) == (sample.text, sample.spans)
