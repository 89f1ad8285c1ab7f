"""The transcript as hOCR 1.2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree as ET

from model.geometry import Box
from model.words import TranscriptPage
from redaction.transcripts.shared import around, lines, sure, xml

HOCR: Final = "http://www.w3.org/1999/xhtml"


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
        for number, line in lines(page):
            row = ET.SubElement(
                at,
                "span",
                {"class": "ocr_line", "id": f"line_{page.page}_{number}", "title": _bbox(around(line))},
            )
            for slot in line:
                confidence = round(100 * sure(slot))
                word = ET.SubElement(
                    row,
                    "span",
                    {
                        "class": "ocrx_word",
                        "id": f"word_{page.page}_{slot.id}",
                        "title": f"{_bbox(slot.box)}; x_wconf {confidence}",
                    },
                )
                word.text = xml(slot.text)
                word.tail = " "
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        + ET.tostring(html, encoding="unicode")
        + "\n"
    )


def _bbox(box: Box) -> str:
    return f"bbox {box.x0:.0f} {box.y0:.0f} {box.x1:.0f} {box.y1:.0f}"
