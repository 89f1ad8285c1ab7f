"""How a project's work is organised and when it is good enough: the rules that an administrator sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from model.errors import UsageError

Entry = Literal["single", "blind"]
Role = Literal["reviewer", "approver", "administrator"]
ROLES: Final[tuple[Role, ...]] = ("reviewer", "approver", "administrator")
"""Each may do what those before it may: decide on words; approve documents; set rules and people."""


@dataclass(frozen=True, slots=True)
class Target:
    """The residual error that a document may be approved with.

    At most `rate` of the words that nobody looked at are wrong, at `confidence` (both 0..1, exclusive).
    """

    rate: float
    confidence: float = 0.95


@dataclass(frozen=True, slots=True)
class Policy:
    """A project's rules. The defaults ask for nothing."""

    four_eyes: bool = False
    """Nobody approves a page or document that they decided on themselves."""
    entry: Entry = "single"
    """How documents are entered unless a document says otherwise."""
    target: Target | None = None
    """Approval waits for a sample that certifies it."""
    seeds: float = 0.0
    """Known errors shown among the doubtful words, as a share of them (0..0.2): they measure attention."""


def role_at_least(role: str | None, wanted: Role) -> bool:
    """Whether a role includes another one. None and unknown roles include nothing."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(wanted)


def policy_from_json(data: Mapping[str, Any] | None) -> Policy:
    """The stored form back as a value. Raises UsageError naming what does not fit."""
    data = data or {}
    target = data.get("target")
    policy = Policy(
        bool(data.get("four_eyes", False)),
        data.get("entry", "single"),
        Target(float(target["rate"]), float(target.get("confidence", 0.95))) if target else None,
        float(data.get("seeds", 0.0)),
    )
    if policy.entry not in ("single", "blind"):
        raise UsageError("The entry of documents is 'single' or 'blind'.")
    if policy.target is not None and not (0 < policy.target.rate < 1 and 0.5 <= policy.target.confidence < 1):
        raise UsageError("A target is a rate above 0 % and below 100 %, at a confidence from 50 % on.")
    if not 0 <= policy.seeds <= 0.2:
        raise UsageError("Known errors are at most 20 % of the doubtful words.")
    return policy


def policy_to_json(policy: Policy) -> dict[str, Any]:
    """A policy as JSON, the inverse of `policy_from_json`."""
    target = policy.target
    return {
        "four_eyes": policy.four_eyes,
        "entry": policy.entry,
        "target": None if target is None else {"rate": target.rate, "confidence": target.confidence},
        "seeds": policy.seeds,
    }
