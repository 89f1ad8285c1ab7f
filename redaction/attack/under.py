"""Text and rendered pixels under the boxes of the output. Embedded images are attack.images' business."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.findings import Redaction, Stamped
from redaction.attack.images import EXACT, only_rings
from redaction.attack.labels import Glyph, Labels, allowed_on, expected, shown
from redaction.attack.report import Report
from redaction.attack.sheet import Boxes, Sheet, touching
from redaction.attack.visibility import place

FRAME = 0.5
"""Points along the edge of a light box that may be a dark line."""


def attack_under(
    sheet: Sheet, redactions: Sequence[Redaction], report: Report, *, lossy: bool,
    stamps: Sequence[Stamped] = (),
) -> None:  # fmt: skip
    """`lossy`: a JPEG is drawn on this page, whose blocks may ring along a box's edge."""
    report.carried_out("text_under_boxes")
    report.carried_out("pixels_under_boxes")
    letters, cores = _letters(sheet, redactions)
    printing = np.array([c.isalnum() or c == "\ufffd" for c in letters], dtype=bool)
    labels = Labels(sheet, allowed_on(redactions, stamps)) if letters else None
    for redaction in redactions:
        box = np.array(redaction.box.as_list())
        inside = touching(cores, box[None])[:, 0] if len(cores) else np.zeros(0, dtype=bool)
        label, glyphs = labels.near(box.tolist()) if labels is not None else (inside, [])
        if (inside & printing & ~label).any():
            report.fail(
                "text_under_boxes",
                f"text can still be extracted under the box on page {sheet.number} at {place(box)}",
                sheet.number,
            )
        region, scale, corner = _close(sheet, redaction)
        if region.size == 0:
            continue
        rim = int(np.ceil(FRAME * scale)) + 1 if redaction.fill == "light" else 0
        if not _plain(region, glyphs, sheet, scale, corner, lossy=lossy, rim=rim):
            report.fail(
                "pixels_under_boxes",
                f"something can still be seen in the box on page {sheet.number} at {place(box)}",
                sheet.number,
            )


def _letters(sheet: Sheet, redactions: Sequence[Redaction]) -> tuple[str, Boxes]:
    """The page's characters and their cores, where any word comes near a redaction."""
    if not sheet.near(np.array([r.box.as_list() for r in redactions])):
        return "", np.zeros((0, 4))
    return sheet.chars.text, sheet.chars.cores


def _close(sheet: Sheet, redaction: Redaction) -> tuple[NDArray[np.uint8], float, tuple[int, int]]:
    """The box's pixels, their scale, and the left and top one's place on the page in pixels."""
    x0, y0, x1, y1 = redaction.box.clipped(sheet.width, sheet.height).as_list()
    region = sheet.region((x0, y0, x1, y1))
    if min(region.shape[:2]) >= 4:
        left, top = (max(int(np.ceil(v * sheet.scale - 0.005)), 0) for v in (x0, y0))  # as Sheet.region
        return region, sheet.scale, (left, top)
    if x1 - x0 < 0.3 or y1 - y0 < 0.3:
        return region[:0], sheet.scale, (0, 0)
    pixels, scale, (x, y) = sheet.close((x0, y0, x1, y1))
    left, top = max(int(np.ceil(x0 * scale)), x), max(int(np.ceil(y0 * scale)), y)
    right, bottom = int(np.floor(x1 * scale)), int(np.floor(y1 * scale))
    return pixels[top - y : max(bottom - y, 0), left - x : max(right - x, 0)], scale, (left, top)


def _plain(
    region: NDArray[np.uint8], glyphs: Sequence[Glyph], sheet: Sheet, scale: float, corner: tuple[int, int],
    *, lossy: bool, rim: int,
) -> bool:  # fmt: skip
    """One colour, the label's letters taken away. `rim`: pixels along the edge that may be a frame's."""
    if not glyphs and not rim and int((region.max((0, 1)).astype(int) - region.min((0, 1))).max()) <= EXACT:
        return True
    pixels = region.reshape(-1, 3).astype(np.float64)
    ground = np.median(pixels, axis=0)
    if glyphs:
        # A long label in a small box may cover more than half of it.
        blank = shown(glyphs, sheet.rotation, scale, corner, (region.shape[0], region.shape[1]))
        if blank is None:
            return False
        if (blank == 0).any():
            ground = np.median(pixels[blank.ravel() == 0], axis=0)
        drawn = expected(glyphs, ground, sheet, scale, corner, (region.shape[0], region.shape[1]))
        if drawn is None:
            return False
        pixels = pixels - drawn.reshape(-1, 3) + ground
    if rim:
        framed = pixels.reshape(region.shape)
        if not all(_line(side, rim) for side in (framed, framed[::-1])):
            return False
        if not all(_line(side.swapaxes(0, 1), rim) for side in (framed, framed[:, ::-1])):
            return False
        pixels = framed[rim:-rim, rim:-rim].reshape(-1, 3)
    if not pixels.size or float((pixels.max(0) - pixels.min(0)).max()) <= EXACT:
        return True
    return lossy and only_rings(pixels, ground)


def _line(side: NDArray[np.float64], rim: int) -> bool:
    """Whether each of the first rows is of one colour between the corners: a frame says nothing."""
    rows = side[:rim, rim:-rim]
    return not rows.size or float((rows.max(1) - rows.min(1)).max()) <= EXACT
