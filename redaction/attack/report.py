"""Collects what the attacks find and makes one Check a name of it. No attack lives here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from model.findings import Check

FILE_CHECKS: tuple[tuple[str, str], ...] = (
    ("opens", "The file opens in MuPDF and in qpdf without repair or password"),
    (
        "one_revision",
        "One revision: no earlier version of the file, nothing before its head or after its end",
    ),
    ("stray_bytes", "No bytes between the objects of the file or behind the data of its streams"),
    ("orphans", "Every object in the file belongs to a page"),
    ("allowed_keys", "No key in the file that no visible mark needs"),
    ("annotations", "No annotations or comments; links lead to pages or plain addresses only"),
    ("form_fields", "No form fields"),
    ("scripts", "No scripts or actions"),
    ("attachments", "No attached files"),
    ("metadata", "No metadata, thumbnails or private data of programs"),
    ("outlines", "Bookmarks and page labels in their plain form only; no named destinations or threads"),
    ("structure_tree", "No structure but marks that belong together, no replacement or alternative texts"),
    ("layers", "No optional layers"),
    ("image_metadata", "Images hold pixels only: no metadata, no bytes behind the picture"),
    ("invisible_text", "No text that nobody can see, except the text layer of visible writing"),
    ("covered_text", "No live text under a rectangle or image"),
    ("covered_images", "No picture content under a rectangle"),
)
BOX_CHECKS: tuple[tuple[str, str], ...] = (
    ("page_geometry", "Number, sizes and orientation of the pages are those of the source"),
    ("text_under_boxes", "No text can be extracted under a box"),
    ("pixels_under_boxes", "Every box is one uniform area in the rendered page"),
    ("images_under_boxes", "Every embedded image is uniform where a box lies on it"),
    ("secrets_in_text", "No further copy of a redacted text can be extracted from any page"),
    ("secrets_in_objects", "No copy of a redacted text in any object, name or string of the file"),
    ("secrets_in_streams", "No copy of a redacted text in any stream or byte of the file, in any encoding"),
    ("second_reader", "A second, independent program finds no redacted text either"),
    ("innocent_text", "The words that were not redacted are all there, in their places"),
    ("innocent_pixels", "The pages look the same outside the boxes"),
)
SIGNATURE_CHECKS: tuple[tuple[str, str], ...] = (
    ("signature", "The signature covers the whole file, and nothing was changed since"),
    ("timestamp", "The time stamp belongs to the signature and is intact"),
    ("statement", "The signed statement in the report names this file and the head of its audit trail"),
)
"""Only of files that are signed."""
TITLES = dict(FILE_CHECKS + BOX_CHECKS + SIGNATURE_CHECKS)
SHOWN = 4
"""How many findings a Check's detail names before it counts the rest."""


@dataclass
class Report:
    """Findings of one run. `ran` lists the checks that were carried out, with a note each."""

    findings: dict[str, list[tuple[str, int | None]]] = field(default_factory=dict)
    ran: dict[str, str] = field(default_factory=dict)

    def carried_out(self, name: str, note: str = "") -> None:
        """Says that a check ran (it passes unless something was found); the last note stands."""
        self.ran[name] = note or self.ran.get(name, "")

    def fail(self, name: str, finding: str, page: int | None = None) -> None:
        """Adds a finding: a clause that goes on after "Nothing was written:", without the secret."""
        if name not in TITLES:
            raise ValueError(f"unknown check: {name}")
        entries = self.findings.setdefault(name, [])
        if (finding, page) not in entries:
            entries.append((finding, page))

    def found(self, name: str) -> bool:
        return bool(self.findings.get(name))

    def pages(self) -> set[int]:
        """The pages on which anything was found."""
        return {page for entries in self.findings.values() for _, page in entries if page is not None}

    def checks(self) -> list[Check]:
        """One Check for every name that ran, in the order of TITLES."""
        result = []
        for name in TITLES:
            if name in self.findings:
                entries = self.findings[name]
                result.append(Check(name, False, _detail([f for f, _ in entries]), _first_page(entries)))
            elif name in self.ran:
                result.append(Check(name, True, self.ran[name]))
        return result


def _detail(findings: Sequence[str]) -> str:
    shown = "; ".join(findings[:SHOWN])
    rest = len(findings) - SHOWN
    return f"{shown}; and {rest} more" if rest > 0 else shown


def _first_page(entries: Sequence[tuple[str, int | None]]) -> int | None:
    return next((page for _, page in entries if page is not None), None)
