"""Writes a new PDF, object by object: the only way bytes get into an export.

Only values of the types below can be written; there is no way to hand over an object of another file.
The bytes depend on nothing but the values: no date, no random number, `/ID` is the hash of the content.
"""

from __future__ import annotations

import hashlib
import io
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_REGULAR = re.compile(rb"[^A-Za-z0-9_.+\-]")


class Name(str):
    """A PDF name without its slash."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to an object of the file being written."""

    number: int


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream: its dictionary without /Length, and its data as they will stand in the file."""

    values: Mapping[str, Value]
    data: bytes

    @classmethod
    def deflated(cls, data: bytes, values: Mapping[str, Value] | None = None, *, level: int = 6) -> Stream:
        """`data` compressed with Flate."""
        return cls({**(values or {}), "Filter": Name("FlateDecode")}, zlib.compress(data, level))


class Raw(bytes):
    """A value that is spelled already, by `serialise` itself: what is written often is spelled once."""

    __slots__ = ()


Value = None | bool | int | float | bytes | Name | Ref | Stream | Sequence["Value"] | Mapping[str, "Value"]


def number(value: float) -> bytes:
    """A number as short as five decimals allow, never in exponent form."""
    if isinstance(value, int):
        return b"%d" % value
    text = f"{value:.5f}".rstrip("0").rstrip(".")
    return b"0" if text in ("-0", "") else text.encode()


def name(value: str) -> bytes:
    """A name with every irregular byte written as #xx."""
    raw = value.encode("utf-8", "surrogateescape")
    return b"/" + _REGULAR.sub(lambda m: b"#%02X" % m.group()[0], raw)


def serialise(value: Value) -> bytes:
    """One value as PDF syntax. Streams can't stand inside other values. Raises TypeError for others."""
    if value is None:
        return b"null"
    if value is True:
        return b"true"
    if value is False:
        return b"false"
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, Name):
        return name(value)
    if isinstance(value, Ref):
        return b"%d 0 R" % value.number
    if isinstance(value, Raw):
        return bytes(value)
    if isinstance(value, bytes):
        return b"<" + value.hex().upper().encode() + b">"
    if isinstance(value, Mapping):
        return b"<<" + b"".join(name(k) + b" " + serialise(v) for k, v in value.items()) + b">>"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return b"[" + b" ".join(serialise(v) for v in value) + b"]"
    raise TypeError(f"not a value for a PDF: {type(value).__name__}")


@dataclass(slots=True)
class Writer:
    """Collects objects in the order in which they are written, and ends the file."""

    buffer: io.BytesIO = field(default_factory=io.BytesIO)
    offsets: dict[int, int] = field(default_factory=dict)
    count: int = 0
    level: int = 6
    """How hard pages are compressed, 1 to 9."""

    def __post_init__(self) -> None:
        self.buffer.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def reserve(self) -> Ref:
        """A number for an object that will be put later."""
        self.count += 1
        return Ref(self.count)

    def put(self, value: Value, ref: Ref | None = None) -> Ref:
        """Writes an object. Raises ValueError where its number has been written already."""
        ref = ref or self.reserve()
        if ref.number in self.offsets:
            raise ValueError(f"object {ref.number} is written already")
        self.offsets[ref.number] = self.buffer.tell()
        write = self.buffer.write
        write(b"%d 0 obj\n" % ref.number)
        if isinstance(value, Stream):
            write(serialise({**value.values, "Length": len(value.data)}))
            write(b"\nstream\n")
            write(value.data)
            write(b"\nendstream")
        else:
            write(serialise(value))
        write(b"\nendobj\n")
        return ref

    def finish(self, root: Ref) -> bytes:
        """The whole file. Raises ValueError where a reserved object was never written."""
        missing = [n for n in range(1, self.count + 1) if n not in self.offsets]
        if missing:
            raise ValueError(f"objects never written: {missing[:5]}")
        identity = hashlib.md5(self.buffer.getbuffer(), usedforsecurity=False).digest()
        start = self.buffer.tell()
        lines = [b"xref\n0 %d\n0000000000 65535 f \n" % (self.count + 1)]
        lines += [b"%010d 00000 n \n" % self.offsets[n] for n in range(1, self.count + 1)]
        self.buffer.write(b"".join(lines))
        trailer: Mapping[str, Value] = {"Size": self.count + 1, "Root": root, "ID": [identity, identity]}
        self.buffer.write(b"trailer\n" + serialise(trailer) + b"\nstartxref\n%d\n%%%%EOF\n" % start)
        return self.buffer.getvalue()
