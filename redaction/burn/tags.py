"""Tags for accessibility (ISO 32000-1, 14.7 and 14.8): which paragraph, heading or cell a mark belongs to.

An allow-list: the standard types of elements, their order, the language, a table's spans and headings. No
title, no alternative or replacement text, no name that the file gave itself travels. Elements all of whose
marks went go as well, and numbers are given anew in the order of what stayed: a tree tells nothing of what
it no longer holds. A tree that is not as it should be ends in a file without tags.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from redaction.burn.navigation import plain_language
from redaction.burn.pdfout import Name, Ref, Value, Writer

STANDARD: Final = frozenset(
    ["Document", "Part", "Art", "Sect", "Div", "BlockQuote", "Caption", "TOC", "TOCI", "Index", "NonStruct",
     "P", "H", "H1", "H2", "H3", "H4", "H5", "H6", "L", "LI", "Lbl", "LBody", "Table", "TR", "TH", "TD",
     "THead", "TBody", "TFoot", "Span", "Quote", "Note", "Reference", "BibEntry", "Code", "Link", "Ruby",
     "RB", "RT", "RP", "Warichu", "WT", "WP", "Figure", "Formula", "Form"]
)  # fmt: skip
CELLS: Final = frozenset({"TH", "TD"})
"""Stay with their row though they are empty: the columns of the others would move."""
MOST: Final = 200_000
"""Elements of a file."""
WIDEST: Final = 1000
"""Columns or rows that a cell may span."""
SCOPES: Final = ("Row", "Column", "Both")
NUMBERINGS: Final = ("None", "Disc", "Circle", "Square", "Decimal", "UpperRoman", "LowerRoman", "UpperAlpha",
                     "LowerAlpha")  # fmt: skip

Mark = tuple[int, int]
"""Page (from 0) and number of marked content."""


@dataclass(slots=True)
class Element:
    """One element as far as it may travel. `kids`: indices of elements, and marks, in order."""

    role: str
    parent: int
    kids: list[int | Mark] = field(default_factory=list)
    language: bytes = b""
    attributes: list[Value] = field(default_factory=list)


@dataclass(slots=True)
class Tags:
    """The elements of a file, parents before their kids; the first is the root of the tree."""

    elements: list[Element]
    _numbers: Mapping[int, frozenset[int]]
    """Page (from 0) -> numbers of marked content that elements have."""
    kept: dict[int, list[int]] = field(default_factory=dict)
    """Page (from 0) -> by new number: what it was."""

    def numbers(self, page: int) -> frozenset[int]:
        """Of marked content on a page (from 0)."""
        return self._numbers.get(page, frozenset())

    def write(self, writer: Writer, pages: Sequence[Ref]) -> Ref | None:
        """Writes the tree; None where nothing of it is left. `pages`: their refs."""
        new: dict[Mark, list[int]] = {}
        for page, numbers in self.kept.items():
            for number, old in enumerate(numbers):
                new.setdefault((page, old), []).append(number)
        live = self._live(new)
        if not live[0]:
            return None
        refs = {index: writer.reserve() for index, alive in enumerate(live) if alive}
        owners = {page: [refs[0]] * len(numbers) for page, numbers in self.kept.items()}
        for index, ref in refs.items():
            element = self.elements[index]
            first = next((kid[0] for kid in element.kids if isinstance(kid, tuple) and kid in new), None)
            kids: list[Value] = []
            for kid in element.kids:
                if not isinstance(kid, tuple):
                    kids += [refs[kid]] if kid in refs else []
                    continue
                for number in new.get(kid, ()):
                    owners[kid[0]][number] = ref
                    here = kid[0] == first
                    kids.append(
                        number if here else {"Type": Name("MCR"), "Pg": pages[kid[0]], "MCID": number}
                    )
            out: dict[str, Value] = {}
            if index:
                out = {"S": Name(element.role), "P": refs[element.parent]}
                if first is not None:
                    out["Pg"] = pages[first]
                if element.language:
                    out["Lang"] = element.language
                if element.attributes:
                    out["A"] = element.attributes
            else:
                out = {"Type": Name("StructTreeRoot")}
            if kids:
                out["K"] = kids
            if index:
                writer.put(out, ref)
            else:
                root = out
        listed: list[Value] = []
        for page in sorted(owners):
            if owners[page]:
                listed += [page, writer.put(owners[page])]
        root["ParentTree"] = writer.put({"Nums": listed})
        return writer.put(root, refs[0])

    def _live(self, new: Mapping[Mark, Sequence[int]]) -> list[bool]:
        """Which elements still have something to hold."""
        live = [False] * len(self.elements)
        for index in range(len(self.elements) - 1, -1, -1):
            kids = self.elements[index].kids
            live[index] = any(kid in new if isinstance(kid, tuple) else live[kid] for kid in kids)
        for index, element in enumerate(self.elements):
            if element.role in CELLS and index and live[element.parent]:
                live[index] = live[index] or self.elements[element.parent].role == "TR"
        return live


def tags_of(pike: Any) -> Tags | None:
    """The tags of a document (pikepdf); None where it has none, or where they can't be read."""
    import pikepdf

    try:
        root = pike.Root.get("/StructTreeRoot")
        if root is None or "/K" not in root:
            return None
        return _read(pike, root)
    except (TypeError, ValueError, AttributeError, KeyError, IndexError, OverflowError, pikepdf.PdfError):
        return None


