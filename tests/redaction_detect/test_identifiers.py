"""Checksums, and the numbers that misreading broke."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redaction.detect import find_text
from redaction.recognisers import identifiers


def types(text: str, language: str = "en") -> dict[str, str]:
    return {text[f.start : f.end]: f.type for f in find_text(text, language)}


@pytest.mark.parametrize(
    "number", ["4539148803436467", "371449635398431", "6011000990139424", "30569309025904"]
)
def test_luhn_holds_and_one_wrong_digit_breaks_it(number: str) -> None:
    assert identifiers.luhn(number)
    wrong = str((int(number[3]) + 1) % 10)
    assert not identifiers.luhn(number[:3] + wrong + number[4:])


def test_checksums_of_public_examples() -> None:
    assert identifiers.iban("GB29NWBK60161331926819")
    assert identifiers.iban("DE89370400440532013000")
    assert not identifiers.iban("DE89370400440532013001")
    assert identifiers.my_number("123456789018")
    assert not identifiers.my_number("123456789012")


LOOKS = {"0": "OoQ", "1": "lI|", "5": "Ss", "8": "B", "6": "G", "2": "Z"}


@given(seed=st.integers(0, 10**9), misread=st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_a_misread_iban_is_found_whole(seed: int, misread: int) -> None:
    """Any German account number, up to three of its digits read as letters."""
    body = f"{seed:018d}"
    check = 98 - int(body + "131400") % 97
    number = f"DE{check:02d}{body}"
    read = list(number)
    places = [i for i in range(4, len(read)) if read[i] in LOOKS][:misread]
    for i in places:
        read[i] = LOOKS[read[i]][seed % len(LOOKS[read[i]])]
    text = "".join(read)
    grouped = " ".join(text[i : i + 4] for i in range(0, len(text), 4))
    for shown in (text, grouped):
        line = f"transfer to {shown} today"
        covered = {k for f in find_text(line) for k in range(f.start, f.end)}
        start = line.index(shown)
        assert all(k in covered for k in range(start, start + len(shown)) if line[k].isalnum()), line


def test_a_broken_checksum_is_still_reported_with_a_lower_score() -> None:
    good = next(f for f in find_text("card 4539 1488 0343 6467 please"))
    bad = next(f for f in find_text("card 4539 1488 0343 6461 please"))
    assert good.type == bad.type == "CREDIT_CARD"
    hit = next(h for h in identifiers.find(_passage("see 4539 1488 0343 6461 there")))
    assert hit.score < good.score
    assert "misread" in hit.explanation


def _passage(text: str) -> identifiers.Passage:
    return identifiers.Passage(text)


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("SSN: S29-41-77G3", "S29-41-77G3", "US_SSN"),
        ("SSN 529-4l-7763 on file", "529-4l-7763", "US_SSN"),
        ("NHS number 943 476 5919", "943 476 5919", "UK_NHS"),
        ("IBAN DE89 37O4 0044 0532 O130 00", "DE89 37O4 0044 0532 O130 00", "IBAN_CODE"),
        ("GB IBAN GB29NWBK60161331926819 held by", "GB29NWBK60161331926819", "IBAN_CODE"),
        ("Sécurité sociale : 2 55 08 14 168 025 38", "2 55 08 14 168 025 38", "FR_NIR"),
        ("passport C03005988, nationality", "C03005988", "PASSPORT"),
        ("MRN: 00482913", "00482913", "MEDICAL_ID"),
        ("codice fiscale RSSMRA85T10A562S", "RSSMRA85T10A562S", "IT_FISCAL_CODE"),
        ("Kontonummer 1234567890", "1234567890", "ACCOUNT_NUMBER"),
        ("my driver's license number is 2270-66-1551", "2270-66-1551", "ID_NUMBER"),
    ],
)
def test_numbers_are_found_whole(text: str, value: str, kind: str) -> None:
    found = types(text)
    assert value in found, found
    assert found[value] == kind


@pytest.mark.parametrize(
    "text",
    [
        "The total amount of May was 1,204.50 and the bill will be paid in full.",
        "Grant the committee access to Form 1040, section 12-3456, by close of business.",
        "Model number 555-1234-AX ships in 3 to 5 days; see page 14/25 for the rose garden plan.",
        "Blood pressure 120/80, pulse 72, temp 98.6, weight 154 lb, hope to reduce salt intake.",
        "In 1905 the school had 1,250,000 books and 12 rooms.",
    ],
)
def test_ordinary_numbers_are_left_alone(text: str) -> None:
    assert find_text(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Please call Ines at (415) 555-0137 before noon.",
        "Her cell: 415 555 0137",
        "The number's 0491 571 266.",
    ],
)
def test_a_word_near_a_number_raises_its_score(text: str) -> None:
    """presidio's context words, given by an engine that knows words only."""
    [hit] = [f for f in find_text(text) if f.type == "PHONE_NUMBER"]
    bare = next(c for c in text if c.isdigit())
    [alone] = find_text("Xq " + text[text.index(bare) :].rstrip(".").removesuffix(" before noon"))
    assert hit.score > alone.score
