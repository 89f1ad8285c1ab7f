"""Profiles: which kinds of data are found, from which score on, with which reason and label on their boxes.

A profile is a TOML file that a person can read; those for the usual laws lie in redaction/profiles, a
project may bring its own. What is parsed here is checked to the last key, since a misspelt type would
leave readable what somebody believed to be covered: every mistake is refused with its line. Detection
(detect.py) asks a profile what counts, plan.py and versions.py ask what stands on a box.

    title = "..."                    description = "..."
    [defaults]                       enabled, threshold, reason, label: for every type that is not named
    [[reasons]]                      code, label, basis: as redaction.reasons has them
    [types.PERSON]                   enabled, threshold, reason, label
    [[identifiers]]                  id, title, and types = [...] (with a note where partly) or not_covered
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn

from model.errors import Unreadable, UsageError
from redaction import reasons
from redaction.plan import DEFAULT_REASON
from redaction.reasons import LONGEST, Reason
from storage import settings

if TYPE_CHECKING:
    from storage.project import Project

HERE: Final = Path(__file__).resolve().parent / "profiles"
BUILTIN: Final = ("general", "gdpr", "hipaa", "foia")
DEFAULT: Final = BUILTIN[0]
"""What holds where nothing was chosen: everything that the recognisers find, as personal data."""
SETTING: Final = "profile"
THRESHOLD: Final = 0.35
"""Findings below this score do not count where a profile says nothing else."""
MOST: Final = 256 * 1024
"""Bytes of a profile's file."""

TYPES: Final = (
    "PERSON", "ADDRESS", "LOCATION", "ZIP_CODE", "DATE_TIME", "DATE_OF_BIRTH", "AGE", "PHONE_NUMBER",
    "EMAIL_ADDRESS", "URL", "IP_ADDRESS", "MAC_ADDRESS", "USERNAME", "IBAN_CODE", "CREDIT_CARD",
    "ACCOUNT_NUMBER", "US_BANK_NUMBER", "CRYPTO", "MEDICAL_ID", "UK_NHS", "DE_HEALTH_INSURANCE",
    "PASSPORT", "US_PASSPORT", "ID_NUMBER", "US_SSN", "US_ITIN", "US_DRIVER_LICENSE", "UK_NINO", "CA_SIN",
    "FR_NIR", "ES_NIF", "ES_NIE", "IT_FISCAL_CODE", "DE_TAX_ID", "DE_SOCIAL_SECURITY", "MY_NUMBER",
    "IN_AADHAAR", "IN_PAN", "LICENSE_PLATE", "SIGNATURE", "STAMP", "PHOTOGRAPH", "BARCODE", "QR_CODE",
)  # fmt: skip
"""Every type that the recognisers give, and those of proposals; a test holds this list to them."""
_OWN: Final = "USER_"
"""Words and patterns of the user have types of this kind; no profile touches them."""

_TOP: Final = frozenset({"title", "description", "defaults", "reasons", "types", "identifiers"})
_RULE: Final = frozenset({"enabled", "threshold", "reason", "label"})
_REASON: Final = frozenset({"code", "label", "basis"})
_IDENTIFIER: Final = frozenset({"id", "title", "types", "note", "not_covered"})


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
        if kind.startswith(_OWN):
            return True
        rule = self.rule(kind)
        return rule.enabled and score >= rule.threshold

    def labels(self, reason: str) -> dict[str, str]:
        """Type -> label on its boxes, of the types whose boxes have this reason."""
        return {k: r.label for k in TYPES if (r := self.rule(k)).reason == reason and r.label}

    def proposed(self, kind: str) -> str:
        """The reason to offer for a finding; "" where the project's usual one holds as it always did."""
        return "" if self.name == DEFAULT or kind.startswith(_OWN) else self.rule(kind).reason

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


# -- from where -----------------------------------------------------------------------------------


@lru_cache(maxsize=len(BUILTIN))
def _text_of(name: str) -> str:
    return (HERE / f"{name}.toml").read_text("utf-8")


def builtin(name: str = DEFAULT) -> Profile:
    """A profile that comes with Inkveil. Raises UsageError for another name."""
    if name not in BUILTIN:
        raise UsageError(f"There is no profile '{name}': {', '.join(BUILTIN)}, or the name of a TOML file.")
    return parse(_text_of(name), name)


def load(name_or_path: str | Path) -> Profile:
    """A built-in by its name, else the TOML file of that name.

    Raises UsageError where there is neither, Unreadable for a file that is no profile (see `parse`).
    """
    if str(name_or_path) in BUILTIN:
        return builtin(str(name_or_path))
    path = Path(name_or_path)
    if path.suffix.lower() != ".toml" and not path.is_file():
        return builtin(str(name_or_path))
    try:
        if path.stat().st_size > MOST:
            raise Unreadable(f"{path.name}: too large for a profile.", file=path.name)
        data = path.read_bytes()
    except OSError:
        raise Unreadable(f"{path}: no such file, or it can't be read.", file=path.name) from None
    return from_bytes(data, path.name)


