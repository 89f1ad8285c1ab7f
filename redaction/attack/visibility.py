"""Text that nobody sees and rectangles over live content: the classic bad redactions.

A word is visible when its place in the rendered page is not one plain colour: that holds for white
text, clipped text, text behind a rectangle or image of one colour, and text off the page alike,
whatever trick was used. Invisible text (render mode 3) must lie on ink.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from redaction.attack.needles import folded_words
from redaction.attack.report import Report
from redaction.attack.sheet import INVISIBLE, Boxes, Sheet, displayed, shrunk

PLAIN = 3
"""Levels (of 255) between neighbouring pixels up to which an area is one colour."""
INK = 20
"""Levels that writing under an invisible text layer has to differ by: above a scan's noise."""
_COVERS = ("fill-path", "fill-image", "fill-imgmask", "fill-shade")


class Contrast:
    """Counts, for many boxes at once, the pixels that differ from a neighbour (summed-area table)."""

    def __init__(self, sheet: Sheet, level: int) -> None:
        import cv2

        differs = (sheet.steps > level).view(np.uint8)
        self.table = np.asarray(cv2.integral(differs))
        self.scale = sheet.scale

    def counts(self, boxes: Boxes) -> NDArray[np.int32]:
        """Differing pixels within each box of displayed points."""
        height, width = self.table.shape
        # The first row and column are compared with pixels outside of the box: they don't count.
        pixels = np.concatenate(
            [np.floor(boxes[:, :2] * self.scale) + 1, np.ceil(boxes[:, 2:] * self.scale)], 1
        )
        pixels = np.minimum(np.maximum(pixels, 0), (width - 1, height - 1) * 2).astype(int)
        x0, y0, x1, y1 = pixels.T
        t = self.table
        counted: NDArray[np.int32] = t[y1, x1] - t[y0, x1] - t[y1, x0] + t[y0, x0]
        return np.where((x1 > x0) & (y1 > y0), counted, 0).astype(np.int32)


def on_page(sheet: Sheet, boxes: Boxes) -> NDArray[np.bool_]:
    """Boxes of which at least a fifth of the width and height lies on the page."""
    wide = np.minimum(boxes[:, 2], sheet.width) - np.maximum(boxes[:, 0], 0)
    high = np.minimum(boxes[:, 3], sheet.height) - np.maximum(boxes[:, 1], 0)
    return (wide >= 0.2 * (boxes[:, 2] - boxes[:, 0])) & (high >= 0.2 * (boxes[:, 3] - boxes[:, 1]))


def visible_words(sheet: Sheet, level: int = PLAIN) -> NDArray[np.bool_]:
    """Which words of the page a person can see. Signs without letters need any ink in their box.

    `level`: grey levels that neighbouring pixels have to differ by.
    """
    if not sheet.words:
        return np.zeros(0, dtype=bool)
    places = np.where(sheet.lettered[:, None], shrunk(sheet.boxes, 0.05, 0.18), sheet.boxes)
    seen = Contrast(sheet, level).counts(places) > 0
    for index in np.flatnonzero(
        ~seen
    ):  # a colour may be as dark as its ground: the few are looked at closely
        region = sheet.region(tuple(places[index]))
        if not region.size:  # no pixel lies wholly in it: those that it touches
            region = sheet.region(tuple(_outward(places[index], sheet.scale)))
        seen[index] = region.size > 0 and bool(
            (region.max((0, 1)).astype(int) - region.min((0, 1)) > level).any()
        )
    return seen & on_page(sheet, sheet.boxes)


def widened(boxes: Boxes, least: float) -> Boxes:
    """Boxes that are at least so wide and high, about their middles."""
    more = np.maximum(least - (boxes[:, 2:] - boxes[:, :2]), 0) / 2
    return np.concatenate([boxes[:, :2] - more, boxes[:, 2:] + more], axis=1)


