"""Embedded font programs, cut down to the glyphs that kept text uses.

A font that was cut down for a page names, by the glyphs it has, the letters of that page. So every glyph
that no kept letter needs loses its outline: TrueType (glyf, loca, cmap, hmtx), CFF (CharStrings INDEX; Adobe
Technical Note 5176) and Type 1 (charstrings behind eexec; Adobe Type 1 Font Format, 7). Glyph numbers stay as
they are. What is not needed to draw goes: names, licences, layout tables.
"""

from __future__ import annotations

import re
import struct
from itertools import pairwise
from typing import Any

from redaction.burn.mu import library
from redaction.burn.pdfout import Name, Stream, Value
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
                data = _cut(data, glyphs)
            except (struct.error, IndexError, ValueError, KeyError, OverflowError) as error:
                raise Unproven(f"a font program can't be cut down ({type(error).__name__})") from None
        if key == "FontFile3":
            values["Subtype"] = Name(str(stream.get("/Subtype", "/Type1C")).lstrip("/"))
        elif key == "FontFile2":
            values["Length1"] = len(data)
        else:
            first, second = _parts(data)
            values |= {"Length1": first, "Length2": second, "Length3": len(data) - first - second}
        return key, Stream.deflated(data, values)
    return None


def _cut(data: bytes, glyphs: set[int]) -> bytes:
    before = _shapes(data, glyphs)
    if data[:4] in (b"\0\1\0\0", b"true"):
        cut = _truetype(data, set(glyphs) | {0})
    elif data[:4] == b"OTTO":
        tables = _sfnt(data)
        tables[b"CFF "] = _cff(tables[b"CFF "], set(glyphs) | {0})
        cut = _sfnt_bytes({k: v for k, v in tables.items() if k in (*_TABLES, b"CFF ")}, data[:4])
    elif data[:1] == b"\1":
        cut = _cff(data, set(glyphs) | {0})
    elif data[:2] == b"%!" or data[:2] == b"\x80\x01":
        cut = _type1(data, glyphs)
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


# -- CFF ------------------------------------------------------------------------------------------


def _index(data: bytes, at: int) -> tuple[list[tuple[int, int]], int, int]:
    """Ranges of an INDEX's items, the size of its offsets, and where it ends."""
    (count,) = struct.unpack(">H", data[at : at + 2])
    if count == 0:
        return [], 0, at + 2
    size = data[at + 2]
    offsets = [int.from_bytes(data[at + 3 + size * i : at + 3 + size * (i + 1)]) for i in range(count + 1)]
    base = at + 2 + size * (count + 1)
    return (
        [(base + a, base + b) for a, b in pairwise(offsets)],
        size,
        base + offsets[-1],
    )


def _top(data: bytes) -> dict[int, list[int]]:
    """Integer operands of a DICT by operator (two-byte operators: 1200 + second byte)."""
    out: dict[int, list[int]] = {}
    operands: list[int] = []
    at = 0
    while at < len(data):
        b = data[at]
        at += 1
        if b <= 21:
            if b == 12:
                b = 1200 + data[at]
                at += 1
            out[b] = operands
            operands = []
        elif b == 28:
            operands.append(int.from_bytes(data[at : at + 2], signed=True))
            at += 2
        elif b == 29:
            operands.append(int.from_bytes(data[at : at + 4], signed=True))
            at += 4
        elif b == 30:
            while data[at] & 15 != 15 and data[at] >> 4 != 15:
                at += 1
            at += 1
            operands.append(0)
        elif b <= 246:
            operands.append(b - 139)
        elif b <= 250:
            operands.append((b - 247) * 256 + data[at] + 108)
            at += 1
        else:
            operands.append(-(b - 251) * 256 - data[at] - 108)
            at += 1
    return out


