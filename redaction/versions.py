"""Versions of one review: which of the decided boxes a version destroys, and how its boxes look.

An internal and a public version differ in what they leave readable (by reason or by type), in labels or
pseudonyms on the boxes, in page numbers and in whose names the certificate holds. A project keeps its
versions in its settings; "public", which destroys all that was decided and labels nothing, is always there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from model.errors import UsageError
from model.findings import Finding, Redaction
from model.words import TranscriptPage
from redaction.folding import key as folded
from redaction.plan import LABELS, Plan, automatic
from redaction.reasons import Reason, by_code
from storage import numbers, settings

if TYPE_CHECKING:
    from redaction.profiles import Profile
    from storage.project import Project

SETTING: Final = "versions"
Look = Literal["black", "pseudonym"]
Labels = Literal["none", "reason", "type"]
Names = Literal["names", "pseudonyms"]
LOOKS: Final[tuple[Look, ...]] = ("black", "pseudonym")
LABELLED: Final[tuple[Labels, ...]] = ("none", "reason", "type")
NAMED: Final[tuple[Names, ...]] = ("names", "pseudonyms")
_ID: Final = re.compile(r"^[a-z0-9][a-z0-9-]{0,39}$")
_KINDS: Final = {"PERSON": "PERSON", "LOCATION": "PLACE"}
"""Words of pseudonyms where they differ from redaction.plan.LABELS."""


@dataclass(frozen=True, slots=True)
class Version:
    """What makes one version of an export. `id` is part of its file names."""

    id: str = "public"
    keeps: tuple[str, ...] = ()
    """Reason codes of what this version leaves readable."""
    keeps_types: tuple[str, ...] = ()
    """Types of findings that this version leaves readable."""
    look: Look = "black"
    labels: Labels = "none"
    bates: str = ""
    """The first page's number ("ABC-000001"), or "" for none."""
    names: Names = "names"
    """Whether the certificate and the log name people, or call them Reviewer 1, Reviewer 2."""
    unseen: bool = False
    """Findings that nobody decided on are destroyed as well; the certificate then says unreviewed."""


PUBLIC: Final = Version()


@dataclass(frozen=True, slots=True)
class Cut:
    """A version's boxes."""

    redactions: list[Redaction]
    left: list[Redaction]
    """Decided, but readable in this version."""
    unseen: int = 0
    """How many of the boxes nobody has looked at."""


def from_json(data: Mapping[str, Any]) -> Version:
    """A stored version. Raises UsageError naming what does not fit."""
    name = str(data.get("id") or "")
    if not _ID.match(name):
        raise UsageError("A version is named by small letters, digits and -, such as public or for-court.")
    look, labels, names = (
        _one_of(data.get(key), allowed)
        for key, allowed in (("look", LOOKS), ("labels", LABELLED), ("names", NAMED))
    )
    bates = str(data.get("bates") or "").strip()
    if bates:
        numbers.Bates.of(bates)
    return Version(
        name, _texts(data.get("keeps")), _texts(data.get("keeps_types")), look, labels, bates, names,
        bool(data.get("unseen")),
    )  # fmt: skip


def to_json(version: Version) -> dict[str, Any]:
    return {
        "id": version.id, "keeps": list(version.keeps), "keeps_types": list(version.keeps_types),
        "look": version.look, "labels": version.labels, "bates": version.bates, "names": version.names,
        "unseen": version.unseen,
    }  # fmt: skip


def _one_of(value: Any, allowed: Sequence[Any]) -> Any:
    if value in (None, ""):
        return allowed[0]
    if value not in allowed:
        raise UsageError(f"'{value}' is none of {', '.join(allowed)}.")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(v) for v in value)) if isinstance(value, list | tuple) else ()


def of(project: Project) -> list[Version]:
    """The project's versions, "public" first unless it was changed and stands elsewhere."""
    stored = settings.get(project, SETTING)
    found = [from_json(v) for v in stored] if isinstance(stored, list) else []
    return found if any(v.id == PUBLIC.id for v in found) else [PUBLIC, *found]


