"""Nutrient's SDK: what the adapter asks of it, by a module with the names that it calls (of 1.0.13)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny_models import sample

from engines import registry
from engines.remote import secrets
from model.errors import EngineFailed

KEY = "not-a-real-key-0123456789abcdef"
SDK = """
import enum, json, os
seen = {n: os.environ.get(n) for n in ("NATIVESDK_OFFLINE_MODE", "NUTRIENT_TELEMETRY", "XDG_CACHE_HOME")}
keys, asked = [], []
class VisionEngine(enum.Enum):
    VLM_ENHANCED_ICR = 0
    ADAPTIVE_OCR = 1
    ICR = 2
    AUTO = 3
class License:
    @classmethod
    def register_key(cls, key):
        keys.append(key)
        if "refused" in key:
            raise ValueError(f"no such licence: {key}")
class Settings:
    pass
class Document:
    @classmethod
    def open(cls, path):
        document = cls()
        assert open(path, "rb").read(4) == b"\\x89PNG"
        document.settings = Settings()
        for name in ("vision_settings", "parse_settings", "ocr_settings"):
            setattr(document.settings, name, Settings())
        return document
    def __enter__(self):
        return self
    def __exit__(self, *_):
        return False
class Result:
    page = {"pageIndex": 0, "width": 250, "height": 350}
    box = {"x": 20, "y": 65, "width": 180, "height": 20}
    word = {"text": "Patient", "bounds": {"x": 20, "y": 65, "width": 60, "height": 20}, "confidence": 0.9}
    row = {"type": "paragraph", "text": "Patient", "words": [word], "bounds": box, "page": page}
    document_json = json.dumps({"elements": [row]})
class DataExtraction:
    @classmethod
    def set(cls, document):
        extraction = cls()
        extraction.document = document
        return extraction
    def parse(self):
        s = self.document.settings
        vision, told = s.vision_settings, s.parse_settings
        asked.append([vision.engine.name, vision.enable_vlm, told.include_words, told.inverse_deskew,
                      s.ocr_settings.default_languages])
        return Result()
"""


@pytest.fixture
def sdk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Its folder of weights, with the SDK that is installed."""
    (tmp_path / "nutrient_sdk.py").write_text(SDK)
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "layout_v3.nut").write_bytes(b"1")
    monkeypatch.setattr(secrets, "FILES", ())
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("INKVEIL_NUTRIENT_SDK_WEIGHTS", str(cache))
    monkeypatch.setenv("INKVEIL_NUTRIENT_SDK_KEY", KEY)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    registry._engines.pop("nutrient_sdk", None)
    yield cache
    registry._engines.pop("nutrient_sdk", None)
    sys.modules.pop("nutrient_sdk", None)


def test_a_page_is_read_offline_without_a_language_model(sdk: Path) -> None:
    reading = registry.get("nutrient_sdk").recognise(sample())
    (word,) = reading.words or ()
    assert (word.text, word.confidence, word.box.as_list()) == ("Patient", 0.9, [40, 130, 160, 170])
    module = sys.modules["nutrient_sdk"]
    assert module.seen == {
        "NATIVESDK_OFFLINE_MODE": "1", "NUTRIENT_TELEMETRY": "0", "XDG_CACHE_HOME": str(sdk)
    }  # fmt: skip
    assert module.asked == [["ICR", False, True, True, "eng"]]
    assert module.keys == [KEY]
    assert KEY not in repr(reading)
    assert "XDG_CACHE_HOME" not in __import__("os").environ


def test_what_is_missing_is_said_and_no_engine_that_asks_elsewhere_can_be_chosen(
    sdk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = registry.get("nutrient_sdk")
    assert engine.availability() is None
    for name in ("VLM_ENHANCED_ICR", "AUTO"):
        monkeypatch.setenv("INKVEIL_NUTRIENT_SDK_ENGINE", name)
        assert "ICR, ADAPTIVE_OCR" in (engine.availability() or "")
    monkeypatch.setenv("INKVEIL_NUTRIENT_SDK_ENGINE", "ADAPTIVE_OCR")
    assert engine.availability() is None
    monkeypatch.delenv("INKVEIL_NUTRIENT_SDK_KEY")
    assert "No licence key" in (engine.availability() or "")


def test_a_refused_key_is_not_repeated(sdk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKVEIL_NUTRIENT_SDK_KEY", "refused-key-0123456789")
    with pytest.raises(EngineFailed, match="licence key was refused") as caught:
        registry.get("nutrient_sdk").recognise(sample())
    assert caught.value.kind == "unavailable"
    assert "refused-key" not in repr(caught.value) + repr(caught.value.__cause__)
