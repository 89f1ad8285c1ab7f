"""How long a reviewer waits: key -> next word painted, key -> stored, and edits lost, in a real Chromium.

    .venv/bin/python bench/workbench.py [--words 800] [--edits 200]

A page of many words; each decision by real key events: first at a typist's full speed (30 ms between
keys), then in a burst without gaps. Painted = from the key event's own time to the first frame after the
workbench drew the next word; stored = to the server's acknowledgement. Exit code 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

BENCH = "[...document.querySelectorAll('*')].map((e) => e.shadowRoot && e.shadowRoot.workbench).find(Boolean)"
MEASURE = f"""() => {{ const b = {BENCH}; const m = {{ painted: [], stored: [], times: new Map(), now: 0 }};
  b.root.addEventListener('keydown', (e) => {{ m.now = e.timeStamp; }}, true);
  b.measure = {{
    moved: (at) => requestAnimationFrame(() => {{ const c = new MessageChannel();
      c.port1.onmessage = () => m.painted.push(performance.now() - at); c.port2.postMessage(0); }}),
    sent: (key) => m.times.set(key, m.now),
    stored: (key) => m.stored.push(performance.now() - m.times.get(key)),
  }};
  window.measured = m; }}"""
BURST = f"""(count) => {{ const b = {BENCH}, f = b.desk.field;
  for (let n = 0; n < count; n++) {{ f.value = 'burst' + n;
    f.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'Enter', bubbles: true, composed: true }})); }} }}"""


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--words", type=int, default=800)
    options.add_argument("--edits", type=int, default=200)
    chosen = options.parse_args()
    import shutil

    from conftest import ARGUMENTS, SYSTEM_BROWSERS, Server
    from made_document import add_document
    from playwright.sync_api import sync_playwright

    from storage.project import Project

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        server = Server(Path(folder) / "data")
        server.start()
        own = next((path for name in SYSTEM_BROWSERS if (path := shutil.which(name))), None)
        browser = play.chromium.launch(executable_path=own, args=ARGUMENTS)
        try:
            with Project.open(server.data) as project:
                # two engines that misread every fourth word: enough doubtful words for two runs
                document, made = add_document(project, pages=1, words=chosen.words, errors=0.3)
                tab = browser.new_context(
                    viewport={"width": 1280, "height": 800}, base_url=server.url
                ).new_page()
                opened = open_page(tab, document)
                missed = measure(
                    tab, project, document, min(chosen.edits, doubtful(tab) // 2), len(made[0].words), opened
                )
        finally:
            browser.close()
            server.stop()
    return 1 if missed else 0


def open_page(tab: Any, document: str) -> float:
    """Seconds from asking for the page again, the application being loaded, to the painted words."""
    tab.goto(f"/review?doc={document}")
    tab.wait_for_function(f"() => {{ const b = {BENCH}; return b && b.slots.length && b.view.bitmap; }}")
    started = time.perf_counter()
    tab.evaluate(f"() => {{ const b = {BENCH}; b.fetched.clear(); b.opened = b.open(1); return b.opened; }}")
    return time.perf_counter() - started


def doubtful(tab: Any) -> int:
    return int(tab.evaluate(f"() => {{ const b = {BENCH}; return b.queue().length; }}"))


def measure(tab: Any, project: Any, document: str, edits: int, words: int, opened: float) -> bool:
    from storage import ledger

    tab.evaluate(MEASURE)
    for number in range(edits):
        if number % 3 == 2:  # every third word is typed anew
            tab.keyboard.type(f"w{number}", delay=30)
        tab.keyboard.press("Enter")
        tab.wait_for_timeout(30)
    settled = f"() => {{ const b = {BENCH}; return b.outbox.size === 0; }}"
    tab.wait_for_function(settled)
    typed = tab.evaluate("() => ({ painted: measured.painted, stored: measured.stored })")
    stored = len(ledger.events(project, document)) - 1
    burst = min(edits, doubtful(tab))
    started = time.perf_counter()
    tab.evaluate(BURST, burst)
    tab.wait_for_function(settled)
    seconds = time.perf_counter() - started
    lost = edits + burst - (len(ledger.events(project, document)) - 1)
    rows = [
        ("key -> next word painted, ms", typed["painted"], 50.0),
        ("key -> stored, ms", typed["stored"], 200.0),
    ]
    print(f"| page of {words} words, {edits} decisions | p50 | p95 | bar |\n|---|---|---|---|")
    missed = False
    for name, values, bar in rows:
        p95 = statistics.quantiles(values, n=20)[-1]
        missed |= p95 > bar
        print(f"| {name} | {statistics.median(values):.0f} | {p95:.0f} | <= {bar:.0f} |")
    print(f"| edits lost of {edits} at typing speed | {edits - stored} | | 0 |")
    more = f"{burst} more in a burst without gaps ({seconds:.1f} s to store)"
    print(f"| edits lost of {more} | {lost - edits + stored} | | 0 |")
    print(f"| page opened: words and marks painted, s | {opened:.2f} | | <= 1 |")
    return missed or lost != 0 or opened > 1


if __name__ == "__main__":
    sys.exit(main())
