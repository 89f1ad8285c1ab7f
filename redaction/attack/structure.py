"""The bytes of the file: one revision, no bytes that belong to nothing, no object that hangs on nothing.

Reads the cross-reference by itself (ISO 32000-2, 7.5.4-7.5.8), because a library that repairs or
tolerates hides what an attacker looks for. What the objects say is grammar's business.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from redaction.attack.report import Report

_OBJ = re.compile(rb"\s*(\d+)\s+(\d+)\s+obj\b")
_END_STREAM = re.compile(rb"\s*endstream\s*endobj")
_HEADER = re.compile(
    rb"%PDF-\d\.\d[ \t]*(\r\n|\r|\n)(%[\x80-\xff]{2,8}[ \t]*(\r\n|\r|\n)+)?"
    rb"(% Written by MuPDF [\d.]{1,10}\s)?\s*"
)
_STARTXREF = re.compile(rb"startxref\s+(\d+)\s+%%EOF")
_XREF_ENTRY = re.compile(rb"(\d{10}) (\d{5}) ([nf])[ \r\n]{1,2}")
_PIECE = 1 << 22
"""Inflated bytes held at a time."""


@dataclass
class Layout:
    """Where everything of the file lies, in bytes."""

    offsets: dict[int, int] = field(default_factory=dict)
    """Object number -> offset of its head, objects in object streams excepted."""
    compressed: dict[int, int] = field(default_factory=dict)
    """Object number -> number of the object stream that holds it."""
    spans: list[tuple[int, int]] = field(default_factory=list)
    """[start, end) of objects, cross-references and trailers."""
    streams: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Object number -> [start, end) of its stream's raw data."""
    ok: bool = False


def attack_bytes(data: bytes, pdf: Any, report: Report) -> Layout:
    """Revisions and stray bytes. `pdf` is the pikepdf.Pdf of the same data."""
    report.carried_out("one_revision")
    report.carried_out("stray_bytes")
    if not data.startswith(b"%PDF-"):
        report.fail("one_revision", "there are bytes before the head of the file")
    tail = data[-4096:].rstrip(b"\r\n \t")
    if not tail.endswith(b"%%EOF"):
        report.fail("one_revision", "there are bytes after the end mark of the file")
    layout = Layout()
    try:
        _read_layout(data, pdf, layout, report)
    except (ValueError, IndexError, KeyError, OverflowError):
        report.fail("stray_bytes", "the file's table of objects can't be followed from byte to byte")
        return layout
    layout.ok = True
    for start, end in gaps(layout.spans, len(data)):
        if _innocent_gap(data[start:end], start):
            continue
        report.fail(
            "stray_bytes",
            f"{len(data[start:end].strip())} bytes at offset {start} belong to no object of the file",
        )
    return layout


def gaps(spans: list[tuple[int, int]], length: int) -> Iterator[tuple[int, int]]:
    """What lies between the spans. Overlapping spans are no gap."""
    position = 0
    for start, end in sorted(spans):
        if start > position:
            yield position, start
        position = max(position, end)
    if position < length:
        yield position, length


def _innocent_gap(gap: bytes, start: int) -> bool:
    if start == 0:
        head = _HEADER.match(gap)
        gap = gap[head.end() :] if head else gap
    return not gap.strip(b"\r\n\t \0\x0c")


def _read_layout(data: bytes, pdf: Any, layout: Layout, report: Report) -> None:
    ends = [m.start() for m in re.finditer(rb"startxref\s+\d+\s+%%EOF", data)]
    last = None
    for match in _STARTXREF.finditer(data):
        last = match
    if last is None:
        raise ValueError("no startxref")
    layout.spans.append((last.start(), last.end()))
    _read_xref(data, pdf, int(last[1]), layout, report)
    for number, offset in layout.offsets.items():
        layout.spans.append((offset, _object_end(data, pdf, number, offset, layout)))
    inside = [s for s in ends if any(a <= s < b for a, b in layout.streams.values())]
    if len(ends) - len(inside) > 1:
        report.fail(
            "one_revision",
            f"the file holds {len(ends) - len(inside)} revisions: its earlier states are in it",
        )


