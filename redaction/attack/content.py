"""Content streams read operator by operator: strings as they are shown, where images are drawn.

An interpreter of its own, small and independent: it knows the graphics state's matrix, fonts'
ToUnicode maps, forms and inline images, nothing else (ISO 32000-2, 8.4.4, 8.8-8.10, 9.10.3).
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
DEEPEST = 24
"""Forms inside forms beyond which nothing is followed."""
_MOST_TOKENS = 4_000_000

_TOKEN = re.compile(
    rb"(?P<comment>%[^\r\n]*)"
    rb"|(?P<string>\((?:[^()\\]|\\.|\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\))*\))"
    rb"|(?P<dict><<|>>)"
    rb"|(?P<hex><[0-9A-Fa-f\s]*>)"
    rb"|(?P<name>/[^\s()<>\[\]{}/%]*)"
    rb"|(?P<array>[\[\]])"
    rb"|(?P<word>[^\s()<>\[\]{}/%]+)",
    re.S,
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.S)
_ESCAPED = {
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"b": b"\b",
    b"f": b"\f",
    b"\n": b"",
    b"\r": b"",
    b"\r\n": b"",
}
_INLINE_END = re.compile(rb"[\s]EI(?=[\s]|$)")
_OPERATORS = frozenset(b"q Q cm Do BI Tf Tj TJ ' \" BDC BMC DP MP Tr".split())


@dataclass(frozen=True)
class Drawn:
    """An image as a page draws it. `matrix` leads from the unit square to user space, row vectors."""

    image: Any
    matrix: Matrix
    name: str


@dataclass
class Content:
    """What one page's content does."""

    drawn: list[Drawn] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    """Shown strings in order, each run decoded by its font, and again as plain bytes."""
    plain: list[str] = field(default_factory=list)
    marked: set[str] = field(default_factory=set)
    """Marked content that carries properties: the operators and keys."""
    numbers: Counter[int] = field(default_factory=Counter)
    """Of marked content (/MCID), on the page itself, and how often."""
    used: set[tuple[int, int]] = field(default_factory=set)
    """Images, forms and fonts that were painted or set."""
    inline_images: int = 0
    invisible: bool = False
    """A text render mode was set that paints nothing (3 or 7)."""


def multiply(m: Matrix, n: Matrix) -> Matrix:
    """First m, then n."""
    return (
        m[0] * n[0] + m[1] * n[2], m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2], m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4], m[4] * n[1] + m[5] * n[3] + n[5],
    )  # fmt: skip


def tokens(data: bytes) -> Iterator[tuple[str, bytes]]:
    """(kind, bytes) of every token; the data of an inline image comes as one token "inline"."""
    position = 0
    while True:
        for match in _TOKEN.finditer(data, position):
            kind = match.lastgroup or ""
            yield kind, match[0]
            if kind == "word" and match[0] == b"ID":
                end = _INLINE_END.search(data, match.end())
                position = end.end() if end else len(data)
                yield "inline", data[match.end() : end.start() if end else len(data)]
                break
        else:
            return


def literal(token: bytes) -> bytes:
    """The bytes that a string token stands for (ISO 32000-2, 7.3.4)."""
    if token[:1] == b"<":
        digits = re.sub(rb"[^0-9A-Fa-f]", b"", token)
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
    body = token[1:-1]
    return _ESCAPE.sub(_unescape, body) if b"\\" in body else body


def _unescape(match: re.Match[bytes]) -> bytes:
    what = match[1]
    if what[:1].isdigit():
        return bytes([int(what, 8) & 0xFF])
    return _ESCAPED.get(what, what)


