"""Labels and what stands after them: "Name:", "D0B", "IBAN", "né le", "Kontonummer", "my name is".

A label is a word or a few that say what the next words are. It is recognised in misread form as well
(skeletons of folding.py, and one wrong letter before a colon). What its value may look like depends on
its type: names are words with capitals (anything after a colon), numbers must hold digits.
Japanese labels are in japanese.py; titles and salutations in names.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from model.findings import TextFinding
from redaction.folding import key, skeleton
from redaction.recognisers import dates
from redaction.recognisers.base import Passage, Token
from redaction.recognisers.lexicon import words

# A type, then its labels. A label that ends with ":" counts only before a colon or at a line's end.
LABELS: dict[str, str] = {
    "PERSON": """
        name: | full name | first name | given name | forename: | last name | family name | surname |
        maiden name | middle name | names: | patient: | patient name | name of patient | client: | client
        name | customer: | customer name | applicant | claimant | account holder | card holder |
        cardholder | holder: | account name | beneficiary: | next of kin | emergency contact | contact: |
        contact name | contact person | guardian: | parent: | mother: | father: | spouse: | employee: |
        employee name | signed | signed by | countersigned by | witness | witnessed by | prepared by |
        reviewed by | approved by | authorised by | authorized by | issued to | sold to: | bill to: | ship
        to: | deliver to: | attention: | attn | c/o | from: | to: | sender: | recipient: | author: |
        doctor: | physician: | provider: | attending: | student: | pupil: | teacher: | tenant: | landlord:
        | buyer: | seller: | insured: | policyholder | policy holder | directed by | owner: | member: |
        passenger:| name of applicant | print name | printed name | name in full | alias: | aka |
        nickname: | known as | referred by | admitted by | dictated by | nurse: | driver: | plaintiff: |
        defendant: | testator: | nom: | nom et prénom | nom de famille | prénom | prénoms | nom de
        naissance | nom de jeune fille | patient : | titulaire | titulaire du compte | signataire: | signé
        | signé par | témoin | témoins: | assuré: | bénéficiaire: | destinataire: | expéditeur: |
        représenté par | époux: | épouse: | mère: | père: | tuteur: | je soussigné | je soussignée | nous
        soussignés | la soussignée | le soussigné | vorname | nachname | familienname | geburtsname | vor-
        und nachname | kontoinhaber | karteninhaber | patientin: | unterzeichner: | ansprechpartner |
        versicherter: | versicherungsnehmer | kunde: | gezeichnet | der unterzeichnete | die
        unterzeichnete | ich, | absender: | empfänger: | antragsteller | zeuge: | nombre: | nombre y
        apellidos | nombre completo | apellido | apellidos | paciente: | titular: | firmado | firmado por
        | testigo: | cliente: | beneficiario: | destinatario: | solicitante | el abajo firmante | nome: |
        cognome | nome e cognome | paziente: | intestatario | firmato | firmato da | testimone: | il
        sottoscritto | la sottoscritta | mittente: | richiedente: | io sottoscritto | io sottoscritta
        """,
    "DATE_OF_BIRTH": """
        date of birth | dob | d.o.b | birth date | birthdate | born | born on | birthday: | né le | née le
        | né à | date de naissance | geburtsdatum | geboren am | geb | geb. am | fecha de nacimiento |
        nacido el | nacida el | data di nascita | nato il | nata il | nato a | nata a
        """,
    "DATE_TIME": """
        date: | dated | exp | expires | expiry | expiration date | exp date | valid until | valid thru |
        admitted | discharged | date of issue | date of death | died | died on | issued: | le: | date de
        décès | décédé le | décédée le | datum: | gültig bis | gestorben am | fecha: | fecha de caducidad
        | data: | scadenza | signed on
        """,
    "ADDRESS": """
        address | addr | home address | billing address | shipping address | mailing address | postal
        address | street: | street address | residence: | residing at | resident of | lives at | living at
        | domiciled at | adresse | domicile: | domicilié à | domiciliée à | demeurant à | demeurant |
        habitant à | résidant à | anschrift | wohnhaft in | wohnort: | straße: | dirección | domicilio |
        domiciliado en | residente en | indirizzo | residente in | residente a | residenza | domiciliato
        in | ort: | city: | town: | ville: | place of birth | lieu de naissance | geburtsort | lugar de
        nacimiento | luogo di nascita | birthplace
        """,
    "ZIP_CODE": """
        zip | zip code | postcode | postal code | code postal | plz | postleitzahl | código postal | cap:
        """,
    "PHONE_NUMBER": """
        phone | tel | telephone | telephone no | mobile | cell | cell phone | fax | telefax | phone number
        | call: | téléphone | portable: | télécopie | telefon | telefonnummer | handy | mobil | teléfono |
        móvil | telefono | cellulare | office: | home: | work: | desk: | whatsapp | pager
        """,
    "EMAIL_ADDRESS": """
        email | e-mail | e mail | mail: | courriel | e-mail address | email address | correo | posta
        elettronica
        """,
    "US_SSN": """
        ssn | social security number | social security no | social security | soc sec no | s.s.n
        """,
    "IBAN_CODE": "iban",
    "CREDIT_CARD": """
        card | card no | card number | credit card | credit card number | debit card | cc | carte bancaire
        | carte de crédit | kreditkarte | kartennummer | tarjeta | carta di credito | numéro de carte | cc
        number
        """,
    "ACCOUNT_NUMBER": """
        account | account number | account no | acct | acct no | a/c no | routing number | routing | sort
        code | bic | swift | compte n | numéro de compte | n de compte | rib | kontonummer | konto-nr |
        konto nr | blz | bankleitzahl | cuenta | número de cuenta | conto | numero di conto | iban/account
        | policy number | policy no | policy | contract number | contract no | customer number | customer
        no | customer id | client number | client id| order number: | invoice to | reference: | numéro de
        contrat | numéro client | kundennummer | vertragsnummer | versicherungsnummer | numéro de police |
        caisse | combinaison | safe combination | pin
        """,
    "MEDICAL_ID": """
        mrn | medical record number | medical record no | record number | nhs | nhs number | nhs no |
        member id | member number | insurance id | health insurance number | health card | medicare |
        medicare number | medicaid | patient id | patient number | patient no | subscriber id | group |
        group number | hospital number | hospital no | numéro de sécurité sociale | n de sécurité sociale
        | sécurité sociale | carte vitale | npi | krankenversichertennummer | versichertennummer | tarjeta
        sanitaria | tessera sanitaria | dea
        """,
    "PASSPORT": """
        passport | passport no | passport number | passeport | n de passeport | numéro de passeport |
        reisepass | passnummer | reisepassnummer | pasaporte | passaporto
        """,
    "ID_NUMBER": """
        id | id no | id number | identity card | identity number | national id | tax id | tin | ein | itin
        | utr | national insurance number | ni number | nino | driver license | drivers license | driver's
        license | driver's licence | driving licence | license number | licence number | license no | dl
        no | employee id | employee number | staff number | student id | badge number | service number |
        case number | case no | file number | docket | carte d'identité | cni | numéro fiscal | permis de
        conduire | matricule | siret | personalausweis | ausweisnummer | personalausweisnummer | steuer-id
        | steuernummer | steueridentifikationsnummer| führerschein | sozialversicherungsnummer | dni | nie
        | nif | documento | carné de conducir | codice fiscale | patente | carta d'identità | partita iva
        | license plate | vehicle registration | registration no
        | plate | vin | serial no | my driver's license number
        """,
    "USERNAME": """
        username | user name | user id | login | login name | password: | passcode: | skype |
        twitter
        """,
    "IP_ADDRESS": "ip | ip address | client ip | mac address",
}

NUMBERS = frozenset(
    {"US_SSN", "IBAN_CODE", "CREDIT_CARD", "ACCOUNT_NUMBER", "MEDICAL_ID", "PASSPORT", "ID_NUMBER",
    "ZIP_CODE", "IP_ADDRESS"}
)  # fmt: skip
_FILLERS = words(
    """
    no nr number num is was are n # : . = ° º id ist est es as code numero nummer date ) · * to with of
    on
    """
)
PARTICLES = words(
    """
    de del della di da dos das do du des la le les lo van von vander den der ten ter zu zum zur af av al
    el bin ibn ben d' l' mc mac st san y e i of und et och
    """
)
_STOP = words(
    """
    and or relationship address tel phone fax email signature date mr mrs aged age born the
    """
)


@cache
def _index() -> dict[str, list[tuple[str, str, bool]]]:
    """Skeleton of a label -> (type, its key, needs a colon)."""
    index: dict[str, list[tuple[str, str, bool]]] = {}
    for kind, text in LABELS.items():
        for entry in text.split("|"):
            label = " ".join(entry.split())
            if not label:
                continue
            strict = label.endswith(":")
            folded = key(label.rstrip(" :,"))
            index.setdefault(_bones(folded), []).append((kind, folded, strict))
    return index


@cache
def _fuzzy(bones: str) -> str | None:
    """The only label that differs in one letter from a skeleton of five or more."""
    if len(bones) < 5:
        return None
    from rapidfuzz.distance import OSA

    near = [
        b for b in _index() if abs(len(b) - len(bones)) <= 1 and len(b) >= 5 and OSA.distance(b, bones) <= 1
    ]
    return near[0] if len(near) == 1 else None


def _bones(text: str) -> str:
    return skeleton(re.sub(r"[^\w]", "", text))


def find(passage: Passage) -> Iterator[TextFinding]:
    """Values that stand after a label."""
    tokens = passage.tokens
    i = 0
    while i < len(tokens):
        found = _label_at(tokens, i)
        if found is None:
            i += 1
            continue
        kind, last, strict = found
        hit = _value(passage, kind, last, strict)
        if hit is not None:
            yield hit
        i = last + 1


def is_label(passage: Passage) -> bool:
    """True where the whole of a text is one label, a colon after it or not."""
    tokens = passage.tokens
    if not tokens:
        return False
    found = _label_at((*tokens, Token(":", len(passage.text), len(passage.text) + 1, "")), 0)
    return found is not None and not any(t.word for t in tokens[found[1] + 1 :])


def label_at(passage: Passage, i: int) -> bool:
    """True where a label starts at token i."""
    return _label_at(passage.tokens, i) is not None


def _label_at(tokens: tuple[Token, ...], i: int) -> tuple[str, int, bool] | None:
    """(type, index of the label's last token, followed by a colon), longest label first."""
    if not tokens[i].word or (i and tokens[i].gap == "" and tokens[i - 1].text in {"'", "’", "@", "-", "_"}):
        return None
    words = [i]
    j = i + 1
    while j < len(tokens) and len(words) < 7 and tokens[j].gap in ("", " ") and tokens[j].text not in ":;,()":
        words.append(j)
        j += 1
    for count in range(len(words), 0, -1):
        last = words[count - 1]
        if not tokens[last].word:
            continue
        joined = "".join(t.text for t in tokens[i : last + 1])
        bones = _bones(joined)
        if not bones:
            continue
        colon = _colon(tokens, last)
        entries = _index().get(bones)
        if entries is None and colon and count <= 3:
            near = _fuzzy(bones)
            entries = _index().get(near) if near else None
        if not entries:
            continue
        for kind, folded, strict in entries:
            if strict and not colon and not _alone(tokens, i, last):
                continue
            # A short label must not come from a look-alike of an ordinary word: "tei", "lp".
            if len(folded) < 4 and not colon and key(joined).replace(".", "") != folded.replace(".", ""):
                continue
            return kind, last, colon
    return None


def _colon(tokens: tuple[Token, ...], last: int) -> bool:
    j = last + 1
    while j < len(tokens) and tokens[j].text in ".)°º#*" and j < last + 4:
        j += 1
    return j < len(tokens) and tokens[j].text in ":;=" and tokens[j].gap != "\n"


def _alone(tokens: tuple[Token, ...], first: int, last: int) -> bool:
    """A label that is a whole line or table cell."""
    starts = tokens[first].gap in ("\n", "  ")
    return starts and last + 1 < len(tokens) and tokens[last + 1].gap in ("\n", "  ")


def _value(passage: Passage, kind: str, last: int, colon: bool) -> TextFinding | None:
    tokens = passage.tokens
    j = last + 1
    broken = 0
    while j < len(tokens) and (not tokens[j].word or tokens[j].key in _FILLERS) and j < last + 6:
        if tokens[j].text in "([+@" or (tokens[j].text in ",;" and kind not in ("PERSON", "DATE_OF_BIRTH")):
            break
        if (
            tokens[j].word
            and kind == "PERSON"
            and tokens[j].key not in {"is", "no", "nr", "est", "ist", "es", "was"}
        ):
            break
        if tokens[j].word and (tokens[j].capital and tokens[j].key not in {"no", "nr", "id", "n"}):
            break
        broken += tokens[j].gap == "\n"
        j += 1
    if j >= len(tokens):
        return None
    # The value stands on the label's line or on the next one.
    broken += tokens[j].gap == "\n"
    if broken > 1 or (broken and not colon and not _line_ends(tokens, last)):
        return None
    score = 0.85 if colon else 0.7
    if kind == "PERSON":
        return _person(passage, j, colon, score)
    if kind == "ZIP_CODE":
        shape = r"[A-Za-z]{0,2}-?\d[\dA-Za-z]{1,4}(?:[ -][\dA-Z]{2,4}(?![\w]))?"
        return _digits_value(passage, j, kind, shape, score, 3)
    if kind == "USERNAME":
        return _username(passage, j, score) if colon else None
    if kind in NUMBERS:
        return _number(passage, j, kind, colon, score)
    if kind == "PHONE_NUMBER":
        return _digits_value(
            passage, j, kind, r"[+(]?\d[\d ().\-/+]{4,22}\d(?:\s?(?:x|ext\.?)\s?\d{1,6})?", score, 6
        )
    if kind in ("DATE_OF_BIRTH", "DATE_TIME"):
        return _date(passage, j, kind, score)
    if kind == "EMAIL_ADDRESS":
        return _mail(passage, j, score)
    if kind == "ADDRESS":
        return _address(passage, j, colon, score)
    return None


def _line_ends(tokens: tuple[Token, ...], last: int) -> bool:
    return last + 1 < len(tokens) and tokens[last + 1].gap == "\n"


def _person(passage: Passage, j: int, colon: bool, score: float) -> TextFinding | None:
    end = name_end(passage, j, any_case=colon, limit=6)
    if end is None:
        return None
    tokens = passage.tokens
    if not colon and all(t.key in passage.ordinary for t in tokens[j : end + 1] if t.word):
        return None
    return TextFinding("PERSON", tokens[j].start, tokens[end].end, score, "label:name")


def name_end(passage: Passage, j: int, *, any_case: bool = False, limit: int = 5) -> int | None:
    """Index of the last token of the name that starts at token j; None where no name starts there."""
    tokens = passage.tokens
    last: int | None = None
    words = 0
    k = j
    while k < len(tokens) and words < limit:
        token = tokens[k]
        if k > j and token.gap in ("\n", "  "):
            break
        if not token.word:
            if token.text in ".^" and last == k - 1 and (len(tokens[k - 1].text) <= 3):
                k += 1
                continue
            if (
                token.text == ","
                and words == 1
                and k + 1 < len(tokens)
                and tokens[k + 1].capital
                and tokens[k + 1].gap == " "
                and _given(tokens[k + 1])
            ):
                k += 1
                continue
            break
        folded = token.key
        small = not token.capital
        if k > j and (folded in _STOP or _label_at(tokens, k) is not None):
            break
        if sum(c.isdigit() for c in token.text) > 1 or token.text[0].isdigit():
            break
        if (
            small
            and folded in PARTICLES
            and k + 1 < len(tokens)
            and tokens[k + 1].word
            and tokens[k + 1].gap in ("", " ")
        ):
            if k + 1 < len(tokens) and (tokens[k + 1].capital or any_case):
                k += 1
                continue
            break
        if small and not (any_case and (folded not in passage.ordinary or _given(token)) and words < 3):
            break
        last = k
        words += 1
        k += 1
    return last


def _given(token: Token) -> bool:
    from redaction.recognisers import lexicon

    return lexicon.is_given(token.text) or len(token.text) == 1


def _number(passage: Passage, j: int, kind: str, colon: bool, score: float) -> TextFinding | None:
    tokens = passage.tokens
    start = tokens[j].start
    line_end = passage.text.find("\n", start)
    line = passage.digits[start : line_end if line_end >= 0 else None]
    end = taken = digits = 0
    for match in re.finditer(r"\S+", line):
        chunk = match.group().rstrip(",.;:)")
        count = sum(c.isdigit() for c in chunk)
        raw = passage.text[start + match.start() : start + match.start() + len(chunk)]
        if end and match.start() - end > 1:
            break
        # Letters alone belong to an IBAN ("NWBK") or begin an identifier ("XYZ 123").
        ends = match.group() != chunk or match.end() >= len(line.rstrip())
        short = len(chunk) <= 4 and raw.isupper() and (kind == "IBAN_CODE" or not taken or ends)
        if (count == 0 and not short) or (count and len(chunk) - count > 8):
            break
        if taken and taken + count > 34:
            break
        end = match.start() + len(chunk)
        taken += len(chunk)
        digits += count
        if match.group() != chunk or taken >= 34:
            break
    least = 3 if kind in ("ACCOUNT_NUMBER", "ZIP_CODE", "IP_ADDRESS") and colon else 4
    if kind in ("ACCOUNT_NUMBER", "MEDICAL_ID", "ID_NUMBER") and colon:
        least = 2
    value = passage.text[start : start + end].rstrip()
    # Letters and digits in capitals are an identifier with fewer digits as well: "LV19 KXT".
    if kind in ("ID_NUMBER", "MEDICAL_ID") and value.isupper() and len(value) >= 5:
        least = 2
    if digits < least or not end:
        return None
    return TextFinding(kind, start, start + len(value), score, "label:number")


def _username(passage: Passage, j: int, score: float) -> TextFinding | None:
    match = re.compile(r"\S{3,60}").match(passage.text, passage.tokens[j].start)
    if match is None:
        return None
    value = match.group().rstrip(",;.")
    return TextFinding("USERNAME", match.start(), match.start() + len(value), score, "label:username")


def _digits_value(
    passage: Passage, j: int, kind: str, shape: str, score: float, least: int
) -> TextFinding | None:
    start = passage.tokens[j].start
    match = re.compile(shape).match(passage.digits, start)
    if match is None or sum(c.isdigit() for c in match.group()) < least:
        return None
    return TextFinding(kind, match.start(), match.end(), score, "label:phone")


def _date(passage: Passage, j: int, kind: str, score: float) -> TextFinding | None:
    start = passage.tokens[j].start
    near = passage.text[start : start + 45]
    line = near.split("\n")[0] if "\n" in near[1:] else near
    sub = Passage(line, passage.languages)
    for hit in dates.find(sub):
        if hit.start <= 12:
            return TextFinding(kind, start + hit.start, start + hit.end, max(score, hit.score), "label:date")
    match = re.compile(
        r"[\dA-Za-z|]{1,4}\s?[/.\-]\s?[\dA-Za-z|]{2,4}(?:\s?[/.\-]\s?[\dA-Za-z|]{2,4})?"
    ).match(passage.digits, start)
    if match and sum(c.isdigit() for c in match.group()) >= 3:
        return TextFinding(kind, match.start(), match.end(), score, "label:date")
    match = re.compile(r"(1[5-9]|20)\d\d(?!\d)").match(passage.digits, start)
    if match and kind == "DATE_OF_BIRTH":
        return TextFinding(kind, match.start(), match.end(), score, "label:date")
    return None


def _mail(passage: Passage, j: int, score: float) -> TextFinding | None:
    start = passage.tokens[j].start
    line = passage.plain[start:].split("\n")[0]
    match = re.match(r"[\w.+\-]+(?: ?[.,@©®] ?[\w+\-]+)+", line, re.ASCII)
    if match and re.search(r"[@©®]|\.\s?\w{2,4}$", match.group()):
        return TextFinding("EMAIL_ADDRESS", start, start + match.end(), score, "label:e-mail")
    return None


def _address(passage: Passage, j: int, colon: bool, score: float) -> TextFinding | None:
    """The rest of the line; addresses.py adds the lines that follow."""
    tokens = passage.tokens
    k = j
    while k + 1 < len(tokens) and tokens[k + 1].gap not in ("\n", "  "):
        nxt = tokens[k + 1]
        if nxt.text in ";?!" or (nxt.text in ":" and nxt.gap == ""):
            break
        if (
            not colon
            and nxt.word
            and not nxt.capital
            and nxt.key in passage.ordinary
            and not _street_word(nxt)
        ):
            break
        if _label_at(tokens, k + 1) is not None and nxt.text[0].isupper() and k > j:
            break
        k += 1
    while k > j and not tokens[k].word:
        k -= 1
    value = passage.text[tokens[j].start : tokens[k].end]
    if len(value) < 4 or not (any(c.isdigit() for c in value) or tokens[j].capital):
        return None
    if not colon and not any(c.isdigit() for c in passage.digits[tokens[j].start : tokens[k].end]):
        # Without a number only a few words with capitals: "résidant à Cholet".
        k = j
        while (
            k + 1 < len(tokens) and tokens[k + 1].word and tokens[k + 1].capital and tokens[k + 1].gap == " "
        ):
            k += 1
        if key(tokens[j].text) in passage.ordinary:
            return None
        return TextFinding("LOCATION", tokens[j].start, tokens[k].end, 0.6, "label:place")
    return TextFinding("ADDRESS", tokens[j].start, tokens[k].end, score, "label:address")


def _street_word(token: Token) -> bool:
    from redaction.recognisers import addresses

    return token.key.strip(".") in addresses.STREET_WORDS or token.key in PARTICLES
