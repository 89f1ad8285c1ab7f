"""A document's transcript in the formats of others: text, JSON, CSV, hOCR, ALTO 4, PAGE XML 2019.

Pure functions from transcript pages to text; what was redacted is masked before (`masked`), so that
nothing leaves in a transcript that was destroyed in the PDF. Coordinates are pixels of the page image.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final
from xml.etree import ElementTree as ET

from model.errors import UsageError
from model.findings import Redaction
from model.geometry import Box, Quad, points_to_image
from model.words import TranscriptPage, TranscriptSlot

HOCR = "http://www.w3.org/1999/xhtml"
ALTO = "http://www.loc.gov/standards/alto/ns-v4#"
PAGE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
MASK: Final = "[redacted]"
COVERED: Final = 0.1
"""A word is masked as soon as this share of its box lies under a redaction: neighbours that the
margin of a redaction only brushes keep their text, anything that is cut does not."""


def masked(pages: Sequence[TranscriptPage], redactions: Sequence[Redaction]) -> list[TranscriptPage]:
    """The pages with every word under a redaction replaced by its label (or MASK), candidates gone.

    Neighbouring masked words of a line become one mask, so that their number is not told either.
    """
    return [_masked_page(page, [r for r in redactions if r.page == page.page]) for page in pages]


def _masked_page(page: TranscriptPage, redactions: Sequence[Redaction]) -> TranscriptPage:
    boxes = [(points_to_image(r.box, page.dpi), r) for r in redactions]
    slots: list[TranscriptSlot] = []
    masked_line: int | None = None
    for slot in page.slots:
        hit = next(((box, r) for box, r in boxes if _covers(box, slot)), None)
        if hit is None:
            masked_line = None
            slots.append(replace(slot, candidates=()))
        elif slot.line != masked_line:
            masked_line = slot.line
            slots.append(_mask(slot, hit[0].clipped(page.width, page.height), hit[1].label or MASK))
    return replace(page, slots=tuple(slots))


def _mask(slot: TranscriptSlot, box: Box, label: str) -> TranscriptSlot:
    return replace(slot, text=label, quad=Quad.from_box(box), redact_box=box, candidates=(), reasons=())


def _covers(box: Box, slot: TranscriptSlot) -> bool:
    shared = box.intersection(slot.box)
    return shared is not None and shared.area > COVERED * slot.box.area


def as_text(pages: Sequence[TranscriptPage], _name: str) -> str:
    """UTF-8 text: lines as on the page, a form feed between pages."""
    return "\n\f".join(page.text for page in pages) + "\n"


def as_json(pages: Sequence[TranscriptPage], name: str) -> str:
    """The slots with their state, in reading order."""
    return (
        json.dumps(
            {
                "source": {"name": name},
                "pages": [
                    {
                        "page": p.page,
                        "width": p.width,
                        "height": p.height,
                        "dpi": p.dpi,
                        "approved": p.approved,
                        "text": p.text,
                        "slots": [
                            {
                                "id": s.id,
                                "text": s.text,
                                "box": s.box.rounded(),
                                "quad": s.quad.as_list(),
                                "line": s.line,
                                "order": k,
                                "status": s.status,
                                "risk": round(s.risk, 4),
                            }
                            for k, s in enumerate(p.slots)
                        ],
                    }
                    for p in pages
                ],
            },
            ensure_ascii=False,
            indent=1,
        )
        + "\n"
    )


def as_csv(pages: Sequence[TranscriptPage], _name: str) -> str:
    """One row a word. A leading =, +, - or @ is quoted, so that no spreadsheet runs it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["page", "line", "order", "text", "x0", "y0", "x1", "y1", "status", "risk"])
    for page in pages:
        for order, slot in enumerate(page.slots):
            text = f"'{slot.text}" if slot.text[:1] in "=+-@\t" and slot.text else slot.text
            writer.writerow(
                [page.page, slot.line, order, text, *slot.box.rounded(1), slot.status, f"{slot.risk:.4f}"]
            )
    return out.getvalue()


def as_hocr(pages: Sequence[TranscriptPage], name: str) -> str:
    """HOCR 1.2: ocr_page, ocr_line, ocrx_word with bbox and x_wconf."""
    html = ET.Element("html", {"xmlns": HOCR})
    head = ET.SubElement(html, "head")
    ET.SubElement(head, "title").text = name
    ET.SubElement(head, "meta", {"charset": "utf-8"})
    ET.SubElement(head, "meta", {"name": "ocr-system", "content": "Inkveil"})
    ET.SubElement(head, "meta", {"name": "ocr-capabilities", "content": "ocr_page ocr_line ocrx_word"})
    body = ET.SubElement(html, "body")
    for page in pages:
        title = f"bbox 0 0 {page.width} {page.height}; ppageno {page.page - 1}; scan_res {page.dpi:g}"
        at = ET.SubElement(body, "div", {"class": "ocr_page", "id": f"page_{page.page}", "title": title})
        for number, line in _lines(page):
            row = ET.SubElement(
                at,
                "span",
                {"class": "ocr_line", "id": f"line_{page.page}_{number}", "title": _bbox(_around(line))},
            )
            for slot in line:
                confidence = round(100 * (1 - slot.risk))
                word = ET.SubElement(
                    row,
                    "span",
                    {
                        "class": "ocrx_word",
                        "id": f"word_{page.page}_{slot.id}",
                        "title": f"{_bbox(slot.box)}; x_wconf {confidence}",
                    },
                )
                word.text = _xml(slot.text)
                word.tail = " "
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        + ET.tostring(html, encoding="unicode")
        + "\n"
    )


