"""What is known about each candidate of a slot, as numbers for the model of review.risk.

One row a candidate. Engines appear by what they did on this page (agreement, confidence, words that a list
has, family); the built-in ones by name as well, so that a reading of an engine nobody trained on is judged
all the same. The accuracy of each reading on the page is estimated from agreement alone by the one-coin
model of Dawid and Skene (1979), shrunk towards what is usual for the engine.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from model.words import unspaced
from review import lexicon
from review.characters import Characters, fold
from review.slots import Draft, Said

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NAMES = (
    "share", "families", "families_here", "families_absent", "share_of_all", "loose", "fold_equal",
    "confidence", "confidence_low", "confidence_against", "trust", "trust_against", "page_confidence",
    "confidence_above_page", "around", "length", "digits", "letters", "capitals", "punctuation",
    "unspaced", "usual", "usual_against", "plausible", "plausible_against", "elsewhere", "pitch", "height",
    "whole", "own_whole", "spaces", "has_tesseract", "has_rapidocr", "has_rescaled", "has_other",
    "candidates", "page_agreement", "rank", "quality", "rapidocr_here", "tesseract_here", "other_here",
    "accuracy", "accuracy_against", "page_usual", "usual_above_against", "coverage", "odd_case", "mixed",
    "last_kind", "case_only", "edge_only", "confidence_around", "posterior", "spelled", "spelled_against",
    "case", "after_stop", "capitals_around",
)  # fmt: skip
NAN = float("nan")
ROUNDS = 4
"""Rounds of the estimate of accuracies."""
SHRINK = 12.0
"""Words that what is usual for an engine weighs in it."""


def family(engine: str) -> str:
    """Engines of one family share a recogniser, so that their agreement counts once."""
    return engine if engine.startswith("pdf_") else engine.split("_", 1)[0]


@lru_cache(maxsize=20_000)
def folded(text: str) -> str:
    """The text as the alignment compares it."""
    return "".join(map(fold, text))


@dataclass(slots=True)
class Rows:
    """All candidates of a page: `draft[k]` and `texts[k]` belong to row k of `values`."""

    values: Floats
    draft: list[int]
    texts: list[str]
    supporters: list[list[int]]
    confidences: list[float | None]
    accuracy: list[float]
    """For each reading the share of its words on this page that are right, as far as agreement tells."""


def rows(
    drafts: Sequence[Draft],
    streams: Sequence[Characters],
    trust: Sequence[float],
    languages: Sequence[str] = (),
) -> Rows:
    """Features of every candidate of every draft, rows in the drafts' order, NaN for what isn't known."""
    page = _Page(drafts, streams, trust, lexicon.listed(languages))
    result = Rows(np.zeros((0, len(NAMES))), [], [], [], [], page.accuracy)
    out: list[list[float]] = []
    for n, draft in enumerate(drafts):
        texts = page.texts[n]
        for rank, (text, members) in enumerate(texts):
            said = [draft.said[k] for k in members]
            sure = [s.confidence for s in said if s.confidence is not None]
            out.append(page.row(n, draft, text, said, sure, rank))
            result.draft.append(n)
            result.texts.append(text)
            result.supporters.append([s.stream for s in said])
            result.confidences.append(max(sure) if sure else None)
    if out:
        result.values = np.array(out)
    return result


class _Page:
    """What a page's rows share: estimates a reading, the neighbourhood, sums of trust by set of readings."""

    def __init__(
        self,
        drafts: Sequence[Draft],
        streams: Sequence[Characters],
        trust: Sequence[float],
        languages: tuple[str, ...],
    ) -> None:
        self.streams, self.trust, self.languages = streams, list(trust), languages
        self.family = [family(s.engine) for s in streams]
        names = sorted(set(self.family))
        self.family_bit = [1 << names.index(f) for f in self.family]
        self.families = len(names)
        self.sums: dict[int, float] = {0: 0.0}
        self.all_mass = self.mass((1 << len(streams)) - 1) or 1.0
        self.page_confidence = [_mean(_confidences(s)) for s in streams]
        self.texts = [self._ranked(d) for d in drafts]
        self.count = Counter(t for own in self.texts for t in {folded(text) for text, _ in own})
        self.usual_rate = [_mean([float(v) for v in self._usual_words(s)]) for s in streams]
        self._geometry(drafts)
        self._neighbours(drafts)
        self._context()
        self._estimate(drafts)

    def mass(self, mask: int) -> float:
        """Trust in a set of readings (one bit each): of each family the most trusted one."""
        known = self.sums.get(mask)
        if known is None:
            best: dict[str, float] = {}
            for r, name in enumerate(self.family):
                if mask >> r & 1:
                    best[name] = max(best.get(name, 0.0), self.trust[r])
            self.sums[mask] = known = sum(best.values())
        return known

    def _ranked(self, draft: Draft) -> list[tuple[str, list[int]]]:
        """The different texts of a draft with who said them, the most trusted first."""
        if len(draft.said) == 1:
            text = draft.said[0].text
            return [(text, [0])] if text else []
        by_text: dict[str, list[int]] = {}
        for k, said in enumerate(draft.said):
            if said.text:
                by_text.setdefault(said.text, []).append(k)
        if len(by_text) < 2:
            return list(by_text.items())
        worth = {t: self.mass(_mask(draft, own)) + 0.05 * len(own) for t, own in by_text.items()}
        return sorted(by_text.items(), key=lambda item: -worth[item[0]])

    def _usual_words(self, stream: Characters) -> list[int]:
        texts = (lexicon.letters(u.text) for u in stream.units[:1500])
        return [lexicon.usualness(t, self.languages) for t in texts if len(t) > 2 and t.isalpha()]

    def _geometry(self, drafts: Sequence[Draft]) -> None:
        boxes = [(s, d.vertical) for d in drafts for s in d.said if s.box is not None]
        self.height = _median([s.box.height for s, _ in boxes if s.box], 1.0)
        self.pitch = _median(
            [s.box.width / max(len(s.text), 1) / max(s.box.height, 1.0) for s, v in boxes if s.box and not v],
            0.5,
        )

    def _neighbours(self, drafts: Sequence[Draft]) -> None:
        """Agreement at each draft, and that and the confidence around it (three on either side)."""
        own = np.array([self._agreement(d) for d in drafts])
        sure = np.array([_mean([s.confidence for s in d.said if s.confidence is not None]) for d in drafts])
        self.page_agreement = float(own.mean()) if len(own) else 1.0
        self.agreement = own.tolist()
        if not len(own):
            self.around, self.sure_around = [], []
            return
        window = np.ones(7)
        self.around = ((np.convolve(np.pad(own, 3, mode="edge"), window, "valid") - own) / 6).tolist()
        there = ~np.isnan(sure)
        total = np.convolve(np.pad(np.where(there, sure, 0.0), 3), window, "valid") - np.where(there, sure, 0)
        count = np.convolve(np.pad(there.astype(float), 3), window, "valid") - there
        self.sure_around = np.where(count > 0, total / np.maximum(count, 1.0), np.nan).tolist()

    def _context(self) -> None:
        """Of each draft: whether the one before ends a sentence, and the share of capitals around it."""
        leading = [own[0][0] if own else "" for own in self.texts]
        self.after_stop = [float(n == 0 or leading[n - 1][-1:] in ".!?:") for n in range(len(leading))]
        cases = np.array([_case(t) if t else NAN for t in leading])
        high, known = np.pad(cases >= 2, 3).astype(float), np.pad(~np.isnan(cases), 3).astype(float)
        window = np.array([1, 1, 1, 0, 1, 1, 1], dtype=float)
        if len(cases):
            count = np.convolve(known, window, "valid")
            share = np.convolve(high, window, "valid") / np.maximum(count, 1.0)
            self.capitals_around = np.where(count > 0, share, np.nan).tolist()
        else:
            self.capitals_around = []

    def _agreement(self, draft: Draft) -> float:
        said = draft.said
        if len(said) == 1:
            return self.mass(1 << said[0].stream) / self.all_mass
        masks: dict[str, int] = {}
        for s in said:
            key = folded(s.text)
            masks[key] = masks.get(key, 0) | 1 << s.stream
        return max(map(self.mass, masks.values())) / self.all_mass

    def _estimate(self, drafts: Sequence[Draft]) -> None:
        """Share of right words a reading, from agreement between families (Dawid and Skene 1979), and the
        probability of each candidate by these. A wrong word is taken to be unlike any other.
        """
        count = len(self.streams)
        start = np.clip(np.array(self.trust), 0.05, 0.98)
        accuracy = start.copy()
        cases = [
            (n, [_mask(drafts[n], members) for _, members in own]) for n, own in enumerate(self.texts) if own
        ]
        weight = Counter(tuple(masks) for _, masks in cases)
        shares: dict[tuple[int, ...], list[float]] = {}
        for _ in range(ROUNDS):
            odds = np.log(accuracy / (1.0 - accuracy)) + 2.0
            right = SHRINK * start
            total = np.full(count, SHRINK)
            for masks, times in weight.items():
                shares[masks] = found = self._posterior(masks, odds)
                for mask, p in zip(masks, found, strict=True):
                    for r in range(count):
                        if mask >> r & 1:
                            right[r] += p * times
                            total[r] += times
            accuracy = np.clip(right / total, 0.02, 0.99)
        self.accuracy = accuracy.tolist()
        self.posterior: list[list[float]] = [[] for _ in drafts]
        for n, own in cases:
            self.posterior[n] = shares[tuple(own)]
        seen = [sum(times for masks, times in weight.items() if any(m >> r & 1 for m in masks))
                for r in range(count)]  # fmt: skip
        self.coverage = [s / max(len(cases), 1) for s in seen]

    def _posterior(self, masks: Sequence[int], odds: Floats) -> list[float]:
        """Probability of each candidate; a family counts once, its best reading's odds."""
        scores = []
        for mask in masks:
            best: dict[int, float] = {}
            for r, bit in enumerate(self.family_bit):
                if mask >> r & 1:
                    best[bit] = max(best.get(bit, -9.0), float(odds[r]))
            scores.append(sum(best.values()))
        top = max(max(scores), 0.0)
        weights = [math.exp(s - top) for s in scores]
        total = sum(weights) + math.exp(-top) * 3.0
        return [w / total for w in weights]

    def row(
        self, n: int, draft: Draft, text: str, mine: list[Said], sure: list[float], rank: int
    ) -> list[float]:
        texts = self.texts[n]
        own = 0
        for s in mine:
            own |= 1 << s.stream
        here = 0
        for s in draft.said:
            here |= 1 << s.stream
        others = [s for s in draft.said if not own >> s.stream & 1]
        unsure = [s.confidence for s in others if s.confidence is not None]
        mass, mass_here = self.mass(own), self.mass(here)
        best = max((s.stream for s in mine), key=self.trust.__getitem__)
        length = len(text)
        usual, plausible = self._language(text)
        loose = usual_against = plausible_against = NAN
        fold_equal = case_only = edge_only = 0.0
        if len(texts) > 1:
            plain = folded(text)
            near = weight = 0.0
            bare = lexicon.letters(text)
            for other, members in texts:
                if other == text:
                    continue
                w = self.mass(_mask(draft, members))
                theirs = folded(other)
                near += w * Levenshtein.normalized_similarity(plain, theirs)
                weight += w
                if theirs == plain:
                    fold_equal = 1.0
                    case_only = max(case_only, float(other.casefold() == text.casefold()))
                elif bare and lexicon.letters(other) == bare:
                    edge_only = 1.0
            loose = near / weight if weight else NAN
            against = [self._language(t) for t, _ in texts if t != text][:2]
            usual_against = _highest([u for u, _ in against])
            plausible_against = _highest([p for _, p in against])
        pitch, height = self._shape(draft, mine, length)
        confidence = max(sure) if sure else NAN
        families = self._count(own)
        families_here = self._count(here)
        engines = {self.streams[s.stream].engine for s in mine}
        present = {self.streams[s.stream].engine for s in draft.said}
        return [
            mass / mass_here,
            float(families),
            float(families_here),
            float(self.families - families_here),
            mass / self.all_mass,
            loose,
            fold_equal,
            confidence,
            min(sure) if sure else NAN,
            max(unsure) if unsure else NAN,
            max(self.trust[s.stream] for s in mine),
            max((self.trust[s.stream] for s in others), default=NAN),
            self.page_confidence[best],
            confidence - self.page_confidence[best],
            self.around[n],
            float(min(length, 20)),
            *_letters(text),
            usual,
            usual_against,
            plausible,
            plausible_against,
            float(min(self.count[folded(text)] - 1, 5)),
            pitch,
            height,
            sum(s.whole for s in draft.said) / len(draft.said),
            float(any(s.whole for s in mine)),
            float(text.count(" ")),
            float("tesseract" in engines),
            float("rapidocr" in engines),
            float("rapidocr_rescaled" in engines),
            float(not engines <= _BUILT_IN),
            float(len(texts)),
            self.page_agreement,
            float(rank),
            max((s.quality for s in draft.said if not self.streams[s.stream].boxed), default=NAN),
            float("rapidocr" in present),
            float("tesseract" in present),
            float(not present <= _BUILT_IN),
            max(self.accuracy[s.stream] for s in mine),
            max((self.accuracy[s.stream] for s in others), default=NAN),
            self.usual_rate[best],
            self.usual_rate[best] - _highest([self.usual_rate[s.stream] for s in others]),
            self.coverage[best],
            *_oddities(text),
            case_only,
            edge_only,
            self.sure_around[n],
            self.posterior[n][rank],
            lexicon.spelled(text, self.languages),
            _highest([lexicon.spelled(t, self.languages) for t, _ in texts if t != text][:2]),
            _case(text),
            self.after_stop[n],
            self.capitals_around[n],
        ]

    def _shape(self, draft: Draft, mine: Sequence[Said], length: int) -> tuple[float, float]:
        """Width a character and height of the box, against the page's (logarithms)."""
        if draft.vertical:
            return NAN, NAN
        box = next((s.box for s in mine if s.box is not None), None)
        if box is None:
            box = next((s.box for s in draft.said if s.box is not None), None)
        if box is None:
            return NAN, NAN
        pitch = box.width / max(length, 1) / max(box.height, 1.0) / self.pitch
        return math.log(max(pitch, 1e-3)), math.log(max(box.height / self.height, 1e-3))

    def _count(self, mask: int) -> int:
        bits = 0
        for r, bit in enumerate(self.family_bit):
            if mask >> r & 1:
                bits |= bit
        return bits.bit_count()

    def _language(self, text: str) -> tuple[float, float]:
        return _usual(text, self.languages), lexicon.plausibility(text, self.languages)


