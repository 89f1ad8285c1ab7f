"""Made pages: the truth is the ink that is in the image, a number is a page, marks are no words."""

from __future__ import annotations

import json
import random
from pathlib import Path

import cv2
import make_pages
import numpy as np
import pytest
from made_pages import marks
from made_pages.fonts import Face, Shelf
from made_pages.sheet import Pen, Sheet
from made_pages.texts import Texts
from made_pages.wear import HABITS, _bent, worn

from evaluation.folders import find_pages


def sheet_of(language: str = "en") -> Sheet:
    return Sheet(900, 700, 150, language, 7)


def ink_in(image: np.ndarray, box: list[float]) -> np.ndarray:
    x0, y0, x1, y1 = (round(v) for v in box)
    return image[y0:y1, x0:x1].mean(2) < 165


def face(fonts: Path, style: str = "serif") -> Face:
    return Shelf.of(fonts).faces[style][0]


SHAKY = {"tremor": 0.04, "wander": 0.08, "sway": 0.15, "slant": 0.2}


@pytest.mark.parametrize("angle", [0, 90, -90, 17])
@pytest.mark.parametrize("jitter", [{}, SHAKY, {"letterwise": True, "wander": 0.05}])
def test_boxes_are_the_ink_and_nothing_is_outside(
    fonts: Path, angle: float, jitter: dict[str, float]
) -> None:
    sheet = sheet_of()
    pen = Pen(face(fonts), 30, **jitter)
    x, y = {90: (100.0, 600.0), -90: (800.0, 60.0)}.get(angle, (90.0, 400.0))
    sheet.write("Quay, jagged fjord 1.905", x, y, pen, limit=520, angle=angle)
    (line,), words = sheet.truth(lambda points: points, (sheet.width, sheet.height))
    assert line["text"] == "Quay, jagged fjord 1.905"
    rest = sheet.paper.copy()
    for word in words:
        ink = ink_in(sheet.paper, word["box"])
        for edge in (ink[:2], ink[-2:], ink[:, :2], ink[:, -2:]):
            assert edge.any(), f"{word['text']}: the box is wider than its ink"
        x0, y0, x1, y1 = (round(v) for v in word["box"])
        rest[max(0, y0 - 1) : y1 + 1, max(0, x0 - 1) : x1 + 1] = 255
    assert not (rest.mean(2) < 165).any(), "ink outside every box"


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("habit", ["photo", "office"])
def test_the_truth_goes_where_the_page_is_bent(fonts: Path, habit: str, seed: int) -> None:
    sheet = sheet_of()
    pen = Pen(face(fonts, "sans"), 26)
    for row in range(6):
        sheet.write("Harbour masters keep records", 60, 80 + 100 * row, pen)
    image, place = _bent(sheet.paper, habit, random.Random(seed), sheet.dpi)
    _, words = sheet.truth(place, (image.shape[1], image.shape[0]))
    assert len(words) == 24
    for word in words:
        x0, y0, x1, y1 = (round(v) for v in word["box"])
        wide = image[y0 - 4 : y1 + 4, x0 - 4 : x1 + 4].mean(2) < 165
        rows, columns = np.flatnonzero(wide.any(1)), np.flatnonzero(wide.any(0))
        found = (columns[0], rows[0], wide.shape[1] - 1 - columns[-1], wide.shape[0] - 1 - rows[-1])
        assert max(abs(v - 4) for v in found) <= 2, (word["text"], found)


def test_a_word_whose_ink_is_gone_has_no_truth(fonts: Path) -> None:
    sheet = sheet_of()
    pen = Pen(face(fonts, "sans"), 30)
    sheet.write("stays", 100, 200, pen)
    sheet.write("fades", 100, 400, pen)
    image = sheet.paper.astype(np.uint8)
    image[350:450] = 255
    noisy = np.clip(image + np.random.default_rng(1).normal(0, 10, image.shape[:2])[..., None], 0, 255)
    for shown in (image, noisy.astype(np.uint8)):
        lines, words = sheet.truth(lambda points: points, (sheet.width, sheet.height), shown)
        assert [line["text"] for line in lines] == [word["text"] for word in words] == ["stays"]


def test_a_comb_is_words_again(fonts: Path) -> None:
    sheet = sheet_of()
    sheet.comb("GB29 8896", 50, 200, Pen(face(fonts, "sans"), 24), 30)
    (line,), words = sheet.truth(lambda points: points, (sheet.width, sheet.height))
    assert line["text"] == "GB29 8896"
    assert [w["text"] for w in words] == ["GB29", "8896"]
    assert words[0]["box"][0] < 50 + 30
    assert words[1]["box"][0] > 50 + 5 * 30 - 2


