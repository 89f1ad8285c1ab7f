"""Tags for accessibility stay where they say nothing of what is gone; whatever else a tag holds does not."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pikepdf
import pymupdf
import pytest
import tagged_made as made
from pikepdf import Array, Dictionary, Name, String
from tagged_made import SECRET, TOWN

from redaction.apply import apply
from redaction.export import redact_file
from redaction.verify import verify


def exported(data: bytes) -> bytes:
    """Redacted, and verified: an export that is not clean is none."""
    done = redact_file(data, "tagged.pdf", made.boxes(data), certificate="none")
    assert all(c.passed for c in done.checks)
    return done.pdf


def everything(data: bytes) -> str:
    """All strings, names and streams of a file."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        parts = [value.read_bytes() for value in pdf.objects if isinstance(value, pikepdf.Stream)]
        parts += [repr(value).encode() for value in pdf.objects]
    return b"\n".join(parts).decode("latin-1")


def test_the_tree_stays_in_order_without_what_was_destroyed() -> None:
    assert made.tree(exported(made.plain())) == [
        "",
        [
            "Document",
            ["H1", "A heading of the letter"],
            ["P", "Dear Mr. of this town"],
            ["Table", ["TR", ["TH", "Name"], ["TD"], ["TD", "Kept"]]],
            ["P", "The last words.", "These go on here."],
            ["Figure", "■"],
        ],
    ]


def test_nothing_of_a_tag_travels_but_type_order_language_and_spans() -> None:
    out = exported(made.plain())
    said = everything(out)
    for word in ("Zabriskie", "Quentin", TOWN, "ActualText", "/Alt", "/Summary", "/ID", "RoleMap", "Absatz"):
        assert word not in said
    with pikepdf.open(io.BytesIO(out)) as pdf:
        doc = pdf.Root.StructTreeRoot.K[0]
        assert bytes(doc.Lang) == b"en-GB"
        assert pdf.Root.MarkInfo.Marked
        cell = doc.K[2].K[0].K[0]
        assert dict(cell.A[0]) == {"/O": Name.Table, "/ColSpan": 2, "/Scope": Name.Row}
        assert [int(p.obj.StructParents) for p in pdf.pages] == [0, 1]
        first = pdf.pages[0].Contents.read_bytes().decode("latin-1")
    numbers = [int(n) for n in re.findall(r"/MCID (\d+)", first)]
    assert numbers == list(range(len(numbers))), "numbers given anew: no gap tells of what is gone"
    assert "/Artifact BMC" in first
    assert exported(made.plain()) == out


def test_an_untagged_file_and_a_flattened_page_have_no_tags() -> None:
    with pymupdf.open() as pdf:
        pdf.new_page(width=420, height=300).insert_text((36, 60), f"Dear {SECRET}", fontsize=12)
        plain = pdf.tobytes()
    flat = apply(made.plain(), made.boxes(made.plain()), name="t.pdf", mode="flatten").pdf
    for out in (exported(plain), flat):
        with pikepdf.open(io.BytesIO(out)) as pdf:
            assert "/StructTreeRoot" not in pdf.Root
            assert "/MarkInfo" not in pdf.Root
            assert all("/StructParents" not in page.obj for page in pdf.pages)
            assert b"BDC" not in b"".join(page.Contents.read_bytes() for page in pdf.pages)


def test_a_page_that_is_flattened_takes_its_marks_out_of_the_tree() -> None:
    data = made.plain()
    done = apply(data, made.boxes(data), name="t.pdf", careful=[1])
    assert [f.page for f in done.flattened] == [1]
    assert made.tree(done.pdf) == ["", ["Document", ["P", "These go on here."]]]
    assert [c for c in verify(done.pdf, source=data, redactions=made.boxes(data)) if not c.passed] == []


