"""Shapes of names that stand in no list: "SURNAME, Given", nicknames in quotes, parties, ranks, particles.

names.py asks what a word is; here the shape of what is written decides: an index card's order, a party of
a law case, an officer's rank and number, the line of who speaks. `widened` completes the names that any
recogniser found by the particles, initials and further names that belong to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from model.findings import TextFinding
from redaction.folding import key
from redaction.recognisers import labels, lexicon, names
from redaction.recognisers.base import Passage, Token
from redaction.recognisers.lexicon import words

_RANKS = words("pc ps dc ds di dci wpc wpo cst const insp sergt pte pfc cpl lcpl spr gnr")
_ROLES = words(
    """
    claimant claimants defendant defendants plaintiff plaintiffs applicant respondent appellant petitioner
    deceased complainant accused executor executrix deponent klager klagerin beklagter beklagte
    antragsteller antragstellerin antragsgegner demandeur demanderesse defendeur defenderesse appelant
    intime demandante demandado actor recurrente attore convenuto ricorrente eiser eiseres gedaagde
    verweerder
    """
)
_PARTY_CUES = words(
    """
    gegen against versus victim suspect witness complainant accused defendant prisoner subject driver
    getuige verdachte zeuge zeugin prevenu temoin testigo acusado imputato contro contra tegen see also
    file personal of to from by and et und y e for
    """
)
_SMALL = words("van von v vom ter ten 't der den bin ibn al zu de la del della di da do dos du des y le")
"""Particles in small letters that a name takes in on its left; "de" and its like only after another."""
_ALONE = words("van von v vom ter ten 't bin ibn al")
_LARGE = words(
    "o ó ni ní nic mac mc te lo li la le de del della di da dal dos du des st saint ui van von der den ter"
    " ten fitz abu ibn ben al el d' mbar zu freiherr graf don"
)
_BORN = words("geb geborene nee née ep epouse vve alias aka verh verw detto detta ditto genannt")
_COUNTRIES = words(
    "france england scotland ireland wales germany italy spain israel jordan georgia china india chad cuba"
    " japan canada australia kenya nigeria austria holland belgium portugal poland russia mexico brazil"
)
"""Countries that are given names in the lists as well: "Paris, France"."""
_GREETINGS = words(
    "dear hi hello thanks cheers ta regards sincerely love yours please sir madam however also"
)


def find(passage: Passage) -> Iterator[TextFinding]:
    """PERSON hits by shape."""
    yield from _inverted(passage)
    yield from _nicknames(passage)
    yield from _versus(passage)
    yield from _ranks_and_roles(passage)
    yield from _speakers(passage)
    yield from _glued(passage)


# -- "Surname, Given" -----------------------------------------------------------------------------


def _inverted(passage: Passage) -> Iterator[TextFinding]:
    tokens = passage.tokens
    for comma, token in enumerate(tokens):
        stop = (
            token.text == "." and comma and tokens[comma - 1].gap == "\n" and len(tokens[comma - 1].text) > 4
        )
        if (
            not (token.text == "," or stop)
            or not comma
            or comma + 1 >= len(tokens)
            or tokens[comma + 1].gap == "\n"
        ):
            continue
        left = _left(passage, comma)
        right = _right(passage, comma)
        if left is None or right is None:
            continue
        if stop and not (lexicon.is_given(tokens[comma + 1].text) and right > comma + 1):
            continue
        score = _inverted_score(passage, left, comma, right)
        if score:
            yield TextFinding("PERSON", tokens[left].start, tokens[right].end, score, "name:inverted")


def _left(passage: Passage, comma: int) -> int | None:
    """First token of the surname before a comma: capitals, hyphens and particles, three words at most."""
    tokens = passage.tokens
    first: int | None = None
    count = 0
    k = comma - 1
    while k >= 0 and count < 4:
        token = tokens[k]
        if token.text in ".-" and first is not None and k and tokens[k - 1].word:
            if token.text == "." and len(tokens[k - 1].text) > 3:
                break
        elif token.word and token.capital and not any(c.isdigit() for c in token.text):
            first, count = k, count + 1
        elif not (token.key in labels.PARTICLES and first is not None):
            break
        else:
            first = k
        if token.gap in ("\n", "  "):
            break
        k -= 1
    while first is not None and first < comma - 1 and labels.label_at(passage, first):
        first += 1
    return first


def _right(passage: Passage, comma: int) -> int | None:
    """Last token of the given names after a comma."""
    tokens = passage.tokens
    last: int | None = None
    k = comma + 1
    while k < len(tokens) and k < comma + 9:
        token = tokens[k]
        if k > comma + 1 and token.gap in ("\n", "  "):
            break
        if token.text == "." and last == k - 1 and len(tokens[k - 1].text) <= 2:
            last = k
        elif token.word and token.capital and token.text.replace("'", "").isalpha():
            if (
                last is not None
                and token.key in passage.ordinary
                and not _name(token)
                and len(token.text) > 1
            ):
                break
            last = k
        elif token.text != "-" and not (token.key in names.TITLES and last is None):
            break
        k += 1
    return last


def _inverted_score(passage: Passage, left: int, comma: int, right: int) -> float:
    tokens = passage.tokens
    surname = [t for t in tokens[left:comma] if t.word and t.capital]
    given = [t for t in tokens[comma + 1 : right + 1] if t.word and t.key not in names.TITLES]
    if not surname or not given or surname[-1].key in _GREETINGS | names.TITLES:
        return 0.0
    if given[0].key in _COUNTRIES:
        return 0.0
    if any(names.organisation(t.text) for t in (*surname, *given)):
        return 0.0
    head = given[0]
    initials = len(head.text) == 1
    known = lexicon.is_given(head.text) and head.key not in passage.ordinary
    strange = len(head.text) > 2 and head.key not in passage.ordinary and head.key not in lexicon.places()
    if not (initials or known or strange):
        return 0.0
    before = tokens[left - 1] if left else None
    bound = (
        tokens[left].gap in ("\n", "  ")
        or before is None
        or before.text in ":;|.()[]>/,*"
        or before.text.isdigit()
        or before.key in _PARTY_CUES
        or before.key in names.TITLES
    )
    after = tokens[right + 1] if right + 1 < len(tokens) else None
    ends = (
        after is None
        or tokens[right].text == "."
        or after.gap in ("\n", "  ")
        or not after.word
        or after.text[0].isdigit()
        or after.key in _BORN
    )
    place = surname[-1].key in lexicon.places() and (not _name(surname[-1]) or head.key in lexicon.places())
    plain = all(t.key in passage.ordinary for t in surname)
    capitals = all(t.text.isupper() and len(t.text) > 2 for t in surname)
    if capitals and not plain and (known or strange or initials) and (bound or known):
        return 0.7
    if not bound or place or len(surname) > 3:
        return 0.0
    if known and ends:
        return 0.6 if not plain else 0.5
    if (initials or strange) and ends and not plain and len(given) <= 4:
        in_line = tokens[left].gap in ("\n", "  ") or before is None or before.text in ":|"
        return 0.55 if in_line else 0.42
    return 0.0


def _name(token: Token) -> bool:
    return lexicon.is_given(token.text) or lexicon.is_family(token.text)


# -- quotes, parties, ranks -----------------------------------------------------------------------

_CAPITAL = r"[A-ZÀ-Þ][^\W\d_]+(?:['’\-][^\W\d_]+)*"
_NICK = re.compile(
    rf"(?:(?P<a>{_CAPITAL}) )?(?P<q>[\"“'‘(«])(?P<n>[A-ZÀ-Þ][\w\-]{{1,14}})[\"”'’)»] (?P<b>{_CAPITAL})"
)
_PARTY = rf"(?:(?:{_CAPITAL}|[A-Z]\.|[A-ZÀ-Þ]['’]?|van|von|der|de|la|zu|ter|el|al|Ó|Nic) ?){{1,5}}"
_VERSUS = re.compile(
    rf"(?P<a>(?<!\w){_PARTY}) ?(?:v\.?|vs\.?|\./\.|c/|contra|gegen) ?(?P<b>(?<![^\s.]){_PARTY})"
)


def _nicknames(passage: Passage) -> Iterator[TextFinding]:
    for match in _NICK.finditer(passage.letters):
        outer = [w for w in (match["a"], match["b"]) if w]
        if names.organisation(outer[-1]) or not any(_solid(passage, w) for w in outer):
            continue
        if match["q"] == "(" and not match["a"]:
            continue
        start = match.start("a") if match["a"] and _solid(passage, match["a"]) else match.start("n")
        yield TextFinding("PERSON", start, match.end(), 0.6, "name:nickname")


def _solid(passage: Passage, word: str) -> bool:
    """True for a word that is a name, or that no dictionary has."""
    folded = key(word)
    return lexicon.is_given(word) or lexicon.is_family(word) or folded not in passage.ordinary


_JOINED = re.compile(r"(?<![\w@./-])(?P<a>[A-ZÀ-Þ][a-zß-ÿ]{2,})(?P<b>[A-ZÀ-Þ][a-zß-ÿ]{2,})(?![\w@/]|\.\w)")


def _glued(passage: Passage) -> Iterator[TextFinding]:
    """Two names without the space between them: "AnnaCatharina"."""
    for match in _JOINED.finditer(passage.letters):
        parts = (match["a"], match["b"])
        known = [lexicon.is_given(p) or lexicon.is_family(p) for p in parts]
        if any(known) and all(k or key(p) not in passage.ordinary for k, p in zip(known, parts, strict=True)):
            yield TextFinding("PERSON", match.start(), match.end(), 0.55, "name:glued")


def _versus(passage: Passage) -> Iterator[TextFinding]:
    for match in _VERSUS.finditer(passage.letters):
        for group in ("a", "b"):
            value = match[group].strip()
            parts = value.split()
            solid = [p for p in parts if _solid(passage, p.strip(".")) and len(p.strip(".")) > 2]
            if not solid or names.organisation(parts[-1]) or len(parts) > 5:
                continue
            yield TextFinding(
                "PERSON", match.start(group), match.start(group) + len(value), 0.5, "name:party"
            )


def _ranks_and_roles(passage: Passage) -> Iterator[TextFinding]:
    tokens = passage.tokens
    for i, token in enumerate(tokens):
        if (token.key in _RANKS and token.text.isupper()) or token.key in {"const", "cst", "insp", "pte"}:
            j = i + 1
            while j < len(tokens) and j < i + 3 and (tokens[j].text == "." or tokens[j].text.isdigit()):
                j += 1
            if j < len(tokens) and tokens[j].capital and tokens[j].word and tokens[j].gap == " ":
                end = labels.name_end(passage, j, limit=3)
                ordinary = tokens[j].key in passage.ordinary and not _name(tokens[j])
                if (
                    end is not None
                    and not (ordinary and not tokens[j].text.isupper())
                    and len(tokens[j].text) > 2
                ):
                    yield TextFinding("PERSON", tokens[j].start, tokens[end].end, 0.6, "name:rank")
        elif token.key in _ROLES and i and token.capital:
            last = i - 1
            if tokens[last].text == "," and last:
                last -= 1
            first = last
            while first >= 0 and tokens[first].word and tokens[first].capital and last - first < 5:
                if tokens[first].gap in ("\n", "  ") or not first:
                    break
                first -= 1
            run = [t for t in tokens[max(first, 0) : last + 1] if t.word and t.capital]
            if len(run) >= 2 and not any(t.key in passage.ordinary and not _name(t) for t in run):
                yield TextFinding("PERSON", run[0].start, run[-1].end, 0.6, "name:role")


def _speakers(passage: Passage) -> Iterator[TextFinding]:
    """The line of who speaks, in capitals: "JONES-TAMURA: I never met him"."""
    tokens = passage.tokens
    for i, token in enumerate(tokens[:-4]):
        if token.gap != "\n" or not token.text.isupper() or len(token.text) < 4:
            continue
        j = i + 1
        while (
            tokens[j].gap in ("", " ") and tokens[j].text.isupper() and tokens[j].word and j < len(tokens) - 4
        ):
            j += 1
        if tokens[j].text != ":" or tokens[j].gap:
            continue
        said = [t for t in tokens[j + 1 : j + 7] if t.word and t.gap != "\n"]
        if sum(not t.capital for t in said) < 2 or labels.label_at(passage, i):
            continue
        if any(t.key not in passage.ordinary or _name(t) for t in tokens[i:j]):
            yield TextFinding("PERSON", token.start, tokens[j - 1].end, 0.5, "name:speaker")


# -- what belongs to a name that was found --------------------------------------------------------


def widened(passage: Passage, hits: Iterable[TextFinding]) -> Iterator[TextFinding]:
    """The PERSON hits (Latin script) that take in a particle, an initial or a further name beside them.

    Addresses of mail take in what a space parts from them ("@example.exarn ple").
    """
    found = list(hits)
    people = [h for h in found if h.type == "PERSON" and not h.recogniser.startswith("ja:")]
    mails = [h for h in found if h.type == "EMAIL_ADDRESS"]
    if not people and not mails:
        return
    tokens = passage.tokens
    for hit in mails:
        i = next((i for i, t in enumerate(tokens) if t.start >= hit.end), None)
        if i is not None and tokens[i].gap == " " and _fragment(passage, tokens[i]):
            yield replace(hit, end=tokens[i].end)
    at = {t.start: i for i, t in enumerate(tokens)}
    ends = {t.end: i for i, t in enumerate(tokens)}
    for hit in people:
        first, last = at.get(hit.start), ends.get(hit.end)
        if first is None or last is None:
            continue
        low, high = _leftwards(passage, first), _rightwards(passage, last)
        if (low, high) != (first, last):
            start, end = tokens[low].start, names.possessive_end(tokens[high])
            yield TextFinding("PERSON", start, max(end, hit.end), hit.score, hit.recogniser, hit.explanation)


def _leftwards(passage: Passage, first: int) -> int:
    tokens = passage.tokens
    low = k = first
    held: list[Token] = []
    while k and tokens[k].gap in ("", " ") and first - k < 6:
        token = tokens[k - 1]
        folded = token.key
        if token.text == "." and tokens[k].gap == " " and k > 1 and len(tokens[k - 2].text) <= 2:
            title = tokens[k - 2].key in names.TITLES
            if (tokens[k - 2].capital and not title) or tokens[k - 2].key == "v":
                k -= 2
                low = k
                continue
            break
        if not token.word or (folded in names.TITLES and token.capital):
            break
        given = folded in lexicon.given_names() and bool(held)
        if token.capital and (folded in _LARGE or given or _before_surname(token, tokens[k])):
            k -= 1
            low = k
        elif not token.capital and folded in _SMALL and len(held) < 3:
            held.append(token)
            k -= 1
            if folded in _ALONE:
                low = k
        elif _fragment(passage, token) and k > 1 and tokens[k - 2].capital and token.gap == " ":
            # "Ab dul Matin": a space inside the first name.
            if len(tokens[k - 2].text) > 4 or tokens[k - 2].key in names.TITLES:
                break
            k -= 2
            low = k
        else:
            break
    return low


_BROKEN = re.compile(r"[-‐¬]\n[ \t]*(?=[a-zß-ÿ])")


def unbroken(text: str, hits: Iterable[TextFinding]) -> Iterator[TextFinding]:
    """Hits that end or begin where a hyphen breaks a word at a line's end, with the whole of the word."""
    breaks = [(m.start(), m.end()) for m in _BROKEN.finditer(text)]
    if not breaks:
        return
    for hit in hits:
        start, end = hit.start, hit.end
        for mark, rest in breaks:
            if end in (mark, mark + 1) or mark < end < rest:
                tail = re.compile(r"[^\s,;:]+").match(text, rest)
                end = tail.end() if tail else end
            if start == rest:
                head = re.search(r"[^\s,;:]+$", text[:mark])
                start = head.start() if head else start
        if (start, end) != (hit.start, hit.end):
            yield replace(hit, start=start, end=end)


