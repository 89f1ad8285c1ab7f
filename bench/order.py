"""Reading order measured: `.venv/bin/python bench/order.py [DIR ...] [--readings DIR ...] [--layout]`.

Without DIR the layouts of bench/order_layouts.py; with DIR pages with truth and recorded readings: the
truth's own boxes shuffled, each engine's words, and the merged slots. Every set of boxes is ordered by
Inkveil, from the top down, by PyMuPDF's sorted extraction, by PyMuPDF's layout model (--layout, slow), and
kept as the engine gave it. What the words say plays no part in the order scores: words out of place (edit
distance of the sequences of words, in %), the same of lines, Kendall's tau; `CER` is what the order alone
costs, character errors as ordered less those of the same words in the truth's order.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from order_layouts import KINDS, make
from rapidfuzz.distance import Levenshtein
from scipy.stats import kendalltau

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from evaluation.labels import expected_of_drafts, truth_stream
from evaluation.read import all_pages
from evaluation.truth import Page
from model.geometry import Box
from model.words import Reading
from review.lines import Evidence
from review.merge import placed, stacked
from review.order import reading_order
from review.risk import choose
from review.slots import evidence


@dataclass
class Case:
    """Boxes to be ordered, and which orders are right."""

    group: str
    boxes: list[Box]
    vertical: list[bool]
    unit: list[int]
    """Of each box its place in the truth, -1 for what the truth does not have."""
    line: list[int]
    """Of each box the truth's line."""
    accepted: list[list[int]]
    """Orders of the units that are right."""
    texts: list[str] = field(default_factory=list)
    truth: str = ""
    size: tuple[float, float] = (1000.0, 1400.0)
    image: Path | None = None
    evidence: list[Evidence] = field(default_factory=list)


