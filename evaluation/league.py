"""A league of engines on reviewed pages: each page scored once, pages added up to a table and curves.

The truth of a page is its transcript after all decisions. Words that no reviewer was shown stand in it as
the merge had them, so figures of the merge are a little kind to it; `Summary` says how many were decided.
Which pages are reviewed, and what is kept of them, is workflow.accuracy's; nothing here opens a file.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from evaluation.labels import expected_of_page, expected_of_reading
from evaluation.measure import TextFigures, compare
from evaluation.tally import Tally, tally_page, tally_reading
from evaluation.truth import Item, Truth
from model.geometry import Box, Transform
from model.words import Failure, MergedPage, Reading, TranscriptPage, TranscriptSlot

MERGED: Final = "merged"
"""The merge before any decision, beside the engines."""
STEPS: Final = 50
"""Points of a review curve."""
_KEPT: Final = ("words", "omitted", "risk", "errors", "bad")
"""What is used of a tally, and kept of a page."""


@dataclass(slots=True)
class Entry:
    """What one engine, or the merge, is worth on one page."""

    name: str
    version: str
    text: TextFigures
    tally: Tally | None
    """None where the engine places nothing."""
    confident: bool
    """The engine says how sure it is."""
    seconds: float
    cost: float


@dataclass(slots=True)
class PageResult:
    """A reviewed page with everything that was read of it."""

    entries: list[Entry]
    failed: list[str]
    """Engines that failed and have no reading."""
    empty: TextFigures
    """What a failure is worth where it counts: an empty text."""
    slots: int
    decided: int
    """Slots that a person accepted, corrected or typed."""


@dataclass(frozen=True, slots=True)
class Row:
    """An engine's line in the table. Rates 0..1 (CER and WER can exceed 1)."""

    name: str
    versions: tuple[str, ...]
    pages: int
    failed: int
    nls: float
    boc_f1: float
    cer: float
    wer: float
    seconds: float
    """Of the engine for a page it read; for the merge, of all engines together."""
    cost: float
    """The same in the currency of the engine's price list."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Share of the words looked at, from 0 to 1 -> share of all word errors found by then."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything that the page Accuracy shows."""

    pages: int
    slots: int
    decided: int
    errors: int
    """Word errors of the merge."""
    rows: tuple[Row, ...]
    rows_with_failures: tuple[Row, ...]
    """The same with failed pages counted as if nothing had been read there."""
    curves: tuple[Curve, ...]
    bins: tuple[Mapping[str, float], ...]
    """The reliability diagram: {"from", "to", "slots", "risk", "wrong"}."""
    auroc: float | None
    ece: float | None


# -- one page ------------------------------------------------------------------------------------------


def truth_of(page: TranscriptPage, name: str, languages: Sequence[str] = ()) -> Truth:
    """A transcript as ground truth: words and lines in pixels of the page image."""
    lines: dict[int, list[TranscriptSlot]] = {}
    for slot in page.slots:
        if slot.text:
            lines.setdefault(slot.line, []).append(slot)
    return Truth(
        name,
        page.text,
        float(page.width),
        float(page.height),
        tuple(
            Item(" ".join(s.text for s in own), Box.union_of([s.box for s in own])) for own in lines.values()
        ),
        tuple(Item(s.text, s.box) for own in lines.values() for s in own),
        tuple(languages),
    )


def score_page(
    page: TranscriptPage,
    merged: MergedPage,
    readings: Sequence[Reading],
    failures: Sequence[Failure] = (),
    *,
    transform: Transform | None = None,
    languages: Sequence[str] = (),
) -> PageResult:
    """Scores the merge and each reading of a page against its transcript. transform: prepared -> image."""
    truth = truth_of(page, f"page {page.page}", languages)

    def entry(name: str, text: str, tally: Tally | None, **more: Any) -> Entry:
        return Entry(name, text=compare(truth.text, text), tally=tally, **more)

    tally = tally_page(merged, expected_of_page(merged, truth, transform))
    entries = [
        entry(
            MERGED, merged.text, tally, version="", confident=True,
            seconds=sum(r.seconds for r in readings), cost=sum(r.cost for r in readings),
        )
    ]  # fmt: skip
    for reading in readings:
        units, labels = expected_of_reading(reading, truth, merged.width, merged.height, transform)
        entries.append(
            entry(
                reading.engine,
                reading.plain_text,
                None if reading.words is None else tally_reading(units, labels),
                version=" ".join(part for part in (reading.version, reading.model) if part),
                confident=any(word.confidence is not None for word in reading.words or ()),
                seconds=reading.seconds,
                cost=reading.cost,
            )
        )
    read = {reading.engine for reading in readings}
    return PageResult(
        entries,
        sorted({failure.engine for failure in failures} - read),
        compare(truth.text, ""),
        len(page.slots),
        sum(slot.status in {"accepted", "corrected", "inserted"} for slot in page.slots),
    )


