"""Addresses of mail with spaces read into them: "tsuku da.r@kaze.example", "amina @north loop.example".

The at sign is sure; from it the address grows to both sides, over single spaces, as long as what stands
there can only be a part of it: small letters that are no word, or that begin or end with a point or hyphen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from model.findings import TextFinding
from redaction.folding import key
from redaction.recognisers.base import Passage

_AT = re.compile(r"(?<=[A-Za-z0-9._+\-|])( ?)@ ?(?=[A-Za-z0-9])")
_BEFORE = re.compile(r"[A-Za-z0-9._+\-|]+$")
_DOMAIN = re.compile(
    r"(?:[A-Za-z0-9|]|-(?:\n(?=[a-z0-9]))?)+(?:[.,·](?:[A-Za-z0-9|]|-(?:\n(?=[a-z0-9]))?)+)*[.,·\-]?"
)
_NEXT = re.compile(r" (?P<p>[.,·\-]?[a-z0-9|][a-z0-9\-|]*(?:[.,·][a-z0-9\-|]+)*[.,·\-]?)(?![A-Za-z0-9@])")
_ENDS = re.compile(r"[.,·][A-Za-z|][A-Za-z0-9|]+$")
_JOINT = re.compile(r"[a-z0-9][._-][a-z0-9]")
_COMMA = re.compile(r"(?<![\w@.,])[a-z0-9]{1,20},$")
"""The first half of a local part whose point was read as a comma."""
_TAIL = re.compile(r" [a-z]{1,4}(?=\s*(?:\n|$|>))")
_MOST = 3
"""Spaces on either side."""


def find(passage: Passage) -> Iterator[TextFinding]:
    """EMAIL_ADDRESS hits around every at sign that stands between two parts."""
    text = passage.plain
    for at in _AT.finditer(text):
        head = _BEFORE.search(text, max(0, at.start() - 60), at.start())
        tail = _DOMAIN.match(text, at.end())
        if head is None or tail is None:
            continue
        start, end = _leftwards(passage, head.start()), _rightwards(passage, at.end(), tail.end())
        domain = text[at.end() : end].rstrip(".,·-")
        if _ENDS.search("".join(domain.split())) and any(c.isalpha() for c in text[start : at.start()]):
            yield TextFinding("EMAIL_ADDRESS", start, at.end() + len(domain), 0.6, "e-mail:broken")


def _leftwards(passage: Passage, start: int) -> int:
    text = passage.plain
    for _ in range(_MOST):
        if start < 2 or text[start - 1] != " ":
            break
        head = _BEFORE.search(text, max(0, start - 40), start - 1)
        if head is None or not _part(passage, head.group(), text[start]):
            break
        start = head.start()
    if comma := _COMMA.search(text, max(0, start - 24), start):
        start = comma.start()
    while text[start] in ".-":
        start += 1
    return start


def _rightwards(passage: Passage, first: int, end: int) -> int:
    text = passage.plain
    for _ in range(_MOST):
        more = _NEXT.match(text, end)
        if more is None:
            break
        domain, part = "".join(text[first:end].split()), more["p"]
        part = part.rstrip(".,·-") or part
        if _ENDS.search(domain):
            # All there; three or four letters more may be the rest of its last word.
            grows = len(part) < 5 and _fragment(passage, part)
        elif _ENDS.search(domain.rstrip(".,·-")):
            break
        else:
            pointed = re.search("[.,·]", domain + part) is not None
            cut = domain[-1] in ".-" or domain[-2:-1] in ".,"
            grows = (
                cut or part[0] in ".-" or not pointed or bool(_ENDS.search(part)) or _fragment(passage, part)
            )
        if not grows:
            break
        end = more.end()
    tail = _TAIL.match(text, end)
    return tail.end() if tail else end


def _part(passage: Passage, part: str, following: str) -> bool:
    """A chunk that a space parted from the rest of the local part."""
    if part != part.lower():
        return False
    return (
        part[0] in ".-"
        or part[-1] in "._-"
        or following in "._-"
        or bool(_JOINT.search(part))
        or _fragment(passage, part)
    )


def _fragment(passage: Passage, part: str) -> bool:
    letters = part.strip(".,·-")
    return (
        letters.isalpha()
        and letters.islower()
        and len(letters) <= 12
        and key(letters) not in passage.ordinary
    )
