"""Readings, failures, progress, derived images, settings, exports: rows and files that come back."""

from __future__ import annotations

import hashlib
import io
import math
import multiprocessing
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from made_pdf import many_pages, one_page
from PIL import Image

from model.errors import StorageFailed, UsageError
from model.geometry import Box, Quad, Transform, image_frame
from model.words import Failure, Reading, Word
from storage import documents, exports, ledger, pages, readings, settings, work
from storage.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.open(tmp_path) as opened:
        yield opened


@pytest.fixture
def document(project: Project) -> str:
    return documents.add(project, many_pages(3), "three.pdf").id


def reading(engine: str, text: str = "Agler", **more: object) -> Reading:
    word = Word(text, Quad.of([(1, 2), (30, 2.25), (30, 12), (1, 12)]), 0.987654321, 3, True)
    return Reading(engine, "5.5", 100, 200, (word,), model="m", settings={"psm": 3}, seconds=1.25, **more)  # type: ignore[arg-type]


def test_readings_come_back_and_the_newest_counts(project: Project, document: str) -> None:
    first = reading("tesseract", raw={"pages": [1, "日本"]}, image_sha256="ab" * 32, cost=0.5)
    plain = Reading("vlm", "1", 100, 200, None, text="a\nb")
    readings.add(project, document, 1, first)
    readings.add(project, document, 1, plain)
    assert readings.of_page(project, document, 1) == [first, plain]
    before = readings.ids(project, document)
    newer = reading("tesseract", "Adler")
    readings.add(project, document, 1, newer)
    assert readings.of_page(project, document, 1) == [newer, plain]
    assert readings.of_page(project, document, 2) == []
    assert readings.ids(project, document) != before
    assert readings.ids(project, document, 1) == readings.ids(project, document)
    assert project.db["readings"].count == 3, "nothing was overwritten"


def test_a_failure_stands_until_a_reading_makes_up_for_it(project: Project, document: str) -> None:
    failure = Failure("azure", "auth", "The key was refused.", 2)
    readings.add_failure(project, document, Failure("azure", "transient", "Busy.", 2))
    readings.add_failure(project, document, failure)
    assert readings.failures(project, document) == [failure]
    assert readings.failures(project, document, 1) == []
    readings.add(project, document, 2, reading("tesseract"))
    assert readings.failures(project, document, 2) == [failure]
    readings.add(project, document, 2, reading("azure"))
    assert readings.failures(project, document) == []


def test_the_preparation_comes_back(project: Project, document: str) -> None:
    assert readings.preparation(project, document, 1) is None
    angle = math.radians(7)
    matrix = (math.cos(angle), -math.sin(angle), 3.25, math.sin(angle), math.cos(angle), 1e-9, 0.0, 1e-7, 1.0)
    transform = Transform(image_frame(90, 190), image_frame(100, 200), matrix)
    readings.set_preparation(project, document, 1, Transform.identity(image_frame(9, 9)))
    readings.set_preparation(project, document, 1, transform, [{"name": "deskew", "measured": 7.0}])
    assert readings.preparation(project, document, 1) == transform, "exactly"
    assert readings.preparation_steps(project, document, 1) == [{"name": "deskew", "measured": 7.0}]


def test_work_is_claimed_a_page_at_a_time_and_progress_survives(tmp_path: Path) -> None:
    with Project.open(tmp_path) as project:
        one = documents.add(project, many_pages(2), "one.pdf").id
        work.queue(project, one, [(p, e) for p in (1, 2) for e in ("rapidocr", "tesseract")])
        work.queue(project, one, [(1, "tesseract")])
        assert (work.progress(project, one).done, work.progress(project, one).total) == (0, 4)
        claim = work.claim(project, work.worker_id())
        assert claim is not None
        assert (claim.document, claim.page, claim.engines) == (one, 1, ("rapidocr", "tesseract"))
        work.beat(project, claim, "tesseract")
        work.finish(project, claim, "rapidocr", "done")
    with Project.open(tmp_path) as project:
        progress = work.progress(project, one)
        assert (progress.done, progress.total, progress.finished) == (1, 4, False)
        assert progress.current == work.Current(1, 2, "tesseract")
        other = work.claim(project, work.worker_id())
        assert other is not None
        assert other.page == 2
        assert work.claim(project, work.worker_id()) is None, "the rest is in other hands"
        for engine in other.engines:
            work.finish(project, other, engine, "failed")
        work.release(project, claim)
        again = work.claim(project, work.worker_id())
        assert again is not None
        assert (again.page, again.engines, again.attempt) == (1, ("tesseract",), 1)
        work.finish(project, again, "tesseract", "done")
        assert work.progress(project, one).finished
        assert work.states(project, one)[2, "tesseract"] == "failed"
        work.queue(project, one, [(2, "tesseract")], again=True)
        assert not work.progress(project, one).finished


def _claim_and_die(folder: str) -> None:
    work.claim(Project.open(Path(folder)), work.worker_id())
    os.kill(os.getpid(), 9)


def test_what_a_dead_worker_held_is_taken_over_at_once_but_not_for_ever(tmp_path: Path) -> None:
    with Project.open(tmp_path) as project:
        one = documents.add(project, one_page(), "one.pdf").id
        work.queue(project, one, [(1, "tesseract")])
        for _ in range(work.MOST_ATTEMPTS):
            process = multiprocessing.get_context("spawn").Process(
                target=_claim_and_die, args=(str(tmp_path),)
            )
            process.start()
            process.join()
            assert work.states(project, one) == {(1, "tesseract"): "running"}
        assert work.claim(project, work.worker_id()) is None
        assert work.states(project, one) == {(1, "tesseract"): "failed"}
        assert [f.engine for f in work.progress(project, one).failures] == ["tesseract"]