def _mask(draft: Draft, members: Sequence[int]) -> int:
    mask = 0
    for k in members:
        mask |= 1 << draft.said[k].stream
    return mask


def _confidences(stream: Characters) -> list[float]:
    return [u.confidence for u in stream.units if u.confidence is not None]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else NAN


def _highest(values: Sequence[float]) -> float:
    """The highest of those that are known, NaN where none is."""
    return max((v for v in values if v == v), default=NAN)


def _median(values: Sequence[float], otherwise: float) -> float:
    return float(np.median(values)) if values else otherwise


@lru_cache(maxsize=20_000)
def _usual(text: str, languages: tuple[str, ...]) -> float:
    """How usual the least usual word of the text is (lexicon.usualness); NaN without Latin letters."""
    parts = [p for p in lexicon.letters(text).replace("'", " ").replace("-", " ").split() if p.isalpha()]
    if not languages or not parts or not any("a" <= c <= "z" for c in parts[0]):
        return NAN
    return float(min(lexicon.usualness(p, languages) for p in parts))


@lru_cache(maxsize=20_000)
def _letters(text: str) -> tuple[float, float, float, float, float]:
    """Shares of digits, letters, inner capitals and punctuation; 1 for a script without spaces."""
    length = len(text)
    return (
        sum(c.isdigit() for c in text) / length,
        sum(c.isalpha() for c in text) / length,
        sum(c.isupper() for c in text[1:]) / length,
        sum(not c.isalnum() for c in text) / length,
        float(unspaced(text[0])),
    )


