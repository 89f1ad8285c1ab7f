"""A reading as a stream of characters: what review.align compares and review.columns stacks.

Spaces are dropped, case and look-alike punctuation folded, every character gets its place on the page
by sharing out its word's box. Here too: the cleaning of what engines get wrong about boxes (not finite,
off the page, one box laid over the whole line, the same word twice). Nothing here aligns or votes.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from model.geometry import Box, Transform
from model.words import Reading, Word, unspaced
from review.direction import leftwards

Floats = NDArray[np.float64]

PIECE = 4
"""Most characters of a piece of text without spaces."""
_LOOK_ALIKES = {
    **dict.fromkeys("‘’‚‛′´`ʼ＇", "'"),
    **dict.fromkeys("“”„‟″«»〝〞", '"'),
    **dict.fromkeys("‐‑‒–—―−﹣－⁃", "-"),
    **dict.fromkeys("·•∙⋅・●▪", "."),
    **dict.fromkeys("，、､", ","),
    **dict.fromkeys("。｡．", "."),
    **dict.fromkeys("：∶", ":"),
    **dict.fromkeys("〜～∼", "~"),
    "|": "l", "¦": "l",
}  # fmt: skip
_NARROW = frozenset("iljI.,:;'!|()[]-ftr1 ")
_WIDE = frozenset("mwMWQO@%&")


@lru_cache(maxsize=20_000)
def fold(character: str) -> str:
    """The characters that stand for one character in a comparison; empty for what never counts.

    NFKC, case folding, Latin letters without accents, look-alike punctuation made one.
    """
    plain = _LOOK_ALIKES.get(character)
    if plain is not None:
        return plain
    out = []
    for part in unicodedata.normalize("NFKC", character).casefold():
        base = unicodedata.normalize("NFD", part)[0] if ord(part) < 0x2E80 else part
        base = _LOOK_ALIKES.get(base, base)
        if not base.isspace() and unicodedata.category(base)[0] not in "MC":
            out.append(base)
    return "".join(out)


@lru_cache(maxsize=20_000)
def weight(character: str) -> float:
    """The width of a character in a line, about 1 for most."""
    if character in _NARROW:
        return 0.6
    if character in _WIDE:
        return 1.4
    return 1.8 if unspaced(character) else 1.0


@dataclass(slots=True)
class Unit:
    """A word of a reading, or a part of one that holds a space or a line break."""

    text: str
    start: int
    """First character in the stream; `end` is one past the last."""
    end: int
    box: Box | None
    confidence: float | None
    line: int
    vertical: bool
    coarse: bool = False
    """True where the box holds more than one line, so that it says little about the place."""
    open_after: bool = False
    """True where the engine's own text has no space between this unit and the next."""


@dataclass(slots=True)
class Characters:
    """One reading's characters in the engine's order. Arrays have one entry a character."""

    engine: str
    boxed: bool
    text: list[str]
    """As read; empty where one printed character folds to several (a ligature)."""
    folded: str
    unit: list[int]
    units: list[Unit]
    cx: Floats
    cy: Floats
    size: Floats
    """Height of the line (width, where it is vertical), 0 where nothing is placed."""
    vertical: NDArray[np.bool_]
    lost: list[str] = field(default_factory=list)
    """Words whose box is no box on this page: kept as text, never placed."""
    repairs: dict[str, int] = field(default_factory=dict)
    """What was mended, by the codes of model.words.Repair."""

    def __len__(self) -> int:
        return len(self.folded)


def characters(
    reading: Reading,
    width: float,
    height: float,
    back: Transform | None = None,
    scale: tuple[float, float] = (1, 1),
) -> Characters:
    """The stream of a reading, its boxes scaled and led through `back` into a frame of width x height."""
    units: list[Unit] = []
    lost: list[str] = []
    repairs: Counter[str] = Counter()
    boxed = reading.words is not None
    if reading.words is None:
        _units_of_text(reading.text or "", units)
    else:
        _units_of_words(reading, units, lost, repairs, width, height, back, scale)
        _trim_overlaps(units)
        before = len(units)
        _drop_repeats(units)
        repairs["repeated"] += before - len(units)
        _mark_open(reading.text, units)
    stream = stream_of(reading.engine, boxed, units, lost)
    repairs["no_letters"] += len(units) - len(stream.units)
    stream.repairs = {what: n for what, n in sorted(repairs.items()) if n}
    return stream


