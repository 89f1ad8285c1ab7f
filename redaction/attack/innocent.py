"""What has to be still there: page sizes, the words outside the boxes in their places, the picture.

Tolerances follow from what a redaction may do: in a line with a box the rest may be re-set on a grid
of a quarter em (it hides the width of what was removed), a page made an image is redrawn, nothing
else may move.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.findings import Redaction
from redaction.attack.needles import fold, occurrences
from redaction.attack.reference import TILE, ReferencePage, coarse
from redaction.attack.report import Report
from redaction.attack.sheet import Boxes, Sheet, closer, flat, shrunk, touching
from redaction.attack.visibility import place

UNKNOWN = "\ufffd"
"""Stands for letters of which the font does not say what they are; another reader may call them otherwise."""
STILL = 1.5
"""Points that a word may move for no reason."""
FINE = 32
"""Grey levels by which a cell of 2 points may differ from every cell around it."""
CRISP = 0.35
"""Part of a place's contrast by which a cell may differ besides, from one image to another of the same: made
smaller for the screen, letters of a screenshot's sharpness fall on the pixels in another way."""
KEPT = 0.3
"""Part of a mark's contrast that has to be left where a page was redrawn as an image."""
BROAD, BROAD_REDRAWN = 6.0, 20.0
"""Grey levels by which the mean of an area of 16 points may differ."""
BROAD_CELLS = 8
MARGIN = (10.0, 4.0)
"""Points around a box (across, down) that its grid and its line may change. A box that is higher than
wide hides the length of what is written downwards: it has the wider margin there as well."""

Grey = NDArray[np.uint8]
_AROUND = np.ones((3, 3), dtype=np.uint8)


def attack_geometry(
    reference: Sequence[ReferencePage], sizes: Sequence[tuple[float, float]], extra: int, report: Report
) -> bool:
    """Sizes as displayed. `extra`: pages of the certificate at the end. True where pages can be compared."""
    report.carried_out("page_geometry", "1 page" if len(reference) == 1 else f"{len(reference)} pages")
    if len(sizes) != len(reference) + extra:
        report.fail(
            "page_geometry", f"the file has {len(sizes) - extra} pages, the source has {len(reference)}"
        )
        return False
    for page, (width, height) in zip(reference, sizes, strict=False):
        if abs(page.width - width) > 0.5 or abs(page.height - height) > 0.5:
            report.fail(
                "page_geometry",
                f"page {page.number} has another size or orientation than in the source",
                page.number,
            )
    return not report.found("page_geometry")


def attack_innocent(
    source: ReferencePage, sheet: Sheet, redactions: Sequence[Redaction], report: Report
) -> int:  # fmt: skip
    """Words and picture of one page. Returns the number of words compared."""
    boxes = np.array([r.box.as_list() for r in redactions], dtype=np.float64).reshape(-1, 4)
    report.carried_out("innocent_text")
    report.carried_out("innocent_pixels")
    compared = _words(source, sheet, boxes, report)
    _picture(source, sheet, boxes, report)
    return compared


def _shifts(words: Boxes, boxes: Boxes) -> Boxes:
    """How far each word may move: N x 2, across and down."""
    allowed = np.full((len(words), 2), STILL)
    if not len(boxes) or not len(words):
        return allowed
    wide, high = words[:, 2] - words[:, 0], words[:, 3] - words[:, 1]
    row = (
        np.minimum(words[:, None, 3], boxes[None, :, 3]) - np.maximum(words[:, None, 1], boxes[None, :, 1])
        > 0.2 * high[:, None]
    ).any(axis=1)
    column = (
        np.minimum(words[:, None, 2], boxes[None, :, 2]) - np.maximum(words[:, None, 0], boxes[None, :, 0])
        > 0.2 * wide[:, None]
    ).any(axis=1)
    allowed[row, 0] = np.maximum(high[row], STILL)
    # A short word of a line that runs downwards is wider than high; its line is as thick as the box.
    thick, long = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    alike = (wide[:, None] <= 1.6 * thick[None]) & (thick[None] <= 1.6 * wide[:, None]) & (long > thick)[None]
    beside = (
        np.minimum(words[:, None, 2], boxes[None, :, 2]) - np.maximum(words[:, None, 0], boxes[None, :, 0])
        > 0.2 * wide[:, None]
    )
    tall = (column & (high > wide)) | (alike & beside).any(axis=1)
    allowed[tall, 1] = np.maximum(wide[tall], STILL)
    return allowed


