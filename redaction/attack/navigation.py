"""What leads through the file: bookmarks, links, page labels, each in the one form that may be there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from redaction.attack.report import Report

if TYPE_CHECKING:
    from redaction.attack.grammar import Place

_PREFIX: Final = re.compile(rb"[A-Za-z]{0,3}[-. ]?")
_ADDRESS: Final = re.compile(rb"(https?://|mailto:)[\x21-\x7e]{1,300}")
_STYLES: Final = ("", "/D", "/R", "/r", "/A", "/a")


def attack(kind: str, value: Any, place: Place, report: Report) -> None:
    """Looks at an object of one of these kinds; the texts are searched like all others."""
    if kind == "address":
        if str(value.get("/S", "")) != "/URI":
            report.fail("scripts", f"a link of {place.words} starts an action", place.page)
        elif not _ADDRESS.fullmatch(bytes(value.get("/URI", b""))):
            report.fail("annotations", f"a link of {place.words} leads to no plain address", place.page)
    elif kind == "label":
        if not _PREFIX.fullmatch(bytes(value.get("/P", b""))) or str(value.get("/S", "")) not in _STYLES:
            report.fail("outlines", "a page label says more than a number")
    elif kind == "outlines" and "/Title" not in value and "/First" not in value:
        report.fail("outlines", "the file holds bookmarks that lead nowhere")
