"""Gaps that destroyed letters leave in their lines: their widths would tell names, so they are set on a grid.

What follows a gap on its line moves on with it, and what follows that; a letter that stands apart does not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from redaction.burn.page import GRID
from redaction.burn.plane import across, along

CONTINUES = 1.2
"""A letter within this many ems of the end of the last one continues its line."""
Point = tuple[float, float]


class Line(NamedTuple):
    """A base line on the displayed page: its unit vector, and the em along it in points."""

    direction: tuple[float, float]
    em: float


@dataclass(slots=True)
class Gap:
    """A run of destroyed letters on a base line, in displayed points along it, and what follows it."""

    origin: tuple[float, float]
    direction: tuple[float, float]
    em: float
    start: float
    end: float
    before: float
    """Shift of the text before the gap."""
    shift: float | None = None
    chain: float = 0.0
    """Where the text that was shifted along ends."""


class Gaps:
    """The gaps of a page, in the order in which its content opens them. Points are of the displayed page."""

    def __init__(self) -> None:
        self.found: list[Gap] = []

    def open(self, first: Point, last: Point, line: Line) -> None:
        """A letter that goes, from `first` to `last`: opens a gap, or widens the one that it continues."""
        gap = self.near(first, line, fresh=True)
        start, end = along(first, line.direction), along(last, line.direction)
        if gap is not None:
            gap.end = max(gap.end, end)
            return
        before = self._shift_at(first, line, start)
        self.found.append(Gap(first, line.direction, line.em, start, end, before))

    def near(self, point: Point, line: Line, *, fresh: bool) -> Gap | None:
        """The gap that a letter at `point` continues or follows; `fresh`: one that nothing follows yet."""
        direction, em = line
        at = along(point, direction)
        for gap in reversed(self.found):
            if abs(gap.direction[0] - direction[0]) + abs(gap.direction[1] - direction[1]) > 0.02:
                continue
            if abs(across(point, direction) - across(gap.origin, direction)) > 0.35 * em:
                continue
            reach = gap.end if gap.shift is None else gap.chain
            if fresh and gap.shift is not None:
                continue
            if -0.4 * em <= at - reach <= (2.0 if gap.shift is None else CONTINUES) * em:
                return gap
        return None

    def _shift_at(self, point: Point, line: Line, start: float) -> float:
        gap = self.near(point, line, fresh=False)
        return 0.0 if gap is None or gap.shift is None or start < gap.end - 0.4 * line.em else gap.shift

    def shift(self, point: Point, tail: Point, line: Line) -> float:
        """How far kept letters from `point` to `tail` are to move along their line, in points.

        So that the gap before them ends on the grid.
        """
        gap = self.near(point, line, fresh=False)
        if gap is None:
            return 0.0
        if gap.shift is None:
            grid = GRID * gap.em
            width = along(point, line.direction) - gap.start
            steps = math.ceil((width - gap.before) / grid - 1e-6)
            gap.shift = gap.before + steps * grid - width
        gap.chain = max(gap.chain, along(tail, line.direction))
        return gap.shift
