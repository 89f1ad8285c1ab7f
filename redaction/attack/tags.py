"""The structure for readers of the blind: a tree that can say nothing but which marks belong together.

Looks at it from both ends: every element has a standard type, its number of marked content stands on its
page, and every number on a page belongs to an element. Keys are grammar's; what the marks are, content's.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Final

from redaction.attack.report import Report

CHECK: Final = "structure_tree"
TYPES: Final = frozenset(
    ["Document", "Part", "Art", "Sect", "Div", "BlockQuote", "Caption", "TOC", "TOCI", "Index", "NonStruct",
     "P", "H", "H1", "H2", "H3", "H4", "H5", "H6", "L", "LI", "Lbl", "LBody", "Table", "TR", "TH", "TD",
     "THead", "TBody", "TFoot", "Span", "Quote", "Note", "Reference", "BibEntry", "Code", "Link", "Ruby",
     "RB", "RT", "RP", "Warichu", "WT", "WP", "Figure", "Formula", "Form", "Artifact"]
)  # fmt: skip
"""ISO 32000-1, 14.8.4, and the tag of what belongs to no element."""
VALUES: Final = frozenset(
    ["StructElem", "MCR", "List", "Row", "Column", "Both", "None", "Disc", "Circle", "Decimal", "UpperRoman",
     "LowerRoman", "UpperAlpha", "LowerAlpha"]
)  # fmt: skip
_LANGUAGE: Final = re.compile(rb"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
_MOST: Final = 400_000
_WIDEST: Final = 1000


def attack(kind: str, value: Any, report: Report) -> None:
    """Looks at one element, or at attributes of one (kinds of grammar)."""
    if kind == "element":
        if str(value.get("/S", ""))[1:] not in TYPES:
            report.fail(CHECK, "an element of the structure has a type of its own")
        language = value.get("/Lang")
        if language is not None and not _LANGUAGE.fullmatch(bytes(language)):
            report.fail(CHECK, "an element of the structure names no language")
    elif kind == "attributes":
        plain = all(_plain(key, item) for key, item in value.items())
        if not plain:
            report.fail(CHECK, "an element of the structure has attributes that say more than spans")


def _plain(key: str, item: Any) -> bool:
    if key in ("/RowSpan", "/ColSpan"):
        return isinstance(item, int) and 0 < item <= _WIDEST
    return str(item)[1:] in VALUES | {"Table", "Square"}


def attack_tree(pdf: Any, numbers: dict[int, Counter[int]], report: Report) -> None:
    """The tree against the pages. `numbers`: page (from 1) -> numbers of marked content that stand on it."""
    root = pdf.Root.get("/StructTreeRoot")
    if root is None:
        if "/MarkInfo" in pdf.Root:
            report.fail(CHECK, "the file says that it is tagged, and has no structure")
        for number, page in enumerate(pdf.pages, 1):
            if "/StructParents" in page.obj or numbers.get(number):
                report.fail(CHECK, f"page {number} belongs to a structure that is not there", number)
        return
    try:
        named = _named(pdf, root)
        parents = _parents(pdf, root)
    except (TypeError, ValueError, AttributeError, KeyError, IndexError, RecursionError):
        report.fail(CHECK, "the structure is damaged")
        return
    for number in range(1, len(pdf.pages) + 1):
        there = numbers.get(number, Counter())
        if any(count > 1 for count in there.values()):
            report.fail(CHECK, f"page {number} has a number of marked content twice", number)
        if named.get(number, set()) != set(there):
            report.fail(CHECK, f"the structure names other marks than page {number} has", number)
        if parents.get(number, 0) != len(there):
            report.fail(CHECK, f"the structure's list of page {number} is longer or shorter than it", number)


def _named(pdf: Any, root: Any) -> dict[int, set[int]]:
    """Page -> the numbers that elements name."""
    import pikepdf

    pages = {page.obj.objgen: number for number, page in enumerate(pdf.pages, 1)}
    found: dict[int, set[int]] = {}
    pending: list[tuple[Any, int]] = [(root.get("/K"), 0)]
    for _ in range(_MOST):
        if not pending:
            return found
        value, page = pending.pop()
        if isinstance(value, int):
            if value in found.setdefault(page, set()):
                raise ValueError(value)
            found[page].add(value)
        elif isinstance(value, pikepdf.Dictionary):
            if "/Pg" in value:
                page = pages[value["/Pg"].objgen]
            pending.append((value.get("/MCID", value.get("/K")), page))
        elif value is not None:
            pending.extend((item, page) for item in value)
    raise ValueError("too many")


def _parents(pdf: Any, root: Any) -> dict[int, int]:
    """Page -> how many parents the tree lists for it."""
    keys = {
        int(page.obj["/StructParents"]): n
        for n, page in enumerate(pdf.pages, 1)
        if "/StructParents" in page.obj
    }
    listed = list(root["/ParentTree"]["/Nums"])
    return {keys[int(k)]: len(v) for k, v in zip(listed[::2], listed[1::2], strict=True)}
