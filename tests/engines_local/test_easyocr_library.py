"""EasyOCR itself: networks without training, saved as its weights are, loaded and called by the engine."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import libraries
import pytest

from engines.easyocr import DETECTOR, EasyOcr
from model.errors import EngineFailed

easyocr = pytest.importorskip("easyocr")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CRAFT and three recognisers of the library's own architectures, with random weights."""
    import torch
    from easyocr.config import recognition_models
    from easyocr.craft import CRAFT
    from easyocr.model.vgg_model import Model

    torch.manual_seed(3)
    place = tmp_path_factory.mktemp("easyocr")
    detector = CRAFT(pretrained=False)
    last = detector.conv_cls[-1]
    with torch.no_grad():  # scores around the threshold, so that something is found
        last.weight.mul_(200)
        last.bias.fill_(0.6)
    torch.save({f"module.{k}": v for k, v in detector.state_dict().items()}, place / DETECTOR)
    for name in ("latin_g2", "japanese_g2"):
        characters = recognition_models["gen2"][name]["characters"]
        model = Model(input_channel=1, output_channel=256, hidden_size=256, num_class=len(characters) + 1)
        torch.save({f"module.{k}": v for k, v in model.state_dict().items()}, place / f"{name}.pth")
    return place


@pytest.fixture
def engine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The engine; the library's list of MD5 sums names these weights."""
    from easyocr import config

    libraries.guarded(monkeypatch)
    entries = [(config.detection_models["craft"], DETECTOR)]
    entries += [(config.recognition_models["gen2"][n], f"{n}.pth") for n in ("latin_g2", "japanese_g2")]
    for entry, file in entries:
        digest = hashlib.md5((folder / file).read_bytes(), usedforsecurity=False).hexdigest()
        monkeypatch.setitem(entry, "md5sum", digest)
    return libraries.with_weights(EasyOcr(), folder, monkeypatch)


@pytest.mark.parametrize("languages", [("en",), ("fr", "de"), ("ja",), ()])
def test_it_is_loaded_from_the_folder_and_called(engine: EasyOcr, languages: tuple[str, ...]) -> None:
    page = libraries.page(languages)
    reading = engine.recognise(page)
    libraries.check(engine, reading, page)
    assert "japanese_g2" in reading.model if "ja" in languages else "latin_g2" in reading.model


def test_weights_that_are_not_the_librarys_are_refused(
    engine: EasyOcr, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from easyocr import config

    monkeypatch.setitem(config.detection_models["craft"], "md5sum", "0" * 32)
    with pytest.raises(EngineFailed, match="MD5 mismatch") as found:
        engine.recognise(libraries.page())
    assert found.value.kind == "unavailable"
    assert (folder / DETECTOR).is_file()


def test_a_recogniser_that_is_missing_is_named_and_not_fetched(
    engine: EasyOcr, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lone = folder.parent / "lone"
    lone.mkdir(exist_ok=True)
    for name in (DETECTOR, "latin_g2.pth"):
        if not (lone / name).exists():
            (lone / name).symlink_to(folder / name)
    monkeypatch.setenv("INKVEIL_EASYOCR_WEIGHTS", str(lone))
    assert engine.availability() is None
    page = libraries.page()
    assert engine.recognise(page).words is not None
    with pytest.raises(EngineFailed, match="lacks japanese_g2"):
        engine.recognise(replace(page, languages=("ja",)))
