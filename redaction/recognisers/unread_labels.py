"""Values in a form whose label cannot be read: "Naom: Kuiperink", "UPM: 8012 00001904".

Where at least two lines of a text are "label: value" with labels that are known, a further line of that
make holds a value as well. A number counts for itself; a name where the label is near one for names. Beside
one known label only a long number counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from model.findings import TextFinding
from redaction.folding import key, skeleton
from redaction.recognisers import labels, lexicon
from redaction.recognisers.base import Passage
from redaction.recognisers.label_words import LABELS

_LINE = re.compile(
    r"^[ \t]*(?P<l>[^\W\d_][\w .'’/°()|-]{1,26}?)[ \t]*[:：][ \t]*(?P<v>\S[^\n:]*?)[ \t]*$", re.MULTILINE
)
_AMOUNT = re.compile(r"[^\d]{0,4}\d{1,3}(?:[., ]?\d{3})*[.,]\d{1,2}\W*(?:[A-Z]{3}|€|£|\$)?$|\d{4}$")


def find(passage: Passage) -> Iterator[TextFinding]:
    """Values of labels that nobody could read, in a text that is a form."""
    lines = list(_LINE.finditer(passage.plain)) if passage.text.count("\n") > 1 else []
    kinds = [labels.kind_of(m["l"]) for m in lines]
    known = sum(k is not None for k in kinds)
    if not known:
        return
    for match, kind in zip(lines, kinds, strict=True):
        if kind is not None:
            continue
        value, start = match["v"], match.start("v")
        digits = sum(c.isdigit() for c in passage.digits[start : match.end("v")])
        letters = sum(c.isalpha() for c in value)
        if (
            digits >= (6 if known > 1 else 8)
            and letters <= 8
            and len(value) <= 34
            and not _AMOUNT.match(value)
        ):
            yield TextFinding("ID_NUMBER", start, match.end("v"), 0.45, "form:unread")
        elif known > 1 and digits == 0 and _near_a_name(match["l"]) and _name(passage, value):
            yield TextFinding("PERSON", start, match.end("v"), 0.5, "form:unread")


def _name(passage: Passage, value: str) -> bool:
    words = value.replace(",", " ").split()
    return 0 < len(words) <= 4 and all(
        w[0].isupper() and (key(w) not in passage.ordinary or lexicon.is_given(w)) for w in words
    )


@lru_cache(maxsize=2048)
def _near_a_name(label: str) -> bool:
    """One wrong letter away from a label for names, of four letters and more."""
    from rapidfuzz.distance import OSA

    bones = skeleton(re.sub(r"\W", "", label))
    return len(bones) >= 4 and any(OSA.distance(bones, known, score_cutoff=1) <= 1 for known in _known())


@lru_cache(maxsize=1)
def _known() -> tuple[str, ...]:
    return tuple(
        skeleton(re.sub(r"\W", "", entry))
        for entry in LABELS["PERSON"].split("|")
        if len(entry.strip(" :\n")) > 3
    )
