"""Folders of real crops with truth and recorded readings, in the layouts that people keep them in."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

RESOURCES = Path(__file__).resolve().parents[1] / "resources"
CROPS = json.loads((RESOURCES / "crops.json").read_text("utf-8"))
KINDS = {"form": "form", "typed-1905": "printed"}


def add_page(folder: Path, crop: str, *, name: str = "", image: bool = True, **changes: Any) -> Path:
    """A crop as `name.jpg` and `name.json`; `changes` replace fields. Returns the truth's file."""
    folder.mkdir(parents=True, exist_ok=True)
    own = CROPS[crop]
    truth = {
        "text": "\n".join(own["lines"]),
        "lines": None,
        "words": own["words"] or None,
        "language": own["language"],
        "kind": KINDS.get(crop, "handwritten"),
        **changes,
    }
    path = folder / f"{name or crop}.json"
    path.write_text(json.dumps(truth, ensure_ascii=False), "utf-8")
    if image:
        shutil.copy(RESOURCES / f"{crop}.jpg", folder / f"{name or crop}.jpg")
    return path


def recorded(crop: str) -> dict[str, dict[str, Any]]:
    """The crop's readings by engine, as JSON."""
    data = json.loads((RESOURCES / "merge" / f"{crop}.json").read_text("utf-8"))
    return {r["engine"]: r for r in data["readings"]}


def preparation(crop: str) -> dict[str, Any]:
    data = json.loads((RESOURCES / "merge" / f"{crop}.json").read_text("utf-8"))
    return {"transform": data["transform"], "dpi": 150.0}


def write(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return path


def add_readings(folder: Path, crop: str, *, name: str = "") -> None:
    """The usual layout: name.ENGINE.json and name.meta.json."""
    for engine, reading in recorded(crop).items():
        write(folder / f"{name or crop}.{engine}.json", reading)
    write(folder / f"{name or crop}.meta.json", preparation(crop))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
