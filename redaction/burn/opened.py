"""The source as it came -> one canonical PDF, opened once by MuPDF (to see) and once by qpdf (to read).

Repaired, encrypted or annotated files are written once by MuPDF into memory: then both readers see
the same objects, annotations and fields that are visible have become page content and the others
are gone. The source itself is never changed. Image files are read here as well.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from model.errors import PasswordNeeded, Unreadable
from redaction.burn.mu import library

Affine = tuple[float, float, float, float, float, float]
"""a b c d e f of [a b 0; c d 0; e f 1], applied to row vectors, as in PDF."""


_UNSEEN = 2 | 32
"""Flags of annotations that no viewer shows: hidden, and not for viewing (12.5.3)."""


@dataclass(slots=True)
class Opened:
    """A canonical PDF: MuPDF's document, qpdf's document, and which layers are switched off."""

    mupdf: Any
    pike: Any
    hidden_layers: frozenset[int] = frozenset()
    """Object numbers of the optional content groups that are off."""
    baked: frozenset[int] = field(default_factory=frozenset)
    """Pages (from 0) whose annotations or fields became content."""
    images: dict[int, str] = field(default_factory=dict)
    """Object number of an image -> a key that is the same for images of the same bytes."""

    @property
    def pages(self) -> int:
        return int(self.mupdf.page_count)


@contextmanager
def open_pdf(data: bytes, name: str, password: str | None = None) -> Iterator[Opened]:
    """Raises Unreadable for what no reader opens, PasswordNeeded for a missing or wrong password."""
    import pikepdf

    pymupdf = library()

    try:
        doc = pymupdf.open(stream=data, filetype="pdf")
    except Exception as error:  # noqa: BLE001  (MuPDF raises many kinds)
        raise Unreadable(f"{name} can't be opened as a PDF ({type(error).__name__}).", file=name) from None
    pike = None
    try:
        if doc.needs_pass and not doc.authenticate(password or ""):
            what = "the password does not open it" if password else "it is encrypted"
            raise PasswordNeeded(f"{name}: {what}. Give the document's password.", file=name)
        if doc.page_count < 1:
            raise Unreadable(f"{name} has no pages.", file=name)
        marked = frozenset(
            n for n in range(doc.page_count) if doc.xref_get_key(doc.page_xref(n), "Annots")[0] != "null"
        )
        encrypted = bool(doc.metadata and doc.metadata.get("encryption")) or password is not None
        if marked or doc.is_repaired or encrypted or doc.is_form_pdf:
            _bake(doc, name, marked)
            data = doc.tobytes(encryption=pymupdf.PDF_ENCRYPT_NONE, garbage=1)
            doc.close()
            doc = pymupdf.open(stream=data, filetype="pdf")
        try:
            pike = pikepdf.open(io.BytesIO(data))
        except pikepdf.PdfError:
            data = doc.tobytes(garbage=3, clean=True)
            doc.close()
            doc = pymupdf.open(stream=data, filetype="pdf")
            try:
                pike = pikepdf.open(io.BytesIO(data))
            except pikepdf.PdfError:
                raise Unreadable(f"{name} is damaged beyond repair.", file=name) from None
        yield Opened(doc, pike, _hidden_layers(pike), marked)
    finally:
        if pike is not None:
            pike.close()
        if not doc.is_closed:
            doc.close()


def _hidden_layers(pike: Any) -> frozenset[int]:
    """Optional content groups that the default configuration switches off (8.11.4.3)."""
    try:
        properties = pike.Root["/OCProperties"]
        settings = properties.get("/D", {})
        off = {int(g.objgen[0]) for g in settings.get("/OFF", [])}
        if str(settings.get("/BaseState", "/ON")) == "/OFF":
            on = {int(g.objgen[0]) for g in settings.get("/ON", [])}
            off |= {int(g.objgen[0]) for g in properties.get("/OCGs", [])} - on
        for group in properties.get("/OCGs", []):
            view = group.get("/Usage", {}).get("/View", {})
            if str(view.get("/ViewState", "/ON")) == "/OFF" and "/AS" in settings:
                off.add(int(group.objgen[0]))
    except (KeyError, TypeError, ValueError, AttributeError):
        return frozenset()
    return frozenset(off)


def _bake(doc: Any, name: str, marked: frozenset[int]) -> None:
    """Visible annotations and fields become content; hidden ones are marked so that MuPDF drops them."""
    try:
        _number_annotations(doc, marked)
        off = {int(x) for x in (doc.get_layer() or {}).get("off", ())}
        for number in marked:
            for xref, *_ in doc[number].annot_xrefs():
                flags = doc.xref_get_key(xref, "F")
                layer = doc.xref_get_key(xref, "OC")
                unseen = flags[0] == "int" and int(flags[1]) & _UNSEEN
                if unseen or (layer[0] == "xref" and int(layer[1].split()[0]) in off):
                    doc.xref_set_key(xref, "F", "2")
        doc.bake(annots=True, widgets=True)
    except Exception as error:  # noqa: BLE001
        raise Unreadable(
            f"{name}: its annotations can't be read ({type(error).__name__}); print it to a new PDF first.",
            file=name,
        ) from None


def _number_annotations(doc: Any, marked: frozenset[int]) -> None:
    """Annotations written into their page's array become objects of their own: only those can be changed."""
    mupdf = library().mupdf
    pdf = library()._as_pdf_document(doc)  # noqa: SLF001
    for number in marked:
        listed = mupdf.pdf_dict_gets(mupdf.pdf_lookup_page_obj(pdf, number), "Annots")
        for index in range(mupdf.pdf_array_len(listed)):
            annotation = mupdf.pdf_array_get(listed, index)
            if mupdf.pdf_is_dict(annotation) and not mupdf.pdf_is_indirect(annotation):
                mupdf.pdf_array_put(listed, index, mupdf.pdf_add_object(pdf, annotation))


