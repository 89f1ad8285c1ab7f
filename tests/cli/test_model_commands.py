# ruff: noqa: F811 - fixtures of test_commands
"""Opt-in models by the command line: switched on, failing, kept here, and what the ledger says of it."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest
from test_commands import Run, letter, run  # noqa: F401 - the fixtures

from storage import documents, leaving, people
from storage.project import Project
from tests.redaction_models.models_made import chat, says, spacy_folder

TEXT = "we met quixelby near mirkholm at noon, mail t.nakagawa@northfield.org"


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("INKVEIL_MODELS", "INKVEIL_LLM_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return spacy_folder(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "note.txt"
    path.write_text(TEXT, "utf-8")
    return path


def found(answer: Any) -> dict[str, str]:
    return {TEXT[f["start"] : f["end"]]: f["recogniser"] for f in answer["findings"]}


def test_detect_says_which_recogniser_found_what(
    run: Run,
    text: Path,
    tiny: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ask = ("detect", "--text", text, "--json", "--data", tmp_path / "data")
    without = run(*ask)
    assert without.code == 0
    assert "models" not in without.json
    answer = run(*ask, "--models", f"spacy:{tiny}")
    assert answer.code == 0
    assert found(answer.json)["quixelby"] == "spacy:tiny"
    assert found(answer.json)["t.nakagawa@northfield.org"] == next(iter(found(without.json).values()))
    named = [f for f in answer.json["findings"] if f["recogniser"] == "spacy:tiny"]
    ran = [(m["model"], m["state"], m["found"]) for m in answer.json["models"]]
    assert ran == [("spacy:tiny", "ran", len(named))]
    monkeypatch.setenv("INKVEIL_MODELS", f"spacy:{tiny}")
    assert run(*ask).json == answer.json
    assert run(*ask, "--models", "none").json == without.json
    assert not (tmp_path / "data").exists()


def test_a_failing_model_leaves_the_findings_and_ends_with_4(
    run: Run,
    text: Path,
    tiny: Path,
    tmp_path: Path,
) -> None:
    out = tmp_path / "findings.json"
    answer = run(
        "detect", "--text", text, "--json", "--models", f"spacy:{tmp_path},spacy:{tiny}", "--out", out
    )
    assert answer.code == 4
    assert set(found(answer.json)) >= {"quixelby", "mirkholm", "t.nakagawa@northfield.org"}
    assert [m["state"] for m in answer.json["models"]] == ["failed", "ran"]
    assert "holds no spaCy pipeline" in answer.err
    assert json.loads(out.read_text("utf-8")) == answer.json
    assert run("detect", "--text", text, "--models", "bert:x").code == 2


def test_nothing_is_written_where_nobody_would_see_that_a_model_failed(
    run: Run,
    letter: Path,
    tiny: Path,
    tmp_path: Path,
) -> None:
    out = tmp_path / "out.pdf"
    told = ("redact", letter, "--out", out, "--auto", "--engines", "pdf_text", "--data", tmp_path / "data")
    failed = run(*told, "--models", f"spacy:{tmp_path}")
    assert (failed.code, out.exists()) == (4, False)
    assert "holds no spaCy pipeline" in failed.err
    assert run(*told, "--models", f"spacy:{tiny}").code == 0
    assert out.exists()
    assert run("redact", letter, "--out", out, "--boxes", "x.json", "--models", f"spacy:{tiny}").code == 2


def test_models_lists_kinds_and_the_projects_choice(run: Run, tiny: Path, tmp_path: Path) -> None:
    ask = ("models", "--json", "--data", tmp_path / "data")
    first = run(*ask).json
    assert [k["kind"] for k in first["kinds"]] == ["spacy", "clinical", "gliner", "llm"]
    assert (first["models"], first["hosts"], first["stay"]) == ([], [], [])
    for kind in first["kinds"]:
        assert kind["installed"] or "pip install 'inkveil[" in kind["reason"]
    told = run(*ask, "--set", f"spacy:{tiny},spacy:en_nobody_made_this,llm:m@https://api.example.org/v1").json
    states = {m["name"]: m["reason"] or "ready" for m in told["models"]}
    assert states["spacy:tiny"] == "ready"
    assert states["spacy:en_nobody_made_this"].endswith("python -m spacy download en_nobody_made_this")
    assert "inkveil models --allow api.example.org" in states["llm:m@api.example.org"]
    assert "ready" in run("models", "--data", tmp_path / "data").out
    assert run(*ask, "--set", "none").json["models"] == []
    for bad in (("--set", "spacy"), ("--allow", "https://x/v1"), ("--get", "spacy:x"), ("--stay", "nobody")):
        assert run(*ask, *bad).code == 2


def test_who_is_no_administrator_changes_nothing(run: Run, tmp_path: Path, tiny: Path) -> None:
    people.set_role(Project.open(tmp_path), "ada@example.org", "administrator", actor="t")
    for told in (("--allow", "api.example.org"), ("--set", f"spacy:{tiny}")):
        answer = run("models", *told, "--data", tmp_path)
        assert answer.code == 2
        assert "Only an administrator" in answer.err
    assert leaving.allowed(Project.open(tmp_path)) == frozenset()
    leaving.allow(Project.open(tmp_path), "API.example.org.", "ada@example.org")
    assert leaving.allowed(Project.open(tmp_path)) == {"api.example.org"}


def test_a_marked_document_never_leaves_and_the_ledger_says_what_did(
    run: Run,
    letter: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The "other machine" is this one under another name, so that nothing leaves it in the test."""
    data = tmp_path / "data"
    project = Project.open(data)
    document = documents.add(project, letter, "letter.pdf", actor="t", languages=["en"])
    monkeypatch.setattr("redaction.recognisers.models.chat.TRIES", 1)
    monkeypatch.setattr("redaction.recognisers.models.llm.here", lambda host: host == "localhost")
    with chat() as state:
        state.answer = lambda _: says([("garden", "LOCATION")])
        # Its address is one of this machine, so that plain http is taken; ChatModel takes it for another one.
        monkeypatch.setattr(
            "redaction.recognisers.models.llm.ChatModel.availability", lambda self: self._forbidden(self.host)
        )
        ask = ("detect", letter, "--engines", "pdf_text", "--json", "--data", data)
        ask = (*ask, "--models", f"llm:m@{state.url}")
        refused = run(*ask)
        assert (refused.code, state.asked) == (4, [])
        assert "inkveil models --allow 127.0.0.1" in refused.err
        assert run("models", "--allow", "127.0.0.1", "--data", data).code == 0
        allowed = run(*ask)
        assert allowed.code == 0, allowed.err
        assert any(f["recogniser"].startswith("llm:") for f in allowed.json["findings"])
        assert run("models", "--stay", document.id, "--data", data).code == 0
        asked = len(state.asked)
        kept = run(*ask)
        assert (kept.code, len(state.asked)) == (4, asked)
        assert "marked to stay on this machine" in kept.err
        assert run("models", "--may-leave", document.id, "--forbid", "127.0.0.1", "--data", data).code == 0
        assert (run(*ask).code, len(state.asked)) == (4, asked)
    events = run("audit", document.id, "--json", "--data", data).json
    assert events["ok"]
    assert [e["kind"] for e in events["events"]] == [
        "added",
        "sent",
        "sent",
        "set_local_only",
        "set_local_only",
    ]
    sent = [e for e in events["events"] if e["kind"] == "sent"]
    assert [(e["page"], e["payload"]["host"]) for e in sent] == [(1, "127.0.0.1"), (2, "127.0.0.1")]
    whole = run("audit", "project", "--json", "--data", data).json
    assert [e["kind"] for e in whole["events"]] == ["allow_host", "forbid_host"]
    assert whole["ok"]


def test_no_socket_is_opened_by_default(
    run: Run,
    text: Path,
    letter: Path,
    tiny: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert run("detect", "--text", text).code == 0
    assert run("detect", letter, "--engines", "pdf_text", "--data", tmp_path / "data").code == 0
    copy = tmp_path / "copy"
    shutil.copytree(tiny, copy)
    assert run("detect", "--text", text, "--models", f"spacy:{copy}").code == 0
    assert (
        run("models", "--set", f"spacy:{copy},llm:m@https://api.example.org/v1", "--data", tmp_path).code == 0
    )