# -- many pages ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Sum:
    """One engine over pages."""

    text: TextFigures = field(default_factory=TextFigures)
    lost: TextFigures = field(default_factory=TextFigures)
    """The pages on which it failed, as if nothing had been read there."""
    tally: Tally = field(default_factory=Tally)
    confident: bool = False
    seconds: float = 0.0
    cost: float = 0.0
    versions: set[str] = field(default_factory=set)

    def row(self, name: str, *, failures: bool) -> Row:
        text = TextFigures()
        text.add(self.text)
        if failures:
            text.add(self.lost)
        rates = text.figures()
        read = max(self.text.pages, 1)
        return Row(
            name,
            tuple(sorted(v for v in self.versions if v)),
            self.text.pages,
            self.lost.pages,
            rates["nls"],
            rates["boc_f1"],
            rates["cer"],
            rates["wer"],
            self.seconds / read,
            self.cost / read,
        )


def summary(pages: Iterable[PageResult]) -> Summary:
    """The table (best CER first), the review curves, the reliability of the risk."""
    sums: dict[str, _Sum] = {}
    count = slots = decided = 0
    for page in pages:
        count, slots, decided = count + 1, slots + page.slots, decided + page.decided
        for entry in page.entries:
            own = sums.setdefault(entry.name, _Sum())
            own.text.add(entry.text)
            if entry.tally is not None:
                own.tally.add(entry.tally)
            own.confident = own.confident or entry.confident
            own.seconds += entry.seconds
            own.cost += entry.cost
            own.versions.add(entry.version)
        for name in page.failed:
            sums.setdefault(name, _Sum()).lost.add(page.empty)
    merged = sums.get(MERGED, _Sum()).tally
    return Summary(
        count,
        slots,
        decided,
        merged.total,
        _rows(sums, failures=False),
        _rows(sums, failures=True),
        tuple(_curves(sums)),
        tuple(merged.bins()),
        merged.auroc(),
        merged.ece(),
    )


def _rows(sums: Mapping[str, _Sum], *, failures: bool) -> tuple[Row, ...]:
    rows = [own.row(name, failures=failures) for name, own in sums.items() if own.text.pages or failures]
    return tuple(sorted(rows, key=lambda row: (row.cer, row.name)))


def _curves(sums: Mapping[str, _Sum]) -> Iterable[Curve]:
    """The merge's risk, the ideal order of its words, and the most accurate engine that knows doubt."""
    merged = sums[MERGED].tally if MERGED in sums else Tally()
    if not merged.total:
        return
    yield Curve("risk", review_curve(merged.risk, merged.errors, merged.total))
    yield Curve("ideal", review_curve(merged.errors, merged.errors, merged.total))
    able = [(name, own) for name, own in sums.items() if name != MERGED and own.confident and own.tally.total]
    if able:
        name, own = min(able, key=lambda item: (item[1].row(item[0], failures=True).cer, item[0]))
        yield Curve(name, review_curve(own.tally.risk, own.tally.errors, own.tally.total))


def review_curve(risk: Sequence[float], errors: Sequence[int], total: int) -> tuple[tuple[float, float], ...]:
    """Points (share of words looked at, share of `total` errors found), the riskiest words first.

    Errors that no word holds (omissions) are in `total`, so a curve may end below 1.
    """
    order = np.argsort(-np.asarray(risk, dtype=np.float64), kind="stable")
    found = np.concatenate([[0], np.cumsum(np.asarray(errors, dtype=np.int64)[order])])
    shares = np.linspace(0.0, 1.0, STEPS + 1)
    at = np.round(shares * len(order)).astype(np.int64)
    return tuple(zip(shares.round(4).tolist(), (found[at] / max(total, 1)).round(6).tolist(), strict=True))


# -- kept ----------------------------------------------------------------------------------------------


def result_to_json(page: PageResult) -> dict[str, Any]:
    """Numbers and engines' names only: no text of the page."""
    data = dataclasses.asdict(page)
    for entry in data["entries"]:
        if entry["tally"] is not None:
            entry["tally"] = {name: entry["tally"][name] for name in _KEPT}
            entry["tally"]["risk"] = [round(r, 6) for r in entry["tally"]["risk"]]
    return data


def result_from_json(data: Mapping[str, Any]) -> PageResult:
    """Raises KeyError, TypeError or ValueError for anything that result_to_json did not write."""
    entries = []
    for raw in data["entries"]:
        tally = raw["tally"]
        entries.append(
            Entry(
                **{
                    **raw,
                    "text": TextFigures(**raw["text"]),
                    "tally": None if tally is None else Tally(**tally),
                }
            )
        )
    return PageResult(
        entries,
        list(data["failed"]),
        TextFigures(**data["empty"]),
        int(data["slots"]),
        int(data["decided"]),
    )
