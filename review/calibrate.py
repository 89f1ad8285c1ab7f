"""A small model on top of the shipped one, learnt from what reviewers decided in a project.

`fit` learns it, `judge` says on held-back pages whether it is better than the shipped model alone, and
`Refit` is the value that merging uses. Only decisions teach: a word that nobody looked at says nothing.
Which decisions there are is workflow.calibrate's; here is no storage and no screen.

The model is a logistic regression whose offset is the shipped model's own logit, with every weight pulled
to zero (L2): without evidence it is the shipped model, and few pages can only bend it. Reviewers look at
doubtful words, so beyond the probabilities that were decided on the correction fades to nothing.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from review.characters import Characters
from review.features import NAMES, Rows, rows
from review.risk import choose, model, model_name
from review.slots import Draft

Floats = NDArray[np.float64]

FEATURES: Final = (
    "families", "share", "has_tesseract", "has_rapidocr", "has_rescaled", "has_other", "unspaced", "digits",
    "usual", "length",
)  # fmt: skip
"""What the shipped model's mistakes may hang on in a project: engines, agreement, script, language."""
PULL: Final = 8.0
"""Strength of the pull to zero, in decisions; a tenth of it for the level, which any page shows at once."""
LEAST_PAGES: Final = 2
LEAST_WRONG: Final = 8
"""So many words that were right, and so many that were wrong, are needed to learn something."""
FOLDS: Final = 8
RISKIEST: Final = 0.20
CLEARLY: Final = (0.02, 0.02)
"""Better is clear from this part of the log loss, or from this share of the errors, on."""
PAGES_BETTER: Final = 0.6
"""And this share of the held-back pages must have a smaller log loss: one page may not decide alone."""
FADE: Final = 1.0
"""Width, in logits, of the fading beyond what was decided on."""
_LIMIT: Final = 0.002


@dataclass(frozen=True, slots=True)
class Refit:
    """Weights over a candidate's features. Belongs to one shipped model (`prior`); see `usable`."""

    prior: str
    """review.risk.model_name of the model that it corrects."""
    level: float
    slope: float
    """Added to 1, the weight of the shipped model's logit."""
    weights: Mapping[str, float]
    means: Mapping[str, float]
    scales: Mapping[str, float]
    seen: tuple[float, float]
    """The shipped model's logits between which words were decided on."""

    @property
    def usable(self) -> bool:
        """False where the shipped model or its features have changed since."""
        return self.prior == model_name() and set(self.weights) <= set(NAMES)

    def apply(self, values: Floats, probability: Floats) -> Floats:
        """values: rows x features.NAMES, NaN: not known; probability: the shipped model's, one a row."""
        logit = _logit(probability)
        change = self.level + self.slope * logit
        for name, weight in self.weights.items():
            column = (values[:, NAMES.index(name)] - self.means[name]) / self.scales[name]
            change = change + weight * np.nan_to_num(column)
        beyond = np.maximum(np.maximum(self.seen[0] - logit, logit - self.seen[1]), 0.0)
        score = logit + change * np.maximum(1.0 - beyond / FADE, 0.0)
        found: Floats = 1.0 / (1.0 + np.exp(-score))
        kept: Floats = np.where(beyond >= FADE, probability, np.clip(found, _LIMIT, 1.0 - _LIMIT))
        return kept

    def to_json(self) -> dict[str, Any]:
        return {
            "prior": self.prior, "level": self.level, "slope": self.slope, "weights": dict(self.weights),
            "means": dict(self.means), "scales": dict(self.scales), "seen": list(self.seen),
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: object) -> Refit | None:
        """None for what is no refit; nothing that was stored may stop a merge."""
        if not isinstance(data, Mapping):
            return None
        try:
            parts = [{str(k): float(v) for k, v in data[n].items()} for n in ("weights", "means", "scales")]
            low, high = map(float, data["seen"])
            level, slope = float(data["level"]), float(data["slope"])
            refit = cls(str(data["prior"]), level, slope, parts[0], parts[1], parts[2], (low, high))
        except (KeyError, TypeError, ValueError, AttributeError):
            return None
        numbers = [refit.level, refit.slope, low, high, *(v for part in parts for v in part.values())]
        sound = all(map(math.isfinite, numbers)) and all(s > 0 for s in parts[2].values())
        return refit if sound and set(parts[0]) == set(parts[1]) == set(parts[2]) else None


@dataclass(frozen=True, slots=True)
class ReviewedPage:
    """A page's drafts, and for some of them what a reviewer says stands there."""

    drafts: Sequence[Draft]
    streams: Sequence[Characters]
    trust: Sequence[float]
    languages: Sequence[str]
    truth: Mapping[int, str | None]
    """Number of a draft -> its text; empty where no word stands, None where the word was parted wrongly."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The shipped model against a refit of other pages, on the words that reviewers decided on."""

    pages: int
    decisions: int
    wrong: int
    log_loss: tuple[float, float]
    """Before and after, a candidate."""
    found: tuple[float, float]
    """Share of the errors that the riskiest 20 % hold (or that are none any more), before and after."""
    pages_better: int = 0
    """Held-back pages whose log loss is smaller after."""

    @property
    def enough(self) -> bool:
        right = self.decisions - self.wrong
        return self.pages >= LEAST_PAGES and min(self.wrong, right) >= LEAST_WRONG

    @property
    def better(self) -> bool:
        """Neither worse, one clearly better."""
        (loss, new_loss), (found, new_found) = self.log_loss, self.found
        clear = new_loss < loss * (1 - CLEARLY[0]) or new_found > found + CLEARLY[1]
        most = self.pages_better >= PAGES_BETTER * self.pages
        return self.enough and most and new_loss <= loss and new_found >= found and clear