def as_alto(pages: Sequence[TranscriptPage], name: str) -> str:
    """ALTO 4 with one TextBlock a page, pixels, a WC from the risk."""
    alto = ET.Element("alto", {"xmlns": ALTO})
    description = ET.SubElement(alto, "Description")
    ET.SubElement(description, "MeasurementUnit").text = "pixel"
    source = ET.SubElement(description, "sourceImageInformation")
    ET.SubElement(source, "fileName").text = _xml(name)
    layout = ET.SubElement(alto, "Layout")
    for page in pages:
        size = {"HEIGHT": str(page.height), "WIDTH": str(page.width)}
        at = ET.SubElement(layout, "Page", {"ID": f"P{page.page}", "PHYSICAL_IMG_NR": str(page.page), **size})
        space = ET.SubElement(at, "PrintSpace", {"HPOS": "0", "VPOS": "0", **size})
        lines = list(_lines(page))
        if not lines:
            continue
        block = ET.SubElement(
            space,
            "TextBlock",
            {"ID": f"B{page.page}", **_alto(_around([s for _, line in lines for s in line]))},
        )
        for number, line in lines:
            row = ET.SubElement(block, "TextLine", {"ID": f"L{page.page}_{number}", **_alto(_around(line))})
            for k, slot in enumerate(line):
                if k:
                    ET.SubElement(row, "SP")
                ET.SubElement(
                    row,
                    "String",
                    {
                        "ID": f"S{page.page}_{slot.id}",
                        **_alto(slot.box),
                        "CONTENT": _xml(slot.text),
                        "WC": f"{min(max(1 - slot.risk, 0.0), 1.0):.3f}",
                    },
                )
    return _document(alto)


def as_page(page: TranscriptPage, name: str) -> str:
    """PAGE XML 2019-07-15 of one page: a region, its lines, its words."""
    root = ET.Element("PcGts", {"xmlns": PAGE})
    metadata = ET.SubElement(root, "Metadata")
    ET.SubElement(metadata, "Creator").text = "Inkveil"
    # The schema asks for both times; the epoch keeps the export of the same transcript byte-identical.
    ET.SubElement(metadata, "Created").text = "1970-01-01T00:00:00"
    ET.SubElement(metadata, "LastChange").text = "1970-01-01T00:00:00"
    at = ET.SubElement(
        root,
        "Page",
        {"imageFilename": _xml(name), "imageWidth": str(page.width), "imageHeight": str(page.height)},
    )
    lines = list(_lines(page))
    if lines:
        region = ET.SubElement(at, "TextRegion", {"id": "r1"})
        ET.SubElement(
            region, "Coords", {"points": _points(Quad.from_box(_around([s for _, x in lines for s in x])))}
        )
        for number, line in lines:
            row = ET.SubElement(region, "TextLine", {"id": f"l{number}"})
            ET.SubElement(row, "Coords", {"points": _points(Quad.from_box(_around(line)))})
            for slot in line:
                word = ET.SubElement(row, "Word", {"id": f"w_{slot.id}"})
                ET.SubElement(word, "Coords", {"points": _points(slot.quad)})
                ET.SubElement(ET.SubElement(word, "TextEquiv"), "Unicode").text = _xml(slot.text)
            ET.SubElement(ET.SubElement(row, "TextEquiv"), "Unicode").text = " ".join(
                _xml(s.text) for s in line
            )
    return _document(root)


FORMATS: Final[dict[str, Callable[[Sequence[TranscriptPage], str], str]]] = {
    "txt": as_text,
    "json": as_json,
    "csv": as_csv,
    "hocr": as_hocr,
    "alto": as_alto,
}
SUFFIX: Final = {"hocr": ".hocr", "alto": ".alto.xml", "txt": ".txt", "json": ".json", "csv": ".csv"}


def files(fmt: str, pages: Sequence[TranscriptPage], name: str, stem: str) -> dict[str, str]:
    """File name -> content of the transcript in one format. PAGE XML has a file a page.

    Raises UsageError for an unknown format.
    """
    if fmt == "page":
        return {f"{stem}.{page.page:04d}.page.xml": as_page(page, name) for page in pages}
    if fmt not in FORMATS:
        raise UsageError(
            f"There is no transcript format '{fmt}': choose from {', '.join([*FORMATS, 'page'])}."
        )
    return {stem + SUFFIX[fmt]: FORMATS[fmt](pages, name)}


def _lines(page: TranscriptPage) -> Iterator[tuple[int, list[TranscriptSlot]]]:
    """Runs of slots with text that stand on one line, numbered in reading order."""
    runs = groupby((s for s in page.slots if s.text), key=lambda s: s.line)
    yield from ((number, list(run)) for number, (_, run) in enumerate(runs, 1))


def _around(slots: Sequence[TranscriptSlot]) -> Box:
    return Box.union_of(s.box for s in slots)


def _bbox(box: Box) -> str:
    return f"bbox {box.x0:.0f} {box.y0:.0f} {box.x1:.0f} {box.y1:.0f}"


def _alto(box: Box) -> dict[str, str]:
    return {
        "HPOS": f"{box.x0:.1f}",
        "VPOS": f"{box.y0:.1f}",
        "WIDTH": f"{box.width:.1f}",
        "HEIGHT": f"{box.height:.1f}",
    }


def _points(quad: Quad) -> str:
    return " ".join(f"{max(round(x), 0)},{max(round(y), 0)}" for x, y in quad.points)


def _document(root: ET.Element, doctype: str = "") -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}{ET.tostring(root, encoding="unicode")}\n'


def _xml(text: str) -> str:
    """Without the characters that XML 1.0 can't hold."""
    return re.sub("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)
