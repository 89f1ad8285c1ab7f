"""The crops under tests/resources and how far a text is from what they say."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein

from engines.base import PageImage, fingerprint

ROOT = Path(__file__).parents[2]
RESOURCES = ROOT / "tests" / "resources"
TRUTH = json.loads((RESOURCES / "crops.json").read_text("utf-8"))


def pixels(path):
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


def page(name, languages=None, dpi=200.0):
    array = pixels(next(RESOURCES.glob(f"{name}.*g")))
    return PageImage(array, dpi, languages or (TRUTH[name]["language"],), fingerprint(array))


def blank(height=600, width=800, level=255):
    array = np.full((height, width, 3), level, np.uint8)
    return PageImage(array, 200.0, ("en",), fingerprint(array))


def cer(name, text):
    """Edits per character of the truth, blanks left out."""
    a, b = (
        re.sub(r"\s", "", unicodedata.normalize("NFKC", t)) for t in ("".join(TRUTH[name]["lines"]), text)
    )
    return Levenshtein.distance(a, b) / len(a)
