"""One page measured: each engine's text and words, the merge, its boxes, its risk. Counts that add up.

Which pages there are, groups and the JSON are evaluation.evaluate's. Nothing here prints or writes.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rapidfuzz.distance import Levenshtein

from evaluation.coverage import Coverage, coverage
from evaluation.folders import PageFiles
from evaluation.labels import expected_of_page, expected_of_reading
from evaluation.metrics import assignment_nls, score
from evaluation.normalise import LIGHT_TIGHT, plain, words
from evaluation.read import readings_of
from evaluation.tally import Tally, tally_page, tally_reading
from evaluation.truth import Page
from model.errors import InkveilError, Unreadable
from model.words import Failure, MergedPage, Reading
from review.merge import merge

NORMALISATION = (
    "cer, wer: NFKC, every run of white space (line breaks too) one space, none between characters of "
    "scripts without spaces; case, accents and punctuation count; edit distance / length, both summed over "
    "the pages, not clipped. A word of wer is what stands between spaces, a character in scripts without. "
    "word_errors: slots against the truth's words, moreover one kind of quote and of dash; "
    "wrong, omitted and inserted words / words. "
    f"nls, nls_assigned, boc_f1: {LIGHT_TIGHT}; means over the pages."
)


@dataclass(slots=True)
class TextFigures:
    """Texts against the truth, summed over pages."""

    pages: int = 0
    characters: int = 0
    distance: int = 0
    words: int = 0
    word_distance: int = 0
    bag_distance: int = 0
    """Wrong words whatever their order."""
    nls: float = 0.0
    """Sums of the pages' figures, see evaluation.metrics: hungarian_nls, assignment_nls, boc_f1."""
    nls_assigned: float = 0.0
    boc_f1: float = 0.0
    failed_characters: int = 0
    """Of pages without a result: all wrong where errors count as empty."""
    failed_words: int = 0

    def add(self, other: TextFigures) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def figures(self) -> dict[str, Any]:
        wer, bag = _rate(self.word_distance, self.words), _rate(self.bag_distance, self.words)
        lost = self.failed_characters, self.failed_words
        return {
            "pages": self.pages,
            "cer": _rate(self.distance, self.characters),
            "wer": wer,
            "wer_order_free": bag,
            "order_gap": wer - bag,
            **{n: getattr(self, n) / max(self.pages, 1) for n in ("nls", "nls_assigned", "boc_f1")},
            "cer_errors_as_empty": _rate(self.distance + lost[0], self.characters + lost[0]),
            "wer_errors_as_empty": _rate(self.word_distance + lost[1], self.words + lost[1]),
        }


@dataclass(slots=True)
class EngineFigures:
    """One engine on the pages of a group."""

    text: TextFigures = field(default_factory=TextFigures)
    tally: Tally = field(default_factory=Tally)
    seconds: float = 0.0
    cost: float = 0.0
    failures: int = 0
    missing: int = 0
    """Pages of which no reading is recorded."""
    boxes: bool = False

    def add(self, other: EngineFigures) -> None:
        self.text.add(other.text)
        self.tally.add(other.tally)
        self.seconds += other.seconds
        self.cost += other.cost
        self.failures += other.failures
        self.missing += other.missing
        self.boxes = self.boxes or other.boxes


@dataclass(slots=True)
class MergedFigures:
    """The merge on the pages of a group."""

    text: TextFigures = field(default_factory=TextFigures)
    tally: Tally = field(default_factory=Tally)
    coverage: Coverage = field(default_factory=Coverage)
    unplaced: int = 0
    seconds: float = 0.0

    def add(self, other: MergedFigures) -> None:
        self.text.add(other.text)
        self.tally.add(other.tally)
        self.coverage.add(other.coverage)
        self.unplaced += other.unplaced
        self.seconds += other.seconds


@dataclass(slots=True)
class PageFigures:
    """A page measured, or why it could not be."""

    name: str
    group: str
    collection: str
    engines: dict[str, EngineFigures] = field(default_factory=dict)
    merged: MergedFigures = field(default_factory=MergedFigures)
    failures: list[tuple[str, str]] = field(default_factory=list)
    """Engine ("" for the page itself) and what happened."""
    failed: bool = False
    notes: list[str] = field(default_factory=list)


