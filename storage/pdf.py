"""PDF files through MuPDF: page geometry, page images, the text layer with its boxes.

MuPDF gives text in the coordinates of the page *before* /Rotate (with CropBox and UserUnit applied);
`_displayed` alone turns them. PyMuPDF's own `rotation_matrix` is not used: it forgets UserUnit and a
CropBox that is larger than the MediaBox.
"""

from __future__ import annotations

import contextlib
import math
import mmap
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from model.errors import InkveilError, OverLimit, PasswordNeeded, Unreadable
from model.geometry import POINTS_PER_INCH, Box
from storage.inspect import inspected
from storage.limits import MEGAPIXEL, Limits, check_pages, check_pixels
from storage.mupdf import LOCK, pymupdf
from storage.sources import PDF, PageInfo, Source, TextWord

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DPI: Final = 300.0
SCAN_DPI: Final = (150.0, 400.0)
SMALLEST_DPI: Final = 36.0
"""A page that stays over the pixel limit even at this resolution is refused."""
_REFERENCE: Final = re.compile(r"\b(\d+) \d+ R\b")
_STRING: Final = re.compile(r"\((?:\\.|[^\\()])*\)", re.DOTALL)
PAINTED: Final = 16 | 32
"""char_flags of MuPDF's structured text: filled, stroked."""


class PdfSource(Source):
    """An open PDF."""

    def __init__(
        self,
        data: bytes | Path,
        *,
        name: str,
        sha256: str,
        limits: Limits,
        password: str | None = None,
        pages: Sequence[PageInfo] | None = None,
    ) -> None:
        super().__init__(
            data if isinstance(data, Path) else None,
            None if isinstance(data, Path) else data,
            name=name, sha256=sha256, media_type=PDF, limits=limits,
        )  # fmt: skip
        self.password = password
        if pages is None:
            pages = inspected(data, name, password, limits)
        self.pages = tuple(pages)
        with LOCK, refusing(name):
            self._doc = open_document(data, name, password, limits)
            self.encrypted = self._doc.xref_get_key(-1, "Encrypt")[0] != "null"

    def render(
        self, number: int, *, dpi: float | None = None, max_side: int | None = None
    ) -> NDArray[np.uint8]:
        import numpy as np

        info = self.page(number)
        exact = dpi is None
        dpi = min(info.dpi if dpi is None else dpi, _affordable(info.width_pt, info.height_pt, self.limits))
        if max_side is not None:
            longest = max(info.width_pt, info.height_pt) * dpi / POINTS_PER_INCH
            if longest > max_side:
                dpi, exact = dpi * max_side / longest, False
        module = pymupdf()
        with LOCK, refusing(self.name, number):
            page = self._doc[number - 1]
            zoom = dpi / POINTS_PER_INCH
            pixmap = page.get_pixmap(matrix=module.Matrix(zoom, zoom), colorspace=module.csRGB, alpha=False)
            array = np.frombuffer(pixmap.samples_mv, np.uint8).reshape(pixmap.height, pixmap.width, 3).copy()
        if exact and array.shape[:2] != (info.height, info.width):
            return _fitted(array, info.height, info.width)
        return array

    def words(self, number: int) -> list[TextWord]:
        self.page(number)
        module = pymupdf()
        with LOCK, refusing(self.name, number):
            page = self._doc[number - 1]
            text = page.get_text("rawdict", flags=module.TEXT_PRESERVE_WHITESPACE | module.TEXT_MEDIABOX_CLIP)
            rotation, rect = page.rotation, page.rect
        return list(_words(text["blocks"], rotation, rect.width, rect.height))

    def close(self) -> None:
        with LOCK:
            if not self._doc.is_closed:
                self._doc.close()


def open_document(data: bytes | Path, name: str, password: str | None, limits: Limits) -> Any:
    """The pymupdf document, decrypted. Raises Unreadable, PasswordNeeded, OverLimit. Call with LOCK held."""
    module = pymupdf()
    document = (
        module.open(str(data), filetype="pdf") if isinstance(data, Path) else module.open("pdf", stream=data)
    )
    try:
        if not document.is_pdf:
            raise Unreadable(f"{name} is no PDF.", file=name)
        # Asked once, before authenticate: asking again afterwards would lock the text again.
        if document.needs_pass and not (password and document.authenticate(password)):
            raise PasswordNeeded(
                f"The password for {name} is wrong." if password else f"{name} needs a password.", file=name
            )
        if _cut_short(data, document):
            raise Unreadable(
                f"{name} is cut short: its end is missing. Get the whole file and add it again.", file=name
            )
        count = document.page_count
        if count == 0:
            raise Unreadable(f"{name} has no pages.", file=name)
        check_pages(count, name, limits)
    except BaseException:
        document.close()
        raise
    return document