class Interpreter:
    """Reads pages of one file; fonts' maps are read once."""

    def __init__(self, pdf: Any) -> None:
        self.pdf = pdf
        self.maps: dict[tuple[int, int], tuple[int, dict[int, str]] | None] = {}

    def page(self, page: Any) -> Content:
        """`page` is a pikepdf page dictionary. Broken streams give what could be read."""
        result = Content()
        contents = page.get("/Contents")
        if contents is None:
            return result
        parts = list(contents) if _is_array(contents) else [contents]
        data = b"\n".join(_read(part) for part in parts)
        self._run(data, inherited(page, "/Resources"), IDENTITY, result, 0, ())
        return result

    def form(self, form: Any) -> Content:
        """A form, tiling pattern or glyph by itself."""
        result = Content()
        self._run(_read(form), form.get("/Resources"), IDENTITY, result, 0, ())
        return result

    def _run(
        self, data: bytes, resources: Any, ctm: Matrix, result: Content, depth: int, path: tuple[Any, ...]
    ) -> None:
        stack: list[Matrix] = []
        operands: list[tuple[str, bytes]] = []
        font: tuple[int, dict[int, str]] | None = None
        for kind, token in tokens(data):
            if kind == "inline":
                result.inline_images += 1
                operands.clear()
                continue
            if kind != "word" or token[0] in b"0123456789+-.":
                operands.append((kind, token))
                continue
            if token in _OPERATORS:
                if token == b"q":
                    stack.append(ctm)
                elif token == b"Q":
                    ctm = stack.pop() if stack else ctm
                elif token == b"cm":
                    ctm = multiply(_matrix([t for _, t in operands[-6:]]), ctm)
                elif token == b"Do":
                    self._paint(operands, resources, ctm, result, depth, path)
                elif token == b"Tf":
                    font = self._font(operands, resources, result)
                elif token in (b"Tj", b"TJ", b"'", b'"'):
                    for sort, text in operands:
                        if sort in ("string", "hex"):
                            raw = literal(text)
                            result.plain.append(raw.decode("latin-1"))
                            result.shown.append(_decoded(raw, font))
                elif token == b"Tr":
                    result.invisible = result.invisible or (
                        bool(operands) and operands[-1][1] in (b"3", b"7")
                    )
                elif token in (b"BDC", b"DP", b"BMC", b"MP"):
                    self._marked(token, operands, result, own=not depth)
            operands.clear()

    def _paint(
        self, operands: list[tuple[str, bytes]], resources: Any, ctm: Matrix, result: Content, depth: int,
        path: tuple[Any, ...],
    ) -> None:  # fmt: skip
        target = _resource(resources, "/XObject", operands)
        if target is None:
            return
        result.used.add(tuple(target.objgen))
        subtype = str(target.get("/Subtype", ""))
        if subtype == "/Image":
            result.drawn.append(Drawn(target, ctm, operands[-1][1].decode("latin-1")))
            for key in ("/SMask", "/Mask"):
                mask = target.get(key)
                if mask is not None and not _is_array(mask):
                    result.drawn.append(Drawn(mask, ctm, operands[-1][1].decode("latin-1")))
        elif subtype == "/Form" and depth < DEEPEST and target.objgen not in path:
            matrix = target.get("/Matrix")
            inner = multiply(_numbers(matrix), ctm) if matrix is not None else ctm
            own = target.get("/Resources")
            self._run(
                _read(target), own if own is not None else resources, inner, result, depth + 1,
                (*path, target.objgen),
            )  # fmt: skip

    def _font(
        self, operands: list[tuple[str, bytes]], resources: Any, result: Content
    ) -> tuple[int, dict[int, str]] | None:
        font = _resource(resources, "/Font", operands[:1])
        if font is None:
            return None
        key = tuple(font.objgen)
        result.used.add(key)
        if key == (0, 0) or key not in self.maps:
            self.maps[key] = to_unicode(font)
        return self.maps[key]

    @staticmethod
    def _marked(
        token: bytes, operands: list[tuple[str, bytes]], result: Content, *, own: bool
    ) -> None:  # fmt: skip
        if token in (b"BDC", b"DP"):
            keys = [t.decode("latin-1") for kind, t in operands[1:] if kind == "name"]
            number = operands[3][1] if len(operands) == 5 else b""  # /Tag << /MCID 0 >>
            if own and token == b"BDC" and keys == ["/MCID"] and number.isdigit():
                result.numbers[int(number)] += 1
                return
            result.marked.update(keys or ["a property list"])
            for kind, text in operands:
                if kind in ("string", "hex"):
                    raw = literal(text)
                    result.plain.append(raw.decode("latin-1"))
                    if raw.startswith(b"\xfe\xff"):
                        result.shown.append(raw[2:].decode("utf-16-be", "replace"))


