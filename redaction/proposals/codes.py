"""Bar codes and QR codes: OpenCV's own detectors, on the places that are dense enough to be one.

The detectors are exact but slow on a whole page (80 to 180 ms for QR codes alone), so they see only crops
where half of the pixels are ink over more than a few millimetres, at the image's own resolution. Bars that
they don't know are told by their form: edges that all run one way, the same from end to end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from model.geometry import Box
from redaction.proposals.common import Pixels, Proposal, Sheet, best_first, place

DENSE: Final = 0.36
"""Share of ink from which on a place is looked at; typed lines have 0.1 to 0.25."""
CROP_SIDE: Final = 900
"""Longest side of a crop, in pixels: modules of a code stay readable, time stays short."""
MOST: Final = 12
"""Places looked at on a page, the largest first."""
ONE_WAY: Final = 0.82
"""Coherence of the edges from which on they are bars; letters have 0.1 to 0.5."""
BARS: Final = 16
"""Dark bars along the middle that make a code; the shortest (EAN-8) has 22."""


def find(sheet: Sheet) -> list[Proposal]:
    """Codes on the page, boxes in pixels of its image."""
    return best_first(p for box in _dense(sheet) for p in _codes(sheet, box))


def _dense(sheet: Sheet) -> list[Box]:
    """Places, in pixels of the working copy, with ink as dense as a code's."""
    import cv2

    window = max(7, round(0.014 * max(sheet.width, sheet.height))) | 1
    dense = cv2.boxFilter(sheet.ink * np.uint8(255), cv2.CV_8U, (window, window))
    full = cv2.threshold(dense, round(255 * DENSE), 1, cv2.THRESH_BINARY)[1]
    least = max(7, round(0.012 * max(sheet.width, sheet.height)))
    # Wide gaps between bars must not cut a code in two.
    full = cv2.morphologyEx(full, cv2.MORPH_CLOSE, np.ones((window, window), np.uint8))
    full = cv2.morphologyEx(full, cv2.MORPH_OPEN, np.ones((least, least), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(full)
    boxes = [Box(x, y, x + w, y + h) for x, y, w, h, _ in stats[1:].tolist()]
    boxes = _joined(boxes)
    whole = sheet.width * sheet.height
    fitting = [b for b in boxes if 0.0006 * whole <= b.area <= 0.5 * whole]
    return sorted(fitting, key=lambda b: -b.area)[:MOST]


def _joined(boxes: list[Box]) -> list[Box]:
    """Boxes side by side, as high as each other and near, as one: a code's bars on both sides of a gap."""
    left, found = sorted(boxes, key=lambda b: b.x0), []
    while left:
        box = left.pop(0)
        for other in list(left):
            level = min(box.y1, other.y1) - max(box.y0, other.y0)
            if other.x0 - box.x1 <= 0.5 * min(box.height, other.height) and level >= 0.8 * max(
                box.height, other.height
            ):
                box = box.union(other)
                left.remove(other)
        found.append(box)
    return found


def _codes(sheet: Sheet, box: Box) -> Iterator[Proposal]:
    import cv2

    # A detector wants the quiet zone around a code.
    around = box.expanded(0.15 * max(box.width, box.height) + 6).clipped(sheet.width, sheet.height)
    at = sheet.outside(around)
    crop = sheet.image[place(at, sheet.image.shape)]
    if min(crop.shape[:2]) < 24:
        return
    x0, y0 = int(at.x0), int(at.y0)
    factor = min(1.0, CROP_SIDE / max(crop.shape[:2]))
    grey = cv2.cvtColor(np.ascontiguousarray(crop), cv2.COLOR_RGB2GRAY)
    if factor < 1.0:
        grey = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    inner = box.scaled(factor / sheet.factor)
    origin = Box(x0, y0, x0, y0).scaled(factor)
    found = [*_qr(np.asarray(grey, np.uint8)), *_bar(np.asarray(grey, np.uint8), inner, origin)]
    height, width = sheet.image.shape[:2]
    for kind, corners, score, recogniser, why in found:
        points = [(float(x) / factor + x0, float(y) / factor + y0) for x, y in corners]
        whole = Box.around(points)
        margin = 0.03 * max(whole.width, whole.height) + 2
        placed = whole.expanded(margin).clipped(width, height)
        if placed.width >= 12 and placed.height >= 6:
            yield Proposal(kind, placed, score, recogniser, why)


_Hit = tuple[str, list[tuple[float, float]], float, str, str]
"""Type, corners in pixels of the crop, score, recogniser, why."""


def _qr(grey: Pixels) -> Iterator[_Hit]:
    import cv2

    try:
        ok, corners = cv2.QRCodeDetector().detectMulti(grey)
    except cv2.error:  # a crop without any contrast
        return
    for quad in corners if ok and corners is not None else ():
        sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
        if sides.min() < 0.6 * sides.max():
            continue  # no square, whatever its corners look like
        corner = [(float(x), float(y)) for x, y in quad]
        yield "QR_CODE", corner, 0.9, "opencv:qr", "three corner squares of a QR code"


def _bar(grey: Pixels, dense: Box, origin: Box) -> Iterator[_Hit]:
    """`dense` is the place the crop was made for, `origin` the crop's corner, both at the crop's scale."""
    import cv2

    bars = _bars(grey)
    if bars is not None:
        yield bars
    try:
        ok, corners = cv2.barcode.BarcodeDetector().detectMulti(grey)
    except cv2.error:
        return
    found = (
        [Box.around([(float(x), float(y)) for x, y in q]) for q in corners]
        if ok and corners is not None
        else []
    )
    if not found:
        return
    whole = Box.union_of(found)
    # The detector often gives a part of the bars; the rest is as dense as they are.
    rest = Box(dense.x0 - origin.x0, dense.y0 - origin.y0, dense.x1 - origin.x0, dense.y1 - origin.y0)
    if rest.intersection(whole) is not None and rest.area < 6 * whole.area:
        whole = whole.union(rest)
    if bars is None and not _decoded(grey):
        return  # strokes of writing that run one way
    corner = [(whole.x0, whole.y0), (whole.x1, whole.y1), *(bars[1] if bars is not None else ())]
    yield "BARCODE", corner, 0.85, "opencv:barcode", "bars that OpenCV's detector takes for a bar code"


def _decoded(grey: Pixels) -> bool:
    """Whether OpenCV can read a bar code here; what it says is looked at by nobody."""
    import cv2

    said, _, _ = cv2.barcode.BarcodeDetector().detectAndDecode(grey)
    return bool(said)


def _bars(grey: Pixels) -> _Hit | None:
    """Parallel bars of several widths, or None: the structure tensor says which way the edges run."""
    import cv2

    gx = cv2.Sobel(grey, cv2.CV_32F, 1, 0)
    gy = cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    strong = (np.abs(gx) + np.abs(gy)) > 60
    if strong.sum() < 200:
        return None
    xx, yy, xy = (float((a * b)[strong].mean()) for a, b in ((gx, gx), (gy, gy), (gx, gy)))
    if np.hypot(xx - yy, 2 * xy) / max(xx + yy, 1e-6) < ONE_WAY:
        return None
    across = 0.5 * np.arctan2(2 * xy, xx - yy)
    height, width = grey.shape
    side = int(np.ceil(np.hypot(height, width)))
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(np.degrees(across)), 1.0)
    turn[:, 2] += (side / 2 - width / 2, side / 2 - height / 2)
    paper = float(np.percentile(grey, 90))
    upright = cv2.warpAffine(grey, turn, (side, side), borderValue=paper)
    dark = upright < (paper + float(np.percentile(grey, 5))) / 2
    crossings = np.abs(np.diff(dark.astype(np.int8), axis=1)).sum(axis=1) // 2
    rows = np.flatnonzero(crossings >= 0.7 * max(float(np.percentile(crossings, 95)), BARS))
    if len(rows) < max(8, 0.04 * side) or np.median(crossings[rows]) < BARS:
        return None
    top, end = int(np.percentile(rows, 2)), int(np.percentile(rows, 98)) + 1
    middle = dark[top:end].mean(axis=0)
    if ((middle > 0.2) & (middle < 0.8)).sum() > 0.35 * (middle > 0.2).sum():
        return None  # not the same from end to end: hatching, writing
    columns = np.flatnonzero(middle > 0.5)
    widths = _runs(middle > 0.5)
    if len(widths) < BARS or np.percentile(widths, 95) < 1.6 * np.percentile(widths, 20):
        return None  # all of one width: a ruler, a grating
    back = cv2.invertAffineTransform(turn)
    corners = [(x, y) for x in (int(columns[0]), int(columns[-1]) + 1) for y in (top, end)]
    points = [tuple((back @ np.array([x, y, 1.0])).tolist()) for x, y in corners]
    return "BARCODE", [(p[0], p[1]) for p in points], 0.7, "form:bars", "parallel bars of several widths"


def _runs(bits: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> list[int]:
    """Lengths of the runs of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], bits.astype(np.int8), [0]])))
    return [int(b - a) for a, b in zip(edges[::2], edges[1::2], strict=True)]
