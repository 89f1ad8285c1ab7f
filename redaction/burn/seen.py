"""The words of a page: where each letter stands, and whether a reader can see it.

MuPDF says which letters are painted where; whether they can be seen is asked of the rendered pixels:
a word without contrast is not visible, and a word that might be covered, clipped or of the colour
of its ground is compared with the page rendered without any text. Nothing here changes the source.
Coordinates are points of the displayed page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from model.geometry import Box, Quad
from redaction.burn.layer import LIGATURES, LayerWord
from redaction.burn.mu import library, turning

Visibility = Literal["visible", "layer", "hidden"]
CONTRAST = 20
"""Grey levels that a word must differ from its ground by."""
TINY = 0.8
"""Points: text so small is a grey line to a reader."""
_FILLED, _STROKED, _CLIPS = 16, 32, 64


@dataclass(slots=True)
class Char:
    """A letter: its origin on the base line and the bounds of its ink (or of its cell without ink)."""

    text: str
    x: float
    y: float
    box: tuple[float, float, float, float]


@dataclass(slots=True)
class SeenWord:
    """Letters without a gap between them. `direction` is the unit vector of the base line."""

    chars: list[Char]
    line: int
    direction: tuple[float, float]
    size: float
    ascent: float
    descent: float
    colour: int
    vertical: bool
    state: Visibility = "visible"
    clips: bool = False
    """Its letters are a clip, as those filled with a pattern are: whether they show, only the pixels tell."""
    _ink: tuple[float, float, float, float] | None = None

    @property
    def text(self) -> str:
        """The letters; a ligature as the letters it is made of."""
        text = "".join([c.text for c in self.chars])
        return text if text.isascii() else "".join([LIGATURES.get(c.text, c.text) for c in self.chars])

    @property
    def ink(self) -> tuple[float, float, float, float]:
        """Bounds of the letters. To be asked for once all letters are there."""
        if self._ink is not None:
            return self._ink
        x0, y0, x1, y1 = self.chars[0].box
        for char in self.chars:
            a, b, c, d = char.box
            if a < x0:
                x0 = a
            if b < y0:
                y0 = b
            if c > x1:
                x1 = c
            if d > y1:
                y1 = d
        self._ink = (x0, y0, x1, y1)
        return self._ink

    def forget_ink(self) -> None:
        """To be called after letters were moved."""
        self._ink = None

    def _turned_column(self, dx: float, dy: float) -> LayerWord:
        corners = [(b[i], b[j]) for b in (c.box for c in self.chars) for i in (0, 2) for j in (1, 3)]
        along = [x * dx + y * dy for x, y in corners]
        over = [x * dy - y * dx for x, y in corners]  # grows upwards, as the line sees it

        def point(t: float, n: float) -> tuple[float, float]:
            return t * dx + n * dy, t * dy - n * dx

        a, b, low, high = min(along), max(along), min(over), max(over)
        quad = Quad((point(a, high), point(b, high), point(b, low), point(a, low)))
        return LayerWord(self.text, quad.bounds, quad, False, self.line)

    def layer_word(self) -> LayerWord:
        """The word for the searchable layer: a quad along its base line, as high as its font."""
        x0, y0, x1, y1 = self.ink
        dx, dy = self.direction
        if self.vertical and dy < 0.99:  # a column on a page that is turned: a line to whoever reads it
            return self._turned_column(dx, dy)
        if self.vertical:
            return LayerWord(
                self.text, Box(x0, y0, max(x1, x0 + 0.1), max(y1, y0 + 0.1)), None, True, self.line
            )
        ox, oy = self.chars[0].x, self.chars[0].y
        corners = [(b[i], b[j]) for b in (c.box for c in self.chars) for i in (0, 2) for j in (1, 3)]
        along = [(px - ox) * dx + (py - oy) * dy for px, py in corners]
        if abs(dx * dy) > 0.01:  # bounds of slanted letters reach beyond them: origins say more
            along = [(c.x - ox) * dx + (c.y - oy) * dy for c in self.chars]
            along.append(max(along) + self.size * 0.5)
        start, end = min(0.0, min(along)), max(max(along), 0.1)
        up = min(max(self.ascent, 0.6), 0.8) * self.size
        down = min(max(-self.descent, 0.1), 0.2) * self.size
        nx, ny = dy, -dx  # points up from the base line
        over = [(px - ox) * nx + (py - oy) * ny for px, py in corners]
        if min(over) < -0.4 * self.size and max(over) < 0.25 * self.size:  # mirrored text stands on its head
            up, down = down, up
        sx, sy, ex, ey = ox + dx * start, oy + dy * start, ox + dx * end, oy + dy * end
        quad = Quad(
            (
                (sx + nx * up, sy + ny * up),
                (ex + nx * up, ey + ny * up),
                (ex - nx * down, ey - ny * down),
                (sx - nx * down, sy - ny * down),
            )
        )
        return LayerWord(self.text, quad.bounds, quad, False, self.line)


_SPACES = frozenset(["", *(chr(c) for c in range(0x3001) if chr(c).isspace()), "\u200b", "\u00ad", "\ufeff"])


def read_words(page: Any, *, clipped: bool = True) -> list[SeenWord]:
    """The words that MuPDF finds, all "visible" or "layer" (painted with render mode 3) for now.

    `clipped`: leave out letters that lie wholly outside of the clip or of the page.
    """
    pymupdf = library()

    flags = (
        pymupdf.TEXT_ACCURATE_BBOXES
        | pymupdf.TEXT_PRESERVE_WHITESPACE
        | pymupdf.TEXT_PRESERVE_LIGATURES
        | pymupdf.TEXT_IGNORE_ACTUALTEXT
        | pymupdf.TEXT_CID_FOR_UNKNOWN_UNICODE
    )
    if clipped:
        flags |= pymupdf.TEXT_CLIP
    a, b, c, d, e, f = turning(page)
    upright = (a, b, c, d, e, f) == (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    words: list[SeenWord] = []
    line_number = -1
    for block in page.get_text("rawdict", flags=flags)["blocks"]:
        for line in block.get("lines", ()):
            line_number += 1
            dx, dy = line["dir"]
            direction = (dx, dy) if upright else _unit(dx * a + dy * c, dx * b + dy * d)
            vertical = line.get("wmode") == 1
            current: SeenWord | None = None
            for span in line["spans"]:
                state = _state(span)
                if state != (current.state if current else state):
                    current = None
                size = float(span["size"])
                for raw in span["chars"]:
                    text = raw["c"]
                    if text in _SPACES:
                        current = None
                        continue
                    box = raw["bbox"]
                    ox, oy = raw["origin"]
                    if vertical:
                        box, (ox, oy) = _hanging(box, size, drops=span["font"] != _OWN_LAYER)
                    if not upright:
                        box = _bounds(box, (a, b, c, d, e, f))
                        ox, oy = ox * a + oy * c + e, ox * b + oy * d + f
                    if box[2] - box[0] < 0.05 or box[3] - box[1] < 0.05:
                        box = _cell(ox, oy, direction, span, vertical)
                    if not vertical and text in _LOW:
                        box = _standing(box, ox, oy, direction, 0.72 * size)
                    if current is None:
                        current = SeenWord(
                            [],
                            line_number,
                            direction,
                            size,
                            float(span["ascender"]),
                            float(span["descender"]),
                            int(span["color"]),
                            vertical,
                            state,
                            clips=bool(int(span.get("char_flags", 0)) & _CLIPS),
                        )
                        words.append(current)
                        add = current.chars.append
                    add(Char(text, ox, oy, box))
    return words


_OWN_LAYER = "InkveilLayer"
"""Its vertical letters hang from the point that MuPDF starts their boxes at."""


def _hanging(
    box: Sequence[float], size: float, *, drops: bool
) -> tuple[tuple[float, float, float, float], tuple[float, float]]:
    """The cell of a letter of a column, and the base point it is drawn from.

    MuPDF lets its box begin at the base point, but the letter stands on that: 0.88 em above, 0.12 below.
    """
    x0, y0, x1, y1 = (float(v) for v in box)
    if not drops:
        return (x0, y0, x1, y1), (x0, y0)
    return (x0, y0 - 0.88 * size, x1, y0 - 0.88 * size + max(y1 - y0, 0.1)), (x0, y0)


_LOW = frozenset(".,;:_\u2026\u201a\u201e")
"""Signs at the base line: a box over the next line must not take them for its own."""


def _standing(
    box: Sequence[float], x: float, y: float, direction: tuple[float, float], height: float
) -> tuple[float, float, float, float]:
    """The bounds of a low sign as if it stood as high as a capital, in level and upright lines."""
    x0, y0, x1, y1 = (float(v) for v in box)
    dx, dy = direction
    if abs(dx) > 0.99:
        top = y - height if dx > 0 else y + height
        return x0, min(y0, top), x1, max(y1, top)
    if abs(dy) > 0.99:
        top = x + height if dy > 0 else x - height
        return min(x0, top), y0, max(x1, top), y1
    return x0, y0, x1, y1


def _state(span: dict[str, Any]) -> Visibility:
    flags = int(span.get("char_flags", _FILLED))
    if not flags & (_FILLED | _STROKED):
        return "layer"
    return "hidden" if int(span.get("alpha", 255)) == 0 and not flags & _CLIPS else "visible"


def _unit(x: float, y: float) -> tuple[float, float]:
    length = math.hypot(x, y) or 1.0
    return round(x / length, 6), round(y / length, 6)


def _bounds(box: Sequence[float], m: Sequence[float]) -> tuple[float, float, float, float]:
    xs = [x * m[0] + y * m[2] + m[4] for x in (box[0], box[2]) for y in (box[1], box[3])]
    ys = [x * m[1] + y * m[3] + m[5] for x in (box[0], box[2]) for y in (box[1], box[3])]
    return min(xs), min(ys), max(xs), max(ys)


def _cell(
    x: float, y: float, direction: tuple[float, float], span: dict[str, Any], vertical: bool
) -> tuple[float, float, float, float]:
    """Half an em by the font's height: the place of a letter that has no outline of its own."""
    size = float(span["size"])
    if vertical:
        return x - size / 2, y, x + size / 2, y + size
    dx, dy = direction
    up, along = size * 0.8, size * 0.5
    xs = [x, x + dx * along, x + dy * up, x + dx * along + dy * up]
    ys = [y, y + dy * along, y - dx * up, y + dy * along - dx * up]
    return min(xs), min(ys), max(xs), max(ys)


