"""Merging measured: `.venv/bin/python bench/merge.py DIR [--readings DIR2] [--held-back] [--engines a,b]`.

DIR has pages with truth (`<id>.jpg` + `<id>.json`), DIR2 recorded readings (`<id>.<engine>.json`, and
`<id>.meta.json` with the preparation); without it the engines run. Prints word errors merged and of each
engine alone, the share of errors in the riskiest slots, AUROC, ECE, how much ink redact_box covers, and
the time. Without DIR only the time. Figures go to bench/RESULTS.md by hand.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from merge_training import held_back, imitated, imitated_words

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from evaluation.labels import expected_of_drafts, line_items
from evaluation.read import all_pages
from evaluation.truth import Page
from model.geometry import Box, Quad
from model.words import MergedPage, Reading, Word
from review import merge as merging
from review.merge import merge, stacked
from review.risk import choose

CURVE = (5, 10, 20, 30)
E_SHARES = (2, 3, 5)


@dataclass
class Tally:
    """Slots and errors of a group of pages under one set of engines."""

    words: int = 0
    errors: int = 0
    omitted: int = 0
    risk: list[float] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)
    """Errors of each slot."""
    bad: list[bool] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.words += other.words
        self.errors += other.errors
        self.omitted += other.omitted
        self.risk += other.risk
        self.wrong += other.wrong
        self.bad += other.bad

    @property
    def rate(self) -> float:
        return 100 * self.errors / max(self.words, 1)

    def found(self, percent: float) -> float:
        """Share of all errors, omissions included, in the riskiest slots."""
        order = np.argsort(-np.array(self.risk), kind="stable")
        count = round(len(order) * percent / 100)
        return 100 * float(np.array(self.wrong)[order[:count]].sum()) / max(self.errors, 1)

    def auroc(self) -> float:
        from sklearn.metrics import roc_auc_score

        return (
            float(roc_auc_score(self.bad, self.risk)) if 0 < sum(self.bad) < len(self.bad) else float("nan")
        )

    def ece(self) -> float:
        p, y = np.array(self.risk), np.array(self.bad)
        bins = np.minimum((p * 10).astype(int), 9)
        return float(
            sum(abs(p[bins == b].mean() - y[bins == b].mean()) * (bins == b).mean() for b in set(bins))
        )


def tally(page: Page, readings: Sequence[Reading]) -> Tally:
    """Word errors of a merge: truth words that no slot has right, and slots with text where there is none."""
    work = stacked(readings, None, page.transform, page.truth.languages)
    labels = expected_of_drafts(work, page.truth, page.transform)
    choices = choose(work.drafts.slots, work.streams, work.trust, page.truth.languages)
    out = Tally(words=len(labels.words))
    seen = 0
    for choice, want in zip(choices, labels.slots, strict=True):
        seen += len(want.words)
        out.risk.append(choice.risk)
        out.wrong.append(want.errors(choice.chosen))
        out.bad.append(not want.right(choice.chosen))
    out.omitted = len(labels.words) - seen
    out.errors = sum(out.wrong) + out.omitted
    return out


def accuracy(found: list[Page], sets: Sequence[Sequence[str]]) -> None:
    names = sorted({e for s in sets for e in s})
    groups: dict[tuple[str, str], Tally] = {}
    for page in found:
        page.readings["imitated"] = imitated(page, 1)
        for engines in [*[(n,) for n in names], *sets]:
            readings = [page.readings[e] for e in engines if e in page.readings]
            if readings and any(r.words is not None for r in readings):
                one = tally(page, readings)
                for group in (page.truth.group, "all"):
                    groups.setdefault((group, "+".join(engines)), Tally()).add(one)
    print(
        f"{'pages':14} {'engines':52} {'words':>6} {'errors':>7} {'omitted':>7}  "
        "E at 5/10/20/30 %   at 2e/3e/5e    AUROC  ECE"
    )
    for (group, engines), t in sorted(groups.items()):
        e = 100 * sum(t.bad) / max(len(t.bad), 1)
        curve = "/".join(f"{t.found(p):.0f}" for p in CURVE)
        at = "/".join(f"{t.found(min(k * e, 100)):.0f}" for k in E_SHARES)
        print(
            f"{group:14} {engines:52} {t.words:6d} {t.rate:6.1f}% {t.omitted:7d}  "
            f"{curve:18} {at:12} {t.auroc():6.3f} {t.ece():.3f}"
        )


def coverage(found: list[Page], engines: Sequence[str]) -> None:
    """Share of words whose ink redact_box covers to 95 %, on pages with exact word boxes."""
    print(
        f"\n{'pages':14} {'words':>6} {'ink covered >= 95 %':>20} {'shown box':>16} {'black/truth':>14}"
        " ghosts  image CPU s/MP"
    )
    groups: dict[str, list[tuple[float, float, float]]] = {}
    extra: dict[str, list[float]] = {}
    for page in found:
        readings = [page.readings[e] for e in engines if e in page.readings]
        pixels = page.pixels()
        if not readings or not page.truth.words:
            continue
        work = stacked(readings, None, page.transform, page.truth.languages)
        started = time.process_time()
        merge(readings, None, transform=page.transform, languages=page.truth.languages)
        middle = time.process_time()
        merged = merge(
            readings, pixels, transform=page.transform, languages=page.truth.languages, dpi=page.dpi
        )
        ended = time.process_time()
        cost = ((ended - middle) - (middle - started)) / (pixels.shape[0] * pixels.shape[1] / 1e6)
        extra.setdefault(page.truth.group, []).append(cost)
        extra.setdefault(page.truth.group + " ghosts", []).append(
            sum(s.ghost and not s.candidates for s in merged.slots)
        )
        if page.truth.words:
            groups.setdefault(page.truth.group, []).extend(_covered(page, work, merged, pixels))
    for group in sorted({k for k in extra if not k.endswith(" ghosts")}):
        rows = np.array(groups.get(group, [(np.nan, np.nan, np.nan)]))
        print(
            f"{group:14} {len(rows):6d} {100 * np.mean(rows[:, 0] >= 0.95):19.1f}%"
            f" {100 * np.mean(rows[:, 1] >= 0.95):15.1f}%"
            f" {np.median(rows[:, 2]):14.2f} {np.mean(extra[group + ' ghosts']):6.1f}"
            f" {np.mean(extra[group]):10.4f}"
        )


def _covered(
    page: Page, work: merging.Work, merged: MergedPage, pixels: Any
) -> list[tuple[float, float, float]]:
    """For each word of the truth: ink covered by the boxes of its slots, by shown boxes, area ratio."""
    import cv2

    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    background = cv2.medianBlur(cv2.resize(grey, None, fx=0.25, fy=0.25), 21)
    background = cv2.resize(background, grey.shape[::-1])
    ink = background.astype(int) - grey > 60
    labels = expected_of_drafts(work, page.truth, page.transform)
    slots = _paired(work, merged, page)
    truth = [w.box for w in page.truth.words]
    owners: list[set[int]] = [set() for _ in truth]
    for n, want in enumerate(labels.slots):
        for u in want.touched:
            inside = labels.words[u][1]
            if page.transform is not None:
                inside = page.transform.box(inside)
            best = max(
                range(len(truth)),
                key=lambda t: (truth[t].expanded(1).contains(inside.centre), truth[t].iou(inside)),
            )
            owners[best].add(n)
    out = []
    for box, own in zip(truth, owners, strict=True):
        x0, y0, x1, y1 = (round(v) for v in box.as_list())
        part = ink[max(0, y0) : y1, max(0, x0) : x1]
        if not own or part.sum() < 10:
            continue
        wide, tight, area = np.zeros_like(part), np.zeros_like(part), 0.0
        for n in own:
            for mask, b in ((wide, slots[n].redact_box), (tight, slots[n].box)):
                left, right = max(0, int(b.x0) - x0), max(0, int(np.ceil(b.x1)) - x0)
                mask[max(0, int(b.y0) - y0) : max(0, int(np.ceil(b.y1)) - y0), left:right] = True
            area += slots[n].redact_box.area
        total = part.sum()
        out.append(
            (float(part[wide].sum() / total), float(part[tight].sum() / total), area / max(box.area, 1.0))
        )
    return out


def _paired(work: merging.Work, merged: MergedPage, page: Page) -> list[Any]:
    """The slot of each draft: the one with its candidates that lies on it."""
    slots = [s for s in merged.slots if s.candidates]
    out = []
    for draft in work.drafts.slots:
        box = Box.union_of(draft.boxes)
        if page.transform is not None:
            box = page.transform.box(box)
        texts = {s.text for s in draft.said}
        out.append(max(slots, key=lambda s: ({c.text for c in s.candidates} == texts, s.redact_box.iou(box))))
    return out


def grounding(found: list[Page], engines: Sequence[str]) -> None:
    """Where the words of an imitated model without boxes end up, on pages with exact word boxes.

    right: level IoU > 0.5 and the centre inside; wrong: placed elsewhere; on pages with line boxes only,
    right means that the centre lies in the line of the word.
    """
    print(f"\n{'pages':14} {'boxless':>13} {'right place':>12} {'wrong':>6} {'unplaced':>9} {'made up':>8}")
    groups: dict[str, list[int]] = {}
    for page in found:
        readings = [page.readings[e] for e in engines if e in page.readings]
        if not readings:
            continue
        count = groups.setdefault(page.truth.group, [0] * 6)
        lines = imitated_words(page, 2)
        text = "\n".join(" ".join(w for w, _ in line) for line in lines)
        reading = Reading("imitated", "", round(page.truth.width), round(page.truth.height), None, text)
        work = stacked([*readings, reading], page.pixels(), page.transform, page.truth.languages)
        number = next(n for n, s in enumerate(work.streams) if s.engine == "imitated")
        stream = work.streams[number]
        boxes: dict[int, list[Box]] = {}
        for draft in work.drafts.slots:
            chars = work.columns.members[draft.columns, number]
            for u in {stream.unit[c] for c in chars.tolist() if c >= 0}:
                shown, _ = merging.placed(draft, work.streams, work.trust, work.ink, *work.frame)
                boxes.setdefault(u, []).append(shown)
        flat = [t for line in lines for _, t in line]
        exact = bool(page.truth.words) and "ja" not in page.truth.languages
        truth = _word_boxes(page)
        for u, t in enumerate(flat[: len(stream.units)]):
            if t is None:
                count[4] += 1
                count[5] += u in boxes
                continue
            count[0] += 1
            if u not in boxes:
                count[3] += 1
                continue
            box = Box.union_of(boxes[u])
            if page.transform is not None:
                box = page.transform.box(box)
            bare = "ja" in page.truth.languages and bool(page.truth.words)
            if t >= len(truth):
                right = True
            elif bare:
                right = box.expanded(2).contains(truth[t].centre) or truth[t].expanded(2).contains(box.centre)
            else:
                right = _right_place(box, truth[t], exact)
            count[1 if right else 2] += 1
    for group, (words, right, wrong, lost, invented, shown) in sorted(groups.items()):
        n = max(words, 1) / 100
        print(
            f"{group:14} {words:13d} {right / n:11.1f}% {wrong / n:5.1f}% {lost / n:8.1f}% {invented:8d}"
            f" {100 * shown / max(invented, 1):5.1f}%"
        )


def _word_boxes(page: Page) -> list[Box]:
    """Of each word in the order of imitated_words: its own box, or its line's."""
    if page.truth.words:
        return [item.box for line in line_items(page.truth) for item in line]
    return [line.box for line in page.truth.lines for _ in line.text.split()]


