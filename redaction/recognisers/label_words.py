"""The words of the labels that labels.py knows, by the type of what stands after them.

English (with what forms in Ireland, Canada, Australia, India, Nigeria and Kenya say), French, German,
Spanish, Italian, Dutch. Japanese labels are in japanese.py and japanese_labels.py.
"""

from __future__ import annotations

# A type, then its labels. A label that ends with ":" counts only before a colon or at a line's end.
LABELS: dict[str, str] = {
    "PERSON": """
        name: | full name | first name | given name | forename: | last name | family name | surname |
        maiden name | middle name | names: | patient: | patient name | name of patient | client: |
        client name | customer: | customer name | applicant | claimant | account holder | card holder
        | cardholder | holder: | account name | beneficiary: | next of kin | emergency contact |
        contact: | contact name | contact person | guardian: | parent: | mother: | father: | spouse: |
        employee: | employee name | signed | signed by | countersigned by | witness | witnessed by |
        prepared by | reviewed by | approved by | authorised by | authorized by | issued to | sold to:
        | bill to: | ship to: | deliver to: | attention: | attn | c/o | from: | to: | sender: |
        recipient: | author: | doctor: | physician: | provider: | attending: | student: | pupil: |
        teacher: | tenant: | landlord: | buyer: | seller: | insured: | policyholder | policy holder |
        directed by | owner: | member: | passenger:| name of applicant | print name | printed name |
        name in full | alias: | aka | nickname: | known as | referred by | admitted by | dictated by |
        nurse: | driver: | plaintiff: | defendant: | testator: | nom: | nom et prénom | nom de famille
        | prénom | prénoms | nom de naissance | nom de jeune fille | patient : | titulaire | titulaire
        du compte | signataire: | signé | signé par | témoin | témoins: | assuré: | bénéficiaire: |
        destinataire: | expéditeur: | représenté par | époux: | épouse: | mère: | père: | tuteur: | je
        soussigné | je soussignée | nous soussignés | la soussignée | le soussigné | vorname |
        nachname | familienname | geburtsname | vor- und nachname | kontoinhaber | karteninhaber |
        patientin: | unterzeichner: | ansprechpartner | versicherter: | versicherungsnehmer | kunde: |
        gezeichnet | der unterzeichnete | die unterzeichnete | ich, | absender: | empfänger: |
        antragsteller | zeuge: | nombre: | nombre y apellidos | nombre completo | apellido | apellidos
        | paciente: | titular: | firmado | firmado por | testigo: | cliente: | beneficiario: |
        destinatario: | solicitante | el abajo firmante | nome: | cognome | nome e cognome | paziente:
        | intestatario | firmato | firmato da | testimone: | il sottoscritto | la sottoscritta |
        mittente: | richiedente: | io sottoscritto | io sottoscritta | previous name | previous names:
        | other names | other name: | given names | known as: | child's name | parent/carer | carer: |
        attorney: | donor: | complainant: | informant: | supervisor: | manager: | line manager |
        father's name | mother's name | husband's name | spouse's name | name of claimant | name of
        employee | name of account holder | candidate's name | patient's name | patient's surname |
        name of child | deponent: | interviewer: | interviewee: | respondent: | narrator: | ainm: |
        sloinne: | versicherte: | rufname | kontoinhaberin | antragstellerin: | zeugin: |
        beschuldigter: | beschuldigte: | beschuldigten: | halter: | vater: | mutter: | ehegatte: |
        geschädigter: | geschädigte: | pate: | primer apellido | segundo apellido | interesado: |
        padre: | madre: | naam: | achternaam | voornaam | voornamen | roepnaam | geboortenaam |
        meisjesnaam | patiënt: | contactpersoon | rekeninghouder | ondergetekende | de ondergetekende
        | getuige: | verdachte: | aanvrager: | mis en examen : | nom d'usage | nom marital
        """,
    "DATE_OF_BIRTH": """
        date of birth | dob | d.o.b | birth date | birthdate | born | born on | birthday: | né le |
        née le | né à | date de naissance | geburtsdatum | geboren am | geb | geb. am | fecha de
        nacimiento | nacido el | nacida el | data di nascita | nato il | nata il | nato a | nata a |
        geb.datum | geboortedatum | geboren | née(e) le | né(e) le | nato/a il | fecha nacimiento
        """,
    "DATE_TIME": """
        date: | dated | exp | expires | expiry | expiration date | exp date | valid until | valid thru
        | admitted | discharged | date of issue | date of death | died | died on | issued: | le: |
        date de décès | décédé le | décédée le | datum: | gültig bis | gestorben am | fecha: | fecha
        de caducidad | data: | scadenza | signed on | date of service | date signed | datum |
        ondertekend op | entlassung am | aufnahme am
        """,
    "ADDRESS": """
        address | addr | home address | billing address | shipping address | mailing address | postal
        address | street: | street address | residence: | residing at | resident of | lives at |
        living at | domiciled at | adresse | domicile: | domicilié à | domiciliée à | demeurant à |
        demeurant | habitant à | résidant à | anschrift | wohnhaft in | wohnort: | straße: | dirección
        | domicilio | domiciliado en | residente en | indirizzo | residente in | residente a |
        residenza | domiciliato in | ort: | city: | town: | ville: | place of birth | lieu de
        naissance | geburtsort | lugar de nacimiento | luogo di nascita | birthplace | residential
        address | permanent address | present address | r/o | woonplaats: | adres | wonende te |
        wonende | stadt: | place: | geboorteplaats: | plz/ort | plz ort | città: | comune: |
        townland: | localidad: | población: | municipio: | domicile | residing in | late of
        """,
    "AGE": """
        age: | aged: | age at death: | age at admission: | age at intake: | age at diagnosis: | age in years:
        | age last birthday: | age next birthday: | alter: | âge: | edad: | età: | leeftijd:
        """,
    "ZIP_CODE": """
        zip | zip code | postcode | postal code | code postal | plz | postleitzahl | código postal |
        cap: | eircode | pin code | pincode | pin: | post code | postcode:
        """,
    "PHONE_NUMBER": """
        phone | tel | telephone | telephone no | mobile | cell | cell phone | fax | telefax | phone
        number | call: | téléphone | portable: | télécopie | telefon | telefonnummer | handy | mobil |
        teléfono | móvil | telefono | cellulare | office: | home: | work: | desk: | whatsapp | pager |
        mob | mobile no | mobile number | home phone | work phone | telefoon | telefoonnummer | mobiel
        | gsm | natel | tlf | móvil | utenza | ddi | direct line | handynummer
        """,
    "EMAIL_ADDRESS": """
        email | e-mail | e mail | mail: | courriel | e-mail address | email address | correo | posta
        elettronica
        """,
    "US_SSN": """
        ssn | social security number | social security no | social security | soc sec no | s.s.n |
        social security no. | soc. sec. no
        """,
    "IBAN_CODE": "iban",
    "CREDIT_CARD": """
        card | card no | card number | credit card | credit card number | debit card | cc | carte
        bancaire | carte de crédit | kreditkarte | kartennummer | tarjeta | carta di credito | numéro
        de carte | cc number
        """,
    "ACCOUNT_NUMBER": """
        account | account number | account no | acct | acct no | a/c no | routing number | routing |
        sort code | bic | swift | compte n | numéro de compte | n de compte | rib | kontonummer |
        konto-nr | konto nr | blz | bankleitzahl | cuenta | número de cuenta | conto | numero di conto
        | iban/account | policy number | policy no | policy | contract number | contract no | customer
        number | customer no | customer id | client number | client id| order number: | invoice to |
        reference: | numéro de contrat | numéro client | kundennummer | vertragsnummer |
        versicherungsnummer | numéro de police | caisse | combinaison | safe combination | pin |
        account nos | a/c | acc no | account no. | acct number | bsb | ifsc | rekeningnummer |
        rekening | kontonr | bankkonto | sort code: | ledger no
        """,
    "MEDICAL_ID": """
        mrn | medical record number | medical record no | record number | nhs | nhs number | nhs no |
        member id | member number | insurance id | health insurance number | health card | medicare |
        medicare number | medicaid | patient id | patient number | patient no | subscriber id | group
        | group number | hospital number | hospital no | numéro de sécurité sociale | n de sécurité
        sociale | sécurité sociale | carte vitale | npi | krankenversichertennummer |
        versichertennummer | tarjeta sanitaria | tessera sanitaria | dea | hcn | health card number |
        health card no | medicare no | medicare card | medicare card number | patient id no | uhid |
        ip no | op no | chart no | chart number | case sheet no | hospital no. | versicherten-nr |
        versichertennr | versicherten nr | patiëntnummer | nº de historia | numero sanitario | npi
        number | policy id | unit number | nhs no.
        """,
    "PASSPORT": """
        passport | passport no | passport number | passeport | n de passeport | numéro de passeport |
        reisepass | passnummer | reisepassnummer | pasaporte | passaporto | reisepass-nr | reisepass
        nr | passport no. | paspoort | paspoortnummer | passnr | id/passport no | numero passaporto
        """,
    "ID_NUMBER": """
        id | id no | id number | identity card | identity number | national id | tax id | tin | ein |
        itin | utr | national insurance number | ni number | nino | driver license | drivers license |
        driver's license | driver's licence | driving licence | license number | licence number |
        license no | dl no | employee id | employee number | staff number | student id | badge number
        | service number | case number | case no | file number | docket | carte d'identité | cni |
        numéro fiscal | permis de conduire | matricule | siret | personalausweis | ausweisnummer |
        personalausweisnummer | steuer-id | steuernummer | steueridentifikationsnummer| führerschein |
        sozialversicherungsnummer | dni | nie | nif | documento | carné de conducir | codice fiscale |
        patente | carta d'identità | partita iva | license plate | vehicle registration | registration
        no | plate | vin | serial no | my driver's license number | s.i.n | sin | social insurance
        number | pps number | pps no | ppsn | tfn | tax file number | crn | bvn | nin | kra pin | upn
        | ni no | national insurance no | bsn | burgerservicenummer | emp no | emp id | employee no |
        staff no | pers.-nr | personalnummer | driver number | driving licence no | dl | dl# | id no.
        | nhif no | nssf no | aadhaar no | aadhaar number | pan | pan no | voter id | matr.-nr |
        steuer-id-nr | rentenversicherungsnummer | n° sécu | matricola | persoonsnummer |
        personeelsnummer | rijbewijs | rijbewijsnummer | kenteken | registration | reg no |
        registration number | vrm | licence plate | kennzeichen | n.i. number | service no |
        regimental no | prisoner no | case ref
        """,
    "USERNAME": """
        username | user name | user id | login | login name | password: | passcode: | skype | twitter
        """,
    "IP_ADDRESS": "ip | ip address | client ip | mac address",
}
