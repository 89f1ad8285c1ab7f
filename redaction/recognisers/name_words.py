"""The small vocabulary around names of people: titles, greetings, particles, words that are no names.

Large lists (given and family names, ordinary words) are the lexicon's. What the words mean in a sentence
is decided in names_announced.py, names_listed.py and their neighbours.
"""

from __future__ import annotations

from redaction.folding import key
from redaction.recognisers import lexicon
from redaction.recognisers.base import Token
from redaction.recognisers.lexicon import words

TITLES = words(
    """
    mr mrs ms miss mx dr doctor doct prof professor rev reverend rt hon judge justice sir lady lord dame
    capt captain col colonel lieut lieutenant lt sgt sergeant maj major gen general messrs mister madam
    pres president secretary senator sen governor gov father sister brother rabbi bishop cardinal
    officer nurse m mm mme mmes mlle melle monsieur madame mademoiselle maitre me docteur dr pr
    professeur veuve vve sieur dame demoiselle abbe capitaine caporal soldat sergent herr herrn frau
    fraulein hr fr senor senora senorita sr sra srta don dona signor signora signorina sig sigra dott
    dottssa avv ing geom dra smt shri sri kumari alhaji alhaja hajia hajiya malam mallam chief oba cllr
    councillor fam familie eheleute mevrouw mevr meneer dhr drs mw
    """
)

WEAK_TITLES = words(
    """
    m me pr gen general judge justice father sister brother lady dame president secretary doctor major
    miss don sir captain officer nurse lord soldat sergent sieur fr hr ing sen gov hon rt col pres dame
    cardinal bishop professor don ms lt maj st father reverend fam familie chief sri mw drs oba
    """
)

SALUTATIONS = words(
    """
    dear hi hello hey cher chere chers cheres mon ma liebe lieber liebes hallo querido querida estimado
    estimada caro cara gentile egregio bonjour hola ciao dearest thanks
    """
)

NOT_NAMES = words(
    """
    sir madam sirs madame monsieur gentlemen friend friends all team colleague colleagues customer
    doctor committee chairman secretary president treasurer director manager dean department office
    university college hospital company bank road street avenue church school institute inc ltd llc corp
    group service services association society court january february march april may june july august
    september october november december monday tuesday wednesday thursday friday saturday sunday mum mom
    dad mother father sister brother aunt uncle grandma grandpa god lord english french german spanish
    italian american british european christian state states county city president lundi mardi mercredi
    jeudi vendredi samedi dimanche montag dienstag mittwoch donnerstag freitag samstag sonntag lunes
    martes miercoles jueves viernes sabado domingo lunedi martedi mercoledi giovedi venerdi sabato
    domenica mr mrs ms dr prof the this that these those here there they she he it we you who what when
    where why how yes no not and but for with from please thank thanks re fw ps subject note notes page
    form total amount date name address phone email
    cal calif iban ssn mrn pin cc tel fax bot user inc ltd llc princess prince king queen baby royal
    kollege kollegin kollegen collega confrere consoeur colega oberarzt chefarzt assistenzarzt sachbearbeiter
    sachbearbeiterin registrar consultant surgeon physician solicitor clerk officer enquiries head
    """
)

ORGANISATION = words(
    """
    university college hospital company bank inc ltd llc corp corporation group institute association
    society church school court street avenue road foundation committee board department trust museum
    library hall park station orchestra technologies solutions systems global partners holdings services
    industries plc gmbh ag sa spa sarl express times news press airlines hotel insurance county memorial
    center centre clinic
    """
)

PARTICLES = words(
    """
    de del della di da dos das do du des la le les lo van von vander den der ten ter zu zum zur af av al
    el bin ibn ben d' l' mc mac st san y e i of und et och
    """
)
BORN = words("geb geborene nee née ep epouse vve alias aka verh verw detto detta ditto genannt")
"""Words between a name and another name of the same person."""


def possessive_end(token: Token) -> int:
    """Where the name in a token ends: before an English possessive ending."""
    for tail in ("'s", "’s", "'S", "’S"):
        if token.text.endswith(tail):
            return token.end - len(tail)
    return token.end


def without_possessive(word: str) -> str:
    """The word without an English possessive ending."""
    return word[:-2] if word.endswith(("'s", "’s", "'S", "’S")) else word


def organisation(word: str) -> bool:
    """True for words that make what stands before them an organisation or a street."""
    return key(word) in ORGANISATION


def stem(token: Token) -> str:
    """A token's key without an English possessive ending."""
    folded = token.key
    return folded[:-2] if folded.endswith(("'s", "’s")) else folded


def is_name(token: Token) -> bool:
    """True where a list of names has the token, or both halves of one with a hyphen."""
    folded = stem(token)
    if folded in lexicon.given_names() or folded in lexicon.family_names():
        return True
    return "-" in folded and all(
        p in lexicon.given_names() or p in lexicon.family_names() for p in folded.split("-")
    )


def is_listed(token: Token) -> bool:
    """True where a list of names has the token just as it stands."""
    return lexicon.is_given(token.text) or lexicon.is_family(token.text)
