"""Who may let pages leave, what the worker and the commands then do, and what the ledger says of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import wire_google_vision
from click.testing import CliRunner
from fake_cloud import FakeCloud, sample_page
from PIL import Image

import cli
from engines import lacking, worker
from engines.remote import secrets
from model.errors import NotAllowed, UsageError
from storage import cloud as stored
from storage import documents, ledger, people, readings, settings
from storage.cloud import CHAIN
from storage.project import Project
from workflow import cloud as rules

ENGINE = "google_vision"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCloud]:
    """Google's REST interface here, and this machine's environment leads to it."""
    wire = wire_google_vision.GoogleRest()
    cloud = FakeCloud(wire)
    monkeypatch.setattr(secrets, "FILES", ())
    for name, value in wire.environment(cloud.url).items():
        monkeypatch.setenv(name, value)
    yield cloud
    cloud.close()
    assert cloud.errors == []


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.open(tmp_path / "data") as found:
        yield found


@pytest.fixture
def page_file(tmp_path: Path) -> Path:
    path = tmp_path / "page.png"
    Image.fromarray(sample_page()[0]).save(path, dpi=(100, 100))
    return path


def inkveil(project: Project, *arguments: str, code: int = 0) -> dict[str, Any]:
    done = CliRunner().invoke(cli.inkveil, [*arguments, "--json", "--data", str(project.path.parent)])
    if code:
        assert isinstance(done.exception, Exception), done.output
        return {"error": done.exception}
    assert done.exit_code == 0, (done.output, done.exception)
    return dict(json.loads(done.stdout))


def test_only_an_administrator_decides_what_may_leave(project: Project, server: FakeCloud) -> None:
    people.set_role(project, "ada", "administrator", actor="ada")
    people.set_role(project, "rob", "reviewer", actor="ada")
    for who in ("rob", "nobody"):
        with pytest.raises(NotAllowed):
            rules.allow(project, ENGINE, who)
        with pytest.raises(NotAllowed):
            rules.set_budget(project, 5.0, who)
    rules.allow(project, ENGINE, "ada")
    with pytest.raises(NotAllowed):
        rules.forbid(project, ENGINE, "rob")
    rules.set_budget(project, 5.0, "ada")
    rules.forbid(project, ENGINE, "ada")
    events = ledger.events(project, CHAIN)
    assert [(e.kind, e.actor) for e in events] == [
        ("allow_engine", "ada"), ("set_budget", "ada"), ("forbid_engine", "ada"),
    ]  # fmt: skip
    assert events[0].payload["provider"] == "Google"
    assert events[0].payload["region"] == "global"
    assert events[0].payload["host"] == server.url.removeprefix("http://")
    assert ledger.verify(project, CHAIN).ok


def test_anybody_marks_a_document_and_an_administrator_takes_the_mark_back(
    project: Project, page_file: Path
) -> None:
    people.set_role(project, "ada", "administrator", actor="ada")
    people.set_role(project, "rob", "reviewer", actor="ada")
    document = documents.add(project, page_file.read_bytes(), "page.png", actor="rob")
    rules.set_local_only(project, document.id, True, "rob")
    assert stored.local_only(project, document.id)
    with pytest.raises(NotAllowed):
        rules.set_local_only(project, document.id, False, "rob")
    rules.set_local_only(project, document.id, False, "ada")
    assert not stored.local_only(project, document.id)
    events = [e for e in ledger.events(project, document.id) if e.kind == "set_local_only"]
    assert [e.payload["local_only"] for e in events] == [True, False]


def test_local_engines_and_those_without_a_key_cannot_be_switched_on(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "FILES", ())
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "INKVEIL_GOOGLE_VISION_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UsageError, match="sends nothing"):
        rules.allow(project, "rapidocr", "ada")
    with pytest.raises(UsageError, match="No key"):
        rules.allow(project, ENGINE, "ada")
    assert stored.allowances(project) == {}


def test_options_are_checked(project: Project, server: FakeCloud) -> None:
    allowed = rules.allow(project, ENGINE, "ada", options={"samples": "2", "price_page": "0.5"})
    assert allowed.options == {"samples": 2, "price_page": 0.5}
    for wrong in ({"samples": "many"}, {"samples": "100"}, {"no_such": "1"}):
        with pytest.raises(UsageError):
            rules.allow(project, ENGINE, "ada", options=wrong)


def test_the_worker_sends_every_page_where_that_is_allowed_and_never_one_that_stays(
    project: Project, server: FakeCloud, page_file: Path
) -> None:
    settings.set(project, lacking.ENGINES_SETTING, ["null"])
    open_ = documents.add(project, page_file.read_bytes(), "open.png", actor="ada", languages=["en"])
    other = Image.fromarray(np.roll(sample_page()[0], 5, axis=0))
    other.save(page_file)
    closed = documents.add(project, page_file.read_bytes(), "closed.png", actor="ada", languages=["en"])
    rules.set_local_only(project, closed.id, True, "ada")
    rules.allow(project, ENGINE, "ada", every_page=True)
    assert {(t.document, t.engine) for t in lacking.missing(project)} == {
        (open_.id, "null"), (open_.id, ENGINE), (closed.id, "null"),
    }  # fmt: skip
    worker.run_worker(project, processes=1, once=True)
    assert server.counted == 1
    assert lacking.missing(project) == []
    found = {r.engine: r for r in readings.of_page(project, open_.id, 1)}
    assert [w.text for w in found[ENGINE].words or ()] == [w.text for w in sample_page()[1]]
    assert found[ENGINE].cost > 0
    sent = [e for e in ledger.events(project, open_.id) if e.kind == "sent"]
    assert [(e.page, e.payload["engine"]) for e in sent] == [(1, ENGINE)]
    assert [r.engine for r in readings.of_page(project, closed.id, 1)] == ["null"]
    assert stored.spent(project, open_.id).requests == 1


def test_a_chosen_engine_that_is_not_allowed_is_a_failure_beside_the_page(
    project: Project, server: FakeCloud, page_file: Path
) -> None:
    settings.set(project, lacking.ENGINES_SETTING, ["null", ENGINE])
    document = documents.add(project, page_file.read_bytes(), "page.png", actor="ada", languages=["en"])
    worker.run_worker(project, processes=1, once=True)
    (failure,) = readings.failures(project, document.id)
    assert (failure.engine, failure.kind) == (ENGINE, "unavailable")
    assert "not switched on" in failure.message
    assert server.requests == []


def test_the_commands_switch_on_read_and_account(
    project: Project, server: FakeCloud, page_file: Path
) -> None:
    listed = {e["name"]: e for e in inkveil(project, "engines")["engines"]}
    assert listed[ENGINE]["available"]
    assert (listed[ENGINE]["privacy"], listed[ENGINE]["region"]) == ("Google", "global")
    assert listed[ENGINE]["price"] == pytest.approx(0.0015)
    assert not listed["qwen3_vl"]["available"]
    assert "INKVEIL_QWEN3_VL_URL" in listed["qwen3_vl"]["reason"]
    refused = inkveil(project, "read", str(page_file), "--engines", ENGINE, "--languages", "en", code=4)
    assert "no engine" in str(refused["error"]).lower() or "read" in str(refused["error"]).lower()
    assert server.requests == []
    found = inkveil(project, "cloud", "allow", ENGINE, "--set", "price_page=0.25")
    assert found["engines"][0]["host"] == server.url.removeprefix("http://")
    inkveil(project, "cloud", "budget", "0.3")
    page = inkveil(
        project, "read", str(page_file), "--engines", ENGINE, "--languages", "en", "--processes", "1"
    )
    assert [s["text"] for s in page["pages"][0]["slots"] if s["text"]] == [w.text for w in sample_page()[1]]
    now = inkveil(project, "cloud")
    assert (now["spent"], now["requests"], now["budget"]) == (0.25, 1, 0.3)
    (sent,) = [e for e in ledger.events(project, CHAIN) if e.kind == "sent"]
    assert len(sent.payload["file_sha256"]) == 64
    document = documents.add(project, page_file.read_bytes(), "page.png", actor="ada", languages=["en"])
    assert inkveil(project, "cloud", "local-only", document.id)["local_only"] == [document.id]
    assert inkveil(project, "cloud", "local-only", document.id, "--off")["local_only"] == []
    assert inkveil(project, "cloud", "forbid", ENGINE)["engines"] == []
