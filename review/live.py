"""The door for decisions on a document: checked, completed, stored, applied.

A decision is checked against the state (review.state) and the project's rules (review.rules), completed
with what a later re-merge needs (quad and redact box of its slot), appended to the ledger, and then applied.
Where somebody else decided on the same word in the meantime both decisions are kept, as a `contest`
(review.apply), and the word is shown again with both.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from model.decisions import EDIT_KINDS, HISTORY_KINDS, REVIEW_KINDS, Decision, Event
from model.errors import Conflict, InputRefused, NotAllowed
from model.geometry import Box
from model.words import TranscriptSlot
from review import blind, rules, seeds
from review.edits import Edit
from review.policy import policy
from review.rules import Certified, Person
from review.session import histories, live, undone
from review.state import DocumentState

if TYPE_CHECKING:
    from storage.project import Project

_OPEN: Final = 64
_RENEW: Final = 60.0
"""Seconds after which a decision renews its page's lease."""
_APPROVALS: Final = frozenset({"approve_page", "approve_document"})
_guard = threading.Lock()
_documents: OrderedDict[tuple[str, str], LiveDocument] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Ack:
    """A stored decision. `page`: the page to show again (undo, redo, a word decided in two ways)."""

    event: Event
    page: int | None = None

    @property
    def contested(self) -> bool:
        return self.event.kind == "contest"


class UnknownDocument(InputRefused):
    """The project has no document of that id."""


def document(project: Project, document_id: str) -> LiveDocument:
    """The document's state in this process. Raises UnknownDocument."""
    name = (str(project.path), document_id)
    with _guard:
        row = project.db.conn.execute(
            "SELECT name, pages FROM documents WHERE id = ?", (document_id,)
        ).fetchone()
        if row is None:
            _documents.pop(name, None)
            raise UnknownDocument("There is no such document in this project.")
        if name not in _documents:
            _documents[name] = LiveDocument(project, document_id, str(row[0]), int(row[1]))
        _documents.move_to_end(name)
        while len(_documents) > _OPEN:
            _documents.popitem(last=False)
        return _documents[name]


