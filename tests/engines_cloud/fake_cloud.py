"""A cloud of our own on 127.0.0.1: one HTTP server that speaks whatever wire format it is given.

It really looks at the image it gets: it decodes it, finds the ink of the sample page's words, and answers
with the boxes it found, in the vendor's own format and coordinate system. So a wrong factor, a swapped axis
or a forgotten resize anywhere between the page and the wire shows in pixels.
"""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from engines.base import PageImage, fingerprint

KEY = "not-a-real-key-0123456789abcdef"
"""Invented; every adapter sends it, and nothing but the wire may ever hold it."""
WIDTH, HEIGHT = 1000, 1400
LINES = (
    (100, 200, 44, "Patient Peter Sample"),
    (100, 290, 44, "born twelfth of May"),
    (160, 420, 60, "Ward Seven"),
    (640, 700, 36, "Doctor Inkwell"),
    (80, 1250, 40, "signed and sealed today"),
)
"""x, y, size and text of each line of the sample page; persons are invented."""


@dataclass(frozen=True)
class Seen:
    """A word on an image: its text, the box of its ink in pixels, its line."""

    text: str
    box: tuple[int, int, int, int]
    line: int


def sample_page() -> tuple[np.ndarray, list[Seen]]:
    """The sample page (RGB) and the ink box of every word on it."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    words = []
    for number, (x, y, size, text) in enumerate(LINES):
        font = ImageFont.load_default(size)
        at = float(x)
        for word in text.split():
            alone = Image.new("L", (WIDTH, HEIGHT), 0)
            ImageDraw.Draw(alone).text((at, y), word, fill=255, font=font)
            box = alone.point(lambda v: 255 * (v > 100)).getbbox()
            assert box is not None
            words.append(Seen(word, box, number))
            draw.text((at, y), word, fill="black", font=font)
            at += draw.textlength(word, font=font) + size * 0.6
    return np.asarray(image), words


def page_image(**more: Any) -> PageImage:
    array, _ = sample_page()
    return PageImage(array, 100.0, ("en",), fingerprint(array), **more)


def words_on(data: bytes) -> tuple[list[Seen], int, int]:
    """The sample page's words as they lie on a received image, and its size; none on a blank one.

    Ink is found in the image itself: rows of ink are lines, the widest gaps of a line part its words.
    """
    image = Image.open(io.BytesIO(data)).convert("L")
    width, height = image.size
    ink = np.asarray(image) < 128
    if not ink.any():
        return [], width, height
    found: list[Seen] = []
    for number, (top, bottom) in enumerate(_runs(ink.any(axis=1))):
        texts = LINES[number][3].split()
        row = ink[top:bottom]
        runs = _runs(row.any(axis=0))
        gaps = sorted(range(1, len(runs)), key=lambda i: runs[i - 1][1] - runs[i][0])[: len(texts) - 1]
        starts = [0, *sorted(gaps), len(runs)]
        for n, text in enumerate(texts):
            part = runs[starts[n] : starts[n + 1]]
            x0, x1 = part[0][0], part[-1][1]
            rows = np.flatnonzero(row[:, x0:x1].any(axis=1))
            found.append(Seen(text, (x0, top + int(rows[0]), x1, top + int(rows[-1]) + 1), number))
    return found, width, height


def lines_on(words: list[Seen]) -> list[Seen]:
    """The lines that the words make."""
    grouped: dict[int, list[Seen]] = {}
    for word in words:
        grouped.setdefault(word.line, []).append(word)
    return [
        Seen(
            " ".join(w.text for w in row),
            (
                min(w.box[0] for w in row),
                min(w.box[1] for w in row),
                max(w.box[2] for w in row),
                max(w.box[3] for w in row),
            ),
            line,
        )
        for line, row in grouped.items()
    ]


def _runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """[start, end) of the stretches that are true."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(int), [0]))))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


@dataclass
class Request:
    """What came over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    """By names in lower case."""
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """What goes back. A body that is not bytes is sent as JSON."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Act = str | Callable[[Request], Reply]
"""What the cloud does with a request that counts: an act of ACTS, or a function."""
HTML = b"<!DOCTYPE html><html><head><title>Welcome to the network</title></head><body>Sign in</body></html>"


class FakeCloud:
    """The server. `plan` says what becomes of the first, second ... request that counts; then `otherwise`.

    Requests that the wire does not count (polling for a result) are answered as they must be, and are
    in `requests`, too.
    """

    def __init__(self, wire: Any) -> None:
        self.wire = wire
        self.plan: list[Act] = []
        self.otherwise: Act = "ok"
        self.requests: list[Request] = []
        self.errors: list[Exception] = []
        """What the wire found wrong with requests; must stay empty."""
        self.counted = 0
        self.closing = threading.Event()
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"cloud": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def next_act(self) -> Act:
        with self._lock:
            self.counted += 1
            return self.plan.pop(0) if self.plan else self.otherwise

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, request: Request) -> Reply | None:
        """The reply; None where the connection is to break off or hang until the end of the test."""
        with self._lock:
            self.requests.append(request)
        if not self.wire.counts(request):
            return self.wire.poll(request)
        act = self.next_act()
        if callable(act):
            return act(request)
        name, _, value = act.partition(":")
        if name == "hang":
            self.closing.wait(30)
            return None
        if name == "html":
            return Reply(HTML, 200, {"Content-Type": "text/html"})
        if name == "status":
            code, _, after = value.partition(":")
            return self.wire.error(int(code), float(after) if after else None)
        return getattr(self.wire, name)(request)

    def drip(self) -> Iterator[bytes]:
        """Bytes without end, a few at a time."""
        while not self.closing.wait(0.05):
            yield b" "


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cloud: FakeCloud

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = self._chunks()
        request = Request(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
        try:
            reply = self.cloud.answer(request)
        except Exception as error:  # noqa: BLE001 - what the wire asserts about a request; the test fails by it
            self.cloud.errors.append(error)
            reply = Reply(b"the wire does not understand this request", 418)
        if reply is None:
            self.close_connection = True
            return
        if reply.body == "drip":
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(1 << 30))
            self.end_headers()
            for piece in self.cloud.drip():
                try:
                    self.wfile.write(piece)
                    self.wfile.flush()
                except OSError:
                    break
            self.close_connection = True
            return
        data = reply.encoded()
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        try:
            self.wfile.write(data)
        except OSError:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = _serve

    def _chunks(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def log_message(self, *_: Any) -> None:
        pass


class FakeTime:
    """A clock that waits by being told: no test sleeps."""

    def __init__(self) -> None:
        self.at = time.time()
        self.waits: list[float] = []

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += seconds