def test_letters_with_an_element_each_tell_nothing_of_how_many_there_were() -> None:
    def spelt(pdf: Any, parts: dict[str, Any]) -> None:
        page = parts["pages"][0]
        marks, x, kids = [], 36.0, []
        for number, letter in enumerate(f"By {SECRET} alone"):
            marks.append(f"/Span <</MCID {number}>> BDC BT /F1 12 Tf {x} 220 Td ({letter}) Tj ET EMC")
            x += pymupdf.get_text_length(letter, fontsize=12)
            kids.append(pdf.make_indirect(Dictionary(S=Name.Span, P=parts["doc"], Pg=page, K=number)))
        page.Contents = pdf.make_stream("\n".join(marks).encode())
        parts["doc"].K = Array(kids)

    out = exported(made.file(spelt=spelt))
    roles = made.tree(out)[1]
    assert "".join(kid[1] for kid in roles[1:]).split() == ["By", "alone"]
    assert len(roles) - 1 <= len("By  alone") + 1


def _loop(_: Any, parts: dict[str, Any]) -> None:
    parts["row"].K.append(parts["table"])


def _deep(pdf: Any, parts: dict[str, Any]) -> None:
    inner = parts["head"]
    for _ in range(3000):
        inner = pdf.make_indirect(Dictionary(S=Name.Div, P=parts["doc"], K=inner))
    parts["doc"].K = inner


def _strange(pdf: Any, parts: dict[str, Any]) -> None:
    parts["doc"].K = Array(
        [String(SECRET), Name.Zabriskie, 3.5, -4, 999_999, True, Dictionary(Type=Name.MCR, MCID=-1),
         Dictionary(Type=Name.OBJR, Obj=pdf.make_stream(SECRET.encode())), parts["head"]]
    )  # fmt: skip


def _foreign_page(pdf: Any, parts: dict[str, Any]) -> None:
    parts["head"].Pg = pdf.make_indirect(Dictionary(Type=Name.Page, Zabriskie=String(SECRET)))


def _twice(_: Any, parts: dict[str, Any]) -> None:
    parts["last"].K = Array([7, 7, 0, 1])


def _types(_: Any, parts: dict[str, Any]) -> None:
    parts["head"].S = String(SECRET)
    parts["last"].Lang = String(SECRET)
    parts["table"].Lang = String(f"en-{TOWN}")
    parts["para"].S = Name("/" + SECRET)


def _no_kids(_: Any, parts: dict[str, Any]) -> None:
    del parts["root"].K


def _number(_: Any, parts: dict[str, Any]) -> None:
    parts["root"].K = 5


CHANGES = [_loop, _deep, _strange, _foreign_page, _twice, _types, _no_kids, _number]


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: c.__name__[1:])
def test_a_tree_that_is_not_as_it_should_be_costs_no_text_and_leaks_nothing(change: Any) -> None:
    data = made.file(change=change)
    done = redact_file(data, "t.pdf", made.boxes(data), certificate="none")
    assert all(c.passed for c in done.checks)
    said = everything(done.pdf)
    assert "Zabriskie" not in said
    assert TOWN not in said
    with pymupdf.open(stream=done.pdf) as pdf:
        text = " ".join("".join(p.get_text() for p in pdf).split())
    assert all(w in text for w in ("heading", "Dear Mr.", "of this town", "last words", "go on here"))


def test_what_a_browser_prints_keeps_its_tags(tmp_path: Path) -> None:
    """A real producer's tags: Chromium's, where one is installed."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.skip("no Chromium")
    page, printed = tmp_path / "page.html", tmp_path / "page.pdf"
    page.write_text(
        f"""<html lang="en"><h1>Letter</h1><p>Dear Mr. <b>{SECRET}</b>, many thanks.</p>
        <ul><li>First</li><li>Second of {TOWN}</li></ul><h2>End</h2>""",
        "utf-8",
    )
    subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
         "--no-pdf-header-footer", f"--print-to-pdf={printed}", str(page)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    data = printed.read_bytes()
    out = exported(data)
    with pikepdf.open(io.BytesIO(out)) as pdf:
        roles = re.findall(r"'(\w+)'", str(_roles(pdf.Root.StructTreeRoot.K[0])))
    assert roles[:2] == ["Document", "H1"]
    assert roles.count("LI") == 2
    assert roles[-2:] != ["Document", "H1"]
    assert "H2" in roles


def _roles(value: Any) -> Any:
    if isinstance(value, int):
        return []
    if isinstance(value, Array):
        return [_roles(item) for item in value]
    return [str(value.get("/S", ""))[1:], _roles(value.get("/K", 0))]
