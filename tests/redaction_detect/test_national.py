"""National numbers: every row of the table with a label, misread, broken, and without a label."""

from __future__ import annotations

import random

import pytest

from redaction.detect import find_text
from redaction.recognisers import national
from redaction.recognisers.base import Passage
from redaction.recognisers.identifiers import MISREAD

# Invented but for their check digits; examples of the numbers' own documentation where there are any.
EXAMPLES = {
    "us npi": "NPI 1234567893",
    "us dea": "DEA AB1234563",
    "us medicare": "Medicare 1EG4-TE5-MK73",
    "uk nhs": "NHS number 943 476 5919",
    "uk nino": "National Insurance AB 12 34 56 C",
    "uk driver": "Driving licence MORGA 657054 SM9IJ",
    "ie pps": "PPS 6433435F",
    "de tax id": "Steuer-ID 36 574 261 809",
    "de pension": "Rentenversicherung 15 070649 C 103",
    "de health": "Krankenversichertennummer A123456780",
    "at insurance": "SVNR 1237 010180",
    "ch ahv": "AHV 756.9217.0769.85",
    "fr nir": "Sécurité sociale 2 95 10 99 126 111 93",
    "be national": "Rijksregister 85.07.30-033 28",
    "nl bsn": "BSN 1112.22.333",
    "es dni": "DNI 54362315-K",
    "es nie": "NIE X-2482300W",
    "pt nif": "NIF 501 964 843",
    "it fiscal": "Codice fiscale RCCMNL83S18D969H",
    "se personal": "Personnummer 880320-0016",
    "dk cpr": "CPR 211062-5629",
    "no birth": "Fødselsnummer 151086 95088",
    "fi personal": "hetu 131052-308T",
    "pl pesel": "PESEL 44051401359",
    "tr identity": "T.C. 17291716060",
    "in aadhaar": "Aadhaar 2341 2341 2346",
    "in pan": "PAN ACUPA7085R",
    "in voter": "Voter ID WKH1186253",
    "jp my number": "My Number 1234 5678 9018",
    "kr resident": "주민 971013-9019902",
    "cn resident": "身份 360426199101010071",
    "za identity": "South African ID 7503305044089",
    "ca sin": "SIN 123-456-782",
    "br cpf": "CPF 390.533.447-05",
    "cl rut": "RUT 12.531.909-2",
}


def value(line: str) -> tuple[int, int]:
    """Where the number stands in an example: from its first part with a digit, or before it."""
    label = line.split(" ")
    at = next(i for i, word in enumerate(label) if any(c.isdigit() for c in word) or word in ("AB", "MORGA"))
    return len(" ".join(label[:at])) + bool(at), len(line)


def found(line: str, language: str = "en") -> set[int]:
    return {k for hit in find_text(line, language) for k in range(hit.start, hit.end)}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_labelled_number_is_found_and_its_checksum_holds(name: str) -> None:
    line = EXAMPLES[name]
    start, end = value(line)
    hits = [h for h in national.find(Passage(line)) if h.recogniser == f"national:{name}"]
    assert hits, line
    assert (hits[0].start, hits[0].end) == (start, end)
    assert hits[0].score >= 0.75
    assert hits[0].explanation == ""


@pytest.mark.parametrize("name", EXAMPLES)
def test_one_misread_sign_leaks_nothing(name: str) -> None:
    line = EXAMPLES[name]
    start, end = value(line)
    looks = {"0": "O", "1": "l", "2": "Z", "5": "S", "6": "G", "8": "B", "3": "8", "4": "9", "7": "1"}
    for k in range(start, end):
        if line[k] not in looks:
            continue
        read = line[:k] + looks[line[k]] + line[k + 1 :]
        covered = found(read)
        assert all(i in covered for i in range(start, end) if read[i].isalnum()), read


def test_what_cannot_be_put_right_is_said_to_be_perhaps_misread() -> None:
    hits = [h for h in national.find(Passage("DNI 54362315-X")) if h.explanation == MISREAD]
    assert [h.type for h in hits] == ["ES_NIF"]


def test_a_number_without_a_label_needs_its_checksum_and_its_groups() -> None:
    assert not [h for h in national.find(Passage("ref 9434765919 of May")) if h.type == "UK_NHS"]
    assert not [h for h in national.find(Passage("ref 943 476 5918 of May")) if h.type == "UK_NHS"]
    assert [h for h in national.find(Passage("ref 943 476 5919 of May")) if h.type == "UK_NHS"]


def test_prose_with_amounts_and_dates_holds_no_number() -> None:
    rng = random.Random(4)
    words = ["the", "committee", "paid", "on", "Monday", "for", "roof", "and", "wall", "in"]
    for _ in range(200):
        line = " ".join(rng.choice(words) for _ in range(12))
        line += f" {rng.randint(1, 9999)} {rng.randint(1, 31)}.{rng.randint(1, 12)}.{rng.randint(1900, 2024)}"
        line += f" {rng.randint(1, 99999)}.{rng.randint(10, 99)} EUR"
        assert list(national.find(Passage(line))) == [], line


@pytest.mark.parametrize(
    ("line", "plate"),
    [
        ("a red car, AB12 CDE, was parked there", "AB12 CDE"),
        ("Kennzeichen: M-AB 1234", "M-AB 1234"),
        ("le véhicule AB-123-CD est parti", "AB-123-CD"),
        ("targa EF 123 GH", "EF 123 GH"),
        ("matrícula 1234 BCD", "1234 BCD"),
        ("vehicle KA 01 AB 1234 seized", "KA 01 AB 1234"),
        ("kenteken 12-ABC-3", "12-ABC-3"),
        ("車両 品川 300 あ 12-34", "品川 300 あ 12-34"),
    ],
)
def test_number_plates(line: str, plate: str) -> None:
    covered = found(line, "ja" if "車" in line else "en")
    start = line.index(plate)
    assert all(k in covered for k in range(start, start + len(plate)) if line[k].isalnum()), line


def test_a_reference_that_looks_like_a_plate_is_left_alone_in_prose() -> None:
    assert not [h for h in find_text("see order EF123GH and note 1234 BCD") if h.type == "LICENSE_PLATE"]
