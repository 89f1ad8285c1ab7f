"""A child process that gets JSON in a file and answers in another: bounded, and ended with its children.

What it prints is thrown away, since it may hold recognised text or a key. It gets no key of another engine:
variables of this program, and those whose names speak of keys, are kept from it unless they are named.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from engines.remote.failures import BadAnswer
from engines.remote.patience import OutOfTime
from engines.remote.untrusted import Suspicious

MOST_BYTES: Final = 8_000_000
"""Of an answer's file; untrusted.MOST_LETTERS is for the text in it."""
LOOK: Final = 0.05
"""Seconds between two looks at the child and the size of its answer."""
SPARE: Final = 0.2
"""Seconds kept to end a child that is too slow, before the one who waits for it has gone."""
PRIVATE: Final = re.compile(r"(?i)^INKVEIL_|KEY|TOKEN|SECRET|PASSW|CREDENTIAL")
_running: set[subprocess.Popen[bytes]] = set()


def answer(
    command: Sequence[str], asked: bytes, environment: Mapping[str, str], seconds: float
) -> tuple[bytes, int]:
    """What `COMMAND --input FILE --output FILE` wrote, and its exit code (negative: a signal ended it).

    Nothing written is b"". Raises OutOfTime, Suspicious (too_long), and BadAnswer where it cannot be started.
    """
    ends = time.monotonic() + max(seconds - SPARE, seconds / 2)
    # For this user alone; the child's own temporary files go there, too, so that none stays if it is ended.
    with tempfile.TemporaryDirectory(prefix="inkveil-", ignore_cleanup_errors=True) as folder:
        given, out = Path(folder) / "in.json", Path(folder) / "out.json"
        given.write_bytes(asked)
        try:
            child = subprocess.Popen(
                [*command, "--input", str(given), "--output", str(out)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env={**environment, "TMPDIR": folder, "TEMP": folder, "TMP": folder}, start_new_session=True,
            )  # fmt: skip
        except (OSError, ValueError):
            raise BadAnswer("its command cannot be started", "unavailable") from None
        _running.add(child)
        try:
            while not _ended(child):
                if time.monotonic() >= ends:
                    raise OutOfTime
                if _size(out) > MOST_BYTES:
                    raise Suspicious("too_long")
                time.sleep(LOOK)
        finally:
            _end(child)
        if _size(out) > MOST_BYTES:
            raise Suspicious("too_long")
        return out.read_bytes() if _size(out) else b"", child.returncode


def environment(named: Collection[str], more: Mapping[str, str]) -> dict[str, str]:
    """The variables of this process without private ones, but with those `named`, and `more`."""
    kept = {k: v for k, v in os.environ.items() if k in named or not PRIVATE.search(k)}
    return {**kept, **more}


def _size(path: Path) -> int:
    """Bytes of a regular file; 0 for anything else."""
    try:
        found = path.lstat()
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def _ended(child: subprocess.Popen[bytes]) -> bool:
    """Whether it has ended; where that is possible it is left unreaped, so that its number stays its own."""
    if hasattr(os, "waitid"):
        return os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    return child.poll() is not None


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ends the child and all that it started in its group, and waits until they are gone."""
    group = hasattr(os, "killpg")
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if group:
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
    child.wait()
    _running.discard(child)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        for _ in range(20 if group else 0):  # its own children are not ours to wait for
            os.killpg(child.pid, 0)
            time.sleep(LOOK / 2)


@atexit.register
def _end_all() -> None:
    """A program that ends takes its children along."""
    for child in list(_running):
        with contextlib.suppress(OSError):
            _end(child)
