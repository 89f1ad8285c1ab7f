"""People who stay: whose names are not to be redacted, in all their forms, and nobody else's with them.

`Stay` knows the names that somebody gave for one document (the data subject of an access request) and those
of the project's list (public officials, the staff of an office). "Anna Berg" keeps "Ms. Berg", "A. Berg"
and "Anna" as well; but a part of a name stays nobody's where another person of the document bears it, and
somebody of the list is only known by a part where the whole name stands in the document, else a list of a
thousand officials would keep every Anna. Where it is not sure who is meant, the name is found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from model.errors import UsageError
from redaction.folding import key, skeleton
from redaction.recognisers import name_words
from redaction.recognisers.base import Passage
from storage import settings

if TYPE_CHECKING:
    from storage.project import Project

SETTING: Final = "people_who_stay"
MOST: Final = 100_000
LONGEST: Final = 200


def of(project: Project) -> list[str]:
    """The project's list of people who stay."""
    stored = settings.get(project, SETTING)
    return [str(name) for name in stored] if isinstance(stored, list) else []


def set_list(project: Project, lines: Sequence[str], actor: str) -> None:
    """Stores the list, one name a line; blanks and doubles go. Raises UsageError for one that is too long."""
    chosen = list(dict.fromkeys(name for line in lines if (name := " ".join(line.split()))))
    if len(chosen) > MOST:
        raise UsageError(f"The list holds at most {MOST:,} names; these are {len(chosen):,}.")
    long = next((name for name in chosen if len(name) > LONGEST), None)
    if long is not None:
        raise UsageError(f"'{long[:40]}…' is no name: one name a line, of at most {LONGEST} characters.")
    if chosen != of(project):
        settings.set(project, SETTING, chosen, actor)


@dataclass(frozen=True, slots=True)
class _Form:
    """A name as it is compared: its parts, and all of its letters."""

    parts: tuple[str, ...]
    """In order, without titles: an initial as one letter, a word as its first letter and its skeleton, since
    J and I look alike but "J. Berg" is not Ian."""
    whole: str

    @property
    def full(self) -> bool:
        return len(self.parts) > 1


@lru_cache(maxsize=65536)
def _form(text: str) -> _Form:
    parts = []
    for token in Passage(text).tokens:
        word = name_words.without_possessive(token.text)
        if token.word and key(word) not in name_words.TITLES:
            parts.append(f"{key(word)[:1]}{skeleton(word)}" if len(word) > 1 else key(word))
    return _Form(tuple(parts), "".join(key(text).split()))


class Stay:
    """Decides which of a document's names stay. Made once for many documents."""

    def __init__(self, named: Sequence[str] = (), listed: Sequence[str] = ()) -> None:
        """`named` for this document, `listed` for the whole project."""
        self.named = tuple(named)
        self._wholes: set[str] = set()
        self._people: list[frozenset[str]] = []
        self._by_part: dict[str, list[int]] = {}
        self._named = len(self.named)
        """People before this number were named for this document."""
        self._unspaced: list[tuple[str, int]] = []
        """Whole names without spaces, as in Japanese, with the person's number."""
        for number, text in enumerate((*named, *listed)):
            form = _form(text)
            self._wholes.add(form.whole)
            self._people.append(frozenset(form.parts))
            for part in self._people[-1]:
                self._by_part.setdefault(part, []).append(number)
            if _unspaced(form.whole) and len(form.whole) > 2:
                self._unspaced.append((form.whole, number))

    def __bool__(self) -> bool:
        return bool(self._people)

    def staying(self, found: Sequence[tuple[str, str]]) -> list[bool]:
        """For each (type, text) found in a document whether it stays; what a user's rule found never does."""
        if not self:
            return [False] * len(found)
        forms = [None if kind.startswith("USER_") else _form(text) for kind, text in found]
        whole = [form is not None and self._whole(form) for form in forms]
        present: set[int] = set(range(self._named))
        others: set[str] = set()
        strangers: list[str] = []
        for (kind, _), form, stays in zip(found, forms, whole, strict=True):
            if form is None or kind != "PERSON":
                continue
            if stays and (form.full or _unspaced(form.whole)):
                present.update(self._bearers(form))
            elif not stays and form.full:
                others.update(part for part in form.parts if len(part) > 1)
            if not stays and _unspaced(form.whole) and len(form.whole) > 2:
                strangers.append(form.whole)
        return [
            stays or (form is not None and self._part(form, present, others, strangers))
            for form, stays in zip(forms, whole, strict=True)
        ]

    def _whole(self, form: _Form) -> bool:
        """Whether it is a name of the list, or one of at least two of its parts, initials among them."""
        if form.whole in self._wholes:
            return True
        return form.full and any(self._bears(number, form) for number in self._candidates(form))

    def _candidates(self, form: _Form) -> list[int]:
        longest = max(form.parts, key=len)
        return self._by_part.get(longest, []) if len(longest) > 1 else []

    def _bears(self, number: int, form: _Form) -> bool:
        own = self._people[number]
        rest = list(own)
        for part in sorted(form.parts, key=len, reverse=True):
            match = next((p for p in rest if p == part or (len(part) == 1 and p[0] == part)), None)
            if match is None:
                return False
            rest.remove(match)
        return True

    def _bearers(self, form: _Form) -> list[int]:
        if form.full:
            return [number for number in self._candidates(form) if self._bears(number, form)]
        return [number for whole, number in self._unspaced if whole == form.whole]

    def _part(self, form: _Form, present: set[int], others: set[str], strangers: Sequence[str]) -> bool:
        """Whether it is a part of somebody's name who is meant in this document, and nobody else's."""
        if len(form.parts) == 1 and len(form.parts[0]) > 1:
            part = form.parts[0]
            if part not in others and any(n in present for n in self._by_part.get(part, ())):
                return True
        if not _unspaced(form.whole) or len(form.whole) < 2:
            return False
        owned = any(n in present and whole.startswith(form.whole) for whole, n in self._unspaced)
        return owned and not any(name.startswith(form.whole) for name in strangers if name != form.whole)


def _unspaced(text: str) -> bool:
    return bool(text) and all("\u3040" <= c <= "\u30ff" or "\u4e00" <= c <= "\u9fff" for c in text)
