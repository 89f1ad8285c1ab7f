"""docTR itself: its smallest architectures without training, loaded from .pt files and called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import libraries
import pytest

from engines.doctr import DocTr
from model.errors import EngineFailed

doctr = pytest.importorskip("doctr")
pytestmark = pytest.mark.slow
CHOICE = {"detector": "db_mobilenet_v3_large", "recogniser": "crnn_mobilenet_v3_small"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights under the names that the library gives its files; the detector finds something."""
    import torch
    from doctr.datasets import VOCABS
    from doctr.models import detection, recognition

    torch.manual_seed(5)
    place = tmp_path_factory.mktemp("doctr")
    detector = detection.db_mobilenet_v3_large(pretrained=False, pretrained_backbone=False)
    with torch.no_grad():
        last = detector.prob_head[-1]
        last.weight.mul_(30)
        last.bias.fill_(0.5)
    torch.save(detector.state_dict(), place / "db_mobilenet_v3_large-21748dd0.pt")
    recogniser = recognition.crnn_mobilenet_v3_small(pretrained=False, pretrained_backbone=False)
    torch.save(recogniser.state_dict(), place / "crnn_mobilenet_v3_small_pt-3b919a02.pt")
    (place / "many").mkdir()
    many = recognition.crnn_mobilenet_v3_small(
        pretrained=False, pretrained_backbone=False, vocab=VOCABS["multilingual"]
    )
    torch.save(many.state_dict(), place / "many" / "crnn_mobilenet_v3_small.pt")
    (place / "many" / "db_mobilenet_v3_large-21748dd0.pt").symlink_to(
        place / "db_mobilenet_v3_large-21748dd0.pt"
    )
    return place


@pytest.mark.parametrize("straight", ["true", "false"])
def test_it_is_loaded_from_the_folder_and_called(
    folder: Path, monkeypatch: pytest.MonkeyPatch, straight: str
) -> None:
    libraries.guarded(monkeypatch)
    engine = libraries.with_weights(DocTr(), folder, monkeypatch, **CHOICE, straight=straight)
    assert engine.availability() is None
    page = libraries.page()
    reading = engine.recognise(page)
    libraries.check(engine, reading, page)
    assert reading.words
    assert reading.model == "db_mobilenet_v3_large, crnn_mobilenet_v3_small"


def test_another_vocabulary_is_another_head_and_reads_other_languages(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    libraries.guarded(monkeypatch)
    engine: Any = libraries.with_weights(DocTr(), folder, monkeypatch, **CHOICE)
    german = libraries.page(("de",))
    with pytest.raises(EngineFailed, match="does not read German") as found:
        engine.recognise(german)
    assert found.value.kind == "bad_input"
    monkeypatch.setenv("INKVEIL_DOCTR_VOCABULARY", "multilingual")
    with pytest.raises(EngineFailed, match="could not be loaded") as found:  # a head of another size
        engine.recognise(german)
    assert found.value.kind == "unavailable"
    monkeypatch.setenv("INKVEIL_DOCTR_WEIGHTS", str(folder / "many"))
    reading = engine.recognise(german)
    libraries.check(engine, reading, german)


def test_an_architecture_that_the_library_has_not_is_unavailable(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "no_such_net.pt").write_bytes(b"nothing")
    engine = libraries.with_weights(DocTr(), folder, monkeypatch, **{**CHOICE, "detector": "no_such_net"})
    with pytest.raises(EngineFailed, match="could not be loaded") as found:
        engine.recognise(libraries.page())
    assert found.value.kind == "unavailable"
