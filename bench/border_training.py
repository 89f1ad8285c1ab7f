"""Trains review/border_prior.json: `.venv/bin/python bench/border_training.py DIR... --readings DIR2...`.

Whether a word ends between two characters, on the borders where review.borders asks its model; the truth's
characters are aligned with the readings' columns. Which pages are held back: as in bench/merge_training.py.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from boosting import fit
from merge_training import parts_of, stacks

from evaluation.labels import truth_stream
from evaluation.truth import Page
from review import borders
from review.align import align
from review.columns import by_votes, profile_of, side_of
from review.merge import voting
from review.trees import Trees


def wanted(page: Page, work: Any) -> dict[int, bool]:
    """Whether a word ends at a border between columns, where the truth is sure about it."""
    back = page.transform.inverse() if page.transform is not None else None
    stream = truth_stream(page.truth, *work.frame, back)
    match = align(side_of(stream, len(work.streams)), profile_of(work.streams, work.columns.members))
    out: dict[int, bool] = {}
    for i in range(len(stream) - 1):
        a, b = int(match[i]), int(match[i + 1])
        if a < 0 or not 0 < b - a <= 3:
            continue
        parted = stream.unit[i] != stream.unit[i + 1]
        if parted and b - a > 1:
            continue
        for k in range(a, b):
            out[k] = parted
    return out


def samples(page: Page) -> dict[str, Any]:
    values, parted, sets, decided = [np.zeros((0, len(borders.NAMES)))], [], [], []
    for number, work in stacks(page):
        weights = voting(work.streams, work.trust)
        votes, breaks = by_votes(work.columns, weights)
        rows = borders.page_of(
            work.streams, work.columns.members, votes, weights, breaks, work.ink, page.truth.languages
        )
        truth = wanted(page, work)
        keep = [n for n, k in enumerate(rows.at) if k in truth]
        values.append(rows.values[keep])
        parted += [truth[rows.at[n]] for n in keep]
        decided += [bool(breaks[rows.at[n]]) for n in keep]
        sets += [number] * len(keep)
    return {
        "x": np.concatenate(values), "y": np.array(parted, bool), "old": np.array(decided, bool),
        "page": np.array([page.name] * len(parted)), "group": np.array([page.truth.group] * len(parted)),
        "set": np.array(sets, int),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="*", help="pages of which half is held back")
    parser.add_argument("--readings", type=Path, nargs="*", default=[])
    parser.add_argument("--whole", type=Path, nargs="*", default=[], help="pages that are all trained on")
    parser.add_argument("--whole-readings", type=Path, nargs="*", default=[])
    parser.add_argument("--held", type=Path, nargs="*", default=[], help="pages that are all held back")
    parser.add_argument("--held-readings", type=Path, nargs="*", default=[])
    parser.add_argument("--out", type=Path, default=Path(borders.__file__).with_name("border_prior.json"))
    args = parser.parse_args()
    found, held = parts_of(args)
    with ProcessPoolExecutor(2) as pool:
        parts = [p for p in pool.map(samples, found, chunksize=2) if len(p["x"])]
    data = {key: np.concatenate([p[key] for p in parts]) for key in parts[0]}
    train = ~np.isin(data["page"], sorted(held))
    _, where, sizes = np.unique(data["page"], return_inverse=True, return_counts=True)
    weights = 1.0 / np.sqrt(sizes[where])
    weights /= weights.mean()
    model = {
        "about": "Trained by bench/border_training.py; see there and bench/RESULTS.md for what and how.",
        "trained_on": sorted(set(data["page"][train].tolist())),
        "held_back": sorted(set(data["page"][~train].tolist())),
        "features": list(borders.NAMES),
        "border": fit(
            data["x"][train], data["y"][train], data["page"][train], weights[train], trees=60, leaves=12
        ),
    }
    found_p = Trees.of(model["border"]).probability(data["x"])
    figures = {}
    for group in sorted(set(data["group"].tolist())):
        own = ~train & (data["group"] == group)
        if own.any():
            y = data["y"][own]
            figures[group] = {
                "borders": int(own.sum()),
                "wrong_by_votes": round(float((data["old"][own] != y).mean()), 4),
                "wrong": round(float(((found_p[own] >= 0.5) != y).mean()), 4),
            }
    model["held_back_figures"] = figures
    args.out.write_text(json.dumps(model, separators=(",", ":")), encoding="utf-8")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
