"""The certificate of an export: what was destroyed where and why, who decided, what was checked.

No word of it quotes the document: it holds places, counts, reasons, names of those who decided as
they were given, and hashes. Any given text in which a redacted text is found is withheld. Its pages
are set in fonts that are embedded, and the same content makes the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from model.findings import Redaction
from redaction import searched
from redaction.searched import Search
from redaction.typeset import INK, SOFT, WARN, Setter, ranges

TITLE = "Redaction certificate"
WITHHELD = "(withheld: it repeats a redacted text)"
MOST_ROWS = 400
"""Boxes listed one by one; beyond, they are counted a page."""

Mask = Callable[[str], str]


@dataclass(frozen=True)
class Edition:
    """What makes this export one of several versions of the same review."""

    name: str
    left: Sequence[tuple[str, int]] = ()
    """(reason, boxes): decided, but readable in this version."""
    unseen: int = 0
    """Boxes that nobody has looked at."""
    seconds: Mapping[str, int] = field(default_factory=dict)
    """Second person -> how many boxes they have confirmed."""
    pages: Sequence[str] = ()
    """The pages' numbers (Bates)."""
    undecided: int = 0
    """Things found that nobody has decided on: they are readable."""
    approved: bool = True
    """Whether somebody approved the document's text."""
    names: str = "names"
    """"pseudonyms": people are Reviewer 1, Reviewer 2, in the order in which they are named."""


class People:
    """The names of those who decided, or Reviewer 1, Reviewer 2 where names are not to be told."""

    def __init__(self, mask: Mask, edition: Edition | None) -> None:
        self.mask = mask
        self.hidden = edition is not None and edition.names == "pseudonyms"
        self.numbers: dict[str, int] = {}

    def __call__(self, name: str) -> str:
        if not name:
            return ""
        if not self.hidden:
            return self.mask(name)
        return f"{_WORDS['reviewer']} {self.numbers.setdefault(name, len(self.numbers) + 1)}"


@dataclass(frozen=True)
class Facts:
    """Everything a certificate says."""

    source_sha256: str
    pages_sha256: str
    """redaction.digest of the redacted pages."""
    pages: int
    mode: str
    redactions: Sequence[Redaction]
    reviewed: bool
    checks: Sequence[tuple[str, str]]
    """(name, what it says): all of them passed, otherwise nothing would have been written."""
    versions: Mapping[str, str]
    engines: Sequence[str] = ()
    decided: Sequence[tuple[str, str]] = ()
    """(name, time) of those who approved the document."""
    copies: Sequence[tuple[int, tuple[float, ...]]] = ()
    flattened: Sequence[tuple[int, str]] = ()
    ledger_head: tuple[int, str] | None = None
    appended: bool = True
    """Whether the certificate follows the redacted pages in the same file."""
    version: Edition | None = None
    search: Search | None = None
    """By what the findings were made; None where the boxes were given."""
    signer: tuple[str, str] | None = None
    """Subject and SHA-256 fingerprint of the certificate that the file is signed with."""
    signatures: int = 0
    """How many signatures the source carried."""


def vocabulary() -> frozenset[str]:
    """Every word of the certificate's own: finding one of them on its pages proves nothing."""
    from redaction.attack.report import TITLES

    texts = [*_WORDS.values(), *searched.vocabulary(), TITLE, WITHHELD, *TITLES.values(), *TITLES]
    texts += [
        "preserve flatten passed failed Inkveil MuPDF PyMuPDF qpdf pikepdf Pillow poppler pdftotext UTC"
    ]
    return frozenset(word.strip(".,:;()") for text in texts for word in text.replace("_", " ").split())


