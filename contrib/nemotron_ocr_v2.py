"""Nemotron OCR v2 as a command of Inkveil (docs/own-engine.md).

Needs an NVIDIA GPU and the package nemotron_ocr, which is built with a CUDA extension from
https://huggingface.co/nvidia/nemotron-ocr-v2 (git-lfs; pip install --no-build-isolation
./nemotron-ocr-v2/nemotron-ocr). Calls and keys are those of its own example; nobody has run this script with
the real package yet. Run it with the Python that has the package:

    INKVEIL_NEMOTRON_OCR_V2_COMMAND   "/opt/nemotron/bin/python contrib/nemotron_ocr_v2.py"
    INKVEIL_NEMOTRON_MODEL            folder of the weights; without it, the package fetches them itself
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from contract import Failure, serve
from ndl_xml import png_size


def read(image: Path, request: dict[str, Any]) -> dict[str, Any]:
    """One page: `NemotronOCRV2(...)(path, merge_level="word")`, words with left, upper, right, lower."""
    try:
        from nemotron_ocr.inference.pipeline_v2 import NemotronOCRV2
    except ImportError:
        raise Failure(
            "unavailable", "nemotron_ocr is not installed in this Python; contrib/nemotron_ocr_v2.py says how"
        ) from None
    folder = os.environ.get("INKVEIL_NEMOTRON_MODEL")
    english = request.get("languages") == ["en"]
    ocr = NemotronOCRV2(model_dir=folder) if folder else NemotronOCRV2(lang="en" if english else "multi")
    return result(ocr(str(image), merge_level="word"), *png_size(image))


def result(predictions: list[dict[str, Any]], width: int, height: int) -> dict[str, Any]:
    """The contract's result for predictions whose places are shares of the page's width and height.

    Places beyond 0..1 are another unit than the documented one: they are handed on as they are, lie off the
    page, and make the reading fail, which is better than a guess.
    """
    words = []
    for found in predictions:
        xs = sorted(float(found[k]) * width for k in ("left", "right"))
        ys = sorted(float(found[k]) * height for k in ("upper", "lower"))
        confidence = min(max(float(found["confidence"]), 0.0), 1.0)
        words.append(
            {"text": str(found["text"]), "box": [xs[0], ys[0], xs[1], ys[1]], "confidence": confidence}
        )
    return {"text": "\n".join(w["text"] for w in words), "words": words}


if __name__ == "__main__":
    serve(read)
