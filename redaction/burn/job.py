"""One file's way through the burning: secrets collected, pages burnt one by one, the new file written.

Pages are read, burnt, written and forgotten in turn, so memory holds one page and the file being written.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from model.errors import UsageError
from model.findings import Redaction, Stamp, Stamped
from model.geometry import Box
from redaction.burn import stamp as margins
from redaction.burn.again import shown_again
from redaction.burn.align import align, move
from redaction.burn.copies import Secrets, folded, scrap
from redaction.burn.fonts import BadFont, FontPool
from redaction.burn.given import covered_parts, layer_outside, part_of
from redaction.burn.images import plain_colours
from redaction.burn.label import LabelFont, Mark, looks
from redaction.burn.layer import LIGATURES, LayerFont, LayerWord
from redaction.burn.mu import library
from redaction.burn.navigation import Entry, entries, labels_of, language_of, links_of, write_outline
from redaction.burn.opened import Opened, open_pdf, page_matrix
from redaction.burn.order import find_in_any_order, find_over_edges
from redaction.burn.overlap import meeting, meetings, under
from redaction.burn.page import PageOut, on_grid
from redaction.burn.pdfout import Name, Ref, Value, Writer
from redaction.burn.rendered import render
from redaction.burn.seen import Char, SeenWord, read_words
from redaction.burn.visible import CONTRAST, beneath_picture, judge, names_ink

if TYPE_CHECKING:
    from redaction.apply import Applied, Mode

Layers = Mapping[int, Sequence[LayerWord]]
Boxes = list[tuple[float, float, float, float]]


@dataclass(slots=True)
class Job:
    """What is known about the file while its pages go by."""

    mode: Mode
    secrets: Secrets
    boxes: dict[int, list[tuple[Box, Mark]]]
    layers: Layers
    writer: Writer = field(default_factory=Writer)
    layer_font: LayerFont = field(default_factory=LayerFont)
    labels: LabelFont = field(default_factory=LabelFont)
    stamps: Mapping[int, Sequence[Stamp]] = field(default_factory=dict)
    """By page, from 1."""
    careful: frozenset[int] = frozenset()
    """Pages (from 1) that could not be proved with their text, or with images of their own size."""
    stamped: list[Stamped] = field(default_factory=list)
    fonts: FontPool = field(default_factory=FontPool)
    kids: list[Ref] = field(default_factory=list)
    refs: list[Ref] = field(default_factory=list)
    """Of all pages, where they are known before they are written: links lead to them."""
    outline: list[Entry] = field(default_factory=list)
    readable: dict[str, int] = field(default_factory=dict)
    """Folded words that can be read on the kept pages -> how often; gathered where there are bookmarks."""
    catalog: dict[str, Value] = field(default_factory=dict)
    parent: Ref | None = None
    painted: list[tuple[int, Box]] = field(default_factory=list)
    copies: list[tuple[int, Box]] = field(default_factory=list)
    flattened: list[tuple[int, str]] = field(default_factory=list)
    again: dict[int, list[Box]] = field(default_factory=dict)
    """Page (from 1) -> where images that a box lies on are shown once more."""
    shift: float = 0.0
    shifts: dict[int, tuple[float, float]] = field(default_factory=dict)
    """Page (from 1) -> how far its invisible layer was moved to lie on its ink."""
    ahead: dict[int, list[SeenWord]] = field(default_factory=dict)
    """Page (from 0) -> its words, where they were read already: those of the next one."""
    behind: list[SeenWord] = field(default_factory=list)
    """The words of the page before: a copy may run over a page's end."""
    _told: dict[str, bool] = field(default_factory=dict)

    def write(self, number: int, page: PageOut) -> None:
        """Writes a finished page; `number` from 1."""
        if self.parent is None:
            self.parent = self.writer.reserve()
        self.kids.append(
            page.write(self.writer, self.parent, self.layer_font, self.labels, self.fonts, self.refs, number)
        )
        self.painted.extend((number, box) for box in page.painted)

    def dress(
        self, number: int, page: PageOut, marks: Sequence[Mark], pixels: NDArray[np.uint8], scale: float
    ) -> PageOut:
        """The page with its boxes' labels, as far as they repeat no secret, and its stamps.

        `marks` belong to the first of its boxes; `pixels`: the page at `scale` px a point.
        """
        page.marks = [replace(m, label="") if self.told(m.label) else m for m in marks]
        plain = [Mark()] * (len(page.painted) - len(page.marks))
        boxes = list(zip(page.painted, looks(page.painted, [*page.marks, *plain]), strict=True))
        taken: list[Box] = []
        for stamp in self.stamps.get(number, ()):
            found = margins.placed(stamp, (page.width, page.height), pixels, scale, boxes, taken)
            line, box, empty = found or (None, None, False)
            if line is not None and box is not None:
                page.stamps.append(line)
                taken.append(box)
            self.stamped.append(Stamped(number, " ".join(stamp.text.split()), box, empty))
        return page

    def told(self, label: str) -> bool:
        """Whether a label repeats what is destroyed; labels are few, boxes many."""
        if label not in self._told:
            self._told[label] = bool(label) and self.secrets.repeated(label)
        return self._told[label]

    def finish(self) -> Applied:
        from redaction.apply import Applied, Copy, Flattened

        assert self.parent is not None  # noqa: S101  (a document has a page)
        self.layer_font.write(self.writer)
        self.labels.write(self.writer)
        self.fonts.write(self.writer)
        self.writer.put(
            {"Type": Name("Pages"), "Kids": list(self.kids), "Count": len(self.kids)}, self.parent
        )
        if self.outline:
            self.catalog["Outlines"] = write_outline(
                self.outline, self.readable, self.secrets, self.refs, self.writer
            )
        root = self.writer.put({"Type": Name("Catalog"), "Pages": self.parent, **self.catalog})
        return Applied(
            pdf=self.writer.finish(root),
            mode=self.mode,
            pages=len(self.kids),
            boxes=tuple(self.painted),
            copies=tuple(Copy(page, box) for page, box in self.copies),
            flattened=tuple(Flattened(page, reason) for page, reason in self.flattened),
            moved_layers=tuple(sorted(n for n, by in self.shifts.items() if by != (0.0, 0.0))),
            widest_shift=self.shift,
            stamps=tuple(self.stamped),
        )


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
            for number in range(opened.pages):
                page = opened.mupdf[number]
                out = _burn(opened, page, number, job)
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
    for number, items in unstated.items():
        page = opened.mupdf[number - 1]
        words = read_words(page)
        if words and all(w.state == "layer" for w in words):
            job.shifts[number] = align(words, render(page, 50 / 72, grey=True), 50 / 72)
        layer = job.layers.get(number, ()) if not words else ()
        for item in items:
            area = _array([item.box])
            lines: dict[int, list[str]] = {}
            for word in words:
                covered = "".join(c.text for c in word.chars if under(c.box, area))
                lines.setdefault(word.line, []).append("" if scrap(covered, word.text) else covered)
            for given in layer:
                cut = [given.text[a:b] for a, b in covered_parts(given, area)]
                lines.setdefault(-1 if given.line is None else given.line, []).extend(cut)
            for parts in lines.values():
                job.secrets.add(" ".join(part for part in parts if part), stated=False)


