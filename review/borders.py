"""Where words begin and end: a small model over the readings' votes, the ink's gaps and the word lists.

Engines lose spaces ("Gardenfence", "funeral,it") and invent them. Where their votes on a border differ, or
where the letters say that a space was lost, the shipped model (border_prior.json, trained by
bench/border_training.py) decides. Scripts without spaces are review.columns' matter.

The cheapest parting of a run of letters into words is found as in Norvig, "Natural Language Corpus Data",
2009, with costs by tiers of usual words.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.words import unspaced
from review import lexicon
from review.boxes import Ink
from review.characters import Characters
from review.trees import Trees

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NAMES = (
    "vote", "decided", "splits", "sames", "best_vote", "rapidocr", "rescaled", "tesseract", "other",
    "boxless", "confidence_split", "confidence_same", "agree_near",
    "box_gap", "ink_gap", "ink_rank", "left_kind",
    "right_kind", "left_length", "right_length", "left_usual", "right_usual", "joined_usual", "cost",
    "left_letters", "page_split_share",
)  # fmt: skip
LONG = 12
"""Letters from which an unknown run is looked at though nothing else says that a space was lost."""
LONGEST = 40
COSTS = (0.0, 17.0, 14.5, 11.0, 7.0)
"""Bits of a word by its tier of usualness; unknown ones cost by their letters."""
NAN = float("nan")
_FILE = Path(__file__).with_name("border_prior.json")


@dataclass(slots=True)
class Votes:
    """What every reading says about each border of the columns. Arrays: borders x readings."""

    side: NDArray[np.int8]
    """1: a border, -1: none, 0: not known."""
    soft: NDArray[np.bool_]
    """A border of the engine's boxes where its own text has no space."""
    new_line: NDArray[np.bool_]
    close: NDArray[np.bool_]
    """The reading has a character directly at the border."""
    left: Ints
    """The reading's last character before the border and its first after it; -1 where it has none."""
    right: Ints
    belief: Floats
    """The lower confidence of the two words, 0.9 where there is none."""


def votes_of(streams: Sequence[Characters], members: Ints) -> Votes:
    """All readings' votes on the borders between successive columns."""
    count, width = members.shape
    shape = (max(count - 1, 0), width)
    out = Votes(
        np.zeros(shape, np.int8), np.zeros(shape, np.bool_), np.zeros(shape, np.bool_),
        np.zeros(shape, np.bool_), np.full(shape, -1), np.full(shape, -1), np.full(shape, 0.9),
    )  # fmt: skip
    if count < 2:
        return out
    rows = np.arange(count)
    for r, stream in enumerate(streams):
        if not len(stream):
            continue
        own = members[:, r]
        there = own >= 0
        last = np.maximum.accumulate(np.where(there, rows, -1))[:-1]
        following = np.minimum.accumulate(np.where(there, rows, count)[::-1])[::-1][1:]
        valid = (last >= 0) & (following < count)
        a = own[np.where(valid, last, 0)]
        b = own[np.where(valid, following, 0)]
        valid &= b == a + 1
        unit = np.array(stream.unit, dtype=np.int64)
        line = np.array([u.line for u in stream.units], dtype=np.int64)
        openness = np.array([u.open_after for u in stream.units], dtype=np.bool_)
        sure = np.array([0.9 if u.confidence is None else u.confidence for u in stream.units])
        ua, ub = unit[np.where(valid, a, 0)], unit[np.where(valid, b, 0)]
        close = there[:-1] | there[1:]
        same = valid & (ua == ub)
        split = valid & (ua != ub) & close
        out.side[:, r] = split.astype(np.int8) - same.astype(np.int8)
        out.soft[:, r] = split & openness[ua]
        out.new_line[:, r] = split & (line[ua] != line[ub])
        out.close[:, r] = close
        out.left[:, r] = np.where(valid, a, -1)
        out.right[:, r] = np.where(valid, b, -1)
        out.belief[:, r] = np.minimum(sure[ua], sure[ub])
    return out


# -- the cheapest parting ------------------------------------------------------------------------


