"""PDF pages: geometry after /Rotate, CropBox and UserUnit, page images, the text layer, passwords."""

from __future__ import annotations

import hashlib
import io
import time
from dataclasses import dataclass

import numpy as np
import pikepdf
import pymupdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_pdf import many_pages, one_page, stream
from PIL import Image

from model.errors import PasswordNeeded, UsageError
from model.geometry import Box
from storage.limits import DEFAULT, Limits
from storage.mupdf import LOCK
from storage.pdf import PdfSource, open_document, page_info
from storage.sources import open_source

SIZE = 20.0
TEXT = "HHHHHH"


def opened(data: bytes, limits: Limits = DEFAULT) -> PdfSource:
    """Without the child process: these files are ours, and there are many."""
    with LOCK:
        document = open_document(data, "made.pdf", None, limits)
        infos = [page_info(document, n, "made.pdf", limits) for n in range(1, document.page_count + 1)]
        document.close()
    return PdfSource(
        data, name="made.pdf", sha256=hashlib.sha256(data).hexdigest(), limits=limits, pages=infos
    )


def ink(array: np.ndarray) -> Box:
    ys, xs = np.nonzero(array.min(axis=2) < 128)
    return Box(float(xs.min()), float(ys.min()), float(xs.max()) + 1, float(ys.max()) + 1)


