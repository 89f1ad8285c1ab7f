"""Tesseract 5, in process through tesserocr or, where that wheel does not load, through the command.

Here are the calls, the languages' data and the pure `parse`. Which data a machine has is
engines.tessdata's.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engines import tessdata
from engines.base import BoxKind, PageImage, reading_of
from model.errors import EngineFailed
from model.geometry import Box, Quad
from model.words import Reading, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

SCREEN = 96.0
LETTER = 11.3
"""Inches: between the long sides of Letter and A4."""
_local = threading.local()


@dataclass(frozen=True, slots=True)
class Found:
    """One word as Tesseract gives it: pixels, confidence 0..100, the running number of its line."""

    text: str
    box: tuple[int, int, int, int]
    confidence: float
    line: int
    vertical: bool = False


class Tesseract:
    """Strong on Latin print with tight boxes; honest, low confidences on handwriting."""

    name = "tesseract"
    title = "Tesseract"
    privacy = "local"
    boxes: BoxKind = "word"
    confidence = True
    page_seconds = 0.7

    def availability(self) -> str | None:
        return tessdata.unavailable()

    def note(self) -> str | None:
        """Languages of Inkveil for which this machine has no data, with the remedy; None for none."""
        return tessdata.missing_languages()

    def version(self) -> str:
        return tessdata.version()

    def recognise(self, page: PageImage) -> Reading:
        started = time.perf_counter()
        reason = self.availability()
        if reason is not None:
            raise EngineFailed(reason, engine=self.name, kind="unavailable", page=page.page)
        codes, absent = tessdata.codes(page.languages)
        if not codes:
            raise EngineFailed(tessdata.remedy(absent), engine=self.name, kind="unavailable", page=page.page)
        try:
            found, filtered = _read(page, codes)
        except Exception as error:
            raise EngineFailed(
                f"Tesseract failed on page {page.page} ({type(error).__name__}).",
                engine=self.name, kind="bad_output", page=page.page,
            ) from error  # fmt: skip
        settings = {
            "languages": "+".join(codes),
            "absent": list(absent),
            "dpi": resolution(page.dpi, max(page.width, page.height)),
            "median": filtered,
        }
        return reading_of(
            self, page, parse(found), model="tessdata " + "+".join(codes), settings=settings,
            seconds=time.perf_counter() - started,
        )  # fmt: skip


def parse(found: Iterable[Found]) -> tuple[Word, ...]:
    """Tesseract's words as ours; what holds no text is left out."""
    return tuple(
        Word(
            f.text.strip(),
            Quad.from_box(Box.of(f.box)),
            min(max(f.confidence / 100, 0.0), 1.0),
            f.line,
            f.vertical,
        )
        for f in found
        if f.text.strip() and f.box[0] <= f.box[2] and f.box[1] <= f.box[3]
    )


def _read(page: PageImage, codes: Sequence[str]) -> tuple[list[Found], bool]:
    """The words, and whether a median filter was needed: on a noisy page Tesseract may find nothing."""
    import cv2
    import numpy as np

    grey = np.asarray(cv2.cvtColor(page.array, cv2.COLOR_RGB2GRAY), np.uint8)
    call = _in_process if tessdata.tesserocr_loads() else _by_command
    found = call(grey, page.dpi, codes)
    if any(f.text.strip() for f in found) or int(grey.max()) - int(grey.min()) < 32:
        return found, False
    return call(np.asarray(cv2.medianBlur(grey, 5), np.uint8), page.dpi, codes), True


