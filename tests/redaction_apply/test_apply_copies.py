"""What counts as a further copy of a redacted string, and what only looks like one."""

from __future__ import annotations

import corpus
import hostile
import pikepdf
import pymupdf
import pytest
from pikepdf import Array, Dictionary, Name

from model.findings import Redaction
from model.geometry import Box
from redaction.apply import apply
from redaction.burn.copies import Secrets


def found(secret: str, text: str, *, stated: bool = True) -> bool:
    secrets = Secrets()
    secrets.add(secret, stated=stated)
    return secrets.within(text)


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("Jane Quibblesworth", "to JANE  QUIBBLESWORTH, Esq."),
        ("Jane Quibblesworth", "Jane Quibbles- worth"),
        ("960-84-7166", "no. 960 84 7166"),
        ("960-84-7166", "(960847166)"),
        ("Ann", "A n n"),
        ("Straße 5a", "STRASSE 5A"),
        ("Müller", "Muller"),
        ("山田花子", "先日山田花子様から"),
        ("Ｊａｎｅ", "Jane"),
        ("SECRET-QMF9436 Jane Quibblesworth 960-84-7166", "F9436 Jane Quibbles"),
        ("SECRET-QMF9436 Jane Quibblesworth 960-84-7166", "number 960-84-7166 only"),
    ],
)
def test_copies(secret: str, text: str) -> None:
    assert found(secret, text)


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("Dela", "de la maison"),
        ("Ann", "Annie and Hannah"),
        ("Rose", "prose and roses"),
        ("12 Harbour Street", "in Street view"),
        ("1234", "112345"),
    ],
)
def test_no_copies(secret: str, text: str) -> None:
    assert not found(secret, text)


def test_what_merely_stood_under_a_box_must_be_longer_to_count() -> None:
    assert found("Ann", "Ann said", stated=True)
    assert not found("Ann", "Ann said", stated=False)


@pytest.mark.parametrize(("flags", "stays"), [(4, True), (2, False), (32, False), (36, False)])
def test_annotations_become_content_only_where_they_are_shown(flags: int, stays: bool) -> None:
    draft = hostile.Draft().words()
    look = draft.form(b"BT /F1 10 Tf 2 5 Td (stamped words) Tj ET", (0, 0, 300, 20))
    stamp = Dictionary(
        Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([72, 90, 372, 110]), F=flags, AP=Dictionary(N=look)
    )
    draft.page.Annots = Array([draft.pdf.make_indirect(stamp)])
    with pymupdf.open(stream=apply(draft.bytes(), [], name="x").pdf) as doc:
        assert ("stamped words" in doc[0].get_text()) == stays
        assert not list(doc[0].annots())


def test_a_layer_beside_its_ink_is_named() -> None:
    case = corpus.BUILDERS["ocr_layer_line_off"]()
    redactions = [Redaction(p, Box(*b), "test") for p, b in case.boxes]
    assert apply(case.data, redactions, name="x").moved_layers == (1,)
    aligned = corpus.BUILDERS["ocr_layer"]()
    assert apply(aligned.data, [], name="x").moved_layers == ()


def test_a_page_without_content_stays_a_page() -> None:
    blank = pikepdf.new()
    blank.add_blank_page(page_size=(200, 100))
    del blank.pages[0].obj["/Contents"]
    import io

    buffer = io.BytesIO()
    blank.save(buffer)
    with pymupdf.open(stream=apply(buffer.getvalue(), [], name="x").pdf) as doc:
        assert (doc[0].rect.width, doc[0].rect.height) == (200, 100)