def from_bytes(data: bytes, file: str) -> Profile:
    """A profile of a file's content. Raises Unreadable as `parse`."""
    if len(data) > MOST:
        raise Unreadable(f"{file}: too large for a profile.", file=file)
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"{file}, line {line}: not a text in UTF-8.", file=file) from None
    name = Path(file).stem
    # A changed copy of a built-in is not the built-in.
    return parse(text, f"own-{name}" if name in BUILTIN and text != _text_of(name) else name, file)


# -- a project's choice ---------------------------------------------------------------------------


def of(project: Project) -> Profile:
    """The project's profile. Raises Unreadable for a stored one that this version can't read."""
    stored = settings.get(project, SETTING)
    if not isinstance(stored, Mapping):
        return builtin()
    name, text = str(stored.get("name") or DEFAULT), stored.get("toml")
    return parse(str(text), name) if text else builtin(name)


def choose(project: Project, profile: Profile, actor: str) -> None:
    """From now on the project's findings are this profile's; its reasons are added to the project's.

    The text of an own profile is stored with the setting, so that the project does not need the file.
    What was decided on stays as it is.
    """
    if profile.digest != of_or_default(project).digest:
        value = {"name": profile.name, "toml": profile.source if profile.own else None}
        settings.set(project, SETTING, value, actor)
    known = reasons.of(project)
    codes = {reason.code for reason in known}
    new = [reason for reason in profile.reasons if reason.code not in codes]
    if new and profile.name != DEFAULT:
        reasons.set_reasons(project, [r.line() for r in [*known, *new]], actor)


def of_or_default(project: Project) -> Profile:
    """As `of`, with the default for what can't be read: for choosing another one."""
    try:
        return of(project)
    except (Unreadable, UsageError):
        return builtin()


# -- parsing --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Source:
    """A text that is being parsed, to say where in it something is wrong."""

    text: str
    file: str

    def refuse(self, why: str, table: str = "", key: str = "", index: int = 0) -> NoReturn:
        """Raises Unreadable with file, line and what is wrong. `index`: of an array of tables."""
        line = _line_of(self.text, table, key, index)
        where = f"{self.file}, line {line}" if line else self.file
        what = ".".join(part for part in (table, key) if part)
        said = f"{where}: {what}: {why}" if what else f"{where}: {why}"
        raise Unreadable(said, file=self.file)

    def table(self, value: Any, allowed: frozenset[str], table: str, index: int = 0) -> Mapping[str, Any]:
        """The value as a table that holds allowed keys only."""
        if not isinstance(value, dict):
            self.refuse("a table is expected here.", "", table, index)
        for key in value:
            if key not in allowed:
                self.refuse(f"unknown; known are {', '.join(sorted(allowed))}.", table, key, index)
        return value

    def string(
        self, data: Mapping[str, Any], key: str, table: str, index: int = 0, most: int = LONGEST
    ) -> str:
        """A text of one line, "" where there is none."""
        value = data.get(key, "")
        if not isinstance(value, str):
            self.refuse("a text in quotation marks is expected.", table, key, index)
        value = " ".join(value.split())
        if len(value) > most:
            self.refuse(f"longer than {most} characters.", table, key, index)
        if key in _RULE | _REASON and ("|" in value or not value.isprintable()):
            self.refuse("may not hold | or control characters.", table, key, index)
        return value


@lru_cache(maxsize=16)
def parse(text: str, name: str, file: str | None = None) -> Profile:
    """A profile of a TOML text, checked. `file`: its name in messages, else `name`.toml.

    Raises Unreadable that names file, line, key and reason: no TOML, an unknown key or type, a threshold
    that is not 0..1, a reason that the file does not list, an identifier that is neither covered nor not.
    """
    source = _Source(text, file or f"{name}.toml")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"^(.*?) \(at (?:line (\d+), column \d+|end of document)\)$", str(error), re.DOTALL)
        why = (found[1] if found else str(error)).rstrip(".")
        line = found[2] if found and found[2] else str(text.count("\n") + 1)
        raise Unreadable(f"{source.file}, line {line}: no valid TOML: {why}.", file=source.file) from None
    except RecursionError:
        raise Unreadable(f"{source.file}: no valid TOML: nested too deep.", file=source.file) from None
    source.table(data, _TOP, "")
    title = source.string(data, "title", "")
    if not title:
        source.refuse("a title is missing.")
    listed = _reasons(source, data.get("reasons", []))
    labels = {reason.code: reason.label for reason in listed}
    raw = source.table(data.get("defaults", {}), _RULE, "defaults")
    defaults = _rule(source, raw, {}, labels, "defaults")
    named, types = data.get("types", {}), {}
    if not isinstance(named, dict):
        source.refuse("written as [types.NAME].", "", "types")
    for kind, told in named.items():
        if kind not in TYPES:
            source.refuse(_unknown(kind), "types", kind)
        source.table(told, _RULE, f"types.{kind}")
        types[kind] = _rule(source, told, raw, labels, f"types.{kind}")
    description = source.string(data, "description", "", most=4000)
    profile = Profile(name, title, description, defaults, types, listed, (), text)
    return replace(profile, identifiers=_identifiers(source, data.get("identifiers", []), profile))