class LiveDocument(DocumentState):
    """A document's state with the door for decisions. All methods may be called from any thread."""

    def __init__(self, project: Project, document_id: str, name: str, pages: int) -> None:
        super().__init__(project, document_id, name, pages)
        self._leased: dict[tuple[int, str], float] = {}

    # -- writing ------------------------------------------------------------------------------------

    def decide(self, edit: Edit, person: Person | str, certified: Certified | None = None) -> Ack:
        """Stores a decision once. Raises Conflict where the state does not allow it (any more), NotAllowed
        where the person's role or the project's rules do not. `certified` as in review.rules.
        """
        who = Person(person) if isinstance(person, str) else person
        with self._lock:
            self._refresh()
            stored = self._by_key.get(edit.key)
            if stored is not None:
                return Ack(stored, self._shown_again(stored))
            decision = self._answer(edit, who) or self._decision(edit, who, certified)
            event = self._append(decision)
            self._renew(edit.page, who.name)
            return Ack(event, self._shown_again(event))

    def record(self, decision: Decision) -> Event:
        """Stores a decision of the work itself (assign, take_over, set_entry, draw_sample, answer_seed)."""
        with self._lock:
            self._refresh()
            return self._by_key.get(decision.key) or self._append(decision)

    def set_entry(self, mode: str, actor: str, key: str) -> Event:
        """Single or blind entry. Raises Conflict once somebody has decided on a word."""
        with self._lock:
            self._refresh()
            if any(e.kind in EDIT_KINDS for e in self._events):
                raise Conflict("Words of this document have been decided on; how it is entered can't change.")
            return self.record(Decision("set_entry", None, {"mode": mode}, actor, key))

    def _append(self, decision: Decision) -> Event:
        from storage import ledger

        # what a rule about other people's decisions has let through must not have been overtaken
        expected = self.head if decision.kind in _APPROVALS else None
        event = ledger.append(self._project, self.id, decision, expect_seq=expected)
        self._refresh()  # takes up this event, and what others stored just before it
        return event

    def _shown_again(self, event: Event) -> int | None:
        return self._page_of(event) if event.kind in HISTORY_KINDS | {"contest", "answer_seed"} else None

    def _renew(self, page: int | None, name: str) -> None:
        """A person who decides keeps the page, without a write for every word."""
        from storage import leases

        if page is None or self._blind:
            return
        now = time.monotonic()
        if now - self._leased.get((page, name), -_RENEW) >= _RENEW:
            self._leased[page, name] = now
            leases.take(self._project, self.id, page, name)

    def _answer(self, edit: Edit, who: Person) -> Decision | None:
        """A decision on a known error is an answer to it, and changes nothing."""
        if not self.seeded or edit.page is None or edit.kind not in EDIT_KINDS:
            return None
        shown = self._seeds(edit.page, who.name)
        key = seeds.asked(edit, shown)
        slot = self._state(edit.page, who.name).slot(key) if key is not None else None
        if key is None or slot is None:
            return None
        self._allowed(edit.kind, edit.page, who, None)
        return Decision("answer_seed", edit.page, seeds.answer(edit, slot, shown[key]), who.name, edit.key)

    def _decision(self, edit: Edit, who: Person, certified: Certified | None) -> Decision:
        if edit.kind in HISTORY_KINDS:
            target = self._target(edit, who.name)
            self._allowed(target.kind if edit.kind == "redo" else edit.kind, target.page, who, None, target)
            return Decision(edit.kind, target.page, {"target": target.seq}, who.name, edit.key)
        self._allowed(edit.kind, edit.page, who, certified)
        payload = dict(edit.payload)
        if edit.page is not None and edit.kind in EDIT_KINDS:
            other = self._check(edit, edit.page, who.name, payload)
            if other is not None:
                return Decision("contest", edit.page, contest(edit, other), who.name, edit.key)
        return Decision(edit.kind, edit.page, payload, who.name, edit.key)

    def _allowed(
        self,
        kind: str,
        page: int | None,
        who: Person,
        certified: Certified | None,
        target: Event | None = None,
    ) -> None:
        # a document may have ten thousand events: they are only gone through where a rule asks for it
        standing = live(self._events) if self._blind or kind in _APPROVALS else []
        entry = blind.entries(self._events, standing, page) if self._blind and page is not None else None
        if target is not None and entry is not None and entry.complete and who.name in entry.people:
            raise NotAllowed("Both entries of this page are handed in: what was typed stays as it is.")
        if target is not None and target.kind == "submit_page":
            return  # taking back that a page was handed in
        contested = 0
        if kind == "approve_page" and page is not None:
            contested = blind.differences(self._state(page, None).transcript())
        elif kind == "approve_document":
            contested = sum(self._count(n, None)["contested"] for n in self._keys)
        rules.may_decide(kind, page, who, policy(self._project), standing, entry, contested, certified)

    def _check(self, edit: Edit, page: int, actor: str, payload: dict[str, Any]) -> TranscriptSlot | None:
        """Raises Conflict unless the words are there; adds what a re-merge will need.

        Returns the slot where somebody else decided on it otherwise, unseen by this person.
        """
        state = self._state(page, actor)
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
            return None
        if edit.kind == "merge":
            pairs = list(zip(payload["slots"], map(Box.of, payload["boxes"]), strict=True))
        else:
            pairs = [(payload["slot"], Box.of(payload["before"]) if edit.kind == "move" else box)]
        for slot_id, place in pairs:
            found = state.locate(slot_id, place)
            slot = state.slot(found[0]) if found else None
            if slot is None:
                raise Conflict(f"This word is no longer on page {page}. The page is shown as it is now.")
            other = slot.decided_by not in (None, actor) or slot.status == "contested"
            unseen = other and (slot.decided_seq or 0) > edit.seen
            if unseen and not _agrees(edit, slot):
                return slot
            if edit.kind in {"accept", "correct", "unsure"} and len(found) == 1:
                payload["quad"] = slot.quad.as_list()
                payload["redact_box"] = slot.redact_box.rounded()
                if slot.vertical:
                    payload["vertical"] = True
        return None

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


def contest(edit: Edit, other: TranscriptSlot) -> dict[str, Any]:
    """What is kept of a decision that met somebody else's on the same word."""
    payload = edit.payload
    if edit.kind == "delete":
        text = ""
    elif edit.kind == "split":
        text = " ".join(part["text"] for part in payload["parts"])
    else:
        text = payload.get("text", other.text)
    return {
        "slot": other.id,
        "box": other.box.rounded(),
        "text": text,
        "wanted": edit.kind,
        "against": other.decided_seq or 0,
        **{k: payload[k] for k in ("ms", "keys") if k in payload},
    }


def _agrees(edit: Edit, slot: TranscriptSlot) -> bool:
    """Whether a decision says what somebody else said already."""
    return (
        edit.kind in {"accept", "correct"}
        and slot.status not in ("unsure", "contested")
        and (edit.payload.get("text") == slot.text)
    )
