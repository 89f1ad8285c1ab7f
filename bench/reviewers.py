"""Many reviewers at once over HTTP: decisions lost, pages given to two, time until a decision is stored.

    .venv/bin/python bench/reviewers.py [--reviewers 10] [--decisions 10000] [--words 400] [--pages 60]

A real server; each reviewer, a thread with a token and a connection of its own, asks for the next page of the
document, decides on every doubtful word of it one by one, and asks again. Lost: decisions that were
acknowledged and are not in the ledger, or do not stand on their word in the end. Exit code 1 where a bar is
missed.
"""

from __future__ import annotations

import argparse
import secrets
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]
BAR_MS = 300.0


@dataclass
class Outcome:
    """What the reviewers saw and what is stored."""

    sent: int = 0
    acknowledged: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    """key -> (page, slot, text)."""
    refused: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    """Milliseconds from sending to the acknowledgement."""
    double: int = 0
    seconds: float = 0.0
    lost: int = 0
    changed: int = 0
    """Words that do not say what the last decision on them said."""


class Reviewers:
    """The simulation against a running server."""

    def __init__(self, url: str, project: Any, document: str, count: int, most: int) -> None:
        self.url, self.project, self.document = url, project, document
        self.count, self.most = count, most
        self.outcome = Outcome()
        self.guard = threading.Lock()
        self.working: dict[int, str] = {}

    def run(self) -> Outcome:
        threads = [threading.Thread(target=self._work, args=(f"reviewer{n}",)) for n in range(self.count)]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.outcome.seconds = time.perf_counter() - started
        self._check()
        return self.outcome

    def _work(self, name: str) -> None:
        import httpx

        from review.access import HEADER, issue

        token = issue(self.project.path, actor=name, session=name)
        base = f"{self.url}/inkveil/review/{self.project.path.name}"
        here = {"document": self.document, "page": 1, "scope": "document"}
        with httpx.Client(headers={HEADER: token}, timeout=60) as client:
            while self.outcome.sent < self.most:
                got = client.post(f"{base}/next", json=here).json()
                if not got:
                    return
                page = got["page"]
                with self.guard:
                    if self.working.get(page, name) != name:
                        self.outcome.double += 1
                    self.working[page] = name
                words = client.get(f"{base}/{self.document}/pages/{page}").json()
                flagged = [s for s in words["slots"] if s["status"] in ("open", "contested") and s["mark"]]
                for slot in flagged:
                    if self.outcome.sent >= self.most:
                        break
                    self._decide(client, base, page, slot)
                with self.guard:
                    self.working.pop(page, None)
                client.post(f"{base}/{self.document}/pages/{page}/lease", json={"release": True})
                here["page"] = page

    def _decide(self, client: Any, base: str, page: int, slot: dict[str, Any]) -> None:
        q = slot["quad"]
        box = [min(q[0::2]), min(q[1::2]), max(q[0::2]), max(q[1::2])]
        text, key = f"{slot['text'] or 'ink'}x", f"k{secrets.token_hex(12)}"
        payload = {"slot": slot["id"], "box": box, "text": text, "before": slot["text"]}
        edit = {"kind": "correct", "page": page, "key": key, "payload": payload, "seen": slot["seen"]}
        with self.guard:
            self.outcome.sent += 1
        started = time.perf_counter()
        answer = client.post(f"{base}/{self.document}/decisions", json={"edits": [edit]})
        took = (time.perf_counter() - started) * 1000
        with self.guard:
            self.outcome.latencies.append(took)
            if answer.status_code == 200:
                self.outcome.acknowledged[key] = (page, slot["id"], text)
            else:
                self.outcome.refused.append(answer.text[:200])

    def _check(self) -> None:
        from review.load import load
        from storage import ledger

        stored = {e.key: e for e in ledger.events(self.project, self.document)}
        self.outcome.lost = sum(key not in stored for key in self.outcome.acknowledged)
        newest: dict[tuple[int, str], tuple[int, str]] = {}
        for key, (page, slot, text) in self.outcome.acknowledged.items():
            if key in stored:
                newest[page, slot] = max(newest.get((page, slot), (0, "")), (stored[key].seq, text))
        now = {(p.page, s.id): s.text for p in load(self.project, self.document).pages for s in p.slots}
        self.outcome.changed = sum(now.get(place) != text for place, (_, text) in newest.items())


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--reviewers", type=int, default=10)
    options.add_argument("--decisions", type=int, default=10_000)
    options.add_argument("--words", type=int, default=400)
    options.add_argument("--pages", type=int, default=60)
    chosen = options.parse_args()
    from conftest import Server
    from made_document import add_document

    from storage import ledger
    from storage.project import Project

    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data")
        server.start()
        try:
            with Project.open(server.data) as project:
                document, _ = add_document(project, pages=chosen.pages, words=chosen.words, errors=0.6)
                work = Reviewers(server.url, project, document, chosen.reviewers, chosen.decisions)
                found = work.run()
                chain = ledger.verify(project, document).ok
        finally:
            server.stop()
    p95 = statistics.quantiles(found.latencies, n=20)[-1]
    print(f"| {chosen.reviewers} reviewers, {found.sent:,} decisions in {found.seconds:.0f} s | | bar |")
    print("|---|---|---|")
    print(f"| decisions acknowledged and lost | {found.lost} | 0 |")
    print(f"| words that do not say what was decided last | {found.changed} | 0 |")
    print(f"| refused | {len(found.refused)} | 0 |")
    print(f"| pages given to two people at once | {found.double} | 0 |")
    print(
        f"| stored, p50 / p95, ms | {statistics.median(found.latencies):.0f} / {p95:.0f} | <= {BAR_MS:.0f} |"
    )
    print(f"| the chain of hashes holds | {'yes' if chain else 'no'} | yes |")
    return int(bool(found.lost or found.changed or found.double or not chain or p95 > BAR_MS))


if __name__ == "__main__":
    sys.exit(main())
