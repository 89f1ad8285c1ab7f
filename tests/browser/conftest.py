"""The application on a free port with a data directory of its own, and a real Chromium.

* `served` - a running server: `.url`, `.data`, `.kill()`, `.start()` (again, same port and data)
* `chromium` - one browser for the session (playwright, the system's Chromium)
* `shared` - as `served`, one for all tests of a module
* `page` (`tab` on `shared`) - a fresh context and page on `served`, 1280 x 800
* `two_pages` - a document of two synthetic pages in `served`'s project, read by recorded readings
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SYSTEM_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


PATIENCE = 60_000  # milliseconds: how long a page may take on a machine that has much else to do

BENCH = """() => [...document.querySelectorAll('*')]
    .map((e) => e.shadowRoot && e.shadowRoot.workbench).find(Boolean)"""


def ask(page: Any, expression: str) -> Any:
    """A JavaScript expression over the workbench `b`; None while there is no workbench."""
    return page.evaluate(f"() => {{ const b = ({BENCH})(); return b ? ({expression}) : null; }}")


def until(page: Any, expression: str, seconds: float = 60.0) -> None:
    """Waits until an expression over the workbench is true.

    Asks again and again: playwright's own wait_for_function needs `eval` in the page, which our content
    security policy forbids.
    """
    end = time.monotonic() + seconds
    while not ask(page, f"Boolean({expression})"):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:.0f} s: {expression}; {state(page)}")
        page.wait_for_timeout(25)


def state(page: Any) -> str:
    """What the workbench is about and what the page says, for a message of failure."""
    parts = "{doc: b.document, page: b.page && b.page.page, slots: b.slots.length, mode: b.mode, id: b.id,"
    parts += " scan: Boolean(b.view.bitmap), waiting: b.waiting, offline: b.offline, problem: b.problem,"
    parts += " gone: b.gone, outbox: b.outbox && b.outbox.size}"
    shown = page.evaluate("() => document.body.innerText.slice(0, 400)")
    return f"workbench {ask(page, parts)}; {page.url} shows {shown!r}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`streamlit run app.py` as a child process. It can be killed and started again."""

    def __init__(self, data: Path, port: int | None = None) -> None:
        self.data = data
        self.port = port or free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        file = self.data / "server.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def start(self, seconds: float = 60.0) -> None:
        """Returns when the server answers. Raises RuntimeError with its log when it does not."""
        self.data.mkdir(parents=True, exist_ok=True)
        self._log = (self.data / "server.log").open("ab")
        self.process = subprocess.Popen(
            self.command(),
            cwd=ROOT,
            env={**os.environ, "INKVEIL_DATA": str(self.data), "OMP_NUM_THREADS": "1"},
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2) as answer:  # noqa: S310
                    if answer.status == 200:
                        return
            except OSError:
                pass
            try:
                self.process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
        raise RuntimeError(f"The application did not start:\n{self.log[-4000:]}")

    def command(self) -> list[str]:
        options = ["--server.port", str(self.port), "--server.address", "127.0.0.1"]
        return [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), *options]

    def kill(self) -> None:
        """As a power cut would: SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
        if self._log is not None:
            self._log.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "data")
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running server for all tests of a module."""
    server = Server(tmp_path_factory.mktemp("shared") / "data")
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    from playwright.sync_api import Error, expect, sync_playwright

    expect.set_options(timeout=PATIENCE)

    own = next((path for name in SYSTEM_BROWSERS if (path := shutil.which(name))), None)
    with sync_playwright() as play:
        try:
            browser = play.chromium.launch(executable_path=own, args=ARGUMENTS)
        except Error as error:
            if os.environ.get("INKVEIL_BROWSER_REQUIRED"):
                raise
            pytest.skip(f"no Chromium: {str(error).splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: object, served: Server) -> Iterator[object]:
    yield from open_tab(chromium, served)


@pytest.fixture
def tab(chromium: object, shared: Server) -> Iterator[object]:
    """As `page`, but on the module's shared server."""
    yield from open_tab(chromium, shared)


def open_tab(chromium: object, served: Server) -> Iterator[object]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, base_url=served.url)  # type: ignore[attr-defined]
    context.set_default_timeout(PATIENCE)
    tab = context.new_page()
    try:
        yield tab
    finally:
        context.close()


@pytest.fixture
def two_pages(served: Server) -> str:
    """Id of a document of two pages, about 120 words each, some misread; open it with ?doc=<id>."""
    from made_document import add_document

    from storage.project import Project

    with Project.open(served.data) as project:
        return add_document(project)[0]
