"""GLiNER: a model that is asked for the kinds of data in words, such as gliner_multi_pii-v1.

It gets the kinds of `ASKED`; with ?WORDS=TYPE behind its name it is asked for those instead, for models that
were trained on other words (underscores stand for spaces).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from redaction.recognisers.models import hub, labels
from redaction.recognisers.models.base import Entity, Spec, TextModel, folder_digest

NEEDS: Final = ("gliner", "torch")
THRESHOLD: Final = 0.4
"""Below the usual 0.5: what is missed is a leak, what is too much a reviewer rejects."""
ASKED: Final = {
    "person": "PERSON",
    "address": "ADDRESS",
    "city": "LOCATION",
    "postcode": "ZIP_CODE",
    "date of birth": "DATE_OF_BIRTH",
    "phone number": "PHONE_NUMBER",
    "email": "EMAIL_ADDRESS",
    "username": "USERNAME",
    "ip address": "IP_ADDRESS",
    "iban": "IBAN_CODE",
    "bank account number": "ACCOUNT_NUMBER",
    "credit card number": "CREDIT_CARD",
    "passport number": "PASSPORT",
    "national id number": "ID_NUMBER",
    "tax identification number": "ID_NUMBER",
    "social security number": "US_SSN",
    "driver's license number": "US_DRIVER_LICENSE",
    "medical record number": "MEDICAL_ID",
    "health insurance id number": "MEDICAL_ID",
    "license plate number": "LICENSE_PLATE",
}


class Gliner(TextModel):
    """Zero-shot entities. Chunks are short, since a GLiNER reads a few hundred words at once."""

    chunk = 1200
    _model: Any = None

    def __init__(self, spec: Spec) -> None:
        super().__init__(spec)
        self.own = {labels.bare(words)[1]: kind for words, kind in (self.own or ASKED).items()}
        self._asked = [name.replace("_", " ").lower() for name, _ in spec.own] or list(ASKED)

    def availability(self) -> str | None:
        lacking = hub.missing(NEEDS)
        if lacking:
            return f"{self.name} needs {' and '.join(lacking)}: pip install 'inkveil[gliner]'"
        folder = hub.folder_of(self.spec)
        if folder is None:
            return hub.not_here(self.spec)
        told = hub.read_json(folder / "gliner_config.json")
        if told is None:
            return f"{self.name}: the folder holds no GLiNER model (gliner_config.json)."
        if "auto_map" in json.dumps(told):
            return f"{self.name} wants to run code of its own, which no model may here."
        encoder = hub.encoder_of(folder, told)
        if encoder is not None and hub.folder_of(Spec("gliner", encoder), hub.SETTINGS) is None:
            get = f"inkveil models --get {self.spec.text}"
            return f"{self.name} stands on {encoder}, which is not on this machine: {get}"
        return None

    def identity(self) -> str:
        folder = hub.folder_of(self.spec)
        return f"{THRESHOLD} {folder_digest(folder) if folder else ''}"

    def load(self) -> None:
        from gliner import GLiNER

        folder = hub.folder_of(self.spec) or Path(self.spec.where)
        self._model = GLiNER.from_pretrained(str(folder), local_files_only=True)
        self._model.eval()

    def entities(self, text: str) -> Iterable[Entity]:
        found = self._model.predict_entities(text, self._asked, threshold=THRESHOLD, flat_ner=True)
        return [(int(e["start"]), int(e["end"]), str(e["label"]), float(e["score"])) for e in found]
