"""What a profile says: which types count, from which score on, with which reason and label on their boxes.

Values only; where profiles come from is in profiles.py, how their TOML is read in profile_file.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from redaction.plan import DEFAULT_REASON
from redaction.reasons import Reason

BUILTIN: Final = ("general", "gdpr", "hipaa", "foia")

DEFAULT: Final = BUILTIN[0]
"""What holds where nothing was chosen: everything that the recognisers find, as personal data."""

THRESHOLD: Final = 0.35
"""Findings below this score do not count where a profile says nothing else."""

TYPES: Final = (
    "PERSON", "ADDRESS", "LOCATION", "ZIP_CODE", "DATE_TIME", "DATE_OF_BIRTH", "AGE", "PHONE_NUMBER",
    "EMAIL_ADDRESS", "URL", "IP_ADDRESS", "MAC_ADDRESS", "USERNAME", "IBAN_CODE", "CREDIT_CARD",
    "ACCOUNT_NUMBER", "US_BANK_NUMBER", "CRYPTO", "MEDICAL_ID", "UK_NHS", "DE_HEALTH_INSURANCE",
    "PASSPORT", "US_PASSPORT", "ID_NUMBER", "US_SSN", "US_ITIN", "US_DRIVER_LICENSE", "UK_NINO", "CA_SIN",
    "FR_NIR", "ES_NIF", "ES_NIE", "IT_FISCAL_CODE", "DE_TAX_ID", "DE_SOCIAL_SECURITY", "MY_NUMBER",
    "IN_AADHAAR", "IN_PAN", "LICENSE_PLATE", "SIGNATURE", "STAMP", "PHOTOGRAPH", "BARCODE", "QR_CODE",
)  # fmt: skip
"""Every type that the recognisers give, and those of proposals; a test holds this list to them."""

OWN_TYPES: Final = "USER_"
"""Words and patterns of the user have types of this kind; no profile touches them."""


@dataclass(frozen=True, slots=True)
class TypeRule:
    """What a profile says about one type. `threshold` is a score, 0..1."""

    enabled: bool = True
    threshold: float = THRESHOLD
    reason: str = DEFAULT_REASON
    label: str = ""


@dataclass(frozen=True, slots=True)
class Identifier:
    """One item of the law's own list: the types that stand for it, or why nothing does."""

    id: str
    title: str
    types: tuple[str, ...] = ()
    note: str = ""
    """What of it is not found although types stand for it; "" where nothing is known to be left out."""
    not_covered: str = ""
    """Why no recogniser finds it; "" where types stand for it."""

    @property
    def covered(self) -> Literal["yes", "partly", "no"]:
        if self.not_covered:
            return "no"
        return "partly" if self.note else "yes"


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile as parsed. `name` is a built-in's name, or the stem of the file it came from."""

    name: str
    title: str
    description: str = ""
    defaults: TypeRule = TypeRule()
    types: Mapping[str, TypeRule] = field(default_factory=dict)
    """The types that the file names, complete with what the defaults say."""
    reasons: tuple[Reason, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    source: str = ""
    """The TOML text."""

    @property
    def own(self) -> bool:
        """True for a profile that did not come with Inkveil."""
        return self.name not in BUILTIN

    @property
    def digest(self) -> str:
        """Changes with everything that the profile says."""
        return hashlib.sha256(f"{self.name}\n{self.source}".encode()).hexdigest()

    def rule(self, kind: str) -> TypeRule:
        """What holds for a type, named in the file or not."""
        return self.types.get(kind, self.defaults)

    def counts(self, kind: str, score: float) -> bool:
        """Whether a finding of this type and score is one. The user's own words and patterns always are."""
        if kind.startswith(OWN_TYPES):
            return True
        rule = self.rule(kind)
        return rule.enabled and score >= rule.threshold

    def labels(self, reason: str) -> dict[str, str]:
        """Type -> label on its boxes, of the types whose boxes have this reason."""
        return {k: r.label for k in TYPES if (r := self.rule(k)).reason == reason and r.label}

    def proposed(self, kind: str) -> str:
        """The reason to offer for a finding; "" where the project's usual one holds as it always did."""
        return "" if self.name == DEFAULT or kind.startswith(OWN_TYPES) else self.rule(kind).reason

    def to_json(self) -> dict[str, Any]:
        """Everything the profile says, for `inkveil profiles NAME --json`."""
        return {
            "name": self.name, "title": self.title, "description": self.description, "own": self.own,
            "defaults": _rule_json(self.defaults),
            "types": {kind: _rule_json(self.rule(kind)) for kind in TYPES},
            "reasons": [{"code": r.code, "label": r.label, "basis": r.basis} for r in self.reasons],
            "identifiers": [
                {
                    "id": i.id, "title": i.title, "covered": i.covered, "types": list(i.types),
                    "note": i.note, "not_covered": i.not_covered,
                }
                for i in self.identifiers
            ],
        }  # fmt: skip


def _rule_json(rule: TypeRule) -> dict[str, Any]:
    return {"enabled": rule.enabled, "threshold": rule.threshold, "reason": rule.reason, "label": rule.label}
