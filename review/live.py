"""A document under review in this process: merged pages, the folded events, and the door for decisions.

Only a cache over storage: it is brought up to date from the ledger before every answer, so several
processes and browsers agree. A decision is checked against the state, completed with what a later
re-merge needs (quad and redact box of its slot), appended to the ledger, and then applied.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from model.decisions import HISTORY_KINDS, REVIEW_KINDS, Decision, Event
from model.errors import Conflict, InputRefused
from model.geometry import Box
from model.words import MergedPage, TranscriptPage
from review.apply import PageState
from review.edits import Edit
from review.load import merged_page, page_keys
from review.session import (
    EDIT_KINDS,
    PAGE_KINDS,
    Counts,
    count,
    document_approved,
    fold_page,
    histories,
    undone,
)

if TYPE_CHECKING:
    from storage.project import Project

_OPEN: Final = 32
_guard = threading.Lock()
_documents: OrderedDict[tuple[str, str], LiveDocument] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Ack:
    """A stored decision. `page`: the page to show again, for undo and redo."""

    event: Event
    page: int | None = None


class UnknownDocument(InputRefused):
    """The project has no document of that id."""


def document(project: Project, document_id: str) -> LiveDocument:
    """The document's state in this process. Raises UnknownDocument."""
    name = (str(project.path), document_id)
    with _guard:
        if name not in _documents:
            row = project.db.conn.execute(
                "SELECT name, pages FROM documents WHERE id = ?", (document_id,)
            ).fetchone()
            if row is None:
                raise UnknownDocument("There is no such document in this project.")
            _documents[name] = LiveDocument(project, document_id, str(row[0]), int(row[1]))
        _documents.move_to_end(name)
        while len(_documents) > _OPEN:
            _documents.popitem(last=False)
        return _documents[name]


