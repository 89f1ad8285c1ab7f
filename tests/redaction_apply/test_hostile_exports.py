"""Hostile files all the way: destroyed, attacked by our own verifier, and looked through from outside."""

from __future__ import annotations

import attack_helpers as attack
import corpus
import hostile
import hostile_made
import pytest

from model.findings import Redaction
from model.geometry import Box
from redaction.apply import Mode
from redaction.export import redact_file

MODES = ["preserve", "flatten"]


def export(case: hostile.Case, mode: Mode) -> bytes:
    """The file as the command writes it: nothing of it may be refused."""
    redactions = [Redaction(page, Box(*box), "test", text=case.text) for page, box in case.boxes]
    made = redact_file(
        case.data,
        case.name,
        redactions,
        mode=mode,
        password=case.password,
        certificate="none",
        inspected=True,
    )
    return made.pdf


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", list(corpus.BUILDERS))
def test_no_hiding_place_is_refused(name: str, mode: Mode) -> None:
    case = corpus.BUILDERS[name]()
    assert attack.lost(export(case, mode), case.keep) == []


def check_made(seed: int, mode: Mode) -> None:
    case = hostile_made.made(seed)
    pdf = export(case, mode)
    if case.text is not None:
        assert attack.leaks(pdf, (case.secret, *case.tokens)) == [], case.name
    assert attack.lost(pdf, case.keep) == [], case.name
    for page, box in case.boxes:
        assert attack.spread_under(pdf, page, box) <= 3, case.name


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", range(10))
def test_files_made_by_chance_leak_nothing_and_lose_nothing(seed: int, mode: Mode) -> None:
    check_made(seed, mode)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("first", range(1000, 1300, 25))
def test_many_files_made_by_chance(first: int, mode: Mode) -> None:
    for seed in range(first, first + 25):
        check_made(seed, mode)
