"""kraken: finds baselines with the model in its wheel, reads them with a recognition model of the folder.

For handwriting and historical print: recognition models for single hands, scripts and centuries. Every
character comes with its place along the line and its confidence, so words are measured, on curved and tilted
lines, too. (kraken 7: kraken.tasks, kraken.containers.BaselineOCRRecord.)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Final

from engines import weights
from engines.base import PageImage
from engines.library import Found, Library, Setup, share
from engines.remote.engine import find_spec_safely
from engines.remote.failures import BadAnswer
from model.geometry import Point, Quad
from model.words import Word, unspaced

SUFFIXES: Final = (".safetensors", ".mlmodel")
INSTALL: Final = "pip install 'inkveil[kraken]', then pip install --no-deps 'kraken>=7.1,<8'"
"""In two steps, since kraken 7.1 asks for an older click than Inkveil needs; it runs with the newer."""
Polygon = Sequence[Sequence[float]]


class Kraken(Library):
    """Lines of any script, by a recognition model that was trained for it."""

    name = "kraken"
    title = "kraken"
    package = "kraken"
    distribution = "kraken"
    extra = "kraken"
    boxes = "word"
    vertical = True
    handwriting = True
    holds = "one recognition model (.safetensors or .mlmodel)"
    options: ClassVar[Mapping[str, Any]] = {"model": "", "segmentation": ""}
    """Files of the folder: the recognition model, where there are several; a model for finding lines."""
    loggers = ("kraken", "lightning", "pytorch_lightning")

    def availability(self) -> str | None:
        if not find_spec_safely(self.package):
            return f"kraken is not installed: {INSTALL}."
        return super().availability()

    def lacks(self, setup: Setup) -> str | None:
        lines = setup.options["segmentation"]
        if lines and (lack := weights.lacking(setup.folder, lines)) is not None:
            return lack
        if setup.options["model"]:
            return weights.lacking(setup.folder, setup.options["model"])
        found = candidates(setup.folder, lines)
        if len(found) == 1:
            return None
        if not found:
            return f"Its folder of weights has no {' or '.join(SUFFIXES)} file: {setup.folder}."
        return "Several models are in its folder: INKVEIL_KRAKEN_MODEL has to name one of them."

    def chosen_model(self, setup: Setup) -> Path:
        named = setup.options["model"]
        return setup.folder / named if named else candidates(setup.folder, setup.options["segmentation"])[0]

    def used(self, setup: Setup) -> Sequence[Path]:
        lines = setup.options["segmentation"]
        return [self.chosen_model(setup), *([setup.folder / lines] if lines else [])]

    def model(self, setup: Setup) -> str:
        return self.chosen_model(setup).name

    def load(self, setup: Setup) -> Any:
        from kraken.tasks import RecognitionTaskModel, SegmentationTaskModel

        lines = setup.options["segmentation"]
        return (
            SegmentationTaskModel.load_model(setup.folder / lines if lines else None),
            RecognitionTaskModel.load_model(self.chosen_model(setup)),
        )

    def call(self, loaded: Any, page: PageImage, setup: Setup) -> Any:
        import torch
        from kraken.configs import RecognitionInferenceConfig, SegmentationInferenceConfig
        from PIL import Image

        where, _, number = str(setup.options["device"]).partition(":")
        how = {
            "accelerator": where, "device": [int(number)] if number else "auto",
            "num_threads": torch.get_num_threads(), "raise_on_error": False,
        }  # fmt: skip
        finder, reader = loaded
        image = Image.fromarray(page.array)
        upright = "ja-vert" in page.languages
        direction = "vertical-rl" if upright else "horizontal-lr"
        lines = finder.predict(image, SegmentationInferenceConfig(text_direction=direction, **how))
        if not lines.lines:
            return {"lines": []}
        # no worker processes: a fork of a process with threads may wait for ever
        reads = RecognitionInferenceConfig(num_line_workers=0, **how)
        records = reader.predict(image, lines, reads)
        return {"lines": [record_of(record.logical_order()) for record in records]}

    def read(self, answer: Any, page: PageImage) -> Found:  # noqa: ARG002 - of all engines
        return parse(answer)


def candidates(folder: Path, lines: str) -> list[Path]:
    """The folder's own model files without the one that finds lines."""
    return [p for p in weights.files(folder) if p.suffix in SUFFIXES and p != folder / lines]