def test_japanese_is_boxed_by_character_and_figures_by_word(fonts: Path) -> None:
    sheet = sheet_of("ja")
    sheet.write("電話 090-1234 昭和60年", 40, 300, Pen(face(fonts, "print_ja"), 30))
    (line,), words = sheet.truth(lambda points: points, (sheet.width, sheet.height))
    assert line["text"] == "電話 090-1234 昭和60年"
    assert [w["text"] for w in words] == ["電", "話", "090-1234", "昭", "和", "60", "年"]


def test_what_a_face_lacks_is_neither_drawn_nor_in_the_truth(fonts: Path) -> None:
    sheet = sheet_of()
    sheet.write("Fee 電話 12", 40, 300, Pen(face(fonts), 30))
    (line,), _ = sheet.truth(lambda points: points, (sheet.width, sheet.height))
    assert line["text"] == "Fee 12"


def test_marks_are_ink_without_a_word(fonts: Path) -> None:
    sheet = sheet_of()
    chance = random.Random(3)
    marks.signature(sheet, 100, 200, 50, (20, 30, 90), chance)
    marks.seal(sheet, 500, 300, 60, (150, 30, 40), chance)
    marks.check_box(sheet, 50, 400, 20, True, (20, 20, 20), chance)
    marks.ruled(sheet, 40, 60, chance)
    assert (sheet.paper < 128).any()
    assert sheet.lines == []


@pytest.mark.parametrize("habit", sorted(set(HABITS)))
def test_every_wear_leaves_an_image_of_the_size_it_says(fonts: Path, habit: str) -> None:
    sheet = sheet_of()
    sheet.write("Legible still", 100, 300, Pen(face(fonts, "sans"), 40))
    result = worn(sheet, habit, random.Random(5), np.random.default_rng(5))
    assert result.image.dtype == np.uint8
    _, words = sheet.truth(result.place, (result.image.shape[1], result.image.shape[0]))
    for word in words:
        x0, y0, x1, y1 = (round(v) for v in word["box"])
        part = result.image[y0:y1, x0:x1].mean(2)
        assert part.min() < 0.75 * np.median(result.image[y0 - 30 : y1 + 30, x0:x1]), "the word is not there"


def test_all_layouts_in_all_languages_are_pages_to_evaluate(fonts: Path, tmp_path: Path) -> None:
    order = make_pages.Order(tmp_path, fonts, None, 4)
    layouts, languages = set(), set()
    for number in range(22):
        name = make_pages.save((order, number))
        _, language, layout, _ = name.split("_")
        layouts.add(layout)
        languages.add(language)
    assert languages == {"en", "fr", "de", "es", "it", "ja"}
    assert layouts >= {"form", "letter", "note", "columns", "table", "bill", "list", "ledger"}
    found = find_pages(tmp_path)
    assert len(found.pages) == 22
    assert found.failed == ()
    for files in found.pages:
        assert files.truth.notes == (), files.name
        assert files.truth.words, files.name
        image = cv2.imread(str(files.image))
        assert image.shape[:2] == (files.truth.height, files.truth.width)
        assert all(
            i.box.x1 <= files.truth.width and i.box.y1 <= files.truth.height for i in files.truth.words
        )


def test_a_number_is_always_the_same_page(fonts: Path) -> None:
    order = make_pages.Order(Path(), fonts, None, 4)
    one, again, other = (make_pages.page(order, n) for n in (3, 3, 14))
    assert one[0] == again[0] != other[0]
    assert np.array_equal(one[1], again[1])
    assert one[2] == again[2]


@pytest.mark.parametrize("language", ["en", "fr", "de", "es", "it", "ja"])
def test_a_page_does_not_repeat_itself(language: str) -> None:
    texts = Texts(language, 3)
    said = [texts.sentence() for _ in range(60)]
    assert len(set(said)) >= 58
    assert all(text.strip() and "{" not in text for text in said)


def test_given_texts_are_quoted_with_their_licence(fonts: Path, tmp_path: Path) -> None:
    words = "The heron waited by the frozen weir until the miller came down with his lantern at dusk"
    data = {"text": words, "language": "en", "licence": "CC-BY 4.0", "lines": [], "width": 1, "height": 1}
    (tmp_path / "own.json").write_text(json.dumps(data), encoding="utf-8")
    order = make_pages.Order(tmp_path, fonts, tmp_path, 4)
    english = [n for n in range(40) if make_pages.LANGUAGES[n % len(make_pages.LANGUAGES)] == "en"][:6]
    truths = [make_pages.page(order, n)[2] for n in english]
    quoting = [t for t in truths if "heron" in t["text"] or "lantern" in t["text"] or "miller" in t["text"]]
    assert quoting
    assert all("text of own: CC-BY 4.0" in t["licence"] for t in quoting)
