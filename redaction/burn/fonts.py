"""Fonts of pages that keep their text: codes, widths, and the little of a font that may travel.

A font is written anew from its parts. Encoding, widths and ToUnicode name the codes that kept text
uses and no others; embedded outlines are cut down to the same letters (redaction.burn.outlines).
Type 3 fonts and unknown character maps are refused: their pages are flattened.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from redaction.burn.copies import Secrets
from redaction.burn.layer import LIGATURES, to_unicode
from redaction.burn.mu import library
from redaction.burn.pdfout import Name, Raw, Ref, Stream, Value, Writer, serialise
from redaction.burn.unproven import Unproven

_BASE14 = {
    "Helvetica": "helv", "Helvetica-Bold": "hebo", "Helvetica-Oblique": "heit",
    "Helvetica-BoldOblique": "hebi", "Times-Roman": "tiro", "Times-Bold": "tibo", "Times-Italic": "tiit",
    "Times-BoldItalic": "tibi", "Courier": "cour", "Courier-Bold": "cobo", "Courier-Oblique": "coit",
    "Courier-BoldOblique": "cobi", "Symbol": "symb", "ZapfDingbats": "zadb",
}  # fmt: skip
_ALIASES = {
    "Arial": "Helvetica", "Arial,Bold": "Helvetica-Bold", "Arial-BoldMT": "Helvetica-Bold",
    "ArialMT": "Helvetica", "TimesNewRoman": "Times-Roman", "TimesNewRomanPSMT": "Times-Roman",
    "CourierNew": "Courier",
}  # fmt: skip
_STANDARD = {0x27: 0x2019, 0x60: 0x2018, 0xB4: 0xB7, 0xAE: 0xFB01, 0xAF: 0xFB02, 0xD0: 0x2014, 0xB1: 0x2013}
_NUMBERS = frozenset(
    ["Flags", "ItalicAngle", "Ascent", "Descent", "Leading", "CapHeight", "XHeight", "StemV", "StemH",
     "AvgWidth", "MaxWidth", "MissingWidth"]
)  # fmt: skip
_PLAIN_NAME = re.compile(r"[A-Za-z0-9+,._\-]{1,80}")


@dataclass(slots=True)
class Face:
    """A font of the source as the interpreter needs it, and the codes that kept text uses."""

    source: Any
    wide: bool
    """Two bytes a code (Type 0 with an identity character map)."""
    vertical: bool
    widths: dict[int, float]
    default: float
    unicode: dict[int, str]
    halves: dict[int, float] = field(default_factory=dict)
    """Vertical fonts: half of a letter's own width, and below (`drop`) how far its base point is down from
    the point where the line has got to; thousandths of an em."""
    drop: float = 880.0
    used: set[int] = field(default_factory=set)
    glyphs: set[int] = field(default_factory=set)
    """Glyph numbers of the embedded program that kept text uses; noted when a page is proved."""
    _whole: dict[str, Any] = field(default_factory=dict)

    def spelled(self, part: str, used: set[int] | None, make: Callable[[], Any]) -> Any:
        """A part of the font as it is written; whole fonts are written for each page, so they are kept."""
        if used is not None:
            return make()
        if part not in self._whole:
            self._whole[part] = make()
        return self._whole[part]

    def codes(self, data: bytes) -> list[int]:
        if not self.wide:
            return list(data)
        return [data[i] << 8 | data[i + 1] for i in range(0, len(data) - 1, 2)]

    def advance(self, code: int) -> float:
        """Thousandths of an em along the base line (vertical: negative is down)."""
        return self.widths.get(code, self.default)

    def base(self, code: int) -> tuple[float, float]:
        """Where a vertical letter's base point lies from the line's own point: across and along."""
        return -self.halves.get(code, self.halves.get(-1, 500.0)), -self.drop

    def bytes_of(self, code: int) -> bytes:
        return bytes((code >> 8, code & 255)) if self.wide else bytes((code,))


def load(font: Any) -> Face:
    """Raises Unproven for a font whose letters can't be told apart for sure."""
    import pikepdf

    subtype = str(font.get("/Subtype", ""))
    unicode_map = _read_unicode(font.get("/ToUnicode"))
    if subtype == "/Type0":
        encoding = font.get("/Encoding")
        if str(encoding) not in ("/Identity-H", "/Identity-V") or isinstance(encoding, pikepdf.Stream):
            raise Unproven("a font has a character map of its own")
        descendant = font["/DescendantFonts"][0]
        vertical = str(encoding) == "/Identity-V"
        if vertical:
            standard = [float(v) for v in descendant.get("/DW2", [880, -1000])]
            halves = {code: width / 2 for code, width in _wide(descendant.get("/W"))}
            halves[-1] = float(descendant.get("/DW", 1000)) / 2
            columns = dict(_vertical(descendant.get("/W2")))
            return Face(font, True, True, columns, standard[1], unicode_map, halves, standard[0])
        return Face(
            font,
            True,
            False,
            dict(_wide(descendant.get("/W"))),
            float(descendant.get("/DW", 1000)),
            unicode_map,
        )
    if subtype not in ("/Type1", "/TrueType", "/MMType1"):
        raise Unproven(
            "a font is drawn by page content (Type 3)" if subtype == "/Type3" else "an unknown font"
        )
    first = int(font.get("/FirstChar", 0))
    listed = font.get("/Widths")
    descriptor = font.get("/FontDescriptor")
    missing = float(descriptor.get("/MissingWidth", 0)) if descriptor is not None else 0.0
    if listed is not None:
        widths = {first + i: float(w) for i, w in enumerate(listed)}
    else:
        widths = _standard_widths(font)
    return Face(font, False, False, widths, missing, unicode_map)


