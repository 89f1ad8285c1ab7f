"""Stamps and seals: rings, turned or coloured frames with something in them, coloured lines of even letters.

What a stamp shares with nothing else on a page: a ring of a coin's to a cup's size, a frame that is not
level with the page, ink of another colour than the writing's. A level frame in the writing's own colour is
a box of the form for all that can be seen, and is left out; so are coloured letters in the page's head,
which are a letter-head.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.geometry import Box
from redaction.proposals.common import Bits, Pixels, Proposal, Sheet, best_first

LEAST_RADIUS: Final = 0.026
"""Of a ring, in parts of the page's longer side: 8 mm on A4, more than a punched hole's."""
MOST_RADIUS: Final = 0.09
ROUND: Final = 0.8
"""Share of a ring's angles at which there is ink."""
TURNED: Final = 1.2
"""Degrees from which on a frame is not level with the page."""
COLOURED: Final = 13
"""Distance from the paper's colour, in L*a*b* units as OpenCV has them, from which on ink has one."""
VIVID: Final = 18
"""The same distance for coloured letters without a frame, in the middle of them."""
SHRINK: Final = 4
"""Rings are guessed on a copy so many times smaller than the working one."""
GUESSES: Final = 14
_BINS: Final = 72


def find(sheet: Sheet) -> list[Proposal]:
    """Stamps on the page, boxes in pixels of its image."""
    colour, strength = _colour(sheet)
    return best_first([*_rings(sheet, colour), *_frames(sheet, colour), *_lines(sheet, colour, strength)])


