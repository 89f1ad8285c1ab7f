"""How right the engines were on a project's reviewed pages: found, scored once, kept, and handed on as CSV.

A page counts when it is approved; its score is kept in the project's cache under everything that it depends
on (readings, decisions, metrics), so the folder may be emptied at any time. No text is kept there. How a page
is scored stands in evaluation.league.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from evaluation.league import MERGED, PageResult, Row, result_from_json, result_to_json, score_page
from evaluation.normalise import LIGHT_TIGHT
from model.texts import text
from model.words import TranscriptPage
from workflow.state import engine_name

if TYPE_CHECKING:
    from storage.documents import Document
    from storage.project import Project

VERSION: Final = "1"
"""Raise it when a page's score comes out otherwise for the same readings and decisions."""
NORMALISATION: Final = (
    f"NLS and BoC: {LIGHT_TIGHT}. CER and WER: NFKC, white space evened out; case, accents and punctuation "
    "count; not clipped"
)
_KEPT: Final = 2000
"""Scores of pages in memory; one takes about 50 kB."""
_DOCUMENTS: Final = 200

_memory: OrderedDict[tuple[str, str], PageResult] = OrderedDict()
_folded: OrderedDict[tuple[str, str], tuple[object, list[Reviewed]]] = OrderedDict()
_guard = threading.Lock()


@dataclass(frozen=True, slots=True)
class Reviewed:
    """An approved page: where it is, and the key of its score."""

    document: Document
    number: int
    merge_key: str
    key: str


def reviewed_pages(project: Project) -> list[Reviewed]:
    """All approved pages, or pages of approved documents, in the documents' order."""
    from storage import documents, ledger

    touched = ledger.documents_with(project, ("approve_page", "approve_document"))
    return [r for d in documents.find(project) if d.id in touched for r in _reviewed(project, d)]


def _reviewed(project: Project, document: Document) -> list[Reviewed]:
    """A document's approved pages; folded again only where a reading or a decision has come."""
    from review.load import load, page_keys
    from storage import ledger

    keys = page_keys(project, document.id)
    name = (str(project.path), document.id)
    state = (ledger.head(project, document.id), tuple(sorted(keys.items())))
    with _guard:
        known = _folded.get(name)
    if known is not None and known[0] == state:
        return known[1]
    review = load(project, document.id)
    found = [
        Reviewed(document, page.page, keys[page.page], _key(keys[page.page], page))
        for page in review.pages
        if (page.approved or review.document_approved) and page.page in keys
    ]
    with _guard:
        _folded[name] = (state, found)
        _folded.move_to_end(name)
        while len(_folded) > _DOCUMENTS:
            _folded.popitem(last=False)
    return found


def _key(merge_key: str, page: TranscriptPage) -> str:
    state = [[s.text, s.status, s.box.rounded(), s.line] for s in page.slots]
    data = json.dumps([VERSION, merge_key, state], ensure_ascii=False)
    return hashlib.sha256(data.encode()).hexdigest()[:24]


def results(
    project: Project, pages: Sequence[Reviewed], on_page: Callable[[int], None] = lambda _: None
) -> list[PageResult]:
    """The score of each page, made now where it is not kept; `on_page` hears how many are there."""
    out = []
    for number, page in enumerate(pages, 1):
        out.append(_result(project, page))
        on_page(number)
    return out


def _result(project: Project, reviewed: Reviewed) -> PageResult:
    name = (str(project.path), f"{reviewed.document.id} {reviewed.number} {reviewed.key}")
    with _guard:
        if name in _memory:
            _memory.move_to_end(name)
            return _memory[name]
    folder = project.path / "cache" / "accuracy" / reviewed.document.id
    file = folder / f"{reviewed.number}-{reviewed.key}.json"
    result = _stored(file)
    if result is None:
        result = _score(project, reviewed)
        _store(file, result, reviewed.number)
    with _guard:
        _memory[name] = result
        while len(_memory) > _KEPT:
            _memory.popitem(last=False)
    return result


def _score(project: Project, reviewed: Reviewed) -> PageResult:
    from review.load import merged_page
    from review.session import fold_page
    from storage import ledger, readings

    document, number = reviewed.document, reviewed.number
    merged = merged_page(project, document.id, number, reviewed.merge_key)
    return score_page(
        fold_page(merged, ledger.events(project, document.id)).transcript(),
        merged,
        readings.of_page(project, document.id, number),
        readings.failures(project, document.id, number),
        transform=readings.preparation(project, document.id, number),
        languages=document.languages,
    )


def _stored(file: Path) -> PageResult | None:
    try:
        return result_from_json(json.loads(file.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _store(file: Path, result: PageResult, page: int) -> None:
    """Keeps a score; a cache that can't be written is no reason to stop."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(f".{os.getpid()}.{threading.get_ident()}.part")
        partial.write_text(json.dumps(result_to_json(result)), encoding="utf-8")
        partial.replace(file)
        for old in file.parent.glob(f"{page}-*.json"):
            if old.name != file.name:
                old.unlink(missing_ok=True)


# -- for people and spreadsheets -----------------------------------------------------------------------


def title(name: str, language: str = "en") -> str:
    """An engine's name as people know it."""
    return text("accuracy.merged", language) if name == MERGED else engine_name(name, language)


def inkveil_version() -> str:
    try:
        return version("inkveil")
    except PackageNotFoundError:
        return "from source"


def league_csv(rows: Iterable[Row], *, pages: int, failures_as_empty: bool) -> bytes:
    """The table with what makes it comparable: pages, failures, versions, normalisation."""
    return as_csv(
        ("engine", "versions", "nls", "boc_f1", "cer", "wer", "seconds_a_page", "cost_a_page", "pages",
         "failed", "reviewed_pages", "failures_as_empty", "inkveil", "normalisation"),
        (
            (r.name, " | ".join(r.versions), r.nls, r.boc_f1, r.cer, r.wer, r.seconds, r.cost, r.pages,
             r.failed, pages, failures_as_empty, inkveil_version(), NORMALISATION)
            for r in rows
        ),
    )  # fmt: skip


def as_csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """UTF-8 with a mark for spreadsheets; numbers with six decimals, leading = + - @ of texts quoted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return out.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.6f}"
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t"} else value
