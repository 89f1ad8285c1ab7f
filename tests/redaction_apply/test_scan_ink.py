"""Scans: a word's ink that sticks out of its box goes, its neighbours' strokes stay."""

from __future__ import annotations

import io
import random

import cv2
import numpy as np
import pymupdf
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from model.findings import Redaction
from model.geometry import Box, Quad
from model.words import TranscriptSlot
from redaction.apply import Applied, apply
from redaction.drawn import changes_of, mirrored, other_side
from redaction.slotboxes import slot_boxes

POINT = 72 / 200
"""Points a pixel at 200 dpi."""


def written(
    shear: float, lead: int, mode: str = "L"
) -> tuple[Image.Image, NDArray[np.int32], list[tuple[int, ...]]]:
    """A page of slanting words, whose ink each pixel is (0: paper), and each word's bounds in pixels."""
    page = np.full((700, 1000), 248, np.uint8)
    owner = np.zeros(page.shape, np.int32)
    bounds: list[tuple[int, ...]] = []
    font = ImageFont.load_default(size=38)
    for row in range(8):
        x = 60
        for text in ("fjord", "Philip", "typhoon", "lovely"):
            picture = Image.new("L", (int(font.getlength(text)) + 100, 76), 255)
            ImageDraw.Draw(picture).text((50, 12), text, font=font, fill=10)
            slant = np.float32([[1, -shear, shear * 38], [0, 1, 0]])
            word = cv2.warpAffine(np.asarray(picture), slant, picture.size, borderValue=255)
            y = 40 + row * lead
            ink = word < 128
            region = page[y : y + 76, x : x + word.shape[1]]
            region[ink] = np.minimum(region[ink], word[ink])
            owner[y : y + 76, x : x + word.shape[1]][ink] = len(bounds) + 1
            ys, xs = np.nonzero(ink)
            bounds.append((x + xs.min(), y + ys.min(), x + xs.max() + 1, y + ys.max() + 1))
            x += word.shape[1] - 60
    picture = Image.fromarray(page)
    return (picture.convert("RGB") if mode == "RGB" else picture), owner, bounds


def burnt(picture: Image.Image, boxes: list[tuple[float, ...]]) -> tuple[Applied, NDArray[np.uint8]]:
    out = io.BytesIO()
    picture.save(out, "PNG", dpi=(200, 200))
    made = apply(
        out.getvalue(), [Redaction(1, Box.of([v * POINT for v in b]), "x") for b in boxes], name="x.png"
    )
    with pymupdf.open(stream=made.pdf) as document:
        image = pymupdf.Pixmap(document, document[0].get_images()[0][0])
        pixels = np.frombuffer(image.samples, np.uint8).reshape(image.height, image.stride)
    return made, pixels[:, : image.width * image.n : image.n]


