"""Adds the tiers of usual words to review/lexicon.npz: `python scripts/build_frequency_tiers.py`.

Needs the package wordfreq (not needed to run Inkveil): its lists of the most frequent words go in as Bloom
filters, one a language and tier; see review/lexicon.md for their source and licence.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from review.lexicon import FILE, LANGUAGES, TIERS, letters, slots_of

BITS_A_WORD = 9.6


def main() -> None:
    from wordfreq import top_n_list

    with np.load(FILE, allow_pickle=False) as stored:
        data = {name: stored[name] for name in stored.files if not name.startswith("usual_")}
    for language in LANGUAGES:
        for tier, count in enumerate(TIERS):
            words = dict.fromkeys(letters(w) for w in top_n_list(language, count))
            words = {w: None for w in words if w.replace("'", "").isalpha()}
            size = (int(len(words) * BITS_A_WORD) + 7) // 8
            bits = np.zeros(size, dtype=np.uint8)
            for word in words:
                for at in slots_of(word, size * 8):
                    bits[at >> 3] |= 1 << (at & 7)
            data[f"usual_{tier}_{language}"] = bits
    np.savez_compressed(FILE, **data)


if __name__ == "__main__":
    main()
