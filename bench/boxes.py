"""Boxes and ghosts measured: `.venv/bin/python bench/boxes.py DIR --readings DIR2 [--sample N]`.

DIR has pages with exact word boxes (`<id>.jpg` + `<id>.json`), DIR2 recorded readings. Every page is
merged with its preparation and without (as `inkveil merge` does it). Prints by group how much of each
word's ink `redact_box` and the shown box hold, how much else is blacked out, what no slot covers, and
which ghosts lie on text that the truth knows. `--drop P` takes that share of the truth's lines out of all
readings first: ghosts must bring them back. Figures go to bench/RESULTS.md by hand.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from evaluation.labels import expected_of_drafts
from evaluation.read import all_pages
from evaluation.truth import Page
from model.geometry import Box
from model.words import Reading, Slot
from review import merge as merging
from review.merge import merge, stacked

ENOUGH = 10
"""Ink pixels a word needs to be counted."""


@dataclass
class Tally:
    """Figures of a group of pages; one entry a word of the truth unless it says otherwise."""

    covered: list[float] = field(default_factory=list)
    """Share of the word's ink in the redact_box of its own slots."""
    shown: list[float] = field(default_factory=list)
    iou: list[float] = field(default_factory=list)
    """Shown box against the truth's, where one slot is one word."""
    ratio: list[float] = field(default_factory=list)
    """Area of the redact_box over the truth's."""
    neighbours: list[float] = field(default_factory=list)
    """Ink of other words that goes with it, over its own ink."""
    anywhere: list[float] = field(default_factory=list)
    """Share of the word's ink in any redact_box, ghosts included: of all words, read or not."""
    ghosts: list[tuple[float, bool]] = field(default_factory=list)
    """Of each ghost its risk, and whether it lies on a word of the truth."""
    pages: int = 0
    seconds: float = 0.0
    megapixels: float = 0.0

    def add(self, other: Tally) -> None:
        for name in ("covered", "shown", "iou", "ratio", "neighbours", "anywhere", "ghosts"):
            getattr(self, name).extend(getattr(other, name))
        self.pages += other.pages
        self.seconds += other.seconds
        self.megapixels += other.megapixels

    def row(self) -> str:
        def share(values: Sequence[float], bar: float) -> float:
            return 100 * float(np.mean(np.array(values) >= bar)) if values else float("nan")

        good = sum(on for _, on in self.ghosts)
        risk = float(np.mean([r for r, _ in self.ghosts])) if self.ghosts else 0.0
        ratios = np.array(self.ratio or [np.nan])
        return (
            f"{len(self.anywhere):6d} {share(self.covered, 0.95):8.2f} {share(self.shown, 0.95):7.1f}"
            f" {np.median(self.iou or [np.nan]):6.2f} {np.median(ratios):6.2f}"
            f" {100 * np.mean(ratios > 6):6.1f}"
            f" {100 * np.mean(self.neighbours or [np.nan]):7.1f}"
            f" {100 * np.mean(np.array(self.anywhere or [1.0]) < 0.5):8.2f}"
            f" {good / max(self.pages, 1):7.2f} {(len(self.ghosts) - good) / max(self.pages, 1):6.2f}"
            f" {risk:6.2f} {1000 * self.seconds / max(self.megapixels, 1e-9):8.1f}"
        )


HEAD = (
    f"{'pages':22} {'words':>6} {'ink>=95%':>8} {'shown':>7} {'IoU':>6} {'area':>6} {'>6x %':>6}"
    f" {'other %':>7} {'no slot%':>8} {'g.good':>7} {'g.bad':>6} {'risk':>6} {'ms/MP':>8}"
)


