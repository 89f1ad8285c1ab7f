"""Each step of the preparation on pages made for it, and the way back to the same ink."""

import math

import cv2
import numpy as np
import pymupdf
import pytest
from crops import ROOT, pixels
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines import orientation
from engines.prepare import prepare
from storage.sources import open_source

RED = (220, 20, 20)


def lines_page(width=1200, height=1600, angle=0.0, level=245):
    """A page of words drawn along lines that fall by `angle` degrees."""
    image = np.full((height, width, 3), level, np.uint8)
    for row in range(15):
        y = 150 + row * 90
        words = "Every line of this page has words on it"[: 24 + row]
        cv2.putText(image, words, (120, y), cv2.FONT_HERSHEY_COMPLEX, 1.3, (30, 30, 30), 3)
    if angle:
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -angle, 1)
        image = cv2.warpAffine(image, matrix, (width, height), borderValue=(level,) * 3)
    return image


def step(prepared, name):
    return next(s for s in prepared.steps if s.name == name)


def red_spot(image):
    """Middle of the red mark, measured from the image's corner."""
    redness = np.clip(image[..., 0].astype(float) - image[..., 1:].max(axis=2) - 40, 0, None)
    y, x = np.mgrid[: image.shape[0], : image.shape[1]] + 0.5
    return (x * redness).sum() / redness.sum(), (y * redness).sum() / redness.sum()


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    rotation=st.sampled_from([0, 90, 180, 270]),
    crop=st.tuples(*[st.floats(0, 60)] * 4),
    dpi=st.integers(90, 260),
    angle=st.one_of(st.just(0.0), st.floats(-14, -0.5), st.floats(0.5, 14)),
    mark=st.tuples(st.floats(0.15, 0.85), st.floats(0.15, 0.85)),
)
def test_a_mark_on_a_pdf_page_is_found_on_the_same_ink(rotation, crop, dpi, angle, mark):
    """rotation x CropBox x dpi x deskew: prepared -> image -> points, error under 1 px."""
    document = pymupdf.open()
    page = document.new_page(width=500, height=640)
    for row in range(24):  # lines of words in user space, crooked by `angle`
        y = 40 + row * 24
        for column in range(9):
            start = pymupdf.Point(40 + column * 46, y)
            end = pymupdf.Point(start.x + 30, y)
            turned = [(p - (250, 320)) * pymupdf.Matrix(angle) + (250, 320) for p in (start, end)]
            page.draw_line(*[pymupdf.Point(p) for p in turned], width=6)
    spot = pymupdf.Point(70 + 360 * mark[0], 70 + 500 * mark[1])
    page.draw_circle(spot, 9, color=None, fill=(0.86, 0.08, 0.08))
    left, top, right, bottom = crop
    page.set_cropbox(pymupdf.Rect(left, top, 500 - right, 640 - bottom))
    page.set_rotation(rotation)
    shown = pymupdf.Point(spot.x - left, spot.y - top) * page.rotation_matrix
    with open_source(document.tobytes(), "made.pdf") as source:
        image = source.render(1, dpi=dpi)
        info = source.pages[0]
        prepared = prepare(image, float(dpi), turn="none")
    x, y = prepared.transform.point(red_spot(prepared.image))
    assert prepared.transform.target.width == image.shape[1]
    scale = image.shape[1] / info.width_pt, image.shape[0] / info.height_pt
    assert math.hypot(x - shown.x * scale[0], y - shown.y * scale[1]) < 1.0
    if abs(angle) > 0.5:
        assert step(prepared, "skew").applied


@pytest.mark.parametrize("angle", [-14.0, -3.0, -0.6, 0.6, 2.0, 14.5])
def test_skew_is_measured_and_undone(angle):
    prepared = prepare(lines_page(angle=angle), 200.0, turn="none")
    assert step(prepared, "skew").measured == pytest.approx(angle, abs=0.15)
    again = prepare(prepared.image, 200.0, turn="none")
    assert abs(step(again, "skew").measured) < 0.2
    assert not step(again, "skew").applied


