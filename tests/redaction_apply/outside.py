"""An independent look at an export: what leaks, what is lost, what moved. Shares no code with redaction.

Reads with pikepdf, MuPDF, pdfminer, poppler's pdftotext and pdfimages, and compares rendered pixels.
"""

from __future__ import annotations

import base64
import io
import math
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import unquote_to_bytes

import attack_helpers as attack
import hostile
import numpy as np
import pymupdf
from numpy.typing import NDArray
from PIL import Image

SCALE = 150 / 72
Rect = tuple[float, float, float, float]


def faults(case: hostile.Case, pdf: bytes, added: Sequence[tuple[int, Rect]], *, kept: bool) -> list[str]:
    """What is wrong with an export of a hostile file. `added`: further boxes that were reported.

    `kept`: the pages kept their text, so no pixel outside of the boxes and their lines may differ.
    """
    found = attack.leaks(pdf, (case.secret, *case.tokens)) + encoded(pdf, case.tokens)
    boxes = [*case.boxes, *added]
    found += [f"lost {word}" for word in lost(case, pdf)]
    for page, box in boxes:
        if attack.spread_under(pdf, page, box) > 3:
            found.append(f"ink under a box of page {page}")
        if case.images and attack.image_spread_under(pdf, page, box) > 60:
            found.append(f"an image under a box of page {page}")
    if not case.moves:
        found += [f"elsewhere: {word}" for word in moved(case, pdf)]
    if kept and not case.images and not case.icons:
        count = changed(case, pdf, boxes)
        if count:
            found.append(f"{count} px outside of the boxes differ")
    return found


