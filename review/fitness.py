"""Whether a reading is one of this page: no longer than a page can be, and not of another one.

A reading that does not fit is left out of the merge and becomes a failure value, so that it spoils nothing.
What was mended inside a reading is counted by review.characters. Nothing here aligns or chooses texts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model.words import Failure, Reading
from review.boxes import Ink
from review.characters import Characters
from review.columns import Columns
from review.features import family
from review.lexicon import LANGUAGES, is_word

MOST_WORDS = 50_000
MOST_LETTERS = 500_000
"""A newspaper page has about 10,000 words; beyond this a reading is a loop or a whole book."""
FEWEST_WORDS = 12
"""Words under which too little is known to say that a reading is of another page."""
STRANGE = 0.12
"""Share of one's letters that stand where the other has the same; below, they may be of different pages."""
AGREED = 0.4
"""The same share from which other readings vouch for each other."""
READABLE = 0.6
"""Share of real words from which a reading is no noise: noise agrees with nobody, but is of this page."""
SURE = 0.7
"""Mean confidence under which a reading is noise, whatever words there are in it."""
BESIDE_INK = 0.1
"""How much worse than the other a reading's boxes fit the ink, where two stand against each other ..."""
BESIDE_INK_SHARE = 0.6
"""... and the share of the other's fit that it has at most."""


def too_long(readings: Sequence[Reading]) -> tuple[list[Reading], list[Failure]]:
    """The readings that a page can have, and a failure for each of the others."""
    kept: list[Reading] = []
    failures: list[Failure] = []
    for reading in readings:
        words = len(reading.words) if reading.words is not None else (reading.text or "").count(" ") + 1
        letters = (
            sum(len(w.text) for w in reading.words) if reading.words is not None else len(reading.text or "")
        )
        if words <= MOST_WORDS and letters <= MOST_LETTERS:
            kept.append(reading)
            continue
        message = (
            f"{reading.engine}: {words} words, {letters} letters on one page; more than {MOST_WORDS} words "
            f"or {MOST_LETTERS} letters are no page's text. The reading was left out."
        )
        failures.append(Failure(reading.engine, "bad_output", message))
    return kept, failures


def of_another_page(columns: Columns, ink: Ink | None) -> list[int]:
    """Numbers of the streams that are readable, but agree with nobody, while others agree or fit the ink."""
    streams = columns.streams
    agreed = _agreed(columns)
    count = len(streams)
    both = [[max(agreed[r][q], agreed[q][r]) for q in range(count)] for r in range(count)]
    alone = [r for r, shares in enumerate(both) if count > 1 and max(shares) < STRANGE]
    suspects = [r for r in alone if len(streams[r].units) >= FEWEST_WORDS and _readable(streams[r])]
    if not suspects:
        return []
    # Two readings of one recogniser misread hard writing alike, and the one that differs may be right.
    others = [r for r in range(count) if r not in suspects and streams[r].boxed and _readable(streams[r])]
    others = [r for r in others if len(streams[r].units) >= FEWEST_WORDS]
    kin = [family(s.engine) for s in streams]
    if any(agreed[r][q] >= AGREED and kin[r] != kin[q] for r in others for q in others):
        return suspects
    placed = [r for r in range(count) if streams[r].boxed and len(streams[r].units) >= FEWEST_WORDS]
    if len(placed) == 2 and ink is not None:
        fits = {r: _on_ink(streams[r], ink) for r in placed}
        worse, better = sorted(placed, key=fits.__getitem__)
        apart = fits[better] - fits[worse] >= BESIDE_INK and fits[worse] <= BESIDE_INK_SHARE * fits[better]
        if apart and worse in suspects:
            return [worse]
    return []


def strange(stream: Characters) -> Failure:
    """What is said of a stream that is left out."""
    message = (
        f"{stream.engine}: hardly a letter of it is what the other engines read on this page: it seems to be "
        f"of another page. The reading was left out. Read this page again with {stream.engine}."
    )
    return Failure(stream.engine, "bad_output", message)


def _agreed(columns: Columns) -> list[list[float]]:
    """For each pair of streams the share of the first one's letters where the second has the same."""
    streams, members = columns.streams, columns.members
    glyphs = [np.array(list(s.folded)) if len(s) else np.zeros(0, dtype="<U1") for s in streams]
    out = [[0.0] * len(streams) for _ in streams]
    for r in range(len(streams)):
        for q in range(r + 1, len(streams)):
            both = (members[:, r] >= 0) & (members[:, q] >= 0)
            equal = float(np.sum(glyphs[r][members[both, r]] == glyphs[q][members[both, q]]))
            out[r][q] = equal / max(len(streams[r]), 1)
            out[q][r] = equal / max(len(streams[q]), 1)
    return out


def _readable(stream: Characters) -> bool:
    """Whether it is text: sure of itself, and most words of four letters and more in a list of words."""
    sure = [u.confidence for u in stream.units if u.confidence is not None]
    if sure and sum(sure) / len(sure) < SURE:
        return False
    marks = [is_word(u.text, LANGUAGES) for u in stream.units if u.end - u.start >= 4]
    known = [m for m in marks if m == m]
    return len(known) < FEWEST_WORDS // 2 or sum(known) / len(known) >= READABLE


def _on_ink(stream: Characters, ink: Ink) -> float:
    """How much more ink lies in a reading's boxes than on their left and right edges, -1..1."""
    values = []
    for unit in stream.units[:400]:
        if unit.box is None:
            continue
        profile = ink.gaps(unit.box, unit.vertical)
        if len(profile) < 8:
            continue
        edge = float(np.mean([*profile[:2], *profile[-2:]]))
        inner = float(np.mean(profile[2:-2]))
        values.append((inner - edge) / max(inner + edge, 1e-6))
    return float(np.mean(values)) if values else 0.0
