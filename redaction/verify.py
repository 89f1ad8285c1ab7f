"""Attacks a finished PDF: opens it again and tries everything that would bring back what was redacted.

Shares no code with redaction.apply. The attacks live in redaction.attack; here they are put in order:
the file's bytes and objects, every stream, every page as MuPDF shows it, and, where the source is
given, the boxes, the further copies, and what has to be still there. Nothing is written here.
"""

from __future__ import annotations

import errno
import io
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from model.errors import StorageFailed, UsageError
from model.findings import Check, Redaction, Stamped
from model.geometry import Box
from redaction.attack import (
    content,
    grammar,
    images,
    innocent,
    others,
    signature,
    structure,
    tags,
    under,
    visibility,
)
from redaction.attack.needles import GAP, Needle, Needles, folded_run, folded_words
from redaction.attack.reference import Reference, needles_of, read_source
from redaction.attack.report import Report
from redaction.attack.sheet import Sheet, forget_images, open_document, open_sheet, parted

CERTIFICATE_TITLE = "Redaction certificate"
"""What the first of the pages says that may follow the pages of the source."""

_NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EROFS)
_BROKEN = (
    RuntimeError, ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError,
    MemoryError, OSError,
)  # fmt: skip


def verify(
    output: bytes,
    *,
    source: bytes | None = None,
    redactions: Sequence[Redaction] | None = None,
    secrets: Sequence[str] = (),
    password: str | None = None,
    extra_pages: int | None = None,
    innocent_words: Collection[str] = (),
    deep: bool = False,
    told: Mapping[str, Any] | None = None,
    trust: Sequence[bytes] = (),
) -> list[Check]:
    """Every check that could be carried out, in the order of attack.report.TITLES; none quotes a secret.

    Without `source` and `redactions` only the file itself is attacked. `password` opens the source.
    `extra_pages` is the number of certificate pages at the end (None: recognised by their title).
    `innocent_words` may be read on them whatever was redacted: the certificate's own vocabulary.
    `deep` adds a third reader: pdfminer, if installed. `told`: the report.json beside the file, whose signed
    statement is checked; `trust`: certificates (PEM or DER) that a signer may descend from. Raises
    UsageError for redactions without source, Unreadable and PasswordNeeded for a source that can't be
    opened. A broken output is no error: its checks fail.
    """
    if redactions is not None and source is None:
        raise UsageError("To check boxes the source file is needed as well: give both or neither.")
    judge = Judge(source, redactions or (), secrets=secrets, password=password)
    stamps = [
        Stamped(int(s["page"]), str(s.get("text") or ""), Box.of(s["rect"]), not s.get("over"))
        for s in (told or {}).get("stamps", ())
        if s.get("rect")
    ]
    return judge.attack(
        output, redactions or (), extra_pages=extra_pages, innocent_words=innocent_words, deep=deep,
        stamps=stamps, told=told, trust=trust,
    )  # fmt: skip


class Judge:
    """A source and its boxes, read once; then any output can be attacked."""

    def __init__(
        self, source: bytes | None, redactions: Sequence[Redaction], *, secrets: Sequence[str] = (),
        password: str | None = None, name: str = "the source",
    ) -> None:  # fmt: skip
        self.reference = (
            read_source(source, redactions, password=password, name=name) if source is not None else None
        )
        named = [n for secret in secrets for n in needles_of(secret, "a text that was named as secret", None)]
        seen = self.reference.innocent if self.reference else ()
        self.failed_pages: frozenset[int] = frozenset()
        """Pages of the source on which the last attack found something."""
        self.needles = Needles([*(self.reference.needles if self.reference else ()), *named], seen)

    @property
    def sizes(self) -> list[tuple[float, float]]:
        """Width and height of the source's displayed pages, points."""
        return [(page.width, page.height) for page in self.reference.pages] if self.reference else []

    def attack(
        self, output: bytes, redactions: Sequence[Redaction], *, extra_pages: int | None = None,
        innocent_words: Collection[str] = (), deep: bool = False, stamps: Sequence[Stamped] = (),
        told: Mapping[str, Any] | None = None, trust: Sequence[bytes] = (),
    ) -> list[Check]:  # fmt: skip
        """As `verify`. `redactions` may hold more boxes than the source was read for: further copies.

        `stamps`: what was written into the margins.
        """
        report = Report()
        _Attack(
            output,
            report,
            self.needles,
            redactions,
            self.reference,
            extra_pages,
            innocent_words,
            deep,
            stamps,
            trust,
        ).run()
        if told is not None:
            signature.attack_statement(output, told, report, trust)
        count = len(self.reference.pages) if self.reference is not None else 0
        self.failed_pages = frozenset(page for page in report.pages() if page <= count)
        return report.checks()


