"""Names by their shape, tables by their headings, and what is no name. Everybody is invented."""

from __future__ import annotations

import pytest

from redaction.detect import find_text
from redaction.recognisers import columns, names_inverted, names_shaped, postal
from redaction.recognisers.base import Passage


def found(text: str, language: str = "en", kind: str = "PERSON") -> list[str]:
    return [text[f.start : f.end] for f in find_text(text, language) if f.type == kind]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("OKONEDO-BRILL, Chidi  Zenith branch", "OKONEDO-BRILL, Chidi"),
        ("Thackwell, E.M. See box 4.", "Thackwell, E.M."),
        ("St. Clavering, Beatrix   229-73-6618", "St. Clavering, Beatrix"),
        ("De La Vergne, Efrain   587-11-4402", "De La Vergne, Efrain"),
        ("Strafsache gegen Pohlenz-Remmer, Jost, geboren am 4. Juli 1979", "Pohlenz-Remmer, Jost"),
    ],
)
def test_an_index_puts_the_surname_first(text: str, name: str) -> None:
    assert any(name.rstrip(".") in value for value in found(text, "de" if "gegen" in text else "en"))


@pytest.mark.parametrize(
    "text", ["However, Pricing was raised.", "Paris, France, in May", "Leeds, York and Hull"]
)
def test_a_comma_alone_makes_no_name(text: str) -> None:
    assert not list(names_inverted.find(Passage(text)))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('The estate of Wilhelmina "Billie" Strandell was settled.', 'Wilhelmina "Billie" Strandell'),
        ("Suspect 1: Kyle 'Smudge' Ackroyde was seen.", "Kyle 'Smudge' Ackroyde"),
        ('known to all as "Dutch" Vandermeersch', '"Dutch" Vandermeersch'),
        ("At 0215 hrs PC 4471 HEDLOWE attended", "HEDLOWE"),
        ("MARGUERITE TOLLIVER-SHAWE  Claimant", "MARGUERITE TOLLIVER-SHAWE"),
        ("BRANDT-TAMURA: I never met that man before.", "BRANDT-TAMURA"),
        ("Holmstrup v Nic Dhonnchaidh was cited.", "Nic Dhonnchaidh"),
    ],
)
def test_nicknames_ranks_parties_and_speakers(text: str, name: str) -> None:
    assert any(name.strip("'\"") in value for value in found(text))


@pytest.mark.parametrize(
    ("text", "language", "name"),
    [
        ("Mr van der Westhuizer told the court.", "en", "van der Westhuizer"),
        ("Briefe an C. F. v. Holmerich liegen bei.", "de", "C. F. v. Holmerich"),
        ("die Maria Elisabeth geb. Cassebohmer", "de", "Maria Elisabeth geb. Cassebohmer"),
        ("ask May Littlechilde about it", "en", "May Littlechilde"),
        ("and with Dr. Bjornsta d in the ward", "en", "Bjornsta d"),
    ],
)
def test_a_name_takes_in_what_belongs_to_it(text: str, language: str, name: str) -> None:
    assert name in found(text, language)


def test_a_title_before_a_name_is_not_taken_in() -> None:
    assert found("the late Mr. Harold Pinkerton") == ["Harold Pinkerton"]


def test_two_names_without_their_space() -> None:
    assert found("Getauft: AnnaCatharina, Tochter", "de") == ["AnnaCatharina"]
    assert not [
        f for f in names_shaped.find(Passage("written in JavaScript")) if f.recogniser == "name:glued"
    ]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Parkinson's disease and Crohn's disease were excluded.", "en"),
        ("Bisoprolol 2.5 mg was continued.", "en"),
        ("under the Glass-Steagall Act of that year", "en"),
        ("Johnson & Johnson sent the bill.", "en"),
        ("Le boulevard Victor-Hugo est fermé.", "fr"),
        ("Die Berufung zum Oberlandesgericht ist zulässig.", "de"),
        ("Staatsangehörigkeit: polnisch", "de"),
        ("maladie de Parkinson écartée", "fr"),
    ],
)
def test_diseases_drugs_laws_streets_and_german_nouns_are_nobody(text: str, language: str) -> None:
    assert not found(text, language)


def test_the_same_words_with_a_title_or_label_stay_people() -> None:
    assert "Parkinson" in found("Dear Mr Parkinson,\nthank you.")
    assert "Oberhalle" in " ".join(found("Name: Oberhalle", "de"))