def test_a_straight_clean_page_stays_as_it_is():
    image = lines_page()
    prepared = prepare(image, 200.0)
    assert prepared.image is image
    assert not any(s.applied for s in prepared.steps)
    assert {s.name for s in prepared.steps} == {"sheet", "skew", "shadow", "contrast", "turn"}


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_page_without_ink_stays_as_it_is(level):
    image = np.full((900, 700, 3), level, np.uint8)
    assert prepare(image, 200.0).image is image


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (7, 9)])
def test_the_smallest_images_pass(size):
    assert prepare(np.full((*size, 3), 200, np.uint8), 72.0).image.shape[:2] == size


def photograph(corners=((260, 180), (1130, 240), (1180, 1490), (180, 1420))):
    """A sheet on a dark table, seen a little from the side, and the map sheet -> photograph."""
    sheet = lines_page()
    cv2.circle(sheet, (700, 1100), 25, RED, -1)
    height, width = sheet.shape[:2]
    source = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    matrix = cv2.getPerspectiveTransform(source, np.float32(corners))
    table = np.random.default_rng(3).normal(60, 9, (1700, 1400, 3)).clip(0, 255).astype(np.uint8)
    seen = cv2.warpPerspective(sheet, matrix, (1400, 1700))
    covered = cv2.warpPerspective(np.full((height, width), 255, np.uint8), matrix, (1400, 1700))
    table[covered > 127] = seen[covered > 127]
    return table


def test_a_photographed_sheet_is_cut_out_and_flattened():
    image = photograph()
    prepared = prepare(image, 200.0)
    assert step(prepared, "sheet").applied
    assert np.mean(prepared.image > 150) > 0.75  # paper, not table
    x, y = prepared.transform.point(red_spot(prepared.image))
    expected = red_spot(image)
    assert math.hypot(x - expected[0], y - expected[1]) < 1.5


@pytest.mark.parametrize("name", ["letter-1905", "will-1914", "lead-form", "japanese-note"])
def test_a_scan_is_not_taken_for_a_photograph(name):
    prepared = prepare(pixels(ROOT / "samples" / f"{name}.jpg"), 200.0, turn="none")
    assert not step(prepared, "sheet").applied


def test_a_shadow_is_removed():
    image = lines_page()
    light = np.linspace(1.0, 0.4, image.shape[1])[None, :, None]
    prepared = prepare((image * light).astype(np.uint8), 200.0, turn="none")
    assert step(prepared, "shadow").applied
    paper = np.percentile(prepared.image[..., 0], 90, axis=0)
    assert paper.min() > 0.85 * paper.max()


def test_faint_ink_is_darkened():
    faint = (200 + lines_page().astype(float) * 0.18).clip(0, 255).astype(np.uint8)
    prepared = prepare(faint, 200.0, turn="none")
    assert step(prepared, "contrast").applied
    assert int(prepared.image.max()) - int(prepared.image.min()) > 2.5 * (int(faint.max()) - int(faint.min()))


@pytest.mark.parametrize("name", ["letter-1905", "will-1914", "lead-form", "japanese-note"])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_pages_are_turned_upright_and_never_the_other_way(name, turns):
    """All kinds of pages in all four positions. Lying Japanese may stay: it may be vertical writing."""
    image = np.ascontiguousarray(np.rot90(pixels(ROOT / "samples" / f"{name}.jpg"), turns))
    found = orientation.by_lines(image, {}, japanese=False)
    if name == "japanese-note" and turns % 2:
        assert found.quarters == 0
    else:
        assert (turns + found.quarters) % 4 == 0


def test_vertical_japanese_is_not_turned():
    image = pixels(ROOT / "tests" / "resources" / "vertical-ja.png")
    assert orientation.by_lines(image, {}, japanese=False).quarters == 0


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_tesseract_alone_turns_print_upright(turns):
    image = np.ascontiguousarray(np.rot90(pixels(ROOT / "samples" / "letter-1905.jpg"), turns))
    prepared = prepare(image, 200.0, turn="tesseract")
    assert (turns + int(step(prepared, "turn").measured)) % 4 == 0


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_page_leads_back_to_its_own_ink(turns):
    image = pixels(ROOT / "samples" / "letter-1905.jpg")
    cv2.circle(image, (500, 900), 20, RED, -1)
    image = np.ascontiguousarray(np.rot90(image, turns))
    prepared = prepare(image, 200.0)
    x, y = prepared.transform.point(red_spot(prepared.image))
    expected = red_spot(image)
    assert step(prepared, "turn").applied
    assert math.hypot(x - expected[0], y - expected[1]) < 1.0