@dataclass
class Score:
    words: float = 0.0
    lines: float = 0.0
    tau: float = 0.0
    cer: float = 0.0
    ms: float = 0.0
    pages: int = 0

    def add(self, other: Score) -> None:
        for name in ("words", "lines", "tau", "cer", "ms", "pages"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def row(self) -> str:
        n = max(self.pages, 1)
        return (
            f"{self.pages:5d} {100 * self.words / n:7.2f} {100 * self.lines / n:7.2f} {self.tau / n:7.3f}"
            f" {100 * self.cer / n:7.2f} {self.ms / n:8.1f}"
        )


def score(case: Case, order: Sequence[int]) -> Score:
    """The order held against the nearest of the right ones."""
    best: Score | None = None
    units = [case.unit[n] for n in order if case.unit[n] >= 0]
    lines = _runs([case.line[n] for n in order if case.unit[n] >= 0])
    for right in case.accepted:
        rank = {u: n for n, u in enumerate(right)}
        got = [rank[u] for u in units]
        want = sorted(got)
        line_of = dict(zip(case.unit, case.line, strict=True))
        ideal = _runs([line_of[right[n]] for n in want])
        tau = float(kendalltau(range(len(got)), got).statistic) if len(set(got)) > 1 else 1.0
        one = Score(
            Levenshtein.normalized_distance(got, want),
            Levenshtein.normalized_distance(lines, ideal),
            tau,
            _cost(case, order, rank),
            0.0,
            1,
        )
        if best is None or one.words < best.words:
            best = one
    return best or Score(pages=1)


def _runs(values: Sequence[int]) -> list[int]:
    return [v for n, v in enumerate(values) if n == 0 or values[n - 1] != v]


def _cost(case: Case, order: Sequence[int], rank: dict[int, int]) -> float:
    """Character errors by the order alone: words that the truth lacks stay behind the word before them."""
    if not case.truth:
        return 0.0
    key, last = [], -1
    for n in order:
        last = rank[case.unit[n]] if case.unit[n] >= 0 else last
        key.append(last)
    ideal = [order[n] for n in np.argsort(key, kind="stable").tolist()]
    truth = " ".join(case.truth.split())
    errors = [
        Levenshtein.distance(" ".join(case.texts[n] for n in sequence if case.texts[n]), truth)
        for sequence in (order, ideal)
    ]
    return (errors[0] - errors[1]) / len(truth)


# -- ways to order ------------------------------------------------------------------------------

Way = Callable[[Case], list[int]]


def inkveil(case: Case) -> list[int]:
    return [n for n, _ in reading_order(case.boxes, case.vertical, case.evidence)]


def top_down(case: Case) -> list[int]:
    """Rows of the middle word's height, each from the left."""
    tall = max(float(np.median([b.height for b in case.boxes])), 1.0) if case.boxes else 1.0
    return sorted(
        range(len(case.boxes)),
        key=lambda n: (int(case.boxes[n].centre[1] / tall), case.boxes[n].x0),
    )


def pymupdf_sorted(case: Case) -> list[int]:
    page = _as_pdf(case, list(range(len(case.boxes))))
    return _complete([int(word[4]) for word in page.get_text("words", sort=True)], case)


def pymupdf_layout(case: Case) -> list[int]:
    """Blocks and their order by the layout model; words in a block as Inkveil has them."""
    import pymupdf.layout  # noqa: F401 - activates Page.get_layout

    own = inkveil(case)
    page = _as_pdf(case, own)
    started = time.process_time()
    page.get_layout()
    _LAYOUT_MS[id(case)] = 1000 * (time.process_time() - started)
    scale = page.rect.width / case.size[0]
    blocks = [Box.of([v / scale for v in b[:4]]) for b in page.layout_information or []]
    found: dict[int, list[int]] = {}
    for n in own:
        middle = case.boxes[n].centre
        inside = [k for k, b in enumerate(blocks) if b.expanded(2).contains(middle)]
        if inside:
            found.setdefault(min(inside, key=lambda k: blocks[k].area), []).append(n)
    return _complete([n for k in sorted(found) for n in found[k]], case)


_LAYOUT_MS: dict[int, float] = {}


def _as_pdf(case: Case, order: Sequence[int]) -> object:
    """A page with the image and, unseen, each word's number where the word stands."""
    import pymupdf

    width, height = case.size
    scale = 595.0 / width
    document = pymupdf.open()
    page = document.new_page(width=595.0, height=height * scale)
    if case.image is not None:
        page.insert_image(page.rect, filename=str(case.image))
    for n in order:
        box = case.boxes[n].scaled(scale)
        size = max(0.75 * box.height, 1.0)
        text = str(n).rjust(4, "0")
        stretch = box.width / pymupdf.get_text_length(text, fontsize=size)
        at = pymupdf.Point(box.x0, box.y1 - 0.2 * box.height)
        page.insert_text(at, text, fontsize=size, render_mode=3, morph=(at, pymupdf.Matrix(stretch, 1)))
    page.owner = document
    return page


def _complete(order: Sequence[int], case: Case) -> list[int]:
    """Each box once: what was lost comes last."""
    seen = list(dict.fromkeys(n for n in order if 0 <= n < len(case.boxes)))
    return seen + [n for n in range(len(case.boxes)) if n not in set(seen)]


# -- cases --------------------------------------------------------------------------------------


def shuffled(case: Case, seed: int) -> Case:
    """The same boxes, in no order."""
    mixed = list(range(len(case.boxes)))
    random.Random(seed).shuffle(mixed)
    return Case(
        case.group, [case.boxes[n] for n in mixed], [case.vertical[n] for n in mixed],
        [case.unit[n] for n in mixed], [case.line[n] for n in mixed], case.accepted,
        [case.texts[n] for n in mixed] if case.texts else [], case.truth, case.size, case.image,
    )  # fmt: skip


def made(kind: str, seed: int) -> Case:
    page = make(kind, seed)
    high = max([1400.0, *(b.y1 + 50 for b in page.boxes)])
    return Case(
        f"{kind}, {'pen' if seed % 2 else 'print'}", page.boxes, page.vertical,
        list(range(len(page.boxes))), page.lines, page.accepted(), size=(1000.0, high),
    )  # fmt: skip


def group_of(page: Page) -> str:
    """Collection and layout: `will`, `print form`; of names without a layout the collection alone."""
    parts = page.name.split("_")
    layout = parts[2] if len(parts) > 3 and parts[-1].isdigit() and len(parts[1]) == 2 else ""
    return " ".join(p for p in (page.truth.collection, layout) if p)


def of_truth(page: Page) -> Case:
    """The truth's own boxes: words where it has them, else lines."""
    stream = truth_stream(page.truth, page.truth.width, page.truth.height)
    if page.truth.words:
        units = [(u.text, u.box, u.line, u.vertical) for u in stream.units if u.box is not None]
        # A word's line is known by its place alone, so words follow their lines.
        units.sort(key=lambda u: u[2])
    else:
        tall = [i.box.height > 1.5 * i.box.width and len(i.text) > 1 for i in page.truth.lines]
        units = [(i.text, i.box, n, tall[n]) for n, i in enumerate(page.truth.lines)]
    return Case(
        group_of(page), [u[1] for u in units], [u[3] for u in units], list(range(len(units))),
        [u[2] for u in units], [list(range(len(units)))], [u[0] for u in units],
        " ".join(u[0] for u in units), (page.truth.width, page.truth.height), page.image,
    )  # fmt: skip


def of_readings(page: Page, readings: Sequence[Reading]) -> Case:
    """The slots of a merge, labelled with the truth; of one reading: its own words in its own order."""
    work = stacked(readings, page.pixels(), page.transform, page.truth.languages)
    labels = expected_of_drafts(work, page.truth, page.transform)
    slots = work.drafts.slots
    chosen = choose(slots, work.streams, work.trust, page.truth.languages).choices
    boxes = [placed(d, work.streams, work.trust, work.ink, *work.frame)[0] for d in slots]
    unit = [e.words[0] if e.words else -1 for e in labels.slots]
    stream = truth_stream(page.truth, page.truth.width, page.truth.height)
    lines = [u.line for u in stream.units]
    exact = len(lines) == len(labels.words)
    line = [(lines[u] if exact else u) if u >= 0 else -1 for u in unit]
    rank = sorted(range(len(labels.words)), key=lambda u: (lines[u] if exact else 0, u))
    return Case(
        group_of(page), boxes, [d.vertical for d in slots], unit, line, [rank],
        [c.chosen for c in chosen], " ".join(labels.words[u][0] for u in rank), work.frame, page.image,
        evidence(work.columns, slots, work.trust),
    )  # fmt: skip


# -- tables -------------------------------------------------------------------------------------


def measure(title: str, cases: Sequence[Case], ways: dict[str, Way]) -> None:
    head = " ".join(f"{name:>7}" for name in ("words", "lines", "tau", "CER"))
    print(f"\n{title}\n{'pages':16} {'order':16} {'':5} {head} {'ms':>8}")
    groups: dict[str, dict[str, Score]] = {}
    for case in cases:
        if not case.boxes:
            continue
        for name, way in ways.items():
            started = time.process_time()
            order = way(case)
            spent = 1000 * (time.process_time() - started)
            one = score(case, order)
            one.ms = _LAYOUT_MS.pop(id(case), spent)
            for group in (case.group, "all"):
                groups.setdefault(group, {}).setdefault(name, Score()).add(one)
    for group, rows in sorted(groups.items()):
        for name, total in rows.items():
            print(f"{group:16} {name:16} {total.row()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="*")
    parser.add_argument("--readings", type=Path, nargs="*")
    parser.add_argument("--layout", action="store_true", help="PyMuPDF's layout model as well")
    parser.add_argument("--seeds", default="1000:1040", help="of the made layouts: first:last")
    parser.add_argument("--kinds", default=",".join(KINDS))
    args = parser.parse_args()
    ways: dict[str, Way] = {
        "Inkveil": inkveil,
        "top down": top_down,
        "PyMuPDF sorted": pymupdf_sorted,
    }
    if args.layout:
        ways["PyMuPDF layout"] = pymupdf_layout
    if not args.folder:
        first, last = (int(v) for v in args.seeds.split(":"))
        cases = [shuffled(made(k, s), s) for k in args.kinds.split(",") for s in range(first, last)]
        measure("Made layouts, perfect boxes in no order", cases, ways)
        return
    found = list(all_pages(args.folder, args.readings or ()))
    measure("The truth's boxes in no order", [shuffled(of_truth(p), 1) for p in found], ways)
    engines = sorted({e for p in found for e in p.readings})
    for names in [*[(e,) for e in engines], tuple(engines)]:
        cases = []
        for page in found:
            readings = [page.readings[e] for e in names if e in page.readings]
            if len(readings) == len(names):
                cases.append(of_readings(page, readings))
        own: dict[str, Way] = {"as read": lambda case: list(range(len(case.boxes)))}
        measure("Words of " + " + ".join(names), cases, {**own, **ways})


if __name__ == "__main__":
    main()
