"""CFF font programs without the glyphs that no kept text uses (Adobe Technical Note 5176)."""

from __future__ import annotations

import struct
from itertools import pairwise


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


class _NoRoom(ValueError):
    """A table has to move, and the place that says where it is can't hold so large a number."""


def cut_cff(data: bytes, keep: set[int]) -> bytes:
    """The font program without what its unused glyphs would tell. Raises ValueError where that can't be."""
    try:
        return _cut(data, keep)
    except _NoRoom:
        return _cut(_with_room(data), keep)


def _with_room(data: bytes) -> bytes:
    """The same font with every offset of its Top DICT in five bytes; what follows moves as a whole."""
    _, _, start = _index(data, data[2])
    tops, _, end = _index(data, start)
    if len(tops) != 1:
        raise ValueError("several fonts in one program")
    offsets: list[tuple[int, int]] = []
    top = b""
    for operator, operands in _entries(data, tops[0]):
        if operator in (1230, 1236, 1237):
            raise ValueError("offsets in other places, too")
        last = _top(operands[-1] + bytes((operator,)))[operator][0] if operator in _OFFSETS else 0
        if operator in _OFFSETS and last > _OFFSETS[operator]:
            offsets.append((len(top) + len(b"".join(operands[:-1])) + 1, last))
            operands = [*operands[:-1], b"\x1d" + bytes(4)]
        code = bytes((12, operator - 1200)) if operator >= 1200 else bytes((operator,))
        top += b"".join(operands) + code
    head = struct.pack(">HBHH", 1, 2, 1, 1 + len(top))
    moved = len(head) + len(top) - (end - start)
    filled = bytearray(top)
    for at, value in offsets:
        filled[at : at + 4] = (value + moved).to_bytes(4)
    return data[:start] + head + bytes(filled) + data[end:]


_OFFSETS = {15: 2, 16: 1, 17: 0, 18: 0}
"""Operators of the Top DICT that end in an offset -> up to what that is no offset: charset, Encoding,
CharStrings, Private."""


def _cut(data: bytes, keep: set[int]) -> bytes:
    """Unused charstrings become a lone endchar; charset, encoding and names forget them, too.

    All is done in place: what is shorter than before leaves zeros behind, so no offset moves. A table that
    grows goes where there is room, or to the end.
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
    place = free if free + len(new) <= end else len(out)  # the end of the program has room for anything
    out[place : place + len(new)] = new
    start, stop = _operand(bytes(out), top, operator)
    width = stop - start
    if width == 5:
        coded = b"\x1d" + place.to_bytes(4)
    elif width == 3 and place < 0x8000:
        coded = b"\x1c" + place.to_bytes(2)
    elif width == 2 and 108 <= place <= 1131:
        coded = bytes(((place - 108) // 256 + 247, (place - 108) % 256))
    else:
        raise _NoRoom("an offset without room")
    out[start:stop] = coded
    return free + len(new) if place == free else free


def _entries(data: bytes, span: tuple[int, int]) -> list[tuple[int, list[bytes]]]:
    """Operators of a DICT (two-byte operators: 1200 + second byte), each with its coded operands."""
    found: list[tuple[int, list[bytes]]] = []
    operands: list[bytes] = []
    at = span[0]
    while at < span[1]:
        b, start = data[at], at
        if b <= 21:
            found.append((1200 + data[at + 1] if b == 12 else b, operands))
            operands = []
            at += 2 if b == 12 else 1
            continue
        if b == 30:
            at += 1
            while data[at] & 15 != 15 and data[at] >> 4 != 15:
                at += 1
            at += 1
        else:
            at += 3 if b == 28 else 5 if b == 29 else 1 if b <= 246 else 2
        operands.append(data[start:at])
    return found


def _operand(data: bytes, top: tuple[int, int], operator: int) -> tuple[int, int]:
    """Where the last operand of a one-byte operator of a DICT stands."""
    at = top[0]
    for found, operands in _entries(data, top):
        at += sum(map(len, operands))
        if found == operator and operands:
            return at - len(operands[-1]), at
        at += 2 if found >= 1200 else 1
    raise ValueError("an operator is missing")
