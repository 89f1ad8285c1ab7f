"""What was read is merged and searched without a browser; a missing worker is said so; retries."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pages_made import letter
from streamlit.testing.v1 import AppTest

from engines.claimed import SUGGESTED
from storage import documents
from storage.project import Project
from workflow import state, warm

App = Callable[..., AppTest]
NOBODY = "No worker is running"


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)  # between two looks at the condition


def added(project: Project, seconds_ago: float) -> documents.Document:
    """A document that nobody has read, as if it had come some time ago."""
    document = documents.add(project, letter(1), "waiting.pdf")
    then = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() - seconds_ago))
    with project.writing() as db:
        db.conn.execute("UPDATE documents SET added_at = ? WHERE id = ?", (then, document.id))
    return document


def warnings(page: AppTest) -> list[str]:
    return [w.value for w in page.warning]


def test_a_keeper_merges_and_searches_what_was_read(
    read: documents.Document, project: Project, data: Path
) -> None:
    assert not warm.ready(project, read.id)
    assert not warm.merged(project, read.id)
    with warm.Keeper(data):
        until(lambda: warm.ready(project, read.id))
        assert warm.silence(project) < state.PATIENCE
    assert warm.merged(project, read.id)
    assert not state.state(project, read).waits


def test_reading_is_over_means_that_the_review_can_begin(
    app: App, read: documents.Document, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "start", lambda *_: True)  # as if the comparison never ended
    assert state.state(project, read).waits
    button = next(b for b in app().button if b.label == "Review")
    assert not button.disabled


@pytest.mark.usefixtures("read")
def test_what_failed_is_tried_again_but_not_for_ever(project: Project) -> None:
    for _ in range(warm.TRIES):
        assert warm.start(project, "there is no such document", 1)
        warm.finish()
    assert not warm.start(project, "there is no such document", 1)
    assert warm.start(project, "there is no such document", 2)


def test_a_missing_worker_is_said_so_where_something_waits(app: App, project: Project) -> None:
    assert warnings(app()) == []
    added(project, 2.0)
    assert warnings(app()) == []  # a worker may still be starting
    added(project, 60.0)
    with project.writing() as db:
        db.conn.execute("UPDATE documents SET added_at = '2026-01-01T00:00:00.000Z'")
    assert [NOBODY in w for w in warnings(app())] == [True]
    beat = project.path / "cache" / warm.BEAT_FILE
    beat.parent.mkdir(exist_ok=True)
    beat.touch()
    assert warnings(app()) == []
    os.utime(beat, (1.0, time.time() - 2 * state.PATIENCE))
    assert [NOBODY in w for w in warnings(app())] == [True]


def test_suggested_languages_are_told_from_chosen_ones(
    app: App, read: documents.Document, project: Project
) -> None:
    shown = " ".join(h.body for h in app().get("html"))
    assert "English" in shown
    assert "(suggested)" not in shown
    documents.set_languages(project, read.id, ["en", "fr"], actor=SUGGESTED)
    assert "English, French (suggested)" in " ".join(h.body for h in app().get("html"))
