"""The languages of Inkveil: their codes, their names, their codes in the engines; which a page is in.

Codes are ISO 639-1, and "ja-vert" for Japanese that runs from top to bottom. A suggestion comes from the
script and the commonest words of a first quick reading; a person's choice always comes before it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from model.words import Word, unspaced

if TYPE_CHECKING:
    from engines.base import Pixels

NAMES: Final = {
    "en": "English",
    "fr": "French",
    "de": "German",
    "es": "Spanish",
    "it": "Italian",
    "ja": "Japanese",
    "ja-vert": "Japanese, vertical",
}
TESSERACT: Final = {
    "en": "eng",
    "fr": "fra",
    "de": "deu",
    "es": "spa",
    "it": "ita",
    "ja": "jpn",
    "ja-vert": "jpn_vert",
}
QUICK_LINES: Final = 16
"""Lines that the quick reading takes: the longest ones."""

COMMON: Final = {
    "en": "the of and to in that is was he for it with as his on be at by had not are but from or have an "
    "they which one you were her all she there would their we him been has when who will more no if out "
    "so what my dear your i me this",
    "fr": "de la le et les des en un une du est que pour qui dans a par plus pas au sur ne se ce il sont "
    "avec je mon ma mes vous nous cette aux son sa ses tout mais ou fait leur elle été à où même je lui",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an "
    "werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben "
    "nur oder aber vor zur bis mehr durch man ich wir ihr mein",
    "es": "de la que el en y a los del se las por un para con no una su al lo como más pero sus le ya o este "
    "sí porque esta entre cuando muy sin sobre también me hasta hay donde quien desde todo nos yo mi",
    "it": "di e il la che in un a per è una sono mi si con non ho lo ma ti del le i da nel della al dei gli "
    "alla più anche come se ci questo delle suo sua ha era dal mio quando io degli cui",
}
LETTERS: Final = {"fr": "éèêàçùœîôâ", "de": "äöüß", "es": "ñ¿¡óáíú", "it": "òìù"}


def suggest(words: Iterable[Word]) -> tuple[str, ...]:
    """The languages of what was read, the likeliest first; ("en",) where nothing speaks for any."""
    return spoken(words) or ("en",)


def spoken(words: Iterable[Word]) -> tuple[str, ...]:
    """The languages of what was read, the likeliest first; empty where nothing speaks for any."""
    words = list(words)
    characters = [(c, w.vertical) for w in words for c in w.text if c.isalpha()]
    japanese = [vertical for c, vertical in characters if unspaced(c)]
    latin = _latin(" ".join(w.text for w in words))
    if 5 * len(japanese) < len(characters) or not japanese:
        return latin
    code = "ja-vert" if 2 * sum(japanese) > len(japanese) else "ja"
    return (code, *latin[:1]) if 2 * len(japanese) < len(characters) else (code,)


def _latin(text: str) -> tuple[str, ...]:
    """Languages by the share of their commonest words; a second one where it has most of the first's."""
    tokens = Counter(re.findall(r"[^\W\d_]+", text.lower()))
    score: dict[str, float] = {}
    for code, common in COMMON.items():
        own = set(common.split())
        score[code] = sum(
            n / sum(t in other.split() for other in COMMON.values()) for t, n in tokens.items() if t in own
        )
        letters = LETTERS.get(code, "")
        score[code] += 0.25 * sum(n for t, n in tokens.items() for c in t if c in letters)
    ranked = sorted(score, key=lambda code: -score[code])
    if score[ranked[0]] < 1.0:
        return ()
    second = score[ranked[1]] >= 4.0 and score[ranked[1]] > 0.7 * score[ranked[0]]
    return tuple(ranked[: 2 if second else 1])


def suggest_languages(image: Pixels) -> tuple[str, ...]:
    """The languages of a page image (RGB) by a quick reading of its longest lines."""
    from engines import rapidocr

    if rapidocr.missing() is not None:
        return ("en",)
    import cv2
    import numpy as np

    from engines import lines
    from engines.line_words import words_of

    bgr = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), np.uint8)
    quads = lines.reader().detect(bgr)
    longest = sorted(quads, key=lambda q: -float(np.ptp(q, axis=0).max()))[:QUICK_LINES]
    return suggest(words_of(lines.read_lines(bgr, longest, vertical=False)))
