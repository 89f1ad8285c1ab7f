"""Embedded font programs, cut down to the letters that kept text uses.

TrueType and CFF are cut by MuPDF's subsetter, which is given glyph numbers; Type 1 is cut here: the
encrypted part is opened (Adobe Type 1 Font Format, 7.1), unused charstrings are dropped, and closed again.
"""

from __future__ import annotations

from typing import Any

from redaction.burn.pdfout import Name, Stream, Value

_KINDS = {"/FontFile": "FontFile", "/FontFile2": "FontFile2", "/FontFile3": "FontFile3"}


def program(descriptor: Any) -> tuple[str, Stream] | None:
    """The key and stream of the font program of a descriptor, None where nothing is embedded.

    `used` None: whole.
    """
    for source_key, key in _KINDS.items():
        stream = descriptor.get(source_key)
        if stream is None:
            continue
        data = stream.read_bytes()
        values: dict[str, Value] = {}
        if key == "FontFile3":
            values["Subtype"] = Name(str(stream.get("/Subtype", "/Type1C")).lstrip("/"))
        elif key == "FontFile2":
            values["Length1"] = len(data)
        else:
            for part in ("Length1", "Length2", "Length3"):
                values[part] = int(stream.get("/" + part, 0))
        return key, Stream.deflated(data, values)
    return None
