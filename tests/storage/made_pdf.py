"""PDF files made by hand, object by object, so that the tests can say exactly what is in them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

Object = bytes


def pdf(objects: Sequence[Object], *, root: int = 1) -> bytes:
    """Objects 1, 2, ... with a cross-reference table."""
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    return (
        out + b"xref\n0 %d\n0000000000 65535 f \n" % count + table
        + b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, root, start)
    )  # fmt: skip


def stream(data: bytes, entries: bytes = b"") -> Object:
    return b"<<" + entries + b"/Length %d>>\nstream\n" % len(data) + data + b"\nendstream"


def zeros(mebibytes: int, byte: bytes = b" ") -> bytes:
    """So many MiB of one byte, deflated (a thousandth of the size)."""
    packer = zlib.compressobj(9)
    block = byte * (1 << 20)
    first = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)  # stands alone: it may be repeated
    return first + again * (mebibytes - 1) + b"\x03\x00" + b"\0\0\0\0"


def one_page(
    content: bytes = b"",
    *,
    page: bytes = b"/MediaBox[0 0 612 792]",
    resources: bytes = b"/Font<</F <</Type/Font/Subtype/Type1/BaseFont/Courier>>>>",
    inherited: bytes = b"",
    contents: Object | None = None,
    more: Sequence[Object] = (),
) -> bytes:
    """Objects: 1 catalogue, 2 pages, 3 the page, 4 its content, 5 and further `more`."""
    return pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1" + inherited + b">>",
            b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<<" + resources + b">>" + page + b">>",
            stream(content) if contents is None else contents,
            *more,
        ]
    )


def many_pages(count: int, text: bytes = b"Page") -> bytes:
    kids = b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(count))
    objects: list[Object] = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[" + kids + b"]/Count %d/MediaBox[0 0 595 842]" % count
        + b"/Resources<</Font<</F 3 0 R>>>>>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]  # fmt: skip
    for number in range(count):
        objects.append(b"<</Type/Page/Parent 2 0 R/Contents %d 0 R>>" % (5 + 2 * number))
        lines = b"".join(
            b"BT /F 11 Tf 72 %d Td (%s %d line %d of the letter) Tj ET\n"
            % (780 - 14 * n, text, number + 1, n)
            for n in range(40)
        )
        objects.append(stream(zlib.compress(lines), b"/Filter/FlateDecode"))
    return pdf(objects)
