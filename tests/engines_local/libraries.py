"""What the tests with the real libraries share: a sample page, and an engine with weights in a folder."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from engines.base import PageImage, fingerprint
from engines.library import Library
from engines.remote import secrets
from engines.remote.places import outside
from model.words import Reading

LINES = ("Dear Ms Example,", "the meeting is on Monday.")


def page(languages: tuple[str, ...] = ("en",), size: tuple[int, int] = (480, 320)) -> PageImage:
    """Two lines of print on a white page."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for number, text in enumerate(LINES):
        draw.text((40, 60 + 90 * number), text, fill="black", font=ImageFont.load_default(28))
    array = np.asarray(image).copy()
    return PageImage(array, 100, languages, fingerprint(array))


def with_weights(engine: Library, folder: Path, monkeypatch: pytest.MonkeyPatch, **options: str) -> Library:
    """The engine, told its folder and options as an administrator tells it."""
    monkeypatch.setattr(secrets, "FILES", ())
    for name, value in {"weights": str(folder), **options}.items():
        monkeypatch.setenv(f"INKVEIL_{engine.name}_{name}".upper(), value)
    return engine


def guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection that isn't loopback fails the test, whoever tries it and in whatever thread."""
    tried: list[Any] = []
    connect = socket.socket.connect

    def watched(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not secrets.loopback(f"//{address[0]}"):
            tried.append(address)
            raise AssertionError(f"a connection to {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    monkeypatch.setattr(socket, "getaddrinfo", _no_names(socket.getaddrinfo))


def _no_names(real: Callable[..., Any]) -> Callable[..., Any]:
    def watched(host: Any, *more: Any, **named: Any) -> Any:
        if host is not None and not secrets.loopback(f"//{host}"):
            raise AssertionError(f"a look-up of {host}")
        return real(host, *more, **named)

    return watched


def check(engine: Library, reading: Reading, seen: PageImage) -> None:
    """A reading of a model that nobody trained: its words may be nonsense, but lie on the page."""
    assert reading.engine == engine.name
    assert reading.version == engine.version() != ""
    assert len(reading.settings["weights"]) == 64
    assert reading.words is not None
    for word in reading.words:
        assert word.text.strip()
        assert word.confidence is not None
        assert 0 <= word.confidence <= 1
        assert not outside(word.box, seen.width, seen.height)
    assert reading.raw["answered"]
