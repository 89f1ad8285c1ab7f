"""NDLOCR (ndlocr_cli) as a command of Inkveil (docs/own-engine.md).

Needs a copy of https://github.com/ndl-lab/ndlocr_cli (`git clone --recursive`) with its weights, and what its
README asks for: an NVIDIA GPU and the packages of its Docker image. Run it where those are:

    INKVEIL_NDLOCR_FOLDER    the copy's folder, in which main.py lies
    INKVEIL_NDLOCR_PYTHON    the Python that has its packages; without it, the one that runs this script
    INKVEIL_NDLOCR_COMMAND   "python contrib/ndlocr.py"

The steps are 2..3, layout and recognition: Inkveil has straightened the page already, and a page that is
turned once more would have its boxes elsewhere. Arguments and files are those of its README; nobody has run
this script with the real program yet.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from contract import Failure, serve
from ndl_xml import result

STEPS = "2..3"


def read(image: Path, _: dict[str, Any]) -> dict[str, Any]:
    """One page: `main.py infer IMAGE FOLDER -s f -p 2..3 -x` writes FOLDER/.../xml/*.xml."""
    home = os.environ.get("INKVEIL_NDLOCR_FOLDER", "")
    if not home or not (Path(home) / "main.py").is_file():
        raise Failure("unavailable", "INKVEIL_NDLOCR_FOLDER has to be the folder of ndlocr_cli, with main.py")
    python = os.environ.get("INKVEIL_NDLOCR_PYTHON") or sys.executable
    with tempfile.TemporaryDirectory(prefix="inkveil-ndl-") as folder:
        out = Path(folder) / "out"  # main.py makes it
        done = subprocess.run(
            [python, "main.py", "infer", str(image), str(out), "-s", "f", "-p", STEPS, "-x"],
            cwd=home, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            check=False,
        )  # fmt: skip
        found = [p for p in sorted(out.rglob("*.xml")) if p.parent.name == "xml" and "dump" not in p.parts]
        if done.returncode != 0:
            raise Failure("bad_output", f"main.py ended with exit code {done.returncode}")
        if len(found) != 1:
            raise Failure("bad_output", f"main.py wrote {len(found)} XML files for one page")
        return result(found[0], image)


if __name__ == "__main__":
    serve(read)
