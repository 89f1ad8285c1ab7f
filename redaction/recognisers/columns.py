"""Tables: a row of headings says what stands in its columns, in every row below.

Three ways of writing a table are read: cells parted by a mark (| ; tab), by wide gaps, or (where the
headings are known and no mark parts them) rows of the same make, "name number number". What a column holds
is what its heading says as a label (labels.py): names, numbers of a kind, ages, dates. A cell has to look
like what it should hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from model.findings import TextFinding
from redaction.folding import key
from redaction.recognisers import labels, lexicon
from redaction.recognisers.base import Passage
from redaction.recognisers.lexicon import words

_MARKS = re.compile(r"[ ]*[|;\t¦│][ ]*|[ ]{3,}|,(?=\S)|　+")
_STROKES = re.compile(rf"{_MARKS.pattern}|[ ]+(?:[lI!][ ]+|1[ ]+(?!\d))")
"""Marks of a table that has strokes, some of them read as letters."""
_NAMES = words(
    """
    surname forename forenames name names employee student pupil guardian parent member client patient tenant
    nom prenom eleve responsable salarie employe nachname vorname mitarbeiter cognome nome apellidos nombre
    naam achternaam voornaam werknemer alumno dipendente staff owner resident witness
    """
)
_AGES = words("age ages alter âge edad eta leeftijd yrs")
_DATES = words("dob birth born date geburtsdatum naissance nascita nacimiento geboortedatum joined")
_JAPANESE = (
    (re.compile(r"氏名|姓名|名前|フリガナ|ふりがな|カナ|よみ|担当|世帯主|保護者"), "PERSON"),
    (re.compile(r"住所|所在地|本籍"), "ADDRESS"),
    (re.compile(r"電話|携帯|TEL|ＴＥＬ|連絡先"), "PHONE_NUMBER"),
    (re.compile(r"生年月日|誕生日"), "DATE_OF_BIRTH"),
    (re.compile(r"年齢"), "AGE"),
    (re.compile(r"口座"), "ACCOUNT_NUMBER"),
    (re.compile(r"メール"), "EMAIL_ADDRESS"),
    (re.compile(r"患者番号|診察券|保険"), "MEDICAL_ID"),
    (re.compile(r"(?:社員|職員|会員|学籍|個人|免許|利用者)(?:番号|コード|ID)"), "ID_NUMBER"),
)
_AMOUNT = re.compile(r"\d{1,3}(?:[., ]\d{3})*[.,]\d{2}$|\d{1,2}[.,]\d{3}$")
_MOST = 60
"""Rows that one heading counts for."""
_SCORE = 0.65


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of a line, [start, end) in the text."""

    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def find(passage: Passage) -> Iterator[TextFinding]:
    """Hits in the rows under a row of headings."""
    if "\n" not in passage.text:
        return
    lines = _lines(passage.text)
    n = 0
    while n < len(lines) - 1:
        # A heading's digits are letters: "V0rname".
        heads = [Cell(passage.letters[c.start : c.end], c.start) for c in _cells(*lines[n])]
        kinds = [_heading(c.text) for c in heads]
        if len(heads) >= 2 and sum(k != "" for k in kinds) >= 2 and not any(map(_filled, heads)):
            rows = lines[n + 1 : n + 1 + _MOST]
            for line in rows:
                cells = _cells(*line)
                if len(cells) == len(heads):
                    yield from _row(passage, cells, kinds)
                elif len(cells) > 1:
                    yield from _broken_row(passage, cells, kinds)
            n += 1
        elif len(heads) == 1:
            listed = _loose_headings(heads[0].text)
            if listed:
                for line in lines[n + 1 : n + 1 + _MOST]:
                    yield from _loose_row(passage, *line, listed)
        n += 1
    yield from _numbered_rows(passage, lines)


def _numbered_rows(passage: Passage, lines: list[tuple[str, int]]) -> Iterator[TextFinding]:
    """Two lines and more, one below the other, of a number and a known name: a list without a heading."""
    hits: list[TextFinding | None] = []
    for line, start in lines:
        match = _FIRST_NUMBER.match(passage.digits[start : start + len(line)])
        listed = match is not None and len(match["n"]) > 4 and line[match.end() :].split()[:3]
        if match is None or not listed or key(listed[0].strip(",.;")) in lexicon.places():
            hits.append(None)
        elif any(_known(word) for word in listed):
            hits.append(
                TextFinding("ID_NUMBER", start + match.start("n"), start + match.end("n"), 0.4, "table:row")
            )
        else:
            hits.append(None)
    for n, hit in enumerate(hits):
        if hit is not None and any(hits[max(n - 1, 0) : n] + hits[n + 1 : n + 2]):
            yield hit


def _lines(text: str) -> list[tuple[str, int]]:
    found, start = [], 0
    for line in text.split("\n"):
        if line.strip():
            found.append((line, start))
        start += len(line) + 1
    return found


def _cells(line: str, start: int) -> list[Cell]:
    cells, at = [], 0
    for match in (*(_STROKES if "|" in line else _MARKS).finditer(line), None):
        end = match.start() if match else len(line)
        raw = line[at:end]
        value = raw.strip()
        if value:
            cells.append(Cell(value, start + at + len(raw) - len(raw.lstrip())))
        at = match.end() if match else end
    return cells


def _filled(cell: Cell) -> bool:
    return any(c.isdigit() for c in cell.text) or ":" in cell.text