class _Attack:
    """One run over one file."""

    def __init__(
        self, output: bytes, report: Report, needles: Needles, boxes: Sequence[Redaction],
        reference: Reference | None, extra_pages: int | None, innocent_words: Collection[str], deep: bool,
        stamps: Sequence[Stamped], trust: Sequence[bytes],
    ) -> None:  # fmt: skip
        self.output = output
        self.report = report
        self.needles = needles
        self.boxes: dict[int, list[Redaction]] = {}
        for box in boxes:
            self.boxes.setdefault(box.page, []).append(box)
        self.reference = reference
        self.extra_pages = extra_pages
        self.vocabulary = {f for word in innocent_words for f in folded_words(word)}
        self.deep = deep
        self.stamps = stamps
        self.trust = trust
        self.numbers: dict[int, Counter[int]] = {}
        """Page -> its marked content's numbers."""

    def run(self) -> None:
        self.report.carried_out("opens")
        try:
            self._run()
        except _BROKEN as error:  # a hostile file may break any reader: then it is not proved
            if isinstance(error, OSError) and error.errno in _NO_ROOM:
                raise StorageFailed(
                    f"The finished file could not be checked ({error.strerror}): there is no room for "
                    "temporary files. Nothing half-written is left; free some space and try again."
                ) from None
            self.report.fail("opens", f"the file can't be read to its end ({type(error).__name__})")

    def _run(self) -> None:
        import pikepdf

        try:
            pdf = pikepdf.open(io.BytesIO(self.output))
        except (pikepdf.PdfError, pikepdf.PasswordError, ValueError):
            self.report.fail("opens", "the file can't be opened by qpdf, or only with a password")
            return
        with pdf:
            if pdf.is_encrypted:
                self.report.fail("opens", "the file is encrypted, so it can't be checked by everybody")
            self.file(pdf)
            if pdf.get_warnings():
                self.report.fail("opens", "the file is damaged and opens only by repair")
            with open_document(self.output) as document:
                if document.is_repaired:
                    self.report.fail("opens", "the file is damaged and opens only by repair")
                if document.page_count != len(pdf.pages):
                    self.report.fail("opens", "two readers see different numbers of pages")
                    return
                self.pages(pdf, document)

    def file(self, pdf: Any) -> None:
        """Bytes, objects and streams."""
        layout = structure.attack_bytes(self.output, pdf, self.report)
        signed = signature.attack_signature(self.output, pdf, self.report, self.needles, self.trust)
        walk = grammar.walk(pdf, self.report, self.needles, signed)
        structure.attack_orphans(pdf, walk.reached, layout, self.report)
        self.report.carried_out("image_metadata")
        if self.needles:
            self.report.carried_out("secrets_in_streams")
            plain, sealed = signature.parted(self.output, signed)
            self.search(structure.outside_streams(plain, layout), "the bytes of the file", None)
            needle = self.needles.long.in_bytes(sealed)
            if needle is not None:
                self.report.fail("secrets_in_streams", f"{needle.origin} can still be read in the signature")
        for value in pdf.objects:
            if isinstance(value, _stream_type()):
                kind, place = walk.streams.get(
                    tuple(value.objgen), ("", grammar.Place("an object of the file"))
                )
                self.stream(value, kind, place)

    def stream(self, value: Any, kind: str, place: grammar.Place) -> None:
        import pikepdf

        if kind == "image":
            held = images.attack_container(value, place.words, place.page, self.report)
            self.search(held, f"the metadata of {place.words}", place.page)
            return
        raw = bytes(value.read_raw_bytes())
        if images.filters(value) == ["/FlateDecode"] and structure.flate_size(raw)[1]:
            self.report.fail(
                "stray_bytes", f"a stream of {place.words} holds bytes behind its data", place.page
            )
            self.search(raw, place.words, place.page)
        if not self.needles:
            return
        try:
            self.search(bytes(value.read_bytes()), place.words, place.page)
        except (pikepdf.PdfError, NotImplementedError):
            self.search(raw, place.words, place.page)

    def search(self, data: bytes, where: str, page: int | None) -> None:
        needle = self.needles.in_bytes(data)
        if needle is not None:
            self.report.fail(
                "secrets_in_streams", f"{needle.origin} can still be read in {where}", page or needle.page
            )

    def pages(self, pdf: Any, document: Any) -> None:
        sizes = [(document[i].rect.width, document[i].rect.height) for i in range(document.page_count)]
        extra = self.certificate_pages(document)
        comparable = True
        if self.reference is not None:
            comparable = innocent.attack_geometry(self.reference.pages, sizes, extra, self.report)
        interpreter = content.Interpreter(pdf)
        compared = 0
        columns: set[int] = set()
        last = document.page_count - extra
        for number in range(1, document.page_count + 1):
            sheet = open_sheet(document, number)
            columns |= {number} if sheet.columns else set()
            page = pdf.pages[number - 1].obj
            compared += self.page(sheet, page, interpreter, own=number <= last, comparable=comparable)
            if sheet.draws_images:
                forget_images()
        tags.attack_tree(pdf, self.numbers, self.report)
        if self.reference is not None:
            self.report.carried_out("innocent_text", f"{compared} words compared")
        if self.reference is not None or self.needles:

            def known(number: int) -> Needles:
                return self.needles_on(number) if number <= last else self.certified.wholes

            others.attack_with_poppler(
                self.output, self.boxes, sizes, known, self.report, columns, self.stamps
            )
            if self.deep:
                others.attack_with_pdfminer(self.output, known, self.report)

    def certificate_pages(self, document: Any) -> int:
        """How many pages at the end are a certificate's."""
        if self.extra_pages is not None:
            return self.extra_pages
        known = len(self.reference.pages) if self.reference is not None else None
        for index in range(document.page_count):
            if known is not None and index < known:
                continue
            if document[index].get_text().lstrip().startswith(CERTIFICATE_TITLE):
                return int(document.page_count - index)
        return 0

    def page(
        self, sheet: Sheet, page: Any, interpreter: content.Interpreter, *, own: bool, comparable: bool
    ) -> int:
        """All attacks on one page; returns how many words were compared with the source."""
        boxes = self.boxes.get(sheet.number, []) if own else []
        stamps = [s for s in self.stamps if s.page == sheet.number and own]
        added = [b.box for b in boxes] + [s.box for s in stamps if s.box is not None]
        sheet.aside = np.array([b.as_list() for b in added], dtype=np.float64).reshape(-1, 4)
        found = interpreter.page(page)
        self.numbers[sheet.number] = found.numbers
        for key in sorted(found.marked):
            self.report.fail(
                "structure_tree" if key != "/OC" else "layers",
                f"page {sheet.number} marks content with properties ({self.needles.masked(key)})",
                sheet.number,
            )
        pictures = bool(found.drawn or found.inline_images)
        visibility.attack_visibility(sheet, self.report, images=pictures, layer=found.invisible)
        self.report.carried_out("covered_images")
        decoded: dict[Any, Any] = {}
        covers = _covers(sheet) if found.drawn else []
        if covers:
            images.attack_boxes(
                found.drawn,
                page,
                sheet.number,
                covers,
                self.report,
                check="covered_images",
                what="a rectangle",
                cache=decoded,
            )
        if self.needles:
            self.read(sheet, found, own=own)
        if boxes:
            lossy = any(images.LOSSY & set(images.filters(d.image)) for d in found.drawn)
            under.attack_under(sheet, boxes, self.report, lossy=lossy, stamps=stamps)
            rects = [(b.box.x0, b.box.y0, b.box.x1, b.box.y1) for b in boxes]
            images.attack_boxes(found.drawn, page, sheet.number, rects, self.report, cache=decoded)
        if own and self.reference is not None and comparable:
            source = self.reference.pages[sheet.number - 1]
            return innocent.attack_innocent(source, sheet, boxes, self.report)
        return 0

    def needles_on(self, number: int) -> Needles:
        """What must not be read on a page of the source.

        Where the source has no text (a scan), its words outside the boxes are not known: a single word of
        a longer secret may be one of them, as it may elsewhere. That it stands over visible writing,
        clear of the boxes, is what other attacks look at.
        """
        pages = self.reference.pages if self.reference is not None else ()
        silent = 0 < number <= len(pages) and not pages[number - 1].words
        return self.needles.wholes if silent else self.needles

    @cached_property
    def certified(self) -> Needles:
        """What must not be read on the pages of the certificate, which has words of its own."""
        return self.needles.without(self.vocabulary)

    def read(self, sheet: Sheet, found: content.Content, *, own: bool) -> None:
        """Further copies in the text of a page: as extracted, and as its content shows it, code by code."""
        self.report.carried_out("secrets_in_text")
        needles = self.needles_on(sheet.number) if own else self.certified
        boxes = np.array([b.box.as_list() for b in self.boxes.get(sheet.number, ())]).reshape(-1, 4)
        gaps = parted(sheet.boxes, boxes if own else boxes[:0])
        words = folded_run(sheet.folded, gaps.tolist()) if sheet.words else []
        run = "".join(w for w in words if w != GAP)
        needle = needles.in_words(words)
        needle = needle or needles.in_run("".join(found.shown), run)
        needle = needle or needles.in_run("".join(found.plain), run)
        if needle is not None:
            self.report.fail("secrets_in_text", _still(needle, sheet.number), sheet.number)


def _still(needle: Needle, page: int) -> str:
    where = "elsewhere on that page" if needle.page == page else f"on page {page}"
    return f"{needle.origin} can still be read {where}"


def _covers(sheet: Sheet) -> list[tuple[float, float, float, float]]:
    """Filled areas that were painted over an image and are one colour in the end."""
    result = []
    image_before = False
    for name, box in sheet.painted:
        if name == "fill-image":
            image_before = True
        elif name == "fill-path" and image_before:
            region = sheet.region(box)
            if (
                min(region.shape[:2]) >= 4
                and int((region.max((0, 1)).astype(int) - region.min((0, 1))).max()) <= 3
            ):
                result.append(box)
    return result


def _stream_type() -> Any:
    import pikepdf

    return pikepdf.Stream