def _burn(opened: Opened, page: Any, number: int, job: Job) -> PageOut:
    from redaction.burn.flatten import flatten, picture_scale, preview_scale
    from redaction.burn.rebuild import Unproven, rebuild
    from redaction.burn.scan import images_of

    width, height = float(page.rect.width), float(page.rect.height)
    to_page = page_matrix(opened.mupdf, number)
    boxes, marks = _inside(job.boxes.get(number + 1, ()), width, height)
    words = job.ahead.pop(number, None) or read_words(page)
    if job.secrets.parted() and number + 1 < opened.pages:
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
    seen_extra = [w for w in job.layers.get(number + 1, ()) if not _meets_any(w, seen)]
    copies = _copies(words, seen_extra, boxes, job, number + 1)  # half of a copy may be hidden
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
    from redaction.burn import scan

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
    everything = boxes + _copies(seen, given, boxes, job, number)
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
    from redaction.burn import scan

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


# -- copies and what stays --------------------------------------------------------------------------


def _copies(
    words: Sequence[SeenWord], layer: Sequence[LayerWord], boxes: Sequence[Box], job: Job, number: int
) -> list[Box]:
    """Boxes around every copy of a secret that the given boxes do not cover; noted in the job."""
    area = _array(boxes)
    out = [
        place
        for place in job.again.get(number, ())
        if all(box.expanded(0.5).intersection(place) != place for box in boxes)
    ]
    if not job.secrets:
        job.copies.extend((number, box) for box in out)
        return out
    over = find_over_edges(words, job.behind, job.ahead.get(number, ()), job.secrets)
    for copy in chain(find_in_any_order(words, job.secrets), over):
        lines: dict[int, list[tuple[float, float, float, float]]] = {}
        for index, first, end in copy:
            word = words[index]
            chars = word.chars[_char_at(word.chars, first) : _char_at(word.chars, end)]
            if word.state == "hidden":
                continue
            close = meeting(word.ink, area)
            stay = [_cell(c, word) for c in chars if not close or not under(c.box, close)]
            lines.setdefault(word.line, []).extend(stay)
        parts = [Box.union_of(Box(*cell) for cell in cells) for cells in lines.values() if cells]
        out.extend(box for box in _side_by_side(parts) if box not in out)
    job.behind = list(words)
    for copy in job.secrets.find([w.text for w in layer]):
        for index, first, end in copy:
            part = part_of(layer[index], first, end)
            if not len(area) or not under(tuple(part.as_list()), area):
                out.append(part)
    out = [Box(max(b.x0 - 0.3, 0), max(b.y0 - 0.3, 0), b.x1 + 0.3, b.y1 + 0.3) for b in out]
    job.copies.extend((number, box) for box in out)
    return out


