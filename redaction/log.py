"""The redaction log, a Vaughn index: one row a box with page, place, exemption, legal basis, who decided.

It quotes nothing of the document. As CSV for spreadsheets and as a PDF to hand over with the production.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from model.findings import Redaction
from redaction.certificate import Mask, People
from redaction.plan import LABELS
from redaction.reasons import Reason
from redaction.transcripts.plain import cell
from redaction.typeset import LANDSCAPE, Setter

TITLE: Final = "Redaction log"
HEADS: Final = (
    "No.", "Page", "Page number", "Place (points)", "What", "Exemption", "Legal basis", "Label",
    "Decided by", "Decided at", "Confirmed by",
)  # fmt: skip
COPY: Final = "further copy of a redacted text"


@dataclass(frozen=True, slots=True)
class Row:
    """One box. `number` counts from 1; `stamp` is the page's Bates number or ""."""

    number: int
    page: int
    stamp: str
    place: str
    what: str
    exemption: str
    basis: str
    label: str
    by: str
    at: str
    second: str

    def cells(self) -> tuple[str, ...]:
        return (
            str(self.number), str(self.page), self.stamp, self.place, self.what, self.exemption, self.basis,
            self.label, self.by, self.at, self.second,
        )  # fmt: skip


def rows(
    redactions: Sequence[Redaction],
    copies: Sequence[tuple[int, Sequence[float]]],
    *,
    reasons: Mapping[str, Reason],
    seconds: Mapping[str, str],
    stamps: Sequence[str],
    mask: Mask,
    people: People,
) -> list[Row]:
    """The log in page order. `seconds`: id of a box -> who confirmed it; `copies`: page and rectangle."""
    listed: list[tuple[int, Sequence[float], Redaction | None]] = [
        *((r.page, r.box.as_list(), r) for r in redactions),
        *((page, rect, None) for page, rect in copies),
    ]
    listed.sort(key=lambda item: (item[0], item[1][1], item[1][0]))
    found = []
    for number, (page, rect, redaction) in enumerate(listed, 1):
        stamp = stamps[page - 1] if page <= len(stamps) else ""
        place = " ".join(f"{value:.0f}" for value in rect)
        if redaction is None:
            found.append(Row(number, page, stamp, place, COPY, "", "", "", "", "", ""))
            continue
        reason = reasons.get(redaction.reason)
        found.append(
            Row(
                number, page, stamp, place, what(redaction), mask(redaction.reason),
                mask(reason.basis) if reason else "", mask(redaction.label), people(redaction.decided_by),
                redaction.decided_at, people(seconds.get(redaction.id, "")),
            )
        )  # fmt: skip
    return found


def what(redaction: Redaction) -> str:
    """The kind of what stood there, in words; "box" where a person drew it."""
    kind = redaction.kind
    return (LABELS.get(kind) or kind.removeprefix("USER_").replace("_", " ")).lower() if kind else "box"


def as_csv(listed: Sequence[Row]) -> str:
    """With a byte-order mark for spreadsheets; no cell is run as a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADS)
    for row in listed:
        writer.writerow([cell(value) for value in row.cells()])
    return "\ufeff" + out.getvalue()


def as_pdf(
    listed: Sequence[Row], document: str, version: str, source_sha256: str, output_sha256: str
) -> bytes:
    """The log as a PDF in landscape. `document`: its name as the export bears it."""
    sheet = Setter(TITLE, LANDSCAPE)
    sheet.heading(TITLE, 20)
    sheet.pair("Document", document)
    sheet.pair("Version", version)
    sheet.pair("Boxes", str(len(listed)))
    sheet.pair("Source, SHA-256", source_sha256, mono=True)
    sheet.pair("Redacted file, SHA-256", output_sha256, mono=True)
    sheet.y += 8
    stamped = any(row.stamp for row in listed)
    heads = ("No.", "Page", "Place (points)", "What", "Exemption and legal basis", "Decided")
    table = [heads]
    for row in listed:
        exemption = f"{row.exemption}: {row.basis}" if row.basis else row.exemption
        decided = " ".join(filter(None, (row.by, row.at[:16].replace("T", " "))))
        second = f"; {row.second}" if row.second else ""
        page = f"{row.page}, {row.stamp}" if stamped else str(row.page)
        table.append((str(row.number), page, row.place, row.what, exemption, decided + second))
    sheet.table(table, (34.0, 110.0 if stamped else 40.0, 110.0, 100.0, 220.0), head=True)
    return sheet.finish()
