"""What is known about each candidate of a slot, as numbers for the model of review.risk.

One row a candidate. Engines appear by what they did on this page (agreement, confidence, family), and
only the built-in ones by name, so that a reading of an engine nobody trained on is judged as well.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from model.words import unspaced
from review import lexicon
from review.characters import Characters, fold
from review.slots import Draft

Floats = NDArray[np.float64]

NAMES = (
    "share", "families", "families_here", "families_absent", "share_of_all", "loose", "fold_equal",
    "confidence", "confidence_low", "confidence_against", "trust", "trust_against", "page_confidence",
    "confidence_above_page", "around", "length", "digits", "letters", "capitals", "punctuation",
    "unspaced", "word", "word_against", "plausible", "plausible_against", "elsewhere", "pitch", "height",
    "whole", "own_whole", "spaces", "has_tesseract", "has_rapidocr", "has_rescaled", "has_other",
    "candidates", "page_agreement", "rank", "quality", "rapidocr_here", "tesseract_here", "other_here",
)  # fmt: skip
NAN = float("nan")


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


def rows(
    drafts: Sequence[Draft],
    streams: Sequence[Characters],
    trust: Sequence[float],
    languages: Sequence[str] = (),
) -> Rows:
    """Features of every candidate of every draft, rows in the drafts' order, NaN for what isn't known."""
    page = _Page(drafts, streams, trust, languages)
    out: list[list[float]] = []
    result = Rows(np.zeros((0, len(NAMES))), [], [], [], [])
    for n, draft in enumerate(drafts):
        by_text: dict[str, list[int]] = {}
        for k, said in enumerate(draft.said):
            if not said.text:
                continue
            by_text.setdefault(said.text, []).append(k)
        ranked = sorted(by_text, key=lambda t: -page.mass([draft.said[k].stream for k in by_text[t]]))
        for rank, text in enumerate(ranked):
            members = by_text[text]
            row, confidence = page.row(n, draft, text, members, ranked, by_text, rank)
            out.append(row)
            result.draft.append(n)
            result.texts.append(text)
            result.supporters.append([draft.said[k].stream for k in members])
            result.confidences.append(confidence)
    if out:
        result.values = np.array(out, dtype=np.float64)
    return result


class _Page:
    """What all slots of a page share."""

    def __init__(
        self,
        drafts: Sequence[Draft],
        streams: Sequence[Characters],
        trust: Sequence[float],
        languages: Sequence[str],
    ) -> None:
        self.streams, self.trust = streams, trust
        self.languages = lexicon.listed(languages)
        self.family = [family(s.engine) for s in streams]
        self.engine = [s.engine for s in streams]
        self.families = set(self.family)
        self.sums: dict[tuple[int, ...], float] = {}
        self.all_mass = self._sum(range(len(streams))) or 1.0
        self.page_confidence = [self._mean_confidence(s) for s in streams]
        self.count = Counter(t for d in drafts for t in {folded(s.text) for s in d.said if s.text})
        self.agreement = [self._agreement(d) for d in drafts]
        around: Floats = (
            np.convolve(np.pad(self.agreement, 3, mode="edge"), np.ones(7), "valid")
            if drafts
            else np.zeros(0)
        )
        own = np.array(self.agreement)
        self.around = ((np.array(around) - own) / 6).tolist() if drafts else []
        self.page_agreement = float(np.mean(own)) if drafts else 1.0
        heights = [s.box.height for d in drafts for s in d.said if s.box is not None]
        self.height = float(np.median(heights)) if heights else 1.0
        pitches = [
            s.box.width / max(len(s.text), 1) / max(s.box.height, 1.0)
            for d in drafts
            for s in d.said
            if s.box is not None and not d.vertical
        ]
        self.pitch = float(np.median(pitches)) if pitches else 0.5

    def _mean_confidence(self, stream: Characters) -> float:
        known = [u.confidence for u in stream.units if u.confidence is not None]
        return sum(known) / len(known) if known else NAN

    def _sum(self, members: Sequence[int] | range) -> float:
        key = tuple(members)
        known = self.sums.get(key)
        if known is not None:
            return known
        best: dict[str, float] = {}
        for r in members:
            name = self.family[r]
            best[name] = max(best.get(name, 0.0), self.trust[r])
        self.sums[key] = found = sum(best.values())
        return found

    def mass(self, members: Sequence[int]) -> float:
        """Trust in the families of some readings, a little more where one family says it twice."""
        return self._sum(members) + 0.05 * len(members)

    def _agreement(self, draft: Draft) -> float:
        groups: dict[str, list[int]] = {}
        for said in draft.said:
            groups.setdefault(folded(said.text), []).append(said.stream)
        return max(self._sum(g) for g in groups.values()) / self.all_mass

    def row(
        self,
        n: int,
        draft: Draft,
        text: str,
        members: list[int],
        ranked: list[str],
        by_text: dict[str, list[int]],
        rank: int,
    ) -> tuple[list[float], float | None]:
        said = draft.said
        mine = [said[k] for k in members]
        rest = [s for k, s in enumerate(said) if k not in members]
        here = {self.family[s.stream] for s in said}
        own = [s.stream for s in mine]
        mass_here = self._sum([s.stream for s in said])
        sure = [s.confidence for s in mine if s.confidence is not None]
        unsure = [s.confidence for s in rest if s.confidence is not None]
        plain = folded(text)
        loose = weight = 0.0
        fold_equal = 0.0
        for other in ranked:
            if other == text:
                continue
            w = self._sum([said[k].stream for k in by_text[other]])
            theirs = folded(other)
            loose += w * Levenshtein.normalized_similarity(plain, theirs)
            weight += w
            fold_equal = max(fold_equal, float(theirs == plain))
        best = max(own, key=lambda r: self.trust[r])
        length = len(text)
        word, plausible = self._language(text)
        against = [self._language(t) for t in ranked if t != text][:2]
        box = next((s.box for s in mine if s.box is not None), None)
        if box is None:
            box = next((s.box for s in said if s.box is not None), None)
        pitch = height = NAN
        if box is not None and not draft.vertical:
            pitch = math.log(max(box.width / max(length, 1) / max(box.height, 1.0) / self.pitch, 1e-3))
            height = math.log(max(box.height / self.height, 1e-3))
        engines = [self.engine[r] for r in own]
        present = [self.engine[s.stream] for s in said]
        values = [
            self._sum(own) / mass_here,
            float(len({self.family[r] for r in own})),
            float(len(here)),
            float(len(self.families) - len(here)),
            self._sum(own) / self.all_mass,
            loose / weight if weight else NAN,
            fold_equal,
            max(sure) if sure else NAN,
            min(sure) if sure else NAN,
            max(unsure) if unsure else NAN,
            max(self.trust[r] for r in own),
            max((self.trust[s.stream] for s in rest), default=NAN),
            self.page_confidence[best],
            (max(sure) - self.page_confidence[best]) if sure else NAN,
            self.around[n],
            float(min(length, 20)),
            *_letters(text),
            word,
            max((w for w, _ in against if w == w), default=NAN),
            plausible,
            max((p for _, p in against if p == p), default=NAN),
            float(min(self.count[plain] - 1, 5)),
            pitch,
            height,
            sum(s.whole for s in said) / len(said),
            float(any(s.whole for s in mine)),
            float(text.count(" ")),
            float("tesseract" in engines),
            float("rapidocr" in engines),
            float("rapidocr_rescaled" in engines),
            float(any(e not in _BUILT_IN for e in engines)),
            float(len(ranked)),
            self.page_agreement,
            float(rank),
            max((s.quality for s in said if not self.streams[s.stream].boxed), default=NAN),
            float("rapidocr" in present),
            float("tesseract" in present),
            float(any(e not in _BUILT_IN for e in present)),
        ]
        return values, max(sure) if sure else None

    def _language(self, text: str) -> tuple[float, float]:
        return lexicon.is_word(text, self.languages), lexicon.plausibility(text, self.languages)


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


_BUILT_IN = frozenset(("tesseract", "rapidocr", "rapidocr_rescaled"))