def _fragment(passage: Passage, token: Token) -> bool:
    """The rest of a word that a space was read into: "Bjornsta d", "Wrembels ka"."""
    folded = token.key
    return (
        token.word
        and not token.capital
        and token.text.isalpha()
        and len(folded) <= 7
        and (folded not in passage.ordinary or (len(folded) == 1 and folded not in "aeiouyvx"))
        and folded not in labels.PARTICLES
        and folded not in names.TITLES
        and folded not in _BORN
    )


def _before_surname(token: Token, after: Token) -> bool:
    """A given name that is a word as well, right before a name: "May Littlechild"."""
    folded = token.key
    given = folded in lexicon.given_names() or folded in lexicon.ambiguous_names()
    return given and after.gap == " " and after.capital and folded not in names.SALUTATIONS


def _rightwards(passage: Passage, last: int) -> int:
    tokens = passage.tokens
    high = last
    k = last + 1
    while k < len(tokens) and k - last < 6:
        token = tokens[k]
        if token.gap in ("\n", "  "):
            break
        if token.text == "-" and token.gap == "" and k + 1 < len(tokens) and tokens[k + 1].gap == "":
            if not tokens[k + 1].capital:
                break
            high = k + 1
            k += 2
            continue
        if token.key in _BORN or token.text == "@":
            j = k + 1
            if j < len(tokens) and tokens[j].text == "." and tokens[j].gap == "":
                j += 1
            if j < len(tokens) and tokens[j].word and tokens[j].capital and tokens[j].gap == " ":
                high = j
                k = j + 1
                continue
            break
        if token.gap == " " and _fragment(passage, token) and high == k - 1 and len(tokens[high].text) > 1:
            high = k
            k += 1
            continue
        if not (token.word and token.capital and token.gap == " ") or any(c.isdigit() for c in token.text):
            break
        stop = names.organisation(token.text) or token.key in names.TITLES or token.key in names.NOT_NAMES
        particle = tokens[high].capital and tokens[high].key in _LARGE and high > last - 1
        strange = token.key not in passage.ordinary or _name(token) or particle
        if stop or not strange or token.key in lexicon.places() or labels.label_at(passage, k):
            break
        if token.text.isupper() != tokens[last].text.isupper() or len(token.text) < 3:
            break
        high = k
        k += 1
    return high
