"""PaddleOCR itself: two small programs saved as Paddle saves models, loaded and called by the engine.

The detector is no trained network: it marks what is dark, widened to lines, so that Paddle's own steps before
and after it place real boxes. The recogniser is a convolution with random weights and an alphabet.
"""

from __future__ import annotations

import json
import string
from itertools import pairwise
from pathlib import Path
from typing import Any

import libraries
import numpy as np
import pytest

from engines.paddleocr import PaddleOcr
from model.errors import EngineFailed

paddleocr = pytest.importorskip("paddleocr")
pytestmark = pytest.mark.slow
ALPHABET = [*string.ascii_letters, *string.digits, *"あいうえお日本語,.-"]
DETECTOR = {
    "Global": {"model_name": "PP-OCRv5_mobile_det"},
    "PreProcess": {
        "transform_ops": [
            {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
            {"DetLabelEncode": None},
            {"DetResizeForTest": {"resize_long": 960}},
            {
                "NormalizeImage": {
                    "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "scale": "1./255.",
                    "order": "hwc",
                }
            },
            {"ToCHWImage": None},
            {"KeepKeys": {"keep_keys": ["image", "shape", "polys", "ignore_tags"]}},
        ]
    },
    "PostProcess": {
        "name": "DBPostProcess", "thresh": 0.3, "box_thresh": 0.6, "max_candidates": 1000,
        "unclip_ratio": 1.5,
    },
}  # fmt: skip
RECOGNISER = {
    "Global": {"model_name": "PP-OCRv5_mobile_rec"},
    "PreProcess": {
        "transform_ops": [
            {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
            {"MultiLabelEncode": {"gtc_encode": "NRTRLabelEncode"}},
            {"RecResizeImg": {"image_shape": [3, 48, 320]}},
            {"KeepKeys": {"keep_keys": ["image", "label_ctc", "label_gtc", "length", "valid_ratio"]}},
        ]
    },
    "PostProcess": {"name": "CTCLabelDecode", "character_dict": ALPHABET},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A detector's and a recogniser's folder, as the archives of PaddleOCR unpack."""
    import paddle

    class Detector(paddle.nn.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.strength = self.create_parameter([1])

        def forward(self, x: Any) -> Any:
            dark = paddle.mean(x, axis=1, keepdim=True) < 0.5
            wide = paddle.nn.functional.max_pool2d(dark.astype("float32"), (9, 33), 1, (4, 16))
            return wide * 0.9 + self.strength * 0.0

    class Recogniser(paddle.nn.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.look = paddle.nn.Conv2D(3, len(ALPHABET) + 2, (48, 8), stride=(48, 8))

        def forward(self, x: Any) -> Any:
            steps = paddle.transpose(paddle.squeeze(self.look(x), 2), [0, 2, 1])
            return paddle.nn.functional.softmax(steps * 20, axis=-1)

    paddle.seed(11)
    place = tmp_path_factory.mktemp("paddleocr")
    for name, net, about, shape in (
        ("PP-OCRv5_mobile_det_infer", Detector(), DETECTOR, [None, 3, None, None]),
        ("PP-OCRv5_mobile_rec_infer", Recogniser(), RECOGNISER, [None, 3, 48, None]),
    ):
        net.eval()
        spec = [paddle.static.InputSpec(shape=shape, dtype="float32", name="x")]
        paddle.jit.save(paddle.jit.to_static(net, input_spec=spec), str(place / name / "inference"))
        text = json.dumps(about, indent=1).replace('"model_name"', "model_name")
        (place / name / "inference.yml").write_text(text)
    return place


@pytest.mark.parametrize("languages", [("en",), ("ja",), ("ja-vert",)])
def test_it_is_loaded_from_the_folder_and_called(
    folder: Path, monkeypatch: pytest.MonkeyPatch, languages: tuple[str, ...]
) -> None:
    libraries.guarded(monkeypatch)
    engine = libraries.with_weights(PaddleOcr(), folder, monkeypatch)
    assert engine.availability() is None
    page = libraries.page(languages)
    reading = engine.recognise(page)
    libraries.check(engine, reading, page)
    assert reading.model == "PP-OCRv5_mobile_det, PP-OCRv5_mobile_rec"
    polys = reading.raw["answered"]["rec_polys"]
    assert len(polys) == 2
    spans = sorted((min(y for _, y in poly), max(y for _, y in poly)) for poly in polys)
    rows = np.flatnonzero((page.array[:, :, 0] < 128).any(axis=1))
    for (top, bottom), own in zip(spans, (rows[rows < 110], rows[rows > 110]), strict=True):
        assert top <= own.min() + 2  # each holds its line's ink, and not the other's
        assert bottom >= own.max() - 2
        assert bottom - top < 80
    texts = reading.raw["answered"]["rec_texts"]
    assert "".join(w.text for w in reading.words or ()) == "".join("".join(texts).split())


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """PP-OCRv6 as RapidOCR's wheel has it, in folders as PaddleOCR's ONNX runtime wants them."""
    import onnxruntime
    import rapidocr

    models = Path(rapidocr.__file__).parent / "models"
    place = tmp_path_factory.mktemp("paddleocr-onnx")
    session = onnxruntime.InferenceSession(str(models / "PP-OCRv6_rec_small.onnx"))
    alphabet = session.get_modelmeta().custom_metadata_map["character"].splitlines()
    for name, about, more in (
        ("det", DETECTOR, {}),
        ("rec", RECOGNISER, {"PostProcess": {"name": "CTCLabelDecode", "character_dict": alphabet}}),
    ):
        (place / name).mkdir()
        (place / name / "inference.onnx").symlink_to(models / f"PP-OCRv6_{name}_small.onnx")
        text = json.dumps({**about, **more, "Global": {"model_name": f"PP-OCRv6_small_{name}"}}, indent=1)
        (place / name / "inference.yml").write_text(text.replace('"model_name"', "model_name"))
    return place


def test_trained_models_read_the_page_and_their_words_stand_on_its_ink(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    libraries.guarded(monkeypatch)
    engine = libraries.with_weights(PaddleOcr(), trained, monkeypatch, runtime="onnxruntime")
    assert engine.availability() is None
    page = libraries.page()
    reading = engine.recognise(page)
    libraries.check(engine, reading, page)
    words = reading.words or ()
    assert [w.text for w in words] == " ".join(libraries.LINES).split()
    assert [w.line for w in words] == [0, 0, 0, 1, 1, 1, 1, 1]
    dark = page.array[:, :, 0] < 128
    for number, rows in enumerate((slice(50, 110), slice(140, 210))):
        line = [w.box for w in words if w.line == number]
        # no ink of a line outside its words, but for the pixels of a serif
        for column in np.flatnonzero(dark[rows].any(axis=0)):
            assert any(box.x0 - 3 <= column <= box.x1 + 3 for box in line)
        for before, after in pairwise(line):
            assert before.x1 <= after.x0 + 1


def test_a_recogniser_for_other_languages_says_so(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = libraries.with_weights(PaddleOcr(), folder, monkeypatch)
    with pytest.raises(EngineFailed, match="does not read German") as found:
        engine.recognise(libraries.page(("de",)))
    assert found.value.kind == "bad_input"
