"""Which words of a page a reader can see: asked of the rendered pixels.

A word without contrast is not visible, and a word that might be covered, clipped or of the colour of its
ground is compared with the page rendered without any text. Nothing here changes the source.
Coordinates are points of the displayed page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redaction.burn.mu import library, turned, turning
from redaction.burn.rendered import render
from redaction.burn.seen import SeenWord

CONTRAST = 20
"""Grey levels that a word must differ from its ground by."""
TINY = 0.8
"""Points: text so small is a grey line to a reader."""


def judge(
    page: Any, words: Sequence[SeenWord], pixels: NDArray[np.uint8], scale: float, log: Sequence[Any]
) -> None:
    """Sets the state of every word. `pixels`: the rendered page (H x W x 3 or H x W), `scale` px a point.

    `log`: what the page paints, from `page.get_bboxlog()`.
    """
    height, width = pixels.shape[:2]
    doubtful: list[SeenWord] = []
    marks = _coverings(page, log) if words else []
    inks = [word.ink for word in words]
    clear = _contrasts(inks, pixels, scale)
    for word, ink, contrast in zip(words, inks, clear, strict=True):
        if word.state == "hidden":
            continue
        if word.state == "visible" and word.size < TINY and min(ink[3] - ink[1], ink[2] - ink[0]) < TINY:
            word.state = "hidden"
            continue
        if not contrast:
            x0, y0, x1, y1 = ink
            region = pixels[
                max(int(y0 * scale), 0) : min(math.ceil(y1 * scale) + 1, height),
                max(int(x0 * scale), 0) : min(math.ceil(x1 * scale) + 1, width),
            ]
            flat = region.reshape(-1, pixels.shape[2] if pixels.ndim == 3 else 1).astype(np.int16)
            if flat.size == 0 or int((flat.max(axis=0) - flat.min(axis=0)).max()) < CONTRAST:
                word.state = "hidden"
                continue
        if word.state == "visible" and (word.clips or _pale(word.colour) or (marks and _covered(ink, marks))):
            doubtful.append(word)
    if doubtful:
        _compare(page, doubtful, pixels, scale)


def _contrasts(inks: Sequence[Sequence[float]], pixels: NDArray[np.uint8], scale: float) -> NDArray[np.bool_]:
    """For each box: do samples taken in it differ? No says nothing yet, the whole box is to be looked at."""
    if not inks:
        return np.zeros(0, bool)
    channel = pixels[..., 1] if pixels.ndim == 3 else pixels
    height, width = channel.shape
    box = np.array(inks) * scale
    steps = (np.arange(24) + 0.5) / 24
    x = (box[:, 0:1] + (box[:, 2:3] - box[:, 0:1]) * steps).astype(np.int32)
    levels = np.array([0.3, 0.5, 0.7])
    y = (box[:, 1:2] + (box[:, 3:4] - box[:, 1:2]) * levels).astype(np.int32)
    inside = (box[:, 0] >= 0) & (box[:, 1] >= 0) & (box[:, 2] < width) & (box[:, 3] < height)
    np.clip(x, 0, width - 1, out=x)
    np.clip(y, 0, height - 1, out=y)
    samples = channel[y[:, :, None], x[:, None, :]].reshape(len(inks), -1)
    spread = samples.max(axis=1).astype(np.int16) - samples.min(axis=1)
    return np.asarray(inside & (spread >= CONTRAST))


def _pale(colour: int) -> bool:
    return min(colour >> 16 & 255, colour >> 8 & 255, colour & 255) > 200


def _coverings(page: Any, log: Sequence[Any]) -> list[tuple[float, float, float, float]]:
    """Bounds, in displayed points, of what is painted after the first text and might cover it."""
    found, text_seen = [], False
    m = turning(page)
    for kind, box in log:
        if "text" in kind:
            text_seen = True
        elif text_seen and kind.startswith("fill") and min(box[2] - box[0], box[3] - box[1]) > 2:
            found.append(turned(box, m))
    return found


def _covered(box: Sequence[float], marks: Sequence[tuple[float, float, float, float]]) -> bool:
    return any(
        min(box[2], m[2]) - max(box[0], m[0]) > 0.5 and min(box[3], m[3]) - max(box[1], m[1]) > 0.5
        for m in marks
    )


def beneath_picture(page: Any, log: Sequence[Any]) -> bool:
    """Whether all text was painted before an image that covers the whole page: only a reader program sees it.

    Scanners' software writes the recognised text so, instead of invisibly. Whether the image is opaque is not
    looked at. `log`: as for `judge`.
    """
    m = turning(page)
    width, height = float(page.rect.width), float(page.rect.height)
    beneath = False
    for kind, box in log:
        if "text" in kind:
            beneath = False
        elif kind == "fill-image":
            x0, y0, x1, y1 = turned(box, m)
            beneath |= x0 <= 1 and y0 <= 1 and x1 >= width - 1 and y1 >= height - 1
    return beneath


def names_ink(page: Any, words: Sequence[SeenWord]) -> bool:
    """Whether words stand where a picture has writing, and the gaps between them where it has none.

    So it is with what was recognised in a scan; other text behind a picture is hidden and does not travel.
    """
    scale = 100 / 72
    pixels = render(page, scale, grey=True).astype(np.int16)

    def spread(x0: float, y0: float, x1: float, y1: float) -> int:
        part = pixels[
            max(int(y0 * scale), 0) : max(int(y1 * scale), 0),
            max(math.ceil(x0 * scale), 0) : max(int(x1 * scale), 0),
        ]
        return int(part.max()) - int(part.min()) if part.size else 0

    inked = apart = gaps = 0
    for word, following in zip(words, [*words[1:], None], strict=True):
        x0, y0, x1, y1 = word.ink
        own = spread(x0, y0, x1, y1)
        inked += own >= 2 * CONTRAST
        high = y1 - y0
        gaps += 1
        apart += 2 * spread(x0, y0 - 0.3 * high, x1, y0 - 0.1 * high) < own
        if following is not None and following.line == word.line:
            middle, reach = (x1 + following.ink[0]) / 2, 0.3 * (following.ink[0] - x1)
            gaps += 1
            apart += 2 * spread(middle - reach, y0, middle + reach, y1) < own
    return inked >= 0.8 * len(words) and apart >= 0.8 * gaps


def _compare(page: Any, words: Sequence[SeenWord], pixels: NDArray[np.uint8], scale: float) -> None:
    """Words whose place looks the same on the page without any text are hidden."""
    pymupdf = library()

    with pymupdf.open() as copy:
        copy.insert_pdf(page.parent, from_page=page.number, to_page=page.number, links=False, annots=False)
        bare = copy[0]
        bare.set_rotation(page.rotation)
        width, height = bare.rect.width, bare.rect.height
        sideways = page.rotation % 180 == 90
        bare.add_redact_annot((0, 0, height, width) if sideways else (0, 0, width, height), fill=False)
        bare.apply_redactions(images=0, graphics=0, text=0)
        left = bare.get_text("text", flags=pymupdf.TEXT_CLIP | pymupdf.TEXT_IGNORE_ACTUALTEXT)
        if left.strip():
            return  # text that redaction does not reach: nothing can be said, the words stay
        other = render(bare, scale, grey=pixels.ndim == 2)
    if other.shape != pixels.shape:
        return
    for word in words:
        x0, y0, x1, y1 = (int(v * scale) for v in word.ink)
        window = (slice(max(y0, 0), y1 + 2), slice(max(x0, 0), x1 + 2))
        change = np.abs(pixels[window].astype(np.int16) - other[window])
        if change.size == 0 or int(change.max()) < CONTRAST:
            word.state = "hidden"