def to_unicode(font: Any) -> tuple[int, dict[int, str]] | None:
    """(bytes a code, code -> text) of a font's ToUnicode map; None where there is none."""
    wide = 2 if str(font.get("/Subtype", "")) == "/Type0" else 1
    stream = font.get("/ToUnicode")
    try:
        data = _read(stream) if stream is not None else b""
    except (AttributeError, TypeError):
        data = b""
    codes: dict[int, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", data, re.S):
        pairs = re.findall(rb"<([0-9A-Fa-f\s]+)>\s*<([0-9A-Fa-f\s]*)>", block)
        codes.update((int(b"".join(a.split()), 16), _utf16(b)) for a, b in pairs)
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", data, re.S):
        for a, b, single, listed in re.findall(
            rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:<([0-9A-Fa-f\s]*)>|\[(.*?)\])", block, re.S
        ):
            first, last = int(a, 16), min(int(b, 16), int(a, 16) + 65535)
            if listed:
                texts = [_utf16(t) for t in re.findall(rb"<([0-9A-Fa-f\s]*)>", listed)]
                codes.update(zip(range(first, last + 1), texts, strict=False))
            elif single:
                text = _utf16(single)
                for code in range(first, last + 1):
                    step = ord(text[-1]) + code - first if text else 0
                    codes[code] = text[:-1] + chr(step) if text and step < 0x110000 else ""
    return (wide, codes) if codes or wide == 2 else None


def _utf16(digits: bytes) -> str:
    digits = b"".join(digits.split())
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode()).decode("utf-16-be", "replace")


def _decoded(raw: bytes, font: tuple[int, dict[int, str]] | None) -> str:
    if font is None:
        return raw.decode("latin-1")
    wide, codes = font
    if wide == 1:
        return raw.decode("latin-1").translate(codes)
    count = len(raw) // 2
    return "".join([codes.get(code, "") for code in struct.unpack(f">{count}H", raw[: 2 * count])])


def _resource(resources: Any, group: str, operands: list[tuple[str, bytes]]) -> Any:
    """What a name operand stands for, or None."""
    if resources is None or not operands or operands[-1][0] != "name":
        return None
    try:
        name = re.sub(rb"#([0-9A-Fa-f]{2})", lambda m: bytes.fromhex(m[1].decode()), operands[-1][1])
        value = resources.get(group).get(name.decode("utf-8", "surrogateescape"))
        return value if hasattr(value, "objgen") and hasattr(value, "get") else None
    except (AttributeError, TypeError, ValueError):
        return None


def inherited(page: Any, key: str) -> Any:
    """A page's attribute, or its nearest ancestor's."""
    node = page
    for _ in range(64):
        value = node.get(key)
        if value is not None:
            return value
        node = node.get("/Parent")
        if node is None:
            return None
    return None


def _is_array(value: Any) -> bool:
    import pikepdf

    return isinstance(value, pikepdf.Array)


def _read(stream: Any) -> bytes:
    import pikepdf

    try:
        return bytes(stream.read_bytes())
    except (pikepdf.PdfError, AttributeError, TypeError, NotImplementedError):
        return b""


def _matrix(values: list[bytes]) -> Matrix:
    try:
        a, b, c, d, e, f = (float(v) for v in values)
    except ValueError:
        return IDENTITY
    return (a, b, c, d, e, f)


def _numbers(array: Any) -> Matrix:
    try:
        a, b, c, d, e, f = (float(v) for v in array)
    except (ValueError, TypeError):
        return IDENTITY
    return (a, b, c, d, e, f)