def _wide(array: Any) -> Iterator[tuple[int, float]]:
    import pikepdf

    items = list(array) if array is not None else []
    at = 0
    while at < len(items):
        first = int(items[at])
        if isinstance(items[at + 1], pikepdf.Array):
            for offset, width in enumerate(items[at + 1]):
                yield first + offset, float(width)
            at += 2
        else:
            last = min(int(items[at + 1]), 0xFFFF)
            for code in range(first, last + 1):
                yield code, float(items[at + 2])
            at += 3


def _vertical(array: Any) -> Iterator[tuple[int, float]]:
    import pikepdf

    items = list(array) if array is not None else []
    at = 0
    while at < len(items):
        first = int(items[at])
        if isinstance(items[at + 1], pikepdf.Array):
            values = list(items[at + 1])
            for offset in range(len(values) // 3):
                yield first + offset, float(values[3 * offset])
            at += 2
        else:
            for code in range(first, min(int(items[at + 1]), 0xFFFF) + 1):
                yield code, float(items[at + 2])
            at += 5


def _standard_widths(font: Any) -> dict[int, float]:
    """Widths of the fourteen fonts that need not state them (ISO 32000-1, 9.6.2.2)."""
    name = str(font.get("/BaseFont", "")).lstrip("/")
    code_name = _BASE14.get(_ALIASES.get(name, name))
    if code_name is None:
        raise Unproven("a font states no widths")
    encoding = font.get("/Encoding")
    base, differences = "", []
    if encoding is not None:
        if isinstance(encoding, _dictionary()):
            base = str(encoding.get("/BaseEncoding", ""))
            differences = list(encoding.get("/Differences", []))
        else:
            base = str(encoding)
    widths = dict(_base_widths(code_name, base))
    code = 0
    mupdf, program = library().mupdf, _font(code_name).this
    for item in differences:
        if isinstance(item, int):
            code = item
        else:
            glyph = mupdf.fz_encode_character_by_glyph_name(program, str(item).lstrip("/"))
            widths[code] = mupdf.fz_advance_glyph(program, glyph, 0) * 1000
            code += 1
    return widths


@cache
def _font(name: str) -> Any:
    return library().Font(name)


@cache
def _base_widths(name: str, base: str) -> dict[int, float]:
    font = _font(name)
    if name in ("symb", "zadb"):  # their codes are their own
        known = library().symbol_glyphs if name == "symb" else library().zapf_glyphs
        return {code: float(width) * 1000 for code, (_, width) in enumerate(known)}
    widths = {}
    for code in range(32, 256):
        if base in ("/WinAnsiEncoding", "/MacRomanEncoding"):
            codec = "cp1252" if base == "/WinAnsiEncoding" else "mac_roman"
            character = ord(bytes((code,)).decode(codec, "replace"))
        else:
            character = _STANDARD.get(code, code)
        widths[code] = font.glyph_advance(character) * 1000
    return widths


def _dictionary() -> Any:
    import pikepdf

    return pikepdf.Dictionary


def _stream() -> Any:
    import pikepdf

    return pikepdf.Stream


# -- ToUnicode ------------------------------------------------------------------------------------

_TOKEN = re.compile(rb"<([0-9A-Fa-f\s]*)>|(\[)|(\])|([A-Za-z]+)|%[^\r\n]*")


def _read_unicode(stream: Any) -> dict[int, str]:
    """Code -> text of a ToUnicode CMap (9.10.3): bfchar and bfrange. Entries over 8 characters are left."""
    if not isinstance(stream, _stream()):
        return {}
    mapping: dict[int, str] = {}
    operands: list[bytes | list[bytes]] = []
    array: list[bytes] | None = None
    for match in _TOKEN.finditer(stream.read_bytes()):
        hexed, opened, closed, word = match.groups()
        if hexed is not None:
            data = bytes.fromhex(
                (b"".join(hexed.split()) + b"0" * (len(b"".join(hexed.split())) % 2)).decode()
            )
            (operands if array is None else array).append(data)
        elif opened:
            array = []
        elif closed:
            operands.append(array or [])
            array = None
        elif word in (b"beginbfchar", b"beginbfrange", b"begincodespacerange"):
            operands = []
        elif word == b"endbfchar":
            for code, text in zip(operands[::2], operands[1::2], strict=False):
                _note(mapping, code, text)
            operands = []
        elif word == b"endbfrange":
            for low, high, text in zip(operands[::3], operands[1::3], operands[2::3], strict=False):
                _range(mapping, low, high, text)
            operands = []
    return mapping


def _note(mapping: dict[int, str], code: Any, text: Any) -> None:
    if isinstance(code, bytes) and isinstance(text, bytes):
        value = text.decode("utf-16-be", "ignore")
        if 0 < len(value) <= 8:
            mapping[int.from_bytes(code)] = value


def _range(mapping: dict[int, str], low: Any, high: Any, text: Any) -> None:
    if not isinstance(low, bytes) or not isinstance(high, bytes):
        return
    first, last = int.from_bytes(low), min(int.from_bytes(high), 0xFFFF)
    for offset, code in enumerate(range(first, last + 1)):
        if isinstance(text, list):
            if offset < len(text):
                _note(mapping, code.to_bytes(2), text[offset])
        elif len(text) >= 2:
            end = int.from_bytes(text[-2:]) + offset
            _note(mapping, code.to_bytes(2), text[:-2] + (end & 0xFFFF).to_bytes(2))


# -- writing --------------------------------------------------------------------------------------


_PROOF = "InkveilProof"


class BadFont(Exception):
    """A font can't be written with the kept letters only. The argument is its key."""


def _embedded(font: Any) -> bool:
    """True where a font (or the descendant of a Type 0 font) brings its outlines along."""
    if "/DescendantFonts" in font:
        font = font["/DescendantFonts"][0]
    descriptor = font.get("/FontDescriptor")
    return descriptor is not None and any(k in descriptor for k in ("/FontFile", "/FontFile2", "/FontFile3"))


@dataclass(slots=True)
class FontPool:
    """The fonts of the source that kept text uses, by a key of the source's object."""

    secrets: Secrets = field(default_factory=Secrets)
    faces: dict[str, Face] = field(default_factory=dict)
    refs: dict[str, Ref] = field(default_factory=dict)
    banned: frozenset[str] = frozenset()
    """Fonts whose programs could not be cut down: pages that use them are flattened."""

    def face(self, font: Any) -> tuple[str, Face]:
        """The face of a font object and its key. Raises Unproven."""
        number = font.objgen[0]
        key = f"o{number}" if number else "d" + font.unparse().hex()[:400]
        if key in self.banned:
            raise Unproven("a font program can't be cut down to the letters that stay")
        if key not in self.faces:
            try:
                self.faces[key] = load(font)
            except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
                raise Unproven(f"a font is damaged ({type(error).__name__})") from None
        return key, self.faces[key]

    def ref(self, key: str, writer: Writer) -> Ref:
        """The reference under which a font will be written."""
        if key not in self.refs:
            self.refs[key] = writer.reserve()
        return self.refs[key]

    def write(self, writer: Writer, *, whole: bool = False) -> None:
        """Writes every font that was referred to. `whole`: every code and outline, for a page's proof."""
        for index, (key, ref) in enumerate(self.refs.items()):
            face = self.faces[key]
            try:
                font = self._font(face, None if whole else face.used, writer, index)
            except Exception:  # noqa: BLE001  (whatever a hostile font brings about: its pages are flattened)
                raise BadFont(key) from None
            writer.put(font, ref)

    def note_glyphs(self, trace: Any) -> None:
        """Notes the glyph numbers of a page that was written by `write(whole=True)`, from MuPDF's trace."""
        faces = [self.faces[key] for key in self.refs]
        for span in trace:
            name = span["font"]
            if name.startswith(_PROOF):
                faces[int(name[len(_PROOF) :])].glyphs.update(c[1] for c in span["chars"] if c[1] >= 0)

    def _name(self, value: Any, index: int, *, proof: bool) -> Name:
        if proof:
            return Name(f"{_PROOF}{index}")
        text = str(value or "").lstrip("/")
        if not _PLAIN_NAME.fullmatch(text) or self.secrets.repeated(text.replace("+", " ")):
            return Name(f"AAAAAA+Font{index}")
        return Name(text)

    def _font(self, face: Face, used: set[int] | None, writer: Writer, index: int) -> dict[str, Value]:
        source = face.source
        subtype = str(source["/Subtype"]).lstrip("/")
        out: dict[str, Value] = {
            "Type": Name("Font"),
            "Subtype": Name(subtype),
            "BaseFont": self._name(source.get("/BaseFont"), index, proof=used is None and _embedded(source)),
        }
        named = {c: t for c, t in face.unicode.items() if used is None or c in used}
        if named:
            wide = 2 if face.wide else 1
            if used is not None:  # who looks for a word types its letters, not its ligatures
                named = {c: t if t in "\ufb05\ufb06" else LIGATURES.get(t, t) for c, t in named.items()}
            out["ToUnicode"] = writer.put(
                face.spelled("ToUnicode", used, lambda: Stream.deflated(to_unicode(named, wide)))
            )
        if face.wide:
            out["Encoding"] = Name(str(source["/Encoding"]).lstrip("/"))
            out["DescendantFonts"] = [
                writer.put(self._descendant(source["/DescendantFonts"][0], face, used, writer, index))
            ]
            return out
        codes = sorted(c for c in (face.widths if used is None else used) if 0 <= c <= 255)
        if source.get("/Widths") is not None and codes:
            out["FirstChar"], out["LastChar"] = codes[0], codes[-1]
            wanted = set(codes)
            span = range(codes[0], codes[-1] + 1)
            out["Widths"] = face.spelled(
                "Widths", used, lambda: Raw(serialise([face.advance(c) if c in wanted else 0 for c in span]))
            )
        encoding = face.spelled(
            "Encoding", used, lambda: _encoding(source.get("/Encoding"), used, self.secrets)
        )
        if encoding is not None:
            out["Encoding"] = encoding
        if source.get("/FontDescriptor") is not None:
            out["FontDescriptor"] = writer.put(
                self._descriptor(source["/FontDescriptor"], face, used, writer, index)
            )
        return out

    def _descendant(
        self, source: Any, face: Face, used: set[int] | None, writer: Writer, index: int
    ) -> dict[str, Value]:
        out: dict[str, Value] = {
            "Type": Name("Font"),
            "Subtype": Name(str(source["/Subtype"]).lstrip("/")),
            "BaseFont": self._name(source.get("/BaseFont"), index, proof=used is None and _embedded(source)),
            "CIDSystemInfo": {"Registry": b"Adobe", "Ordering": b"Identity", "Supplement": 0},
            "FontDescriptor": writer.put(
                self._descriptor(source["/FontDescriptor"], face, used, writer, index)
            ),
            "DW": float(source.get("/DW", 1000)),
        }
        info = source.get("/CIDSystemInfo")
        if info is not None:
            ordering = bytes(info.get("/Ordering", b"Identity"))
            if ordering in (b"Japan1", b"GB1", b"CNS1", b"Korea1", b"KR"):
                out["CIDSystemInfo"] = {"Registry": b"Adobe", "Ordering": ordering, "Supplement": 0}
        if face.vertical:
            if "/DW2" in source:
                out["DW2"] = [float(v) for v in source["/DW2"]]
            if "/W2" in source:
                raise Unproven("a font has vertical metrics of its own")
        if "/W" in source:
            out["W"] = face.spelled("W", used, lambda: Raw(serialise(_listed(source["/W"], used))))
        mapping = source.get("/CIDToGIDMap")
        if isinstance(mapping, _stream()):
            out["CIDToGIDMap"] = writer.put(
                face.spelled("CIDToGIDMap", used, lambda: Stream.deflated(_mapped(mapping, used)))
            )
        elif mapping is not None:
            out["CIDToGIDMap"] = Name("Identity")
        return out

    def _descriptor(
        self, source: Any, face: Face, used: set[int] | None, writer: Writer, index: int
    ) -> dict[str, Value]:
        from redaction.burn.outlines import program

        out: dict[str, Value] = {
            "Type": Name("FontDescriptor"),
            "FontName": self._name(
                source.get("/FontName"),
                index,
                proof=used is None and any(k in source for k in ("/FontFile", "/FontFile2", "/FontFile3")),
            ),
        }
        for key, value in source.items():
            plain = key.lstrip("/")
            if plain in _NUMBERS:
                out[plain] = float(value) if plain != "Flags" else int(value)
        if "/FontBBox" in source:
            out["FontBBox"] = [float(v) for v in source["/FontBBox"]]
        entry = face.spelled("program", used, lambda: program(source, None if used is None else face.glyphs))
        if entry is not None:
            key, stream = entry
            out[key] = writer.put(stream)
        return out


def _listed(array: Any, used: set[int] | None) -> list[Value]:
    """The /W array of the codes that are used."""
    widths = dict(_wide(array))
    listed: list[Value] = []
    for code in sorted(widths if used is None else used & widths.keys()):
        listed += [code, [widths[code]]]
    return listed


def _mapped(mapping: Any, used: set[int] | None) -> bytes:
    """A /CIDToGIDMap with zeros for what is not used."""
    data = bytes(mapping.read_bytes())
    if used is None:
        return data
    kept = bytearray(len(data))
    for code in used:
        kept[2 * code : 2 * code + 2] = data[2 * code : 2 * code + 2]
    return bytes(kept)


def _encoding(encoding: Any, used: set[int] | None, secrets: Secrets) -> Value:
    if encoding is None:
        return None
    if not isinstance(encoding, _dictionary()):
        name = str(encoding).lstrip("/")
        return Name(name) if name.endswith("Encoding") and name.isalpha() else None
    out: dict[str, Value] = {"Type": Name("Encoding")}
    base = str(encoding.get("/BaseEncoding", "")).lstrip("/")
    if base.endswith("Encoding") and base.isalpha():
        out["BaseEncoding"] = Name(base)
    listed: list[Value] = []
    code, last = 0, -2
    for item in encoding.get("/Differences", []):
        if isinstance(item, int):
            code = item
            continue
        if used is None or code in used:
            if code != last + 1:
                listed.append(code)
            glyph = str(item).lstrip("/")
            listed.append(Name(f"glyph{code}" if len(glyph) > 2 and secrets.repeated(glyph) else glyph))
            last = code
        code += 1
    if listed:
        out["Differences"] = listed
    return out
