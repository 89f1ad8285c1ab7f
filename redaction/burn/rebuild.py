"""A page that keeps its text: interpreted, written anew, and compared with the source.

The page is written without what the boxes cover and rendered. Outside of the boxes its pixels must be the
source's, and its letters must be the source's visible letters outside of the boxes at the same places, no
more and no fewer. Where that does not hold, Unproven says so and the page is flattened.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.geometry import Box
from redaction.burn.emit import Emitter
from redaction.burn.fonts import BadFont, FontPool
from redaction.burn.gaps import Gap
from redaction.burn.interpret import Interpreter
from redaction.burn.kept import Letters
from redaction.burn.label import LabelFont
from redaction.burn.layer import LayerFont
from redaction.burn.mu import library
from redaction.burn.opened import Affine, Opened, multiply
from redaction.burn.overlap import corners, meetings, under
from redaction.burn.page import PageOut, on_grid
from redaction.burn.pdfout import Name, Writer
from redaction.burn.plane import Bounds
from redaction.burn.progress import Job
from redaction.burn.rendered import render
from redaction.burn.scan import inherited
from redaction.burn.seen import Char, SeenWord
from redaction.burn.unproven import Unproven

TOLERANCE = 40
"""Levels a rendered pixel may differ by: rounding of positions moves the edges of letters a little."""
FEW = 1e-5
"""Part of the page's pixels that may differ by more."""


def rebuild(
    opened: Opened,
    page: Any,
    number: int,
    to_page: Affine,
    boxes: Sequence[Box],
    words: Sequence[SeenWord],
    pixels: NDArray[np.uint8],
    scale: float,
    job: Job,
) -> tuple[PageOut, float]:
    """The page without what stands under `boxes`, and the widest shift of text in points.

    `words` judged, `pixels` the source rendered at `scale` px a point. Raises Unproven.
    """
    size = (float(page.rect.width), float(page.rect.height))
    flip: Affine = (1.0, 0.0, 0.0, -1.0, 0.0, size[1])
    before = {key: set(face.used) for key, face in job.fonts.faces.items()}
    numbers = job.tags.numbers(number) if job.tags is not None else None
    emitter = Emitter(opened, job.fonts, boxes, multiply(to_page, flip), numbers)
    area = corners(boxes)
    interpreter = Interpreter(opened, to_page, size, area, Letters.of(words, area), emitter)
    source = opened.pike.pages[number].obj
    try:
        try:
            interpreter.page(source, source.get("/Resources") or inherited(source, "/Resources"))
        except Unproven:
            raise
        except Exception as error:  # noqa: BLE001  (whatever hostile content brings about: the page is flattened)
            raise Unproven(f"the page content is damaged ({type(error).__name__})") from None
        plain, moved = emitter.contents()
        out = PageOut(
            *size,
            plain,
            emitter.images,
            emitter.fonts,
            emitter.states,
            emitter.spaces,
            painted=list(boxes),
            tags=emitter.tags,
        )
        try:
            _prove(out, job, page, boxes, area, words, pixels, scale)
        except Unproven:
            raise
        except Exception as error:  # noqa: BLE001  (so do hostile fonts and images when they are written)
            raise Unproven(f"the page's resources are damaged ({type(error).__name__})") from None
    except Unproven:
        for key, face in job.fonts.faces.items():
            face.used.clear()
            face.used.update(before.get(key, ()))
        raise
    painted = _painted(boxes, interpreter.gaps, pixels, scale)
    out.content = moved
    out.painted = painted
    return out, max((g.shift for g in interpreter.gaps if g.shift), default=0.0)