def _cff(data: bytes, keep: set[int]) -> bytes:
    """Unused charstrings become a lone endchar; charset, encoding and names forget them, too.

    All is done in place: what is shorter than before leaves zeros behind, so no offset moves.
    """
    names, _, after_names = _index(data, data[2])
    tops, _, after_tops = _index(data, after_names)
    texts, _, _ = _index(data, after_tops)
    span = tops[0]
    top = _top(data[span[0] : span[1]])
    start = top[17][0]
    items, size, end = _index(data, start)
    strings = [data[a:b] if g in keep else b"\x0e" for g, (a, b) in enumerate(items)]
    offsets, total = [1], 1
    for string in strings:
        total += len(string)
        offsets.append(total)
    index = (
        struct.pack(">HB", len(items), size) + b"".join(o.to_bytes(size) for o in offsets) + b"".join(strings)
    )
    if len(index) > end - start:
        raise ValueError("charstrings without room")
    out = bytearray(data)
    out[start:end] = index + bytes(end - start - len(index))
    free = start + len(index)
    used_texts: set[int] = set()
    charset = top.get(15, [0])[0]
    if charset > 2:
        ids, length = _charset(data, charset, len(items))
        used_texts = {i - _STANDARD_STRINGS for g, i in enumerate(ids) if g in keep}
        new = b"\0" + b"".join((i if g in keep else 0).to_bytes(2) for g, i in enumerate(ids) if g)
        free = _put(out, new, charset, length, free, end, span, 15)
    encoding = top.get(16, [0])[0]
    if encoding > 1:
        codes, length = _codes(data, encoding)
        kept = bytes(c if g in keep else 0 for g, c in enumerate(codes, 1))
        free = _put(out, bytes((0, len(kept))) + kept, encoding, length, free, end, span, 16)
    for number, (a, b) in enumerate(texts):
        if number not in used_texts or 1230 in top:
            out[a:b] = data[a:b] if data[a:b] in (b"Adobe", b"Identity") else b"x" * (b - a)
    for a, b in names:
        out[a:b] = b"x" * (b - a)
    return bytes(out)


_STANDARD_STRINGS = 391


def _charset(data: bytes, at: int, count: int) -> tuple[list[int], int]:
    """String or CID of every glyph, and the bytes that the charset takes."""
    kind, start, ids = data[at], at, [0]
    at += 1
    while len(ids) < count:
        first = int.from_bytes(data[at : at + 2])
        at += 2
        left = 0
        if kind in (1, 2):
            left = int.from_bytes(data[at : at + kind])
            at += kind
        elif kind:
            raise ValueError("an unknown charset")
        ids.extend(range(first, first + left + 1))
    return ids[:count], at - start


def _codes(data: bytes, at: int) -> tuple[list[int], int]:
    """Code of glyphs 1, 2, ... of a built-in encoding, and the bytes that it takes."""
    kind, count = data[at], data[at + 1]
    if kind == 0:
        return list(data[at + 2 : at + 2 + count]), 2 + count
    if kind != 1:
        raise ValueError("an encoding with supplements")
    codes: list[int] = []
    for index in range(count):
        first, left = data[at + 2 + 2 * index], data[at + 3 + 2 * index]
        codes.extend(c & 255 for c in range(first, first + left + 1))
    return codes[:255], 2 + 2 * count


