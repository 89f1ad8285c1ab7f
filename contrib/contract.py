"""The command contract of docs/own-engine.md for the scripts beside it: JSON in, JSON out, errors as values.

Standard library only, and nothing of Inkveil: the scripts run in the Python of the engine that they call.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Failure(Exception):
    """An error to report; `kind` is auth, rate_limit, transient, bad_input, bad_output or unavailable.

    The message is shown for `unavailable` only: say there what is missing and how to get it, and never what
    stands on a page.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind, self.message = kind, message


def serve(read: Callable[[Path, dict[str, Any]], Any]) -> None:
    """Runs `read(image file, request)` for every image of --input, writes its results to --output, and exits.

    `read` returns a text, or {"text", "words": [{"text", "box", "confidence"}]} with boxes in pixels of the
    image. A Failure ends the run with exit code 1 and is in the answer; so is any other error, by its type.
    """
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--input", required=True, type=Path)
    arguments.add_argument("--output", required=True, type=Path)
    given = arguments.parse_args()
    try:
        request = json.loads(given.input.read_text("utf-8"))
        with tempfile.TemporaryDirectory(prefix="inkveil-engine-") as folder:
            results = []
            for number, image in enumerate(request["images"], 1):
                path = Path(folder) / f"page{number}.png"
                path.write_bytes(base64.b64decode(image))
                results.append(read(path, request))
        answer, code = {"results": results}, 0
    except Failure as failure:
        answer, code = {"error": {"kind": failure.kind, "message": failure.message}}, 1
    except Exception as error:  # noqa: BLE001 - whatever it is, its text may hold the page's
        answer, code = {"error": {"kind": "bad_output", "message": type(error).__name__}}, 1
    # In one step, so that nobody sees half an answer; a library that crashes at its end changes nothing then.
    part = given.output.with_suffix(".part")
    part.write_text(json.dumps(answer, ensure_ascii=False), "utf-8")
    part.replace(given.output)
    sys.stdout.flush()
    os._exit(code)
