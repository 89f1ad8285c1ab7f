"""Certified accuracy by simulation: does the bound hold as often as it says, what it costs, attention.

    .venv/bin/python bench/certify.py [--draws 1000]

Populations of words with known error rates; samples as review.sampling draws them. "One sample": planned for
the target with no error in it. "Until it holds": drawn again, all samples counting together, until the bound
meets the target or five have been drawn; false: certified although the true rate is above the target.
Attention: known errors answered by simulated reviewers with known catch rates; how often the 95 % interval
holds the truth. Exit code 1 where a single sample's bound holds less often than 95 % (less three standard
errors).
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from review.sampling import draw, interval, size_for, upper_bound  # noqa: E402

RATE, CONFIDENCE = 0.005, 0.95


def one_sample(population: int, wrong: int, size: int, rng: random.Random) -> tuple[int, int]:
    words = [(n < wrong,) for n in range(population)]
    chosen = draw(words, size, rng.randrange(2**40))
    return sum(w for (w,) in chosen), len(chosen)


def until_it_holds(population: int, wrong: int, rng: random.Random) -> tuple[bool, int]:
    """Whether it was certified in the end, and how many words were looked at."""
    words = [(n < wrong,) for n in range(population)]
    rng.shuffle(words)
    errors = seen = 0
    for _ in range(5):
        more = size_for(RATE, CONFIDENCE, errors) - seen
        chosen = words[seen : seen + more]
        errors, seen = errors + sum(w for (w,) in chosen), seen + len(chosen)
        if upper_bound(errors, seen, CONFIDENCE) <= RATE:
            return True, seen
        if seen >= population:
            return False, seen
    return False, seen


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--draws", type=int, default=1000)
    draws = options.parse_args().draws
    rng = random.Random(11)
    size = size_for(RATE, CONFIDENCE)
    one = size_for(RATE, CONFIDENCE, 1)
    print(f"target {RATE:.1%} at {CONFIDENCE:.0%}: {size} clean words, {one} with one error")
    print("| true rate, of 20,000 | bound holds | one sample certifies | until it holds: certified | words |")
    print("|---|---|---|---|---|")
    missed = False
    for rate in (0.0005, 0.002, 0.004, 0.006, 0.01, 0.02):
        wrong = round(20_000 * rate)
        held = certified = 0
        for _ in range(draws):
            errors, n = one_sample(20_000, wrong, size, rng)
            bound = upper_bound(errors, n, CONFIDENCE)
            held += bound >= rate
            certified += bound <= RATE
        again = [until_it_holds(20_000, wrong, rng) for _ in range(max(draws // 5, 1))]
        yes = sum(ok for ok, _ in again) / len(again)
        words = sum(n for _, n in again) / len(again)
        missed |= held / draws < CONFIDENCE - 3 * (CONFIDENCE * (1 - CONFIDENCE) / draws) ** 0.5
        false = " (false)" if rate > RATE else ""
        share = f"{certified / draws:.1%}{false} | {yes:.1%}{false}"
        print(f"| {rate:.2%} | {held / draws:.1%} | {share} | {words:,.0f} |")
    print("\n| true catch rate, 60 known errors | interval holds it |\n|---|---|")
    for catch in (0.5, 0.7, 0.9, 0.98):
        inside = 0
        for _ in range(draws):
            caught = sum(rng.random() < catch for _ in range(60))
            low, high = interval(caught, 60)
            inside += low <= catch <= high
        print(f"| {catch:.0%} | {inside / draws:.1%} |")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
