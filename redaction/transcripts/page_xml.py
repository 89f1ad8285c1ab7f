"""The transcript as PAGE XML 2019-07-15, a file a page, valid by its schema."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET

from model.geometry import Quad
from model.words import TranscriptPage
from redaction.transcripts.shared import NOT_SURE, around, document, lines, sure, xml

PAGE: Final = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"


def as_page(page: TranscriptPage, name: str) -> str:
    """PAGE XML of one page: reading order, a region, its lines, its words with how sure they are."""
    root = ET.Element("PcGts", {"xmlns": PAGE})
    metadata = ET.SubElement(root, "Metadata")
    ET.SubElement(metadata, "Creator").text = "Inkveil"
    # The schema asks for both times; the epoch keeps the export of the same transcript byte-identical.
    ET.SubElement(metadata, "Created").text = "1970-01-01T00:00:00"
    ET.SubElement(metadata, "LastChange").text = "1970-01-01T00:00:00"
    size = {"imageWidth": str(page.width), "imageHeight": str(page.height)}
    at = ET.SubElement(root, "Page", {"imageFilename": xml(name), **size})
    rows = list(lines(page))
    if not rows:
        return document(root)
    order = ET.SubElement(ET.SubElement(at, "ReadingOrder"), "OrderedGroup", {"id": "order"})
    ET.SubElement(order, "RegionRefIndexed", {"index": "0", "regionRef": "r1"})
    vertical = all(slot.vertical for _, line in rows for slot in line)
    direction = {"readingDirection": "top-to-bottom", "textLineOrder": "right-to-left"} if vertical else {}
    region = ET.SubElement(at, "TextRegion", {"id": "r1", **direction})
    whole = Quad.from_box(around([s for _, line in rows for s in line]))
    ET.SubElement(region, "Coords", {"points": _points(whole)})
    for number, line in rows:
        row = ET.SubElement(region, "TextLine", {"id": f"l{number}"})
        ET.SubElement(row, "Coords", {"points": _points(Quad.from_box(around(line)))})
        for slot in line:
            word = ET.SubElement(row, "Word", {"id": f"w_{slot.id}"})
            ET.SubElement(word, "Coords", {"points": _points(slot.quad)})
            said = {"conf": f"{sure(slot):.3f}"}
            if slot.status in NOT_SURE:
                said["comments"] = slot.status
            ET.SubElement(ET.SubElement(word, "TextEquiv", said), "Unicode").text = xml(slot.text)
        text = " ".join(xml(s.text) for s in line)
        ET.SubElement(ET.SubElement(row, "TextEquiv"), "Unicode").text = text
    return document(root)


def _points(quad: Quad) -> str:
    return " ".join(f"{max(round(x), 0)},{max(round(y), 0)}" for x, y in quad.points)