def _in_process(grey: Pixels, dpi: float, codes: Sequence[str]) -> list[Found]:
    from tesserocr import PSM, RIL, iterate_level

    vertical = all(code.endswith("_vert") for code in codes)
    api = _api("+".join(codes))
    api.SetPageSegMode(PSM.SINGLE_BLOCK_VERT_TEXT if vertical else PSM.AUTO)
    height, width = grey.shape
    api.SetImageBytes(grey.tobytes(), width, height, 1, width)
    api.SetSourceResolution(resolution(dpi, max(grey.shape)))
    api.Recognize()
    words: list[Found] = []
    iterator = api.GetIterator()
    if iterator is None:
        return words
    line = -1
    for item in iterate_level(iterator, RIL.WORD):
        if item.Empty(RIL.WORD):
            continue
        if item.IsAtBeginningOf(RIL.TEXTLINE):
            line += 1
        box = item.BoundingBox(RIL.WORD)
        if box is not None:
            text = item.GetUTF8Text(RIL.WORD)
            words.append(Found(text, box, item.Confidence(RIL.WORD), max(line, 0), vertical))
    api.Clear()
    return words


def _api(languages: str) -> Any:
    """The calling thread's Tesseract for these languages; one is kept, since each holds its models."""
    if getattr(_local, "languages", None) != (languages, tessdata.folder()):
        os.environ["OMP_THREAD_LIMIT"] = "1"  # more threads cost more than they bring
        from tesserocr import OEM, PyTessBaseAPI

        if hasattr(_local, "api"):
            _local.api.End()
        _local.api = PyTessBaseAPI(path=str(tessdata.folder()), lang=languages, oem=OEM.LSTM_ONLY)
        _local.api.SetVariable("debug_file", os.devnull)
        _local.languages = (languages, tessdata.folder())
    return _local.api


def _by_command(grey: Pixels, dpi: float, codes: Sequence[str]) -> list[Found]:
    import pytesseract
    from PIL import Image

    os.environ["OMP_THREAD_LIMIT"] = "1"
    vertical = all(code.endswith("_vert") for code in codes)
    options = f"--oem 1 --psm {5 if vertical else 3} --dpi {resolution(dpi, max(grey.shape))}"
    if tessdata.folder() is not None:
        options += f' --tessdata-dir "{tessdata.folder()}"'
    table = pytesseract.image_to_data(
        Image.fromarray(grey), lang="+".join(codes), config=options, output_type=pytesseract.Output.DICT
    )
    return from_table(table, vertical=vertical)


def from_table(table: Mapping[str, Sequence[Any]], *, vertical: bool = False) -> list[Found]:
    """Tesseract's TSV as columns -> its words; rows of other levels carry the confidence -1."""
    words: list[Found] = []
    lines: dict[tuple[Any, ...], int] = {}
    for i, text in enumerate(table["text"]):
        if int(table["level"][i]) != 5:
            continue
        key = (table["page_num"][i], table["block_num"][i], table["par_num"][i], table["line_num"][i])
        x, y = int(table["left"][i]), int(table["top"][i])
        box = (x, y, x + int(table["width"][i]), y + int(table["height"][i]))
        number = lines.setdefault(key, len(lines))
        words.append(Found(str(text), box, float(table["conf"][i]), number, vertical))
    return words


def resolution(dpi: float, longest: int = 0) -> int:
    """What Tesseract is told, 70..2400: it guesses, badly, where it is told nothing.

    An image that states a screen's resolution, or none, but has the pixels of a scan (`longest` side) is
    taken for a scanned letter.
    """
    if dpi <= SCREEN and longest > SCREEN * LETTER:
        dpi = longest / LETTER
    return round(min(max(dpi, 70.0), 2400.0))


def orientation(grey: Pixels, dpi: float) -> tuple[int, float] | None:
    """Degrees by which the text of a grey page is turned clockwise, and the confidence in that.

    None where Tesseract's orientation data (osd) is missing or it can say nothing.
    """
    if not tessdata.tesserocr_loads() or "osd" not in tessdata.installed():
        return None
    from tesserocr import OEM, PSM, PyTessBaseAPI

    height, width = grey.shape
    with PyTessBaseAPI(
        path=str(tessdata.folder()), lang="osd", psm=PSM.OSD_ONLY, oem=OEM.TESSERACT_ONLY
    ) as api:
        api.SetImageBytes(grey.tobytes(), width, height, 1, width)
        api.SetSourceResolution(resolution(dpi, max(grey.shape)))
        found = api.DetectOrientationScript()
    return None if not found else (int(found["orient_deg"]), float(found["orient_conf"]))
