"""MinerU 4 as a command of Inkveil (docs/own-engine.md).

Needs MinerU in a Python environment of its own, since it asks for an older openai than Inkveil does, and its
models:

    python -m venv /opt/mineru && /opt/mineru/bin/pip install mineru
    /opt/mineru/bin/mineru-kit models download --tier basic
    INKVEIL_MINERU_COMMAND    "/opt/mineru/bin/python contrib/mineru.py"
    INKVEIL_MINERU_PROVIDER   local
    MINERU_HOME               where its models are, if not in ~/.mineru

It is `mineru-kit parse` that is run, which has no telemetry (the command `mineru` has), and never with
`--remote`. Models are not fetched while a page is read. The tiers above `basic` also ask the language model
that MinerU's own configuration names: where that is a server, the page goes there. mineru-kit 4.0.12 takes
these arguments, and its JSON is docvortex 0.6.4's; nobody has run this script with its models yet.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from contract import Failure, serve
from ndl_xml import png_size

TIERS = ("basic", "standard", "advanced")
SPANS = ("text", "equation_inline", "code_inline", "hyperlink")


def read(image: Path, request: dict[str, Any]) -> dict[str, Any]:
    """One page: `mineru-kit parse page1.png -o FOLDER/page.json -f middle_json`."""
    beside = Path(sys.executable).with_name("mineru-kit")
    program = str(beside) if beside.is_file() else shutil.which("mineru-kit")
    if program is None:
        raise Failure("unavailable", "mineru-kit is not installed; contrib/mineru.py says how")
    tier = str((request.get("settings") or {}).get("tier") or TIERS[0])
    if tier not in TIERS:
        raise Failure("bad_input", "its setting tier is basic, standard or advanced")
    with tempfile.TemporaryDirectory(prefix="inkveil-mineru-") as folder:
        found = Path(folder) / "page.json"
        done = subprocess.run(
            [program, "parse", str(image), "-o", str(found), "-f", "middle_json", "--tier", tier,
             "--ocr-mode", "ocr", "--disable-image-analysis"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
            env={**os.environ, "MINERU_MODEL_SOURCE": "local", "HF_HUB_OFFLINE": "1"},
        )  # fmt: skip
        if done.returncode != 0 or not found.is_file():
            raise Failure(
                "unavailable",
                f"mineru-kit ended with exit code {done.returncode} and no answer; "
                f"are its models there (mineru-kit models verify --tier {tier})?",
            )
        return result(found, *png_size(image))


def result(path: Path, width: int, height: int) -> dict[str, Any]:
    """The contract's result for one page of middle JSON, in its reading order. Raises Failure."""
    try:
        document = json.loads(path.read_text("utf-8"))
        (page,) = document["pages"]
        blocks = [one for block in page.get("blocks") or [] for one in _leaves(block, block.get("bbox"))]
        words = []
        for text, box in blocks:
            row: dict[str, Any] = {"text": text}
            if box is not None:
                x0, y0, x1, y1 = (float(v) for v in box)
                row["box"] = [x0 * width, y0 * height, x1 * width, y1 * height]
            words.append(row)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise Failure("bad_output", "its JSON cannot be read") from None
    return {"text": "\n".join(w["text"] for w in words), "words": words}


def _leaves(block: dict[str, Any], box: Any) -> Iterator[tuple[str, Any]]:
    """(text, bbox) of a block, or of those inside it; one without a place has that of the block around it."""
    content = block.get("content")
    box = block.get("bbox") or box
    if isinstance(content, list) and any(map(_is_block, content)):
        for child in content:
            yield from _leaves(child, box)
        return
    text = "".join(map(_span, content)) if isinstance(content, list) else str(content or "")
    if block.get("type") == "table_body":
        text = untabled(text)
    lines = (" ".join(line.split()) for line in text.splitlines())
    said = "\n".join(line for line in lines if line)
    if said:
        yield said, box


def _is_block(child: dict[str, Any]) -> bool:
    """Whether it is a block in a block, and no span of a line; blocks of text are called as spans are."""
    kind = child.get("type")
    return kind not in SPANS or (kind == "text" and isinstance(child.get("content"), list))


def _span(span: dict[str, Any]) -> str:
    content = span.get("content")
    return "".join(map(_span, content)) if isinstance(content, list) else str(content or "")


def untabled(text: str) -> str:
    """The cells of an HTML table, a line for each row."""
    reader = _Cells()
    reader.feed(text)
    reader.close()
    return "".join(reader.parts)


class _Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.parts.append("\n" if tag in ("tr", "br") else " " if tag in ("td", "th") else "")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


if __name__ == "__main__":
    serve(read)
