"""Makes what the pages will ask for before they ask: merged pages and findings, in a process of its own.

    python -m workflow.warm DATA DOCUMENT

Both go to the project's cache, so the pages only open files. `start` runs it for one document at a
time; nothing depends on it: without it the page that needs a merge makes it and takes longer.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from model.errors import InkveilError

if TYPE_CHECKING:
    from storage.project import Project

ROOT = Path(__file__).resolve().parent.parent
_running: dict[tuple[str, str], subprocess.Popen[bytes]] = {}
_tried: dict[tuple[str, str], int] = {}
_guard = threading.Lock()


def merged(project: Project, document_id: str) -> bool:
    """Whether every page that was read has its merge in the cache."""
    from review.load import page_keys

    folder = project.path / "cache" / "merged" / document_id
    return all(
        (folder / f"{page}-{key}.json").is_file() for page, key in page_keys(project, document_id).items()
    )


def start(project: Project, document_id: str, at: int) -> bool:
    """Starts the work on a document unless some is going on; False where it has been tried at `at` already.

    `at` is a number that changes when there is something new to do (readings, ledger).
    """
    with _guard:
        for name, process in list(_running.items()):
            if process.poll() is not None:
                del _running[name]
        if _running:
            return True
        key = (str(project.path), document_id)
        if _tried.get(key) == at:
            return False
        _tried[key] = at
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        _running[key] = subprocess.Popen(
            [sys.executable, "-m", "workflow.warm", str(project.path), document_id],
            cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    return True


def finish(seconds: float = 60.0) -> None:
    """Waits for the work that was started by this process."""
    with _guard:
        processes = list(_running.values())
    for process in processes:
        process.wait(seconds)


def warm(project: Project, document_id: str) -> int:
    """Merges the document's pages and looks for personal data on them. Returns the number of findings."""
    from redaction.found import look
    from review.session import load
    from storage import documents

    document = documents.get(project, document_id)
    return len(look(project, document, load(project, document_id).pages))


def main(arguments: list[str]) -> int:
    """Exit code 0, or that of the error."""
    from storage.project import Project

    path = Path(arguments[0])
    try:
        os.nice(5)  # the person at the screen comes first
        warm(Project.open(path.parent, path.name), arguments[1])
    except InkveilError as error:
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
