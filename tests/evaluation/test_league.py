"""The league on pages whose figures can be counted by hand; what is kept comes back as it was."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from evaluation.league import (
    MERGED,
    Summary,
    result_from_json,
    result_to_json,
    review_curve,
    score_page,
    summary,
    truth_of,
)
from model.geometry import Box, Quad
from model.words import Candidate, Failure, MergedPage, Reading, Slot, TranscriptPage, Word, transcript_of

TRUE = ("Dear", "Mr", "Agler", "the", "garden", "is", "in", "flower", "yours", "Jane")
MISREAD = {2: "Agter", 4: "gander"}
RISKS = {2: 0.9, 4: 0.6, 7: 0.7}
"""Of the merge's slots; the others have 0.05."""


def box(n: int) -> Box:
    """Five words a line, 100 x 30 px each."""
    x, y = 40 + 140 * (n % 5), 40 + 60 * (n // 5)
    return Box(x, y, x + 100, y + 30)


def reading(engine: str, wrong: dict[int, str], **more: object) -> Reading:
    words = tuple(
        Word(wrong.get(n, text), Quad.from_box(box(n)), 0.5 if n in wrong else 0.95, n // 5)
        for n, text in enumerate(TRUE)
    )
    return replace(Reading(engine, "1.0", 800, 400, words, seconds=2.0), **more)  # type: ignore[arg-type]


def merged() -> MergedPage:
    slots = tuple(
        Slot(
            f"s{n}", Quad.from_box(box(n)), MISREAD.get(n, text), (Candidate(MISREAD.get(n, text), ("a",)),),
            RISKS.get(n, 0.05), (), n // 5, n, box(n),
        )
        for n, text in enumerate(TRUE)
    )  # fmt: skip
    return MergedPage(1, 800, 400, 200.0, slots, ("a", "b"))


def reviewed() -> TranscriptPage:
    """The merge with its two misread words corrected and one more accepted."""
    page = transcript_of(merged())
    slots = [
        replace(s, text=TRUE[n], status="corrected" if n in MISREAD else "accepted" if n == 7 else "open")
        for n, s in enumerate(page.slots)
    ]
    return replace(page, slots=tuple(slots), approved=True)


READINGS = (reading("a", MISREAD, cost=0.5), reading("b", {}, seconds=1.0, model="big"))


def league(*, failures: tuple[Failure, ...] = (), pages: int = 1) -> Summary:
    return summary(score_page(reviewed(), merged(), READINGS, failures) for _ in range(pages))


def test_a_transcript_is_a_truth_with_lines_and_words() -> None:
    truth = truth_of(reviewed(), "page 1", ("en",))
    assert truth.text == "Dear Mr Agler the garden\nis in flower yours Jane"
    assert [line.text for line in truth.lines] == truth.text.split("\n")
    assert truth.lines[0].box == Box(40, 40, 700, 70)
    assert [w.text for w in truth.words] == list(TRUE)


def test_the_table_counts_what_can_be_counted_by_hand() -> None:
    found = league(pages=2)
    rows = {row.name: row for row in found.rows}
    assert [row.name for row in found.rows] == ["b", "a", MERGED]
    assert (rows["b"].cer, rows["b"].wer, rows["b"].nls, rows["b"].boc_f1) == (0.0, 0.0, 1.0, 1.0)
    length = len("Dear Mr Agler the garden is in flower yours Jane")
    assert rows["a"].wer == pytest.approx(2 / 10)
    assert rows["a"].cer == pytest.approx((1 + 2) / length)
    assert rows[MERGED].cer == rows["a"].cer
    assert (rows["a"].versions, rows["b"].versions) == (("1.0",), ("1.0 big",))
    assert (rows["b"].seconds, rows[MERGED].seconds) == (1.0, 3.0)
    assert (rows["a"].cost, rows[MERGED].cost) == (0.5, 0.5)
    assert (found.pages, found.slots, found.decided, found.errors) == (2, 20, 6, 4)


def test_failures_are_counted_and_may_count_as_empty() -> None:
    good = score_page(reviewed(), merged(), READINGS)
    bad = score_page(reviewed(), merged(), READINGS[:1], [Failure("b", "transient", "late")])
    again = score_page(reviewed(), merged(), READINGS, [Failure("b", "transient", "late, then read")])
    found = summary([good, bad, again])
    left_out = {row.name: row for row in found.rows}["b"]
    as_empty = {row.name: row for row in found.rows_with_failures}["b"]
    assert (left_out.pages, left_out.failed, left_out.cer, left_out.nls) == (2, 1, 0.0, 1.0)
    assert as_empty.cer == pytest.approx(1 / 3)
    assert as_empty.nls == pytest.approx(2 / 3, abs=1e-6)
    assert as_empty.wer == pytest.approx(1 / 3)
    assert as_empty.seconds == 1.0


def test_an_engine_that_always_fails_is_in_the_table_only_where_failures_count() -> None:
    found = league(failures=(Failure("c", "auth", "no key"),))
    assert "c" not in {row.name for row in found.rows}
    last = found.rows_with_failures[-1]
    assert (last.name, last.pages, last.failed, last.cer) == ("c", 0, 1, 1.0)


def test_curves_of_the_risk_the_ideal_and_an_engine() -> None:
    curves = {curve.name: dict(curve.points) for curve in league().curves}
    assert set(curves) == {"risk", "ideal", "a"}  # b makes no error, so it has no curve
    assert curves["risk"][0.1] == 0.5
    assert curves["risk"][0.2] == 0.5  # the word of risk 0.7 is right
    assert curves["risk"][0.3] == 1.0
    assert curves["ideal"][0.2] == 1.0
    assert curves["a"][0.2] == 1.0


def test_a_curve_ends_where_words_are_missing() -> None:
    points = dict(review_curve([0.1, 0.9], [0, 1], 4))
    assert (points[0.0], points[0.5], points[1.0]) == (0.0, 0.25, 0.25)
    assert dict(review_curve([], [], 0))[1.0] == 0.0


def test_the_reliability_is_that_of_the_merge() -> None:
    found = league(pages=3)
    stated = {round(b["from"], 1): (b["slots"], round(b["risk"], 2), b["wrong"]) for b in found.bins}
    assert stated == {0.0: (21, 0.05, 0.0), 0.6: (3, 0.6, 1.0), 0.7: (3, 0.7, 0.0), 0.9: (3, 0.9, 1.0)}
    assert found.ece == pytest.approx((21 * 0.05 + 3 * 0.4 + 3 * 0.7 + 3 * 0.1) / 30)
    assert found.auroc == pytest.approx(15 / 16)


def test_a_reading_without_places_has_figures_but_no_curve() -> None:
    model = Reading("model", "2", 800, 400, None, "Dear Mr Agler the garden\nis in flower yours Jone")
    found = summary([score_page(reviewed(), merged(), [model])])
    assert {row.name: row.wer for row in found.rows}["model"] == pytest.approx(0.1)
    assert [curve.name for curve in found.curves] == ["risk", "ideal"]


def test_what_is_kept_comes_back_and_holds_no_text() -> None:
    page = score_page(reviewed(), merged(), READINGS, [Failure("c", "auth", "no key")])
    kept = json.dumps(result_to_json(page))
    assert summary([result_from_json(json.loads(kept))]) == summary([page])
    assert not any(word in kept for word in ("Agler", "Agter", "garden"))
    with pytest.raises((KeyError, TypeError)):
        result_from_json({"entries": [{"tally": None}]})


def test_no_page_is_no_error() -> None:
    found = summary([])
    assert (found.pages, found.rows, found.curves, found.auroc) == (0, (), (), None)
    empty = score_page(replace(reviewed(), slots=()), replace(merged(), slots=()), [])
    assert summary([empty]).pages == 1
