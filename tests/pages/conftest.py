"""A data directory of its own for each test, documents made and read in it, and the pages under AppTest."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pages_made import letter
from streamlit.testing.v1 import AppTest

from engines import lacking
from storage import documents, settings
from storage.project import Project
from workflow import warm

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data directory that the pages use."""
    monkeypatch.setenv("INKVEIL_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def project(data: Path) -> Project:
    return Project.open(data)


@pytest.fixture(scope="session")
def read_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one letter of two pages, read by its own text layer."""
    folder = tmp_path_factory.mktemp("read")
    with Project.open(folder) as project:
        settings.set(project, lacking.ENGINES_SETTING, ["pdf_text"])
        documents.add(project, letter(), "letter.pdf", actor="anna", languages=["en"])
    # By the command: AppTest puts a script in the place of this process's __main__, which `spawn` would run.
    command = [sys.executable, "-m", "cli", "worker", "--once", "--processes", "1", "--data", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    return folder


@pytest.fixture
def read(read_once: Path, data: Path) -> documents.Document:
    """The letter, read, in this test's own data directory."""
    shutil.copytree(read_once, data)
    return documents.find(Project.open(data))[0]


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """What a page started beside itself ends with its test: only one such process runs at a time.

    AppTest leaves its script as this process's __main__, which the workers of later tests would run.
    """
    before = sys.modules["__main__"]
    yield
    for process in list(warm._running.values()):
        process.kill()  # nobody waits for what it makes
        process.wait(30)
    sys.modules["__main__"] = before


@pytest.fixture
def app(data: Path) -> Callable[..., AppTest]:
    """Opens a page of the application: `app("redact", doc=id)`."""

    def opened(page: str = "documents", **query: str) -> AppTest:
        test = AppTest.from_file(str(ROOT / "pages" / "shell" / "navigation.py"), default_timeout=60)
        for key, value in query.items():
            test.query_params[key] = value
        test.run()
        if page != "documents":
            test.switch_page(f"../{page}.py")
            for key, value in query.items():
                test.query_params[key] = value
            test.run()
        return test

    return opened