def _right_place(box: Box, truth: Box, exact: bool) -> bool:
    x, y = box.centre
    if not exact:
        return truth.x0 - 5 <= x <= truth.x1 + 5 and truth.y0 - 3 <= y <= truth.y1 + 3
    if truth.height > 1.5 * truth.width and box.height > 1.5 * box.width:
        shared, both = (
            min(box.y1, truth.y1) - max(box.y0, truth.y0),
            max(box.y1, truth.y1) - min(box.y0, truth.y0),
        )
    else:
        shared, both = (
            min(box.x1, truth.x1) - max(box.x0, truth.x0),
            max(box.x1, truth.x1) - min(box.x0, truth.x0),
        )
    return shared > 0.5 * both and truth.expanded(2).contains((x, y))


def speed() -> None:
    """CPU milliseconds of one merge of two engines, without image work, best of three."""
    print("\nwords   ms (two engines)   ms (three)")
    for count in (300, 1000, 5000):
        times = []
        for engines in (2, 3):
            readings = [_typed(count, seed) for seed in range(engines)]
            best = float("inf")
            for _ in range(3):
                started = time.process_time()
                merge(readings, None)
                best = min(best, time.process_time() - started)
            times.append(1000 * best)
        print(f"{count:5d} {times[0]:14.0f} {times[1]:14.0f}")