def ink_owner(pixels: Any, words: Sequence[Box]) -> tuple[Any, Any]:
    """The page's ink (H x W, bool) and the number of the word that owns each pixel, -1 for none.

    Where boxes overlap a pixel belongs to the box whose middle line it is nearer to.
    """
    import cv2

    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = cv2.medianBlur(cv2.resize(grey, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA), 21)
    below = cv2.resize(small, grey.shape[::-1]).astype(np.int16) - grey
    contrast = float(np.percentile(below[below > 20], 75)) if (below > 20).any() else 60.0
    ink = below > max(22.0, 0.5 * contrast)
    owner = np.full(grey.shape, -1, np.int32)
    near = np.full(grey.shape, np.inf, np.float32)
    for n, box in enumerate(words):
        x0, y0, x1, y1 = _pixels(box, grey.shape)
        if x1 <= x0 or y1 <= y0:
            continue
        cx, cy = box.centre
        far = np.maximum(
            np.abs(np.arange(x0, x1) + 0.5 - cx)[None] / box.width * 2,
            np.abs(np.arange(y0, y1) + 0.5 - cy)[:, None] / box.height * 2,
        )
        part = near[y0:y1, x0:x1]
        closer = far < part
        part[closer] = far[closer]
        owner[y0:y1, x0:x1][closer] = n
    owner[~ink] = -1
    return ink, owner


def _pixels(box: Box, shape: Sequence[int]) -> tuple[int, int, int, int]:
    return (
        max(0, int(np.floor(box.x0))),
        max(0, int(np.floor(box.y0))),
        min(int(shape[1]), int(np.ceil(box.x1))),
        min(int(shape[0]), int(np.ceil(box.y1))),
    )


def without_lines(page: Page, share: float, seed: int = 1) -> tuple[Page, list[Box]]:
    """The page with a share of its lines taken out of every reading, and the boxes of those lines."""
    chance = random.Random(f"{page.name}{seed}")
    gone = [line.box for line in page.truth.lines if chance.random() < share]
    kept = {
        name: replace(r, words=tuple(w for w in r.words if not any(b.contains(w.box.centre) for b in gone)))
        for name, r in page.readings.items()
        if r.words is not None
    }
    return replace(page, readings=kept), gone


def measure(page: Page, engines: Sequence[str], drop: float = 0.0) -> Tally:
    """One page's figures. The page needs word boxes in its truth for all but the ghosts."""
    pixels = page.pixels()
    gone: list[Box] = []
    if drop:
        page, gone = without_lines(page, drop)
    readings = [page.readings[e] for e in engines if e in page.readings]
    truth = [w.box for w in page.truth.words]
    ink, owner = ink_owner(pixels, truth)
    totals = np.bincount(owner[owner >= 0], minlength=len(truth))
    started = time.process_time()
    merge(readings, None, transform=page.transform, languages=page.truth.languages)
    middle = time.process_time()
    merged = merge(readings, pixels, transform=page.transform, languages=page.truth.languages, dpi=page.dpi)
    cost = (time.process_time() - middle) - (middle - started)
    out = Tally(pages=1, seconds=cost, megapixels=pixels.shape[0] * pixels.shape[1] / 1e6)
    _words(out, page, readings, pixels, truth, owner, totals, skip=gone)
    black = np.zeros(ink.shape, np.bool_)
    for slot in merged.slots:
        x0, y0, x1, y1 = _pixels(slot.redact_box, ink.shape)
        black[y0:y1, x0:x1] = True
    seen = np.bincount(owner[(owner >= 0) & black], minlength=len(truth))
    out.anywhere += [s / t for s, t in zip(seen, totals, strict=True) if t >= ENOUGH]
    out.ghosts += [(s.risk, on_text(s, owner)) for s in merged.slots if s.ghost and not s.candidates]
    return out


def on_text(slot: Slot, owner: Any) -> bool:
    """Whether ink of a word of the truth fills a fair part of a ghost."""
    x0, y0, x1, y1 = _pixels(slot.box, owner.shape)
    part = owner[y0:y1, x0:x1]
    return bool((part >= 0).sum() >= max(ENOUGH, 0.02 * part.size))


