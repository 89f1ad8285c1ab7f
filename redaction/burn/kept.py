"""Which letters of a line may stay: those under a box go, and those that nobody can see.

What MuPDF's reading of the page says of a letter (its ink, whether it shows) is found by its origin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from redaction.burn.covered import Area
from redaction.burn.opened import bounds, invert
from redaction.burn.overlap import meeting, meetings, under
from redaction.burn.plane import Bounds, contains, grown, meet
from redaction.burn.run import Run
from redaction.burn.seen import SeenWord

Fate = Literal["stay", "gone", "drop"]
"""What becomes of a letter: it stays, goes under a box and leaves a gap, or was not seen and leaves none."""


@dataclass(slots=True)
class Letters:
    """MuPDF's letters of the page, found by their origin."""

    cells: dict[tuple[int, int], list[tuple[float, float, Bounds, bool]]] = field(default_factory=dict)
    any_hidden: bool = False

    @classmethod
    def of(cls, words: Sequence[SeenWord], boxes: Sequence[Bounds]) -> Letters:
        """Those that a box or their being hidden might concern."""
        letters = cls(any_hidden=any(w.state == "hidden" for w in words))
        for word, close in zip(words, meetings(words, boxes, 3.0), strict=True):
            hidden = word.state == "hidden"
            if not letters.any_hidden and not close:
                continue
            for c in word.chars:
                letters.cells.setdefault((round(c.x), round(c.y)), []).append((c.x, c.y, c.box, hidden))
        return letters

    def at(self, x: float, y: float) -> list[tuple[float, float, Bounds, bool]]:
        """The letters whose origin is nearest, and within 0.3 points: those of tiny text stand closer."""
        cells = self.cells
        near = [
            (max(abs(item[0] - x), abs(item[1] - y)), item)
            for i in range(round(x - 0.3), round(x + 0.3) + 1)
            for j in range(round(y - 0.3), round(y + 0.3) + 1)
            for item in cells.get((i, j), ())
            if abs(item[0] - x) < 0.3 and abs(item[1] - y) < 0.3
        ]
        if len(near) > 1:
            nearest = min(near)[0] + 0.02
            near = [found for found in near if found[0] <= nearest]
        return [item for _, item in near]


def fates(run: Run, area: Area, letters: Letters, clip: Bounds) -> list[Fate] | None:
    """What becomes of each letter of a run, None where all stay. `clip`: displayed points."""
    glyphs, size = run.glyphs, run.size
    whole = run.cell(glyphs[0][1], glyphs[-1][2])
    inside = contains(grown(clip, 0.01), whole)
    near = meeting(grown(whole, size * 0.1), area.boxes) if area.boxes else []
    any_hidden = letters.any_hidden
    if not near and not any_hidden and inside:
        return None
    keep: list[Fate] = ["stay"] * len(glyphs)
    blank = [False] * len(glyphs)
    reach = _reach(near, run) if inside and not any_hidden and not run.face.vertical else None
    sideways = run.sideways
    first = last = 0.0
    several: Sequence[tuple[float, float]] = ()
    if reach:
        first, last = min(low for low, _ in reach), max(high for _, high in reach)
        several = reach if len(reach) > 1 else ()
    for index, (code, start, end) in enumerate(glyphs):
        if reach is not None and (
            end <= first
            or start >= last
            or (several and not any(low < end and start < high for low, high in several))
        ):
            continue
        cell = run.cell(start, end)
        if not inside and meet(grown(cell, 0.2), clip) is None:
            keep[index] = "drop"
            continue
        close = meeting(grown(cell, 0.3 * abs(end - start) + 0.2), near) if near else near
        if not close and not any_hidden:
            continue
        matches = letters.at(*run.origin(code, start))
        blank[index] = not matches
        if close:
            inks = [m[2] for m in matches] or [cell]
            if any(under(ink, close, sideways=sideways) for ink in inks):
                keep[index] = "gone"
                continue
            if not matches and area.meets(cell) and index and keep[index - 1] == "gone":
                keep[index] = "gone"
                continue
        if matches and all(m[3] for m in matches):
            keep[index] = "drop"
    if any_hidden:
        _drop_spaces(keep, blank)
    return keep


def _reach(near: Sequence[Sequence[float]], run: Run) -> list[tuple[float, float]] | None:
    """Along the line, in text space: where letters could be concerned by these boxes."""
    try:
        inverse = invert(run.place)
    except ValueError:
        return None
    margin = abs(run.size)
    spans = [bounds(inverse, b[0], b[1], b[2], b[3]) for b in near]
    return [(s[0] - margin, s[2] + margin) for s in spans]


def _drop_spaces(keep: list[Fate], blank: list[bool]) -> None:
    """Spaces go with the unseen words that they part: they would tell how long those were."""
    for index, empty in enumerate(blank):
        if empty and keep[index] == "stay":
            left = next((k for k, b in zip(keep[index::-1], blank[index::-1], strict=True) if not b), None)
            right = next((k for k, b in zip(keep[index:], blank[index:], strict=True) if not b), None)
            if "drop" in (left, right) and "stay" not in (left, right):
                keep[index] = "drop"
