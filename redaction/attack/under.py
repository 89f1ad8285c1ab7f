"""Text and rendered pixels under the boxes of the output. Embedded images are attack.images' business."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.findings import Redaction
from redaction.attack.images import EXACT, only_rings
from redaction.attack.report import Report
from redaction.attack.sheet import Boxes, Sheet, touching
from redaction.attack.visibility import place


def attack_under(sheet: Sheet, redactions: Sequence[Redaction], report: Report, *, lossy: bool) -> None:
    """`lossy`: a JPEG is drawn on this page, whose blocks may ring along a box's edge."""
    report.carried_out("text_under_boxes")
    report.carried_out("pixels_under_boxes")
    letters, glyphs, cores = _letters(sheet, redactions)
    printing = np.array([c.isalnum() or c == "\ufffd" for c in letters], dtype=bool)
    labels = [squeezed(r.label) for r in redactions if r.label]
    for redaction in redactions:
        box = np.array(redaction.box.as_list())
        inside = touching(cores, box[None])[:, 0] if len(cores) else np.zeros(0, dtype=bool)
        text = squeezed("".join(c for c, hit in zip(letters, inside & printing, strict=True) if hit))
        signs = squeezed("".join(c for c, hit in zip(letters, inside, strict=True) if hit))
        labelled = bool(text) and any(signs in label for label in labels)
        if text and not labelled:
            report.fail(
                "text_under_boxes",
                f"text can still be extracted under the box on page {sheet.number} at {place(box)}",
                sheet.number,
            )
        region, scale, origin = _close(sheet, redaction)
        if region.size == 0:
            continue
        skip = glyphs[inside] if labelled else np.zeros((0, 4))
        if not _plain(region, skip, scale, origin, lossy=lossy):
            report.fail(
                "pixels_under_boxes",
                f"something can still be seen in the box on page {sheet.number} at {place(box)}",
                sheet.number,
            )


def _letters(sheet: Sheet, redactions: Sequence[Redaction]) -> tuple[str, Boxes, Boxes]:
    """The page's characters, their boxes and cores, where any word comes near a redaction."""
    if not sheet.near(np.array([r.box.as_list() for r in redactions])):
        return "", np.zeros((0, 4)), np.zeros((0, 4))
    return sheet.chars.text, sheet.chars.boxes, sheet.chars.cores


def squeezed(text: str) -> str:
    return "".join(text.split())


def _close(sheet: Sheet, redaction: Redaction) -> tuple[NDArray[np.uint8], float, tuple[float, float]]:
    """The box's pixels, their scale, and the displayed point of their top left corner."""
    x0, y0, x1, y1 = redaction.box.clipped(sheet.width, sheet.height).as_list()
    region = sheet.region((x0, y0, x1, y1))
    if min(region.shape[:2]) >= 4:
        return (
            region,
            sheet.scale,
            (np.ceil(x0 * sheet.scale) / sheet.scale, np.ceil(y0 * sheet.scale) / sheet.scale),
        )
    if x1 - x0 < 0.3 or y1 - y0 < 0.3:
        return region[:0], sheet.scale, (x0, y0)
    pixels, scale, (x, y) = sheet.close(redaction.box.clipped(sheet.width, sheet.height).as_list())
    left, top = int(np.ceil(x0 * scale)) - x, int(np.ceil(y0 * scale)) - y
    right, bottom = int(np.floor(x1 * scale)) - x, int(np.floor(y1 * scale)) - y
    return (
        pixels[max(top, 0) : bottom, max(left, 0) : right],
        scale,
        (np.ceil(x0 * scale) / scale, np.ceil(y0 * scale) / scale),
    )


def _plain(
    region: NDArray[np.uint8], skip: NDArray[np.float64], scale: float, origin: tuple[float, float],
    *, lossy: bool,
) -> bool:  # fmt: skip
    """One colour, the label's characters left out."""
    keep = np.ones(region.shape[:2], dtype=bool)
    for x0, y0, x1, y1 in skip:
        left, top = int((x0 - origin[0]) * scale) - 1, int((y0 - origin[1]) * scale) - 1
        right, bottom = int((x1 - origin[0]) * scale) + 2, int((y1 - origin[1]) * scale) + 2
        keep[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = False
    pixels = region[keep]
    if pixels.size == 0:
        return True
    spread = int((pixels.max(0).astype(int) - pixels.min(0)).max())
    if spread <= EXACT:
        return True
    return lossy and only_rings(pixels, np.median(pixels, axis=0))
