"""Ground truth of a page: its text, lines and words with their boxes, checked as they come in.

What does not fit raises Unreadable naming the field, or is repaired with a note. Which files there are
is evaluation.folders'; nothing here runs an engine, merges or measures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from model.errors import Unreadable
from model.geometry import Box, Transform
from model.words import Failure, Reading

UNKNOWN_DPI = 150.0


@dataclass(frozen=True, slots=True)
class Item:
    """A line or a word of the truth. `box` is in pixels of the page image."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class Truth:
    """What stands on a page. `text`: its lines in reading order, joined by line breaks."""

    name: str
    text: str
    width: float
    """Of the page image in pixels; 0 where the file does not say."""
    height: float
    lines: tuple[Item, ...] = ()
    words: tuple[Item, ...] = ()
    """Empty where only lines, or nothing but the text, are known."""
    languages: tuple[str, ...] = ()
    kind: str = ""
    notes: tuple[str, ...] = ()
    """What was repaired while reading the file."""

    @property
    def placed(self) -> bool:
        """True where it is known where the text stands."""
        return bool(self.lines or self.words)

    @property
    def collection(self) -> str:
        """What the page's name begins with: pages of one source are mostly named alike."""
        stem = self.name.replace("-", "_").replace(" ", "_").split("_")[0]
        return stem.rstrip("0123456789.") or stem

    @property
    def group(self) -> str:
        """Kind and languages, else the collection: what figures are broken down by."""
        return " ".join(part for part in (self.kind, "+".join(self.languages)) if part) or self.collection

    def scaled(self, width: float, height: float) -> Truth:
        """In pixels of an image of that size. Raises Unreadable for an image of another shape."""
        if not self.width or not self.height:
            return replace(self, width=width, height=height)
        sx, sy = width / self.width, height / self.height
        if abs(sx - sy) > 0.03 * max(sx, sy):
            raise Unreadable(
                f"{self.name}: the truth is of an image of {self.width:.0f} x {self.height:.0f} px, "
                f"the image has {width:.0f} x {height:.0f}.",
                file=self.name,
            )
        if sx == sy == 1.0:
            return self

        def fit(items: tuple[Item, ...]) -> tuple[Item, ...]:
            return tuple(
                Item(i.text, Box(i.box.x0 * sx, i.box.y0 * sy, i.box.x1 * sx, i.box.y1 * sy)) for i in items
            )

        note = f"boxes scaled by {sx:.3f} to the image's size"
        return replace(
            self, width=width, height=height, lines=fit(self.lines), words=fit(self.words),
            notes=(*self.notes, note),
        )  # fmt: skip


@dataclass(slots=True)
class Page:
    """A page with truth and its readings by engine, boxes in pixels of the page image."""

    name: str
    truth: Truth
    image: Path | None
    readings: dict[str, Reading]
    transform: Transform | None = None
    """Prepared image -> page image, where it was recorded."""
    dpi: float = UNKNOWN_DPI
    failures: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def pixels(self) -> Any:
        """The page image, uint8 H x W x 3 RGB. Raises Unreadable where it can't be opened."""
        from storage.sources import open_source

        if self.image is None:
            raise Unreadable(f"{self.name}: there is no image.", file=self.name)
        with open_source(self.image, self.image.name) as source:
            return source.render(1)


# -- truth --------------------------------------------------------------------------------------


def truth_from_json(data: object, name: str) -> Truth:
    """A page's truth: {"text", "lines": [{"text", "box"}], "words": [{"text", "box"}] or null, "width",
    "height", "language", "kind"}. One of text, lines, words is enough; language may be a list.

    Boxes [x0, y0, x1, y1] in pixels, origin top left. Where a line or word has no usable box, none of its
    kind is used for places (noted). Raises Unreadable, naming the field, for anything else.
    """
    if not isinstance(data, dict) or not {"text", "lines", "words"} & set(data):
        raise Unreadable(f"{name}: no text, lines or words in it, so it is no ground truth.", file=name)
    notes: list[str] = []
    lines, line_texts = _items(data.get("lines"), "lines", name, notes)
    words, word_texts = _items(data.get("words"), "words", name, notes)
    text = data.get("text")
    if text is None:
        text = "\n".join(line_texts) if line_texts else " ".join(word_texts)
    if not isinstance(text, str):
        raise Unreadable(f"{name}: text is no string.", file=name)
    language = data.get("language") or data.get("languages") or ()
    codes = language.replace("+", ",").split(",") if isinstance(language, str) else language
    if not isinstance(codes, list | tuple) or not all(isinstance(c, str) for c in codes):
        raise Unreadable(f"{name}: language is no code or list of codes.", file=name)
    return Truth(
        name,
        text,
        _length(data, "width", name),
        _length(data, "height", name),
        lines,
        words,
        tuple(c.strip() for c in codes if c.strip()),
        str(data.get("kind") or ""),
        tuple(notes),
    )


def _length(data: Mapping[str, Any], key: str, name: str) -> float:
    value = data.get(key) or 0
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Unreadable(f"{name}: {key} is no number.", file=name)
    return max(float(value), 0.0)


def _items(values: object, key: str, name: str, notes: list[str]) -> tuple[tuple[Item, ...], list[str]]:
    """Items with their boxes, none at all where one box is missing; and all texts."""
    if values is None:
        return (), []
    if not isinstance(values, list):
        raise Unreadable(f"{name}: {key} is no list.", file=name)
    items: list[Item] = []
    texts: list[str] = []
    unplaced = 0
    for number, value in enumerate(values, 1):
        text = value.get("text") if isinstance(value, dict) else value
        if not isinstance(text, str):
            raise Unreadable(f"{name}: entry {number} of {key} has no text.", file=name)
        if not text.strip():
            continue
        texts.append(text)
        box = _box(value.get("box") if isinstance(value, dict) else None)
        if box is None:
            unplaced += 1
        else:
            items.append(Item(text, box))
    if unplaced:
        notes.append(f"{unplaced} of {len(texts)} {key} have no usable box, so no box of {key} is used")
        items = []
    return tuple(items), texts


def _box(values: object) -> Box | None:
    if not isinstance(values, list) or len(values) != 4:
        return None
    try:
        x0, y0, x1, y1 = (float(v) for v in values)
        box = Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    except (TypeError, ValueError):
        return None
    return box if box.area > 0 else None
