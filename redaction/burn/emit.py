"""Writes what the interpreter hands on: content operators, and the resources they name.

Text is placed by its own matrix wherever it does not simply continue, so no distance of the source that
a destroyed letter had a part in is written. Everything is written in two forms that differ in the shifts of
text after gaps only: the unshifted one is compared with the source, the shifted one is exported.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from model.geometry import Box
from redaction.burn.fonts import FontPool
from redaction.burn.images import colour_space, image_of, plain_colours
from redaction.burn.marked import ARTIFACT
from redaction.burn.opened import Affine, Opened, bounds, invert, multiply
from redaction.burn.pdfout import Name, Value, number
from redaction.burn.raster import Encoded
from redaction.burn.unproven import Unproven

_STATE_NUMBERS = frozenset({"/CA", "/ca", "/LW", "/LC", "/LJ", "/ML"})
_STATE_FLAGS = frozenset({"/AIS", "/SA", "/TK"})
_DROPPED = frozenset(
    {"/Type", "/SMask", "/OP", "/op", "/OPM", "/FL", "/SM", "/RI", "/BG", "/BG2", "/UCR", "/UCR2"}
)
_BLENDS = frozenset(
    ["Normal", "Compatible", "Multiply", "Screen", "Overlay", "Darken", "Lighten", "ColorDodge", "ColorBurn",
     "HardLight", "SoftLight", "Difference", "Exclusion", "Hue", "Saturation", "Color", "Luminosity"]
)  # fmt: skip


class Emitter:
    """Collects a page's operators and resources. `boxes`: displayed points, for images."""

    def __init__(
        self, opened: Opened, pool: FontPool, boxes: Sequence[Box], to_output: Affine,
        numbers: Collection[int] | None = None,
    ) -> None:  # fmt: skip
        """`numbers`: of marked content that the document's elements have; None without elements."""
        self.opened = opened
        self.pool = pool
        self.boxes = boxes
        self.parts: list[bytes] = [b"q %s cm\n" % b" ".join(number(v) for v in to_output)]
        self.shifted: dict[int, bytes] = {}
        self.fonts: dict[str, str] = {}
        self.images: dict[str, Encoded] = {}
        self.states: dict[str, Value] = {}
        self.spaces: dict[str, Value] = {}
        self._names: dict[tuple[str, str], str] = {}
        self.in_text = False
        self.numbers = numbers
        self.tag: int | None = None
        """What the next mark belongs to: a number of the source, ARTIFACT or nothing."""
        self.tags: list[int] = []
        """By number in what is written: the source's."""
        self._open: int | None = None

    def contents(self) -> tuple[bytes, bytes]:
        """The page's content, unshifted and shifted."""
        self.tag = None
        self._belong()
        self.end_text()
        plain = [*self.parts, b"Q\n"]
        moved = list(plain)
        for index, part in self.shifted.items():
            moved[index] = part
        return b"".join(plain), b"".join(moved)

    def _belong(self) -> None:
        """Before a mark: the marked content that it belongs to is the one that is open."""
        tag = (
            self.tag
            if self.numbers is not None and (self.tag in self.numbers or self.tag == ARTIFACT)
            else None
        )
        if tag == self._open:
            return
        self.end_text()
        if self._open is not None:
            self.parts.append(b"EMC\n")
        self._open = tag
        if tag == ARTIFACT:
            self.parts.append(b"/Artifact BMC\n")
        elif tag is not None:
            self.parts.append(b"/Span <</MCID %d>> BDC\n" % len(self.tags))
            self.tags.append(tag)

    def raw(self, data: bytes) -> None:
        self.end_text()
        self.parts.append(data)

    def op(self, args: Any, op: str) -> None:
        """An operator with numbers, device names or an array of numbers as operands."""
        if op == "cm":
            self.end_text()
        self.parts.append(b" ".join([*(_operand(a) for a in args), op.encode()]) + b"\n")

    def path(self, segments: Sequence[tuple[str, list[float]]], op: str) -> None:
        if not op.endswith("n"):
            self._belong()
        self.end_text()
        lines = [b" ".join([*(precise(v) for v in values), name.encode()]) for name, values in segments]
        self.parts.append(b"\n".join(lines) + b"\n" + op.encode() + b"\n")

    # -- text ---------------------------------------------------------------------------------

    def end_text(self) -> None:
        if self.in_text:
            self.parts.append(b"ET\n")
            self.in_text = False

    def font(self, key: str, size: float) -> None:
        name = self._name("F", key)
        self.fonts[name] = key
        self.parts.append(b"/%s %s Tf\n" % (name.encode(), precise(size)))

    def show(
        self, tm: Affine, start: float, shift: float, parts: Sequence[float | bytes], *, vertical: bool
    ) -> None:
        """A run of letters that begins `start` along `tm`, moved on by `shift` in the shifted form."""
        self._belong()
        if not self.in_text:
            self.parts.append(b"BT\n")
            self.in_text = True
        shown = b"".join(
            b"<" + p.hex().encode() + b">" if isinstance(p, bytes) else precise(p) + b" " for p in parts
        )
        form = b"%s Tm [" + shown.replace(b"%", b"%%") + b"] TJ\n"

        def placed(at: float) -> bytes:
            move = (0.0, at) if vertical else (at, 0.0)
            matrix = multiply((1.0, 0.0, 0.0, 1.0, *move), tm)
            return form % b" ".join(precise(v) for v in matrix)

        if shift:
            self.shifted[len(self.parts)] = placed(start + shift)
        self.parts.append(placed(start))

    # -- resources ----------------------------------------------------------------------------

    def _name(self, prefix: str, key: str) -> str:
        if (prefix, key) not in self._names:
            count = sum(1 for p, _ in self._names if p == prefix)
            self._names[(prefix, key)] = f"{prefix}{count}"
        return self._names[(prefix, key)]

    def space(self, op: str, source: Any) -> None:
        value = colour_space(source, self.pool.secrets)
        if isinstance(value, Name):
            self.parts.append(b"/%s %s\n" % (value.encode(), op.encode()))
            return
        name = self._name("C", _identity(source))
        self.spaces[name] = value
        self.parts.append(b"/%s %s\n" % (name.encode(), op.encode()))

    def graphics_state(self, source: Any) -> None:
        values: dict[str, Value] = {"Type": Name("ExtGState")}
        for key, value in source.items():
            if key in _STATE_NUMBERS:
                values[key[1:]] = float(value)
            elif key in _STATE_FLAGS:
                values[key[1:]] = bool(value)
            elif key == "/BM":
                mode = str(
                    value if not hasattr(value, "__iter__") or str(value).startswith("/") else value[0]
                )
                if mode[1:] not in _BLENDS:
                    raise Unproven("an unknown blend mode")
                values["BM"] = Name(mode[1:])
            elif key == "/D":
                values["D"] = [[float(v) for v in value[0]], float(value[1])]
            elif key in ("/TR", "/TR2", "/HT"):
                if str(value) not in ("/Identity", "/Default"):
                    raise Unproven("a transfer function")
            elif key not in _DROPPED:
                raise Unproven("an unknown graphics state")
        name = self._name("G", _identity(source))
        self.states[name] = values
        self.parts.append(b"/%s gs\n" % name.encode())

    def image(
        self, source: Any, ctm: Affine, clip: tuple[float, float, float, float], *, whole: bool, touched: bool
    ) -> None:
        """Paints an image; where a box or its clip touches it, its pixels are burnt and cut first."""
        from redaction.burn import scan

        self._belong()
        if whole and not touched:
            name = self._name("I", _identity(source))
            if name not in self.images:
                self.images[name] = image_of(self.opened, source, self.pool.secrets)
            self.raw(b"/%s Do\n" % name.encode())
            return
        if any(k in source for k in ("/SMask", "/Mask")) or source.get("/ImageMask"):
            raise Unproven("an image with a mask reaches under a box or out of its clip")
        if not scan.is_level(ctm):
            raise Unproven("a slanted image reaches under a box or out of its clip")
        if not plain_colours(source):
            raise Unproven("an image in colours of its own reaches under a box or out of its clip")
        try:
            pixels, raw = scan.decode(self.opened, source)
        except ValueError as error:
            raise Unproven(str(error)) from None
        name = self._name("I", f"{_identity(source)} {ctm} {clip}")
        near = [b for b in self.boxes if _overlaps(b, bounds(ctm, 0, 0, 1, 1))]
        self.images[name], matrix = scan.burn(pixels, raw, scan.Placed(source, ctm, clip), near)
        inner = multiply(matrix, invert(ctm))
        self.raw(b"q %s cm /%s Do Q\n" % (b" ".join(precise(v) for v in inner), name.encode()))

    def inline_image(self, source: Any) -> None:
        self._belong()
        """An image inside the content, as an image of its own."""
        from redaction.burn.raster import encode_flate

        if getattr(source, "image_mask", False):
            raise Unproven("a stencil inside the page content")
        try:
            pixels = source.as_pil_image()
        except Exception as error:  # noqa: BLE001  (pikepdf raises many kinds for images it can't read)
            raise Unproven(f"an image inside the page content ({type(error).__name__})") from None
        name = self._name("I", f"inline {len(self.images)}")
        self.images[name] = encode_flate(pixels if pixels.mode in ("L", "RGB") else pixels.convert("RGB"))
        self.raw(b"/%s Do\n" % name.encode())


def _overlaps(box: Box, other: tuple[float, float, float, float]) -> bool:
    return box.x0 < other[2] and box.x1 > other[0] and box.y0 < other[3] and box.y1 > other[1]


def _identity(source: Any) -> str:
    object_number = source.objgen[0]
    return f"o{object_number}" if object_number else "d" + source.unparse().hex()


def precise(value: float) -> bytes:
    """A number with nine significant digits, never in exponent form."""
    if value == int(value) and abs(value) < 1e12:
        return b"%d" % int(value)
    text = format(value, ".9g")
    if "e" in text or "E" in text:
        text = format(value, ".12f").rstrip("0").rstrip(".")
    return text.encode() if text not in ("", "-0", "-") else b"0"


def _operand(value: Any) -> bytes:
    if isinstance(value, (int, float, Decimal)):
        return precise(float(value))
    text = str(value)
    if text in ("/DeviceGray", "/DeviceRGB", "/DeviceCMYK"):
        return text.encode()
    if hasattr(value, "__iter__"):
        return b"[" + b" ".join(precise(float(v)) for v in value) + b"]"
    raise Unproven("an unknown operand")
