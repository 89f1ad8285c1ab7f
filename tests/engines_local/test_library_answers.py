"""The pure parses of PaddleOCR, EasyOCR, docTR and YomiToku on answers in the form that their sources give.

paddlex 3.7.2 inference/pipelines/ocr/pipeline.py and components/common/cal_ocr_word_box.py; easyocr 1.7.2
easyocr.py `recognize`; python-doctr 1.1.0 io/elements.py `export`; yomitoku 0.15.1
schemas/document_analyzer.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines import doctr, easyocr, paddleocr, yomitoku
from engines.placed import Placed, words_of
from engines.remote import secrets
from model.geometry import Quad


def ink(width: int, height: int, *boxes: tuple[int, int, int, int]) -> Any:
    """A white page with striped boxes, as letters are."""
    array = np.full((height, width, 3), 255, np.uint8)
    for x0, y0, x1, y1 in boxes:
        for x in range(x0, x1, 6):
            array[y0:y1, x : min(x + 3, x1)] = 0
    return array


def rectangle(x0: float, y0: float, x1: float, y1: float) -> list[list[float]]:
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]


# -- lines -> words ------------------------------------------------------------------------------------


def test_a_tilted_line_is_cut_along_its_own_direction() -> None:
    array = ink(300, 200)
    corners = np.array([[20.0, 40], [220, 80], [216, 100], [16, 60]])
    quad = Quad.of(corners.tolist())
    first, second = words_of([Placed("abcd efgh", quad, 0.9)], array)
    assert first.quad.points[0] == pytest.approx((20, 40))
    assert second.quad.points[1] == pytest.approx((220, 80))
    assert first.quad.points[1][1] > first.quad.points[0][1] + 10  # it climbs as the line does


def test_a_column_is_one_run_that_is_vertical_and_lying_latin_begins_at_its_top() -> None:
    array = ink(200, 400)
    column, lying = words_of(
        [
            Placed("東京都千代田区", Quad.of(rectangle(20, 20, 50, 300)), 0.8),
            Placed("Annex", Quad.of(rectangle(100, 20, 130, 300)), 0.8),
        ],
        array,
    )
    assert column.vertical
    assert column.quad.points[0] == (20, 20)
    assert not lying.vertical
    assert lying.quad.points[0] == (130, 20)
    assert lying.quad.points[1] == (130, 300)


def test_a_column_with_a_space_is_cut_from_top_to_bottom() -> None:
    array = ink(200, 400, (20, 20, 50, 120), (20, 180, 50, 300))
    quad = Quad.of(rectangle(20, 20, 50, 300))
    first, second = words_of([Placed("東京 大阪", quad, None, vertical=True)], array)
    assert (first.text, second.text) == ("東京", "大阪")
    assert first.vertical
    assert first.box.y1 <= 182
    assert second.box.y0 >= 118


# -- EasyOCR -------------------------------------------------------------------------------------------

EASYOCR = [
    [[[40.0, 60.0], [260.0, 60.0], [260.0, 90.0], [40.0, 90.0]], "Dear Ms Example", 0.93],
    [[[41.2, 150.7], [300.4, 158.1], [299.6, 186.2], [40.1, 179.0]], "", 0.0],
]


def test_easyocr_gives_lines_and_places_where_it_read_nothing() -> None:
    found = easyocr.parse(EASYOCR)
    assert [(line.text, line.confidence) for line in found.lines or ()] == [
        ("Dear Ms Example", 0.93), ("", 0.0),
    ]  # fmt: skip
    words = words_of(
        found.lines or (), ink(400, 300, (40, 60, 100, 90), (120, 60, 150, 90), (170, 60, 260, 90))
    )
    assert [(w.text, w.line) for w in words] == [("Dear", 0), ("Ms", 0), ("Example", 0)]
    assert words[1].box.x0 == pytest.approx(120, abs=4)


@pytest.mark.parametrize(
    "answer", [[["x"]], [[[[0, 0], [1, 1]], "a", 0.5]], None, [[[["a"] * 2] * 4, "t", 1]]]
)
def test_easyocr_answers_that_are_none(answer: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        easyocr.parse(answer)


def test_easyocr_has_a_recogniser_for_languages(tmp_path: Path) -> None:
    engine = easyocr.EasyOcr()
    assert easyocr.reader(tmp_path, ("en",)) == "latin_g2"
    (tmp_path / "english_g2.pth").touch()
    assert easyocr.reader(tmp_path, ("en",)) == "english_g2"
    assert easyocr.reader(tmp_path, ("de", "en")) == "latin_g2"
    assert engine.told(("ja", "fr")) == ("ja", "en")
    assert engine.told(("en", "de")) == ("de", "en")
    with pytest.raises(ValueError, match="Japanese, vertical"):
        engine.told(("ja-vert",))


# -- PaddleOCR -----------------------------------------------------------------------------------------

PADDLE = {
    "rec_polys": [rectangle(40, 60, 260, 90), rectangle(20, 100, 50, 300), rectangle(300, 20, 380, 40)],
    "rec_texts": ["No. 12 東京", "日本", ""],
    "rec_scores": [0.95, 0.8, 0.0],
    "text_word": [["No", ".", " ", "12", " ", "東", "京"], ["日", "本"], []],
    "text_word_region": [
        [
            rectangle(40, 60, 70, 90), rectangle(70, 60, 80, 90), rectangle(80, 60, 96, 90),
            rectangle(100, 60, 130, 90), rectangle(132, 60, 160, 90), rectangle(180, 60, 210, 90),
            rectangle(220, 60, 250, 90),
        ],
        [
            [[20, 100], [20, 190], [50, 190], [50, 100]],
            [[20, 200], [20, 290], [50, 290], [50, 200]],
        ],
        [],
    ],
}  # fmt: skip


def test_paddleocr_gives_the_places_of_its_characters() -> None:
    found = paddleocr.parse(PADDLE)
    line, column, empty = found.lines or ()
    assert line.at is not None
    assert len(line.at) == len("No. 12 東京")
    assert line.at[0] == pytest.approx((7.5) / 220)
    assert column.at == pytest.approx((45 / 200, 145 / 200))
    assert (empty.text, empty.at) == ("", None)
    array = ink(400, 320, (40, 60, 80, 90), (100, 60, 130, 90), (180, 60, 210, 90), (220, 60, 250, 90))
    words = words_of(found.lines or (), array)
    assert [w.text for w in words] == ["No.", "12", "東", "京", "日", "本"]
    assert [w.line for w in words] == [0, 0, 0, 0, 1, 1]
    assert words[1].box.x0 == pytest.approx(100, abs=4)
    assert words[3].box.x0 == pytest.approx(220, abs=5)
    assert [w.vertical for w in words[4:]] == [True, True]
    assert words[5].box.y0 > words[4].box.y0 + 50


def test_paddleocr_places_that_do_not_fit_its_text_are_not_used() -> None:
    quad = rectangle(0, 0, 100, 20)
    boxes = [rectangle(0, 0, 40, 20), rectangle(50, 0, 100, 20)]
    assert paddleocr.places("ab", quad, ["a", "b"], boxes) == pytest.approx((0.2, 0.75))
    assert paddleocr.places("abc", quad, ["a", "b"], boxes) is None
    assert paddleocr.places("ab", quad, ["a", "b"], boxes[:1]) is None
    assert paddleocr.places("ab", quad, ["a", "b"], boxes[::-1]) is None
    without = {k: v for k, v in PADDLE.items() if not k.startswith("text_word")}
    assert [line.at for line in paddleocr.parse(without).lines or ()] == [None] * 3


def test_paddleocr_answers_whose_lists_differ_are_none() -> None:
    with pytest.raises(ValueError, match="zip"):
        paddleocr.parse({**PADDLE, "rec_scores": [0.5]})
    with pytest.raises(KeyError):
        paddleocr.parse({"error": "the input params for model settings are invalid!"})


def test_paddleocr_reads_what_its_recogniser_reads() -> None:
    assert "fr" in paddleocr.reads("latin_PP-OCRv5_mobile_rec")
    assert "ja" not in paddleocr.reads("latin_PP-OCRv5_mobile_rec")
    assert set(paddleocr.reads("PP-OCRv5_server_rec")) == {"en", "ja", "ja-vert"}
    assert set(paddleocr.reads("PP-OCRv6_medium_rec")) >= {"en", "fr", "ja", "ja-vert"}


def test_paddleocr_finds_its_two_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder, model in (("a", "PP-OCRv5_server_det"), ("b", "PP-OCRv5_server_rec")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "inference.yml").write_text(f"Global:\n  model_name: {model}\n")
    assert paddleocr.models(tmp_path) == (tmp_path / "a", tmp_path / "b")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "inference.yml").write_text("Global:\n  model_name: 'latin_PP-OCRv5_mobile_rec'\n")
    assert paddleocr.models(tmp_path) == (tmp_path / "a", None)
    for name in ("c", "latin_PP-OCRv5_mobile_rec"):
        assert paddleocr.models(tmp_path, recogniser=name) == (tmp_path / "a", tmp_path / "c")
    engine = paddleocr.PaddleOcr()
    monkeypatch.setattr(secrets, "FILES", ())
    monkeypatch.setattr(engine, "package", "json")  # as if it were installed
    monkeypatch.setenv("INKVEIL_PADDLEOCR_WEIGHTS", str(tmp_path))
    assert "lacks inference.pdiparams" in (engine.availability() or "")
    for folder in "ac":
        (tmp_path / folder / "inference.pdiparams").touch()
    assert "lacks inference.json" in (engine.availability() or "")
    for folder in "ac":
        (tmp_path / folder / "inference.json").touch()
    assert "one recogniser" in (engine.availability() or "")
    monkeypatch.setenv("INKVEIL_PADDLEOCR_RECOGNISER", "c")
    assert engine.availability() is None
    with pytest.raises(ValueError, match="only English, French, German, Spanish, Italian"):
        engine.told(("ja",))


# -- docTR ---------------------------------------------------------------------------------------------


def exported(*geometries: Any) -> dict[str, Any]:
    words = [
        {
            "value": f"w{n}", "confidence": 0.5 + n / 10, "geometry": g, "objectness_score": 0.7,
            "crop_orientation": {"value": 0, "confidence": None},
        }
        for n, g in enumerate(geometries)
    ]  # fmt: skip
    line = {"geometry": [[0, 0], [1, 1]], "objectness_score": 0.7, "words": words}
    block = {"geometry": [[0, 0], [1, 1]], "objectness_score": 0.7, "lines": [line, line], "artefacts": []}
    page = {
        "page_idx": 0, "dimensions": [200, 400], "orientation": {"value": None, "confidence": None},
        "language": {"value": None, "confidence": None}, "blocks": [block],
    }  # fmt: skip
    return {"pages": [page]}


def test_doctr_gives_words_of_boxes_and_of_polygons() -> None:
    polygon = [[0.1, 0.2], [0.3, 0.25], [0.29, 0.35], [0.09, 0.3]]
    found = doctr.parse(exported([[0.25, 0.5], [0.5, 0.75]], polygon), 400, 200)
    first, second, *others = found.words or ()
    assert first.box.as_list() == [100, 100, 200, 150]
    assert (first.text, first.confidence, first.line) == ("w0", 0.5, 0)
    assert second.quad.points[1] == pytest.approx((120, 50))
    assert [w.line for w in others] == [1, 1]


@pytest.mark.parametrize(
    "answer", [{"pages": []}, {}, exported([[0.5, 0.5], [0.2, 0.2]]), exported([[0, 0]])]
)
def test_doctr_answers_that_are_none(answer: Any) -> None:
    with pytest.raises((ValueError, KeyError)):
        doctr.parse(answer, 400, 200)


def test_doctr_finds_its_files_and_checks_its_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("fast_base-688a8b34.pt", "crnn_mobilenet_v3_small_pt-3b919a02.pt", "fast_base_extra.pt"):
        (tmp_path / name).touch()
    assert doctr.file_of(tmp_path, "fast_base") == tmp_path / "fast_base-688a8b34.pt"
    assert doctr.file_of(tmp_path, "crnn_mobilenet_v3_small") is not None
    assert doctr.file_of(tmp_path, "fast") is None
    engine = doctr.DocTr()
    monkeypatch.setattr(secrets, "FILES", ())
    monkeypatch.setattr(engine, "package", "json")
    monkeypatch.setenv("INKVEIL_DOCTR_WEIGHTS", str(tmp_path))
    assert "lacks crnn_vgg16_bn-....pt" in (engine.availability() or "")
    monkeypatch.setenv("INKVEIL_DOCTR_RECOGNISER", "crnn_mobilenet_v3_small")
    assert engine.availability() is None
    with pytest.raises(ValueError, match="does not read German"):
        engine.told(("de",))
    monkeypatch.setenv("INKVEIL_DOCTR_VOCABULARY", "klingon")
    assert "vocabulary is one of" in (engine.availability() or "")
    monkeypatch.setenv("INKVEIL_DOCTR_VOCABULARY", "german")
    assert engine.told(("de",)) == ()
    monkeypatch.setenv("INKVEIL_DOCTR_DETECTOR", "../fast")
    assert "name of an architecture" in (engine.availability() or "")


# -- YomiToku ------------------------------------------------------------------------------------------


def yomi(content: str, points: list[list[float]], direction: str, rec: float, det: float) -> dict[str, Any]:
    return {
        "points": points, "content": content, "direction": direction, "rec_score": rec, "det_score": det,
    }  # fmt: skip


def test_yomitoku_gives_lines_and_columns() -> None:
    answer = {
        "words": [
            yomi("東京都 千代田区", rectangle(300, 20, 330, 300), "vertical", 0.9, 0.6),
            yomi("2026年", rectangle(20, 20, 120, 44), "horizontal", 0.7, 0.95),
            yomi("一", rectangle(60, 100, 70, 118), "horizontal", 0.5, 0.9),
        ]
    }
    found = yomitoku.parse(answer)
    assert [line.confidence for line in found.lines or ()] == [0.6, 0.7, 0.5]
    array = ink(400, 320, (300, 20, 330, 120), (300, 170, 330, 300))
    words = words_of(found.lines or (), array, vertical=True)
    assert [(w.text, w.vertical, w.line) for w in words] == [
        ("東京都", True, 0), ("千代田区", True, 0), ("2026年", False, 1), ("一", False, 2),
    ]  # fmt: skip
    assert words[0].box.y1 <= words[1].box.y0 + 1
    assert words[2].quad.points[0] == (20, 20)


@pytest.mark.parametrize(
    "answer", [{}, {"words": [{"content": "x"}]}, {"words": [yomi("x", [[1, 2]], "horizontal", 1, 1)]}]
)
def test_yomitoku_answers_that_are_none(answer: Any) -> None:
    with pytest.raises((ValueError, KeyError)):
        yomitoku.parse(answer)


def test_yomitoku_names_the_file_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = yomitoku.YomiToku()
    monkeypatch.setattr(secrets, "FILES", ())
    monkeypatch.setattr(engine, "package", "json")
    monkeypatch.setenv("INKVEIL_YOMITOKU_WEIGHTS", str(tmp_path))
    (tmp_path / "dbnetv2_1").mkdir()
    (tmp_path / "dbnetv2_1" / "model.safetensors").touch()
    assert "parseq-middle-dynw-v5/model.safetensors" in (engine.availability() or "")
    with pytest.raises(ValueError, match="does not read French"):
        engine.told(("fr",))
