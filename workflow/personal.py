"""Where possible personal data stands on a document's pages, for the review's order of work."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from model.geometry import Box
from redaction import found

if TYPE_CHECKING:
    from storage.project import Project

_KEPT: Final = 64
_known: OrderedDict[tuple[str, str], tuple[object, Mapping[int, Sequence[Box]]]] = OrderedDict()
_guard = threading.Lock()


def places(project: Project, document_id: str) -> Mapping[int, Sequence[Box]]:
    """By page the boxes that the last search found, in pixels of the page image; the same object until
    there was another search. Corrections since then move no ink, so an older search serves as well.
    """
    name, stamp = (str(project.path), document_id), found.stamp(project, document_id)
    with _guard:
        held = _known.get(name)
        if held is not None and held[0] == stamp:
            return held[1]
    boxes: dict[int, list[Box]] = {}
    for finding in found.last(project, document_id) if stamp else ():
        boxes.setdefault(finding.page, []).extend(finding.boxes)
    with _guard:
        _known[name] = stamp, boxes
        _known.move_to_end(name)
        while len(_known) > _KEPT:
            _known.popitem(last=False)
    return boxes
