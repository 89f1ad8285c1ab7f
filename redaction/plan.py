"""From findings and the ledger to boxes: what is to be destroyed, why, and who decided it.

`plan` is a pure function of the findings of now and the document's events; it keeps no state. A finding
that was approved keeps the boxes and the text that stood in the approval, so a later reading, another
merge or a detector that has changed its mind never loses an approved redaction. A finding of now is the
same as a decided one when the id is the same, or type and place are.

Redaction.text: what R's apply also removes wherever else it stands in the file. It is set for values that
mean one thing only (numbers, addresses, e-mail, full names), and left out for what would wipe innocent
words: single common words, short texts, bare dates and places. See `also_elsewhere`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from model.errors import Unreadable
from model.files import finding_from_json
from model.findings import Finding, Redaction, Rule
from model.geometry import Box, image_to_points
from model.words import TranscriptPage
from redaction.folding import key
from redaction.recognisers import lexicon
from redaction.recognisers.base import Passage
from redaction.stay import Stay

if TYPE_CHECKING:
    from redaction.profiles import Profile

DEFAULT_REASON = "personal data"

LABELS = {
    "PERSON": "NAME", "ADDRESS": "ADDRESS", "LOCATION": "PLACE", "ZIP_CODE": "POSTCODE", "DATE_TIME": "DATE",
    "DATE_OF_BIRTH": "DATE OF BIRTH", "PHONE_NUMBER": "PHONE", "EMAIL_ADDRESS": "E-MAIL", "US_SSN": "SSN",
    "IBAN_CODE": "IBAN", "CREDIT_CARD": "CARD", "ACCOUNT_NUMBER": "ACCOUNT", "MEDICAL_ID": "MEDICAL ID",
    "PASSPORT": "PASSPORT", "ID_NUMBER": "ID", "MY_NUMBER": "MY NUMBER", "LICENSE_PLATE": "PLATE",
    "IN_AADHAAR": "ID", "IN_PAN": "ID", "UK_NHS": "MEDICAL ID", "UK_NINO": "ID", "DE_TAX_ID": "ID",
    "DE_SOCIAL_SECURITY": "ID", "FR_NIR": "ID", "ES_NIF": "ID", "ES_NIE": "ID", "IT_FISCAL_CODE": "ID",
    "SIGNATURE": "SIGNATURE", "STAMP": "STAMP", "PHOTOGRAPH": "PHOTO", "BARCODE": "CODE", "QR_CODE": "CODE",
}  # fmt: skip
"""Words for types where a box carries a label; the type itself is never written into a file unasked."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the ledger says about a document's personal data."""

    redactions: list[Redaction]
    """Displayed points; approved findings and drawn boxes."""
    undecided: list[Finding]
    approved: list[Finding]
    rejected: list[Finding]
    drawn: list[Redaction] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    keep: list[str] = field(default_factory=list)
    seconds: Mapping[str, str] = field(default_factory=dict)
    """Id of a redaction -> the second person who has seen it as it stands."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """The events folded: the last decision about each finding, the boxes, the rules and who stays."""

    approved: Mapping[str, tuple[Finding, Mapping[str, Any]]]
    """Id -> the finding as approved, with reason, label, decided_by, decided_at."""
    rejected: Mapping[str, Finding]
    drawn: Mapping[str, tuple[int, Box, Mapping[str, Any]]]
    """Redaction id -> page, box in pixels of the page image, reason, label, text, decided_by, decided_at."""
    rules: tuple[Rule, ...]
    keep: tuple[str, ...]
    confirmed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """`seal` of a box -> who has confirmed it."""


def decisions(events: Iterable[Any]) -> Decisions:
    """Folds the ledger's events (model.decisions.Event, in order), undo and redo included.

    Raises Unreadable for a payload that is none.
    """
    approved: dict[str, tuple[Finding, Mapping[str, Any]]] = {}
    rejected: dict[str, Finding] = {}
    drawn: dict[str, tuple[int, Box, Mapping[str, Any]]] = {}
    rules: dict[str, Rule] = {}
    keep: dict[str, None] = {}
    confirmed: dict[str, tuple[str, ...]] = {}
    for event in in_force(events):
        payload = event.payload
        try:
            if event.kind in ("approve_finding", "reject_finding"):
                finding = finding_from_json(payload["finding"])
                for known in [k for k, f in _decided(approved, rejected) if same(f, finding)]:
                    approved.pop(known, None)
                    rejected.pop(known, None)
                if event.kind == "approve_finding":
                    approved[finding.id] = (finding, _who(event))
                else:
                    rejected[finding.id] = finding
            elif event.kind == "add_redaction":
                drawn[str(payload["redaction"])] = (int(event.page or 1), Box.of(payload["box"]), _who(event))
            elif event.kind == "remove_redaction":
                drawn.pop(str(payload["redaction"]), None)
            elif event.kind == "move_redaction":
                number = str(payload["redaction"])
                if number in drawn:  # else it was taken away meanwhile
                    page, _, who = drawn[number]
                    by = {"decided_by": event.actor, "decided_at": event.at}
                    drawn[number] = (page, Box.of(payload["box"]), {**who, **by})
            elif event.kind == "confirm_redactions":
                for digest in payload["boxes"]:
                    confirmed[str(digest)] = (*confirmed.get(str(digest), ()), event.actor)
            elif event.kind == "add_rule":
                rule = rule_from_json(payload["rule"])
                rules[rule.id] = rule
            elif event.kind == "remove_rule":
                rules.pop(rule_from_json(payload["rule"]).id, None)
            elif event.kind == "keep_person":
                keep[str(payload["text"])] = None
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Unreadable(
                f"Decision {event.seq} of the ledger can't be read ({type(error).__name__}); "
                "check the audit page."
            ) from None
    return Decisions(approved, rejected, drawn, tuple(rules.values()), tuple(keep), confirmed)


def in_force(events: Iterable[Any]) -> list[Any]:
    """The events without those that were undone (and not brought back), and without undo and redo."""
    ordered = list(events)
    undone: set[int] = set()
    for event in ordered:
        if event.kind == "undo":
            undone.add(int(event.payload["target"]))
        elif event.kind == "redo":
            target = int(event.payload["target"])
            # A redo may name the decision or the undo that took it back.
            undo = next((e for e in ordered if e.seq == target and e.kind == "undo"), None)
            undone.discard(int(undo.payload["target"]) if undo is not None else target)
    return [e for e in ordered if e.kind not in ("undo", "redo") and e.seq not in undone]


def rule_from_json(data: Mapping[str, Any]) -> Rule:
    """A rule of an event's payload. Raises ValueError for an unknown kind."""
    kind = str(data.get("kind") or "word")
    if kind not in ("word", "pattern", "list"):
        raise ValueError(f"unknown kind of rule: {kind}")
    return Rule(
        str(data["id"]),
        kind,  # type: ignore[arg-type]
        str(data.get("value") or ""),
        str(data.get("reason") or DEFAULT_REASON),
        str(data.get("label") or ""),
    )


