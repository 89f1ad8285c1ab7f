"""A stored decision against a bare SQLite append, and the longest wait with four writers.

    .venv/bin/python bench/ledger.py [--dir FOLDER] [--events N]

All append the same fields (document, seq, kind, page, payload, actor, time, key, two hashes) to a file of
their own, one transaction each, WAL and synchronous=FULL. There are two bare tables: one without any
index, and one whose key is unique, which is the least that storing a key once takes in SQL. They take
turns in random order, ten appends each, after a warm-up that lets the write-ahead logs grow to their full
size; the disk may be shared, so the figures are medians over the rounds. The ledger computes its hashes,
looks for the key, and keeps the head of the chain.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import random
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


def bare(folder: Path, *, unique: bool) -> Callable[[str], object]:
    conn = sqlite3.connect(folder / f"bare{unique}.sqlite", isolation_level=None)
    conn.execute("PRAGMA journal_mode=WAL")
    conn.execute("PRAGMA synchronous=FULL")
    conn.execute(
        "CREATE TABLE e (id INTEGER PRIMARY KEY, document TEXT, seq INTEGER, kind TEXT, page INTEGER, "
        f"payload TEXT, actor TEXT, at TEXT, key TEXT{' UNIQUE' if unique else ''}, a TEXT, b TEXT)"
    )
    seq = itertools.count(1)

    def append(key: str) -> None:
        row = (DOCUMENT, next(seq), "correct", 1, json.dumps(PAYLOAD), "local", now(), key, HASH, HASH)
        conn.execute("BEGIN IMMEDIATE")
        conn.execute(
            "INSERT INTO e (document, seq, kind, page, payload, actor, at, key, a, b) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        conn.execute("COMMIT")

    return append


def compare(folder: Path, count: int) -> dict[str, list[tuple[float, float]]]:
    """name -> (wall, CPU) microseconds an append, for each round."""
    project = Project.open(folder, "compare")
    runs: dict[str, Callable[[str], object]] = {
        "bare, no index": bare(folder, unique=False),
        "bare, unique key": bare(folder, unique=True),
        "ledger.append": lambda key: ledger.append(project, DOCUMENT, decision(key)),
    }
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    block, number = 10, 0
    warm = 100
    order = random.Random(1)
    for turn in range(warm + max(40, count // block)):
        for name, run in order.sample(list(runs.items()), len(runs)):
            wall, cpu = time.perf_counter(), time.process_time()
            for _ in range(block):
                number += 1
                run(f"3f0c{number:032d}")
            spent = (time.perf_counter() - wall) / block * 1e6, (time.process_time() - cpu) / block * 1e6
            if turn >= warm:
                seconds[name].append(spent)
    return seconds


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
        print(
            f"{'medians over rounds of 10':28}{'wall us':>10}{'CPU us':>10}"
            f"{'wall / bare':>22}{'CPU / bare':>22}"
        )
        middle = {
            name: [statistics.median(values) for values in zip(*spent, strict=True)]
            for name, spent in costs.items()
        }
        bares = [values for name, values in middle.items() if name.startswith("bare")]
        for name, values in middle.items():
            ratios = ["  ".join(f"{values[i] / base[i]:8.2f}" for base in bares) for i in (0, 1)]
            print(f"{name:28}{values[0]:10.0f}{values[1]:10.0f}{ratios[0]:>22}{ratios[1]:>22}")
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
