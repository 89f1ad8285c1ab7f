"""The limiter over processes, the budget's reservations, retries and the deadline, by a clock of our own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_cloud import FakeTime

from engines.remote.failures import failed, from_headers, retry_seconds
from engines.remote.patience import OutOfTime, Patience, within
from engines.remote.sent import Fit
from storage import cloud
from storage.cloud import Call, Limits
from storage.project import Project

NOW = 1_000_000.0


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.open(tmp_path / "data") as found:
        yield found


def call(provider: str = "Example", estimate: float = 0.1) -> Call:
    return Call(None, 1, "engine", provider, "model", estimate)


def begin(project: Project, limits: Limits, now: float, **more: object) -> int | float | None:
    return cloud.begin(project, call(**more), limits, now, now + 100)  # type: ignore[arg-type]


def test_no_more_calls_run_at_once_than_the_limit(project: Project) -> None:
    limits = Limits(per_minute=100, parallel=2)
    one, two = begin(project, limits, NOW), begin(project, limits, NOW)
    assert isinstance(one, int)
    assert isinstance(two, int)
    assert isinstance(begin(project, limits, NOW), float)
    assert isinstance(begin(project, limits, NOW, provider="Another"), int)
    cloud.end(project, one, NOW + 1, "answered", cost=0.1)
    assert isinstance(begin(project, limits, NOW + 1), int)
    # a call whose process died stops counting when it should have been over
    assert isinstance(begin(project, limits, NOW + 50), float)
    assert isinstance(begin(project, limits, NOW + 101), int)


def test_no_more_calls_start_in_a_minute_than_the_limit(project: Project) -> None:
    limits = Limits(per_minute=3, parallel=10)
    for n in range(3):
        place = begin(project, limits, NOW + 10 * n)
        assert isinstance(place, int)
        cloud.end(project, place, NOW + 10 * n + 1, "answered", cost=0.0)
    wait = begin(project, limits, NOW + 30)
    assert wait == pytest.approx(30.0)
    assert isinstance(begin(project, limits, NOW + 60.5), int)


def test_a_pause_holds_for_every_process_and_never_gets_shorter(project: Project) -> None:
    cloud.pause(project, "Example", NOW + 20)
    cloud.pause(project, "Example", NOW + 5)
    with Project.open(project.path.parent) as other:
        assert begin(other, Limits(), NOW) == pytest.approx(20.0)
        assert isinstance(begin(other, Limits(), NOW, provider="Another"), int)
        assert isinstance(begin(other, Limits(), NOW + 20.1), int)


def test_calls_that_run_at_once_cannot_pass_the_budget_together(project: Project) -> None:
    cloud.set_budget(project, 0.35, "ada")
    results: list[int | float | None] = []

    def take() -> None:
        with Project.open(project.path.parent) as own:
            results.append(cloud.begin(own, call(), Limits(parallel=50), NOW, NOW + 100))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(r, int) for r in results) == 3
    assert results.count(None) == 5
    assert cloud.spent(project).cost == pytest.approx(0.3)


def test_what_a_call_really_cost_takes_the_place_of_its_estimate(project: Project) -> None:
    first = begin(project, Limits(), NOW)
    second = begin(project, Limits(), NOW)
    assert isinstance(first, int)
    assert isinstance(second, int)
    cloud.end(project, first, NOW + 1, "answered", cost=0.02, tokens=(10, 20))
    cloud.end(project, second, NOW + 1, "transient")
    spent = cloud.spent(project)
    assert spent.cost == pytest.approx(0.12)
    assert (spent.tokens_in, spent.tokens_out, spent.requests) == (10, 20, 2)


def test_patience_ends_with_its_tries_and_with_its_deadline() -> None:
    clock = FakeTime()
    patience = Patience.start(clock, seconds=100.0, retries=2)  # type: ignore[arg-type]
    assert patience.again(None)
    assert patience.again(30.0)
    assert not patience.again(None)
    assert 1.5 <= clock.waits[0] <= 2.5
    assert clock.waits[1] == 30.0
    late = Patience.start(clock, seconds=10.0)  # type: ignore[arg-type]
    assert not late.again(11.0)
    assert late.left == 10.0


def test_a_call_that_never_ends_is_left_behind_and_errors_come_through() -> None:
    over = threading.Event()
    with pytest.raises(OutOfTime):
        within(0.05, over.wait)
    over.set()
    assert within(5.0, lambda: 7) == 7
    with pytest.raises(KeyError):
        within(5.0, lambda: {}[1])


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"Retry-After": "999999"}, 3600.0),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert from_headers(headers) == seconds


def test_an_error_that_nobody_knows_is_bad_output_and_keeps_its_text_to_itself() -> None:
    class Strange(Exception):
        def code(self) -> int:
            raise RuntimeError("no code here")

    found = failed(Strange("secret words"), engine="e", title="E", page=3)
    assert (found.kind, found.page) == ("bad_output", 3)
    assert "secret words" not in found.message
    assert retry_seconds(ValueError()) is None
    loop = ValueError()
    loop.__cause__ = loop
    assert failed(loop, engine="e", title="E", page=1).kind == "bad_output"


@pytest.mark.parametrize(
    ("fit", "size", "expected"),
    [
        (Fit(), (2480, 3508), (2480, 3508)),
        (Fit(max_side=1288), (2480, 3508), (910, 1288)),
        (Fit(multiple=28, max_pixels=1_003_520), (2480, 3508), (840, 1176)),
        (Fit(multiple=28, min_pixels=3136, max_pixels=4_000_000), (1000, 1400), (1008, 1400)),
        (Fit(min_side=50), (1000, 20), (2500, 50)),
    ],
)
def test_images_are_sent_in_the_sizes_that_engines_take(
    fit: Fit, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert fit.size(*size) == expected
