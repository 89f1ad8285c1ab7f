"""PDF files that want to break their reader: refused with a clear message, in bounded time and memory."""

from __future__ import annotations

import resource
import zlib

import pytest
from made_pdf import many_pages, one_page, pdf, stream, zeros

from model.errors import InputRefused, OverLimit, Unreadable
from storage.limits import Limits
from storage.sources import open_source

QUICK = Limits(seconds=1)


def form_bomb() -> bytes:
    """Each form draws the next one ten times: ten levels are ten thousand million."""
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]"
    levels = [
        stream(b"/F Do " * 10, form + b"/Resources<</XObject<</F %d 0 R>>>>" % (6 + n)) for n in range(10)
    ]
    return one_page(
        b"/F Do", resources=b"/XObject<</F 5 0 R>>", more=[*levels, stream(b"0 0 9 9 re f", form)]
    )


def pattern_bomb() -> bytes:
    tile = b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 .001 .001]/XStep .001/YStep .001/Resources<<>>"
    return one_page(
        b"/Pattern cs /P scn 0 0 612 792 re f",
        resources=b"/Pattern<</P 5 0 R>>",
        more=[stream(b"0 0 1 1 re f", tile)],
    )


def image(width: int, height: int, data: bytes = b"", entries: bytes = b"/Filter/FlateDecode") -> bytes:
    head = b"/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8" % (width, height)
    return one_page(
        b"612 0 0 792 0 0 cm /I Do", resources=b"/XObject<</I 5 0 R>>", more=[stream(data, head + entries)]
    )


def hidden_image() -> bytes:
    """The image stands in a form's resources, not in the page's."""
    head = (
        b"/Subtype/Image/Width 60000/Height 60000/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode"
    )
    return one_page(
        b"/F Do",
        resources=b"/XObject<</F 5 0 R>>",
        more=[
            stream(b"/I Do", b"/Subtype/Form/BBox[0 0 612 792]/Resources<</XObject<</I 6 0 R>>>>"),
            stream(zlib.compress(b""), head),
        ],
    )


def lying_jpx() -> bytes:
    """Ten pixels wide in the PDF, sixty thousand in the JPEG 2000 codestream."""
    size = (60_000).to_bytes(4, "big")
    code = b"\xff\x4f\xff\x51\x00\x2f\x00\x00" + size * 2 + b"\0" * 60
    return image(10, 10, code, b"/Filter/JPXDecode")


CPU_BOMBS = {
    "a form that draws forms": form_bomb,
    "a pattern of a million tiles": pattern_bomb,
    "a stream that unpacks to 4 GiB": lambda: one_page(contents=stream(zeros(4096), b"/Filter/FlateDecode")),
    "a stream packed twice": lambda: one_page(
        contents=stream(zlib.compress(zeros(4096)), b"/Filter[/FlateDecode/FlateDecode]")
    ),
}


@pytest.mark.parametrize("name", CPU_BOMBS)
def test_what_takes_too_long_is_stopped(name: str) -> None:
    data = CPU_BOMBS[name]()
    assert len(data) < 5_000_000
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with pytest.raises(OverLimit, match="far more time or memory than a document") as caught:
        open_source(data, "bomb.pdf", limits=QUICK)
    assert caught.value.exit_code == 3
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 5


@pytest.mark.parametrize(
    "data", [image(60_000, 60_000), hidden_image(), lying_jpx()], ids=["plain", "in a form", "lying JPX"]
)
def test_a_huge_image_is_refused_before_it_is_decoded(data: bytes) -> None:
    with pytest.raises(OverLimit, match=r"Page 1 of bomb.pdf has an image of 60,000 x 60,000 pixels"):
        open_source(data, "bomb.pdf")


def test_memory_is_bounded() -> None:
    """A font and a colour table are unpacked as a whole before they are used: 4 GiB of them."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 5 0 R/Resources"
        b"<</ColorSpace<</C [/Indexed/DeviceRGB 255 4 0 R]>>/Font<</F 6 0 R>>>>>>",
        stream(zeros(4096, b"\0"), b"/Filter/FlateDecode/Length1 4294967296"),
        stream(b"BT /F 9 Tf (a) Tj ET /C cs 1 sc 0 0 9 9 re f"),
        b"<</Type/Font/Subtype/TrueType/BaseFont/X/FontDescriptor"
        b"<</Type/FontDescriptor/FontName/X/FontFile2 4 0 R/Flags 4>>>>",
    ]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    try:
        with open_source(pdf(objects), "bomb.pdf", limits=Limits(memory=1 << 30)) as source:
            assert len(source.pages) == 1
    except InputRefused:
        pass
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss <= max(before, 1 << 20)


def test_too_many_pages() -> None:
    with pytest.raises(OverLimit, match="has 30 pages; at most 29"):
        open_source(many_pages(30), "long.pdf", limits=Limits(pages=29))


def test_a_page_as_large_as_a_football_pitch() -> None:
    data = one_page(page=b"/MediaBox[0 0 14400 14400]/UserUnit 20")
    with pytest.raises(OverLimit, match=r"Page 1 of pitch.pdf is 4,000 x 4,000 inches"):
        open_source(data, "pitch.pdf")


BROKEN = {
    "cut short": many_pages(5)[:1500],
    "cut short at the very end": many_pages(5)[:-500],
    "an update cut short": many_pages(2) + b"3 0 obj\n<</Type/Font/Subtype/Type1>>\nendobj\n4 0 obj\n<</Ty",
    "cut in the header": b"%PDF-1.7\n1 0 obj",
    "only a header": b"%PDF-1.7\n",
    "no pages": pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"]),
    "a million pages that are not there": pdf(
        [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[9 0 R]/Count 1000000>>"]
    ),
    "pages that are their own child": pdf(
        [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"]
    ),
    "a root that is no dictionary": pdf([b"[1 2 3]"]),
    "rubbish after the header": b"%PDF-1.7\n" + bytes(range(256)) * 40,
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_damaged_beyond_use_is_refused(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises((Unreadable, OverLimit), match=r"damaged|cut short|no pages|at most 2,000") as caught:
        open_source(BROKEN[name], "letter.pdf")
    assert caught.value.exit_code == 3
    assert caught.value.file == "letter.pdf"
    assert "letter.pdf" in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_what_can_be_repaired_is_read() -> None:
    whole = one_page(b"BT /F 20 Tf 72 72 Td (Hello) Tj ET")
    without_table = whole[: whole.index(b"xref\n")] + b"trailer\n<</Root 1 0 R>>\n%%EOF"
    with open_source(without_table, "letter.pdf") as source:
        assert [w.text for w in source.words(1)] == ["Hello"]
    with open_source(b"junk before it\n" + whole, "letter.pdf") as source:
        assert [w.text for w in source.words(1)] == ["Hello"]
