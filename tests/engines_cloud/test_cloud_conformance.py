"""Every engine elsewhere on its real wire format, through its real SDK, over sockets on 127.0.0.1.

To add an engine:

1. `engines/NAME.py`: a subclass of engines.remote.engine.Remote (its abstract methods say what to write) with
   the client's call, SDK retries off, imports inside the call; and a pure `parse(raw, ...) -> Parsed` in
   pixels of the sent image. Raise BadAnswer or Suspicious for what is no reading; leave SDK errors to
   engines.remote.failures. A model's answer is parsed by engines.remote.prompted, with `native = False`.
2. One line in engines.registry.BUILT_IN; an SDK that not every installation has is an extra in pyproject.toml
   (`extra = ...` names it), stands in the extra `dev`, too, and `make lock` takes it up.
3. `wire_NAME.py` here, with WIRES: a list of wire.Wire (or wire.PromptedWire) instances. Its acts build the
   vendor's answers from fake_cloud.words_on or lines_on, which look at the image that was really sent; what
   its wire format cannot have goes into `absent`. The suite finds the file by itself.

A model behind an OpenAI-compatible server is a TOML file in engines/profiles and a line in the list WIRES of
wire_openai_compatible; a new form of answer is one more function in engines.remote.prompted.FORMS.

What every engine is held to is below: one test, all wires. Words have to lie within 2 px of their ink on the
page after all conversions; requests are counted; no key may be anywhere but on the wire.
"""

from __future__ import annotations

import importlib
import json
import logging
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_cloud import HEIGHT, KEY, WIDTH, FakeTime, Seen, lines_on, page_image, sample_page, words_on
from wire import PromptedWire, Wire

from engines import registry
from engines.base import PageImage, fingerprint
from engines.recognise import call, to_page
from engines.remote import patience, secrets
from engines.remote.engine import Remote
from engines.remote.gate import Gate, host_of
from model.errors import EngineFailed
from model.geometry import Frame, Transform, image_frame
from model.words import Reading
from storage import cloud as stored
from storage import documents, ledger, readings
from storage.cloud import CHAIN, Allowance
from storage.project import Project

HERE = Path(__file__).parent
WIRES: list[Wire] = [
    wire for path in sorted(HERE.glob("wire_*.py")) for wire in importlib.import_module(path.stem).WIRES
]
NEAR = 2.0
"""Pixels between a word's ink and its box."""


@dataclass
class Set:
    """An engine, its cloud, and a project that allows it."""

    wire: Wire
    cloud: Any
    project: Project
    clock: FakeTime = field(default_factory=FakeTime)

    @property
    def gate(self) -> Gate:
        return Gate(self.project, clock=self.clock)  # type: ignore[arg-type]

    def page(self, array: np.ndarray | None = None, **more: Any) -> PageImage:
        page = page_image(gate=self.gate, **more)
        return page if array is None else replace(page, array=array, sha256=fingerprint(array))

    def read(self, page: PageImage | None = None) -> Reading:
        return call(self.wire.engine, page or self.page())

    def fails(self, kind: str | set[str], requests: int, page: PageImage | None = None) -> EngineFailed:
        """Asserts that reading fails in this way after so many requests; the error."""
        before = self.cloud.counted
        with pytest.raises(EngineFailed) as caught:
            self.read(page)
        kinds = {kind} if isinstance(kind, str) else kind
        assert caught.value.kind in kinds, caught.value.message
        assert self.cloud.counted - before == requests
        assert KEY not in caught.value.message
        return caught.value

    def allow(self, **options: Any) -> None:
        engine = registry.get(self.wire.engine)
        chosen = {**self.wire.options, **options}
        allowance = Allowance(engine.name, engine.privacy, "", host_of(engine), options=chosen)
        stored.allow(self.project, allowance, "admin")


OFTEN = {"cloud": 2, "placing": 3}
"""Wires of one class that every run tests; further ones differ by data and run with the slow tests. What is
about places is tested with more of them than what is about the connection."""


def _params(fixture: str) -> Iterator[object]:
    seen: Counter[type] = Counter()
    known: set[tuple[type, str]] = set()
    for wire in WIRES:
        variant = (type(wire), wire.engine) in known and fixture == "cloud"
        seen[type(wire)] += not variant
        known.add((type(wire), wire.engine))
        often = seen[type(wire)] <= OFTEN[fixture] and not variant
        yield pytest.param(wire, id=wire.name, marks=() if often else (pytest.mark.slow,))


