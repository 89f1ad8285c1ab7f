"""What holds for every page, box and file: widths tell nothing, fonts forget, words stay put."""

from __future__ import annotations

import io
import re
import string

import attack_helpers as attack
import corpus
import hostile
import pikepdf
import pymupdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from model.errors import OverLimit, PasswordNeeded, Unreadable, UsageError
from model.findings import Redaction
from model.geometry import Box, Quad
from redaction.apply import LayerWord, apply


def line(words: list[str], size: float = 12) -> tuple[bytes, list[Box]]:
    """A page with one line of words, each written by one operator; and the words' boxes."""
    draft, x, boxes = hostile.Draft(), 50.0, []
    show = b""
    for word in words:
        end = x + hostile.width(word, size)
        boxes.append(Box(x, 792 - 600 - 0.76 * size, end, 792 - 600 + 0.22 * size))
        show += hostile.literal(word + " ") + b" Tj "
        x = end + hostile.width(" ", size)
    draft.add(b"BT /F1 %g Tf 50 600 Td %s ET" % (size, show))
    return draft.bytes(), boxes


def gap(pdf: bytes, before: str, after: str) -> float:
    with pymupdf.open(stream=pdf) as doc:
        found = {w[4]: w for w in doc[0].get_text("words")}
    return float(found[after][0] - found[before][2])


@pytest.mark.parametrize("apart", [True, False])
def test_a_gap_tells_the_width_no_better_than_a_quarter_em(apart: bool) -> None:
    names = ["Ann", "Anna", "Annie", "Wilhelmina", "Bob", "Iljitsch", "Mortimer", "Lee", "Zoe"]
    for name in names:
        if apart:
            draft = hostile.Draft()
            start = 50 + hostile.width("Dear ")
            end = start + hostile.width(name)
            draft.add(b"BT /F1 12 Tf 1 0 0 1 50 600 Tm (Dear ) Tj %s Tj ET" % hostile.literal(name))
            draft.add(b"BT /F1 12 Tf 1 0 0 1 %.4f 600 Tm (we write) Tj ET" % (end + hostile.width(" ")))
            data, box = draft.bytes(), Box(start, 182.88, end, 194.64)
        else:
            data, boxes = line(["Dear", name, "we", "write"])
            box = boxes[1]
        applied = apply(data, [Redaction(1, box, "test", text=name)], name="x")
        assert not applied.flattened
        space = hostile.width(" ")
        # what MuPDF measures is the gap with the kept spaces in it: one before it, and one behind it where
        # the words were written as one line
        quarters = (gap(applied.pdf, "Dear", "we") - space * (1 if apart else 2)) / 3.0
        assert abs(quarters - round(quarters)) < 0.01
        # no number in the file may lead back to the place where the next word stood
        with pikepdf.open(io.BytesIO(applied.pdf)) as doc:
            content = doc.pages[0].Contents.read_bytes()
        numbers = [float(n) for n in re.findall(rb"-?\d+\.?\d*", content)]
        assert all(abs(n - (end if apart else box.x1) - space) > 0.02 or n == round(n) for n in numbers)
    assert applied.widest_shift < 3.0 + 1e-6


def test_words_that_stay_do_not_move_more_than_a_quarter_em() -> None:
    case = corpus.BUILDERS["plain"]()
    redactions = [Redaction(p, Box(*b), "test", text=case.text) for p, b in case.boxes]
    with pymupdf.open(stream=case.data) as doc:
        before = {(w[4], round(w[1])): w[0] for w in doc[0].get_text("words")}
    with pymupdf.open(stream=apply(case.data, redactions, name="x").pdf) as doc:
        after = {(w[4], round(w[1])): w[0] for w in doc[0].get_text("words")}
    assert set(after) < set(before)
    assert all(-0.01 <= x - before[key] <= 3.01 for key, x in after.items())