@lru_cache(maxsize=50_000)
def cost(piece: str, languages: tuple[str, ...]) -> float:
    """Bits that a piece of text costs as one word, punctuation at its ends included."""
    core = lexicon.letters(piece)
    ends = 2.5 * (len(piece) - len(core))
    if not core:
        return 4.0 + ends
    if core.isdigit():
        return 6.0 + 3.3 * len(core) + ends
    if core.isalpha():
        tier = lexicon.usualness(core, languages) if len(core) > 1 or core in "aiouyàé" else 0
        if tier:
            return COSTS[tier] + 0.2 * len(core) + ends
    return 8.0 + 4.7 * len(core) + ends


def parting(text: str, languages: tuple[str, ...]) -> list[float]:
    """For each inner position of a text the bits that a border there costs more than none at all:
    the cheapest parting through it less the whole text as one word. Negative: a border is likely.
    """
    size = len(text)
    forward = [0.0] + [math.inf] * size
    for end in range(1, size + 1):
        forward[end] = min(
            forward[start] + cost(text[start:end], languages) for start in range(max(0, end - 18), end)
        )
    backward = [math.inf] * size + [0.0]
    for start in range(size - 1, -1, -1):
        backward[start] = min(
            cost(text[start:end], languages) + backward[end]
            for end in range(start + 1, min(size, start + 18) + 1)
        )
    whole = cost(text, languages)
    return [forward[k] + backward[k] - whole for k in range(1, size)]


# -- rows for the model --------------------------------------------------------------------------


@dataclass(slots=True)
class Rows:
    """Borders that the model is asked about: `at[k]` is the border of row k (between columns at, at + 1)."""

    values: Floats
    at: list[int]


