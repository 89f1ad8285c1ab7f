"""All readings of a page stacked: one column a printed character, and the columns cut into words.

A column holds at most one character of each reading. Readings are aligned one after the other with what
the earlier ones say together; what is new is inserted beside its neighbours. Words are then stretches of
columns: every reading votes on every border, so that merged words, split words and lost spaces need no
special case. Where the script has no spaces, borders follow the script (see `_script_break`).
Nothing here knows boxes' ink, risk or which text is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from model.words import unspaced
from review.align import Ints, Side, align
from review.borders import Votes, decide, votes_of
from review.boxes import Ink
from review.characters import Characters
from review.grounding import ground

LONGEST_RUN = 8
"""Characters of a word in a script without spaces; a reviewer settles words, not paragraphs."""
LOST_SPACES = 0.85
"""Worth of RapidOCR's word that two words are one: it drops spaces between Latin words."""
_LINE = 1_000_000
_CLOSING = frozenset("、。，．,.)）」』】〉》!?！？：:；;・ー〜々")
_OPENING = frozenset("(（「『【〈《")
_PLACES = frozenset("都道府県市区町村郡様")


@dataclass(slots=True)
class Columns:
    """`members[c, r]`: index of reading r's character in column c, or -1."""

    streams: list[Characters]
    members: Ints
    quality: list[list[float]]
    """For each stream, each unit: share of its characters that stand where others read the same."""

    def __len__(self) -> int:
        return len(self.members)


def stack(streams: Sequence[Characters]) -> Columns:
    """Aligns the streams in the given order: the most trusted first, boxless ones last."""
    items = list(streams)
    members = np.zeros((0, len(items)), dtype=np.int64)
    quality: list[list[float]] = []
    for r, stream in enumerate(items):
        match = (
            align(side_of(stream, r), profile_of(items, members)) if len(members) and len(stream) else None
        )
        if match is None:
            match = np.full(len(stream), -1, dtype=np.int64)
        quality.append(_qualities(stream, match, items, members))
        if not stream.boxed:
            _ground(stream, match, quality[-1], items, members)
        members = _insert(items, members, r, match)
    return Columns(items, members, quality)


def side_of(stream: Characters, number: int) -> Side:
    """A stream as the alignment sees it; its lines are no other stream's."""
    lines = np.array([u.line for u in stream.units], dtype=np.int64)
    line = lines[np.array(stream.unit, dtype=np.int64)] if len(stream) else np.zeros(0, dtype=np.int64)
    word = np.array(stream.unit, dtype=np.int64)
    return Side(
        stream.folded, stream.cx, stream.cy, stream.size, stream.vertical, line + number * _LINE, word
    )


def _lead(members: Ints) -> tuple[Ints, Ints]:
    """For each column the first reading that has it, and that reading's character."""
    lead = np.argmax(members >= 0, axis=1)
    return lead, members[np.arange(len(members)), lead]


def profile_of(streams: Sequence[Characters], members: Ints) -> Side:
    """What the stacked readings say together: for each column the first reading that has it."""
    count = len(members)
    lead, index = _lead(members)
    folded = np.empty(count, dtype="<U1")
    cx = np.full(count, np.nan)
    cy = np.full(count, np.nan)
    size = np.zeros(count)
    vertical = np.zeros(count, dtype=np.bool_)
    line = np.zeros(count, dtype=np.int64)
    for r, stream in enumerate(streams):
        own = lead == r
        if not own.any():
            continue
        at = index[own]
        side = side_of(stream, r)
        folded[own] = np.array(list(stream.folded))[at]
        cx[own], cy[own], size[own] = stream.cx[at], stream.cy[at], stream.size[at]
        vertical[own], line[own] = stream.vertical[at], side.line[at]
    return Side("".join(folded.tolist()), cx, cy, size, vertical, line)


def _qualities(stream: Characters, match: Ints, streams: list[Characters], members: Ints) -> list[float]:
    """Share of equal links a unit, 0..1."""
    if not len(members) or not len(stream):
        return [0.0] * len(stream.units)
    equal = np.zeros(len(match))
    linked = np.flatnonzero(match >= 0)
    own = np.array(list(stream.folded))
    for r, other in enumerate(streams):
        if other is stream:
            break
        at = members[match[linked], r]
        there = at >= 0
        theirs = np.array(list(other.folded)) if len(other) else np.zeros(0, dtype="<U1")
        hit = linked[there]
        equal[hit] = np.maximum(equal[hit], own[hit] == theirs[at[there]])
    sums = np.concatenate(([0.0], np.cumsum(equal)))
    return [float(sums[u.end] - sums[u.start]) / (u.end - u.start) for u in stream.units]


