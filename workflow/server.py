"""`inkveil serve`: the web application and the worker beside it, started and ended together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from model.errors import StorageFailed, UsageError

ROOT = Path(__file__).resolve().parent.parent
ADDRESS = "127.0.0.1"


def serve(data: Path, port: int, say: Callable[[str], None]) -> int:
    """Runs until the application ends or a signal asks for it. Returns the exit code.

    The worker is a process of its own, so that recognising never makes the pages wait, and a crash
    of one does not take the other with it: a worker that died is started again.
    """
    _check(data, port)
    environment = {**os.environ, "INKVEIL_DATA": str(data.resolve())}
    application = [
        sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"),
        "--server.port", str(port), "--server.address", ADDRESS,
    ]  # fmt: skip
    worker = [sys.executable, "-m", "cli", "worker", "--data", str(data.resolve())]
    # Both start in the project's own folder: that is where Streamlit looks for .streamlit/config.toml.
    with (
        _child(application, environment) as app,
        contextlib.ExitStack() as workers,
    ):
        current = workers.enter_context(_child(worker, environment))
        say(f"Inkveil is on http://{ADDRESS}:{port} (data: {data.resolve()}). Ctrl+C ends it.")
        restarts = 0
        with _stop_on_signal():
            while True:
                try:
                    return app.wait(timeout=1.0)
                except subprocess.TimeoutExpired:
                    if current.poll() is not None and restarts < 5:
                        restarts += 1
                        say(f"The worker ended with code {current.returncode}; starting it again.")
                        current = workers.enter_context(_child(worker, environment))
                except KeyboardInterrupt:
                    return 0


def _check(data: Path, port: int) -> None:
    import socket

    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFailed(f"The data directory {data} can't be made ({error.strerror}).") from None
    if not os.access(data, os.W_OK):
        raise StorageFailed(f"The data directory {data} is not writable.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            raise UsageError(f"Port {port} is in use. Choose another with --port.") from None


@contextlib.contextmanager
def _child(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A child process that is ended, first kindly, with the block."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=5.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def _stop_on_signal() -> Iterator[None]:
    """SIGTERM is treated as Ctrl+C, so that the children end with us."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