def _words(source: ReferencePage, sheet: Sheet, boxes: Boxes, report: Report) -> int:
    innocent = source.innocent
    if len(boxes) and len(innocent):  # boxes of further copies were not known when the source was read
        innocent = innocent & ~np.asarray(touching(shrunk(source.boxes, 0.0, 0.15), boxes)).any(axis=1)
    wanted = np.flatnonzero(innocent)
    if not len(wanted):
        return 0
    centres = (sheet.boxes[:, :2] + sheet.boxes[:, 2:]) / 2
    own = (source.boxes[:, :2] + source.boxes[:, 2:]) / 2
    exact = set(zip(sheet.words, map(tuple, np.rint(centres).tolist()), strict=True))
    points = list(map(tuple, np.rint(own).tolist()))
    elsewhere = [i for i in wanted.tolist() if (source.words[i], points[i]) not in exact]
    if not elsewhere:
        return len(wanted)
    shifts = _shifts(source.boxes, boxes)
    if flat(sheet):
        heights = _heights(source)
        shifts = np.maximum(shifts, 0.5 * heights[:, None])
    known: dict[str, list[int]] = {}
    for index, word in enumerate(sheet.words):
        known.setdefault(word, []).append(index)
    places, homes, reach = centres.tolist(), own.tolist(), shifts.tolist()
    for index in elsewhere:
        candidates = known.get(source.words[index])
        (x, y), (dx, dy) = homes[index], reach[index]
        if candidates and any(
            abs(places[c][0] - x) <= dx and abs(places[c][1] - y) <= dy for c in candidates
        ):
            continue
        if _elsewise(source.words[index], source.boxes[index], shifts[index], sheet):
            continue
        if _cut(source, index, shifts[index], sheet):
            continue
        moved = bool(candidates)
        report.fail(
            "innocent_text",
            f"a word that was not redacted {'moved' if moved else 'is missing'} on page {source.number} "
            f"at {place(source.boxes[index])}",
            source.number,
        )
    return len(wanted)


def _cut(source: ReferencePage, index: int, shift: NDArray[np.float64], sheet: Sheet) -> bool:
    """Whether a clip cuts letters off the word, and what it leaves of it is there."""
    if source.unclipped is None:
        return False
    words, boxes = source.unclipped()
    box = source.boxes[index]
    parts = np.flatnonzero(touching(shrunk(boxes, 0.0, 0.2), box[None])[:, 0]).tolist() if len(boxes) else []
    if any(words[i] == source.words[index] for i in parts):
        return False
    return all(_elsewise(words[i], boxes[i], shift, sheet) for i in parts)


def _heights(source: ReferencePage) -> NDArray[np.float64]:
    """How high the line of each word is: the smaller side of its box, of a single letter ("i") the larger."""
    sides = source.boxes[:, 2:] - source.boxes[:, :2]
    alone = np.array([len(word) == 1 for word in source.words], dtype=bool)
    return np.asarray(np.where(alone, sides.max(axis=1), sides.min(axis=1)), dtype=np.float64)


def _elsewise(word: str, box: NDArray[np.float64], shift: NDArray[np.float64], sheet: Sheet) -> bool:
    """The same letters at the same place, split into words in another way."""
    key = "" if UNKNOWN in word else fold(word)  # it can be looked for by its place only
    if not len(sheet.words):
        return not key
    near = (
        (sheet.boxes[:, 0] <= box[2] + shift[0])
        & (sheet.boxes[:, 2] >= box[0] - shift[0])
        & (sheet.boxes[:, 1] + 0.3 * (sheet.boxes[:, 3] - sheet.boxes[:, 1]) <= box[3] + shift[1] - STILL)
        & (sheet.boxes[:, 3] - 0.3 * (sheet.boxes[:, 3] - sheet.boxes[:, 1]) >= box[1] - shift[1] + STILL)
    )
    indices = np.flatnonzero(near).tolist()
    if not key:
        return len(indices) > 0
    in_reading_order = sorted(
        indices, key=lambda i: (round(float(sheet.boxes[i, 1]) / 4), float(sheet.boxes[i, 0]))
    )
    return any(_run_there(key, order, box, shift, sheet) for order in (indices, in_reading_order))


def _run_there(
    key: str, order: list[int], box: NDArray[np.float64], shift: NDArray[np.float64], sheet: Sheet
) -> bool:
    """Whether words in this order spell the key where it stood: together they reach over its box."""
    words = [fold(sheet.words[i]) for i in order]
    for first, last, _ in occurrences(key, "".join(words), words):
        found = sheet.boxes[order[first : last + 1]]
        low, high = found[:, :2].min(0), found[:, 2:].max(0)
        if (low <= box[:2] + shift).all() and (high >= box[2:] - shift).all():
            return True
    return False


def _picture(source: ReferencePage, sheet: Sheet, boxes: Boxes, report: Report) -> None:
    before, after = source.tiles, coarse(sheet)
    if before.shape != after.shape:
        report.fail(
            "innocent_pixels",
            f"page {source.number} is rendered in another size than the source's",
            source.number,
        )
        return
    cell = TILE / sheet.scale
    compare = np.ones(before.shape, dtype=bool)
    places = _set_aside(source, sheet, boxes) / cell
    if not np.isfinite(places).all():
        raise ValueError("a word stands nowhere")
    aside = np.clip(places, -1e9, 1e9).astype(np.int64)  # towards zero
    aside[:, 2:] += 1
    for x0, y0, x1, y1 in np.maximum(aside, 0).tolist():
        compare[y0:y1, x0:x1] = False
    found = _different(source, sheet, compare, before, after)
    if found is not None and source.closer is not None and sheet.page is not None:
        finer = source.closer()
        if finer.shape == before.shape:
            found = _different(
                source, sheet, compare, finer, closer(sheet.page, sheet.scale, finer.shape, TILE)
            )
    if found is not None:
        y, x = found
        report.fail("innocent_pixels", _said(source, x * cell, y * cell), source.number)


