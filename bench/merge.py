"""Merging measured: accuracy by sets of engines, boxes, speed and memory.

    .venv/bin/python bench/merge.py DIR [DIR ...] [--readings R [R ...]] [--engines a,b,c] [--held-back]
                                    [--sample N] [--only accuracy,boxes,speed,memory]

DIR has pages with truth, R their recorded readings (the layouts of evaluation.folders; bench/record.py makes
them); without R the engines run. accuracy: word errors and the review curve of each engine alone, of sets,
and with an imitated language model without boxes. boxes: ink that redact_box covers. Without DIR
only speed and memory of typed pages. Where such a model's words end up: bench/grounding.py. One engine's
text, groups, plots: `inkveil evaluate`. Figures go to bench/RESULTS.md by hand.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from imitated import imitated
from merge_training import held_back

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from evaluation.coverage import Coverage, coverage
from evaluation.labels import expected_of_page
from evaluation.read import all_pages
from evaluation.tally import Tally, tally_page
from evaluation.truth import Page
from model.geometry import Box, Quad
from model.words import Reading, Word
from review.merge import merge

CURVE = (5, 10, 20, 30)
PARTS = ("accuracy", "boxes", "speed", "memory")


def accuracy(found: list[Page], sets: Sequence[Sequence[str]]) -> None:
    """Merges without image work, so without ghosts; `perfect`: errors left by a perfect choice."""
    names = sorted({e for s in sets for e in s})
    groups: dict[tuple[str, str], Tally] = {}
    for page in found:
        page.readings["imitated"] = imitated(page, 1)
        for engines in [*[(n,) for n in names], *sets]:
            readings = [page.readings[e] for e in engines if e in page.readings]
            if readings and any(r.words is not None for r in readings):
                merged = merge(readings, None, transform=page.transform, languages=page.truth.languages)
                one = tally_page(merged, expected_of_page(merged, page.truth, page.transform))
                for group in (page.truth.group, page.truth.collection, "all"):
                    groups.setdefault((group, "+".join(engines)), Tally()).add(one)
        del page.readings["imitated"]
    print(
        f"{'pages':14} {'engines':52} {'words':>6} {'errors':>7} {'perfect':>8} {'omitted':>7} "
        "inserted  E at 5/10/20/30 %   at 2e/3e/5e    AUROC  ECE"
    )
    for (group, engines), t in sorted(groups.items()):
        curve = "/".join(f"{100 * (t.found(p / 100) or 0):.0f}" for p in CURVE)
        at = "/".join(f"{100 * (v or 0):.0f}" for v in t.at_errors().values())
        perfect = 100 * (t.oracle_errors + t.omitted) / max(t.words, 1)
        print(
            f"{group:14} {engines:52} {t.words:6d} {100 * t.rate:6.1f}% {perfect:7.1f}% {t.omitted:7d} "
            f"{t.inserted:8d}  {curve:18} {at:12} {t.auroc() or float('nan'):6.3f} {t.ece() or 0:.3f}"
        )


def boxes(found: list[Page], engines: Sequence[str]) -> None:
    """Ink covered by redact boxes: the word's own slots' on pages with word boxes, any slot's on others."""
    print(
        f"\n{'pages':14} {'words':>6} {'any slot':>9} {'no ghosts':>9} {'own slots':>9} {'shown box':>9} "
        f"{'black/truth':>11} {'ghosts':>7}  image CPU s/MP"
    )
    groups: dict[str, tuple[Coverage, Counter[str], list[float]]] = {}
    for page in found:
        readings = [page.readings[e] for e in engines if e in page.readings]
        if not readings or page.image is None:
            continue
        pixels = page.pixels()
        known = {"transform": page.transform, "languages": page.truth.languages}
        started = time.process_time()
        merge(readings, None, **known)
        middle = time.process_time()
        merged = merge(readings, pixels, dpi=page.dpi, **known)
        cost = time.process_time() - 2 * middle + started
        labels = expected_of_page(merged, page.truth, page.transform)
        own = groups.setdefault(page.truth.group, (Coverage(), Counter(), []))
        own[0].add(coverage(merged, page.truth, labels, pixels, page.transform))
        own[1].update(pages=1, ghosts=sum(not s.candidates for s in merged.slots))
        own[2].append(cost / (pixels.shape[0] * pixels.shape[1] / 1e6))
    for group, (covered, count, costs) in sorted(groups.items()):
        figures = covered.figures()
        shares = " ".join(
            "        -" if figures[k] is None else f"{100 * figures[k]:8.1f}%"
            for k in ("coverage", "coverage_without_ghosts", "coverage_own", "coverage_shown")
        )
        print(
            f"{group:14} {len(covered.covered):6d} {shares} {figures['coverage_area'] or float('nan'):11.2f} "
            f"{count['ghosts'] / count['pages']:7.1f}  {np.mean(costs):.4f}"
        )


def speed() -> None:
    """CPU milliseconds of one merge of two and of three engines, without image work, best of three."""
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


def memory() -> None:
    """Peak of what one merge of two engines' 5000 words allocates, and what the merged page keeps."""
    readings = [_typed(5000, seed) for seed in range(2)]
    merge([_typed(50, seed) for seed in range(2)], None)  # lists and models are loaded once a process
    tracemalloc.start()
    merged = merge(readings, None)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(
        f"\n5000 words, two engines: {len(merged.slots)} slots, peak {peak / 2**20:.0f} MiB, "
        f"kept {kept / 2**20:.0f} MiB"
    )


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
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="*")
    parser.add_argument("--readings", type=Path, nargs="*", default=[])
    parser.add_argument(
        "--held-back", action="store_true", help="only pages that the prior model was not trained on"
    )
    parser.add_argument("--sample", type=int, default=1000, help="at most so many pages of a group")
    parser.add_argument("--engines", default="rapidocr,tesseract,rapidocr_rescaled")
    parser.add_argument("--only", default=",".join(PARTS), help="comma-separated: " + ", ".join(PARTS))
    args = parser.parse_args()
    wanted = args.only.split(",")
    names = args.engines.split(",")
    found = []
    if args.folder and {"accuracy", "boxes"} & set(wanted):
        count: Counter[str] = Counter()
        for page in all_pages(args.folder, args.readings, names):
            if not args.held_back or held_back(page.name):
                count[page.truth.group] += 1
                if count[page.truth.group] <= args.sample:
                    found.append(page)
    if found and "accuracy" in wanted:
        sets = [tuple(names[:2]), tuple(names), (*names[:2], "imitated"), (*names, "imitated")]
        accuracy(found, list(dict.fromkeys(sets)))
    if found and "boxes" in wanted:
        boxes(found, names)
    if "speed" in wanted:
        speed()
    if "memory" in wanted:
        memory()


if __name__ == "__main__":
    main()
