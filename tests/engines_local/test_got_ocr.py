"""GOT-OCR 2.0: what its text must not be; and a tiny real one loaded from a folder and called on a page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tiny_models
from tiny_models import sample

from engines import registry
from engines.got_ocr import parse
from engines.remote import secrets
from engines.remote.untrusted import Suspicious


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(secrets, "FILES", ())
    monkeypatch.setenv("INKVEIL_GOT_OCR_WEIGHTS", str(tmp_path))
    return tmp_path


def test_its_text_is_the_pages_without_decoration() -> None:
    found = parse({"text": "# Ward Seven\nPeter **Sample**<|im_end|>", "finished": True}, ("en",))
    assert found.text == "Ward Seven\nPeter Sample"
    assert found.words is None
    assert found.noticed["decoration"] == 2


@pytest.mark.parametrize(
    ("text", "finished", "code"),
    [
        ("and so on " * 300, False, "loop"),
        ("Peter Sam", False, "cut"),
        ("I'm sorry, I can't read it.", True, "refusal"),
    ],
)
def test_what_a_model_does_wrong_is_never_text(text: str, finished: bool, code: str) -> None:
    with pytest.raises(Suspicious) as caught:
        parse({"text": text, "finished": finished}, ("en",))
    assert caught.value.code == code


def test_another_model_in_its_folder_is_named(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(registry.get("got_ocr")), "package", "json")
    (weights / "config.json").write_text(json.dumps({"model_type": "GOT"}))  # of the first release
    assert "model_type got_ocr2" in (registry.get("got_ocr").availability() or "")


@pytest.mark.parametrize("patches", ["false", "true"])
def test_a_real_checkpoint_reads_a_page(weights: Path, monkeypatch: pytest.MonkeyPatch, patches: str) -> None:
    pytest.importorskip("transformers")
    pytest.importorskip("torchvision")
    tiny_models.got(weights)
    monkeypatch.setenv("INKVEIL_GOT_OCR_MOST_TOKENS", "16")
    monkeypatch.setenv("INKVEIL_GOT_OCR_PATCHES", patches)
    reading = registry.get("got_ocr").recognise(sample())
    assert reading.words is None
    assert reading.raw["answered"]["finished"]
    assert reading.text == reading.raw["answered"]["text"].strip() != ""
