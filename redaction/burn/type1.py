"""Type 1 font programs without the glyphs that no kept text uses (Adobe Type 1 Font Format, 7)."""

from __future__ import annotations

import re


def _crypt(data: bytes, key: int, *, decrypt: bool) -> bytes:
    out = bytearray(len(data))
    for index, byte in enumerate(data):
        other = byte ^ (key >> 8)
        out[index] = other
        key = ((byte if decrypt else other) + key) * 52845 + 22719 & 0xFFFF
    return bytes(out)


def parts(data: bytes) -> tuple[int, int]:
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


def cut_type1(data: bytes, glyphs: set[int]) -> bytes:
    if data[:1] == b"\x80":
        plain, at = b"", 0
        while at + 6 <= len(data) and data[at] == 0x80 and data[at + 1] in (1, 2):
            size = int.from_bytes(data[at + 2 : at + 6], "little")
            plain += data[at + 6 : at + 6 + size]
            at += 6 + size
        data = plain
    first, length = parts(data)
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