def test_columns_hold_what_their_headings_say() -> None:
    text = "Surname | Forename | Sort code | Account\nUmohe | Glory | 40-11-62 | 30577261\n"
    hits = {text[f.start : f.end]: f.type for f in columns.find(Passage(text))}
    assert hits == {
        "Umohe": "PERSON",
        "Glory": "PERSON",
        "40-11-62": "ACCOUNT_NUMBER",
        "30577261": "ACCOUNT_NUMBER",
    }


def test_rows_under_headings_that_only_spaces_part() -> None:
    text = "No. Name Sex Age\n1. Achienga Atienoh F 34\n2. Kipchogo Ronoh M 51"
    hits = [(text[f.start : f.end], f.type) for f in columns.find(Passage(text))]
    assert ("Achienga Atienoh", "PERSON") in hits
    assert ("51", "AGE") in hits


def test_a_line_of_labels_and_values_is_no_row_of_headings() -> None:
    text = "Nom de jeune fille : Castelnaude\nCode postal : 24200 Ville : Sarlat\nTél : 05"
    assert not list(columns.find(Passage(text, ("fr",))))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (
            "of The Old Forgery, Pebble Lane, Nether Wallow, SO20 8EZ, make oath",
            "The Old Forgery, Pebble Lane, Nether Wallow, SO20 8EZ",
        ),
        (
            "Bill to: Mrs A. Featherston\n7 Gull Cottages\nStaithe\nTS13 5AD\nBoiler",
            "7 Gull Cottages\nStaithe\nTS13 5AD",
        ),
        ("Sold to Angus MacIsaacs, 2214 Rte 19, Mabout NS B0E 1X0, tel.", "2214 Rte 19, Mabout NS B0E 1X0"),
        ("PO Box 771, Wagga Wagga NSW 2650.", "PO Box 771, Wagga Wagga NSW 2650"),
    ],
)
def test_a_postcode_takes_in_the_address_before_it(text: str, address: str) -> None:
    start = text.index(address)
    assert any(
        low <= start and start + len(address) <= high for low, high, _ in postal.addresses(Passage(text))
    ) or (address in found(text, kind="ADDRESS"))


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("BVN 22145907731", "ID_NUMBER", "22145907731"),
        ("KRA PIN: A004417829K", "ID_NUMBER", "A004417829K"),
        ("Eircode: H91 X4K2", "ZIP_CODE", "H91 X4K2"),
        ("PPSN: 8588424J", "ID_NUMBER", "8588424J"),
        ("on Tuesday 8 October 2019 at nine", "DATE_TIME", "Tuesday 8 October 2019"),
        ("am 4. Juli 19T9", "DATE_TIME", "4. Juli 19T9"),
        ("Accouut num6er : 55210947", "ACCOUNT_NUMBER", "55210947"),
    ],
)
def test_labels_numbers_and_dates_of_more_countries(text: str, kind: str, value: str) -> None:
    language = "de" if "Juli" in text else "en"
    covered = [text[f.start : f.end] for f in find_text(text, language)]
    assert any(value in c for c in covered), covered
    if kind == "DATE_TIME":
        assert value in found(text, language, kind)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Naam: Kuiperink", "PERSON", "Kuiperink"),
        ("zag ik op 4 maart 2020 mevrouw", "DATE_TIME", "4 maart 2020"),
        ("Burgerservicenummer: 640909747", "ID_NUMBER", "640909747"),
    ],
)
def test_dutch_labels_and_months(text: str, kind: str, value: str) -> None:
    assert value in found(text, "nl", kind)


def test_a_value_in_a_form_whose_label_is_misread() -> None:
    form = "Naom: Kuiperink\nGeboortedatum: 02-12-1955\nPostcode: 7411 KT\nUPM: H801200001904\nTotal: 1204.50"
    values = [form[f.start : f.end] for f in find_text(form, "nl")]
    assert "Kuiperink" in values
    assert "H801200001904" in values
    assert "1204.50" not in values
    assert not found("Naom: Kuiperink zei dat.", "nl", "ID_NUMBER")


def test_a_name_broken_by_a_hyphen_at_the_lines_end() -> None:
    text = "signed by Dr Imelda Prendi-\nville in June"
    assert any(name.endswith("Imelda Prendi-\nville") for name in found(text))
