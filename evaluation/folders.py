"""Pages with ground truth and recorded readings of them, found in folders, checked and loaded.

A page is an image and a JSON file of the same name (evaluation.truth). Readings are files of their own
in any sensible layout (see find_pages). Every file is somebody else's: what does not fit becomes a
failure of its page that names the file, and never ends a run. Nothing here runs an engine or measures.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from evaluation.truth import UNKNOWN_DPI, Page, Truth, truth_from_json
from model.errors import Unreadable
from model.files import reading_from_json
from model.geometry import Transform
from model.words import Failure

IMAGES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".heic", ".pdf")


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
    return isinstance(data.get("lines"), list) or (
        isinstance(data.get("text"), str) and bool({"language", "kind", "words", "width"} & set(data))
    )


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
    foreign: list[str] = []
    for path in strays:
        known = sorted({owners[s] for s in _hashes(path) if s in owners})
        for name in known:
            files[name].append((path, ""))
        if not known:
            foreign.append(path.name)
    if foreign:
        more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        notes.append(f"{folder.name}: {foreign[0]}{more} left alone, of no page with truth")
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
        page.notes.append(f"{path.name}: a second reading by {reading.engine}, the first is used")
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
