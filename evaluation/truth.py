"""Pages with ground truth and recorded readings of them, found in folders, checked and loaded.

A page is an image and a JSON file of the same name with its text, lines, words (see truth_from_json).
Readings are files of their own in any sensible layout (see find_pages). Every file is somebody else's:
what does not fit becomes a failure of its page that names the file, and never ends a run. Nothing here
runs an engine, merges or measures.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from model.errors import Unreadable
from model.files import reading_from_json
from model.geometry import Box, Transform
from model.words import Failure, Reading

IMAGES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".heic", ".pdf")
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


@dataclass(frozen=True, slots=True)
class PageFiles:
    """A page and the files that belong to it; nothing but the truth is loaded yet."""

    name: str
    truth: Truth
    image: Path | None
    readings: tuple[tuple[Path, str], ...] = ()
    """Files with readings of the page, each with the engine that its name tells ("" for none)."""
    meta: Path | None = None
    owners: Mapping[str, str] = field(default_factory=dict)
    """Image SHA-256 -> page, of the whole folder, where readings were looked for."""


@dataclass(frozen=True, slots=True)
class Found:
    """A folder's pages, those that can't be measured, and what was not understood beside them."""

    pages: tuple[PageFiles, ...]
    failed: tuple[tuple[str, str], ...]
    """Name of the page and why it can't be measured."""
    notes: tuple[str, ...]


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


# -- folders ------------------------------------------------------------------------------------


def find_pages(folder: Path, readings: Path | None = None) -> Found:
    """The pages of a folder, sorted by name, and the files of `readings` that are about them.

    A reading of the page `id` is named `id.ENGINE.json`, `ENGINE/id.json`, `id/ENGINE.json` or `id.json`
    and holds one reading, a list of them or {"readings": [...]}; a file named otherwise counts where its
    readings name the image's SHA-256. `id.meta.json` (or `meta/id.json`): {"transform", "dpi"} of the
    preparation. Raises Unreadable for a folder that can't be read.
    """
    paths = _json_files(folder, deep=False)
    images: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in IMAGES and path.is_file():
            images.setdefault(path.stem, []).append(path)
    pages: list[PageFiles] = []
    failed: list[tuple[str, str]] = []
    notes: list[str] = []
    for path in paths:
        own = images.get(path.stem, [])
        try:
            data = read_json(path)
            if not own and not _looks_like_truth(data):
                notes.append(f"{path.name}: neither a truth nor beside an image, left alone")
                continue
            truth = truth_from_json(data, path.stem)
        except Unreadable as error:
            failed.append((path.stem, f"{path.name}: {error.message.removeprefix(path.stem + ': ')}"))
            continue
        notes += [f"{path.name}: {note}" for note in truth.notes]
        if len(own) > 1:
            notes.append(f"{path.name}: {len(own)} images of that name, {own[0].name} is used")
        pages.append(PageFiles(path.stem, truth, own[0] if own else None))
    if readings is not None:
        pages = _with_readings(pages, readings, notes)
    return Found(tuple(pages), tuple(failed), tuple(notes))


def _json_files(folder: Path, deep: bool) -> list[Path]:
    if not folder.is_dir():
        raise Unreadable(f"{folder}: no such folder.", file=str(folder))
    try:
        return sorted(p for p in (folder.rglob if deep else folder.glob)("*.json") if p.is_file())
    except OSError as error:
        raise Unreadable(f"{folder}: can't be read ({error.strerror}).", file=str(folder)) from None