def record_of(record: Any) -> dict[str, Any]:
    """One kraken.containers.BaselineOCRRecord as JSON values."""

    def points(polygon: Any) -> list[list[float]]:
        return [[float(x), float(y)] for x, y in polygon or ()]

    return {
        "text": str(record.prediction),
        "baseline": points(record.baseline),
        "boundary": points(record.boundary),
        "cuts": [points(cut) for cut in record.cuts],
        "confidences": [float(c) for c in record.confidences],
    }


def parse(answer: Mapping[str, Any]) -> Found:
    """{"lines": [{text, baseline, boundary, cuts, confidences}]}, pixels of the page -> words.

    A character has the polygon of its stretch of the line; a word's corners are those of the smallest
    rectangle along the baseline that holds its characters. Raises BadAnswer for a text without a place.
    """
    words: list[Word] = []
    for number, line in enumerate(answer["lines"]):
        text = str(line["text"])
        if not text.strip():
            continue
        cuts, confidences = line["cuts"], line["confidences"]
        if not len(text) == len(cuts) == len(confidences):
            raise BadAnswer("its answer has text without a place")
        angle = _angle(line["baseline"] or line["boundary"])
        vertical = abs(math.sin(angle)) > 0.7 and any(map(unspaced, text))
        for start, end in spans(text):
            points = [p for cut in cuts[start:end] for p in cut]
            quad = _along(points, 0.0 if vertical else angle) or _part(line, start, end, len(text), angle)
            found = [s for c in confidences[start:end] if (s := share(c)) is not None]
            sure = sum(found) / len(found) if found else None
            words.append(Word(text[start:end], quad, sure, number, vertical))
    return Found(words=tuple(words))


def spans(text: str) -> list[tuple[int, int]]:
    """[start, end) of the words of a line: between spaces; one a character in scripts without spaces."""
    starts = [
        n
        for n, c in enumerate(text)
        if not c.isspace() and (n == 0 or text[n - 1].isspace() or unspaced(c) or unspaced(text[n - 1]))
    ]
    found = []
    for start, after in pairwise([*starts, len(text)]):
        found.append((start, start + len(text[start:after].rstrip())))
    return found


def _angle(points: Polygon) -> float:
    """Direction of a line in radians, from its first to its last point; 0 where it has none."""
    if len(points) < 2:
        return 0.0
    return math.atan2(points[-1][1] - points[0][1], points[-1][0] - points[0][0])


def _along(points: Polygon, angle: float) -> Quad | None:
    """The smallest rectangle at this angle around points; None where it would have no width or height."""
    if not points:
        return None
    c, s = math.cos(angle), math.sin(angle)
    us = [x * c + y * s for x, y in points]
    vs = [y * c - x * s for x, y in points]
    if max(us) - min(us) < 1 or max(vs) - min(vs) < 1:
        return None

    def back(u: float, v: float) -> Point:
        return u * c - v * s, u * s + v * c

    return Quad.of(
        [back(min(us), min(vs)), back(max(us), min(vs)), back(max(us), max(vs)), back(min(us), max(vs))]
    )


def _part(line: Mapping[str, Any], start: int, end: int, count: int, angle: float) -> Quad:
    """A word's share of its line by its letters, where its characters have no extent of their own."""
    whole = _along(line["boundary"] or line["baseline"], angle)
    if whole is None:
        raise BadAnswer("its answer has text without a place")
    a, b, c, d = whole.points

    def between(p: Point, q: Point, t: float) -> Point:
        return p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t

    at, to = start / count, end / count
    return Quad.of([between(a, b, at), between(a, b, to), between(d, c, to), between(d, c, at)])
