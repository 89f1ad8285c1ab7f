"""Decisions about redaction as ledger entries: findings, drawn boxes, rules, people that stay, undo.

Builds model.decisions.Decision values and stores them; what follows from them is redaction.plan.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from model.decisions import FINDING_KINDS, Decision, Event
from model.errors import NotAllowed, UsageError
from model.files import finding_to_json
from model.findings import Finding, Redaction
from model.geometry import Box
from model.texts import section
from redaction.plan import Plan, seal
from redaction.reasons import LONGEST
from storage import ledger

if TYPE_CHECKING:
    from storage.project import Project


ON_THE_DESK: Final = frozenset(
    {"approve_finding", "reject_finding", "add_redaction", "move_redaction", "remove_redaction"}
)
"""What Undo takes back there."""


def type_name(kind: str, language: str = "en") -> str:
    """A finding's type in words: "name", "date of birth"."""
    return str(section("types", language).get(kind, kind.replace("_", " ").lower()))


def group_of(finding: Finding) -> tuple[str, str]:
    """Findings with the same value are one thing to decide: the same person or number in several places."""
    return finding.type, finding.group or finding.id


def open_groups(planned: Plan) -> int:
    """How many things are still to be decided."""
    return len({group_of(f) for f in planned.undecided})


def judge(
    project: Project,
    document_id: str,
    findings: Sequence[Finding],
    verdict: Literal["approve", "reject"],
    *,
    actor: str,
    reason: str = "",
    label: str = "",
    labels: Mapping[str, str] | None = None,
    key: str = "",
) -> list[Event]:
    """Approves or rejects findings, one event each, all of them or none. `key` makes it repeatable.

    `labels`: type -> what stands on its boxes, where `label` says nothing.
    """
    key = key or uuid.uuid4().hex
    kind = "approve_finding" if verdict == "approve" else "reject_finding"
    events = []
    with project.writing():
        for finding in findings:
            payload: dict[str, Any] = {"finding": finding_to_json(finding)}
            if verdict == "approve":
                said = label or (labels or {}).get(finding.type, "")
                payload |= {"reason": reason[:LONGEST], "label": said[:LONGEST]}
            decision = Decision(kind, finding.page, payload, actor, f"{key}:{finding.id}")
            events.append(ledger.append(project, document_id, decision))
    return events


def add_box(
    project: Project,
    document_id: str,
    page: int,
    box: Box,
    *,
    actor: str,
    reason: str,
    label: str = "",
    key: str = "",
) -> Event:
    """A box drawn by hand, in pixels of the page image. Raises UsageError for one without area.

    `key` makes it repeatable, as of the two that follow.
    """
    if box.width < 2 or box.height < 2:
        raise UsageError("The box is too small to cover anything.")
    # The desk knows the box by this number before the server has answered.
    number = (key or uuid.uuid4().hex).replace("-", "")[:12]
    payload = {"redaction": number, "box": box.rounded(), "reason": reason, "label": label, "text": None}
    return _store(project, document_id, "add_redaction", page, payload, actor, key)


def remove_box(
    project: Project, document_id: str, page: int, number: str, *, actor: str, key: str = ""
) -> Event:
    """Takes a drawn box back."""
    return _store(project, document_id, "remove_redaction", page, {"redaction": number}, actor, key)


def move_box(
    project: Project,
    document_id: str,
    page: int,
    number: str,
    box: Box,
    before: Box,
    *,
    actor: str,
    key: str = "",
) -> Event:
    """A drawn box in another place or size, in pixels of the page image. Raises UsageError as `add_box`."""
    if box.width < 2 or box.height < 2:
        raise UsageError("The box is too small to cover anything.")
    payload = {"redaction": number, "box": box.rounded(), "before": before.rounded()}
    return _store(project, document_id, "move_redaction", page, payload, actor, key)


def confirm(project: Project, document_id: str, redactions: Sequence[Redaction], *, actor: str) -> Event:
    """A second person has seen these boxes. Raises NotAllowed where all of them are the person's own."""
    others = [r for r in redactions if r.decided_by != actor]
    if not others:
        raise NotAllowed("Four eyes: you decided on these boxes yourself, so somebody else confirms them.")
    payload = {"boxes": [seal(r) for r in others]}
    return _store(project, document_id, "confirm_redactions", None, payload, actor)


def add_rule(
    project: Project,
    document_id: str,
    kind: Literal["word", "pattern"],
    value: str,
    *,
    actor: str,
    reason: str,
    label: str = "",
) -> Event:
    """A word or pattern to find everywhere. Raises UsageError for an empty one or no valid pattern."""
    value = value.strip()
    if not value or len(value) > LONGEST:
        raise UsageError(f"A word or pattern has 1 to {LONGEST} characters.")
    if kind == "pattern":
        try:
            re.compile(value)
        except re.error as error:
            raise UsageError(f"This is no valid pattern: {error}.") from None
    rule = {
        "id": uuid.uuid4().hex[:12],
        "kind": kind,
        "value": value,
        "reason": reason,
        "label": label,
    }
    return _store(project, document_id, "add_rule", None, {"rule": rule}, actor)


def remove_rule(project: Project, document_id: str, rule: Mapping[str, Any], *, actor: str) -> Event:
    """Takes a word or pattern back."""
    return _store(project, document_id, "remove_rule", None, {"rule": dict(rule)}, actor)


def keep_person(project: Project, document_id: str, name: str, *, actor: str) -> Event:
    """A person whose name stays, in all its forms. Raises UsageError for an empty name."""
    if not name.strip():
        raise UsageError("A name is needed.")
    return _store(project, document_id, "keep_person", None, {"text": name.strip()[:LONGEST]}, actor)


def undo(project: Project, document_id: str, targets: Sequence[int], *, actor: str, key: str) -> list[Event]:
    """Takes redaction decisions back, newest first, all of them or none. Raises UsageError for others."""
    kinds = {e.seq: (e.kind, e.page) for e in ledger.events(project, document_id)}
    events = []
    with project.writing():
        for seq in sorted(targets, reverse=True):
            kind, page = kinds.get(seq, ("", None))
            if kind not in FINDING_KINDS:
                raise UsageError("There is no such decision to take back.")
            decision = Decision("undo", page, {"target": seq}, actor, f"{key}:{seq}")
            events.append(ledger.append(project, document_id, decision))
    return events


def undoable(events: Sequence[Event], actor: str) -> list[list[int]]:
    """The actor's standing decisions on findings and boxes, oldest first: seqs of one key stroke together."""
    dead: set[int] = set()
    for event in events:
        target = event.payload.get("target")
        if event.kind == "undo" and isinstance(target, int):
            dead.add(target)
        elif event.kind == "redo" and isinstance(target, int):
            dead.discard(target)
    strokes: dict[str, list[int]] = {}
    for event in events:
        if event.kind in ON_THE_DESK and event.actor == actor:
            strokes.setdefault(event.key.partition(":")[0], []).append(event.seq)
    return [alive for seqs in strokes.values() if (alive := [s for s in seqs if s not in dead])]


def _store(
    project: Project,
    document_id: str,
    kind: str,
    page: int | None,
    payload: Mapping[str, Any],
    actor: str,
    key: str = "",
) -> Event:
    decision = Decision(kind, page, payload, actor, key or uuid.uuid4().hex)
    return ledger.append(project, document_id, decision)
