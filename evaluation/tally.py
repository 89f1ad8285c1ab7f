"""Right and wrong slots added up: word errors, the review curve, how good the risk is.

Counts are kept slot by slot, so that pages can be added and a curve drawn over all of them. Which text a
slot should have is evaluation.labels'; nothing here knows text metrics or files.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evaluation.labels import Labels
from model.words import MergedPage
from review.characters import Unit

CURVE: Final = (5, 10, 20, 30, 50)
"""Per cent of the slots, the riskiest first, at which the review curve is given."""
SHARES: Final = (2, 3, 5)
"""The same at so many times the share of wrong slots."""
BINS: Final = 10


@dataclass(slots=True)
class Tally:
    """Slots and errors of pages. Lists have one entry a slot, in the pages' order."""

    words: int = 0
    """Of the truth (characters, in scripts without spaces)."""
    omitted: int = 0
    """Of them those that no slot covers: nobody finds them in a queue."""
    risk: list[float] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)
    """Wrong words of each slot: wrongly read, or inserted."""
    bad: list[bool] = field(default_factory=list)
    """The slot's text or its existence is wrong."""
    outside: list[bool] = field(default_factory=list)
    """The truth has no line where the slot lies, so it can't tell whether something stands there."""
    inserted: int = 0
    """Words where the truth has none; among the errors."""
    loose_errors: int = 0
    """Errors that are left when only letters and digits count, without case; omissions not included."""
    oracle_errors: int = 0
    """Errors that are left when every slot has the best of its candidates; omissions not included."""
    split: int = 0
    """Slots that hold a part of a word."""
    ghosts: int = 0
    """Slots without any candidate: ink that nobody read."""
    ghosts_on_text: int = 0
    """Of them those on words of the truth that no other slot covers."""

    def add(self, other: Tally) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def total(self) -> int:
        """All word errors: wrong, inserted, omitted."""
        return sum(self.errors) + self.omitted

    @property
    def rate(self) -> float:
        """Word errors for each word of the truth; without words any error is a rate of 1."""
        return _rate(self.total, self.words)

    def inside(self) -> Tally:
        """Without the slots that lie where the truth has no line."""
        keep = [n for n, o in enumerate(self.outside) if not o]
        out = Tally(self.words, self.omitted)
        out.risk = [self.risk[n] for n in keep]
        out.errors = [self.errors[n] for n in keep]
        out.bad = [self.bad[n] for n in keep]
        out.outside = [False] * len(keep)
        out.inserted = self.inserted - (sum(self.errors) - sum(out.errors))
        return out

    def found(self, share: float) -> float | None:
        """Share of all errors, omissions included, in the riskiest `share` of the slots; None without any."""
        if not self.total:
            return None
        order = np.argsort(-np.array(self.risk), kind="stable")
        count = round(len(order) * min(max(share, 0.0), 1.0))
        return float(np.array(self.errors, dtype=np.int64)[order[:count]].sum()) / self.total

    def curve(self, points: Iterable[float] = CURVE) -> dict[str, float | None]:
        """Per cent of the slots looked at, the riskiest first -> share of the errors found."""
        return {f"{p:g}": self.found(p / 100) for p in points}

    def ideal(self, share: float) -> float | None:
        """What no order could beat: the slots with most errors first."""
        if not self.total:
            return None
        count = round(len(self.errors) * min(max(share, 0.0), 1.0))
        return sum(sorted(self.errors, reverse=True)[:count]) / self.total

    def at_errors(self) -> dict[str, float | None]:
        """The curve at 2, 3, 5 times the share of slots that are wrong."""
        e = sum(self.bad) / len(self.bad) if self.bad else 0.0
        return {f"{k}e": self.found(k * e) for k in SHARES}

    def auroc(self) -> float | None:
        """Probability that a wrong slot has a higher risk than a right one; None where all are one kind."""
        if not 0 < sum(self.bad) < len(self.bad):
            return None
        from sklearn.metrics import roc_auc_score

        return float(roc_auc_score(self.bad, self.risk))

    def bins(self) -> list[dict[str, float]]:
        """The reliability diagram: slots by stated risk in ten bins of equal width, empty ones left out."""
        out = []
        risk, bad = np.array(self.risk), np.array(self.bad, dtype=np.float64)
        own = _bin_of(risk)
        for b in sorted(set(own.tolist())):
            here = own == b
            out.append(
                {
                    "from": b / BINS,
                    "to": (b + 1) / BINS,
                    "slots": int(here.sum()),
                    "risk": float(risk[here].mean()),
                    "wrong": float(bad[here].mean()),
                }
            )
        return out

    def ece(self) -> float | None:
        """Expected calibration error over those bins (Naeini et al. 2015); None without slots."""
        if not self.risk:
            return None
        return sum(b["slots"] * abs(b["risk"] - b["wrong"]) for b in self.bins()) / len(self.risk)

    def figures(self) -> dict[str, Any]:
        """Everything for a table or JSON. Shares are 0..1."""
        return {
            "words": self.words,
            "slots": len(self.risk),
            "word_errors": self.rate,
            "word_errors_loose": _rate(self.loose_errors + self.omitted, self.words),
            "omissions": _rate(self.omitted, self.words),
            "omitted_words": self.omitted,
            "insertions": self.inserted,
            "split_slots": self.split,
            "wrong_slots": sum(self.bad),
            "review_curve": self.curve(),
            "review_curve_ideal": {f"{p}": self.ideal(p / 100) for p in CURVE},
            "review_curve_at": self.at_errors(),
            "auroc": self.auroc(),
            "ece": self.ece(),
        }


def _rate(errors: int, words: int) -> float:
    return errors / words if words else float(errors > 0)


def _bin_of(risk: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.minimum((risk * BINS).astype(np.int64), BINS - 1)


def tally_page(page: MergedPage, labels: Labels) -> Tally:
    """A merged page's slots, ghosts included, judged by evaluation.labels.expected_of_page."""
    out = _tally(labels, [s.text for s in page.slots], [s.risk for s in page.slots])
    for slot, want in zip(page.slots, labels.slots, strict=True):
        texts = [c.text for c in slot.candidates]
        choices = [want.errors(t) for t in ([*texts, ""] if want.text is None or not texts else texts)]
        out.oracle_errors += min(choices)
        if not slot.text and not texts:
            out.ghosts += 1
            out.ghosts_on_text += want.text is not None
    return out


def tally_reading(units: Sequence[Unit], labels: Labels) -> Tally:
    """One engine's own words (expected_of_reading); risk is 1 - confidence, 0.5 where it gives none."""
    risk = [0.5 if u.confidence is None else 1.0 - u.confidence for u in units]
    return _tally(labels, [u.text for u in units], risk)


def _tally(labels: Labels, texts: Sequence[str], risk: Sequence[float]) -> Tally:
    out = Tally(len(labels.words), len(labels.omitted))
    for text, want, r in zip(texts, labels.slots, risk, strict=True):
        errors = want.errors(text)
        out.risk.append(r)
        out.errors.append(errors)
        out.bad.append(not want.right(text))
        out.outside.append(want.outside)
        out.inserted += errors if want.text is None else 0
        out.loose_errors += 0 if want.loosely_right(text) else errors
        out.split += not want.full
    return out