def _typed(count: int, seed: int) -> Reading:
    """A page of English-like words with 5 % of them misread and 2 % merged with the next."""
    text = random.Random(1)
    noise = random.Random(100 + seed)
    columns = max(10, int(count**0.5 / 1.6))
    words = []
    skip = False
    letters = "etaoinshrdlucmfwypvbgkjqxz"
    for n in range(count):
        word = "".join(text.choices(letters, weights=range(26, 0, -1), k=text.randint(2, 9)))
        if skip:
            skip = False
            continue
        x, y = (n % columns) * 130.0 + 40, (n // columns) * 44.0 + 40
        width = 12.0 * len(word)
        if noise.random() < 0.05:
            at = noise.randrange(len(word))
            word = word[:at] + noise.choice(letters) + word[at + 1 :]
        box = Box(x + noise.random() * 3, y + noise.random() * 3, x + width, y + 28)
        words.append(Word(word, Quad.from_box(box), 0.5 + noise.random() / 2, n // columns))
    side = columns * 130 + 100
    name = ("rapidocr", "tesseract", "model")[seed]
    return Reading(name, "", side, count // columns * 44 + 120, tuple(words))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="*")
    parser.add_argument("--readings", type=Path, nargs="*")
    parser.add_argument(
        "--held-back", action="store_true", help="only pages that the prior model was not trained on"
    )
    parser.add_argument("--sample", type=int, default=1000, help="at most so many pages of a group")
    parser.add_argument("--engines", default="rapidocr,tesseract,rapidocr_rescaled")
    args = parser.parse_args()
    if args.folder:
        found = [
            p for p in all_pages(args.folder, args.readings or ()) if not args.held_back or held_back(p.name)
        ]
        count: Counter[str] = Counter()
        found = [p for p in found if count.update([p.truth.group]) or count[p.truth.group] <= args.sample]
        names = args.engines.split(",")
        sets = [tuple(names[:2]), tuple(names), (*names[:2], "imitated"), (*names, "imitated")]
        accuracy(found, list(dict.fromkeys(sets)))
        coverage(found, names)
        grounding(found, names)
    speed()


if __name__ == "__main__":
    main()
