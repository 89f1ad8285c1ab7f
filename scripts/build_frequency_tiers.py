"""Adds the tiers of usual words to review/lexicon.npz: `python scripts/build_frequency_tiers.py`.

Needs the package wordfreq (not needed to run Inkveil): its lists of the most frequent words go in as Bloom
filters, one a language and tier; see review/lexicon.md for their source and licence.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from review.lexicon import FILE, LANGUAGES, TIERS, letters, slots_of

BITS_A_WORD = 9.6
LEAST = 0.15
"""A spelling is kept that is at least this often met as the commonest with the same letters."""


def main() -> None:
    from wordfreq import top_n_list

    with np.load(FILE, allow_pickle=False) as stored:
        data = {name: stored[name] for name in stored.files if not name.startswith(("usual_", "spelled_"))}
    for language in LANGUAGES:
        for tier, count in enumerate(TIERS):
            words = dict.fromkeys(letters(w) for w in top_n_list(language, count))
            words = {w: None for w in words if w.replace("'", "").isalpha()}
            data[f"usual_{tier}_{language}"] = _filter(words)
        data[f"spelled_{language}"] = _filter(_spellings(top_n_list(language, TIERS[-1]), language))
    np.savez_compressed(FILE, **data)


def _spellings(words: Iterable[str], language: str) -> list[str]:
    """Words with their accents, without those that are mostly another word written without its accents."""
    from wordfreq import word_frequency

    best: dict[str, float] = {}
    out = []
    for word in words:
        if word.replace("'", "").isalpha():
            usual = word_frequency(word, language)
            if usual >= LEAST * best.setdefault(letters(word), usual):
                out.append(word)
    return out


def _filter(words: Iterable[str]) -> NDArray[np.uint8]:
    listed = list(words)
    size = (int(len(listed) * BITS_A_WORD) + 7) // 8
    bits = np.zeros(size, dtype=np.uint8)
    for word in listed:
        for at in slots_of(word, size * 8):
            bits[at >> 3] |= 1 << (at & 7)
    return bits


if __name__ == "__main__":
    main()