@lru_cache(maxsize=4096)
def _heading(text: str) -> str:
    """The type that a column with this heading holds; "" for one that is none of ours."""
    for pattern, kind in _JAPANESE:
        if len(text) <= 12 and " " not in text.strip() and pattern.search(text):
            return kind
    folded = key(text).strip(" .:#")
    parts = folded.split()
    if not parts or len(parts) > 5:
        return ""
    if parts[-1] in _AGES:
        return "AGE"
    if labels.kind_of(text) is not None:
        return labels.kind_of(text) or ""
    if any(p in _NAMES for p in parts):
        return "PERSON"
    return "DATE_OF_BIRTH" if any(p in _DATES for p in parts) else ""


def _row(passage: Passage, cells: list[Cell], kinds: list[str]) -> Iterator[TextFinding]:
    for cell, kind in zip(cells, kinds, strict=True):
        if kind and _fits(passage, cell, kind):
            yield TextFinding(kind, cell.start, cell.end, _SCORE, "table:column")


def _broken_row(passage: Passage, cells: list[Cell], kinds: list[str]) -> Iterator[TextFinding]:
    """A row that lost or gained a mark: its numbers count where some column holds numbers of a person.

    As many cells as have the same place from the left, or else from the right, are read as their columns.
    """
    number = next((k for k in kinds if k in labels.NUMBERS), "")
    for n, cell in enumerate(cells):
        mirrored = n - len(cells) + len(kinds)
        for kind in dict.fromkeys(
            (kinds[n] if n < len(kinds) else "", kinds[mirrored] if mirrored >= 0 else "")
        ):
            if kind in labels.NUMBERS and _fits(passage, cell, kind):
                yield TextFinding(kind, cell.start, cell.end, _SCORE - 0.1, "table:column")
                break
        else:
            digits = sum(c.isdigit() for c in passage.digits[cell.start : cell.end])
            if number and digits >= 6 and not _AMOUNT.search(cell.text) and _fits(passage, cell, number):
                yield TextFinding(number, cell.start, cell.end, 0.45, "table:column")


def _fits(passage: Passage, cell: Cell, kind: str) -> bool:
    digits = sum(c.isdigit() for c in passage.digits[cell.start : cell.end])
    if kind == "PERSON":
        return digits == 0 and cell.text[0].isalpha() and len(cell.text) <= 40 and len(cell.text) > 1
    if kind == "AGE":
        return digits == len(cell.text) <= 3
    if kind in ("ADDRESS", "EMAIL_ADDRESS", "USERNAME"):
        return len(cell.text) > 3
    least = 3 if kind in labels.NUMBERS else 4
    return digits >= least and sum(c.isalpha() for c in cell.text) <= 8


# -- rows that nothing parts but spaces -----------------------------------------------------------


@lru_cache(maxsize=1024)
def _loose_headings(line: str) -> tuple[str, ...]:
    """Types of headings that stand side by side with single spaces, left to right; () for other lines."""
    found: list[str] = []
    parts = line.split(" ")
    if not 2 <= len(parts) <= 14 or any(c.isdigit() or c == ":" for c in line) or line.rstrip().endswith("."):
        return ()
    k = unknown = 0
    while k < len(parts):
        for count in range(min(3, len(parts) - k), 0, -1):
            text = " ".join(parts[k : k + count]).strip(",;")
            kind = _heading(text) if count == 1 else labels.kind_of(text)
            if kind:
                found.append(kind)
                k += count
                break
        else:
            unknown += 1
            k += 1
    known = set(found)
    if "PERSON" not in known or unknown > len(parts) // 2:
        return ()
    return tuple(dict.fromkeys(found)) if len(known) > 1 or unknown else ()


_FIRST_NUMBER = re.compile(r"\s*(?P<n>[A-Z]?\d{4,10})(?:\s+(?=[^\W\d_])|(?=[A-ZÀ-Þ][a-zß-ÿ]))")
_LISTED = re.compile(
    r"\s*(?:\d{1,3}[.)]?|[A-Z]?\d{4,10})?\s*(?P<v>[^\W\d_][^\d\n]*?)(?=\s+(?:[MFmfWw]\b|\d|[A-Z]{5}\d|$))"
)
_LONE_AGE = re.compile(r"(?<![\d.,/-])(?P<a>\d{1,3})(?![\d.,/-])\s*$")


def _known(word: str) -> bool:
    bare = word.strip(",.;")
    if re.fullmatch(r"[々一-鿿]{1,4}", bare):
        return True
    return bare[:1].isupper() and (lexicon.is_given(bare) or lexicon.is_family(bare))


def _loose_row(passage: Passage, line: str, start: int, kinds: tuple[str, ...]) -> Iterator[TextFinding]:
    if not any(c.isdigit() for c in line):
        return
    number = next((k for k in kinds if k in labels.NUMBERS), "")
    match = _FIRST_NUMBER.match(passage.digits[start : start + len(line)])
    if kinds == ("PERSON",):
        # One heading only was read: a number at the head of a row counts where a known name follows it.
        if match and len(match["n"]) > 4 and any(_known(w) for w in line[match.end() :].split()[:3]):
            yield TextFinding(
                "ID_NUMBER", start + match.start("n"), start + match.end("n"), 0.45, "table:row"
            )
        return
    if match and number and not _AMOUNT.match(match["n"]):
        yield TextFinding(number, start + match.start("n"), start + match.end("n"), 0.5, "table:row")
    named = _LISTED.match(line)
    if named and 1 < len(named["v"].strip()) <= 40 and not named["v"][0].islower():
        value = named["v"].strip()
        at = start + named.start("v")
        yield TextFinding("PERSON", at, at + len(value), 0.55, "table:row")
    age = _LONE_AGE.search(line)
    if "AGE" in kinds and age and 0 < int(age["a"]) < 120:
        yield TextFinding("AGE", start + age.start("a"), start + age.end("a"), 0.5, "table:row")
