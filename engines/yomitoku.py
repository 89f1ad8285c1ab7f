"""YomiToku (MLism): Japanese in lines and columns, print and handwriting. Licence: non-commercial use only.

API of yomitoku 0.15.1: `OCR(configs={"text_detector": {"model_name", "path_cfg"}, ...}, device=)`, called
with a BGR image. A model is loaded from the folder that its configuration names as `hf_hub_repo`, so each
gets a configuration that names its folder here.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from engines import weights
from engines.base import PageImage, Terms
from engines.library import Found, Library, Setup, fitting, share
from engines.placed import Placed
from model.geometry import Quad

PARTS: Final = {"text_detector": "detector", "text_recognizer": "recogniser"}


class YomiToku(Library):
    """Lines and columns with confidences, cut to words here."""

    name = "yomitoku"
    title = "YomiToku"
    package = "yomitoku"
    distribution = "yomitoku"
    extra = "yomitoku"
    boxes = "line"
    codes: ClassVar = {"ja": "ja", "ja-vert": "ja", "en": "en"}
    vertical = True
    handwriting = True
    terms = Terms(
        "CC BY-NC-SA 4.0",
        "no commercial use of the library or its models without another licence of their makers",
        "https://creativecommons.org/licenses/by-nc-sa/4.0/",
    )
    options: ClassVar = {"detector": "dbnetv2_1", "recogniser": "parseq-middle-dynw-v5"}
    holds = "a folder for each model (dbnetv2_1, parseq-middle-dynw-v5) with its model.safetensors"
    loggers = ("yomitoku",)

    def told(self, languages: Sequence[str]) -> tuple[str, ...]:
        """Nothing: it has no setting for languages. Raises ValueError for one it does not read."""
        fitting(languages, self.codes)
        return ()

    def lacks(self, setup: Setup) -> str | None:
        files = (f"{setup.options[part]}/model.safetensors" for part in PARTS.values())
        return weights.lacking(setup.folder, *files)

    def used(self, setup: Setup) -> list[Path]:
        return [p for part in PARTS.values() for p in weights.files(setup.folder / setup.options[part])]

    def model(self, setup: Setup) -> str:
        return ", ".join(str(setup.options[part]) for part in PARTS.values())

    def load(self, setup: Setup) -> Any:
        from yomitoku import OCR

        with tempfile.TemporaryDirectory() as place:
            configs = {}
            for part, option in PARTS.items():
                name = str(setup.options[option])
                file = Path(place, f"{part}.yaml")  # JSON is YAML
                file.write_text(json.dumps({"hf_hub_repo": str(setup.folder.resolve() / name)}), "utf-8")
                configs[part] = {"model_name": name, "path_cfg": str(file)}
            return OCR(configs=configs, device=str(setup.options["device"]))

    def call(self, loaded: Any, page: PageImage, setup: Setup) -> Any:  # noqa: ARG002
        import numpy as np
        from yomitoku.ocr import ocr_aggregate
        from yomitoku.schemas import OCRSchema

        image = np.ascontiguousarray(page.array[:, :, ::-1])  # BGR
        found, _ = loaded.detector(image)
        read, _ = loaded.recognizer(image, found.points)
        if len(read.contents) != len(found.points):
            # OCR's own call would give the texts behind one that it leaves out to the places before theirs.
            raise ValueError("not as many texts as places")
        return OCRSchema(words=ocr_aggregate(found, read)).model_dump(mode="json")

    def read(self, answer: Any, page: PageImage) -> Found:  # noqa: ARG002
        return parse(answer)


def parse(answer: Mapping[str, Any]) -> Found:
    """OCRSchema -> lines; its `words` are lines. A confidence is that of reading, at most that of finding."""
    lines = []
    for word in answer["words"]:
        sure = [s for s in (share(word["rec_score"]), share(word["det_score"])) if s is not None]
        lines.append(
            Placed(
                str(word["content"]), Quad.of(word["points"]), min(sure, default=None),
                vertical=word["direction"] == "vertical",
            )
        )  # fmt: skip
    return Found(lines=tuple(lines))
