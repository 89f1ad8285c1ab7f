"""An engine with boxes that is not built in, imitated from a page's truth: for training and measuring.

Its strength differs by page, its confidences tell more or less, its boxes are a little off, it loses
spaces and words. So the models meet weak engines beside strong ones and names they don't know.
"""

from __future__ import annotations

import random

from imitated import misread

from evaluation.labels import truth_stream
from evaluation.truth import Page
from model.geometry import Box, Quad
from model.words import Reading, Word

RATES = (0.01, 0.03, 0.08, 0.15, 0.3, 0.5)


def imitated_engine(page: Page, name: str, seed: int) -> Reading | None:
    """A reading with word boxes in pixels of the page image; None for a truth without places."""
    if not page.truth.placed:
        return None
    chance = random.Random(f"{page.name}{name}{seed}")
    rate, honest = chance.choice(RATES), chance.choice((0.2, 0.6, 0.9))
    lost, merged = chance.choice((0.0, 0.01, 0.05)), chance.choice((0.0, 0.02, 0.1))
    level = chance.choice((0.95, 0.85, 0.7))
    width, height = page.truth.width, page.truth.height
    stream = truth_stream(page.truth, width, height)
    words: list[Word] = []
    for unit in stream.units:
        box = unit.box
        if box is None or box.width < 1 or box.height < 1 or chance.random() < lost:
            continue
        text, wrong = unit.text, chance.random() < rate
        if wrong:
            text = misread(text, chance)
        sure = level + (1 - level) * chance.random() if not wrong else level - 0.5 * honest * chance.random()
        sure = min(max(sure + chance.gauss(0, 0.08 * (1 - honest)), 0.01), 1.0)
        off = 0.08 * box.height
        x0, y0 = box.x0 + chance.gauss(0, off), box.y0 + chance.gauss(0, off)
        x1, y1 = box.x1 + chance.gauss(0, off), box.y1 + chance.gauss(0, off)
        place = Box(min(x0, x1 - 1), min(y0, y1 - 1), x1, y1)
        last = words[-1] if words else None
        if last and last.line == unit.line and chance.random() < merged and not unit.vertical:
            joined = Box.union_of([last.box, place])
            words[-1] = Word(
                last.text + text, Quad.from_box(joined), min(last.confidence or 1, sure), unit.line
            )
            continue
        words.append(Word(text, Quad.from_box(place), sure, unit.line, unit.vertical))
    return Reading(name, "", round(width), round(height), tuple(words))