def _painted(boxes: Sequence[Box], gaps: Sequence[Gap], pixels: NDArray[np.uint8], scale: float) -> list[Box]:
    """Boxes as they are painted: grown with the gap they fill, else to the grid where the page is blank."""
    out = []
    shifted = [g for g in gaps if g.shift and max(map(abs, g.direction)) > 0.99]
    for box in boxes:
        around = box.expanded(0.5)
        filled = [g for g in shifted if around.contains(g.origin)]
        if not filled:
            out.extend(on_grid([box], pixels, scale))
            continue
        gap = max(filled, key=lambda g: (g.shift or 0.0) - g.before)
        grow = max((gap.shift or 0.0) - gap.before, 0.0)
        dx, dy = gap.direction
        out.append(
            Box(
                box.x0 - (grow if dx < -0.5 else 0),
                box.y0 - (grow if dy < -0.5 else 0),
                box.x1 + (grow if dx > 0.5 else 0),
                box.y1 + (grow if dy > 0.5 else 0),
            )
        )
    return out


def _prove(
    out: PageOut,
    job: Job,
    page: Any,
    boxes: Sequence[Box],
    area: Sequence[Bounds],
    words: Sequence[SeenWord],
    pixels: NDArray[np.uint8],
    scale: float,
) -> None:
    data, pool = _alone(out, job.fonts)
    document = library().open(stream=data, filetype="pdf")
    try:
        rebuilt = document[0]
        here, there = rebuilt.rect, page.rect
        if abs(here.width - there.width) > 0.01 or abs(here.height - there.height) > 0.01:
            raise Unproven("the rebuilt page has another size")
        near = meetings(words, area)
        _same_pixels(render(rebuilt, scale), pixels, [*boxes, *_cut_letters(words, near)], scale)
        trace = rebuilt.get_texttrace()
        _same_letters(trace, words, near)
        pool.note_glyphs(trace)
    finally:
        document.close()


def _cut_letters(words: Sequence[SeenWord], near: Sequence[Sequence[Sequence[float]]]) -> list[Box]:
    """Letters that a box cuts: they go as a whole, so what of them stood beside the box is gone as well.

    `near`: the boxes that each word meets.
    """
    found = []
    for word, close in zip(words, near, strict=True):
        for char in word.chars if close else ():
            x0, y0, x1, y1 = char.box
            inside = any(a <= x0 and b <= y0 and c >= x1 and d >= y1 for a, b, c, d in close)
            if not inside and under(char.box, close, sideways=word.sideways):
                found.append(Box(x0, y0, x1, y1))
    return found


def _same_pixels(new: NDArray[np.uint8], old: NDArray[np.uint8], boxes: Sequence[Box], scale: float) -> None:
    """Raises Unproven where a pixel outside of the boxes has no like around its place on the source.

    Within the boxes `new` becomes `old`.
    """
    if new.shape != old.shape:
        raise Unproven("the rebuilt page has another size")
    height, width = new.shape[:2]
    for box in boxes:
        rows = slice(max(math.floor(box.y0 * scale) - 1, 0), max(math.ceil(box.y1 * scale) + 1, 0))
        columns = slice(max(math.floor(box.x0 * scale) - 1, 0), max(math.ceil(box.x1 * scale) + 1, 0))
        new[rows, columns] = old[rows, columns]
    y, x = np.divmod(_differing(new, old), width)
    if not len(y):
        return
    value = new[y, x].astype(np.int16)
    large = np.abs(value - old[y, x]).max(axis=1) > TOLERANCE
    y, x, value = y[large], x[large], value[large]
    if len(y) > 0.02 * height * width:
        raise Unproven("the rebuilt page does not look the same")
    around = np.stack(
        [
            old[np.clip(y + i, 0, height - 1), np.clip(x + j, 0, width - 1)]
            for i in (-1, 0, 1)
            for j in (-1, 0, 1)
        ]
    ).astype(np.int16)
    low, high = around.min(axis=0) - TOLERANCE, around.max(axis=0) + TOLERANCE
    wrong = ((value < low) | (value > high)).any(axis=1)
    if int(wrong.sum()) > FEW * height * width:
        raise Unproven("the rebuilt page does not look the same")


