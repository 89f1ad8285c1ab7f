"""The source as the judge of the output: what stood under the boxes, what has to be still there.

Pages are read once, one after the other; what is kept of each is small: words, and a coarse picture.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.errors import PasswordNeeded, Unreadable
from model.findings import Redaction
from model.words import unspaced
from redaction.attack.beside import layer_shift, move_layer
from redaction.attack.held import Held
from redaction.attack.needles import Needle, folded_words, long_enough, occurrences
from redaction.attack.sheet import (
    CLIPPED,
    WORD_FLAGS,
    Boxes,
    Sheet,
    askew,
    closer,
    displayed,
    flat,
    forget_images,
    open_document,
    open_sheet,
    picture_sheet,
    shrunk,
    touching,
    turned,
)
from redaction.attack.visibility import INK, behind_pictures, visible_words

_ICONS = ("Popup", "FileAttachment", "Sound", "Movie", "Screen", "3D", "RichMedia")
SMALLEST_LINE = 1.2
"""Points: the height of a line (the width of one written downwards) that can be read."""
TILE = 2
"""Pixels of the 72-dpi render that one cell of the coarse picture is wide."""


@dataclass
class ReferencePage:
    """What the verifier remembers of a source page, in displayed points."""

    number: int
    width: float
    height: float
    words: list[str]
    boxes: Boxes
    visible: NDArray[np.bool_]
    """A reader sees the word, and it is clear of every box."""
    tiles: NDArray[np.uint8]
    """Mean grey level of TILE x TILE pixels."""
    copies: NDArray[np.bool_]
    """The word belongs to a further copy of a redacted text and has to go."""
    loose: NDArray[np.bool_]
    """The word may go: it is a part of a redacted text, or hardly to be seen."""
    flat: bool = False
    """The page is one image already."""
    aside: Boxes = field(default_factory=lambda: np.zeros((0, 4)))
    """Icons of attachments and media, which go with what they stand for."""
    closer: Callable[[], NDArray[np.uint8]] | None = None
    """The same tiles from a finer render, where the source can be rendered."""
    unclipped: Callable[[], tuple[list[str], Boxes]] | None = None
    """The words without letters that lie wholly outside of a clip."""

    @property
    def innocent(self) -> NDArray[np.bool_]:
        """Words that have to be found in the output."""
        return self.visible & ~self.copies & ~self.loose


@dataclass
class Reference:
    """The source file as far as verification needs it."""

    pages: list[ReferencePage] = field(default_factory=list)
    needles: list[Needle] = field(default_factory=list)
    innocent: set[str] = field(default_factory=set)
    """Folded words that a reader sees outside the boxes and the copies: they may be found again."""


def read_source(
    data: bytes, redactions: Sequence[Redaction], *, password: str | None, name: str = "the source"
) -> Reference:
    """Raises Unreadable or PasswordNeeded."""
    reference = Reference()
    by_page: dict[int, list[Redaction]] = {}
    for redaction in redactions:
        by_page.setdefault(redaction.page, []).append(redaction)
    if b"%PDF-" not in data[:1024]:
        for sheet in _pictures(data, name):
            _read_page(sheet, by_page.get(sheet.number, []), reference)
        _judge_words(reference)
        return reference
    document = _opened(data, password, name)
    again = _Again(data, password, name)
    with document:
        aside = _bake(document)
        for number in range(1, document.page_count + 1):
            sheet = open_sheet(document, number)
            _read_page(sheet, by_page.get(number, []), reference)
            reference.pages[-1].aside = aside.get(number, np.zeros((0, 4)))
            reference.pages[-1].closer = partial(again.tiles, number, sheet.scale)
            reference.pages[-1].unclipped = partial(again.unclipped, number)
            if sheet.draws_images:
                forget_images()
    _judge_words(reference)
    return reference


class _Again:
    """A source that is opened once more when a page has to be looked at closely."""

    def __init__(self, data: bytes, password: str | None, name: str) -> None:
        self.data, self.password, self.name = data, password, name

    @cached_property
    def document(self) -> Any:
        document = _opened(self.data, self.password, self.name)
        _bake(document)
        return document

    def tiles(self, number: int, scale: float) -> NDArray[np.uint8]:
        """The tiles of page `number` (from 1), which was rendered at `scale` before."""
        page = self.document[number - 1]
        high, wide = (int(np.ceil(n * scale - 1e-3)) // TILE for n in (page.rect.height, page.rect.width))
        return closer(page, scale, (high, wide), TILE)

    def unclipped(self, number: int) -> tuple[list[str], Boxes]:
        """The words of page `number` without letters outside of a clip, and their boxes."""
        page = self.document[number - 1]
        found = page.get_text("words", flags=WORD_FLAGS | CLIPPED)
        boxes = np.array([w[:4] for w in found], dtype=np.float64).reshape(-1, 4)
        return [w[4] for w in found], displayed(boxes, turned(page))


def _pictures(data: bytes, name: str) -> Iterator[Sheet]:
    """The pages of an image file."""
    from storage.sources import open_source

    with open_source(data, name) as source:
        for page in source.pages:
            yield picture_sheet(source.render(page.number), page.number, page.width_pt, page.height_pt)


def _bake(document: Any) -> dict[int, Boxes]:
    """Annotations and fields become content, as a reader sees them; page -> places of icons that may go.

    Some icons are drawn in another size once they are content, so the output is compared with that.
    """
    aside: dict[int, Boxes] = {}
    marked = [p for p in document if document.xref_get_key(p.xref, "Annots")[0] != "null"]
    if not marked:
        return aside
    for page in marked:
        rotation = turned(page)
        icons = [tuple(a.rect) for a in page.annots() or () if a.type[1] in _ICONS]
        aside[page.number + 1] = displayed(np.array(icons, dtype=np.float64).reshape(-1, 4), rotation)
    with contextlib.suppress(RuntimeError, ValueError):  # what can't be baked is compared as it is
        document.bake(annots=True, widgets=True)
    return aside


def _opened(data: bytes, password: str | None, name: str) -> Any:
    try:
        document = open_document(data, password)
    except (RuntimeError, ValueError) as error:
        raise Unreadable(f"{name} can't be opened as a PDF.", file=name) from error
    if document.is_encrypted:  # asking needs_pass here would try an empty password and lose the key
        what = "its password was not given" if password is None else "the password does not open it"
        raise PasswordNeeded(f"{name} is encrypted, and {what}.", file=name)
    if document.page_count < 1:
        raise Unreadable(f"{name} has no pages.", file=name)
    return document


def _read_page(sheet: Sheet, redactions: Sequence[Redaction], reference: Reference) -> None:
    boxes = np.array([r.box.as_list() for r in redactions], dtype=np.float64).reshape(-1, 4)
    shift = layer_shift(sheet) if redactions else (0.0, 0.0)
    if shift != (0.0, 0.0):
        move_layer(sheet, *shift)
    visible = visible_words(sheet) & _legible(sheet)
    if len(boxes) and len(sheet.words):
        visible = visible & ~np.asarray(touching(shrunk(sheet.boxes, 0.0, 0.15), boxes)).any(axis=1)
    if redactions:
        _secrets_of(sheet, redactions, reference)
    none = np.zeros(len(sheet.words), dtype=bool)
    reference.pages.append(
        ReferencePage(
            sheet.number,
            sheet.width,
            sheet.height,
            sheet.words,
            sheet.boxes,
            visible,
            coarse(sheet),
            copies=none,
            loose=~visible_words(sheet, INK) | _over_the_edge(sheet) | behind_pictures(sheet),
            flat=flat(sheet) and not askew(sheet),
        )
    )


def _legible(sheet: Sheet) -> NDArray[np.bool_]:
    """Words that are no grey line to a reader: in a line of more than a point."""
    sizes = np.minimum(sheet.boxes[:, 2] - sheet.boxes[:, 0], sheet.boxes[:, 3] - sheet.boxes[:, 1])
    return np.asarray(sizes > SMALLEST_LINE)


def _over_the_edge(sheet: Sheet) -> NDArray[np.bool_]:
    """Words of which letters may lie off the page: those do not travel."""
    box = sheet.boxes
    return (
        (box[:, 0] < -1) | (box[:, 1] < -1) | (box[:, 2] > sheet.width + 1) | (box[:, 3] > sheet.height + 1)
    )


def _judge_words(reference: Reference) -> None:
    """Which words are copies, which may go, which are innocent; then which tokens are secrets."""
    wholes = [
        n for n in {n.folded: n for n in reference.needles if n.whole}.values() if long_enough(n.folded)
    ]
    parts = {w for n in reference.needles for w in n.words if long_enough(w)} | {n.folded for n in wholes}
    held = Held([n.folded for n in wholes])
    for page in reference.pages:
        words = [folded_words(word) for word in page.words]
        flat = [(f, index) for index, found in enumerate(words) for f in found]
        sequence = [f for f, _ in flat]
        run = "".join(sequence)
        page.copies = np.zeros(len(words), dtype=bool)
        for needle in (wholes[n] for n in held.by(run)):
            free = any(unspaced(c) for c in needle.folded)
            for first, last, exact in occurrences(needle.folded, run, sequence):
                if exact or free:
                    page.copies[[index for _, index in flat[first : last + 1]]] = True
        page.loose |= np.array([any(f in parts for f in found) for found in words], dtype=bool).reshape(-1)
        for found, keep in zip(words, page.visible & ~page.copies, strict=True):
            if keep:
                reference.innocent.update(found)
    reference.needles = [
        n
        for n in reference.needles
        if n.whole or (long_enough(n.folded) and not all(w in reference.innocent for w in n.words))
    ]


def coarse(sheet: Sheet) -> NDArray[np.uint8]:
    """Mean grey of TILE x TILE cells; rows and columns that fill no cell fall away."""
    import cv2

    height, width = (n // TILE for n in sheet.grey.shape)
    cut = sheet.grey[: height * TILE, : width * TILE]
    if not cut.size:
        return np.zeros((0, 0), dtype=np.uint8)
    return np.asarray(cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _secrets_of(sheet: Sheet, redactions: Sequence[Redaction], reference: Reference) -> None:
    """What stood under each box, in painting order, and what the redaction says that it hides."""
    for redaction in redactions:
        origin = f"the text under the box on page {redaction.page}"
        text = _text_under(sheet, np.array(redaction.box.as_list()))
        for index, whole in enumerate((redaction.text, text)):
            if whole and folded_words(whole):
                is_whole = index == 0 or redaction.text is None
                reference.needles += needles_of(whole, origin, redaction.page, whole=is_whole)


def _text_under(sheet: Sheet, box: NDArray[np.float64]) -> str:
    """What stands under a box: whole words where it holds whole words, else character by character."""
    if not len(sheet.boxes):
        return ""
    near = touching(shrunk(sheet.boxes, 0.0, 0.15), box[None])[:, 0]
    if not near.any():
        return ""
    words = sheet.boxes[near]
    high = words[:, 3] - words[:, 1]
    within = (words[:, 0] >= box[0] - 0.2 * high) & (words[:, 2] <= box[2] + 0.2 * high)
    within &= (box[1] <= words[:, 1] + 0.35 * high) & (box[3] >= words[:, 3] - 0.35 * high)
    if within.all() and (words[:, 2] - words[:, 0] >= high).all():
        return " ".join(word for word, hit in zip(sheet.words, near.tolist(), strict=True) if hit)
    chars = sheet.chars
    return _gathered(chars.text, np.flatnonzero(touching(chars.cores, box[None])[:, 0]).tolist())


def _gathered(text: str, indices: Sequence[int]) -> str:
    """The characters at the indices, with one space wherever one was painted between them.

    What a box cuts off a word says little, and stands in other words by chance: a short piece of one that
    goes on beside the box is left out.
    """
    parts: list[list[int]] = []
    last = None
    for index in indices:
        if last is None or any(c.isspace() for c in text[last + 1 : index]) or text[index].isspace():
            parts.append([])
        if not text[index].isspace():
            parts[-1].append(index)
        last = index
    return " ".join("".join(text[i] for i in part) for part in parts if part and not _scrap(text, part))


def _scrap(text: str, part: Sequence[int]) -> bool:
    """Whether the letters at these indices are a short piece of a longer word."""
    piece = "".join(text[i] for i in part)
    if any(unspaced(c) for c in piece) or len(piece) >= 10:
        return False
    if len(piece) >= 6 and sum(c.isdigit() for c in piece) >= 4:
        return False
    before, after = text[part[0] - 1 : part[0]], text[part[-1] + 1 : part[-1] + 2]
    return (before.isalnum() and piece[0].isalnum()) or (after.isalnum() and piece[-1].isalnum())


def needles_of(text: str, origin: str, page: int | None, *, whole: bool = True) -> Iterable[Needle]:
    """A text as a needle, and each of its words as a token."""
    words = tuple(folded_words(text))
    if whole:
        yield Needle(text, words, origin, page, True)
    for part in text.split():
        token = tuple(folded_words(part))
        if token and (token != words or not whole):
            yield Needle(part.strip(".,;:!?()[]\"'"), token, origin, page, False)
