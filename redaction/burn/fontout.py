"""The little of a font that may travel: written anew from its parts.

Encoding, widths and ToUnicode name the codes that kept text uses and no others; embedded outlines are cut
down to the same letters (redaction.burn.outlines).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from redaction.burn.copies import Secrets
from redaction.burn.faces import Face, listed_widths
from redaction.burn.layer import LIGATURES, to_unicode
from redaction.burn.outlines import program
from redaction.burn.pdfout import Name, Raw, Stream, Value, Writer, serialise
from redaction.burn.unproven import Unproven

_NUMBERS = frozenset(
    ["Flags", "ItalicAngle", "Ascent", "Descent", "Leading", "CapHeight", "XHeight", "StemV", "StemH",
     "AvgWidth", "MaxWidth", "MissingWidth"]
)  # fmt: skip
_PLAIN_NAME = re.compile(r"[A-Za-z0-9+,._\-]{1,80}")
_PROOF = "InkveilProof"
"""Begins the names of embedded fonts that are written for a page's proof; their index follows."""


def proof_index(name: str) -> int | None:
    """Which font a traced name is, of those written for a proof; None for any other."""
    return int(name[len(_PROOF) :]) if name.startswith(_PROOF) else None


def _embedded(font: Any) -> bool:
    """True where a font (or the descendant of a Type 0 font) brings its outlines along."""
    if "/DescendantFonts" in font:
        font = font["/DescendantFonts"][0]
    descriptor = font.get("/FontDescriptor")
    return descriptor is not None and any(k in descriptor for k in ("/FontFile", "/FontFile2", "/FontFile3"))


@dataclass(frozen=True, slots=True)
class FontCopy:
    """One font on its way into a new file."""

    face: Face
    used: set[int] | None
    """The codes that stay; None for all of them and the whole program, as a page's proof needs it."""
    secrets: Secrets
    writer: Writer
    index: int
    """Among the fonts of the file: names that can't stay become a number."""

    def _name(self, value: Any, *, proof: bool) -> Name:
        if proof:
            return Name(f"{_PROOF}{self.index}")
        text = str(value or "").lstrip("/")
        if not _PLAIN_NAME.fullmatch(text) or self.secrets.repeated(text.replace("+", " ")):
            return Name(f"AAAAAA+Font{self.index}")
        return Name(text)

    def font(self) -> dict[str, Value]:
        """The font's dictionary; what it refers to is written."""
        face, used, writer = self.face, self.used, self.writer
        source = face.source
        subtype = str(source["/Subtype"]).lstrip("/")
        out: dict[str, Value] = {
            "Type": Name("Font"),
            "Subtype": Name(subtype),
            "BaseFont": self._name(source.get("/BaseFont"), proof=used is None and _embedded(source)),
        }
        if face.unicode if used is None else used & face.unicode.keys():
            out["ToUnicode"] = writer.put(face.spelled("ToUnicode", used, self._unicode))
        if face.wide:
            out["Encoding"] = Name(str(source["/Encoding"]).lstrip("/"))
            out["DescendantFonts"] = [writer.put(self._descendant(source["/DescendantFonts"][0]))]
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
            out["FontDescriptor"] = writer.put(self._descriptor(source["/FontDescriptor"]))
        return out

    def _unicode(self) -> Stream:
        named = self.face.unicode
        if self.used is not None:  # who looks for a word types its letters, not its ligatures
            named = {
                code: text if text in "\ufb05\ufb06" else LIGATURES.get(text, text)
                for code, text in named.items()
                if code in self.used
            }
        return Stream.deflated(to_unicode(named, 2 if self.face.wide else 1))

    def _descendant(self, source: Any) -> dict[str, Value]:
        import pikepdf

        face, used, writer = self.face, self.used, self.writer
        out: dict[str, Value] = {
            "Type": Name("Font"),
            "Subtype": Name(str(source["/Subtype"]).lstrip("/")),
            "BaseFont": self._name(source.get("/BaseFont"), proof=used is None and _embedded(source)),
            "CIDSystemInfo": {"Registry": b"Adobe", "Ordering": b"Identity", "Supplement": 0},
            "FontDescriptor": writer.put(self._descriptor(source["/FontDescriptor"])),
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
        if isinstance(mapping, pikepdf.Stream):
            out["CIDToGIDMap"] = writer.put(
                face.spelled("CIDToGIDMap", used, lambda: Stream.deflated(_mapped(mapping, used)))
            )
        elif mapping is not None:
            out["CIDToGIDMap"] = Name("Identity")
        return out

    def _descriptor(self, source: Any) -> dict[str, Value]:
        face, used, writer = self.face, self.used, self.writer
        out: dict[str, Value] = {
            "Type": Name("FontDescriptor"),
            "FontName": self._name(
                source.get("/FontName"),
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
    widths = dict(listed_widths(array))
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
    import pikepdf

    if encoding is None:
        return None
    if not isinstance(encoding, pikepdf.Dictionary):
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
