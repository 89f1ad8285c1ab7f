"""Nutrient's Python SDK on this machine: the words, cells and forms of Nutrient Vision without a cloud.

Its native library does the work (Linux with glibc 2.38 or newer, macOS, Windows) and shows a page's text only
with a licence key. Its engines here are ICR (layout, tables, handwriting; the default) and ADAPTIVE_OCR; the
third, VLM_ENHANCED_ICR, and AUTO, which may choose it, would ask a language model elsewhere and are not
offered. Its parse is said to be the hosted service's, so that engines.nutrient.parse reads both.

Models come from the folder of weights, which is the SDK's cache: it is filled once by the SDK's own
`Vision.warmup()`. Its variables for staying offline and without telemetry are set before it is loaded; they
stand in its library, but it opens sockets by itself, where engines.offline sees nothing. Where that matters,
the machine's firewall has to hold it to them.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Final

from engines import weights
from engines.base import PageImage
from engines.library import Found, Library, Setup
from engines.nutrient import codes, parse
from engines.placed import Placed
from engines.remote import secrets
from engines.remote.sent import Fit, send
from model.geometry import Quad

ENGINES: Final = ("ICR", "ADAPTIVE_OCR")
CACHE: Final = "XDG_CACHE_HOME"


class NutrientSdk(Library):
    """Print and handwriting, tables and forms, with words, boxes and confidences."""

    name = "nutrient_sdk"
    title = "Nutrient SDK"
    package = "nutrient_sdk"
    distribution = "nutrient-sdk"
    extra = "nutrient-sdk"
    boxes = "word"
    vertical = True
    handwriting = True
    holds = "the models that the SDK's warmup left in its cache"
    options: ClassVar[Mapping[str, Any]] = {"engine": ENGINES[0]}
    switches: ClassVar[Mapping[str, str]] = {"NATIVESDK_OFFLINE_MODE": "1", "NUTRIENT_TELEMETRY": "0"}

    def lacks(self, setup: Setup) -> str | None:
        if setup.options["engine"] not in ENGINES:
            return f"INKVEIL_NUTRIENT_SDK_ENGINE is one of {', '.join(ENGINES)}."
        if not self._key():
            return "No licence key: set INKVEIL_NUTRIENT_SDK_KEY, or NUTRIENT_LICENSE_KEY."
        return None if weights.files(setup.folder) else f"Its folder of weights is empty: {setup.folder}."

    def note(self) -> str | None:
        return "stays offline by settings of its own, which nobody has tested: docs/local-engines.md"

    def load(self, setup: Setup) -> Any:
        with _variable(CACHE, str(setup.folder)):
            import nutrient_sdk

            try:
                nutrient_sdk.License.register_key(self._key().reveal())
            except Exception as error:  # noqa: BLE001 - its text may hold the key
                raise RuntimeError(f"its licence key was refused ({type(error).__name__})") from None
        return nutrient_sdk

    def call(self, loaded: Any, page: PageImage, setup: Setup) -> Any:
        sent = send(page, Fit(format="png"))
        with tempfile.TemporaryDirectory(prefix="inkveil-nutrient-") as folder:
            path = Path(folder) / "page.png"
            path.write_bytes(sent.data)
            with loaded.Document.open(str(path)) as document:
                seen, told = document.settings.vision_settings, document.settings.parse_settings
                seen.engine = loaded.VisionEngine[setup.options["engine"]]
                seen.enable_vlm = False
                document.settings.ocr_settings.default_languages = "+".join(codes(page.languages))
                told.include_words, told.inverse_deskew = True, True  # boxes lie on the page as it was given
                answer = json.loads(loaded.DataExtraction.set(document).parse().document_json)
        return secrets.scrub(answer, [self._key()])

    def read(self, answer: Any, page: PageImage) -> Found:
        found = parse(answer, page.width, page.height)
        if found.pieces is not None:
            placed = (Placed(p.text, Quad.from_box(p.box), p.confidence) for p in found.pieces)
            return Found(lines=tuple(placed))
        return Found(words=found.words, text=found.text, regions=found.regions)

    def _key(self) -> secrets.Secret:
        return secrets.secret(self.name, "key", "NUTRIENT_LICENSE_KEY")


@contextmanager
def _variable(name: str, value: str) -> Iterator[None]:
    """A variable of the environment for a while; the native library copies them all when it is loaded."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before
