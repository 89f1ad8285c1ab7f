"""What detection costs: first call, pages of 400 words, peak memory. Used by bench/pii.py --costs.

Time is CPU time of fresh processes. A page of one reading is the transcript alone, one of two readings has
both engines' words beside it, as redaction.detect.find gets them. Memory is the peak of a process in which
every recogniser has worked and every language's words are loaded, against one that has imported numpy only.
"Its own" is what of it is no page of a file (at the end, Linux only): the Japanese dictionary, 200 MB, is
mapped, and the system takes its pages back when it needs them.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from pii_set import Sample, invented, scanned

from model.geometry import Box, Quad
from model.words import Reading, TranscriptPage, TranscriptSlot, Word
from redaction.detect import find, find_text
from redaction.recognisers import patterns

_PEAK = """
import resource
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, end=" ")
own = [line.split()[1] for line in open("/proc/self/status") if line.startswith("RssAnon")]
print(int(own[0]) // 1024 if own else "-")
"""
_FIRST = """
import sys, time; sys.path.insert(0, {root!r})
begun = time.process_time()
from redaction.detect import find_text
find_text("Call John Smith at (415) 555-0137.", "en")
print(f"{{time.process_time() - begun:.2f}}", end=" ")
"""
_ALL = """
for language, text in {texts!r}:
    find_text(text, language)
"""
WORDS = 400


def report(root: Path, mending: Path) -> None:
    """Prints the costs."""
    samples = invented(mending)
    numpy = _fresh("import numpy")[-2]
    first, one, own = min(
        (_fresh(_FIRST.format(root=str(root))) for _ in range(3)), key=lambda run: float(run[0])
    )
    texts = [(s.language, s.text) for s in samples]
    _, peak, all_own = _fresh(_FIRST.format(root=str(root)) + _ALL.format(texts=texts))
    print(f"first call, import included: {first} s CPU, the least of three")
    print(f"peak memory: {one} MB after one English text (its own {own}), {peak} MB after all {len(texts)} "
          f"texts in seven languages (its own {all_own}); numpy alone {numpy} MB\n")  # fmt: skip
    print("| page of 400 words | text alone, ms | one reading, ms | two readings, ms |\n|---|---|---|---|")
    prose = "On Monday the committee met in the small room and talked about the roof and the garden wall. "
    print(_row("prose", "en", prose * 23))
    for language in dict.fromkeys(s.language for s in samples):
        chosen = [s for s in samples if s.language == language]
        print(_row(f"texts of the set, {language}", language, "\n".join(s.text for s in chosen)))


def _fresh(script: str) -> list[str]:
    run = [sys.executable, "-c", script + "\n" + _PEAK]
    return subprocess.run(run, capture_output=True, text=True, check=True).stdout.split()


def _row(name: str, language: str, text: str) -> str:
    lines = _cut(text, language)
    rng = random.Random(7)
    other = [scanned(Sample(line, []), 0.02, rng).text.replace("\n", " ") for line in lines]
    _timed(lines, language, other, 0, 2)
    times = [
        _timed(lines, language, other, readings, text_alone)
        for readings, text_alone in ((0, 1), (1, 0), (2, 0))
    ]
    return f"| {name} ({_count(lines, language)} words) | " + " | ".join(f"{t:.0f}" for t in times) + " |"


def _words(line: str, language: str) -> list[str]:
    """Words of a line; two characters each in Japanese, as engines give runs of characters."""
    if language != "ja":
        return line.split()
    return [part[i : i + 2] for part in line.split() for i in range(0, len(part), 2)]


def _count(lines: list[str], language: str) -> int:
    return sum(len(_words(line, language)) for line in lines)


def _cut(text: str, language: str) -> list[str]:
    """Lines of twelve words at the most, over and over until there are WORDS of them."""
    kept: list[str] = []
    count = 0
    gap = "" if language == "ja" else " "
    while True:
        for line in text.split("\n"):
            shown = _words(line, language)
            for i in range(0, len(shown), 12):
                part = shown[i : i + 12][: WORDS - count]
                count += len(part)
                kept.append(gap.join(part))
                if count >= WORDS:
                    return kept


def _timed(lines: list[str], language: str, other: list[str], readings: int, alone: int) -> float:
    """Milliseconds of CPU time a search, the least of four; what other searches kept is not used."""
    best = 1e9
    for n in range(4):
        mark = f"Nr {n}{readings}{alone} "
        own = [mark + lines[0], *lines[1:]]
        page = TranscriptPage(1, 2000, 2900, 200.0, tuple(
            TranscriptSlot(f"s{i}", q, t, line, i, q.bounds.expanded(3))
            for i, (t, q, line) in enumerate(_placed(own, language))
        ))  # fmt: skip
        heard = [
            Reading(
                f"e{k}", "1", 2000, 2900, tuple(Word(t, q, 0.9, line) for t, q, line in _placed(ls, language))
            )
            for k, ls in enumerate(([mark + lines[0], *lines[1:]], [mark + other[0], *other[1:]]))
        ][:readings]
        patterns.line_hits.cache_clear()  # what earlier pages left there would flatter the next
        begun = time.process_time()
        if alone:
            find_text("\n".join(own), language)
        else:
            find([page], {1: heard}, languages=[language])
        best = min(best, time.process_time() - begun)
    return 1000 * best


def _placed(lines: list[str], language: str) -> list[tuple[str, Quad, int]]:
    found = []
    for n, line in enumerate(lines):
        x = 60.0
        for text in _words(line, language):
            width = 12.0 * len(text)
            found.append((text, Quad.from_box(Box(x, 100 + 50 * n, x + width, 128 + 50 * n)), n))
            x += width + 12
    return found