def page_matrix(doc: Any, number: int) -> Affine:
    """PDF user space of a page (from 0) -> points of the displayed page, y down."""
    pymupdf = library()
    mupdf = pymupdf.mupdf

    pdf = pymupdf._as_pdf_document(doc)  # noqa: SLF001
    page = mupdf.pdf_load_page(pdf, number)
    media, ctm = mupdf.FzRect(), mupdf.FzMatrix()
    mupdf.pdf_page_transform(page, media, ctm)
    rect = mupdf.fz_transform_rect(media, ctm)
    return (ctm.a, ctm.b, ctm.c, ctm.d, ctm.e - rect.x0, ctm.f - rect.y0)


def multiply(first: Affine, then: Affine) -> Affine:
    """First `first`, then `then`."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (
        a * p + b * r, a * q + b * s,
        c * p + d * r, c * q + d * s,
        e * p + f * r + t, e * q + f * s + u,
    )  # fmt: skip


def invert(m: Affine) -> Affine:
    """Raises ValueError for a matrix that flattens the plane."""
    a, b, c, d, e, f = m
    det = a * d - b * c
    if abs(det) < 1e-12:
        raise ValueError("the matrix has no inverse")
    return (
        d / det, -b / det, -c / det, a / det,
        (c * f - d * e) / det, (b * e - a * f) / det,
    )  # fmt: skip


def apply(m: Affine, x: float, y: float) -> tuple[float, float]:
    """The point x, y mapped."""
    return x * m[0] + y * m[2] + m[4], x * m[1] + y * m[3] + m[5]


def bounds(m: Affine, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
    """Bounds of a mapped rectangle."""
    a, b, c, d, e, f = m
    xs = (x0 * a + y0 * c + e, x1 * a + y0 * c + e, x1 * a + y1 * c + e, x0 * a + y1 * c + e)
    ys = (x0 * b + y0 * d + f, x1 * b + y0 * d + f, x1 * b + y1 * d + f, x0 * b + y1 * d + f)
    return min(xs), min(ys), max(xs), max(ys)