def _read_xref(data: bytes, pdf: Any, offset: int, layout: Layout, report: Report) -> None:
    if data[offset : offset + 4] == b"xref":
        position = offset + 4
        while True:
            match = re.compile(rb"\s*(\d+)\s+(\d+)\s*[\r\n]+").match(data, position)
            if match is None:
                break
            position = match.end()
            first, count = int(match[1]), int(match[2])
            for number in range(first, first + count):
                entry = _XREF_ENTRY.match(data, position)
                if entry is None:
                    raise ValueError("a broken entry")
                if entry[3] == b"n":
                    layout.offsets[number] = int(entry[1])
                elif int(entry[1]) > 0 and number and int(entry[2]) not in (0, 65535):
                    report.fail("one_revision", f"object {number} was deleted in a later revision")
                position = entry.end()
        end = data.index(b"startxref", position)
        layout.spans.append((offset, end))
        trailer = data[position:end]
        if not re.match(rb"\s*trailer\s*<<.*>>\s*$", trailer, re.S):
            raise ValueError("no trailer")
        if re.search(rb"/(Prev|XRefStm)\b", trailer):
            report.fail("one_revision", "the trailer names an earlier revision")
        return
    match = _OBJ.match(data, offset)
    if match is None:
        raise ValueError("no cross-reference")
    number = int(match[1])
    layout.offsets[number] = offset
    stream = pdf.get_object(number, int(match[2]))
    if "/Prev" in stream:
        report.fail("one_revision", "the trailer names an earlier revision")
    widths = [int(w) for w in stream.W]
    size = int(stream.Size)
    index = [int(i) for i in stream.get("/Index", [0, size])]
    table = stream.read_bytes()
    step = sum(widths)
    position = 0
    for first, count in zip(index[::2], index[1::2], strict=True):
        for listed in range(first, first + count):
            fields = []
            for width in widths:
                fields.append(int.from_bytes(table[position : position + width], "big"))
                position += width
            kind = fields[0] if widths[0] else 1
            if kind == 1:
                layout.offsets[listed] = fields[1]
            elif kind == 2:
                layout.compressed[listed] = fields[1]
    if len(table) - position >= max(step, 1):
        report.fail("stray_bytes", "the cross-reference holds more than it should")


def _object_end(data: bytes, pdf: Any, number: int, offset: int, layout: Layout) -> int:
    """End of the object at `offset`, behind its "endobj"."""
    head = _OBJ.match(data, offset)
    if head is None or int(head[1]) != number:
        raise ValueError("an offset leads nowhere")
    import pikepdf

    value = pdf.get_object(number, int(head[2]))
    if not isinstance(value, pikepdf.Stream):
        return data.index(b"endobj", head.end()) + 6
    length = int(value.stream_dict.get("/Length", 0))
    start = data.index(b"stream", head.end())
    while True:  # "stream" may stand in a string or name of the dictionary
        begin = start + 6
        begin += 2 if data[begin : begin + 2] == b"\r\n" else 1 if data[begin : begin + 1] in b"\n\r" else 0
        end = _END_STREAM.match(data, begin + length)
        if end is not None:
            layout.streams[number] = (begin, begin + length)
            return end.end()
        start = data.index(b"stream", start + 6)


def outside_streams(data: bytes, layout: Layout) -> bytes:
    """The file less the data of its streams: what a search in the raw bytes has to read."""
    if not layout.ok:
        return data
    return b"\n".join(data[a:b] for a, b in gaps(list(layout.streams.values()), len(data)))


def attack_orphans(pdf: Any, reached: set[tuple[int, int]], layout: Layout, report: Report) -> None:
    """Objects that exist but hang on nothing. `reached`: what the grammar's walk has seen."""
    report.carried_out("orphans")
    import pikepdf

    service = {"/XRef", "/ObjStm"}
    lost = []
    for value in pdf.objects:
        if tuple(value.objgen) in reached or value is None:
            continue
        if isinstance(value, pikepdf.Stream) and str(value.get("/Type", "")) in service:
            continue
        lost.append(value.objgen[0])
    if lost:
        report.fail("orphans", f"{len(lost)} objects are in the file that no page uses (object {lost[0]})")
    holders = set(layout.compressed.values())
    for number in holders:
        try:
            stream = pdf.get_object(number, 0)
            count = int(stream.N)
        except (AttributeError, TypeError, ValueError):
            continue
        named = sum(1 for holder in layout.compressed.values() if holder == number)
        if count > named:
            report.fail("orphans", f"object stream {number} holds {count - named} objects that nothing names")


def flate_size(raw: bytes) -> tuple[int, int]:
    """(bytes of the inflated data, bytes behind its end); (-1, 0) for no zlib data or one cut short."""
    engine = zlib.decompressobj()
    size = 0
    try:
        piece = engine.decompress(raw, _PIECE)
        while piece or engine.unconsumed_tail:
            size += len(piece)
            piece = engine.decompress(engine.unconsumed_tail, _PIECE)
    except zlib.error:
        return -1, 0
    return (size, len(engine.unused_data.strip(b"\r\n"))) if engine.eof else (-1, 0)