def _units_of_text(text: str, units: list[Unit]) -> None:
    """Words, and pieces of text without spaces: a line of Japanese is no word that stands or falls as one."""
    for number, line in enumerate(text.splitlines()):
        for word in line.split():
            pieces = _pieces(word)
            units.extend(Unit(piece, 0, 0, None, None, number, vertical=False) for piece in pieces)
            for unit in units[len(units) - len(pieces) : -1]:
                unit.open_after = True


def _pieces(word: str) -> list[str]:
    if not any(map(unspaced, word)):
        return [word]
    out = [""]
    for character in word:
        full = len(out[-1]) >= PIECE and unicodedata.category(character)[0] != "M"
        if out[-1] and (full or unspaced(character) != unspaced(out[-1][-1])):
            out.append("")
        out[-1] += character
    return out


def _units_of_words(
    reading: Reading,
    units: list[Unit],
    lost: list[str],
    repairs: Counter[str],
    width: float,
    height: float,
    back: Transform | None,
    scale: tuple[float, float],
) -> None:
    for given in reading.words or ():
        if not given.text.strip():
            continue
        word = _with_confidence(given, repairs)
        bounds = _place(word, back, scale)
        box = bounds.clipped(width, height) if bounds is not None else None
        if bounds is None or box is None or box.width < 1.0 or box.height < 1.0:
            lost.extend(word.text.split())
            repairs["off_page"] += 1
            continue
        if box.area < 0.9 * bounds.area:
            repairs["cut"] += 1
        parts = word.text.split()
        if len(parts) == 1:
            units.append(Unit(parts[0], 0, 0, box, word.confidence, word.line, word.vertical))
            continue
        units.extend(_split_word(word, box))


def _with_confidence(word: Word, repairs: Counter[str]) -> Word:
    """The word with a confidence of 0..1 or none at all."""
    if word.confidence is None or 0.0 <= word.confidence <= 1.0:
        return word
    repairs["confidence"] += 1
    if not math.isfinite(word.confidence):
        return replace(word, confidence=None)
    return replace(word, confidence=min(max(word.confidence, 0.0), 1.0))


def _place(word: Word, back: Transform | None, scale: tuple[float, float]) -> Box | None:
    """The word's bounds in the working frame; None where they are no place."""
    points = [(x * scale[0], y * scale[1]) for x, y in word.quad.points]
    if not all(math.isfinite(v) and abs(v) < 1e7 for p in points for v in p):
        return None
    if back is not None:
        points = [back.point(p) for p in points]
        if not all(math.isfinite(v) for p in points for v in p):
            return None
    return Box.around(points)


def _split_word(word: Word, box: Box) -> list[Unit]:
    """A box that holds several words: its lines share the height, its words the width by their letters."""
    lines = [line.split() for line in word.text.splitlines() if line.split()]
    out: list[Unit] = []
    for number, parts in enumerate(lines):
        top, bottom = (box.y0, box.y1) if not word.vertical else (box.x0, box.x1)
        step = (bottom - top) / len(lines)
        share = [sum(map(weight, part)) for part in parts]
        total = sum(share) + 0.6 * (len(parts) - 1)
        start, end = (box.x0, box.x1) if not word.vertical else (box.y0, box.y1)
        position = 0.0
        for part, own in zip(parts, share, strict=True):
            a = start + (end - start) * position / total
            b = start + (end - start) * min((position + own) / total, 1.0)
            position += own + 0.6
            low, high = top + number * step, top + (number + 1) * step
            piece = Box(low, a, high, b) if word.vertical else Box(a, low, b, high)
            out.append(
                Unit(part, 0, 0, piece, word.confidence, word.line, word.vertical, coarse=len(lines) > 1)
            )
    return out