def _read(pike: Any, root: Any) -> Tags | None:
    import pikepdf

    pages = {page.obj.objgen: number for number, page in enumerate(pike.pages)}
    roles = root.get("/RoleMap")
    elements = [Element("", 0)]
    marks: set[Mark] = set()
    seen: set[tuple[int, int]] = {root.objgen}
    # (object, its element's index, page that numbers are of); a list of kids is taken from its end
    pending: list[tuple[Any, int, int | None]] = [(root["/K"], 0, None)]
    while pending:
        value, index, page = pending.pop()
        if isinstance(value, pikepdf.Array):
            pending.extend((item, index, page) for item in reversed(list(value)))
            continue
        if isinstance(value, int):
            _mark(elements[index], marks, page, value)
            continue
        if not isinstance(value, pikepdf.Dictionary):
            continue
        key = value.objgen
        if key != (0, 0):
            if key in seen:
                return None
            seen.add(key)
        on = pages.get(value["/Pg"].objgen) if "/Pg" in value else page
        kind = str(value.get("/Type", ""))
        if kind == "/MCR":
            if "/Stm" not in value:
                _mark(elements[index], marks, on, int(value["/MCID"]))
        elif kind != "/OBJR" and "/S" in value:
            if len(elements) >= MOST:
                return None
            elements.append(_element(value, index, roles))
            elements[index].kids.append(len(elements) - 1)
            if "/K" in value:
                pending.append((value["/K"], len(elements) - 1, on))
    numbers: dict[int, set[int]] = {}
    for at, number in marks:
        numbers.setdefault(at, set()).add(number)
    return Tags(elements, {at: frozenset(found) for at, found in numbers.items()}) if marks else None


def _mark(element: Element, marks: set[Mark], page: int | None, number: int) -> None:
    if page is not None and number >= 0 and (page, number) not in marks:
        marks.add((page, number))
        element.kids.append((page, number))


def _element(value: Any, parent: int, roles: Any) -> Element:
    name = str(value["/S"])
    for _ in range(8):  # a role may lead to another one
        if name[1:] in STANDARD or roles is None or name not in roles:
            break
        name = str(roles[name])
    role = name[1:] if name[1:] in STANDARD else "NonStruct"
    return Element(
        role, parent, [], plain_language(str(value.get("/Lang", ""))), _attributes(value.get("/A"))
    )


def _attributes(value: Any) -> list[Value]:
    """What of an element's attributes readers for the blind need, and can only be what it says."""
    import pikepdf

    found: list[Value] = []
    for item in list(value) if isinstance(value, pikepdf.Array) else [value]:
        if not isinstance(item, pikepdf.Dictionary):
            continue
        out: dict[str, Value] = {}
        if str(item.get("/O", "")) == "/Table":
            for key in ("RowSpan", "ColSpan"):
                span = item.get(f"/{key}", 1)
                if isinstance(span, int) and 1 < span <= WIDEST:
                    out[key] = span
            if (scope := str(item.get("/Scope", ""))[1:]) in SCOPES:
                out["Scope"] = Name(scope)
            kind = "Table"
        elif str(item.get("/O", "")) == "/List":
            if (numbering := str(item.get("/ListNumbering", ""))[1:]) in NUMBERINGS:
                out["ListNumbering"] = Name(numbering)
            kind = "List"
        if out:
            found.append({"O": Name(kind), **out})
    return found