def encoded(pdf: bytes, tokens: Iterable[str]) -> list[str]:
    """Tokens that stand in a stream or string in hex, base64, percent signs or UTF-16."""
    found = []
    texts = list(attack.raw_strings(pdf)) + list(attack.object_strings(pdf))
    for text in texts:
        forms = [text.encode("latin-1", "ignore").replace(b"\0", b"")]
        runs = re.findall(r"[0-9A-Fa-f]{12,}", text)
        forms += [bytes.fromhex(run[: len(run) // 2 * 2]).replace(b"\0", b"") for run in runs]
        for run in re.findall(r"[A-Za-z0-9+/]{16,}={0,2}", text)[:2000]:
            for cut in range(4):
                try:
                    forms.append(base64.b64decode(run[cut:][: len(run[cut:]) // 4 * 4]))
                except ValueError:
                    continue
        if "%" in text:
            forms.append(unquote_to_bytes(text.encode("latin-1", "ignore")))
        found += [f"encoded: {t}" for t in tokens for f in forms if t.encode() in f]
    return found


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def lost(case: hostile.Case, pdf: bytes) -> list[str]:
    """Innocent words that an extractor finds in the source and no longer in the export."""
    before = {"mupdf": _flat(attack.mupdf_text(plain(case)))}
    after = {"mupdf": _flat(attack.mupdf_text(pdf))}
    if shutil.which("pdftotext"):
        before["poppler"] = _flat(attack.poppler_text(plain(case)))
        after["poppler"] = _flat(attack.poppler_text(pdf))
    return [
        f"{how}: {k}" for how, text in after.items() for k in case.keep if k in before[how] and k not in text
    ]


def plain(case: hostile.Case) -> bytes:
    """The source without its password."""
    with pymupdf.open(stream=case.data, filetype="pdf") as doc:
        if doc.needs_pass:
            doc.authenticate(case.password or "")
        elif not doc.is_repaired:
            return case.data
        return bytes(doc.tobytes(encryption=pymupdf.PDF_ENCRYPT_NONE))


def moved(case: hostile.Case, pdf: bytes) -> list[str]:
    """Words of the kept phrases that stand more than half an em from where they stood."""
    wanted = {w for k in case.keep for w in k.split()}
    found = []
    with pymupdf.open(stream=plain(case), filetype="pdf") as old, pymupdf.open(stream=pdf) as new:
        for number in range(min(old.page_count, new.page_count)):
            places: dict[str, list[Rect]] = {}
            for w in new[number].get_text("words"):
                places.setdefault(w[4], []).append(w[:4])
            matrix = turned(old[number])
            for w in old[number].get_text("words"):
                rect = pymupdf.Rect(w[:4]) * matrix
                if w[4] not in wanted or w[4] not in places:
                    continue
                near = min(
                    max(
                        abs((a[0] + a[2] - rect.x0 - rect.x1) / 2), abs((a[1] + a[3] - rect.y0 - rect.y1) / 2)
                    )
                    for a in places[w[4]]
                )
                if near > 6.5:
                    found.append(f"{w[4]} by {near:.1f}")
    return found


def turned(page: pymupdf.Page) -> pymupdf.Matrix:
    """Unrotated -> displayed points, from the displayed size (crop boxes may be larger than the page)."""
    w, h = page.rect.width, page.rect.height
    rows = ((1, 0, 0, 1, 0, 0), (0, 1, -1, 0, w, 0), (-1, 0, 0, -1, w, h), (0, -1, 1, 0, 0, h))
    return pymupdf.Matrix(*rows[page.rotation // 90 % 4])


def render(page: pymupdf.Page) -> NDArray[np.int16]:
    pixmap = page.get_pixmap(matrix=pymupdf.Matrix(SCALE, SCALE), alpha=False)
    rows = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.stride)
    return rows[:, : pixmap.width * 3].reshape(pixmap.height, pixmap.width, 3).astype(np.int16)


def changed(case: hostile.Case, pdf: bytes, boxes: Sequence[tuple[int, Rect]], level: int = 8) -> int:
    """Pixels at 150 dpi that differ outside of the boxes and of the lines that they stand in."""
    total = 0
    with pymupdf.open(stream=plain(case), filetype="pdf") as old, pymupdf.open(stream=pdf) as new:
        for number in range(old.page_count):
            before, after = render(old[number]), render(new[number])
            if before.shape != after.shape:
                return before.size
            differs = np.abs(before - after).max(axis=2) > level
            for page, (x0, y0, x1, y1) in boxes:
                if page != number + 1:
                    continue
                # Boxes end on a grid of a quarter em, of 6 points at most, where the page is blank.
                x1, y1 = (x1, y1 + 6.5) if y1 - y0 > x1 - x0 <= 40 else (x1 + 6.5, y1)
                a, b, c, d = (
                    math.floor(x0 * SCALE) - 6,
                    math.floor(y0 * SCALE) - 6,
                    math.ceil(x1 * SCALE) + 6,
                    math.ceil(y1 * SCALE) + 6,
                )
                if x1 - x0 >= y1 - y0:
                    differs[max(b, 0) : d, :] = False
                else:
                    differs[:, max(a, 0) : c] = False
            total += int(differs.sum())
    return total


def pictures(pdf: bytes) -> list[Image.Image]:
    """Every image that poppler's pdfimages takes out."""
    if not shutil.which("pdfimages"):
        return []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.pdf")
        path.write_bytes(pdf)
        subprocess.run(["pdfimages", "-png", str(path), folder + "/i"], check=True, capture_output=True)
        out = []
        for name in sorted(Path(folder).glob("i-*.png")):
            with Image.open(io.BytesIO(name.read_bytes())) as image:
                out.append(image.convert("L"))
        return out


def read_by_ocr(pdf: bytes, tokens: Sequence[str], scale: float = 200 / 72) -> list[str]:
    """Tokens that Tesseract reads on the rendered pages and in the images of a file."""
    import pytesseract

    sheets = pictures(pdf)
    with pymupdf.open(stream=pdf) as doc:
        for page in doc:
            pixmap = page.get_pixmap(matrix=pymupdf.Matrix(scale, scale), colorspace="gray")
            sheets.append(Image.frombytes("L", (pixmap.width, pixmap.height), pixmap.samples))
    text = attack.folded(" ".join(pytesseract.image_to_string(s) for s in sheets if min(s.size) > 20))
    return [f"read: {t}" for t in tokens if len(attack.folded(t)) >= 5 and attack.folded(t) in text]


def words_of(pdf: bytes) -> Counter[str]:
    with pymupdf.open(stream=pdf) as doc:
        return Counter(w[4] for page in doc for w in page.get_text("words"))
