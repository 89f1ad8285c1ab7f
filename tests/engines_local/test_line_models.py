"""Models of lines: the pure parse; and tiny real ones loaded from a folder, called on a page, understood."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tiny_models
from tiny_models import sample

from engines import registry
from engines.line_model import parse
from engines.remote import secrets
from engines.remote.untrusted import Suspicious
from model.errors import EngineFailed

QUAD = [[10, 10], [210, 10], [210, 40], [10, 40]]


def line(text: str, *, finished: bool = True, confidence: float = 0.75) -> dict[str, Any]:
    return {"text": text, "quad": QUAD, "confidence": confidence, "finished": finished}


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(secrets, "FILES", ())
    for name in ("TROCR", "LINE_MODEL"):
        monkeypatch.setenv(f"INKVEIL_{name}_WEIGHTS", str(tmp_path))
    return tmp_path


def test_a_line_keeps_its_text_its_place_and_its_confidence() -> None:
    found = parse({"lines": [line("Peter Sample"), line("")]})
    one, empty = found.lines or ()
    assert empty.text == ""
    assert (one.text, one.quad.as_list(), one.confidence) == ("Peter Sample", QUAD, 0.75)


def test_lines_that_run_on_are_no_text_and_a_page_of_them_is_no_reading() -> None:
    good = [line("Peter"), line("Sample"), line("Ward")]
    found = parse({"lines": [*good, line("and so on " * 60), line("half a", finished=False)]})
    assert [one.text for one in found.lines or ()] == ["Peter", "Sample", "Ward", "", ""]
    assert found.noticed == {"loop": 1, "cut": 1}
    with pytest.raises(Suspicious) as caught:
        parse({"lines": [line("Peter"), line("a", finished=False), line("b", finished=False)]})
    assert caught.value.code == "cut"


def test_the_folder_says_what_it_holds(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("trocr", "line_model"):
        monkeypatch.setattr(type(registry.get(name)), "package", "json")  # as if transformers were installed
    trocr, other = registry.get("trocr"), registry.get("line_model")
    assert "is empty" in (trocr.availability() or "")
    (weights / "tokenizer.json").write_text("{}")
    assert "lacks config.json" in (trocr.availability() or "")
    (weights / "config.json").write_text(json.dumps({"model_type": "git"}))
    assert "no .safetensors file" in (trocr.availability() or "")
    (weights / "model.safetensors").write_bytes(b"")
    assert "holds no TrOCR model, but git" in (trocr.availability() or "")
    assert other.availability() is None
    (weights / "config.json").write_text("no json")
    assert "names no model_type" in (other.availability() or "")


@pytest.mark.parametrize(
    ("engine", "build"),
    [
        ("trocr", tiny_models.trocr),
        ("trocr", lambda folder: tiny_models.trocr(folder, published=True)),
        ("line_model", lambda folder: tiny_models.trocr(folder, processor=False)),
        ("line_model", tiny_models.git),
        ("line_model", tiny_models.llava),
    ],
    ids=["trocr", "published", "apart", "decoder-only", "chat"],
)
@pytest.mark.parametrize("beams", [1, 3])
def test_a_real_checkpoint_reads_every_line_of_a_page(
    weights: Path, monkeypatch: pytest.MonkeyPatch, engine: str, build: Callable[[Path], Any], beams: int
) -> None:
    pytest.importorskip("transformers")
    pytest.importorskip("torchvision")
    build(weights)
    monkeypatch.setenv(f"INKVEIL_{engine.upper()}_MOST_TOKENS", "12")
    monkeypatch.setenv(f"INKVEIL_{engine.upper()}_BEAMS", str(beams))
    monkeypatch.setenv(f"INKVEIL_{engine.upper()}_BATCH", "2")
    page = sample()
    reading = registry.get(engine).recognise(page)
    lines = reading.raw["answered"]["lines"]
    assert len(lines) == len(tiny_models.LINES)
    assert [one["finished"] for one in lines] == [True] * 3
    assert all(0 < one["confidence"] < 1 for one in lines)
    assert {w.line for w in reading.words or ()} == {n for n, one in enumerate(lines) if one["text"]}
    assert reading.words
    for word in reading.words:
        assert 0 <= word.box.x0 < word.box.x1 <= page.width
        y = tiny_models.LINES[word.line][1]
        assert y - 5 <= word.box.y0 < word.box.y1 <= y + 60
    assert registry.get(engine).recognise(page).plain_text == reading.plain_text


def test_a_chat_model_is_asked_with_the_prompt(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("transformers")
    pytest.importorskip("torchvision")
    tiny_models.llava(weights)
    monkeypatch.setenv("INKVEIL_LINE_MODEL_MOST_TOKENS", "12")
    said = []
    for prompt in ("Read.", "Something else."):
        monkeypatch.setenv("INKVEIL_LINE_MODEL_PROMPT", prompt)
        reading = registry.get("line_model").recognise(sample())
        assert reading.settings["options"]["prompt"] == prompt
        said.append([line["confidence"] for line in reading.raw["answered"]["lines"]])
    assert said[0] != said[1]


def test_a_real_checkpoint_that_never_ends_is_no_reading(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("transformers")
    pytest.importorskip("torchvision")
    tiny_models.trocr(weights, ends=False)
    monkeypatch.setenv("INKVEIL_TROCR_MOST_TOKENS", "12")
    with pytest.raises(EngineFailed, match="cut short") as caught:
        registry.get("trocr").recognise(sample())
    assert caught.value.kind == "bad_output"


def test_a_folder_with_broken_weights_is_unavailable(weights: Path) -> None:
    pytest.importorskip("transformers")
    pytest.importorskip("torchvision")
    tiny_models.trocr(weights)
    (weights / "model.safetensors").write_bytes(b"\x00" * 64)
    with pytest.raises(EngineFailed, match="could not be loaded") as caught:
        registry.get("trocr").recognise(sample())
    assert caught.value.kind == "unavailable"