def _put(
    out: bytearray, new: bytes, at: int, length: int, free: int, end: int, top: tuple[int, int], operator: int
) -> int:
    """Puts a table where it was if it fits, else into the free room; returns where free room starts now."""
    out[at : at + length] = bytes(length)
    if len(new) <= length:
        out[at : at + len(new)] = new
        return free
    if free + len(new) > end:
        raise ValueError("a table without room")
    out[free : free + len(new)] = new
    start, stop = _operand(bytes(out), top, operator)
    width = stop - start
    if width == 5:
        coded = b"\x1d" + free.to_bytes(4)
    elif width == 3 and free < 0x8000:
        coded = b"\x1c" + free.to_bytes(2)
    elif width == 2 and 108 <= free <= 1131:
        coded = bytes(((free - 108) // 256 + 247, (free - 108) % 256))
    else:
        raise ValueError("an offset without room")
    out[start:stop] = coded
    return free + len(new)


def _operand(data: bytes, top: tuple[int, int], operator: int) -> tuple[int, int]:
    """Where the last operand of a one-byte operator of a DICT stands."""
    at, last = top[0], (0, 0)
    while at < top[1]:
        b, start = data[at], at
        if b <= 21:
            if b == operator:
                return last
            at += 2 if b == 12 else 1
            continue
        if b == 30:
            at += 1
            while data[at] & 15 != 15 and data[at] >> 4 != 15:
                at += 1
            at += 1
        else:
            at += 3 if b == 28 else 5 if b == 29 else 1 if b <= 246 else 2
        last = (start, at)
    raise ValueError("an operator is missing")


# -- Type 1 ---------------------------------------------------------------------------------------


def _crypt(data: bytes, key: int, *, decrypt: bool) -> bytes:
    out = bytearray(len(data))
    for index, byte in enumerate(data):
        other = byte ^ (key >> 8)
        out[index] = other
        key = ((byte if decrypt else other) + key) * 52845 + 22719 & 0xFFFF
    return bytes(out)


def _parts(data: bytes) -> tuple[int, int]:
    """Lengths of the clear and the encrypted part."""
    at = data.find(b"eexec")
    if at < 0:
        raise ValueError("no encrypted part")
    at += 5
    while data[at : at + 1] in (b" ", b"\r", b"\n", b"\t"):
        at += 1
    tail = data.rfind(b"0000000000000000000000000000000000000000000000000000000000000000")
    while tail > at and data[tail - 1 : tail] in (b"0", b"\r", b"\n", b" "):
        tail -= 1
    return at, (tail if tail > at else len(data)) - at


_CHARSTRING = re.compile(rb"/([^\s/{}\[\]()<>%]+)\s+(\d+)\s+(RD|-\|)\s")


def _type1(data: bytes, glyphs: set[int]) -> bytes:
    if data[:1] == b"\x80":
        plain, at = b"", 0
        while at + 6 <= len(data) and data[at] == 0x80 and data[at + 1] in (1, 2):
            size = int.from_bytes(data[at + 2 : at + 6], "little")
            plain += data[at + 6 : at + 6 + size]
            at += 6 + size
        data = plain
    first, length = _parts(data)
    coded = data[first : first + length]
    if re.fullmatch(rb"[0-9A-Fa-f\s]{8,}", coded[:64]):
        coded = bytes.fromhex(re.sub(rb"[^0-9A-Fa-f]", b"", coded).decode())
    body = _crypt(coded, 55665, decrypt=True)[4:]
    begin = body.index(b"/CharStrings")
    found = []
    at = begin
    while match := _CHARSTRING.search(body, at):
        end = match.end() + int(match[2])
        found.append((match.start(), end, match[1]))
        at = end
    if not found:
        raise ValueError("no charstrings")
    # FreeType numbers glyphs in the order of the dictionary, with .notdef put first
    names = [name for _, _, name in found]
    if b".notdef" in names:
        at = names.index(b".notdef")
        names[0], names[at] = names[at], names[0]
    keep = {names[g] for g in glyphs if g < len(names)} | {b".notdef"}
    out, position = bytearray(body[: found[0][0]]), found[0][0]
    lead = re.search(rb"/lenIV\s+(\d+)", body[:begin])
    blank = _crypt(bytes(int(lead[1]) if lead else 4) + b"\x8b\x8b\x0d\x0e", 4330, decrypt=False)
    for number, (start, end, name) in enumerate(found):
        out += body[position:start]
        tail = re.match(rb"\s*(ND|\|-)\s*", body[end:])
        stop = end + (tail.end() if tail else 0)
        if name in keep:
            out += body[start:stop]
        else:
            out += b"/x%d %d RD " % (number, len(blank)) + blank + b" ND\n"
        position = stop
    out += body[position:]
    if b"/RD" not in body[:begin] or b"/ND" not in body[:begin]:
        out = bytearray(bytes(out).replace(b" RD " + blank + b" ND\n", b" -| " + blank + b" |-\n"))
    clear = _clear(data[:first], keep)
    return (
        clear
        + _crypt(b"\0\0\0\0" + bytes(out), 55665, decrypt=False)
        + b"\n"
        + b"0" * 512
        + b"\ncleartomark\n"
    )


def _clear(head: bytes, keep: set[bytes]) -> bytes:
    """The clear part without encoding entries of letters that went, and without names and notices."""

    def entry(match: re.Match[bytes]) -> bytes:
        return match[0] if match[1] in keep else b""

    head = re.sub(rb"dup\s+\d+\s*/([^\s/]+)\s+put\s*", entry, head)
    head = re.sub(rb"/UniqueID\s+\d+\s+def\s*", b"", head)
    return re.sub(rb"/(Notice|FullName|FamilyName|Copyright|version|Weight)\s*\([^()]*\)", rb"/\1 ()", head)
