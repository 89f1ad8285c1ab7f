"""Hiding places beyond hostile.py's, exported and looked at from outside: nothing leaks, is lost, or refused.

Each file is exported in one mode here; every file of all, in five variations and both modes, is slow.
"""

from __future__ import annotations

import corpus
import hostile
import outside
import pytest
import variations

from model.findings import Redaction
from model.geometry import Box
from redaction.apply import Mode
from redaction.export import redact_file

MODES: tuple[Mode, ...] = ("preserve", "flatten")


def faults(case: hostile.Case, mode: Mode) -> list[str]:
    """What is wrong with the file as the command writes it."""
    redactions = [Redaction(page, Box(*box), "test", text=case.text) for page, box in case.boxes]
    made = redact_file(
        case.data, case.name, redactions, mode=mode, password=case.password, certificate="none"
    )
    added = [(copy["page"], tuple(copy["rect"])) for copy in made.report["copies"]]
    kept = mode == "preserve" and not made.report["flattened"]
    return outside.faults(case, made.pdf, added, kept=kept)


@pytest.mark.parametrize(("name", "mode"), [(n, MODES[i % 2]) for i, n in enumerate(corpus.MORE)])
def test_each_further_place(name: str, mode: Mode) -> None:
    assert faults(corpus.MORE[name](), mode) == []


KEPT = (
    "japanese_vertical", "shuffled_copy", "stroked_text", "font_name_table", "rounded_panel", "table_rules",
    "page_tree", "odd_frames", "translucent_group", "rare_annotations",
)  # fmt: skip


@pytest.mark.parametrize("name", KEPT)
def test_pages_that_can_be_proved_keep_their_text(name: str) -> None:
    case = corpus.MORE[name]()
    redactions = [Redaction(page, Box(*box), "test", text=case.text) for page, box in case.boxes]
    made = redact_file(case.data, case.name, redactions, certificate="none", inspected=True)
    assert made.report["flattened"] == [] or name == "translucent_group"


def test_an_image_shown_again_is_destroyed_there_as_well() -> None:
    case = corpus.MORE["image_again_without_box"]()
    redactions = [Redaction(page, Box(*box), "test") for page, box in case.boxes]
    report = redact_file(case.data, case.name, redactions, certificate="none").report
    (copy,) = report["copies"]
    assert copy["page"] == 2
    assert (
        outside.read_by_ocr(
            redact_file(case.data, case.name, redactions, certificate="none").pdf, case.tokens
        )
        == []
    )


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "name", ["tight_leading", "plain", "crop_box", "unbalanced_ctm", "ocr_layer", "backward_copy"]
)
def test_some_in_other_variations(name: str, seed: int) -> None:
    case = variations.varied(name, seed)
    assert [f for mode in MODES for f in faults(case, mode)] == []


def test_narrow_letters_painted_backwards_are_no_word_of_their_own() -> None:
    """MuPDF calls "klt" a word where t, l and k were painted from the last to the first."""
    case = variations.varied("backward_copy", 4)
    assert faults(case, "preserve") == []


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", range(6))
def test_every_place_in_every_variation(seed: int, mode: Mode) -> None:
    found = {}
    for name in corpus.BUILDERS | corpus.MORE:
        try:
            wrong = faults(variations.varied(name, seed), mode)
        except Exception as error:  # noqa: BLE001  a refusal is a fault like any other here
            wrong = [f"{type(error).__name__}: {error}"]
        if wrong:
            found[name] = wrong
    assert found == {}