def rule_to_json(rule: Rule) -> dict[str, Any]:
    """A rule for an event's payload."""
    return {"id": rule.id, "kind": rule.kind, "value": rule.value, "reason": rule.reason, "label": rule.label}


def plan(findings: Sequence[Finding], events: Iterable[Any], pages: Sequence[TranscriptPage]) -> Plan:
    """What to destroy and what is still open.

    `findings` are detection's result of now (pixels of the page image); `pages` give each page's dpi.
    Findings that a `keep_person` covers and those that were rejected are not open; findings of a user's
    rule are open like others until they are approved.
    """
    folded = decisions(events)
    dpi = {p.page: p.dpi for p in pages}
    redactions: list[Redaction] = []
    for finding, who in folded.approved.values():
        redactions.extend(_redactions(finding, dpi, who))
    drawn = []
    for number, (page, box, who) in folded.drawn.items():
        text = who.get("text")
        drawn.append(
            Redaction(
                page,
                image_to_points(box, dpi.get(page, 72.0)),
                str(who.get("reason") or DEFAULT_REASON),
                str(who.get("label") or ""),
                None if not text else str(text),
                str(who.get("decided_by") or ""),
                str(who.get("decided_at") or ""),
                number,
            )
        )
    approved = [f for f, _ in folded.approved.values()]
    rejected = list(folded.rejected.values())
    places = _by_page([*approved, *rejected])
    staying = Stay(folded.keep).staying([(f.type, f.text) for f in findings])
    undecided = [
        finding
        for finding, stays in zip(findings, staying, strict=True)
        if not stays and not any(same(known, finding) for known in places.get(finding.page, ()))
    ]
    order = sorted([*redactions, *drawn], key=lambda r: (r.page, r.box.y0, r.box.x0, r.id))
    seconds = {}
    for redaction in order:
        others = [who for who in folded.confirmed.get(seal(redaction), ()) if who != redaction.decided_by]
        if others:
            seconds[redaction.id] = others[-1]
    return Plan(order, undecided, approved, rejected, drawn, list(folded.rules), list(folded.keep), seconds)


def seal(redaction: Redaction) -> str:
    """What a second person confirms: this box, for this reason, as this person decided it."""
    seen = (
        redaction.id, redaction.page, redaction.box.rounded(), redaction.reason, redaction.label,
        redaction.decided_by, redaction.decided_at,
    )  # fmt: skip
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def automatic(
    findings: Sequence[Finding],
    pages: Sequence[TranscriptPage],
    *,
    threshold: float = 0.0,
    profile: Profile | None = None,
    proposals: bool = False,
) -> list[Redaction]:
    """Redactions for everything found (of at least the score `threshold`), reviewed by nobody.

    What is only proposed is left out, unless `proposals` asks for it. Reason and label are what the profile
    says of the finding's type; without one the usual reason, no label.
    """
    dpi = {p.page: p.dpi for p in pages}
    found: list[Redaction] = []
    for finding in findings:
        if finding.score >= threshold and (proposals or not finding.proposal):
            rule = profile.rule(finding.type) if profile is not None else None
            who = {"reason": rule.reason, "label": rule.label} if rule else {"reason": DEFAULT_REASON}
            found.extend(_redactions(finding, dpi, who))
    return sorted(found, key=lambda r: (r.page, r.box.y0, r.box.x0, r.id))


