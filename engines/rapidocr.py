"""RapidOCR: PP-OCR's detector and multilingual recogniser, the models inside the wheel. No network.

The work on lines is in engines.lines, their words in engines.line_words; this file is the engine.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from importlib import metadata
from importlib.util import find_spec
from typing import Any

from engines.base import BoxKind, PageImage, reading_of
from engines.line_words import words_of
from engines.lines import Line
from model.errors import EngineFailed
from model.words import Reading, Word

MODEL = "PP-OCRv6 small"
FOUND = "rapidocr.found"
"""Key of PageImage.shared under which preparation leaves the BGR page and the detected corners."""
SHARED = "rapidocr.lines"
"""Key of PageImage.shared under which the lines of this page are kept for rapidocr_rescaled."""


class RapidOcr:
    """Latin, Chinese and Japanese, print and handwriting, word boxes and confidences."""

    name = "rapidocr"
    title = "RapidOCR"
    privacy = "local"
    boxes: BoxKind = "word"
    confidence = True
    page_seconds = 2.5

    def availability(self) -> str | None:
        return missing()

    def version(self) -> str:
        return version()

    def recognise(self, page: PageImage) -> Reading:
        started = time.perf_counter()
        lines = recognised(page, self.name)
        return reading_of(
            self, page, parse(lines), model=MODEL, settings=settings(),
            seconds=time.perf_counter() - started, raw=unread(lines),
        )  # fmt: skip


def parse(lines: Sequence[Line]) -> tuple[Word, ...]:
    """The words of what the models read, line by line."""
    return words_of(lines)


def recognised(page: PageImage, engine: str) -> list[Line]:
    """The lines of a page, found and read once however many engines ask. Raises EngineFailed."""
    kept: list[Line] | None = page.shared.get(SHARED)
    if kept is None:
        reason = missing()
        if reason is not None:
            raise EngineFailed(reason, engine=engine, kind="unavailable", page=page.page)
        import cv2
        import numpy as np

        from engines import lines

        try:
            if FOUND not in page.shared:
                image = np.asarray(cv2.cvtColor(page.array, cv2.COLOR_RGB2BGR), np.uint8)
                page.shared[FOUND] = (image, lines.reader().detect(image))
            image, quads = page.shared[FOUND]
            kept = lines.read_lines(image, quads, vertical="ja-vert" in page.languages)
        except Exception as error:
            raise EngineFailed(
                f"RapidOCR failed on page {page.page} ({type(error).__name__}).",
                engine=engine, kind="bad_output", page=page.page,
            ) from error  # fmt: skip
        page.shared[SHARED] = kept
    return kept


def unread(lines: Sequence[Line]) -> dict[str, Any] | None:
    """Corners of the lines that were found but in which nothing was read; None where there are none."""
    quads = [line.quad.as_list() for line in lines if not line.text.strip()]
    return {"unread": quads} if quads else None


def missing() -> str | None:
    try:
        metadata.version("rapidocr")
    except metadata.PackageNotFoundError:
        return "RapidOCR is not installed: pip install rapidocr onnxruntime."
    if not any(find_spec(name) for name in ("openvino", "onnxruntime")):
        return "RapidOCR has no runtime: pip install onnxruntime."
    return None


def version() -> str:
    try:
        return metadata.version("rapidocr")
    except metadata.PackageNotFoundError:
        return ""


def settings() -> dict[str, Any]:
    """What a reading depends on besides the version and the models."""
    from engines import lines

    return {
        "runtime": lines.runtime(),
        "detection_side": lines.DETECTION_SIDE,
        "classifier": False,
        "longest": lines.LONGEST,
        "doubtful": lines.DOUBTFUL,
    }
