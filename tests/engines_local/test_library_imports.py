"""Listing the engines that are libraries imports none of them and says what each needs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engines import registry

ROOT = Path(__file__).resolve().parents[2]
NAMES = (
    "doctr", "easyocr", "paddleocr", "yomitoku", "kraken", "trocr", "line_model", "got_ocr", "nutrient_sdk",
)  # fmt: skip
LOOK = """
import json, os, sys
names = sys.argv[1:]
for name in names:
    os.environ[f"INKVEIL_{name}_WEIGHTS".upper()] = os.getcwd()
from engines import registry
listed = {e["name"]: e for e in registry.describe()}
heavy = ["torch", "torchvision", "transformers", "paddle", "paddlex", "easyocr", "doctr", "yomitoku",
         "huggingface_hub", "skimage", "kraken", "nutrient_sdk"]
found = {"listed": [n for n in names if n in listed], "loaded": [h for h in heavy if h in sys.modules]}
print(json.dumps(found))
"""


def test_listing_engines_imports_no_library() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *NAMES],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    found = json.loads(done.stdout)
    assert found["listed"] == list(NAMES)
    assert found["loaded"] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_library_that_is_missing_is_named_with_its_extra(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine: Any = registry.get(name)
    monkeypatch.setattr(engine, "package", "no_such_library")
    listed = {e["name"]: e for e in registry.describe()}[name]
    assert not listed["available"]
    own = {"paddleocr": "pip install paddleocr paddlepaddle"}
    assert own.get(name, f"pip install 'inkveil[{engine.extra}]'") in listed["reason"]
    assert listed["privacy"] == "local"
