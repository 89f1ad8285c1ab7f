"""Numbers with a checksum or a fixed shape, and what is left of them after misreading.

An engine that reads one digit wrong breaks the checksum, and a strict recogniser then finds nothing.
Here a number that has the shape is tried with look-alike characters put right until its checksum
holds; if none holds it is still reported, with a lower score, as "checksum failed, perhaps misread".
National and medical numbers are in national.py; what only a label makes personal (account, policy) is
in label_values.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import combinations, product

from model.findings import TextFinding
from redaction.folding import RARE, TO_DIGIT
from redaction.recognisers.base import Passage

MISREAD = "checksum failed, perhaps misread"

# Digits that are taken for one another, beyond the letters of folding.TO_DIGIT.
_SWAPS = {
    "0": "86",
    "1": "74",
    "2": "7",
    "3": "85",
    "4": "19",
    "5": "36",
    "6": "058",
    "7": "12",
    "8": "0369",
    "9": "48",
}

IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24,
    "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21,
    "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LI": 21,
    "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30,
    "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24,
    "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29, "VG": 24, "XK": 20,
}  # fmt: skip
"""Characters of an IBAN, a country (ISO 13616 registry)."""

_IBAN = re.compile(
    r"(?:(?<![A-Za-z0-9])|(?<=BAN))[A-Z0-9][A-Za-z0-9][ ]?(?=.?\d)[0-9OoIlSsBQDGZgqb|]{2}"
    r"(?:[ -]{0,2}[A-Za-z0-9|]){10,32}",
    re.ASCII,
)
_CARD = re.compile(r"(?<![\w.,-])(?:[0-9OoIlSsBQDGZbgq|][ -]?){12,18}[0-9OoIlSsBQDGZbgq|](?![\w-])", re.ASCII)
_SSN = re.compile(r"(?<![\d-])(\d{3})([- .])(\d{2})\2(\d{4})(?![\w-])", re.ASCII)
_NINE = re.compile(r"(?<![\w.,-])\d{9}(?![\w-])", re.ASCII)
_IP = re.compile(
    r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.]*\d)", re.ASCII
)


def luhn(number: str) -> bool:
    """ISO/IEC 7812-1 annex B."""
    total = 0
    for i, c in enumerate(reversed(number)):
        d = int(c)
        if i % 2:
            d = d * 2 - 9 if d > 4 else d * 2
        total += d
    return total % 10 == 0


def iban(number: str) -> bool:
    """ISO 7064 MOD 97-10, with the length of the country."""
    if IBAN_LENGTHS.get(number[:2]) != len(number) or not number[2:4].isdigit():
        return False
    return int("".join(str(int(c, 36)) for c in number[4:] + number[:4])) % 97 == 1


def my_number(number: str) -> bool:
    """Individual Number of Japan, modulus 11 (Ordinance No. 85 of 2014, article 5)."""
    total = sum(int(c) * (i + 2 if i < 6 else i - 4) for i, c in enumerate(reversed(number[:11])))
    rest = total % 11
    return int(number[11]) == (0 if rest <= 1 else 11 - rest)


def repair(read: str, holds: Callable[[str], bool], *, letters_from: int = 0, changes: int = 2) -> str | None:
    """The number that was meant: look-alikes put right until `holds`; None where none does.

    `read` is compact (no separators). Characters before `letters_from` stay. All characters that are
    no digits are first read as digits; then up to `changes` further digits are swapped for digits that
    look like them, fewest changes first.
    """
    base = read[:letters_from] + "".join(TO_DIGIT.get(c, c) for c in read[letters_from:])
    if not base[letters_from:].isdigit():
        return None
    if holds(base):
        return base
    places = range(letters_from, len(base))
    for count in range(1, changes + 1):
        for chosen in combinations(places, count):
            for swap in product(*(_SWAPS[base[i]] for i in chosen)):
                trial = list(base)
                for i, c in zip(chosen, swap, strict=True):
                    trial[i] = c
                if holds("".join(trial)):
                    return "".join(trial)
    return None


def find(passage: Passage) -> Iterator[TextFinding]:
    """Hits of every number with a shape of its own."""
    yield from _ibans(passage)
    yield from _cards(passage)
    text = passage.digits
    for match in _SSN.finditer(text):
        area, serial = match[1], match[4]
        if area in {"000", "666"} or serial == "0000" or match[3] == "00":
            yield _hit("US_SSN", match, 0.4, "ssn:shape", "shape of a number that is never given")
        else:
            yield _hit("US_SSN", match, 0.75 if match[2] == "-" else 0.5, "ssn:shape")
    for match in _IP.finditer(passage.plain):
        if not match.group().startswith("0"):
            yield _hit("IP_ADDRESS", match, 0.6, "ip")


def _ibans(passage: Passage) -> Iterator[TextFinding]:
    text = passage.plain
    for match in _IBAN.finditer(text):
        country = _country(match.group()[:2])
        if country is None:
            continue
        length = IBAN_LENGTHS[country]
        # Take as many characters as the country's numbers have; engines glue or split the groups.
        taken, end = [], match.start()
        for i in range(match.start(), match.end()):
            if text[i] not in " -":
                taken.append(text[i])
            end = i + 1
            if len(taken) == length:
                break
        read = country + "".join(taken)[2:].upper().replace("|", "I")
        rest = text[end : end + 1]
        if len(read) < length - 1 or sum(c.isdigit() for c in read) < 6:
            continue
        if len(read) == length and not rest.isalnum():
            if iban(read):
                yield TextFinding("IBAN_CODE", match.start(), end, 1.0, "iban")
                continue
            if _repair_iban("".join(taken)[2:], country) is not None:
                yield TextFinding(
                    "IBAN_CODE", match.start(), end, 0.9, "iban", "one or two characters put right"
                )
                continue
        tail = re.match(r"[A-Za-z0-9|]{0,4}(?: \d{1,4}(?![\w.,]*\d))?", text[end:])
        end += len(tail.group()) if tail else 0
        digits = sum(c.isdigit() for c in passage.digits[match.start() : end])
        grouped = re.match(r"\S{4} \S{4} \S{4}", match.group()) is not None or _numbers(
            passage.digits[match.start() : end], len(read) - length
        )
        if digits >= 10 and (grouped or " " not in text[match.start() : end]):
            yield TextFinding("IBAN_CODE", match.start(), end, 0.6, "iban", MISREAD)


def _numbers(folded: str, over: int) -> bool:
    """Groups of digits after the country, as many characters as it has or one more or less."""
    groups = folded.split()[1:]
    return abs(over) <= 1 and all(2 * sum(c.isdigit() for c in g) > len(g) for g in groups)


def _country(read: str) -> str | None:
    upper = read.upper()
    if upper in IBAN_LENGTHS and read[0].isupper():
        return upper
    swapped = upper.translate(str.maketrans("081560", "OBISGO"))
    return swapped if swapped in IBAN_LENGTHS and any(c.isalpha() for c in read) else None


def _repair_iban(rest: str, country: str) -> str | None:
    """The IBAN with look-alikes put right: national letters stay letters where the country has some."""
    check = "".join(TO_DIGIT.get(c, c) for c in rest[:2])
    bank = rest[2:]
    if country in {
        "GB",
        "IE",
        "NL",
        "RO",
        "MT",
        "GI",
        "LV",
        "BG",
        "PK",
        "PS",
        "KW",
        "JO",
        "QA",
        "BH",
        "VG",
        "UA",
    }:
        head = bank[:4].upper().translate(str.maketrans("01586", "OISBG"))
        tails = bank[4:]
    else:
        head, tails = "", bank
    fixed = country + check + head + "".join(TO_DIGIT.get(c) or RARE.get(c, c) for c in tails).upper()
    if iban(fixed):
        return fixed
    fixed_from = 4 + len(head)
    if not check.isdigit() or not fixed[fixed_from:].isdigit():
        return None
    found = repair(fixed, iban, letters_from=fixed_from, changes=1)
    return found or _check_digits(fixed)


def _check_digits(fixed: str) -> str | None:
    for i in (2, 3):
        for swap in _SWAPS.get(fixed[i], ""):
            trial = fixed[:i] + swap + fixed[i + 1 :]
            if iban(trial):
                return trial
    return None


def _cards(passage: Passage) -> Iterator[TextFinding]:
    for match in _CARD.finditer(passage.plain):
        raw = match.group()
        compact = re.sub(r"[ -]", "", raw)
        digits = sum(c.isdigit() for c in compact)
        if digits < len(compact) - 5 or digits < 10:
            continue
        number = "".join(TO_DIGIT.get(c, c) for c in compact)
        grouped = re.fullmatch(r"\S{4}[ -]\S{4}[ -]\S{4}[ -]\S{4}|\S{4}[ -]\S{6}[ -]\S{5}", raw) is not None
        if not grouped and (" " in raw or "-" in raw) and len(compact) < 15:
            continue
        known = _issuer(number)
        if known and luhn(number):
            yield _hit("CREDIT_CARD", match, 1.0 if number == compact else 0.9, "card")
        elif known and repair(number, luhn, changes=1) is not None and (grouped or len(compact) >= 15):
            yield _hit("CREDIT_CARD", match, 0.6, "card", MISREAD)
        elif len(compact) >= 14 and (grouped or len(raw) == len(compact)):
            yield _hit("CREDIT_CARD" if known else "ID_NUMBER", match, 0.45, "card", MISREAD)


def _issuer(number: str) -> bool:
    """Lengths and first digits of the known card schemes (ISO/IEC 7812)."""
    n = len(number)
    return (
        (number[0] == "4" and n in {13, 16, 19})
        or (number[0] in "52" and n == 16)
        or (number[0] == "6" and 13 <= n <= 19)
        or (number[:2] in {"34", "37"} and n == 15)
        or (number[:2] in {"30", "36", "38", "39"} and n in {14, 16})
        or (number[:2] == "35" and n == 16)
        or (number[:4] in {"1800", "2131"} and n == 15)
    )


def _hit(kind: str, match: re.Match[str], score: float, recogniser: str, note: str = "") -> TextFinding:
    end = match.end() - (len(match.group()) - len(match.group().rstrip(" -")))
    return TextFinding(kind, match.start(), end, score, recogniser, note)
