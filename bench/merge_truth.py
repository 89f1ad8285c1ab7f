"""Merged slots held against a page's ground truth: which text each slot should have.

The truth is one more stream of characters, aligned with what the readings say together, so columns,
split words and omissions need no special case. Used by bench/merge.py and bench/merge_training.py.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from model.files import reading_from_json
from model.geometry import Box, Quad, Transform
from model.words import Reading, Word, unspaced
from review.align import align
from review.characters import Characters, characters
from review.columns import profile_of, side_of
from review.merge import Work
from review.slots import _text as text_of

_SAME = str.maketrans("‘’‚´`“”„«»–—−‐‑―", "'''''\"\"\"\"\"------")


@dataclass
class Page:
    """A page with truth and recorded readings."""

    name: str
    group: str
    language: str
    truth: dict[str, Any]
    image: Path
    readings: dict[str, Reading]
    transform: Transform | None
    dpi: float

    def pixels(self) -> Any:
        import cv2

        return cv2.cvtColor(cv2.imread(str(self.image)), cv2.COLOR_BGR2RGB)


@dataclass
class Expected:
    """What a slot should say. `text` is None where the truth has nothing there."""

    text: str | None
    units: list[int]
    """Words of the truth that this slot stands for (characters, in scripts without spaces)."""
    full: bool
    touched: tuple[int, ...] = ()
    """All words of the truth of which a part lies here."""


@dataclass
class Labels:
    slots: list[Expected]
    units: list[tuple[str, Box]]
    """All words of the truth and their places in the frame."""


def pages(folder: Path, readings: Path | None) -> Iterator[Page]:
    """The folder's pages that have readings; without `readings` the engines are run (slow)."""
    for path in sorted(folder.glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        image = next((p for p in sorted(folder.glob(path.stem + ".*")) if p.suffix != ".json"), None)
        if image is None or "lines" not in truth:
            continue
        found: dict[str, Reading] = {}
        transform, dpi = None, 150.0
        if readings is None:
            found, transform, dpi = _read(image, truth["language"])
        else:
            for file in sorted(readings.glob(path.stem + ".*.json")):
                data = json.loads(file.read_text(encoding="utf-8"))
                if file.name.endswith(".meta.json"):
                    transform, dpi = Transform.from_json(data["transform"]), float(data["dpi"])
                    continue
                reading = reading_from_json(data, file.name)
                found[reading.engine] = reading
        if found:
            group = path.stem.split("_")[0] + ("" if path.stem[:3] != "syn" else f" {truth['language']}")
            yield Page(path.stem, group, truth["language"], truth, image, found, transform, dpi)


def all_pages(folders: Sequence[Path], readings: Sequence[Path] | None) -> Iterator[Page]:
    """The pages of several folders, each with its folder of readings."""
    for number, folder in enumerate(folders):
        yield from pages(folder, readings[number] if readings and number < len(readings) else None)


def _read(image: Path, language: str) -> tuple[dict[str, Reading], Transform, float]:
    from engines.recognise import read_page
    from storage.sources import open_source

    with open_source(image, image.name) as source:
        names = ["rapidocr", "tesseract", "rapidocr_rescaled"]
        result = read_page(source, 1, engines=names, languages=(language,))
        dpi = source.pages[0].dpi
    return {r.engine: r for r in result.readings}, result.prepared.transform, dpi


def truth_reading(truth: dict[str, Any]) -> Reading:
    """The truth as a reading: its words where it has them, else its lines."""
    items = truth["words"] or truth["lines"]
    lines = [Box.of(line["box"]) for line in truth["lines"]]

    def line_of(box: Box) -> int:
        middle = box.centre
        return min(
            range(len(lines)),
            key=lambda n: (not lines[n].expanded(2).contains(middle), abs(lines[n].centre[1] - middle[1])),
            default=0,
        )

    words = tuple(
        Word(i["text"], Quad.from_box(b), None, line_of(b))
        for i in items
        if i["text"].strip() and (b := Box.of(i["box"])).area > 0
    )
    return Reading("truth", "", truth["width"], truth["height"], words)


def norm(text: str) -> str:
    """What counts as the same: NFKC, one space, one kind of quote and dash. Case and commas count."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text.translate(_SAME))).strip()


def label(work: Work, page: Page) -> Labels:
    """What each draft of a page should say."""
    back = page.transform.inverse() if page.transform is not None else None
    stream = characters(truth_reading(page.truth), *work.frame, back)
    # Only what has a place: a boxless word that was listed apart may not take the truth's letters.
    in_slots = np.array(sorted(c for d in work.drafts.slots for c in d.columns), dtype=np.int64)
    match = np.full(len(stream), -1)
    if len(in_slots) and len(stream):
        found = align(
            side_of(stream, len(work.streams)), profile_of(work.streams, work.columns.members[in_slots])
        )
        match[found >= 0] = in_slots[found[found >= 0]]
    owner = np.full(len(work.columns) + 1, -1)
    for n, draft in enumerate(work.drafts.slots):
        owner[draft.columns] = n
    slot_of = np.where(match >= 0, owner[match], -1)
    units, unit_of = _units(stream)
    wanted: list[list[int]] = [[] for _ in work.drafts.slots]
    for i in np.flatnonzero(slot_of >= 0).tolist():
        wanted[int(slot_of[i])].append(i)
    slots = [_expected(stream, own, slot_of, n, unit_of) for n, own in enumerate(wanted)]
    _share_units(slots, slot_of, unit_of)
    return Labels(slots, units)


def _units(stream: Characters) -> tuple[list[tuple[str, Box]], list[int]]:
    units: list[tuple[str, Box]] = []
    unit_of: list[int] = []
    for i, glyph in enumerate(stream.text):
        word = stream.units[stream.unit[i]]
        alone = bool(glyph) and unspaced(glyph[0])
        fresh = i == word.start or alone or (i and stream.text[i - 1] and unspaced(stream.text[i - 1][0]))
        if fresh:
            box = word.box or Box(0, 0, 0, 0)
            units.append(("", box))
        units[-1] = (units[-1][0] + glyph, units[-1][1])
        unit_of.append(len(units) - 1)
    return units, unit_of


def _expected(stream: Characters, own: list[int], slot_of: Any, n: int, unit_of: list[int]) -> Expected:
    if not own:
        return Expected(None, [], full=True)
    runs: list[list[int]] = [[own[0]]]
    for i in own[1:]:
        if i - runs[-1][-1] <= 4:
            runs[-1].append(i)
        else:
            runs.append([i])
    run = max(runs, key=len)
    start, end = run[0], run[-1]
    bare = unspaced(stream.text[start][:1]) or unspaced(stream.text[end][:1])
    total = len(stream)
    while start > 0 and slot_of[start - 1] in (-1, n) and unit_of[start - 1] == unit_of[start]:
        start -= 1
    while end + 1 < total and slot_of[end + 1] in (-1, n):
        same = unit_of[end + 1] == unit_of[end]
        after = stream.unit[end + 1] == stream.unit[end] and bare and slot_of[end + 1] == -1
        if not (same or after):
            break
        end += 1
    full = (start == 0 or unit_of[start - 1] != unit_of[start]) and (
        end + 1 == total or unit_of[end + 1] != unit_of[end]
    )
    units = sorted({unit_of[i] for i in range(start, end + 1)})
    return Expected(norm(text_of(stream, range(start, end + 1))), units, full, tuple(units))


def _share_units(slots: Sequence[Expected], slot_of: Any, unit_of: list[int]) -> None:
    """Each word of the truth is counted in one slot only: the one with most of its letters."""
    votes: dict[int, dict[int, int]] = {}
    for i, slot in enumerate(slot_of.tolist()):
        if slot >= 0:
            by = votes.setdefault(unit_of[i], {})
            by[slot] = by.get(slot, 0) + 1
    for n, slot in enumerate(slots):
        slot.units = [u for u in slot.units if u not in votes or max(votes[u], key=votes[u].__getitem__) == n]
