"""The graphics state of a page's content (ISO 32000-1, 8.4) and the operators that change it.

Only what decides where and whether something shows is kept; every operator is handed on to the emitter.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from redaction.burn.emit import Emitter
from redaction.burn.faces import Face
from redaction.burn.opened import Affine, multiply
from redaction.burn.plane import Bounds, matrix_of, number
from redaction.burn.unproven import Unproven

IDENTITY: Affine = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
Operator = Callable[[str, Any], None]
"""Carries out one operator: its name and its operands."""


@dataclass(slots=True)
class State:
    """The graphics state, as far as it decides where and whether something shows."""

    ctm: Affine
    """To the displayed page."""
    clip: Bounds
    """Displayed points."""
    font: Face | None = None
    font_key: str = ""
    size: float = 0.0
    tc: float = 0.0
    tw: float = 0.0
    th: float = 1.0
    tl: float = 0.0
    rise: float = 0.0
    mode: int = 0
    line_width: float = 1.0
    dashed: bool = False
    see_through: bool = False
    emitted_font: tuple[str, float] | None = None


class Graphics:
    """The state that holds now, and those that were saved. Raises Unproven for what can't be followed."""

    def __init__(self, ctm: Affine, clip: Bounds, emit: Emitter) -> None:
        self.now = State(ctm, clip)
        self.saved: list[State] = []
        self.emit = emit

    def operators(self) -> dict[str, Operator]:
        """The operators that need nothing but their operands."""
        found: dict[str, Operator] = {
            "q": self._push,
            "cm": self._concatenate,
            "w": self._width,
            "d": self._dash,
        }
        found |= dict.fromkeys(("J", "j", "M", "i"), self._plain)
        found |= dict.fromkeys(("g", "G", "rg", "RG", "k", "K", "sc", "SC", "scn", "SCN"), self._colour)
        return found

    def save(self) -> None:
        """q: what holds now can be restored."""
        self.saved.append(copy.copy(self.now))
        self.emit.raw(b"q\n")

    def restore(self) -> None:
        """Q. Something must have been saved."""
        self.now = self.saved.pop()
        self.emit.raw(b"Q\n")

    def concatenate(self, matrix: Affine) -> None:
        """Lets `matrix` come before the current one; nothing is emitted."""
        self.now.ctm = multiply(matrix, self.now.ctm)

    def _push(self, _op: str, _args: Any) -> None:
        self.save()

    def _concatenate(self, _op: str, args: Any) -> None:
        self.concatenate(matrix_of(args))
        self.emit.op(args, "cm")

    def _plain(self, op: str, args: Any) -> None:
        self.emit.op(args, op)

    def _width(self, op: str, args: Any) -> None:
        self.now.line_width = float(args[0])
        self.emit.op(args, op)

    def _dash(self, op: str, args: Any) -> None:
        self.now.dashed = len(args[0]) > 0
        self.emit.op(args, op)

    def _colour(self, op: str, args: Any) -> None:
        if any(not number(a) for a in args):
            raise Unproven("a pattern")
        self.emit.op(args, op)

    def space(self, op: str, name: Any, resources: Any) -> None:
        """A colour space by its name: cs, CS."""
        plain = str(name)
        if plain == "/Pattern":
            raise Unproven("a pattern")
        if plain in ("/DeviceGray", "/DeviceRGB", "/DeviceCMYK"):
            self.emit.op([name], op)
            return
        self.emit.space(op, resources["/ColorSpace"][name])

    def parameters(self, source: Any) -> None:
        """A graphics state parameter dictionary (8.4.5): gs."""
        if source.get("/SMask", "/None") != "/None":
            raise Unproven("a soft mask")
        if "/Font" in source:
            raise Unproven("a font set by a graphics state")
        if float(source.get("/ca", 1)) < 1 or str(source.get("/BM", "/Normal")) not in (
            "/Normal",
            "/Compatible",
        ):
            self.now.see_through = True
        elif "/ca" in source or "/BM" in source:
            self.now.see_through = False
        if "/D" in source:
            self.now.dashed = len(source["/D"][0]) > 0
        if "/LW" in source:
            self.now.line_width = float(source["/LW"])
        self.emit.graphics_state(source)