def _outward(box: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    return np.concatenate([np.floor(box[:2] * scale), np.ceil(box[2:] * scale)]) / scale


def attack_visibility(sheet: Sheet, report: Report, *, images: bool, layer: bool) -> None:
    """Findings about text that is live and not visible.

    `images`: the page draws images, behind which text may lie; `layer`: it has invisible text.
    """
    report.carried_out("invisible_text")
    report.carried_out("covered_text")
    visible = visible_words(sheet)
    inside = on_page(sheet, sheet.boxes)
    for index in np.flatnonzero(~visible):
        if not sheet.words[index].strip("\u00a0\u00ad\u200b\ufeff\ufffd \t\r\n"):
            continue
        box = sheet.boxes[index]
        if not inside[index]:
            report.fail(
                "invisible_text", f"page {sheet.number} holds text outside of its visible area", sheet.number
            )
        elif _covered(sheet, box):
            report.fail(
                "covered_text",
                f"live text lies under a filled area on page {sheet.number} at {place(box)}",
                sheet.number,
            )
        else:
            report.fail(
                "invisible_text",
                f"page {sheet.number} holds text at {place(box)} that nobody can see",
                sheet.number,
            )
    if layer or any(name == "ignore-text" for name, _ in (sheet.painted if images else ())):
        _attack_layer(sheet, report)
    if images:
        _attack_behind_images(sheet, report)


def _covered(sheet: Sheet, box: NDArray[np.float64]) -> bool:
    """Whether something opaque was painted over the box after the text."""
    x0, y0, x1, y1 = shrunk(box[None], 0.1, 0.3)[0]
    after_text = False
    for name, (a, b, c, d) in sheet.painted:
        if name.endswith("-text") and a <= x1 and c >= x0 and b <= y1 and d >= y0:
            after_text = True
        elif after_text and name in _COVERS and a <= x0 and c >= x1 and b <= y0 and d >= y1:
            return True
    return False


def _attack_layer(sheet: Sheet, report: Report) -> None:
    """Invisible text has to lie on ink that somebody can read, word by word."""
    layer = np.ones(len(sheet.words), dtype=bool)
    if any(name in ("fill-text", "stroke-text", "clip-text") for name, _ in sheet.painted):
        chars = sheet.chars
        hidden = (chars.kind == INVISIBLE) & np.array([not c.isspace() for c in chars.text], dtype=bool)
        layer = _holding(sheet.boxes, chars.boxes[hidden])
    places = widened(sheet.boxes, 4 / sheet.scale)  # a word may be narrower than its writing
    blank = layer & (Contrast(sheet, INK).counts(places) == 0)
    if blank.any():
        blank &= ~visible_words(sheet, INK)
    for index in np.flatnonzero(blank):
        if folded_words(sheet.words[index]):
            report.fail(
                "invisible_text",
                f"page {sheet.number} holds invisible text at {place(sheet.boxes[index])} "
                "where nothing is written",
                sheet.number,
            )


def _holding(boxes: Boxes, chars: Boxes) -> NDArray[np.bool_]:
    """Which boxes hold the middle of a character; those are sorted by height, so each box meets few."""
    middles = np.stack([(chars[:, 0] + chars[:, 2]) / 2, (chars[:, 1] + chars[:, 3]) / 2], axis=1)
    middles = middles[np.argsort(middles[:, 1])]
    first = np.searchsorted(middles[:, 1], boxes[:, 1])
    last = np.searchsorted(middles[:, 1], boxes[:, 3], side="right")
    result = np.zeros(len(boxes), dtype=bool)
    for index, (a, b) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        xs = middles[a:b, 0]
        result[index] = bool(((xs >= boxes[index, 0]) & (xs <= boxes[index, 2])).any())
    return result


def _attack_behind_images(sheet: Sheet, report: Report) -> None:
    """Text that was painted before an image lies behind it, whatever the image shows there."""
    texts: list[tuple[float, float, float, float]] = []
    for name, box in sheet.painted:
        if name in ("fill-text", "stroke-text"):
            texts.append(box)
        elif name == "fill-image" and texts:
            inner = shrunk(np.array(texts), 0.1, 0.25)
            under = (inner[:, 0] >= box[0]) & (inner[:, 2] <= box[2])
            under &= (inner[:, 1] >= box[1]) & (inner[:, 3] <= box[3])
            for index in np.flatnonzero(under):
                report.fail(
                    "covered_text",
                    f"live text lies behind an image on page {sheet.number} "
                    f"at {place(np.array(texts[index]))}",
                    sheet.number,
                )


def behind_pictures(sheet: Sheet) -> NDArray[np.bool_]:
    """Which words lie behind an opaque picture of less than half the page, painted after them.

    What of such a word shows beside the picture's edge or its noise is no word to a reader.
    """
    hidden = np.zeros(len(sheet.words), dtype=bool)
    if not len(hidden) or not sheet.draws_images:
        return hidden
    opaque = displayed(
        np.array([i["bbox"] for i in sheet.page.get_image_info() if not i.get("has-mask")]).reshape(-1, 4),
        sheet.rotation,
    )
    middles = (sheet.boxes[:, :2] + sheet.boxes[:, 2:]) / 2
    written = np.zeros(len(hidden), dtype=bool)
    for name, box in sheet.painted:
        x0, y0, x1, y1 = box
        if name in ("fill-text", "stroke-text"):
            on = (middles[:, 0] >= x0) & (middles[:, 0] <= x1) & (middles[:, 1] >= y0) & (middles[:, 1] <= y1)
            written |= on
            hidden &= ~on
        elif (
            name == "fill-image"
            and (x1 - x0) * (y1 - y0) < 0.5 * sheet.width * sheet.height
            and (np.abs(opaque - np.array(box)).max(axis=1, initial=0) < 1).any()
        ):
            core = shrunk(sheet.boxes, 0.1, 0.3)
            under = (core[:, 0] >= x0) & (core[:, 2] <= x1) & (core[:, 1] >= y0) & (core[:, 3] <= y1)
            hidden |= under & written
    return hidden


def place(box: NDArray[np.float64] | tuple[float, float, float, float]) -> str:
    """A rectangle for a report: whole points, origin top left."""
    return "({:.0f}, {:.0f}, {:.0f}, {:.0f})".format(*(float(v) for v in box))
