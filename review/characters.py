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
Ints = NDArray[np.int64]

_FAR = 1e7
"""Pixels beyond which there is no page."""
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
_PLAIN = {code: _LOOK_ALIKES.get(chr(code), chr(code).lower()) for code in range(128)}
"""What printable ASCII is folded to: each to one character, see `fold`."""
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
    given = [w for w in reading.words or () if w.text.strip()]
    for word, bounds in zip(given, _bounds(given, back, scale), strict=True):
        if word.confidence is not None and not 0.0 <= word.confidence <= 1.0:
            word = _with_confidence(word)
            repairs["confidence"] += 1
        box = None
        if bounds is not None:
            x0, y0, x1, y1 = bounds
            area = (x1 - x0) * (y1 - y0)
            x0, y0, x1, y1 = max(x0, 0.0), max(y0, 0.0), min(x1, width), min(y1, height)
            if x1 - x0 >= 1.0 and y1 - y0 >= 1.0:
                box = Box(x0, y0, x1, y1)
                repairs["cut"] += (x1 - x0) * (y1 - y0) < 0.9 * area
        if box is None:
            lost.extend(word.text.split())
            repairs["off_page"] += 1
            continue
        parts = word.text.split()
        if len(parts) == 1:
            units.append(Unit(parts[0], 0, 0, box, word.confidence, word.line, word.vertical))
            continue
        units.extend(_split_word(word, box))


def _with_confidence(word: Word) -> Word:
    """The word with a confidence of 0..1, or none where it has none that is a number."""
    if word.confidence is None or not math.isfinite(word.confidence):
        return replace(word, confidence=None)
    return replace(word, confidence=min(max(word.confidence, 0.0), 1.0))


def _bounds(
    words: Sequence[Word], back: Transform | None, scale: tuple[float, float]
) -> list[tuple[float, float, float, float] | None]:
    """Of each word its bounds x0, y0, x1, y1 in the working frame; None where they are no place."""
    if not words:
        return []
    points = np.array([w.quad.points for w in words], dtype=np.float64) * np.array(scale)
    with np.errstate(all="ignore"):
        sound = (np.abs(points) < _FAR).all(axis=(1, 2))
        if back is not None:
            m = np.array(back.matrix).reshape(3, 3)
            x, y = points[..., 0], points[..., 1]
            depth = m[2, 0] * x + m[2, 1] * y + m[2, 2]
            points = np.stack(
                [
                    (m[0, 0] * x + m[0, 1] * y + m[0, 2]) / depth,
                    (m[1, 0] * x + m[1, 1] * y + m[1, 2]) / depth,
                ],
                axis=-1,
            )
            sound &= np.isfinite(points).all(axis=(1, 2))
        low, high = points.min(axis=1), points.max(axis=1)
    rows = np.concatenate([low, high], axis=1).tolist()
    return [(a, b, c, d) if yes else None for (a, b, c, d), yes in zip(rows, sound.tolist(), strict=True)]


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
    for one, two in pairwise(units):
        a, b = one.box, two.box
        if a is None or b is None or one.line != two.line or one.vertical != two.vertical:
            continue
        a0, a1, b0, b1 = (a.y0, a.y1, b.y0, b.y1) if one.vertical else (a.x0, a.x1, b.x0, b.x1)
        shared = min(a1, b1) - max(a0, b0)
        if shared <= 0:
            continue
        if shared >= 0.5 * (b1 - b0) and a1 - a0 > b1 - b0 and b0 > a0 + 2:
            one.box = Box(a.x0, a0, a.x1, b0) if one.vertical else Box(a0, a.y0, b0, a.y1)
        elif shared >= 0.5 * (a1 - a0) and b1 - b0 > a1 - a0 and a1 < b1 - 2:
            two.box = Box(b.x0, a1, b.x1, b1) if two.vertical else Box(a1, b.y0, b1, b.y1)


def _drop_repeats(units: list[Unit]) -> None:
    """The same text at the same place again is a model in a loop, not another word."""
    seen: dict[tuple[str, int, int, int, int], None] = {}
    kept = []
    for unit in units:
        if unit.box is None:
            continue
        box = unit.box
        grid = max(2.0, (box.y1 - box.y0) / 4)
        cx, cy = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
        key = (unit.text, round(cx / grid), round(cy / grid), round((box.x1 - box.x0) / grid), round(grid))
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
    kept: list[Unit] = []
    for unit in units:
        first = len(text)
        if unit.text.isascii() and unit.text.isprintable():
            text.extend(unit.text)
            folded.append(unit.text.translate(_PLAIN))
        else:
            _fold_into(unit.text, text, folded)
        if len(text) > first:
            unit.start, unit.end = first, len(text)
            kept.append(unit)
    counts = np.array([u.end - u.start for u in kept], dtype=np.int64)
    owner = np.repeat(np.arange(len(kept)), counts)
    vertical = np.array([u.vertical for u in kept], dtype=np.bool_)
    cx, cy, size = _places(kept, text, counts, owner, vertical)
    return Characters(
        engine, boxed, text, "".join(folded), owner.tolist(), kept, cx, cy, size, vertical[owner], lost
    )  # fmt: skip


def _fold_into(word: str, text: list[str], folded: list[str]) -> None:
    first = len(text)
    pending = ""
    for character in unicodedata.normalize("NFC", word):
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


def _places(
    units: Sequence[Unit], text: Sequence[str], counts: Ints, owner: Ints, vertical: NDArray[np.bool_]
) -> tuple[Floats, Floats, Floats]:
    """Of each character its middle, x and y, and its line's height: a word's box shared out by widths."""
    if not len(units):
        return np.zeros(0), np.zeros(0), np.zeros(0)
    gone = (math.nan,) * 4
    bounds = np.array(
        [gone if (b := u.box) is None else (b.x0, b.y0, b.x1, b.y1) for u in units], dtype=np.float64
    )
    starts = np.cumsum(counts) - counts
    widths = np.array([weight(t[-1]) if t else 0.6 for t in text], dtype=np.float64)
    before = np.cumsum(widths) - widths
    share = (before - before[starts][owner] + widths / 2) / np.add.reduceat(widths, starts)[owner]
    turned = np.array([leftwards(u.text) for u in units], dtype=np.bool_) & ~vertical
    share = np.where(turned[owner], 1 - share, share)
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2
    extent = bounds[:, 2:] - bounds[:, :2]
    x = np.where(vertical[owner], middle[owner, 0], bounds[owner, 0] + extent[owner, 0] * share)
    y = np.where(vertical[owner], bounds[owner, 1] + extent[owner, 1] * share, middle[owner, 1])
    size = np.nan_to_num(np.where(vertical, extent[:, 0], extent[:, 1]))
    return x, y, size[owner]
