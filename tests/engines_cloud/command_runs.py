"""The engine `command` with programs that a test writes; and whether processes have ended."""

from __future__ import annotations

import os
import shlex
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_cloud import KEY, FakeTime, page_image

from engines.recognise import call
from engines.remote import secrets
from engines.remote.gate import Gate
from model.errors import EngineFailed
from model.words import Reading
from storage.project import Project

HEAD = """
import json, os, subprocess, sys, time
from pathlib import Path
given = json.loads(Path(sys.argv[sys.argv.index("--input") + 1]).read_text())
out = Path(sys.argv[sys.argv.index("--output") + 1])
key = os.environ.get("INKVEIL_ENGINE_KEY", "")
def say(value): out.write_text(json.dumps(value))
"""


class Run:
    """An engine `command` whose program is written in the test."""

    def __init__(self, folder: Path, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.project, self.clock = folder, project, FakeTime()
        self.set = monkeypatch.setenv
        self.set("INKVEIL_COMMAND_PROVIDER", "local")
        self.set("INKVEIL_COMMAND_KEY", KEY)

    def program(self, body: str, name: str = "program.py") -> None:
        path = self.folder / name
        path.write_text(HEAD + textwrap.dedent(body))
        self.set("INKVEIL_COMMAND_COMMAND", shlex.join([sys.executable, str(path)]))

    def read(self, body: str) -> Reading:
        self.program(body)
        gate = Gate(self.project, clock=self.clock)  # type: ignore[arg-type]
        return call("command", page_image(gate=gate))

    def fails(self, body: str, kind: str) -> EngineFailed:
        with pytest.raises(EngineFailed) as caught:
            self.read(body)
        assert caught.value.kind == kind, caught.value.message
        assert KEY not in caught.value.message
        return caught.value


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(secrets, "FILES", ())
    with Project.open(tmp_path / "data") as project:
        yield Run(tmp_path, project, monkeypatch)


def gone(pid: int) -> bool:
    """Whether a process has ended: there is none, or what is left of it waits to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except OSError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path("/proc").exists()


def eventually(true: Callable[[], bool]) -> bool:
    for _ in range(200):
        if true():
            return True
        time.sleep(0.05)
    return False