def _cut_short(data: bytes | Path, document: Any) -> bool:
    """True where objects follow the last end-of-file mark (ISO 32000-1, 7.5.5), or what it ended is missing.

    MuPDF would repair such a file, or go back to an earlier state of it, and show empty pages. A file that
    has lost nothing but its table of contents is whole: its last object is closed, and every object that
    another one names is there.
    """
    if isinstance(data, bytes):
        return _ends_early(data, document)
    with data.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        return _ends_early(view, document)


def _ends_early(data: bytes | mmap.mmap, document: Any) -> bool:
    end = data.rfind(b"%%EOF")
    if end >= 0:
        return data.find(b" obj", end) >= 0
    if not document.is_repaired:
        return False
    return data.rfind(b" obj") > data.rfind(b"endobj") or _names_missing(document)


def _names_missing(document: Any) -> bool:
    """Whether an object that the document leads to names one that is not in the file."""
    present = {xref for xref in range(1, document.xref_length()) if document.xref_object(xref) != "null"}
    waiting = [int(r) for r in _REFERENCE.findall(document.pdf_trailer())]
    seen: set[int] = set()
    while waiting:
        xref = waiting.pop()
        if xref in seen:
            continue
        seen.add(xref)
        if xref not in present:
            return True
        waiting += [int(r) for r in _REFERENCE.findall(_STRING.sub("", document.xref_object(xref)))]
    return False


def has_patterns(document: Any) -> bool:
    """True where the file has a pattern or a shading: the time of drawing one grows with the pixels."""
    return any(
        document.xref_get_key(xref, key)[0] != "null"
        for xref in range(1, document.xref_length())
        for key in ("PatternType", "ShadingType")
    )


def page_info(document: Any, number: int, name: str, limits: Limits) -> PageInfo:
    """One page's geometry, without rendering it. Raises Unreadable, OverLimit. Call with LOCK held."""
    module = pymupdf()
    with refusing(name, number):
        page = document[number - 1]
        width, height = float(page.rect.width), float(page.rect.height)
        images = page.get_images(full=True)
        for image in images:
            check_pixels(image[2], image[3], name, number, limits)
            if "JPXDecode" in image[8]:
                check_pixels(*_jpx_size(document.xref_stream_raw(image[0])), name, number, limits)
        layer = page.get_textpage(flags=module.TEXT_PRESERVE_IMAGES | module.TEXT_MEDIABOX_CLIP)
        has_text = any(not c.isspace() for c in layer.extractText())
        drawn = layer.extractIMGINFO()
    for image in drawn:
        check_pixels(image["width"], image["height"], name, number, limits)
    if not (width > 0 and height > 0 and math.isfinite(width * height)):
        raise Unreadable(f"Page {number} of {name} has no area.", file=name, page=number)
    native = _scan_dpi(drawn, width * height)
    dpi = DPI if native is None else min(max(native, SCAN_DPI[0]), SCAN_DPI[1])
    most = _affordable(width, height, limits)
    if most < SMALLEST_DPI:
        raise OverLimit(
            f"Page {number} of {name} is {width / POINTS_PER_INCH:,.0f} x "
            f"{height / POINTS_PER_INCH:,.0f} inches; "
            f"it can't be shown within {limits.pixels / MEGAPIXEL:,.0f} megapixels.",
            file=name,
            page=number,
        )
    dpi = min(dpi, most)
    return PageInfo(number, width, height, dpi, pixels(width, dpi), pixels(height, dpi), has_text)


def _jpx_size(data: bytes) -> tuple[int, int]:
    """Pixels by the JPEG 2000 codestream itself (marker SIZ): the PDF's own figures may be lies."""
    start = data.find(b"\xff\x4f\xff\x51")
    if start < 0 or len(data) < start + 24:
        return 0, 0
    x1, y1, x0, y0 = struct.unpack(">4I", data[start + 8 : start + 24])
    return max(0, x1 - x0), max(0, y1 - y0)


def pixels(points: float, dpi: float) -> int:
    """Pixels that MuPDF gives a length: its rounding leaves a thousandth over before it adds one."""
    return max(1, math.ceil(points * dpi / POINTS_PER_INCH - 0.001))


