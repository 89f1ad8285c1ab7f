"""Slots held against a page's ground truth: which text each slot should have, and what no slot covers.

The truth is one more stream of characters, aligned (review.align) with what the slots say, so columns,
split words, other orders and omissions need no special case. The same labels serve finished pages
(expected_of_page) and the drafts that the risk model learns from (expected_of_drafts).

What counts as equal: NFKC, one space, one kind of quote and of dash; case, accents and punctuation count
(`norm`). Beside it the loose variant: letters and digits only, without case (`loose`).
Nothing here opens a file, adds up or knows risk.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from evaluation.normalise import words as words_of
from evaluation.truth import Item, Truth
from model.geometry import Box, Quad, Transform
from model.words import MergedPage, Reading, Word, unspaced
from review.align import Side, align
from review.characters import Characters, Unit, characters, stream_of
from review.columns import profile_of, side_of
from review.merge import Work

Ints = NDArray[np.int64]

_SAME = str.maketrans("‘’‚´`“”„«»–—−‐‑―", "'''''\"\"\"\"\"------")
_GAP = 4
"""Letters of the truth that a slot may miss inside its text."""


@dataclass(slots=True)
class Expected:
    """What a slot should say."""

    text: str | None
    """Normalised; None where the truth has nothing there."""
    words: list[int] = field(default_factory=list)
    """Words of the truth that this slot answers for: each is counted in one slot only."""
    full: bool = True
    """False where a part of a word of the truth lies in another slot: the word is split, so wrong."""
    touched: tuple[int, ...] = ()
    """All words of the truth of which a part lies here."""
    outside: bool = False
    """The truth has no line here at all (stamps, margins, later notes are often left out), so it says
    little about whether this slot's text is wrong."""

    def right(self, text: str) -> bool:
        """Whether `text` and the slot's existence are right; empty text says that no word stands here."""
        if self.text is None:
            return not norm(text)
        return self.full and norm(text) == self.text

    def loosely_right(self, text: str) -> bool:
        """The same by letters and digits only."""
        if self.text is None:
            return not loose(text)
        return self.full and loose(text) == loose(self.text)

    def errors(self, text: str) -> int:
        """Wrong words: those of the truth that `text` gets wrong, or inserted ones where there are none."""
        if self.right(text):
            return 0
        if self.text is None:
            return len(words_of(norm(text)))
        wrong = int(Levenshtein.distance(words_of(self.text), words_of(norm(text))))
        return min(len(self.words), max(wrong, 1))


@dataclass(slots=True)
class Labels:
    """A page's slots (or drafts), in their order, with what each should say."""

    slots: list[Expected]
    words: list[tuple[str, Box]]
    """All words of the truth (characters, in scripts without spaces) and their places in the frame: the
    prepared image where a transform was given, else the page image. Words of a truth without places
    have the empty box."""

    @property
    def omitted(self) -> list[int]:
        """Words of the truth that no slot covers."""
        covered = {w for s in self.slots for w in s.touched}
        return [n for n in range(len(self.words)) if n not in covered]


def norm(text: str) -> str:
    """What counts as the same: NFKC, one space, one kind of quote and dash. Case and commas count."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text.translate(_SAME))).strip()


def loose(text: str) -> str:
    """Letters and digits only, NFKC, without case."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in plain if unicodedata.category(c)[0] in "LNM")


# -- the ways in --------------------------------------------------------------------------------


def expected_of_page(page: MergedPage, truth: Truth, transform: Transform | None = None) -> Labels:
    """What each slot of a merged page should say, ghosts and slots without a chosen text included.

    truth: boxes in pixels of the page image (Truth.scaled), or none. transform: prepared -> image; then
    lines are compared upright. A ghost answers for the words of the truth that lie on it and that no
    other slot covers.
    """
    back = transform.inverse() if transform is not None else None
    width, height = (
        (transform.source.width, transform.source.height) if transform else (page.width, page.height)
    )
    boxes = [(back.quad(s.quad) if back else s.quad).bounds for s in page.slots]
    units: list[Unit] = []
    owners: dict[int, int] = {}
    for n, slot in enumerate(page.slots):
        said = slot.text or (slot.candidates[0].text if slot.candidates else "")
        if said:
            unit = Unit("".join(said.split()), 0, 0, boxes[n], None, slot.line, slot.vertical)
            owners[id(unit)] = n
            units.append(unit)
    stream = stream_of("slots", True, units, [])
    owner = np.array([owners[id(stream.units[u])] for u in stream.unit], dtype=np.int64)
    own = truth_stream(truth, float(width), float(height), back)
    labels = _labels(own, side_of(stream, 1), owner, boxes, truth, back)
    ghosts = [n for n, s in enumerate(page.slots) if not s.text and not s.candidates]
    _give_to_ghosts(labels, ghosts, boxes)
    return labels


