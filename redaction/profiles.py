"""Profiles: which kinds of data are found, from which score on, with which reason and label on their boxes.

A profile is a TOML file that a person can read (profile_file.py); those for the usual laws lie in
redaction/profiles, a project may bring its own. Here stands where profiles come from and which one a
project has chosen. Detection (detect.py) asks a profile what counts, plan.py and versions.py ask what
stands on a box.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from model.errors import Unreadable, UsageError
from redaction import reasons
from redaction.profile_file import parse
from redaction.profile_values import BUILTIN, DEFAULT, THRESHOLD, TYPES, Identifier, Profile, TypeRule

if TYPE_CHECKING:
    from storage.project import Project

__all__ = [
    "BUILTIN", "DEFAULT", "HERE", "MOST", "SETTING", "THRESHOLD", "TYPES", "Identifier", "Profile",
    "TypeRule", "builtin", "choose", "from_bytes", "load", "of", "of_or_default", "parse",
]  # fmt: skip

HERE: Final = Path(__file__).resolve().parent / "profiles"

SETTING: Final = "profile"

MOST: Final = 256 * 1024
"""Bytes of a profile's file."""


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


def of(project: Project) -> Profile:
    """The project's profile. Raises Unreadable for a stored one that this version can't read."""
    from storage import settings

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
    from storage import settings

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
