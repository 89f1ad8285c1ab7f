# ruff: noqa: E501 - patterns broken in two read worse
"""Number plates of vehicles: shapes of many countries, weighed by words about vehicles near them.

A plate's shape alone is weak ("AB12 CDE" may be any reference), so most of them count only where a word about a
vehicle stands on the same line or just before. Plates that look like nothing else count by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from model.findings import TextFinding
from redaction.folding import key
from redaction.recognisers.base import Passage
from redaction.recognisers.lexicon import words

NEAR = 60
"""Characters before and after a plate in which a word about vehicles may stand."""

_ABOUT = re.compile(
    r"\b(?:vehicle|car|van|lorry|truck|motor(?:cycle|bike)?|plate|plates|registration|reg(?:\.|istered)? (?:no|mark)|"
    r"vrm|licen[cs]e plate|tag no|kennzeichen|pkw|fahrzeug|auto|immatricul\w*|v[ée]hicule|voiture|plaque|"
    r"matr[íi]cula|coche|veh[íi]culo|targa|veicolo|kenteken|voertuig|parked|driving|drove)\b|車両|車番|登録番号|ナンバー|自動車",
    re.IGNORECASE,
)
_WORDS = words(
    "vehicle lorry truck motorcycle motorbike plate plates registration kennzeichen fahrzeug immatricule"
    " vehicule voiture plaque matricula vehiculo targa veicolo kenteken voertuig"
)
"""Words that are known with one wrong letter as well: those that look like no other word."""
_S = r"(?: ?[\-\u00b7] ?| )"
# shape, score alone, score with a word about vehicles
_SHAPES: tuple[tuple[str, re.Pattern[str], float, float], ...] = tuple(
    (name, re.compile(rf"(?<![\w-]){shape}(?![\w-])"), alone, near)
    for name, shape, alone, near in (
        ("uk", r"[A-HJ-PR-Y][A-HJ-PR-Y][0-9OI]{2} ?[A-HJ-PR-Z]{3}", 0.4, 0.8),
        ("uk", r"[A-HJ-NPR-TV-Y][0-9]{1,3} ?[A-HJ-PR-Y]{3}|[A-Z]{3} ?[0-9]{1,3}[A-HJ-NPR-TV-Y]", 0.0, 0.7),
        ("de", rf"[A-ZÄÖÜ]{{1,3}} ?- ?[A-Z]{{1,2}}{_S}?[1-9][0-9]{{0,3}}[EH]?", 0.0, 0.8),
        ("de", r"[A-ZÄÖÜ]{1,3} [A-Z]{1,2} [1-9][0-9]{0,3}[EH]?", 0.0, 0.7),
        ("fr", rf"[A-HJ-NP-TV-Z]{{2}}{_S}[0-9]{{3}}{_S}[A-HJ-NP-TV-Z]{{2}}", 0.5, 0.85),
        ("it", r"[A-HJ-NPR-TV-Z]{2} ?[0-9]{3} ?[A-HJ-NPR-TV-Z]{2}", 0.0, 0.8),
        ("es", rf"[0-9]{{4}}{_S}?[B-DF-HJ-NPR-TV-Z]{{3}}", 0.0, 0.8),
        ("nl", r"[A-Z0-9]{1,3}-[A-Z0-9]{2,3}-[A-Z0-9]{1,2}", 0.0, 0.75),
        ("in", rf"[A-Z]{{2}}{_S}?[0-9]{{1,2}}{_S}?[A-Z]{{1,3}}{_S}?[0-9]{{4}}", 0.5, 0.85),
        ("us", r"(?:[0-9][A-Z]{3}[0-9]{3}|[A-Z]{3}[ -]?[0-9]{3,4}|[0-9]{3}[ -]?[A-Z]{3})", 0.0, 0.7),
    )
)
_JAPAN = re.compile(
    r"[一-鿿ぁ-ん]{1,4}[ \u3000]*[0-9０-９] ?[0-9０-９]{1,2} ?[0-9０-９A-Z]?[ \u3000]*[ぁ-ん][ \u3000]*[0-9０-９・･.]{1,2}[ \u3000]*[-－ー一]?[ \u3000]*[0-9０-９]{2}"
)


def _about(around: str) -> bool:
    """A word about vehicles with one wrong letter: "Platc", "Kennzeicben"."""
    return any(_near_word(key(w)) for w in re.findall(r"[^\W\d_]{5,}", around))


@lru_cache(maxsize=4096)
def _near_word(folded: str) -> bool:
    from rapidfuzz.distance import OSA

    return any(OSA.distance(folded, w, score_cutoff=1) <= 1 for w in _WORDS)


def find(passage: Passage) -> Iterator[TextFinding]:
    """Hits of type LICENSE_PLATE."""
    texts = tuple(dict.fromkeys((passage.plain, passage.digits)))
    for name, shape, alone, near in _SHAPES:
        for match in (match for read in texts for match in shape.finditer(read)):
            text, value = match.string, match.group()
            if not any(c.isdigit() for c in value) or not any(c.isalpha() for c in value):
                continue
            around = text[max(match.start() - NEAR, 0) : match.end() + NEAR]
            score = near if near > alone and (_ABOUT.search(around) or _about(around)) else alone
            if score:
                yield TextFinding("LICENSE_PLATE", match.start(), match.end(), score, f"plate:{name}")
    if passage.japanese:
        for match in _JAPAN.finditer(passage.text):
            yield TextFinding("LICENSE_PLATE", match.start(), match.end(), 0.75, "plate:jp")
