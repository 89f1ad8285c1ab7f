"""Handwritten scans with a searchable layer: no false alarm, and no leak missed, beside stretched words."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.findings import Check, Redaction
from model.geometry import Box, Quad
from redaction.apply import LayerWord, apply
from redaction.export import redact_file
from redaction.verify import verify

CROP = Path(__file__).parents[1] / "resources" / "will-1914-lines.jpg"
"""Five lines, 1150 x 460 pixels at no stated resolution: one pixel is one point."""
SCAN = CROP.read_bytes()
TOUT = Box(825, 198, 935, 252)
"""A word of the third line."""


def word(text: str, x0: float, y0: float, x1: float, y1: float, line: int, slant: float = 0.03) -> LayerWord:
    """A word whose base line rises by `slant` a point."""
    rise = (x1 - x0) * slant
    quad = Quad(((x0, y0 + rise), (x1, y0), (x1, y1), (x0, y1 + rise)))
    return LayerWord(text, quad.bounds, quad, line=line)


WORDS = [
    word("tout", 425, 112, 560, 164, 1),
    word("mon", 640, 125, 765, 165, 1),
    word("je", 80, 200, 150, 250, 2),
    word("vous", 180, 215, 310, 245, 2),
    word("remercie", 375, 205, 645, 245, 2),
    word("de", 728, 198, 778, 250, 2),
    word("tout", 830, 198, 930, 250, 2),
    word("le", 1000, 198, 1080, 244, 2),
    word("m", 712, 300, 970, 352, 3),  # misread: one letter as wide as a word of five
]


def failed(checks: list[Check]) -> list[str]:
    return [c.name for c in checks if not c.passed]


@pytest.mark.parametrize("mode", ["preserve", "flatten"])
def test_stretched_and_slanted_words_beside_a_box_are_not_under_it(mode: str) -> None:
    boxes = [Redaction(1, TOUT, "a word"), Redaction(1, Box(640, 60, 765, 128), "another")]
    made = redact_file(SCAN, "will.jpg", boxes, mode=mode, layers={1: WORDS}, certificate="none")  # type: ignore[arg-type]
    assert failed(list(made.checks)) == []


@pytest.mark.parametrize("slant", [0.0, 0.03, 0.3])
def test_a_stretched_word_left_under_a_box_is_found(slant: float) -> None:
    """The one letter "m", wide as five, stays in the layer; then its middle is said to be redacted."""
    wide = word("m", 712, 300, 970, 352, 3, slant)
    x, y = wide.box.centre
    done = apply(SCAN, [Redaction(1, TOUT, "a word")], name="x", layers={1: [wide]})
    box = Redaction(1, Box(x - 20, y - 8, x + 20, y + 8), "missed")
    assert "text_under_boxes" in failed(verify(done.pdf, source=SCAN, redactions=[box]))


def test_a_slanted_word_cut_by_a_box_passes() -> None:
    slanted = [word("remercie", 375, 170, 645, 245, 2, 0.2), *WORDS[5:]]
    box = Redaction(1, Box(430, 190, 520, 270), "a part of a word")
    made = redact_file(SCAN, "will.jpg", [box], layers={1: slanted}, certificate="none")
    assert failed(list(made.checks)) == []


def test_words_on_either_side_of_a_box_spell_nothing_together() -> None:
    """ "vous" and "de" stand on either side of what was removed: no copy of the secret "vous de"."""
    boxes = [Redaction(1, Box(370, 200, 650, 250), "between", text="remercie"),
             Redaction(1, TOUT, "elsewhere", text="vous de")]  # fmt: skip
    made = redact_file(SCAN, "will.jpg", boxes, layers={1: WORDS}, certificate="none")
    assert failed(list(made.checks)) == []


def test_a_copy_in_the_layer_of_a_scan_is_found() -> None:
    done = apply(SCAN, [Redaction(1, TOUT, "a word")], name="x", layers={1: WORDS})
    secret = Redaction(1, TOUT, "a word", text="mon je vous")
    checks = failed(verify(done.pdf, source=SCAN, redactions=[secret]))
    assert "secrets_in_text" in checks


def test_one_word_of_a_longer_secret_may_be_read_elsewhere_in_a_scan() -> None:
    """As it may on a page that was born digital; the picture shows it as well."""
    secret = Redaction(1, TOUT, "a line", text="tout remercie")
    made = redact_file(SCAN, "will.jpg", [secret], layers={1: WORDS}, certificate="none")
    assert failed(list(made.checks)) == []


@pytest.mark.parametrize("text", ["System", "Registry", "Identity", "Resources", "Adobe", "Encoding"])
def test_words_of_the_file_format_are_no_copies(text: str) -> None:
    made = redact_file(SCAN, "will.jpg", [Redaction(1, TOUT, "a name", text=text)], layers={1: WORDS})
    assert failed(list(made.checks)) == []


def test_a_tall_box_hides_its_length_downwards() -> None:
    """What is painted reaches below the box that was asked for, by up to a quarter of an em."""
    for height in (73.0, 74.5, 76.0, 77.5):
        box = Redaction(1, Box(650, 208, 685, 208 + height), "a stroke")
        made = redact_file(SCAN, "will.jpg", [box], certificate="none")
        assert failed(list(made.checks)) == []
