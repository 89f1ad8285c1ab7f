"""Where Tesseract is and which languages it has data for, and what to say where something is missing.

Asked again at every call of `unavailable` (a folder listing), so that an `apt install` counts at once.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

from engines.languages import NAMES, TESSERACT

INSTALL: Final = "apt install tesseract-ocr"
PLACES: Final = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tesseract-ocr/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
)


def folder() -> Path | None:
    """The folder with the *.traineddata files: only TESSDATA_PREFIX where that is set."""
    prefix = os.environ.get("TESSDATA_PREFIX")
    places = [prefix, f"{prefix}/tessdata"] if prefix else PLACES
    return next((p for p in map(Path, places) if any(p.glob("*.traineddata"))), None)


def installed() -> frozenset[str]:
    """Tesseract's codes of the data that is here."""
    place = folder()
    return frozenset(p.stem for p in place.glob("*.traineddata")) if place else frozenset()


@cache
def tesserocr_loads() -> bool:
    try:
        import tesserocr  # noqa: F401
    except ImportError:
        return False
    return True


def command() -> str | None:
    """The tesseract command, usable with pytesseract; None where there is none."""
    try:
        metadata.version("pytesseract")
    except metadata.PackageNotFoundError:
        return None
    return shutil.which("tesseract")


def version() -> str:
    """Version of the library in tesserocr, else of the command, else empty."""
    if tesserocr_loads():
        import tesserocr

        text = str(tesserocr.tesseract_version())
    else:
        program = command()
        if program is None:
            return ""
        text = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"\d+(\.\d+)+", text)
    return match.group() if match else ""


def unavailable() -> str | None:
    """Why Tesseract can read nothing here, with the remedy; None where it can read something."""
    if not tesserocr_loads() and command() is None:
        return f"Tesseract is not installed: {INSTALL} {' '.join(_packages(TESSERACT.values()))}."
    languages = installed()
    if languages & set(TESSERACT.values()):
        return None
    prefix = os.environ.get("TESSDATA_PREFIX")
    where = f"TESSDATA_PREFIX is {prefix} and holds" if prefix else "this machine has"
    return (
        f"Tesseract is not installed: {where} no language data. "
        f"{INSTALL} {' '.join(_packages(TESSERACT.values()))}."
    )


def codes(languages: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tesseract's codes for ISO codes: those with data here, and the ISO codes of those without."""
    here = installed()
    known = [code for code in languages if code in TESSERACT] or ["en"]
    present = tuple(dict.fromkeys(TESSERACT[code] for code in known if TESSERACT[code] in here))
    return present, tuple(code for code in known if TESSERACT[code] not in here)


def missing_languages() -> str | None:
    """Names the languages of Inkveil without data here; None where all are, or Tesseract itself is not."""
    here = installed()
    absent = [code for code, name in TESSERACT.items() if name not in here]
    return remedy(absent) if absent and unavailable() is None else None


def remedy(languages: Iterable[str]) -> str:
    """What is missing and what to type, for ISO codes."""
    absent = list(languages)
    who = ", ".join(NAMES[code] for code in absent)
    return (
        f"Tesseract has no data for {who}: apt install {' '.join(_packages(TESSERACT[c] for c in absent))}."
    )


def _packages(names: Iterable[str]) -> list[str]:
    return [f"tesseract-ocr-{name.replace('_', '-')}" for name in dict.fromkeys(names)]
