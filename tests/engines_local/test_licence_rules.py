"""Who accepts an engine's licence, what the ledger and the audit trail say of it, the command, the worker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import cli
from engines import registry
from engines.base import PageImage, fingerprint
from engines.recognise import call
from engines.remote import secrets
from engines.remote.gate import Gate
from model.errors import EngineFailed, NotAllowed, UsageError
from storage import ledger, people
from storage.cloud import CHAIN
from storage.project import Project
from workflow import licences, trail


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project on a machine where YomiToku and its weights seem to be there."""
    for name in ("dbnetv2_1", "parseq-middle-dynw-v5"):
        (tmp_path / "weights" / name).mkdir(parents=True)
        (tmp_path / "weights" / name / "model.safetensors").touch()
    monkeypatch.setattr(secrets, "FILES", ())
    monkeypatch.setenv("INKVEIL_YOMITOKU_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setattr(registry.get("yomitoku"), "package", "json")
    with Project.open(tmp_path / "data") as found:
        yield found


def inkveil(project: Project, *arguments: str) -> dict[str, Any]:
    done = CliRunner().invoke(cli.inkveil, [*arguments, "--json", "--data", str(project.path.parent)])
    assert done.exit_code == 0, (done.output, done.exception)
    return {e["name"]: e for e in json.loads(done.stdout)["engines"]}


def test_only_an_administrator_accepts_and_withdraws(project: Project) -> None:
    people.set_role(project, "ada", "administrator", actor="ada")
    people.set_role(project, "rob", "reviewer", actor="ada")
    for who in ("rob", "nobody"):
        with pytest.raises(NotAllowed):
            licences.accept(project, "yomitoku", who)
    assert licences.accepted(project) == frozenset()
    licences.accept(project, "yomitoku", "ada")
    licences.accept(project, "yomitoku", "ada")  # once is enough
    assert licences.accepted(project) == {"yomitoku"}
    with pytest.raises(NotAllowed):
        licences.withdraw(project, "yomitoku", "rob")
    licences.withdraw(project, "yomitoku", "ada")
    with pytest.raises(UsageError, match="No licence"):
        licences.withdraw(project, "yomitoku", "ada")
    events = ledger.events(project, CHAIN)
    assert [e.kind for e in events] == ["accept_licence", "withdraw_licence"]
    assert events[0].payload["address"] == "https://creativecommons.org/licenses/by-nc-sa/4.0/"
    said = trail.line(events[0], masked=True)
    assert "licence accepted, yomitoku, CC BY-NC-SA 4.0" in said.what
    assert ledger.verify(project, CHAIN).ok


def test_engines_without_terms_have_nothing_to_accept(project: Project) -> None:
    for name in ("easyocr", "rapidocr", "google_vision"):
        with pytest.raises(UsageError, match="no licence"):
            licences.accept(project, name, "ada")
    with pytest.raises(UsageError, match="There is no engine"):
        licences.accept(project, "nothing", "ada")


def test_the_command_shows_the_licence_and_accepts_it(project: Project) -> None:
    before = inkveil(project, "engines")["yomitoku"]
    assert not before["available"]
    for part in ("CC BY-NC-SA 4.0", "no commercial use", "https://", "inkveil engines accept yomitoku"):
        assert part in before["reason"]
    assert before["terms"]["accepted"] is False
    after = inkveil(project, "engines", "accept", "yomitoku")["yomitoku"]
    assert after["available"]
    assert after["terms"]["accepted"] is True
    assert inkveil(project, "engines")["easyocr"]["terms"] is None
    assert not inkveil(project, "engines", "accept", "yomitoku", "--off")["yomitoku"]["available"]


def test_listing_makes_no_project(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli.inkveil, ["engines", "--json", "--data", str(tmp_path / "none")])
    assert done.exit_code == 0
    assert not (tmp_path / "none").exists()


def test_the_engine_refuses_before_it_looks_at_a_page(project: Project) -> None:
    array = np.full((40, 60, 3), 255, np.uint8)
    for gate in (None, Gate(project)):
        page = PageImage(array, 100, ("ja",), fingerprint(array), gate=gate)
        for way in (registry.get("yomitoku").recognise, lambda p: call("yomitoku", p)):
            with pytest.raises(EngineFailed, match="CC BY-NC-SA") as found:
                way(page)
            assert found.value.kind == "unavailable"
