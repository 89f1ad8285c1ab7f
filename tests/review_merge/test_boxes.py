"""Boxes that hold a word's ink and little else."""

from __future__ import annotations

import cv2
import numpy as np

from model.geometry import Box, Quad
from model.words import Reading, Word
from review.boxes import ink_of, snap, trimmed
from review.merge import merge

FONT = cv2.FONT_HERSHEY_SIMPLEX


def test_the_blank_above_and_below_a_word_is_not_blacked_out() -> None:
    page = np.full((600, 900), 240, np.uint8)
    words, ink = [], []
    for line in range(5):
        x, y = 60, 80 + 90 * line
        for text in ("warm", "sea", "never", "on"):
            (w, h), _ = cv2.getTextSize(text, FONT, 0.8, 2)
            cv2.putText(page, text, (x, y), FONT, 0.8, 20, 2, cv2.LINE_AA)
            words.append(Word(text, Quad.from_box(Box(x, y - h - 22, x + w, y + 26)), 0.9, line))
            ink.append((x, x + w, y - h, y))
            x += w + 24
    slots = merge([Reading("rapidocr", "1", 900, 600, tuple(words))], page).slots
    assert len(slots) == len(words)
    for slot in slots:
        box = slot.redact_box
        x0, x1, y0, y1 = next(i for i in ink if box.contains(((i[0] + i[1]) / 2, (i[2] + i[3]) / 2)))
        dark = np.argwhere(page[y0 - 3 : y1 + 12, x0 - 3 : x1 + 3] < 140) + np.array([y0 - 3, x0 - 3])
        assert box.contains((float(dark[:, 1].min()), float(dark[:, 0].min())))
        assert box.contains((float(dark[:, 1].max()), float(dark[:, 0].max())))
        assert box.height < np.ptp(dark[:, 0]) + 26 < words[0].box.height


def test_ink_that_is_but_a_part_of_the_word_takes_nothing_away() -> None:
    raw = Box(100, 100, 200, 140)
    assert trimmed(raw, Box(100, 130, 140, 138)) == raw
    assert trimmed(raw, Box(100, 118, 198, 122)) == raw
    cut = trimmed(raw, Box(101, 112, 199, 130))
    assert (cut.x0, cut.x1) == (raw.x0, raw.x1)
    assert raw.y0 < cut.y0 < 112
    assert 130 < cut.y1 < raw.y1
    down = trimmed(Box(100, 100, 140, 200), Box(112, 101, 130, 199), vertical=True)
    assert (down.y0, down.y1) == (100, 200)
    assert 100 < down.x0 < 112


def test_a_speck_beside_joined_letters_is_not_the_word() -> None:
    page = np.full((300, 800), 255, np.uint8)
    x = np.arange(100, 700)
    wave = np.stack([x, 145 + 22 * np.sin(x / 9)], axis=1).astype(np.int32)
    cv2.polylines(page, [wave], False, 0, 4)  # two words that hang together: their middle is in neither box
    page[104:112, 640:648] = 0
    word = Box(560, 95, 720, 180)
    assert snap(word, ink_of(page, 800, 300)) is None
    page[:, 540:556] = 255
    apart = snap(word, ink_of(page, 800, 300))
    assert apart is not None
    assert apart.width > 130
