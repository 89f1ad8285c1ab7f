"""The engines there are: the built-in ones, and those of other packages by entry point.

A package adds an engine with an entry point of the group ``inkveil.engines`` that names a class
without arguments (see engines.base.Engine). A model behind an OpenAI-compatible server, and a command, is an
engine by its profile (engines.openai_compatible, engines.command). An engine that cannot be loaded is listed
with the reason.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import asdict
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from engines.base import Engine, capabilities, price, region, terms
from engines.profile_files import is_command, profiles
from model.errors import EngineFailed, InkveilError, UsageError

GROUP = "inkveil.engines"
BUILT_IN = {
    "rapidocr": "engines.rapidocr:RapidOcr",
    "tesseract": "engines.tesseract:Tesseract",
    "rapidocr_rescaled": "engines.rapidocr_rescaled:RapidOcrRescaled",
    "pdf_text": "engines.pdf_text:PdfText",
    "null": "engines.null:Null",
    "replay": "engines.replay:Replay",
    "azure_layout": "engines.azure:AzureLayout",
    "azure_read": "engines.azure:AzureRead",
    "azure_vision": "engines.azure_vision:AzureVision",
    "claude": "engines.claude:Claude",
    "gemini": "engines.gemini:Gemini",
    "gpt": "engines.gpt:Gpt",
    "google_vision": "engines.google_vision:GoogleVision",
    "nutrient_vision": "engines.nutrient:NutrientVision",
    "qwen_ocr": "engines.qwen_ocr:QwenOcr",
    "textract": "engines.textract:Textract",
    "transkribus": "engines.transkribus:Transkribus",
    "mistral_ocr": "engines.mistral_ocr:MistralOcr",
    "doctr": "engines.doctr:DocTr",
    "easyocr": "engines.easyocr:EasyOcr",
    "paddleocr": "engines.paddleocr:PaddleOcr",
    "yomitoku": "engines.yomitoku:YomiToku",
    "nutrient_sdk": "engines.nutrient_sdk:NutrientSdk",
    "kraken": "engines.kraken:Kraken",
    "trocr": "engines.trocr:Trocr",
    "line_model": "engines.line_model:LineModel",
    "got_ocr": "engines.got_ocr:GotOcr",
}
_lock = threading.RLock()
_engines: dict[str, Engine] = {}


@cache
def _others() -> dict[str, EntryPoint]:
    return {p.name: p for p in entry_points(group=GROUP) if p.name not in BUILT_IN}


def names() -> list[str]:
    """All known engines: the built-in ones, models by their profiles, those of other packages."""
    return [*BUILT_IN, *(n for n in profiles() if n not in BUILT_IN), *sorted(_others())]


def get(name: str) -> Engine:
    """The engine of that name, one instance a process. Raises UsageError, EngineFailed."""
    with _lock:
        if name not in _engines:
            if name in BUILT_IN:
                module, _, attribute = BUILT_IN[name].partition(":")
                _engines[name] = getattr(import_module(module), attribute)()
            elif name in profiles():
                path = profiles()[name]
                module = "engines.command" if is_command(path) else "engines.openai_compatible"
                _engines[name] = import_module(module).engine(name)
            elif name in _others():
                try:
                    _engines[name] = _others()[name].load()()
                except Exception as error:
                    reason = f"The engine {name} could not be loaded: {type(error).__name__}."
                    raise EngineFailed(reason, engine=name, kind="unavailable") from error
            else:
                raise UsageError(f"There is no engine {name!r}. Known: {', '.join(names())}.")
        return _engines[name]


def describe(accepted: Collection[str] = ()) -> list[dict[str, Any]]:
    """Every engine, whether it can run and if not why: the contract's `engines`.

    `accepted`: engines whose terms the project has accepted (workflow.licences.accepted); others with terms
    are not available.
    """
    return [_describe(name, accepted) for name in names()]


def _describe(name: str, accepted: Collection[str]) -> dict[str, Any]:
    try:
        engine = get(name)
        reason = engine.availability()
    except InkveilError as error:  # not installed whole, or a profile that does not fit
        return {
            "name": name, "title": name, "available": False, "reason": error.message, "note": None,
            "privacy": "unknown", "region": "", "boxes": "none", "confidence": False, "languages": [],
            "vertical": False, "handwriting": False, "price": 0.0, "version": "", "terms": None,
        }  # fmt: skip
    asked = terms(engine)
    if reason is None and asked is not None and name not in accepted:
        from engines.remote.gate import not_accepted

        reason = not_accepted(name, engine.title, asked)
    able = capabilities(engine)
    return {
        "name": engine.name,
        "title": engine.title,
        "available": reason is None,
        "reason": reason,
        "note": getattr(engine, "note", lambda: None)(),
        "privacy": engine.privacy,
        "region": region(engine),
        "boxes": able.boxes,
        "confidence": able.confidence,
        "languages": list(able.languages),
        "vertical": able.vertical,
        "handwriting": able.handwriting,
        "price": round(price(engine).estimate, 6),
        "version": engine.version(),
        "terms": None if asked is None else {**asdict(asked), "accepted": name in accepted},
    }


def default_names(languages: Sequence[str] = (), *, layer: str = "none") -> tuple[str, ...]:
    """The engines that read a page where nobody chose. `layer` is what recognise.text_layer says of it.

    A scan is read by all three local recognisers. A page whose visible text is all in a text layer has
    that layer as its reading and one recogniser as a second opinion, because a layer can say what is
    not shown; a page with text in a layer and in an image gets both.
    """
    japanese = any(code.startswith("ja") for code in languages)
    tesseract = get("tesseract").availability() is None
    if layer == "visible":
        return ("pdf_text", "tesseract" if tesseract and not japanese else "rapidocr")
    scan = ("rapidocr", "tesseract", "rapidocr_rescaled") if tesseract else ("rapidocr", "rapidocr_rescaled")
    return ("pdf_text", *scan) if layer == "partial" else scan
