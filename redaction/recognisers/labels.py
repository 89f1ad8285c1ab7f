"""Labels and what stands after them: "Name:", "D0B", "IBAN", "né le", "Kontonummer", "my name is".

A label is a word or a few that say what the next words are. It is recognised in misread form as well
(skeletons of folding.py, and one wrong letter before a colon). What its value may look like depends on
its type: names are words with capitals (anything after a colon), numbers must hold digits.
Japanese labels are in japanese.py; titles and salutations in names.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from model.findings import TextFinding
from redaction.folding import key, skeleton
from redaction.recognisers import dates
from redaction.recognisers.base import Passage, Token
from redaction.recognisers.label_words import LABELS
from redaction.recognisers.lexicon import words

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


@lru_cache(maxsize=4096)
def _fuzzy(bones: str) -> str | None:
    """The only kind of label that differs in one letter from a skeleton of five or more, two from ten on."""
    if len(bones) < 5:
        return None
    from rapidfuzz.distance import OSA

    most = 2 if len(bones) >= 10 else 1
    near = [
        b
        for b in _index()
        if abs(len(b) - len(bones)) <= most
        and len(b) >= 5
        and OSA.distance(b, bones, score_cutoff=most) <= most
    ]
    kinds = {kind for b in near for kind, _, _ in _index()[b]}
    return near[0] if near and (len(near) == 1 or len(kinds) == 1) else None


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
    return kind_of(passage.text) is not None


@lru_cache(maxsize=4096)
def kind_of(text: str) -> str | None:
    """The type of what stands after a text that is one label; None for another text."""
    passage = Passage(text)
    if not passage.tokens:
        return None
    tokens = (*passage.tokens, Token(":", len(text), len(text) + 1, ""))
    found = _label_at(tokens, 0)
    whole = found is not None and not any(t.word for t in tokens[found[1] + 1 :])
    return found[0] if whole and found is not None else None


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
        shape = r"[A-Za-z]{0,2}-?\d[\dA-Za-z]{1,5}(?:[ -][\dA-Z]{2,4}(?![\w]))?"
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
        if end and match.start() - end > 2:
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
