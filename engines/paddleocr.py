"""PaddleOCR 3.x: PP-OCR's own pipeline on Paddle, with detector and recogniser from local folders.

API of paddleocr 3.7.0 with paddlepaddle 3.3.1: `PaddleOCR(text_detection_model_dir=, ...)`, `predict`; its
result has rec_polys, rec_texts, rec_scores and, with `return_word_box`, text_word with text_word_region. Page
orientation, unwarping and line orientation stay off: the page comes upright, and boxes must stay where they
are. RapidOCR runs the same family of models without Paddle.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Final

from engines import weights
from engines.base import PageImage
from engines.languages import NAMES
from engines.library import Found, Library, Setup, fitting, share
from engines.placed import STANDING, Placed
from model.geometry import Quad

LATIN: Final = ("en", "fr", "de", "es", "it")
READS: Final = (
    ("PP-OCRv6", tuple(NAMES)),
    ("PP-OCRv5", ("en", "ja", "ja-vert")),
    ("latin_", LATIN),
    ("japan_", ("ja", "ja-vert", "en")),
    ("en_", ("en",)),
    ("PP-OCRv", ("en",)),
)
"""Beginning of a recogniser's name -> languages, the first that fits; of another model nothing is known."""
RUNTIMES: Final = ("paddle", "onnxruntime")


class PaddleOcr(Library):
    """Lines with confidences and the places of their characters."""

    name = "paddleocr"
    title = "PaddleOCR"
    package = "paddleocr"
    distribution = "paddleocr"
    extra = ""
    install = "pip install paddleocr paddlepaddle"  # an extra cannot be: see docs/local-engines.md
    codes: ClassVar = {code: code for code in NAMES}
    vertical = True
    handwriting = True
    options: ClassVar = {
        "detector": "", "recogniser": "", "runtime": "paddle", "threads": 1, "mkldnn": True,
    }  # fmt: skip
    holds = "a detector's and a recogniser's folder, each with inference.yml, inference.json and .pdiparams"
    switches: ClassVar = {"GLOG_minloglevel": "2"}
    loggers = ("paddlex", "paddleocr", "ppocr")

    def chosen(self) -> dict[str, Any]:
        found = super().chosen()
        if found["runtime"] not in RUNTIMES:
            raise ValueError(f"runtime is one of {', '.join(RUNTIMES)}")
        return found

    def told(self, languages: Sequence[str]) -> tuple[str, ...]:
        """Nothing: its models have no setting for languages. Raises ValueError for one they do not read."""
        chosen = self.chosen()
        found = models(weights.folder(self.name), str(chosen["detector"]), str(chosen["recogniser"]))
        fitting(languages, reads(name_of(found[1])) if found[1] else NAMES)
        return ()

    def lacks(self, setup: Setup) -> str | None:
        for what, folder in zip(("detector", "recogniser"), _models(setup), strict=True):
            if folder is None:
                ending = "_det" if what == "detector" else "_rec"
                return (
                    f"Its folder of weights needs one {what}, a folder whose inference.yml has a model_name "
                    f"ending in {ending}: {setup.folder}. Of several, [engines.paddleocr] {what} names one."
                )
            program = "inference.pdmodel" if (folder / "inference.pdmodel").is_file() else "inference.json"
            files = ["inference.pdiparams", program]
            if setup.options["runtime"] == "onnxruntime":
                files = ["inference.onnx"]
            reason = weights.lacking(folder, *files)
            if reason is not None:
                return reason
        return None

    def used(self, setup: Setup) -> list[Path]:
        return [path for folder in _models(setup) if folder for path in weights.files(folder)]

    def model(self, setup: Setup) -> str:
        return ", ".join(name_of(folder) for folder in _models(setup) if folder)

    def load(self, setup: Setup) -> Any:
        from paddleocr import PaddleOCR

        detector, recogniser = _models(setup)
        if detector is None or recogniser is None:
            raise FileNotFoundError(str(setup.folder))
        options = setup.options
        return PaddleOCR(
            text_detection_model_name=name_of(detector),
            text_detection_model_dir=str(detector),
            text_recognition_model_name=name_of(recogniser),
            text_recognition_model_dir=str(recogniser),
            text_recognition_batch_size=1,  # in a batch, characters' places are measured by the widest line
            use_doc_orientation_classify=False,
            use_doc_unwarping=False,
            use_textline_orientation=False,
            text_rec_score_thresh=0.0,  # a line that is dropped is a leak
            return_word_box=True,
            device=str(options["device"]),
            engine=None if options["runtime"] == "paddle" else str(options["runtime"]),
            enable_mkldnn=bool(options["mkldnn"]),
            cpu_threads=int(options["threads"]),
        )

    def call(self, loaded: Any, page: PageImage, setup: Setup) -> Any:  # noqa: ARG002
        import numpy as np

        (found,) = loaded.predict(
            np.ascontiguousarray(page.array[:, :, ::-1]),  # BGR
            use_doc_orientation_classify=False,
            use_doc_unwarping=False,
            use_textline_orientation=False,
            text_rec_score_thresh=0.0,
            return_word_box=True,
        )
        return plain(found)

    def read(self, answer: Any, page: PageImage) -> Found:  # noqa: ARG002
        return parse(answer)


