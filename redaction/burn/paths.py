"""Paths (ISO 32000-1, 8.5): drawings that stay, that are cut at the boxes, and that are a clip."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from redaction.burn.covered import Area, Behind
from redaction.burn.emit import Emitter
from redaction.burn.gstate import Graphics, Operator
from redaction.burn.marked import Marked
from redaction.burn.plane import (
    Subpath,
    contains,
    cut_fill,
    cut_lines,
    edges_of,
    grown,
    meet,
    subpaths_of,
    union,
)
from redaction.burn.unproven import Unproven


class Paths:
    """The path under construction, and the operators that end it. They raise Unproven."""

    def __init__(self, graphics: Graphics, marked: Marked, area: Area, behind: Behind, emit: Emitter) -> None:
        self.graphics = graphics
        self.marked = marked
        self.area = area
        self.behind = behind
        self.emit = emit
        self.path: list[tuple[str, list[float]]] = []
        self._rule = ""
        """W or W* where the path that comes to its end becomes a clip."""

    def operators(self) -> dict[str, Operator]:
        """Those that build, clip to, and paint paths."""
        found: dict[str, Operator] = dict.fromkeys(("m", "l", "c", "v", "y", "h", "re"), self._segment)
        found |= dict.fromkeys(("W", "W*"), self._clip)
        found |= dict.fromkeys(("S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "n"), self._paint)
        return found

    def _segment(self, op: str, args: Any) -> None:
        self.path.append((op, [float(a) for a in args]))

    def _clip(self, op: str, _args: Any) -> None:
        self._rule = op

    def _paint(self, op: str, _args: Any) -> None:
        state = self.graphics.now
        path, self.path = self.path, []
        rule, self._rule = self._rule, ""
        if op in ("s", "b", "b*") and path:
            path.append(("h", []))
            op = {"s": "S", "b": "B", "b*": "B*"}[op]
        subpaths = subpaths_of(path, state.ctm)
        if rule:
            self.set_clip(subpaths, rule, drawn=op != "n")
            return
        if op == "n" or self.marked.hidden or not subpaths:
            return
        stroked = op in ("S", "B", "B*")
        scale = math.sqrt(abs(state.ctm[0] * state.ctm[3] - state.ctm[1] * state.ctm[2]))
        margin = max(state.line_width * scale / 2, 0.1) if stroked else 0.0
        kept = []
        for sub in subpaths:
            box = grown(sub.box, margin)
            shown = meet(box, state.clip)
            if shown is None:
                continue
            if not sub.ruling and not contains(grown(state.clip, 0.5), box):
                raise Unproven("a drawing is partly clipped away")
            if self.area.meets(box):
                if self.area.holds(shown):
                    continue
                # A panel or frame around a box is of one colour under it: no edge of it runs there.
                if not sub.ruling and any(
                    self.area.meets(grown(edge, margin)) for edge in edges_of(sub.segments, state.ctm)
                ):
                    kept += self._cut(sub, op)
                    continue
            kept.append(sub)
        if not kept:
            return
        if op != "S":
            solid = all(s.ruling for s in kept)
            self.behind.covered_by([s.box for s in kept], solid=solid, see_through=state.see_through)
        if any(not s.ruling for s in kept):
            self.behind.add(union([s.box for s in kept]))
        self.emit.path([segment for s in kept for segment in s.segments], op)

    def _cut(self, sub: Subpath, op: str) -> list[Subpath]:
        """What of a drawing that reaches under a box may stay: of straight lines the parts outside."""
        state = self.graphics.now
        parts = None
        if op == "S" and not state.dashed:
            parts = cut_lines(sub.segments, state.ctm, self.area.boxes)
        elif op in ("f", "F", "f*"):
            parts = cut_fill(sub.segments, state.ctm, self.area.boxes)
        if parts is None:
            raise Unproven("a drawing reaches under a box")
        return [left for part in parts for left in subpaths_of(part, state.ctm)]

    def set_clip(self, subpaths: Sequence[Subpath], rule: str, *, drawn: bool = False) -> None:
        """Narrows the clip to level rectangles. `rule`: W or W*; `drawn`: they are painted as well."""
        if any(not s.ruling for s in subpaths):
            raise Unproven("something is clipped by a drawn shape")
        if drawn:
            raise Unproven("a path is clip and drawing at once")
        state = self.graphics.now
        box = union([s.box for s in subpaths]) if subpaths else (0.0, 0.0, 0.0, 0.0)
        state.clip = meet(state.clip, box) or (box[0], box[1], box[0], box[1])
        self.emit.path([segment for s in subpaths for segment in s.segments], rule + " n")
