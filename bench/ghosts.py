"""Trains review/ghost_prior.json: `.venv/bin/python bench/ghosts.py DIR... --readings DIR2... [--write]`.

The pages' own ghosts, and those of lines that are taken out of all readings, are labelled: text where the
truth has words or lines, and by hand where it has none (bench/ghost_labels.json: stamps, signatures and
margins are marks; folds, dirt, holes and frames are noise; places that nobody labelled are left out). Of
the pages made by bench/make_pages.py those with labels are used. Half of the pages are held back (see
merge_training.held_back); their figures are stored with the model.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from boxes import group_of, ink_owner, without_lines
from merge_training import held_back

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from evaluation.read import all_pages
from evaluation.truth import Page
from model.geometry import Box
from review import ghosts
from review.merge import covered, line_height, places_seen, stacked

LABELS = Path(__file__).with_name("ghost_labels.json")
SETS = (
    (("rapidocr", "tesseract", "rapidocr_rescaled"), 0.0),
    (("rapidocr", "tesseract", "rapidocr_rescaled"), 0.3),
    (("tesseract",), 0.0),
    (("rapidocr",), 0.15),
    ((), 0.0),
)
KINDS = ("text", "mark", "noise")


def found_on(
    page: Page, pixels: Any, engines: tuple[str, ...], drop: float
) -> tuple[ghosts.Found, list[Box]]:
    """The candidates of a page as merging sees them, and their boxes in pixels of the page image."""
    if drop:
        page, _ = without_lines(page, drop, len(engines))
    readings = [page.readings[e] for e in engines if e in page.readings]
    work = stacked(readings, pixels, page.transform, page.truth.languages)
    boxes = covered(work)
    assert work.ink is not None
    vertical = 2 * sum(d.vertical for d in work.drafts.slots) > len(boxes)
    found = ghosts.candidates(
        work.ink,
        [safe for _, safe in boxes],
        line_height([b for b, _ in boxes], vertical=vertical),
        places_seen(readings, work),
        vertical=vertical,
    )
    lead = work.transform
    return found, [lead.box(b) if lead is not None else b for b in found.boxes]


def kinds(page: Page, boxes: list[Box], hand: dict[str, Any], owner: Any) -> list[str | None]:
    """text, mark or noise for each box; None where neither the truth nor a hand's label says."""
    labelled = [(Box.of(item[:4]), str(item[4])) for item in hand.get(page.name, ())]
    exact = owner is not None
    out: list[str | None] = []
    for box in boxes:
        kind: str | None = None
        if exact:
            x0, y0, x1, y1 = (max(0, int(v)) for v in box.as_list())
            part = owner[y0:y1, x0:x1]
            own = int((part >= 0).sum())
            kind = "text" if own >= max(8, 0.02 * part.size) else None
        else:
            for line in page.truth.lines:
                region = line.box
                if _shared(box, region) > 0.6 * box.area and box.height < 1.8 * region.height:
                    kind = "text"
        for region, said in labelled:
            if _shared(box, region) > 0.5 * box.area:
                kind = said
        out.append(kind)
    return out


def _shared(a: Box, b: Box) -> float:
    return max(min(a.x1, b.x1) - max(a.x0, b.x0), 0.0) * max(min(a.y1, b.y1) - max(a.y0, b.y0), 0.0)


def gather(page: Page) -> tuple[list[list[float]], list[str], list[float]]:
    """Features, kinds and weights of all labelled ghosts of a page."""
    hand = json.loads(LABELS.read_text(encoding="utf-8")) if LABELS.exists() else {}
    owner, pixels = None, page.pixels()
    if page.truth.words:
        owner = ink_owner(pixels, [w.box for w in page.truth.words])[1]
    rows: list[list[float]] = []
    names: list[str] = []
    weights: list[float] = []
    for engines, drop in SETS:
        found, boxes = found_on(page, pixels, engines, drop)
        labels = kinds(page, boxes, hand, owner)
        for row, label in zip(found.values.tolist(), labels, strict=True):
            if label is not None:
                rows.append(row)
                names.append(label)
                # What merging meets: few lines are missed, so that many dropped at once count for less.
                weights.append(1.0 if not drop and engines else 0.3)
    return rows, names, weights


def train(values: Any, names: Any, weights: Any, held: Any) -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    mean, scale = values.mean(axis=0), np.maximum(values.std(axis=0), 1e-3)
    plain = ((values - mean) / scale).clip(-4, 4)
    out: dict[str, Any] = {
        "features": list(ghosts.NAMES),
        "mean": [round(float(v), 5) for v in mean],
        "scale": [round(float(v), 5) for v in scale],
    }
    figures = {}
    for key, positive in (("text", names == "text"), ("matters", names != "noise")):
        model = LogisticRegression(C=0.3, max_iter=2000)
        model.fit(plain[~held], positive[~held], sample_weight=weights[~held])
        p = model.predict_proba(plain[held])[:, 1]
        y = positive[held]
        bins = np.minimum((p * 10).astype(int), 9)
        w = weights[held]
        ece = (
            sum(
                abs(
                    np.average(p[bins == b], weights=w[bins == b])
                    - np.average(y[bins == b], weights=w[bins == b])
                )
                * w[bins == b].sum()
                for b in set(bins)
            )
            / w.sum()
        )
        auroc = roc_auc_score(y, p, sample_weight=w)
        figures[key] = {
            "ghosts": int(held.sum()),
            "auroc": round(float(auroc), 3),
            "ece": round(float(ece), 3),
        }
        if key == "matters":
            for bar in (0.02, 0.05, 0.1, 0.15, 0.2, 0.3):
                print(
                    f"below {bar}: noise gone {100 * np.average(p[~y] < bar, weights=w[~y]):.1f} %, "
                    f"marks lost {100 * np.mean(p[names[held] == 'mark'] < bar):.1f} %, "
                    f"text lost {100 * np.mean(p[names[held] == 'text'] < bar):.2f} %"
                )
        final = LogisticRegression(C=0.3, max_iter=2000)
        final.fit(plain, positive, sample_weight=weights)
        out[key] = {
            "weights": [round(float(v), 4) for v in final.coef_[0]],
            "bias": round(float(final.intercept_[0]), 4),
        }
    out["held_back"] = figures
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="+")
    parser.add_argument("--readings", type=Path, nargs="+", required=True)
    parser.add_argument("--noise-below", type=float, default=0.15)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    values: list[list[float]] = []
    names: list[str] = []
    weights: list[float] = []
    held: list[bool] = []
    pages: Counter[str] = Counter()
    hand = json.loads(LABELS.read_text(encoding="utf-8"))
    for page in all_pages(args.folder, args.readings):
        if page.name not in hand and page.name.count("_") > 2 and not page.name.startswith("syn"):
            continue  # of the made pages only those whose seals and holes were labelled
        rows, labels, own = gather(page)
        pages[group_of(page.name)] += 1
        values += rows
        names += labels
        weights += own
        held += [held_back(page.name)] * len(rows)
    print(dict(pages), dict(Counter(names)))
    data = train(np.array(values), np.array(names), np.array(weights), np.array(held))
    data["trained_on"] = {
        "pages": dict(sorted(pages.items())),
        "ghosts": dict(sorted(Counter(names).items())),
    }
    data["noise_below"] = args.noise_below
    print(json.dumps(data["held_back"]))
    for key in ("text", "matters"):
        print(key, dict(zip(ghosts.NAMES, data[key]["weights"], strict=True)))
    if args.write:
        path = Path(ghosts.__file__).with_name("ghost_prior.json")
        path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
