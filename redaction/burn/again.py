"""Images that the file shows more than once: what a box destroys in one place is destroyed in all of them.

A scan that is attached twice, a signature used on every page: a box on one of them says what is to go. Only
where the box lies on the image itself; where page text stands under it, that is what was meant.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from model.geometry import Box
from redaction.burn.opened import Affine, Opened, bounds, invert, multiply, page_matrix
from redaction.burn.plane import Bounds, matrix_of, meet
from redaction.burn.rendered import render
from redaction.burn.scan import inherited
from redaction.burn.seen import read_words

DEEPEST = 6
"""Forms within forms in which images are looked for."""
INK = 40
"""Grey levels between paper and writing under a box, below which the image says nothing there."""
LEAST = 1.0
"""Points: the smallest side of a box that says which part of an image is meant."""


def shown_again(opened: Opened, boxes: Mapping[int, Sequence[Box]]) -> dict[int, list[Box]]:
    """Page (from 1) -> further boxes, displayed points. `boxes`: page (from 1) -> what is to go."""
    pages = _pages_of_images(opened)
    shared = {key for key, numbers in pages.items() if len(numbers) > 1}
    struck: dict[str, list[Bounds]] = {}
    for number, items in boxes.items():
        if items and any(number - 1 in pages[key] for key in shared):
            _note(opened, number - 1, items, shared, struck)
    found: dict[int, list[Box]] = {}
    for number in sorted({n for key in struck for n in pages[key]}):
        for key, matrix, clip in _placements(opened, number):
            for part in struck.get(key, ()):
                place = meet(bounds(matrix, *part), clip)
                if place and place[2] - place[0] > 0.05 and place[3] - place[1] > 0.05:
                    found.setdefault(number + 1, []).append(Box(*place))
    return found


def _note(
    opened: Opened, number: int, boxes: Sequence[Box], shared: set[str], struck: dict[str, list[Bounds]]
) -> None:
    """Adds what of the shared images lies under the boxes of a page (from 0), in their unit square."""
    page = opened.mupdf[number]
    inks = np.array([w.ink for w in read_words(page) if w.state == "visible"], dtype=np.float64).reshape(
        -1, 4
    )
    grey = render(page, 1.0, grey=True)
    for key, matrix, clip in _placements(opened, number):
        if key not in shared:
            continue
        try:
            unit = invert(matrix)
        except ValueError:
            continue
        whole = meet(bounds(matrix, 0, 0, 1, 1), clip)
        for box in boxes:
            part = whole and meet(whole, (box.x0, box.y0, box.x1, box.y1))
            if not part or min(part[2] - part[0], part[3] - part[1]) < LEAST:
                continue
            over = (
                (inks[:, 0] < box.x1) & (inks[:, 2] > box.x0) & (inks[:, 1] < box.y1) & (inks[:, 3] > box.y0)
            )
            ink = grey[int(part[1]) : int(part[3]) + 1, int(part[0]) : int(part[2]) + 1]
            if over.any() or not ink.size or int(ink.max()) - int(ink.min()) < INK:
                continue
            x0, y0, x1, y1 = bounds(unit, *part)
            struck.setdefault(key, []).append((max(x0, 0.0), max(y0, 0.0), min(x1, 1.0), min(y1, 1.0)))


def _pages_of_images(opened: Opened) -> dict[str, set[int]]:
    """Key of an image -> pages (from 0) that have it; images of the same bytes have one key."""
    pages: dict[int, set[int]] = {}
    sizes: dict[tuple[Any, ...], set[int]] = {}
    for number in range(opened.pages):
        for image in opened.mupdf.get_page_images(number, full=True):
            xref = int(image[0])
            if xref not in pages:
                length = opened.mupdf.xref_get_key(xref, "Length")
                sizes.setdefault((image[2], image[3], length[1] if length[0] == "int" else ""), set()).add(
                    xref
                )
            pages.setdefault(xref, set()).add(number)
    same: dict[str, set[int]] = {}
    for twins in sizes.values():
        for xref in twins:
            key = f"o{xref}" if len(twins) == 1 else _digest(opened.mupdf.xref_stream_raw(xref))
            same.setdefault(key, set()).update(pages[xref])
            opened.images[xref] = key
    return same


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _placements(opened: Opened, number: int) -> list[tuple[str, Affine, Bounds]]:
    """Key, matrix and visible part of every image that a page (from 0) paints."""
    page = opened.pike.pages[number].obj
    rect = opened.mupdf[number].rect
    found: list[tuple[str, Affine, Bounds]] = []
    clip = (0.0, 0.0, float(rect.width), float(rect.height))
    resources = page.get("/Resources") or inherited(page, "/Resources")
    _walk(opened, page, resources, page_matrix(opened.mupdf, number), clip, found, 0)
    return found


def _walk(
    opened: Opened, stream: Any, resources: Any, ctm: Affine, clip: Bounds,
    found: list[tuple[str, Affine, Bounds]], depth: int,
) -> None:  # fmt: skip
    import pikepdf

    stack: list[tuple[Affine, Bounds]] = []
    path: Bounds | None = None
    clips = False
    try:
        instructions: Any = pikepdf.parse_content_stream(stream)
        for operands, operator in instructions:
            op = str(operator)
            if op == "q":
                stack.append((ctm, clip))
            elif op == "Q" and stack:
                ctm, clip = stack.pop()
            elif op == "cm":
                ctm = multiply(matrix_of(operands), ctm)
            elif op == "re":
                x, y, w, h = (float(v) for v in operands)
                path = bounds(ctm, x, y, x + w, y + h)
            elif op in ("W", "W*"):
                clips = path is not None
            elif op in ("n", "f", "F", "f*", "S", "s", "B", "B*", "b", "b*"):
                if clips and path is not None:
                    clip = meet(clip, path) or (0.0, 0.0, 0.0, 0.0)
                path, clips = None, False
            elif op in ("m", "l", "c", "v", "y"):
                path = (-1e9, -1e9, 1e9, 1e9)  # a drawn shape: more shows than its bounds are known to hide
            elif op == "Do" and depth < DEEPEST:
                xobject = resources["/XObject"][operands[0]]
                if xobject.get("/Subtype") == "/Image":
                    key = opened.images.get(int(xobject.objgen[0]))
                    if key is not None:
                        found.append((key, ctm, clip))
                elif xobject.get("/Subtype") == "/Form":
                    inner = multiply(matrix_of(xobject["/Matrix"]), ctm) if "/Matrix" in xobject else ctm
                    _walk(
                        opened, xobject, xobject.get("/Resources", resources), inner, clip, found, depth + 1
                    )
    except (KeyError, TypeError, ValueError, AttributeError, pikepdf.PdfError):
        return  # what can't be read to its end is rendered and flattened; what was found counts
