"""Photographs and other pictures: regions of continuous tone, in grey, in colour or as printed dots.

Whether a face is on one is not looked at: OpenCV 5 ships no face detector that works without a model's
file. So every picture of some size is proposed, an engraving on a letter-head and a revenue stamp as well,
with a middling score.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from model.geometry import Box
from redaction.proposals.common import Bits, Proposal, Sheet, best_first, place
from redaction.proposals.stamps import solid_round

SIDE: Final = 400
"""Longest side of the copy that is searched: halftone dots and letters both become tone there."""
SCORE: Final = 0.5
DARKER: Final = 26
"""Grey levels by which a picture differs from the paper."""
LEAST: Final = 0.045
"""A picture's shorter side, in parts of the page's longer one: 13 mm on A4."""


def find(sheet: Sheet) -> list[Proposal]:
    """Pictures on the page, boxes in pixels of its image."""
    import cv2

    factor = min(1.0, SIDE / max(sheet.width, sheet.height))
    size = (max(1, round(sheet.width * factor)), max(1, round(sheet.height * factor)))
    small = cv2.resize(sheet.copy, size, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.int16)
    paper = _paper(lab)
    away = np.abs(lab - paper)
    toned = ((away[:, :, 0] > DARKER) | (away[:, :, 1:].max(axis=2) > 12)).astype(np.uint8)
    least = max(5, round(LEAST * max(size)))
    mended = np.asarray(cv2.morphologyEx(toned, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)), np.uint8)
    solid = cv2.morphologyEx(mended, cv2.MORPH_OPEN, np.ones((round(0.7 * least),) * 2, np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(solid)
    found = []
    for n, (x, y, w, h, area) in enumerate(stats.tolist()):
        if n and min(w, h) >= least and _inside(x, y, w, h, size) and area < 0.6 * size[0] * size[1]:
            region = (labels[y : y + h, x : x + w] == n).astype(np.uint8)
            touching = x <= 1 or y <= 1 or x + w >= size[0] - 1 or y + h >= size[1] - 1
            why = _judged(np.asarray(lab[y : y + h, x : x + w, 0]), region, 0.93 if touching else 0.72)
            if not why or not _unread(sheet, Box(x, y, x + w, y + h).scaled(1 / factor)):
                continue
            at = sheet.outside(Box(x, y, x + w, y + h).scaled(1 / factor).expanded(3 / factor))
            if solid_round(mended[y : y + h, x : x + w]):
                found.append(
                    Proposal("STAMP", at, SCORE, "tone:round", "a round mark that is toned all over")
                )
            else:
                found.append(Proposal("PHOTOGRAPH", at, SCORE, "tone", why))
    return best_first(found)


def _paper(
    lab: np.ndarray[tuple[int, ...], np.dtype[np.int16]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    """The paper's colour: the median of the brighter half of the page."""
    light = lab[:, :, 0]
    bright = lab[light >= np.median(light)]
    return np.asarray(np.median(bright, axis=0), np.int16)


def _inside(x: int, y: int, w: int, h: int, size: tuple[int, int]) -> bool:
    """False for what runs out of the page over most of a side: the scanner's lid, the table beneath."""
    touching = (x <= 1) + (y <= 1) + (x + w >= size[0] - 1) + (y + h >= size[1] - 1)
    return touching == 0 or (touching <= 2 and w < 0.5 * size[0] and h < 0.5 * size[1])


def _judged(light: np.ndarray[tuple[int, ...], np.dtype[np.int16]], region: Bits, least: float) -> str:
    """Why it is a picture, or "": no flat field of colour, no shape that only writing has."""
    import cv2

    area = int(region.sum())
    contours, _ = cv2.findContours(region, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    (_, (rw, rh), _) = cv2.minAreaRect(max(contours, key=len))
    fills = area / max((rw + 1) * (rh + 1), 1.0)
    inner = light[region > 0]
    low, high = np.percentile(inner, (5, 95))
    levels = np.bincount(inner.clip(0, 255) // 8, minlength=32) / len(inner)
    many = int((levels > 0.02).sum())
    if fills < least or high - low < 30 or many < 6:
        return ""
    return (
        f"continuous tone over a region that is {100 * fills:.0f} % of a rectangle; "
        "whether it shows a face is not known"
    )


def _unread(sheet: Sheet, box: Box) -> bool:
    """False where words cover most of it: dense or bold text on a tinted ground."""
    part = sheet.read[place(box, sheet.read.shape)]
    return not part.size or float(part.mean()) < 0.5
