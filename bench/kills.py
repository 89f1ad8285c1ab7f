"""Power cuts: the server, or the browser, ended by SIGKILL at random moments while somebody types.

    .venv/bin/python bench/kills.py [--server 100] [--browser 20]

Decisions are typed by real key events in a real Chromium with a profile on disk. Acknowledged: what the
workbench shows as stored. After a killed browser a new one opens the same profile. Lost: acknowledged and not
in the ledger, which must never happen; gone: typed, not acknowledged, not delivered afterwards, at most one
a kill of the server. A killed browser takes along what it had not sent yet and its disk does not hold: the
hollow dot at the word said so. Exit code 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]
STORED = "b.slots.filter((s) => b.states.get(s.id) === 'stored').map((s) => s.text)"


@dataclass
class Tally:
    """What happened over all rounds of one kind."""

    rounds: int = 0
    typed: int = 0
    acknowledged: int = 0
    lost: int = 0
    gone: int = 0
    most_gone: int = 0


class Typist:
    """Somebody at the workbench on a document whose every word is open to them."""

    def __init__(self, play: Any, server: Any, folder: Path, seed: int) -> None:
        self.play, self.server, self.folder = play, server, folder
        self.rng = random.Random(seed)
        self.number = 0

    @contextlib.contextmanager
    def browser(self, document: str) -> Iterator[Any]:
        from conftest import ARGUMENTS, SYSTEM_BROWSERS, until

        own = next((path for name in SYSTEM_BROWSERS if (path := shutil.which(name))), None)
        context = self.play.chromium.launch_persistent_context(
            str(self.folder), executable_path=own, args=ARGUMENTS, base_url=self.server.url
        )
        try:
            tab = context.pages[0] if context.pages else context.new_page()
            tab.goto(f"/review?doc={document}")
            until(tab, "b.slots.length && b.view.bitmap && b.outbox.size === 0")
            yield tab
        finally:
            with contextlib.suppress(Exception):
                context.close()

    def type(self, tab: Any) -> list[str]:
        """A few words, each another text."""
        texts = []
        for _ in range(self.rng.randrange(2, 7)):
            text = f"kill{self.number}"
            self.number += 1
            tab.keyboard.type(text, delay=2)
            tab.keyboard.press("Enter")
            texts.append(text)
            tab.wait_for_timeout(self.rng.choice([0, 0, 15, 60]))
        return texts

    def kill_browser(self) -> None:
        """SIGKILL to the processes of our own profile, by their ids."""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    command = (entry / "cmdline").read_bytes()
                    if f"--user-data-dir={self.folder}".encode() in command:
                        os.kill(int(entry.name), signal.SIGKILL)


def server_rounds(typist: Typist, project: Any, document: str, rounds: int) -> Tally:
    from conftest import ask, until

    tally = Tally()
    with typist.browser(document) as tab:
        for _ in range(rounds):
            if not ask(tab, "b.queue().length"):
                ask(tab, "b.open(b.page.page % b.total + 1)")
                until(tab, "b.queue().length && b.view.bitmap")
            texts = typist.type(tab)
            stored = set(ask(tab, STORED)) & set(texts)
            typist.server.kill()
            time.sleep(typist.rng.uniform(0, 0.05))
            typist.server.start()
            until(tab, "b.outbox.size === 0 && b.outbox.online", 60)
            _count(tally, project, document, texts, stored)
    return tally


def browser_rounds(typist: Typist, project: Any, document: str, rounds: int) -> Tally:
    from conftest import ask

    tally = Tally()
    for _ in range(rounds):
        with typist.browser(document) as tab:
            texts = typist.type(tab)
            stored = set(ask(tab, STORED)) & set(texts)
            typist.kill_browser()
        with typist.browser(document):  # whoever comes back delivers what was kept
            pass
        _count(tally, project, document, texts, stored)
    return tally


def _count(tally: Tally, project: Any, document: str, texts: list[str], stored: set[str]) -> None:
    from storage import ledger

    there = {e.payload.get("text") for e in ledger.events(project, document)}
    gone = sum(text not in there for text in texts)
    tally.rounds += 1
    tally.typed += len(texts)
    tally.acknowledged += len(stored)
    tally.lost += sum(text not in there for text in stored)
    tally.gone += gone
    tally.most_gone = max(tally.most_gone, gone)


def run(server: Any, data: Path, server_kills: int, browser_kills: int, seed: int = 1) -> tuple[Tally, Tally]:
    """Both kinds of rounds on a document of its own."""
    from made_document import add_document
    from playwright.sync_api import sync_playwright

    from storage.project import Project

    with sync_playwright() as play, Project.open(data) as project:
        document, _ = add_document(project, pages=12, words=150, errors=0.6, seed=seed)
        typist = Typist(play, server, data.parent / "profile", seed)
        one = server_rounds(typist, project, document, server_kills)
        return one, browser_rounds(typist, project, document, browser_kills)


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--server", type=int, default=100)
    options.add_argument("--browser", type=int, default=20)
    chosen = options.parse_args()
    from conftest import Server

    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data")
        server.start()
        try:
            tallies = run(server, server.data, chosen.server, chosen.browser)
        finally:
            server.stop()
    print(
        "| killed | times | typed | acknowledged | acknowledged and lost (0) | gone | most gone a kill (1) |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, t in zip(("server", "browser"), tallies, strict=True):
        print(f"| {name} | {t.rounds} | {t.typed} | {t.acknowledged} | {t.lost} | {t.gone} | {t.most_gone} |")
    return int(any(t.lost for t in tallies) or tallies[0].most_gone > 1)


if __name__ == "__main__":
    sys.exit(main())
