"""kraken: finds baselines with the model in its wheel, reads them with a recognition model of the folder.

For handwriting and historical print: recognition models for single hands, scripts and centuries. Every
character comes with its place along the line and its confidence, so words are measured, on curved and tilted
lines, too. (kraken 7: kraken.tasks, kraken.containers.BaselineOCRRecord.)
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from engines import weights
from engines.base import PageImage
from engines.library import Found, Library, Setup, share
from engines.line_words import words_of
from engines.lines import Char, Line, cut_out, gaps
from engines.remote.engine import find_spec_safely
from engines.remote.failures import BadAnswer
from model.geometry import Point, Quad
from model.words import Word, unspaced

if TYPE_CHECKING:
    from engines.base import Pixels

BENT: Final = 0.25
"""How far a baseline may leave its own chord, in heights of the line, for its words to be cut straight."""
REACH: Final = 0.3
"""How far beyond a line's ends its ink is looked for, in heights: blla leaves off the foot of a last y."""
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
    page_seconds = 30.0
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

    def read(self, answer: Any, page: PageImage) -> Found:
        return parse(answer, page.array)


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


def parse(answer: Mapping[str, Any], array: Pixels | None = None) -> Found:
    """{"lines": [{text, baseline, boundary, cuts, confidences}]}, pixels of the page -> words.

    A character's cut is where the network was sure of it, which begins late and ends early, so a straight
    line's words are parted in the gaps of its ink between their characters (engines.line_words), with `array`
    (RGB) as the page, or else halfway. On a curved line a word has the rectangle around its cuts and the
    spaces beside it. Raises BadAnswer for a text without a place.
    """
    words: list[Word] = []
    for number, line in enumerate(answer["lines"]):
        if not str(line["text"]).strip():
            continue
        if not len(line["text"]) == len(line["cuts"]) == len(line["confidences"]):
            raise BadAnswer("its answer has text without a place")
        found = straight(line, 0.0 if array is None else REACH)
        if found is None:
            words += [replace(w, line=number) for w in curved(line)]
            continue
        if array is not None:
            found = replace(found, gaps=inkless(found, array))
        words += [replace(w, line=number) for w in words_of([found])]
    return Found(words=tuple(words))


def straight(line: Mapping[str, Any], reach: float = 0.0) -> Line | None:
    """The line in its smallest rectangle, its characters along it; None where it is curved.

    None, too, where characters have no places that follow each other. The rectangle is longer than the line
    by `reach` of its height at either end. Raises BadAnswer for a line without a place.
    """
    points = line["boundary"] or line["baseline"]
    along = line["baseline"] or points
    angle = math.atan2(along[-1][1] - along[0][1], along[-1][0] - along[0][0]) if len(along) > 1 else 0.0
    vertical = abs(math.sin(angle)) > 0.7 and any(map(unspaced, line["text"]))
    turn = 0.0 if vertical else angle
    quad = rectangle(points, turn)
    if quad is None:
        raise BadAnswer("its answer has text without a place")
    a, b, _, d = quad.points
    length, height = (math.dist(a, d), math.dist(a, b)) if vertical else (math.dist(a, b), math.dist(a, d))
    bend = [_turned(p, turn)[0 if vertical else 1] for p in line["baseline"]]
    if bend and max(bend) - min(bend) > BENT * height:
        return None
    more = reach * height
    us, vs = (0.0, more) if vertical else (more, 0.0)
    quad = rectangle([_moved(p, turn, side * us, side * vs) for side in (-1, 1) for p in quad.points], turn)
    if quad is None:
        return None
    start, length = _turned(a, turn)[1 if vertical else 0] - more, length + 2 * more
    middles = []
    for cut in line["cuts"]:
        at = [_turned(p, turn)[1 if vertical else 0] for p in cut]
        middles.append(((min(at) + max(at)) / 2 - start) / length if at else -1.0)
    if any(not 0 <= m <= 1 for m in middles) or any(y <= x for x, y in pairwise(middles)):
        return None
    sure = [share(c) or 0.0 for c in line["confidences"]]
    chars = tuple(Char(c, m, s) for c, m, s in zip(line["text"], middles, sure, strict=True))
    return Line(quad, chars, sum(sure) / len(sure), (), length / height, vertical)


def inkless(line: Line, array: Pixels) -> tuple[tuple[float, float], ...]:
    """Stretches of the line without ink, as shares of its length."""
    import numpy as np

    crop = cut_out(np.ascontiguousarray(array[:, :, ::-1]), np.array(line.quad.points, np.float32))
    if line.vertical:
        crop = np.ascontiguousarray(np.rot90(crop))  # its left end is the top
    return gaps(crop) if min(crop.shape[:2]) > 1 else ()


def curved(line: Mapping[str, Any]) -> Iterator[Word]:
    """Words of a line that no rectangle fits: each in one around its characters and the spaces beside it.

    Where characters have no extent, a word has the whole line's.
    """
    text, cuts = str(line["text"]), line["cuts"]
    for found in re.finditer(r"\S+", text):
        start, end = found.span()
        before = start - (start > 0)
        points = [p for cut in cuts[before : end + 1] for p in cut]
        from_, to = (_middle(cuts[n]) for n in ((start, end - 1) if end - start > 1 else (before, end - 1)))
        angle = math.atan2(to[1] - from_[1], to[0] - from_[0])
        quad = rectangle(points, angle) or rectangle(line["boundary"] or line["baseline"], 0.0)
        if quad is None:
            raise BadAnswer("its answer has text without a place")
        sure = [s for c in line["confidences"][start:end] if (s := share(c)) is not None]
        yield Word(found.group(), quad, sum(sure) / len(sure) if sure else None)


def _middle(cut: Polygon) -> Point:
    """The middle of a character's corners; (0, 0) where it has none."""
    count = max(len(cut), 1)
    return sum(x for x, _ in cut) / count, sum(y for _, y in cut) / count


def rectangle(points: Polygon, angle: float) -> Quad | None:
    """The smallest rectangle at this angle around points; None where it would have no width or height."""
    turned = [_turned(p, angle) for p in points]
    us, vs = [u for u, _ in turned], [v for _, v in turned]
    if not turned or max(us) - min(us) < 1 or max(vs) - min(vs) < 1:
        return None
    corners = [(min(us), min(vs)), (max(us), min(vs)), (max(us), max(vs)), (min(us), max(vs))]
    return Quad.of([_turned(p, -angle) for p in corners])


def _moved(point: Point, angle: float, u: float, v: float) -> Point:
    """A point moved along and across an angle."""
    at = _turned(point, angle)
    return _turned((at[0] + u, at[1] + v), -angle)


def _turned(point: Sequence[float], angle: float) -> Point:
    """A point in axes that are turned by an angle: along it and across it."""
    c, s = math.cos(angle), math.sin(angle)
    return point[0] * c + point[1] * s, point[1] * c - point[0] * s