@pytest.fixture(params=_params("cloud"))
def cloud(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Set]:
    yield from _set(request.param, tmp_path, monkeypatch)


@pytest.fixture(params=_params("placing"))
def placing(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Set]:
    yield from _set(request.param, tmp_path, monkeypatch)


def _set(wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Set]:
    pytest.importorskip(wire.package)
    server = wire.cloud(wire)
    monkeypatch.setattr(secrets, "FILES", ())
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in wire.environment(server.url).items():
        monkeypatch.setenv(name, value)
    project = Project.open(tmp_path / "data")
    found = Set(wire, server, project)
    found.allow()
    yield found
    server.close()
    project.close()
    for error in server.errors:
        raise error


def needs(cloud: Set, act: str) -> None:
    if act in cloud.wire.absent:
        pytest.skip(f"{cloud.wire.name} cannot have {act}")


def near(
    reading: Reading,
    expected: list[Seen],
    wire: Wire,
    to: Callable[[Any], Any] = lambda box: box,
    scale: float = 1,
) -> None:
    """Asserts that every word, or region, has its ink's box within NEAR px of the sample page.

    `to` leads from the sample page's pixels to the reading's, which are `scale` times as fine.
    """
    assert reading.plain_text.split() == [t for e in expected for t in e.text.split()]
    if wire.boxed:
        assert reading.words is not None
        assert [w.text for w in reading.words] == [e.text for e in expected]
        placed = [w.box for w in reading.words]
        if wire.lines:
            rows = {line.line: line.box for line in lines_on(expected)}
            expected = [
                replace(w, box=(w.box[0], rows[w.line][1], w.box[2], rows[w.line][3])) for w in expected
            ]
    else:
        assert reading.words is None
        placed = [r.quad.bounds for r in reading.regions]
        assert bool(placed) == wire.regions
        expected = lines_on(expected) if placed else []
    assert len(placed) == len(expected)
    for found, word in zip(placed, expected, strict=True):
        apart = np.abs(np.array(found.as_list()) - np.array(to(word.box))).max() / scale
        assert apart <= NEAR, (word.text, found, apart)


def test_every_engine_elsewhere_has_a_wire() -> None:
    remote = {name for name in registry.names() if isinstance(registry.get(name), Remote)}
    assert remote == {wire.engine for wire in WIRES}


# -- what works ------------------------------------------------------------------------------------------


def test_several_pages_are_read_with_boxes_on_their_words(placing: Set) -> None:
    array, words = sample_page()
    near(placing.read(), words, placing.wire)
    lower = np.roll(array, 70, axis=0)  # the last line is 110 px above the bottom edge
    moved = [replace(w, box=(w.box[0], w.box[1] + 70, w.box[2], w.box[3] + 70)) for w in words]
    second = placing.read(replace(placing.page(lower), page=2))
    near(second, moved, placing.wire)
    assert second.image_sha256 == fingerprint(lower)
    assert placing.cloud.counted == 2


def test_boxes_land_on_the_page_image_after_all_conversions(placing: Set) -> None:
    """The prepared page is the page image turned by a quarter and enlarged: boxes go all the way back."""
    _, words = sample_page()
    image = image_frame(2 * HEIGHT, 2 * WIDTH)
    # (x, y) of the prepared page lies at (2 * (HEIGHT - y), 2 * x) of the page image.
    turned = Transform(Frame("prepared", WIDTH, HEIGHT), image, (0, -2, 2 * HEIGHT, 2, 0, 0, 0, 0, 1))
    reading = to_page(placing.read(placing.page(to_page=turned)), turned)
    assert (reading.width, reading.height) == (2 * HEIGHT, 2 * WIDTH)

    def back(box: tuple[int, int, int, int]) -> list[float]:
        return [2 * (HEIGHT - box[3]), 2 * box[0], 2 * (HEIGHT - box[1]), 2 * box[2]]

    near(reading, words, placing.wire, back, scale=2)


def test_a_large_page_is_sent_as_the_engine_takes_it_and_comes_back_in_its_own_pixels(placing: Set) -> None:
    array, words = sample_page()
    large = np.repeat(np.repeat(array, 3, axis=0), 3, axis=1)
    reading = placing.read(placing.page(large))
    near(reading, words, placing.wire, lambda box: [3 * v for v in box], scale=3)


