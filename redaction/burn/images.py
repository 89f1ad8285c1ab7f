"""Images that no box touches: their samples, and nothing that came with them.

JPEGs keep their coded data but lose every marker that is not needed to decode it and all that follows
their end; other samples are decoded to their exact length and coded again. Colour spaces are rebuilt
from numbers; a profile travels only where no redacted string is in it.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from typing import Any

from PIL import Image

from redaction.burn.copies import Secrets
from redaction.burn.opened import Opened
from redaction.burn.pdfout import Name, Stream, Value
from redaction.burn.raster import Encoded, encode, encode_flate
from redaction.burn.unproven import Unproven

_COMPONENTS = {"DeviceGray": 1, "CalGray": 1, "Indexed": 1, "Separation": 1, "DeviceRGB": 3, "CalRGB": 3,
               "Lab": 3, "DeviceCMYK": 4}  # fmt: skip
_PLAIN = {"DeviceGray": "DeviceGray", "G": "DeviceGray", "DeviceRGB": "DeviceRGB", "RGB": "DeviceRGB",
          "DeviceCMYK": "DeviceCMYK", "CMYK": "DeviceCMYK"}  # fmt: skip


def image_of(opened: Opened, source: Any, secrets: Secrets) -> Encoded:
    """The image and its soft mask. Raises Unproven where its form is not known for sure."""
    try:
        mask = source.get("/SMask")
        encoded = _single(opened, source, secrets)
        if mask is not None:
            encoded = replace(encoded, mask=_single(opened, mask, secrets))
        return encoded
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise Unproven(f"an image can't be read ({type(error).__name__})") from None


def _single(opened: Opened, source: Any, secrets: Secrets) -> Encoded:
    import pikepdf

    width, height = int(source["/Width"]), int(source["/Height"])
    chain = source.get("/Filter")
    filters = [] if chain is None else [chain] if isinstance(chain, pikepdf.Name) else list(chain)
    last = str(filters[-1]) if filters else ""
    stencil = bool(source.get("/ImageMask", False))
    mask = source.get("/Mask")
    if mask is not None and not isinstance(mask, pikepdf.Array):
        raise Unproven("an image with a stencil mask")
    values: dict[str, Value] = {
        "Type": Name("XObject"),
        "Subtype": Name("Image"),
        "Width": width,
        "Height": height,
    }
    if last in ("/JPXDecode", "/CCITTFaxDecode", "/JBIG2Decode") or (
        last == "/DCTDecode" and len(filters) > 1
    ):
        if stencil or mask is not None:
            raise Unproven("a stencil in a coded form")
        if not plain_colours(source):
            raise Unproven("an image in colours of its own")
        return _decoded(opened, source)
    if stencil:
        values["ImageMask"] = True
        bits, components = 1, 1
    else:
        space = colour_space(source["/ColorSpace"], secrets)
        values["ColorSpace"] = space
        bits = int(source.get("/BitsPerComponent", 8))
        components = _count(space)
    values["BitsPerComponent"] = bits
    if "/Decode" in source:
        values["Decode"] = [float(v) for v in source["/Decode"]]
    if isinstance(mask, pikepdf.Array):
        values["Mask"] = [int(v) for v in mask]
    if last == "/DCTDecode":
        data = bare_jpeg(source.read_raw_bytes(), width, height)
        if data is None:
            if "Decode" in values or "Mask" in values:
                raise Unproven("a damaged JPEG")
            return _decoded(opened, source)
        values["Filter"] = Name("DCTDecode")
        return Encoded(Stream(values, data), width, height)
    row = (width * bits * components + 7) // 8
    samples = source.read_bytes()[: row * height]
    if len(samples) < row * height:
        samples += bytes(row * height - len(samples))
    values["Filter"] = Name("FlateDecode")
    return Encoded(Stream(values, zlib.compress(samples, 6)), width, height)


def plain_colours(source: Any) -> bool:
    """Whether an image's samples are grey, red-green-blue or process colours, not tints of inks or L*a*b*."""
    import pikepdf

    space = source.get("/ColorSpace")
    if isinstance(space, pikepdf.Array) and str(space[0]) in ("/Indexed", "/I"):
        space = space[1]
    return not isinstance(space, pikepdf.Array) or str(space[0]) not in (
        "/Separation",
        "/DeviceN",
        "/Lab",
        "/Pattern",
    )


def _decoded(opened: Opened, source: Any) -> Encoded:
    from redaction.burn.scan import decode

    try:
        image, raw = decode(opened, source)
    except ValueError as error:
        raise Unproven(str(error)) from None
    if image.mode == "1":
        return encode(image)
    if image.width * image.height < 40_000:
        return encode_flate(image)
    return encode(_detached(image), limit=max(int(raw * 1.3), 4000), quality=90)


def _detached(image: Image.Image) -> Image.Image:
    return Image.frombytes(image.mode, image.size, image.tobytes())


def bare_jpeg(data: bytes, width: int, height: int) -> bytes | None:
    """A JPEG without application and comment segments (Adobe's colour flag stays) and without what follows.

    None where it is no plain JPEG of this size (ITU T.81, B.1): then its pixels are to be coded anew.
    """
    if data[:2] != b"\xff\xd8":
        return None
    out = bytearray(b"\xff\xd8")
    at = 2
    scanned = False
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xD9:
            return bytes(out + b"\xff\xd9") if scanned else None
        length = int.from_bytes(data[at + 2 : at + 4])
        segment = data[at : at + 2 + length]
        if length < 2 or len(segment) < length + 2:
            return None
        at += 2 + length
        if marker == 0xEE and segment[4:9] == b"Adobe":
            out += b"\xff\xee\x00\x0e" + segment[4:16]
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            if int.from_bytes(segment[5:7]) != height or int.from_bytes(segment[7:9]) != width:
                return None
            out += segment
        elif marker in (0xC4, 0xCC, 0xDB, 0xDD):
            out += segment
        elif marker == 0xDA:
            end = at
            while True:
                end = data.find(b"\xff", end)
                if end < 0 or end + 1 >= len(data):
                    return None
                if data[end + 1] == 0 or 0xD0 <= data[end + 1] <= 0xD7:
                    end += 2
                    continue
                break
            out += segment + data[at:end]
            at = end
            scanned = True
        elif not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            return None
    return bytes(out + b"\xff\xd9") if scanned and data[at : at + 2] == b"\xff\xd9" else None