def expected_of_drafts(work: Work, truth: Truth, transform: Transform | None = None) -> Labels:
    """What each draft of a page (review.merge.stacked) should say, in the drafts' order."""
    transform = transform or work.transform
    back = transform.inverse() if transform is not None else None
    slots = work.drafts.slots
    # Only what has a place: a boxless word that was listed apart may not take the truth's letters.
    columns = np.array(sorted(c for d in slots for c in d.columns), dtype=np.int64)
    owner = np.full(len(work.columns) + 1, -1, dtype=np.int64)
    for n, draft in enumerate(slots):
        owner[draft.columns] = n
    side = profile_of(work.streams, work.columns.members[columns])
    boxes = [Box.union_of(d.boxes) for d in slots]
    return _labels(truth_stream(truth, *work.frame, back), side, owner[columns], boxes, truth, back)


def expected_of_reading(
    reading: Reading, truth: Truth, width: float, height: float, transform: Transform | None = None
) -> tuple[list[Unit], Labels]:
    """One engine's own words, cleaned as the merge cleans them, and what each should say.

    width, height: of the page image in pixels, which the reading is scaled to. A boxless reading is
    aligned by its text alone.
    """
    back = transform.inverse() if transform is not None else None
    frame = (transform.source.width, transform.source.height) if transform else (width, height)
    known = reading.words is not None and reading.width > 0 and reading.height > 0
    scale = (width / reading.width, height / reading.height) if known else (1.0, 1.0)
    stream = characters(reading, *frame, back, scale)
    owner = np.array(stream.unit, dtype=np.int64)
    own = truth_stream(truth, *frame, back)
    return stream.units, _labels(own, side_of(stream, 1), owner, [u.box for u in stream.units], truth, back)


# -- streams ------------------------------------------------------------------------------------


def truth_stream(truth: Truth, width: float, height: float, back: Transform | None = None) -> Characters:
    """The truth as a stream of characters in a frame of width x height: its words where it has them,
    else its lines with the width shared out, else its text without places.
    """
    items = truth.words or truth.lines
    if not items:
        return characters(Reading("truth", "", 0, 0, None, truth.text), width, height)
    lines = [i.box for i in truth.lines]
    upright = [_runs_down(i.text, back.box(i.box) if back else i.box) for i in truth.lines]
    words = []
    for item in items:
        line = _line_of(item.box, lines)
        down = upright[line] if lines else _runs_down(item.text, back.box(item.box) if back else item.box)
        words.append(Word(item.text, Quad.from_box(item.box), None, line, down))
    return characters(Reading("truth", "", 0, 0, tuple(words)), width, height, back)


def truth_lines(truth: Truth) -> list[list[str]]:
    """The truth's words, line by line."""
    if not truth.words:
        return [line.split() for line in truth.text.splitlines() if line.split()]
    return [[item.text for item in line] for line in line_items(truth)]


def line_items(truth: Truth) -> list[list[Item]]:
    """The words that have boxes, line by line."""
    boxes = [i.box for i in truth.lines]
    lines: dict[int, list[Item]] = {}
    for item in truth.words:
        lines.setdefault(_line_of(item.box, boxes), []).append(item)
    return list(lines.values())


def _line_of(box: Box, lines: Sequence[Box]) -> int:
    middle = box.centre
    return min(
        range(len(lines)),
        key=lambda n: (not lines[n].expanded(2).contains(middle), abs(lines[n].centre[1] - middle[1])),
        default=0,
    )


def _runs_down(text: str, box: Box) -> bool:
    """A tall box of a script that is written from top to bottom as well."""
    letters = "".join(text.split())
    return (
        len(letters) > 1 and box.height > 1.5 * box.width and sum(map(unspaced, letters)) > len(letters) / 2
    )


# -- labels -------------------------------------------------------------------------------------


def _labels(
    stream: Characters,
    side: Side,
    owner: Ints,
    boxes: Sequence[Box | None],
    truth: Truth,
    back: Transform | None,
) -> Labels:
    """stream: the truth. side: what the slots say. owner: the slot of each of side's characters."""
    slot_of = np.full(len(stream), -1, dtype=np.int64)
    if len(stream) and len(owner):
        match = align(side_of(stream, 0), side)
        slot_of[match >= 0] = owner[match[match >= 0]]
    words, word_of = _words(stream)
    wanted: list[list[int]] = [[] for _ in boxes]
    for i in np.flatnonzero(slot_of >= 0).tolist():
        wanted[int(slot_of[i])].append(i)
    slots = [_expected(stream, own, slot_of, n, word_of) for n, own in enumerate(wanted)]
    _share_words(slots, slot_of, word_of)
    areas = _areas(truth, back)
    for slot, box in zip(slots, boxes, strict=True):
        if slot.text is None and box is not None and areas:
            slot.outside = not any(a.contains(box.centre) for a in areas)
    return Labels(slots, words)


