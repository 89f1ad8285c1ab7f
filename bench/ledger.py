"""A stored decision against a bare SQLite append, and the longest wait with four writers.

    .venv/bin/python bench/ledger.py [--dir FOLDER] [--events N]

Both append the same fields (document, kind, page, payload, actor, time, a unique key, two hashes) to a
table of their own, one transaction each, WAL and synchronous=FULL; blocks of both take turns, after a
warm-up that lets both write-ahead logs grow to their full size. The ledger computes its hashes, checks
the key, and keeps the head of the chain beside.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from model.decisions import Decision
from storage import ledger
from storage.project import Project, now

DOCUMENT = "0123456789abcdef"
PAYLOAD = {"slot": "p1-120-340", "box": [120.0, 340.0, 260.5, 372.25], "text": "Agler", "before": "Aglet"}
HASH = "0" * 64


def decision(key: str) -> Decision:
    return Decision("correct", 1, PAYLOAD, "local", key)


def bare(folder: Path) -> Callable[[str], object]:
    conn = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    conn.execute("PRAGMA journal_mode=WAL")
    conn.execute("PRAGMA synchronous=FULL")
    conn.execute(
        "CREATE TABLE e (id INTEGER PRIMARY KEY, document TEXT, kind TEXT, page INTEGER, payload TEXT, "
        "actor TEXT, at TEXT, key TEXT UNIQUE, a TEXT, b TEXT)"
    )

    def append(key: str) -> None:
        row = (DOCUMENT, "correct", 1, json.dumps(PAYLOAD), "local", now(), key, HASH, HASH)
        conn.execute("BEGIN IMMEDIATE")
        conn.execute(
            "INSERT INTO e (document, kind, page, payload, actor, at, key, a, b) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        conn.execute("COMMIT")

    return append


def compare(folder: Path, count: int) -> dict[str, tuple[float, float]]:
    """name -> (wall, CPU) microseconds an append: the median over the blocks."""
    project = Project.open(folder, "compare")
    runs: dict[str, Callable[[str], object]] = {
        "bare append": bare(folder),
        "ledger.append": lambda key: ledger.append(project, DOCUMENT, decision(key)),
    }
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    block, number = 100, 0
    warm = 10
    for turn in range(warm + max(4, count // block)):
        for name, run in runs.items():
            wall, cpu = time.perf_counter(), time.process_time()
            for _ in range(block):
                number += 1
                run(f"3f0c{number:032d}")
            spent = (time.perf_counter() - wall) / block * 1e6, (time.process_time() - cpu) / block * 1e6
            if turn >= warm:
                seconds[name].append(spent)
    return {
        name: (statistics.median(w for w, _ in spent), statistics.median(c for _, c in spent))
        for name, spent in seconds.items()
    }


def writer(
    folder: str, name: str, count: int, start: multiprocessing.Barrier, out: multiprocessing.Queue
) -> None:  # type: ignore[type-arg, valid-type]
    project = Project.open(Path(folder), "writers")
    start.wait()
    waits = []
    for number in range(count):
        began = time.perf_counter()
        ledger.append(project, DOCUMENT, decision(f"{name}-{number}"))
        waits.append(time.perf_counter() - began)
    out.put(waits)


def contention(folder: Path, writers: int, count: int) -> list[float]:
    """Milliseconds that each append took while all writers append without a pause."""
    Project.open(folder, "writers").close()
    context = multiprocessing.get_context("spawn")
    start, out = context.Barrier(writers), context.Queue()
    processes = [
        context.Process(target=writer, args=(str(folder), f"w{n}", count, start, out)) for n in range(writers)
    ]
    for process in processes:
        process.start()
    waits = [wait * 1000 for _ in processes for wait in out.get(timeout=600)]
    for process in processes:
        process.join()
    return sorted(waits)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--dir", type=Path, help="a folder on the disk to measure (default: the temporary one)"
    )
    parser.add_argument("--events", type=int, default=3000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.dir) as name:
        folder = Path(name)
        costs = compare(folder, options.events)
        base = costs["bare append"]
        print(f"{'':24}{'wall us':>10}{'CPU us':>10}{'wall':>8}{'CPU':>8}")
        for what, (wall, cpu) in costs.items():
            print(f"{what:24}{wall:10.0f}{cpu:10.0f}{wall / base[0]:8.2f}{cpu / base[1]:8.2f}")
        for writers in (1, 4):
            waits = contention(folder, writers, options.events // 3)
            print(
                f"{writers} writer(s), {len(waits):,} appends: p50 {statistics.median(waits):.2f} ms, "
                f"p99 {waits[int(len(waits) * 0.99)]:.2f} ms, longest {waits[-1]:.1f} ms"
            )
        project = Project.open(folder, "writers")
        began = time.process_time()
        report = ledger.verify(project, DOCUMENT)
        each = (time.process_time() - began) / report.events * 1e6
        print(f"verify: {report.message} {each:.1f} CPU us an event")


if __name__ == "__main__":
    main()
