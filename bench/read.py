"""CPU of `inkveil read` against the bare engines, RapidOCR against its defaults, two workers against one.

    .venv/bin/python bench/read.py [DIR] [--every N] [--offset K] [--wall]

DIR holds pages (images, and beside each its truth as NAME.json with a "text"); without it the samples of
this repository are read. CPU seconds of this process and its children's, ratios from one run. The bare
calls are the libraries' own, with the settings Inkveil chose, on the images Inkveil prepared.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_THREAD_LIMIT", "1")
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import cv2  # noqa: E402
import numpy as np  # noqa: E402
from rapidfuzz.distance import Levenshtein  # noqa: E402

from engines import lines, recognise, registry, worker  # noqa: E402
from engines.base import PageImage  # noqa: E402
from engines.rapidocr_rescaled import BLUR, SCALE  # noqa: E402
from storage.sources import open_source  # noqa: E402

ENGINES = ("rapidocr", "tesseract", "rapidocr_rescaled")


def tight(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def edits(truth: str, text: str) -> tuple[int, int]:
    """Edits and characters of the truth, without blanks: a simple CER for benches."""
    a, b = tight(truth), tight(text)
    return Levenshtein.distance(a, b), len(a)


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    started = time.process_time()
    result = call()
    return time.process_time() - started, result


def library(**params: Any) -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(params={"Global.log_level": "critical", **params})


def tuned() -> Any:
    from rapidocr import EngineType

    kind = EngineType.OPENVINO if lines.runtime() == "openvino" else EngineType.ONNXRUNTIME
    return library(
        **{
            "Det.engine_type": kind, "Rec.engine_type": kind, "Det.limit_type": "max",
            "Det.limit_side_len": lines.DETECTION_SIDE, "Rec.rec_batch_num": 1,
            "EngineConfig.openvino.inference_num_threads": 1,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,
        }
    )  # fmt: skip


def ask(engine: Any, bgr: Any) -> str:
    """RapidOCR's own call, every flag given, as text."""
    answer = engine(
        bgr, use_det=True, use_cls=False, use_rec=True, return_word_box=True,
        return_single_char_box=False, text_score=0.0, box_thresh=0.5, unclip_ratio=1.6,
    )  # fmt: skip
    return "\n".join(answer.txts or ())


def ask_tesseract(array: Any, dpi: float, code: str) -> None:
    from engines import tesseract

    grey = np.asarray(cv2.cvtColor(array, cv2.COLOR_RGB2GRAY), np.uint8)
    api = tesseract._api(code)  # noqa: SLF001 - the very instance, so that models are loaded once
    api.SetImageBytes(grey.tobytes(), grey.shape[1], grey.shape[0], 1, grey.shape[1])
    api.SetSourceResolution(tesseract.resolution(dpi, max(grey.shape)))
    api.GetTSVText(0)


def pages(folder: Path | None, every: int, offset: int) -> list[Path]:
    places = [folder] if folder else [ROOT / "samples", ROOT / "tests" / "resources"]
    found = [p for place in places for p in sorted(place.iterdir()) if p.suffix in (".jpg", ".png", ".pdf")]
    return found[offset::every]


def truth_of(path: Path) -> dict[str, Any]:
    file = path.with_suffix(".json")
    return json.loads(file.read_text("utf-8")) if file.is_file() else {}


def cpu(paths: list[Path]) -> list[str]:
    from engines.tessdata import codes
    from review.merge import merge

    bare, rescaled, default = tuned(), tuned(), library()
    spent: dict[str, float] = defaultdict(float)
    errors: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for number, path in enumerate(paths):
        truth = truth_of(path)
        languages = (truth.get("language", "en"),)
        with open_source(path, path.name) as source:
            dpi = source.pages[0].dpi

            def read(source: Any = source, dpi: float = dpi, languages: Any = languages) -> Any:
                result = recognise.read_page(source, 1, engines=ENGINES, languages=languages)
                merge(
                    result.readings, result.image, dpi=dpi, transform=result.prepared.transform,
                    failures=result.failures, languages=languages,
                )  # fmt: skip
                return result

            seconds, result = timed(read)
        image = result.prepared.image
        bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        small = cv2.GaussianBlur(cv2.resize(bgr, None, fx=SCALE, fy=SCALE), (0, 0), BLUR)
        figures = {
            "inkveil read": seconds,
            "bare rapidocr": (tuned_text := timed(lambda bgr=bgr: ask(bare, bgr)))[0],
            "bare tesseract": timed(
                lambda image=image, dpi=dpi, languages=languages: ask_tesseract(
                    image, dpi, "+".join(codes(languages)[0])
                )
            )[0],
            "bare rescaled": timed(lambda small=small: ask(rescaled, small))[0],
            "rapidocr stage": (
                stage := timed(
                    lambda image=image, dpi=dpi, languages=languages: registry.get("rapidocr").recognise(
                        PageImage(image, dpi, languages)
                    )
                )
            )[0],
            "rapidocr default": (plain := timed(lambda bgr=bgr: "\n".join(default(bgr).txts or ())))[0],
        }
        if number == 0:  # models are loaded and the first shapes prepared: not counted
            continue
        for name, value in figures.items():
            spent[name] += value
        if truth.get("text"):
            for name, text in (
                ("bare rapidocr", tuned_text[1]),
                ("rapidocr stage", stage[1].plain_text),
                ("rapidocr default", plain[1]),
                ("inkveil read", result.readings[0].plain_text),
            ):
                wrong, length = edits(truth["text"], text)
                errors[name][0] += wrong
                errors[name][1] += length
    count = max(len(paths) - 1, 1)
    table = [f"{count} pages, runtime {lines.runtime()}", "", "| | CPU s a page | CER % |", "|---|---|---|"]
    for name, value in spent.items():
        cer = f"{100 * errors[name][0] / errors[name][1]:.2f}" if errors[name][1] else ""
        table.append(f"| {name} | {value / count:.2f} | {cer} |")
    calls = spent["bare rapidocr"] + spent["bare tesseract"] + spent["bare rescaled"]
    bar = 0.40 if lines.runtime() == "openvino" else 0.60
    table += [
        "",
        f"inkveil read / bare calls = {spent['inkveil read'] / calls:.2f} (bar 1.10)",
        f"RapidOCR stage / defaults = {spent['rapidocr stage'] / spent['rapidocr default']:.2f} (bar {bar})",
    ]
    return table


def wall(paths: list[Path]) -> list[str]:
    """Wall seconds of one and of two worker processes on the same pages."""
    from storage import documents
    from storage.project import Project

    seconds = {}
    for processes in (1, 2):
        with tempfile.TemporaryDirectory() as folder, Project.open(Path(folder)) as project:
            for path in paths:
                documents.add(project, path, path.name, languages=["en"])
            started = time.perf_counter()
            worker.run_worker(project, processes=processes, once=True)
            seconds[processes] = time.perf_counter() - started
    ratio = seconds[2] / seconds[1]
    both = f"one worker {seconds[1]:.1f} s, two {seconds[2]:.1f} s"
    return [f"{len(paths)} pages, wall: {both}: {ratio:.2f} (bar 0.55)"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take every Nth page")
    parser.add_argument("--offset", type=int, default=0, help="beginning with this one")
    parser.add_argument(
        "--wall", action="store_true", help="one worker against two instead; wants a quiet machine"
    )
    arguments = parser.parse_args()
    chosen = pages(arguments.folder, arguments.every, arguments.offset)
    print("\n".join(wall(chosen) if arguments.wall else cpu(chosen)))


if __name__ == "__main__":
    main()
