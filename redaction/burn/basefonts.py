"""Widths of the fourteen standard fonts, which files need not state (ISO 32000-1, 9.6.2.2)."""

from __future__ import annotations

from functools import cache
from typing import Any

from redaction.burn.mu import library
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


def standard_widths(font: Any) -> dict[int, float]:
    """Code -> width in thousandths of an em. Raises Unproven for a font that is none of the fourteen."""
    import pikepdf

    name = str(font.get("/BaseFont", "")).lstrip("/")
    code_name = _BASE14.get(_ALIASES.get(name, name))
    if code_name is None:
        raise Unproven("a font states no widths")
    encoding = font.get("/Encoding")
    base, differences = "", []
    if encoding is not None:
        if isinstance(encoding, pikepdf.Dictionary):
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