def _affordable(width: float, height: float, limits: Limits) -> float:
    """The highest resolution at which the page stays within the pixel limit; a whole number from 1 up."""
    dpi = POINTS_PER_INCH * math.sqrt(limits.pixels / (width * height))
    return float(math.floor(dpi)) if dpi >= 1 else dpi


def _scan_dpi(images: Sequence[dict[str, Any]], area: float) -> float | None:
    """Resolution of the one image that covers the page, or of the strips that do; None for other pages."""
    covered, best = 0.0, 0.0
    for image in images:
        a, b, c, d, _, _ = image["transform"]
        across, down = math.hypot(a, b), math.hypot(c, d)
        if across <= 0 or down <= 0:
            continue
        covered += across * down
        if across * down >= 0.02 * area:
            best = max(best, min(image["width"] / across, image["height"] / down) * POINTS_PER_INCH)
    return best if best and covered >= 0.8 * area else None


def _words(
    blocks: Sequence[dict[str, Any]], rotation: int, width: float, height: float
) -> Iterator[TextWord]:
    """Runs of characters between white space, with the number of their line."""
    number, run, before = -1, _Run(), None
    for block in blocks:
        for line in block.get("lines", ()):
            if before is None or not _goes_on(before, line):
                yield from run.word(number)
                number += 1
                angle = round(math.degrees(math.atan2(line["dir"][1], line["dir"][0])) + rotation, 2) % 360
                run = _Run(bool(line["wmode"]), angle)
            before = line
            for span in line["spans"]:
                invisible = not span.get("char_flags", PAINTED) & PAINTED
                for char in span["chars"]:
                    if char["c"].isspace():
                        yield from run.word(number)
                        run = _Run(run.vertical, run.angle)
                    else:
                        box = _displayed(char["bbox"], rotation, width, height)
                        run.chars.append((char["c"], box, invisible))
    yield from run.word(number)


def _goes_on(before: dict[str, Any], line: dict[str, Any]) -> bool:
    """MuPDF often makes a line of each character of vertical writing: true for the next one of a column."""
    if not (before["wmode"] and line["wmode"]):
        return False
    one, two = before["bbox"], line["bbox"]
    size = max(one[2] - one[0], two[2] - two[0])
    aside, gap = (one[0] + one[2] - two[0] - two[2]) / 2, two[1] - one[3]
    return bool(abs(aside) < 0.2 * size and abs(gap) < 0.6 * size)


@dataclass(slots=True)
class _Run:
    """The characters of a word, while they are being collected."""

    vertical: bool = False
    angle: float = 0.0
    chars: list[tuple[str, Box, bool]] = field(default_factory=list)

    def word(self, line: int) -> Iterator[TextWord]:
        if self.chars:
            yield TextWord(
                "".join(c for c, _, _ in self.chars),
                Box.union_of(b for _, b, _ in self.chars),
                line,
                self.vertical,
                all(hidden for _, _, hidden in self.chars),
                self.angle,
                tuple(b for _, b, _ in self.chars),
            )


def _displayed(bbox: Sequence[float], rotation: int, width: float, height: float) -> Box:
    """A box before /Rotate as one on the displayed page, which is width x height (after /Rotate)."""
    x0, x1 = sorted((bbox[0], bbox[2]))
    y0, y1 = sorted((bbox[1], bbox[3]))
    if rotation == 90:
        return Box(width - y1, x0, width - y0, x1)
    if rotation == 180:
        return Box(width - x1, height - y1, width - x0, height - y0)
    if rotation == 270:
        return Box(y0, height - x1, y1, height - x0)
    return Box(x0, y0, x1, y1)


def _fitted(array: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """The array cut, or filled up with white, to the size that was promised."""
    import numpy as np

    result = np.full((height, width, 3), 255, np.uint8)
    h, w = min(height, array.shape[0]), min(width, array.shape[1])
    result[:h, :w] = array[:h, :w]
    return result


@contextlib.contextmanager
def refusing(name: str, page: int | None = None) -> Iterator[None]:
    """Turns whatever MuPDF raises about a file into Unreadable."""
    try:
        yield
    except InkveilError:
        raise
    except Exception as error:
        if isinstance(error, MemoryError) or "alloc" in str(error):
            raise OverLimit(f"{name} needs more memory than is allowed.", file=name, page=page) from None
        where = f"Page {page} of {name}" if page else name
        raise Unreadable(
            f"{where} is damaged or cut short and can't be opened.", file=name, page=page
        ) from error
