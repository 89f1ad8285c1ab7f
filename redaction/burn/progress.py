"""What is known about a file while its pages go by, from the first secret to the finished file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.findings import Stamp, Stamped
from model.geometry import Box
from redaction.burn import stamp as margins
from redaction.burn.copies import Secrets
from redaction.burn.fonts import FontPool
from redaction.burn.label import LabelFont, Mark, looks
from redaction.burn.layer import LayerFont, LayerWord
from redaction.burn.navigation import Entry, write_outline
from redaction.burn.page import PageOut
from redaction.burn.pdfout import Name, Ref, Value, Writer
from redaction.burn.seen import SeenWord
from redaction.burn.tags import Tags

if TYPE_CHECKING:
    from redaction.apply import Applied, Mode

Layers = Mapping[int, Sequence[LayerWord]]
"""Page (from 1) -> the words of a layer that was given for it."""


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
    tags: Tags | None = None
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
    """Page (from 0) -> its words, where they were read already: of the next one, and of some with boxes."""
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
        if self.tags is not None and page.tags:
            self.tags.kept[number - 1] = page.tags

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
        """Writes what belongs to no single page. Raises BadFont where a font can't be cut down."""
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
        if self.tags is not None and (tree := self.tags.write(self.writer, self.refs)):
            self.catalog |= {"StructTreeRoot": tree, "MarkInfo": {"Marked": True}}
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
