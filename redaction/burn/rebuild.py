"""A page that keeps its text: interpreted, written anew, and compared with the source.

The page is written without what the boxes cover and rendered. Outside of the boxes its pixels must be the
source's, and its letters must be the source's visible letters outside of the boxes at the same places, no
more and no fewer. Where that does not hold, Unproven says so and the page is flattened.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from model.geometry import Box
from redaction.burn.emit import Emitter
from redaction.burn.fonts import BadFont, FontPool
from redaction.burn.interpret import Gap, Interpreter, Letters
from redaction.burn.layer import LayerFont
from redaction.burn.mu import library
from redaction.burn.opened import Affine, Opened, multiply
from redaction.burn.page import PageOut, black, on_grid
from redaction.burn.pdfout import Name, Writer
from redaction.burn.scan import inherited
from redaction.burn.seen import SeenWord, read_words, render, under
from redaction.burn.unproven import Unproven

if TYPE_CHECKING:
    from redaction.burn.job import Job

__all__ = ["Unproven", "rebuild"]

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
    emitter = Emitter(opened, job.fonts, boxes, multiply(to_page, flip))
    area = np.array([b.as_list() for b in boxes], dtype=np.float64).reshape(-1, 4)
    interpreter = Interpreter(opened, to_page, size, area, Letters.of(words), emitter)
    source = opened.pike.pages[number].obj
    try:
        try:
            interpreter.page(source, source.get("/Resources") or inherited(source, "/Resources"))
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise Unproven(f"the page content is damaged ({type(error).__name__})") from None
        plain, moved = emitter.contents()
        out = PageOut(
            *size,
            plain + black(boxes, size[1]),
            emitter.images,
            emitter.fonts,
            emitter.states,
            emitter.spaces,
        )
        _prove(out, job, page, boxes, area, words, pixels, scale)
    except Unproven:
        for key, face in job.fonts.faces.items():
            face.used.clear()
            face.used.update(before.get(key, ()))
        raise
    painted = _painted(boxes, interpreter.gaps, pixels, scale)
    out.content = moved + black(painted, size[1])
    out.painted = painted
    return out, max((g.shift for g in interpreter.gaps if g.shift), default=0.0)


def _painted(boxes: Sequence[Box], gaps: Sequence[Gap], pixels: NDArray[np.uint8], scale: float) -> list[Box]:
    """Boxes as they are painted: grown with the gap they fill, else to the grid where the page is blank."""
    out = []
    for box in boxes:
        filled = [
            g
            for g in gaps
            if g.shift and box.expanded(0.5).contains(g.origin) and max(map(abs, g.direction)) > 0.99
        ]
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
    area: NDArray[np.float64],
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
        _same_pixels(render(rebuilt, scale), pixels, boxes, scale)
        _same_letters(read_words(rebuilt, clipped=False), words, area)
        if out.fonts:
            pool.note_glyphs(rebuilt.get_texttrace())
    finally:
        document.close()


def _same_pixels(new: NDArray[np.uint8], old: NDArray[np.uint8], boxes: Sequence[Box], scale: float) -> None:
    if new.shape != old.shape:
        raise Unproven("the rebuilt page has another size")
    different = new != old
    if not different.any():
        return
    rows = np.flatnonzero(different.any(axis=(1, 2)))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    change = np.abs(new[top:bottom].astype(np.int16) - old[top:bottom]).max(axis=2)
    for box in boxes:
        change[
            max(math.floor(box.y0 * scale) - 1 - top, 0) : max(math.ceil(box.y1 * scale) + 1 - top, 0),
            max(math.floor(box.x0 * scale) - 1, 0) : math.ceil(box.x1 * scale) + 1,
        ] = 0
    if int((change > TOLERANCE).sum()) > FEW * new.shape[0] * new.shape[1]:
        raise Unproven("the rebuilt page does not look the same")


def _same_letters(new: Sequence[SeenWord], old: Sequence[SeenWord], area: NDArray[np.float64]) -> None:
    """Raises Unproven unless `new` is `old` without what is hidden or under boxes."""
    places: dict[tuple[str, int, int], int] = {}
    total = 0
    for word in new:
        for c in word.chars:
            key = (c.text, round(c.x), round(c.y))
            places[key] = places.get(key, 0) + 1
            total += 1
    for word in old:
        if word.state == "hidden":
            continue
        clear = not len(area) or not _near(word, area)
        for c in word.chars:
            if not clear and under(c.box, area).any():
                continue
            total -= 1
            if not _take(places, c.text, c.x, c.y):
                raise Unproven("a letter of the rebuilt page is missing or stands elsewhere")
    if total > 0:
        raise Unproven("the rebuilt page has letters that can't be seen on the source")


def _take(places: dict[tuple[str, int, int], int], text: str, x: float, y: float) -> bool:
    cx, cy = round(x), round(y)
    for i in (cx, cx - 1, cx + 1):
        for j in (cy, cy - 1, cy + 1):
            if places.get((text, i, j), 0) > 0:
                places[(text, i, j)] -= 1
                return True
    return False


def _near(word: SeenWord, area: NDArray[np.float64]) -> bool:
    x0, y0, x1, y1 = word.ink
    return bool(((area[:, 0] < x1) & (area[:, 2] > x0) & (area[:, 1] < y1) & (area[:, 3] > y0)).any())


def _alone(out: PageOut, fonts: FontPool) -> tuple[bytes, FontPool]:
    """A file of this page only, with whole fonts: what is compared with the source."""
    writer = Writer()
    pool = FontPool(fonts.secrets, fonts.faces)
    parent = writer.reserve()
    kid = out.write(writer, parent, LayerFont(), pool)
    try:
        pool.write(writer, whole=True)
    except BadFont:
        raise Unproven("a font is damaged") from None
    writer.put({"Type": Name("Pages"), "Kids": [kid], "Count": 1}, parent)
    return writer.finish(writer.put({"Type": Name("Catalog"), "Pages": parent})), pool
