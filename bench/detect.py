"""Measures detection of personal data: leaks, full recall, precision, time.

    .venv/bin/python bench/detect.py [--labelled FILE ...] [--sentences FILE] [--half tune|held|both]
                                     [--presidio]

A labelled file has one line a text, `C\\t...` (clean), `O\\t...` (misread) or `N\\t...` (holds nothing),
with entities written [[TYPE|text]]. A sentences file is JSON: {"items": [{"text", "spans": [{"type",
"start", "end"}]}]}. Every second sentence ("held") is kept out of tuning; the other half is "tune".

"full": every letter and digit of the entity lies under a finding of any type, i.e. it is not leaked.
"precision": findings that touch a labelled entity. "misread": the same text with 3.8 % of its characters
changed the way engines change them (look-alikes, dropped and doubled characters), seed fixed.
`--presidio` measures presidio as it comes on the same texts.
Without arguments the labelled lines in tests/resources/pii_lines_*.txt are measured.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from redaction.detect import find_text  # noqa: E402

CONFUSIONS = {
    "0": "OoD", "1": "lI|7", "2": "Z7", "3": "8", "4": "9", "5": "S6", "6": "Gb", "7": "1", "8": "B3",
    "9": "g4", "O": "0Q", "o": "0c", "l": "1I", "I": "l1", "S": "5", "s": "5", "B": "8", "G": "6", "Z":
    "2", "e": "c", "c": "e", "a": "o", "u": "n", "n": "u", "h": "b", "b": "h", "i": "l", "t": "f", "f":
    "t", "v": "y", "y": "v", ",": ".", ".": ",", "r": "n", "E": "F", "F": "E", "D": "O", "C": "G", "M":
    "N", "N": "M",
}  # fmt: skip
PAIRS = {"m": "rn", "w": "vv", "d": "cl"}
CORE = frozenset(
    {"PERSON", "STREET_ADDRESS", "GPE", "CREDIT_CARD", "PHONE_NUMBER", "DATE_TIME", "EMAIL_ADDRESS"}
    | {"ZIP_CODE", "IBAN_CODE", "IP_ADDRESS", "US_SSN", "US_DRIVER_LICENSE"}
)


Finder = Callable[[str, str], Sequence[Any]]
"""(text, language) -> findings with start and end."""


@dataclass
class Sample:
    text: str
    spans: list[tuple[str, int, int]]
    group: str = "C"


@dataclass
class Score:
    entities: int = 0
    full: int = 0
    core: int = 0
    core_full: int = 0
    characters: int = 0
    leaked: int = 0
    findings: int = 0
    right: int = 0
    missed: Counter[str] = field(default_factory=Counter)
    of: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


def labelled(path: Path) -> list[Sample]:
    samples = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if "\t" not in line or line.startswith("#"):
            continue
        group, raw = line.split("\t", 1)
        text, spans = "", []
        last = 0
        for match in re.finditer(r"\[\[(\w+)\|(.*?)\]\]", raw):
            text += raw[last : match.start()]
            spans.append((match[1], len(text), len(text) + len(match[2])))
            text += match[2]
            last = match.end()
        samples.append(Sample(text + raw[last:], spans, group))
    return samples


def sentences(path: Path, half: str) -> list[Sample]:
    items = json.loads(path.read_text(encoding="utf-8"))["items"]
    chosen = {"tune": items[::2], "held": items[1::2], "both": items}[half]
    return [Sample(i["text"], [(s["type"], s["start"], s["end"]) for s in i["spans"]]) for i in chosen]


def misread(sample: Sample, rate: float, rng: random.Random) -> Sample:
    """The sample with characters changed; spans move with their text."""
    out: list[str] = []
    at = [0] * (len(sample.text) + 1)
    for i, c in enumerate(sample.text):
        at[i] = sum(map(len, out)) if i < 1 else at[i - 1] + len(out[-1])
        if c.isspace() or rng.random() >= rate:
            out.append(c)
            continue
        roll = rng.random()
        if c in PAIRS and roll < 0.3:
            out.append(PAIRS[c])
        elif c in CONFUSIONS and roll < 0.9:
            out.append(rng.choice(CONFUSIONS[c]))
        elif roll < 0.95:
            out.append("")
        else:
            out.append(c + c)
    text = "".join(out)
    at[len(sample.text)] = len(text)
    return Sample(text, [(k, at[a], at[b]) for k, a, b in sample.spans], sample.group)


def plain_presidio() -> Finder:
    """presidio as it comes, its own recognisers and thresholds, over a blank English pipeline."""
    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    class Blank(SpacyNlpEngine):
        def __init__(self) -> None:
            super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
            self.nlp = {"en": spacy.blank("en")}

        def load(self) -> None:
            pass

    # On the first e-mail address it would ask the network for the list of domains.
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    engine = AnalyzerEngine(nlp_engine=Blank(), supported_languages=["en"], default_score_threshold=0.35)
    return lambda text, _: engine.analyze(text=text, language="en")


def measure(samples: list[Sample], language: str, finder: Finder = find_text) -> Score:
    score = Score()
    begun = time.process_time()
    for sample in samples:
        found = finder(sample.text, language)
        covered = [False] * len(sample.text)
        for f in found:
            covered[f.start : f.end] = [True] * (f.end - f.start)
        for kind, start, end in sample.spans:
            wanted = [i for i in range(start, end) if sample.text[i].isalnum()]
            missing = sum(not covered[i] for i in wanted)
            score.entities += 1
            score.of[kind] += 1
            score.full += missing == 0
            score.characters += len(wanted)
            score.leaked += missing
            if kind in CORE:
                score.core += 1
                score.core_full += missing == 0
            if missing:
                score.missed[kind] += 1
        score.findings += len(found)
        score.right += sum(any(f.start < b and a < f.end for _, a, b in sample.spans) for f in found)
    score.seconds = time.process_time() - begun
    return score


def row(name: str, s: Score) -> str:
    return (
        f"| {name} | {s.full}/{s.entities} = {100 * s.full / max(s.entities, 1):.1f} % "
        f"| {100 * s.core_full / max(s.core, 1):.1f} % "
        f"| {100 * s.leaked / max(s.characters, 1):.2f} % "
        f"| {s.right}/{s.findings} = {s.right / max(s.findings, 1):.3f} | {s.seconds:.2f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--labelled", type=Path, action="append", default=[])
    parser.add_argument("--sentences", type=Path)
    parser.add_argument("--half", choices=("tune", "held", "both"), default="both")
    parser.add_argument("--language", default=None, help="else from the file's name (_ja), else en")
    parser.add_argument("--presidio", action="store_true", help="plain presidio beside it")
    parser.add_argument("--details", action="store_true", help="misses by type")
    arguments = parser.parse_args()
    files = arguments.labelled
    if not files and not arguments.sentences:
        files = sorted((ROOT / "tests/resources").glob("pii_lines_*.txt"))

    begun, cpu = time.perf_counter(), time.process_time()
    find_text("Call John Smith at (415) 555-0137.", "en")
    print(f"first call {time.process_time() - cpu:.2f} s CPU, {time.perf_counter() - begun:.2f} s\n")
    page = (
        "On Monday the committee met in the small room and talked about the roof and the garden wall. " * 23
    )
    begun = time.process_time()
    for n in range(3):
        find_text(page.replace("Monday", f"day {n}"), "en")
    print(f"page of {len(page.split())} words: {1000 * (time.process_time() - begun) / 3:.0f} ms CPU\n")

    other = plain_presidio() if arguments.presidio else None
    print("| set | full | core types | leaked characters | precision | CPU s |\n|---|---|---|---|---|---|")
    for path in files:
        language = arguments.language or ("ja" if "_ja" in path.stem else "en")
        samples = labelled(path)
        for group, name in (("C", "clean"), ("O", "misread"), ("N", "nothing in it")):
            chosen = [s for s in samples if s.group == group]
            if chosen:
                print(row(f"{path.stem}, {name}", measure(chosen, language)))
        print(row(f"{path.stem}, all", measure(samples, language)))
        if other:
            print(row(f"{path.stem}, all: plain presidio", measure(samples, "en", other)))
    if arguments.sentences:
        samples = sentences(arguments.sentences, arguments.half)
        rng = random.Random(20261120)
        for name, chosen in (("clean", samples), ("misread", [misread(s, 0.038, rng) for s in samples])):
            score = measure(chosen, "en")
            print(row(f"{len(chosen)} sentences ({arguments.half}), {name}", score))
            if other:
                print(row(f"{len(chosen)} sentences, {name}: plain presidio", measure(chosen, "en", other)))
            if arguments.details:
                for kind, count in score.of.most_common():
                    print(f"    {kind}: {count - score.missed[kind]}/{count}")


if __name__ == "__main__":
    main()