def same(a: Finding, b: Finding) -> bool:
    """True where two findings are one: the same id, or the same type at the same place.

    The same place means that each covers at least half of the other, so that a decision about "Smith"
    does not decide "John Smith, 12 Elm Street".
    """
    if a.id == b.id:
        return True
    if a.page != b.page or a.type != b.type or not a.boxes or not b.boxes:
        return False
    return _covered(a.boxes, b.boxes) >= 0.6 and _covered(b.boxes, a.boxes) >= 0.6


def also_elsewhere(finding: Finding) -> str | None:
    """The text whose further copies in the file shall go too, or None where that would hurt.

    A full name, a number or an address means the same thing wherever it stands. A single first name that
    is a word as well ("Will", "Rose"), a short text, a date or a town does not: those go where they were
    found, and each further place is a finding of its own (see people.py).
    """
    if finding.proposal:
        return None
    text = " ".join(finding.text.split())
    compact = [c for c in text if c.isalnum()]
    digits = sum(c.isdigit() for c in compact)
    if len(compact) < 4:
        return None
    if finding.type in ("USER_WORD", "USER_PATTERN"):
        return text if len(compact) >= 5 or digits >= 4 else None
    if finding.type in ("LOCATION", "DATE_TIME", "AGE"):
        return None
    if finding.type == "DATE_OF_BIRTH":
        return text if digits >= 5 else None
    if finding.type == "PERSON":
        words = [t.text for t in Passage(text).tokens if t.word and len(t.text) > 1]
        if len(words) >= 2:
            return text
        if not words or len(words[0]) < 5:
            # Japanese and Chinese names are short; three characters of them are rarely a word.
            return (
                text
                if len(compact) >= 3
                and not text.isascii()
                and not compact[0].isascii()
                and ord(compact[0]) > 0x2E80
                else None
            )
        word = key(words[0])
        common = word in lexicon.ambiguous_names() or any(
            word in lexicon.ordinary((lang,)) for lang in lexicon.LATIN
        )
        return None if common or word in lexicon.places() else text
    if finding.type == "ZIP_CODE":
        return text if len(compact) >= 6 else None
    return text if digits >= 4 or "@" in text or len(compact) >= 8 else None


def _redactions(finding: Finding, dpi: Mapping[int, float], who: Mapping[str, Any]) -> list[Redaction]:
    scale = dpi.get(finding.page, 72.0)
    text = also_elsewhere(finding)
    return [
        Redaction(
            finding.page,
            image_to_points(box, scale),
            str(who.get("reason") or DEFAULT_REASON),
            str(who.get("label") or ""),
            text,
            str(who.get("decided_by") or ""),
            str(who.get("decided_at") or ""),
            finding.id if index == 0 else f"{finding.id}-{index + 1}",
            finding.type,
            finding.group or finding.id,
        )
        for index, box in enumerate(joined(finding.boxes))
    ]


def joined(boxes: Sequence[Box]) -> list[Box]:
    """A finding's boxes, those of neighbouring words in a line as one: its label needs the room."""
    found: list[Box] = []
    for box in boxes:
        last = found[-1] if found else None
        if last is not None and _neighbours(last, box):
            found[-1] = last.union(box)
        else:
            found.append(box)
    return found


def _neighbours(a: Box, b: Box) -> bool:
    """Whether two boxes are alike in height, level, and no further apart than two words."""
    low, high = sorted((a.height, b.height))
    level = min(a.y1, b.y1) - max(a.y0, b.y0)
    gap = max(a.x0, b.x0) - min(a.x1, b.x1)
    return low > 0 and high <= 1.3 * low and level >= 0.8 * low and gap <= 0.8 * low


def _who(event: Any) -> dict[str, Any]:
    payload = event.payload
    return {
        "reason": payload.get("reason"),
        "label": payload.get("label"),
        "text": payload.get("text"),
        "decided_by": event.actor,
        "decided_at": event.at,
    }


def _decided(
    approved: Mapping[str, tuple[Finding, Mapping[str, Any]]], rejected: Mapping[str, Finding]
) -> list[tuple[str, Finding]]:
    return [*((k, f) for k, (f, _) in approved.items()), *rejected.items()]


def _by_page(findings: Iterable[Finding]) -> dict[int, list[Finding]]:
    pages: dict[int, list[Finding]] = {}
    for finding in findings:
        pages.setdefault(finding.page, []).append(finding)
    return pages


def _covered(a: Sequence[Box], b: Sequence[Box]) -> float:
    """Share of a's area that lies under b (boxes of one finding hardly overlap each other)."""
    total = sum(x.area for x in a)
    if total <= 0:
        return 0.0
    shared = 0.0
    for x in a:
        inside = sum(i.area for y in b if (i := x.intersection(y)) is not None)
        shared += min(inside, x.area)
    return shared / total
