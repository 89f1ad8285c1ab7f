"""The verifier on tagged files: our exports pass; a tree that says more than order and type is found."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from model.findings import Redaction
from model.geometry import Box
from redaction.apply import apply
from redaction.verify import Judge

SECRET = "Quentin Zabriskie"
CONTENT = (
    "/H1 <</MCID 0>> BDC BT /F1 16 Tf 36 250 Td (A heading) Tj ET EMC "
    f"/P <</MCID 1>> BDC BT /F1 12 Tf 36 220 Td (Dear Mr. ) Tj 60 0 Td ({SECRET}) Tj ET EMC "
    "/TD <</MCID 2>> BDC BT /F1 12 Tf 36 180 Td (A cell) Tj ET EMC"
)


@cache
def source() -> bytes:
    with pikepdf.new() as pdf:
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        page = pdf.add_blank_page(page_size=(420, 300))
        page.Resources = Dictionary(Font=Dictionary(F1=pdf.make_indirect(font)))
        page.Contents = pdf.make_stream(CONTENT.encode())
        page.StructParents = 0
        root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        doc = pdf.make_indirect(Dictionary(S=Name.Document, P=root, Lang=String("en")))
        kids = [
            pdf.make_indirect(Dictionary(S=role, P=doc, Pg=page.obj, K=number))
            for number, role in enumerate((Name.H1, Name.P, Name.TD))
        ]
        kids[2].A = Dictionary(O=Name.Table, RowSpan=2)
        doc.K, root.K = Array(kids), doc
        root.ParentTree = Dictionary(Nums=Array([0, Array(kids)]))
        pdf.Root.StructTreeRoot, pdf.Root.MarkInfo = root, Dictionary(Marked=True)
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
        return out.getvalue()


BOXES = (Redaction(1, Box(94, 66, 210, 86), "privacy"),)


@cache
def output() -> bytes:
    return apply(source(), BOXES, name="t.pdf").pdf


@cache
def judge() -> Judge:
    return Judge(source(), BOXES)


def failed(data: bytes) -> dict[str, str]:
    return {c.name: c.detail for c in judge().attack(data, BOXES) if not c.passed}


def test_our_own_tags_pass_every_check() -> None:
    with pikepdf.open(io.BytesIO(output())) as pdf:
        assert [str(kid.S) for kid in pdf.Root.StructTreeRoot.K[0].K] == ["/H1", "/P", "/TD"]
    assert failed(output()) == {}


def element(pdf: Any, number: int) -> Any:
    return pdf.Root.StructTreeRoot.K[0].K[number]


def put(number: int, key: str, value: Callable[[], Any]) -> Callable[[Any], None]:
    def change(pdf: Any) -> None:
        element(pdf, number)[f"/{key}"] = value()

    return change


def _content(old: bytes, new: bytes) -> Callable[[Any], None]:
    def change(pdf: Any) -> None:
        page = pdf.pages[0]
        data = page.Contents.read_bytes()
        assert old in data
        page.Contents = pdf.make_stream(data.replace(old, new))

    return change


def _no_tree(pdf: Any) -> None:
    del pdf.Root["/StructTreeRoot"]
    del pdf.Root["/MarkInfo"]


def _empty(pdf: Any) -> None:
    doc = pdf.Root.StructTreeRoot.K[0]
    doc.K.append(pdf.make_indirect(Dictionary(S=Name.P, P=doc, Pg=pdf.pages[0].obj, K=9)))


def _swap(pdf: Any) -> None:
    element(pdf, 0).K = Array([1])


def _longer(pdf: Any) -> None:
    pdf.Root.StructTreeRoot.ParentTree.Nums[1].append(element(pdf, 0))


def _roles(pdf: Any) -> None:
    pdf.Root.StructTreeRoot.RoleMap = Dictionary({"/Absatz": Name.P})


FAULTS: dict[str, Callable[[Any], None]] = {
    "replacement text": put(1, "ActualText", lambda: String("somebody")),
    "alternative text": put(1, "Alt", lambda: String("somebody")),
    "title": put(1, "T", lambda: String("somebody")),
    "expansion": put(1, "E", lambda: String("somebody")),
    "type of its own": put(1, "S", lambda: Name.Somebody),
    "language that is none": put(1, "Lang", lambda: String("somebody else")),
    "attribute with a text": put(2, "A", lambda: Dictionary(O=Name.Table, Summary=String("x"))),
    "span beyond all tables": put(2, "A", lambda: Dictionary(O=Name.Table, RowSpan=123_456_789)),
    "scope of its own": put(2, "A", lambda: Dictionary(O=Name.Table, Scope=Name.Somebody)),
    "roles of its own": _roles,
    "element without a mark": _empty,
    "two elements with one mark": _swap,
    "list longer than the page's marks": _longer,
    "tree without pages' marks": _content(b"/MCID 1", b"/MCID 7"),
    "one number twice": _content(b"/MCID 1", b"/MCID 0"),
    "marks without a tree": _no_tree,
    "text beside the number": _content(b"<</MCID 1>>", b"<</MCID 1 /Alt (somebody)>>"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str) -> None:
    with pikepdf.open(io.BytesIO(output())) as pdf:
        FAULTS[fault](pdf)
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
    found = failed(out.getvalue())
    assert {"structure_tree", "allowed_keys"} & set(found), found
    assert "Zabriskie" not in str(found)
    assert "somebody" not in str(found)
