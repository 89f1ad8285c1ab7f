"""Layouts of word boxes whose reading order is known by construction: what bench/order.py and tests order.

Every layout comes in many sizes, spacings and hands (slant, sag, ragged heights, jitter), by seed. No text
and no pixels: a word is its box. Rendered and real pages are bench/order.py's matter.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from model.geometry import Box


@dataclass
class Layout:
    """Word boxes in reading order, in pixels of a page about 1000 wide."""

    boxes: list[Box] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    """Of each word the line that it stands in, in reading order."""
    vertical: list[bool] = field(default_factory=list)
    aside: set[int] = field(default_factory=set)
    """Lines of notes: they may be read before or after all the rest, but not amid it."""

    def accepted(self) -> list[list[int]]:
        """All orders of the words that are right."""
        every = list(range(len(self.boxes)))
        main = [n for n in every if self.lines[n] not in self.aside]
        notes = [n for n in every if self.lines[n] in self.aside]
        return [main + notes, notes + main] if notes else [every]


@dataclass
class Hand:
    """How the words of a page are written."""

    chance: random.Random
    size: float
    slant: float = 0.0
    """Rise of a line over its length."""
    sag: float = 0.0
    """Depth of the arc of a line over the whole page, in heights."""
    rough: float = 0.0
    """Unevenness of heights and baselines, in heights."""

    @classmethod
    def print(cls, chance: random.Random) -> Hand:
        return cls(chance, chance.uniform(11, 24), chance.uniform(-0.008, 0.008), 0.0, 0.04)

    @classmethod
    def pen(cls, chance: random.Random) -> Hand:
        slant = chance.choice((-1, 1)) * chance.uniform(0.0, 0.05)
        return cls(chance, chance.uniform(20, 38), slant, chance.uniform(-0.6, 0.6), 0.18)

    def words(self, left: float, right: float, fill: float = 1.0) -> list[tuple[float, float]]:
        """Left and right ends of words that fill a share of the line."""
        out = []
        at = left
        end = left + (right - left) * fill
        while True:
            wide = self.size * self.chance.uniform(0.5, 4.2)
            if at + wide > end:
                break
            out.append((at, at + wide))
            at += wide + self.size * self.chance.uniform(0.25, 0.55)
        return out or [(left, min(left + self.size * 2, max(end, left + self.size)))]


def line(
    page: Layout, hand: Hand, spans: list[tuple[float, float]], y: float, number: int, aside: bool = False
) -> None:
    """Puts one line whose middle is at y where it starts."""
    start, end = spans[0][0], max(spans[-1][1], spans[0][0] + 1)
    pick = hand.chance
    for a, b in spans:
        share = ((a + b) / 2 - start) / (end - start)
        arc = hand.sag * hand.size * math.sin(math.pi * share) * min((end - start) / 800, 1.0)
        middle = y + hand.slant * ((a + b) / 2 - start) + arc
        middle += pick.uniform(-1, 1) * hand.rough * hand.size
        up = hand.size * (0.5 + pick.uniform(-1, 1) * hand.rough + 0.2 * (pick.random() < 0.3))
        down = hand.size * (0.4 + pick.uniform(-1, 1) * hand.rough + 0.25 * (pick.random() < 0.3))
        page.boxes.append(Box(a, max(0.0, middle - up), b, middle + max(down, 1.0)))
        page.lines.append(number)
        page.vertical.append(False)
    if aside:
        page.aside.add(number)


def _next(page: Layout) -> int:
    return page.lines[-1] + 1 if page.lines else 0


def block(
    page: Layout, hand: Hand, left: float, right: float, y: float, count: int, step: float,
    *, full: float = 0.97, aside: bool = False,
) -> float:  # fmt: skip
    """A paragraph: `count` lines, the last one short. Gives the y after it."""
    for n in range(count):
        fill = hand.chance.uniform(0.15, 0.9) if n == count - 1 else hand.chance.uniform(full - 0.12, full)
        indent = hand.size * 1.5 if n == 0 and count > 2 else 0.0
        line(page, hand, hand.words(left + indent, right, fill), y, _next(page), aside)
        y += step
    return y


def letter(chance: random.Random, hand: Hand) -> Layout:
    page = Layout()
    step = hand.size * chance.uniform(1.35, 2.2)
    y = 60.0
    if chance.random() < 0.6:
        left = chance.choice((80.0, 560.0))
        for _ in range(chance.randint(2, 4)):
            line(page, hand, hand.words(left, left + 360, chance.uniform(0.4, 0.9)), y, _next(page))
            y += step
        y += step * 0.6
    line(page, hand, hand.words(600, 920, 0.8), y, _next(page))
    y += step * chance.uniform(1.2, 2)
    line(page, hand, hand.words(90, 500, 0.6), y, _next(page))
    y += step * chance.uniform(1, 1.6)
    for _ in range(chance.randint(1, 4)):
        y = block(page, hand, 90, 920, y, chance.randint(2, 7), step) + step * chance.choice((0, 0.5, 1))
    for _ in range(chance.randint(1, 2)):
        line(page, hand, hand.words(540, 900, 0.6), y, _next(page))
        y += step * 1.1
    return page


def columns(chance: random.Random, hand: Hand) -> Layout:
    """Two or three columns under a heading, paragraphs of their own lengths, level or not."""
    page = Layout()
    hand.size = min(hand.size, 16)
    hand.slant *= 0.3
    step = hand.size * chance.uniform(1.3, 1.7)
    y = 70.0
    if chance.random() < 0.6:
        big = Hand(chance, hand.size * 1.8, hand.slant, 0, hand.rough)
        line(page, big, big.words(120, 880, 0.9), y, _next(page))
        y += big.size * 2
    count = chance.choice((2, 2, 3))
    gutter = hand.size * chance.uniform(1.3, 3)
    wide = (860 - gutter * (count - 1)) / count
    deep = chance.randint(12, 36)
    low = y
    for n in range(count):
        left = 70 + n * (wide + gutter)
        at = y + chance.choice((0.0, 0.0, step * 0.4))
        left_over = deep if n < count - 1 else chance.randint(max(3, deep // 3), deep)
        while left_over > 0:
            size = min(left_over, chance.randint(3, 9))
            at = block(page, hand, left, left + wide, at, size, step)
            at += chance.choice((0, 0, step * 0.5))
            left_over -= size
        low = max(low, at)
    if chance.random() < 0.4:
        line(page, hand, hand.words(420, 580, 0.5), low + step * 2, _next(page))
    return page


def form(chance: random.Random, hand: Hand) -> Layout:
    """Label and value side by side, one or two pairs a row; a value may have two lines."""
    page = Layout()
    labels = Hand.print(chance)
    labels.size = min(labels.size, 16)
    hand.slant *= 0.3
    y = 70.0
    if chance.random() < 0.7:
        line(page, labels, labels.words(300, 700, 0.7), y, _next(page))
        y += 60
    pairs = chance.choice((1, 1, 2))
    share = chance.uniform(0.25, 0.45)
    step = max(hand.size, labels.size) * chance.uniform(1.7, 3.2)
    wide = 860 / pairs
    for _ in range(chance.randint(5, 14)):
        deep = 1
        for n in range(pairs):
            left = 70 + n * wide
            number = _next(page)
            line(
                page, labels, labels.words(left, left + wide * share - 20, chance.uniform(0.3, 1)), y, number
            )
            if chance.random() < 0.9:
                start = left + wide * share
                line(page, hand, hand.words(start, left + wide - 40, chance.uniform(0.2, 0.9)), y, number + 1)
                if pairs == 1 and chance.random() < 0.15:
                    deep = 2
                    below = y + hand.size * 1.3
                    line(page, hand, hand.words(start, left + wide - 40, 0.6), below, number + 2)
        y += step + (deep - 1) * hand.size * 1.3
    return page


def cells(chance: random.Random, hand: Hand) -> Layout:
    """A form of cells: the label small on top, the value below it, two or three cells a row."""
    page = Layout()
    labels = Hand.print(chance)
    labels.size = chance.uniform(9, 12)
    hand.slant *= 0.2
    hand.sag *= 0.3
    hand.size = min(hand.size, 24)
    y = 80.0
    for _ in range(chance.randint(4, 9)):
        count = chance.choice((1, 2, 2, 3))
        wide = 860 / count
        gap = labels.size * 0.6 + hand.size * 0.9
        for n in range(count):
            left = 70 + n * wide
            line(
                page, labels, labels.words(left, left + wide * 0.6, chance.uniform(0.3, 0.8)), y, _next(page)
            )
            line(page, hand, hand.words(left + 6, left + wide - 30, 0.7), y + gap, _next(page))
        y += gap + hand.size + labels.size * chance.uniform(1.6, 2.6)
    return page


def table(chance: random.Random, hand: Hand) -> Layout:
    """Rows of cells under a head; numbers stand to the right, some cells are empty or have two lines."""
    page = Layout()
    hand.size = min(hand.size, 22)
    hand.slant *= 0.2
    hand.sag *= 0.3
    y = 70.0
    if chance.random() < 0.5:
        y = block(page, hand, 70, 930, y, 2, hand.size * 1.5) + hand.size
    count = chance.randint(3, 6)
    cuts = sorted(chance.uniform(0.8, 1.3) for _ in range(count))
    chance.shuffle(cuts)
    if count < 5 and chance.random() < 0.6:
        cuts[chance.randrange(count)] *= 2.2
    ends = [70.0]
    for c in cuts:
        ends.append(ends[-1] + 860 * c / sum(cuts))
    numbers = [chance.random() < 0.4 for _ in range(count)]
    step = hand.size * chance.uniform(1.35, 2.4)
    for row in range(chance.randint(4, 18)):
        deep = 0
        first = _next(page)
        for n in range(count):
            if row and chance.random() < 0.1:
                continue
            left, right = ends[n], ends[n + 1] - hand.size * 0.9
            spans = hand.words(left, right, chance.uniform(0.25, 0.95))
            if numbers[n]:
                spans = spans[:1]
                shift = right - spans[-1][1]
                spans = [(a + shift, b + shift) for a, b in spans]
            line(page, hand, spans, y, max(first, _next(page)))
            if not numbers[n] and right - left > 8 * hand.size and chance.random() < 0.1:
                line(page, hand, hand.words(left, right, 0.5), y + hand.size * 1.25, _next(page))
                deep = 1
        y += step + deep * hand.size * 1.25
    if chance.random() < 0.4:
        block(page, hand, 70, 930, y + hand.size, 3, hand.size * 1.5)
    return page


def margin(chance: random.Random, hand: Hand) -> Layout:
    """Running text with notes in a margin, which are read apart from it."""
    page = Layout()
    hand.size = min(hand.size, 26)
    hand.slant *= 0.5
    at_left = chance.random() < 0.6
    left, right = (260.0, 930.0) if at_left else (70.0, 740.0)
    step = hand.size * chance.uniform(1.4, 2)
    y = 80.0
    for _ in range(chance.randint(2, 4)):
        y = block(page, hand, left, right, y, chance.randint(4, 9), step)
    small = Hand(chance, hand.size * chance.uniform(0.6, 1), hand.slant, 0, hand.rough)
    start, end = (60.0, 235.0) if at_left else (770.0, 950.0)
    at = 80 + chance.uniform(0, 3) * step
    while at < y - 5 * step:
        at = block(page, small, start, end, at, chance.randint(1, 4), small.size * 1.4, full=0.95, aside=True)
        at += chance.uniform(2, 9) * step
    return page


def turned(chance: random.Random, hand: Hand) -> Layout:
    """Running text with a note in the margin that was turned a quarter: tall words, read downwards."""
    page = Layout()
    hand.size = min(hand.size, 26)
    at_left = chance.random() < 0.5
    left, right = (180.0, 930.0) if at_left else (70.0, 820.0)
    step = hand.size * chance.uniform(1.4, 2)
    y = 80.0
    for _ in range(chance.randint(2, 4)):
        y = block(page, hand, left, right, y, chance.randint(4, 9), step)
    x = 70.0 if at_left else 870.0
    for n in range(chance.randint(1, 2)):
        number = _next(page)
        for a, b in hand.words(120, max(y - 60, 300), 0.8):
            # Clockwise: the first line of the note stands farthest to the right.
            at = x + (1 - n) * hand.size * 1.4
            page.boxes.append(Box(at, a, at + hand.size, b))
            page.lines.append(number)
            page.vertical.append(True)
        page.aside.add(number)
    return page


def upright(chance: random.Random, hand: Hand) -> Layout:
    """Vertical Japanese: columns from the right, under a level title or over a level footer at times."""
    page = Layout()
    size = hand.size * 1.1
    top = 80.0
    if chance.random() < 0.5:
        title = Hand(chance, size, 0, 0, 0.05)
        line(page, title, [(100.0 + n * size * 1.05, 100 + n * size * 1.05 + size) for n in range(8)], 60, 0)
        top = 60 + size * 2.5
    step = size * chance.uniform(1.3, 2.2)
    bottom = top + chance.uniform(500, 1100)
    x = 940.0
    for _ in range(chance.randint(4, 16)):
        if x < 60:
            break
        number = _next(page)
        y = top
        last = chance.random() < 0.25
        while y + size < (bottom - 200 if last else bottom):
            long = size * chance.choice((1, 1, 1, 2, 3))
            page.boxes.append(Box(x - size * 0.9, y, x, y + long * 0.95))
            page.lines.append(number)
            page.vertical.append(True)
            y += long
        x -= step
    if chance.random() < 0.4:
        foot = Hand(chance, size * 0.7, 0, 0, 0.05)
        line(page, foot, [(470.0, 500.0), (505.0, 530.0)], bottom + 60, _next(page))
    return page


def invoice(chance: random.Random, hand: Hand) -> Layout:
    """Two blocks side by side (address, data), a table, totals at the right, terms below."""
    page = Layout()
    hand = Hand.print(chance)
    hand.size = min(hand.size, 16)
    step = hand.size * 1.5
    y = 80.0
    line(page, hand, hand.words(70, 400, 0.6), y, 0)
    y += step * 2
    top = y
    for _ in range(chance.randint(3, 5)):
        line(page, hand, hand.words(70, 380, chance.uniform(0.3, 0.9)), y, _next(page))
        y += step
    other = top + chance.choice((0.0, step * 0.5))
    for _ in range(chance.randint(2, 4)):
        number = _next(page)
        line(page, hand, hand.words(560, 700, chance.uniform(0.5, 0.9)), other, number)
        line(page, hand, hand.words(740, 930, chance.uniform(0.4, 0.9)), other, number + 1)
        other += step
    y = max(y, other) + step * 1.5
    for _ in range(chance.randint(3, 9)):
        for left, right in ((70, 520), (560, 640), (680, 780), (820, 930)):
            spans = hand.words(left, right, chance.uniform(0.4, 0.9))
            line(page, hand, spans if left == 70 else spans[:1], y, _next(page))
        y += step * 1.3
    for _ in range(chance.randint(1, 3)):
        line(page, hand, hand.words(640, 780, 0.7), y, _next(page))
        line(page, hand, hand.words(820, 930, 0.6)[:1], y, _next(page))
        y += step
    y += step * 1.5
    block(page, hand, 70, 930, y, 3, step)
    return page


KINDS: dict[str, Callable[[random.Random, Hand], Layout]] = {
    "letter": letter, "columns": columns, "form": form, "cells": cells, "table": table,
    "margin": margin, "turned": turned, "upright": upright, "invoice": invoice,
}  # fmt: skip


def make(kind: str, seed: int) -> Layout:
    """One page of a kind: odd seeds are written by hand, even ones printed."""
    chance = random.Random(f"{kind} {seed}")
    return KINDS[kind](chance, Hand.pen(chance) if seed % 2 else Hand.print(chance))
