"""Trains review/risk_prior.json: `.venv/bin/python bench/merge_training.py DIR --readings DIR2`.

Half of the pages (whole groups of neighbouring pages, so that a hand is on one side) are held back;
their figures are stored with the model. Engines are trained on alone, in pairs and together, and with
imitated ones (a language model without boxes, engines that nobody knows), so that the model judges engines
that are not built in as well.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from boosting import fit
from imitated import imitated
from imitated_engine import imitated_engine

from evaluation.labels import expected_of_drafts
from evaluation.read import all_pages
from evaluation.truth import Page
from model.words import Reading
from review import risk
from review.boxes import ink_of
from review.features import NAMES, rows
from review.merge import Work, aligned, cut_words
from review.trees import Trees

SETS = (
    ("rapidocr", "tesseract"),
    ("rapidocr", "tesseract", "rapidocr_rescaled"),
    ("rapidocr", "tesseract", "imitated"),
    ("rapidocr", "tesseract", "rapidocr_rescaled", "imitated"),
    ("rapidocr", "rapidocr_rescaled"),
    ("rapidocr",),
    ("tesseract",),
    ("rapidocr", "tesseract", "engine_a"),
    ("rapidocr", "engine_b"),
    ("engine_a", "engine_b"),
    ("engine_a", "engine_b", "imitated"),
    ("tesseract", "imitated"),
    ("rapidocr", "imitated", "imitated_b"),
    ("rapidocr as one", "tesseract as two"),
    ("rapidocr as one", "tesseract as two", "imitated"),
)
"""Engines that are trained on together; "a as b": under a name that the model does not know."""
RISING = (
    "share",
    "families",
    "share_of_all",
    "confidence",
    "usual",
    "plausible",
    "posterior",
    "accuracy",
    "spelled",
)
FALLING = ("confidence_against", "usual_against", "plausible_against", "accuracy_against")
"""What can only make a candidate likelier, or less likely, to be right."""
REAL = 3.0
"""Weight of a page that people wrote and transcribed, over one that was made."""
ALWAYS, SELDOM = 4, 4
"""Of each page the first sets, of the others every fourth."""


def held_back(name: str) -> bool:
    """Whether a page is kept from training: by its neighbourhood, letters of one hand lie together."""
    number = re.findall(r"\d+", name)
    stem = re.sub(r"\d+[^0-9]*$", "", name)
    block = int(number[-1]) // (10 if name.startswith("stanford") else 1) if number else 0
    return zlib.crc32(f"{stem}{block}".encode()) % 2 == 1


def samples(found: list[Page], held: set[str]) -> dict[str, Any]:
    """Features and labels of every candidate, and what each row belongs to."""
    with ProcessPoolExecutor(2) as pool:
        parts = [p for p in pool.map(_samples, found, chunksize=2) if len(p["x"])]
    data = {key: np.concatenate([p[key] for p in parts]) for key in parts[0]}
    data["held"] = np.isin(data["page"], sorted(held))
    return data


def readings_of(page: Page, engines: Sequence[str]) -> list[Reading]:
    """The page's readings by a set of SETS, imitated ones included; empty where one is missing."""
    found = []
    for name in engines:
        source, _, alias = name.partition(" as ")
        if source in ("imitated", "imitated_b"):
            reading: Reading | None = replace(imitated(page, len(source)), engine=source)
        elif source.startswith("engine_"):
            reading = imitated_engine(page, source, 1)
        else:
            reading = page.readings.get(source)
        if reading is None:
            return []
        found.append(replace(reading, engine=alias) if alias else reading)
    return found


def stacks(page: Page) -> Iterator[tuple[int, Work]]:
    """The page's readings stacked for each set that it is trained with, the ink mostly given; with the
    set's number. No words are cut yet.
    """
    frame = (page.truth.width, page.truth.height)
    if page.transform is not None:
        frame = (page.transform.source.width, page.transform.source.height)
    ink = ink_of(page.pixels(), *frame, page.transform)
    turn = zlib.crc32(page.name.encode())
    for number, engines in enumerate(SETS):
        if number >= ALWAYS and (number + turn) % SELDOM:
            continue
        readings = readings_of(page, engines)
        if readings:
            work = aligned(readings, None, page.transform)
            work.ink = ink if (number + turn) % 4 else None
            yield number, work