def _unknown(kind: str) -> str:
    if kind.startswith(_OWN):
        return "the user's own words always stay, no profile says otherwise."
    return f"there is no such type; known are {', '.join(TYPES)}."


def _tables(source: _Source, value: Any, name: str, allowed: frozenset[str]) -> list[Mapping[str, Any]]:
    if not isinstance(value, list):
        source.refuse(f"written as [[{name}]].", "", name)
    return [source.table(item, allowed, name, index) for index, item in enumerate(value)]


def _reasons(source: _Source, value: Any) -> tuple[Reason, ...]:
    found: dict[str, Reason] = {}
    for index, told in enumerate(_tables(source, value, "reasons", _REASON)):
        code, label, basis = (
            source.string(told, key, "reasons", index) for key in ("code", "label", "basis")
        )
        if not code:
            source.refuse("missing.", "reasons", "code", index)
        if code in found:
            source.refuse(f"'{code}' stands here twice.", "reasons", "code", index)
        found[code] = Reason(code, label, basis)
    return tuple(found.values())


def _rule(
    source: _Source, told: Mapping[str, Any], above: Mapping[str, Any], labels: Mapping[str, str], table: str
) -> TypeRule:
    """A type's rule: what it says, else what the defaults (`above`) say, else what TypeRule says.

    The reason nobody names is the first one that the file lists.
    """
    usual = next(iter(labels), DEFAULT_REASON)
    enabled = told.get("enabled", above.get("enabled", True))
    if not isinstance(enabled, bool):
        source.refuse("true or false is expected.", table, "enabled")
    threshold = told.get("threshold", above.get("threshold", THRESHOLD))
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 <= threshold <= 1:
        source.refuse("a score from 0 to 1 is expected.", table, "threshold")
    reason = source.string(told if "reason" in told else above, "reason", table) or usual
    if labels and reason not in labels:
        source.refuse(f"'{reason}' is none of this file's reasons: {', '.join(labels)}.", table, "reason")
    if "label" in told or "label" in above:
        label = source.string(told if "label" in told else above, "label", table)
    else:
        label = labels.get(reason, "")
    return TypeRule(enabled, float(threshold), reason, label)


def _identifiers(source: _Source, value: Any, profile: Profile) -> tuple[Identifier, ...]:
    found = []
    for index, told in enumerate(_tables(source, value, "identifiers", _IDENTIFIER)):
        name, title, note, why = (
            source.string(told, key, "identifiers", index, most=1000)
            for key in ("id", "title", "note", "not_covered")
        )
        if not title:
            source.refuse("missing.", "identifiers", "title", index)
        kinds = told.get("types", [])
        if not isinstance(kinds, list) or not all(isinstance(k, str) for k in kinds):
            source.refuse("a list of types is expected.", "identifiers", "types", index)
        if bool(kinds) == bool(why):
            said = 'either types = [...] or not_covered = "why" is expected (types with a note where partly).'
            source.refuse(said, "identifiers", "types" if kinds else "title", index)
        for kind in kinds:
            if kind not in TYPES:
                source.refuse(f"{kind}: {_unknown(kind)}", "identifiers", "types", index)
            if not profile.rule(kind).enabled:
                source.refuse(f"{kind} is not enabled, so it covers nothing.", "identifiers", "types", index)
        found.append(Identifier(name, title, tuple(dict.fromkeys(kinds)), note, why))
    return tuple(found)


_HEAD: Final = re.compile(r"^\s*\[{1,2}\s*([^\[\]]+?)\s*\]{1,2}\s*(?:#.*)?$")


def _line_of(text: str, table: str, key: str, index: int) -> int | None:
    """The line (from 1) of a key in a table, else of the table, else of the key anywhere, else None.

    tomllib keeps no places, so they are looked for: headers and keys outside texts of several lines.
    """
    whole = f"{table}.{key}".strip(".")
    word = re.compile(rf"(?<![\w-]){re.escape(key)}(?![\w-])") if key else None
    here, inside = "", ""
    count = {"": 0}
    of_table = anywhere = None
    for number, line in enumerate(text.split("\n"), 1):
        continued = inside
        for mark in re.findall(r'"""|\'\'\'', line):
            inside = "" if inside == mark else inside or mark
        if continued or line.lstrip().startswith("#"):
            continue
        head = _HEAD.match(line)
        if head:
            here = re.sub(r"\s*\.\s*", ".", re.sub("[\"']", "", head[1]))
            count[here] = count.get(here, -1) + 1
            if key and here == whole:
                return number
        if here == table and count[here] == index:
            of_table = of_table or (number if head else None)
            if key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", line):
                return number
        if anywhere is None and word is not None and word.search(line):
            anywhere = number
    return of_table or anywhere
