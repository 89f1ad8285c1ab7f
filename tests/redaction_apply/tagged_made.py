"""Tagged files for the tests: one whose tags hide what its boxes destroy, in each place a tag has."""

from __future__ import annotations

import io
import re
from functools import cache
from typing import Any

import pikepdf
import pymupdf
from pikepdf import Array, Dictionary, Name, String

from model.findings import Redaction
from model.geometry import Box

SECRET = "Quentin Zabriskie"
TOWN = "Ottoline"
FIRST = f"""/Artifact BMC BT /F1 8 Tf 36 285 Td (Running head) Tj ET EMC
/H1 <</MCID 0>> BDC BT /F1 16 Tf 36 250 Td (A heading of the letter) Tj ET EMC
/P <</MCID 1>> BDC BT /F1 12 Tf 36 220 Td (Dear Mr. ) Tj ET
/Span <</MCID 2 /ActualText ({SECRET})>> BDC BT /F1 12 Tf 90 220 Td ({SECRET}) Tj ET EMC
BT /F1 12 Tf 210 220 Td (of this town) Tj ET EMC
/TH /Cell BDC BT /F1 12 Tf 36 180 Td (Name) Tj ET EMC
/TD <</MCID 5>> BDC BT /F1 12 Tf 136 180 Td ({TOWN}) Tj ET EMC
/TD <</MCID 6>> BDC BT /F1 12 Tf 236 180 Td (Kept) Tj ET EMC
/P <</MCID 7>> BDC BT /F1 12 Tf 36 150 Td (The last words.) Tj ET EMC
/Figure <</MCID 8>> BDC 0 0 1 rg 36 100 50 20 re f EMC"""
SECOND = "/P <</MCID 0>> BDC BT /F1 12 Tf 36 220 Td (These go on here.) Tj ET EMC"


def file(**changes: Any) -> bytes:
    """Two pages. `changes`: functions that get the pdf and its elements before it is saved."""
    with pikepdf.new() as pdf:
        kind = {"Type": Name.Font, "Subtype": Name.Type1}
        font = pdf.make_indirect(Dictionary(**kind, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding))
        pages = []
        for number, content in enumerate((FIRST, SECOND)):
            page = pdf.add_blank_page(page_size=(420, 300))
            page.Resources = Dictionary(
                Font=Dictionary(F1=font), Properties=Dictionary(Cell=Dictionary(MCID=4))
            )
            page.Contents = pdf.make_stream(content.encode())
            page.StructParents = number
            pages.append(page.obj)
        root = pdf.make_indirect(
            Dictionary(Type=Name.StructTreeRoot, RoleMap=Dictionary(Absatz=Name.P, Zabriskie=Name.Span))
        )

        def element(role: str, parent: Any, **more: Any) -> Any:
            return pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name("/" + role), P=parent, **more))

        first, second = pages
        doc = element("Document", root, Lang=String("en-GB"), T=String(f"Letter to {SECRET}"))
        head = element("H1", doc, Pg=first, K=0, ID=String(SECRET))
        para = element("Absatz", doc, Pg=first)
        span = element("Zabriskie", para, Pg=first, K=2, ActualText=String(SECRET), E=String(SECRET))
        para.K = Array([1, span])
        table = element("Table", doc, A=Dictionary(O=Name.Table, Summary=String(SECRET)))
        row = element("TR", table)
        spans = Dictionary(O=Name.Table, ColSpan=2, Scope=Name.Row, Zabriskie=String(SECRET))
        cells = [
            element("TH", row, Pg=first, K=4, A=spans),
            element("TD", row, Pg=first, K=5),
            element("TD", row, Pg=first, K=6),
        ]
        row.K, table.K = Array(cells), row
        last = element("P", doc, Pg=first)
        last.K = Array([7, Dictionary(Type=Name.MCR, Pg=second, MCID=0)])
        figure = element("Figure", doc, Pg=first, K=8, Alt=String(f"Portrait of {SECRET}"))
        doc.K, root.K = Array([head, para, table, last, figure]), doc
        owners = [head, para, span, None, *cells, last, figure]
        root.ParentTree = Dictionary(
            Nums=Array([0, Array([o if o is not None else doc for o in owners]), 1, Array([last])])
        )
        pdf.Root.StructTreeRoot, pdf.Root.MarkInfo = root, Dictionary(Marked=True)
        parts = {
            "root": root, "doc": doc, "head": head, "para": para, "span": span, "row": row, "last": last,
            "table": table, "pages": pages,
        }  # fmt: skip
        for change in changes.values():
            change(pdf, parts)
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
        return out.getvalue()


def boxes(data: bytes) -> list[Redaction]:
    with pymupdf.open(stream=data) as pdf:
        return [
            Redaction(page.number + 1, Box(*found), "privacy")
            for page in pdf
            for text in (SECRET, TOWN)
            for found in page.search_for(text)
        ]


@cache
def plain() -> bytes:
    return file()


def tree(data: bytes) -> list[Any]:
    """The tree of a file as nested lists: [role, kid, kid...], a mark as its text, ■ for a drawing."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        said = {page.obj.objgen: texts(page) for page in pdf.pages}

        def read(value: Any, page: Any) -> Any:
            if isinstance(value, int):
                return said[page.objgen][value]
            page = value.get("/Pg", page)
            if "/MCID" in value:
                return said[page.objgen][int(value["/MCID"])]
            kids = value.get("/K", Array([]))
            listed = list(kids) if isinstance(kids, Array) else [kids]
            return [str(value.get("/S", "/"))[1:], *(read(kid, page) for kid in listed)]

        found: list[Any] = read(pdf.Root.StructTreeRoot, None)
        return found


def texts(page: Any) -> dict[int, str]:
    """Marked content of a page by its number: what it shows."""
    content = page.Contents.read_bytes().decode("latin-1")
    found = {}
    for number, body in re.findall(r"/Span <</MCID (\d+)>> BDC\n(.*?)EMC", content, re.S):
        shown = "".join(bytes.fromhex(h).decode("latin-1") for h in re.findall(r"<([0-9a-f]+)>", body))
        found[int(number)] = shown or "■"
    return found
