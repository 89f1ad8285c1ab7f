"""Bookmarks, links, page labels and the language stay where they say nothing of what is gone."""

from __future__ import annotations

import io

import pikepdf
import pymupdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from model.findings import Redaction
from model.geometry import Box
from redaction.apply import Mode
from redaction.burn.copies import Secrets
from redaction.burn.navigation import clean_address
from redaction.export import redact_file

SECRET = "Quentin Zabriskie"
LINES = ("Annual report", f"Mr. {SECRET} chaired the board.", "See the appendix, or www.example.org/report.")


def report() -> tuple[bytes, list[Redaction]]:
    with pymupdf.open() as made:
        for _ in range(3):
            made.new_page(width=420, height=300)
        for number, page in enumerate(made):
            for row, line in enumerate((*LINES, f"Chapter {number + 1}")):
                page.insert_text((36, 60 + 24 * row), line, fontsize=12)
            page.insert_link({"kind": pymupdf.LINK_GOTO, "from": pymupdf.Rect(36, 120, 90, 134), "page": 2})
            for y, uri in (
                (200, "https://www.example.org/report"),
                (220, "https://example.org/zabriskie"),
                (240, "https://example.org/?q=UXVlbnRpbiBaYWJyaXNraWU9PT09PQ"),
                (84, "https://example.org/board"),
            ):
                page.insert_link(
                    {"kind": pymupdf.LINK_URI, "from": pymupdf.Rect(60, y - 10, 200, y + 2), "uri": uri}
                )
        made.set_toc(
            [
                [1, "Annual report", 1],
                [2, "Chapter 1", 1],
                [2, f"About {SECRET}", 2],
                [3, "Not on any page", 2],
                [1, "Chapter 3", 3],
            ]
        )
        data = made.tobytes()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.Root.PageLabels = Dictionary(
            Nums=Array(
                [
                    0,
                    Dictionary(S=Name.r),
                    1,
                    Dictionary(S=Name.D, P=String("A-"), St=7),
                    2,
                    Dictionary(P=String(SECRET)),
                ]
            )
        )
        pdf.Root.Lang = String("en-GB")
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue(), [Redaction(n, Box(55, 72, 160, 90), "x", text=SECRET) for n in (1, 2, 3)]


@pytest.mark.parametrize("mode", ["preserve", "flatten"])
def test_what_leads_through_the_file_stays_where_it_is_clean(mode: Mode) -> None:
    data, boxes = report()
    made = redact_file(data, "report.pdf", boxes, mode=mode, certificate="none")
    with pymupdf.open(stream=made.pdf) as document:
        assert document.get_toc(simple=True) == [
            [1, "Annual report", 1],
            [2, "Chapter 1", 1],
            [2, "Page 2", 2],
            [3, "Page 2", 2],
            [1, "Chapter 3", 3],
        ]
        assert [page.get_label() for page in document] == ["i", "A-7", ""]
        for page in document:
            links = page.get_links()
            assert [link.get("uri") for link in links if link["kind"] == pymupdf.LINK_URI] == [
                "https://www.example.org/report"
            ]
            assert [link["page"] for link in links if link["kind"] == pymupdf.LINK_GOTO] == [2]
    with pikepdf.open(io.BytesIO(made.pdf)) as pdf:
        assert str(pdf.Root.Lang) == "en-GB"
    assert b"abriskie" not in made.pdf


@pytest.mark.parametrize(
    ("uri", "clean"),
    [
        ("https://www.example.org/annual-report_2024.pdf", True),
        ("mailto:office@example.org", True),
        ("http://example.org/a?page=3#top", True),
        ("https://example.org/Quentin-Zabriskie", False),
        ("https://example.org/?n=quentin%20zabriskie", False),
        ("mailto:q.zabriskie@example.org", False),
        ("https://zabriskie@example.org/", False),
        ("file:///home/zabriskie", False),
        ("javascript:alert(1)", False),
        ("https://example.org/UXVlbnRpbiBaYWJyaXNraWU9PT09", False),
        ("https://example.org/quentinzabriskie2", False),
        ("https://[bad", False),
    ],
)
def test_addresses_that_may_travel(uri: str, clean: bool) -> None:
    secrets = Secrets()
    secrets.add(SECRET, stated=True)
    assert clean_address(uri, secrets) is clean