def _words(stream: Characters) -> tuple[list[tuple[str, Box]], list[int]]:
    """The truth's words with their boxes, and the word of each character."""
    words: list[tuple[str, Box]] = []
    word_of: list[int] = []
    for i, glyph in enumerate(stream.text):
        unit = stream.units[stream.unit[i]]
        alone = bool(glyph) and unspaced(glyph[0])
        fresh = i == unit.start or alone or (i and stream.text[i - 1] and unspaced(stream.text[i - 1][0]))
        if fresh:
            box = unit.box or Box(0.0, 0.0, 0.0, 0.0)
            if unit.box is not None and alone and unit.end - unit.start > 1:
                box = _letter_box(stream, i, unit.box)
            words.append(("", box))
        words[-1] = (words[-1][0] + glyph, words[-1][1])
        word_of.append(len(words) - 1)
    return words, word_of


def _letter_box(stream: Characters, i: int, box: Box) -> Box:
    """About where one character of a longer box stands."""
    half = float(stream.size[i]) / 2
    x, y = float(stream.cx[i]), float(stream.cy[i])
    if stream.vertical[i]:
        return Box(box.x0, max(y - half, box.y0), box.x1, min(y + half, box.y1))
    return Box(max(x - half, box.x0), box.y0, min(x + half, box.x1), box.y1)


def _expected(stream: Characters, own: list[int], slot_of: Ints, n: int, word_of: list[int]) -> Expected:
    if not own:
        return Expected(None)
    runs: list[list[int]] = [[own[0]]]
    for i in own[1:]:
        if i - runs[-1][-1] <= _GAP:
            runs[-1].append(i)
        else:
            runs.append([i])
    run = max(runs, key=len)
    start, end = run[0], run[-1]
    bare = unspaced(stream.text[start][:1]) or unspaced(stream.text[end][:1])
    total = len(stream)
    while start > 0 and slot_of[start - 1] in (-1, n) and word_of[start - 1] == word_of[start]:
        start -= 1
    while end + 1 < total and slot_of[end + 1] in (-1, n):
        same = word_of[end + 1] == word_of[end]
        after = stream.unit[end + 1] == stream.unit[end] and bare and slot_of[end + 1] == -1
        if not (same or after):
            break
        end += 1
    full = (start == 0 or word_of[start - 1] != word_of[start]) and (
        end + 1 == total or word_of[end + 1] != word_of[end]
    )
    words = sorted({word_of[i] for i in range(start, end + 1)})
    return Expected(norm(_text(stream, start, end + 1)), words, full, tuple(words))


def _text(stream: Characters, start: int, end: int) -> str:
    parts: list[str] = []
    for i in range(start, end):
        glyph = stream.text[i]
        if i > start and glyph and stream.unit[i] != stream.unit[i - 1]:
            last = next((t for t in reversed(parts) if t), "x")[-1]
            parts.append("" if unspaced(last) or unspaced(glyph[0]) else " ")
        parts.append(glyph)
    return "".join(parts)


def _share_words(slots: Sequence[Expected], slot_of: Ints, word_of: list[int]) -> None:
    """Each word of the truth is counted in one slot only: the one with most of its letters."""
    votes: dict[int, dict[int, int]] = {}
    for i, slot in enumerate(slot_of.tolist()):
        if slot >= 0:
            by = votes.setdefault(word_of[i], {})
            by[slot] = by.get(slot, 0) + 1
    for n, slot in enumerate(slots):
        slot.words = [w for w in slot.words if w not in votes or max(votes[w], key=votes[w].__getitem__) == n]


def _areas(truth: Truth, back: Transform | None) -> list[Box]:
    """Where the truth has text: its lines, else the neighbourhood of its words."""
    out = []
    for item in truth.lines or truth.words:
        box = back.box(item.box) if back else item.box
        thick = min(box.width, box.height)
        out.append(box.expanded(thick if truth.lines else 1.5 * thick, 0.3 * thick))
    return out


def _give_to_ghosts(labels: Labels, ghosts: Sequence[int], boxes: Sequence[Box]) -> None:
    """Words that no slot covers belong to the ghost they lie on: whoever looks there finds them."""
    for w in labels.omitted:
        text, box = labels.words[w]
        if box.area <= 0:
            continue
        shared = {g: part.area for g in ghosts if (part := boxes[g].intersection(box))}
        best = max(shared, key=shared.__getitem__, default=-1)
        if best < 0 or shared[best] < 0.3 * box.area:
            continue
        ghost = labels.slots[best]
        before = ghost.text
        joint = "" if before and unspaced(before[-1]) and unspaced(text[0]) else " "
        ghost.text = norm(f"{before}{joint}{text}" if before else text)
        ghost.words.append(w)
        ghost.touched = (*ghost.touched, w)
        ghost.outside = False
