"""Look-alike characters of OCR: length-preserving folding, and keys for comparing.

`digits` and `letters` give a text of exactly the same length, so that a span found in the folded
text is a span of the text as read: offsets never move. `key` and `skeleton` are for comparing two
words only; their lengths differ from what they were made of.
What is folded here is what engines confuse on numbers (O 0 Q D, l I | 1, Z 2, S 5, b G 6, B 8, g q 9)
and inside words (the reverse, and rn m, vv w, cl d in `skeleton`).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

TO_DIGIT = {
    "O": "0", "o": "0", "Q": "0", "D": "0", "U": "0", "°": "0", "º": "0", "〇": "0", "○": "0", "Ｏ": "0",
    "l": "1", "I": "1", "i": "1", "|": "1", "!": "1", "L": "1", "]": "1", "[": "1", "丨": "1", "｜": "1",
    "Z": "2", "z": "2", "S": "5", "s": "5", "$": "5", "b": "6", "G": "6", "B": "8", "g": "9", "q": "9",
}  # fmt: skip
"""What a digit is misread as. Each character stands for one digit; `digits` needs a real digit near."""

TO_LETTER = {
    "0": "o",
    "1": "l",
    "5": "s",
    "8": "B",
    "6": "G",
    "|": "l",
    "!": "l",
    "3": "e",
    "4": "A",
    "9": "g",
}
_LONG_ONLY = {"7": "t", "2": "z"}
"""Digits that stand for a letter in words of five letters and more: "7histlewaite", but "7th"."""
RARE = {"T": "7", "J": "3"}
"""Letters that stand for a digit inside four characters and more, of which two are digits: "19T9"."""

_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_WIDTH |= {0x3000: 0x20, 0x2010: 0x2D, 0x2011: 0x2D, 0x2012: 0x2D, 0x2013: 0x2D, 0x2014: 0x2D,
           0x2015: 0x2D, 0x2212: 0x2D, 0x2019: 0x27, 0x2018: 0x27, 0x02BC: 0x27, 0x00A0: 0x20,
           0x2007: 0x20, 0x202F: 0x20, 0x2009: 0x20, 0x201A: 0x2C, 0x2024: 0x2E, 0xFF0D: 0x2D,
           0x00AD: 0x2D, 0x30FB: 0xB7}  # fmt: skip

_RUN = re.compile(r"[^\s,;:()\"'<>=、。（）「」ぁ-ゖァ-ヺ丁-鿿]+")
_GLUED = re.compile(r"(?:[Tt][Ee][Ll]|[Ff][Aa][Xx]|SSN|[TFNM])([\dOoQlI|SBGZ]*\d[\dOoQlI|SBGZ]*)$")
_TIME = re.compile(r"\d\dT\d\d")
_PIECE = re.compile(r"[^\-/.\\_+#@&*~ー一]+")
_WORD = re.compile(r"(?<![^\W_])[^\W_]*[^\W\d_][^\W_]*(?:[|!][^\W_]+)*", re.UNICODE)


def plain(text: str) -> str:
    """Full-width forms, odd spaces, dashes and quotes as their ASCII twins. Length is kept."""
    return text.translate(_WIDTH)


def digits(text: str) -> str:
    """Letters that were read for digits, as digits. Length is kept.

    A run between separators (Japanese characters are some) is folded where all its characters are digits
    or look-alikes of digits and it holds a digit itself, or a neighbour joined by - / . does
    ("S29-41-77G3").
    """
    text = plain(text)
    out = list(text)
    for run in _RUN.finditer(text):
        token = run.group()
        if not any(c.isdigit() and c.isascii() for c in token):
            continue
        pieces = [(m.start(), m.group()) for m in _PIECE.finditer(token)]
        foldable = [all(c.isdigit() or c in TO_DIGIT for c in piece) or _mostly(piece) for _, piece in pieces]
        for n, ((start, piece), good) in enumerate(zip(pieces, foldable, strict=True)):
            has_digit = any(c.isdigit() for c in piece)
            if piece.isdigit() or (_TIME.fullmatch(piece) and text[run.end() : run.end() + 1] == ":"):
                continue
            if not good:
                # A label that is glued to its number: "TO3-3412-77B9", "Tel4l5-555-O137".
                tail = _GLUED.match(piece) if n == 0 and len(pieces) > 1 and all(foldable[1:]) else None
                if tail is not None:
                    for i in range(tail.start(1), len(piece)):
                        out[run.start() + start + i] = TO_DIGIT.get(piece[i], piece[i])
                continue
            if not has_digit and (len(pieces) < 2 or len(piece) < 2):
                continue
            for i, c in enumerate(piece):
                out[run.start() + start + i] = TO_DIGIT.get(c) or RARE.get(c, c)
    return _neighbours("".join(out))


def _mostly(piece: str) -> bool:
    """A number with one letter of the rare kind, inside it: at its head it is part of an identifier."""
    rare = [i for i, c in enumerate(piece) if c in RARE]
    known = all(c.isdigit() or c in TO_DIGIT or c in RARE for c in piece)
    return (
        known and len(rare) == 1 and rare[0] > 0 and len(piece) >= 4 and sum(c.isdigit() for c in piece) >= 2
    )


_LONE = re.compile(
    r"(?<=\d )([OoQlISBZG|]{1,4})(?= \d)|(?<=\d )([OoQlISBZG|]{2,4})(?![^\W_])|(?<=\+)[lI](?= ?\d)"
)
_AMONG = re.compile(
    r"(?:(?<=\d )|(?<=\d[-./])|(?<=\+)|(?<=\())(?!\d\dT\d\d:)"
    r"[\dTJ]*(?:\d[TJ]|[TJ]\d)[\dTJ]*(?=\)? ?[-./]?\d|\W|$)"
    r"|(?<![A-Za-z\d])(?:\d{2,4}[TJ]|\d[TJ]\d)(?=\)?[-./]\d)"
)
"""Groups with T or J in them that stand among groups of digits; not the T of a time."""


def _neighbours(text: str) -> str:
    """Groups beside groups of digits: of look-alikes only ("0532 OI3O OO"), or with a T or J in them."""
    text = _LONE.sub(lambda m: "".join(TO_DIGIT.get(c, c) for c in m.group()), text)
    return _AMONG.sub(_rare, text)


def _rare(match: re.Match[str]) -> str:
    """T and J as digits where they are the smaller part of a group: "41T", not "7TJ"."""
    group = match.group()
    if 2 * sum(c.isdigit() for c in group) < len(group):
        return group
    return "".join(RARE.get(c, c) for c in group)


def letters(text: str) -> str:
    """Digits and strokes that were read for letters, as letters. Length is kept.

    Only inside words that are letters for the most part: "J0hn", "Springfie1d", "EIm" (a capital I
    between small letters is an l). Numbers and identifiers stay as they are.
    """
    text = plain(text)

    def fold(match: re.Match[str]) -> str:
        word = match.group()
        count = sum(c.isalpha() for c in word)
        if word.isupper() and len(word) > 5 and count == len(word) - 1 and not word[-1].isdigit():
            # One digit in a word of capitals: "5UNITA".
            return "".join(c if c.isalpha() else TO_LETTER.get(c, c).upper() for c in word)
        if len(word) < 3 or word.isupper() or (count == len(word) and "I" not in word[1:]):
            return word
        if count < 2 or len(word) - count > max(1, count // 2):
            return word
        if word[0].isdigit() and sum(c.isdigit() for c in word) > 1:
            return word
        out = []
        for i, c in enumerate(word):
            if c.isalpha():
                nxt = word[i + 1] if i + 1 < len(word) else ""
                prev = word[i - 1] if i else ""
                small = (nxt.islower() or not nxt) and (prev.islower() or i == 1)
                out.append("l" if c == "I" and i and small else c)
            else:
                to = TO_LETTER.get(c) or (_LONG_ONLY.get(c, c) if len(word) > 4 else c)
                out.append(
                    to.upper() if i == 0 or (word[0].isupper() and word[1:2].isupper()) else to.lower()
                )
        return "".join(out)

    return _WORD.sub(fold, text)


@lru_cache(maxsize=65536)
def key(text: str) -> str:
    """For comparing words: small letters without marks, full-width as ASCII. Not length-preserving."""
    folded = text if text.isascii() else unicodedata.normalize("NFKD", text)
    folded = folded.casefold().replace("ł", "l").replace("ø", "o").replace("đ", "d").replace("’", "'")
    if folded.isascii():
        return folded
    return unicodedata.normalize("NFC", "".join(c for c in folded if not unicodedata.combining(c)))


_SKELETON = str.maketrans({"i": "l", "1": "l", "|": "l", "!": "l", "0": "o", "5": "s", "8": "b", "j": "l",
                           "ı": "l", "q": "g", "9": "g", "6": "b", "2": "z", "-": "", "'": "", " ": "",
                           ".": "", "^": "", "·": ""})  # fmt: skip


@lru_cache(maxsize=65536)
def skeleton(text: str) -> str:
    """One string for all look-alike spellings: "Srnith" and "Smith", "Kwarne" and "Kwame"."""
    return key(text).replace("rn", "m").replace("vv", "w").replace("cl", "d").translate(_SKELETON)
