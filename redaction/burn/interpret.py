"""Reads a page's content, mark by mark, and hands on what may stay.

An interpreter of content streams (ISO 32000-1, 8 and 9) that knows where every mark stands on the
displayed page. Forms are read in place; marked content, hidden layers and what lies outside of the clip
are left out; operators that it does not know for sure end the reading with Unproven. Here are the streams,
forms and images; the other operators are in gstate, marked, paths and text; redaction.burn.emit writes
what stays.
"""

from __future__ import annotations

from typing import Any

from redaction.burn.covered import Area, Behind
from redaction.burn.emit import Emitter
from redaction.burn.gaps import Gap
from redaction.burn.gstate import IDENTITY, Graphics, Operator
from redaction.burn.kept import Letters
from redaction.burn.marked import Marked
from redaction.burn.opened import Affine, Opened, bounds
from redaction.burn.paths import Paths
from redaction.burn.plane import Bounds, contains, grown, matrix_of, meet, subpaths_of
from redaction.burn.text import Text
from redaction.burn.unproven import Unproven

DEEPEST = 12
"""Forms within forms."""


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
        self.emit = emitter
        self.area = Area(boxes)
        self.behind = Behind()
        self.marked = Marked(opened.hidden_layers)
        self.graphics = Graphics(to_page, (0.0, 0.0, size[0], size[1]), emitter)
        self.paths = Paths(self.graphics, self.marked, self.area, self.behind, emitter)
        self.text = Text(self.graphics, self.marked, self.area, letters, emitter)
        self._operators: dict[str, Operator] = {
            **self.graphics.operators(),
            **self.paths.operators(),
            **self.text.operators(),
        }

    @property
    def gaps(self) -> list[Gap]:
        """What destroyed letters left in their lines."""
        return self.text.gaps.found

    def page(self, page: Any, resources: Any) -> None:
        """Reads a page object. Raises Unproven, and whatever damaged content brings about."""
        if "/Contents" in page:
            self._run(page, resources, 0)

    def _run(self, stream: Any, resources: Any, depth: int) -> None:
        import pikepdf

        if depth > DEEPEST:
            raise Unproven("forms are nested too deeply")
        graphics, operators = self.graphics, self._operators
        floor = len(graphics.saved)
        try:
            instructions: Any = pikepdf.parse_content_stream(self._whole(stream))
        except (TypeError, pikepdf.PdfError):
            raise Unproven("the page content is damaged") from None
        for instruction in instructions:
            op = str(instruction.operator)
            operator = operators.get(op)
            if operator is not None:
                operator(op, instruction.operands)
            elif op == "Q":
                if len(graphics.saved) > floor:
                    graphics.restore()
            elif op == "Do":
                self._do(resources["/XObject"][instruction.operands[0]], resources, depth)
            elif op == "Tf":
                self.text.font(resources, instruction.operands)
            elif op == "gs":
                graphics.parameters(resources["/ExtGState"][instruction.operands[0]])
            elif op in ("cs", "CS"):
                graphics.space(op, instruction.operands[0], resources)
            elif op in ("BDC", "BMC", "EMC"):
                self._mark(op, instruction.operands, resources, numbered=not depth)
            elif op == "INLINE IMAGE":
                self._inline(instruction)
            elif op in ("sh", "d0", "d1"):
                raise Unproven("a shading" if op == "sh" else "a font is drawn by page content (Type 3)")
            # an unknown operator paints nothing (7.8.2): it is left out
        while len(graphics.saved) > floor:
            graphics.restore()

    def _mark(self, op: str, args: Any, resources: Any, *, numbered: bool) -> None:
        """Marked content begins or ends. A form's own numbers are not the page's; its marks are."""
        if op == "BDC":
            self.marked.begin(args, resources, numbered=numbered)
        elif op == "BMC":
            self.marked.begin_plain(args, numbered=numbered)
        else:
            self.marked.end(numbered=numbered)
        if numbered:
            self.emit.tag = self.marked.tag

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

    # -- images and forms ---------------------------------------------------------------------

    def _do(self, xobject: Any, resources: Any, depth: int) -> None:
        if "/OC" in xobject and self.marked.is_off(xobject["/OC"]):
            return
        if self.marked.hidden:
            return
        if xobject.get("/Subtype") == "/Form":
            self._form(xobject, resources, depth)
        elif xobject.get("/Subtype") == "/Image":
            self._image(xobject)

    def _form(self, form: Any, resources: Any, depth: int) -> None:
        graphics, text, paths, marked = self.graphics, self.text, self.paths, self.marked
        outside = text.tm, text.tlm, paths.path, marked.open
        paths.path, marked.open = [], []
        matrix = matrix_of(form["/Matrix"]) if "/Matrix" in form else IDENTITY
        graphics.save()
        graphics.concatenate(matrix)
        self.emit.op(list(matrix), "cm")
        x0, y0, x1, y1 = (float(v) for v in form["/BBox"])
        if "/Group" in form and graphics.now.see_through:
            raise Unproven("a translucent group")
        rectangle = [("re", [min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0)])]
        subpaths = subpaths_of(rectangle, graphics.now.ctm)
        if not all(s.ruling for s in subpaths):
            raise Unproven("a slanted form")
        paths.set_clip(subpaths, "W")
        clip = graphics.now.clip
        if clip[2] > clip[0] and clip[3] > clip[1]:
            graphics.now.emitted_font = None
            self._run(form, form.get("/Resources", resources), depth + 1)
        graphics.restore()
        text.tm, text.tlm, paths.path, marked.open = outside

    def _image(self, image: Any) -> None:
        state = self.graphics.now
        box = bounds(state.ctm, 0, 0, 1, 1)
        shown = meet(box, state.clip)
        if shown is None or shown[2] - shown[0] < 0.01 or shown[3] - shown[1] < 0.01:
            return
        self._lies_on(box)
        whole = contains(grown(state.clip, 0.5), box)
        self.emit.image(image, state.ctm, state.clip, whole=whole, touched=self.area.meets(box))

    def _inline(self, instruction: Any) -> None:
        if self.marked.hidden:
            return
        state = self.graphics.now
        image = instruction.iimage
        box = bounds(state.ctm, 0, 0, 1, 1)
        if meet(box, state.clip) is None:
            return
        if self.area.meets(box) or not contains(grown(state.clip, 0.5), box):
            raise Unproven("an image inside the page content reaches under a box or out of its clip")
        self._lies_on(box)
        self.emit.inline_image(image)

    def _lies_on(self, box: Bounds) -> None:
        """An image: it covers what was painted before it, and may be covered itself."""
        self.behind.covered_by([box], solid=True, see_through=self.graphics.now.see_through)
        self.behind.add(box)
