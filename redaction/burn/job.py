"""One file's way through the burning: secrets collected, pages burnt one by one, the new file written.

Pages are read, burnt, written and forgotten in turn, so memory holds one page and the file being written.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from model.errors import UsageError
from model.findings import Redaction, Stamp
from model.geometry import Box
from redaction.burn import scan
from redaction.burn import stamp as margins
from redaction.burn.again import shown_again
from redaction.burn.align import align
from redaction.burn.copies import Secrets, scrap
from redaction.burn.copyboxes import copies_on
from redaction.burn.fonts import BadFont, FontPool
from redaction.burn.given import covered_parts, layer_outside
from redaction.burn.label import Mark
from redaction.burn.mu import library
from redaction.burn.navigation import entries, labels_of, language_of, links_of
from redaction.burn.opened import Opened, open_pdf
from redaction.burn.overlap import corners, meetings, under
from redaction.burn.page import PageOut, on_grid, on_page
from redaction.burn.pdfout import Value
from redaction.burn.pictures import frame_count, frames, is_lossy
from redaction.burn.progress import Job, Layers
from redaction.burn.rendered import render
from redaction.burn.seen import read_words
from redaction.burn.tags import tags_of
from redaction.burn.ways import burn_page

if TYPE_CHECKING:
    from redaction.apply import Applied, Mode

MOST_AHEAD = 60_000
"""Letters kept from the collecting of secrets until their pages are burnt: about 300 bytes each."""


def by_page(redactions: Sequence[Redaction], pages: int, name: str) -> dict[int, list[tuple[Box, Mark]]]:
    """Page (from 1) -> boxes and how they look. Raises UsageError for a page that the file does not have."""
    boxes: dict[int, list[tuple[Box, Mark]]] = {}
    for redaction in redactions:
        if not 1 <= redaction.page <= pages:
            raise UsageError(f"{name} has {pages} pages; a box is on page {redaction.page}.", file=name)
        if redaction.box.area > 0:
            mark = Mark(redaction.label, redaction.fill == "light")
            boxes.setdefault(redaction.page, []).append((redaction.box, mark))
    return boxes


def run_pdf(
    data: bytes,
    redactions: Sequence[Redaction],
    *,
    name: str,
    mode: Mode,
    password: str | None,
    layers: Layers,
    stamps: Sequence[Stamp],
    careful: frozenset[int] = frozenset(),
) -> Applied:
    """See redaction.apply.apply."""
    pymupdf = library()

    banned: frozenset[str] = frozenset()
    with open_pdf(data, name, password) as opened, _no_collection():
        boxes = by_page(redactions, opened.pages, name)
        again = shown_again(opened, {n: [box for box, _ in items] for n, items in boxes.items()})
        stamped = margins.by_page(stamps, opened.pages, name)
        while True:
            job = Job(mode, Secrets(), boxes, layers, stamps=stamped, careful=careful)
            job.again = again
            job.fonts = FontPool(job.secrets, banned=banned)
            _collect(opened, redactions, job)
            job.refs = [job.writer.reserve() for _ in range(opened.pages)]
            job.outline = entries(opened.mupdf)
            job.catalog = _catalog(opened)
            job.tags = tags_of(opened.pike) if mode == "preserve" else None
            for number in range(opened.pages):
                page = opened.mupdf[number]
                out = burn_page(opened, page, number, job)
                out.links = links_of(page, opened.pages, out.painted, job.secrets)
                job.write(number + 1, out)
                page = None
                if number % 16 == 15:
                    pymupdf.TOOLS.store_shrink(100)
                    gc.collect(1)
            try:
                return job.finish()
            except BadFont as font:  # its pages are flattened in the next round
                banned |= {str(font)}


def _catalog(opened: Opened) -> dict[str, Value]:
    """Page labels and the language of the document."""
    found: dict[str, Value] = {}
    if labels := labels_of(opened.pike, opened.pages):
        found["PageLabels"] = {"Nums": labels}
    if language := language_of(opened.pike):
        found["Lang"] = language
    return found


@contextmanager
def _no_collection() -> Iterator[None]:
    """Letters make no cycles: collecting garbage among them costs more than reading them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _collect(opened: Opened, redactions: Sequence[Redaction], job: Job) -> None:
    """The strings that must go: what the redactions state, and what stands under the others' boxes."""
    unstated: dict[int, list[Redaction]] = {}
    for redaction in redactions:
        if redaction.text:
            job.secrets.add(redaction.text, stated=True)
        else:
            unstated.setdefault(redaction.page, []).append(redaction)
    room = MOST_AHEAD
    for number, items in unstated.items():
        page = opened.mupdf[number - 1]
        words = read_words(page)
        if words and all(w.state == "layer" for w in words):
            job.shifts[number] = align(words, render(page, 50 / 72, grey=True), 50 / 72)
        elif (letters := sum(len(w.chars) for w in words)) <= room:
            job.ahead[number - 1] = words
            room -= letters
        layer = job.layers.get(number, ()) if not words else ()
        places = corners([item.box for item in items])
        near = [(word, close) for word, close in zip(words, meetings(words, places), strict=True) if close]
        for place in places:
            area = [place]
            lines: dict[int, list[str]] = {}
            for word, close in near:
                if place not in close:
                    continue
                covered = "".join(c.text for c in word.chars if under(c.box, area, sideways=word.sideways))
                lines.setdefault(word.line, []).append("" if scrap(covered, word.text) else covered)
            for given in layer:
                cut = [given.text[a:b] for a, b in covered_parts(given, area)]
                lines.setdefault(-1 if given.line is None else given.line, []).extend(cut)
            for parts in lines.values():
                job.secrets.add(" ".join(part for part in parts if part), stated=False)


def run_image(
    data: bytes,
    redactions: Sequence[Redaction],
    *,
    name: str,
    mode: Mode,
    layers: Layers,
    stamps: Sequence[Stamp],
    careful: frozenset[int] = frozenset(),
) -> Applied:
    """An image file: each frame is a page that is a scan."""
    count = frame_count(data, name)
    stamped = margins.by_page(stamps, count, name)
    job = Job(mode, Secrets(), by_page(redactions, count, name), layers, stamps=stamped)
    for redaction in redactions:
        if redaction.text:
            job.secrets.add(redaction.text, stated=True)
            continue
        area = corners([redaction.box])
        found = (
            "".join(w.text[a:b] for a, b in covered_parts(w, area)) for w in layers.get(redaction.page, ())
        )
        job.secrets.add(" ".join(part for part in found if part), stated=False)
    lossy = is_lossy(data, name)
    for number, (image, dpi) in enumerate(frames(data, name), 1):
        width, height = image.width * 72 / dpi, image.height * 72 / dpi
        matrix = (width, 0.0, 0.0, -height, 0.0, height)
        placed = scan.Placed(None, matrix, (0.0, 0.0, width, height), lossless=not lossy)
        pixels, scale = scan.overview(image, placed.matrix, width, height)
        boxes, marks = on_page(job.boxes.get(number, ()), width, height)
        given = list(layers.get(number, ()))
        painted = on_grid(boxes + copies_on([], given, boxes, job, number), pixels, scale)
        encoded, matrix = scan.burn(image, len(data) // count, placed, painted, careful=number in careful)
        body = scan.draw("I0", matrix, height)
        layer = layer_outside(given, painted, pixels, scale)
        out = PageOut(width, height, body, {"I0": encoded}, layer=layer, painted=painted)
        job.write(number, job.dress(number, out, marks, pixels, scale))
    return job.finish()
