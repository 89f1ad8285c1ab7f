"""Measures detection of personal data: leaks, full recall, precision, time, memory.

    .venv/bin/python bench/pii.py [--set mending|kept|both] [--presidio] [--details] [--misses]
    .venv/bin/python bench/pii.py [--labelled FILE ...] [--sentences FILE] [--half tune|held|both]
    .venv/bin/python bench/pii.py --costs

Without arguments the labelled lines in tests/resources/pii_lines_*.txt and both halves of bench/pii_sets
(see the README there and pii_set.py) are measured. A sentences file is JSON: {"items": [{"text", "spans":
[{"type", "start", "end"}]}]}; every second sentence ("held") is kept out of tuning, the others are "tune".

"full": every letter and digit of the entity lies under a finding of any type, i.e. it is not leaked.
"leaked": the characters that do not. "precision": findings that touch a labelled entity; by type: the
findings of that type. "misread": the same text as engines misread it, seed fixed. "labelled forms": the
texts where a label stands before each value. "identifiers": numbers, addresses of mail and the web, plates.
`--presidio` measures presidio as it comes on the same texts. `--costs`: first call, a page of 400 words with
one and with two readings, and peak memory in fresh processes.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from pii_set import Sample, invented, labelled, misread, scanned, sentences  # noqa: E402

from redaction.detect import find_text  # noqa: E402

SETS = {"mending": "bench/pii_sets/mending.txt", "kept": "bench/pii_sets/kept.txt"}
RATE = 0.038
DRAWS = 3
"""Times that a small set is misread, each in another way."""
CORE = frozenset(
    {"PERSON", "STREET_ADDRESS", "GPE", "CREDIT_CARD", "PHONE_NUMBER", "DATE_TIME", "EMAIL_ADDRESS"}
    | {"ZIP_CODE", "IBAN_CODE", "IP_ADDRESS", "US_SSN", "US_DRIVER_LICENSE"}
)
NOT_IDENTIFIERS = frozenset(
    {"PERSON", "ADDRESS", "LOCATION", "DATE_TIME", "DATE_OF_BIRTH", "AGE", "STREET_ADDRESS", "GPE"}
    | {"ORGANIZATION", "TITLE", "NRP", "ZIP_CODE"}
)

Finder = Callable[[str, str], Sequence[Any]]
"""(text, language) -> findings with type (presidio: entity_type), start and end."""


@dataclass
class Score:
    entities: int = 0
    full: int = 0
    core: int = 0
    core_full: int = 0
    characters: int = 0
    leaked: int = 0
    numbers: int = 0
    numbers_full: int = 0
    findings: int = 0
    right: int = 0
    of: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    said: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


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


def measure(samples: Iterable[Sample], finder: Finder = find_text, show: bool = False) -> Score:
    """The score over all samples; `show` prints what leaks and what is wrongly found."""
    score = Score()
    begun = time.process_time()
    for sample in samples:
        found = finder(sample.text, sample.language)
        covered = [False] * len(sample.text)
        for f in found:
            covered[f.start : f.end] = [True] * (f.end - f.start)
        notes = []
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
            if kind not in NOT_IDENTIFIERS:
                score.numbers += 1
                score.numbers_full += missing == 0
            if missing:
                score.missed[kind] += 1
                notes.append(f"  LEAK {kind} {missing}/{len(wanted)}: {sample.text[start:end]!r}")
        for f in found:
            kind = getattr(f, "type", None) or f.entity_type
            touched = any(f.start < b and a < f.end for _, a, b in sample.spans)
            if not touched and any(f.start < b and a < f.end for _, a, b in sample.open):
                continue
            score.findings += 1
            score.right += touched
            score.said[kind] += 1
            score.wrong[kind] += not touched
            if not touched:
                notes.append(f"  WRONG {kind} {f.score:.2f}: {sample.text[f.start : f.end]!r}")
        if show and notes:
            print(f"{sample.language} {sample.group}: {sample.text!r}", *notes, sep="\n")
    score.seconds = time.process_time() - begun
    return score


HEAD = (
    "| set | full | core types | identifiers | leaked characters | precision | CPU s |\n"
    "|---|---|---|---|---|---|---|"
)


def row(name: str, s: Score) -> str:
    def share(a: int, b: int) -> str:
        return f"{100 * a / b:.1f} %" if b else "-"

    return (
        f"| {name} | {s.full}/{s.entities} = {share(s.full, s.entities)} "
        f"| {share(s.core_full, s.core)} | {share(s.numbers_full, s.numbers)} "
        f"| {100 * s.leaked / max(s.characters, 1):.2f} % "
        f"| {s.right}/{s.findings} = {s.right / max(s.findings, 1):.3f} | {s.seconds:.2f} |"
    )


def by_type(score: Score) -> None:
    for kind in sorted(score.of | score.said, key=lambda k: -score.of[k]):
        said, of = score.said[kind], score.of[kind]
        recall = f"{of - score.missed[kind]}/{of} full" if of else "-"
        precision = f"{said - score.wrong[kind]}/{said} right" if said else "-"
        print(f"    {kind:22} {recall:16} {precision}")


def halves(names: Sequence[str], other: Finder | None, details: bool, show: bool) -> None:
    """The sets of bench/pii_sets: clean and misread, by language, forms alone, presidio beside them."""
    for name in names:
        clean = invented(ROOT / SETS[name])
        rng = random.Random(20270201)
        poor = [scanned(s, RATE, rng) for _ in range(DRAWS) for s in clean]
        for way, samples in (("clean", clean), ("misread", poor)):
            score = measure(samples, show=show and way == "clean")
            print(row(f"{name}, {way}", score))
            if other:
                print(row(f"{name}, {way}: plain presidio", measure(samples, other)))
            forms = [s for s in samples if s.group == "form"]
            print(row(f"{name}, {way}, labelled forms", measure(forms)))
            print(row(f"{name}, {way}, labelled forms, ja", measure(s for s in forms if s.language == "ja")))
            for language in dict.fromkeys(s.language for s in samples):
                print(
                    row(f"{name}, {way}, {language}", measure(s for s in samples if s.language == language))
                )
            if details:
                by_type(score)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--set", choices=(*SETS, "both", "none"), default=None)
    parser.add_argument("--labelled", type=Path, action="append", default=[])
    parser.add_argument("--sentences", type=Path)
    parser.add_argument("--half", choices=("tune", "held", "both"), default="both")
    parser.add_argument("--language", default=None, help="else from the file's name (_ja), else en")
    parser.add_argument("--presidio", action="store_true", help="plain presidio beside it")
    parser.add_argument("--details", action="store_true", help="recall and precision by type")
    parser.add_argument("--misses", action="store_true", help="print what leaks and what is wrong (mending)")
    parser.add_argument("--costs", action="store_true", help="time and memory only")
    arguments = parser.parse_args()
    if arguments.costs:
        import pii_costs

        return pii_costs.report(ROOT, ROOT / SETS["mending"])
    files = arguments.labelled
    asked = files or arguments.sentences or arguments.set
    if not asked:
        files = sorted((ROOT / "tests/resources").glob("pii_lines_*.txt"))
    chosen = arguments.set or ("none" if asked else "both")
    other = plain_presidio() if arguments.presidio else None
    print(HEAD)
    for path in files:
        language = arguments.language or ("ja" if "_ja" in path.stem else "en")
        samples = labelled(path)
        for sample in samples:
            sample.language = language
        for group, name in (("C", "clean"), ("O", "misread"), ("N", "nothing in it")):
            some = [s for s in samples if s.group == group]
            if some:
                print(row(f"{path.stem}, {name}", measure(some)))
        print(row(f"{path.stem}, all", measure(samples)))
        if other:
            print(row(f"{path.stem}, all: plain presidio", measure(samples, other)))
    if arguments.sentences:
        samples = sentences(arguments.sentences, arguments.half)
        rng = random.Random(20261120)
        for name, some in (("clean", samples), ("misread", [misread(s, RATE, rng) for s in samples])):
            score = measure(some)
            print(row(f"{len(some)} sentences ({arguments.half}), {name}", score))
            if other:
                print(row(f"{len(some)} sentences, {name}: plain presidio", measure(some, other)))
            if arguments.details:
                by_type(score)
    halves(list(SETS) if chosen == "both" else [s for s in SETS if s == chosen],
           other, arguments.details, arguments.misses and chosen == "mending")  # fmt: skip
    return None


if __name__ == "__main__":
    main()
