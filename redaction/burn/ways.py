"""The way that one page of a PDF goes: its scan burnt, its text rebuilt, or all of it made an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.geometry import Box
from redaction.burn import scan
from redaction.burn.align import align, move
from redaction.burn.copies import folded
from redaction.burn.copyboxes import copies_on
from redaction.burn.flatten import flatten, picture_scale, preview_scale
from redaction.burn.given import layer_outside
from redaction.burn.images import plain_colours
from redaction.burn.label import Mark
from redaction.burn.opened import Opened, page_matrix
from redaction.burn.page import PageOut, on_grid, on_page
from redaction.burn.progress import Job
from redaction.burn.rebuild import rebuild
from redaction.burn.remains import stands_on_any, words_outside
from redaction.burn.rendered import render
from redaction.burn.scan import images_of
from redaction.burn.seen import SeenWord, read_words
from redaction.burn.unproven import Unproven
from redaction.burn.visible import CONTRAST, beneath_picture, judge, names_ink


def burn_page(opened: Opened, page: Any, number: int, job: Job) -> PageOut:
    """A page of a PDF with its boxes (`number` from 0), in the first way that can be proved."""
    width, height = float(page.rect.width), float(page.rect.height)
    to_page = page_matrix(opened.mupdf, number)
    boxes, marks = on_page(job.boxes.get(number + 1, ()), width, height)
    words = job.ahead.pop(number, None) or read_words(page)
    if job.secrets.parted() and number + 1 < opened.pages and number + 1 not in job.ahead:
        job.ahead[number + 1] = read_words(opened.mupdf[number + 1])
    log = page.get_bboxlog()
    painted_text = any(entry[0] in ("fill-text", "stroke-text", "clip-text") for entry in log)
    beneath = painted_text and beneath_picture(page, log) and names_ink(page, words)
    if not painted_text or beneath:
        images = images_of(opened, number, to_page, width, height)
        if images is not None:
            if beneath:
                for behind in words:
                    behind.state = "layer" if behind.state == "visible" else behind.state
            out = _scan(opened, images, number + 1, (width, height), boxes, marks, words, job)
            if out is not None:
                return out
            if beneath:
                words = read_words(page)
    scale = preview_scale(width, height) if job.mode == "preserve" else picture_scale(page, width, height)
    pixels = render(page, scale)
    judge(page, words, pixels, scale, log)
    seen = [w for w in words if w.state != "hidden"]
    seen_extra = [w for w in job.layers.get(number + 1, ()) if not stands_on_any(w, seen)]
    copies = copies_on(words, seen_extra, boxes, job, number + 1)  # half of a copy may be hidden
    everything = boxes + copies
    if job.outline:
        for word in words_outside(seen, everything):
            key = folded(word.text)
            job.readable[key] = job.readable.get(key, 0) + 1
    if number + 1 in job.careful and job.mode == "preserve":
        job.flattened.append((number + 1, "its text could not be proved with the boxes on it"))
        scale = picture_scale(page, width, height)
        pixels = render(page, scale)
    elif job.mode == "preserve":
        try:
            out, shift = rebuild(opened, page, number, to_page, everything, words, pixels, scale, job)
        except Unproven as reason:
            job.flattened.append((number + 1, str(reason)))
            scale = picture_scale(page, width, height)
            pixels = render(page, scale)
        else:
            job.shift = max(job.shift, shift)
            return job.dress(number + 1, out, marks, pixels, scale)
    painted = on_grid(everything, pixels, scale)
    # Where a box was widened the page is blank, but the cell of a thin letter may begin there.
    layer = words_outside(seen, everything) + layer_outside(seen_extra, painted, pixels, scale)
    out = flatten(page, width, height, painted, layer, pixels=pixels, scale=scale)
    return job.dress(number + 1, out, marks, pixels, scale)


def _scan(
    opened: Opened,
    images: Sequence[Any],
    number: int,
    size: tuple[float, float],
    boxes: list[Box],
    marks: list[Mark],
    words: list[SeenWord],
    job: Job,
) -> PageOut | None:
    width, height = size
    if not all(plain_colours(placed.xobject) for placed in images):
        return None
    try:
        decoded = [(placed, *scan.decode(opened, placed.xobject)) for placed in images]
    except ValueError:
        return None
    given = list(job.layers.get(number, ()))
    pixels, scale = _overview([(p, i) for p, i, _ in decoded], width, height)
    if words:
        if number in job.shifts:
            move(words, *job.shifts[number])
        else:
            job.shifts[number] = align(words, pixels, scale)
        _judge_layer(words, pixels, scale)
    seen = [] if given else [w for w in words if w.state == "layer"]
    everything = boxes + copies_on(seen, given, boxes, job, number)
    painted = on_grid(everything, pixels, scale)
    if job.outline:
        for word in [*words_outside(seen, painted), *layer_outside(given, painted, pixels, scale)]:
            job.readable[folded(word.text)] = 1
    body = b""
    encoded = {}
    for index, (placed, image, raw) in enumerate(decoded):
        key = f"I{index}"
        encoded[key], matrix = scan.burn(image, raw, placed, painted, careful=number in job.careful)
        body += scan.draw(key, matrix, height)
    layer = words_outside(seen, painted) + layer_outside(given, painted, pixels, scale)
    out = PageOut(width, height, body, encoded, layer=layer, painted=painted)
    return job.dress(number, out, marks, pixels, scale)


def _overview(
    images: Sequence[tuple[Any, Any]], width: float, height: float
) -> tuple[NDArray[np.uint8], float]:
    picture: NDArray[np.uint8] | None = None
    scale = 1.0
    for placed, image in images:
        one, scale = scan.overview(image, placed.matrix, width, height)
        picture = one if picture is None else np.minimum(picture, one)
    assert picture is not None  # noqa: S101
    return picture, scale


def _judge_layer(words: Sequence[SeenWord], pixels: NDArray[np.uint8], scale: float) -> None:
    """Words of an invisible layer that name no ink are hidden text, not a layer."""
    height, width = pixels.shape
    for word in words:
        x0, y0, x1, y1 = word.ink
        region = pixels[
            max(int(y0 * scale), 0) : min(int(y1 * scale) + 1, height),
            max(int(x0 * scale), 0) : min(int(x1 * scale) + 1, width),
        ]
        if word.state == "visible" or region.size == 0 or int(region.max()) - int(region.min()) < CONTRAST:
            word.state = "hidden"
