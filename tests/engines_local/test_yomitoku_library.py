"""YomiToku itself: its smallest networks without training, saved as the hub has them, loaded and called."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import libraries
import pytest

from engines.remote.gate import Gate
from engines.yomitoku import YomiToku
from model.errors import EngineFailed
from storage.project import Project
from workflow import licences

yomitoku = pytest.importorskip("yomitoku")
pytestmark = pytest.mark.slow
RECOGNISER = "parseq-tiny-dynw-v5"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Detector and recogniser with random weights; the detector takes the whole page for one line."""
    import torch
    from yomitoku.text_detector import TextDetector
    from yomitoku.text_recognizer import TextRecognizer

    torch.manual_seed(7)
    place = tmp_path_factory.mktemp("yomitoku")
    detector = TextDetector(model_name="dbnetv2_1", device="cpu", from_pretrained=False).model
    with torch.no_grad():
        last = detector.decoder.binarize[-2]
        last.weight.mul_(0.001)
        last.bias.fill_(2.0)
    detector.save_pretrained(place / "dbnetv2_1", config={})
    recogniser = TextRecognizer(model_name=RECOGNISER, device="cpu", from_pretrained=False).model
    recogniser.save_pretrained(place / RECOGNISER, config={})
    return place


def test_it_is_loaded_from_the_folder_and_called_where_its_licence_is_accepted(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    libraries.guarded(monkeypatch)
    engine = libraries.with_weights(YomiToku(), folder, monkeypatch, recogniser=RECOGNISER)
    assert engine.availability() is None
    with Project.open(tmp_path / "data") as project:
        page = replace(libraries.page(("ja",)), gate=Gate(project))
        with pytest.raises(EngineFailed, match="CC BY-NC-SA"):
            engine.recognise(page)
        licences.accept(project, "yomitoku", "ada")
        for languages in (("ja",), ("ja-vert",), ("en",)):
            reading = engine.recognise(replace(page, languages=languages))
            libraries.check(engine, reading, page)
            assert reading.raw["answered"]["words"]
        column = replace(libraries.page(("ja-vert",), (160, 480)), sha256="column", gate=Gate(project))
        reading = engine.recognise(column)
        libraries.check(engine, reading, column)
        assert reading.words
        assert all(word.vertical for word in reading.words)
        with pytest.raises(EngineFailed, match="does not read French"):
            engine.recognise(replace(page, languages=("fr",)))