def _side_by_side(boxes: Sequence[Box]) -> list[Box]:
    """Boxes with those united that follow each other in one row, or one column, closer than a space."""
    out: list[Box] = []
    for box in boxes:
        if out:
            last, near = out[-1], 0.6 * min(max(box.height, 1.0), max(box.width, 1.0), 12.0)
            level = min(last.y1, box.y1) - max(last.y0, box.y0) > 0.6 * min(last.height, box.height)
            upright = min(last.x1, box.x1) - max(last.x0, box.x0) > 0.6 * min(last.width, box.width)
            across, down = (
                max(last.x0, box.x0) - min(last.x1, box.x1),
                max(last.y0, box.y0) - min(last.y1, box.y1),
            )
            if (level and across < near) or (upright and down < near / 3 and box.width < 2 * box.height):
                out[-1] = Box.union_of((last, box))
                continue
        out.append(box)
    return out


def _cell(char: Char, word: SeenWord) -> tuple[float, float, float, float]:
    """A letter's ink, as high as every letter of its line where the line is level: shapes tell letters."""
    x0, y0, x1, y1 = char.box
    if word.vertical or abs(word.direction[0]) < 0.999:
        return char.box
    up, down = 0.74 * word.size, 0.21 * word.size
    if word.direction[0] < 0:
        up, down = down, up
    return x0, min(y0, char.y - up), x1, max(y1, char.y + down)


def _char_at(chars: Sequence[Any], position: int) -> int:
    """Index of the Char in which character `position` of the word's text stands."""
    total = 0
    for index, char in enumerate(chars):
        if total >= position:
            return index
        total += len(LIGATURES.get(char.text, char.text))
    return len(chars)


def words_outside(words: Sequence[SeenWord], boxes: Sequence[Box]) -> list[LayerWord]:
    """The words without the letters that stand under boxes; a word cut in two becomes two."""
    area = _array(boxes)
    out: list[LayerWord] = []
    for word, close in zip(words, meetings(words, area), strict=True):
        if not close:
            out.append(word.layer_word())
            continue
        run: list[Any] = []
        for char in [*word.chars, None]:
            if char is not None and not under(char.box, area):
                run.append(char)
            elif run:
                out.append(_with(word, run).layer_word())
                run = []
    return out


def _with(word: SeenWord, chars: list[Any]) -> SeenWord:
    return SeenWord(
        chars,
        word.line,
        word.direction,
        word.size,
        word.ascent,
        word.descent,
        word.colour,
        word.vertical,
        word.state,
    )


def _meets_any(word: LayerWord, words: Sequence[SeenWord]) -> bool:
    x, y = word.box.centre
    return any(w.ink[0] <= x <= w.ink[2] and w.ink[1] - 2 <= y <= w.ink[3] + 2 for w in words)


def _array(boxes: Sequence[Box]) -> Boxes:
    return [(b.x0, b.y0, b.x1, b.y1) for b in boxes]


def _inside(boxes: Sequence[tuple[Box, Mark]], width: float, height: float) -> tuple[list[Box], list[Mark]]:
    """The boxes as far as they lie on the page, and how each looks."""
    page = Box(0.0, 0.0, width, height)
    on_page = [(cut, mark) for box, mark in boxes if (cut := box.intersection(page))]
    return [box for box, _ in on_page], [mark for _, mark in on_page]


# -- image files ------------------------------------------------------------------------------------


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
    from redaction.burn import scan
    from redaction.burn.pictures import frame_count, frames, is_lossy

    count = frame_count(data, name)
    stamped = margins.by_page(stamps, count, name)
    job = Job(mode, Secrets(), by_page(redactions, count, name), layers, stamps=stamped)
    for redaction in redactions:
        if redaction.text:
            job.secrets.add(redaction.text, stated=True)
            continue
        area = _array([redaction.box])
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
        boxes, marks = _inside(job.boxes.get(number, ()), width, height)
        given = list(layers.get(number, ()))
        painted = on_grid(boxes + _copies([], given, boxes, job, number), pixels, scale)
        encoded, matrix = scan.burn(image, len(data) // count, placed, painted, careful=number in careful)
        body = scan.draw("I0", matrix, height)
        layer = layer_outside(given, painted, pixels, scale)
        out = PageOut(width, height, body, {"I0": encoded}, layer=layer, painted=painted)
        job.write(number, job.dress(number, out, marks, pixels, scale))
    return job.finish()
