"""Words that share a reading, to be confirmed on one screen, and their crops from the page images.

Looking at sixty crops of "the" takes seconds; deciding on them one by one takes minutes. Groups are made
of the words that are open and marked as doubtful; `alike` finds the open words elsewhere that read as a word
did which somebody has just corrected.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

from model.errors import UsageError
from model.words import TranscriptSlot
from review.live import LiveDocument
from review.load import page_image
from review.queue import flagged, letter_size

if TYPE_CHECKING:
    import numpy as np

    from storage.project import Project

SCREEN: Final = 60
"""Crops on one screen."""
MARGIN: Final = 0.35
"""Paper around a crop, as a share of its height."""
_PAGES: Final = 6
_images: OrderedDict[tuple[str, str, int], np.ndarray[Any, Any]] = OrderedDict()
_guard = threading.Lock()


def groups(document: LiveDocument, viewer: str) -> list[dict[str, Any]]:
    """Readings that at least two doubtful words share: {text, count}, the largest group first."""
    counts: dict[str, int] = {}
    for _, slot, doubtful in _open(document, viewer):
        if doubtful and slot.text:
            counts[slot.text] = counts.get(slot.text, 0) + 1
    found = [{"text": text, "count": n} for text, n in counts.items() if n >= 2]
    return sorted(found, key=lambda g: (-int(str(g["count"])), str(g["text"])))


def members(document: LiveDocument, viewer: str, text: str) -> list[dict[str, Any]]:
    """The doubtful words that read exactly `text`, riskiest first, at most SCREEN of them."""
    found = [(page, s) for page, s, doubtful in _open(document, viewer) if doubtful and s.text == text]
    found.sort(key=lambda row: (-row[1].risk, row[0], row[1].order))
    return [_item(page, slot) for page, slot in found[:SCREEN]]


def alike(document: LiveDocument, viewer: str, text: str) -> list[dict[str, Any]]:
    """Open words, doubtful or not, that read as `text` but for case and punctuation at their ends."""
    wanted = _bare(text)
    if not wanted:
        return []
    found = [(page, s) for page, s, _ in _open(document, viewer) if _bare(s.text) == wanted]
    found.sort(key=lambda row: (-row[1].risk, row[0], row[1].order))
    return [_item(page, slot) for page, slot in found[:SCREEN]]


def crop(project: Project, document: LiveDocument, page: int, box: str, height: int) -> bytes:
    """JPEG of a part of the page image with some paper around it, at most `height` px high.

    `box`: "x0,y0,x1,y1" in pixels of the page image. Raises UsageError for what is no box on the page.
    """
    import cv2

    size = document.sizes().get(page)
    try:
        x0, y0, x1, y1 = (float(v) for v in box.split(","))
    except ValueError:
        raise UsageError("A crop is four numbers.") from None
    if size is None or not (0 <= x0 < x1 <= size[0] + 2 and 0 <= y0 < y1 <= size[1] + 2):
        raise UsageError("The crop lies outside the page.")
    image = _image(project, document.id, page)
    pad = MARGIN * min(y1 - y0, x1 - x0)
    top, left = max(int(y0 - pad), 0), max(int(x0 - 2 * pad), 0)
    part = image[top : int(y1 + pad) + 1, left : int(x1 + 2 * pad) + 1]
    scale = min(max(height, 16), 400) / part.shape[0]
    if scale < 1:
        part = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    made, data = cv2.imencode(".jpg", cv2.cvtColor(part, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 88])
    if not made:
        raise UsageError("The crop is empty.")
    return bytes(data)


def _open(document: LiveDocument, viewer: str) -> list[tuple[int, TranscriptSlot, bool]]:
    """Open words of pages that are not approved: page, slot, and whether it is marked as doubtful."""
    found = []
    for page in document.transcripts(viewer):
        if not page.approved:
            letter = letter_size(page.slots)
            found += [(page.page, s, flagged(s, letter)) for s in page.slots if s.status == "open"]
    return found


def _item(page: int, slot: TranscriptSlot) -> dict[str, Any]:
    return {
        "page": page,
        "id": slot.id,
        "text": slot.text,
        "box": slot.box.rounded(),
        "risk": round(slot.risk, 3),
        "vertical": slot.vertical,
        "candidates": [c.text for c in slot.candidates if c.text != slot.text][:3],
        "seen": slot.decided_seq or 0,
    }


def _bare(text: str) -> str:
    return text.casefold().strip(".,;:!?\"'()[]“”‘’«»-–—、。「」")


def _image(project: Project, document_id: str, page: int) -> np.ndarray[Any, Any]:
    """The page's pixels; the last few stay in memory, because crops are asked for page by page."""
    name = (str(project.path), document_id, page)
    with _guard:
        if name in _images:
            _images.move_to_end(name)
            return _images[name]
    image = page_image(project, document_id, page)
    with _guard:
        _images[name] = image
        while len(_images) > _PAGES:
            _images.popitem(last=False)
    return image