_WORDS = {
    "intro": "What stood under the boxes listed here was destroyed in the file, not covered. The finished "
    "file was then opened again and attacked with the checks below. All of them passed: a file that fails "
    "one is not written.",
    "unreviewed": "Unreviewed: the boxes were chosen by a program. No person has confirmed them.",
    "partly": "Partly unreviewed: a program chose some of the boxes, and no person has confirmed them",
    "version": "Version",
    "left": "Decided, but left readable in this version",
    "signed": "Signed",
    "signer": "By",
    "fingerprint": "Its certificate, SHA-256",
    "signature": "The signature covers every byte of this file. It is checked with any PDF reader that knows "
    "signatures, or as Inkveil's documentation says.",
    "lost": "The source carried signatures, which a redacted copy can't keep",
    "undecided": "Found, but not decided on and so left readable",
    "unapproved": "The document's text was not approved: personal data may stand where nobody has looked.",
    "bates": "Page numbers",
    "seconds": "Confirmed by a second person",
    "of": "of",
    "reviewer": "Reviewer",
    "pseudonyms": "Light boxes carry pseudonyms. Their key is kept apart and is in no exported file.",
    "basis": "Legal basis",
    "kind": "What",
    "number": "No.",
    "reviewed": "Reviewed: the boxes were confirmed by the people named below.",
    "file": "File",
    "source": "Source, SHA-256",
    "digest": "Redacted pages, digest",
    "appended": "The digest covers the pages before this certificate: their boxes, contents and resources, "
    "spelled as Inkveil's documentation says. It can be computed again from this file. The hash of this "
    "whole file stands in the report beside it.",
    "beside": "The digest covers the pages of the redacted file: their boxes, contents and resources, "
    "spelled as Inkveil's documentation says, and can be computed again from it.",
    "pages": "Pages",
    "mode": "Mode",
    "preserve": "preserve: pages that were born digital keep their text",
    "flatten": "flatten: every page is an image with a searchable layer of what was not redacted",
    "what": "What was redacted",
    "reason": "Reason",
    "boxes": "Boxes",
    "on": "Pages",
    "copies": "Further copies of redacted texts that were found and destroyed as well",
    "flattened": "Pages made an image, because their marks could not be proved one by one",
    "decided": "Decided by",
    "unnamed": "not recorded",
    "approved": "approved the document",
    "confirmed": "boxes",
    "checks": "Checks of the finished file",
    "places": "Places",
    "page": "Page",
    "rect": "Box in points from the top left",
    "by": "Decided by",
    "at": "at",
    "made": "Made with",
    "engines": "Engines that read the document",
    "ledger": "Audit trail",
    "head": "Last event and its hash",
    "passed": "passed",
    "more": "The places of all boxes stand in the report beside the file.",
}


def build(facts: Facts, mask: Mask) -> bytes:
    """A PDF of the certificate's pages. `mask` withholds given texts that repeat a redacted one."""
    sheet = Setter(TITLE)
    sheet.heading(TITLE, 20)
    sheet.paragraph(_WORDS["intro"])
    edition = facts.version
    people = People(mask, edition)
    _reviewed(sheet, facts)
    sheet.heading(_WORDS["file"])
    if edition is not None:
        sheet.pair(_WORDS["version"], edition.name)
    sheet.pair(_WORDS["source"], facts.source_sha256, mono=True)
    if facts.signatures:
        sheet.pair(_WORDS["lost"], str(facts.signatures))
    sheet.pair(_WORDS["digest"], facts.pages_sha256, mono=True)
    sheet.pair(_WORDS["pages"], str(facts.pages))
    if edition is not None and edition.pages:
        sheet.pair(_WORDS["bates"], mask(f"{edition.pages[0]} - {edition.pages[-1]}"))
    sheet.pair(_WORDS["mode"], _WORDS[facts.mode])
    sheet.paragraph(_WORDS["appended" if facts.appended else "beside"], colour=SOFT)
    _what(sheet, facts, mask)
    _who(sheet, facts, people)
    if facts.search is not None:
        searched.section(sheet, facts.search, mask)
    sheet.heading(_WORDS["checks"])
    sheet.table([(_WORDS["passed"], title) for _, title in facts.checks], (52.0,))
    sheet.heading(_WORDS["made"])
    for name, version in sorted(facts.versions.items()):
        sheet.pair(name, mask(version))
    if facts.engines:
        sheet.pair(_WORDS["engines"], mask(", ".join(facts.engines)))
    if facts.ledger_head is not None:
        sheet.heading(_WORDS["ledger"])
        sheet.pair(_WORDS["head"], f"{facts.ledger_head[0]}  {facts.ledger_head[1]}", mono=True)
    if facts.signer is not None:
        sheet.heading(_WORDS["signed"])
        sheet.pair(_WORDS["signer"], mask(facts.signer[0]))
        sheet.pair(_WORDS["fingerprint"], facts.signer[1], mono=True)
        sheet.paragraph(_WORDS["signature"], colour=SOFT)
    _where(sheet, facts, mask, people)
    return sheet.finish()


