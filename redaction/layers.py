"""The searchable text layer of scanned pages: transcript slots as words in points of the displayed page.

What lies under a redaction is left out by redaction.apply, which knows the boxes as they are painted.
"""

from __future__ import annotations

from collections.abc import Sequence

from model.geometry import POINTS_PER_INCH, Quad, image_to_points
from model.words import TranscriptPage
from redaction.apply import LayerWord


def layers(pages: Sequence[TranscriptPage]) -> dict[int, list[LayerWord]]:
    """Page number -> its words in reading order; ghosts (ink without a word) have none."""
    return {page.page: _words(page) for page in pages}


def _words(page: TranscriptPage) -> list[LayerWord]:
    scale = POINTS_PER_INCH / page.dpi
    return [
        LayerWord(
            slot.text,
            image_to_points(slot.box, page.dpi),
            Quad.of([(x * scale, y * scale) for x, y in slot.quad.points]),
            slot.vertical,
            slot.line,
        )
        for slot in page.slots
        if slot.text
    ]