def _colour(sheet: Sheet) -> tuple[Bits, Pixels]:
    """1 on ink whose colour is neither the paper's, nor black, nor that of the writing; and how far off."""
    import cv2

    lab = cv2.cvtColor(sheet.copy, cv2.COLOR_RGB2LAB)
    small = cv2.resize(lab, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    ground = np.median(small[small[:, :, 0] >= np.median(small[:, :, 0])], axis=0)
    a, b = (lab[:, :, n].astype(np.int16) - round(float(ground[n])) for n in (1, 2))
    strength = np.maximum(np.abs(a), np.abs(b)).clip(0, 255).astype(np.uint8)
    coloured = (strength >= COLOURED) & (sheet.depth >= 10)
    ink = (sheet.ink > 0) | coloured
    total = int(ink.sum())
    if not total or not coloured.any():
        return np.zeros_like(sheet.ink), strength
    hue = ((np.arctan2(b[coloured], a[coloured]) / np.pi + 1) * 8).astype(np.int64) % 16
    counts = np.bincount(hue, minlength=16)
    around = counts + np.roll(counts, 1) + np.roll(counts, -1)
    writing = around > 0.25 * total
    other = np.zeros_like(sheet.ink)
    other[coloured] = (~writing[hue]).astype(np.uint8)
    return other, strength


def _rings(sheet: Sheet, colour: Bits) -> Iterator[Proposal]:
    longer = max(sheet.width, sheet.height)
    bits = np.asarray(sheet.ink | colour, np.uint8)
    for x, y, radius in _guesses(bits, LEAST_RADIUS * longer, MOST_RADIUS * longer):
        ring = _ring(bits, x, y, radius)
        if ring is None:
            continue
        x, y, r, share = ring
        box = Box(x - r, y - r, x + r, y + r)
        if min(box.x0, box.y0, sheet.width - box.x1, sheet.height - box.y1) < -0.2 * r:
            continue
        why = f"a ring that {100 * share:.0f} % of the way round is inked, with something in it"
        yield Proposal(
            "STAMP", sheet.outside(box.expanded(0.06 * r + 2)), round(0.35 + 0.5 * share, 2), "form:ring", why
        )


def _guesses(bits: Bits, least: float, most: float) -> list[tuple[float, float, float]]:
    """Centres and radii where a ring may be: inked on the circle, blank around it, at a quarter of the size.

    A Hough transform with whole rings as its kernels (cv2.HoughCircles takes seconds on a written page).
    """
    import cv2

    small = cv2.resize(bits * np.uint8(255), None, fx=1 / SHRINK, fy=1 / SHRINK, interpolation=cv2.INTER_AREA)
    ink = np.asarray(np.minimum(small.astype(np.float32) / 80.0, 1.0), np.float32)
    steps = np.geomspace(least, 1.2 * most, 22) / SHRINK
    # By the convolution theorem: all rings share the page's transform. What wraps around falls on margins.
    spectrum = np.fft.rfft2(ink)
    kernels = [_kernel((ink.shape[0], ink.shape[1]), round(float(r), 2)) for r in steps]
    means = [np.fft.irfft2(spectrum * k, s=ink.shape).astype(np.float32) for k in kernels]
    best, size = np.full(ink.shape, -1.0, np.float32), np.zeros(ink.shape, np.float32)
    for k, r in enumerate(steps[:-4].tolist()):
        score = np.where(means[k] > 0.62, means[k] - np.minimum(means[k + 3], means[k + 4]), -1.0)
        better = score > best
        best[better], size[better] = score[better], r
    found: list[tuple[float, float, float]] = []
    for _ in range(GUESSES):
        y, x = np.unravel_index(int(best.argmax()), best.shape)
        if best[y, x] < 0.3:
            break
        r = float(size[y, x])
        found.append(((x + 0.5) * SHRINK, (y + 0.5) * SHRINK, r * SHRINK))
        reach = max(2, round(0.35 * r))
        best[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1] = -1.0
    return found


@lru_cache(maxsize=96)
def _kernel(shape: tuple[int, int], radius: float) -> NDArray[np.complex128]:
    """Spectrum of a ring about the origin, two and a half pixels thick with soft rims, of sum 1."""
    high, wide = shape
    y = np.minimum(np.arange(high), high - np.arange(high))[:, None]
    x = np.minimum(np.arange(wide), wide - np.arange(wide))[None, :]
    ring = np.clip(1.25 - np.abs(np.hypot(x, y) - radius), 0, 1)
    return np.asarray(np.fft.rfft2(ring / max(float(ring.sum()), 1e-9)))


@lru_cache(maxsize=1)
def _angles() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    turns = np.linspace(0, 2 * np.pi, _BINS, endpoint=False)
    return np.cos(turns), np.sin(turns)


def _ring(bits: Bits, x: float, y: float, radius: float) -> tuple[float, float, float, float] | None:
    """Centre, outer radius and inked share of the ring near a guess; None where there is none."""
    best: tuple[float, float, float, float, NDArray[np.bool_]] | None = None
    for dx in (-3, 0, 3):
        for dy in (-3, 0, 3):
            radii = np.arange(0.86 * radius, 1.16 * radius, 1.0)
            polar = _polar(bits, x + dx, y + dy, radii)
            near = polar | np.roll(polar, 1, axis=0)
            shares = near.mean(axis=1)
            k = int(shares.argmax())
            if best is None or shares[k] > best[3]:
                best = x + dx, y + dy, float(radii[k]), float(shares[k]), near[k]
    if best is None or best[3] < ROUND:
        return None
    cx, cy, r, share, hit = best
    gap = _longest_gap(hit)
    outside = _polar(bits, cx, cy, np.linspace(1.1 * r, 1.3 * r, 6)).mean()
    inside = _polar(bits, cx, cy, np.linspace(0.25 * r, 0.85 * r, 10)).mean()
    if gap > 0.16 * _BINS or outside > 0.25 or inside < 0.05 or inside > 0.8 or share - outside < 0.6:
        return None
    return cx, cy, r, share


def _polar(bits: Bits, x: float, y: float, radii: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Radii x angles: where there is ink."""
    cos, sin = _angles()
    xs = np.rint(x + radii[:, None] * cos).astype(np.int64)
    ys = np.rint(y + radii[:, None] * sin).astype(np.int64)
    inside = (xs >= 0) & (ys >= 0) & (xs < bits.shape[1]) & (ys < bits.shape[0])
    found = np.zeros(xs.shape, bool)
    found[inside] = bits[ys[inside], xs[inside]] > 0
    return found


def _longest_gap(hit: NDArray[np.bool_]) -> int:
    longest = run = 0
    for value in np.concatenate([hit, hit]).tolist():
        run = 0 if value else run + 1
        longest = max(longest, run)
    return min(longest, len(hit))


def _frames(sheet: Sheet, colour: Bits) -> Iterator[Proposal]:
    """Rectangles drawn around something, that are turned or of another colour than the writing."""
    import cv2

    longer = max(sheet.width, sheet.height)
    bits = np.asarray(
        cv2.morphologyEx(cv2.max(sheet.faint, colour), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    )
    _, labels, stats, _ = cv2.connectedComponentsWithStats(bits, connectivity=8)
    least, most = 0.022 * longer, 0.3 * longer
    for n in np.flatnonzero(
        (stats[:, 2:4].min(axis=1) >= least) & (stats[:, 2:4].max(axis=1) >= 2 * least)
        & (stats[:, 2:4].max(axis=1) <= most)
    ).tolist():  # fmt: skip
        x, y, w, h, dots = stats[n].tolist()
        if n == 0 or dots > 0.75 * w * h:
            continue
        own = (labels[y : y + h, x : x + w] == n).astype(np.uint8)
        rim = max(cv2.findContours(own, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0], key=len)
        rect = cv2.minAreaRect(rim)
        wide, high = max(rect[1]), min(rect[1])
        if high < least or wide < 1.6 * least or wide > 6 * high:
            continue
        turn = abs((rect[2] + 45) % 90 - 45)
        inked = colour[y : y + h, x : x + w][own > 0].mean()
        if turn < TURNED and inked < 0.5:
            continue
        shares = _sides(own, np.asarray(cv2.boxPoints(rect), np.float32))
        inner = _inner(np.asarray(bits[y : y + h, x : x + w], np.uint8), rect)
        if min(shares) < 0.7 or np.mean(shares) < 0.82 or not 0.03 <= inner <= 0.5:
            continue
        what = f"turned by {turn:.0f} degrees" if inked < 0.5 else "in another colour than the writing"
        box = sheet.outside(Box(x, y, x + w, y + h).expanded(3))
        yield Proposal("STAMP", box, round(0.5 + 0.4 * min(shares), 2), "form:frame", f"a frame {what}")


def _sides(own: Bits, corners: NDArray[np.float32]) -> list[float]:
    """For each side of a rectangle the share of it that is inked, within two pixels."""
    import cv2

    thick = cv2.dilate(own, np.ones((5, 5), np.uint8))
    shares = []
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        t = np.linspace(0.03, 0.97, 60)[:, None]
        points = np.rint(a + (b - a) * t).astype(np.int64)
        xs, ys = points[:, 0].clip(0, own.shape[1] - 1), points[:, 1].clip(0, own.shape[0] - 1)
        shares.append(float(thick[ys, xs].mean()))
    return shares


def _inner(bits: Bits, rect: tuple[Sequence[float], Sequence[float], float]) -> float:
    """Share of ink well inside of a turned rectangle."""
    import cv2

    (cx, cy), (w, h), angle = rect
    mask = np.zeros(bits.shape, np.uint8)
    inset = 0.22 * min(w, h)
    smaller = cv2.boxPoints(((cx, cy), (max(w - inset, 1), max(h - inset, 1)), angle))
    cv2.fillConvexPoly(mask, np.rint(smaller).astype(np.int32), 1)
    return float(bits[mask > 0].mean()) if mask.any() else 0.0


def _lines(sheet: Sheet, colour: Bits, strength: Pixels) -> Iterator[Proposal]:
    """Two and more lines of even small letters in a colour of their own, not in the page's head."""
    import cv2

    longer = max(sheet.width, sheet.height)
    if not colour.any():
        return
    close = max(3, round(0.011 * longer))
    joined = cv2.morphologyEx(colour, cv2.MORPH_CLOSE, np.ones((close, 2 * close), np.uint8))
    joined = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((4, 4), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    for n in np.flatnonzero(stats[:, 4] > (0.03 * longer) ** 2).tolist():
        x, y, w, h, _ = stats[n].tolist()
        if n == 0 or max(w, h) > 0.45 * longer or min(w, h) < 0.03 * longer or y + h < 0.2 * sheet.height:
            continue
        own = colour[y : y + h, x : x + w] * (labels[y : y + h, x : x + w] == n).astype(np.uint8)
        _, _, parts, _ = cv2.connectedComponentsWithStats(own, connectivity=8)
        parts = parts[1:][parts[1:, 4] >= 6]
        if len(parts) < 24 or float(np.median(strength[y : y + h, x : x + w][own > 0])) < VIVID:
            continue
        sizes = parts[:, 2:4].max(axis=1)
        small = sizes <= 0.016 * longer
        if parts[small, 4].sum() < 0.6 * parts[:, 4].sum() or small.sum() < 24:
            continue
        box = sheet.outside(Box(x, y, x + w, y + h).expanded(3))
        yield Proposal(
            "STAMP", box, 0.55, "colour:lines", "lines of even letters in another colour than the writing"
        )


def solid_round(toned: Pixels) -> bool:
    """Whether a toned region (1 where toned, cut to its box) is a disc: its box's corners are empty."""
    h, w = toned.shape
    if max(w, h) > 1.6 * min(w, h):
        return False
    k = max(1, round(0.13 * min(w, h)))
    corners = (toned[:k, :k], toned[:k, -k:], toned[-k:, :k], toned[-k:, -k:])
    return float(np.mean([c.mean() for c in corners])) < 0.2