def _words(
    out: Tally,
    page: Page,
    readings: Sequence[Reading],
    pixels: Any,
    truth: Sequence[Box],
    owner: Any,
    totals: Any,
    skip: Sequence[Box],
) -> None:
    """Each word of the truth against the slots that its letters came to."""
    work = stacked(readings, pixels, page.transform, page.truth.languages)
    frame_to_image = work.transform
    labels = expected_of_drafts(work, page.truth, frame_to_image)
    boxes = []
    for draft in work.drafts.slots:
        shown, covering = merging.placed(draft, work.streams, work.trust, work.ink, *work.frame)
        if frame_to_image is not None:
            shown, covering = frame_to_image.box(shown), frame_to_image.box(covering)
        size = Box(0, 0, *work.size)
        boxes.append((shown.clipped(size.x1, size.y1), covering.clipped(size.x1, size.y1)))
    owners: list[set[int]] = [set() for _ in truth]
    shared = [0] * len(boxes)
    middles = np.array([b.centre for b in truth])
    for n, want in enumerate(labels.slots):
        for u in want.touched:
            inside = labels.words[u][1]
            if frame_to_image is not None:
                inside = frame_to_image.box(inside)
            best = int(np.argmin(np.abs(middles - np.array(inside.centre)).sum(axis=1)))
            owners[best].add(n)
            shared[n] += 1
    for t, (box, own) in enumerate(zip(truth, owners, strict=True)):
        if not own or totals[t] < ENOUGH or any(b.contains(box.centre) for b in skip):
            continue
        held = [np.zeros(2, np.int64), np.zeros(2, np.int64)]
        union_shown, union_black = (Box.union_of([boxes[n][k] for n in own]) for k in (0, 1))
        for k, whole in enumerate((union_shown, union_black)):
            x0, y0, x1, y1 = _pixels(whole, owner.shape)
            inside_boxes = np.zeros((max(y1 - y0, 0), max(x1 - x0, 0)), np.bool_)
            for n in own:
                a0, b0, a1, b1 = _pixels(boxes[n][k], owner.shape)
                inside_boxes[b0 - y0 : b1 - y0, a0 - x0 : a1 - x0] = True
            part = owner[y0:y1, x0:x1]
            held[k][0] = (inside_boxes & (part == t)).sum()
            held[k][1] = (inside_boxes & (part >= 0) & (part != t)).sum()
        out.covered.append(float(held[1][0] / totals[t]))
        out.shown.append(float(held[0][0] / totals[t]))
        alone = len(own) == 1 and shared[next(iter(own))] == 1
        if alone:
            out.iou.append(boxes[next(iter(own))][0].iou(box))
            out.neighbours.append(float(held[1][1] / totals[t]))
            out.ratio.append(sum(boxes[n][1].area for n in own) / max(box.area, 1.0))


def group_of(name: str) -> str:
    """What made the page and its layout, from its name: collection_language_layout_number."""
    parts = name.split("_")
    if len(parts) < 4:
        return parts[0]
    return " ".join((parts[0], *(("ja",) if parts[1] == "ja" else ()), parts[2]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="+")
    parser.add_argument("--readings", type=Path, nargs="+", required=True)
    parser.add_argument("--sample", type=int, default=1000, help="at most so many pages of a group")
    parser.add_argument("--drop", type=float, default=0.0)
    parser.add_argument("--engines", default="rapidocr,tesseract,rapidocr_rescaled")
    args = parser.parse_args()
    count: Counter[str] = Counter()
    groups: dict[str, Tally] = {}
    for page in all_pages(args.folder, args.readings):
        own = group_of(page.name)
        count[own] += 1
        if not page.truth.words or count[own] > args.sample:
            continue
        for name, one in (("", page), (" no transform", replace(page, transform=None))):
            tally = measure(one, args.engines.split(","), args.drop)
            for group in (own, "all"):
                groups.setdefault(group + name, Tally()).add(tally)
    print(HEAD)
    for group in sorted(groups):
        print(f"{group:22} {groups[group].row()}")


if __name__ == "__main__":
    main()
