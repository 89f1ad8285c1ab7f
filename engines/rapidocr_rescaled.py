"""RapidOCR's recogniser a second time, on smaller and slightly blurred lines, as a second opinion.

On handwriting, where it disagrees with the first reading one of the two is mostly wrong. The lines are
those that `rapidocr` found, so only recognition is paid for again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from engines.base import BoxKind, PageImage, reading_of
from engines.line_words import words_of
from engines.lines import Line
from engines.rapidocr import FOUND, MODEL, missing, recognised, settings, version
from model.errors import EngineFailed
from model.words import Reading, Word

SCALE = 0.75
"""Height of the rescaled line over the height the recogniser wants."""
SQUEEZE = 0.8
"""Its width over what that height would ask for. On 15 handwritten pages 86 % of the words on which the
two readings then disagree are wrong (65 % of all words are), and they hold 74 % of all errors; without the
squeeze 64 %, at a fifth more CPU time."""
BLUR = 0.8
"""Standard deviation of the Gaussian blur, in pixels of the rescaled line."""


class RapidOcrRescaled:
    """The same models as `rapidocr`; its mistakes are others."""

    name = "rapidocr_rescaled"
    title = "RapidOCR, rescaled"
    privacy = "local"
    boxes: BoxKind = "word"
    confidence = True
    page_seconds = 1.5

    def availability(self) -> str | None:
        return missing()

    def version(self) -> str:
        return version()

    def recognise(self, page: PageImage) -> Reading:
        started = time.perf_counter()
        lines = recognised(page, self.name)
        from engines.lines import read_lines_again

        try:
            again = read_lines_again(page.shared[FOUND][0], lines, SCALE, SQUEEZE, BLUR)
        except Exception as error:
            raise EngineFailed(
                f"RapidOCR failed on page {page.page} ({type(error).__name__}).",
                engine=self.name, kind="bad_output", page=page.page,
            ) from error  # fmt: skip
        return reading_of(
            self, page, parse(lines, again), model=MODEL,
            settings={**settings(), "scale": SCALE, "squeeze": SQUEEZE, "blur": BLUR},
            seconds=time.perf_counter() - started,
        )  # fmt: skip


def parse(lines: Sequence[Line], again: Sequence[Line]) -> tuple[Word, ...]:
    """Words of the second reading, on the first one's lines and gaps."""
    return words_of(
        replace(first, chars=second.chars, score=second.score)
        for first, second in zip(lines, again, strict=True)
    )
