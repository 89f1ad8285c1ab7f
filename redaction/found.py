"""The findings of a stored document, kept in the project's cache until its transcript changes.

`look` searches (seconds at first; after a correction only its page), `searched` says by what as well,
`stored` only opens what an earlier search left, `stamp` tells whether there is something new, `outcomes`
which models ran and what failed. What is found stands in redaction.detect; what people decided on it in
redaction.plan.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING, Any, Final

from model.errors import InkveilError
from model.files import finding_from_json, finding_to_json
from model.findings import Finding, SlotSpan
from model.geometry import Box, Frame, Transform, image_frame
from model.words import Reading, TranscriptPage
from redaction import chosen, profiles, proposals, stay
from redaction.plan import decisions
from redaction.searched import Search, search_of
from redaction.stay import Stay
from redaction.textmap import PlacedHit
from storage import blobs, ledger, readings
from storage.documents import Document
from storage.pages import folder, image_path

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from redaction.memory import Memory
    from redaction.profiles import Profile
    from redaction.proposals.common import Proposal
    from storage.project import Project

_KEPT: Final = 8
"""Documents whose pages' hits stay in the memory of this process."""
_memories: dict[tuple[str, str], Memory] = {}
_guard = threading.Lock()


def look(project: Project, document: Document, pages: Sequence[TranscriptPage]) -> list[Finding]:
    """Personal data on the transcript and on every engine's reading, in the document's languages, and what
    is proposed on the pages' images.

    Words, patterns and people that stay are taken from the ledger, types, thresholds and models from the
    project's settings. Kept until one of these changes. A model that fails leaves the rest (`outcomes`).
    """
    return searched(project, document, pages)[0]


def searched(
    project: Project, document: Document, pages: Sequence[TranscriptPage]
) -> tuple[list[Finding], Search]:
    """As `look`, and by what these findings were made, which `outcomes` may know of another search only."""
    from redaction.detect import find

    profile = profiles.of(project)
    known = _opened(project, document, pages, profile)
    if known is not None:
        return known
    decided = decisions(ledger.events(project, document.id))
    memory = _memory(project, document.id)
    proposed = {page.page: _proposed(project, document.id, page, memory) for page in pages}
    models = chosen.runner(project, document.id)
    found = find(
        pages,
        _Readings(project, document.id, [page.page for page in pages]),
        languages=document.languages or ("en",),
        rules=decided.rules,
        stay=Stay(decided.keep, stay.of(project)),
        profile=profile,
        memory=memory,
        proposed=proposed,
        models=models,
    )
    _remember(project, document.id, memory)
    failed = {n: memory.failed.get(n) or models.failed.get(n, {}) for n in (page.page for page in pages)}
    told = [outcome.to_json() for outcome in models.outcomes(failed, found)]
    _store(project, document, _key(project, document, pages), found, told)
    return _spread(project, document, pages, found), search_of(profile, told)


