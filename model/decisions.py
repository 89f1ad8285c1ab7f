"""Decisions of people as events. The ledger (storage.ledger) keeps them; review.session folds them.

An event says everything that is needed to apply it again on a later merge of the same page: the
place (box in pixels of the page image) and the text, not only a slot's id. Word decisions may also say
what they took: `ms` on the desk and `keys` pressed. Undo and redo are events
as well (`target` = the seq of the event that they undo or bring back), so nothing is ever removed.

| kind | payload |
|---|---|
| accept | slot, box, text |
| correct | slot, box, text, before |
| unsure | slot, box |
| delete | slot, box, before |
| move | slot, box (new), before (box) |
| insert | slot (new id), box, text, after (slot id or null) |
| split | slot, box, parts: [{slot, box, text}] |
| merge | slots, boxes, slot (new id), box, text |
| contest | slot, box, text, wanted (kind), against (seq): met somebody else's decision; both are kept |
| answer_seed | slot, box, shown, truth, text: what a reviewer made of a known error; changes no transcript |
| submit_page | -: in blind entry, a person's own entry of the page is done |
| approve_page, reopen_page | - |
| approve_document, reopen_document | - |
| undo, redo | target |
| set_entry | mode: single or blind (two people, neither sees the other's, a third settles) |
| assign | to: the person, or null |
| take_over | from, until: a page's lease taken from somebody who held it |
| draw_sample | sample (id), slots: [{page, slot, box, text}], population, seed, rate, confidence |
| approve_finding | finding (model.files.finding_to_json), reason, label |
| reject_finding | finding (as above) |
| keep_person | text: a person who stays, in all forms |
| add_redaction | redaction (id), box, reason, label, text |
| remove_redaction | redaction (id) |
| move_redaction | redaction (id), box (new), before (box) |
| confirm_redactions | boxes: digests of redaction.plan.seal; a second person has seen these boxes |
| add_rule, remove_rule | rule: {id, kind: word or pattern, value, reason, label} |
| set_local_only | local_only: true = nothing of the document leaves this machine, whatever is allowed |
| allow_host, forbid_host | host: another machine that may see texts (in the project's own chain) |
| sent | engine, host, what: a text is about to leave; of an image also provider, model, image_sha256 ... |
| added | sha256, name, pages |
| exported | mode, version, source_sha256, output_sha256, checks |

The project's own chain has `allow_engine` (engine, provider, region, host, every_page, options),
`forbid_engine` (engine), `set_budget` (dollars or null), `accept_licence` and `withdraw_licence` (engine,
licence, address).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

REVIEW_KINDS: Final = frozenset(
    {"accept", "correct", "unsure", "delete", "move", "insert", "split", "merge",
     "contest", "answer_seed", "submit_page",
     "approve_page", "reopen_page", "approve_document", "reopen_document"}
)  # fmt: skip
DOCUMENT_KINDS: Final = frozenset({"approve_document", "reopen_document"})
PAGE_KINDS: Final = frozenset({"approve_page", "reopen_page", "submit_page"})
EDIT_KINDS: Final = REVIEW_KINDS - DOCUMENT_KINDS - PAGE_KINDS - {"answer_seed"}
"""What changes words."""
FINDING_KINDS: Final = frozenset(
    {"approve_finding", "reject_finding", "keep_person", "add_redaction", "remove_redaction",
     "move_redaction", "confirm_redactions", "add_rule", "remove_rule"}
)  # fmt: skip
HISTORY_KINDS: Final = frozenset({"undo", "redo"})
WORK_KINDS: Final = frozenset({"set_entry", "assign", "take_over", "draw_sample"})
"""How the work is shared and checked. They can't be undone, only followed by another."""
LEAVING_KINDS: Final = frozenset(
    {"set_local_only", "allow_host", "forbid_host", "allow_engine", "forbid_engine", "set_budget", "sent"}
)
"""What may leave this machine, and what has: texts in storage.leaving, pages' images in storage.cloud."""
LICENCE_KINDS: Final = frozenset({"accept_licence", "withdraw_licence"})
"""Terms of an engine that the project has accepted: storage.licences."""
SYSTEM_KINDS: Final = frozenset({"added", "exported"})
KINDS: Final = (
    REVIEW_KINDS | FINDING_KINDS | HISTORY_KINDS | WORK_KINDS | LEAVING_KINDS | LICENCE_KINDS | SYSTEM_KINDS
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person wants recorded. `key` makes it idempotent: the same key is stored once."""

    kind: str
    page: int | None
    payload: Mapping[str, Any]
    actor: str
    key: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of decision: {self.kind}")


@dataclass(frozen=True, slots=True)
class Event:
    """A stored decision: a link of the document's hash chain."""

    document: str
    seq: int
    """From 1, without gaps, per document."""
    kind: str
    page: int | None
    payload: Mapping[str, Any]
    actor: str
    at: str
    """UTC, ISO 8601 with milliseconds and Z."""
    key: str
    previous_hash: str
    hash: str