def test_an_empty_page_is_a_reading_without_words(placing: Set) -> None:
    placing.cloud.otherwise = "blank"
    reading = placing.read(placing.page(np.full((HEIGHT, WIDTH, 3), 255, np.uint8)))
    assert not reading.words
    assert reading.plain_text == ""
    assert placing.cloud.counted == 1


# -- what fails ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_auth_and_is_not_tried_again(cloud: Set, status: int) -> None:
    cloud.cloud.otherwise = f"status:{status}"
    error = cloud.fails("auth", 1)
    assert "key" in error.message
    assert cloud.clock.waits == []


def test_a_limit_is_waited_for_as_long_as_the_server_asks(cloud: Set) -> None:
    cloud.cloud.plan = ["status:429:7"]
    assert cloud.read().plain_text
    assert cloud.cloud.counted == 2
    assert 7.0 <= sum(cloud.clock.waits) < 7.5
    cloud.cloud.otherwise = "status:429:7"
    other = np.roll(sample_page()[0], 10, axis=0)
    assert cloud.fails("rate_limit", 1 + patience.RETRIES, cloud.page(other)).retry_after == 7.0


def test_a_limit_beyond_the_pages_time_is_a_failure_at_once(cloud: Set) -> None:
    cloud.cloud.otherwise = "status:429:3000"
    cloud.fails("rate_limit", 1)
    assert cloud.clock.waits == []
    cloud.fails("rate_limit", 0)  # and the next page does not even ask


def test_a_failing_server_is_tried_again_and_then_given_up(cloud: Set) -> None:
    cloud.cloud.otherwise = "status:500"
    cloud.fails("transient", 1 + patience.RETRIES)
    assert len(cloud.clock.waits) == patience.RETRIES


def test_a_server_that_comes_back_is_read(cloud: Set) -> None:
    cloud.cloud.plan = ["status:503"]
    near(cloud.read(), sample_page()[1], cloud.wire)
    assert cloud.cloud.counted == 2


def test_a_server_that_hangs_is_left(cloud: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "ONE_CALL", cloud.wire.one_call)
    monkeypatch.setattr(patience.Patience, "again", lambda *_: False)
    cloud.cloud.otherwise = "hang"
    assert "in time" in cloud.fails("transient", 1).message


