"""The XML that NDLOCR and NDLOCR-Lite write: every LINE or BLOCK with a STRING is a line with its place.

Their format: PAGE WIDTH HEIGHT; LINE, BLOCK: X Y WIDTH HEIGHT in pixels, CONF 0..1 and STRING
(ndlocr-xmlformat.md of github.com/ndl-lab/ndlocr_cli).
"""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from contract import Failure


def result(path: Path, image: Path) -> dict[str, Any]:
    """The contract's result for one page; the file's order is the reading order. Raises Failure."""
    try:
        root = ET.parse(path).getroot()  # noqa: S314 - written by the program that was just run
        pages = [e for e in root.iter() if _tag(e) == "PAGE"]
        if len(pages) != 1:
            raise Failure("bad_output", "one page was given, and its answer has another number of them")
        width, height = png_size(image)
        across = width / float(pages[0].get("WIDTH") or width)
        down = height / float(pages[0].get("HEIGHT") or height)
        words = [_line(e, across, down) for e in pages[0].iter() if (e.get("STRING") or "").strip()]
    except (ET.ParseError, OSError, ValueError, KeyError, TypeError):
        raise Failure("bad_output", "its XML cannot be read") from None
    return {"text": "\n".join(w["text"] for w in words), "words": words}


def png_size(path: Path) -> tuple[int, int]:
    """Width and height of a PNG in pixels. Raises ValueError."""
    head = path.read_bytes()[:24]
    if len(head) < 24 or head[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("no PNG")
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def _tag(element: ET.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _line(element: ET.Element, across: float, down: float) -> dict[str, Any]:
    x, y = float(element.attrib["X"]) * across, float(element.attrib["Y"]) * down
    box = [x, y, x + float(element.attrib["WIDTH"]) * across, y + float(element.attrib["HEIGHT"]) * down]
    row: dict[str, Any] = {"text": element.attrib["STRING"], "box": box}
    confidence = float(element.get("CONF") or "nan")
    if 0 <= confidence <= 1:
        row["confidence"] = confidence  # of the line's detection, not of its characters
    return row
