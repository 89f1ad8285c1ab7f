"""Tesseract on real crops, and what is said where it, or a language of it, is missing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from crops import RESOURCES, ROOT, blank, cer, page

from engines import tessdata
from engines.base import PageImage, fingerprint
from engines.tesseract import Tesseract, from_table, parse, resolution
from model.errors import EngineFailed

pytestmark = pytest.mark.skipif(tessdata.unavailable() is not None, reason="Tesseract is not installed")


def test_typed_lines_are_read_with_tight_boxes():
    reading = Tesseract().recognise(page("typed-1905"))
    assert cer("typed-1905", reading.plain_text) < 0.08
    word = next(w for w in reading.words if w.text == "Stanford")
    assert 20 < word.box.height < 60
    assert reading.settings["languages"] == "eng"


def test_several_languages_at_once():
    reading = Tesseract().recognise(page("typed-1905", ("en", "fr")))
    assert reading.settings["languages"] == "eng+fra"
    assert cer("typed-1905", reading.plain_text) < 0.1


def test_vertical_japanese():
    reading = Tesseract().recognise(page("vertical-ja", ("ja-vert",)))
    assert reading.plain_text.replace(" ", "").startswith("私は東京都千代田区に住んでいます")
    assert all(w.vertical for w in reading.words)


def test_a_blank_page_has_no_words():
    assert Tesseract().recognise(blank()).words == ()


def test_a_page_on_which_noise_hides_the_text_is_read_after_a_median_filter():
    picture = np.full((500, 1200, 3), 255, np.uint8)
    for i, text in enumerate(("Dear Mr. Whitfield,", "the papers are ready.", "Please call tomorrow.")):
        cv2.putText(picture, text, (60, 120 + i * 130), cv2.FONT_HERSHEY_DUPLEX, 2.4, (0, 0, 0), 7)
    noise = np.random.default_rng(7).random(picture.shape[:2])
    picture[noise < 0.2] = 0
    picture[noise > 0.8] = 255
    reading = Tesseract().recognise(PageImage(picture, 200.0, ("en",), fingerprint(picture)))
    assert reading.settings["median"]
    assert "Whitfield" in reading.plain_text


def test_resolution_stays_in_what_tesseract_takes():
    assert [resolution(d) for d in (1, 72, 299.6, 9999)] == [70, 72, 300, 2400]
    assert resolution(72, 2200) == 195  # a scan that does not say so
    assert resolution(72, 800) == 72
    assert resolution(300, 3300) == 300


def test_the_commands_table_gives_the_same_words():
    table = {
        "level": [4, 5, 5, 5], "page_num": [1] * 4, "block_num": [1] * 4, "par_num": [1] * 4,
        "line_num": [1, 1, 1, 2], "left": [0, 1, 30, 5], "top": [0, 2, 2, 40], "width": [60, 20, 25, 9],
        "height": [12, 10, 10, 8], "conf": [-1, 96.5, 12, 130], "text": ["", "Dear", " ", "Sir"],
    }  # fmt: skip
    words = parse(from_table(table))
    assert [(w.text, w.line, w.confidence) for w in words] == [("Dear", 0, 0.965), ("Sir", 1, 1.0)]
    assert words[0].box.as_list() == [1, 2, 21, 12]


def elsewhere(code, **environment):
    """Runs code in a process with this environment and an empty PATH unless given; its JSON answer."""
    variables = {k: v for k, v in os.environ.items() if k not in ("PATH", "TESSDATA_PREFIX")}
    variables.update({"PATH": "", "PYTHONPATH": f"{ROOT}:{Path(__file__).parent}", **environment})
    run = subprocess.run(
        [sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


DESCRIBE = """
import json
from engines import registry
print(json.dumps([e for e in registry.describe() if e["name"] == "tesseract"][0] | {
    "default": registry.default_names(["en"])}))
"""
WITHOUT_TESSEROCR = "import sys; sys.modules['tesserocr'] = None\n"


def test_a_machine_without_tesseract_says_so(tmp_path):
    said = elsewhere(WITHOUT_TESSEROCR + DESCRIBE, TESSDATA_PREFIX=str(tmp_path))
    assert said["available"] is False
    assert said["reason"].startswith(
        "Tesseract is not installed: apt install tesseract-ocr tesseract-ocr-eng"
    )
    assert "\n" not in said["reason"]
    assert said["version"] == ""
    assert said["default"] == ["rapidocr", "rapidocr_rescaled"]


def test_a_machine_with_the_library_but_no_data_says_so(tmp_path):
    said = elsewhere(DESCRIBE, TESSDATA_PREFIX=str(tmp_path))
    assert said["available"] is False
    assert str(tmp_path) in said["reason"]
    assert "apt install tesseract-ocr" in said["reason"]


def test_a_machine_without_one_language_names_it(tmp_path):
    for name in ("eng", "fra", "deu", "spa", "ita"):
        (tmp_path / f"{name}.traineddata").symlink_to(tessdata.folder() / f"{name}.traineddata")
    said = elsewhere(DESCRIBE, TESSDATA_PREFIX=str(tmp_path))
    assert said["available"] is True
    assert said["note"] == (
        "Tesseract has no data for Japanese, Japanese, vertical: "
        "apt install tesseract-ocr-jpn tesseract-ocr-jpn-vert."
    )


def test_a_page_in_a_language_without_data_fails_by_name(monkeypatch, tmp_path):
    (tmp_path / "eng.traineddata").symlink_to(tessdata.folder() / "eng.traineddata")
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    with pytest.raises(EngineFailed, match="no data for Japanese: apt install tesseract-ocr-jpn") as failed:
        Tesseract().recognise(page("note-ja"))
    assert failed.value.kind == "unavailable"
    reading = Tesseract().recognise(page("typed-1905", ("en", "ja")))
    assert reading.settings["absent"] == ["ja"]


def test_without_the_library_the_command_reads():
    code = WITHOUT_TESSEROCR + (
        "import json\nfrom crops import page, cer\nfrom engines.tesseract import Tesseract\n"
        "r = Tesseract().recognise(page('typed-1905'))\n"
        "print(json.dumps([cer('typed-1905', r.plain_text), len(r.words), r.version]))"
    )
    wrong, words, version = elsewhere(code, PATH=os.environ["PATH"])
    assert wrong < 0.08
    assert words > 30
    assert version[0] == "5"
    assert RESOURCES.is_dir()