class _Page:
    """What is looked up again and again while rows are made."""

    def __init__(
        self,
        streams: Sequence[Characters],
        members: Ints,
        votes: Votes,
        weights: Sequence[float],
        breaks: NDArray[np.bool_],
        ink: Ink | None,
        languages: Sequence[str],
    ) -> None:
        self.streams, self.members, self.votes, self.ink = streams, members, votes, ink
        self.languages = lexicon.listed(languages)
        lead = np.argmax(members >= 0, axis=1)
        index = members[np.arange(len(members)), lead]
        self.glyphs = [streams[r].text[i] or " " for r, i in zip(lead.tolist(), index.tolist(), strict=True)]
        weight = np.array(weights)
        side = votes.side * (1.0 - 0.75 * votes.soft)
        voting = np.abs(votes.side) * weight
        with np.errstate(invalid="ignore", divide="ignore"):
            self.vote = (side * weight * (0.2 + 0.8 * votes.belief)).sum(axis=1) / voting.sum(axis=1)
        self.breaks = breaks
        self.best = int(np.argmax(weight))
        folded = np.full(members.shape, "", dtype="<U1")
        for r, stream in enumerate(streams):
            own = members[:, r] >= 0
            if own.any():
                folded[own, r] = np.array(list(stream.folded))[members[own, r]]
        there = members >= 0
        equal = np.zeros(len(members))
        pairs = np.zeros(len(members))
        for r in range(len(streams)):
            for q in range(r + 1, len(streams)):
                both = there[:, r] & there[:, q]
                equal += both & (folded[:, r] == folded[:, q])
                pairs += both | there[:, r] | there[:, q]
        self.agree = _around(equal) / np.maximum(_around(pairs), 1e-9)
        self.share = [
            float((votes.side[:, r] > 0).sum()) / max(float((votes.side[:, r] != 0).sum()), 1.0)
            for r in range(len(streams))
        ]
        self.groups = [_group(s) for s in streams]
        self.profiles: dict[tuple[int, int], tuple[Floats, Floats, float]] = {}

    def rows(self, wanted: dict[int, float]) -> Rows:
        starts = np.concatenate(([0], np.flatnonzero(self.breaks) + 1))
        ends = np.append(starts[1:], len(self.members))
        at = sorted(wanted)
        out = [self._row(k, wanted[k], starts, ends) for k in at]
        return Rows(np.array(out).reshape(len(out), len(NAMES)), at)

    def _row(self, k: int, lost: float, starts: Ints, ends: Ints) -> list[float]:
        votes = self.votes
        span = int(np.searchsorted(starts, k, side="right")) - 1
        broken = bool(self.breaks[k])
        start = int(starts[span])
        stop = int(ends[span + 1]) if broken and span + 1 < len(ends) else int(ends[span])
        left, right = "".join(self.glyphs[start : k + 1]), "".join(self.glyphs[k + 1 : stop])
        joined = left + right
        extra = lost
        if math.isnan(extra):
            extra = cost(left, self.languages) + cost(right, self.languages) - cost(joined, self.languages)
        side = votes.side[k].tolist()
        belief = votes.belief[k].tolist()
        by = {"rapidocr": NAN, "rescaled": NAN, "tesseract": NAN, "other": NAN, "boxless": NAN}
        splits = [r for r, s in enumerate(side) if s > 0]
        sames = [r for r, s in enumerate(side) if s < 0]
        for r in (*sames, *splits):
            name = self.groups[r]
            value = 0.25 if votes.soft[k, r] else float(side[r])
            by[name] = value if math.isnan(by[name]) else by[name] + value
        box_gap, ink_gap, rank = self._gap(k, splits, sames)
        return [
            float(self.vote[k]),
            float(broken),
            float(len(splits)),
            float(len(sames)),
            float(side[self.best]),
            *by.values(),
            max((belief[r] for r in splits), default=NAN),
            max((belief[r] for r in sames), default=NAN),
            float(self.agree[k]),
            box_gap,
            ink_gap,
            rank,
            float(_kind(self.glyphs[k])),
            float(_kind(self.glyphs[k + 1])),
            float(min(len(left), 15)),
            float(min(len(right), 15)),
            float(lexicon.usualness(lexicon.letters(left), self.languages)),
            float(lexicon.usualness(lexicon.letters(right), self.languages)),
            float(lexicon.usualness(lexicon.letters(joined), self.languages)),
            extra,
            sum(map(str.isalpha, joined)) / max(len(joined), 1),
            max((self.share[r] for r in splits), default=NAN),
        ]

    def _gap(self, k: int, splits: list[int], sames: list[int]) -> tuple[float, float, float]:
        """Distance of the boxes of who parts, the ink's gap in the box of who doesn't, and the gap's rank
        among those of that box; in line heights.
        """
        box_gap = ink_gap = rank = NAN
        for r in splits:
            stream = self.streams[r]
            a = stream.units[stream.unit[int(self.votes.left[k, r])]]
            b = stream.units[stream.unit[int(self.votes.right[k, r])]]
            if a.box is None or b.box is None or a.line != b.line:
                continue
            size = max(min(a.box.height, b.box.height), 1.0)
            distance = (b.box.x0 - a.box.x1) / size if not a.vertical else (b.box.y0 - a.box.y1) / size
            box_gap = distance if math.isnan(box_gap) else max(distance, box_gap)
        for r in sames:
            stream = self.streams[r]
            left = int(self.votes.left[k, r])
            unit = stream.units[stream.unit[left]]
            if self.ink is None or unit.box is None or not stream.boxed or unit.vertical:
                continue
            middles, widths, size = self._profile(r, stream.unit[left])
            if not len(middles):
                return box_gap, 0.0, 1.0
            expected = (float(stream.cx[left]) + float(stream.cx[left + 1])) / 2
            pitch = unit.box.width / max(unit.end - unit.start, 1)
            near = np.abs(middles - expected) <= 1.5 * pitch
            if not near.any():
                return box_gap, 0.0, 1.0
            ink_gap = float(widths[near].max())
            rank = float((widths > ink_gap).sum()) / len(widths)
            break
        return box_gap, ink_gap, rank

    def _profile(self, r: int, number: int) -> tuple[Floats, Floats, float]:
        """Middles (frame px) and widths (line heights) of the gaps in a word's box."""
        found = self.profiles.get((r, number))
        if found is None:
            ink, box = self.ink, self.streams[r].units[number].box
            if ink is None or box is None:
                return np.zeros(0), np.zeros(0), 1.0
            profile = ink.gaps(box, vertical=False)
            tall = max(box.height * ink.scale, 1.0)
            empty = np.concatenate(([False], profile <= 0.02 * tall, [False]))
            edges = np.flatnonzero(empty[1:] != empty[:-1]).reshape(-1, 2)
            inner = (edges[:, 0] > 0) & (edges[:, 1] < len(profile))
            edges = edges[inner]
            found = (
                box.x0 + edges.mean(axis=1) / ink.scale if len(edges) else np.zeros(0),
                (edges[:, 1] - edges[:, 0]) / tall,
                tall,
            )
            self.profiles[(r, number)] = found
        return found


