"""Power cuts of server and browser, and ten reviewers at once: what bench/kills.py and bench/reviewers.py
measure at length, here a few rounds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Server
from made_document import add_document

from storage import ledger
from storage.project import Project

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.browser


def test_sigkill_to_server_and_browser_loses_nothing_acknowledged(chromium: object) -> None:
    # a process of its own: playwright allows one at a time in each
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "kills.py"), "--server", "4", "--browser", "2"],
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.split("|")[1:-1] for line in done.stdout.splitlines()[2:]]
    assert [row[0].strip() for row in rows] == ["server", "browser"]
    assert all(int(row[3]) > 0 for row in rows), "something had been acknowledged"


def test_ten_reviewers_share_a_document(served: Server) -> None:
    from bench.reviewers import Reviewers

    with Project.open(served.data) as project:
        document, _ = add_document(project, pages=12, words=80, errors=0.6)
        found = Reviewers(served.url, project, document, 10, 400).run()
        assert found.sent >= 300
        assert (found.lost, found.changed, found.double, found.refused) == (0, 0, 0, [])
        assert ledger.verify(project, document).ok
        actors = {e.actor for e in ledger.events(project, document) if e.kind == "correct"}
        assert len(actors) >= 3, "the work was shared"