def _models(setup: Setup) -> tuple[Path | None, Path | None]:
    return models(setup.folder, str(setup.options["detector"]), str(setup.options["recogniser"]))


def models(folder: Path, detector: str = "", recogniser: str = "") -> tuple[Path | None, Path | None]:
    """The folders of the detector and the recogniser: those named, else the only ones; None where unclear."""
    found = [path.parent for path in sorted(folder.glob("*/inference.yml"))]
    picked: list[Path | None] = []
    for name, ending in ((detector, "_det"), (recogniser, "_rec")):
        fits = [p for p in found if name_of(p).endswith(ending)]
        fits = [p for p in fits if name in ("", p.name, name_of(p))]
        picked.append(fits[0] if len(fits) == 1 else None)
    return picked[0], picked[1]


def name_of(folder: Path) -> str:
    """The model's name as its inference.yml says it; empty where it says none. Raises OSError."""
    text = (folder / "inference.yml").read_text("utf-8", errors="replace")
    found = re.search(r"(?m)^\s*model_name:\s*['\"]?([\w.-]+)", text)
    return found.group(1) if found else ""


def reads(recogniser: str) -> tuple[str, ...]:
    """The languages of ours that a recogniser reads, by its name."""
    return next((codes for start, codes in READS if recogniser.startswith(start)), tuple(NAMES))


def plain(found: Mapping[str, Any]) -> dict[str, Any]:
    """What of an OCRResult is needed, as JSON."""
    return {
        "rec_polys": [[[float(x), float(y)] for x, y in poly] for poly in found["rec_polys"]],
        "rec_texts": [str(t) for t in found["rec_texts"]],
        "rec_scores": [float(s) for s in found["rec_scores"]],
        "text_word": [[str(w) for w in line] for line in found.get("text_word") or ()],
        "text_word_region": [
            [[[float(x), float(y)] for x, y in region] for region in line]
            for line in found.get("text_word_region") or ()
        ],
    }


def parse(answer: Mapping[str, Any]) -> Found:
    """OCRResult as `plain` gives it -> lines. Raises ValueError where its lists do not fit each other."""
    polys, texts, scores = answer["rec_polys"], answer["rec_texts"], answer["rec_scores"]
    words, regions = answer.get("text_word") or (), answer.get("text_word_region") or ()
    several = len(words) == len(regions) == len(texts)
    return Found(
        lines=tuple(
            Placed(
                str(text), Quad.of(poly), share(score),
                at=places(str(text), poly, words[n], regions[n]) if several else None,
            )
            for n, (poly, text, score) in enumerate(zip(polys, texts, scores, strict=True))
        )
    )  # fmt: skip


def places(
    text: str, poly: Sequence[Sequence[float]], words: Sequence[str], regions: Sequence[Any]
) -> tuple[float, ...] | None:
    """The middles of a line's characters along it, 0..1, from the boxes of its pieces.

    A piece is a run of letters or of signs, or one ideograph; its characters share its length. None where the
    pieces are not the text, or their boxes do not follow each other.
    """
    if "".join(words) != text or len(words) != len(regions) or not text:
        return None
    xs, ys = [p[0] for p in poly], [p[1] for p in poly]
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    axis = 1 if height > STANDING * width else 0
    start, length = (min(ys), height) if axis else (min(xs), width)
    if length <= 0:
        return None
    found: list[float] = []
    for word, region in zip(words, regions, strict=True):
        along = [(float(point[axis]) - start) / length for point in region]
        low, high = min(along), max(along)
        found += [low + (i + 0.5) / len(word) * (high - low) for i in range(len(word))]
    if any(b < a for a, b in pairwise(found)):
        return None
    return tuple(min(max(f, 0.0), 1.0) for f in found)
