"""Text (ISO 32000-1, 9): where its operators place letters, and what of them is shown again.

Text that nothing concerns is handed on as it is; else each letter's fate is asked (redaction.burn.kept), and
what stays after a gap moves on to the grid (redaction.burn.gaps).
"""

from __future__ import annotations

from typing import Any

from redaction.burn.covered import Area
from redaction.burn.emit import Emitter
from redaction.burn.faces import Face
from redaction.burn.gaps import Gaps
from redaction.burn.gstate import IDENTITY, Graphics, Operator
from redaction.burn.kept import Letters, fates
from redaction.burn.marked import Marked
from redaction.burn.opened import multiply
from redaction.burn.overlap import meeting
from redaction.burn.plane import contains, grown, matrix_of, number
from redaction.burn.run import Items, Run
from redaction.burn.unproven import Unproven


class Text:
    """The text object that is open, and the operators of text. They raise Unproven."""

    def __init__(
        self, graphics: Graphics, marked: Marked, area: Area, letters: Letters, emit: Emitter
    ) -> None:
        self.graphics = graphics
        self.marked = marked
        self.area = area
        self.letters = letters
        self.emit = emit
        self.gaps = Gaps()
        self.tm = self.tlm = IDENTITY
        """Text matrix and text line matrix (9.4.2)."""

    def operators(self) -> dict[str, Operator]:
        """All of text but Tf, which needs the resources."""
        found: dict[str, Operator] = {"BT": self._begin, "ET": self._end}
        found |= dict.fromkeys(("Tc", "Tw", "Tz", "TL", "Tr", "Ts"), self._state)
        found |= dict.fromkeys(("Td", "TD", "Tm", "T*"), self._move)
        found |= dict.fromkeys(("Tj", "TJ", "'", '"'), self._show)
        return found

    def font(self, resources: Any, args: Any) -> None:
        """Tf."""
        state = self.graphics.now
        key, face = self.emit.pool.face(resources["/Font"][args[0]])
        state.font, state.font_key, state.size = face, key, float(args[1])

    def _begin(self, _op: str, _args: Any) -> None:
        self.tm = self.tlm = IDENTITY

    def _end(self, _op: str, _args: Any) -> None:
        self.emit.end_text()

    def _state(self, op: str, args: Any) -> None:
        value = float(args[0])
        state = self.graphics.now
        if op == "Tc":
            state.tc = value
        elif op == "Tw":
            state.tw = value
        elif op == "Tz":
            state.th = value / 100
        elif op == "TL":
            state.tl = value
            return
        elif op == "Ts":
            state.rise = value
        elif op == "Tr":
            state.mode = int(value)
            if state.mode >= 4:
                raise Unproven("text used as a clip")
        self.emit.op(args, op)

    def _move(self, op: str, args: Any) -> None:
        if op == "Tm":
            self.tm = self.tlm = matrix_of(args)
            return
        if op == "T*":
            x, y = 0.0, -self.graphics.now.tl
        else:
            x, y = float(args[0]), float(args[1])
            if op == "TD":
                self.graphics.now.tl = -y
        self.tlm = multiply((1.0, 0.0, 0.0, 1.0, x, y), self.tlm)
        self.tm = self.tlm

    def _show(self, op: str, args: Any) -> None:
        if op == '"':
            self._state("Tw", [args[0]])
            self._state("Tc", [args[1]])
            args = [args[2]]
        if op in ("'", '"'):
            self._move("T*", ())
        shown = list(args[0]) if op == "TJ" else [args[0]]
        items = [float(i) if number(i) else bytes(i) for i in shown]
        state = self.graphics.now
        face = state.font
        if face is None:
            raise Unproven("text without a font")
        place = multiply((1.0, 0.0, 0.0, 1.0, 0.0, state.rise), multiply(self.tm, state.ctm))
        run = Run(face, state.size, self.tm, place)
        if self._untouched(items, face, run):
            return
        run.fill(items, state.tc, state.tw, state.th)
        self.tm = run.after(run.advance)
        if run.glyphs and not self.marked.hidden:
            self._letter_by_letter(run)

    def _letter_by_letter(self, run: Run) -> None:
        glyphs = run.glyphs
        keep = fates(run, self.area, self.letters, self.graphics.now.clip)
        if keep is None:
            self._part(run, 0, len(glyphs))
            return
        line = run.line()
        at = 0
        while at < len(glyphs):
            if keep[at] == "stay":
                end = at
                while end < len(glyphs) and keep[end] == "stay":
                    end += 1
                self._part(run, at, end)
                at = end
                continue
            if keep[at] == "gone":
                _, start, end_x = glyphs[at]
                self.gaps.open(run.point(start), run.point(end_x), line)
            at += 1

    def _untouched(self, items: Items, face: Face, run: Run) -> bool:
        """The short way for text that no box, clip or unseen letter concerns: True if it was taken."""
        state = self.graphics.now
        if face.vertical or self.letters.any_hidden or self.marked.hidden:
            return False
        size, th = state.size, state.th
        start = width = 0.0
        seen = False
        used: set[int] = set()
        for item in items:
            if isinstance(item, float):
                width -= item / 1000 * size * th
                continue
            if not seen:
                start, seen = width, bool(item)
            codes = face.codes(item)
            used.update(codes)
            step = face.advances(codes) / 1000 * size + state.tc * len(codes)
            if not face.wide and state.tw:
                step += state.tw * item.count(b" ")
            width += step * th
        if not seen:
            return False
        cell = run.cell(start, width)
        if not contains(grown(state.clip, 0.01), cell) or meeting(
            grown(cell, abs(size) * 0.1), self.area.boxes
        ):
            return False
        if self.gaps.found and self.gaps.near(run.point(start), run.line(), fresh=False) is not None:
            return False
        face.used.update(used)
        first = next(i for i, item in enumerate(items) if isinstance(item, bytes) and item)
        self._with_font()
        self.emit.show(self.tm, start, 0.0, items[first:], vertical=False)
        self.tm = run.after(width)
        return True

    def _with_font(self) -> None:
        state = self.graphics.now
        if (state.font_key, state.size) != state.emitted_font:
            self.emit.font(state.font_key, state.size)
            state.emitted_font = (state.font_key, state.size)

    def _part(self, run: Run, first: int, end: int) -> None:
        """Shows the letters from `first` to before `end`, moved on as far as the gaps before them ask."""
        face, glyphs, kerns = run.face, run.glyphs, run.kerns
        start = glyphs[first][1]
        shift = 0.0
        if self.gaps.found:
            moved = self.gaps.shift(run.point(start), run.point(glyphs[end - 1][2]), run.line())
            shift = run.in_text_space(moved)
        codes = [glyph[0] for glyph in glyphs[first:end]]
        face.used.update(codes)
        parts: list[float | bytes] = []
        done = first
        for index in sorted(n for n in kerns if first < n < end):
            parts += [face.bytes_of(codes[done - first : index - first]), kerns[index]]
            done = index
        parts.append(face.bytes_of(codes[done - first :]))
        self._with_font()
        self.emit.show(run.tm, start, shift, parts, vertical=face.vertical)
