"""docTR (Mindee): words with boxes and confidences, for languages in Latin letters.

API of python-doctr 1.1.0: detection and recognition models of doctr.models, `from_pretrained` with a local
file, put together by `ocr_predictor`; `Document.export()` has relative geometry, two corners of a box or, for
pages that are not taken for straight, four of a polygon.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from engines.base import PageImage
from engines.library import Found, Library, Setup, fitting, share
from model.geometry import Box, Quad
from model.words import Word

LATIN: Final = ("en", "fr", "de", "es", "it")
VOCABULARIES: Final[Mapping[str, tuple[str, ...]]] = {
    "": ("en", "fr"),
    "french": ("en", "fr"),
    "english": ("en",),
    "german": ("de", "en"),
    "spanish": ("es", "en"),
    "italian": ("it", "en"),
    "multilingual": LATIN,
}
"""doctr.datasets.VOCABS -> languages whose letters it has; empty: the architecture's own, which is French."""


class DocTr(Library):
    """Word boxes, or with `straight = false` polygons of words that lie askew."""

    name = "doctr"
    title = "docTR"
    package = "doctr"
    distribution = "python-doctr"
    extra = "doctr"
    codes: ClassVar = {code: code for code in LATIN}
    options: ClassVar = {
        "detector": "fast_base", "recogniser": "crnn_vgg16_bn", "vocabulary": "", "straight": True,
    }  # fmt: skip
    holds = "the detector's and the recogniser's .pt file (fast_base-....pt and crnn_vgg16_bn-....pt)"
    loggers = ("doctr",)

    def chosen(self) -> dict[str, Any]:
        found = super().chosen()
        if found["vocabulary"] not in VOCABULARIES:
            raise ValueError(f"vocabulary is one of {', '.join(filter(None, VOCABULARIES))}")
        for name in ("detector", "recogniser"):
            if not re.fullmatch(r"[a-z][a-z0-9_]*", found[name]):
                raise ValueError(f"{name} is the name of an architecture, not {found[name]!r}")
        return found

    def told(self, languages: Sequence[str]) -> tuple[str, ...]:
        """Nothing: it has no setting for languages. Raises ValueError for letters its vocabulary has not."""
        fitting(languages, VOCABULARIES[self.chosen()["vocabulary"]])
        return ()

    def lacks(self, setup: Setup) -> str | None:
        for what in ("detector", "recogniser"):
            if file_of(setup.folder, setup.options[what]) is None:
                return f"Its folder of weights lacks {setup.options[what]}-....pt: {setup.folder}."
        return None

    def used(self, setup: Setup) -> list[Path]:
        return [_file(setup, "detector"), _file(setup, "recogniser")]

    def model(self, setup: Setup) -> str:
        return f"{setup.options['detector']}, {setup.options['recogniser']}"

    def load(self, setup: Setup) -> Any:
        from doctr.datasets import VOCABS
        from doctr.models import detection, ocr_predictor, recognition
        from doctr.models.detection.fast import reparameterize

        straight, vocabulary = setup.options["straight"], setup.options["vocabulary"]
        own = {"vocab": VOCABS[vocabulary]} if vocabulary else {}
        detector = getattr(detection, setup.options["detector"])(
            pretrained=False, pretrained_backbone=False, assume_straight_pages=straight
        )
        detector.from_pretrained(str(_file(setup, "detector")))
        if isinstance(detector, detection.FAST):
            detector = reparameterize(detector)  # as the library does with its own
        recogniser = getattr(recognition, setup.options["recogniser"])(
            pretrained=False, pretrained_backbone=False, **own
        )
        recogniser.from_pretrained(str(_file(setup, "recogniser")))
        predictor = ocr_predictor(
            detector,
            recogniser,
            pretrained=False,
            assume_straight_pages=straight,
            disable_page_orientation=True,  # further models; and the page comes upright
            disable_crop_orientation=True,
            resolve_blocks=False,
        )
        return predictor.to(setup.options["device"])

    def call(self, loaded: Any, page: PageImage, setup: Setup) -> Any:  # noqa: ARG002
        import json

        return json.loads(json.dumps(loaded([page.array]).export(), default=float))

    def read(self, answer: Any, page: PageImage) -> Found:
        return parse(answer, page.width, page.height)


def file_of(folder: Path, architecture: str) -> Path | None:
    """The weights of an architecture under the names that the library gives them, newest name last."""
    fits = re.compile(rf"{re.escape(architecture)}(_pt)?(-[0-9a-f]+)?\.pt")
    return next((p for p in sorted(folder.glob("*.pt"), reverse=True) if fits.fullmatch(p.name)), None)


def _file(setup: Setup, what: str) -> Path:
    found = file_of(setup.folder, setup.options[what])
    if found is None:
        raise FileNotFoundError(setup.options[what])
    return found


def parse(answer: Mapping[str, Any], width: int, height: int) -> Found:
    """`Document.export()` of one page -> words, in pixels of a page of `width` x `height`."""
    (page,) = answer["pages"]
    words: list[Word] = []
    number = 0
    for block in page["blocks"]:
        for line in block["lines"]:
            for word in line["words"]:
                text = str(word["value"]).strip()
                if text:
                    quad = _quad(word["geometry"], width, height)
                    words.append(Word(text, quad, share(word["confidence"]), number))
            number += 1
    return Found(words=tuple(words))


def _quad(geometry: Sequence[Sequence[float]], width: int, height: int) -> Quad:
    """Two corners of an upright box, or four in the order of the text; 0..1 across and down."""
    points = [(float(x) * width, float(y) * height) for x, y in geometry]
    if len(points) == 2:
        (x0, y0), (x1, y1) = points
        return Quad.from_box(Box(x0, y0, x1, y1))
    return Quad.of(points)
