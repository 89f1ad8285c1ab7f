"""Trains review/risk_prior.json: `.venv/bin/python bench/merge_training.py DIR --readings DIR2`.

Half of the pages (whole groups of neighbouring pages, so that a hand is on one side) are held back;
their figures are stored with the model. Engines are trained on alone, in pairs and together, and with an
imitated language model without boxes (the truth with words wrong, left out and repeated), so that the
model knows engines that are not built in.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import zlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from boosting import fit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from evaluation.labels import expected_of_drafts, truth_lines
from evaluation.read import all_pages
from evaluation.truth import Page
from model.words import Reading
from review import risk
from review.features import NAMES, rows
from review.merge import stacked
from review.trees import Trees

SETS = (
    ("rapidocr", "tesseract"),
    ("rapidocr", "tesseract", "rapidocr_rescaled"),
    ("rapidocr", "rapidocr_rescaled"),
    ("rapidocr",),
    ("tesseract",),
    ("rapidocr", "tesseract", "imitated"),
    ("rapidocr", "tesseract", "rapidocr_rescaled", "imitated"),
)
_CONFUSED = (
    "aeo",
    "nmu",
    "ltif",
    "ceo",
    "rvn",
    "bhk",
    "gqy",
    "sz5",
    "o0",
    "il1",
    "BRE",
    "MNW",
    "0689",
    "17",
    "235",
)


def held_back(name: str) -> bool:
    """Whether a page is kept from training: by its neighbourhood, letters of one hand lie together."""
    number = re.findall(r"\d+", name)
    stem = re.sub(r"\d+[^0-9]*$", "", name)
    block = int(number[-1]) // (10 if name.startswith("stanford") else 1) if number else 0
    return zlib.crc32(f"{stem}{block}".encode()) % 2 == 1


def imitated(page: Page, seed: int) -> Reading:
    """What a good language model might say: no boxes, few errors, more where the page is hard."""
    lines = imitated_words(page, seed)
    joint = "" if "ja" in page.truth.languages and not page.truth.words else " "
    text = "\n".join(joint.join(word for word, _ in line) for line in lines)
    return Reading("imitated", "", round(page.truth.width), round(page.truth.height), None, text)


def imitated_words(page: Page, seed: int) -> list[list[tuple[str, int | None]]]:
    """The imitated model's words, line by line, each with its number in the truth or None if invented."""
    chance = random.Random(f"{page.name}{seed}")
    rate = chance.choice((0.02, 0.05, 0.1, 0.2))
    known = {w.text for r in page.readings.values() for w in r.words or ()}
    number = 0
    lines = []
    for line in truth_lines(page.truth):
        out: list[tuple[str, int | None]] = []
        for word in line:
            here: int | None = number
            number += 1
            text = word
            p = rate if word in known else min(2.5 * rate, 0.6)
            if chance.random() < p:
                kind = chance.random()
                if kind < 0.12:
                    continue
                if kind < 0.2:
                    out += [(text, here), (chance.choice(line), None)]
                    continue
                text = _misread(word, chance)
            out.append((text, here))
        lines.append(out)
    return lines


def _misread(word: str, chance: random.Random) -> str:
    letters = list(word)
    for _ in range(1 if len(word) < 5 else chance.choice((1, 1, 2))):
        at = chance.randrange(len(letters))
        near = [c for group in _CONFUSED if letters[at] in group for c in group if c != letters[at]]
        letters[at] = chance.choice(near) if near else chance.choice("aeinrstlo")
    return "".join(letters)


def samples(found: list[Page]) -> dict[str, Any]:
    """Features and labels of every candidate, and what each row belongs to."""
    with ProcessPoolExecutor(2) as pool:
        parts = [p for p in pool.map(_samples, found, chunksize=2) if len(p["x"])]
    return {key: np.concatenate([p[key] for p in parts]) for key in parts[0]}


def _samples(page: Page) -> dict[str, Any]:
    values, right, there, sets = [np.zeros((0, len(NAMES)))], [], [], []
    page.readings["imitated"] = imitated(page, 1)
    for number, engines in enumerate(SETS):
        readings = [page.readings[e] for e in engines if e in page.readings]
        if not readings:
            continue
        work = stacked(readings, None, page.transform, page.truth.languages)
        wanted = expected_of_drafts(work, page.truth, page.transform).slots
        result = rows(work.drafts.slots, work.streams, work.trust, page.truth.languages)
        values.append(result.values)
        for k, n in enumerate(result.draft):
            want = wanted[n]
            right.append(want.right(result.texts[k]))
            there.append(want.text is not None)
            sets.append(number)
    return {
        "x": np.concatenate(values),
        "right": np.array(right, dtype=bool), "there": np.array(there, dtype=bool),
        "page": np.array([page.name] * len(right)), "set": np.array(sets, dtype=int),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="+")
    parser.add_argument("--readings", type=Path, nargs="*")
    parser.add_argument("--out", type=Path, default=Path(risk.__file__).with_name("risk_prior.json"))
    args = parser.parse_args()
    found = list(all_pages(args.folder, args.readings or ()))
    data = samples(found)
    train = np.array([not held_back(p) for p in data["page"]])
    print(f"{len(found)} pages, {len(train)} candidates, {int(train.sum())} of them for training")
    # Each page and set of engines weighs the same up to its size's root, sets without a partner less.
    _, where, sizes = np.unique(
        np.char.add(data["page"], data["set"].astype(str)), return_inverse=True, return_counts=True
    )
    weights = 1.0 / np.sqrt(sizes[where])
    weights /= weights.mean()
    x, groups = data["x"][train], data["page"][train]
    model = {
        "about": "Trained by bench/merge_training.py; see there and bench/RESULTS.md for what and how.",
        "trained_on": sorted(set(groups.tolist())),
        "held_back": sorted({p for p, t in zip(data["page"].tolist(), train, strict=True) if not t}),
        "engines": [list(s) for s in SETS],
        "features": list(NAMES),
        "empty_below": 0.35,
        "right": fit(x, data["right"][train], groups, weights[train]),
        "exists": fit(x, data["there"][train], groups, weights[train], trees=50),
    }
    model["held_back_figures"] = figures(model, data, ~train)
    args.out.write_text(json.dumps(model, separators=(",", ":")), encoding="utf-8")
    print(json.dumps(model["held_back_figures"], indent=1))


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
