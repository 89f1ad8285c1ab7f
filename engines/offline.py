"""No network for a library that reads a page here: its own switches are off, and no socket leads away.

Libraries fetch weights by themselves where they miss a file, most of them silently. Inside `offline()` the
switches of the hubs say no, and a socket of the calling thread that leads to another machine, or the look-up
of another machine's name, is refused (an audit hook of Python, which sees every library's sockets). This
machine's own addresses stay open.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import IO, Any, ClassVar, Final

from engines.remote.secrets import loopback

SWITCHES: Final[Mapping[str, str]] = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK": "True",
    "YOLO_OFFLINE": "1",
}
WATCHED: Final = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo")
_here = threading.local()


class _Shared:
    """What the process has set aside while a thread is inside `offline`; set back when the last has left."""

    lock = threading.Lock()
    inside = 0
    variables: ClassVar[dict[str, str | None]] = {}
    printed: IO[str] | None = None
    descriptor: int | None = None


class NoNetwork(OSError):
    """A library wanted to leave this machine; usually to fetch a file that is not in its folder."""

    def __init__(self) -> None:
        super().__init__("it wanted to fetch something over the network, which is not allowed")


@contextmanager
def offline(more: Mapping[str, str] | None = None) -> Iterator[None]:
    """The calling thread keeps off the network, with `more` switches than SWITCHES set.

    They are set in the process's environment before a library is imported here, and set back after it, since
    other parts may fetch what a person asked them to. What a library prints, from its C code too, goes to
    standard error: standard output is a command's answer.
    """
    _watch()
    _enter({**SWITCHES, **(more or {})})
    _here.depth = vars(_here).get("depth", 0) + 1
    try:
        yield
    finally:
        _here.depth -= 1
        _leave()


def _enter(wanted: Mapping[str, str]) -> None:
    shared = _Shared
    with shared.lock:
        for name in wanted:
            shared.variables.setdefault(name, os.environ.get(name))
        os.environ.update(wanted)
        _hub(on=True)
        if shared.inside == 0:
            shared.printed, sys.stdout = sys.stdout, sys.stderr
            try:
                shared.printed.flush()
                shared.descriptor = os.dup(1)
                os.dup2(2, 1)
            except (OSError, ValueError):  # the process has none
                shared.descriptor = None
        shared.inside += 1


def _leave() -> None:
    shared = _Shared
    with shared.lock:
        shared.inside -= 1
        if shared.inside:
            return
        for name, value in shared.variables.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        _hub(on=shared.variables["HF_HUB_OFFLINE"] in ("1", "ON", "YES", "TRUE"))
        shared.variables.clear()
        if shared.printed is not None:
            sys.stdout, shared.printed = shared.printed, None
        if shared.descriptor is not None:
            os.dup2(shared.descriptor, 1)
            os.close(shared.descriptor)
            shared.descriptor = None


def _hub(*, on: bool) -> None:
    """huggingface_hub reads its switch once, when it is imported: before, or inside `offline`."""
    constants = sys.modules.get("huggingface_hub.constants")
    if constants is not None and hasattr(constants, "HF_HUB_OFFLINE"):
        vars(constants)["HF_HUB_OFFLINE"] = on


@cache
def _watch() -> None:
    sys.addaudithook(_heard)


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuses what leads away. A hook cannot be taken off again, so it asks where it is called."""
    if event in WATCHED and vars(_here).get("depth", 0) > 0 and _away(event, arguments):
        raise NoNetwork


def _away(event: str, arguments: tuple[Any, ...]) -> bool:
    address = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
    if event != "socket.getaddrinfo":
        if arguments[0].family not in (socket.AF_INET, socket.AF_INET6):
            return False  # a pipe of this machine
        address = address[0] if isinstance(address, tuple) and address else None
    if isinstance(address, bytes):
        address = address.decode("ascii", "replace")
    if address is None or address == "":
        return False  # this machine, or a connection that was refused before
    name = str(address)
    return not loopback(f"//[{name}]" if ":" in name else f"//{name}")