# -- what can be seen -----------------------------------------------------------------------------


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
            found.append(_bounds(box, m))
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
            x0, y0, x1, y1 = _bounds(box, m)
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


def render(page: Any, scale: float, *, grey: bool = False) -> NDArray[np.uint8]:
    """The displayed page, annotations included: H x W x 3, or H x W for grey."""
    pymupdf = library()

    pixmap = page.get_pixmap(
        matrix=pymupdf.Matrix(scale, scale), colorspace=pymupdf.csGRAY if grey else pymupdf.csRGB, alpha=False
    )
    return np.asarray(_Samples(pixmap, 1 if grey else 3))


class _Samples:
    """A pixmap's memory as an array: a copy of a page is as long in the making as its comparison."""

    def __init__(self, pixmap: Any, channels: int) -> None:
        self.pixmap = pixmap  # arrays keep this object, and so the memory that they look at
        height, width, stride = int(pixmap.height), int(pixmap.width), int(pixmap.stride)
        self.__array_interface__ = {
            "version": 3,
            "typestr": "|u1",
            "shape": (height, width) if channels == 1 else (height, width, channels),
            "strides": (stride, 1) if channels == 1 else (stride, channels, 1),
            "data": (int(pixmap.samples_ptr), False),
        }


def under(box: Sequence[float], boxes: Sequence[Sequence[float]]) -> bool:
    """Does any of the boxes destroy a letter with this ink?

    Yes where they share more than a tenth of the letter's width and, up and down, more than 0.29 of
    the smaller of the two heights: the letters of tightly set lines above and below stay. (redaction.verify
    looks at a letter without 0.3 of its height on either side, so this must be the stricter of the two.)
    """
    x0, y0, x1, y1 = box
    width, height = max(x1 - x0, 0.01), max(y1 - y0, 0.01)
    for a0, b0, a1, b1 in boxes:
        across = (x1 if x1 < a1 else a1) - (x0 if x0 > a0 else a0)
        if across <= 0.1 * min(width, a1 - a0):
            continue
        down = (y1 if y1 < b1 else b1) - (y0 if y0 > b0 else b0)
        if down > 0.29 * min(height, b1 - b0):
            return True
    return False


def meetings(
    words: Sequence[SeenWord], boxes: Sequence[Sequence[float]], by: float = 0.0
) -> list[list[Sequence[float]]]:
    """For each word the boxes that share area with its ink, grown `by` points; most words meet none."""
    if not boxes or not words:
        return [[] for _ in words]
    ink = np.array([w.ink for w in words], dtype=np.float64)
    area = np.array(boxes, dtype=np.float64)
    met = (area[None, :, 0] < ink[:, None, 2] + by) & (area[None, :, 2] > ink[:, None, 0] - by)
    met &= (area[None, :, 1] < ink[:, None, 3] + by) & (area[None, :, 3] > ink[:, None, 1] - by)
    found: list[list[Sequence[float]]] = [[] for _ in words]
    for index, box in np.argwhere(met).tolist():
        found[index].append(boxes[box])
    return found


def meeting(box: Sequence[float], boxes: Sequence[Sequence[float]]) -> list[Sequence[float]]:
    """The boxes that share area with this one."""
    return [b for b in boxes if b[0] < box[2] and b[2] > box[0] and b[1] < box[3] and b[3] > box[1]]