def _differing(new: NDArray[np.uint8], old: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Indices of the pixels (H x W x 3, rows one after the other) that differ; eight bytes at a time."""
    a, b = new.reshape(-1), old.reshape(-1)
    whole = len(a) // 8 * 8
    words = np.flatnonzero(a[:whole].view(np.uint64) != b[:whole].view(np.uint64))
    places = (words[:, None] * 8 + np.arange(8)).reshape(-1)
    places = np.concatenate([places[a[places] != b[places]], whole + np.flatnonzero(a[whole:] != b[whole:])])
    pixels = places // 3  # in rising order: neighbours that are the same are one pixel
    return pixels[np.flatnonzero(np.diff(pixels, prepend=-1))]


def _same_letters(
    trace: Any, old: Sequence[SeenWord], near: Sequence[Sequence[Sequence[float]]]
) -> None:  # fmt: skip
    """Raises Unproven unless the traced letters are `old` without what is hidden or under boxes.

    `near`: the boxes that each word meets.
    """
    expected: list[Char] = []
    for word, close in zip(old, near, strict=True):
        if word.state == "hidden":
            continue
        sideways = word.sideways
        expected += [c for c in word.chars if not close or not under(c.box, close, sideways=sideways)]
    found = [c for span in trace for c in span["chars"] if c[0] not in _BLANK]
    if any(span["type"] == _STROKED for span in trace):
        found = _once(trace)
    if _in_order(found, expected):
        return
    places: dict[tuple[int, int], int] = {}
    for letter in found:
        key = (round(letter[2][0]), round(letter[2][1]))
        places[key] = places.get(key, 0) + 1
    for char in expected:
        if not _take(places, char.x, char.y):
            raise Unproven("a letter of the rebuilt page is missing or stands elsewhere")
    if len(found) > len(expected):
        raise Unproven("the rebuilt page has letters that can't be seen on the source")


_STROKED = 1
"""Type of a traced span that is the outline of letters."""


def _once(trace: Any) -> list[Any]:
    """The traced letters; those that are filled and then outlined count once."""
    filled = {(c[0], c[2]) for span in trace if span["type"] != _STROKED for c in span["chars"]}
    return [
        c
        for span in trace
        for c in span["chars"]
        if c[0] not in _BLANK and (span["type"] != _STROKED or (c[0], c[2]) not in filled)
    ]


_BLANK = frozenset([-1, 0x20, 0xA0, 0x0A, 0x0D, 0x09, 0x200B, 0xAD, 0xFEFF, 0x3000, *range(0x2000, 0x200B)])


def _in_order(found: Sequence[Any], expected: Sequence[Char]) -> bool:
    """True where both are the same letters in the same order, and samples of them at the same places.

    The pixels of all visible letters have been compared already; what is left to find is a letter too many.
    """
    if len(found) != len(expected):
        return False
    if "".join([chr(c[0]) for c in found]) != "".join([c.text for c in expected]):
        return False
    # A glyph that stands for several letters has one place: the further ones have no glyph of their own.
    return all(
        f[1] < 0 or (abs(f[2][0] - e.x) < 0.3 and abs(f[2][1] - e.y) < 0.3)
        for f, e in zip(found[::5], expected[::5], strict=True)
    )


def _take(places: dict[tuple[int, int], int], x: float, y: float) -> bool:
    cx, cy = round(x), round(y)
    for i in (cx, cx - 1, cx + 1):
        for j in (cy, cy - 1, cy + 1):
            if places.get((i, j), 0) > 0:
                places[(i, j)] -= 1
                return True
    return False


def _alone(out: PageOut, fonts: FontPool) -> tuple[bytes, FontPool]:
    """A file of this page only, with whole fonts: what is compared with the source."""
    writer = Writer(level=1)
    pool = FontPool(fonts.secrets, fonts.faces)
    parent = writer.reserve()
    kid = out.write(writer, parent, LayerFont(), LabelFont(), pool)
    try:
        pool.write(writer, whole=True)
    except BadFont:
        raise Unproven("a font is damaged") from None
    writer.put({"Type": Name("Pages"), "Kids": [kid], "Count": 1}, parent)
    return writer.finish(writer.put({"Type": Name("Catalog"), "Pages": parent})), pool