def _ground(
    stream: Characters, match: Ints, quality: list[float], streams: list[Characters], members: Ints
) -> None:
    """Leaves a boxless reading only the links that hold, by the rows of the placed readings."""
    placed = [s for s in streams if s.boxed]
    if not len(members) or not placed:
        return
    lead, index = _lead(members)
    columns_of = []
    for r, other in enumerate(placed):
        first = np.full(len(other), -1, dtype=np.int64)
        own = np.flatnonzero(lead == r)
        first[index[own]] = own
        columns_of.append(first)
    ground(stream, match, quality, placed, columns_of, len(members))


def _insert(streams: list[Characters], members: Ints, r: int, match: Ints) -> Ints:
    """The members with reading r's characters: linked ones in their column, others in new columns."""
    width = members.shape[1]
    if len(match) == 0:
        return members
    linked = match >= 0
    grown = members.copy()
    grown[match[linked], r] = np.flatnonzero(linked)
    free = np.flatnonzero(~linked)
    if not len(free):
        return grown
    position = _positions(streams[r], streams, grown, match, free.tolist())
    fresh = np.full((len(free), width), -1, dtype=np.int64)
    fresh[:, r] = free
    return np.insert(grown, position, fresh, axis=0)


def _positions(
    stream: Characters, streams: list[Characters], members: Ints, match: Ints, free: list[int]
) -> Ints:
    """Before which column each free character goes: beside its word, then beside its line."""
    count = len(members)
    lead, index = _lead(members) if count else (np.zeros(0, np.int64), np.zeros(0, np.int64))
    lead_list, index_list = lead.tolist(), index.tolist()
    owners = [s.unit for s in streams]
    unit = stream.unit
    line = [u.line for u in stream.units]
    out = np.zeros(len(free), dtype=np.int64)
    links = match.tolist()
    total = len(links)

    def border(at: int) -> int:
        """The next column border at or after `at` that cuts no word of the leading reading."""
        for _ in range(60):
            if not 0 < at < count:
                break
            a, b = lead_list[at - 1], lead_list[at]
            if a != b or owners[a][index_list[at - 1]] != owners[b][index_list[at]]:
                break
            at += 1
        return at

    n = 0
    while n < len(free):
        stop = n + 1
        while stop < len(free) and free[stop] == free[stop - 1] + 1:
            stop += 1
        first, last = free[n], free[stop - 1]
        before = links[first - 1] if first else -1
        after = links[last + 1] if last + 1 < total else -1
        head = first
        if before >= 0:
            while head <= last and unit[head] == unit[first - 1]:
                head += 1
        tail = last
        if after >= 0:
            while tail >= head and unit[tail] == unit[last + 1]:
                tail -= 1
        if before >= 0 and (after < 0 or line[unit[first]] == line[unit[first - 1]] or before + 1 == after):
            middle = border(before + 1)
        elif after >= 0 and line[unit[last]] == line[unit[last + 1]]:
            middle = border(after)
        elif before >= 0:
            middle = border(before + 1)
        elif after >= 0:
            middle = border(after)
        else:
            middle = count
        for k in range(n, stop):
            character = free[k]
            out[k] = before + 1 if character < head else after if character > tail else middle
        if middle < before + 1:
            out[n:stop] = np.maximum(out[n:stop], 0)
        n = stop
    return out


# -- borders ------------------------------------------------------------------------------------


def words(
    columns: Columns, weights: Sequence[float], ink: Ink | None = None, languages: Sequence[str] = ()
) -> list[tuple[int, int]]:
    """Stretches [start, end) of columns that make one word: by the readings' weighted votes, and by
    review.borders where these differ or a space seems lost.
    """
    if not len(columns):
        return []
    votes, breaks = by_votes(columns, weights)
    breaks = decide(columns.streams, columns.members, votes, weights, breaks, ink, languages)
    breaks &= ~_inside_glyphs(columns)[1:]
    cuts = [0, *(np.flatnonzero(breaks) + 1).tolist(), len(columns)]
    spans = list(pairwise(cuts))
    return _join_fragments(columns, spans)


def by_votes(columns: Columns, weights: Sequence[float]) -> tuple[Votes, NDArray[np.bool_]]:
    """The readings' votes on every border between columns, and the borders that they alone would make."""
    members = columns.members
    votes = votes_of(columns.streams, members)
    belief = np.array(weights) * (0.2 + 0.8 * votes.belief)
    same, split = votes.side < 0, votes.side > 0
    lost = np.array([LOST_SPACES if s.engine.startswith("rapidocr") else 1.0 for s in columns.streams])
    total = (belief * (split & ~votes.soft)).sum(axis=1)
    total -= (belief * same * lost).sum(axis=1) + 0.25 * (belief * votes.soft).sum(axis=1)
    hard = (belief * votes.new_line).sum(axis=1) - (belief * (same & votes.close)).sum(axis=1)
    any_vote: NDArray[np.bool_] = np.asarray((same | split).any(axis=1))
    lead, index = _lead(members)
    glyphs = [columns.streams[r].text[i] or " " for r, i in zip(lead.tolist(), index.tolist(), strict=True)]
    breaks: NDArray[np.bool_] = np.asarray((total > 0) | ~any_vote | (hard > 0))
    _by_script(glyphs, _minor(members, weights), hard, any_vote, breaks)
    return votes, breaks