def outcomes(project: Project, document_id: str) -> list[dict[str, Any]]:
    """How each model did in the search that `last` is of (runner.Outcome as JSON); [] without models."""
    try:
        told = json.loads(_file(project, document_id).read_bytes()).get("models", [])
    except (OSError, ValueError, AttributeError):
        return []
    return [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []


def again(project: Project, document_id: str) -> None:
    """Forgets the pages on which a model failed, so that the next `look` searches them again."""
    memory = _memory(project, document_id)
    for number in [n for n, named in memory.failed.items() if named]:
        memory.pages.pop(number, None)
        memory.failed.pop(number)
        memory.changed = True
    _remember(project, document_id, memory)
    with contextlib.suppress(OSError):
        _file(project, document_id).unlink()


def stored(project: Project, document: Document, pages: Sequence[TranscriptPage]) -> list[Finding] | None:
    """What an earlier `look` found on exactly these pages, or None."""
    known = _opened(project, document, pages)
    return None if known is None else known[0]


def _opened(
    project: Project, document: Document, pages: Sequence[TranscriptPage], profile: Profile | None = None
) -> tuple[list[Finding], Search] | None:
    """What an earlier search of exactly these pages left, or None."""
    try:
        data = json.loads(_file(project, document.id).read_bytes())
        if data["key"] != _key(project, document, pages):
            return None
        found = [finding_from_json(f) for f in data["findings"]]
        search = search_of(profile or profiles.of(project), data["models"])
        return _spread(project, document, pages, found), search
    except (OSError, ValueError, KeyError, TypeError, InkveilError):  # also a profile that can't be read
        return None


def _spread(
    project: Project, document: Document, pages: Sequence[TranscriptPage], found: list[Finding]
) -> list[Finding]:
    """With the places of people who were confirmed in the project's other documents."""
    from redaction import spread
    from redaction.detect import without

    taught = spread.taught(project, document.id)
    if not taught.digest:
        return found
    more = spread.more(pages, found, taught, profiles.of(project))
    decided = decisions(ledger.events(project, document.id))
    return without(more, Stay(decided.keep, stay.of(project)))


def last(project: Project, document_id: str) -> list[Finding]:
    """What the last `look` found, also where the text has changed since; [] before the first time."""
    try:
        data = json.loads(_file(project, document_id).read_bytes())
        return [finding_from_json(f) for f in data["findings"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def stamp(project: Project, document_id: str) -> tuple[int, str] | None:
    """Another one whenever `look` would answer something new; None before the first time."""
    from redaction import spread

    try:
        return _file(project, document_id).stat().st_mtime_ns, spread.taught(project, document_id).digest
    except OSError:
        return None


def _proposed(project: Project, document_id: str, page: TranscriptPage, memory: Memory) -> Sequence[Proposal]:
    """What is proposed on a page: looked for once for its readings, not again after each correction.

    Nothing where the page can't be shown or was not read; its findings in the text stay.
    """
    stamp = memory.stamps.get(page.page)
    if stamp is None:
        return ()
    key = f"{proposals.VERSION} {stamp} {page.width} {page.height}"
    held = memory.proposals.get(page.page)
    if held is None or held[0] != key:
        try:
            found = proposals.on_page(page, *_image(project, document_id, page))
        except (InkveilError, OSError, ValueError):
            return ()
        held = memory.proposals[page.page] = key, found
        memory.changed = True
    return held[1]


def _image(
    project: Project, document_id: str, page: TranscriptPage
) -> tuple[NDArray[np.uint8], Transform | None]:
    """The page as it was prepared, RGB, and what leads from there to the page image."""
    import numpy as np
    from PIL import Image

    transform = readings.preparation(project, document_id, page.page)
    with Image.open(image_path(project, document_id, page.page, kind="prepared")) as image:
        pixels = np.array(image.convert("RGB"), np.uint8)
    height, width = pixels.shape[:2]
    frame = Frame("prepared", float(width), float(height))
    target = image_frame(page.width, page.height)
    if transform is None:
        return pixels, Transform.scaling(frame, target)
    return pixels, Transform.scaling(frame, transform.source).then(transform)


class _Readings(Mapping[int, Sequence[Reading]]):
    """A document's readings by page, opened only where they are asked for."""

    def __init__(self, project: Project, document_id: str, pages: Sequence[int]) -> None:
        self._project, self._document, self._pages = project, document_id, pages

    def __getitem__(self, page: int) -> Sequence[Reading]:
        return readings.of_page(self._project, self._document, page)

    def __iter__(self) -> Iterator[int]:
        return iter(self._pages)

    def __len__(self) -> int:
        return len(self._pages)


def _memory(project: Project, document_id: str) -> Memory:
    """What this process, or one before it, has found on the document's pages."""
    from redaction.memory import Memory

    name = (str(project.path), document_id)
    with _guard:
        memory = _memories.pop(name, None)
    if memory is None:
        memory = Memory()
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            data = json.loads(_pages(project, document_id).read_bytes())
            for number, (key, hits, failed) in data["pages"].items():
                memory.pages[int(number)] = str(key), [_hit(hit) for hit in hits]
                memory.failed[int(number)] = dict(failed)
            for number, (key, kept) in data["proposals"].items():
                memory.proposals[int(number)] = str(key), [proposals.from_json(p) for p in kept]
    memory.stamps = readings.ids(project, document_id)
    return memory


def _remember(project: Project, document_id: str, memory: Memory) -> None:
    with _guard:
        _memories[str(project.path), document_id] = memory
        while len(_memories) > _KEPT:
            _memories.pop(next(iter(_memories)))
    if not memory.changed:
        return
    pages = {
        number: [key, [astuple(hit) for hit in hits], memory.failed.get(number, {})]
        for number, (key, hits) in memory.pages.items()
    }
    kept = {n: [key, [proposals.to_json(p) for p in found]] for n, (key, found) in memory.proposals.items()}
    with contextlib.suppress(OSError, InkveilError):
        data = json.dumps({"pages": pages, "proposals": kept}, ensure_ascii=False)
        blobs.write_atomic(_pages(project, document_id), data.encode(), durable=False)
        memory.changed = False


def _hit(stored: Any) -> PlacedHit:
    kind, spans, text, score, recogniser, explanation, boxes = stored
    return PlacedHit(
        kind, tuple(SlotSpan(*s) for s in spans), text, score, recogniser, explanation,
        tuple(Box(*b) for b in boxes),
    )  # fmt: skip


def _pages(project: Project, document_id: str) -> Path:
    return folder(project, document_id) / "found.json"


def _file(project: Project, document_id: str) -> Path:
    return folder(project, document_id) / "findings.json"


def _key(project: Project, document: Document, pages: Sequence[TranscriptPage]) -> str:
    """Digest of everything that a search depends on."""
    from redaction.detect import VERSION
    from redaction.memory import page_digest

    digest = hashlib.sha256(f"{VERSION} {proposals.VERSION}".encode())
    digest.update(json.dumps([document.languages, list(readings.ids(project, document.id).items())]).encode())
    decided = decisions(ledger.events(project, document.id))
    digest.update(repr((decided.rules, decided.keep, stay.of(project))).encode())
    digest.update(profiles.of(project).digest.encode())
    digest.update(chosen.runner(project, document.id).stamp.encode())
    for page in pages:
        digest.update(page_digest(page).encode())
    return digest.hexdigest()


def _store(
    project: Project, document: Document, key: str, found: Sequence[Finding], models: Sequence[Any]
) -> None:
    """A cache that can't be written is no reason to stop."""
    held = {"key": key, "findings": [finding_to_json(f) for f in found], "models": list(models)}
    data = json.dumps(held, ensure_ascii=False)
    with contextlib.suppress(OSError, InkveilError):
        blobs.write_atomic(_file(project, document.id), data.encode(), durable=False)
