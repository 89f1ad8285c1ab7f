"""Every hiding place, in both modes: the secret is gone by every way out, the innocent words are there."""

from __future__ import annotations

import io

import attack_helpers as attack
import corpus
import hostile
import pikepdf
import pymupdf
import pytest

from model.findings import Redaction
from model.geometry import Box
from redaction.apply import Applied, Mode, apply

ALLOWED = {
    "/Type", "/Pages", "/Parent", "/Kids", "/Count", "/MediaBox", "/Resources", "/Contents",
}  # fmt: skip
FLATTENED = {
    "clip_text", "outlines_elsewhere_covered", "type3_font", "tiling_pattern", "soft_mask_group", "stencil",
    "secret_in_soft_mask", "inline_image",
}  # fmt: skip
"""Files whose page can't be proved with its text kept: they become an image, and say so."""


def burn(case: hostile.Case, mode: Mode) -> Applied:
    redactions = [Redaction(page, Box(*box), "test", text=case.text) for page, box in case.boxes]
    return apply(case.data, redactions, name=case.name, mode=mode, password=case.password)


@pytest.mark.parametrize("mode", ["preserve", "flatten"])
@pytest.mark.parametrize("name", list(corpus.BUILDERS))
def test_nothing_leaks_and_nothing_is_lost(name: str, mode: Mode) -> None:
    case = corpus.BUILDERS[name]()
    with pymupdf.open(stream=case.data) as doc:
        pages = doc.page_count if not case.password else len({p for p, _ in case.boxes})
    applied = burn(case, mode)
    assert attack.leaks(applied.pdf, (case.secret, *case.tokens)) == []
    assert attack.lost(applied.pdf, case.keep) == []
    assert applied.pages == pages
    for page, box in case.boxes:
        assert attack.spread_under(applied.pdf, page, box) <= 2
        assert attack.image_spread_under(applied.pdf, page, box) <= 60 if case.images else True
    for copy in applied.copies:
        assert attack.spread_under(applied.pdf, copy.page, tuple(copy.box.as_list())) <= 2  # type: ignore[arg-type]
    if mode == "preserve":
        assert bool(applied.flattened) == (name in FLATTENED)


@pytest.mark.parametrize("name", ["catalog", "annotations", "form_fields", "old_revision", "layer_off"])
def test_only_listed_keys_are_written(name: str) -> None:
    pdf = burn(corpus.BUILDERS[name](), "preserve").pdf
    assert pdf.count(b"%%EOF") == 1
    assert pdf.endswith(b"%%EOF\n")
    with pikepdf.open(io.BytesIO(pdf)) as doc:
        assert set(doc.Root.keys()) <= {"/Type", "/Pages", "/Outlines", "/PageLabels"}
        assert "/Info" not in doc.trailer
        for page in doc.pages:
            assert set(page.obj.keys()) <= ALLOWED


def test_a_copy_on_another_page_is_reported() -> None:
    applied = burn(corpus.BUILDERS["copy_on_page_two"](), "preserve")
    assert {c.page for c in applied.copies} == {2}


def test_the_same_input_gives_the_same_bytes() -> None:
    for name in ("plain", "embedded_subset", "scan_jpeg", "type3_font"):
        case = corpus.BUILDERS[name]()
        assert burn(case, "preserve").pdf == burn(case, "preserve").pdf
