"""What can't be proved as it is becomes an image; thousands of boxes on a page are no reason to refuse."""

from __future__ import annotations

import io
import random

import pymupdf
import pytest
from PIL import Image, ImageDraw

from model.findings import Redaction
from model.geometry import Box
from redaction.apply import apply
from redaction.export import redact_file
from redaction.verify import verify

WORDS = "lantern velvet copper garden meadow harbor timber ribbon candle barrel saddle orchard"


def page(kind: str) -> bytes:
    with pymupdf.open() as made:
        sheet = made.new_page(width=420, height=595)
        if kind == "text":
            for row in range(36):
                sheet.insert_text((30, 40 + 14 * row), WORDS[row:] + WORDS[:row], fontsize=9)
        else:
            picture = Image.new("L", (1166, 1653), 245)
            draw = ImageDraw.Draw(picture)
            for row in range(36):
                draw.text((80, 80 + 40 * row), WORDS, fill=20, font_size=24)
            out = io.BytesIO()
            picture.save(out, "JPEG", quality=50)
            sheet.insert_image(sheet.rect, stream=out.getvalue())
        return bytes(made.tobytes())


def scattered(count: int) -> list[Redaction]:
    """Boxes of every size, on and over each other."""
    chance = random.Random(count)
    found = []
    for _ in range(count):
        x, y = chance.uniform(10, 400), chance.uniform(10, 570)
        found.append(Redaction(1, Box(x, y, x + chance.uniform(1, 30), y + chance.uniform(1, 12)), "x"))
    return found


@pytest.mark.parametrize("kind", ["text", "scan"])
def test_hundreds_of_scattered_boxes_are_destroyed_and_proved(kind: str) -> None:
    boxes = scattered(400)
    made = redact_file(page(kind), "page.pdf", boxes, certificate="none")
    assert made.report["boxes"] == 400
    assert all(c.passed for c in made.checks)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["text", "scan"])
def test_five_thousand_boxes_on_a_page(kind: str) -> None:
    made = redact_file(page(kind), "page.pdf", scattered(5000), certificate="file")
    assert all(c.passed for c in made.checks)


def test_a_page_that_is_said_to_be_unprovable_becomes_an_image() -> None:
    boxes = [Redaction(1, Box(60, 60, 120, 72), "x")]
    plain = apply(page("text"), boxes, name="x")
    careful = apply(page("text"), boxes, name="x", careful=[1])
    assert plain.flattened == ()
    assert [f.page for f in careful.flattened] == [1]
    checks = verify(careful.pdf, source=page("text"), redactions=boxes)
    assert all(c.passed for c in checks)
