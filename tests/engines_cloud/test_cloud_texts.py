"""Texts to the models behind engines, through their real SDKs over sockets: `llm:ENGINE` looks for personal
data with the engine's own key, permission, limits and budget."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fake_cloud import KEY, FakeTime, Request
from test_cloud_conformance import WIRES
from wire import PromptedWire

import cli
from engines import registry
from engines.remote import patience, secrets
from engines.remote.gate import Gate, host_of
from engines.remote.talk import Talker
from model.findings import TextFinding
from redaction.detect import find_text
from redaction.recognisers.models import registry as models
from redaction.recognisers.models.base import parse
from redaction.recognisers.models.llm import TOLD
from redaction.recognisers.models.runner import Outcome, Runner
from storage import cloud as stored
from storage import documents, ledger
from storage.cloud import Allowance
from storage.leaving import PROJECT
from storage.project import Project

RESOURCES = Path(__file__).parents[1] / "resources"
TEXT = "the parcel went to quixelby at mirkholm mill\nmail t.nakagawa@northfield.org, quixelby signed"
CLAIMS = {"entities": [{"text": "quixelby", "type": "PERSON"}, {"text": "Nobody Here", "type": "PERSON"}]}
TALKERS = [
    w for w in WIRES if isinstance(w, PromptedWire) and w.engine in ("claude", "gemini", "gpt", "qwen3_vl")
]


@dataclass
class Set:
    """An engine that answers about texts, its cloud, and a project."""

    wire: PromptedWire
    cloud: Any
    project: Project
    document: str
    clock: FakeTime = field(default_factory=FakeTime)

    @property
    def engine(self) -> Talker:
        found = registry.get(self.wire.engine)
        assert isinstance(found, Talker)
        return found

    @property
    def local(self) -> bool:
        return self.engine.privacy == "local"

    def allow(self, **options: Any) -> None:
        engine = self.engine
        allowance = Allowance(engine.name, engine.privacy, "", host_of(engine), options=options)
        stored.allow(self.project, allowance, "admin")

    def says(self, text: str, **more: Any) -> Any:
        return lambda _: self.wire.says(text, **more)

    def ask(self) -> tuple[list[TextFinding], Outcome]:
        """What is found in TEXT with the model, and how it did."""
        gate = Gate(self.project, self.document, clock=self.clock)  # type: ignore[arg-type]
        runner = Runner(models.models(parse(f"llm:{self.wire.engine}"), gate=gate))
        hits = find_text(TEXT, models=runner)
        (outcome,) = runner.outcomes(found=hits)
        return hits, outcome


@pytest.fixture(params=TALKERS, ids=lambda w: w.name)
def talker(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Set]:
    wire = request.param
    pytest.importorskip(wire.package)
    server = wire.cloud(wire)
    monkeypatch.setattr(secrets, "FILES", ())
    for name, value in wire.environment(server.url).items():
        monkeypatch.setenv(name, value)
    project = Project.open(tmp_path / "data")
    document = documents.add(project, (RESOURCES / "vertical-ja.png").read_bytes(), "page.png").id
    found = Set(wire, server, project, document)
    server.otherwise = found.says(json.dumps(CLAIMS))
    yield found
    server.close()
    project.close()
    for error in server.errors:
        raise error


def everything(request: Request) -> str:
    """All strings of a request's JSON."""

    def strings(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for inner in value.values():
                yield from strings(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from strings(inner)
        elif isinstance(value, str):
            yield value

    return "\n".join(strings(request.json))


def test_its_claims_are_looked_up_in_the_text(talker: Set, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    talker.allow()
    hits, outcome = talker.ask()
    name = f"llm:{talker.wire.engine}"
    assert [TEXT[h.start : h.end] for h in hits if h.recogniser == name] == ["quixelby", "quixelby"]
    assert "EMAIL_ADDRESS" in {h.type for h in hits}
    assert (outcome.failed, outcome.dropped, outcome.found) == ((), 1, 2)
    (asked,) = talker.cloud.requests
    sent = everything(asked)
    assert TEXT in sent
    assert TOLD in sent
    assert "image" not in asked.body.decode().replace(TOLD, "")
    assert str(talker.engine.options["model"]) in sent + asked.path
    assert KEY in "".join(asked.headers.values())
    assert "quixelby" not in caplog.text
    assert KEY not in caplog.text


def test_without_permission_or_from_a_document_that_stays_nothing_goes(talker: Set) -> None:
    if talker.local:
        hits, outcome = talker.ask()
        assert outcome.found == 2
        stored.set_local_only(talker.project, talker.document, True, "admin")
        assert talker.ask()[1].found == 2
        assert outcome.note == ""
        return
    _, outcome = talker.ask()
    assert "not switched on for this project" in outcome.message
    talker.allow()
    stored.set_local_only(talker.project, talker.document, True, "admin")
    hits, outcome = talker.ask()
    assert "local-only" in outcome.message
    assert {h.type for h in hits} == {"EMAIL_ADDRESS"}
    assert talker.cloud.requests == []


def test_tokens_are_paid_for_and_a_budget_ends_it(talker: Set) -> None:
    talker.allow(price_in=1000.0, price_out=1000.0)
    talker.ask()
    assert stored.spent(talker.project).requests == 1
    assert stored.spent(talker.project).cost > (0 if not talker.local else -1)
    stored.set_budget(talker.project, 0.01, "admin")
    _, outcome = talker.ask()
    assert "the project's budget would be passed" in outcome.message
    assert talker.cloud.counted == 1


@pytest.mark.parametrize(
    ("act", "said", "count"),
    [
        ("status:401", "the key was refused", 1),
        ("status:500", "the service failed", 1 + patience.RETRIES),
        ("html", "said nothing about the text", 1),
        ("cut", "breaks off", 1),
        ("prose", "something else than JSON", 1),
        ("empty", "its answer is empty", 1),
    ],
)
def test_a_bad_answer_is_a_failure_and_the_rules_findings_remain(
    talker: Set, act: str, said: str, count: int
) -> None:
    talker.allow()
    made = {
        "cut": talker.says(json.dumps(CLAIMS)[:40], finished=False),
        "prose": talker.says("I cannot help with that."),
        "empty": talker.says(" "),
    }
    talker.cloud.otherwise = made.get(act, act)
    hits, outcome = talker.ask()
    assert said in outcome.message
    assert outcome.failed == (0,)
    assert KEY not in outcome.message
    assert {h.type for h in hits} == {"EMAIL_ADDRESS"}
    assert talker.cloud.counted == count


def test_a_limit_is_waited_for_as_long_as_the_server_asks(talker: Set) -> None:
    talker.allow()
    talker.cloud.plan = ["status:429:7"]
    assert talker.ask()[1].found == 2
    assert 7.0 <= sum(talker.clock.waits) < 7.5


@pytest.mark.parametrize(
    ("name", "said"),
    [("nobody", "There is no engine 'nobody'"), ("tesseract", "reads images and no texts"),
     ("textract", "reads images and no texts")],
)  # fmt: skip
def test_an_engine_that_has_no_such_model_says_so(name: str, said: str) -> None:
    (model,) = models.models(parse(f"llm:{name}"))
    assert said in str(model.availability())
    runner = Runner([model])
    assert {h.type for h in find_text(TEXT, models=runner)} == {"EMAIL_ADDRESS"}
    assert said in runner.outcomes()[0].message


def test_another_model_of_the_engine_makes_the_next_look_search_again(talker: Set) -> None:
    gate = Gate(talker.project, talker.document)
    talker.allow()
    before = models.models(parse(f"llm:{talker.wire.engine}"), gate=gate)[0].stamp
    assert models.models(parse(f"llm:{talker.wire.engine}"), gate=gate)[0].stamp == before
    talker.allow(model="another-one")
    assert models.models(parse(f"llm:{talker.wire.engine}"), gate=gate)[0].stamp != before


def test_the_command_asks_the_engine_and_the_ledger_says_what_left(
    talker: Set, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    file = tmp_path / "letter.txt"
    file.write_text(TEXT, "utf-8")

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main([*arguments, "--data", str(data)])
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    name = talker.wire.engine
    asked = ("detect", "--text", str(file), "--json", "--models", f"llm:{name}")
    left = [e for e in ledger.events(talker.project, PROJECT) if e.kind == "sent"]
    assert left == []
    if not talker.local:
        code, _, said = run(*asked)
        assert code == 4
        assert f"inkveil cloud allow {name}" in said
        assert talker.cloud.requests == []
        assert run("cloud", "allow", name)[0] == 0
    code, out, _ = run(*asked)
    assert code == 0
    assert [f["recogniser"] for f in json.loads(out)["findings"]].count(f"llm:{name}") == 2
    assert talker.cloud.counted == 1
    left = [e for e in ledger.events(talker.project, PROJECT) if e.kind == "sent"]
    assert [(e.payload["engine"], e.payload["what"]) for e in left] == [(f"llm:{name}", "text")] * (
        not talker.local
    )