class LiveDocument:
    """One document's review state. All methods may be called from any thread."""

    def __init__(self, project: Project, document_id: str, name: str, pages: int) -> None:
        self.id = document_id
        self.name = name
        self.pages = pages
        self._project = project
        self._lock = threading.RLock()
        self._events: list[Event] = []
        self._by_key: dict[str, Event] = {}
        self._states: dict[int, tuple[str, PageState]] = {}
        self._counts: dict[int, Counts] = {}
        self._keys: dict[int, str] = {}
        self._sizes: dict[int, tuple[int, int]] = {}

    # -- reading ------------------------------------------------------------------------------------

    def page(self, number: int) -> tuple[TranscriptPage, MergedPage, int] | None:
        """The page's transcript, its merge and the seq it stands at; None where nothing is read yet."""
        with self._lock:
            self._refresh(readings=True)
            key = self._keys.get(number)
        if key is None:
            return None
        # a merge may take a second: it is made outside the lock, so that no decision waits for it
        merged = merged_page(self._project, self.id, number, key)
        with self._lock:
            self._refresh()
            return self._state(number).transcript(), merged, self.head

    def overview(self, seconds: float = 0.25) -> dict[str, Any]:
        """Counts of every page that is merged; `pending` when `seconds` did not suffice for all."""
        with self._lock:
            self._refresh(readings=True)
            keys, known = dict(self._keys), set(self._counts)
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
                {"page": n, "read": True, **self._count(n)} if n in self._keys else {"page": n, "read": False}
                for n in range(1, self.pages + 1)
                if n not in late
            ]
            return {
                "document": self.id,
                "name": self.name,
                "total": self.pages,
                "head": self.head,
                "approved": document_approved(self._events),
                "pages": pages,
                "pending": bool(late),
            }

    def sizes(self) -> dict[int, tuple[int, int]]:
        """Width and height in pixels of the pages that have been read."""
        with self._lock:
            if not self._sizes:
                self._refresh(readings=True)
            return self._sizes

    @property
    def head(self) -> int:
        return self._events[-1].seq if self._events else 0

    # -- writing ------------------------------------------------------------------------------------

    def decide(self, edit: Edit, actor: str) -> Ack:
        """Stores a decision once. Raises Conflict where the state does not allow it (any more)."""
        from storage import ledger

        with self._lock:
            self._refresh()
            stored = self._by_key.get(edit.key)
            if stored is not None:
                return Ack(stored, self._page_of(stored) if stored.kind in HISTORY_KINDS else None)
            decision = self._decision(edit, actor)
            event = ledger.append(self._project, self.id, decision)
            self._refresh()  # takes up this event, and what others stored just before it
            return Ack(event, self._page_of(event) if event.kind in HISTORY_KINDS else None)

    def _decision(self, edit: Edit, actor: str) -> Decision:
        if edit.kind in HISTORY_KINDS:
            target = self._target(edit, actor)
            return Decision(edit.kind, target.page, {"target": target.seq}, actor, edit.key)
        payload = dict(edit.payload)
        if edit.page is not None and edit.kind in EDIT_KINDS:
            self._check(edit, edit.page, actor, payload)
        return Decision(edit.kind, edit.page, payload, actor, edit.key)

    def _check(self, edit: Edit, page: int, actor: str, payload: dict[str, Any]) -> None:
        """Raises Conflict unless the words are there; adds what a re-merge will need."""
        state = self._state(page)
        box = Box.of(payload["box"])
        if edit.kind == "insert":
            payload["beside"] = [
                slot.box.rounded()
                for slot in state.transcript().slots
                if not slot.ghost and slot.box.intersection(box) is not None
            ]
            after = state.slot(payload["after"]) if payload["after"] else None
            if after is not None:
                payload["after_box"] = after.box.rounded()
            return
        if edit.kind == "merge":
            pairs = list(zip(payload["slots"], map(Box.of, payload["boxes"]), strict=True))
        else:
            pairs = [(payload["slot"], Box.of(payload["before"]) if edit.kind == "move" else box)]
        for slot_id, place in pairs:
            found = state.locate(slot_id, place)
            slot = state.slot(found[0]) if found else None
            if slot is None:
                raise Conflict(f"This word is no longer on page {page}. The page is shown as it is now.")
            if slot.decided_by not in (None, actor) and (slot.decided_seq or 0) > edit.seen:
                raise Conflict(
                    f"{slot.decided_by} decided on this word in the meantime. Look at it and decide again."
                )
            if edit.kind in {"accept", "correct", "unsure"} and len(found) == 1:
                payload["quad"] = slot.quad.as_list()
                payload["redact_box"] = slot.redact_box.rounded()
                if slot.vertical:
                    payload["vertical"] = True

    def _target(self, edit: Edit, actor: str) -> Event:
        """The event that an undo takes back or a redo brings back."""
        if edit.target_key is not None:
            event = self._by_key.get(edit.target_key)
            dead = undone(self._events)
            if event is None or event.kind not in REVIEW_KINDS or event.actor != actor:
                raise Conflict("That decision is not one of yours, so it can't be taken back here.")
            if (event.seq in dead) is (edit.kind == "undo"):
                raise Conflict("That decision is in that state already.")
            return event
        history = histories(self._events).get(actor)
        stack = (history.undo if edit.kind == "undo" else history.redo) if history else ()
        if not stack:
            raise Conflict(f"There is nothing to {edit.kind}.")
        return next(e for e in self._events if e.seq == stack[-1])

    # -- state --------------------------------------------------------------------------------------

    def _refresh(self, *, readings: bool = False) -> None:
        from storage import ledger

        for event in ledger.events(self._project, self.id, after=self.head):
            self._take_up(event)
        if readings or not self._keys:
            keys = page_keys(self._project, self.id)
            if keys != self._keys:
                self._keys = keys
                for number, (key, _) in list(self._states.items()):
                    if keys.get(number) != key:
                        del self._states[number]
                        self._counts.pop(number, None)
                self._sizes = self._read_sizes()

    def _take_up(self, event: Event) -> None:
        self._events.append(event)
        self._by_key[event.key] = event
        page = self._page_of(event)
        if page is None:
            return
        self._counts.pop(page, None)
        if event.kind in HISTORY_KINDS:
            self._states.pop(page, None)
        elif event.kind in EDIT_KINDS | PAGE_KINDS and page in self._states:
            self._states[page][1].apply(event)

    def _page_of(self, event: Event) -> int | None:
        if event.kind not in HISTORY_KINDS:
            return event.page
        target = event.payload.get("target")
        return next((e.page for e in self._events if e.seq == target), event.page)

    def _state(self, number: int) -> PageState:
        held = self._states.get(number)
        if held is None:
            held = (self._keys[number], fold_page(self._merged(number), self._events))
            self._states[number] = held
        return held[1]

    def _merged(self, number: int) -> MergedPage:
        return merged_page(self._project, self.id, number, self._keys[number])

    def _count(self, number: int) -> dict[str, Any]:
        if number not in self._counts:
            self._counts[number] = count(self._state(number).transcript())
        counts = self._counts[number]
        return {
            "slots": counts.slots,
            "left": counts.left,
            "decided": counts.decided,
            "corrected": counts.corrected,
            "unsure": counts.unsure,
            "expected": round(counts.expected_errors, 2),
            "approved": self._state(number).approved,
        }

    def _read_sizes(self) -> dict[int, tuple[int, int]]:
        rows = self._project.db.conn.execute(
            "SELECT number, width, height FROM pages WHERE document = ?", (self.id,)
        )
        return {int(n): (int(w), int(h)) for n, w, h in rows if int(n) in self._keys}