# -- colour spaces --------------------------------------------------------------------------------


def colour_space(source: Any, secrets: Secrets, depth: int = 0) -> Value:
    """A colour space made of names and numbers. Raises Unproven for patterns and unknown ones."""
    import pikepdf

    if depth > 4:
        raise Unproven("a colour space within colour spaces")
    if isinstance(source, pikepdf.Name):
        plain = _PLAIN.get(str(source)[1:])
        if plain is None:
            raise Unproven("an unknown colour space")
        return Name(plain)
    kind = str(source[0])[1:]
    if kind in _PLAIN and len(source) == 1:
        return Name(_PLAIN[kind])
    if kind in ("CalGray", "CalRGB", "Lab"):
        keys = ("/WhitePoint", "/BlackPoint", "/Gamma", "/Matrix", "/Range")
        numbers: dict[str, Value] = {
            k[1:]: [float(v) for v in source[1][k]]
            if hasattr(source[1][k], "__iter__")
            else float(source[1][k])
            for k in keys
            if k in source[1]
        }
        return [Name(kind), numbers]
    if kind == "ICCBased":
        return _profile(source[1], secrets)
    if kind in ("Indexed", "I"):
        table = source[3]
        data = table.read_bytes() if isinstance(table, pikepdf.Stream) else bytes(table)
        base = colour_space(source[1], secrets, depth + 1)
        top = min(int(source[2]), 255)
        return [Name("Indexed"), base, top, data[: (top + 1) * _count(base)]]
    if kind in ("Separation", "DeviceN"):
        names = [source[1]] if kind == "Separation" else list(source[1])
        inks = [_ink(str(name)[1:], index) for index, name in enumerate(names)]
        listed: Value = inks[0] if kind == "Separation" else inks
        return [Name(kind), listed, colour_space(source[2], secrets, depth + 1), _function(source[3], 0)]
    raise Unproven("a pattern" if kind == "Pattern" else "an unknown colour space")


def _ink(name: str, index: int) -> Name:
    """A colorant's name, where it means something to whoever shows the page; else one that says nothing."""
    return Name(name if name in _INKS else f"Spot{index + 1}")


_INKS = frozenset(["Cyan", "Magenta", "Yellow", "Black", "All", "None"])


def _profile(stream: Any, secrets: Secrets) -> Value:
    components = int(stream["/N"])
    device = {1: "DeviceGray", 3: "DeviceRGB", 4: "DeviceCMYK"}[components]
    data = stream.read_bytes()
    size = int.from_bytes(data[:4])
    data = data[:size] if 128 < size <= len(data) else data
    text = data.decode("latin-1").replace("\0", "")
    if data[36:40] != b"acsp" or secrets.within(text):
        return Name(device)
    return [Name("ICCBased"), Stream.deflated(data, {"N": components, "Alternate": Name(device)})]


def _function(source: Any, depth: int) -> Value:
    """A function (7.10) of type 0, 2, 3 or 4, rebuilt from its numbers and samples."""
    import pikepdf

    if depth > 4:
        raise Unproven("a function within functions")
    out: dict[str, Value] = {}
    for key in ("/FunctionType", "/BitsPerSample", "/Order"):
        if key in source:
            out[key[1:]] = int(source[key])
    for key in ("/Domain", "/Range", "/C0", "/C1", "/Size", "/Encode", "/Decode", "/Bounds"):
        if key in source:
            out[key[1:]] = [float(v) for v in source[key]]
    if "/Size" in source:
        out["Size"] = [int(v) for v in source["/Size"]]
    if "/N" in source:
        out["N"] = float(source["/N"])
    if "/Functions" in source:
        out["Functions"] = [_function(f, depth + 1) for f in source["/Functions"]]
    if isinstance(source, pikepdf.Stream):
        data = source.read_bytes()
        if out.get("FunctionType") == 4:
            data = _calculator(data)
        return Stream.deflated(data, out)
    return out


_OPERATORS = frozenset(
    b"abs add and atan bitshift ceiling copy cos cvi cvr div dup eq exch exp false floor ge gt idiv if "
    b"ifelse index le ln log lt mod mul ne neg not or pop roll round sin sqrt sub true truncate xor".split()
)
_WORD = re.compile(rb"[{}]|[^\s{}]+")
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def _calculator(data: bytes) -> bytes:
    """A PostScript calculator function (7.10.5) word by word, without its comments. Raises Unproven."""
    words = _WORD.findall(re.sub(rb"%[^\r\n]*", b" ", data))
    for word in words:
        if word not in (b"{", b"}") and word not in _OPERATORS and not _NUMBER.fullmatch(word):
            raise Unproven("a function with an unknown word")
    return b" ".join(words)


def _count(space: Value) -> int:
    if isinstance(space, Name):
        return _COMPONENTS[space]
    assert isinstance(space, list)  # noqa: S101
    kind = space[0]
    if kind == "ICCBased":
        return int(space[1].values["N"])
    if kind == "DeviceN":
        return len(space[1])
    return _COMPONENTS[kind]
