"""Turned pages whose units are no points: what stands under a box goes, whatever stands elsewhere stays."""

from __future__ import annotations

import io

import pikepdf
import pymupdf
import pytest
from test_box_labels import attacked

from model.findings import Redaction
from model.geometry import Box
from redaction.apply import apply


def dense(rotation: int, unit: float) -> tuple[bytes, list[tuple[str, Box]]]:
    """A page full of different words, and each word's box in points of the displayed page."""
    with pymupdf.open() as made:
        page = made.new_page(width=420, height=300)
        for row in range(20):
            words = " ".join(f"word{row:02}{column:02}" for column in range(8))
            page.insert_text((10, 20 + 14 * row), words, fontsize=10)
        found = page.get_text("words")
        page.set_rotation(rotation)
        data = made.tobytes()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.pages[0].obj.UserUnit = unit
        out = io.BytesIO()
        pdf.save(out, min_version="1.6")
    wide, high = 420 * unit, 300 * unit
    places = []
    for word in found:
        x0, y0, x1, y1 = (unit * v for v in word[:4])
        turned = {
            0: (x0, y0, x1, y1),
            90: (high - y1, x0, high - y0, x1),
            180: (wide - x1, high - y1, wide - x0, high - y0),
            270: (y0, wide - x1, y1, wide - x0),
        }
        places.append((word[4], Box(*turned[rotation])))
    return out.getvalue(), places


@pytest.mark.parametrize("unit", [0.5, 2.0])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_word_on_a_turned_page_of_other_units_is_found_under_its_box(rotation: int, unit: float) -> None:
    data, words = dense(rotation, unit)
    listed = [Redaction(1, box, "x", label="NAME") for _, box in words[::13]]
    made = apply(data, listed, name="x")
    with pymupdf.open(stream=made.pdf) as document:
        text = document[0].get_text("text", clip=pymupdf.INFINITE_RECT())
    assert [word for word, _ in words[::13] if word in text] == []
    assert [word for index, (word, _) in enumerate(words) if index % 13 and word not in text] == []
    assert unit < 1 or text.count("NAME") == len(listed)
    assert unit < 1 or made.flattened == ()  # letters of five points may be redrawn
    assert attacked(data, listed, made) == []
