"""A document's review state in this process: merged pages with the ledger's events folded on them.

Only a cache over storage, brought up to date from the ledger before every answer, so several processes and
browsers agree. review.live builds the door for decisions on it.
"""

from __future__ import annotations

import statistics
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from model.decisions import EDIT_KINDS, HISTORY_KINDS, PAGE_KINDS, Event
from model.words import MergedPage, TranscriptPage
from review import blind, personal, sampling, seeds
from review.access import secret
from review.apply import PageState
from review.load import merged_page, page_keys
from review.policy import policy as rules_of
from review.queue import THRESHOLD, expected_errors, passes
from review.session import Counts, count, document_approved, fold_page, live

if TYPE_CHECKING:
    from storage.project import Project

_PACE: Final = 200
"""Decisions that a person's pace is taken from."""
_LEAST: Final = 5
AS_DOUBTFUL: Final = THRESHOLD + 0.03
"""The risk that a sampled word is shown with: it looks like any other doubtful one."""


class DocumentState:
    """One document's review state. All methods may be called from any thread.

    `viewer` is the person that a page is shown to: in blind entry everybody sees their own decisions only.
    """

    def __init__(self, project: Project, document_id: str, name: str, pages: int) -> None:
        self.id = document_id
        self.name = name
        self.pages = pages
        self._project = project
        self._lock = threading.RLock()
        self._events: list[Event] = []
        self._by_key: dict[str, Event] = {}
        self._states: dict[tuple[int, str | None], tuple[str, PageState]] = {}
        self._counts: dict[tuple[int, str | None], tuple[Counts, list[int]]] = {}
        self._keys: dict[int, str] = {}
        self._sizes: dict[int, tuple[int, int]] = {}
        self._places: object = None
        self._blind = False
        self._samples: list[sampling.Sample] = []
        self._answers: tuple[int, list[Event]] = (-1, [])
        self._chosen: dict[tuple[int, str, str, float], dict[str, str]] = {}
        self.seeded = 0.0
        """Share of known errors among the doubtful words (Policy.seeds), as of the last look."""

    # -- reading ------------------------------------------------------------------------------------

    def page(self, number: int, viewer: str | None = None) -> tuple[TranscriptPage, MergedPage, int] | None:
        """The page's transcript, its merge and the seq it stands at; None where nothing is read yet.

        For a viewer sampled words are among the doubtful ones (review.sampling), and known errors are in it
        (review.seeds); None sees the page as it is.
        """
        with self._lock:
            self._refresh(readings=True)
            key = self._keys.get(number)
        if key is None:
            return None
        # a merge may take a second: it is made outside the lock, so that no decision waits for it
        merged = merged_page(self._project, self.id, number, key)
        with self._lock:
            self._refresh()
            return self._shown(number, viewer), merged, self.head

    def transcripts(self, viewer: str | None = None) -> list[TranscriptPage]:
        """All pages that have been read, as `viewer` may see them, in order."""
        with self._lock:
            self._refresh(readings=True)
            keys = dict(self._keys)
        for number, key in keys.items():  # outside the lock, as above
            merged_page(self._project, self.id, number, key)
        with self._lock:
            self._refresh()
            return [self._shown(n, viewer) for n in sorted(keys) if n in self._keys]

    def personal(self, page: TranscriptPage) -> frozenset[str]:
        """Ids of the page's words in or beside a possible personal datum."""
        return personal.near(page, personal.places(self._project, self.id).get(page.page, ()))

    def overview(self, viewer: str | None = None, seconds: float = 0.25) -> dict[str, Any]:
        """Counts of every page that is merged; `pending` when `seconds` did not suffice for all."""
        with self._lock:
            self._refresh(readings=True)
            keys, known = dict(self._keys), {n for n, who in self._counts if who == self._seen_by(viewer)}
        started = time.monotonic()
        late: set[int] = set()
        for number, key in sorted(keys.items()):
            if number in known:
                continue
            if late or time.monotonic() - started > seconds:
                late.add(number)
            else:
                merged_page(self._project, self.id, number, key)
        with self._lock:
            self._refresh()
            pages: list[dict[str, Any]] = [
                {"page": n, "read": True, **self._count(n, viewer)}
                if n in self._keys
                else {"page": n, "read": False}
                for n in range(1, self.pages + 1)
                if n not in late
            ]
            return {
                "document": self.id,
                "name": self.name,
                "total": self.pages,
                "head": self.head,
                "approved": document_approved(self._events),
                "assigned": self.assigned,
                "entry": "blind" if self._blind else "single",
                "pages": pages,
                "pending": bool(late),
                "pace": self._pace(viewer),
            }

    def work(self, viewer: str | None) -> dict[int, list[int]]:
        """For every page that is merged and not approved: what each pass has left (review.queue.PASSES)."""
        found: dict[int, list[int]] = {}
        for row in self.overview(viewer, seconds=2.0)["pages"]:
            if row["read"] and not row["approved"] and row.get("entry") not in ("handed_in", "taken"):
                found[row["page"]] = row["passes"]
        return found

    def sizes(self) -> dict[int, tuple[int, int]]:
        """Width and height in pixels of the pages that have been read."""
        with self._lock:
            if not self._sizes:
                self._refresh(readings=True)
            return self._sizes

    def events(self) -> list[Event]:
        """The document's events as of now."""
        with self._lock:
            self._refresh()
            return list(self._events)

    @property
    def head(self) -> int:
        return self._events[-1].seq if self._events else 0

    @property
    def assigned(self) -> str | None:
        """Whom the document is assigned to."""
        to = next((e.payload.get("to") for e in reversed(self._events) if e.kind == "assign"), None)
        return to if isinstance(to, str) else None

    @property
    def is_blind(self) -> bool:
        with self._lock:
            self._refresh()
            return self._blind

    # -- state --------------------------------------------------------------------------------------

    def _whose(self, viewer: str | None) -> str | None:
        """Under whose name a page's state is kept: in blind entry everybody has their own."""
        return viewer if self._blind else None

    def _seen_by(self, viewer: str | None) -> str | None:
        """Under whose name a page's counts are kept: those of samples and known errors differ as well."""
        return viewer if self._blind or self._samples or self.seeded else None

    def _refresh(self, *, readings: bool = False) -> None:
        from storage import ledger

        for event in ledger.events(self._project, self.id, after=self.head):
            self._take_up(event)
        share = rules_of(self._project).seeds
        if share != self.seeded:
            self.seeded = share
            self._counts.clear()
        places = personal.places(self._project, self.id)
        if places is not self._places:
            self._places = places
            self._counts.clear()
        if readings or not self._keys:
            keys = page_keys(self._project, self.id)
            if keys != self._keys:
                self._keys = keys
                for (number, who), (key, _) in list(self._states.items()):
                    if keys.get(number) != key:
                        del self._states[number, who]
                        self._counts.pop((number, who), None)
                self._sizes = self._read_sizes()

    def _take_up(self, event: Event) -> None:
        self._events.append(event)
        self._by_key[event.key] = event
        if event.kind == "draw_sample":
            self._samples += sampling.samples([event])
            self._counts.clear()
        if event.kind == "set_entry":
            self._blind = event.payload.get("mode") == "blind"
            self._states.clear()
            self._counts.clear()
        page = self._page_of(event)
        if page is None:
            return
        for name in [n for n in self._counts if n[0] == page]:
            del self._counts[name]
        if event.kind in HISTORY_KINDS or self._blind:
            for name in [n for n in self._states if n[0] == page]:
                del self._states[name]
        elif event.kind in EDIT_KINDS | PAGE_KINDS and (page, None) in self._states:
            self._states[page, None][1].apply(event)

    def _page_of(self, event: Event) -> int | None:
        if event.kind not in HISTORY_KINDS:
            return event.page
        target = event.payload.get("target")
        return next((e.page for e in self._events if e.seq == target), event.page)

    def _state(self, number: int, viewer: str | None) -> PageState:
        name = (number, self._whose(viewer))
        held = self._states.get(name)
        if held is None:
            held = (self._keys[number], fold_page(self._merged(number), self._events, viewer))
            self._states[name] = held
        return held[1]

    def _shown(self, number: int, viewer: str | None) -> TranscriptPage:
        state = self._state(number, viewer)
        page = state.transcript()
        if viewer is None or page.approved:
            return page
        wanted = sampling.waiting(self._samples, number, state)
        if wanted:
            slots = [replace(s, risk=AS_DOUBTFUL, reasons=()) if s.id in wanted else s for s in page.slots]
            page = replace(page, slots=tuple(slots))
        return seeds.show(page, self._seeds(number, viewer))

    def _seeds(self, number: int, viewer: str) -> dict[str, str]:
        """The known errors that this person is shown on the page and has not answered."""
        if not self.seeded:
            return {}
        name = (number, self._keys[number], viewer, self.seeded)
        if name not in self._chosen:
            key = secret(self._project.path)
            self._chosen[name] = seeds.choose(self._merged(number), key, self.id, viewer, self.seeded)
        chosen = self._chosen[name]
        if not chosen:
            return {}
        if self._answers[0] != self.head:
            self._answers = self.head, [e for e in live(self._events) if e.kind == "answer_seed"]
        done = seeds.answered(self._answers[1], number, viewer)
        return seeds.open_seeds(self._state(number, viewer).transcript(), chosen, done)

    def _merged(self, number: int) -> MergedPage:
        return merged_page(self._project, self.id, number, self._keys[number])

    def _count(self, number: int, viewer: str | None) -> dict[str, Any]:
        name = (number, self._seen_by(viewer))
        if name not in self._counts:
            page = self._shown(number, viewer)
            real = expected_errors(self._state(number, viewer).transcript())
            counted = replace(count(page), expected_errors=real)
            self._counts[name] = counted, passes(page, self.personal(page))
        counts, left = self._counts[name]
        row = {
            "slots": counts.slots,
            "left": counts.left,
            "passes": left,
            "decided": counts.decided,
            "corrected": counts.corrected,
            "unsure": counts.unsure,
            "contested": counts.contested,
            "expected": round(counts.expected_errors, 2),
            "approved": self._state(number, viewer).approved,
        }
        if self._blind:
            row["entry"] = self._entry(number, viewer)
        return row

    def _entry(self, number: int, viewer: str | None) -> str:
        """Blind entry, for this person: open, mine, handed_in, taken (two others enter it), or settle."""
        entry = blind.entries(self._events, live(self._events), number)
        if entry.complete:
            return "handed_in" if viewer in entry.people else "settle"
        if viewer in entry.people:
            return "handed_in" if viewer in entry.handed_in else "mine"
        return "taken" if len(entry.people) == 2 else "open"

    def _pace(self, viewer: str | None) -> float | None:
        """Seconds a word of this person's last decisions here; None where there are too few."""
        took: list[float] = []
        for event in reversed(self._events):
            if event.actor == viewer and isinstance(event.payload.get("ms"), int):
                took.append(event.payload["ms"] / 1000)
                if len(took) == _PACE:
                    break
        return round(statistics.fmean(took), 2) if len(took) >= _LEAST else None

    def _read_sizes(self) -> dict[int, tuple[int, int]]:
        rows = self._project.db.conn.execute(
            "SELECT number, width, height FROM pages WHERE document = ?", (self.id,)
        )
        return {int(n): (int(w), int(h)) for n, w, h in rows if int(n) in self._keys}
