"""What the codes of a font stand for: reads ToUnicode CMaps (ISO 32000-1, 9.10.3)."""

from __future__ import annotations

import re
from typing import Any

_TOKEN = re.compile(rb"<([0-9A-Fa-f\s]*)>|(\[)|(\])|([A-Za-z]+)|%[^\r\n]*")


def read_unicode(stream: Any) -> dict[int, str]:
    """Code -> text, of bfchar and bfrange; {} for what is no stream. Entries over 8 characters are left."""
    import pikepdf

    if not isinstance(stream, pikepdf.Stream):
        return {}
    mapping: dict[int, str] = {}
    operands: list[bytes | list[bytes]] = []
    array: list[bytes] | None = None
    for match in _TOKEN.finditer(stream.read_bytes()):
        hexed, opened, closed, word = match.groups()
        if hexed is not None:
            data = bytes.fromhex(
                (b"".join(hexed.split()) + b"0" * (len(b"".join(hexed.split())) % 2)).decode()
            )
            (operands if array is None else array).append(data)
        elif opened:
            array = []
        elif closed:
            operands.append(array or [])
            array = None
        elif word in (b"beginbfchar", b"beginbfrange", b"begincodespacerange"):
            operands = []
        elif word == b"endbfchar":
            for code, text in zip(operands[::2], operands[1::2], strict=False):
                _note(mapping, code, text)
            operands = []
        elif word == b"endbfrange":
            for low, high, text in zip(operands[::3], operands[1::3], operands[2::3], strict=False):
                _range(mapping, low, high, text)
            operands = []
    return mapping


def _note(mapping: dict[int, str], code: Any, text: Any) -> None:
    if isinstance(code, bytes) and isinstance(text, bytes):
        value = text.decode("utf-16-be", "ignore")
        if 0 < len(value) <= 8:
            mapping[int.from_bytes(code)] = value


def _range(mapping: dict[int, str], low: Any, high: Any, text: Any) -> None:
    if not isinstance(low, bytes) or not isinstance(high, bytes):
        return
    first, last = int.from_bytes(low), min(int.from_bytes(high), 0xFFFF)
    for offset, code in enumerate(range(first, last + 1)):
        if isinstance(text, list):
            if offset < len(text):
                _note(mapping, code.to_bytes(2), text[offset])
        elif len(text) >= 2:
            end = int.from_bytes(text[-2:]) + offset
            _note(mapping, code.to_bytes(2), text[:-2] + (end & 0xFFFF).to_bytes(2))
