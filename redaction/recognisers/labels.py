"""Labels that say what stands after them: "Name:", "D0B", "IBAN", "né le", "Kontonummer", "my name is".

A label is a word or a few. It is recognised in misread form as well (skeletons of folding.py, and one
wrong letter before a colon). The words are in label_words.py, what a value may look like in
label_values.py; Japanese labels are in japanese.py, titles and salutations in names_announced.py.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from redaction.folding import key, skeleton
from redaction.recognisers.base import Passage, Token
from redaction.recognisers.label_words import LABELS

NUMBERS = frozenset(
    {"US_SSN", "IBAN_CODE", "CREDIT_CARD", "ACCOUNT_NUMBER", "MEDICAL_ID", "PASSPORT", "ID_NUMBER",
    "ZIP_CODE", "IP_ADDRESS"}
)  # fmt: skip


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


@cache
def _respelt_index() -> dict[str, str]:
    """What a label of five letters and more looks like with pairs of letters as one -> its skeleton."""
    return {
        _respelling(label): bones
        for bones, found in _index().items()
        for _, label, _ in found
        if len(bones) > 4
    }


def _respelling(folded: str) -> str:
    return _bones(folded.replace("i-i", "h").replace("ri", "n").replace("li", "h").replace("ii", "u"))


@lru_cache(maxsize=4096)
def _respelt(folded: str) -> str | None:
    """The label that is meant where a letter was read as two, or two as one: "Surriame", "Anschnft"."""
    return _respelt_index().get(_respelling(folded)) if len(folded) > 4 else None


def _bones(text: str) -> str:
    return skeleton(re.sub(r"[^\w]", "", text))


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
    found = label_from(tokens, 0)
    whole = found is not None and not any(t.word for t in tokens[found[1] + 1 :])
    return found[0] if whole and found is not None else None


def label_at(passage: Passage, i: int) -> bool:
    """True where a label starts at token i."""
    return label_from(passage.tokens, i) is not None


def label_from(tokens: tuple[Token, ...], i: int) -> tuple[str, int, bool] | None:
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
        if entries is None and count <= 3 and (colon or (len(bones) > 6 and _number_ahead(tokens, last))):
            near = _respelt(key(joined)) or _fuzzy(bones)
            entries = _index().get(near) if near else None
        if not entries:
            continue
        for kind, folded, strict in entries:
            if not colon and bones != _bones(folded) and kind not in NUMBERS:
                continue
            if strict and not colon and not _alone(tokens, i, last):
                continue
            # A short label must not come from a look-alike of an ordinary word: "tei", "lp".
            alike = key(joined).replace(".", "") != folded.replace(".", "")
            if len(folded) < 4 and not colon and alike and not _numbered(tokens, joined, last):
                continue
            return kind, _ending(tokens, last) if colon else last, colon
    return None


def _number_ahead(tokens: tuple[Token, ...], last: int) -> bool:
    """A number of six digits and more begins behind a label, or behind a "no." after it."""
    k = last + 1
    while k < len(tokens) and k < last + 4 and not tokens[k].text[0].isdigit():
        if tokens[k].gap in ("\n", "  ") or (tokens[k].word and len(tokens[k].text) > 2):
            return False
        k += 1
    digits = 0
    for token in tokens[k : k + 6]:
        if token.gap == "\n" or not (token.text[0].isdigit() or token.text in "-/."):
            break
        digits += sum(c.isdigit() for c in token.text)
    return digits > 5


def _numbered(tokens: tuple[Token, ...], label: str, last: int) -> bool:
    """Capitals right before a long number: "8SN 647436711"."""
    after = tokens[last + 1] if last + 1 < len(tokens) else None
    return after is not None and label.isupper() and len(after.text) > 5 and after.text[0].isdigit()


def _colon(tokens: tuple[Token, ...], last: int) -> bool:
    j = _ending(tokens, last) + 1
    last = j - 1
    while j < len(tokens) and tokens[j].text in ".)°º#*" and j < last + 4:
        j += 1
    return j < len(tokens) and tokens[j].text in ":;=" and tokens[j].gap != "\n"


def _ending(tokens: tuple[Token, ...], last: int) -> int:
    """Index of the last token of a label with its other endings: "Versicherte(r)", "Name(s)", "Mieter/in"."""
    rest = tokens[last + 1 : last + 4]
    close = len(rest) == 3 and rest[0].text == "(" and rest[2].text == ")" and len(rest[1].text) <= 3
    if close and not rest[0].gap and rest[1].text.islower():
        return last + 3
    slash = len(rest) >= 2 and rest[0].text in "/*" and rest[1].key in {"in", "e", "a", "r", "n", "o"}
    return last + 2 if slash and not rest[0].gap else last


def _alone(tokens: tuple[Token, ...], first: int, last: int) -> bool:
    """A label that is a whole line or table cell."""
    starts = tokens[first].gap in ("\n", "  ")
    return starts and last + 1 < len(tokens) and tokens[last + 1].gap in ("\n", "  ")
