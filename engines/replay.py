"""Recorded readings instead of an engine: for pages that were read elsewhere, and for exact repetition.

Where a page's reading.json (contract.md) lies is said by INKVEIL_REPLAY, a folder. A reading belongs to
a page whose image or file has the SHA-256 that the reading names, or else by its file name:
NAME.json, NAME.p2.json for page 2, NAME being the document's name with or without its extension.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePath

from engines.base import BoxKind, PageImage
from model.errors import EngineFailed, InkveilError
from model.files import reading_from_json
from model.geometry import Frame, Transform
from model.words import Reading, Word

FOLDER = "INKVEIL_REPLAY"


class Replay:
    """Gives back what was recorded, on the pixels of the page at hand."""

    name = "replay"
    title = "Recorded readings"
    privacy = "local"
    boxes: BoxKind = "word"
    confidence = True
    page_seconds = 0.05

    def availability(self) -> str | None:
        folder = os.environ.get(FOLDER)
        if not folder:
            return f"No folder of recorded readings: set {FOLDER}."
        return None if Path(folder).is_dir() else f"{FOLDER} names {folder}, which is not a folder."

    def version(self) -> str:
        return "1"

    def recognise(self, page: PageImage) -> Reading:
        reason = self.availability()
        if reason is not None:
            raise EngineFailed(reason, engine=self.name, kind="unavailable", page=page.page)
        for path in _candidates(Path(os.environ[FOLDER]), page):
            reading = _load(path, self.name, page.page)
            if reading is not None:
                return parse(reading, page, self.name)
        raise EngineFailed(
            f"No recorded reading of page {page.page}.", engine=self.name, kind="bad_input", page=page.page
        )


def parse(recorded: Reading, page: PageImage, name: str) -> Reading:
    """The recorded reading, moved from the pixels it was recorded on to those of `page`.

    Recorded boxes are in pixels of the page image, at whatever size; the engine that gave them stands
    under `recorded` in the settings.
    """
    width, height = page.page_size()
    words = recorded.words
    if words is not None:
        recorded_frame = Frame("recorded", recorded.width or width, recorded.height or height)
        scaling = Transform.scaling(recorded_frame, Frame("image", width, height))
        words = tuple(
            Word(w.text, page.from_page(scaling.quad(w.quad)), w.confidence, w.line, w.vertical)
            for w in words
        )
    return replace(
        recorded,
        engine=name,
        width=page.width,
        height=page.height,
        words=words,
        settings={**recorded.settings, "recorded": recorded.engine},
        image_sha256=page.sha256,
    )


def _candidates(folder: Path, page: PageImage) -> Iterator[Path]:
    hashes = {page.sha256}
    if page.source is not None:
        hashes.add(page.source.sha256)
        names = (page.source.name, PurePath(page.source.name).stem)
        for name in names:
            yield folder / f"{name}.p{page.page}.json"
        if page.page == 1:
            for name in names:
                yield folder / f"{name}.json"
    for path in sorted(folder.glob("*.json")):
        if _recorded_hash(path) in hashes - {""}:
            yield path


def _recorded_hash(path: Path) -> str:
    try:
        data = json.loads(path.read_text("utf-8"))
        return str(data["image"]["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _load(path: Path, engine: str, page: int) -> Reading | None:
    try:
        return reading_from_json(json.loads(path.read_text("utf-8")), path.name)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, InkveilError) as error:
        raise EngineFailed(
            f"The recorded reading {path.name} cannot be used ({type(error).__name__}).",
            engine=engine, kind="bad_input", page=page,
        ) from error  # fmt: skip
