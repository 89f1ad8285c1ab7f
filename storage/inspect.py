"""Looks through an unknown PDF in a process of its own, with bounded memory and time.

A hostile PDF can keep its reader busy for hours or fill the memory (streams that unpack a thousandfold,
forms that draw forms, patterns of a million tiles), or crash it. So the first one to open a file is a child
that the system stops. What it finds, the pages' geometry, is kept, so a document is looked through once.

    parent -> child   one line of JSON, then the file's bytes unless it has a path
    child -> parent   {"pages": [[number, width_pt, ...], ...]} or {"error", "message", "page"}
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from model.errors import InputRefused, OverLimit, PasswordNeeded, Unreadable
from storage.limits import Limits

if TYPE_CHECKING:
    from storage.sources import PageInfo

ERRORS: Final[dict[str, type[InputRefused]]] = {
    kind.__name__: kind for kind in (Unreadable, PasswordNeeded, OverLimit)
}
OUT_OF_TIME: Final = {-signal.SIGKILL, -getattr(signal, "SIGXCPU", 24)}
SUSPICIOUS: Final = 1.0
"""CPU seconds for the text of one page; a page of a document takes a hundredth of it."""
TRIAL_DPI: Final = 24
"""Text may be quick to take and the page still endless to draw, so each is drawn once, small. Patterns and
shadings are endless only at full size. Scans are left out: decoding them would be most of the work."""
PATIENCE: Final = 4.0
"""Seconds of waiting for a CPU second, where the machine is busy."""


def inspected(data: bytes | Path, name: str, password: str | None, limits: Limits) -> tuple[PageInfo, ...]:
    """The geometry of every page. Raises Unreadable, PasswordNeeded, OverLimit."""
    from storage.sources import PageInfo

    order = {
        "path": str(data.resolve()) if isinstance(data, Path) else None,
        "name": name,
        "password": password,
        "limits": asdict(limits),
    }
    question = json.dumps(order).encode() + b"\n" + (b"" if isinstance(data, Path) else data)
    try:
        child = subprocess.run(
            [sys.executable, "-I", str(Path(__file__).resolve())],
            input=question,
            capture_output=True,
            timeout=PATIENCE * (limits.seconds + limits.seconds_a_page * limits.pages),
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _too_slow(name) from None
    if child.returncode in OUT_OF_TIME:
        raise _too_slow(name)
    try:
        answer = json.loads(child.stdout)
    except ValueError:
        raise Unreadable(f"{name} is damaged: reading it fails every time.", file=name) from None
    if "error" in answer:
        raise ERRORS[answer["error"]](answer["message"], file=name, page=answer["page"])
    return tuple(PageInfo(*row) for row in answer["pages"])


def _too_slow(name: str) -> OverLimit:
    return OverLimit(
        f"{name} was not taken: looking through it takes far more time or memory than a document does. "
        "Print it to a new PDF, or scan it, and add that.",
        file=name,
    )


def main(question: BinaryIO, answer: BinaryIO) -> None:
    """The child: reads the order, bounds itself, looks through the file."""
    from storage.mupdf import LOCK, pymupdf
    from storage.pdf import has_patterns, open_document, page_info, refusing

    order: dict[str, Any] = json.loads(question.readline())
    limits = Limits(**order["limits"])
    name: str = order["name"]
    data = Path(order["path"]) if order["path"] else question.read()
    pymupdf()
    _bound_memory(limits.memory + (0 if isinstance(data, Path) else len(data)))
    result: dict[str, Any]
    try:
        with LOCK, refusing(name):
            _bound_time(limits.seconds)
            document = open_document(data, name, order["password"], limits)
            pages: list[Sequence[object]] = []
            patterns = has_patterns(document)
            count = document.page_count
            whole = _used() + limits.seconds + limits.seconds_a_page * count
            for number in range(1, count + 1):
                # One page may not use up what all of them have.
                _bound_time(min(limits.seconds, max(1.0, whole - _used())))
                before = _used()
                info = page_info(document, number, name, limits)
                pages.append(astuple(info))
                page = document[number - 1]
                if patterns:
                    page.get_pixmap(dpi=int(info.dpi))
                elif _used() - before > SUSPICIOUS or not page.get_images(full=True):
                    page.get_pixmap(dpi=TRIAL_DPI)
        result = {"pages": pages}
    except InputRefused as error:
        result = {"error": type(error).__name__, "message": error.message, "page": error.page}
    answer.write(json.dumps(result).encode())
    answer.flush()
    os._exit(0)  # nothing to tidy up; a damaged document must not crash on its way out


def _bound_memory(size: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # where the system can't
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (size, size))


def _used() -> float:
    times = os.times()
    return times.user + times.system


def _bound_time(seconds: float) -> None:
    """The system stops this process after so many more CPU seconds (to the next whole one)."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(_used() + seconds) + 1, hard))


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