def _inside_glyphs(columns: Columns) -> NDArray[np.bool_]:
    """Columns that are but the rest of one printed character (a ligature, an ellipsis)."""
    rest = np.ones(len(columns), dtype=np.bool_)
    for r, stream in enumerate(columns.streams):
        if len(stream):
            bare = np.array([not t for t in stream.text], dtype=np.bool_)
            own = columns.members[:, r]
            rest &= (own < 0) | bare[np.maximum(own, 0)]
    return rest


def _kind(glyph: str) -> str:
    code = ord(glyph[0])
    if glyph[0] in _OPENING:
        return "open"
    if glyph[0] in _CLOSING:
        return "close"
    if 0x3040 <= code <= 0x309F:
        return "hiragana"
    if 0x30A0 <= code <= 0x30FF or 0xFF66 <= code <= 0xFF9F:
        return "katakana"
    if glyph[0].isdigit():
        return "digit"
    return "kanji" if unspaced(glyph[0]) else "latin"


def _script_break(left: str, right: str) -> bool:
    """Whether a phrase ends between two characters of Japanese: after kana before another script
    (where a bunsetsu begins), after punctuation, around katakana and Latin words.
    """
    a, b = _kind(left), _kind(right)
    if a == "open" or b == "close":
        return False
    if a == "close" or b == "open":
        return not (a == "close" and left[0] in "ー々・:：")
    if a == b:
        return False
    if {a, b} == {"digit", "kanji"} or (a, b) in (("kanji", "hiragana"), ("katakana", "hiragana")):
        return False
    return {a, b} != {"digit", "latin"} or a == "latin"


def _minor(members: Ints, weights: Sequence[float]) -> NDArray[np.bool_]:
    """Columns that a minority of the readings has, between columns that more have."""
    mass = (members >= 0) @ np.array(weights)
    around = np.maximum(np.concatenate(([0.0], mass[:-1])), np.concatenate((mass[1:], [0.0])))
    found: NDArray[np.bool_] = mass < 0.5 * around
    return found


def _by_script(
    glyphs: list[str],
    minor: NDArray[np.bool_],
    hard: NDArray[np.float64],
    any_vote: NDArray[np.bool_],
    breaks: NDArray[np.bool_],
) -> None:
    """Overrules votes where a character without spaces stands beside the border."""
    start = 0
    flags = [unspaced(g) for g in glyphs]
    if not any(flags):
        return
    left = glyphs[0]
    for n in range(len(glyphs) - 1):
        right = glyphs[n + 1]
        if not minor[n]:
            left = glyphs[n]
        if not (flags[n] or flags[n + 1]):
            if breaks[n]:
                start = n + 1
            continue
        if hard[n] > 0 or not any_vote[n]:
            breaks[n] = True
        else:
            run = n + 1 - start
            if minor[n + 1]:
                breaks[n] = False
                continue
            full = run >= LONGEST_RUN and _kind(right) != "close"
            place = left in _PLACES and run >= 3 and _kind(right) == "kanji"
            breaks[n] = _script_break(left, right) or full or place
        if breaks[n]:
            start = n + 1


def _join_fragments(columns: Columns, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """A stretch of one or two columns that is no reading's whole word goes to the word it was cut from."""
    members = columns.members
    out: list[tuple[int, int]] = []
    pending = -1
    for start, end in spans:
        if pending >= 0:
            start, pending = pending, -1
        if end - start <= 2:
            side = _fragment_of(columns, members, start, end)
            if side < 0 and out:
                out[-1] = (out[-1][0], end)
                continue
            if side > 0:
                pending = start
                continue
        out.append((start, end))
    if pending >= 0:
        out.append((pending, spans[-1][1]))
    return out


def _fragment_of(columns: Columns, members: Ints, start: int, end: int) -> int:
    """-1 or 1: the side with the rest of a short stretch's words; 0 where a reading has it whole."""
    side = 0
    for r, stream in enumerate(columns.streams):
        own = members[start:end, r]
        own = own[own >= 0]
        if not len(own):
            continue
        unit = stream.units[stream.unit[int(own[0])]]
        if int(own[0]) == unit.start and int(own[-1]) == unit.end - 1:
            return 0
        if len(stream.text[int(own[0])]) and unspaced(stream.text[int(own[0])]):
            return 0
        side = side or (-1 if int(own[0]) > unit.start else 1)
    return side
