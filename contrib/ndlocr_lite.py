"""NDLOCR-Lite as a command of Inkveil (docs/own-engine.md).

Needs the command `ndlocr-lite`, which no package index has:

    git lfs install && git clone https://github.com/ndl-lab/ndlocr-lite && pip install ./ndlocr-lite

It runs on the CPU, without a network. Arguments and files are those of its source; nobody has run this script
with the real program yet.

    INKVEIL_NDLOCR_LITE_COMMAND = "python contrib/ndlocr_lite.py".
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from contract import Failure, serve
from ndl_xml import result


def read(image: Path, _: dict[str, Any]) -> dict[str, Any]:
    """One page: `ndlocr-lite --sourceimg page1.png --output FOLDER` writes FOLDER/page1.xml."""
    if shutil.which("ndlocr-lite") is None:
        raise Failure("unavailable", "ndlocr-lite is not installed; contrib/ndlocr_lite.py says how")
    with tempfile.TemporaryDirectory(prefix="inkveil-ndl-") as folder:
        done = subprocess.run(
            ["ndlocr-lite", "--sourceimg", str(image), "--output", folder],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        found = Path(folder) / f"{image.stem}.xml"
        if done.returncode != 0:
            raise Failure("bad_output", f"ndlocr-lite ended with exit code {done.returncode}")
        if not found.is_file():  # it ends with 0 even where it found no image
            raise Failure("bad_output", "ndlocr-lite wrote no XML")
        return result(found, image)


if __name__ == "__main__":
    serve(read)