def _around(values: Floats) -> Floats:
    """Sums over the six columns around each border's left column."""
    found: Floats = np.convolve(np.pad(values, (2, 3)), np.ones(6), "valid")
    return found


def _group(stream: Characters) -> str:
    if not stream.boxed:
        return "boxless"
    named = {"rapidocr": "rapidocr", "rapidocr_rescaled": "rescaled", "tesseract": "tesseract"}
    return named.get(stream.engine, "other")


@lru_cache(maxsize=4_000)
def _kind(glyph: str) -> int:
    """Kind of a printed character, in an order that trees can cut."""
    c = glyph[0]
    if c in ".":
        return 0
    if c in ",;:!?":
        return 1
    if c in ")]}”»":
        return 2
    if c in "'’\"“":
        return 3
    if c in "-–—/_":
        return 4
    if c.isdigit():
        return 5
    if c.islower():
        return 6
    if c.isalpha():
        return 7
    if c in "([{«„":
        return 8
    return 9


def wanted(page: _Page) -> dict[int, float]:
    """Borders worth asking about, with what a parting there costs where letters say a space was lost."""
    side = page.votes.side
    mixed: NDArray[np.bool_] = np.asarray((side > 0).any(axis=1) & (side < 0).any(axis=1))
    new_line = page.votes.new_line.any(axis=1)
    latin = np.array([not unspaced(g) for g in page.glyphs])
    usable: NDArray[np.bool_] = np.asarray(latin[:-1] & latin[1:] & ~new_line)
    out = {int(k): NAN for k in np.flatnonzero(mixed & usable)}
    starts = np.concatenate(([0], np.flatnonzero(page.breaks) + 1)).tolist()
    for start, stop in zip(starts, [*starts[1:], len(page.glyphs)], strict=True):
        inside = stop - start
        if not 4 <= inside <= LONGEST:
            continue
        marked = mixed[start : stop - 1].any()
        text = "".join(page.glyphs[start:stop])
        if not marked and inside < LONG and not _joint(text):
            continue
        if not usable[start : stop - 1].all() or len(text) != inside:
            continue
        if not marked and lexicon.usualness(lexicon.letters(text), page.languages) > 1:
            continue
        for step, value in enumerate(parting(text, page.languages)):
            if value < 6.0 or start + step in out:
                out[start + step] = value
    return out


def _joint(text: str) -> bool:
    """Whether punctuation stands inside, with letters after it."""
    return any(a in ".,;:!?)&" and b.isalpha() for a, b in pairwise(text))


def page_of(
    streams: Sequence[Characters],
    members: Ints,
    votes: Votes,
    weights: Sequence[float],
    breaks: NDArray[np.bool_],
    ink: Ink | None,
    languages: Sequence[str],
) -> Rows:
    """The rows of a page; `breaks` are the borders by votes alone."""
    if len(members) < 2:
        return Rows(np.zeros((0, len(NAMES))), [])
    page = _Page(streams, members, votes, weights, breaks, ink, languages)
    return page.rows(wanted(page))


def decide(
    streams: Sequence[Characters],
    members: Ints,
    votes: Votes,
    weights: Sequence[float],
    breaks: NDArray[np.bool_],
    ink: Ink | None,
    languages: Sequence[str],
) -> NDArray[np.bool_]:
    """The borders after the model has been asked where votes differ or a space seems lost."""
    rows = page_of(streams, members, votes, weights, breaks, ink, languages)
    if not rows.at:
        return breaks
    out = breaks.copy()
    out[rows.at] = model().probability(rows.values) >= 0.5
    return out


@cache
def model() -> Trees:
    """The shipped model: a border stands here."""
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    if tuple(data["features"]) != NAMES:
        raise ValueError("border_prior.json was trained on other features: run bench/border_training.py")
    return Trees.of(data["border"])