def read_json(path: Path) -> Any:
    """Raises Unreadable, naming the file, for what is no JSON."""
    try:
        return json.loads(path.read_text("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Unreadable(f"{path.name}: not valid JSON.", file=path.name) from None
    except OSError as error:
        raise Unreadable(f"{path.name}: can't be read ({error.strerror}).", file=path.name) from None


def _looks_like_truth(data: object) -> bool:
    if not isinstance(data, dict) or "engine" in data:
        return False
    return isinstance(data.get("lines"), list) or ("text" in data and "width" in data)


def _with_readings(pages: list[PageFiles], folder: Path, notes: list[str]) -> list[PageFiles]:
    names = {p.name for p in pages}
    files: dict[str, list[tuple[Path, str]]] = {name: [] for name in names}
    metas: dict[str, Path] = {}
    strays: list[Path] = []
    for path in _json_files(folder, deep=True):
        name, engine = _named(path.relative_to(folder), names)
        if not name:
            strays.append(path)
        elif engine == "meta":
            metas[name] = path
        else:
            files[name].append((path, engine))
    owners = {_sha256(p.image): p.name for p in pages if p.image is not None}
    for path in strays:
        known = sorted({owners[s] for s in _hashes(path) if s in owners})
        for name in known:
            files[name].append((path, ""))
        if not known:
            notes.append(f"{path.name}: of no page of this folder, left alone")
    return [replace(p, readings=tuple(files[p.name]), meta=metas.get(p.name), owners=owners) for p in pages]


def _named(path: Path, names: set[str]) -> tuple[str, str]:
    """The page and the engine that a file's path tells, "" for what it does not."""
    parent = path.parent.name
    if path.stem in names:
        return path.stem, parent
    parts = path.stem.split(".")
    for end in range(len(parts) - 1, 0, -1):
        if ".".join(parts[:end]) in names:
            return ".".join(parts[:end]), ".".join(parts[end:])
    return (parent, path.stem) if parent in names else ("", "")


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _hashes(path: Path) -> Iterator[str]:
    try:
        for raw in _raw_readings(read_json(path)):
            image = raw.get("image") if isinstance(raw, dict) else None
            if isinstance(image, dict) and isinstance(image.get("sha256"), str):
                yield image["sha256"]
    except Unreadable:
        return


def _raw_readings(data: object) -> list[Any]:
    if isinstance(data, dict) and isinstance(data.get("readings"), list):
        data = data["readings"]
    return data if isinstance(data, list) else [data]


# -- one page -----------------------------------------------------------------------------------


def load(files: PageFiles, engines: Sequence[str] = ()) -> Page:
    """The page with its recorded readings (of `engines`, else of all).

    A file or reading that does not fit is a failure of the page. Raises Unreadable where the record of
    the preparation does not fit: boxes would be merged in the wrong frame.
    """
    page = Page(files.name, files.truth, files.image, {})
    if files.meta is not None:
        page.transform, page.dpi = _preparation(files.meta)
    for path, hint in files.readings:
        try:
            values = _raw_readings(read_json(path))
        except Unreadable as error:
            page.failures.append(Failure(hint or path.stem, "bad_output", error.message))
            continue
        for value in values:
            _add_reading(page, files, path, hint, value, engines)
    for engine in engines:
        if engine not in page.readings and engine not in {f.engine for f in page.failures}:
            page.failures.append(Failure(engine, "unavailable", f"No reading of {page.name} is recorded."))
    return page


def _add_reading(
    page: Page, files: PageFiles, path: Path, hint: str, value: Any, engines: Sequence[str]
) -> None:
    if isinstance(value, dict) and "engine" not in value:
        if not hint and _looks_like_truth(value):
            return
        value = {**value, "engine": hint} if hint else value
    try:
        reading = reading_from_json(value, path.name)
    except Unreadable as error:
        page.failures.append(Failure(hint or path.stem, "bad_output", error.message))
        return
    owner = files.owners.get(reading.image_sha256, files.name)
    if engines and reading.engine not in engines:
        return
    if owner != files.name:
        if hint or path.stem == files.name:
            message = f"{path.name}: by its image's hash this is a reading of {owner}."
            page.failures.append(Failure(reading.engine, "bad_input", message))
        return
    if reading.engine in page.readings:
        message = f"{path.name}: a second reading by {reading.engine}, the first is used."
        page.failures.append(Failure(reading.engine, "bad_input", message))
        return
    page.readings[reading.engine] = reading


def _preparation(path: Path) -> tuple[Transform | None, float]:
    data = read_json(path)
    try:
        transform = Transform.from_json(data["transform"]) if data.get("transform") else None
        if transform is not None:
            transform.inverse()
        dpi = float(data.get("dpi") or UNKNOWN_DPI)
        if not math.isfinite(dpi) or dpi <= 0:
            raise ValueError("dpi is no resolution")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(
            f"{path.name}: no record of a preparation ({type(error).__name__}: {error}).", file=path.name
        ) from None
    return transform, dpi
