"""The findings of a stored document, kept in the project's cache until its transcript changes.

`look` searches (seconds), `stored` only opens what an earlier search left, `stamp` tells whether there
is something new. What is found stands in redaction.detect; what people decided on it in redaction.plan.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from model.errors import InkveilError
from model.files import finding_from_json, finding_to_json
from model.findings import Finding
from model.words import TranscriptPage
from redaction import profiles
from redaction.plan import decisions
from storage import blobs, ledger, readings
from storage.documents import Document
from storage.pages import folder

if TYPE_CHECKING:
    from pathlib import Path

    from storage.project import Project

VERSION: Final = "1"
"""Raise it when redaction.detect finds other things in the same text."""


def look(project: Project, document: Document, pages: Sequence[TranscriptPage]) -> list[Finding]:
    """Personal data on the transcript and on every engine's reading, in the document's languages.

    Words, patterns and people that stay are taken from the ledger, types and thresholds from the project's
    profile. Kept until one of these changes.
    """
    from redaction.detect import find

    known = stored(project, document, pages)
    if known is not None:
        return known
    decided = decisions(ledger.events(project, document.id))
    found = find(
        pages,
        {page.page: readings.of_page(project, document.id, page.page) for page in pages},
        languages=document.languages or ("en",),
        rules=decided.rules,
        keep=decided.keep,
        profile=profiles.of(project),
    )
    _store(project, document, _key(project, document, pages), found)
    return found


def stored(project: Project, document: Document, pages: Sequence[TranscriptPage]) -> list[Finding] | None:
    """What an earlier `look` found on exactly these pages, or None."""
    try:
        data = json.loads(_file(project, document.id).read_bytes())
        if data["key"] != _key(project, document, pages):
            return None
        return [finding_from_json(f) for f in data["findings"]]
    except (OSError, ValueError, KeyError, TypeError, InkveilError):  # also a profile that can't be read
        return None


def last(project: Project, document_id: str) -> list[Finding]:
    """What the last `look` found, also where the text has changed since; [] before the first time."""
    try:
        data = json.loads(_file(project, document_id).read_bytes())
        return [finding_from_json(f) for f in data["findings"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def stamp(project: Project, document_id: str) -> int:
    """Changes whenever `look` has stored something new; 0 before the first time."""
    try:
        return _file(project, document_id).stat().st_mtime_ns
    except OSError:
        return 0


def _file(project: Project, document_id: str) -> Path:
    return folder(project, document_id) / "findings.json"


def _key(project: Project, document: Document, pages: Sequence[TranscriptPage]) -> str:
    """Digest of everything that a search depends on."""
    digest = hashlib.sha256(VERSION.encode())
    digest.update(json.dumps([document.languages, list(readings.ids(project, document.id).items())]).encode())
    decided = decisions(ledger.events(project, document.id))
    digest.update(repr((decided.rules, decided.keep)).encode())
    digest.update(profiles.of(project).digest.encode())
    for page in pages:
        digest.update(f"{page.page} {page.width} {page.height} {page.dpi}".encode())
        for slot in page.slots:
            digest.update(f"{slot.id}\t{slot.text}\t{slot.line}\t{slot.redact_box.rounded()}\n".encode())
    return digest.hexdigest()


def _store(project: Project, document: Document, key: str, found: Sequence[Finding]) -> None:
    """A cache that can't be written is no reason to stop."""
    data = json.dumps({"key": key, "findings": [finding_to_json(f) for f in found]}, ensure_ascii=False)
    with contextlib.suppress(OSError, InkveilError):
        blobs.write_atomic(_file(project, document.id), data.encode(), durable=False)
