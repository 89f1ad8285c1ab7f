"""E-mail addresses that engines broke ("mail,example.com", "jane@exarnple.corn") and telephone shapes.

Whole addresses and numbers are presidio's (patterns.py); here stands what OCR makes of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from model.findings import TextFinding
from redaction.recognisers.base import Passage

# A local part, an at sign or what engines make of it, a domain whose points may be commas or have
# spaces around them, and an end that looks like a top-level domain.
_MAIL = re.compile(
    r"(?<![\w@])[A-Za-z0-9][\w.+\-]{0,40}(?:(?:,| ?\. ?)[\w+\-]{1,30})?\s?(?:@|\(at\)|\[at\]|©|®)\s?"
    r"[A-Za-z0-9][\w\-]{0,40}(?: ?[.,·] ?[A-Za-z0-9][\w\-]{1,40}){0,3} ?[.,·] ?"
    r"(?:corn|c0m|com|org|0rg|net|edu|gov|info|biz|name|mil|io|co|app|dev|[a-z]{2})(?![A-Za-z0-9|])",
    re.ASCII | re.IGNORECASE,
)
_AT = re.compile(r"(?<![\w@.])[\w.+\-|]{2,40}@[\w\-.,|]{2,60}(?<![.,|])", re.ASCII)
_URL = re.compile(
    r"(?<![\w@.])(?:h[t7il]{1,2}ps?\s?:\s?/?/?|www\s?[.,])[\w\-./,?=&%#~:+]{3,120}(?<![.,:])",
    re.ASCII | re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<![\w@./])@[A-Za-z_][\w.]{2,30}(?<!\.)", re.ASCII)

# Groups of digits as telephone numbers are written; seven to fifteen digits in all.
_PHONE = re.compile(
    r"(?<![A-ZÀ-Þ\d_.,/\-#$€£+(])"
    r"(?:\+\s?\d{1,3}[ .\-]{0,2}(?:\(0\)[ .\-]?)?|00\d{2}[ .\-])?"
    r"(?:\(\d{1,5}\)[ .\-]{0,2}|\d{2,5}(?:[ ./]| ?- ?))"
    r"\d{2,4}(?:(?:[ .]| ?- ?)\d{2,5}){1,4}"
    r"(?:\s?(?:x|ext\.?|extension)\s?\d{1,6})?"
    r"(?![\w/\-]|[.,]\d)"
)
_PHONE_PLUS = re.compile(r"(?<![\w+])\+\s?\d[\d .()\-]{6,22}\d(?:\s?(?:x|ext\.?)\s?\d{1,6})?(?!\w)")
_PHONE_EXT = re.compile(
    r"(?<!\w)(?:\+?1?[ .\-]?)?\(?\d{3}\)?[ .\-]?\d{3}[ .\-]?\d{4}\s?(?:x|ext\.?)\s?\d{1,6}(?!\w)"
)
_GROUPED_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
_OTHER = re.compile(
    r"\d{3}-\d{2}-\d{4}|\d{4}[ \-]\d{4}[ \-]\d{4}(?:[ \-]\d{4})?|\d{1,3}(?:[ .]\d{3}){2,}|"
    r"(?:19|20)\d\d[ \-](?:19|20)\d\d"
)


def find(passage: Passage) -> Iterator[TextFinding]:
    """EMAIL_ADDRESS, URL and PHONE_NUMBER hits."""
    for match in _MAIL.finditer(passage.plain):
        yield TextFinding("EMAIL_ADDRESS", match.start(), match.end(), 0.75, "e-mail")
    for match in _AT.finditer(passage.plain):
        yield TextFinding("EMAIL_ADDRESS", match.start(), match.end(), 0.5, "e-mail:misread")
    for match in _URL.finditer(passage.plain):
        yield TextFinding("URL", match.start(), match.end(), 0.6, "url")
    for match in _HANDLE.finditer(passage.plain):
        yield TextFinding("USERNAME", match.start(), match.end(), 0.4, "handle")
    for pattern, score in ((_PHONE_PLUS, 0.65), (_PHONE_EXT, 0.65), (_PHONE, 0.5)):
        for match in pattern.finditer(passage.digits):
            text = match.group().strip()
            count = sum(c.isdigit() for c in text)
            if not 7 <= count <= 15 or "\n" in text:
                continue
            if _GROUPED_DATE.fullmatch(text) or _OTHER.fullmatch(text):
                continue
            yield TextFinding("PHONE_NUMBER", match.start(), match.end(), score, "phone:shape")