def _trim_overlaps(units: list[Unit]) -> None:
    """Cuts a box that lies over its neighbours in the line (Tesseract's Japanese) back to their border."""
    for index, unit in enumerate(units):
        if unit.box is None:
            continue
        box = unit.box
        for step in (1, -1):
            other = units[index + step] if 0 <= index + step < len(units) else None
            if (
                other is None
                or other.box is None
                or other.line != unit.line
                or other.vertical != unit.vertical
            ):
                continue
            a0, a1 = (box.y0, box.y1) if unit.vertical else (box.x0, box.x1)
            b0, b1 = (other.box.y0, other.box.y1) if unit.vertical else (other.box.x0, other.box.x1)
            shared = min(a1, b1) - max(a0, b0)
            if shared < 0.5 * (b1 - b0) or a1 - a0 <= b1 - b0:
                continue
            if step == 1 and b0 > a0 + 2:
                a1 = b0
            elif step == -1 and b1 < a1 - 2:
                a0 = b1
            box = Box(box.x0, a0, box.x1, a1) if unit.vertical else Box(a0, box.y0, a1, box.y1)
        unit.box = box


def _drop_repeats(units: list[Unit]) -> None:
    """The same text at the same place again is a model in a loop, not another word."""
    seen: dict[tuple[str, int, int, int, int], None] = {}
    kept = []
    for unit in units:
        if unit.box is None:
            continue
        grid = max(2.0, unit.box.height / 4)
        cx, cy = unit.box.centre
        key = (unit.text, round(cx / grid), round(cy / grid), round(unit.box.width / grid), round(grid))
        if key not in seen:
            seen[key] = None
            kept.append(unit)
    units[:] = kept


def _mark_open(text: str | None, units: list[Unit]) -> None:
    """Marks units after which the engine's text goes on without a space (boxes a character each)."""
    if not text:
        return
    position = 0
    for unit, after in pairwise(units):
        found = text.find(unit.text, position, position + len(unit.text) + 200)
        if found < 0:
            continue
        position = found + len(unit.text)
        unit.open_after = after.line == unit.line and text.startswith(after.text, position)


def stream_of(engine: str, boxed: bool, units: Sequence[Unit], lost: list[str]) -> Characters:
    """The stream of words that are clean already; units without any character are left out."""
    text: list[str] = []
    folded: list[str] = []
    owner: list[int] = []
    xs: list[float] = []
    ys: list[float] = []
    sizes: list[float] = []
    flags: list[bool] = []
    kept: list[Unit] = []
    for unit in units:
        unit.start = len(text)
        number = len(kept)
        first = len(text)
        pending = ""
        for character in unicodedata.normalize("NFC", unit.text):
            plain = fold(character)
            if not plain:
                if len(text) > first:
                    text[-1] += character
                else:
                    pending += character
                continue
            text.append(pending + character)
            text.extend("" for _ in plain[1:])
            pending = ""
            folded.append(plain)
        count = len(text) - first
        if not count:
            continue
        unit.end = len(text)
        owner.extend([number] * count)
        flags.extend([unit.vertical] * count)
        kept.append(unit)
        box = unit.box
        if box is None:
            xs.extend([math.nan] * count)
            ys.extend([math.nan] * count)
            sizes.extend([0.0] * count)
            continue
        weights = [weight(c[-1]) if c else 0.6 for c in text[first:]]
        total = sum(weights)
        done = 0.0
        if not unit.vertical and leftwards(unit.text):
            weights.reverse()
        along0, extent = (box.y0, box.height) if unit.vertical else (box.x0, box.width)
        across = (box.x0 + box.x1) / 2 if unit.vertical else (box.y0 + box.y1) / 2
        middles: list[float] = []
        for w in weights:
            middles.append(along0 + extent * (done + w / 2) / total)
            done += w
        if not unit.vertical and leftwards(unit.text):
            middles.reverse()
        for centre in middles:
            xs.append(across if unit.vertical else centre)
            ys.append(centre if unit.vertical else across)
        sizes.extend([box.width if unit.vertical else box.height] * count)
    return Characters(
        engine,
        boxed,
        text,
        "".join(folded),
        owner,
        kept,
        np.array(xs, dtype=np.float64),
        np.array(ys, dtype=np.float64),
        np.array(sizes, dtype=np.float64),
        np.array(flags, dtype=np.bool_),
        lost,
    )
