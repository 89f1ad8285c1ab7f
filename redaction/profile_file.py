"""Parses a profile's TOML. What is read here is checked to the last key.

A misspelt type would leave readable what somebody believed to be covered: every mistake is refused with
its line.

    title = "..."                    description = "..."
    [defaults]                       enabled, threshold, reason, label: for every type that is not named
    [[reasons]]                      code, label, basis: as redaction.reasons has them
    [types.PERSON]                   enabled, threshold, reason, label
    [[identifiers]]                  id, title, and types = [...] (with a note where partly) or not_covered
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, NoReturn

from model.errors import Unreadable
from redaction.plan import DEFAULT_REASON
from redaction.profile_values import OWN_TYPES, THRESHOLD, TYPES, Identifier, Profile, TypeRule
from redaction.reasons import LONGEST, Reason

_TOP: Final = frozenset({"title", "description", "defaults", "reasons", "types", "identifiers"})

_RULE: Final = frozenset({"enabled", "threshold", "reason", "label"})

_REASON: Final = frozenset({"code", "label", "basis"})

_IDENTIFIER: Final = frozenset({"id", "title", "types", "note", "not_covered"})


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
    if kind.startswith(OWN_TYPES):
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
