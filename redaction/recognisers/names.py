"""Names of people in Latin script: titles, salutations, closings, cue phrases and name lists.

The lists alone would take every May and Rose for a person and miss every unknown name; what stands
around a word decides. Each rule has its own recogniser name and score, so that a reviewer sees why.
"""

from __future__ import annotations

from collections.abc import Iterator

from model.findings import TextFinding
from redaction.folding import key, skeleton
from redaction.recognisers import dates, labels, lexicon, notpeople
from redaction.recognisers.base import Passage, Token
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
_WEAK_TITLES = words(
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
_CLOSINGS = tuple(
    phrase.strip()
    for phrase in """
        sincerely | yours truly | yours faithfully | yours sincerely | sincerely yours | very truly yours |
        respectfully | respectfully yours | very respectfully | very respectfully yours | faithfully yours |
        kind regards | best regards | warm regards | regards | best wishes | love | with love | cordially |
        cordially yours | yours | truly yours | affectionately | your friend | gratefully | cheers | thank
        you | thanks | many thanks | yours ever | yours very truly | cordialement | bien cordialement |
        amicalement | salutations distinguees | sentiments distingues | bien a vous | sentiments les
        meilleurs | affectueusement | mit freundlichen grussen | hochachtungsvoll | viele grusse | herzliche
        grusse | dein | deine | ihr | ihre | atentamente | saludos | un abrazo | un saludo | cordialmente |
        distinti saluti | cordiali saluti | saluti
    """.split("|")  # noqa: SIM905 - phrases, not words
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
_ORGANISATION = words(
    """
    university college hospital company bank inc ltd llc corp corporation group institute association
    society church school court street avenue road foundation committee board department trust museum
    library hall park station orchestra technologies solutions systems global partners holdings services
    industries plc gmbh ag sa spa sarl express times news press airlines hotel insurance county memorial
    center centre clinic
    """
)
# Words after which a name stands: (word before, score). Possessive and relational.
_CUES_BEFORE = words(
    """
    brother sister son daughter wife husband mother father uncle aunt cousin nephew niece friend
    colleague kid child neighbour neighbor fiancé fiancee partner grandmother grandfather boss assistant
    by named called nee née né alias signed sincerely fils fille frere soeur mari femme epouse epoux
    pere mere oncle tante cousin cousine neveu niece veuve veuf ami amie bruder schwester sohn tochter
    mann frau vater mutter onkel tante neffe nichte hermano hermana hijo hija esposa esposo padre madre
    tio tia fratello sorella figlio figlia moglie marito zio zia vedova
    """
)
_CUES_WEAK = words("under starring said says asked told unlike between thank meet met ask add remove")
_SAYING = words(
    """
    said says asked told replied wrote writes answered shouted explained added thinks lives lived works
    worked signed began arrived studied moved was is has had will went flew came wants called
    born died spent listed did does would could
    """
)


def find(passage: Passage) -> Iterator[TextFinding]:
    """PERSON hits; several rules may take the same place, detect.py unites them."""
    yield from _titled(passage)
    yield from _saluted(passage)
    yield from _closed(passage)
    yield from _signed(passage)
    yield from notpeople.kept(passage, _listed(passage))
    yield from _small(passage)


def _titled(passage: Passage) -> Iterator[TextFinding]:
    tokens = passage.tokens
    for i, token in enumerate(tokens):
        if not token.word or token.key not in TITLES:
            continue
        j = i + 1
        dot = j < len(tokens) and tokens[j].text in ".^" and tokens[j].gap == ""
        if not token.capital and not dot and token.key not in _FRENCH_SMALL:
            continue
        while j < len(tokens) and (
            tokens[j].text in ".^" or (tokens[j].word and tokens[j].key in TITLES and j < i + 4)
        ):
            j += 1
        if j >= len(tokens) or not tokens[j].word or tokens[j].gap in ("  ",) or tokens[j].gap == "":
            continue
        if tokens[j].gap == "\n" and not dot and (len(token.text) < 4 or tokens[j].key in passage.ordinary):
            continue
        if token.key in {"m", "me", "pr", "hr", "fr"} and not dot:
            continue
        if token.key == "m" and "fr" not in passage.languages and not _sentence_start(tokens, i):
            continue
        if not tokens[j].capital and (tokens[j].key not in labels.PARTICLES or j + 1 >= len(tokens)):
            continue
        if not tokens[j].capital and tokens[j + 1].key in passage.ordinary and not _is_name(tokens[j + 1]):
            continue
        end = labels.name_end(passage, j, limit=4)
        if end is None:
            continue
        end = _trim(passage, j, end)
        if (
            end < j
            or tokens[j].key in NOT_NAMES
            or (token.key in _WEAK_TITLES and tokens[j].key in _ORGANISATION)
        ):
            continue
        if not tokens[j].capital and all(t.key in passage.ordinary for t in tokens[j : end + 1] if t.capital):
            continue
        weak = token.key in _WEAK_TITLES and not dot
        if weak and tokens[j].key in passage.ordinary and not _is_name(tokens[j]):
            continue
        yield TextFinding(
            "PERSON", tokens[j].start, possessive_end(tokens[end]), 0.65 if weak else 0.85, "name:title"
        )


_FRENCH_SMALL = words(
    """
    monsieur madame mademoiselle mr mrs dr m mme mlle veuve sieur dame miss doctor demoiselle
    """
)


def _saluted(passage: Passage) -> Iterator[TextFinding]:
    tokens = passage.tokens
    for i, token in enumerate(tokens):
        if token.key not in SALUTATIONS or not (token.capital or tokens[i].gap == "\n"):
            continue
        j = i + 1
        while (
            j < len(tokens)
            and tokens[j].gap == " "
            and tokens[j].key in (*TITLES, *SALUTATIONS, "old", "cher", "chere", "friend")
        ):
            j += 1
            if j < len(tokens) and tokens[j].text == ".":
                j += 1
        if j >= len(tokens) or tokens[j].gap != " ":
            continue
        if not tokens[j].capital:
            if (
                tokens[j].key in lexicon.given_names()
                and tokens[j].key not in passage.ordinary
                and len(tokens[j].text) > 3
            ):
                yield TextFinding("PERSON", tokens[j].start, tokens[j].end, 0.5, "name:salutation")
            continue
        end = labels.name_end(passage, j, limit=4)
        if end is None or tokens[j].key in NOT_NAMES or tokens[j].key in TITLES:
            continue
        end = _trim(passage, j, end)
        known = _is_name(tokens[j])
        closed = (end + 1 < len(tokens) and tokens[end + 1].text in ",:;!") or (
            end + 1 < len(tokens) and tokens[end + 1].gap == "\n"
        )
        if end >= j and (known or closed) and not (tokens[j].key in passage.ordinary and not known):
            yield TextFinding("PERSON", tokens[j].start, possessive_end(tokens[end]), 0.75, "name:salutation")


def _closed(passage: Passage) -> Iterator[TextFinding]:
    """A short line of names under a closing formula, or "Signed" lines at the foot of a letter."""
    lines = _lines(passage)
    for n, line in enumerate(lines):
        words = [t for t in line if t.word]
        text = " ".join(t.key for t in words)
        if not words or len(words) > 8:
            continue
        if not any(text == c or text.endswith(" " + c) or text.startswith(c + " ") for c in _CLOSINGS):
            continue
        # The name may stand in the closing's own line after a comma.
        for index, token in enumerate(line):
            if (
                token.text == ","
                and index + 1 < len(line)
                and line[index + 1].capital
                and index + 6 >= len(line)
            ):
                if not any(
                    t.key in passage.ordinary and not _is_name(t) for t in line[index + 1 :] if t.word
                ):
                    yield TextFinding(
                        "PERSON", line[index + 1].start, _last_word(line).end, 0.6, "name:closing"
                    )
                break
        for follow in lines[n + 1 : n + 4]:
            words = [t for t in follow if t.word]
            if not words or len(words) > 5:
                break
            shape = all(t.capital or t.key in labels.PARTICLES for t in words)
            ordinary = sum(t.key in passage.ordinary and not _is_name(t) and len(t.text) > 2 for t in words)
            if shape and not ordinary and not any(c.isdigit() for t in words for c in t.text):
                if any(t.key in NOT_NAMES for t in words):
                    continue
                yield TextFinding("PERSON", words[0].start, words[-1].end, 0.7, "name:closing")
                break


def _signed(passage: Passage) -> Iterator[TextFinding]:
    """The last line of a text, where it is short and nothing but names: a signature without a closing."""
    lines = _lines(passage)
    if len(lines) < 3:
        return
    shown = [t for t in lines[-1] if t.word]
    kinds = [_kind(passage, t) for t in shown]
    names = [k for k in kinds if k in ("unknown", "family", "given", "both", "misread")]
    if (
        1 <= len(shown) <= 4
        and all(kinds)
        and names
        and not any(t.text.isupper() and len(t.text) > 3 for t in shown)
    ):
        yield TextFinding("PERSON", shown[0].start, shown[-1].end, 0.45, "name:signature")


def _lines(passage: Passage) -> list[list[Token]]:
    lines: list[list[Token]] = []
    for token in passage.tokens:
        if token.gap == "\n" or not lines:
            lines.append([])
        lines[-1].append(token)
    return lines


def _last_word(line: list[Token]) -> Token:
    return next(t for t in reversed(line) if t.word)


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
    return key(word) in _ORGANISATION


def _stem(token: Token) -> str:
    folded = token.key
    return folded[:-2] if folded.endswith(("'s", "’s")) else folded


def _is_name(token: Token) -> bool:
    folded = _stem(token)
    if folded in lexicon.given_names() or folded in lexicon.family_names():
        return True
    return "-" in folded and all(
        p in lexicon.given_names() or p in lexicon.family_names() for p in folded.split("-")
    )


def _trim(passage: Passage, j: int, end: int) -> int:
    """Last token of a name without ordinary words that merely start a sentence or a line."""
    tokens = passage.tokens
    while end > j and (
        tokens[end].key in NOT_NAMES
        or (
            tokens[end].text.isupper()
            and tokens[end].key in passage.ordinary
            and not _is_name(tokens[end])
            and len(tokens[end].text) > 1
            and tokens[end - 1].text != "."
        )
        or dates.month(tokens[end].text) is not None
    ):
        end -= 1
        while end > j and not tokens[end].word:
            end -= 1
    return end


def _kind(passage: Passage, token: Token) -> str:
    """What a token may be in a name: given, family, both, initial, unknown, particle; else ""."""
    if not token.word:
        return ""
    folded = _stem(token)
    if token.text == "I" and passage.text[token.end : token.end + 1] not in (".", "-"):
        return ""
    if len(token.text) == 1 or (
        len(token.text) == 2 and token.text.isupper() and folded not in passage.ordinary
    ):
        return "initial" if token.capital and token.text.isalpha() else ""
    if any(c.isdigit() for c in token.text):
        return ""
    if folded in labels.PARTICLES and not token.capital:
        return "particle"
    if not token.capital or folded in NOT_NAMES or folded in TITLES:
        return ""
    if folded in _SHORTENED:
        return "given"
    if dates.named_month(folded) and not _is_name(token):
        return ""
    if folded in {"m^c", "mc", "mac"}:
        return "initial"
    if not _is_name(token):
        if folded in lexicon.places() and folded not in passage.ordinary:
            return "place"
        if folded in passage.ordinary or not folded.replace("-", "").replace("'", "").isalpha():
            return ""
        if skeleton(folded) in lexicon.name_skeletons() and len(folded) > 3:
            return "misread"
        return "unknown" if len(folded) > 2 else ""
    if folded in lexicon.ambiguous_names():
        return "ambiguous"
    given, family = folded in lexicon.given_names(), folded in lexicon.family_names()
    return "both" if given and family else "given" if given else "family"


def _listed(passage: Passage) -> Iterator[TextFinding]:
    """Runs of tokens that may be names, scored by what they hold and what stands around them."""
    tokens = passage.tokens
    i = 0
    while i < len(tokens):
        run = _run(passage, i)
        if not run:
            i += 1
            continue
        start, end = tokens[run[0]].start, possessive_end(tokens[run[-1]])
        score, why = _score(passage, run)
        if score:
            last = tokens[run[-1]]
            if len(last.text) == 1 and passage.text[last.end : last.end + 1] == ".":
                end += 1
            yield TextFinding("PERSON", start, end, score, why)
            yield from _continued(passage, run[-1])
        i = run[-1] + 1


def _continued(passage: Passage, last: int) -> Iterator[TextFinding]:
    """A surname that the end of a line of prose parts from its given names."""
    tokens = passage.tokens
    if last + 2 >= len(tokens) or _kind(passage, tokens[last]) not in ("given", "both"):
        return
    token, after = tokens[last + 1], tokens[last + 2]
    prose = after.text == "," or (after.word and not after.capital and after.gap == " ")
    if token.gap == "\n" and prose and _kind(passage, token) in ("unknown", "family", "misread"):
        yield TextFinding("PERSON", token.start, possessive_end(token), 0.45, "name:continued")


def _run(passage: Passage, i: int) -> list[int]:
    """Indices of the name-like tokens from i on: capitals, initials with points, particles between."""
    tokens = passage.tokens
    kind = _kind(passage, tokens[i])
    if kind in ("", "particle", "place") or (i and tokens[i].gap == "" and tokens[i - 1].text in "@_/#"):
        return []
    run = [i]
    k = i + 1
    while k < len(tokens) and len(run) < 6:
        token = tokens[k]
        if token.gap in ("\n", "  "):
            break
        if token.text in ".^" and token.gap == "" and run[-1] == k - 1:
            short = len(tokens[k - 1].text) <= 2 or tokens[k - 1].key in _SHORTENED
            if short:
                k += 1
                continue
        if _stem(tokens[run[-1]]) != tokens[run[-1]].key:
            break
        kind = _kind(passage, token)
        if kind == "place" and not {_kind(passage, tokens[r]) for r in run} & {"initial", "given"}:
            break
        if not kind and _surname(passage, run, k):
            run.append(k)
            k += 1
            continue
        if not kind:
            # "Smith, Jonathan"
            if (
                token.text == ","
                and len(run) == 1
                and k + 1 < len(tokens)
                and tokens[k + 1].gap == " "
                and _kind(passage, tokens[run[0]]) in ("family", "both")
                and _kind(passage, tokens[k + 1]) == "given"
                and (tokens[run[0]].gap == "\n" or k + 2 >= len(tokens) or tokens[k + 2].gap in ("\n", "  "))
            ):
                run.append(k + 1)
            break
        if kind == "particle":
            ahead = k + 1
            while (
                ahead < len(tokens)
                and _kind(passage, tokens[ahead]) == "particle"
                and tokens[ahead].gap == " "
            ):
                ahead += 1
            if (
                ahead < len(tokens)
                and _kind(passage, tokens[ahead]) in _SOLID
                and tokens[ahead].gap in ("", " ")
                and token.key not in {"of", "und", "et", "e", "y", "i", "to", "zu"}
            ):
                run.append(ahead)
                k = ahead + 1
                continue
            break
        run.append(k)
        k += 1
    while (
        len(run) > 1
        and _kind(passage, tokens[run[-1]]) == "initial"
        and passage.text[tokens[run[-1]].end : tokens[run[-1]].end + 1] != "."
    ):
        run.pop()
    return run


def _surname(passage: Passage, run: list[int], k: int) -> bool:
    """An ordinary word with a capital right after a given name: "Moira Pagan"."""
    tokens = passage.tokens
    token = tokens[k]
    return (
        token.capital
        and token.gap == " "
        and len(token.text) > 2
        and not token.text.isupper()
        and key(token.text) not in NOT_NAMES
        and key(token.text) not in _ORGANISATION
        and token.key in passage.ordinary
        and (
            _kind(passage, tokens[run[-1]]) == "given"
            or (len(run) > 1 and _kind(passage, tokens[run[-1]]) == "initial")
        )
        and _kind(passage, tokens[run[0]]) in ("given", "both")
    )


_SHORTENED = words("thos wm geo chas jas jno benj saml robt edw alex fred theo danl jos edwd richd chr hy")
_SOLID = frozenset({"given", "family", "place", "both", "unknown", "misread", "ambiguous"})


def _score(passage: Passage, run: list[int]) -> tuple[float, str]:
    tokens = passage.tokens
    kinds = [_kind(passage, tokens[k]) for k in run]
    first = tokens[run[0]]
    nxt = tokens[run[-1] + 1] if run[-1] + 1 < len(tokens) else None
    known = sum(k in ("given", "family", "both") for k in kinds)
    given = sum(k in ("given", "both") for k in kinds)
    solid = sum(k in _SOLID for k in kinds)
    initials = kinds.count("initial")
    if nxt is not None and nxt.gap == " " and nxt.key in _ORGANISATION and nxt.capital:
        return 0.0, ""
    if nxt is not None and nxt.text == ":" and labels.label_at(passage, run[0]):
        return 0.0, ""
    upper = first.text.isupper() and len(first.text) > 3
    starts = _sentence_start(tokens, run[0])
    if known and len(run) > len([k for k in kinds if k]):
        return 0.6, "name:list"
    if not solid:
        # "J. B." alone says nothing; only in a line of its own, as a signature.
        return (0.0, "")
    if len(run) == 1:
        return _lone(passage, run[0], kinds[0], starts, upper)
    if given and known >= 2:
        return 0.8, "name:list"
    if given and kinds[0] in ("given", "both"):
        return 0.7, "name:list"
    if initials and known:
        return 0.65, "name:initials"
    if known and solid >= 2:
        return 0.55, "name:list"
    if initials and solid == 1 and kinds[0] == "initial":
        return 0.45, "name:initials"
    if "misread" in kinds and solid >= 2:
        return 0.5, "name:misread"
    if kinds.count("unknown") >= 1 and solid >= 2:
        if upper:
            return 0.3, "name:unknown"
        cue = _cue(passage, run[0])
        return (0.5 if cue else 0.4), "name:unknown"
    if "ambiguous" in kinds and solid >= 2 and not starts:
        return 0.4, "name:list"
    return 0.0, ""


def _lone(passage: Passage, i: int, kind: str, starts: bool, upper: bool) -> tuple[float, str]:
    """One word: a given name stands for itself, everything else needs help from its neighbours."""
    tokens = passage.tokens
    token = tokens[i]
    nxt = tokens[i + 1] if i + 1 < len(tokens) else None
    possessive = _stem(token) != token.key
    cue = _cue(passage, i)
    speaks = nxt is not None and nxt.gap == " " and nxt.key in _SAYING
    alone = token.gap == "\n" and (nxt is None or nxt.gap == "\n")
    help_ = cue + possessive + speaks
    if len(token.text) < 3:
        return 0.0, ""
    if kind in ("given", "both"):
        return (0.65 if help_ else 0.5), "name:given"
    if kind == "family":
        if upper and not help_:
            return 0.3, "name:family"
        return (0.55 if help_ else 0.42), "name:family"
    if kind == "misread":
        return (0.45 if help_ else 0.3), "name:misread"
    if kind == "ambiguous":
        before = tokens[i - 1].text if i and token.gap != "\n" else ""
        if before == "," and nxt is not None and nxt.text in "!?" and _kind(passage, token):
            return 0.4, "name:called"
        return (0.45 if (cue >= 2 or (help_ and not starts)) and not alone else 0.0), "name:cue"
    if kind == "unknown":
        if upper:
            return 0.0, ""
        if help_ and not starts:
            return 0.42, "name:cue"
        if (possessive or speaks or _speaker(tokens, i)) and starts:
            return 0.38, "name:cue"
        # A word of no dictionary, with a capital inside a sentence, is a name of something. Not in
        # German, whose nouns all have one and whose compounds are in no list.
        if not starts and len(token.text) > 3 and "de" not in passage.languages and not _shouting(passage, i):
            return 0.36, "name:unknown"
    return 0.0, ""


def _speaker(tokens: tuple[Token, ...], i: int) -> bool:
    """True for a line that begins with who speaks ("Leverett: What a wife.")."""
    return (
        tokens[i].gap == "\n"
        and i + 1 < len(tokens)
        and tokens[i + 1].text == ":"
        and tokens[i + 1].gap == ""
    )


def _shouting(passage: Passage, i: int) -> bool:
    """True where most words around token i have capitals: a heading, a table, a list of titles."""
    tokens = passage.tokens
    near = [t for t in tokens[max(0, i - 4) : i + 5] if t.word and t.text[0].isalpha() and t is not tokens[i]]
    return sum(t.capital for t in near) * 2 > len(near) or not near


def _cue(passage: Passage, i: int) -> int:
    """How strongly the words before token i announce a name: 0 no, 1 perhaps, 2 surely."""
    tokens = passage.tokens
    before = [t.key for t in tokens[max(0, i - 3) : i]]
    if not before:
        return 0
    if before[-1] in _CUES_BEFORE:
        return 2
    if tokens[i].gap == "\n":
        return 0
    if before[-1] in {"is", "am"} and len(before) > 1 and before[-2] in {"name", "i", "this"}:
        return 2
    if before[-1] in {"i'm", "i’m"} or before[-2:] in (["m", "'"], ["i", ","]):
        return 2
    if before[-2:] in (["call", "me"], ["calls", "me"], ["called", "me"]):
        return 2
    return int(before[-1] in _CUES_WEAK)


def _sentence_start(tokens: tuple[Token, ...], i: int) -> bool:
    return (
        i == 0
        or tokens[i].gap == "\n"
        or tokens[i - 1].text in {".", "!", "?", ":", '"', "“", "«", ">", "-", "•", "("}
    )


def _small(passage: Passage) -> Iterator[TextFinding]:
    """Names written small: two or more words side by side that no dictionary has, one of them a name."""
    tokens = passage.tokens
    i = 0
    while i < len(tokens):
        run: list[int] = []
        while i < len(tokens) and _small_name(passage, tokens[i]) and (not run or tokens[i].gap == " "):
            run.append(i)
            i += 1
        i += not run
        while run and len(tokens[run[-1]].text) == 1:
            run.pop()
        while run and len(tokens[run[0]].text) == 1:
            run.pop(0)
        solid = [k for k in run if len(tokens[k].text) > 1]
        if not 2 <= len(solid) <= 4:
            continue
        given = [_stem(tokens[k]) in lexicon.given_names() for k in solid]
        known = sum(_is_name(tokens[k]) for k in solid)
        if given[0] or (known and any(_is_name(tokens[k]) for k in solid[-1:])):
            score = 0.55 if known > 1 else 0.4
            yield TextFinding(
                "PERSON", tokens[run[0]].start, possessive_end(tokens[run[-1]]), score, "name:small"
            )


def _small_name(passage: Passage, token: Token) -> bool:
    folded = _stem(token)
    if not token.word or token.capital or not folded.replace("-", "").replace("'", "").isalpha():
        return False
    if len(folded) == 1:
        return folded not in "aiyeo"
    return (
        len(folded) > 2
        and folded not in passage.ordinary
        and folded not in lexicon.ambiguous_names()
        and folded not in labels.PARTICLES
        and folded not in TITLES
        and folded not in NOT_NAMES
        and folded not in lexicon.places()
    )
