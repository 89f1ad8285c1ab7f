"""Embedded font programs, cut down to the glyphs that kept text uses.

A font that was cut down for a page names, by the glyphs it has, the letters of that page. So every glyph
that no kept letter needs loses its outline: TrueType (glyf, loca, cmap, hmtx), CFF (CharStrings INDEX; Adobe
Technical Note 5176) and Type 1 (charstrings behind eexec; Adobe Type 1 Font Format, 7). Glyph numbers stay as
they are. What is not needed to draw goes: names, licences, layout tables.
"""

from __future__ import annotations

import struct
from typing import Any

from redaction.burn.cff import cut_cff
from redaction.burn.mu import library
from redaction.burn.pdfout import Name, Stream, Value
from redaction.burn.type1 import cut_type1, parts
from redaction.burn.unproven import Unproven

_TABLES = (b"OS/2", b"cmap", b"cvt ", b"fpgm", b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp", b"prep")


def program(descriptor: Any, glyphs: set[int] | None) -> tuple[str, Stream] | None:
    """The key and stream of the font program of a descriptor, None where nothing is embedded.

    `glyphs`: the glyph numbers that stay, None for all. Raises Unproven where they can't be told apart.
    """
    for key in ("FontFile", "FontFile2", "FontFile3"):
        stream = descriptor.get("/" + key)
        if stream is None:
            continue
        data = stream.read_bytes()
        values: dict[str, Value] = {}
        if glyphs is not None:
            try:
                data = cut(data, glyphs)
            except (struct.error, IndexError, ValueError, KeyError, OverflowError) as error:
                raise Unproven(f"a font program can't be cut down ({type(error).__name__})") from None
        if key == "FontFile3":
            values["Subtype"] = Name(str(stream.get("/Subtype", "/Type1C")).lstrip("/"))
        elif key == "FontFile2":
            values["Length1"] = len(data)
        else:
            first, second = parts(data)
            values |= {"Length1": first, "Length2": second, "Length3": len(data) - first - second}
        return key, Stream.deflated(data, values)
    return None


def cut(data: bytes, glyphs: set[int]) -> bytes:
    """A font program with the outlines of these glyphs only. Raises ValueError where it can't be cut down."""
    before = _shapes(data, glyphs)
    if data[:4] in (b"\0\1\0\0", b"true"):
        cut = _truetype(data, set(glyphs) | {0})
    elif data[:4] == b"OTTO":
        tables = _sfnt(data)
        tables[b"CFF "] = cut_cff(tables[b"CFF "], set(glyphs) | {0})
        cut = _sfnt_bytes({k: v for k, v in tables.items() if k in (*_TABLES, b"CFF ")}, data[:4])
    elif data[:1] == b"\1":
        cut = cut_cff(data, set(glyphs) | {0})
    elif data[:2] == b"%!" or data[:2] == b"\x80\x01":
        cut = cut_type1(data, glyphs)
    else:
        raise ValueError("an unknown kind of font program")
    if _shapes(cut, glyphs) != before:
        raise ValueError("cutting changed a letter")
    return cut


def _shapes(data: bytes, glyphs: set[int]) -> list[tuple[float, ...]]:
    """Bounds of the outlines of some glyphs, as FreeType draws them."""
    mupdf = library().mupdf
    font = library().Font(fontbuffer=data).this
    out: list[tuple[float, ...]] = []
    for glyph in sorted(glyphs):
        path = mupdf.fz_outline_glyph(font, glyph, mupdf.FzMatrix())
        rect = mupdf.fz_bound_path(path, mupdf.FzStrokeState(), mupdf.FzMatrix())
        out.append((round(rect.x0, 4), round(rect.y0, 4), round(rect.x1, 4), round(rect.y1, 4)))
    return out


# -- TrueType -------------------------------------------------------------------------------------


def _sfnt(data: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack(">H", data[4:6])
    tables = {}
    for index in range(count):
        tag, _, offset, length = struct.unpack(">4sIII", data[12 + 16 * index : 28 + 16 * index])
        tables[tag] = data[offset : offset + length]
    return tables


def _sfnt_bytes(tables: dict[bytes, bytes], version: bytes) -> bytes:
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    header = version + struct.pack(">HHHH", count, power * 16, power.bit_length() - 1, (count - power) * 16)
    offset, directory, body = 12 + 16 * count, b"", b""
    for tag in sorted(tables):
        data = tables[tag]
        padded = data + bytes(-len(data) % 4)
        total = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        directory += struct.pack(">4sIII", tag, total, offset + len(body), len(data))
        body += padded
    return header + directory + body


def _truetype(data: bytes, keep: set[int]) -> bytes:
    tables = _sfnt(data)
    long = struct.unpack(">h", tables[b"head"][50:52])[0] == 1
    raw = tables[b"loca"]
    places = (
        list(struct.unpack(f">{len(raw) // 4}I", raw[: len(raw) // 4 * 4]))
        if long
        else [2 * v for v in struct.unpack(f">{len(raw) // 2}H", raw[: len(raw) // 2 * 2])]
    )
    glyf = tables[b"glyf"]
    count = len(places) - 1
    todo, keep = [g for g in keep if g < count], set()
    while todo:
        glyph = todo.pop()
        if glyph in keep or glyph >= count:
            continue
        keep.add(glyph)
        todo.extend(_components(glyf[places[glyph] : places[glyph + 1]]))
    body, offsets = bytearray(), [0]
    for glyph in range(count):
        if glyph in keep:
            body += glyf[places[glyph] : places[glyph + 1]]
            body += bytes(-len(body) % 4)
        offsets.append(len(body))
    tables[b"glyf"] = bytes(body) or b"\0"
    tables[b"loca"] = struct.pack(f">{count + 1}I", *offsets)
    tables[b"head"] = tables[b"head"][:50] + struct.pack(">h", 1) + tables[b"head"][52:]
    tables[b"hmtx"] = _metrics(tables[b"hmtx"], tables[b"hhea"], keep)
    if b"cmap" in tables:
        tables[b"cmap"] = _cmap(tables[b"cmap"], keep)
    return _sfnt_bytes({k: v for k, v in tables.items() if k in _TABLES}, data[:4])


def _components(glyph: bytes) -> list[int]:
    """Glyphs that a composite glyph is made of (OpenType, table glyf)."""
    if len(glyph) < 10 or struct.unpack(">h", glyph[:2])[0] >= 0:
        return []
    out, at = [], 10
    while True:
        flags, index = struct.unpack(">HH", glyph[at : at + 4])
        out.append(index)
        at += 8 if flags & 1 else 6
        at += 2 if flags & 8 else 4 if flags & 0x40 else 8 if flags & 0x80 else 0
        if not flags & 0x20:
            return out


def _metrics(data: bytes, hhea: bytes, keep: set[int]) -> bytes:
    (full,) = struct.unpack(">H", hhea[34:36])
    out = bytearray(data)
    for glyph in range(full):
        if glyph not in keep and glyph != full - 1:
            out[4 * glyph : 4 * glyph + 4] = bytes(4)
    return bytes(out)


def _cmap(data: bytes, keep: set[int]) -> bytes:
    """The character map without entries for glyphs that went: formats 0, 4, 6 and 12."""
    (count,) = struct.unpack(">H", data[2:4])
    records, bodies = [], b""
    for index in range(count):
        platform, encoding, offset = struct.unpack(">HHI", data[4 + 8 * index : 12 + 8 * index])
        table = data[offset:]
        kind = struct.unpack(">H", table[:2])[0]
        if kind not in (0, 4, 6, 12):
            continue
        pairs = {c: g for c, g in _characters(table, kind).items() if g in keep and g and c < 0x10000}
        body = _format0(pairs) if kind == 0 else _format4(pairs)
        records.append((platform, encoding, len(bodies)))
        bodies += body
    start = 4 + 8 * len(records)
    head = struct.pack(">HH", 0, len(records))
    return head + b"".join(struct.pack(">HHI", p, e, start + o) for p, e, o in records) + bodies


def _characters(table: bytes, kind: int) -> dict[int, int]:
    pairs: dict[int, int] = {}
    if kind == 0:
        return dict(enumerate(table[6:262]))
    if kind == 6:
        first, count = struct.unpack(">HH", table[6:10])
        return dict(enumerate(struct.unpack(f">{count}H", table[10 : 10 + 2 * count]), first))
    if kind == 12:
        (groups,) = struct.unpack(">I", table[12:16])
        for index in range(min(groups, 70000)):
            low, high, glyph = struct.unpack(">III", table[16 + 12 * index : 28 + 12 * index])
            for code in range(low, min(high, 0xFFFF) + 1):
                pairs[code] = glyph + code - low
        return pairs
    (double,) = struct.unpack(">H", table[6:8])
    count = double // 2
    ends = struct.unpack(f">{count}H", table[14 : 14 + double])
    starts = struct.unpack(f">{count}H", table[16 + double : 16 + 2 * double])
    deltas = struct.unpack(f">{count}H", table[16 + 2 * double : 16 + 3 * double])
    base = 16 + 3 * double
    ranges = struct.unpack(f">{count}H", table[base : base + double])
    for index in range(count):
        for code in range(starts[index], ends[index] + 1):
            if code == 0xFFFF:
                continue
            if ranges[index] == 0:
                glyph = code + deltas[index] & 0xFFFF
            else:
                at = base + 2 * index + ranges[index] + 2 * (code - starts[index])
                if at + 2 > len(table):
                    continue
                (glyph,) = struct.unpack(">H", table[at : at + 2])
                glyph = glyph + deltas[index] & 0xFFFF if glyph else 0
            pairs[code] = glyph
    return pairs


def _format0(pairs: dict[int, int]) -> bytes:
    glyphs = bytes(pairs.get(c, 0) if pairs.get(c, 0) < 256 else 0 for c in range(256))
    return struct.pack(">HHH", 0, 262, 0) + glyphs


def _format4(pairs: dict[int, int]) -> bytes:
    """One segment a character: plain, and small for the few characters of a page."""
    codes = sorted(pairs)
    ends = [*codes, 0xFFFF]
    deltas = [(pairs[c] - c) & 0xFFFF for c in codes] + [1]
    count = len(ends)
    power = 1 << (count.bit_length() - 1)
    words = struct.pack(f">{count}H", *ends)
    return (
        struct.pack(
            ">HHHHHHH",
            4,
            16 + 8 * count,
            0,
            2 * count,
            2 * power,
            power.bit_length() - 1,
            2 * (count - power),
        )
        + words
        + b"\0\0"
        + words
        + struct.pack(f">{count}H", *deltas)
        + bytes(2 * count)
    )
