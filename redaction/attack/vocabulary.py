"""The format's own words: a file that says "CIDSystemInfo" does not tell that somebody redacted "system".

Values of names, and the words of character maps (ISO 32000-2, 9.7.5 and 9.10.3; Adobe Technical Note
5014). The keys of dictionaries are in attack.grammar, which adds them.
"""

from __future__ import annotations

import re

_VALUES = """
    Adobe Identity Identity-H Identity-V Catalog Page Pages XObject Image Form Font ExtGState Pattern
    DeviceGray DeviceRGB DeviceCMYK CalGray CalRGB Lab ICCBased Indexed Separation DeviceN FlateDecode
    DCTDecode CCITTFaxDecode JBIG2Decode JPXDecode LZWDecode RunLengthDecode ASCIIHexDecode ASCII85Decode
    FontDescriptor Type0 Type1 Type3 TrueType MMType1 CIDFontType0 CIDFontType2 CIDFontType0C Type1C
    OpenType WinAnsiEncoding MacRomanEncoding MacExpertEncoding StandardEncoding Transparency Luminosity
    Normal Compatible Multiply Screen Overlay Darken Lighten ColorDodge ColorBurn HardLight SoftLight
    Difference Exclusion Saturation Color Perceptual RelativeColorimetric AbsoluteColorimetric InkveilLayer
    ObjStm XRef linearized Linearized
"""
_CMAPS = """
    CIDInit ProcSet findresource begin dict begincmap endcmap CIDSystemInfo Registry Ordering Supplement
    Adobe-Identity-UCS Adobe-Identity UCS CMapName CMapType CMap def begincodespacerange endcodespacerange
    beginbfchar endbfchar beginbfrange endbfrange begincidrange endcidrange begincidchar endcidchar
    currentdict defineresource pop end
"""
_BYTES = "obj endobj stream endstream xref startxref trailer"
WORDS = set(f"{_VALUES} {_CMAPS} {_BYTES}".split())
"""Exactly as they are spelt."""
_TOKEN = re.compile(rb"[A-Za-z][A-Za-z0-9-]*")


def blanked(data: bytes) -> bytes:
    """The data with each of these words, where one stands by itself, overwritten with blanks."""
    return _TOKEN.sub(lambda m: b" " * len(m[0]) if m[0].decode() in WORDS else m[0], data)
