"""Image files: every kind, every orientation, every depth comes out as the page that a person sees."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.errors import InputRefused, OverLimit, Unreadable
from storage.limits import Limits
from storage.sources import open_source

WIDTH, HEIGHT = 48, 32
MEDIA = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "TIFF": "image/tiff",
    "WEBP": "image/webp",
    "BMP": "image/bmp",
    "GIF": "image/gif",
}


def picture() -> Image.Image:
    """White with a black block top left and a grey one top right: no two orientations look alike."""
    array = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    array[:8, :16] = 0
    array[:8, -8:] = 128
    return Image.fromarray(array)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def looks_like(array: np.ndarray, image: Image.Image, tolerance: int = 12) -> bool:
    expected = np.asarray(image.convert("RGB")).astype(int)
    return array.shape == expected.shape and int(np.abs(array - expected).max()) <= tolerance


@pytest.mark.parametrize("kind", MEDIA)
def test_every_kind_is_a_page_at_its_stated_resolution(kind: str) -> None:
    options = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {}
    if kind == "WEBP":
        options = {"lossless": True}
    data = saved(picture(), kind, dpi=(200, 200), **options)
    with open_source(data, "wrong.name") as source:
        (page,) = source.pages
        assert source.media_type == MEDIA[kind]
        assert (page.width, page.height, page.has_text) == (WIDTH, HEIGHT, False)
        stated = 72 if kind in {"WEBP", "GIF"} else 200
        assert page.dpi == pytest.approx(stated, abs=0.1)
        assert page.width_pt == pytest.approx(WIDTH * 72 / page.dpi)
        assert looks_like(source.render(1), picture())
        assert source.words(1) == []


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_every_exif_orientation_is_shown_upright(kind: str, orientation: int) -> None:
    backwards = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270,
    }[orientation]  # fmt: skip
    stored = picture() if backwards is None else picture().transpose(backwards)
    if kind == "TIFF":
        data = saved(stored, kind, tiffinfo={274: orientation})
    else:
        exif = Image.Exif()
        exif[274] = orientation
        options = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {"lossless": True}
        data = saved(stored, kind, exif=exif, **options)
    with open_source(data, "x") as source:
        assert (source.pages[0].width, source.pages[0].height) == (WIDTH, HEIGHT)
        assert looks_like(source.render(1), picture())
        assert looks_like(source.render(1), picture()), "a second time as well"
        small = source.render(1, max_side=24)
        assert small.shape == (16, 24, 3)
        assert small[1, 1].max() < 60 < small[-2, 1].min()


def test_tiff_pages_keep_their_own_size_depth_and_resolution() -> None:
    pages = [
        picture(),
        picture().convert("1").resize((30, 60), Image.Resampling.NEAREST),
        picture().convert("CMYK"),
        Image.fromarray((np.asarray(picture().convert("L")).astype(np.uint16)) * 257),
        picture().quantize(8),
        picture().convert("L"),
    ]
    out = io.BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], dpi=(300, 300))
    with open_source(out.getvalue(), "six.tif") as source:
        assert [(p.number, p.width, p.height) for p in source.pages] == [
            (n, *page.size) for n, page in enumerate(pages, 1)
        ]
        for number in (4, 1, 6, 2, 3, 5):  # in no order
            expected = picture() if number != 2 else pages[1]
            assert looks_like(source.render(number), expected, 20), f"page {number}"


def test_tiff_without_resolution_is_72_dpi() -> None:
    with open_source(saved(picture(), "TIFF"), "x.tif") as source:
        assert source.pages[0].dpi == 72
        assert source.pages[0].width_pt == WIDTH


def test_fax_resolution_gives_square_pixels() -> None:
    data = saved(picture().convert("1"), "TIFF", compression="group4", dpi=(204, 98))
    with open_source(data, "fax.tif") as source:
        page = source.pages[0]
        assert page.dpi == pytest.approx(204)
        assert (page.width, page.height) == (WIDTH, round(HEIGHT * 204 / 98))
        assert page.height_pt == pytest.approx(HEIGHT / 98 * 72, rel=0.02)
        assert source.render(1).shape == (page.height, page.width, 3)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB", "I;16"])
def test_what_is_transparent_is_white(mode: str) -> None:
    if mode in {"RGBA", "LA"}:
        image = Image.new(mode, (8, 8), 0)
        image.putpixel((3, 3), (0,) * (len(mode) - 1) + (255,))
        data = saved(image, "PNG")
    elif mode == "P":
        image = Image.new("P", (8, 8), 0)
        image.putpalette([10, 10, 10, 0, 0, 0])
        image.putpixel((3, 3), 1)
        data = saved(image, "PNG", transparency=0)
    elif mode == "RGB":
        image = Image.new("RGB", (8, 8), (1, 2, 3))
        image.putpixel((3, 3), (0, 0, 0))
        data = saved(image, "PNG", transparency=(1, 2, 3))
    else:
        deep = np.full((8, 8), 65535, np.uint16)
        deep[3, 3] = 0
        data = saved(Image.fromarray(deep), "PNG")
    with open_source(data, "x.png") as source:
        array = source.render(1)
        assert array[3, 3].max() == 0
        assert array[0, 0].min() == 255


def test_heic_is_read() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    image = picture().resize((96, 64), Image.Resampling.NEAREST)
    out = io.BytesIO()
    try:
        pillow_heif.from_pillow(image).save(out, quality=100)
    except RuntimeError:
        pytest.skip("this pillow-heif has no encoder")
    with open_source(out.getvalue(), "x.heic") as source:
        assert source.media_type == "image/heic"
        assert looks_like(source.render(1), image, 60)


def test_resolution_and_side_are_obeyed() -> None:
    data = saved(picture(), "PNG", dpi=(100, 100))
    with open_source(data, "x.png") as source:
        assert source.render(1, dpi=200).shape == (64, 96, 3)
        assert source.render(1, dpi=200, max_side=48).shape == (32, 48, 3)
        assert source.render(1, max_side=480).shape == (32, 48, 3), "never enlarged without being asked"


def crafted_png(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


def crafted_tiff(width: int, height: int) -> bytes:
    tags = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
            (273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, 100)]  # fmt: skip
    body = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0" + struct.pack("<I", 8) + body + b"\0\0\0\0" + b"\0" * 200


def crafted_bmp(width: int, height: int) -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 2835, 2835, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + 100, 0, 0, 54) + header + b"\0" * 100


@pytest.mark.parametrize("craft", [crafted_png, crafted_tiff, crafted_bmp])
def test_a_huge_image_is_refused_before_it_is_decoded(craft) -> None:  # type: ignore[no-untyped-def]
    data = craft(60_000, 60_000)
    assert len(data) < 1000
    with pytest.raises(OverLimit, match=r"60,000 x 60,000 pixels; at most 120 megapixels") as caught:
        open_source(data, "huge")
    assert caught.value.exit_code == 3
    assert caught.value.page == 1


def test_the_limit_is_a_setting() -> None:
    data = saved(picture(), "PNG")
    open_source(data, "x", limits=Limits(pixels=WIDTH * HEIGHT)).close()
    with pytest.raises(OverLimit):
        open_source(data, "x", limits=Limits(pixels=WIDTH * HEIGHT - 1))
    out = io.BytesIO()
    picture().save(out, "TIFF", save_all=True, append_images=[picture()] * 3)
    with pytest.raises(OverLimit, match="4 pages; at most 3"):
        open_source(out.getvalue(), "x", limits=Limits(pages=3))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "GIF", "WEBP", "BMP"])
@pytest.mark.parametrize("part", [0.02, 0.3, 0.7])
def test_a_file_cut_short_is_refused(kind: str, part: float) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (120, 120, 3), np.uint8)
    data = saved(Image.fromarray(noise), kind)
    with pytest.raises(InputRefused, match=r"damaged or cut short|of no known kind|is a text file"):
        open_source(data[: int(len(data) * part)], "cut").close()


def test_a_tiff_whose_directories_run_in_a_circle_ends() -> None:
    data = bytearray(crafted_tiff(4, 4))
    position = len(data) - 204
    data[position : position + 4] = struct.pack("<I", 8)
    with open_source(bytes(data), "circle.tif", limits=Limits(pages=5)) as source:
        assert len(source.pages) == 1


def test_an_animation_is_one_page() -> None:
    frames = [picture(), picture().transpose(Image.Transpose.ROTATE_180)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    with open_source(out.getvalue(), "x.gif") as source:
        assert len(source.pages) == 1
    out = io.BytesIO()
    frames[0].save(out, "MPO", save_all=True, append_images=frames[1:])
    with open_source(out.getvalue(), "phone.jpg") as source:
        assert source.media_type == "image/jpeg"
        assert len(source.pages) == 1


def test_a_path_and_bytes_are_the_same(tmp_path: Path) -> None:
    data = saved(picture(), "PNG")
    file = tmp_path / "x.png"
    file.write_bytes(data)
    with open_source(file, "x.png") as one, open_source(data, "x.png") as other:
        assert one.sha256 == other.sha256
        assert one.data == other.data == data
        assert np.array_equal(one.render(1), other.render(1))


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"", "scan.pdf", "is empty: it has 0 bytes"),
        (b"Dear Sir,\nthis is a letter.\n" * 9, "letter.pdf", "is named .pdf but is no PDF"),
        (b"Dear Sir,\n" * 9, "letter.txt", "is a text file"),
        (b"PK\x03\x04" + b"\0" * 99, "letter.docx", "is of no known kind"),
    ],
)
def test_what_is_no_document_is_refused_by_its_content(data: bytes, name: str, message: str) -> None:
    with pytest.raises(Unreadable, match=message) as caught:
        open_source(data, name)
    assert caught.value.file == name