def test_a_font_forgets_the_letters_that_went() -> None:
    case = corpus.BUILDERS["embedded_subset"]()
    redactions = [Redaction(p, Box(*b), "test", text=case.text) for p, b in case.boxes]
    pdf = apply(case.data, redactions, name="x").pdf
    with pymupdf.open(stream=pdf) as doc:
        xref = next(f[0] for f in doc[0].get_fonts() if f[3].startswith("ABCDEF"))
        buffer = doc.extract_font(xref)[3]
        widths = [float(v) for v in re.findall(r"-?[\d.]+", doc.xref_get_key(xref, "Widths")[1])]
        first = int(doc.xref_get_key(xref, "FirstChar")[1])
    font = pymupdf.Font(fontbuffer=buffer)

    def drawn(character: str) -> bool:
        glyph = int(pymupdf.Font("tiro").has_glyph(ord(character)))
        path = pymupdf.mupdf.fz_outline_glyph(font.this, glyph, pymupdf.mupdf.FzMatrix())
        rect = pymupdf.mupdf.fz_bound_path(path, pymupdf.mupdf.FzStrokeState(), pymupdf.mupdf.FzMatrix())
        return bool(rect.x1 > rect.x0 + 0.05)

    assert drawn("a")
    assert not any(drawn(c) for c in "QJMF9436")
    assert all(widths[ord(c) - first] == 0 for c in "QJMF9436" if 0 <= ord(c) - first < len(widths))


WORDS = st.text(string.ascii_lowercase + "ABCXYZ0123456789", min_size=2, max_size=9)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(
    rows=st.lists(st.lists(WORDS, min_size=2, max_size=7), min_size=2, max_size=8),
    picks=st.sets(st.tuples(st.integers(0, 7), st.integers(0, 6)), min_size=1, max_size=4),
    rotation=st.sampled_from([0, 90, 180, 270]),
    mode=st.sampled_from(["preserve", "flatten"]),
)
def test_random_pages_and_boxes(
    rows: list[list[str]], picks: set[tuple[int, int]], rotation: int, mode: str
) -> None:
    doc = pymupdf.open()
    page = doc.new_page(width=500, height=400)
    for number, row in enumerate(rows):
        page.insert_text((30, 40 + 30 * number), " ".join(row), fontsize=11)
    page.set_rotation(rotation)
    data = doc.tobytes()
    with pymupdf.open(stream=data) as source:
        words = source[0].get_text("words")
        matrix = source[0].rotation_matrix
        index = {(w[5], w[7]): w for w in words}
        chosen = [words[(a * 7 + b) % len(words)] for a, b in picks]
        boxes = [pymupdf.Rect(w[:4]) * matrix for w in chosen]
    assert index
    gone = {attack.folded(w[4]) for w in chosen}
    redactions = [
        Redaction(1, Box(*map(float, box)), "test", text=w[4]) for w, box in zip(chosen, boxes, strict=True)
    ]
    applied = apply(data, redactions, name="x", mode=mode)  # type: ignore[arg-type]
    with pymupdf.open(stream=applied.pdf) as out:
        left = [w[4] for w in out[0].get_text("words")]
    long = {g for g in gone if len(g) >= 3}
    assert not long & {attack.folded(w) for w in left}
    for box in boxes:
        assert attack.spread_under(applied.pdf, 1, tuple(map(float, box))) <= 2  # type: ignore[arg-type]
    innocent = [w[4] for w in words if attack.folded(w[4]) not in gone]
    assert sorted(w for w in left if attack.folded(w) not in gone) == sorted(innocent)


# -- image files, layers, refusals ------------------------------------------------------------------


def picture(mode: str = "RGB", size: tuple[int, int] = (850, 400)) -> Image.Image:
    image = Image.new("L", size, 255)
    ImageDraw.Draw(image).text((60, 100), "Jane Quibblesworth", fill=0, font_size=40)
    return image.convert(mode)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "mode", "options", "dpi"),
    [
        ("PNG", "RGB", {}, 72),
        ("PNG", "P", {}, 72),
        ("PNG", "LA", {"dpi": (200, 200)}, 200),
        ("JPEG", "RGB", {"dpi": (150, 150), "comment": b"Quibblesworth"}, 150),
        ("JPEG", "CMYK", {}, 72),
        ("TIFF", "1", {"compression": "group4", "dpi": (300, 300)}, 300),
    ],
)
def test_image_files_become_pages(kind: str, mode: str, options: dict[str, object], dpi: int) -> None:
    data = saved(picture(mode), kind, **options)
    scale = 72 / dpi
    box = Box(50 * scale, 90 * scale, 460 * scale, 160 * scale)
    applied = apply(data, [Redaction(1, box, "test", text="Jane Quibblesworth")], name="x")
    assert attack.leaks(applied.pdf, ("Quibblesworth",)) == []
    with pymupdf.open(stream=applied.pdf) as doc:
        assert doc[0].rect.width == pytest.approx(850 * scale, abs=0.01)
    assert attack.spread_under(applied.pdf, 1, tuple(box.as_list())) <= 2  # type: ignore[arg-type]
    assert attack.image_spread_under(applied.pdf, 1, tuple(box.as_list())) <= 20  # type: ignore[arg-type]