def test_an_answer_that_drips_without_end_is_left(cloud: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    needs(cloud, "drip")
    monkeypatch.setattr(patience, "ONE_CALL", cloud.wire.one_call)
    monkeypatch.setattr(patience.Patience, "again", lambda *_: False)
    cloud.cloud.otherwise = "drip"
    assert "in time" in cloud.fails("transient", 1).message


def test_a_refused_connection_is_transient(cloud: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as nobody:  # bound, not listening
        nobody.bind(("127.0.0.1", 0))
        for name, value in cloud.wire.environment(f"http://127.0.0.1:{nobody.getsockname()[1]}").items():
            monkeypatch.setenv(name, value)
        cloud.allow()
        cloud.fails("transient", 0)
    assert len(cloud.clock.waits) == patience.RETRIES


@pytest.mark.parametrize("act", ["html", "cut"])
def test_what_is_no_answer_is_bad_output(cloud: Set, act: str) -> None:
    needs(cloud, act)
    cloud.cloud.otherwise = act
    cloud.fails("bad_output", 1)


def test_an_error_inside_an_answer_is_a_failure(cloud: Set) -> None:
    needs(cloud, "inside")
    cloud.cloud.otherwise = "inside"
    cloud.fails(cloud.wire.inside_kind, 1)


def test_another_coordinate_system_places_nothing(placing: Set) -> None:
    needs(placing, "elsewhere")
    placing.cloud.otherwise = "elsewhere"
    if getattr(registry.get(placing.wire.engine), "native", True):
        assert "boxes" in placing.fails("bad_output", 1).message
        return
    reading = placing.read()
    assert reading.words is None
    assert reading.regions == ()
    assert reading.noticed["coordinates"] > 0
    assert reading.plain_text.split() == [w.text for w in sample_page()[1]]


def test_ten_megabytes_are_no_page(cloud: Set) -> None:
    cloud.cloud.otherwise = "huge"
    cloud.fails("bad_output", 1)


def added(cloud: Set) -> documents.Document:
    """A document of one page in the project."""
    data = (HERE.parent / "resources" / "form.jpg").read_bytes()
    return documents.add(cloud.project, data, "form.jpg", actor="anna")


WRONG = {
    "loop": "and so on " * 400,
    "marks": "> " * 400,
    "countdown": " ".join(str(n) for n in range(500, 0, -1)),
    "refusal": "I'm sorry, but I can't assist with transcribing this document.",
    "error": "ERROR: out of memory",
    "html": "<!DOCTYPE html><html><body>Bad gateway</body></html>",
    "chinese": "病人彼得样本出生于五月十二日第七病房墨水医生签字盖章今天医院记录患者姓名年龄性别"
    "诊断结果住院日期出院日期主治医师护士长",
}


@pytest.mark.parametrize("what", WRONG)
def test_what_models_do_wrong_is_never_text(cloud: Set, what: str) -> None:
    wire = cloud.wire
    if not isinstance(wire, PromptedWire):
        pytest.skip("it measures, and writes nothing of its own")
    for plain in (True, False):  # as it stands, and where a line of the page should be
        text = (
            WRONG[what]
            if plain
            else wire.written([Seen(WRONG[what], (100, 200, 800, 240), 0)], WIDTH, HEIGHT)
        )
        cloud.cloud.otherwise = lambda _, said=text: wire.says(said)
        cloud.fails("bad_output", 1)


def test_an_answer_that_ran_into_its_limit_is_not_taken_for_whole(cloud: Set) -> None:
    wire = cloud.wire
    if not isinstance(wire, PromptedWire):
        pytest.skip("it has no such limit")

    def half(request: Any) -> Any:
        text = wire.written(*words_on(wire.image(request)))
        return wire.says(text[: len(text) // 2], finished=False)

    cloud.cloud.otherwise = half
    assert "cut short" in cloud.fails("bad_output", 1).message


def test_two_answers_that_differ_show_in_the_confidences(cloud: Set) -> None:
    wire = cloud.wire
    if not isinstance(wire, PromptedWire):
        pytest.skip("it measures, and does not differ")
    cloud.allow(samples=3)

    def other(request: Any) -> Any:
        words, width, height = words_on(wire.image(request))
        words = [replace(w, text="Tester") if w.text == "Peter" else w for w in words]
        return wire.says(wire.written(words, width, height))

    cloud.cloud.plan = ["ok", other, "ok"]
    reading = cloud.read()
    assert cloud.cloud.counted == 3
    assert "Peter" in reading.plain_text.split()
    assert reading.noticed["disagreement"] == 1
    assert sorted(reading.raw["agreement"])[:2] == [pytest.approx(2 / 3, abs=1e-3), 1.0]
    for word in reading.words or ():
        assert word.confidence == pytest.approx(2 / 3 if word.text == "Peter" else 1.0)
    assert [len(str(a)) > 0 for a in reading.raw["answered"]] == [True] * 3
    assert reading.raw["asked"]["samples"] == 3
    assert "prompt" in reading.raw["asked"]


# -- what leaves, what it costs, what is kept --------------------------------------------------------------


def test_no_key_in_logs_errors_readings_or_the_database(cloud: Set, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    document = added(cloud)
    said = []
    for act in ("ok", "status:401", "status:500", "inside", "html"):
        if act in cloud.wire.absent:
            continue
        cloud.cloud.otherwise = act
        gate = replace(cloud.gate, document=document.id)
        page = replace(cloud.page(np.roll(sample_page()[0], len(said), axis=0)), gate=gate)
        try:
            reading = cloud.read(page)
            readings.add(cloud.project, document.id, 1, reading)
            said.append(repr(reading))
        except EngineFailed as error:
            said.append(repr(error) + error.message + repr(error.__cause__) + repr(error.__context__))
    assert len(said) >= 3
    assert KEY not in "\n".join(said)
    assert KEY not in caplog.text
    assert all(KEY not in str(r.__dict__) for r in caplog.records)
    files = [p for p in cloud.project.path.rglob("*") if p.is_file()]
    assert len(files) > 2
    assert all(KEY.encode() not in p.read_bytes() for p in files)


def test_nothing_leaves_without_permission(cloud: Set) -> None:
    engine = registry.get(cloud.wire.engine)
    if engine.privacy == "local":
        pytest.skip("an engine on this machine needs none")
    before = cloud.page()
    assert "not switched on" in cloud.fails("unavailable", 0, replace(before, gate=None)).message
    with pytest.raises(EngineFailed, match="not switched on"):
        engine.recognise(replace(before, gate=None))  # not by the back door either
    stored.forbid(cloud.project, engine.name, "admin")
    assert "not switched on" in cloud.fails("unavailable", 0).message
    elsewhere = Allowance(engine.name, engine.privacy, "", "api.example.com")
    stored.allow(cloud.project, elsewhere, "admin")
    assert "has to allow that first" in cloud.fails("unavailable", 0).message
    assert cloud.cloud.requests == []


def test_a_document_marked_local_only_never_leaves(cloud: Set) -> None:
    if registry.get(cloud.wire.engine).privacy == "local":
        pytest.skip("an engine on this machine may read it")
    document = added(cloud)
    stored.set_local_only(cloud.project, document.id, True, "anna")
    page = replace(cloud.page(), gate=replace(cloud.gate, document=document.id))
    assert "local-only" in cloud.fails("unavailable", 0, page).message
    assert cloud.cloud.requests == []


def test_the_ledger_says_what_left_before_it_leaves(cloud: Set) -> None:
    engine = registry.get(cloud.wire.engine)
    if engine.privacy == "local":
        pytest.skip("nothing leaves")
    seen = []

    def look(request: Any) -> Any:
        with Project.open(cloud.project.path.parent) as other:
            seen.extend(e for e in ledger.events(other, CHAIN) if e.kind == "sent")
        return cloud.wire.ok(request)

    if cloud.wire.cloud.__name__ == "FakeCloud":
        cloud.cloud.plan = [look]
    reading = cloud.read()
    events = [e for e in ledger.events(cloud.project, CHAIN) if e.kind == "sent"]
    assert len(events) == 1
    assert seen in ([], events)
    assert events[0].payload["provider"] == engine.privacy
    assert events[0].payload["host"] == host_of(engine) != ""
    assert events[0].payload["fingerprint"] == reading.fingerprint
    assert events[0].payload["image_sha256"] == cloud.page().sha256


def test_asking_again_costs_nothing_and_another_setting_asks_anew(cloud: Set) -> None:
    document = added(cloud)
    frame = Frame("prepared", WIDTH, HEIGHT)
    same = Transform(frame, image_frame(WIDTH, HEIGHT))
    readings.set_preparation(cloud.project, document.id, 1, same)
    page = replace(cloud.page(to_page=same), gate=replace(cloud.gate, document=document.id))
    first = cloud.read(page)
    readings.add(cloud.project, document.id, 1, to_page(first, same))
    again = cloud.read(page)
    assert cloud.cloud.counted == 1
    assert again.fingerprint == first.fingerprint
    assert again.cost == 0
    assert again.plain_text == first.plain_text
    for one, other in zip(again.words or (), first.words or (), strict=True):
        assert one.box.as_list() == pytest.approx(other.box.as_list(), abs=0.02)
    cloud.allow(samples=2)
    other = cloud.read(page)
    assert cloud.cloud.counted == 3
    assert other.fingerprint != first.fingerprint
    if other.words is not None:
        assert {w.confidence for w in other.words} == {1.0}
    assert len(other.raw["answered"]) == 2
    readings.add(cloud.project, document.id, 1, to_page(other, same))
    sent = [e.payload["fingerprint"] for e in ledger.events(cloud.project, document.id) if e.kind == "sent"]
    if registry.get(cloud.wire.engine).privacy != "local":
        assert sent == [first.fingerprint, other.fingerprint]
    assert json.dumps(other.raw)


def test_costs_are_counted_and_the_budget_stops_before_it_is_passed(cloud: Set) -> None:
    cloud.allow(price_page=0.25, price_in=0.0, price_out=0.0)
    stored.set_budget(cloud.project, 0.6, "admin")
    array, _ = sample_page()
    for n in range(2):
        assert cloud.read(cloud.page(np.roll(array, n, axis=0))).cost == pytest.approx(0.25)
    assert "budget" in cloud.fails("unavailable", 0, cloud.page(np.roll(array, 2, axis=0))).message
    spent = stored.spent(cloud.project)
    assert (spent.cost, spent.requests) == (pytest.approx(0.5), 2)


def test_a_refused_request_costs_nothing_and_one_without_an_answer_its_estimate(
    cloud: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.allow(price_page=0.25, price_in=0.0, price_out=0.0)
    cloud.cloud.plan = ["status:401"]
    cloud.fails("auth", 1)
    assert stored.spent(cloud.project).cost == 0
    monkeypatch.setattr(patience, "ONE_CALL", cloud.wire.one_call)
    monkeypatch.setattr(patience.Patience, "again", lambda *_: False)
    cloud.cloud.otherwise = "hang"
    cloud.fails("transient", 1)
    assert stored.spent(cloud.project).cost == pytest.approx(0.25)
