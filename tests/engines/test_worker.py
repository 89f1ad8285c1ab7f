"""Worker processes on a real project: everything missing is read once, and a kill -9 costs one page."""

import os
import shutil
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from crops import RESOURCES

from engines import lacking, worker
from storage import documents, readings, settings, work
from storage.project import Project

LIMIT = 20.0
"""Far more than a page of this size takes, even on a busy machine."""


def wait_for(condition, seconds=120.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        threading.Event().wait(0.02)
    raise AssertionError("waited in vain")


@pytest.fixture
def project(tmp_path):
    with Project.open(tmp_path / "data") as opened:
        yield opened


def add(project, name, copy=""):
    """A crop as a document; `copy` makes another file of the same picture."""
    data = (RESOURCES / f"{name}.jpg").read_bytes() + copy.encode()
    return documents.add(project, data, f"{name}{copy}.jpg", languages=["en"])


def test_missing_is_every_page_and_engine_without_a_result(project):
    first, second = add(project, "form"), add(project, "typed-1905")
    settings.set(project, lacking.ENGINES_SETTING, ["null", "rapidocr"])
    tasks = lacking.missing(project)
    assert [(t.document, t.page, t.engine) for t in tasks] == [
        (d.id, 1, e) for d in (first, second) for e in ("null", "rapidocr")
    ]
    assert lacking.fill(project) == 4
    assert lacking.missing(project) == []


def test_a_new_engine_is_missing_and_nothing_else(project):
    document = add(project, "form")
    settings.set(project, lacking.ENGINES_SETTING, ["null"])
    assert worker.run_worker(project, processes=1, once=True) == 1
    settings.set(project, lacking.ENGINES_SETTING, ["null", "replay"])
    assert [t.engine for t in lacking.missing(project)] == ["replay"]
    assert worker.run_worker(project, processes=1, once=True) == 0
    assert [f.engine for f in readings.failures(project, document.id)] == ["replay"]
    assert lacking.missing(project) == []


def test_two_workers_read_everything_once(project):
    ids = [add(project, name).id for name in ("form", "typed-1905", "note-ja")]
    settings.set(project, lacking.ENGINES_SETTING, ["rapidocr", "tesseract", "null"])
    heard = []
    made = worker.run_worker(project.path.parent, processes=2, once=True, on_progress=heard.append)
    rows = Counter(project.db.conn.execute("SELECT document, page, engine FROM readings"))
    assert made == len(rows) == 9
    assert set(rows.values()) == {1}
    for document in ids:
        assert {r.engine for r in readings.of_page(project, document, 1)} == {"rapidocr", "tesseract", "null"}
        assert readings.preparation(project, document, 1) is not None
        assert work.progress(project, document).finished
    assert any("RapidOCR" in line and "form.jpg" in line for line in heard)


def test_a_document_without_languages_gets_those_of_its_first_reading(project):
    data = (RESOURCES / "note-ja.jpg").read_bytes()
    document = documents.add(project, data, "note.jpg")
    settings.set(project, lacking.ENGINES_SETTING, ["rapidocr"])
    worker.run_worker(project, processes=1, once=True)
    assert documents.get(project, document.id).languages == ("ja",)


def test_a_damaged_page_fails_and_the_rest_goes_on(project):
    bad, good = add(project, "form"), add(project, "typed-1905")
    settings.set(project, lacking.ENGINES_SETTING, ["null"])
    blob = next(p for p in (project.path / "blobs").rglob("*") if p.is_file() and bad.sha256[:8] in str(p))
    blob.chmod(0o600)
    blob.write_bytes(b"not the picture any more")
    assert worker.run_worker(project, processes=1, once=True) == 1
    assert [f.kind for f in readings.failures(project, bad.id)] == ["bad_input"]
    assert [r.engine for r in readings.of_page(project, good.id, 1)] == ["null"]


def workers_of(pid):
    """Process ids of the worker processes that run_worker in this process has started."""
    return [int(c) for t in Path(f"/proc/{pid}/task").iterdir() for c in (t / "children").read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc")
def test_kill_9_costs_one_page_and_no_more(project):
    """A worker killed in the middle of a page: another takes that page, the pages before stay read once."""
    ids = [add(project, "typed-1905", copy=str(i)).id for i in range(4)]
    settings.set(project, lacking.ENGINES_SETTING, ["rapidocr"])
    heard = []
    before = set(workers_of(os.getpid()))
    run = threading.Thread(
        target=worker.run_worker,
        args=(project,),
        kwargs={"processes": 1, "once": True, "on_progress": heard.append},
    )
    run.start()

    def running():
        row = project.db.conn.execute("SELECT document, worker FROM work WHERE state = 'running'").fetchone()
        done = project.db.conn.execute("SELECT count(*) FROM readings").fetchone()[0]
        return row if row and done >= 1 else None

    _, name = wait_for(running)
    victim = int(name.split(":")[-2])
    assert victim in set(workers_of(os.getpid())) - before
    os.kill(victim, signal.SIGKILL)
    run.join(timeout=180)
    assert not run.is_alive()
    rows = Counter(d for (d,) in project.db.conn.execute("SELECT document FROM readings"))
    assert rows == Counter(ids)
    attempts = dict(project.db.conn.execute("SELECT document, attempts FROM work").fetchall())
    assert sum(attempts.values()) <= len(ids) + 1
    assert any("another takes its page" in line for line in heard)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc")
def test_a_page_that_hangs_costs_that_page_and_no_more(project):
    """A worker that stands still in the middle of a page is ended, the page fails, the others are read."""
    ids = [add(project, "typed-1905", copy=str(i)).id for i in range(3)]
    settings.set(project, lacking.ENGINES_SETTING, ["rapidocr"])
    heard = []
    run = threading.Thread(
        target=worker.run_worker,
        args=(project,),
        kwargs={"processes": 1, "once": True, "on_progress": heard.append, "step_limit": LIMIT},
    )
    run.start()

    def running():
        row = project.db.conn.execute("SELECT document, worker FROM work WHERE state = 'running'").fetchone()
        done = project.db.conn.execute("SELECT count(*) FROM readings").fetchone()[0]
        return row if row and done == 1 else None

    stuck, name = wait_for(running)
    os.kill(int(name.split(":")[-2]), signal.SIGSTOP)
    run.join(timeout=180)
    assert not run.is_alive()
    (failure,) = readings.failures(project, stuck)
    assert (failure.engine, failure.kind, failure.page) == ("rapidocr", "unavailable", 1)
    assert any(failure.message in line for line in heard)
    read = [d for (d,) in project.db.conn.execute("SELECT document FROM readings")]
    assert sorted(read) == sorted(set(ids) - {stuck})
    assert work.progress(project, stuck).finished


def test_a_project_in_the_data_folder_that_comes_later_is_found(tmp_path):
    data = tmp_path / "data"
    with Project.open(data, "one") as one:
        add(one, "form")
        settings.set(one, lacking.ENGINES_SETTING, ["null"])
    with Project.open(data, "two") as two:
        add(two, "form")
        settings.set(two, lacking.ENGINES_SETTING, ["null"])
    assert worker.run_worker(data, processes=1, once=True) == 2
    shutil.rmtree(data)
