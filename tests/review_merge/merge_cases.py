"""Recorded readings of the crops in tests/resources, and typed pages made for a test."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from model.files import reading_from_json
from model.geometry import Box, Quad, Transform
from model.words import Reading, Word

RESOURCES = Path(__file__).resolve().parents[1] / "resources"


def recorded(name: str) -> tuple[list[Reading], Any, Transform]:
    """Readings, image (RGB) and preparation of a crop, as the real engines gave them."""
    data = json.loads((RESOURCES / "merge" / f"{name}.json").read_text(encoding="utf-8"))
    image = np.asarray(Image.open(RESOURCES / data["file"]).convert("RGB"))
    return (
        [reading_from_json(r, name) for r in data["readings"]],
        image,
        Transform.from_json(data["transform"]),
    )


def truth(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RESOURCES / "crops.json").read_text(encoding="utf-8"))[name]
    return found


def typed(
    lines: list[str], engine: str = "rapidocr", *, x: float = 50, y: float = 50, confidence: float = 0.9
) -> Reading:
    """A reading of lines set in letters of 10 x 20 px, 40 px apart, on a page of 1000 x 1400 px."""
    words = []
    for number, line in enumerate(lines):
        at = x
        for word in line.split():
            box = Box(at, y + 40 * number, at + 10 * len(word), y + 40 * number + 20)
            words.append(Word(word, Quad.from_box(box), confidence, number))
            at += 10 * len(word) + 8
    return Reading(engine, "1", 1000, 1400, tuple(words))


def boxless(text: str, engine: str = "model") -> Reading:
    return Reading(engine, "1", 1000, 1400, None, text)


def as_engine(reading: Reading, engine: str) -> Reading:
    return replace(reading, engine=engine)
