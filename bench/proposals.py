"""Measures proposals: `.venv/bin/python bench/proposals.py [DIR...] [--made 200] [--labels FILE]`.

On made pages (bench/made_proposals.py): how many of the drawn marks are proposed as what they are, and how
much is proposed where nothing was drawn. On the real pages of DIR (images, beside each its pages.json from
`inkveil read IMAGE --out NAME.pages.json`; without it the page is read first): what is proposed, counted by
half, and listed for a person to judge; --labels is that person's list, a JSON object of
"page name": [[x0, y0, x1, y1, "SIGNATURE" | ...], ...] with every true mark, from which false ones follow.
Time is that of this process, on one core.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from made_proposals import Made, page_of_all

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from model.geometry import Box
from redaction.proposals import search
from redaction.proposals.common import Proposal

RESOLUTIONS = (150, 200, 300, 110)


def right(proposal: Proposal, kind: str, box: Box, least: float = 0.8) -> bool:
    """Whether the mark is proposed as what it is: nearly all of it covered, not half of the page with it."""
    both = proposal.box.intersection(box)
    covered = both is not None and both.area >= least * box.area
    return proposal.type == kind and covered and proposal.box.area <= 2.5 * box.area


def made(first: int, count: int) -> None:
    """Recall by type, false proposals a page, milliseconds."""
    drawn: Counter[str] = Counter()
    found: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    seconds = []
    for seed in range(first, first + count):
        page: Made = page_of_all(seed, RESOLUTIONS[(seed // 4) % 4])
        begun = time.process_time()
        proposals = search(page.image, [Box.of(w) for w in page.words])
        seconds.append(time.process_time() - begun)
        marks = [(kind, Box.of(box)) for kind, box in page.marks]
        for kind, box in marks:
            drawn[kind] += 1
            found[kind] += any(right(p, kind, box) for p in proposals)
        wrong.update(
            p.type
            for p in proposals
            if not any(p.box.intersection(box) is not None and p.type == kind for kind, box in marks)
        )
    for kind, number in sorted(drawn.items()):
        print(f"made   {kind:<12} {found[kind]} of {number} proposed ({100 * found[kind] / number:.0f} %)")
    print(f"made   false a page: {sum(wrong.values()) / count:.3f} {dict(wrong)}")
    told(seconds)


def real(folders: list[Path], labels: dict[str, list[list[Any]]] | None) -> None:
    """What is proposed on real pages; even and odd pages apart, so that one half can be held back."""
    for half, name in ((0, "even"), (1, "odd")):
        seconds, kinds, wrong, hit, true = [], Counter[str](), 0, 0, 0
        images = sorted(p for f in folders for s in ("*.jpg", "*.png") for p in f.glob(s))[half::2]
        for path in images:
            image = np.ascontiguousarray(cv2.imread(str(path))[:, :, ::-1])
            words = words_of(path)
            begun = time.process_time()
            proposals = search(image, words)
            seconds.append(time.process_time() - begun)
            kinds.update(p.type for p in proposals)
            if labels is None:
                for p in proposals:
                    place = [round(v) for v in p.box.as_list()]
                    print(f"{name:<6} {path.stem} {p.type} {p.score:.2f} {place} {p.why}")
                continue
            marks = [(str(m[4]), Box.of(m[:4])) for m in labels.get(path.stem, ())]
            true += len(marks)
            hit += sum(any(_meets(p, k, b) for p in proposals) for k, b in marks)
            wrong += sum(not any(_meets(p, k, b) for k, b in marks) for p in proposals)
        if images:
            print(
                f"{name:<6} {len(images)} pages: {sum(kinds.values()) / len(images):.2f} a page {dict(kinds)}"
            )
            if labels is not None:
                print(f"{name:<6} false a page {wrong / len(images):.3f}; marks met {hit} of {true}")
            told(seconds)


def _meets(p: Proposal, kind: str, box: Box) -> bool:
    both = p.box.intersection(box)
    return p.type == kind and both is not None and both.area >= 0.4 * min(box.area, p.box.area)


def words_of(image: Path) -> list[Box]:
    """The boxes of the words that are read on a page."""
    from model.files import pages_from_json
    from workflow.files import read_file

    known = image.with_suffix(".pages.json")
    if known.is_file():
        merged = pages_from_json(json.loads(known.read_text("utf-8")), known.name)[0]
    else:
        merged = read_file(image, processes=1).pages[0].merged
    return [slot.box for slot in merged.slots if slot.text]


def told(seconds: list[float]) -> None:
    times = 1000 * np.array(seconds)
    usual, high, worst = np.mean(times), np.percentile(times, 95), times.max()
    print(f"       {usual:.0f} ms a page, 95 % below {high:.0f} ms, worst {worst:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="*")
    parser.add_argument("--made", type=int, default=200, help="how many made pages")
    parser.add_argument("--first", type=int, default=1000, help="number of the first; tuning saw 0 to 99")
    parser.add_argument("--labels", type=Path)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    if args.made:
        made(args.first, args.made)
    if args.folder:
        real(args.folder, json.loads(args.labels.read_text("utf-8")) if args.labels else None)


if __name__ == "__main__":
    main()
