# ruff: noqa: E501 - one row of the table a line
"""National and medical numbers of many countries: one table, checksums from python-stdnum.

A number is a mask: 9 a digit, A a capital letter, X either; a space stands where a separator may be. What is
read has to fit the mask with look-alikes put right; then the country's checksum decides. Where it does not
hold, one digit that is easily taken for another is put right; where that fails as well the number is still
reported if a label says what it is, as "checksum failed, perhaps misread". IBANs, cards and the numbers that
presidio knows are in identifiers.py and patterns.py; number plates in plates.py.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from model.findings import TextFinding
from redaction.folding import RARE, TO_DIGIT
from redaction.recognisers.base import Passage
from redaction.recognisers.identifiers import MISREAD, luhn, my_number, repair

_TO_CAPITAL = {
    "0": "O",
    "1": "I",
    "2": "Z",
    "4": "A",
    "5": "S",
    "6": "G",
    "7": "T",
    "8": "B",
    "|": "I",
    "!": "I",
    "$": "S",
}
_READ = {"9": r"[0-9OoQDlI|!iSsBGZzbgqTJ$]", "A": r"[A-Z01245678|!$]", "X": r"[A-Z0-9|!$]"}
NEAR = 60
"""Characters before a number in which its label may stand."""


@dataclass(frozen=True, slots=True)
class Number:
    """One kind of number. `label`: a regular expression, matched without regard to case."""

    kind: str
    name: str
    mask: str
    label: str
    check: str | Callable[[str], bool] | None = None
    """Module of python-stdnum, a function over the compact number, or None where nothing can be checked."""
    alone: float = 0.0
    """Score without a label, if the checksum holds as it was read; 0: a label is needed."""
    spaced: bool = True
    """Without a label it must be written in groups, where its mask has some and no letters."""


NUMBERS: tuple[Number, ...] = (
    # US
    Number("MEDICAL_ID", "us medicare", "9AX9 AX9 AA99", r"medicare|\bmbi\b", None, 0.6),
    Number("MEDICAL_ID", "us npi", "9999999999", r"\bnpi\b|provider (?:id|number)", lambda n: _npi(n)),
    Number("MEDICAL_ID", "us dea", "AX9999999", r"\bdea\b", lambda n: _dea(n), 0.4),
    Number("ID_NUMBER", "us itin", "999 99 9999", r"\bitin\b", "us.itin"),
    Number("ID_NUMBER", "us ein", "99 9999999", r"\bein\b|employer id", "us.ein"),
    # United Kingdom, Ireland
    Number("UK_NHS", "uk nhs", "999 999 9999", r"\bnhs\b|health service", "gb.nhs", 0.7),
    Number("UK_NINO", "uk nino", "AA 99 99 99 A", r"national insurance|\bnino\b|\bni\b", lambda n: _nino(n), 0.6),
    Number("ID_NUMBER", "uk utr", "99999 99999", r"\butr\b|taxpayer ref", "gb.utr"),
    Number("ID_NUMBER", "uk driver", "AAAXX 999999 AX9AA", r"driv\w+ licen[cs]e|\bdvla\b", None, 0.6),
    Number("ID_NUMBER", "ie pps", "9999999 A", r"\bpps\b|public service", "ie.pps", 0.5),
    Number("ID_NUMBER", "ie pps", "9999999 AA", r"\bpps\b|public service", "ie.pps", 0.5),
    Number("ID_NUMBER", "uk pupil", "A999999999999", r"\bupn\b|pupil number", None),
    Number("ZIP_CODE", "ie eircode", "A9X XXXX", r"eircode|postcode", None),
    # Germany, Austria, Switzerland
    Number("DE_TAX_ID", "de tax id", "99 999 999 999", r"steuer|\bidnr\b|identifikationsnummer|tax id", "de.idnr", 0.5),
    Number("DE_SOCIAL_SECURITY", "de pension", "99 999999 A 999",
           r"sozialversicherung|rentenversicherung|\bsv\b|versicherungsn", lambda n: _de_pension(n), 0.7),
    Number("MEDICAL_ID", "de health", "A999999999",
           r"versicherten|krankenkass|krankenversicher|kvnr", lambda n: _de_health(n), 0.5),
    Number("ID_NUMBER", "de id card", "AXXXXXXXX9", r"personalausweis|ausweis", None),
    Number("ID_NUMBER", "at insurance", "9999 999999", r"\bsvnr\b|\bsv\b|sozialversicherung", "at.vnr"),
    Number("ID_NUMBER", "ch ahv", "999 9999 9999 99", r"\bahv\b|\bavs\b|versichert", "ch.ssn", 0.8),
    # France, Belgium, Netherlands, Luxembourg's neighbours
    Number("FR_NIR", "fr nir", "9 99 99 9X 999 999 99", r"s[ée]curit[ée] sociale|\bnir\b|\binsee\b|vitale", "fr.nir", 0.9, False),
    Number("FR_NIR", "fr nir", "9 99 99 9X 999 999", r"s[ée]curit[ée] sociale|\bnir\b|\binsee\b|vitale", lambda n: n[0] in "12", 0.45),
    Number("ID_NUMBER", "fr tax", "99 99 999 999 999", r"fiscal|\bspi\b", "fr.nif"),
    Number("ID_NUMBER", "be national", "99 99 99 999 99", r"rijksregister|registre national|\bnn\b|\binsz\b|\bniss\b", "be.nn", 0.6),
    Number("ID_NUMBER", "nl bsn", "9999 99 999", r"\bbsn\b|burgerservice|sofi|persoonsn", "nl.bsn"),
    Number("ID_NUMBER", "nl bsn", "999 999 999", r"\bbsn\b|burgerservice|sofi|persoonsn", "nl.bsn"),
    # Spain, Portugal, Italy, Greece
    Number("ES_NIF", "es dni", "99 999 999 A", r"\bdni\b|\bnif\b|identidad|documento", "es.dni", 0.7),
    Number("ES_NIE", "es nie", "A 9999999 A", r"\bnie\b|extranjer", "es.nie", 0.75),
    Number("ID_NUMBER", "es social", "99 99999999 99", r"seguridad social|\bnass?\b|\bnuss\b|afiliaci", lambda n: _es_social(n), 0.4),
    Number("ID_NUMBER", "pt nif", "999 999 999", r"\bnif\b|contribuinte", "pt.nif"),
    Number("IT_FISCAL_CODE", "it fiscal", "AAA AAA 99A99 A999A", r"codice|fiscale|\bc\.?f\b", "it.codicefiscale", 0.8),
    Number("ID_NUMBER", "gr amka", "99999999999", r"\bamka\b|αμκα", "gr.amka"),
    # North and east
    Number("ID_NUMBER", "se personal", "999999 9999", r"personn|samordning", "se.personnummer", 0.4),
    Number("ID_NUMBER", "se personal", "99999999 9999", r"personn|samordning", "se.personnummer", 0.5),
    Number("ID_NUMBER", "dk cpr", "999999 9999", r"\bcpr\b|personn", "dk.cpr"),
    Number("ID_NUMBER", "no birth", "999999 99999", r"f[øo]dselsn|personn", "no.fodselsnummer", 0.4),
    Number("ID_NUMBER", "fi personal", "999999 999X", r"\bhetu\b|henkil[öo]tunnus", lambda n: _hetu(n)),
    Number("ID_NUMBER", "pl pesel", "99999999999", r"\bpesel\b", "pl.pesel"),
    Number("ID_NUMBER", "cz birth", "999999 9999", r"rodn[ée]|\br\.?\s?[čc]\b", "cz.rc"),
    Number("ID_NUMBER", "ro personal", "9999999999999", r"\bcnp\b", "ro.cnp", 0.4),
    Number("ID_NUMBER", "hr personal", "99999999999", r"\boib\b", "hr.oib"),
    Number("ID_NUMBER", "bg personal", "9999999999", r"\begn\b|егн", "bg.egn"),
    Number("ID_NUMBER", "tr identity", "99999999999", r"\bt\.?c\b|kimlik", "tr.tckimlik"),
    # Asia, Africa, America, Oceania
    Number("IN_AADHAAR", "in aadhaar", "9999 9999 9999", r"aadh?aa?r|\buidai?\b|आधार", "in_.aadhaar", 0.45),
    Number("IN_PAN", "in pan", "AAAAA9999A", r"\bpan\b|permanent account", "in_.pan", 0.6),
    Number("ID_NUMBER", "in voter", "AAA9999999", r"voter|\bepic\b|elector", "in_.epic", 0.4),
    Number("MEDICAL_ID", "in abha", "99 9999 9999 9999", r"\babha\b|ayushman|health id", None, 0.45),
    Number("PASSPORT", "in passport", "A9999999", r"passport", None),
    Number("MY_NUMBER", "jp my number", "9999 9999 9999", r"my ?number|マイナンバー|個人番号", my_number, 0.4, False),
    Number("ID_NUMBER", "kr resident", "999999 9999999", r"주민|resident", "kr.rrn", 0.5),
    Number("ID_NUMBER", "cn resident", "99999999999999999X", r"身份|resident id", "cn.ric", 0.7),
    Number("ID_NUMBER", "il identity", "999999999", r"teudat|\bt\.?z\b|זהות|israeli id", "il.idnr"),
    Number("ID_NUMBER", "za identity", "9999999999999", r"south african id|\brsa id\b|\bid\b|identity", "za.idnr", 0.5),
    Number("ID_NUMBER", "ca sin", "999 999 999", r"\bs\.?i\.?n\b|social insurance|\bnas\b|assurance sociale", "ca.sin"),
    Number("ID_NUMBER", "ng bvn", "99999999999", r"\bbvn\b|\bnin\b|verification number|national identi", None),
    Number("ID_NUMBER", "ke pin", "A999999999A", r"\bkra\b|\bpin\b", None),
    Number("ID_NUMBER", "ke identity", "99999999", r"national id|\bid (?:no|number)|\bid\b", None),
    Number("US_DRIVER_LICENSE", "us driver, florida", "A999 999 99 999 9", r"\bdl\b|licen[cs]e", None),
    Number("ID_NUMBER", "br cpf", "999 999 999 99", r"\bcpf\b", "br.cpf", 0.6),
    Number("ID_NUMBER", "mx curp", "AAAA999999AAAAAAX9", r"\bcurp\b", "mx.curp", 0.7),
    Number("ID_NUMBER", "cl rut", "99 999 999 X", r"\brut\b|\brun\b", "cl.rut"),
    Number("ID_NUMBER", "au tax", "999 999 999", r"\btfn\b|tax file", "au.tfn"),
)  # fmt: skip


def find(passage: Passage) -> Iterator[TextFinding]:
    """Numbers of the table, offsets of the text as read."""
    text = passage.plain
    if not any(c.isdigit() for c in text):
        return
    for mask, shape in _shapes():
        for match in shape.finditer(text):
            compact = fitted(match.group(), mask)
            if compact is None or len(re.findall(" +", match.group())) > mask.count(" ") + 1:
                continue
            before = text[max(match.start() - NEAR, 0) : match.start()]
            best: TextFinding | None = None
            for number in _by_mask()[mask]:
                hit = _judge(number, match, compact, before)
                if hit is not None and (best is None or hit.score > best.score):
                    best = hit
            if best is not None:
                yield best


def fitted(read: str, mask: str) -> str | None:
    """The compact number with look-alikes put right by the mask; None where too much had to be.

    At least half of the mask's digits must have been read as digits, and half of its letters as letters.
    """
    places = mask.replace(" ", "")
    given = re.sub(r"[ .\-/\u00b7]", "", read)
    if len(given) != len(places):
        return None
    out, digits, letters = [], 0, 0
    for c, place in zip(given, places, strict=True):
        if place == "9":
            digits += c.isdigit()
            out.append(TO_DIGIT.get(c) or RARE.get(c, c))
        elif place == "A":
            letters += c.isalpha()
            out.append(_TO_CAPITAL.get(c, c))
        else:
            out.append(_TO_CAPITAL.get(c, c) if c in "|!$" else c)
    if 2 * digits < places.count("9") or 2 * letters < places.count("A"):
        return None
    return "".join(out)


def _judge(number: Number, match: re.Match[str], compact: str, before: str) -> TextFinding | None:
    labelled = _label(number.label).search(before) is not None
    groups = number.mask.count(" ")
    if not labelled and not number.alone:
        return None
    separated = len(re.findall(r"[ .\-/\u00b7]+", match.group()))
    if not labelled and number.spaced and "A" not in number.mask and separated < groups:
        return None
    as_read = sum(a != b for a, b in zip(compact, re.sub(r"[ .\-/\u00b7]", "", match.group()), strict=True))
    holds = _holds(number, compact)
    if holds is None:
        score, note = (0.75, "") if labelled else (number.alone, "")
        if as_read > 1 and not labelled:
            return None
    elif holds:
        score = 0.95 if labelled else number.alone
        note = "look-alikes put right" if as_read else ""
    elif labelled and _repaired(number, compact) is not None:
        score, note = 0.8, "one digit put right"
    elif labelled:
        score, note = 0.6, MISREAD
    else:
        return None
    return TextFinding(number.kind, match.start(), match.end(), score, f"national:{number.name}", note)


def _repaired(number: Number, compact: str) -> str | None:
    """For numbers of digits only: letters are part of the mask and are not guessed."""
    if not compact.isdigit():
        return None
    return repair(compact, lambda trial: bool(_holds(number, trial)), changes=1)


def _holds(number: Number, compact: str) -> bool | None:
    """Whether the checksum holds; None where the number has none."""
    if number.check is None:
        return None
    if isinstance(number.check, str):
        return _valid(number.check, compact)
    return number.check(compact)


def _valid(module: str, compact: str) -> bool:
    try:
        return bool(importlib.import_module(f"stdnum.{module}").is_valid(compact))
    except (ValueError, LookupError, ArithmeticError):  # what its date arithmetic makes of odd digits
        return False


@cache
def _by_mask() -> dict[str, list[Number]]:
    by_mask: dict[str, list[Number]] = {}
    for number in NUMBERS:
        by_mask.setdefault(number.mask, []).append(number)
    return by_mask


@cache
def _shapes() -> tuple[tuple[str, re.Pattern[str]], ...]:
    shapes = []
    for mask in _by_mask():
        # One space may have been read into a number that begins or ends with letters.
        stray = " ?" if "A" in mask and len(mask) > 8 else ""
        body = "".join(r"[ .\-/\u00b7]{0,2}" if place == " " else _READ[place] + stray for place in mask)
        body = body.removesuffix(" ?")
        shapes.append((mask, re.compile(rf"(?<![A-Za-z0-9]){body}(?![A-Za-z0-9])")))
    return tuple(shapes)


@cache
def _label(label: str) -> re.Pattern[str]:
    return re.compile(label, re.IGNORECASE)


# -- checksums that python-stdnum does not have ---------------------------------------------------


def _npi(number: str) -> bool:
    """National Provider Identifier: ISO 7812 over 80840 and the number (45 CFR 162.406)."""
    return number[0] in "12" and luhn("80840" + number)


def _dea(number: str) -> bool:
    digits = [int(c) for c in number[2:]]
    return (sum(digits[0:6:2]) + 2 * sum(digits[1:6:2])) % 10 == digits[6]


def _nino(number: str) -> bool:
    """Prefixes that HMRC gives (NIM39110)."""
    return (
        number[0] not in "DFIQUV"
        and number[1] not in "DFIOQUV"
        and number[:2] not in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}
        and number[-1] in "ABCD"
    )


def _crossed(digits: str, weights: str) -> int:
    """Sum of the digits of each product."""
    return sum(sum(divmod(int(d) * int(w), 10)) for d, w in zip(digits, weights, strict=True))


def _de_pension(number: str) -> bool:
    """VKVV section 4: the letter as two digits, weights 2 1 2 5 7 1 2 1 2 1 2 1."""
    digits = number[:8] + f"{ord(number[8]) - 64:02d}" + number[9:11]
    return _crossed(digits, "212571212121") % 10 == int(number[11])


def _de_health(number: str) -> bool:
    """SGB V section 290: the letter as two digits, weights 1 2 in turn."""
    return _crossed(f"{ord(number[0]) - 64:02d}" + number[1:9], "1212121212") % 10 == int(number[9])


def _es_social(number: str) -> bool:
    """Numero de afiliacion: the first ten digits mod 97, the leading zero of the second part left out."""
    body = number[:2] + number[2:10].lstrip("0") if number[2] == "0" else number[:10]
    return int(body) % 97 == int(number[10:])


def _hetu(number: str) -> bool:
    """Finland: date and number mod 31 (the separator, which names the century, is not looked at)."""
    return (
        "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(number[:9]) % 31] == number[9]
        if number[:9].isdigit()
        else False
    )
