"""EasyOCR (JaidedAI): CRAFT finds lines, a CRNN reads them. Latin languages and Japanese, no columns.

API of easyocr 1.7.2: `Reader(..., model_storage_directory=, download_enabled=False)`, `readtext`. The library
checks the MD5 of its own weights and loads no others.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from engines import weights
from engines.base import PageImage
from engines.library import Found, Library, Setup, fitting, share
from engines.placed import Placed
from model.geometry import Quad

DETECTOR: Final = "craft_mlt_25k.pth"
READERS: Final = ("latin_g2", "english_g2", "japanese_g2")
SMALLEST: Final = 5
"""Longest side, px, under which a box is dropped; the library's 20 drops single letters of small print."""


class EasyOcr(Library):
    """Lines with confidences, cut to words here."""

    name = "easyocr"
    title = "EasyOCR"
    package = "easyocr"
    distribution = "easyocr"
    extra = "easyocr"
    boxes = "line"
    codes: ClassVar = {code: code for code in ("en", "fr", "de", "es", "it", "ja")}
    options: ClassVar = {"mag_ratio": 1.0, "canvas_size": 2560, "decoder": "greedy"}
    holds = f"{DETECTOR} and one or more of latin_g2.pth, english_g2.pth, japanese_g2.pth"
    loggers = ("easyocr",)

    def told(self, languages: Sequence[str]) -> tuple[str, ...]:
        """Japanese goes with English only, so other languages of such a page are left out."""
        found = fitting(languages, self.codes) or tuple(c for c in self.codes if c != "ja")
        return ("ja", "en") if "ja" in found else tuple(sorted(found))

    def lacks(self, setup: Setup) -> str | None:
        names = [DETECTOR, f"{reader(setup.folder, setup.languages)}.pth"]
        if not setup.languages and any((setup.folder / f"{r}.pth").is_file() for r in READERS):
            names.pop()
        return weights.lacking(setup.folder, *names)

    def used(self, setup: Setup) -> list[Path]:
        return [setup.folder / DETECTOR, setup.folder / f"{reader(setup.folder, setup.languages)}.pth"]

    def model(self, setup: Setup) -> str:
        return f"craft, {reader(setup.folder, setup.languages)}"

    def load(self, setup: Setup) -> Any:
        import easyocr

        folder = str(setup.folder)
        try:
            return easyocr.Reader(
                list(setup.languages),
                gpu=False if setup.options["device"] == "cpu" else setup.options["device"],
                model_storage_directory=folder,
                user_network_directory=folder,  # else it makes one in the home folder
                recog_network=reader(setup.folder, setup.languages),
                download_enabled=False,
                verbose=False,
            )
        finally:
            if folder in sys.path:  # the library looks for programs there; weights are none
                sys.path.remove(folder)

    def call(self, loaded: Any, page: PageImage, setup: Setup) -> Any:
        import numpy as np

        found = loaded.readtext(
            np.ascontiguousarray(page.array[:, :, ::-1]),  # BGR, as its own reader of files gives
            decoder=setup.options["decoder"],
            canvas_size=setup.options["canvas_size"],
            mag_ratio=setup.options["mag_ratio"],
            min_size=SMALLEST,
            paragraph=False,
            detail=1,
        )
        return [[[[float(x), float(y)] for x, y in quad], text, float(sure)] for quad, text, sure in found]

    def read(self, answer: Any, page: PageImage) -> Found:  # noqa: ARG002
        return parse(answer)


def reader(folder: Path, languages: Sequence[str]) -> str:
    """The recogniser for languages: English alone has its own, which the Latin one stands in for."""
    if "ja" in languages:
        return "japanese_g2"
    english = list(languages) == ["en"] and (folder / "english_g2.pth").is_file()
    return "english_g2" if english else "latin_g2"


def parse(answer: Any) -> Found:
    """`readtext`'s list of (corners clockwise from the top left, text, confidence)."""
    return Found(lines=tuple(Placed(str(t), Quad.of(quad), share(sure)) for quad, t, sure in answer))
