"""How a reader finds their way: bookmarks, links and page labels, as far as they say nothing of what is gone.

A bookmark keeps its title only where every word of it can be read on the kept pages; else it is called by its
page. A link leads to a page of the file, or to a web or mail address that repeats no destroyed text and
carries nothing that could be one in disguise. A page label keeps its style, and a short prefix.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from model.geometry import Box
from redaction.burn.copies import Secrets, folded
from redaction.burn.mu import turning
from redaction.burn.opened import bounds
from redaction.burn.pdfout import Name, Ref, Value, Writer

PREFIX: Final = re.compile(r"[A-Za-z]{0,3}[-. ]?")
STYLES: Final = ("D", "R", "r", "A", "a")
DEEPEST: Final = 12
"""Levels of bookmarks."""
MOST: Final = 5000
"""Bookmarks of a file, and links of a page."""
LANGUAGE: Final = re.compile(
    "[A-Za-z]{2,3}(-(Latn|Cyrl|Grek|Hans|Hant|Jpan|Hira|Kana|Kore|Hang|Arab|Hebr|Deva|Thai))?(-([A-Z]{2}|[0-9]{3}))?"
)
"""A language, its script and its country (BCP 47); variants and private parts could be any word."""
RUN: Final = re.compile(r"[A-Za-z0-9]{24,}")
"""What may be a text in code; ordinary addresses have shorter words."""


@dataclass(frozen=True, slots=True)
class Link:
    """A place on a page that leads to another page (from 0) or to an address."""

    box: Box
    uri: str = ""
    page: int = -1

    def write(self, height: float, pages: Sequence[Ref]) -> dict[str, Value]:
        b = self.box
        out: dict[str, Value] = {
            "Type": Name("Annot"),
            "Subtype": Name("Link"),
            "Rect": [b.x0, height - b.y1, b.x1, height - b.y0],
            "Border": [0, 0, 0],
        }
        if self.uri:
            out["A"] = {"S": Name("URI"), "URI": self.uri.encode("ascii")}
        else:
            out["Dest"] = [pages[self.page], Name("Fit")]
        return out


def links_of(page: Any, pages: int, boxes: Sequence[Box], secrets: Secrets) -> list[Link]:
    """The links of a page (PyMuPDF) that may stay; `boxes`: what is covered, displayed points."""
    matrix = turning(page)
    found = []
    for item in page.get_links()[:MOST]:
        x0, y0, x1, y1 = item["from"]
        box = Box(*bounds(matrix, x0, y0, x1, y1))
        if box.area <= 0 or any(box.intersection(other) for other in boxes):
            continue
        uri, target = str(item.get("uri") or ""), item.get("page")
        if uri:
            if clean_address(uri, secrets):
                found.append(Link(box, uri))
        elif isinstance(target, int) and 0 <= target < pages:
            found.append(Link(box, page=target))
    return found


def clean_address(uri: str, secrets: Secrets) -> bool:
    """Whether an address may travel: of the web or of mail, without a secret, in the clear or in code."""
    if not uri.isascii() or not uri.isprintable() or len(uri) > 300:
        return False
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    if parts.scheme not in ("http", "https", "mailto") or parts.username or parts.password:
        return False
    plain = unquote(uri)
    if RUN.search(plain) or secrets.repeated(re.sub(r"[^\w]+", " ", plain)):
        return False
    whole = folded(plain)
    return not any(key in whole for key in secrets.whole) and not any(key in whole for key in secrets.numbers)


@dataclass(frozen=True, slots=True)
class Entry:
    """A bookmark: its level (from 1), title and page (from 0)."""

    level: int
    title: str
    page: int


def entries(document: Any) -> list[Entry]:
    """The bookmarks of a document (PyMuPDF) that lead to a page, in order."""
    pages = int(document.page_count)
    found: list[Entry] = []
    for level, title, page, *_ in document.get_toc(simple=True)[:MOST]:
        if 1 <= page <= pages:
            deep = min(int(level), DEEPEST, (found[-1].level if found else 0) + 1)
            found.append(Entry(deep, " ".join(str(title).split()), page - 1))
    return found


def write_outline(
    listed: Sequence[Entry],
    readable: Mapping[str, int],
    secrets: Secrets,
    pages: Sequence[Ref],
    writer: Writer,
) -> Ref:
    """Writes the bookmarks. `readable`: folded words of the kept pages."""
    root = writer.reserve()
    refs = [writer.reserve() for _ in listed]
    parents: list[Ref] = []
    levels: list[tuple[int, Ref]] = [(0, root)]
    children: dict[Ref, list[int]] = {root: []}
    for index, entry in enumerate(listed):
        while levels[-1][0] >= entry.level:
            levels.pop()
        parent = levels[-1][1]
        parents.append(parent)
        children.setdefault(parent, []).append(index)
        levels.append((entry.level, refs[index]))
    for index, entry in enumerate(listed):
        siblings = children[parents[index]]
        at = siblings.index(index)
        item: dict[str, Value] = {
            "Title": _title(entry, readable, secrets),
            "Parent": parents[index],
            "Dest": [pages[entry.page], Name("Fit")],
        }
        if at:
            item["Prev"] = refs[siblings[at - 1]]
        if at + 1 < len(siblings):
            item["Next"] = refs[siblings[at + 1]]
        own = children.get(refs[index])
        if own:
            item |= {"First": refs[own[0]], "Last": refs[own[-1]], "Count": -len(own)}
        writer.put(item, refs[index])
    top = children[root]
    writer.put(
        {"Type": Name("Outlines"), "First": refs[top[0]], "Last": refs[top[-1]], "Count": len(top)}, root
    )
    return root


def _title(entry: Entry, readable: Mapping[str, int], secrets: Secrets) -> bytes:
    words = [w for w in (folded(part) for part in entry.title.split()) if w]
    known = bool(words) and all(word in readable for word in words) and not secrets.repeated(entry.title)
    text = entry.title[:200] if known else f"Page {entry.page + 1}"
    return text.encode("ascii") if text.isascii() else b"\xfe\xff" + text.encode("utf-16-be")


def labels_of(pike: Any, pages: int) -> list[Value]:
    """The page labels of a document (pikepdf) as a /Nums array: styles, starts and short prefixes."""
    found: dict[int, dict[str, Value]] = {}
    try:
        root = pike.Root.get("/PageLabels")
        pending = [root] if root is not None else []
        for _ in range(MOST):
            if not pending:
                break
            node = pending.pop()
            pending.extend(node.get("/Kids", []))
            numbers = list(node.get("/Nums", []))
            for start, label in zip(numbers[::2], numbers[1::2], strict=False):
                if 0 <= int(start) < pages:
                    found[int(start)] = _label(label)
    except (TypeError, ValueError, AttributeError, KeyError):
        return []
    listed: list[Value] = []
    for start in sorted(found):
        listed += [start, found[start]]
    return listed if any(found.values()) else []


def _label(label: Any) -> dict[str, Value]:
    out: dict[str, Value] = {}
    style = str(label.get("/S", ""))[1:]
    if style in STYLES:
        out["S"] = Name(style)
    prefix = str(label.get("/P", ""))
    if prefix and PREFIX.fullmatch(prefix):
        out["P"] = prefix.encode("ascii")
    first = int(label.get("/St", 1))
    if 1 < first < 100_000:
        out["St"] = first
    return out


def language_of(pike: Any) -> bytes:
    """The document's language, where it is one (BCP 47): readers for the blind need it."""
    return plain_language(str(pike.Root.get("/Lang", "")))


def plain_language(text: str) -> bytes:
    """A language's code as it may be written; empty for what is none."""
    return text.encode("ascii") if LANGUAGE.fullmatch(text) else b""
