"""The languages of Inkveil: their codes here, their names, their codes in the engines.

Codes are ISO 639-1, and "ja-vert" for Japanese that runs from top to bottom. `suggest` reads which of
them a text is in, from its script and its commonest words.
"""

from __future__ import annotations

from typing import Final

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
