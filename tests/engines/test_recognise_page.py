"""A page through the engines: readings on the page image, failures as values, layers, languages, replay."""

import json
import shutil

import cv2
import numpy as np
import pymupdf
import pytest
from crops import RESOURCES, ROOT, cer, page, pixels

from engines import recognise, registry
from engines.base import PageImage, reading_of
from engines.languages import suggest, suggest_languages
from engines.recognise import call, read_page, text_layer
from model.errors import EngineFailed, UsageError
from model.files import reading_to_json
from model.geometry import Box, Quad
from model.words import Reading, Word
from storage.sources import open_source


def opened(path):
    return open_source(path, path.name)


class Flaky:
    """An engine that fails a number of times before it reads."""

    name, title, privacy, boxes, confidence = "flaky", "Flaky", "local", "word", False

    def __init__(self, error, times):
        self.error, self.times, self.calls = error, times, 0

    def availability(self):
        return None

    def version(self):
        return "1"

    def recognise(self, page):
        self.calls += 1
        if self.calls <= self.times:
            raise self.error
        return reading_of(self, page, [Word("read", Quad.from_box(Box(0, 0, 9, 9)))])


@pytest.fixture
def flaky():
    def make(error, times):
        registry._engines["flaky"] = Flaky(error, times)
        return registry._engines["flaky"]

    yield make
    registry._engines.pop("flaky", None)


def failed(kind, **more):
    return EngineFailed("It failed.", engine="flaky", kind=kind, **more)


def test_passing_failures_are_tried_again_within_a_budget(flaky):
    waits = []
    engine = flaky(failed("transient"), 2)
    assert call("flaky", page("form"), sleep=waits.append).words[0].text == "read"
    assert engine.calls == 3
    assert waits == [2.0, 4.0]
    engine = flaky(failed("rate_limit", retry_after=20.0), 9)
    with pytest.raises(EngineFailed):
        call("flaky", page("form"), sleep=waits.append)
    assert engine.calls == recognise.RETRIES
    engine = flaky(failed("rate_limit", retry_after=3600.0), 1)
    with pytest.raises(EngineFailed):
        call("flaky", page("form"), sleep=waits.append)
    assert engine.calls == 1


@pytest.mark.parametrize("kind", ["auth", "bad_input", "bad_output", "unavailable"])
def test_lasting_failures_are_not_tried_again(flaky, kind):
    engine = flaky(failed(kind), 9)
    with pytest.raises(EngineFailed):
        call("flaky", page("form"), sleep=lambda _: pytest.fail("waited"))
    assert engine.calls == 1


def test_a_failing_engine_is_a_value_and_stops_nobody(flaky):
    flaky(KeyError("surprise"), 9)
    heard = []
    with opened(RESOURCES / "form.jpg") as source:
        result = read_page(
            source, 1, engines=["flaky", "null", "rapidocr"], languages=["en"],
            on_result=lambda name, r: heard.append((name, isinstance(r, Reading))),
        )  # fmt: skip
    assert [r.engine for r in result.readings] == ["null", "rapidocr"]
    assert [(f.engine, f.kind, f.page) for f in result.failures] == [("flaky", "bad_output", 1)]
    assert "surprise" not in result.failures[0].message
    assert set(heard) == {("flaky", False), ("null", True), ("rapidocr", True)}


def test_an_unknown_engine_is_refused():
    with opened(RESOURCES / "form.jpg") as source, pytest.raises(UsageError):
        read_page(source, 1, engines=["nonesuch"])


def test_readings_of_a_crooked_upside_down_page_stand_on_the_page_image(tmp_path):
    """Boxes on the source page, quads in the direction of the text."""
    picture = cv2.imread(str(RESOURCES / "typed-1905.jpg"))
    canvas = np.full((900, 1700, 3), 235, np.uint8)
    canvas[300 : 300 + picture.shape[0], 80 : 80 + picture.shape[1]] = picture
    matrix = cv2.getRotationMatrix2D((850, 450), -4.0, 1)
    turned = cv2.warpAffine(canvas, matrix, (1700, 900), borderValue=(235, 235, 235))[::-1, ::-1]
    cv2.imwrite(str(tmp_path / "turned.png"), turned)
    with opened(tmp_path / "turned.png") as source:
        result = read_page(source, 1, engines=["rapidocr", "tesseract"], languages=["en"])
    for reading in result.readings:
        assert cer("typed-1905", reading.plain_text) < 0.12
        assert (reading.width, reading.height) == (1700, 900)
        word = next(w for w in reading.words if "intention" in w.text)
        assert abs(abs(word.quad.angle) - 176.0) < 2.5
        upright = next(w for w in words_of_straight() if "intention" in w.text).box.centre
        x, y = matrix @ (upright[0] + 80, upright[1] + 300, 1)
        cx, cy = word.box.centre
        assert abs(cx - (1700 - x)) < 15
        assert abs(cy - (900 - y)) < 15


def words_of_straight():
    return registry.get("rapidocr").recognise(page("typed-1905")).words


