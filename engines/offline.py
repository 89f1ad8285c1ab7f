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
from contextlib import contextmanager, redirect_stdout
from functools import cache
from typing import Any, Final

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


class NoNetwork(OSError):
    """A library wanted to leave this machine; usually to fetch a file that is not in its folder."""

    def __init__(self) -> None:
        super().__init__("it wanted to fetch something over the network, which is not allowed")


@contextmanager
def offline(more: Mapping[str, str] | None = None) -> Iterator[None]:
    """The calling thread keeps off the network, with `more` switches than SWITCHES set.

    They are set in the process's environment before a library is imported here, and set back after it, since
    other parts may fetch what a person asked them to. What a library prints goes to standard error: standard
    output is a command's answer.
    """
    _watch()
    wanted = {**SWITCHES, **(more or {})}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    _hub(on=True)
    _here.depth = vars(_here).get("depth", 0) + 1
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _here.depth -= 1
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        _hub(on=before["HF_HUB_OFFLINE"] in ("1", "ON", "YES", "TRUE"))


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
