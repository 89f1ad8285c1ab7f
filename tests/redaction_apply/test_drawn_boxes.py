"""Boxes drawn without saying what they cover: what stands under them is found, and goes everywhere."""

from __future__ import annotations

import attack_helpers as attack
import corpus
import pymupdf
import pytest

from model.findings import Redaction
from model.geometry import Box
from redaction.apply import apply
from redaction.burn import job

NAMES = ("Ottoline Vexworthy", "Barnaby Quillfeather")


def two_pages() -> tuple[bytes, list[Redaction]]:
    """Two names on page 1, each under a box; both once more on page 2, where no box is."""
    document = pymupdf.open()
    document.new_page()
    document.new_page()
    first, second = document
    boxes = []
    for line, name in enumerate(NAMES):
        y = 100 + 14 * line
        first.insert_text((72, y), f"Seen by {name} in the morning", fontsize=11)
        start = 72 + pymupdf.get_text_length("Seen by ", fontsize=11)
        end = start + pymupdf.get_text_length(name, fontsize=11)
        boxes.append(Redaction(1, Box(start - 1, y - 9, end + 1, y + 3), "test"))
        second.insert_text((72, 300 + 40 * line), f"A letter to {name} was sent", fontsize=11)
    return document.tobytes(), boxes


@pytest.mark.parametrize("mode", ["preserve", "flatten"])
def test_each_box_names_its_own_text(mode: str) -> None:
    source, boxes = two_pages()
    applied = apply(source, boxes, name="letter.pdf", mode=mode)  # type: ignore[arg-type]
    assert attack.leaks(applied.pdf, (*NAMES, "Vexworthy", "Quillfeather")) == []
    assert attack.lost(applied.pdf, ("Seen by", "in the morning", "A letter to", "was sent")) == []
    assert [copy.page for copy in applied.copies] == [2, 2]


def test_a_box_beside_the_words_names_none_of_them() -> None:
    source, boxes = two_pages()
    below = [Redaction(1, Box(b.box.x0, b.box.y0 + 100, b.box.x1, b.box.y1 + 100), "test") for b in boxes]
    applied = apply(source, below, name="letter.pdf")
    assert applied.copies == ()
    assert attack.lost(applied.pdf, tuple(f"Seen by {name} in the morning" for name in NAMES)) == []


@pytest.mark.parametrize("name", ["plain_unstated", "ocr_layer_shifted", "rotate90", "white_on_band"])
def test_words_that_are_kept_or_read_again_give_the_same_bytes(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = corpus.BUILDERS[name]()
    boxes = [Redaction(page, Box(*box), "test") for page, box in case.boxes]
    kept = apply(case.data, boxes, name=case.name).pdf
    monkeypatch.setattr(job, "MOST_AHEAD", -1)
    assert apply(case.data, boxes, name=case.name).pdf == kept
