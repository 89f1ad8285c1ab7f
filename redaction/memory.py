"""What was found on which page, so that after a correction only the page it stands on is searched."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from model.findings import Finding
from model.words import TranscriptPage
from redaction import people
from redaction.recognisers.models.runner import Failed, Runner
from redaction.textmap import PlacedHit

if TYPE_CHECKING:
    from redaction.proposals.common import Proposal


class Memory:
    """What was found on which page, so that after a correction only the page it stands on is searched."""

    def __init__(self) -> None:
        self.stamps: Mapping[int, object] = {}
        """By page what its readings are known by; a page without one is searched each time."""
        self.pages: dict[int, tuple[str, Sequence[PlacedHit]]] = {}
        """By page a digest of all that its search depends on, and what it found."""
        self.proposals: dict[int, tuple[str, Sequence[Proposal]]] = {}
        """By page a digest of what its image is known by, and what is proposed on it."""
        self.changed = False
        """Whether `pages` or `proposals` has changed since this was set to False."""
        self.failed: dict[int, Failed] = {}
        """By page the models that failed when it was searched last, and why."""
        self._found: dict[int, tuple[Sequence[PlacedHit], people.Known, list[Finding]]] = {}

    def placed(
        self,
        page: TranscriptPage,
        search: str,
        look: Callable[[], list[PlacedHit]],
        models: Runner,
    ) -> Sequence[PlacedHit]:
        """The hits of a page; `search` says by which languages, rules and so on, `look` searches."""
        stamp = self.stamps.get(page.page)
        if stamp is None:
            return look()
        how = hashlib.sha256(f"{stamp}{search}".encode("utf-8", "surrogatepass")).hexdigest()
        key = f"{page_digest(page)} {how}"
        if page.page not in self.pages or self.pages[page.page][0] != key:
            self.pages[page.page] = key, look()
            self.failed[page.page] = models.failed.get(page.page, {})
            self.changed = True
        return self.pages[page.page][1]

    def findings(
        self,
        number: int,
        hits: Sequence[PlacedHit],
        known: people.Known,
        look: Callable[[], list[Finding]],
    ) -> list[Finding]:
        """A page's findings, the same while its hits and what is known of all pages are the same."""
        held = self._found.get(number)
        if held is None or held[0] is not hits or held[1] != known:
            held = self._found[number] = hits, known, look()
        return held[2]


def page_digest(page: TranscriptPage) -> str:
    """Hex digest of what a search on a page depends on: words, lines, places, and who has decided them."""
    digest = hashlib.sha256(f"{page.page} {page.width} {page.height} {page.dpi}".encode())
    for slot in page.slots:
        place = f"{slot.quad.points} {slot.redact_box.as_list()} {slot.vertical}"
        digest.update(
            f"{slot.id}\t{slot.text}\t{slot.line}\t{slot.status}\t{place}\n".encode("utf-8", "surrogatepass")
        )
    return digest.hexdigest()
