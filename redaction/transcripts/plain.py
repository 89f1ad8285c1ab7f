"""Transcripts as text, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Final

from model.words import TranscriptPage

RUNS: Final = "=+-@\t\r"
"""What a spreadsheet takes for a formula at a cell's beginning (OWASP, CSV injection)."""


def cell(text: str) -> str:
    """A text as a cell that no spreadsheet runs: an apostrophe before =, +, -, @ and before an apostrophe."""
    return f"'{text}" if text[:1] and text[0] in RUNS + "'" else text


def plain_cell(text: str) -> str:
    """The text of such a cell, without the apostrophe that `cell` put there."""
    return text[1:] if text.startswith("'") and text[1:2] and text[1] in RUNS + "'" else text


def as_text(pages: Sequence[TranscriptPage], _name: str) -> str:
    """UTF-8 text: lines as on the page, a form feed between pages."""
    return "\n\f".join(page.text for page in pages) + "\n"


def as_json(pages: Sequence[TranscriptPage], name: str) -> str:
    """The slots with their state, in reading order."""
    return (
        json.dumps(
            {
                "source": {"name": name},
                "pages": [
                    {
                        "page": p.page,
                        "width": p.width,
                        "height": p.height,
                        "dpi": p.dpi,
                        "approved": p.approved,
                        "text": p.text,
                        "slots": [
                            {
                                "id": s.id,
                                "text": s.text,
                                "box": s.box.rounded(),
                                "quad": s.quad.as_list(),
                                "line": s.line,
                                "order": k,
                                "status": s.status,
                                "risk": round(s.risk, 4),
                            }
                            for k, s in enumerate(p.slots)
                        ],
                    }
                    for p in pages
                ],
            },
            ensure_ascii=False,
            indent=1,
        )
        + "\n"
    )


def as_csv(pages: Sequence[TranscriptPage], _name: str) -> str:
    """One row a word. Cells as of `cell`, so that no spreadsheet runs one."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["page", "line", "order", "text", "x0", "y0", "x1", "y1", "status", "risk"])
    for page in pages:
        for order, slot in enumerate(page.slots):
            text = cell(slot.text)
            writer.writerow(
                [page.page, slot.line, order, text, *slot.box.rounded(1), slot.status, f"{slot.risk:.4f}"]
            )
    return out.getvalue()