@lru_cache(maxsize=20_000)
def _case(text: str) -> float:
    """0 small letters, 1 the first one high, 2 all high, 3 otherwise mixed, NaN without two letters."""
    letters = [c for c in text if c.isalpha()]
    if len(letters) < 2:
        return NAN
    high = [c.isupper() for c in letters]
    if all(high):
        return 2.0
    return 3.0 if any(high[1:]) else float(high[0])


@lru_cache(maxsize=20_000)
def _oddities(text: str) -> tuple[float, float, float]:
    """A capital after a small letter, or a small letter among capitals; letters and digits in one word;
    what the text ends with (0 letter, 1 digit, 2 full stop, 3 comma, 4 other).
    """
    letters = [c for c in text if c.isalpha()]
    high = sum(c.isupper() for c in letters)
    odd = any(a.islower() and b.isupper() for a, b in pairwise(text))
    odd = odd or (len(letters) > 3 and len(letters) - high == 1)
    mixed = bool(letters) and any(c.isdigit() for c in text)
    last = text[-1]
    kind = 0 if last.isalpha() else 1 if last.isdigit() else 2 if last in ".。" else 3 if last in ",、" else 4
    return float(odd), float(mixed), float(kind)


_BUILT_IN = frozenset(("tesseract", "rapidocr", "rapidocr_rescaled"))