@dataclass(frozen=True)
class Geometry:
    media: tuple[float, float, float, float]
    crop: tuple[float, float, float, float] | None
    rotate: int
    unit: float
    inherit: bool
    at: tuple[float, float]

    @property
    def shown(self) -> tuple[float, float, float, float]:
        if self.crop is None:
            return self.media
        m, c = self.media, self.crop
        return max(m[0], c[0]), max(m[1], c[1]), min(m[2], c[2]), min(m[3], c[3])

    @property
    def size(self) -> tuple[float, float]:
        x0, y0, x1, y1 = self.shown
        w, h = (x1 - x0) * self.unit, (y1 - y0) * self.unit
        return (h, w) if self.rotate % 180 else (w, h)

    def box(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        """PDF user space (y up) -> displayed points, written down from ISO 32000-1, 8.3.2.3 and 14.11.2."""
        left, _, _, top = self.shown
        w = (self.shown[2] - self.shown[0]) * self.unit
        h = (self.shown[3] - self.shown[1]) * self.unit
        corners = []
        for x, y in ((x0, y0), (x1, y1)):
            u, v = (x - left) * self.unit, (top - y) * self.unit
            corners.append(
                {0: (u, v), 90: (h - v, u), 180: (w - u, h - v), 270: (v, w - u)}[self.rotate % 360]
            )
        return Box.around(corners)

    def pdf(self) -> bytes:
        def numbers(values: tuple[float, ...]) -> bytes:
            return b"[" + " ".join(f"{v:.3f}" for v in values).encode() + b"]"

        entries = b"/MediaBox" + numbers(self.media) + b"/Rotate %d" % self.rotate
        if self.crop is not None:
            entries += b"/CropBox" + numbers(self.crop)
        unit = f"/UserUnit {self.unit:.3f}".encode() if self.unit != 1 else b""
        x, y = self.at
        content = f"BT /F {SIZE} Tf {x:.3f} {y:.3f} Td ({TEXT}) Tj ET".encode()
        if self.inherit:
            return one_page(content, page=unit, inherited=entries)
        return one_page(content, page=entries + unit)


@st.composite
def geometries(draw: st.DrawFn) -> Geometry:
    number = st.floats(-150, 150).map(lambda v: round(v, 1))
    x0, y0 = draw(number), draw(number)
    width, height = draw(st.floats(200, 500)), draw(st.floats(200, 500))
    media = (x0, y0, round(x0 + width, 1), round(y0 + height, 1))
    crop = None
    if draw(st.booleans()):
        margin = st.floats(-60, 40).map(lambda v: round(v, 2))  # negative: larger than the MediaBox
        a, b, c, d = (draw(margin) for _ in range(4))
        crop = (media[0] + a, media[1] + b, media[2] - c, media[3] - d)
    return Geometry(
        media,
        crop,
        draw(st.sampled_from([0, 90, 180, 270, -90, 450])),
        draw(st.sampled_from([1.0, 1.0, 2.0, 0.5, 1.25])),
        draw(st.booleans()),
        (round(x0 + 50 + draw(st.floats(0, 20)), 2), round(y0 + 60 + draw(st.floats(0, 60)), 2)),
    )


@settings(max_examples=120, deadline=None)
@given(geometries(), st.sampled_from([None, 72.0, 96.0, 150.0, 217.0]))
def test_words_lie_on_their_ink_whatever_the_page_says(geometry: Geometry, dpi: float | None) -> None:
    with opened(geometry.pdf()) as source:
        page = source.pages[0]
        assert (page.width_pt, page.height_pt) == pytest.approx(geometry.size, abs=0.01)
        array = source.render(1, dpi=dpi)
        if dpi is None:
            assert array.shape == (page.height, page.width, 3)
        scale = (dpi or page.dpi) / 72
        (word,) = source.words(1)
        assert word.text == TEXT
        x, y = geometry.at
        # Courier: every glyph is 600/1000 wide; H has its ink within 0..562/1000 above the base line.
        advance = 0.6 * SIZE * len(TEXT)
        expected = geometry.box(x, y, x + advance, y + 0.57 * SIZE)
        across = geometry.rotate % 180 == 0
        got, want = (
            ((word.box.x0, word.box.x1), (expected.x0, expected.x1))
            if across
            else ((word.box.y0, word.box.y1), (expected.y0, expected.y1))
        )
        assert np.abs(np.subtract(got, want)).max() * scale < 1
        seen = ink(array)
        assert seen.x0 > word.box.x0 * scale - 1
        assert seen.y0 > word.box.y0 * scale - 1
        assert seen.x1 < word.box.x1 * scale + 1
        assert seen.y1 < word.box.y1 * scale + 1
        drawn = expected.scaled(scale)
        assert drawn.iou(seen) > 0.8 or scale < 1.5
        letters = SIZE * geometry.unit * scale  # px; below a dozen, strokes too pale to count as ink
        assert (
            letters < 12
            or max(abs(drawn.centre[0] - seen.centre[0]), abs(drawn.centre[1] - seen.centre[1]))
            < 1 + 0.05 * letters
        )
        assert word.angle == geometry.rotate % 360
        first = word.chars[0]
        assert word.quad.points[0] == pytest.approx(
            {0: (first.x0, first.y0), 90: (first.x1, first.y0),
             180: (first.x1, first.y1), 270: (first.x0, first.y1)}[geometry.rotate % 360]
        )  # fmt: skip


def test_a_full_page_scan_is_shown_at_its_own_resolution() -> None:
    grey = Image.fromarray(np.full((1100, 850), 240, np.uint8))
    for width, expected in ((850, 150), (1700, 200), (4250, 400)):
        out = io.BytesIO()
        grey.resize((width, width * 11 // 8)).save(out, "JPEG")
        document = pymupdf.open()
        document.new_page(width=612, height=612 * 11 / 8).insert_image(
            (0, 0, 612, 612 * 11 / 8), stream=out.getvalue()
        )
        with opened(document.tobytes()) as source:
            page = source.pages[0]
            assert page.dpi == pytest.approx(max(150, min(400, expected)), rel=0.01)
            assert not page.has_text


def test_a_born_digital_page_is_shown_at_300_dpi_and_a_huge_one_within_the_pixels() -> None:
    with opened(one_page(b"BT /F 20 Tf 72 72 Td (Hello) Tj ET")) as source:
        assert source.pages[0].dpi == 300
        assert source.pages[0].has_text
    with opened(one_page(b"", page=b"/MediaBox[0 0 7000 7000]"), Limits(pixels=20_000_000)) as source:
        page = source.pages[0]
        assert page.width * page.height <= 20_000_000
        assert source.render(1).shape == (page.height, page.width, 3)
        assert source.render(1, dpi=600).size // 3 <= 20_000_000


def test_text_layer_with_ligatures_lines_and_gaps() -> None:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((72, 100), "office  waffle", fontname="tiro", fontsize=14)
    page.insert_text((72, 140), "second line", fontsize=14)
    with opened(document.tobytes()) as source:
        words = source.words(1)
    assert [w.text for w in words] == ["office", "waffle", "second", "line"]
    assert [w.line for w in words] == [0, 0, 1, 1]
    for word in words:
        assert len(word.chars) == len(word.text)
        assert not word.invisible
        assert word.box.contains(word.chars[0].centre)


def test_an_ocr_layer_is_known_as_invisible() -> None:
    content = b"BT /F 12 Tf 72 700 Td (seen) Tj 3 Tr 0 -20 Td (hidden) Tj ET"
    with opened(one_page(content)) as source:
        assert {w.text: w.invisible for w in source.words(1)} == {"seen": False, "hidden": True}
        assert source.pages[0].has_text


def test_vertical_japanese_is_known_as_vertical() -> None:
    codes = "".join(f"{ord(c):04x}" for c in "縦書き").encode()
    content = b"BT /V 20 Tf 300 600 Td <" + codes + b"> Tj ET BT /V 20 Tf 270 600 Td <" + codes + b"> Tj ET"
    resources = (
        b"/Font<</V <</Type/Font/Subtype/Type0/BaseFont/HeiseiMin-W3-UniJIS-UCS2-V/Encoding/UniJIS-UCS2-V"
        b"/DescendantFonts[<</Type/Font/Subtype/CIDFontType0/BaseFont/HeiseiMin-W3/CIDSystemInfo"
        b"<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>/FontDescriptor<</Type/FontDescriptor"
        b"/FontName/HeiseiMin-W3/Flags 6/FontBBox[0 -200 1000 900]/ItalicAngle 0/Ascent 800/Descent -200"
        b"/CapHeight 700/StemV 80>>>>]>>>>"
    )
    with opened(one_page(content, resources=resources)) as source:
        words = source.words(1)
    assert [(w.text, w.line) for w in words] == [("縦書き", 0), ("縦書き", 1)]
    assert words[0].box.x0 > words[1].box.x1
    for word in words:
        assert word.vertical
        assert word.box.height > 2 * word.box.width
        assert [c.centre[1] for c in word.chars] == sorted(c.centre[1] for c in word.chars)


def encrypted(password: str) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(one_page(b"BT /F 20 Tf 72 72 Td (secret) Tj ET"))) as document:
        document.save(out, encryption=pikepdf.Encryption(user=password, owner="owner"))
    return out.getvalue()


def test_an_encrypted_file_opens_with_its_password_only() -> None:
    data = encrypted("öffne")
    with pytest.raises(PasswordNeeded, match=r"letter\.pdf needs a password"):
        open_source(data, "letter.pdf")
    with pytest.raises(PasswordNeeded, match=r"The password for letter\.pdf is wrong") as caught:
        open_source(data, "letter.pdf", password="mellon")
    assert caught.value.exit_code == 3
    assert "mellon" not in str(caught.value)
    for password in ("öffne", "owner"):
        with open_source(data, "letter.pdf", password=password) as source:
            assert source.words(1)[0].text == "secret"
            assert source.data == data


def test_a_file_that_forbids_changes_only_needs_no_password() -> None:
    with open_source(encrypted(""), "letter.pdf") as source:
        assert source.words(1)[0].text == "secret"


def test_five_hundred_pages_are_listed_in_a_second_or_two() -> None:
    data = many_pages(500)
    began = time.process_time(), _children()
    with open_source(data, "long.pdf") as source:
        assert len(source.pages) == 500
        assert source.pages[499].number == 500
        assert source.words(500)[1].text == "500"
    assert time.process_time() - began[0] + _children() - began[1] < 6


def _children() -> float:
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_a_page_that_is_not_there_is_a_usage_error() -> None:
    with opened(one_page()) as source:
        for number in (0, 2, -1):
            with pytest.raises(UsageError, match="has 1 pages"):
                source.render(number)
            with pytest.raises(UsageError):
                source.words(number)


def test_nothing_of_the_text_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    broken = one_page(contents=stream(b"BT /F 12 Tf (Agler) Tj ET q q ) ( << /Nope Do 3 Tr", b"/Filter/Foo"))
    with opened(broken) as source:
        source.render(1)
        source.words(1)
    assert capfd.readouterr() == ("", "")