def fit(values: Floats, probability: Floats, right: NDArray[np.bool_]) -> Refit:
    """The refit of candidates (rows x features.NAMES), the shipped model's probabilities and the truth.

    Newton's method on the penalised log likelihood, which has one maximum.
    """
    picked = values[:, [NAMES.index(name) for name in FEATURES]]
    known = ~np.isnan(picked)
    means = np.where(known, picked, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    spread = np.where(known, picked - means, 0.0)
    scales = np.maximum(np.sqrt((spread**2).sum(axis=0) / np.maximum(known.sum(axis=0), 1)), 0.1)
    logit = _logit(probability)
    design = np.column_stack([np.ones(len(logit)), logit, spread / scales])
    pull = np.full(design.shape[1], PULL)
    pull[0] /= 10
    weights = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-(logit + design @ weights)))
        gradient = design.T @ (right - p) - pull * weights
        curvature = (design * (p * (1 - p))[:, None]).T @ design + np.diag(pull)
        step = np.linalg.solve(curvature, gradient)
        weights += np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-6:
            break
    level, slope, *rest = (round(float(w), 6) for w in weights)
    return Refit(
        model_name(), level, max(slope, -0.9),
        dict(zip(FEATURES, rest, strict=True)),
        {name: round(float(m), 6) for name, m in zip(FEATURES, means, strict=True)},
        {name: round(float(s), 6) for name, s in zip(FEATURES, scales, strict=True)},
        (round(float(np.quantile(logit, 0.02)), 6), round(float(np.quantile(logit, 0.98)), 6)),
    )  # fmt: skip


def refit(pages: Sequence[ReviewedPage]) -> Refit:
    """The refit of everything that was decided on these pages."""
    return _fit([_Rows.of(page) for page in pages])


def judge(pages: Sequence[ReviewedPage]) -> Judgement:
    """Grouped cross-validation: each page is judged by a refit of the others."""
    found = [_Rows.of(page) for page in pages]
    decisions = sum(len(page.truth) for page in pages)
    before = [_outcome(page, None) for page in pages]
    wrong = sum(w for page in before for _, w in page)
    judgement = Judgement(len(pages), decisions, wrong, (0.0, 0.0), (0.0, 0.0))
    if not judgement.enough:
        return judgement
    after: list[list[tuple[float, bool]]] = [[] for _ in pages]
    losses, gained = np.zeros(2), 0
    folds = min(FOLDS, len(pages))
    for fold in range(folds):
        trained = _fit([r for n, r in enumerate(found) if n % folds != fold])
        for n in range(fold, len(pages), folds):
            after[n] = _outcome(pages[n], trained)
            new = trained.apply(found[n].values, found[n].probability)
            pair = _loss(found[n].probability, found[n].right), _loss(new, found[n].right)
            losses += pair
            gained += pair[1] < pair[0]
    losses /= max(sum(len(r.right) for r in found), 1)
    shares = _share(before, wrong), _share(after, wrong)
    return Judgement(len(pages), decisions, wrong, (float(losses[0]), float(losses[1])), shares, gained)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The candidates of a page's decided drafts."""

    values: Floats
    probability: Floats
    right: NDArray[np.bool_]

    @classmethod
    def of(cls, page: ReviewedPage) -> _Rows:
        found: Rows = rows(page.drafts, page.streams, page.trust, page.languages)
        kept = [k for k, n in enumerate(found.draft) if n in page.truth]
        values = found.values[kept]
        right = np.array([same(found.texts[k], page.truth[found.draft[k]]) for k in kept], dtype=np.bool_)
        return cls(values, model()[0].probability(values) if kept else np.zeros(0), right)


def _fit(found: Sequence[_Rows]) -> Refit:
    return fit(
        np.concatenate([r.values for r in found]),
        np.concatenate([r.probability for r in found]),
        np.concatenate([r.right for r in found]),
    )


def same(text: str, truth: str | None) -> bool:
    """Whether a candidate is what the reviewer says; nothing is where the word was parted wrongly."""
    return truth is not None and _plain(text) == _plain(truth)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _outcome(page: ReviewedPage, trained: Refit | None) -> list[tuple[float, bool]]:
    """(risk, wrong) of each decided draft as a merge would show it."""
    choices = choose(page.drafts, page.streams, page.trust, page.languages, trained).choices
    return [
        (choice.risk, not same(choice.chosen, page.truth[n]))
        for n, choice in enumerate(choices)
        if n in page.truth
    ]


def _share(pages: Sequence[Sequence[tuple[float, bool]]], errors: int) -> float:
    """Share of `errors` that do not stay hidden in the safer 80 % of the decided words."""
    ranked = sorted((o for page in pages for o in page), key=lambda o: -o[0])
    hidden = sum(wrong for _, wrong in ranked[round(RISKIEST * len(ranked)) :])
    return 1.0 - hidden / max(errors, 1)


def _loss(probability: Floats, right: NDArray[np.bool_]) -> float:
    p = np.clip(probability, _LIMIT, 1.0 - _LIMIT)
    return float(-np.log(np.where(right, p, 1.0 - p)).sum())


def _logit(probability: Floats) -> Floats:
    p = np.clip(probability, _LIMIT, 1.0 - _LIMIT)
    found: Floats = np.log(p / (1.0 - p))
    return found
