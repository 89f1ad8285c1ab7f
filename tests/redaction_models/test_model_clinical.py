"""Token-classification models on a tiny RoBERTa made here; needs the extra [clinical]."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from models_made import classifier_folder, run_offline

from redaction.detect import find_text
from redaction.recognisers.models import registry
from redaction.recognisers.models.base import TextModel, parse
from redaction.recognisers.models.runner import Runner

pytest.importorskip("torch")
pytest.importorskip("transformers")
TEXT = "the ward was kept by zorblatt in tallowby and then by ann marchbanks on room seven"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return classifier_folder(tmp_path_factory.mktemp("models") / "deid")


def model(told: Path | str) -> TextModel:
    return registry.models(parse(f"clinical:{told}"))[0]


def test_tokens_become_entities_of_our_types_with_their_places(tiny: Path) -> None:
    found = model(tiny)
    assert found.availability() is None
    assert found.note() == "labels not used: GENE"
    hits = {(TEXT[h.start : h.end], h.type) for h in found.find(TEXT)}
    assert hits == {("zorblatt", "PERSON"), ("tallowby", "LOCATION"), ("ann marchbanks", "PERSON")}
    for hit in found.find(TEXT):
        assert hit.recogniser == "clinical:deid"
        assert 0 < hit.score <= 1


def test_it_is_united_with_what_the_rules_find(tiny: Path) -> None:
    text = f"{TEXT}, mail t.nakagawa@northfield.org"
    runner = Runner([model(tiny)])
    hits = find_text(text, models=runner)
    assert {h.type for h in hits} == {"PERSON", "LOCATION", "EMAIL_ADDRESS"}
    (outcome,) = runner.outcomes(found=hits)
    assert (outcome.failed, outcome.found >= 3) == ((), True)


def test_a_text_of_many_windows_is_read_whole(tiny: Path) -> None:
    text = "\n".join(f"{TEXT} {n}" for n in range(80))
    hits = model(tiny).find(text)
    for name in ("zorblatt", "tallowby", "ann marchbanks"):
        wanted = {k for k in range(len(text)) if text.startswith(name, k)}
        covered = {k for h in hits for k in range(h.start, h.end)}
        missed = {k for k in wanted if not set(range(k, k + len(name))) <= covered}
        assert len(missed) <= 2, name  # a tiny model, and its windows begin in the middle of sentences


def test_hard_texts_are_read(tiny: Path) -> None:
    found = model(tiny)
    for text in ("", "   ", "\ud800 zorblatt \x00", "😀 zorblatt 田中", "x" * 5000):
        for hit in found.find(text):
            assert 0 <= hit.start < hit.end <= len(text)
    text = "😀😀 kept by zorblatt"
    assert any(text[h.start : h.end] == "zorblatt" for h in found.find(text))


def test_bad_folders_say_what_is_wrong(tiny: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    half = tmp_path / "half"
    shutil.copytree(tiny, half)
    (half / "model.safetensors").write_bytes(b"half of it")
    strange = tmp_path / "strange"
    shutil.copytree(tiny, strange)
    told = json.loads((strange / "config.json").read_text("utf-8"))
    told["id2label"] = {"0": "O", "1": "B-GENE"}
    (strange / "config.json").write_text(json.dumps(told), "utf-8")
    for where, said in [
        (str(empty), "no model for token classification"),
        (str(half), "can't be loaded"),
        (str(strange), "none of its labels is known here (GENE)"),
        (str(tmp_path / "nowhere"), "no such folder"),
        ("inkveil-made/nobody-has-this", "inkveil models --get clinical:inkveil-made/nobody-has-this"),
    ]:
        runner = Runner([model(where)])
        hits = find_text("mail t.nakagawa@northfield.org", models=runner)
        assert [h.type for h in hits] == ["EMAIL_ADDRESS"]
        assert said in runner.outcomes()[0].message


def test_a_folder_is_loaded_without_a_socket(tiny: Path, tmp_path: Path) -> None:
    assert run_offline(f"clinical:{tiny}", TEXT, tmp_path) == "offline"
