"""The list of engines, a stranger's engine by entry point, the defaults."""

import sys

import pytest

from engines import registry
from engines.base import Engine
from model.errors import EngineFailed, UsageError

STRANGER = """
from engines.base import PageImage, reading_of
from model.geometry import Box, Quad
from model.words import Word

class Stranger:
    name, title, privacy, boxes, confidence = "stranger", "A stranger", "Example Ltd", "word", False
    def availability(self): return None
    def version(self): return "0.1"
    def recognise(self, page):
        return reading_of(self, page, [Word("hello", Quad.from_box(Box(1, 2, 30, 12)))])

class Broken:
    def __init__(self): raise ImportError("no such library")
"""


@pytest.fixture
def strangers(tmp_path, monkeypatch):
    """A package with an engine that works and one that does not, installed for this test."""
    (tmp_path / "stranger_ocr.py").write_text(STRANGER)
    info = tmp_path / "stranger_ocr-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger-ocr\nVersion: 0.1\n")
    (info / "entry_points.txt").write_text(
        "[inkveil.engines]\nstranger = stranger_ocr:Stranger\nbroken = stranger_ocr:Broken\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    registry._others.cache_clear()
    yield
    registry._others.cache_clear()
    registry._engines.pop("stranger", None)
    sys.modules.pop("stranger_ocr", None)


def test_every_built_in_engine_keeps_the_protocol():
    for name in registry.names():
        engine = registry.get(name)
        assert isinstance(engine, Engine)
        assert engine.name == name
        assert engine is registry.get(name)
    assert {"rapidocr", "tesseract", "rapidocr_rescaled", "pdf_text", "null", "replay"} <= set(
        registry.names()
    )


def test_describe_is_the_contracts():
    for entry in registry.describe():
        assert {"name", "title", "available", "reason", "privacy", "boxes", "confidence", "version"} <= set(
            entry
        )
        assert entry["available"] is (entry["reason"] is None)
        assert entry["boxes"] in ("word", "line", "block", "none")


def test_an_unknown_engine_is_a_wrong_use():
    with pytest.raises(UsageError, match="There is no engine 'tesseract5'"):
        registry.get("tesseract5")


@pytest.mark.usefixtures("strangers")
def test_a_package_adds_an_engine_and_a_broken_one_is_listed_with_its_reason():
    assert registry.names()[-2:] == ["broken", "stranger"]
    listed = {e["name"]: e for e in registry.describe()}
    assert listed["stranger"]["available"]
    assert listed["stranger"]["privacy"] == "Example Ltd"
    assert not listed["broken"]["available"]
    assert "ImportError" in listed["broken"]["reason"]
    with pytest.raises(EngineFailed):
        registry.get("broken")


def test_defaults_fit_the_page():
    scan = registry.default_names(["en"])
    assert scan[0] == "rapidocr"
    assert "rapidocr_rescaled" in scan
    assert registry.default_names(["en"], layer="visible")[0] == "pdf_text"
    assert len(registry.default_names(["en"], layer="visible")) == 2
    assert registry.default_names(["ja"], layer="visible") == ("pdf_text", "rapidocr")
    assert registry.default_names(["en"], layer="partial") == ("pdf_text", *scan)
    assert registry.default_names(["en"], layer="hidden") == scan
