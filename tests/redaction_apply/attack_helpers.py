"""Ways to get a secret out of a finished PDF, for the tests of redaction.apply."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pikepdf
import pymupdf
from PIL import Image


def folded(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


def mupdf_text(pdf: bytes) -> str:
    with pymupdf.open(stream=pdf) as doc:
        return "\n".join(page.get_text() for page in doc)


def poppler_text(pdf: bytes) -> str:
    run = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return run.stdout.decode()


def pdfminer_text(pdf: bytes) -> str:
    from pdfminer.high_level import extract_text

    return extract_text(io.BytesIO(pdf))


def object_strings(pdf: bytes) -> Iterator[str]:
    """Every key, name, string and decoded stream of every object."""
    with pikepdf.open(io.BytesIO(pdf)) as doc:
        for item in doc.objects:
            yield from _strings(item, 0)


def _strings(item: Any, depth: int) -> Iterator[str]:
    if depth > 8:
        return
    if isinstance(item, pikepdf.Stream):
        try:
            data = item.read_bytes()
        except pikepdf.PdfError:
            data = item.read_raw_bytes()
        yield data.decode("latin-1")
        yield data.decode("utf-16-be", "ignore")
        for text in re.findall(rb"<([0-9A-Fa-f]+)>", data):
            yield bytes.fromhex((text + b"0" * (len(text) % 2)).decode()).decode("latin-1")
    if isinstance(item, (pikepdf.Stream, pikepdf.Dictionary)):
        for key, value in item.items():
            yield key
            yield from _strings(value, depth + 1)
    elif isinstance(item, pikepdf.Array):
        for value in item:
            yield from _strings(value, depth + 1)
    elif isinstance(item, (pikepdf.String, pikepdf.Name)):
        yield str(item)


def raw_strings(pdf: bytes) -> Iterator[str]:
    """The bytes as they are, and every deflated piece of them, whether an object refers to it or not."""
    yield pdf.decode("latin-1")
    for match in re.finditer(rb"stream\r?\n", pdf):
        try:
            yield zlib.decompressobj().decompress(pdf[match.end() :]).decode("latin-1")
        except zlib.error:
            continue


def leaks(pdf: bytes, secrets: tuple[str, ...]) -> list[str]:
    """The secrets that any of the ways brings to light, letter case and punctuation apart."""
    found = []
    sources = {
        "mupdf": [mupdf_text(pdf)],
        "pdfminer": [pdfminer_text(pdf)],
        "objects": list(object_strings(pdf)),
        "raw": list(raw_strings(pdf)),
    }
    if shutil.which("pdftotext"):
        sources["poppler"] = [poppler_text(pdf)]
    for how, texts in sources.items():
        joined = [t.lower() for t in texts] + [folded(t) for t in texts]
        found += [f"{how}: {s}" for s in secrets if any(s.lower() in t or folded(s) in t for t in joined)]
    return found


def lost(pdf: bytes, keep: tuple[str, ...]) -> list[str]:
    """The innocent words that an extractor no longer finds in one piece."""
    texts = {"mupdf": mupdf_text(pdf)}
    if shutil.which("pdftotext"):
        texts["poppler"] = poppler_text(pdf)
    flat = {how: re.sub(r"\s+", " ", text) for how, text in texts.items()}
    return [f"{how}: {k}" for how, text in flat.items() for k in keep if k not in text]


def spread_under(pdf: bytes, page: int, box: tuple[float, float, float, float]) -> int:
    """Greatest difference of rendered levels inside a box (displayed points), a pixel of margin left out."""
    scale = 2.0
    with pymupdf.open(stream=pdf) as doc:
        pixmap = doc[page - 1].get_pixmap(matrix=pymupdf.Matrix(scale, scale))
        rows = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.stride)
    x0, y0, x1, y1 = (round(v * scale) for v in box)
    region = rows[max(y0 + 1, 0) : y1 - 1, max(x0 + 1, 0) * 3 : (x1 - 1) * 3]
    return int(region.max()) - int(region.min()) if region.size else 0


def image_spread_under(pdf: bytes, page: int, box: tuple[float, float, float, float]) -> int:
    """As spread_under, for the samples of the images themselves, whatever is painted over them."""
    worst = 0
    with pymupdf.open(stream=pdf) as doc:
        for info in doc[page - 1].get_image_info(xrefs=True):
            matrix = pymupdf.Matrix(info["transform"])
            if not info["xref"] or abs(matrix.a * matrix.d - matrix.b * matrix.c) < 1e-9:
                continue
            pixmap = pymupdf.Pixmap(doc, info["xref"])
            if pixmap.n > 1:
                pixmap = pymupdf.Pixmap(pymupdf.csGRAY, pixmap)
            picture = np.asarray(Image.frombytes("L", (pixmap.width, pixmap.height), pixmap.samples))
            unit = pymupdf.Rect(box).quad.transform(~matrix).rect
            x0, x1 = sorted((unit.x0 * pixmap.width, unit.x1 * pixmap.width))
            y0, y1 = sorted((unit.y0 * pixmap.height, unit.y1 * pixmap.height))
            region = picture[
                max(int(y0) + 2, 0) : max(int(y1) - 2, 0), max(int(x0) + 2, 0) : max(int(x1) - 2, 0)
            ]
            if region.size:
                worst = max(worst, int(region.max()) - int(region.min()))
    return worst
