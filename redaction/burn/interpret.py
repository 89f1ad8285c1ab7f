"""Reads a page's content, mark by mark, and hands on what may stay.

An interpreter of content streams (ISO 32000-1, 8 and 9) that knows where every mark stands on the
displayed page. Forms are read in place; marked content, hidden layers and what lies outside of the clip
are left out; operators that it does not know for sure end the reading with Unproven. What a box does
to a letter, path or image is decided here; redaction.burn.emit writes what stays.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from redaction.burn.emit import Emitter
from redaction.burn.faces import Face
from redaction.burn.opened import Affine, Opened, apply, bounds, invert, multiply
from redaction.burn.overlap import meeting, under
from redaction.burn.plane import (
    Bounds,
    Gap,
    Letters,
    Subpath,
    across,
    along,
    contains,
    cut_lines,
    drop_spaces,
    edges_of,
    grown,
    matrix_of,
    meet,
    number,
    subpaths_of,
    union,
)
from redaction.burn.unproven import Unproven

IDENTITY: Affine = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
DEEPEST = 12
CONTINUES = 1.2
"""A letter within this many ems of the end of the last one continues its line."""


@dataclass(slots=True)
class State:
    """The graphics state, as far as it decides where and whether something shows."""

    ctm: Affine
    clip: Bounds
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


class Interpreter:
    """Reads one page into an Emitter. `boxes`: displayed points."""

    def __init__(
        self,
        opened: Opened,
        to_page: Affine,
        size: tuple[float, float],
        boxes: list[Bounds],
        letters: Letters,
        emitter: Emitter,
    ) -> None:
        self.opened = opened
        self.to_page = to_page
        self.boxes = boxes
        self.letters = letters
        self.emit = emitter
        self.state = State(to_page, (0.0, 0.0, size[0], size[1]))
        self.page_clip = self.state.clip
        self.stack: list[State] = []
        self.tm = self.tlm = IDENTITY
        self.path: list[tuple[str, list[float]]] = []
        self.clip_rule = ""
        self.marked: list[bool] = []
        self.hidden = 0
        self.gaps: list[Gap] = []
        self.delicate: list[Bounds] = []
        """Bounds of images and drawings that something painted later might cover."""

    # -- running ------------------------------------------------------------------------------

    def page(self, page: Any, resources: Any) -> None:
        if "/Contents" in page:
            self._run(page, resources, 0)

    def _run(self, stream: Any, resources: Any, depth: int) -> None:
        import pikepdf

        if depth > DEEPEST:
            raise Unproven("forms are nested too deeply")
        floor = len(self.stack)
        try:
            instructions: Any = pikepdf.parse_content_stream(self._whole(stream))
        except (TypeError, pikepdf.PdfError):
            raise Unproven("the page content is damaged") from None
        methods = self._methods
        for instruction in instructions:
            op = str(instruction.operator)
            method = methods.get(op)
            if method is not None:
                method(self, op, instruction.operands)
            elif op == "Q":
                if len(self.stack) > floor:
                    self._restore()
            elif op == "Do":
                self._do(resources["/XObject"][instruction.operands[0]], resources, depth)
            elif op == "Tf":
                self._font(resources, instruction.operands)
            elif op == "gs":
                self._graphics_state(resources["/ExtGState"][instruction.operands[0]])
            elif op in ("cs", "CS"):
                self._space(op, instruction.operands[0], resources)
            elif op == "BDC":
                self._begin(instruction.operands, resources)
            elif op == "INLINE IMAGE":
                self._inline(instruction)
            elif op in ("sh", "d0", "d1"):
                raise Unproven("a shading" if op == "sh" else "a font is drawn by page content (Type 3)")
            # an unknown operator paints nothing (7.8.2): it is left out
        while len(self.stack) > floor:
            self._restore()

    def _whole(self, source: Any) -> Any:
        """A form, or a page's content as one stream: the pieces are parted by a line's end, as MuPDF has it.

        Else a comment at the end of one would swallow what the next begins with.
        """
        import pikepdf

        contents = None if isinstance(source, pikepdf.Stream) else source.get("/Contents")
        if not isinstance(contents, pikepdf.Array) or len(contents) < 2:
            return source
        pieces = [piece.read_bytes() for piece in contents if isinstance(piece, pikepdf.Stream)]
        return self.opened.pike.make_stream(b"\n".join(pieces))

    def _save(self, _op: str = "q", _args: Any = None) -> None:
        self.stack.append(copy.copy(self.state))
        self.emit.raw(b"q\n")

    def _restore(self) -> None:
        self.state = self.stack.pop()
        self.emit.raw(b"Q\n")

    def _cm(self, _op: str, args: Any) -> None:
        matrix = matrix_of(args)
        self.state.ctm = multiply(matrix, self.state.ctm)
        self.emit.op(args, "cm")

    def _plain(self, op: str, args: Any) -> None:
        self.emit.op(args, op)

    def _width(self, op: str, args: Any) -> None:
        self.state.line_width = float(args[0])
        self.emit.op(args, op)

    def _dash(self, op: str, args: Any) -> None:
        self.state.dashed = len(args[0]) > 0
        self.emit.op(args, op)

    def _colour(self, op: str, args: Any) -> None:
        if any(not number(a) for a in args):
            raise Unproven("a pattern")
        self.emit.op(args, op)

    def _space(self, op: str, name: Any, resources: Any) -> None:
        plain = str(name)
        if plain == "/Pattern":
            raise Unproven("a pattern")
        if plain in ("/DeviceGray", "/DeviceRGB", "/DeviceCMYK"):
            self.emit.op([name], op)
            return
        self.emit.space(op, resources["/ColorSpace"][name])

    def _graphics_state(self, source: Any) -> None:
        if source.get("/SMask", "/None") != "/None":
            raise Unproven("a soft mask")
        if "/Font" in source:
            raise Unproven("a font set by a graphics state")
        if float(source.get("/ca", 1)) < 1 or str(source.get("/BM", "/Normal")) not in (
            "/Normal",
            "/Compatible",
        ):
            self.state.see_through = True
        elif "/ca" in source or "/BM" in source:
            self.state.see_through = False
        if "/D" in source:
            self.state.dashed = len(source["/D"][0]) > 0
        if "/LW" in source:
            self.state.line_width = float(source["/LW"])
        self.emit.graphics_state(source)

    # -- marked content -----------------------------------------------------------------------

    def _begin(self, args: Any, resources: Any) -> None:
        import pikepdf

        off = False
        if str(args[0]) == "/OC":
            group = args[1]
            if isinstance(group, pikepdf.Name):
                group = resources["/Properties"][group]
            off = self._is_off(group)
        self.marked.append(off)
        self.hidden += off

    def _begin_plain(self, _op: str, _args: Any) -> None:
        self.marked.append(False)

    def _end(self, _op: str, _args: Any) -> None:
        if self.marked:
            self.hidden -= self.marked.pop()

    def _is_off(self, group: Any) -> bool:
        import pikepdf

        if group.get("/Type") == "/OCMD":
            if "/VE" in group or str(group.get("/P", "/AnyOn")) not in ("/AnyOn",):
                raise Unproven("a layer that depends on others")
            members = group.get("/OCGs")
            if members is None:
                return False
            listed = list(members) if isinstance(members, pikepdf.Array) else [members]
            return bool(listed) and all(m.objgen[0] in self.opened.hidden_layers for m in listed)
        return group.objgen[0] in self.opened.hidden_layers

    # -- paths --------------------------------------------------------------------------------

    def _segment(self, op: str, args: Any) -> None:
        self.path.append((op, [float(a) for a in args]))

    def _clip(self, op: str, _args: Any) -> None:
        self.clip_rule = op

    def _paint(self, op: str, _args: Any) -> None:
        path, self.path = self.path, []
        rule, self.clip_rule = self.clip_rule, ""
        if op in ("s", "b", "b*") and path:
            path.append(("h", []))
            op = {"s": "S", "b": "B", "b*": "B*"}[op]
        subpaths = subpaths_of(path, self.state.ctm)
        if rule:
            self._set_clip(subpaths, rule, op)
            return
        if op == "n" or self.hidden or not subpaths:
            return
        stroked = op in ("S", "B", "B*")
        scale = math.sqrt(abs(self.state.ctm[0] * self.state.ctm[3] - self.state.ctm[1] * self.state.ctm[2]))
        margin = max(self.state.line_width * scale / 2, 0.1) if stroked else 0.0
        kept = []
        for sub in subpaths:
            box = grown(sub.box, margin)
            shown = meet(box, self.state.clip)
            if shown is None:
                continue
            if not sub.ruling and not contains(grown(self.state.clip, 0.5), box):
                raise Unproven("a drawing is partly clipped away")
            if self._over(box):
                if self._inside(shown):
                    continue
                # A panel or frame around a box is of one colour under it: no edge of it runs there.
                if not sub.ruling and any(
                    self._over(grown(edge, margin)) for edge in edges_of(sub.segments, self.state.ctm)
                ):
                    kept += self._cut(sub, op)
                    continue
            kept.append(sub)
        if not kept:
            return
        if op != "S":
            self._covering([s.box for s in kept], all(s.ruling for s in kept))
        if any(not s.ruling for s in kept):
            self.delicate.append(union([s.box for s in kept]))
        self.emit.path([segment for s in kept for segment in s.segments], op)

    def _cut(self, sub: Subpath, op: str) -> list[Subpath]:
        """What of a drawing that reaches under a box may stay: of plain lines the parts outside."""
        plain = op == "S" and not self.state.dashed
        parts = cut_lines(sub.segments, self.state.ctm, self.boxes) if plain else None
        if parts is None:
            raise Unproven("a drawing reaches under a box")
        return [left for part in parts for left in subpaths_of(part, self.state.ctm)]

    def _set_clip(self, subpaths: list[Subpath], rule: str, op: str) -> None:
        if any(not s.ruling for s in subpaths):
            raise Unproven("something is clipped by a drawn shape")
        if op != "n":
            raise Unproven("a path is clip and drawing at once")
        box = union([s.box for s in subpaths]) if subpaths else (0.0, 0.0, 0.0, 0.0)
        self.state.clip = meet(self.state.clip, box) or (box[0], box[1], box[0], box[1])
        self.emit.path([segment for s in subpaths for segment in s.segments], rule + " n")

    def _covering(self, boxes: Sequence[Bounds], solid: bool) -> None:
        """Raises Unproven where something delicate may now lie behind what is painted."""
        if self.state.see_through:
            return
        for box in boxes:
            for under_it in self.delicate:
                shared = meet(box, under_it)
                if shared is None or min(shared[2] - shared[0], shared[3] - shared[1]) < 2:
                    continue
                if solid or contains(box, under_it):
                    raise Unproven("an image or drawing lies behind another")

    def _over(self, box: Bounds) -> bool:
        return any(
            b[0] < box[2] - 0.05 and b[2] > box[0] + 0.05 and b[1] < box[3] - 0.05 and b[3] > box[1] + 0.05
            for b in self.boxes
        )

    def _inside(self, box: Bounds, slack: float = 1.0) -> bool:
        return any(
            b[0] <= box[0] + slack
            and b[2] >= box[2] - slack
            and b[1] <= box[1] + slack
            and b[3] >= box[3] - slack
            for b in self.boxes
        )

    # -- images and forms ---------------------------------------------------------------------

    def _do(self, xobject: Any, resources: Any, depth: int) -> None:
        if "/OC" in xobject and self._is_off(xobject["/OC"]):
            return
        if self.hidden:
            return
        if xobject.get("/Subtype") == "/Form":
            self._form(xobject, resources, depth)
        elif xobject.get("/Subtype") == "/Image":
            self._image(xobject)

    def _form(self, form: Any, resources: Any, depth: int) -> None:
        tm, tlm, path, marked = self.tm, self.tlm, self.path, self.marked
        self.path, self.marked = [], []
        matrix = matrix_of(form["/Matrix"]) if "/Matrix" in form else IDENTITY
        self._save()
        self.state.ctm = multiply(matrix, self.state.ctm)
        self.emit.op(list(matrix), "cm")
        x0, y0, x1, y1 = (float(v) for v in form["/BBox"])
        if "/Group" in form and self.state.see_through:
            raise Unproven("a translucent group")
        rectangle = [("re", [min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0)])]
        subpaths = subpaths_of(rectangle, self.state.ctm)
        if not all(s.ruling for s in subpaths):
            raise Unproven("a slanted form")
        self._set_clip(subpaths, "W", "n")
        clip = self.state.clip
        if clip[2] > clip[0] and clip[3] > clip[1]:
            self.state.emitted_font = None
            self._run(form, form.get("/Resources", resources), depth + 1)
        self._restore()
        self.tm, self.tlm, self.path, self.marked = tm, tlm, path, marked

    def _image(self, image: Any) -> None:
        box = bounds(self.state.ctm, 0, 0, 1, 1)
        shown = meet(box, self.state.clip)
        if shown is None or shown[2] - shown[0] < 0.01 or shown[3] - shown[1] < 0.01:
            return
        self._covering([box], True)
        self.delicate.append(box)
        whole = contains(grown(self.state.clip, 0.5), box)
        touched = self._over(box)
        self.emit.image(image, self.state.ctm, self.state.clip, whole=whole, touched=touched)

    def _inline(self, instruction: Any) -> None:
        if self.hidden:
            return
        image = instruction.iimage
        box = bounds(self.state.ctm, 0, 0, 1, 1)
        if meet(box, self.state.clip) is None:
            return
        if self._over(box) or not contains(grown(self.state.clip, 0.5), box):
            raise Unproven("an image inside the page content reaches under a box or out of its clip")
        self._covering([box], True)
        self.delicate.append(box)
        self.emit.inline_image(image)

    # -- text ---------------------------------------------------------------------------------

    def _font(self, resources: Any, args: Any) -> None:
        key, face = self.emit.pool.face(resources["/Font"][args[0]])
        self.state.font, self.state.font_key, self.state.size = face, key, float(args[1])

    def _begin_text(self, _op: str, _args: Any) -> None:
        self.tm = self.tlm = IDENTITY

    def _end_text(self, _op: str, _args: Any) -> None:
        self.emit.end_text()

    def _text_state(self, op: str, args: Any) -> None:
        value = float(args[0])
        state = self.state
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
            x, y = 0.0, -self.state.tl
        else:
            x, y = float(args[0]), float(args[1])
            if op == "TD":
                self.state.tl = -y
        self.tlm = multiply((1.0, 0.0, 0.0, 1.0, x, y), self.tlm)
        self.tm = self.tlm

    def _show(self, op: str, args: Any) -> None:
        if op == '"':
            self._text_state("Tw", [args[0]])
            self._text_state("Tc", [args[1]])
            args = [args[2]]
        if op in ("'", '"'):
            self._move("T*", ())
        items = list(args[0]) if op == "TJ" else [args[0]]
        self._show_items([float(i) if number(i) else bytes(i) for i in items])

    def _show_items(self, items: list[float | bytes]) -> None:
        state = self.state
        face = state.font
        if face is None:
            raise Unproven("text without a font")
        size, th, tc, tw = state.size, state.th, state.tc, state.tw
        if self._show_untouched(items, face):
            return
        x = 0.0
        glyphs: list[tuple[int, float, float]] = []  # code, start, end in text space
        kerns: dict[int, float] = {}  # before glyph n: the number of the TJ array
        factor = size / 1000 * (1.0 if face.vertical else th)
        widths, default, narrow, level = face.widths, face.default, not face.wide, not face.vertical
        for item in items:
            if isinstance(item, float):
                x -= item * factor
                kerns[len(glyphs)] = kerns.get(len(glyphs), 0.0) + item
                continue
            for code in face.codes(item):
                step = widths.get(code, default) / 1000 * size + tc
                if code == 32 and narrow:
                    step += tw
                if level:
                    step *= th
                glyphs.append((code, x, x + step))
                x += step
        tm = self.tm
        move = (0.0, x) if face.vertical else (x, 0.0)
        self.tm = multiply((1.0, 0.0, 0.0, 1.0, *move), tm)
        if not glyphs or self.hidden:
            return
        place = multiply((1.0, 0.0, 0.0, 1.0, 0.0, state.rise), multiply(tm, state.ctm))
        keep = self._kept(glyphs, face, place, size)
        if keep is None:
            self._segment_out(glyphs, kerns, 0, len(glyphs), tm, place)
            return
        at = 0
        while at < len(glyphs):
            if keep[at] == "stay":
                end = at
                while end < len(glyphs) and keep[end] == "stay":
                    end += 1
                self._segment_out(glyphs, kerns, at, end, tm, place)
                at = end
                continue
            if keep[at] == "gone":
                self._open_gap(glyphs[at], place, size)
            at += 1

    def _show_untouched(self, items: list[float | bytes], face: Face) -> bool:
        """The short way for text that no box, clip or unseen letter concerns: True if it was taken."""
        state = self.state
        if face.vertical or self.letters.any_hidden or self.hidden:
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
            step = sum(map(face.advance, codes)) / 1000 * size + state.tc * len(codes)
            if not face.wide and state.tw:
                step += state.tw * item.count(b" ")
            width += step * th
        if not seen:
            return False
        place = multiply((1.0, 0.0, 0.0, 1.0, 0.0, state.rise), multiply(self.tm, state.ctm))
        run = self._cell(start, width, face, place, size)
        if not contains(grown(state.clip, 0.01), run) or meeting(grown(run, abs(size) * 0.1), self.boxes):
            return False
        if self.gaps:
            direction, em = self._line(place, abs(size))
            if self._near(apply(place, start, 0.0), direction, em, fresh=False) is not None:
                return False
        face.used.update(used)
        first = next(i for i, item in enumerate(items) if isinstance(item, bytes) and item)
        self._with_font()
        self.emit.show(self.tm, start, 0.0, items[first:], vertical=False)
        self.tm = multiply((1.0, 0.0, 0.0, 1.0, width, 0.0), self.tm)
        return True

    def _with_font(self) -> None:
        state = self.state
        if (state.font_key, state.size) != state.emitted_font:
            self.emit.font(state.font_key, state.size)
            state.emitted_font = (state.font_key, state.size)

    def _kept(
        self, glyphs: list[tuple[int, float, float]], face: Face, place: Affine, size: float
    ) -> list[str] | None:
        """What becomes of each glyph: "stay", "gone" (under a box) or "drop" (unseen). None: all stay."""
        run = self._cell(glyphs[0][1], glyphs[-1][2], face, place, size)
        clip = self.state.clip
        inside = contains(grown(clip, 0.01), run)
        near = meeting(grown(run, size * 0.1), self.boxes) if self.boxes else []
        any_hidden = self.letters.any_hidden
        if not near and not any_hidden and inside:
            return None
        keep = []
        blank = []
        reach = self._reach(near, place, size) if inside and not any_hidden and not face.vertical else None
        first = last = 0.0
        if reach:
            first, last = min(low for low, _ in reach), max(high for _, high in reach)
        for code, start, end in glyphs:
            blank.append(False)
            if reach is not None and (
                end <= first or start >= last or not any(low < end and start < high for low, high in reach)
            ):
                keep.append("stay")
                continue
            cell = self._cell(start, end, face, place, size)
            if not inside and meet(grown(cell, 0.2), clip) is None:
                keep.append("drop")
                continue
            close = meeting(grown(cell, 0.3 * abs(end - start) + 0.2), near) if near else near
            if not close and not any_hidden:
                keep.append("stay")
                continue
            if face.vertical:
                left, down = face.base(code)
                origin = apply(place, left * size / 1000, start + down * size / 1000)
            else:
                origin = apply(place, start, 0.0)
            matches = self.letters.at(*origin)
            blank[-1] = not matches
            if close:
                inks = [m[2] for m in matches] or [cell]
                if any(under(ink, close) for ink in inks):
                    keep.append("gone")
                    continue
                if not matches and self._over(cell) and keep and keep[-1] == "gone":
                    keep.append("gone")
                    continue
            keep.append("drop" if matches and all(m[3] for m in matches) else "stay")
        if any_hidden:
            drop_spaces(keep, blank)
        return keep

    @staticmethod
    def _reach(
        near: Sequence[Sequence[float]], place: Affine, size: float
    ) -> list[tuple[float, float]] | None:
        """Along the line, in text space: where letters could be concerned by these boxes."""
        try:
            inverse = invert(place)
        except ValueError:
            return None
        margin = abs(size)
        spans = [bounds(inverse, b[0], b[1], b[2], b[3]) for b in near]
        return [(s[0] - margin, s[2] + margin) for s in spans]

    def _cell(self, start: float, end: float, face: Face, place: Affine, size: float) -> Bounds:
        if face.vertical:
            return bounds(place, -size / 2, min(start, end), size / 2, max(start, end))
        return bounds(place, min(start, end), -0.2 * size, max(start, end), 0.75 * size)

    def _line(self, place: Affine, size: float) -> tuple[tuple[float, float], float]:
        """Direction of the base line on the displayed page, and the em along it."""
        face = self.state.font
        dx, dy = (place[2], place[3]) if face is not None and face.vertical else (place[0], place[1])
        length = math.hypot(dx, dy) or 1e-9
        sign = -1.0 if face is not None and face.vertical else 1.0
        return (sign * dx / length, sign * dy / length), max(length * size, 0.01)

    def _open_gap(self, glyph: tuple[int, float, float], place: Affine, size: float) -> None:
        direction, em = self._line(place, abs(size))
        vertical = self.state.font is not None and self.state.font.vertical
        first = apply(place, 0.0, glyph[1]) if vertical else apply(place, glyph[1], 0.0)
        last = apply(place, 0.0, glyph[2]) if vertical else apply(place, glyph[2], 0.0)
        gap = self._near(first, direction, em, fresh=True)
        start, end = along(first, direction), along(last, direction)
        if gap is not None:
            gap.end = max(gap.end, end)
            return
        before = self._shift_at(first, direction, em, start)
        self.gaps.append(Gap(first, direction, em, start, end, before))

    def _near(
        self, point: tuple[float, float], direction: tuple[float, float], em: float, *, fresh: bool
    ) -> Gap | None:
        """The gap that a letter at `point` continues or follows; `fresh`: one that nothing follows yet."""
        at = along(point, direction)
        for gap in reversed(self.gaps):
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

    def _shift_at(
        self, point: tuple[float, float], direction: tuple[float, float], em: float, start: float
    ) -> float:
        gap = self._near(point, direction, em, fresh=False)
        return 0.0 if gap is None or gap.shift is None or start < gap.end - 0.4 * em else gap.shift

    def _shift(
        self, point: tuple[float, float], end: float, direction: tuple[float, float], em: float
    ) -> float:
        """How far a kept segment is to move along its line so that the gap before it lies on the grid."""
        from redaction.burn.page import GRID

        gap = self._near(point, direction, em, fresh=False)
        if gap is None:
            return 0.0
        start = along(point, direction)
        if gap.shift is None:
            grid = GRID * gap.em
            width = start - gap.start
            steps = math.ceil((width - gap.before) / grid - 1e-6)
            gap.shift = gap.before + steps * grid - width
        gap.chain = max(gap.chain, end)
        return gap.shift

    def _segment_out(
        self,
        glyphs: list[tuple[int, float, float]],
        kerns: dict[int, float],
        first: int,
        end: int,
        tm: Affine,
        place: Affine,
    ) -> None:
        state = self.state
        face = state.font
        assert face is not None  # noqa: S101
        start_x = glyphs[first][1]
        shift = 0.0
        point = apply(place, 0.0, start_x) if face.vertical else apply(place, start_x, 0.0)
        if self.gaps:
            direction, em = self._line(place, abs(state.size))
            last = glyphs[end - 1][2]
            tail = apply(place, 0.0, last) if face.vertical else apply(place, last, 0.0)
            shift = self._shift(point, along(tail, direction), direction, em)
            length = math.hypot(*((place[2], place[3]) if face.vertical else (place[0], place[1]))) or 1e-9
            shift = shift / length * (-1.0 if face.vertical else 1.0)
        parts: list[float | bytes] = []
        run = bytearray()
        for index in range(first, end):
            if index in kerns and index > first:
                if run:
                    parts.append(bytes(run))
                    run = bytearray()
                parts.append(kerns[index])
            code = glyphs[index][0]
            face.used.add(code)
            run += face.bytes_of(code)
        parts.append(bytes(run))
        self._with_font()
        self.emit.show(tm, start_x, shift, parts, vertical=face.vertical)

    # -- which operator is read where: an operator that is not named here or in _run paints nothing

    _methods: ClassVar[dict[str, Callable[[Any, str, Any], None]]] = {
        "q": _save,
        "cm": _cm,
        "w": _width,
        "d": _dash,
        "BMC": _begin_plain,
        "EMC": _end,
        "BT": _begin_text,
        "ET": _end_text,
    }
    _methods |= dict.fromkeys(("J", "j", "M", "i"), _plain)
    _methods |= dict.fromkeys(("g", "G", "rg", "RG", "k", "K", "sc", "SC", "scn", "SCN"), _colour)
    _methods |= dict.fromkeys(("m", "l", "c", "v", "y", "h", "re"), _segment)
    _methods |= dict.fromkeys(("W", "W*"), _clip)
    _methods |= dict.fromkeys(("S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "n"), _paint)
    _methods |= dict.fromkeys(("Tc", "Tw", "Tz", "TL", "Tr", "Ts"), _text_state)
    _methods |= dict.fromkeys(("Td", "TD", "Tm", "T*"), _move)
    _methods |= dict.fromkeys(("Tj", "TJ", "'", '"'), _show)
