"""Reason codes of a project: why something may be destroyed, what stands on its box, and the law behind it.

Sets for the usual laws are offered; a project chooses and writes its own. The wording of a legal basis is
the project's own affair: what stands here names the provision, and no more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from model.errors import UsageError

if TYPE_CHECKING:
    from storage.project import Project

LONGEST: Final = 200
"""Characters of a code, a label or a legal basis."""
SETTING: Final = "reasons"
_SPLIT: Final = "|"


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason code. `label` may stand on the box; `basis` stands in the redaction log."""

    code: str
    label: str = ""
    basis: str = ""

    def line(self) -> str:
        """As people write it: "code | label | legal basis", without what is empty at the end."""
        parts = [self.code, self.label, self.basis]
        while not parts[-1]:
            parts.pop()
        return f" {_SPLIT} ".join(parts)


SETS: Final[Mapping[str, tuple[Reason, ...]]] = {
    "general": (
        Reason("personal data"),
        Reason("third party"),
        Reason("medical"),
        Reason("security"),
        Reason("privilege"),
        Reason("FOI (b)(6)", "(b)(6)", "5 U.S.C. § 552(b)(6): personal privacy"),
        Reason("other"),
    ),
    "foia": (
        Reason("FOIA (b)(1)", "(b)(1)", "5 U.S.C. § 552(b)(1): classified national security"),
        Reason("FOIA (b)(2)", "(b)(2)", "5 U.S.C. § 552(b)(2): internal personnel rules"),
        Reason("FOIA (b)(3)", "(b)(3)", "5 U.S.C. § 552(b)(3): exempted by another statute"),
        Reason("FOIA (b)(4)", "(b)(4)", "5 U.S.C. § 552(b)(4): trade secrets"),
        Reason("FOIA (b)(5)", "(b)(5)", "5 U.S.C. § 552(b)(5): privileged within or between agencies"),
        Reason("FOIA (b)(6)", "(b)(6)", "5 U.S.C. § 552(b)(6): personal privacy"),
        Reason("FOIA (b)(7)(A)", "(b)(7)(A)", "5 U.S.C. § 552(b)(7)(A): pending enforcement proceedings"),
        Reason("FOIA (b)(7)(C)", "(b)(7)(C)", "5 U.S.C. § 552(b)(7)(C): privacy in law enforcement records"),
        Reason("FOIA (b)(7)(D)", "(b)(7)(D)", "5 U.S.C. § 552(b)(7)(D): confidential source"),
        Reason("FOIA (b)(7)(E)", "(b)(7)(E)", "5 U.S.C. § 552(b)(7)(E): techniques of law enforcement"),
        Reason("FOIA (b)(7)(F)", "(b)(7)(F)", "5 U.S.C. § 552(b)(7)(F): life or physical safety"),
        Reason("FOIA (b)(8)", "(b)(8)", "5 U.S.C. § 552(b)(8): supervision of financial institutions"),
        Reason("FOIA (b)(9)", "(b)(9)", "5 U.S.C. § 552(b)(9): wells"),
    ),
    "gdpr": (
        Reason("GDPR third party", "Art. 15(4)", "GDPR Art. 15(4): rights and freedoms of others"),
        Reason("GDPR minimisation", "Art. 5(1)(c)", "GDPR Art. 5(1)(c): data minimisation"),
        Reason("GDPR special category", "Art. 9", "GDPR Art. 9: special categories of personal data"),
        Reason("GDPR criminal record", "Art. 10", "GDPR Art. 10: criminal convictions and offences"),
        Reason("GDPR erasure", "Art. 17", "GDPR Art. 17: right to erasure"),
    ),
    "uk_foi": (
        Reason("FOIA s.31", "s.31", "Freedom of Information Act 2000 s.31: law enforcement"),
        Reason("FOIA s.38", "s.38", "Freedom of Information Act 2000 s.38: health and safety"),
        Reason("FOIA s.40(2)", "s.40(2)", "Freedom of Information Act 2000 s.40(2): personal data of others"),
        Reason("FOIA s.41", "s.41", "Freedom of Information Act 2000 s.41: provided in confidence"),
        Reason("FOIA s.42", "s.42", "Freedom of Information Act 2000 s.42: legal professional privilege"),
        Reason("FOIA s.43", "s.43", "Freedom of Information Act 2000 s.43: commercial interests"),
    ),
    "japan": (
        Reason("5条1号 個人情報", "5条1号", "行政機関の保有する情報の公開に関する法律 第5条第1号"),
        Reason("5条2号 法人等情報", "5条2号", "行政機関の保有する情報の公開に関する法律 第5条第2号"),
        Reason("5条3号 国の安全", "5条3号", "行政機関の保有する情報の公開に関する法律 第5条第3号"),
        Reason("5条4号 公共の安全", "5条4号", "行政機関の保有する情報の公開に関する法律 第5条第4号"),
        Reason("5条5号 審議検討", "5条5号", "行政機関の保有する情報の公開に関する法律 第5条第5号"),
        Reason("5条6号 事務事業", "5条6号", "行政機関の保有する情報の公開に関する法律 第5条第6号"),
    ),
}


def parse(lines: Sequence[str]) -> list[Reason]:
    """Lines "code | label | legal basis" as reasons, without blanks and doubles.

    Raises UsageError where none is left or a line has more than three parts.
    """
    found: dict[str, Reason] = {}
    for line in lines:
        parts = [" ".join(part.split())[:LONGEST] for part in line.split(_SPLIT)]
        if not any(parts):
            continue
        if len(parts) > 3 or not parts[0]:
            raise UsageError("A reason is written as: reason | label on the box | legal basis.")
        found.setdefault(parts[0], Reason(*parts))
    if not found:
        raise UsageError("At least one reason is needed.")
    return list(found.values())


def of(project: Project) -> list[Reason]:
    """The project's reasons, the usual one first."""
    from storage import settings

    stored = settings.get(project, SETTING)
    return parse(stored) if isinstance(stored, list) and stored else list(SETS["general"])


def codes(project: Project) -> list[str]:
    return [reason.code for reason in of(project)]


def set_reasons(project: Project, lines: Sequence[str], actor: str) -> None:
    """Stores the reasons. Raises UsageError as `parse`."""
    from storage import settings

    chosen = [reason.line() for reason in parse(lines)]
    if chosen != [reason.line() for reason in of(project)]:
        settings.set(project, SETTING, chosen, actor)


def by_code(reasons: Sequence[Reason]) -> dict[str, Reason]:
    return {reason.code: reason for reason in reasons}
