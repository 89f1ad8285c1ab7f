"""What two texts are reduced to before they are compared: light, tight, plain, and words.

`light` and `tight` are those of a published comparison of 23 models on Japanese handwriting (S. Sakasegawa,
"Hunting for an OCR That Can Transcribe Japanese Handwriting", 2026, nyosegawa.com): they forgive what
language models add (Markdown, bullets, remarks in brackets) and also all spaces and most punctuation.
`plain` forgives nothing but the kind of white space: figures for people who will read the transcript.
Every table says which one it used. The rules of `light` are applied by scans that stay linear where a
plain regular expression would not: a model that loops writes thousands of open brackets.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import Final

from model.words import unspaced

LIGHT_TIGHT: Final = "light + tight: Markdown, bullets, spaces and punctuation left out, NFKC"
"""What a table that used `tight(light(text))` says."""
PLAIN: Final = "plain: NFKC, any white space is one space, none between characters of scripts without spaces"
"""What a table that used `plain(text)` says."""

_HEADING: Final = re.compile(r"^#{1,6}\s+", re.MULTILINE)
_EMPHASIS: Final = tuple(re.compile(p) for p in (r"\*\*(.+?)\*\*", r"__(.+?)__", r"\*(.+?)\*", r"_(.+?)_"))
_FENCE: Final = re.compile(r"```.*?```", re.DOTALL)
_CODE: Final = re.compile(r"`(.+?)`")
# A run of white space at a line start is passed over once, with or without a marker behind it.
_BULLET: Final = re.compile(r"^(\s*+)(?:([-*+])\s+)?", re.MULTILINE)
_NUMBER: Final = re.compile(r"^(\s*+)(?:(\d++\.)\s+)?", re.MULTILINE)
_TAG: Final = re.compile(r"</?[a-zA-Z][^>]*>")
_DECORATION: Final = dict.fromkeys(map(ord, "・☆○◎●■□▪▶►↓↳☑☐"))
_LINE_END: Final = re.compile(r"(?<![。．])[。．]++$", re.MULTILINE)
_GROUP: Final = re.compile(r"[（(]([^）)]*+)[）)]")
_REMARK: Final = re.compile(r"囲|線|注|省略|不明|読めない")
_PICTURES: Final = re.compile("[\U0001f300-\U0001f9ff\u2600-\u27bf\ufe00-\ufe0f]+")
_LOOSE: Final = re.compile(r"[\s。、．，.,:;!！？?…\-–—~～\u3000]+")
_SPACES: Final = re.compile(r"\s+")


def light(text: str) -> str:
    """The text without Markdown, decoration and remarks, NFKC, stripped; lines stay lines."""
    return unicodedata.normalize("NFKC", _undecorated(_unmarked(text))).strip()


def tight(text: str) -> str:
    """The text without white space and punctuation; case stays. Works character by character."""
    return _LOOSE.sub("", text)


def plain(text: str) -> str:
    """NFKC, every run of white space one space, none between characters of scripts without spaces."""
    parts = _SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip().split(" ")
    joined = parts[:1]
    for before, part in pairwise(parts):
        joined += ["" if unspaced(before[-1:]) and unspaced(part[:1]) else " ", part]
    return "".join(joined)


def words(text: str) -> list[str]:
    """The words of `plain(text)`; where a script writes without spaces, each character is a word."""
    found: list[str] = []
    for part in plain(text).split(" "):
        start = 0
        for at, character in enumerate(part):
            if unspaced(character):
                found += [part[start:at], character]
                start = at + 1
        found.append(part[start:])
    return [word for word in found if word]


def _unmarked(text: str) -> str:
    text = _HEADING.sub("", text)
    for rule in _EMPHASIS:
        text = rule.sub(r"\1", text)
    text = "\n".join(_links(_links(line, "!["), "[") for line in text.split("\n"))
    text = _CODE.sub(r"\1", _FENCE.sub("", text))
    text = _BULLET.sub(_without_marker, text)
    text = _NUMBER.sub(_without_marker, text)
    end = (
        text.rfind(">") + 1
    )  # behind the last > no tag can end, and the search for its end would be repeated
    return _TAG.sub("", text[:end]) + text[end:]


def _without_marker(match: re.Match[str]) -> str:
    return "" if match[2] else match[1]


def _links(line: str, opener: str) -> str:
    """`![..](..)` dropped, or `[x](..)` -> x. What has no end here has none for a later opener either."""
    image = opener == "!["
    parts: list[str] = []
    at = 0
    while (start := line.find(opener, at)) >= 0:
        middle = line.find("](", start + len(opener) + (0 if image else 1))
        end = line.find(")", middle + 2) if middle >= 0 else -1
        if end < 0:
            break
        parts += [line[at:start], "" if image else line[start + 1 : middle]]
        at = end + 1
    return "".join(parts) + line[at:]


def _undecorated(text: str) -> str:
    text = _LINE_END.sub("", text.translate(_DECORATION))
    end = max(text.rfind("）"), text.rfind(")")) + 1
    text = _GROUP.sub(lambda group: "" if _REMARK.search(group[1]) else group[0], text[:end]) + text[end:]
    return _PICTURES.sub("", text)