def test_a_silent_worker_of_another_machine_is_given_up(project: Project, document: str) -> None:
    work.queue(project, document, [(1, "tesseract")])
    assert work.claim(project, "elsewhere:1:1") is not None
    assert work.claim(project, work.worker_id()) is None
    taken = work.claim(project, work.worker_id(), stale=-1)
    assert taken is not None
    assert taken.attempt == 2


@pytest.mark.parametrize(
    ("engine", "failed"), [("tesseract", {"tesseract"}), (None, {"rapidocr", "tesseract"})]
)
def test_what_hangs_fails_and_the_rest_of_the_page_goes_back_in_line(
    project: Project, document: str, engine: str | None, failed: set[str]
) -> None:
    work.queue(project, document, [(1, "null"), (1, "rapidocr"), (1, "tesseract"), (2, "tesseract")])
    claim = work.claim(project, work.worker_id())
    assert claim is not None
    work.finish(project, claim, "null", "done")
    assert set(work.give_up(project, claim, engine, "Took too long.")) == failed
    assert {e for (p, e), s in work.states(project, document).items() if s == "failed"} == failed
    assert {f.engine for f in readings.failures(project, document, 1)} == failed
    assert {(f.kind, f.message) for f in readings.failures(project, document)} == {
        ("unavailable", "Took too long.")
    }
    assert work.states(project, document)[1, "null"] == "done"
    assert work.give_up(project, claim, engine, "Again.") == (), "nothing is in its hands any more"
    again = work.claim(project, work.worker_id())
    assert again is not None
    expected = (2, ("tesseract",)) if engine is None else (1, ("rapidocr",))
    assert (again.page, again.engines, again.attempt) == (*expected, 1)


def test_page_images_come_back_when_they_are_deleted(project: Project, document: str) -> None:
    page = pages.image_path(project, document, 2)
    with documents.source(project, document) as source:
        rendered = source.render(2)
    shown = np.asarray(Image.open(page))
    assert shown.shape == rendered.shape
    assert np.abs(shown.astype(int) - rendered).mean() < 3
    thumb = pages.image_path(project, document, 2, kind="thumb")
    assert max(Image.open(thumb).size) == 320
    written = page.stat().st_mtime_ns
    assert pages.image_path(project, document, 2) == page
    assert page.stat().st_mtime_ns == written, "not made twice"
    page.unlink()
    assert pages.image_path(project, document, 2).is_file()
    with pytest.raises(UsageError):
        pages.image_path(project, document, 9)
    assert not [p for p in page.parent.iterdir() if p.name.startswith(".")]


def test_the_prepared_image_is_the_page_led_through_the_transform(project: Project) -> None:
    array = np.full((60, 80, 3), 255, np.uint8)
    array[10:20, 20:50] = 0
    out = io.BytesIO()
    Image.fromarray(array).save(out, "PNG")
    document = documents.add(project, out.getvalue(), "x.png").id
    # prepared (60 x 80) -> image (80 x 60): a quarter turn. (x, y) -> (y, 60 - x)
    transform = Transform(image_frame(60, 80), image_frame(80, 60), (0, 1, 0, -1, 0, 60, 0, 0, 1))
    readings.set_preparation(project, document, 1, transform)
    shown = np.asarray(Image.open(pages.image_path(project, document, 1, kind="prepared")))
    assert shown.shape == (80, 60, 3)
    ys, xs = np.nonzero(shown[..., 0] < 128)
    expected = transform.inverse().box(Box(20, 10, 50, 20))
    assert [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1] == expected.as_list()


def test_settings_keep_their_history(project: Project) -> None:
    assert settings.get(project, "engines", ["tesseract"]) == ["tesseract"]
    settings.set(project, "engines", ["rapidocr"], "anna")
    settings.set(project, "engines", None, "ben")
    assert settings.get(project, "engines", 1) is None
    assert [(v, a) for v, a, _ in settings.history(project, "engines")] == [
        (["rapidocr"], "anna"),
        (None, "ben"),
    ]


def test_an_export_is_listed_and_closes_the_ledger(project: Project, document: str) -> None:
    report = {"mode": "flatten", "checks": [{"name": "text", "passed": True, "detail": ""}]}
    made = exports.add(
        project,
        document,
        b"%PDF-1.7 done",
        name="a/three.pdf",
        mode="flatten",
        report=report,
        certificate=b"%PDF c",
    )
    assert made.path.read_bytes() == b"%PDF-1.7 done"
    assert made.certificate is not None
    assert made.certificate.read_bytes() == b"%PDF c"
    assert made.sha256 == hashlib.sha256(b"%PDF-1.7 done").hexdigest()
    assert list(exports.list(project, document)) == [made]
    event = ledger.events(project, document)[-1]
    assert event.kind == "exported"
    assert event.payload["output_sha256"] == made.sha256
    assert (made.ledger_seq, made.ledger_hash) == (event.seq - 1, event.previous_hash)


def test_a_transaction_is_whole_or_nothing_nested_as_well(project: Project) -> None:
    def set_and_fail(value: int) -> None:
        with project.writing():
            settings.set(project, "a", value)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        set_and_fail(1)
    assert settings.get(project, "a") is None
    with project.writing():
        settings.set(project, "a", 1)
        with pytest.raises(RuntimeError):
            set_and_fail(2)
    assert settings.get(project, "a") == 1


def test_threads_have_connections_of_their_own(project: Project) -> None:
    def count() -> None:
        for _ in range(25):
            with project.writing():
                settings.set(project, "n", settings.get(project, "n", 0) + 1)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert settings.get(project, "n") == 100
    project.close()
    with pytest.raises(StorageFailed, match="closed"):
        settings.get(project, "n")