def _different(
    source: ReferencePage, sheet: Sheet, compare: NDArray[np.bool_], before: Grey, after: Grey
) -> tuple[float, float] | None:
    """Row and column of the cell where two pictures of the page differ most, if they differ."""
    redrawn = flat(sheet) and not source.flat
    difference = _redrawn(before, after) if redrawn else _changed(before, after)
    if source.flat and flat(sheet):
        difference = _beyond_crispness(difference, before, after)
    worst = np.where(compare, difference, 0)
    if int(worst.max(initial=0)) > FINE:
        y, x = np.unravel_index(int(worst.argmax()), worst.shape)
        return float(y), float(x)
    broad = np.abs(_means(np.where(compare, after.astype(np.int16) - before, 0)))
    if broad.size and float(broad.max()) > (BROAD_REDRAWN if redrawn else BROAD):
        y, x = np.unravel_index(int(broad.argmax()), broad.shape)
        return float(y) * BROAD_CELLS, float(x) * BROAD_CELLS
    return None


def _changed(before: Grey, after: Grey) -> Grey:
    """By how many levels each cell is darker or lighter than everything around it in the other picture."""
    import cv2

    darker = cv2.max(cv2.subtract(_lowest(after), before), cv2.subtract(_lowest(before), after))
    lighter = cv2.max(cv2.subtract(before, _highest(after)), cv2.subtract(after, _highest(before)))
    return np.asarray(cv2.max(darker, lighter), dtype=np.uint8)


def _beyond_crispness(difference: Grey, before: Grey, after: Grey) -> Grey:
    """What is left of a difference that the contrast of both pictures at that place accounts for.

    Where a mark is gone from one of them there is no such contrast, and all of it is left.
    """
    import cv2

    contrast = cv2.min(_highest(before) - _lowest(before), _highest(after) - _lowest(after))
    return np.asarray(cv2.subtract(difference, (contrast * CRISP).astype(np.uint8)), dtype=np.uint8)


def _redrawn(before: Grey, after: Grey) -> Grey:
    """As _changed, for a page that was made an image: thin lines and edges get another grey, but stay.

    A mark is lost (or new) where most of its contrast is gone (or comes from nowhere).
    """
    result = np.zeros_like(before)
    for one, other in ((before, after), (after, before)):
        contrast = _highest(one) - _lowest(one)
        around = _highest(_highest(other)) - _lowest(_lowest(other))
        result = np.maximum(result, np.where(around < KEPT * contrast, contrast, 0).astype(np.uint8))
    return result


def _said(source: ReferencePage, x: float, y: float) -> str:
    return f"page {source.number} looks different outside the boxes, near ({x:.0f}, {y:.0f})"


def _set_aside(source: ReferencePage, sheet: Sheet, boxes: Boxes) -> Boxes:
    """What may look different: the boxes, and the words of lines that may have been re-set."""
    # Of the largest pages a cell is many points wide: the one at a box's edge is a part of it.
    across, down = (max(m, TILE / sheet.scale) for m in MARGIN)
    margin = np.array([-across, -down, across, down])
    shown = np.clip(boxes, 0, (sheet.width, sheet.height) * 2)
    upright = (shown[:, 3] - shown[:, 1] > shown[:, 2] - shown[:, 0])[:, None]
    parts = [boxes + np.where(upright, [-across, -across, across, across], margin)]
    for words in (source.boxes, sheet.boxes):
        shifts = _shifts(words, boxes)
        loose = (shifts > STILL).any(axis=1)
        around = np.concatenate([-shifts[loose], shifts[loose]], axis=1)
        parts.append(words[loose] + around)
    parts.append(source.aside + margin)
    parts.append(sheet.aside + np.array([-2.0, -2.0, 2.0, 2.0]))
    parts.append(source.boxes[source.copies | source.loose | ~source.visible] + margin)
    return np.concatenate(parts)


def _lowest(tiles: Grey) -> Grey:
    """The darkest of each cell and its eight neighbours."""
    import cv2

    return np.asarray(cv2.erode(tiles, _AROUND), dtype=np.uint8)


def _highest(tiles: Grey) -> Grey:
    import cv2

    return np.asarray(cv2.dilate(tiles, _AROUND), dtype=np.uint8)


def _means(values: NDArray[np.int16]) -> NDArray[np.float64]:
    n = BROAD_CELLS
    height, width = (size // n * n for size in values.shape)
    rows = values[:height, :width].reshape(height // n, n, width).sum(axis=1, dtype=np.int32)
    result: NDArray[np.float64] = rows.reshape(height // n, width // n, n).sum(axis=2) / (n * n)
    return result
