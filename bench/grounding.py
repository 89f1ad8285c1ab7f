"""Grounding measured: `.venv/bin/python bench/grounding.py DIR... --readings DIR2... [--kinds a,b]`.

DIR has pages with truth, DIR2 recorded readings of the built-in engines. A language model without boxes is
imitated (bench/imitated.py; its lines run together or its blocks moved as well) and merged with them. Prints
how many of its words stand at the right place, at a wrong one or are listed apart, and how many words that
are not on the page were given a place. Figures go to bench/RESULTS.md by hand; nothing here judges which
text is right (bench/merge.py does).
"""

from __future__ import annotations

import argparse
import random
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from imitated import Lines, imitated_words, spoken
from merge_training import held_back

from evaluation.labels import line_items, truth_lines
from evaluation.read import all_pages
from evaluation.truth import Page
from model.geometry import Box
from model.words import Reading
from review import merge as merging
from review.boxes import Ink, ink_of
from review.characters import fold

KINDS = ("model", "flow", "blocks", "poor")
"""A model as it is drawn; its lines run together; its blocks moved; a quarter of its words wrong."""
BINS = (0.6, 0.34, 0.2, 0.0)


@dataclass
class Count:
    words: int = 0
    right: int = 0
    wrong: int = 0
    apart: int = 0
    invented: int = 0
    shown: int = 0
    bins: dict[float, list[int]] = field(default_factory=lambda: {b: [0, 0] for b in BINS})
    """Of the placed words by match quality: how many, and how many at the right place."""

    def add(self, other: Count) -> None:
        for name in ("words", "right", "wrong", "apart", "invented", "shown"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for b, (n, good) in other.bins.items():
            self.bins[b][0] += n
            self.bins[b][1] += good

    def row(self) -> str:
        n = max(self.words, 1) / 100
        bins = "  ".join(f"{100 * good / max(m, 1):5.1f}% of {m:5d}" for m, good in self.bins.values())
        return (
            f"{self.words:6d} {self.right / n:6.1f}% {self.wrong / n:5.1f}% {self.apart / n:6.1f}%"
            f" {self.invented:8d} {100 * self.shown / max(self.invented, 1):5.1f}%   {bins}"
        )


def places(page: Page) -> list[Box]:
    """Of each word of the truth, numbered as imitated_words does: its own box, or its line's."""
    if page.truth.words:
        return [item.box for line in line_items(page.truth) for item in line]
    return [line.box for line in page.truth.lines for _ in line.text.split()]


def said(page: Page, kind: str, seed: int) -> Lines:
    """What a model might say of the page. The same arguments give the same words."""
    chance = random.Random(f"{page.name}{kind}{seed}")
    lines = imitated_words(page, 100 + seed, 0.25 if kind == "poor" else None)
    if kind == "flow":
        joined: Lines = []
        for line in lines:
            if joined and chance.random() < 0.5:
                joined[-1] += line
            else:
                joined.append(list(line))
        return joined
    if kind == "blocks" and len(lines) > 3:
        cuts = sorted(chance.sample(range(1, len(lines)), 3))
        blocks = [lines[a:b] for a, b in pairwise([0, *cuts, len(lines)])]
        chance.shuffle(blocks)
        return [line for block in blocks for line in block]
    return lines


def measured(page: Page, ink: Ink, engines: Sequence[str], lines: Lines) -> Count:
    """Where the model's words end up.

    right: level IoU > 0.5 and the centre inside the word; with line boxes only: the centre in its line; in
    scripts without spaces: the slot holds the word's middle or lies in the word.
    """
    text = "\n".join(spoken(line) for line in lines)
    reading = Reading("imitated", "", round(page.truth.width), round(page.truth.height), None, text)
    readings = [*(page.readings[e] for e in engines if e in page.readings), reading]
    work = merging.aligned(readings, None, page.transform, ink)
    merging.cut_words(work, page.truth.languages)
    number = next((n for n, s in enumerate(work.streams) if s.engine == "imitated"), None)
    if number is None:  # taken for a reading of another page
        words = [t for line in lines for _, t in line]
        return Count(len(words) - words.count(None), apart=len(words) - words.count(None))
    stream = work.streams[number]
    shown: dict[int, tuple[Box, float]] = {}
    for draft in work.drafts.slots:
        chars = [c for c in work.columns.members[draft.columns, number].tolist() if c >= 0]
        if chars:
            box, _ = merging.placed(draft, work.streams, work.trust, work.ink, *work.frame)
            for c in chars:
                shown[c] = (box, work.columns.quality[number][stream.unit[c]])
    truth = places(page)
    exact = bool(page.truth.words)
    bare = bool({"ja", "zh"} & set(page.truth.languages))
    out = Count()
    at = 0
    for word, t in (token for line in lines for token in line):
        length = sum(len(fold(c)) for c in unicodedata.normalize("NFC", word))
        own = [shown[c] for c in range(at, at + length) if c in shown]
        at += length
        if t is None:
            out.invented += 1
            out.shown += bool(own)
            continue
        if not length:
            continue
        out.words += 1
        if not own:
            out.apart += 1
            continue
        box = Box.union_of([b for b, _ in own])
        if page.transform is not None:
            box = page.transform.box(box)
        if bare and exact:
            good = box.expanded(2).contains(truth[t].centre) or truth[t].expanded(2).contains(box.centre)
        else:
            good = right_place(box, truth[t], exact)
        out.right += good
        out.wrong += not good
        quality = max(q for _, q in own)
        entry = out.bins[next(b for b in BINS if quality >= b)]
        entry[0] += 1
        entry[1] += good
    return out


def right_place(box: Box, truth: Box, exact: bool) -> bool:
    x, y = box.centre
    if not exact:
        return truth.x0 - 5 <= x <= truth.x1 + 5 and truth.y0 - 3 <= y <= truth.y1 + 3
    tall = truth.height > 1.5 * truth.width and box.height > 1.5 * box.width
    a0, a1, b0, b1 = (box.y0, box.y1, truth.y0, truth.y1) if tall else (box.x0, box.x1, truth.x0, truth.x1)
    shared, both = min(a1, b1) - max(a0, b0), max(a1, b1) - min(a0, b0)
    return shared > 0.5 * both and truth.expanded(2).contains((x, y))


def measure(
    found: Sequence[Page], engines: Sequence[str], kinds: Sequence[str], seeds: int
) -> Iterator[tuple[Page, str, Count]]:
    for page in found:
        ink = ink_of(page.pixels(), *_frame(page), page.transform)
        for kind in kinds:
            for seed in range(seeds):
                yield page, kind, measured(page, ink, engines, said(page, kind, seed))


def _frame(page: Page) -> tuple[float, float]:
    if page.transform is None:
        return page.truth.width, page.truth.height
    return page.transform.source.width, page.transform.source.height


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="+")
    parser.add_argument("--readings", type=Path, nargs="+", required=True)
    parser.add_argument("--engines", default="rapidocr,tesseract,rapidocr_rescaled")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--held-back", action="store_true", help="only pages kept from the prior's training")
    parser.add_argument("--only", default="", help="only pages whose name holds this")
    parser.add_argument("--pages", action="store_true", help="a row for each page as well")
    args = parser.parse_args()
    found = [
        p
        for p in all_pages(args.folder, args.readings)
        if args.only in p.name
        and (not args.held_back or held_back(p.name))
        and len(places(p)) == sum(map(len, truth_lines(p.truth)))
    ]
    tables: dict[str, dict[str, Any]] = {"page": {}, "group": {}, "kind": {}}
    for page, kind, count in measure(found, args.engines.split(","), args.kinds.split(","), args.seeds):
        group = f"{page.truth.collection} {page.truth.group}"
        for table, key in (("page", page.name), ("group", group), ("kind", kind)):
            tables[table].setdefault(key, Count()).add(count)
    for table in ("page", "group", "kind") if args.pages else ("group", "kind"):
        print(
            f"\n{'':34} {'words':>6} {'right':>7} {'wrong':>6} {'apart':>7} {'made up':>8} {'shown':>6}"
            "   right of placed, by quality >= .6, >= .34, >= .2, below"
        )
        for key, count in sorted(tables[table].items()):
            print(f"{key:34} {count.row()}")


if __name__ == "__main__":
    main()