def test_an_image_that_is_displayed_turned_is_burnt_where_it_is_displayed() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(picture().transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif)
    applied = apply(data, [Redaction(1, Box(50, 90, 460, 160), "test")], name="x")
    with pymupdf.open(stream=applied.pdf) as doc:
        assert (doc[0].rect.width, doc[0].rect.height) == (850, 400)
    assert attack.image_spread_under(applied.pdf, 1, (50, 90, 460, 160)) <= 20


def test_every_frame_of_a_tiff_is_a_page() -> None:
    data = saved(picture("L"), "TIFF", save_all=True, append_images=[picture("L")])
    assert apply(data, [Redaction(2, Box(0, 0, 10, 10), "test")], name="x").pages == 2


def test_a_scan_keeps_its_size_and_gets_the_layer_of_what_stayed() -> None:
    case = corpus.BUILDERS["scan_jpeg"]()
    words = [
        LayerWord("Scanned", Box(72, 146, 130, 162), line=0),
        LayerWord("copper", Box(134, 146, 180, 162), line=0),
        LayerWord("Quibblesworth", Box(240, 218, 330, 234), line=1),
        LayerWord("Quibblesworth", Box(72, 600, 200, 620), line=2),
    ]
    redactions = [Redaction(p, Box(*b), "test", text="Quibblesworth") for p, b in case.boxes]
    applied = apply(case.data, redactions, name="x", layers={1: words})
    assert len(applied.pdf) <= 1.3 * len(case.data)
    assert "Scanned copper" in attack.mupdf_text(applied.pdf)
    assert attack.leaks(applied.pdf, ("Quibblesworth",)) == []
    assert [c.page for c in applied.copies] == [1]
    with pymupdf.open(stream=applied.pdf) as doc:
        assert doc[0].search_for("copper")[0].x0 == pytest.approx(134, abs=1.5)


def test_vertical_words_are_found_in_their_column() -> None:
    case = corpus.BUILDERS["scan_jpeg"]()
    column = LayerWord("東京都", Box(80, 140, 100, 210), vertical=True, line=0)
    pdf = apply(case.data, [], name="x", layers={1: [column]}).pdf
    with pymupdf.open(stream=pdf) as doc:
        assert "東京都" in doc[0].get_text().replace("\n", "")
        rect = doc[0].search_for("京")[0]
    assert 75 <= rect.x0 <= rect.x1 <= 105
    assert 150 <= (rect.y0 + rect.y1) / 2 <= 200


def test_a_read_word_that_names_no_writing_does_not_travel() -> None:
    case = corpus.BUILDERS["scan_jpeg"]()
    words = [LayerWord("Scanned", Box(72, 146, 130, 162)), LayerWord("nowhere", Box(500, 400, 560, 420))]
    text = attack.mupdf_text(apply(case.data, [], name="x", layers={1: words}).pdf)
    assert "Scanned" in text
    assert "nowhere" not in text


def test_a_slanted_word_cut_by_a_box_keeps_its_slant() -> None:
    case = corpus.BUILDERS["scan_jpeg"]()
    quad = Quad(((72.0, 146.0), (180.0, 164.9), (177.2, 180.7), (69.2, 161.8)))
    word = LayerWord("Scannedcopper", quad.bounds, quad)
    redaction = Redaction(1, Box(130, 140, 200, 190), "test")
    pdf = apply(case.data, [redaction], name="x", layers={1: [word]}).pdf
    with pymupdf.open(stream=pdf) as doc:
        lines = [line for block in doc[0].get_text("dict")["blocks"] for line in block.get("lines", ())]
    assert [s["text"] for line in lines for s in line["spans"]] == ["Scanned"[:6]]
    assert lines[0]["dir"] == pytest.approx((0.985, 0.172), abs=0.01)


def test_refusals() -> None:
    data = corpus.BUILDERS["plain"]().data
    locked = corpus.BUILDERS["encrypted"]().data
    with pytest.raises(UsageError):
        apply(data, [Redaction(2, Box(0, 0, 9, 9), "test")], name="x")
    with pytest.raises(UsageError):
        apply(data, [], name="x", mode="draw")  # type: ignore[arg-type]
    for password in (None, "wrong"):
        with pytest.raises(PasswordNeeded):
            apply(locked, [], name="x", password=password)
    for bad in (b"", b"no document", b"%PDF-1.7\nnothing here"):
        with pytest.raises(Unreadable):
            apply(bad, [], name="x")
    with pytest.raises(OverLimit):
        apply(saved(Image.new("1", (20000, 20000)), "PNG"), [], name="x")