def compare(truth: str, text: str) -> TextFigures:
    """One page's text against the truth; lines are what line breaks part."""
    a, b = plain(truth), plain(text)
    x, y = words(a), words(b)
    common = (Counter(x) & Counter(y)).total()
    lines = truth.splitlines()
    known = score(lines, text)
    return TextFigures(
        1,
        len(a),
        int(Levenshtein.distance(a, b)),
        len(x),
        int(Levenshtein.distance(x, y)),
        max(len(x), len(y)) - common,
        known.hungarian_nls,
        assignment_nls(lines, text),
        known.boc_f1,
    )


def nothing(truth: str) -> TextFigures:
    """A page without a result."""
    text = plain(truth)
    return TextFigures(failed_characters=len(text), failed_words=len(words(text)))


def _rate(errors: int, length: int) -> float:
    return errors / length if length else float(errors > 0)


def measure(files: PageFiles, engines: Sequence[str] = (), data: Path | None = None) -> PageFigures:
    """Reads or loads one page and measures it. Never raises: what goes wrong stands in the result."""
    out = PageFigures(files.name, files.truth.group, files.truth.collection)
    try:
        page = readings_of(files, engines, data)
        if not page.readings:
            reasons = "; ".join(dict.fromkeys(f.message for f in page.failures))
            raise Unreadable(f"{files.name}: no reading. {reasons}".strip(), file=files.name)
        measure_page(page, out)
    except InkveilError as error:
        _fail(out, files, engines, error.message)
    except MemoryError:
        _fail(out, files, engines, f"{files.name}: the page needs more memory than there is.")
    except Exception as error:  # noqa: BLE001 - one page must not end the run of hundreds
        _fail(out, files, engines, f"{files.name}: a fault of Inkveil ({type(error).__name__}: {error}).")
    return out


def _fail(out: PageFigures, files: PageFiles, engines: Sequence[str], message: str) -> None:
    out.failed = True
    out.failures = [("", message)]
    lost = nothing(files.truth.text)
    out.engines = {e: EngineFigures(lost, missing=1) for e in engines}
    out.merged = MergedFigures(lost)


def measure_page(page: Page, out: PageFigures) -> MergedPage:
    """Fills `out` with what the page's readings and their merge are worth. Returns the merge."""
    pixels = page.pixels() if page.image is not None else None
    if pixels is None:
        out.notes.append(f"{page.name}: no image, merged by the readings alone")
    out.notes += page.notes
    started = time.process_time()
    merged = _merged(page, pixels)
    seconds = time.process_time() - started
    for failure in page.failures:
        out.failures.append((failure.engine, failure.message))
        if failure.engine not in page.readings:
            figures = out.engines.setdefault(failure.engine, EngineFigures(nothing(page.truth.text)))
            figures.failures += 1
    for name, reading in page.readings.items():
        out.engines[name] = _engine(page, reading, merged)
    labels = expected_of_page(merged, page.truth, page.transform)
    out.merged = MergedFigures(
        compare(page.truth.text, merged.text),
        tally_page(merged, labels),
        unplaced=len(merged.unplaced),
        seconds=seconds,
    )
    if pixels is not None:
        out.merged.coverage = coverage(merged, page.truth, labels, pixels, page.transform)
    return merged


def _merged(page: Page, pixels: Any) -> MergedPage:
    """The merge of all readings that fit the page; one that does not becomes a failure."""
    while page.readings:
        try:
            return merge(
                list(page.readings.values()),
                pixels,
                dpi=page.dpi,
                transform=page.transform,
                languages=page.truth.languages,
            )
        except Unreadable as error:
            if error.file not in page.readings:
                raise
            page.failures.append(Failure(error.file, "bad_output", error.message))
            del page.readings[error.file]
    reasons = "; ".join(f.message for f in page.failures)
    raise Unreadable(f"{page.name}: no reading fits the page. {reasons}", file=page.name)


def _engine(page: Page, reading: Reading, merged: MergedPage) -> EngineFigures:
    units, labels = expected_of_reading(reading, page.truth, merged.width, merged.height, page.transform)
    return EngineFigures(
        compare(page.truth.text, reading.plain_text),
        tally_reading(units, labels),
        reading.seconds,
        reading.cost,
        boxes=reading.words is not None,
    )