def _samples(page: Page) -> dict[str, Any]:
    values, right, there, sets = [np.zeros((0, len(NAMES)))], [], [], []
    exact = bool(page.truth.words)
    for number, work in stacks(page):
        cut_words(work, page.truth.languages)
        wanted = expected_of_drafts(work, page.truth, page.transform).slots
        result = rows(work.drafts.slots, work.streams, work.trust, page.truth.languages)
        keep = []
        for k, n in enumerate(result.draft):
            want = wanted[n]
            # Truth that was typed by people often leaves out stamps, margins, later notes.
            if want.text is None and want.outside and not exact:
                continue
            keep.append(k)
            right.append(want.right(result.texts[k]))
            there.append(want.text is not None)
            sets.append(number)
        values.append(result.values[keep])
    return {
        "x": np.concatenate(values),
        "right": np.array(right, dtype=bool), "there": np.array(there, dtype=bool),
        "page": np.array([page.name] * len(right), dtype="<U48"),
        "exact": np.full(len(right), exact),
        "group": np.array([page.truth.group] * len(right), dtype="<U24"), "set": np.array(sets, dtype=int),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="*", help="pages of which half is held back")
    parser.add_argument("--readings", type=Path, nargs="*", default=[])
    parser.add_argument("--whole", type=Path, nargs="*", default=[], help="pages that are all trained on")
    parser.add_argument("--whole-readings", type=Path, nargs="*", default=[])
    parser.add_argument("--held", type=Path, nargs="*", default=[], help="pages that are all held back")
    parser.add_argument("--held-readings", type=Path, nargs="*", default=[])
    parser.add_argument("--samples", type=Path, help="features and labels: kept and taken here")
    parser.add_argument("--out", type=Path, default=Path(risk.__file__).with_name("risk_prior.json"))
    args = parser.parse_args()
    if args.samples and args.samples.exists():
        with np.load(args.samples) as stored:
            data = dict(stored)
    else:
        data = samples(*parts_of(args))
        if args.samples:
            np.savez_compressed(args.samples, **data)
    train = ~data["held"]
    print(
        f"{len(set(data['page'].tolist()))} pages, {len(train)} candidates, {int(train.sum())} for training"
    )
    # Each page and set of engines weighs the same up to its size's root, sets without a partner less.
    _, where, sizes = np.unique(
        np.char.add(data["page"], data["set"].astype(str)), return_inverse=True, return_counts=True
    )
    weights = 1.0 / np.sqrt(sizes[where])
    # Real hands are few beside made pages, and the harder ones.
    weights[~data["exact"]] *= REAL
    weights /= weights.mean()
    x, groups = data["x"][train], data["page"][train]
    model = {
        "about": "Trained by bench/merge_training.py; see there and bench/RESULTS.md for what and how.",
        "trained_on": sorted(set(groups.tolist())),
        "held_back": sorted(set(data["page"][~train].tolist())),
        "engines": [list(s) for s in SETS],
        "features": list(NAMES),
        "right": fit(
            x, data["right"][train], groups, weights[train], trees=120, monotonic=signs(RISING, FALLING)
        ),
        "exists": fit(x, data["there"][train], groups, weights[train], trees=50, monotonic=signs(RISING, ())),
    }
    model["held_back_figures"] = figures(model, data, ~train)
    args.out.write_text(json.dumps(model, separators=(",", ":")), encoding="utf-8")
    print(json.dumps(model["held_back_figures"], indent=1))


def signs(rising: Sequence[str], falling: Sequence[str]) -> list[int]:
    return [(name in rising) - (name in falling) for name in NAMES]


def parts_of(args: argparse.Namespace) -> tuple[list[Page], set[str]]:
    """All pages, and the names of those that are held back."""
    own = list(all_pages(args.folder, args.readings))
    whole = list(all_pages(args.whole, args.whole_readings))
    held = list(all_pages(args.held, args.held_readings))
    names = {p.name for p in own if held_back(p.name)} | {p.name for p in held}
    return [*own, *whole, *held], names


def figures(model: dict[str, Any], data: dict[str, Any], test: Any) -> dict[str, Any]:
    """AUROC and ECE of the candidates' probabilities on held-back pages, by set of engines."""
    from sklearn.metrics import roc_auc_score

    trees = Trees.of(model["right"])
    p = trees.probability(data["x"][test])
    y = data["right"][test]
    out = {}
    for number, engines in enumerate(SETS):
        own = data["set"][test] == number
        if own.any() and 0 < y[own].mean() < 1:
            bins = np.minimum((p[own] * 10).astype(int), 9)
            ece = sum(
                abs(p[own][bins == b].mean() - y[own][bins == b].mean()) * (bins == b).mean()
                for b in set(bins)
            )
            out["+".join(engines)] = {
                "candidates": int(own.sum()),
                "auroc": round(float(roc_auc_score(y[own], p[own])), 4),
                "ece": round(float(ece), 4),
            }
    return out


if __name__ == "__main__":
    main()
