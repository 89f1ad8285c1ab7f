"""The transcript as ALTO 4.4, valid by its schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree as ET

from model.geometry import Box
from model.words import TranscriptPage
from redaction.transcripts.shared import NOT_SURE, around, document, lines, sure, xml

ALTO: Final = "http://www.loc.gov/standards/alto/ns-v4#"
TAGS: Final = {
    "unsure": "A reviewer could not tell what is written here.",
    "contested": "Two reviewers decided differently here.",
}


def as_alto(pages: Sequence[TranscriptPage], name: str) -> str:
    """ALTO 4.4, a TextBlock a page in reading order, pixels; WC is how sure a word is.

    Words that are not settled refer to a tag that says why.
    """
    alto = ET.Element("alto", {"xmlns": ALTO, "SCHEMAVERSION": "4.4"})
    description = ET.SubElement(alto, "Description")
    ET.SubElement(description, "MeasurementUnit").text = "pixel"
    source = ET.SubElement(description, "sourceImageInformation")
    ET.SubElement(source, "fileName").text = xml(name)
    software = ET.SubElement(ET.SubElement(description, "Processing", {"ID": "review"}), "processingSoftware")
    ET.SubElement(software, "softwareName").text = "Inkveil"
    states = [s for s in TAGS if any(slot.status == s for page in pages for slot in page.slots)]
    if states:
        tags = ET.SubElement(alto, "Tags")
        for state in states:
            ET.SubElement(tags, "OtherTag", {"ID": state, "LABEL": state, "DESCRIPTION": TAGS[state]})
    layout = ET.SubElement(alto, "Layout")
    for page in pages:
        _page(layout, page)
    return document(alto)


def _page(layout: ET.Element, page: TranscriptPage) -> None:
    size = {"HEIGHT": str(page.height), "WIDTH": str(page.width)}
    at = ET.SubElement(layout, "Page", {"ID": f"P{page.page}", "PHYSICAL_IMG_NR": str(page.page), **size})
    space = ET.SubElement(at, "PrintSpace", {"HPOS": "0", "VPOS": "0", **size})
    rows = list(lines(page))
    if not rows:
        return
    whole = around([s for _, line in rows for s in line])
    block = ET.SubElement(space, "TextBlock", {"ID": f"B{page.page}", **_place(whole)})
    for number, line in rows:
        row = ET.SubElement(block, "TextLine", {"ID": f"L{page.page}_{number}", **_place(around(line))})
        for k, slot in enumerate(line):
            if k:
                ET.SubElement(row, "SP")
            word = {
                "ID": f"S{page.page}_{slot.id}",
                **_place(slot.box),
                "CONTENT": xml(slot.text),
                "WC": f"{sure(slot):.3f}",
            }
            if slot.status in NOT_SURE:
                word["TAGREFS"] = slot.status
            ET.SubElement(row, "String", word)


def _place(box: Box) -> dict[str, str]:
    return {
        "HPOS": f"{box.x0:.1f}",
        "VPOS": f"{box.y0:.1f}",
        "WIDTH": f"{box.width:.1f}",
        "HEIGHT": f"{box.height:.1f}",
    }