def _reviewed(sheet: Setter, facts: Facts) -> None:
    edition = facts.version
    if edition is not None and 0 < edition.unseen < len(facts.redactions):
        count = f"{_WORDS['partly']} ({edition.unseen} {_WORDS['of']} {len(facts.redactions)})."
        sheet.paragraph(count, bold=True, colour=WARN)
    else:
        said = _WORDS["reviewed" if facts.reviewed else "unreviewed"]
        sheet.paragraph(said, bold=True, colour=INK if facts.reviewed else WARN)
    if edition is not None and not edition.approved:
        sheet.paragraph(_WORDS["unapproved"], colour=WARN)
    if edition is not None and edition.undecided:
        sheet.paragraph(f"{_WORDS['undecided']}: {edition.undecided}", colour=WARN)


def _what(sheet: Setter, facts: Facts, mask: Mask) -> None:
    sheet.heading(_WORDS["what"])
    by_reason: dict[str, list[int]] = {}
    for redaction in facts.redactions:
        by_reason.setdefault(redaction.reason, []).append(redaction.page)
    rows = [(mask(reason), str(len(pages)), ranges(pages)) for reason, pages in sorted(by_reason.items())]
    sheet.table([(_WORDS["reason"], _WORDS["boxes"], _WORDS["on"]), *rows], (220.0, 60.0), head=True)
    if facts.copies:
        sheet.paragraph(
            f"{_WORDS['copies']}: {len(facts.copies)} "
            f"({_WORDS['on'].lower()} {ranges(p for p, _ in facts.copies)})"
        )
    if facts.version is not None and facts.version.left:
        told = ", ".join(f"{mask(reason)} ({count})" for reason, count in facts.version.left)
        sheet.paragraph(f"{_WORDS['left']}: {told}")
    if any(r.fill == "light" for r in facts.redactions):
        sheet.paragraph(_WORDS["pseudonyms"])
    if facts.flattened and facts.mode == "preserve":
        sheet.paragraph(f"{_WORDS['flattened']}: {ranges(p for p, _ in facts.flattened)}")


def _who(sheet: Setter, facts: Facts, people: People) -> None:
    sheet.heading(_WORDS["decided"])
    counts: dict[str, int] = {}
    for redaction in facts.redactions:
        counts[redaction.decided_by] = counts.get(redaction.decided_by, 0) + 1
    for name, count in sorted(counts.items()):
        sheet.pair(people(name) or _WORDS["unnamed"], f"{count} {_WORDS['confirmed']}")
    for name, time in facts.decided:
        sheet.pair(
            people(name), f"{_WORDS['approved']} {_WORDS['at']} {time}" if time else _WORDS["approved"]
        )
    if facts.version is not None:
        for name, confirmed in sorted(facts.version.seconds.items()):
            said = f"{_WORDS['seconds']}: {confirmed} {_WORDS['of']} {len(facts.redactions)}"
            sheet.pair(people(name), said)


def _where(sheet: Setter, facts: Facts, mask: Mask, people: People) -> None:
    sheet.heading(_WORDS["places"])
    if len(facts.redactions) > MOST_ROWS:
        counts: dict[int, int] = {}
        for redaction in facts.redactions:
            counts[redaction.page] = counts.get(redaction.page, 0) + 1
        rows = [(str(page), str(count)) for page, count in sorted(counts.items())]
        sheet.table([(_WORDS["page"], _WORDS["boxes"]), *rows], (60.0,), head=True)
        sheet.paragraph(_WORDS["more"], colour=SOFT)
        return
    rows4 = [
        (
            str(r.page),
            ", ".join(f"{v:.1f}" for v in r.box.as_list()),
            mask(r.reason),
            " ".join(filter(None, (people(r.decided_by), r.decided_at))),
        )
        for r in sorted(facts.redactions, key=lambda r: (r.page, r.box.y0, r.box.x0))
    ]
    sheet.table(
        [(_WORDS["page"], _WORDS["rect"], _WORDS["reason"], _WORDS["by"]), *rows4],
        (38.0, 150.0, 130.0),
        head=True,
    )