def born_digital(invisible=False, picture=None):
    document = pymupdf.open()
    sheet = document.new_page(width=595, height=842)
    if picture is not None:
        sheet.insert_image(pymupdf.Rect(40, 300, 555, 700), filename=str(picture))
    for i in range(8):
        sheet.insert_text(
            (60, 80 + 20 * i), f"Line {i} of the contract with Ada Byron", render_mode=3 * invisible
        )
    return open_source(document.tobytes(), "made.pdf")


def test_the_text_layer_is_a_reading_on_the_same_ink():
    with born_digital() as source:
        assert text_layer(source, 1) == "visible"
        result = read_page(source, 1)
    assert [r.engine for r in result.readings] == ["pdf_text", "tesseract"]
    layer, seen = result.readings
    assert layer.plain_text.splitlines()[3] == "Line 3 of the contract with Ada Byron"
    for word in layer.words[:12]:
        assert any(w.box.contains(word.box.centre) and w.text == word.text for w in seen.words)
    assert result.languages == ("en",)


def test_a_layer_that_does_not_show_the_page_is_no_replacement_for_reading():
    with born_digital(invisible=True) as source:
        assert text_layer(source, 1) == "hidden"
    with born_digital(picture=RESOURCES / "handwritten-1905.jpg") as source:
        assert text_layer(source, 1) == "partial"
    with opened(RESOURCES / "form.jpg") as source:
        assert text_layer(source, 1) == "none"


def test_pdf_text_without_a_file_says_so():
    with pytest.raises(EngineFailed, match="from the file itself"):
        registry.get("pdf_text").recognise(page("form"))


@pytest.mark.parametrize(
    ("file", "languages"),
    [
        ("samples/letter-1905.jpg", ("en",)),
        ("samples/will-1914.jpg", ("fr",)),
        ("samples/japanese-note.jpg", ("ja",)),
        ("tests/resources/vertical-ja.png", ("ja-vert",)),
    ],
)
def test_languages_are_suggested_from_a_quick_reading(file, languages):
    assert suggest_languages(pixels(ROOT / file)) == languages


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("Ich habe Ihnen die Papiere für das Haus noch nicht geschickt und bitte um Geduld", ("de",)),
        ("Le escribo para decirle que los papeles de la casa ya están con el señor notario", ("es",)),
        ("Le scrivo per dirle che i documenti della casa sono già con il notaio e non mancano", ("it",)),
        ("Je vous écris pour vous dire que les papiers de la maison sont chez le notaire", ("fr",)),
        ("GRACE 05/07/2001", ("en",)),
        ("", ("en",)),
    ],
)
def test_the_language_of_a_text(text, languages):
    words = [Word(t, Quad.from_box(Box(0, 0, 1, 1))) for t in text.split()]
    assert suggest(words) == languages


def test_without_languages_the_pages_own_are_used():
    with opened(ROOT / "samples" / "will-1914.jpg") as source:
        result = read_page(source, 1, engines=["tesseract", "rapidocr"])
    assert result.languages == ("fr",)
    assert result.readings[0].settings["languages"] == "fra"


def test_a_recorded_reading_is_replayed_by_name_and_by_hash(tmp_path, monkeypatch):
    recorded = Reading(
        "elsewhere", "9", 360, 235, (Word("Customer", Quad.from_box(Box(10, 20, 60, 30)), 0.5),)
    )  # half the size of the page
    body = reading_to_json(recorded)
    folder = tmp_path / "recorded"
    folder.mkdir()
    shutil.copy(RESOURCES / "form.jpg", tmp_path / "form.jpg")
    with opened(tmp_path / "form.jpg") as source:
        monkeypatch.delenv("INKVEIL_REPLAY", raising=False)
        assert "INKVEIL_REPLAY" in read_page(source, 1, engines=["replay"]).failures[0].message
        monkeypatch.setenv("INKVEIL_REPLAY", str(folder))
        assert read_page(source, 1, engines=["replay"]).failures[0].kind == "bad_input"
        (folder / "form.json").write_text(json.dumps(body))
        by_name = read_page(source, 1, engines=["replay"]).readings[0]
        (folder / "form.json").unlink()
        body["image"]["sha256"] = source.sha256
        (folder / "any.json").write_text(json.dumps(body))
        by_hash = read_page(source, 1, engines=["replay"]).readings[0]
        (folder / "form.json").write_text("{")
        assert read_page(source, 1, engines=["replay"]).failures[0].kind == "bad_input"
    assert by_name.words == by_hash.words
    assert by_name.words[0].box.as_list() == pytest.approx([20, 40, 120, 60], abs=1.5)
    assert by_name.settings["recorded"] == "elsewhere"


def test_reading_twice_gives_the_same():
    picture = pixels(RESOURCES / "form.jpg")
    first, second = (registry.get("rapidocr").recognise(PageImage(picture, 200.0, ("en",))) for _ in range(2))
    assert first.words == second.words