def get(project: Project, name: str) -> Version:
    """The version of that name. Raises UsageError where there is none."""
    known = {v.id: v for v in of(project)}
    if name not in known:
        raise UsageError(f"There is no version '{name}': {', '.join(known)}.")
    return known[name]


def put(project: Project, version: Version, actor: str) -> None:
    """Stores a version in the place of the one of its name, or as a new one. Raises UsageError."""
    version = from_json(to_json(version))
    rest = of(project)
    ids = [v.id for v in rest]
    if version.id in ids:
        rest[ids.index(version.id)] = version
    else:
        rest.append(version)
    settings.set(project, SETTING, [to_json(v) for v in rest], actor)


def remove(project: Project, name: str, actor: str) -> None:
    """Takes a version back; what was exported as it stays. Raises UsageError for none and for "public"."""
    get(project, name)
    if name == PUBLIC.id:
        raise UsageError("The version public stays; change it instead.")
    settings.set(project, SETTING, [to_json(v) for v in of(project) if v.id != name], actor)


Numbered = Callable[[Sequence[tuple[str, str, str]]], Mapping[tuple[str, str], int]]
"""(kind, identity, text) -> the number of each (kind, identity): storage.numbers.pseudonyms."""


def cut(
    version: Version, planned: Plan, pages: Sequence[TranscriptPage], reasons: Sequence[Reason],
    numbered: Numbered, profile: Profile | None = None,
) -> Cut:  # fmt: skip
    """The version's boxes with their labels, out of everything that was decided.

    `profile`: whose reasons and labels the boxes have that nobody decided on.
    """
    unseen = automatic(planned.undecided, pages, profile=profile) if version.unseen else []
    every = [*planned.redactions, *unseen]
    left = [r for r in every if r.reason in version.keeps or r.kind in version.keeps_types]
    kept = {id(r) for r in left}
    chosen = [r for r in every if id(r) not in kept]
    if version.look == "pseudonym":
        chosen = _pseudonyms(chosen, [*planned.approved, *planned.undecided], numbered)
    known = by_code(reasons)
    chosen = [r if r.label else replace(r, label=_label(r, version.labels, known)) for r in chosen]
    order = sorted(chosen, key=lambda r: (r.page, r.box.y0, r.box.x0, r.id))
    burnt = {r.id for r in unseen} - {r.id for r in left}
    return Cut(order, left, len(burnt))


def _label(redaction: Redaction, labels: Labels, reasons: Mapping[str, Reason]) -> str:
    if labels == "reason":
        reason = reasons.get(redaction.reason)
        return (reason.label or reason.code) if reason else redaction.reason
    return LABELS.get(redaction.kind, "") if labels == "type" else ""


def _pseudonyms(
    boxes: Sequence[Redaction], findings: Sequence[Finding], numbered: Numbered
) -> list[Redaction]:
    """Light boxes that carry "[PERSON 1]" where they come from a finding; the others stay black."""
    texts: dict[tuple[str, str], str] = {}
    for f in findings:
        if f.proposal:
            continue  # no text says whose signature it is
        who = (f.type, f.group or f.id)
        # The longest form of a name tells best who it is, also in another document.
        texts[who] = max(texts.get(who, ""), f.text, key=lambda text: (len(text), text))
    wanted = [(r.kind, texts[r.kind, r.group]) for r in boxes if (r.kind, r.group) in texts]
    given = numbered([(kind, folded(" ".join(text.split())), text) for kind, text in dict.fromkeys(wanted)])
    result = []
    for r in boxes:
        text = texts.get((r.kind, r.group))
        number = given.get((r.kind, folded(" ".join(text.split())))) if text is not None else None
        if number is None:
            result.append(r)
            continue
        result.append(replace(r, label=f"[{word_of(r.kind)} {number}]", fill="light"))
    return result


def word_of(kind: str) -> str:
    """A type of finding as pseudonyms say it: "PERSON", "ADDRESS"."""
    return _KINDS.get(kind) or LABELS.get(kind) or kind.replace("_", " ")
