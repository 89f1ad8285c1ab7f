"""What a model's own labels mean: OntoNotes, WikiNER, i2b2 and the usual labels of PII models to our types.

A label that is not here is not used, and the model's state says so; `?LABEL=TYPE` behind a model's name adds
to the table. Organisations, nationalities, products and amounts are left out: they have no type here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

_TYPES: Final[Mapping[str, str]] = {
    "PERSON": "PERSON PER NAME PATIENT STAFF DOCTOR HCW FIRSTNAME LASTNAME MIDDLENAME FIRST_NAME LAST_NAME "
    "GIVENNAME SURNAME FULL_NAME",
    "ADDRESS": "ADDRESS STREET STREET_ADDRESS STREETADDRESS SECONDARYADDRESS BUILDINGNUMBER BUILDINGNUM",
    "LOCATION": "LOCATION LOC GPE FAC HOSP HOSPITAL CITY STATE COUNTRY COUNTY LOCATION_OTHER PROVINCE ISLAND",
    "ZIP_CODE": "ZIP ZIPCODE ZIP_CODE POSTCODE POSTAL_CODE",
    "DATE_TIME": "DATE TIME DATE_TIME",
    "DATE_OF_BIRTH": "DATE_OF_BIRTH DOB DATEOFBIRTH BIRTHDAY",
    "AGE": "AGE",
    "PHONE_NUMBER": "PHONE FAX PHONE_NUMBER PHONENUMBER TELEPHONENUM TELEPHONE",
    "EMAIL_ADDRESS": "EMAIL E_MAIL EMAIL_ADDRESS",
    "URL": "URL",
    "IP_ADDRESS": "IP IPADDR IPADDRESS IP_ADDRESS IPV4 IPV6",
    "MAC_ADDRESS": "MAC MAC_ADDRESS",
    "USERNAME": "USERNAME USER_NAME",
    "IBAN_CODE": "IBAN IBAN_CODE",
    "CREDIT_CARD": "CREDITCARDNUMBER CREDIT_CARD CREDIT_CARD_NUMBER CREDIT_DEBIT_CARD",
    "ACCOUNT_NUMBER": "ACCOUNT ACCOUNTNUM ACCOUNTNUMBER ACCOUNT_NUMBER BANK_ACCOUNT_NUMBER",
    "MEDICAL_ID": "MEDICALRECORD MEDICAL_RECORD HEALTHPLAN MEDICAL_ID MEDICAL_RECORD_NUMBER "
    "HEALTH_INSURANCE_ID_NUMBER",
    "PASSPORT": "PASSPORT PASSPORT_NUMBER PASSPORTNUM",
    "ID_NUMBER": "ID IDNUM ID_NUMBER BIOID DEVICE OTHERPHI IDCARDNUM TAXNUM NATIONAL_ID NATIONAL_ID_NUMBER "
    "TAX_IDENTIFICATION_NUMBER",
    "US_SSN": "SSN SOCIALNUM SOCIAL_SECURITY_NUMBER US_SSN",
    "US_DRIVER_LICENSE": "DRIVERLICENSENUM DRIVER_S_LICENSE_NUMBER LICENSE",
    "LICENSE_PLATE": "VEHICLE LICENSE_PLATE LICENSE_PLATE_NUMBER VEHICLEVRM",
}
_BY_LABEL: Final = {label: kind for kind, labels in _TYPES.items() for label in labels.split()}
_PREFIX: Final = re.compile(r"^[BILUESM][-_](?=.)")


def bare(label: str) -> tuple[str, str]:
    """A tag's prefix (B, I, L, U, E, S, M or "") and its label in one writing: B-Location-Other."""
    found = _PREFIX.match(label)
    prefix = found.group()[0] if found else ""
    rest = label[found.end() :] if found else label
    return prefix, re.sub(r"\W+", "_", rest).strip("_").upper()


def type_of(label: str, own: Mapping[str, str]) -> str | None:
    """The type that a model's label stands for; `own` (bare label -> type) goes before the table."""
    name = bare(label)[1]
    return own.get(name) or _BY_LABEL.get(name)


def unused(labels: Iterable[str], own: Mapping[str, str]) -> list[str]:
    """Those of a model's labels that stand for nothing here."""
    names = {bare(label)[1] for label in labels if label not in ("O", "")}
    return sorted(name for name in names if type_of(name, own) is None)


def known(labels: Iterable[str], own: Mapping[str, str]) -> bool:
    """Whether at least one of a model's labels stands for a type."""
    return any(type_of(label, own) for label in labels if label != "O")
