"""Why a slot is shown to a reviewer: the short codes of the contract. No risk, no boxes, no texts chosen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

DISAGREEMENT: Final = "disagreement"
"""Independent engines read different letters here."""
LOW_CONFIDENCE: Final = "low_confidence"
"""The engines that gave the chosen text were unsure of it."""
SINGLE_ENGINE: Final = "single_engine"
"""Only one engine saw a word here, others saw none."""
GHOST: Final = "ghost"
"""Ink that no engine read, or so unlikely a word that no text was chosen."""
UNGROUNDED: Final = "ungrounded"
"""A language model's word stands here by its neighbours only, no letter of it was confirmed."""
LEXICON: Final = "lexicon"
"""The chosen text looks like no word of the page's languages."""
BOUNDARY: Final = "boundary"
"""The engines part the words differently."""
CODES: Final = (DISAGREEMENT, LOW_CONFIDENCE, SINGLE_ENGINE, GHOST, UNGROUNDED, LEXICON, BOUNDARY)

UNSURE_BELOW: Final = 0.7


def reasons(
    *,
    texts: Iterable[str],
    confidence: float | None,
    read_by: int,
    could_read: int,
    whole: bool,
    quality: float | None,
    plausible: bool = True,
    ghost: bool = False,
) -> tuple[str, ...]:
    """The codes that hold, the weightiest first.

    texts: the different candidates; confidence: of the chosen text's engines, None where they give none;
    read_by / could_read: engines that read a word here / that read the page; whole: some engine has just
    this as its own word, and none parts it otherwise; quality: of a grounded word, None for placed ones.
    """
    found = []
    if ghost:
        found.append(GHOST)
    if len(set(texts)) > 1:
        found.append(DISAGREEMENT)
    if read_by == 1 and could_read > 1:
        found.append(SINGLE_ENGINE)
    if confidence is not None and confidence < UNSURE_BELOW:
        found.append(LOW_CONFIDENCE)
    if not whole:
        found.append(BOUNDARY)
    if quality is not None and quality <= 0:
        found.append(UNGROUNDED)
    if not plausible:
        found.append(LEXICON)
    return tuple(found)
