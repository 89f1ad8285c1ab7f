"""GLiNER models on a tiny one made here; needs the extra [gliner]."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from models_made import gliner_folder, run_offline

from redaction.detect import find_text
from redaction.profiles import TYPES
from redaction.recognisers.models import registry
from redaction.recognisers.models.base import TextModel, parse
from redaction.recognisers.models.gliner import ASKED
from redaction.recognisers.models.runner import Runner

TEXT = "we met quixelby near mirkholm at noon"
needs = pytest.mark.skipif(bool(registry.kinds()[2]["reason"]), reason="the extra [gliner] is not installed")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gliner_folder(tmp_path_factory.mktemp("models") / "tiny")


def model(told: Path | str) -> TextModel:
    return registry.models(parse(f"gliner:{told}"))[0]


def test_it_is_asked_for_types_that_there_are() -> None:
    assert set(ASKED.values()) <= set(TYPES)


@needs
def test_it_finds_what_it_is_asked_for(tiny: Path) -> None:
    found = model(f"{tiny}?PERSON=PERSON&CITY=LOCATION")
    assert found.availability() is None
    hits = found.find(TEXT)
    assert [TEXT[h.start : h.end] for h in hits] == ["quixelby", "mirkholm"]
    assert {h.type for h in hits} <= {"PERSON", "LOCATION"}  # which is which is much for so small a model
    text = f"{TEXT}, mail t.nakagawa@northfield.org"
    runner = Runner([found])
    found_all = find_text(text, models=runner)
    assert "t.nakagawa@northfield.org" in {text[h.start : h.end] for h in found_all}
    assert {h.recogniser for h in found_all} >= {"gliner:tiny"}
    assert runner.outcomes(found=found_all)[0].failed == ()


@needs
def test_the_usual_kinds_are_asked_for_where_nobody_says_otherwise(tiny: Path) -> None:
    found = model(tiny)
    hits = found.find(TEXT)
    assert {h.type for h in hits} <= set(ASKED.values())
    assert all(h.explanation.startswith("gliner:tiny says ") for h in hits)
    told = model(f"{tiny}?HANDLE=USERNAME")
    assert {h.type for h in told.find(TEXT)} <= {"USERNAME"}


@needs
def test_a_long_text_and_odd_ones_are_read(tiny: Path) -> None:
    found = model(f"{tiny}?PERSON=PERSON&CITY=LOCATION")
    text = "\n".join(f"{TEXT} 😀" for _ in range(100))
    found.chunk = 60  # so small a model knows the beginning of texts only
    hits = found.find(text)
    assert {text[h.start : h.end] for h in hits} >= {"quixelby", "mirkholm"}
    covered = {k for h in hits for k in range(h.start, h.end)}
    wanted = {k for k in range(len(text)) if text.startswith("quixelby", k)}
    assert len(wanted - covered) <= 5  # of 100: a tiny model
    for odd in ("", " ", "\ud800", "." * 3000):
        assert found.find(odd) == [] or odd.strip()


@needs
def test_bad_folders_say_what_is_wrong(tiny: Path, tmp_path: Path) -> None:
    empty, half, strange = (tmp_path / name for name in ("empty", "half", "strange"))
    empty.mkdir()
    shutil.copytree(tiny, half)
    (half / "pytorch_model.bin").write_bytes(b"half of it")
    shutil.copytree(tiny, strange)
    told = json.loads((strange / "gliner_config.json").read_text("utf-8"))
    told["encoder_config"]["auto_map"] = {"AutoModel": "made.Made"}
    (strange / "gliner_config.json").write_text(json.dumps(told), "utf-8")
    bare = tmp_path / "bare"
    shutil.copytree(tiny, bare)
    told["encoder_config"], told["model_name"] = None, "inkveil-made/nobody-has-this"
    (bare / "gliner_config.json").write_text(json.dumps(told), "utf-8")
    for where, said in [
        (empty, "holds no GLiNER model"),
        (half, "can't be loaded"),
        (strange, "wants to run code of its own"),
        (bare, "inkveil models --get"),
        ("inkveil-made/nobody-has-this", "inkveil models --get gliner:inkveil-made/nobody-has-this"),
    ]:
        runner = Runner([model(where)])
        assert [h.type for h in find_text("mail t.nakagawa@northfield.org", models=runner)] == [
            "EMAIL_ADDRESS"
        ]
        assert said in runner.outcomes()[0].message


@needs
def test_a_folder_is_loaded_without_a_socket(tiny: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(tiny, moved)
    told = json.loads((moved / "gliner_config.json").read_text("utf-8"))
    told["model_name"] = "inkveil-made/not-on-this-machine"  # as a published model names its encoder
    (moved / "gliner_config.json").write_text(json.dumps(told), "utf-8")
    assert run_offline(f"gliner:{moved}?PERSON=PERSON&CITY=LOCATION", TEXT, tmp_path) == "offline"
