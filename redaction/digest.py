"""A hash of redacted pages that anybody can compute again from the finished file.

The certificate stands at the end of the file that it certifies, so it cannot hold that file's hash.
It holds the hash of the pages before it: SHA-256 over a plain spelling of each page's boxes,
contents and resources, which does not depend on object numbers, their order, or the certificate.
"""

from __future__ import annotations

import hashlib
import io
from typing import Any

_PAGE_KEYS = ("/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Resources", "/Contents")
_INHERITED = ("/MediaBox", "/CropBox", "/Rotate", "/Resources")


def pages_digest(data: bytes, count: int | None = None) -> str:
    """SHA-256 (hex) of the first `count` pages of a PDF, of all without a count.

    Spelling: for each page the line "page n", then its keys in the order of _PAGE_KEYS with their
    values. Dictionaries: "<<", entries by sorted key, ">>"; arrays "[...]"; names with their slash;
    numbers with six decimals at most; strings in hex; a stream: its dictionary without /Length, then
    "stream" and the SHA-256 of its raw data. An indirect object that was spelled on the page before
    is "@" and its position in the order of first mention.
    """
    import pikepdf

    digest = hashlib.sha256()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        streams: dict[tuple[int, ...], bytes] = {}
        for number, page in enumerate(pdf.pages, 1):
            if count is not None and number > count:
                break
            speller = _Speller(digest, streams)
            digest.update(b"page %d\n" % number)
            for key in _PAGE_KEYS:
                value = _value(page.obj, key)
                if value is not None:
                    digest.update(key.encode())
                    speller.spell(value, 0)
    return digest.hexdigest()


def _value(page: Any, key: str) -> Any:
    node = page
    for _ in range(64):
        if node is None or key in node:
            return None if node is None else node[key]
        if key not in _INHERITED:
            return None
        node = node.get("/Parent")
    return None


class _Speller:
    def __init__(self, digest: Any, streams: dict[tuple[int, ...], bytes]) -> None:
        self.digest = digest
        self.streams = streams
        self.mentioned: dict[tuple[int, ...], int] = {}

    def spell(self, value: Any, depth: int) -> None:
        import pikepdf

        say = self.digest.update
        if depth > 200:
            say(b"...")
            return
        if isinstance(value, pikepdf.Object) and value.is_indirect:
            key = tuple(value.objgen)
            if key in self.mentioned:
                say(b"@%d " % self.mentioned[key])
                return
            self.mentioned[key] = len(self.mentioned)
        if isinstance(value, pikepdf.Stream):
            self.dictionary({k: v for k, v in value.stream_dict.items() if k != "/Length"}, depth)
            key = tuple(value.objgen)
            if key not in self.streams:
                self.streams[key] = hashlib.sha256(value.read_raw_bytes()).digest()
            say(b"stream" + self.streams[key])
        elif isinstance(value, pikepdf.Dictionary):
            self.dictionary(dict(value.items()), depth)
        elif isinstance(value, pikepdf.Array):
            say(b"[")
            for item in value:
                self.spell(item, depth + 1)
            say(b"]")
        elif isinstance(value, pikepdf.String):
            say(b"<" + bytes(value).hex().encode() + b">")
        elif isinstance(value, pikepdf.Name):
            say(str(value).encode("utf-8", "surrogateescape") + b" ")
        elif isinstance(value, bool) or value is None:
            say(str(value).encode() + b" ")
        else:
            say(f"{float(value):.6f}".rstrip("0").rstrip(".").encode() + b" ")

    def dictionary(self, entries: dict[str, Any], depth: int) -> None:
        self.digest.update(b"<<")
        for key in sorted(entries):
            if key == "/Parent":
                continue
            self.digest.update(key.encode("utf-8", "surrogateescape") + b" ")
            self.spell(entries[key], depth + 1)
        self.digest.update(b">>")
