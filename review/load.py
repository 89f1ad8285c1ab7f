"""From storage to the review: stored readings merged once and kept, the ledger folded on top.

A page's merge is derived: it lies in the project's cache under the ids of the readings (and of
preparation, failures, languages and the project's refit of the risk) that it was made of, so a new
reading makes a new merge and the folder may be emptied at any time. The most recent merges are kept in
memory as well. What a fold means stands in review.session; how a page is merged in review.merge.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from model.errors import Unreadable
from model.files import page_to_json, pages_from_json
from model.words import MergedPage
from review.session import DocumentReview, fold

if TYPE_CHECKING:
    import numpy as np

    from review.calibrate import Refit
    from storage.project import Project

MERGE_VERSION: Final = "8"
"""Raise it when review.merge gives other slots for the same readings."""
REFIT_SETTING: Final = "risk_refit"
"""The project's refits of the risk model (review.calibrate), the newest last; {} for none any more."""
_KEPT: Final = 400

_memory: OrderedDict[tuple[str, str, int, str], MergedPage] = OrderedDict()
_guard = threading.Lock()
_making = tuple(threading.Lock() for _ in range(16))
"""So that two threads do not make the same merge at the same time."""


def load(project: Project, document_id: str) -> DocumentReview:
    """The document's review as of now. Pages that no engine has read yet are not in it."""
    from storage import ledger

    events = ledger.events(project, document_id)
    return fold(merged_pages(project, document_id), events)


def merged_pages(project: Project, document_id: str) -> list[MergedPage]:
    """All pages of which there is a reading, in order, each merged."""
    keys = page_keys(project, document_id)
    return [merged_page(project, document_id, page, key) for page, key in sorted(keys.items())]


def page_keys(project: Project, document_id: str) -> dict[int, str]:
    """For each page that has been read: the key of its merge, which changes when its readings do."""
    run = project.db.conn.execute
    newest: dict[int, list[list[Any]]] = {}
    for table in ("readings", "failures"):
        rows = run(
            f"SELECT page, engine, MAX(id) FROM {table} WHERE document = ? GROUP BY page, engine "  # noqa: S608
            "ORDER BY page, engine",
            (document_id,),
        )
        for page, engine, row_id in rows:
            if table == "readings" or page in newest:
                newest.setdefault(int(page), []).append([table, engine, row_id])
    rows = run("SELECT page, MAX(id) FROM preparations WHERE document = ? GROUP BY page", (document_id,))
    for page, row_id in rows:
        newest.get(int(page), []).append(["preparation", row_id])
    row = run("SELECT MAX(id) FROM languages WHERE document = ?", (document_id,)).fetchone()
    refit = run("SELECT MAX(id) FROM settings WHERE key = ?", (REFIT_SETTING,)).fetchone()[0]
    for parts in newest.values():
        parts.append(["languages", row[0] if row else None])
        if refit is not None:
            parts.append([REFIT_SETTING, refit])
    return {
        page: hashlib.sha256(json.dumps([MERGE_VERSION, parts]).encode()).hexdigest()[:24]
        for page, parts in newest.items()
    }


def merged_page(project: Project, document_id: str, page: int, key: str) -> MergedPage:
    """One page's merge: from memory, from the cache folder, or made now."""
    name = (str(project.path), document_id, page, key)
    merged = _remembered(name)
    if merged is not None:
        return merged
    with _making[hash(name) % len(_making)]:
        merged = _remembered(name)
        if merged is not None:
            return merged
        file = project.path / "cache" / "merged" / document_id / f"{page}-{key}.json"
        merged = _stored(file)
        if merged is None:
            data = {"pages": [page_to_json(_merge(project, document_id, page))]}
            merged = pages_from_json(data, file.name)[0]  # the same value now as from the file later
            _store(file, data, page)
        with _guard:
            _memory[name] = merged
            while len(_memory) > _KEPT:
                _memory.popitem(last=False)
        return merged


def _remembered(name: tuple[str, str, int, str]) -> MergedPage | None:
    with _guard:
        if name in _memory:
            _memory.move_to_end(name)
        return _memory.get(name)


def _merge(project: Project, document_id: str, page: int) -> MergedPage:
    from review.merge import merge
    from storage import documents, readings

    document = documents.get(project, document_id)
    stored = readings.of_page(project, document_id, page)
    return merge(
        stored,
        page_image(project, document_id, page),
        page=page,
        dpi=_dpi(project, document_id, page),
        transform=readings.preparation(project, document_id, page),
        failures=[f for f in readings.failures(project, document_id) if f.page == page],
        languages=document.languages,
        refit=current_refit(project),
    )


def current_refit(project: Project) -> Refit | None:
    """What the project's corrections have taught, unless it was made for another shipped model."""
    from review.calibrate import Refit
    from storage import settings

    stored = settings.get(project, REFIT_SETTING)
    refit = Refit.from_json(stored) if stored else None
    return refit if refit is not None and refit.usable else None


def page_image(project: Project, document_id: str, page: int) -> np.ndarray[Any, Any]:
    """The page's pixels, height x width x 3 RGB, uint8."""
    from storage import pages

    return _image(pages.image_path(project, document_id, page, kind="page"))


def _image(path: Path) -> np.ndarray[Any, Any]:
    import cv2
    import numpy as np

    data = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    if data is None:
        raise Unreadable("The stored image of this page can't be read. Empty the project's cache folder.")
    return np.ascontiguousarray(cv2.cvtColor(data, cv2.COLOR_BGR2RGB))


def _dpi(project: Project, document_id: str, page: int) -> float:
    row = project.db.conn.execute(
        "SELECT dpi FROM pages WHERE document = ? AND number = ?", (document_id, page)
    ).fetchone()
    return float(row[0]) if row else 300.0


def _stored(file: Path) -> MergedPage | None:
    try:
        pages: Sequence[MergedPage] = pages_from_json(json.loads(file.read_bytes()), file.name)
    except (OSError, ValueError, Unreadable):
        return None
    return pages[0] if len(pages) == 1 else None


def _store(file: Path, data: object, page: int) -> None:
    """Keeps a merge; a cache that can't be written is no reason to stop."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(f".{os.getpid()}.{threading.get_ident()}.part")
        partial.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        partial.replace(file)
        for old in file.parent.glob(f"{page}-*.json"):
            if old.name != file.name:
                old.unlink(missing_ok=True)