def covered(made: Applied, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    mask = np.zeros(shape, bool)
    for _, b in made.boxes:
        x0, y0, x1, y1 = (v / POINT for v in b.as_list())
        rows = slice(max(int(y0 - 0.01), 0), int(np.ceil(y1 + 0.01)))  # a PNG's dpi are not quite 200
        mask[rows, max(int(x0 - 0.01), 0) : int(np.ceil(x1 + 0.01))] = True
    return mask


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("tight", [0.0, 0.05, 0.1])
def test_a_tight_box_leaves_no_ink_of_its_word_beside_it(tight: float, mode: str) -> None:
    picture, owner, bounds = written(0.3, 72, mode)
    chosen = [5, 10, 19, 26]
    boxes = []
    for index in chosen:
        x0, y0, x1, y1 = bounds[index]
        dy = tight * (y1 - y0)
        boxes.append((x0 + 2, y0 + dy, x1 - 2, y1 - dy))
    made, pixels = burnt(picture, boxes)
    mask = covered(made, owner.shape)
    own = np.isin(owner, [n + 1 for n in chosen])
    left = own & (pixels < 140) & ~mask
    close = cv2.dilate(mask.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    assert int((left & close).sum()) == 0
    others = (owner > 0) & ~own & ~mask & (np.asarray(picture.convert("L")) < 100)
    assert int((others & (pixels > 140)).sum()) == 0


def cursive(seed: int, lead: int) -> tuple[Image.Image, NDArray[np.int32], list[tuple[int, ...]]]:
    """A page of joined handwriting; at 46 px a line lower loops run into the next line's upper ones.

    As `written` gives it.
    """
    chance = random.Random(seed)
    page = np.full((900, 1100), 245, np.uint8)
    owner = np.zeros(page.shape, np.int32)
    bounds: list[tuple[int, ...]] = []
    turn = 2 * np.pi * np.linspace(0, 1, 14)
    for row in range(8):
        x = 60.0
        for _ in range(5):
            points = []
            for _ in range(chance.randint(4, 8)):
                up, down = chance.choice(((14, 0), (14, 0), (38, 0), (34, 0), (14, 26)))
                rise, fall = up * (1 - np.cos(turn)) / 2, down * np.sin(turn / 2) ** 8
                across = x + 11 * turn / (2 * np.pi) + 6 * np.sin(turn) + 0.35 * (rise - fall)
                points.append(np.stack([across, 80 + row * lead - rise + fall], axis=1))
                x += 12 + chance.uniform(-1, 2)
            word = np.zeros(page.shape, np.uint8)
            curve = np.concatenate(points) * 8
            cv2.polylines(word, [curve.astype(np.int32)], False, 255, 3, cv2.LINE_AA, 3)
            ink = word > 140
            page[word > 0] = np.minimum(page[word > 0], 255 - word[word > 0])
            owner[ink] = len(bounds) + 1
            ys, xs = np.nonzero(ink)
            bounds.append((xs.min(), ys.min(), xs.max() + 1, ys.max() + 1))
            x += 34
    return Image.fromarray(page), owner, bounds


@pytest.mark.parametrize(("lead", "most", "lost"), [(95, 0.0, 0.0), (46, 0.03, 0.005)])
@pytest.mark.parametrize("seed", [3, 4, 5])
@pytest.mark.parametrize("tight", [0.0, 0.05, 0.1])
def test_joined_writing_goes_to_its_ends_where_lines_run_into_each_other(
    lead: int, most: float, lost: float, seed: int, tight: float
) -> None:
    """`most`: of the word's ink that may be left; `lost`: of the neighbours' beyond the boxes."""
    picture, owner, bounds = cursive(seed, lead)
    chosen = [7, 13, 21, 28]
    boxes = []
    for index in chosen:
        x0, y0, x1, y1 = bounds[index]
        dy = tight * (y1 - y0)
        boxes.append((x0 + dy / 2, y0 + dy, x1 - dy / 2, y1 - dy))
    made, pixels = burnt(picture, boxes)
    mask = covered(made, owner.shape)
    own = np.isin(owner, [n + 1 for n in chosen])
    close = cv2.dilate(mask.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    assert int((own & (pixels < 120) & ~mask & close).sum()) <= most * int(own.sum())
    others = (owner > 0) & ~own & ~mask & (np.asarray(picture) < 100)
    assert int((others & (pixels > 140)).sum()) <= lost * int(others.sum())


@pytest.mark.parametrize("degrees", [1.0, 2.0, -3.0])
def test_boxes_of_a_skewed_line_leave_the_lines_above_and_below(degrees: float) -> None:
    """What textmap gives for tilted words: a stair of boxes instead of one that covers the neighbours."""
    size, font = (1600, 620), ImageFont.load_default(size=34)
    turned = cv2.getRotationMatrix2D((800, 310), -degrees, 1.0)
    page, owner, slots = np.full(size[::-1], 250, np.uint8), np.zeros(size[::-1], np.int32), []
    for row in range(8):
        for text, x in (("Christopher.Robertson@example.com", 150), ("typhoon", 760), ("Philip", 920)):
            picture = Image.new("L", size, 0)
            ImageDraw.Draw(picture).text((x, 130 + row * 44), text, font=font, fill=255)
            x0, y0, x1, y1 = picture.getbbox() or (0, 0, 1, 1)
            corners = np.array([(x0 - 2, y0 - 2), (x1 + 2, y0 - 2), (x1 + 2, y1 + 2), (x0 - 2, y1 + 2)])
            word = cv2.warpAffine(np.asarray(picture), turned, size)
            page = np.minimum(page, 255 - word)
            owner[word > 140] = len(slots) + 1
            quad = Quad.of(corners @ turned[:, :2].T + turned[:, 2])
            slots.append(TranscriptSlot(f"s{len(slots)}", quad, text, row, len(slots), quad.bounds))
    chosen = [6, 15, 16]
    boxes = [tuple(b.as_list()) for n in chosen for b in slot_boxes(slots[n], 0, len(slots[n].text))]
    made, pixels = burnt(Image.fromarray(page), boxes)
    mask = covered(made, owner.shape)
    own = np.isin(owner, [n + 1 for n in chosen])
    assert int((own & (pixels < 140) & ~mask).sum()) == 0
    others = (owner > 0) & ~own
    assert int((others & (mask | (pixels > 160))).sum()) <= 0.002 * int(own.sum())


def test_strokes_of_neighbours_stay_where_lines_run_into_each_other() -> None:
    picture, owner, bounds = written(0.3, 40)
    chosen = [9, 14, 21]
    made, pixels = burnt(picture, [bounds[n] for n in chosen])
    mask = covered(made, owner.shape)
    others = (owner > 0) & ~np.isin(owner, [n + 1 for n in chosen]) & ~mask
    assert int((others & (pixels > 140)).sum()) <= 0.01 * int(others.sum())


def test_rules_and_frames_are_no_words_ink() -> None:
    picture, owner, bounds = written(0.0, 72)
    x0, y0, x1, y1 = bounds[9]
    draw = ImageDraw.Draw(picture)
    draw.line((20, y1 + 4, 980, y1 + 4), fill=0, width=3)
    draw.rectangle((x0 - 12, y0 - 12, x1 + 12, y1 + 20), outline=0, width=2)
    before = np.asarray(picture)
    made, pixels = burnt(picture, [(x0, y0, x1, y1 + 2)])
    free = ~covered(made, owner.shape) & (owner != 10) & (before < 100)
    assert int((free & (pixels > 140)).sum()) == 0


def test_where_a_box_shows_through_on_the_other_side() -> None:
    box = mirrored(Box(100, 50, 300, 90), (1000, 1400), (2000, 2800))
    assert box.as_list() == [1400, 100, 1800, 180]
    assert [other_side(n, 5) for n in range(1, 6)] == [2, 1, 4, 3, None]


def test_what_a_person_changed_on_the_canvas() -> None:
    stored = {"1": ("a", Box(10, 10, 60, 30)), "2": ("b", Box(100, 10, 160, 30))}
    shown = [
        ("1", Box(10.5, 10, 60, 30)),
        ("2", Box(120, 40, 180, 60)),
        ("", Box(5, 5, 50, 50)),
        ("", Box(1, 1, 2, 2)),
    ]
    found = changes_of(shown, stored, 1.5)
    assert found.added == [Box(5, 5, 50, 50)]
    assert found.moved == {"b": (Box(120, 40, 180, 60), Box(100, 10, 160, 30))}
    assert found.removed == []
    assert changes_of([("1", Box(10, 10, 60, 30))], stored, 1.5).removed == ["b"]
    assert len(changes_of(shown, stored, 1.5)) == 2
