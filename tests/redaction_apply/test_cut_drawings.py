"""Filled drawings that reach under a box: what lies outside of it stays, nothing of their course under it."""

from __future__ import annotations

import io
import random
import re

import numpy as np
import pikepdf
import pymupdf
import pytest

from model.findings import Redaction
from model.geometry import Box
from redaction.apply import apply
from redaction.burn.opened import apply as mapped
from redaction.burn.plane import cut_fill
from redaction.verify import verify

BOX = Box(60, 40, 160, 60)


def winding(points: list[tuple[float, float]], x: float, y: float) -> int:
    """How often a polygon goes round a point."""
    turns = 0
    for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1], strict=True):
        side = (bx - ax) * (y - ay) - (x - ax) * (by - ay)
        turns += (ay <= y < by and side > 0) - (by <= y < ay and side < 0)
    return turns


@pytest.mark.parametrize("seed", range(60))
def test_every_point_outside_is_inside_as_often_as_before(seed: int) -> None:
    rng = random.Random(seed)
    corners = [(rng.uniform(0, 100), rng.uniform(0, 100)) for _ in range(rng.randint(3, 9))]
    boxes = []
    for _ in range(rng.randint(1, 3)):
        x, y = rng.uniform(0, 80), rng.uniform(0, 80)
        boxes.append((x, y, x + rng.uniform(1, 40), y + rng.uniform(1, 40)))
    turn = (0.0, 1.5, -1.5, 0.0, 120.0, 4.0) if seed % 2 else (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    segments = [("l" if i else "m", list(point)) for i, point in enumerate(corners)]
    parts = cut_fill(segments, turn, boxes)
    assert parts is not None
    pieces = [[mapped(turn, v[0], v[1]) for op, v in part if op != "h"] for part in parts]
    whole = [mapped(turn, *point) for point in corners]
    for _ in range(400):
        x, y = rng.uniform(-60, 160), rng.uniform(-20, 180)
        near = any(min(abs(x - b[0]), abs(x - b[2]), abs(y - b[1]), abs(y - b[3])) < 1e-3 for b in boxes)
        if near:
            continue
        under = any(b[0] < x < b[2] and b[1] < y < b[3] for b in boxes)
        found = sum(winding(piece, x, y) for piece in pieces)
        assert found == (0 if under else winding(whole, x, y))


DRAWINGS = {
    "a cell's slanted border": "40 262 m 300 262 l 298 258 l 42 258 l h f",
    "a frame of two rings": "50 230 m 170 230 l 170 265 l 50 265 l h "
    "52 232 m 168 232 l 168 250 l 52 250 l h f*",
    "a slope": "0.8 g 20 200 m 300 290 l 300 200 l h f",
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_page_keeps_its_text_and_its_drawing(name: str) -> None:
    content = f"{DRAWINGS[name]} 0 g BT /F1 12 Tf 64 246 Td (Zabriskie) Tj 130 0 Td (stays) Tj ET"
    with pikepdf.new() as pdf:
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        page = pdf.add_blank_page(page_size=(320, 300))
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = pdf.make_stream(content.encode())
        out = io.BytesIO()
        pdf.save(out)
    source, boxes = out.getvalue(), (Redaction(1, BOX, "privacy"),)
    done = apply(source, boxes, name="t.pdf")
    assert done.flattened == ()
    assert [c for c in verify(done.pdf, source=source, redactions=boxes) if not c.passed] == []
    with pymupdf.open(stream=source) as before, pymupdf.open(stream=done.pdf) as after:
        assert "stays" in after[0].get_text()
        old, new = (_pixels(d[0]) for d in (before, after))
        painted = [b for n, b in done.boxes if n == 1]
    outside = np.ones(old.shape[:2], bool)
    for b in painted:
        outside[int(b.y0 * 2) - 1 : int(b.y1 * 2) + 2, int(b.x0 * 2) - 1 : int(b.x1 * 2) + 2] = False
    differ = np.abs(old.astype(int) - new).max(axis=2) > 60
    assert (differ & outside).mean() < 1e-4
    with pikepdf.open(io.BytesIO(done.pdf)) as pdf:
        written = pdf.pages[0].Contents.read_bytes().decode("latin-1").split("q 0 g")[0]
    points = re.findall(r"^([\d.]+) ([\d.]+) [ml]$", written, re.M)
    inside = [
        (x, y) for x, y in points if BOX.x0 < float(x) - 0.01 < BOX.x1 - 0.02
        and 300 - BOX.y1 + 0.01 < float(y) < 300 - BOX.y0 - 0.01
    ]  # fmt: skip
    assert inside == [], "nothing of the drawing's course under the box is written"


def _pixels(page: pymupdf.Page) -> np.ndarray:
    picture = page.get_pixmap(matrix=pymupdf.Matrix(2, 2))
    return np.frombuffer(picture.samples, np.uint8).reshape(picture.height, picture.width, picture.n)
